# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables for, and of, the scripts that source this
#
# Sourced after common.sh and source.sh: how Linux for a board is configured and made.

# Both work on SRC, DIR, FRAGMENTS, CA and CONF of the script; build_tree calls them.

# The banner, with its time, is in the Image: everything in it is fixed, so that two builds are one file.
# LOCALVERSION=: no "+" for a tree that happens to lie in a git repository.
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" ARCH="${CONF[arch]}" CROSS_COMPILE="${CONF[cross_compile]}" \
		CC="ccache ${CONF[cross_compile]}gcc" HOSTCC="ccache gcc" KBUILD_BUILD_USER=bootchain KBUILD_BUILD_HOST=bootchain \
		KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP="$(date -u -d "@$SOURCE_DATE_EPOCH")" LOCALVERSION= "$@"
}

# 40-keys.config names this path; the CA's certificate is public, its key stays where it is.
configure() {
	install -D -m 644 "$CA" "$DIR/certs/ima-local-ca.pem"
	merge_fragments "$DIR/fragments" "${FRAGMENTS[@]}"
	kbuild KCONFIG_ALLCONFIG="$DIR/fragments" allnoconfig
}
