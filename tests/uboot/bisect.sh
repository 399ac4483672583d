#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each patch of the series on those before it: the sandbox builds, and its unit tests pass. Usage: bisect.sh [FIRST [LAST]]
# FIRST, LAST: numbers of patches (0160), to look at some of them only; those before FIRST are applied unseen.
# Prints one line for each patch, and `ut: N passed, N failed` at the end: a patch is one test.
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=tests/uboot/ut.sh
. "$TOP/tests/uboot/ut.sh"

first=${1:-0000} last=${2:-9999}
DIR=$BUILD/check/bisect
SRC=$BUILD/check/bisect.src
need ccache ccache
read -r tarball _ _ < <("$TOP/board/build/fetch.sh" uboot) || exit 1

lock bisect
rm -rf -- "$DIR" "$SRC"
mkdir -p "$DIR" "$SRC" || die "cannot write in $BUILD: check the space and the rights there"
run_logged "$DIR.log" "unpacking $tarball" tar --strip-components=1 -xf "$tarball" -C "$SRC"
WORK=$(mktemp -d "$DIR/run.XXXXXX")
trap 'rm -rf -- "$WORK"' EXIT

# built LOG: the configuration anew, as a patch may have changed it or a default.
built() {
	{ kbuild sandbox_defconfig && kbuild u-boot dtbs; } >"$1" 2>&1
}

good=0 bad=0 number=0
count=$(series "$TOP/u-boot-patches/patches" | wc -l)
for patch in $(series "$TOP/u-boot-patches/patches"); do
	name=$(basename "$patch" .patch) number=$((number + 1))
	run_logged "$DIR.log" "applying $name" patch -d "$SRC" -p1 -F0 -N --no-backup-if-mismatch -i "$patch"
	[[ $name > $first && $name < $last-~ ]] || continue
	began=$SECONDS
	if ! built "$DIR.$name.log"; then
		say "[$number/$count] $name: does not build: $(grep -m 1 -E 'error:|Error ' "$DIR.$name.log" || tail -n 1 "$DIR.$name.log")"
		bad=$((bad + 1))
		continue
	fi
	building=$((SECONDS - began)) PASSED=0 FAILED=0
	for group in "${GROUPS_OF_TESTS[@]}"; do
		run_group "$group"
	done
	say "[$number/$count] $name: built in $building s, $PASSED tests passed, $FAILED failed in $((SECONDS - began - building)) s"
	if [ $FAILED = 0 ]; then
		good=$((good + 1))
		rm -f -- "$DIR.$name.log"
	else
		bad=$((bad + 1))
	fi
done
say "ut: $good passed, $bad failed"
[ $bad = 0 ] || exit 1
