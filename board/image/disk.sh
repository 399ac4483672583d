#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make a disk that a board boots from: GPT, a boot partition with kernel, initrd and extlinux.conf, and the root filesystem.
# The same inputs give the same bytes. Nothing here needs root.
# Usage: BOARD=NAME disk.sh [--kernel FILE] [--initrd FILE] [--extlinux FILE] [--root FILE] [--append WORDS] DISK
#   --kernel, --initrd, --extlinux, --root   instead of those of the image      --append   more words for the command line
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"

load_board "${BOARD:?}"
kernel=$OUT/${CONF[linux_image]} initrd=$OUT/initrd.gz append='' extlinux=$OUT/extlinux.conf root=$OUT/root.img
while [ $# -gt 1 ]; do
	case $1 in
	--kernel) kernel=$2 ;;
	--initrd) initrd=$2 ;;
	--append) append=$2 ;;
	--extlinux) extlinux=$2 ;;
	--root) root=$2 ;;
	*) die "disk.sh: unknown option $1" ;;
	esac
	shift 2
done
[ $# = 1 ] || die "usage: disk.sh [--kernel FILE] [--initrd FILE] [--extlinux FILE] [--root FILE] [--append WORDS] DISK"
disk=$1
need genimage genimage
[[ $append =~ ^[A-Za-z0-9._=,\ -]*$ ]] || die "disk.sh: --append takes letters, digits and . _ = , - only"
for file in "$kernel" "$initrd" "$extlinux" "$root"; do
	[ -r "$file" ] || die "cannot read $file: run \`make image\` first"
done

work=$(mktemp -d "$BUILD/${CONF[name]}/disk.XXXXXX") || die "cannot write in $BUILD/${CONF[name]}"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/extlinux" "$work/tmp" "$work/in" "$work/out"
cp -- "$kernel" "$work/root/${CONF[linux_image]}"
cp -- "$initrd" "$work/root/initrd.gz"
sed "/^[[:space:]]*append /s/\$/${append:+ $append}/" "$extlinux" >"$work/root/extlinux/extlinux.conf"
ln -s -- "$(realpath -- "$root")" "$work/in/root.img"
find "$work/root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

run_logged "$BUILD/${CONF[name]}/disk.log" "making the disk $disk" genimage --config "$TOP/board/image/genimage.cfg" \
	--rootpath "$work/root" --tmppath "$work/tmp" --inputpath "$work/in" --outputpath "$work/out"
# Perhaps to another file system: aside first, then in one move.
if ! mv -f -- "$work/out/disk.img" "$disk.$$" 2>"$work/message" || ! mv -f -- "$disk.$$" "$disk"; then
	rm -f -- "$disk.$$"
	die "cannot write $disk: $(tail -n 1 "$work/message"); check the space and the rights there, then run again"
fi
