#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build another U-Boot for the tests: the board's, with some symbols set otherwise, or the one without our series.
# Usage: BOARD=NAME uboot.sh RESULT [--stock] [CONFIG_X=VALUE | CONFIG_X=n]...
# Leaves build/check/u-boot/RESULT/u-boot.bin; does nothing when no input has changed.
# shellcheck source=../../board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=../../board/build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=../../board/build/source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=../../board/build/json.sh
. "$TOP/board/build/json.sh"

load_board "${BOARD:?}"
result=${1:?} stock=0
shift
[ "${1:-}" != --stock ] || { stock=1; shift; }
DIR=$BUILD/check/u-boot/$result.build
OUT=$BUILD/check/u-boot/$result
mkdir -p "$OUT"

# Symbols of the series do not exist without it.
FRAGMENTS=("$OUT/board.config")
[ $# = 0 ] || FRAGMENTS+=("$OUT/more.config")
for fragment in ${CONF[uboot_config]}; do
	cat -- "$TOP/u-boot-patches/config/$fragment.config"
done | if [ $stock = 1 ]; then grep -v 'CONFIG_MEASURED_BOOT_'; else cat; fi >"$OUT/board.config"
[ ! -f "$TOP/board/${CONF[name]}/u-boot.config" ] || cat -- "$TOP/board/${CONF[name]}/u-boot.config" >>"$OUT/board.config"
for symbol; do
	[[ $symbol =~ ^CONFIG_[A-Z0-9_]+=.+$ ]] || die "uboot.sh: $symbol is not CONFIG_X=VALUE"
	if [ "${symbol#*=}" = n ]; then printf '# %s is not set\n' "${symbol%=n}"; else printf '%s\n' "$symbol"; fi
done >"$OUT/more.config"

# shellcheck disable=SC2317 # called by build_tree
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" CROSS_COMPILE="${CONF[cross_compile]}" \
		CC="ccache ${CONF[cross_compile]}gcc -ffile-prefix-map=$SRC=." HOSTCC="ccache gcc" \
		KBUILD_BUILD_USER=bootchain KBUILD_BUILD_HOST=bootchain "$@"
}

# shellcheck disable=SC2317 # called by build_tree
configure() {
	merge_fragments "$DIR/fragments" "${FRAGMENTS[@]}"
	kbuild "${CONF[uboot_defconfig]}"
	"$SRC/scripts/kconfig/merge_config.sh" -m -O "$DIR" "$DIR/.config" "$DIR/fragments"
	kbuild olddefconfig
}

if [ -n "${UBOOT_SRC:-}" ] && [ $stock = 0 ]; then
	own_tree UBOOT_SRC "$UBOOT_SRC"
	key="own tree $SRC"
else
	read -r tarball sha256 version < <("$TOP/board/build/fetch.sh" uboot) || exit 1
	series=$TOP/u-boot-patches/patches name=u-boot-$version
	[ $stock = 0 ] || series=$TOP/u-boot-patches/none name=$name-stock
	source_tree "$name" "$sha256" "$series" tar --strip-components=1 -xf "$tarball" -C
	key="$sha256 $(series_id "$series")"
fi
configuration="$(stamp_of "${FRAGMENTS[@]}" "$0") $("${CONF[cross_compile]}gcc" --version | head -n 1)"
build_tree "U-Boot ($result)" "${UBOOT_SRC:-}" u-boot "${CONF[uboot_image]}"

cp -- "$DIR/${CONF[uboot_image]}" "$OUT/u-boot.bin.new" && publish "$OUT/u-boot.bin.new" "$OUT/u-boot.bin"
json_object stock "$stock" key "$key" symbols "$*" >"$OUT/u-boot.json.new" && publish "$OUT/u-boot.json.new" "$OUT/u-boot.json"
build_done
