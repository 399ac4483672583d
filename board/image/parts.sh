# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Sourced after common.sh: what the initramfs and the root filesystem have in common.

# busybox_of SYSROOT
busybox_of() {
	local file
	for file in "$1/bin/busybox" "$1/usr/bin/busybox"; do
		[ ! -f "$file" ] || { printf '%s\n' "$file"; return; }
	done
	die "$1 has no busybox"
}

# install_policies DIR: the policies of kernel/policy/.
install_policies() {
	local policy
	for policy in "$TOP"/kernel/policy/*; do
		[ "${policy##*.}" = md ] || install -m 644 "$policy" "$1/"
	done
}

# refuse_private_keys DIR KEYS: nothing private goes into an image, whatever name it has: PEM by its header, our own keys by their number too.
refuse_private_keys() {
	local key hex found PASS
	found=$(grep -rlE -- '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----' "$1" || true)
	[ -z "$found" ] || die "the image would hold a private key: ${found#"$1"}: take it out of what the image is made from"
	PASS=$("$TOP/board/build/keys.sh" pass) || exit 1
	for key in "$2"/*key*.pem; do
		# Keys in a token, and the CA's kept elsewhere, are not here to be found.
		[ -e "$key" ] || continue
		# The secret number itself (a prime of RSA), as it stands in DER; grep -P sees bytes, but line by line: the longest piece without a newline.
		hex=$(PASS=$PASS openssl pkey -in "$key" -passin env:PASS -noout -text 2>/dev/null |
			sed -n '/^priv:/,/^pub:/p; /^prime1:/,/^prime2:/p' | sed '1d;$d' | tr -d ' :\n' |
			sed 's/^00//; s/../& /g; s/0a /\n/g' | awk '{ gsub(/ /, "") } length > most { most = length; piece = $0 } END { print piece }' | sed 's/../\\x&/g') || true
		# Eight bytes are no chance hit.
		[ ${#hex} -ge 32 ] || die "cannot read $key: is it the passphrase of another key?"
		# The pattern goes through a pipe: arguments can be seen by every user.
		found=$(grep -rlaP -f <(printf '%s\n' "$hex") -- "$1" || true)
		[ -z "$found" ] || die "the image would hold the private key $(basename "$key"): ${found#"$1"}: take it out of what the image is made from"
	done
}

# board_files DIR TREE: what else the board has in its boot partition: files of its directory boot/, those of others, the tree, U-Boot.
board_files() {
	local board=$TOP/board/${CONF[name]}
	if [ -d "$board/boot" ]; then
		cp -r -- "$board/boot/." "$1/" || return
	fi
	cp -r -- "$BUILD/${CONF[name]}/blobs/boot/." "$1/" || return
	if [ -n "${CONF[linux_dtb]}" ]; then
		cp -- "$2" "$1/$(basename "${CONF[linux_dtb]}").dtb" || return
	fi
	[[ ${CONF[uboot_place]} != boot/* ]] || cp -- "$OUT/u-boot.bin" "$1/${CONF[uboot_place]#boot/}"
}
