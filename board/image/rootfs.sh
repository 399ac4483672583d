#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make the root filesystem of a board: every file signed, nothing needs root. Two builds differ in signatures at most.
# Usage: BOARD=NAME rootfs.sh [--type ext4|erofs] [--add DIR] [--clear PATH] FILE
#   --add DIR      files beside those of the image, or instead of them; signed, too
#   --clear PATH   this file gets no attributes; may be given several times
# Prints one line: files, signatures, size.
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=parts.sh
. "$TOP/board/image/parts.sh"

words=("$@")
load_board "${BOARD:?}"
type=${CONF[root_filesystem]} clear=() add=''
while [ $# -gt 1 ]; do
	case $1 in
	--type) type=$2 ;;
	--add) add=$2 ;;
	--clear) clear+=("$2") ;;
	*) die "rootfs.sh: unknown option $1" ;;
	esac
	shift 2
done
[ $# = 1 ] && [[ $type =~ ^(ext4|erofs)$ ]] || die "usage: rootfs.sh [--type ext4|erofs] [--add DIR] [--clear PATH] FILE"
image=$1
PATH=$PATH:/usr/sbin:/sbin
need fakeroot fakeroot
# Owners and security attributes are kept by fakeroot; all of this runs below it.
[ -n "${FAKEROOTKEY:-}" ] || exec fakeroot -- "$0" "${words[@]}"
need mke2fs e2fsprogs
need mkfs.erofs erofs-utils
KEYS=$("$TOP/board/build/keys.sh") || exit 1
SYSROOT=$("$TOP/board/build/fetch.sh" "${SYSROOT_WORDS[@]}") || exit 1

word=m64
[ "${CONF[arch]}" != arm ] || word=m32

# Fixed, so that two builds are one file; the kernel finds the partition by its name, not by these.
UUID=b007c4a1-0000-4000-8000-000000000003
SIZE_MB=32
APPLETS="base64 cat chgrp chmod chown cp date dd df dmesg du echo env find free grep gzip head hexdump hostname id kill ln ls mkdir mknod mktemp more mount mv
	poweroff printf ps pwd readlink reboot rm rmdir sed seq setsid sh sha256sum sleep sort stat su sync tail tar tee test touch tr tty umount uname uniq
	vi wc which xargs"

work=$(mktemp -d "$BUILD/${CONF[name]}/rootfs.XXXXXX") || die "cannot write in $BUILD/${CONF[name]}: check the space and the rights there"
trap 'rm -rf "$work"' EXIT
root=$work/root

mkdir -p "$root"/{bin,dev,etc/bootchain,etc/ima,etc/keys,lib,proc,root,run,sbin,sys,tmp,var}
install -m 755 "$(busybox_of "$SYSROOT")" "$root/bin/busybox"
for applet in $APPLETS; do
	ln -s busybox "$root/bin/$applet"
done
install -m 755 "$TOOL" "$root/bin/bootchain"
# Debian's programs that show and set what the kernel looks at, and what they need.
for program in getfattr setfattr keyctl; do
	install -m 755 "$SYSROOT"/*bin/$program "$root/bin/$program" 2>/dev/null || install -m 755 "$SYSROOT/usr/bin/$program" "$root/bin/$program"
done
libraries=(-name 'ld-linux*.so.*' -o -name libc.so.6 -o -name libattr.so.1 -o -name libkeyutils.so.1)
[ "${CONF[quote]}" = no ] || libraries+=(-o -name libcrypto.so.3 -o -name 'libtss2-*.so.[01]')
for library in $(cd "$SYSROOT" && find . "${libraries[@]}"); do
	install -D -m 755 "$SYSROOT/$library" "$root/${library#./usr}"
done
install -m 755 "$TOP/board/image/system" "$root/sbin/init"
install -m 644 "$KEYS/x509_ima.der" "$KEYS/x509_evm.der" "$KEYS/ima-local-ca.pem" "$root/etc/keys/"
install_policies "$root/etc/ima"
install -m 644 "$OUT/build.json" "$root/etc/bootchain/build.json"
printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nuser:x:1000:\n' >"$root/etc/group"
[ -z "$add" ] || cp -a -- "$add/." "$root/"
refuse_private_keys "$root" "$KEYS"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

# mke2fs copies the change time of each file, which cannot be set before, and debugfs can set it afterwards.
set_times() {
	local path field
	(cd "$root" && find . -printf '/%P\n' | LC_ALL=C sort; printf '/lost+found\n') | while IFS= read -r path; do
		for field in ctime atime mtime crtime; do
			printf 'sif "%s" %s @%d\n' "$path" $field "$SOURCE_DATE_EPOCH"
		done
	done
}

# A function that run_logged calls goes on after an error, unless it says `return`.
pack() {
	chown -R 0:0 "$root" || return
	"$TOP/board/image/sign.sh" "$root" "$word" >"$work/signed" || return
	for path in ${clear[@]+"${clear[@]}"}; do
		setfattr -x security.ima -- "$root/$path" && setfattr -x security.evm -- "$root/$path" || return
	done
	if [ "$type" = erofs ]; then
		mkfs.erofs --quiet -T "$SOURCE_DATE_EPOCH" -U $UUID "$work/image" "$root"
		return
	fi
	E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -L root -U $UUID -m 0 -b 4096 -I 256 -J size=4 -O ^resize_inode,^orphan_file \
		-E "hash_seed=$UUID,lazy_itable_init=0,root_owner=0:0" -d "$root" "$work/image" ${SIZE_MB}M || return
	set_times >"$work/times" || return
	E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f "$work/times" "$work/image"
}
run_logged "$BUILD/${CONF[name]}/rootfs.log" "making the root filesystem" pack
size=$(stat -c %s "$work/image")
publish "$work/image" "$image"
printf '%s, %s, %d MiB\n' "$type" "$(cat "$work/signed")" $((size >> 20))
