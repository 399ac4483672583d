# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Sourced by flash.sh: may this block device be written? Everything is read from the files named, so that a test can give others.

# device_numbers SYS NAME: "8:16" of a disk and of each of its partitions.
device_numbers() {
	local file
	for file in "$1/class/block/$2/dev" "$1/class/block/$2"/*/partition; do
		[ ! -r "$file" ] || cat "${file%/partition}$([ "${file##*/}" = dev ] || printf /dev)"
	done
}

# device_names SYS NAME: the disk and its partitions.
device_names() {
	local file
	printf '%s\n' "$2"
	for file in "$1/class/block/$2"/*/partition; do
		[ ! -r "$file" ] || basename "${file%/partition}"
	done
}

# mounted_at SYS MOUNTINFO NAME: where the disk, or a partition of it, is mounted. (man 5 proc_pid_mountinfo: the third field is the
# number; some file systems have one of their own, and tell the device behind the dash.)
mounted_at() {
	local number name
	for number in $(device_numbers "$1" "$3"); do
		awk -v number="$number" '$3 == number { print $5 }' "$2"
	done
	for name in $(device_names "$1" "$3"); do
		awk -v name="/dev/$name" '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 2) == name) print $5 }' "$2"
	done
}

# device_problem SYS MOUNTINFO SWAPS NAME BYTES: why the device must not be written, or nothing. SYS, MOUNTINFO and SWAPS are /sys,
# /proc/self/mountinfo and /proc/swaps.
device_problem() {
	local sys=$1 mounts=$2 swaps=$3 name=$4 bytes=$5 disk=$1/class/block/$4 part where size
	[ -n "$name" ] && [ -r "$disk/size" ] || { printf '%s\n' "there is no block device $name"; return; }
	if [ -e "$disk/partition" ]; then
		printf '%s\n' "$name is a partition: name the whole disk, $(basename "$(dirname "$(realpath "$disk")")")"
		return
	fi
	where=$(mounted_at "$sys" "$mounts" "$name" | sort -u)
	case $'\n'$where$'\n' in
	*$'\n/\n'*) printf '%s\n' "$name holds the system that runs here"; return ;;
	$'\n\n') ;;
	*) printf '%s\n' "$name is mounted on $(printf '%s' "$where" | paste -sd ' '): unmount it first"; return ;;
	esac
	for part in $(device_names "$sys" "$name"); do
		if grep -q "^/dev/${part}[[:space:]]" "$swaps"; then
			printf '%s\n' "$part is swap space of this machine"
			return
		fi
		where=$(find "$sys/class/block/$part/holders/" -mindepth 1 -printf '%f ' 2>/dev/null || true)
		[ -z "$where" ] || { printf '%s\n' "$part is in use by $where"; return; }
	done
	# A card in a slot of the machine says SD; a loop device is a file.
	if [ "$(cat "$disk/removable" 2>/dev/null)" != 1 ] && [ "$(cat "$disk/device/type" 2>/dev/null)" != SD ] && [ ! -d "$disk/loop" ]; then
		printf '%s\n' "$name is built into this machine: only cards, sticks and loop devices are written"
		return
	fi
	[ "$(cat "$disk/ro" 2>/dev/null)" != 1 ] || { printf '%s\n' "$name is read-only: has the card a switch?"; return; }
	size=$(cat "$disk/size")
	[ $((size * 512)) -ge "$bytes" ] || printf '%s\n' "$name is too small: it has $((size * 512)) bytes, the image $bytes"
}

# device_text SYS NAME: what a person sees before he types the name.
device_text() {
	local disk=$1/class/block/$2 model
	model=$(cat "$disk/device/model" "$disk/device/name" "$disk/loop/backing_file" 2>/dev/null | head -n 1 | tr -s ' ' | tr -dc '[:print:]') || true
	printf '%d MB%s' $(($(cat "$disk/size") * 512 / 1000000)) "${model:+, $model}"
}
