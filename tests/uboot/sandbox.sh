#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build U-Boot's sandbox with the series applied and run the unit tests that the series adds to or could break.
# UBOOT_SRC=DIR: a person's own tree, as it is. Prints `ut: N passed, N failed` for each group of tests.
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"

GROUPS_OF_TESTS=("measurement" "bootm" "fdt" "lib" "overlay" "dm dm_test_tpm*")
# The series brings tests of its own: fewer than this many in the first group means that they were lost.
LEAST_MEASUREMENT=${LEAST_MEASUREMENT:-30}
TIME_LIMIT=120

DIR=$BUILD/check/sandbox
need ccache ccache

if [ -n "${UBOOT_SRC:-}" ]; then
	own_tree UBOOT_SRC "$UBOOT_SRC"
else
	read -r tarball sha256 version < <("$TOP/board/build/fetch.sh" uboot) || exit 1
	source_tree "u-boot-$version" "$sha256" "$TOP/u-boot-patches/patches" tar --strip-components=1 -xf "$tarball" -C
fi
key="$SRC $(cat "$SRC/.bootchain" 2>/dev/null || true)"

# shellcheck disable=SC2317 # called through run_logged
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" CC="ccache gcc" HOSTCC="ccache gcc" NO_SDL=1 NO_LTO=1 "$@"
}

lock sandbox
# Another source, or other patches: times of files say nothing now. ccache makes up for it.
[ "$(cat "$DIR/.source" 2>/dev/null)" = "$key" ] || rm -rf -- "$DIR"
mkdir -p "$DIR" || die "cannot write in $BUILD: check the space and the rights there"
printf '%s\n' "$key" >"$DIR/.source"
[ -f "$DIR/.config" ] || run_logged "$DIR.log" "configuring U-Boot's sandbox" kbuild sandbox_defconfig
run_logged "$DIR.log" "building U-Boot's sandbox" kbuild u-boot dtbs

# run_group NAME: the output of one group; the sandbox writes files where it stands, so it stands in a directory of its own.
failed=0
run_group() {
	local log=$DIR.ut-${1//[^a-z]/_}.log status=0 ran bad
	(cd "$work" && timeout "$TIME_LIMIT" "$DIR/u-boot" -d "$DIR/arch/sandbox/dts/test.dtb" -T -c "ut $1" </dev/null >"$log" 2>&1) || status=$?
	ran=$(grep '^Test: ' "$log" | sort -u | wc -l)
	bad=$(tr -d '\r' <"$log" | sed -n 's/^Failures: \([0-9]*\)$/\1/p' | awk '{ n += $1 } END { print NR ? n : "none" }')
	# A crash is a reset, after which the command line of the sandbox runs the group again.
	if [ "$bad" = none ] || [ "$status" = 124 ] || [ "$(grep -c '^U-Boot 20' "$log")" != 1 ]; then
		warn "ut $1 crashed or hung in or after $(grep '^Test: ' "$log" | tail -n 1) (status $status)"
		bad=1
	fi
	if [ "$1" = measurement ] && [ "$ran" -lt "$LEAST_MEASUREMENT" ]; then
		warn "ut measurement ran $ran tests, at least $LEAST_MEASUREMENT were expected"
		bad=$((bad + 1))
	fi
	if [ "$bad" != 0 ]; then
		grep -vE '^(Test: .*|)$' "$log" | tail -n 30
		failed=1
	fi
	# A test fails once, however many of its assertions do.
	[ "$bad" -le "$ran" ] || ran=$bad
	say "ut $1:"
	say "ut: $((ran - bad)) passed, $bad failed"
}

work=$(mktemp -d "$DIR/run.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
for group in "${GROUPS_OF_TESTS[@]}"; do
	run_group "$group"
done
exit $failed
