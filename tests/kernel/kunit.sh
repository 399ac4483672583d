#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Build user-mode Linux with the series applied and run its KUnit tests: a process of this machine, no QEMU.
# LINUX_SRC=DIR: a person's own tree, as it is. KASAN=1: with KASAN. Prints TAP, and at the end `kunit: N passed, N failed`.
# shellcheck source=board/build/common.sh
. "$(dirname "$0")/../../board/build/common.sh"
# shellcheck source=board/build/source.sh
. "$TOP/board/build/source.sh"

# The tests of the series, by suite: fewer than this many cases means that they were lost.
LEAST=${LEAST:-15}
TIME_LIMIT=120

HERE=$TOP/tests/kernel
DIR=$BUILD/check/uml${KASAN:+-kasan}
FRAGMENTS=("$HERE/uml.config")
[ -z "${KASAN:-}" ] || FRAGMENTS+=("$HERE/kasan.config")
need ccache ccache

if [ -n "${LINUX_SRC:-}" ]; then
	own_tree LINUX_SRC "$LINUX_SRC"
else
	read -r deb sha256 version < <("$TOP/board/build/fetch.sh" linux) || exit 1
	source_tree "linux-$version" "$sha256" "$TOP/kernel/patches" linux_unpack "$deb"
fi
key="$SRC $(cat "$SRC/.bootchain" 2>/dev/null || true)"

# shellcheck disable=SC2317 # called through run_logged
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" ARCH=um CC="ccache gcc" HOSTCC="ccache gcc" LOCALVERSION= "$@"
}

lock uml
# Another source, or other patches: times of files say nothing now. ccache makes up for it.
[ "$(cat "$DIR/.source" 2>/dev/null)" = "$key" ] || rm -rf -- "$DIR"
mkdir -p "$DIR" || die "cannot write in $BUILD: check the space and the rights there"
printf '%s\n' "$key" >"$DIR/.source"
configuration=$(stamp_of "${FRAGMENTS[@]}")
if [ "$(cat "$DIR/.configured" 2>/dev/null)" != "$configuration" ]; then
	merge_fragments "$DIR/fragments" "${FRAGMENTS[@]}"
	run_logged "$DIR.log" "configuring user-mode Linux" kbuild KCONFIG_ALLCONFIG="$DIR/fragments" allnoconfig
	check_fragments "$DIR/.config" "${FRAGMENTS[@]}"
	printf '%s\n' "$configuration" >"$DIR/.configured"
fi
run_logged "$DIR.log" "building user-mode Linux" kbuild linux

# The kernel ends with a panic: it has no init. What counts is what the tests said before.
log=$DIR.kunit.log
(timeout "$TIME_LIMIT" "$DIR/linux" mem=256M kunit.enable=1 </dev/null || true) >"$log" 2>&1
tr -d '\r' <"$log" | sed -nE 's/^    ((not )?ok [0-9]+ .*)$/\1/p' >"$log.tap"
cat "$log.tap"
passed=$(grep -c '^ok ' "$log.tap" || true)
failed=$(grep -c '^not ok ' "$log.tap" || true)
# A case that crashes ends the kernel, and is counted by nobody.
if ! grep -q '^# Totals: ' "$log" || [ $((passed + failed)) -lt "$LEAST" ] || grep -qE 'BUG: |Oops|KASAN: ' "$log"; then
	warn "the tests crashed, or fewer than $LEAST of them ran: the output is in $log"
	printf 'not ok 0 all of the tests ran\n'
	failed=$((failed + 1))
fi
[ "$failed" = 0 ] || grep -vE 'channel|setup_one_line' "$log" | tail -n 40
say "kunit: $passed passed, $failed failed"
[ "$failed" = 0 ]
