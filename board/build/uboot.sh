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

ADDED=()
for name in u-boot.dtsi u-boot.env; do
	[ ! -f "$TOP/board/${CONF[name]}/$name" ] || ADDED+=("$TOP/board/${CONF[name]}/$name")
done
[ "${CONF[boot_method]}" != fit ] || { KEYS=$("$TOP/board/build/keys.sh") || exit 1; ADDED+=("$KEYS/x509_fit.der"); }

# U-Boot's version string, with its time, is measured: everything in it is fixed.
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" CROSS_COMPILE="${CONF[cross_compile]}" \
		CC="ccache ${CONF[cross_compile]}gcc -ffile-prefix-map=$SRC=." HOSTCC="ccache gcc" \
		KBUILD_BUILD_USER=bootchain KBUILD_BUILD_HOST=bootchain BINMAN_ALLOW_MISSING="${allow_missing:-}" "$@"
}

configure() {
	merge_fragments "$DIR/fragments" "${FRAGMENTS[@]}"
	kbuild "${CONF[uboot_defconfig]}"
	"$SRC/scripts/kconfig/merge_config.sh" -m -O "$DIR" "$DIR/.config" "$DIR/fragments"
	kbuild olddefconfig || return
	[ ${#parts[@]} = 0 ] || cp -- "${parts[@]}" "$DIR/" || return
	[ ${#ADDED[@]} = 0 ] || add
}

# What the board's fragment names without a path: bootchain.env, the built-in environment, with the places of the partitions (in
# hexadecimal, as U-Boot reads numbers), and bootchain.dtsi, what is added to the control tree, with the key that a FIT must be signed with.
add() {
	local own=$TOP/board/${CONF[name]} dtsi=$DIR/arch/${CONF[arch]}/dts/bootchain.dtsi name offset size
	mkdir -p "$(dirname "$dtsi")" || return
	while read -r name offset size; do
		printf '%s=%x\n%s_size=%x\n' "$name" "$offset" "$name" "$size"
	done < <(flash_parts) >"$DIR/bootchain.env"
	[ ! -f "$own/u-boot.env" ] || grep -v '^#' "$own/u-boot.env" >>"$DIR/bootchain.env" || return
	: >"$dtsi" || return
	[ ! -f "$own/u-boot.dtsi" ] || cat "$own/u-boot.dtsi" >>"$dtsi" || return
	[ "${CONF[boot_method]}" = fit ] || return 0
	kbuild tools || return
	mkdir -p "$DIR/key" && openssl x509 -inform DER -in "$KEYS/x509_fit.der" -out "$DIR/key/fit.crt" || return
	printf '/dts-v1/;\n/ { };\n' | dtc -I dts -O dtb -p 8192 -o "$DIR/key/key.dtb" || return
	"$DIR/tools/fdt_add_pubkey" -a sha256,rsa3072 -k "$DIR/key" -n fit -r conf "$DIR/key/key.dtb" || return
	dtc -I dtb -O dts "$DIR/key/key.dtb" | grep -v '^/dts-v1/;' >>"$dtsi"
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
# What others made and U-Boot's build takes in, as blobs.sh has gathered it.
PARTS=$BUILD/${CONF[name]}/blobs
target=${CONF[uboot_image]} allow_missing=''
# What is packed of several parts is made by binman, which only `all` starts.
[ "$target" != flash.bin ] || target=all
if [ -s "$PARTS/missing" ]; then
	allow_missing=1 target=all
	CONF[uboot_image]=u-boot.bin
fi
shopt -s nullglob
parts=("$PARTS"/u-boot/*)
configuration="$(stamp_of "${FRAGMENTS[@]}" ${ADDED[@]+"${ADDED[@]}"} "${parts[@]}" "$TOP/board/${CONF[name]}/board.conf" "$0") $("${CONF[cross_compile]}gcc" --version | head -n 1)"

build_tree "U-Boot" "${UBOOT_SRC:-}" u-boot "$target"

cp -- "$DIR/${CONF[uboot_image]}" "$OUT/u-boot.bin.new" && publish "$OUT/u-boot.bin.new" "$OUT/u-boot.bin"
cp -- "$DIR/.config" "$OUT/u-boot.config.new" && publish "$OUT/u-boot.config.new" "$OUT/u-boot.config"
printf '{"source":%s,"patches":%s,"defconfig":%s,"fragments":%s,"config_sha256":"%s","sha256":"%s"}\n' \
	"$source_json" "$patches_json" "$(json_string "${CONF[uboot_defconfig]}")" "$(json_files "${FRAGMENTS[@]}")" \
	"$(sha256_of "$OUT/u-boot.config")" "$(sha256_of "$OUT/u-boot.bin")" >"$OUT/u-boot.json.new"
publish "$OUT/u-boot.json.new" "$OUT/u-boot.json"
build_done
