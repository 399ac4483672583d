#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Write the series anew from a git tree: export.sh TREE [BASE]
# TREE: a Linux tree with the series as commits; BASE: the commit below them (default: the tag base).
# The number in a file name is the order. Numbers go up in tens, so that a patch can come between.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { printf 'usage: export.sh TREE [BASE]\n' >&2; exit 2; }
tree=$1
base=${2:-base}
new=$(mktemp -d "$here/patches.XXXXXX")
trap 'rm -rf -- "$new" "$new.raw"' EXIT
git -C "$tree" -c core.abbrev=12 format-patch -q -N --zero-commit --no-signature -o "$new.raw" "$base"
number=0
for file in "$new.raw"/*.patch; do
	number=$((number + 10))
	name=$(basename "$file")
	mv -- "$file" "$new/$(printf '%04d' "$number")-${name#*-}"
done
[ "$number" -gt 0 ] || { printf 'export.sh: %s has no commits above %s\n' "$tree" "$base" >&2; exit 1; }
chmod 755 "$new"
rm -rf -- "$here/patches"
mv -- "$new" "$here/patches"
printf '%d patches\n' "$((number / 10))"
