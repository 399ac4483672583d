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
	[linux_config]='[a-z0-9-]+( [a-z0-9-]+)*'
	[linux_image]='Image|zImage'
	[boot_method]='extlinux'
	[root_filesystem]='ext4|erofs'
	[boot_arguments]='[ -~]*'
	[boot_timeout]='[1-9][0-9]{0,3}'
	[console]='tty[A-Za-z]+[0-9]+(,[0-9]+[a-z0-9]*)?'
	[recovery]='none|uuu|rpiboot|snagboot'
	[qemu]='qemu-system-[a-z0-9_]+'
	[qemu_machine]='[A-Za-z0-9.,=_-]+'
	[qemu_cpu]='[A-Za-z0-9.,=_-]+'
	[qemu_memory]='[1-9][0-9]*[MG]'
	[qemu_firmware]='bios|kernel'
	[qemu_disk]='[A-Za-z0-9.,=_-]+'
	[qemu_tpm]='[A-Za-z0-9.,=_-]+'
)

# A key without a row here must be given.
declare -A BOARD_DEFAULT=(
	[uboot_config]=measured-boot
	[uboot_image]=u-boot.bin
	[linux_image]=Image
	[boot_method]=extlinux
	[root_filesystem]=ext4
	[boot_arguments]=''
	[boot_timeout]=120
	[recovery]=none
	[qemu_memory]=512M
	[qemu_firmware]=bios
	[qemu_disk]=virtio-blk-device
)

declare -A CONF=()

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
		[ -z "${seen[$key]:-}" ] || die "$file:$number: $key is given twice"
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
		CONF[$key]=$value
	done <"$file"
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
	CONF=()
	read_board_file "$TOP/board/$1/board.conf" 0
	for key in "${!BOARD_PATTERN[@]}"; do
		[ -z "${CONF[$key]+x}" ] || continue
		[ -n "${BOARD_DEFAULT[$key]+x}" ] || die "board/$1/board.conf: the key $key is missing: board/README.md says what it means"
		CONF[$key]=${BOARD_DEFAULT[$key]}
	done
	# The one profile that is a kernel of its own.
	[ "${PROFILE:-}" != production ] || CONF[linux_config]+=" 60-production"
	CONF[name]=$1
	OUT=$BUILD/$1/out
}
