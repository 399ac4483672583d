#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make what a board boots from. With boot_method=extlinux a disk: GPT, a boot partition with kernel, initrd and extlinux.conf, and
# the root filesystem; with boot_method=fit a flash image with the partitions of flash_map, the same release in both slots.
# The same inputs give the same bytes. Nothing here needs root.
# Usage: BOARD=NAME disk.sh [OPTION FILE]... [--append WORDS] DISK
#   --kernel, --initrd, --root, --extlinux (no flash), --tree, --u-boot (flash)   instead of those of the image
#   --fit FILE       a finished FIT (flash)
#   --env LINES      the stored environment (flash), instead of slot=a
#   --append WORDS   more words for the command line
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=parts.sh
. "$TOP/board/image/parts.sh"

load_board "${BOARD:?}"
kernel=$OUT/${CONF[linux_image]} initrd=$OUT/initrd.gz append='' extlinux=$OUT/extlinux.conf root=$OUT/root.img
tree=$OUT/board.dtb uboot=$OUT/u-boot.bin fit='' environment=slot=a
while [ $# -gt 1 ]; do
	case $1 in
	--kernel) kernel=$2 ;;
	--initrd) initrd=$2 ;;
	--append) append=$2 ;;
	--extlinux) extlinux=$2 ;;
	--root) root=$2 ;;
	--tree) tree=$2 ;;
	--u-boot) uboot=$2 ;;
	--fit) fit=$2 ;;
	--env) environment=$2 ;;
	*) die "disk.sh: unknown option $1" ;;
	esac
	shift 2
done
[ $# = 1 ] || die "usage: disk.sh [OPTION FILE]... [--append WORDS] DISK"
disk=$1
[[ $append =~ ^[A-Za-z0-9._=,\ -]*$ ]] || die "disk.sh: --append takes letters, digits and . _ = , - only"
parts=("$kernel" "$initrd" "$root")
if [ "${CONF[boot_method]}" = fit ]; then parts+=("$tree" "$uboot" ${fit:+"$fit"}); else parts+=("$extlinux"); fi
[ -z "${CONF[linux_dtb]}" ] || parts+=("$tree")
for file in "${parts[@]}"; do
	[ -r "$file" ] || die "cannot read $file: run \`make image\` first"
done

work=$(mktemp -d "$BUILD/${CONF[name]}/disk.XXXXXX") || die "cannot write in $BUILD/${CONF[name]}"
trap 'rm -rf "$work"' EXIT
mkdir "$work/out"

# place PARTITION FILE: into the flash image; the rest of the partition stays erased.
place() {
	local name offset size
	while read -r name offset size; do
		[ "$name" = "$1" ] || continue
		[ "$(stat -L -c %s -- "$2")" -le "$size" ] || die "$2 has $(stat -L -c %s -- "$2") bytes, and the partition $1 only $size: ${CONF_AT[flash_map]} says so"
		dd if="$2" of="$work/out/disk.img" bs=64K seek=$((offset / 65536)) conv=notrunc status=none
		return
	done < <(flash_parts)
}

flash_image() {
	local mkenvimage=$BUILD/${CONF[name]}/u-boot/tools/mkenvimage slot size
	if [ -z "$fit" ]; then
		fit=$work/image.fit
		"$TOP/board/image/fit.sh" "$kernel" "$initrd" "$tree" "$append" "$fit"
	fi
	size=$(flash_parts | awk '$1 == "env" { print $3 }')
	printf '%s\n' "$environment" >"$work/env.txt"
	run_logged "$BUILD/${CONF[name]}/disk.log" "making the environment of $disk" "$mkenvimage" -s "$size" -o "$work/env.img" "$work/env.txt"
	head -c "$(bytes "${CONF[flash_size]}")" /dev/zero | tr '\0' '\377' >"$work/out/disk.img"
	place u_boot "$uboot"
	place env "$work/env.img"
	for slot in a b; do
		place kernel_$slot "$fit"
		place root_$slot "$root"
	done
}

gpt_image() {
	local kib
	mkdir -p "$work/root/extlinux" "$work/tmp" "$work/in" || return
	cp -- "$kernel" "$work/root/${CONF[linux_image]}" && cp -- "$initrd" "$work/root/initrd.gz" || return
	sed "/^[[:space:]]*append /s/\$/${append:+ $append}/" "$extlinux" >"$work/root/extlinux/extlinux.conf" || return
	ln -s -- "$(realpath -- "$root")" "$work/in/root.img" || return
	board_files "$work/root" "$tree" || return
	# GPT's own sectors end below 17 KiB; what the SoC's ROM reads lies behind them, and nothing else below 16 MiB.
	: >"$work/loader.cfg"
	if [[ ${CONF[uboot_place]} = disk@* ]]; then
		kib=${CONF[uboot_place]//[!0-9]/}
		ln -s -- "$OUT/u-boot.bin" "$work/in/u-boot.bin" || return
		printf 'partition loader {\n\tin-partition-table = false\n\toffset = %sK\n\tsize = %sK\n\timage = "u-boot.bin"\n}\n' \
			"$kib" $((16384 - kib)) >"$work/loader.cfg"
	fi
	sed "/^\t# loader/ {
		r $work/loader.cfg
		d
	}" "$TOP/board/image/genimage.cfg" >"$work/genimage.cfg" || return
	find "$work/root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} + || return
	genimage --config "$work/genimage.cfg" --rootpath "$work/root" --tmppath "$work/tmp" --inputpath "$work/in" --outputpath "$work/out"
}

if [ "${CONF[boot_method]}" = fit ]; then
	flash_image
else
	need genimage genimage
	run_logged "$BUILD/${CONF[name]}/disk.log" "making the disk $disk" gpt_image
fi
# Perhaps to another file system: aside first, then in one move.
if ! mv -f -- "$work/out/disk.img" "$disk.$$" 2>"$work/message" || ! mv -f -- "$disk.$$" "$disk"; then
	rm -f -- "$disk.$$"
	die "cannot write $disk: $(tail -n 1 "$work/message"); check the space and the rights there, then run again"
fi
