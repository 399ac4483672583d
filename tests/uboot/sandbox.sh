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
LEAST_MEASUREMENT=${LEAST_MEASUREMENT:-215}

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

build_variant "$variant" u-boot dtbs

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
