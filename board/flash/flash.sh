#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Write the image of a board to a card, a stick, or a file. Usage: BOARD=NAME flash.sh DEVICE     (the image is there: `make image`)
# Asks for the name of the device on standard input, and compares what is on it afterwards.
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=device.sh
. "$TOP/board/flash/device.sh"

load_board "${BOARD:?}"
device=${1:-}
image=$OUT/disk.img map=$OUT/disk.img.bmap

# How a board is written, or saved, that starts no card: what its processor's ROM speaks on a cable.
recovery() {
	case ${CONF[recovery]} in
	uuu) say "By cable instead (i.MX, in serial download mode): uuu -b emmc_all ${OUT#"$TOP"/}/u-boot.bin ${image#"$TOP"/}" ;;
	rpiboot) say "By cable instead (Compute Module, nRPIBOOT closed): rpiboot, then this again with the disk that appears" ;;
	snagboot) say "By cable instead (processor in its ROM's USB mode): snagrecover, then snagflash; board/${CONF[name]}/README.md has the words" ;;
	none) ;;
	esac
}

[ -n "$device" ] || { recovery; die "which device? make flash BOARD=${CONF[name]} DEVICE=/dev/sdX   (\`lsblk\` lists them)"; }
[ -s "$image" ] || die "there is no $image: run \`make image BOARD=${CONF[name]}\` first"
[ "${CONF[boot_method]}" != fit ] || { recovery; die "the image of ${CONF[name]} is for a flash chip, not for a disk: board/${CONF[name]}/README.md says how it gets there"; }
(cd "$OUT" && sha256sum --quiet -c SHA256SUMS) >/dev/null 2>&1 || die "$OUT is not what SHA256SUMS says: run \`make image BOARD=${CONF[name]}\` again"
[ -e "$device" ] || die "there is no $device"
target=$(realpath -- "$device")
name=$(basename "$target")
bytes=$(stat -c %s "$image")

check() {
	local problem
	[ -b "$target" ] || return 0
	problem=$(device_problem /sys /proc/self/mountinfo /proc/swaps "$name" "$bytes")
	[ -z "$problem" ] || die "$device is not written: $problem"
}

check
if [ -b "$target" ]; then
	text=$(device_text /sys "$name")
elif [ -f "$target" ]; then
	[ "$target" != "$(realpath -- "$image")" ] || die "$device is the image itself"
	text="a file of $(stat -c %s "$target") bytes"
else
	die "$device is neither a block device nor a file"
fi
[ -w "$target" ] || die "$device cannot be written by this user: try again with sudo"

say "image:   ${image#"$TOP"/}, $bytes bytes"
say "device:  $target, $text"
printf 'All that is on it will be lost. Type its name (%s) to go on: ' "$name"
answer=''
read -r answer || true
[ "$answer" = "$name" ] || { [ -t 0 ] || printf '\n'; die "\"$answer\" is not $name: nothing was written"; }
# Something may have mounted it meanwhile.
check

if command -v bmaptool >/dev/null && [ -s "$map" ]; then
	bmaptool copy --bmap "$map" "$image" "$target" || die "bmaptool could not write $target: the lines above say why"
else
	dd if="$image" of="$target" bs=4M conv=notrunc,fsync status=progress || die "dd could not write $target: the lines above say why"
fi

# ranges: "FIRST BYTES" of what was written. Without a map that is everything.
ranges() {
	local block first last
	[ -s "$map" ] && command -v bmaptool >/dev/null || { printf '0 %d\n' "$bytes"; return; }
	block=$(sed -n 's/.*<BlockSize> *\([0-9]*\) *<.*/\1/p' "$map")
	sed -n 's/.*<Range[^>]*> *\([0-9]*\)\(-\([0-9]*\)\)\{0,1\} *<.*/\1 \3/p' "$map" | while read -r first last; do
		printf '%d %d\n' $((first * block)) $(((${last:-$first} - first + 1) * block))
	done
}

# What a disk has in its cache would compare equal without being on it.
[ ! -b "$target" ] || blockdev --flushbufs "$target" || die "$target cannot be asked to write out what it holds"
checked=0
while read -r first length; do
	[ $((first + length)) -le "$bytes" ] || length=$((bytes - first))
	cmp -s --ignore-initial="$first" --bytes="$length" "$image" "$target" ||
		die "$target does not hold what was written, in the $length bytes at $first: the card is worn out or a fake, or was taken out; use another one"
	checked=$((checked + length))
done < <(ranges)
[ "$checked" -gt 0 ] || die "nothing was compared: $map names no range"
say "written and compared: $checked of $bytes bytes hold something"
recovery
