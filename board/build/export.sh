#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Write a series of patches anew from a git tree: export.sh SERIES TREE BASE
# SERIES: u-boot-patches or kernel; TREE: a tree with the series as commits; BASE: the commit or tag of the release below them.
# The number in a file name is the order. Numbers go up in tens, so that a patch can come between.
set -euo pipefail
[ $# = 3 ] || { printf 'usage: export.sh SERIES TREE BASE\n' >&2; exit 2; }
series=$(cd "$(dirname "$0")/../../$1" && pwd)
tree=$2
base=$3
new=$(mktemp -d "$series/patches.XXXXXX")
trap 'rm -rf -- "$new" "$new.raw"' EXIT
git -C "$tree" -c core.abbrev=12 format-patch -q -N --zero-commit --no-signature -o "$new.raw" "$base"
number=0
for file in "$new.raw"/*.patch; do
	[ -e "$file" ] || { printf 'export.sh: %s has no commits above %s\n' "$tree" "$base" >&2; exit 1; }
	number=$((number + 10))
	name=$(basename "$file")
	mv -- "$file" "$new/$(printf '%04d' "$number")-${name#*-}"
done
chmod 755 "$new"
rm -rf -- "$series/patches"
mv -- "$new" "$series/patches"
printf '%d patches\n' "$((number / 10))"
