#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build U-Boot's sandbox with the series applied and run the unit tests that the series adds to or could break.
# Usage: sandbox.sh [sandbox | sandbox64 | asan | mbedtls]     (UBOOT_SRC=DIR: a person's own tree, as it is)
# sandbox64: addresses of the sandbox are 64 bits wide. asan: every access to memory is checked.
# mbedtls: the hashes are those of Mbed TLS.
# Prints `ut: N passed, N failed` for each group of tests.
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=tests/uboot/ut.sh
. "$TOP/tests/uboot/ut.sh"

# The series brings tests of its own: fewer than this many in the first group means that they were lost.
LEAST_MEASUREMENT=${LEAST_MEASUREMENT:-190}

variant=${1:-sandbox}
case $variant in
sandbox) words=(sandbox_defconfig) ;;
sandbox64) words=(sandbox64_defconfig) ;;
asan)
	words=(sandbox_defconfig CONFIG_ASAN=y) TIME_LIMIT=600
	# Not all of `bootm` and `lib`: U-Boot's own bootm_test_nospace and lib_crypt read behind the end of a string, and ASan stops there.
	GROUPS_OF_TESTS=("measurement" "bootm bootm_test_load*" "bootm bootm_test_fit*" "bloblist" "fdt" "lib lib_test_lmb*" "overlay" "dm dm_test_tpm*")
	;;
mbedtls) words=(sandbox_defconfig CONFIG_MBEDTLS_LIB=y CONFIG_MBEDTLS_LIB_CRYPTO=y) ;;
*) die "usage: sandbox.sh [sandbox | sandbox64 | asan | mbedtls]" ;;
esac
# What a test leaves to the end of the process is no error.
export ASAN_OPTIONS=detect_leaks=0

DIR=$BUILD/check/$variant
need ccache ccache

if [ -n "${UBOOT_SRC:-}" ]; then
	own_tree UBOOT_SRC "$UBOOT_SRC"
else
	read -r tarball sha256 version < <("$TOP/board/build/fetch.sh" uboot) || exit 1
	source_tree "u-boot-$version" "$sha256" "$TOP/u-boot-patches/patches" tar --strip-components=1 -xf "$tarball" -C
fi
key="$SRC $(cat "$SRC/.bootchain" 2>/dev/null || true)"

lock "$variant"
# Another source, or other patches: times of files say nothing now. ccache makes up for it.
[ "$(cat "$DIR/.source" 2>/dev/null)" = "$key" ] || rm -rf -- "$DIR"
mkdir -p "$DIR" || die "cannot write in $BUILD: check the space and the rights there"
printf '%s\n' "$key" >"$DIR/.source"
[ -f "$DIR/.config" ] || run_logged "$DIR.log" "configuring U-Boot's sandbox" configure "${words[@]}"
# A symbol that did not survive would leave a test of something else.
for word in "${words[@]:1}"; do
	grep -qxF "$word" "$DIR/.config" || die "$DIR/.config does not say: $word"
done
run_logged "$DIR.log" "building U-Boot's sandbox" kbuild u-boot dtbs

WORK=$(mktemp -d "$DIR/run.XXXXXX")
trap 'rm -rf -- "$WORK"' EXIT
for group in "${GROUPS_OF_TESTS[@]}"; do
	least=1
	[ "$group" != measurement ] || least=$LEAST_MEASUREMENT
	PASSED=0 FAILED_BEFORE=$FAILED
	run_group "$group" "$least"
	say "ut $group:"
	say "ut: $PASSED passed, $((FAILED - FAILED_BEFORE)) failed"
done
[ "$FAILED" = 0 ]
