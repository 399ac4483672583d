#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each patch of the Linux series on those before it: IMA and the TPM drivers compile without a warning, with all options of the
# series, its KUnit tests among them, and with none. Usage: bisect.sh [FIRST [LAST]]
# FIRST, LAST: numbers of patches (0160), to look at some of them only; those before FIRST are applied unseen.
# Prints one line for each patch, and `ut: N passed, N failed` at the end: a patch is one test.
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"

first=${1:-0000} last=${2:-9999}
load_board "${BOARD:-qemu-arm64}"
DIR=$BUILD/check/bisect-linux
SRC=$DIR/src
WHAT=(security/integrity/ima/ drivers/char/tpm/)
need ccache ccache
read -r deb _ _ < <("$TOP/board/build/fetch.sh" linux) || exit 1

lock bisect-linux
rm -rf -- "$DIR"
mkdir -p "$SRC" || die "cannot write in $BUILD: check the space and the rights there"
export CCACHE_BASEDIR=$DIR
run_logged "$DIR.log" "unpacking $deb" linux_unpack "$deb" "$SRC"

# The keys of 40-keys.config are no business of these files.
FRAGMENTS=("$TOP"/kernel/config/{10,20,30}-*.config)
added=$(sed -n 's/^+config /CONFIG_/p' "$TOP"/kernel/patches/*.patch | sort -u)
mkdir "$DIR/on" "$DIR/off"
grep -hE '^(CONFIG_|# CONFIG_.* is not set)' "${FRAGMENTS[@]}" >"$DIR/on/fragments"
grep -vE "^($(paste -sd '|' <<<"$added"))=" "$DIR/on/fragments" >"$DIR/off/fragments"
{ echo CONFIG_KUNIT=y; sed -n '/KUNIT/s/$/=y/p' <<<"$added"; } >>"$DIR/on/fragments"

# built ON-OR-OFF LOG: the configuration anew, as a patch may have added an option.
built() {
	local words=(-C "$SRC" "O=$DIR/$1" "-j$(nproc)" "ARCH=${CONF[arch]}" "CROSS_COMPILE=${CONF[cross_compile]}"
		"CC=ccache ${CONF[cross_compile]}gcc" "HOSTCC=ccache gcc" LOCALVERSION=)
	make "${words[@]}" KCONFIG_ALLCONFIG="$DIR/$1/fragments" allnoconfig >"$2" 2>&1 &&
		make "${words[@]}" "${WHAT[@]}" >>"$2" 2>&1 && ! grep -q 'warning: ' "$2"
}

good=0 bad=0 number=0
count=$(series "$TOP/kernel/patches" | wc -l)
for patch in $(series "$TOP/kernel/patches"); do
	name=$(basename "$patch" .patch) number=$((number + 1))
	run_logged "$DIR.log" "applying $name" patch -d "$SRC" -p1 -F0 -N --no-backup-if-mismatch -i "$patch"
	[[ $name > $first && $name < $last-~ ]] || continue
	began=$SECONDS said=''
	for options in on off; do
		log=$DIR.$name.$options.log
		if built $options "$log"; then
			rm -f -- "$log"
		else
			said="$said; options $options: $(grep -m 1 -E 'error:|warning:|Error ' "$log" || tail -n 1 "$log")"
		fi
	done
	say "[$number/$count] $name: ${said:+does not compile$said; }$((SECONDS - began)) s"
	if [ -z "$said" ]; then good=$((good + 1)); else bad=$((bad + 1)); fi
done
say "ut: $good passed, $bad failed"
[ $bad = 0 ] || exit 1
