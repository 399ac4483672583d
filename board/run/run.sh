#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From nothing to a verdict. Usage: BOARD=NAME run.sh run | shell | image     (run: TAMPER=kernel|initrd|cmdline|dtb|file|meta|key)
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"
# shellcheck source=../build/steps.sh
. "$TOP/board/build/steps.sh"
# shellcheck source=tamper.sh
. "$TOP/board/run/tamper.sh"

mode=${1:-run}
TAMPER=${TAMPER:-}
[[ $mode =~ ^(run|shell|image)$ ]] || die "usage: run.sh run | shell | image"
[[ $TAMPER =~ ^(|kernel|initrd|cmdline|dtb|file|meta|key)$ ]] || die "TAMPER=$TAMPER is not known: use kernel, initrd, cmdline, dtb, file, meta or key"
load_board "${BOARD:-qemu-arm64}"
[ "$mode" = image ] || need_qemu
DIR=$BUILD/${CONF[name]}
GOOD=$DIR/evidence.good
# What is changed makes U-Boot or the kernel refuse it; otherwise the system boots, and the measurements tell.
refused=''
[ -z "$TAMPER" ] || [[ ! $TAMPER =~ ^(file|meta|key)$ && ${CONF[boot_method]} != fit ]] || refused=yes
TOOL=$BUILD/tools/bootchain

case $mode in
image) steps $BUILD_STEPS ;;
shell) steps $((BUILD_STEPS + 1)) ;;
run)
	case $TAMPER,$refused in
	,) steps $((BUILD_STEPS + 3)) ;;
	*,yes) steps $((BUILD_STEPS + 2)) ;;
	*) steps $((BUILD_STEPS + 4)) ;;
	esac
	;;
esac
build_steps
[ "$mode" != image ] || exit 0

run=$(mktemp -d "$DIR/run.XXXXXX") || die "cannot write in $DIR: check the space and the rights there"
trap 'rm -rf -- "$run"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ "$mode" = shell ]; then
	step "a shell in the guest (Ctrl-A x leaves)"
	step_open_ends
	# One word more on the measured command line; everything else is the image that `make run` boots.
	"$TOP/board/image/disk.sh" --append bootchain.shell "$run/disk.img"
	"$TOP/board/run/boot.sh" --out "$run/boot" --disk "$run/disk.img" --interactive
	exit 0
fi

# boot NAME OPTION...: one boot; its console and evidence become those of the board.
boot() {
	local name=$1 status=0
	shift
	"$TOP/board/run/boot.sh" --out "$run/$name" "$@" 2>"$run/message" || status=$?
	[ ! -f "$run/$name/console.log" ] || cp -- "$run/$name/console.log" "$DIR/console.log"
	if [ $status != 0 ]; then
		step_open_ends
		[ $status -gt 128 ] || tail -n 25 "$DIR/console.log" 2>/dev/null | tr -d '\r' >&2 || true
		sed "s|$run/$name/console.log|$DIR/console.log|" "$run/message" >&2
		exit $status
	fi
}

# keep FROM TO: replace the evidence TO. Two runs at once: the later one stays.
keep() {
	lock "${CONF[name]}-evidence"
	rm -rf -- "$2" "$2.new"
	cp -r -- "$1" "$2.new" && mv -T -- "$2.new" "$2" || die "cannot write $2: check the space and the rights there"
	unlock
}

count() { find "$1" -type f | wc -l; }

verify() {
	"$TOOL" verify --pcrs "$1/pcrs.txt" --firmware-log "$2/firmware.log" --ima-log "$1/ima.log" --fdt "$1/fdt.dtb"
}

good_boot() {
	boot good
	keep "$run/good/evidence" "$DIR/evidence"
	# The good boot that later ones are compared with, and the image that it was.
	if verify "$DIR/evidence" "$DIR/evidence" >/dev/null 2>&1; then
		keep "$DIR/evidence" "$GOOD"
		cp -- "$OUT/.image" "$GOOD.image"
	fi
}

# What was changed is signed: the guest has to end because the kernel refuses the file, or U-Boot the FIT.
refused_boot() {
	local status=0
	"$TOP/board/run/boot.sh" --out "$run/changed" "${TAMPER_OPTIONS[@]}" 2>"$run/message" || status=$?
	cp -- "$run/changed/console.log" "$DIR/console.log"
	step_done "console: ${DIR#"$TOP"/}/console.log"
	[ $status = 1 ] || [ $status = 0 ] || { cat "$run/message" >&2; exit $status; }
	printf '\nWhat the guest said:\n'
	tr -d '\r' <"$DIR/console.log" | grep -aE '^\[.*(audit: .*op=appraise_data|Kernel panic)|Permission denied|^bootchain: failed|Bad hash|Bad Data Hash|[Ff]ailed to verify' || true
	if [ $status = 0 ]; then
		[[ ${PROFILE:-enforce} =~ ^(measure|fix|log)$ ]] || { warn "the change was not refused: that is a fault of this project, please report it"; exit 3; }
		say "PROFILE=$PROFILE refuses nothing; what was run is in the IMA list"
	elif [ "${CONF[boot_method]}" = fit ] && [[ ! $TAMPER =~ ^(file|meta|key)$ ]]; then
		say "refused: U-Boot starts nothing whose bytes are not what was signed"
	else
		say "refused: the kernel runs nothing whose signature, owner or mode is not what was signed"
	fi
}

if [ -z "$TAMPER" ]; then
	step "boot: U-Boot, Linux, evidence"
	good_boot
	step_done "console: ${DIR#"$TOP"/}/console.log"
	step "evidence from the guest"
	step_done "${DIR#"$TOP"/}/evidence, $(count "$DIR/evidence") files"
	step "verdict"
	step_open_ends
	printf '\n'
	status=0
	verify "$DIR/evidence" "$DIR/evidence" || status=$?
	exit $status
fi

if [ -n "$refused" ]; then
	step "$TAMPER changed behind the signature's back"
	tamper "$TAMPER" "$run"
	step_done "$TAMPER_TEXT"
	step "boot with that"
	refused_boot
	exit 1
fi

step "a good boot to compare with"
if [ -d "$GOOD" ] && cmp -s "$OUT/.image" "$GOOD.image"; then
	step_done "kept from an earlier run"
else
	good_boot
	if ! cmp -s "$OUT/.image" "$GOOD.image"; then
		warn "the good boot has no good verdict, so there is nothing to compare with:"
		verify "$DIR/evidence" "$DIR/evidence" || exit $?
	fi
	step_done
fi
step "one byte of the $TAMPER changed"
export BOARD="${CONF[name]}"
tamper "$TAMPER" "$run"
step_done "$TAMPER_TEXT"
step "boot with that"
boot changed "${TAMPER_OPTIONS[@]}"
keep "$run/changed/evidence" "$DIR/evidence"
step_done "console: ${DIR#"$TOP"/}/console.log"
step "verdict: the new PCRs against the log of the good boot"
step_open_ends
printf '\n'
status=0
verify "$DIR/evidence" "$GOOD" || status=$?
[ $status != 0 ] || { warn "the change was not noticed: that is a fault of this project, please report it"; exit 3; }
[ $status = 1 ] || exit $status
printf '\nWhat differs between the two boots:\n'
"$TOOL" diff "$GOOD/firmware.log" "$DIR/evidence/firmware.log" --fdt "$GOOD/fdt.dtb" "$DIR/evidence/fdt.dtb" || [ $? = 1 ] || exit 3
exit 1
