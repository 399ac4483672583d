#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Ways out of U-Boot on machines that no test boots: zboot and bootm (x86), bootaux (i.MX), cpu (Layerscape). They compile with the
# series, and call what caps PCR 0-7. Usage: compile.sh     (UBOOT_SRC=DIR: a person's own tree, as it is)
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=tests/uboot/ut.sh
. "$TOP/tests/uboot/ut.sh"

good=0 bad=0
# compile VARIANT DEFCONFIG OBJECT...
compile() {
	local object
	# shellcheck disable=SC2034 # of build_variant
	words=("$2" CONFIG_TPM=y CONFIG_TPM_V2=y CONFIG_MEASURED_BOOT=y)
	build_variant "compile-$1" "${@:3}"
	for object in "${@:3}"; do
		if "${CROSS}nm" -u "$DIR/$object" | grep -qw measured_boot_unmeasured; then
			good=$((good + 1))
		else
			warn "$object ($1) does not call measured_boot_unmeasured()"
			bad=$((bad + 1))
		fi
	done
}

CROSS='' compile x86 qemu-x86_defconfig arch/x86/lib/zimage.o boot/bootm.o
CROSS=arm-linux-gnueabihf- compile imx7 colibri_imx7_defconfig arch/arm/mach-imx/imx_bootaux.o
CROSS=aarch64-linux-gnu- compile imx9 imx93_11x11_evk_defconfig arch/arm/mach-imx/imx9/imx_bootaux.o
CROSS=aarch64-linux-gnu- compile layerscape ls1028aqds_tfa_defconfig cmd/mp.o
say "ut: $good passed, $bad failed"
[ $bad = 0 ]
