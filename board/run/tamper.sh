# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # variables for the script that sources this
#
# Sourced by run.sh: change one byte of one part of the image. A change of kernel, initrd, cmdline or dtb leaves a system that
# boots, so that only the measurements tell; one of file, meta or key leaves the same measurements, and the kernel refuses the file.
# With boot_method=fit U-Boot refuses the former, as they are signed.

# set_byte FILE OFFSET CHARACTER
set_byte() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# offset_of FILE TEXT: where TEXT first stands in FILE.
offset_of() {
	grep -abom1 -F -- "$2" "$1" | head -n 1 | cut -d: -f1
}

# ext4 IMAGE COMMAND: what debugfs prints.
ext4() {
	PATH=$PATH:/usr/sbin:/sbin debugfs -w -R "$2" "$1" 2>/dev/null || die "debugfs failed: is e2fsprogs installed? (\`make deps\` does it)"
}

# tamper_root file|meta|key DIR: the root filesystem with /bin/bootchain changed behind the kernel's back, as DIR/root.img.
tamper_root() {
	local image=$2/root.img block key=$2/other-key.pem
	[ "${CONF[root_filesystem]}" = ext4 ] || die "TAMPER=$1 changes an ext4; the root filesystem of ${CONF[name]} is ${CONF[root_filesystem]}"
	cp -- "$OUT/root.img" "$image"
	case $1 in
	file)
		# The last byte of its first block: zero or not, the file ends with another hash.
		block=$(ext4 "$image" "bmap /bin/bootchain 0")
		set_byte "$image" $((block * 4096 + 9)) '\x7f'
		TAMPER_TEXT="byte 9 of /bin/bootchain, which no program looks at"
		;;
	meta)
		ext4 "$image" "sif /bin/bootchain mode 0104755" >/dev/null
		TAMPER_TEXT="the mode of /bin/bootchain is 4755"
		;;
	key)
		need evmctl ima-evm-utils
		openssl ecparam -name prime256v1 -genkey -noout -out "$key" 2>/dev/null
		ext4 "$image" "dump /bin/bootchain $2/bootchain" >/dev/null
		evmctl ima_sign -a sha256 --sigfile --key "$key" "$2/bootchain" >/dev/null 2>&1 || die "evmctl could not sign $2/bootchain"
		ext4 "$image" "ea_set -f $2/bootchain.sig /bin/bootchain security.ima" >/dev/null
		TAMPER_TEXT="/bin/bootchain signed with a key that is not the CA's"
		;;
	esac
}

# offset_of_bytes FILE OTHER: where the first 64 bytes of OTHER stand in FILE.
offset_of_bytes() {
	grep -obUaPm1 -f <(head -c 64 -- "$2" | od -An -v -tx1 | tr -d ' \n' | sed 's/../\\x&/g') -- "$1" | head -n 1 | cut -d: -f1
}

# tamper_flash kernel|initrd|cmdline|dtb DIR: a byte of the FIT in slot A.
tamper_flash() {
	local name offset size at to
	cp -- "$OUT/disk.img" "$2/disk.img"
	read -r name offset size < <(flash_parts | grep '^kernel_a ')
	dd if="$OUT/disk.img" of="$2/fit" bs=64K skip=$((offset / 65536)) count=$((size / 65536)) status=none
	case $1 in
	kernel) at=$(offset_of "$2/fit" 'Uncompressing Linux...') to=X ;;
	initrd) at=$(offset_of_bytes "$2/fit" "$OUT/initrd.gz") at=$((at + 9)) to='\x00' ;;
	cmdline) at=$(offset_of "$2/fit" panic=1) at=$((at + 6)) to=2 ;;
	dtb) at=$(offset_of "$2/fit" "$(fdtget -t s "$OUT/board.dtb" / model)") to=! ;;
	esac
	[ "${at:-0}" -gt 0 ] || die "TAMPER=$1 finds nothing to change in the FIT of ${CONF[name]}"
	set_byte "$2/disk.img" $((offset + at)) "$to"
	TAMPER_TEXT="byte $at of the FIT in $name"
}

# tamper PART DIR: make what boot.sh gets in DIR; sets TAMPER_TEXT and TAMPER_OPTIONS.
tamper() {
	local dir=$2 at size text
	TAMPER_OPTIONS=()
	if [ "${CONF[boot_method]}" = fit ] && [[ $1 =~ ^(kernel|initrd|cmdline|dtb)$ ]]; then
		tamper_flash "$1" "$dir"
		TAMPER_OPTIONS=(--disk "$dir/disk.img")
		return
	fi
	case $1 in
	kernel)
		# A letter of the banner, or, in a zImage, of what unpacks it would say; nothing reads it back.
		text='(bootchain@bootchain)'
		[ "${CONF[linux_image]}" != zImage ] || text='Uncompressing Linux...'
		cp -- "$OUT/${CONF[linux_image]}" "$dir/kernel"
		at=$(offset_of "$dir/kernel" "$text")
		[ -n "$at" ] || die "the kernel has no text \"$text\": TAMPER=kernel cannot change it"
		set_byte "$dir/kernel" $((at + 1)) X
		"$TOP/board/image/disk.sh" --kernel "$dir/kernel" "$dir/disk.img"
		TAMPER_TEXT="byte $((at + 1)) of ${CONF[linux_image]}, a letter of \"$text\""
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
	file | meta | key)
		tamper_root "$1" "$dir"
		"$TOP/board/image/disk.sh" --root "$dir/root.img" "$dir/disk.img"
		;;
	esac
	TAMPER_OPTIONS=(--disk "$dir/disk.img")
}
