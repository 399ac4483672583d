#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build U-Boot for a board. Usage: BOARD=NAME uboot.sh     (UBOOT_SRC=DIR: a person's own tree, as it is)
# Leaves OUT/{u-boot.bin,u-boot.config,u-boot.json}; does nothing when no input has changed.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=json.sh
. "$TOP/board/build/json.sh"

load_board "${BOARD:?}"
need "${CONF[cross_compile]}gcc" "gcc-${CONF[cross_compile]%-}"
need ccache ccache

DIR=$BUILD/${CONF[name]}/u-boot
SERIES=$TOP/u-boot-patches/patches
FRAGMENTS=()
for name in ${CONF[uboot_config]}; do
	FRAGMENTS+=("$TOP/u-boot-patches/config/$name.config")
done
[ ! -f "$TOP/board/${CONF[name]}/u-boot.config" ] || FRAGMENTS+=("$TOP/board/${CONF[name]}/u-boot.config")
for file in "${FRAGMENTS[@]}"; do
	[ -r "$file" ] || die "the fragment $file is missing: uboot_config= in board.conf names it"
done

# U-Boot's version string, with its time, is measured: everything in it is fixed.
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" CROSS_COMPILE="${CONF[cross_compile]}" \
		CC="ccache ${CONF[cross_compile]}gcc -ffile-prefix-map=$SRC=." HOSTCC="ccache gcc" \
		KBUILD_BUILD_USER=bootchain KBUILD_BUILD_HOST=bootchain "$@"
}

configure() {
	merge_fragments "$DIR/fragments" "${FRAGMENTS[@]}"
	kbuild "${CONF[uboot_defconfig]}"
	"$SRC/scripts/kconfig/merge_config.sh" -m -O "$DIR" "$DIR/.config" "$DIR/fragments"
	kbuild olddefconfig
}

if [ -n "${UBOOT_SRC:-}" ]; then
	own_tree UBOOT_SRC "$UBOOT_SRC"
	version=$(make -s -C "$SRC" ubootversion 2>/dev/null) || version=unknown
	source_json=$(json_object version "$version" tree "$(own_tree_id "$SRC")")
	patches_json='[]'
	key="own tree $SRC"
else
	read -r tarball sha256 version < <("$TOP/board/build/fetch.sh" uboot) || exit 1
	source_tree "u-boot-$version" "$sha256" "$SERIES" tar --strip-components=1 -xf "$tarball" -C
	source_json=$(json_object version "$version" file "$(basename "$tarball")" sha256 "$sha256")
	patches_json=$(json_patches "$SERIES")
	key="$sha256 $(series_id "$SERIES")"
fi
configuration="$(stamp_of "${FRAGMENTS[@]}" "$TOP/board/${CONF[name]}/board.conf" "$0") $("${CONF[cross_compile]}gcc" --version | head -n 1)"

build_tree "U-Boot" "${UBOOT_SRC:-}" u-boot "${CONF[uboot_image]}"

cp -- "$DIR/${CONF[uboot_image]}" "$OUT/u-boot.bin.new" && publish "$OUT/u-boot.bin.new" "$OUT/u-boot.bin"
cp -- "$DIR/.config" "$OUT/u-boot.config.new" && publish "$OUT/u-boot.config.new" "$OUT/u-boot.config"
printf '{"source":%s,"patches":%s,"defconfig":%s,"fragments":%s,"config_sha256":"%s","sha256":"%s"}\n' \
	"$source_json" "$patches_json" "$(json_string "${CONF[uboot_defconfig]}")" "$(json_files "${FRAGMENTS[@]}")" \
	"$(sha256_of "$OUT/u-boot.config")" "$(sha256_of "$OUT/u-boot.bin")" >"$OUT/u-boot.json.new"
publish "$OUT/u-boot.json.new" "$OUT/u-boot.json"
printf '%s\n' "$key $configuration" >"$DIR/.done"
