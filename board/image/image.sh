#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make initramfs, root filesystem and disk of a board from what was built. Usage: BOARD=NAME PROFILE=NAME image.sh
# Leaves OUT/{initrd.gz,extlinux.conf,build.json,root.img,root.txt,disk.img}, with boot_method=fit {cmdline.txt,board.dtb} instead of
# extlinux.conf. Does nothing when no input has changed.
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=../build/json.sh
. "$TOP/board/build/json.sh"
# shellcheck source=parts.sh
. "$TOP/board/image/parts.sh"

load_board "${BOARD:?}"
need cpio cpio
need bmaptool bmap-tools
PROFILE=${PROFILE:-enforce}
profile_words=''
[[ ! $PROFILE =~ ^[a-z]+$ ]] || profile_words=$(sed -n "s/^$PROFILE //p" "$TOP/board/image/profiles")
[ -n "$profile_words" ] || die "PROFILE=$PROFILE is not known: use one of $(sed -n 's/^\([a-z]*\) .*/\1/p' "$TOP/board/image/profiles" | paste -sd ' ')"
KEYS=$("$TOP/board/build/keys.sh") || exit 1
SYSROOT=$("$TOP/board/build/fetch.sh" "${SYSROOT_WORDS[@]}") || exit 1
# The initramfs has the one without libraries.
STATIC_TOOL=$BUILD/${CONF[name]}/tools/bootchain
BUSYBOX=$(busybox_of "$SYSROOT") || exit 1
INPUTS=("$TOP"/board/image/* "$TOP"/kernel/policy/* "$TOP/board/${CONF[name]}"/[a-z]*.* "$TOP"/board/*.conf "$KEYS"/*.der "$KEYS"/ima-local-ca.pem
	"$BUSYBOX" "$SYSROOT/.packages" "$TOOL" "$STATIC_TOOL"
	"$OUT/u-boot.bin" "$OUT/u-boot.json" "$OUT/${CONF[linux_image]}" "$OUT/linux.json" "$BUILD/${CONF[name]}/blobs/blobs.json" ${CONF[linux_dtb]:+"$OUT/linux.dtb"})
[ ! -d "$TOP/board/${CONF[name]}/boot" ] || INPUTS+=("$TOP/board/${CONF[name]}/boot"/*)
for file in "${INPUTS[@]}"; do
	[ -r "$file" ] || die "the image needs $file, which is not there: run \`make image\`, which builds it"
done

lock "${CONF[name]}-image"
stamp="$PROFILE $(stamp_of "${INPUTS[@]}")"
# What has to be there. A disk without its first stage would look finished.
made=(initrd.gz build.json root.img root.txt SHA256SUMS)
[ -s "$BUILD/${CONF[name]}/blobs/missing" ] || made+=(disk.img disk.img.bmap)
whole() {
	local name
	for name in "${made[@]}"; do
		[ -s "$OUT/$name" ] || return 1
	done
}
if [ "$(cat "$OUT/.image" 2>/dev/null)" = "$stamp" ] && whole; then
	cat "$OUT/root.txt"
	exit 0
fi
rm -f -- "$OUT/.image"

work=$(mktemp -d "$BUILD/${CONF[name]}/image.XXXXXX") || die "cannot write in $BUILD/${CONF[name]}: check the space and the rights there"
trap 'rm -rf "$work"' EXIT
root=$work/root

# {"file":"sha256"} of the packages that target libraries and busybox come from.
packages() {
	local sha256 file args=()
	while read -r sha256 file; do
		args+=("$file" "$sha256")
	done <"$SYSROOT/.packages"
	json_object "${args[@]}"
}

# What was built from what. It cannot name the initrd that it is part of.
printf '{"schema":"bootchain/build/1","board":%s,"u_boot":%s,"linux":%s,"tool":%s,"target_packages":%s,"blobs":%s}\n' \
	"$(json_string "${CONF[name]}")" "$(cat "$OUT/u-boot.json")" "$(cat "$OUT/linux.json")" \
	"$(json_object sha256 "$(sha256_of "$TOOL")")" "$(packages)" "$(cat "$BUILD/${CONF[name]}/blobs/blobs.json")" >"$work/build.json"

mkdir -p "$root"/{bin,dev,etc/keys,etc/bootchain,etc/ima,proc,root,run,sbin,sys,tmp}
install -m 755 "$BUSYBOX" "$root/bin/busybox"
for applet in base64 cat dd grep gzip mount poweroff printf reboot sed setsid sh sha256sum sleep switch_root sync tar uname wc; do
	ln -s busybox "$root/bin/$applet"
done
install -m 755 "$STATIC_TOOL" "$root/bin/bootchain"
install -m 755 "$TOP/board/image/init" "$root/init"
install -m 755 "$TOP/board/image/system" "$root/sbin/init"
install -m 644 "$KEYS/x509_ima.der" "$KEYS/x509_evm.der" "$root/etc/keys/"
install_policies "$root/etc/ima"
install -m 644 "$work/build.json" "$root/etc/bootchain/build.json"

refuse_private_keys "$root" "$KEYS"

pack() {
	find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	(cd "$root" && find . -mindepth 1 | LC_ALL=C sort |
		cpio --quiet --reproducible -o -H newc -R 0:0) | gzip -n -9 >"$work/initrd.gz"
}
run_logged "$BUILD/${CONF[name]}/image.log" "packing the initramfs" pack

# words ROOT: the command line. rootfstype=ramfs: IMA leaves a tmpfs alone, and the files of the initramfs would not be in its list.
words() {
	printf '%s' "console=${CONF[console]} rootfstype=ramfs root=$1 $profile_words panic=1${CONF[boot_arguments]:+ ${CONF[boot_arguments]}}"
}

# The tree that Linux gets: that of its source, what board/NAME/linux.dtso has besides, and the partitions of flash_map.
tree() {
	local own=$TOP/board/${CONF[name]}/linux.dtso name offset size overlays=()
	cp -- "$OUT/linux.dtb" "$work/board.dtb" || return
	if [ -n "${CONF[flash_map]}" ]; then
		fdtput -r "$work/board.dtb" "${CONF[flash_node]}/partitions" 2>/dev/null || true
		{
			printf '/dts-v1/;\n/plugin/;\n/ { fragment@0 { target-path = "%s"; __overlay__ { partitions {\n' "${CONF[flash_node]}"
			printf 'compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;\n'
			while read -r name offset size; do
				printf '%s@%x { label = "%s"; reg = <%#x %#x>; };\n' "$name" "$offset" "$name" "$offset" "$size"
			done < <(flash_parts)
			printf '}; }; }; };\n'
		} >"$work/partitions.dts"
		dtc -q -I dts -O dtb -o "$work/partitions.dtbo" "$work/partitions.dts" || return
		overlays+=("$work/partitions.dtbo")
	fi
	if [ -f "$own" ]; then
		dtc -q -I dts -O dtb -o "$work/own.dtbo" "$own" || return
		overlays+=("$work/own.dtbo")
	fi
	[ ${#overlays[@]} = 0 ] || fdtoverlay -i "$work/board.dtb" -o "$work/board.dtb" "${overlays[@]}"
}

publish "$work/initrd.gz" "$OUT/initrd.gz"
if [ -n "${CONF[linux_dtb]}" ]; then
	run_logged "$BUILD/${CONF[name]}/image.log" "making the tree" tree
	publish "$work/board.dtb" "$OUT/board.dtb"
fi
if [ "${CONF[boot_method]}" = fit ]; then
	words mtd:root_@SLOT@ >"$work/cmdline.txt"
	publish "$work/cmdline.txt" "$OUT/cmdline.txt"
else
	tree_line=''
	[ -z "${CONF[linux_dtb]}" ] || [ "${CONF[linux_dtb_loader]}" != extlinux ] || tree_line="	fdt /$(basename "${CONF[linux_dtb]}").dtb"$'\n'
	printf 'default bootchain\ntimeout 0\nlabel bootchain\n\tkernel /%s\n\tinitrd /initrd.gz\n%s\tappend %s\n' \
		"${CONF[linux_image]}" "$tree_line" "$(words PARTLABEL=root)" >"$work/extlinux.conf"
	publish "$work/extlinux.conf" "$OUT/extlinux.conf"
fi
publish "$work/build.json" "$OUT/build.json"
"$TOP/board/image/rootfs.sh" "$OUT/root.img" >"$OUT/root.txt"
if [[ " ${made[*]} " == *" disk.img "* ]]; then
	"$TOP/board/image/disk.sh" "$OUT/disk.img"
	# For who writes it: the blocks that hold something.
	run_logged "$BUILD/${CONF[name]}/bmap.log" "making the block map" bmaptool create -o "$work/disk.img.bmap" "$OUT/disk.img"
	publish "$work/disk.img.bmap" "$OUT/disk.img.bmap"
else
	rm -f -- "$OUT/disk.img" "$OUT/disk.img.bmap"
	warn "no disk.img: files are missing that nobody here can build, the lines above say which; the rest is in ${OUT#"$TOP"/}"
fi
(cd "$OUT" && find . -maxdepth 1 -type f ! -name '.*' ! -name '*.new' ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum --) >"$work/SHA256SUMS"
publish "$work/SHA256SUMS" "$OUT/SHA256SUMS"
printf '%s\n' "$stamp" >"$OUT/.image"
cat "$OUT/root.txt"
