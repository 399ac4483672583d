# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # variables for the script that sources this
#
# Sourced by run.sh: change one byte of one part of the image. Each change leaves a system that boots, so that only
# the measurements tell.

# set_byte FILE OFFSET CHARACTER
set_byte() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# offset_of FILE TEXT: where TEXT first stands in FILE.
offset_of() {
	grep -abom1 -F -- "$2" "$1" | head -n 1 | cut -d: -f1
}

# tamper PART DIR: make what boot.sh gets in DIR; sets TAMPER_TEXT and TAMPER_OPTIONS.
tamper() {
	local dir=$2 at size
	TAMPER_OPTIONS=()
	case $1 in
	kernel)
		# A letter of the banner; nothing reads it back.
		cp -- "$OUT/${CONF[linux_image]}" "$dir/kernel"
		at=$(offset_of "$dir/kernel" '(bootchain@bootchain)')
		[ -n "$at" ] || die "the kernel has no banner with (bootchain@bootchain): TAMPER=kernel cannot change it"
		set_byte "$dir/kernel" $((at + 1)) B
		"$TOP/board/image/disk.sh" --kernel "$dir/kernel" "$dir/disk.img"
		TAMPER_TEXT="byte $((at + 1)) of ${CONF[linux_image]}, a letter of its banner"
		;;
	initrd)
		# The field "operating system" of the gzip header: what comes out of gunzip is the same.
		cp -- "$OUT/initrd.gz" "$dir/initrd.gz"
		set_byte "$dir/initrd.gz" 9 '\x00'
		"$TOP/board/image/disk.sh" --initrd "$dir/initrd.gz" "$dir/disk.img"
		TAMPER_TEXT="byte 9 of initrd.gz, the operating system in its gzip header"
		;;
	cmdline)
		sed 's/\<panic=1\>/panic=2/' "$OUT/extlinux.conf" >"$dir/extlinux.conf"
		"$TOP/board/image/disk.sh" --extlinux "$dir/extlinux.conf" "$dir/disk.img"
		TAMPER_TEXT="panic=1 is panic=2 on the command line"
		;;
	dtb)
		need fdtput device-tree-compiler
		"$TOP/board/run/boot.sh" --out "$dir/dump" --dump-dtb "$dir/board.dtb" || exit 1
		at=$(fdtget -t s "$dir/board.dtb" / model) || die "the tree of ${CONF[name]} has no model"
		size=$(stat -c %s "$dir/board.dtb")
		fdtput -t s "$dir/board.dtb" / model "${at%?}!"
		# fdtput takes the free space out; with another size other things would move in memory too.
		dtc -q -I dtb -O dtb -S "$size" -o "$dir/changed.dtb" "$dir/board.dtb"
		TAMPER_TEXT="the last letter of /model is !"
		TAMPER_OPTIONS=(--dtb "$dir/changed.dtb")
		return
		;;
	*) die "TAMPER=$1 is not known: use kernel, initrd, cmdline or dtb" ;;
	esac
	TAMPER_OPTIONS=(--disk "$dir/disk.img")
}
