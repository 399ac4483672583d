#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# trixie.sh: the unit tests and the fuzz corpus with the libraries of Debian 13: mbedTLS 3.6, tpm2-tss 4, its C library. TAP.
# shellcheck source=../../board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"

arch=$(dpkg --print-architecture)
triplet=$(gcc -dumpmachine)
sysroot=$("$TOP/board/build/fetch.sh" unpacked trixie-libraries trixie "$arch" libc6 libc6-dev linux-libc-dev libgcc-s1 libfdt-dev libfdt1 \
	libjson-c-dev libjson-c5 libmbedtls-dev libmbedcrypto16 libcmocka-dev libcmocka0 libssl3t64 zlib1g libzstd1 libtss2-dev libtss2-esys-3.0.2-0t64 \
	libtss2-mu-4.0.1-0t64 libtss2-rc0t64 libtss2-tctildr0t64 libtss2-sys1t64)
sysroot=${sysroot##*$'\n'}
# gcc looks beside itself for the C library before it looks into a sysroot, unless -B and -L come first. Debian 13 has /lib as a link to usr/lib, which no package holds.
for name in lib lib64; do
	[ -e "$sysroot/$name" ] || ln -s "usr/$name" "$sysroot/$name"
done
loader=$(find "$sysroot/usr/lib64" "$sysroot/usr/lib" -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
[ -n "$loader" ] || die "trixie.sh: no loader in $sysroot"

run() {
	make --no-print-directory -j"$(nproc)" -C "$TOP" "$1" CC="gcc --sysroot=$sysroot -B$sysroot/usr/lib/$triplet/ -L$sysroot/usr/lib/$triplet" CRYPTO=mbedtls TSS=1 BUILD=build/check/trixie CFLAGS=-O1 \
		LDFLAGS="-Wl,-rpath-link,$sysroot/usr/lib/$triplet" RUNNER="$loader --library-path $sysroot/usr/lib/$triplet"
}

printf '# mbedTLS %s, tpm2-tss %s\n' "$(sed -n 's/^#define MBEDTLS_VERSION_STRING  *//p' "$sysroot"/usr/include/mbedtls/build_info.h)" \
	"$(sed -n 's/^Version: //p' "$(find "$sysroot" -name tss2-esys.pc | head -n 1)")"
status=0
run unit-run || status=1
run fuzz-run || status=1
exit $status
