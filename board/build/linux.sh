#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build Linux for a board. Usage: BOARD=NAME linux.sh     (LINUX_SRC=DIR: a person's own tree, as it is)
# Leaves OUT/{Image,linux.config,linux.json}, and OUT/linux.dtb with linux_dtb=; does nothing when no input has changed.
# Boards with the same kernel share its build.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=linux-tree.sh
. "$TOP/board/build/linux-tree.sh"
# shellcheck source=json.sh
. "$TOP/board/build/json.sh"

load_board "${BOARD:?}"
need "${CONF[cross_compile]}gcc" "gcc-${CONF[cross_compile]%-}"
need ccache ccache

like="${CONF[cross_compile]} ${CONF[linux_config]} ${LINUX_SRC:-}"
DIR=$BUILD/kernel/${CONF[arch]}-$(sha256sum <<<"$like" | head -c 8) DONE=$BUILD/${CONF[name]}/linux.done MORE=" ${CONF[linux_image]} ${CONF[linux_dtb]}"
SERIES=$TOP/kernel/patches
FRAGMENTS=()
for name in ${CONF[linux_config]}; do
	file=$TOP/kernel/config/$name.config
	[ -r "$file" ] || die "the fragment $file is missing: linux_config= in board/${CONF[name]}/board.conf names it"
	FRAGMENTS+=("$file")
done

KEYS=$("$TOP/board/build/keys.sh") || exit 1
CA=$KEYS/ima-local-ca.pem

if [ -n "${LINUX_SRC:-}" ]; then
	own_tree LINUX_SRC "$LINUX_SRC"
	version=$(make -s -C "$SRC" kernelversion 2>/dev/null) || version=unknown
	source_json=$(json_object version "$version" tree "$(own_tree_id "$SRC")")
	patches_json='[]'
	key="own tree $SRC"
else
	read -r deb sha256 version < <("$TOP/board/build/fetch.sh" linux) || exit 1
	source_tree "linux-$version" "$sha256" "$SERIES" linux_unpack "$deb"
	source_json=$(json_object version "$version" file "$(basename "$deb")" sha256 "$sha256")
	patches_json=$(json_patches "$SERIES")
	key="$sha256 $(series_id "$SERIES")"
fi
configuration="$(stamp_of "${FRAGMENTS[@]}" "$0" "$TOP/board/build/linux-tree.sh" "$CA") $("${CONF[cross_compile]}gcc" --version | head -n 1)"

mkdir -p "$BUILD/${CONF[name]}"
lock "$(basename "$DIR")"
build_tree "Linux" "${LINUX_SRC:-}" linux "${CONF[linux_image]}" ${CONF[linux_dtb]:+"${CONF[linux_dtb]}.dtb"}

cp -- "$DIR/arch/${CONF[arch]}/boot/${CONF[linux_image]}" "$OUT/Image.new" && publish "$OUT/Image.new" "$OUT/${CONF[linux_image]}"
[ -z "${CONF[linux_dtb]}" ] || { cp -- "$DIR/arch/${CONF[arch]}/boot/dts/${CONF[linux_dtb]}.dtb" "$OUT/linux.dtb.new" && publish "$OUT/linux.dtb.new" "$OUT/linux.dtb"; }
cp -- "$DIR/.config" "$OUT/linux.config.new" && publish "$OUT/linux.config.new" "$OUT/linux.config"
printf '{"source":%s,"patches":%s,"fragments":%s,"config_sha256":"%s","sha256":"%s"}\n' \
	"$source_json" "$patches_json" "$(json_files "${FRAGMENTS[@]}")" \
	"$(sha256_of "$OUT/linux.config")" "$(sha256_of "$OUT/${CONF[linux_image]}")" >"$OUT/linux.json.new"
publish "$OUT/linux.json.new" "$OUT/linux.json"
build_done
