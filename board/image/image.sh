#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make the initramfs and the disk of a board from what was built. Usage: BOARD=NAME image.sh
# Leaves OUT/{initrd.gz,extlinux.conf,build.json,disk.img}. Does nothing when no input has changed.
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=../build/json.sh
. "$TOP/board/build/json.sh"

load_board "${BOARD:?}"
need cpio cpio
KEYS=$("$TOP/board/build/keys.sh") || exit 1
SYSROOT=$("$TOP/board/build/fetch.sh" sysroot "${CONF[debian_arch]}") || exit 1
TOOL=$BUILD/${CONF[name]}/tools/bootchain
BUSYBOX=$SYSROOT/bin/busybox
[ -f "$BUSYBOX" ] || BUSYBOX=$SYSROOT/usr/bin/busybox
INPUTS=("$TOP/board/image/init" "$TOP/board/image/image.sh" "$TOP/board/image/disk.sh" "$TOP/board/image/genimage.cfg"
	"$TOP/board/${CONF[name]}/board.conf" "$KEYS/x509_ima.der" "$BUSYBOX" "$SYSROOT/.packages" "$TOOL"
	"$OUT/u-boot.bin" "$OUT/u-boot.json" "$OUT/${CONF[linux_image]}" "$OUT/linux.json")
for file in "${INPUTS[@]}"; do
	[ -r "$file" ] || die "the image needs $file, which is not there: run \`make image\`, which builds it"
done

lock "${CONF[name]}-image"
stamp=$(stamp_of "${INPUTS[@]}")
if [ "$(cat "$OUT/.image" 2>/dev/null)" = "$stamp" ] && [ -s "$OUT/disk.img" ] && [ -s "$OUT/initrd.gz" ] && [ -s "$OUT/build.json" ]; then
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
printf '{"schema":"bootchain/build/1","board":%s,"u_boot":%s,"linux":%s,"tool":%s,"target_packages":%s}\n' \
	"$(json_string "${CONF[name]}")" "$(cat "$OUT/u-boot.json")" "$(cat "$OUT/linux.json")" \
	"$(json_object sha256 "$(sha256_of "$TOOL")")" "$(packages)" >"$work/build.json"

mkdir -p "$root"/{bin,dev,etc/keys,etc/bootchain,proc,root,run,sys,tmp}
install -m 755 "$BUSYBOX" "$root/bin/busybox"
for applet in cat dd mount poweroff printf sed setsid sh sha256sum sleep sync tar uname wc; do
	ln -s busybox "$root/bin/$applet"
done
install -m 755 "$TOOL" "$root/bin/bootchain"
install -m 755 "$TOP/board/image/init" "$root/init"
install -m 644 "$KEYS/x509_ima.der" "$root/etc/keys/x509_ima.der"
install -m 644 "$work/build.json" "$root/etc/bootchain/build.json"

# Nothing private goes into an image, whatever name it has: PEM by its header, our own keys by their number too.
refuse_private_keys() {
	local key hex found
	found=$(grep -rlE -- '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----' "$1" || true)
	[ -z "$found" ] || die "the image would hold a private key: ${found#"$1"}: take it out of what the image is made from"
	for key in "$KEYS"/*key*.pem; do
		# The secret number itself, as it stands in DER; grep -P sees bytes.
		hex=$(openssl ec -in "$key" -noout -text 2>/dev/null | sed -n '/^priv:/,/^pub:/p' | sed '1d;$d' | tr -d ' :\n' | sed 's/^00//; s/../\\x&/g')
		[ -n "$hex" ] || die "cannot read $key"
		# The pattern goes through a pipe: arguments can be seen by every user.
		found=$(grep -rlaP -f <(printf '%s\n' "$hex") -- "$1" || true)
		[ -z "$found" ] || die "the image would hold the private key $(basename "$key"): ${found#"$1"}: take it out of what the image is made from"
	done
}
refuse_private_keys "$root"

pack() {
	find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	(cd "$root" && find . -mindepth 1 | LC_ALL=C sort |
		cpio --quiet --reproducible -o -H newc -R 0:0) | gzip -n -9 >"$work/initrd.gz"
}
run_logged "$BUILD/${CONF[name]}/image.log" "packing the initramfs" pack

# rootfstype=ramfs: IMA leaves a tmpfs alone, and the files of the initramfs would not be in its list.
cat >"$work/extlinux.conf" <<END
default bootchain
timeout 0
label bootchain
	kernel /${CONF[linux_image]}
	initrd /initrd.gz
	append console=${CONF[console]} rootfstype=ramfs ima_policy=tcb panic=1${CONF[boot_arguments]:+ ${CONF[boot_arguments]}}
END

publish "$work/initrd.gz" "$OUT/initrd.gz"
publish "$work/extlinux.conf" "$OUT/extlinux.conf"
publish "$work/build.json" "$OUT/build.json"
"$TOP/board/image/disk.sh" "$OUT/disk.img"
printf '%s\n' "$stamp" >"$OUT/.image"
