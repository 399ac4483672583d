# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # variables for the scripts that source this
#
# Sourced after common.sh and conf.sh: the steps from nothing to an image, as `make image` and `make run` show them.

BUILD_STEPS=8

# quietly COMMAND...: the last line of its output goes to RESULT; messages of failures pass through.
quietly() {
	RESULT=$("$@") || exit 1
	[ "$V" != 1 ] || printf '%s\n' "$RESULT"
	RESULT=${RESULT##*$'\n'}
}

build_tool() {
	local dir=$1
	shift
	mkdir -p "$dir"
	run_logged "$dir.log" "building bootchain" make -C "$TOP" -j"$(nproc)" V="$V" BUILD="$dir" "$@" tools
}

build_steps() {
	local version sysroot aliases=''
	export BOARD=${CONF[name]}

	step "packages"
	"$TOP/board/build/deps.sh" || exit 1
	step_done

	step "sources and target libraries"
	quietly "$TOP/board/build/fetch.sh" "${SYSROOT_WORDS[@]}"
	sysroot=$RESULT
	version=${UBOOT_SRC:+own tree}
	[ -n "$version" ] || { quietly "$TOP/board/build/fetch.sh" uboot; version=${RESULT##* }; }
	uboot_version=$version
	version=${LINUX_SRC:+own tree}
	[ -n "$version" ] || { quietly "$TOP/board/build/fetch.sh" linux; version=${RESULT##* }; }
	[ -z "${CONF[qemu_suite]}" ] || quietly "$TOP/board/build/fetch.sh" emulator "${CONF[qemu_suite]}" "${CONF[qemu]}"
	"$TOP/board/build/blobs.sh" || exit 1
	step_done

	step "keys"
	quietly "$TOP/board/build/keys.sh"
	step_done "$RESULT"

	step "bootchain for this machine"
	build_tool "$BUILD/tools"
	step_done

	step "bootchain for ${CONF[name]}"
	# Debian 13's json-c, which riscv64 has, calls two functions by names that the static C library here, Debian 12's, does not have yet:
	# they differ in binary numbers only. (Debian 13's own makes Debian 12's linker crash.)
	[ "${CONF[debian_arch]}" != riscv64 ] || aliases=-Wl,--defsym=__isoc23_strtoll=strtoll,--defsym=__isoc23_strtoull=strtoull
	build_tool "$BUILD/${CONF[name]}/tools" SYSROOT="$sysroot" STATIC=1 CRYPTO=mbedtls CC="${CONF[cross_compile]}gcc" AR="${CONF[cross_compile]}ar" LDFLAGS="$aliases"
	# One that asks the TPM for a quote has shared libraries.
	[ "${CONF[quote]}" = no ] ||
		build_tool "$BUILD/${CONF[name]}/tools-quote" SYSROOT="$sysroot" TSS=1 CRYPTO=mbedtls CC="${CONF[cross_compile]}gcc" AR="${CONF[cross_compile]}ar" \
			LDFLAGS="-Wl,-rpath-link,$sysroot/usr/lib/${CONF[cross_compile]%-}"
	step_done

	step "U-Boot $uboot_version"
	"$TOP/board/build/uboot.sh" || exit 1
	step_done

	step "kernel $version"
	"$TOP/board/build/linux.sh" || exit 1
	step_done

	step "image, profile ${PROFILE:-enforce}"
	quietly "$TOP/board/image/image.sh"
	if [ -e "$OUT/disk.img" ]; then
		step_done "${OUT#"$TOP"/}/disk.img: $RESULT"
	else
		step_done "no disk.img: $RESULT"
	fi
}
