# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # variables for the scripts that source this
#
# Sourced after common.sh. load_board NAME reads board/NAME/board.conf into the array CONF.
# Each key has a row here and a line in board/README.md; anything else is refused with file and line.

# What the whole value must match.
declare -A BOARD_PATTERN=(
	[description]='.{1,72}'
	[arch]='arm64|arm|riscv'
	[debian_arch]='arm64|armhf|riscv64'
	[cross_compile]='[a-z0-9_]+(-[a-z0-9_]+)+-'
	[uboot_defconfig]='[a-z0-9_-]+_defconfig'
	[uboot_config]='([a-z0-9-]+( [a-z0-9-]+)*)?'
	[uboot_image]='[A-Za-z0-9._-]+'
	[uboot_place]='boot/[A-Za-z0-9._-]+|disk@[1-9][0-9]{0,4}K'
	[linux_config]='[a-z0-9-]+( [a-z0-9-]+)*'
	[linux_image]='Image|zImage'
	[linux_dtb]='([A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+'
	[linux_dtb_loader]='extlinux|firmware'
	[package_file]='[a-z]+ [a-z-]+ [a-z0-9]+ [a-z0-9.+-]+ [A-Za-z0-9._/-]+ (boot|u-boot)/[A-Za-z0-9._-]+'
	[blob]='[A-Za-z0-9._-]+ [0-9a-f]{64} ((boot|u-boot)/[A-Za-z0-9._-]+|u-boot:[A-Za-z0-9._/*-]+) .+'
	[boot_method]='extlinux|fit'
	[fit_load]='0x[0-9a-f]{1,8}'
	[flash_size]='[1-9][0-9]{0,3}M'
	[flash_node]='/[A-Za-z0-9,._@/-]+'
	[flash_map]='[a-z0-9_]+@(0|[1-9][0-9]{0,6}[KM])\+[1-9][0-9]{0,6}[KM]( [a-z0-9_]+@(0|[1-9][0-9]{0,6}[KM])\+[1-9][0-9]{0,6}[KM])*'
	[root_filesystem]='ext4|erofs'
	[quote]='yes|no'
	[boot_arguments]='[ -~]*'
	[boot_timeout]='[1-9][0-9]{0,3}'
	[console]='tty[A-Za-z]+[0-9]+(,[0-9]+[a-z0-9]*)?'
	[recovery]='none|uuu|rpiboot|snagboot'
	[qemu]='qemu-system-[a-z0-9_]+'
	[qemu_machine]='[A-Za-z0-9.,=_-]+'
	[qemu_suite]='[a-z]+(-backports)?'
	[qemu_cpu]='[A-Za-z0-9.,=_-]+'
	[qemu_memory]='[1-9][0-9]*[MG]'
	[qemu_firmware]='bios|kernel|flash'
	[qemu_disk]='[A-Za-z0-9.,=_-]+'
	[qemu_tpm]='[A-Za-z0-9.,=_-]+'
)

# Keys that may be given more than once; their values are lines.
BOARD_LISTS=' package_file blob '

# A key without a row here must be given.
declare -A BOARD_DEFAULT=(
	[uboot_config]=measured-boot
	[uboot_image]=u-boot.bin
	[uboot_place]=''
	[linux_image]=Image
	[linux_dtb]=''
	[linux_dtb_loader]=extlinux
	[package_file]=''
	[blob]=''
	[boot_method]=extlinux
	[fit_load]=''
	[flash_size]=''
	[flash_node]=''
	[flash_map]=''
	[root_filesystem]=ext4
	[quote]=no
	[boot_arguments]=''
	[boot_timeout]=120
	[recovery]=none
	[qemu]=''
	[qemu_machine]=''
	[qemu_suite]=''
	[qemu_cpu]=''
	[qemu_memory]=512M
	[qemu_firmware]=bios
	[qemu_disk]=virtio-blk-device
	[qemu_tpm]=''
)

# The values, and where each one stands.
declare -A CONF=() CONF_AT=()

# read_board_file FILE DEPTH: read FILE, what it inherits first.
read_board_file() {
	local file=$1 depth=$2 line number=0 key value
	local -A seen=()
	[ -r "$file" ] || die "$file cannot be read: inherit= names a file under board/, without its .conf"
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		[[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
		[[ $line =~ ^([a-z_]+)=\"([^\"\\\$\`]*)\"[[:space:]]*$ ]] ||
			die "$file:$number: not of the form key=\"value\" (no \", \\, \$ or \` inside the value)"
		key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
		[ -z "${seen[$key]:-}" ] || [[ $BOARD_LISTS = *" $key "* ]] || die "$file:$number: $key is given twice"
		seen[$key]=1
		if [ "$key" = inherit ]; then
			[ ${#seen[@]} = 1 ] || die "$file:$number: inherit= must be the first key, so that later keys win"
			[ "$depth" -lt 4 ] || die "$file:$number: inherit= is nested more than 4 deep"
			[[ $value =~ ^[a-z0-9/_-]+$ ]] || die "$file:$number: inherit=\"$value\" is not the name of a file under board/"
			read_board_file "$TOP/board/$value.conf" $((depth + 1))
			continue
		fi
		[ -n "${BOARD_PATTERN[$key]+x}" ] || die "$file:$number: unknown key $key: board/README.md lists the keys"
		[[ $value =~ ^(${BOARD_PATTERN[$key]})$ ]] ||
			die "$file:$number: $key=\"$value\" is not of the form ${BOARD_PATTERN[$key]}: board/README.md says what it means"
		if [ -n "${CONF[$key]:-}" ] && [[ $BOARD_LISTS = *" $key "* ]]; then
			CONF[$key]+=$'\n'$value
		else
			CONF[$key]=$value
		fi
		CONF_AT[$key]=$file:$number
	done <"$file"
}

# bytes 896K | 64M | 0
bytes() {
	case $1 in
	*K) echo $((${1%K} << 10)) ;;
	*M) echo $((${1%M} << 20)) ;;
	*) echo "$1" ;;
	esac
}

# flash_parts: a line "NAME OFFSET SIZE" in bytes for each partition of flash_map.
flash_parts() {
	local part place
	for part in ${CONF[flash_map]}; do
		place=${part#*@}
		printf '%s %d %d\n' "${part%@*}" "$(bytes "${place%+*}")" "$(bytes "${place#*+}")"
	done
}

# The flash is erased in sectors of 64 KiB; partitions stand in the order of their places.
check_flash() {
	local name offset size end=0 names=' ' at=${CONF_AT[flash_map]:-board/$1/board.conf}
	for name in flash_size flash_node flash_map fit_load linux_dtb; do
		[ -n "${CONF[$name]}" ] || die "board/$1/board.conf: the key $name is missing, which boot_method=\"fit\" needs: board/README.md says what it means"
	done
	while read -r name offset size; do
		[ $((offset % 65536)) = 0 ] && [ $((size % 65536)) = 0 ] || die "$at: flash_map: $name does not begin and end with a sector of 64 KiB"
		[ "$offset" -ge $end ] || die "$at: flash_map: $name begins at $offset, before the partition in front of it ends ($end)"
		[[ $names != *" $name "* ]] || die "$at: flash_map: $name is there twice"
		end=$((offset + size)) names+="$name "
		[ $end -le "$(bytes "${CONF[flash_size]}")" ] || die "$at: flash_map: $name ends at $end, behind the end of the flash (flash_size=\"${CONF[flash_size]}\")"
	done < <(flash_parts)
	for name in u_boot env kernel_a root_a kernel_b root_b; do
		[[ $names == *" $name "* ]] || die "$at: flash_map: there is no partition $name, which boot_method=\"fit\" needs"
	done
}

# need_qemu: stop where the board is no machine that QEMU has.
need_qemu() {
	[ -n "${CONF[qemu]}" ] || die "${CONF[name]} is a real board and runs nowhere else: \`make image BOARD=${CONF[name]}\`; board/${CONF[name]}/README.md goes on from there"
}

list_boards() {
	local conf
	for conf in "$TOP"/board/*/board.conf; do
		basename "$(dirname "$conf")"
	done | tr '\n' ' '
}

load_board() {
	local key
	[[ $1 =~ ^[a-z0-9-]+$ ]] && [ -f "$TOP/board/$1/board.conf" ] || die "there is no board '$1': BOARD= must be one of: $(list_boards)"
	CONF=() CONF_AT=()
	read_board_file "$TOP/board/$1/board.conf" 0
	for key in "${!BOARD_PATTERN[@]}"; do
		[ -z "${CONF[$key]+x}" ] || continue
		[ -n "${BOARD_DEFAULT[$key]+x}" ] || die "board/$1/board.conf: the key $key is missing: board/README.md says what it means"
		CONF[$key]=${BOARD_DEFAULT[$key]}
	done
	for key in qemu_machine qemu_tpm; do
		[ -z "${CONF[qemu]}" ] || [ -n "${CONF[$key]}" ] || die "board/$1/board.conf: the key $key is missing, which qemu= needs: board/README.md says what it means"
	done
	[ "${CONF[quote]} ${CONF[debian_arch]}" != "yes riscv64" ] || die "${CONF_AT[quote]}: quote=\"yes\" is for arm64 and armhf: take it out"
	if [ -n "${CONF[flash_map]}${CONF[flash_size]}" ] || [ "${CONF[boot_method]}" = fit ]; then
		check_flash "$1"
	fi
	# The one profile that is a kernel of its own.
	[ "${PROFILE:-}" != production ] || CONF[linux_config]+=" 60-production"
	CONF[name]=$1
	# What fetch.sh is asked for the target's libraries, and the command that goes into the root filesystem.
	SYSROOT_WORDS=(sysroot "${CONF[debian_arch]}")
	TOOL=$BUILD/$1/tools/bootchain
	if [ "${CONF[quote]}" = yes ]; then
		SYSROOT_WORDS+=(quote)
		TOOL=$BUILD/$1/tools-quote/bootchain
	fi
	OUT=$BUILD/$1/out
}
