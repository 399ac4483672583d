#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build another Linux for the tests: the board's with more fragments, or the one without our series.
# Usage: BOARD=NAME linux.sh RESULT [--stock] [FRAGMENT]...
# Leaves build/check/linux/RESULT/Image; does nothing when no input has changed.
# shellcheck source=../../board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=../../board/build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=../../board/build/source.sh
. "$TOP/board/build/source.sh"
# shellcheck source=../../board/build/linux-tree.sh
. "$TOP/board/build/linux-tree.sh"
# shellcheck source=../../board/build/json.sh
. "$TOP/board/build/json.sh"

load_board "${BOARD:?}"
result=${1:?} stock=0
shift
[ "${1:-}" != --stock ] || { stock=1; shift; }
CA=$("$TOP/board/build/keys.sh")/ima-local-ca.pem
OUT=$BUILD/check/linux/$result
series=$TOP/kernel/patches
if [ $stock = 1 ]; then
	# Laid out as the build of the image is: the compiler cache knows most of the files then.
	series=$TOP/kernel/none BUILD=$OUT
	export CCACHE_BASEDIR=$BUILD
fi
DIR=$OUT/${CONF[name]}/linux
mkdir -p "$OUT"

# Symbols of the series do not exist without it.
FRAGMENTS=("$OUT/board.config" "$@")
added=$(sed -n 's/^+config /CONFIG_/p' "$TOP"/kernel/patches/*.patch | paste -sd '|')
for fragment in ${CONF[linux_config]}; do
	cat -- "$TOP/kernel/config/$fragment.config"
done | if [ $stock = 1 ]; then grep -vE "^($added)="; else cat; fi >"$OUT/board.config"

if [ -n "${LINUX_SRC:-}" ] && [ $stock = 0 ]; then
	own_tree LINUX_SRC "$LINUX_SRC"
	key="own tree $SRC"
else
	read -r deb sha256 version < <("$TOP/board/build/fetch.sh" linux) || exit 1
	source_tree "linux-$version" "$sha256" "$series" linux_unpack "$deb"
	key="$sha256 $(series_id "$series")"
fi
configuration="$(stamp_of "${FRAGMENTS[@]}" "$0" "$TOP/board/build/linux-tree.sh" "$CA") $("${CONF[cross_compile]}gcc" --version | head -n 1)"
own=${LINUX_SRC:-}
[ $stock = 0 ] || own=
build_tree "Linux ($result)" "$own" linux "${CONF[linux_image]}"

cp -- "$DIR/arch/${CONF[arch]}/boot/${CONF[linux_image]}" "$OUT/Image.new" && publish "$OUT/Image.new" "$OUT/Image"
json_object stock "$stock" key "$key" fragments "$*" >"$OUT/linux.json.new" && publish "$OUT/linux.json.new" "$OUT/linux.json"
build_done
