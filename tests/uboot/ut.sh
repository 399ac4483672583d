# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables for, and of, the scripts that source this
#
# Sourced after common.sh and source.sh: U-Boot's sandbox, and its unit tests; U-Boot for another machine.

GROUPS_OF_TESTS=("measurement" "bootm" "bloblist" "fdt" "lib" "overlay" "dm dm_test_tpm*")
# For one group.
TIME_LIMIT=${TIME_LIMIT:-120}

# kbuild: make in SRC for DIR, with the compiler that CROSS is the prefix of.
# shellcheck disable=SC2317 # called through run_logged
kbuild() {
	make -C "$SRC" O="$DIR" -j"$(nproc)" CROSS_COMPILE="${CROSS:-}" CC="ccache ${CROSS:-}gcc" HOSTCC="ccache gcc" NO_SDL=1 NO_LTO=1 "$@"
}

# configure DEFCONFIG [SYMBOL=VALUE]...
# shellcheck disable=SC2317 # called through run_logged
configure() {
	kbuild "$1"
	[ $# -gt 1 ] || return 0
	printf '%s\n' "${@:2}" >>"$DIR/.config"
	kbuild olddefconfig
}

# build_variant VARIANT TARGET...: build U-Boot as `words` has it (a defconfig, then symbols) in DIR; UBOOT_SRC=DIR is a person's own tree.
build_variant() {
	local variant=$1 key word tarball sha256 version
	DIR=$BUILD/check/$variant
	need ccache ccache
	if [ -n "${UBOOT_SRC:-}" ]; then
		own_tree UBOOT_SRC "$UBOOT_SRC"
	else
		read -r tarball sha256 version < <("$TOP/board/build/fetch.sh" uboot) || exit 1
		source_tree "u-boot-$version" "$sha256" "$TOP/u-boot-patches/patches" tar --strip-components=1 -xf "$tarball" -C
	fi
	key="$SRC $(cat "$SRC/.bootchain" 2>/dev/null || true)"

	lock "$variant"
	# Another source, or other patches: times of files say nothing now. ccache makes up for it.
	[ "$(cat "$DIR/.source" 2>/dev/null)" = "$key" ] || rm -rf -- "$DIR"
	mkdir -p "$DIR" || die "cannot write in $BUILD: check the space and the rights there"
	printf '%s\n' "$key" >"$DIR/.source"
	[ -f "$DIR/.config" ] || run_logged "$DIR.log" "configuring U-Boot ($variant)" configure "${words[@]}"
	# A symbol that did not survive would leave a test of something else.
	for word in "${words[@]:1}"; do
		grep -qxF "$word" "$DIR/.config" || die "$DIR/.config does not say: $word"
	done
	run_logged "$DIR.log" "building U-Boot ($variant)" kbuild "${@:2}"
}

# run_group NAME [LEAST]: run one group in the directory WORK, where the sandbox writes its files; say `ut: N passed, N failed` and add
# to PASSED and FAILED. Fewer than LEAST tests count as a failure: tests were lost.
PASSED=0 FAILED=0
run_group() {
	local log=$DIR.ut-${1//[^a-z]/_}.log status=0 ran bad skipped
	(cd "$WORK" && timeout "$TIME_LIMIT" "$DIR/u-boot" -d "$DIR/arch/sandbox/dts/test.dtb" -T -c "ut $1" </dev/null >"$log" 2>&1) || status=$?
	ran=$(grep '^Test: ' "$log" | sort -u | wc -l)
	bad=$(tr -d '\r' <"$log" | sed -n 's/^\(Skipped: [0-9]*, \)\{0,1\}Failures: \([0-9]*\)$/\2/p' | awk '{ n += $1 } END { print NR ? n : "none" }')
	# What the configuration of this sandbox does not have; such a test has neither passed nor failed.
	skipped=$(tr -d '\r' <"$log" | sed -n 's/^Skipped: \([0-9]*\), Failures: .*/\1/p' | awk '{ n += $1 } END { print n + 0 }')
	[ "$skipped" = 0 ] || warn "ut $1 skipped $skipped tests"
	# A crash is a reset, after which the command line of the sandbox runs the group again.
	if [ "$bad" = none ] || [ "$status" = 124 ] || [ "$(grep -c '^U-Boot 20' "$log")" != 1 ]; then
		warn "ut $1 crashed or hung in or after $(grep '^Test: ' "$log" | tail -n 1) (status $status)"
		bad=1
	fi
	if [ "$ran" -lt "${2:-1}" ]; then
		warn "ut $1 ran $ran tests, at least ${2:-1} were expected"
		bad=$((bad + 1))
	fi
	[ "$bad" = 0 ] || grep -vE '^(Test: .*|)$' "$log" | tail -n 30
	ran=$((ran - skipped))
	# A test fails once, however many of its assertions do.
	[ "$bad" -le "$ran" ] || ran=$bad
	PASSED=$((PASSED + ran - bad)) FAILED=$((FAILED + bad))
}
