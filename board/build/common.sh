# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # variables for the scripts that source this
#
# Sourced by every script under board/. Sets TOP, BUILD and CACHE, and holds the few
# functions that all of them need: messages, steps, logged commands, locks.

set -eEuo pipefail

# Messages are parsed (apt, QEMU) and sorted lists are hashed: one language, one order.
export LC_ALL=C
umask 022
# Makes that are started from here are builds of their own, not parts of the make that started us.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
BUILD=${BOOTCHAIN_BUILD:-$TOP/build}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/bootchain
V=${V:-0}
# Every file in an image and every "built at" carries this time (2025-01-01 00:00:00 UTC).
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1735689600}

say() { printf '%s\n' "$*"; }
# A step's line may be open: STEP_OPEN is exported, so that the scripts that a step starts end it too.
warn() {
	[ -z "${STEP_OPEN:-}" ] || printf '\n' >&2
	STEP_OPEN='' SAID=1
	printf 'bootchain: %s\n' "$*" >&2
}
# What no other sentence covers; most often a disk that is full.
trap '[ -n "${SAID:-}" ] || warn "$(basename "$0"), line $LINENO: \"${BASH_COMMAND%%$'"'\\n'"'*}\" failed: is a disk full, or a file not writable? Mend it, then run again"' ERR
die() { warn "$@"; exit 1; }

sha256_of() { sha256sum -- "$1" | cut -d' ' -f1; }

# need COMMAND PACKAGE: stop unless COMMAND can be run.
need() {
	command -v "$1" >/dev/null 2>&1 || die "$1 is missing: install the package $2 (\`make deps\` does it), then run again"
}

# run_logged LOG WHAT COMMAND...: run with the output in LOG; V=1 shows it. On failure the end of the log is
# shown, a full disk is named, and the shell stops.
run_logged() {
	local log=$1 what=$2 status=0
	shift 2
	mkdir -p "$(dirname "$log")" || die "cannot make a directory for $log"
	if [ "$V" = 1 ]; then
		printf '+ %s\n' "$*"
		"$@" 2>&1 | tee "$log" || status=$?
	else
		"$@" >"$log" 2>&1 || status=$?
	fi
	[ $status = 0 ] && return 0
	if grep -q 'No space left on device' "$log" 2>/dev/null || disk_is_full "$log"; then
		die "$what failed because the disk that holds $(dirname "$log") is full: free some space, then run again"
	fi
	[ "$V" = 1 ] || tail -n 15 "$log" >&2
	die "$what failed (status $status): the lines above are the end of $log; \`V=1\` shows all of it"
}

# disk_is_full PATH: true when the file system of PATH has less than 64 KiB left for this user.
disk_is_full() {
	local left
	left=$(df --output=avail -k -- "$(dirname "$1")" 2>/dev/null | tail -n 1) || return 1
	[ -n "$left" ] && [ "$left" -lt 64 ]
}

# publish FROM TO: make a finished file visible in one move; TO is never half-written. An equal file keeps its time.
publish() {
	if [ -f "$2" ] && cmp -s -- "$1" "$2"; then
		rm -f -- "$1"
	else
		mv -f -- "$1" "$2" || die "cannot write $2: check the space and the rights of its directory"
	fi
}

# lock NAME: wait until no other run works in BUILD/NAME. Held until the shell ends.
lock() {
	mkdir -p "$BUILD/.lock" || die "cannot write in $BUILD: check its rights and the space there"
	exec {lock_fd}>"$BUILD/.lock/$1" || die "cannot write in $BUILD/.lock"
	if ! flock -n "$lock_fd"; then
		printf '(waiting for another run) '
		flock "$lock_fd"
	fi
}

unlock() { flock -u "$lock_fd"; exec {lock_fd}>&-; }

# steps TOTAL, then step TEXT for each: "[ 3/11] TEXT"; the time of a step is told when it ends.
STEP_NUMBER=0
STEP_TOTAL=0
STEP_STARTED=0
steps() { STEP_TOTAL=$1; STEP_NUMBER=0; }
step() {
	STEP_NUMBER=$((STEP_NUMBER + 1))
	STEP_STARTED=$(date +%s%N)
	printf '[%2d/%d] %-54s' "$STEP_NUMBER" "$STEP_TOTAL" "$*"
	export STEP_OPEN=1
	[ "$V" != 1 ] || step_open_ends
}
step_open_ends() { STEP_OPEN='' && printf '\n'; }
# step_done [REMARK]
step_done() {
	local ms=$((($(date +%s%N) - STEP_STARTED) / 1000000))
	STEP_OPEN=
	printf '%4d.%d s%s\n' $((ms / 1000)) $((ms % 1000 / 100)) "${1:+  $1}"
}

# stamp_of FILE...: one hash over names and contents.
stamp_of() { sha256sum -- "$@" | sha256sum | cut -d' ' -f1; }
