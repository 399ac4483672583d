#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make the FIT of a board: kernel, initramfs, and one tree per slot, whose command line names that slot's root filesystem. Each
# configuration is signed with this user's FIT key; U-Boot has the public half and starts nothing else.
# Usage: BOARD=NAME fit.sh KERNEL INITRD TREE APPEND FILE      (APPEND: more words for the command line, or nothing)
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"

load_board "${BOARD:?}"
[ $# = 5 ] || die "usage: fit.sh KERNEL INITRD TREE APPEND FILE"
kernel=$1 initrd=$2 tree=$3 append=$4 file=$5
MKIMAGE=$BUILD/${CONF[name]}/u-boot/tools/mkimage
KEYS=$("$TOP/board/build/keys.sh") || exit 1
need fdtput device-tree-compiler
[ -x "$MKIMAGE" ] || die "$MKIMAGE is missing: run \`make image\`, which builds it"

work=$(mktemp -d "$BUILD/${CONF[name]}/fit.XXXXXX") || die "cannot write in $BUILD/${CONF[name]}"
secret=''
trap 'rm -rf -- "$work" ${secret:+"$secret"}' EXIT
trap 'exit 143' TERM HUP INT
# mkimage cannot decrypt a key: for its time it lies open in memory, never on a disk.
secret=$(umask 077 && mktemp -d /dev/shm/fit.XXXXXX) || die "cannot write in /dev/shm, where the FIT key lies open while mkimage signs: mount a tmpfs there"

words=$(cat "$OUT/cmdline.txt")${append:+ $append}
for slot in a b; do
	cp -- "$tree" "$work/$slot.dtb"
	fdtput -t s "$work/$slot.dtb" /chosen bootargs "${words//@SLOT@/$slot}" || die "cannot put the command line into $tree"
done
cp -- "$kernel" "$work/kernel"
cp -- "$initrd" "$work/initrd"

# image NAME FILE TYPE MORE
image() {
	printf '\t\t%s { data = /incbin/("%s"); type = "%s"; arch = "%s"; os = "linux"; compression = "none"; %s hash-1 { algo = "sha256"; }; };\n' \
		"$1" "$2" "$3" "${CONF[arch]}" "$4"
}
{
	printf '/dts-v1/;\n/ {\n\tdescription = "bootchain, %s";\n\t#address-cells = <1>;\n\timages {\n' "${CONF[name]}"
	image kernel kernel kernel "load = <${CONF[fit_load]}>; entry = <${CONF[fit_load]}>;"
	image ramdisk initrd ramdisk ''
	for slot in a b; do
		image fdt-$slot $slot.dtb flat_dt ''
	done
	printf '\t};\n\tconfigurations {\n\t\tdefault = "conf-a";\n'
	for slot in a b; do
		printf '\t\tconf-%s { kernel = "kernel"; ramdisk = "ramdisk"; fdt = "fdt-%s";\n' $slot $slot
		printf '\t\t\tsignature-1 { algo = "sha256,rsa3072"; key-name-hint = "fit"; sign-images = "kernel", "ramdisk", "fdt"; }; };\n'
	done
	printf '\t};\n};\n'
} >"$work/image.its"

sign() {
	PASS=$("$TOP/board/build/keys.sh" pass) openssl pkey -in "$KEYS/privkey_fit.pem" -passin env:PASS -out "$secret/fit.key" || return
	openssl x509 -inform DER -in "$KEYS/x509_fit.der" -out "$secret/fit.crt" || return
	"$MKIMAGE" -f "$work/image.its" -k "$secret" -r "$work/image.fit"
}
run_logged "$BUILD/${CONF[name]}/fit.log" "making the signed FIT" sign
mv -f -- "$work/image.fit" "$file" || die "cannot write $file: check the space and the rights there"
