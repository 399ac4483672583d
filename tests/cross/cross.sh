#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# cross.sh ARCH: the unit tests of the library and its fuzz corpus as programs of another processor (arm64, armhf), under qemu-user. TAP.
# shellcheck source=../../board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"

arch=${1:?usage: cross.sh arm64|armhf}
case $arch in
arm64) triplet=aarch64-linux-gnu qemu=qemu-aarch64 ;;
armhf) triplet=arm-linux-gnueabihf qemu=qemu-arm ;;
*) die "cross.sh: $arch is not known: use arm64 or armhf" ;;
esac

"$TOP/board/build/deps.sh" "$TOP/tests/cross/packages" >&2
sysroot=$("$TOP/board/build/fetch.sh" unpacked "cross-$arch" bookworm "$arch" libfdt-dev libfdt1 libjson-c-dev libjson-c5 libmbedtls-dev \
	libmbedcrypto7 libcmocka-dev libcmocka0)
sysroot=${sysroot##*$'\n'}

run() {
	make --no-print-directory -j"$(nproc)" -C "$TOP" "$1" SYSROOT="$sysroot" CC="$triplet-gcc" AR="$triplet-ar" CRYPTO=mbedtls TSS=0 BUILD="build/check/cross-$arch" \
		CFLAGS="-O1" LDFLAGS="-Wl,-rpath-link,$sysroot/usr/lib/$triplet" \
		RUNNER="$qemu -L /usr/$triplet -E LD_LIBRARY_PATH=$sysroot/usr/lib/$triplet:/usr/$triplet/lib"
}

status=0
run unit-run || status=1
run fuzz-run || status=1
exit $status
