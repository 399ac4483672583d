#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# U-Boot's own pytest on sandbox with the layout "pfp": which keys PCR 7 names after a verified boot; EFI's
# self-test of the TCG2 protocol. Usage: pytest.sh     (UBOOT_SRC=DIR: a person's own tree, as it is)
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=tests/uboot/ut.sh
. "$TOP/tests/uboot/ut.sh"

# shellcheck disable=SC2034 # of build_variant
words=(sandbox_defconfig CONFIG_MEASURED_BOOT_MAP_PFP=y CONFIG_CMD_BOOTEFI_SELFTEST=y)
build_variant pfp u-boot dtbs tools

WORK=$(mktemp -d "$DIR/run.XXXXXX")
trap 'rm -rf -- "$WORK"' EXIT
cd "$SRC/test/py"
# Not the slow ones: they are the same with other hashes, and some need binman with its Python packages.
/usr/bin/python3 -B -m pytest -q -p no:cacheprovider --tb=short --build-dir="$DIR" --result-dir="$WORK/result" \
	--persistent-data-dir="$WORK/data" -k "not slow and (test_vboot or efi_selftest_tcg2)" tests/test_vboot.py tests/test_efi_selftest.py || exit 1
