#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One boot of a board under QEMU with a TPM of its own, and nothing else: no build, no verdict.
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"
# shellcheck source=../build/conf.sh
. "$TOP/board/build/conf.sh"

usage() {
	cat <<'END'
usage: BOARD=NAME board/run/boot.sh --out DIR [OPTION]...
  --out DIR        console.log, swtpm.log, qemu.log and, if the guest sent it, evidence/ are put there
  --disk FILE      boot from this disk           (default: build/BOARD/out/disk.img; the guest's writes are dropped)
  --firmware FILE  this U-Boot                   (default: build/BOARD/out/u-boot.bin)
  --tpm on         a TPM with its banks          (default)
        1.2        a TPM 1.2
        none       no TPM
        dead       a TPM that has stopped answering before the first instruction runs
  --banks LIST     banks of the TPM              (default: sha1,sha256,sha384,sha512)
  --tpm-state DIR  the TPM starts with a copy of this state instead of a new one
  --tpm-proxy WORD put a program between QEMU and the TPM: first the program, then its words, each with an option of
                   its own. It gets two words more, --tpm SOCKET and --listen SOCKET, and is ended with the boot
  --dtb FILE       hand this tree to the firmware instead of the machine's own
  --dump-dtb FILE  write the machine's own tree to FILE and end
  --type FILE      somebody types this on the console, as fast as it is read, from the start
  --qemu WORD      one more word for QEMU; may be given several times
  --until TEXT     end the guest when its console has this text (status 1)
  --timeout S      seconds before a guest counts as hung (default: boot_timeout of board.conf)
  --interactive    the console is here (Ctrl-A x leaves), no time limit, no evidence
exit status:
  0  the guest switched itself off and sent evidence (--interactive, --dump-dtb: done)
  1  the guest ended or stopped without sending evidence: its console says why
  2  wrong options      3  this host: a program or file is missing, QEMU or the TPM could not run
  124  time limit
END
}

# Whatever failed: on a full disk that is the reason.
host_fails() {
	local dir
	for dir in "${run:-${TMPDIR:-/tmp}}" "${out:-/}"; do
		! disk_is_full "$dir/x" || set -- "the disk that holds $dir is full: free some space, then run again"
	done
	warn "$@"
	exit 3
}
usage_fails() { warn "$1"; usage >&2; exit 2; }

out='' disk='' firmware='' tpm=on banks=sha1,sha256,sha384,sha512 tpm_state='' tpm_socket='' dtb='' dump='' typed=/dev/null until='' timeout='' interactive=0
extra=() proxy=()
while [ $# -gt 0 ]; do
	case $1 in
	--interactive) interactive=1; shift; continue ;;
	--help | -h) usage; exit 0 ;;
	--out | --disk | --firmware | --tpm | --banks | --tpm-state | --tpm-proxy | --dtb | --dump-dtb | --type | --until | --qemu | --timeout)
		[ $# -gt 1 ] || usage_fails "$1 needs a value" ;;
	*) usage_fails "unknown option $1" ;;
	esac
	case $1 in
	--out) out=$2 ;;
	--disk) disk=$2 ;;
	--firmware) firmware=$2 ;;
	--tpm) tpm=$2 ;;
	--banks) banks=$2 ;;
	--tpm-state) tpm_state=$2 ;;
	--tpm-proxy) proxy+=("$2") ;;
	--dtb) dtb=$2 ;;
	--dump-dtb) dump=$2 ;;
	--type) typed=$2 ;;
	--until) until=$2 ;;
	--qemu) extra+=("$2") ;;
	--timeout) timeout=$2 ;;
	esac
	shift 2
done
load_board "${BOARD:-qemu-arm64}"
need_qemu
[ -n "$out" ] || usage_fails "--out is missing"
[[ $tpm =~ ^(on|1\.2|none|dead)$ ]] || usage_fails "--tpm must be on, 1.2, none or dead"
[[ $banks =~ ^sha(1|256|384|512)(,sha(1|256|384|512))*$ ]] || usage_fails "--banks must be a list of sha1, sha256, sha384, sha512"
timeout=${timeout:-${CONF[boot_timeout]}}
[[ $timeout =~ ^[1-9][0-9]*$ ]] || usage_fails "--timeout must be a number of seconds"
disk=${disk:-$OUT/disk.img}
firmware=${firmware:-$OUT/u-boot.bin}
for file in "$disk" "$firmware" "$typed" ${dtb:+"$dtb"}; do
	[ -r "$file" ] || host_fails "cannot read $file: run \`make image\` first"
done
if [ -n "${CONF[qemu_suite]}" ]; then
	# Another suite's, unpacked beside this machine's own: it must take its own modules and firmware.
	emulator=$BUILD/${CONF[qemu]}-${CONF[qemu_suite]}
	qemu=$emulator/usr/bin/${CONF[qemu]}
	[ -x "$qemu" ] || host_fails "cannot run $qemu: run \`make image\` first, which fetches it"
	QEMU_MODULE_DIR=$(echo "$emulator"/usr/lib/*/qemu)
	export QEMU_MODULE_DIR
	own=(-L "$emulator/usr/share/qemu")
else
	qemu=$(command -v "${CONF[qemu]}") || host_fails "${CONF[qemu]} is missing: install the package qemu-system-arm (\`make deps\` does it)"
	own=()
fi
for program in swtpm swtpm_setup setpriv; do
	command -v $program >/dev/null || host_fails "$program is missing: install swtpm, swtpm-tools and util-linux (\`make deps\` does it)"
done
mkdir -p "$out" || host_fails "cannot write in $out"
out=$(cd "$out" && pwd -P)
rm -rf -- "$out/evidence" "$out/evidence.new"
rm -f -- "$out"/{console,swtpm,qemu}.log

# Sockets have short names only, so the state of a run does not live under --out.
run=$(mktemp -d "${TMPDIR:-/tmp}/bootchain.XXXXXX") || host_fails "cannot write in ${TMPDIR:-/tmp}"
# QEMU keeps what the guest writes to the boot disk there too.
export TMPDIR=$run
swtpm_pid='' proxy_pid='' qemu_pid='' sleep_pid='' watch_pid=''
end() {
	local pid
	trap - EXIT INT TERM HUP
	for pid in $qemu_pid $sleep_pid $watch_pid; do
		kill "$pid" 2>/dev/null || true
	done
	# QEMU with a TPM that does not answer ignores TERM.
	[ -z "$qemu_pid" ] || { sleep 0.2; kill -KILL "$qemu_pid" 2>/dev/null || true; }
	proxy_ends
	for pid in $proxy_pid $swtpm_pid; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf -- "$run" "$out/evidence.new"
}
# The proxy writes its last lines when QEMU has gone.
proxy_ends() {
	local tries=0
	while [ -n "$proxy_pid" ] && kill -0 "$proxy_pid" 2>/dev/null && [ $tries -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# setpriv: even if this script is killed outright, what it started ends with it.
start_tpm() {
	local kind=--tpm2 make=(--pcr-banks "$banks")
	[ "$tpm" != 1.2 ] || kind='' make=()
	mkdir "$run/state"
	# One state per run, made with the banks asked for: nothing is left of another boot.
	if [ -n "$tpm_state" ]; then
		cp -- "$tpm_state"/* "$run/state" || host_fails "cannot copy the TPM's state from $tpm_state"
	else
		swtpm_setup $kind --tpmstate "$run/state" ${make[@]+"${make[@]}"} >"$out/swtpm.log" 2>&1 ||
			host_fails "swtpm_setup could not make a TPM: $(tail -n 1 "$out/swtpm.log")"
	fi
	setpriv --pdeathsig TERM swtpm socket $kind --tpmstate "dir=$run/state" --ctrl "type=unixio,path=$run/tpm" \
		--log "level=20,file=$out/swtpm.log,truncate" --terminate >"$run/swtpm.err" 2>&1 &
	swtpm_pid=$!
	disown "$swtpm_pid"
	socket_of "$swtpm_pid" "$run/tpm" || host_fails "swtpm did not start: $(tail -n 1 "$run/swtpm.err" "$out/swtpm.log")"
	tpm_socket=$run/tpm
	[ ${#proxy[@]} -gt 0 ] || return 0
	setpriv --pdeathsig TERM "${proxy[@]}" --tpm "$run/tpm" --listen "$run/proxy" >"$run/proxy.err" 2>&1 &
	proxy_pid=$!
	disown "$proxy_pid"
	socket_of "$proxy_pid" "$run/proxy" || host_fails "the TPM proxy did not start: $(tail -n 1 "$run/proxy.err")"
	tpm_socket=$run/proxy
}

# socket_of PID SOCKET: wait until the program has made its socket.
socket_of() {
	local tries=0
	until [ -S "$2" ]; do
		kill -0 "$1" 2>/dev/null && [ $tries -lt 200 ] || return 1
		tries=$((tries + 1))
		sleep 0.05
	done
}

[ "$tpm" = none ] || start_tpm

words=(${own[@]+"${own[@]}"} -machine "${CONF[qemu_machine]}${dump:+,dumpdtb=$run/dump.dtb}" -m "${CONF[qemu_memory]}" -display none -no-reboot)
[ -z "${CONF[qemu_cpu]}" ] || words+=(-cpu "${CONF[qemu_cpu]}")
if [ "${CONF[qemu_firmware]}" = flash ]; then
	# A board with its own processors and devices; U-Boot is in the flash. (-nodefaults would leave out the flash.)
	words+=(-nic none -drive "if=mtd,format=raw,snapshot=on,file=${disk//,/,,}")
else
	# The evidence comes out on a raw disk that the guest knows by its serial number.
	truncate -s 16M "$run/evidence.img" || host_fails "cannot make a disk in $run: check the space there"
	words+=(-smp 1 -nodefaults "-${CONF[qemu_firmware]}" "$firmware"
		-drive "if=none,id=boot,format=raw,snapshot=on,file=${disk//,/,,}" -device "${CONF[qemu_disk]},drive=boot"
		-drive "if=none,id=evidence,format=raw,file=$run/evidence.img" -device "${CONF[qemu_disk]},drive=evidence,serial=evidence")
fi
[ -z "$tpm_socket" ] || words+=(-chardev "socket,id=tpm,path=$tpm_socket" -tpmdev "emulator,id=tpm0,chardev=tpm"
	-device "${CONF[qemu_tpm]},tpmdev=tpm0")
[ -z "$dtb" ] || words+=(-dtb "$dtb")
words+=(${extra[@]+"${extra[@]}"})
[ "$V" != 1 ] || printf '+ %s %s\n' "$qemu" "${words[*]}"

if [ -n "$dump" ]; then
	"$qemu" "${words[@]}" -serial null -monitor none >"$out/qemu.log" 2>&1 && [ -s "$run/dump.dtb" ] ||
		host_fails "QEMU did not write its tree: $(tail -n 1 "$out/qemu.log")"
	# QEMU doubles the size of a tree that it is given, for room, after adding 10000 bytes. Handed back by --dtb, this one
	# becomes as large as its own, so that nothing moves in memory.
	size=$(($(stat -c %s "$run/dump.dtb") / 2 - 10000))
	dtc -q -I dtb -O dtb -S $size -o "$run/half.dtb" "$run/dump.dtb" || host_fails "dtc failed: is device-tree-compiler installed? (\`make deps\` does it)"
	mv -f -- "$run/half.dtb" "$dump" || host_fails "cannot write $dump"
	exit 0
fi
if [ $interactive = 1 ]; then
	# In the foreground: Ctrl-C belongs to the guest, Ctrl-A x to QEMU.
	trap '' INT
	setpriv --pdeathsig TERM "$qemu" "${words[@]}" -serial mon:stdio 2>"$out/qemu.log" || host_fails "QEMU failed: $(tail -n 1 "$out/qemu.log")"
	exit 0
fi

# For a dead TPM the machine is made first (QEMU wants a live one for that), stopped before its first instruction.
words+=(-serial stdio)
if [ "$tpm" = dead ]; then
	mkfifo "$run/mon.in" "$run/mon.out"
	words+=(-S -chardev "pipe,id=mon,path=$run/mon" -mon "chardev=mon,mode=readline")
	exec 7<>"$run/mon.in" 8<>"$run/mon.out"
else
	words+=(-monitor none)
fi
setpriv --pdeathsig KILL "$qemu" "${words[@]}" >"$out/console.log" 2>"$out/qemu.log" <"$typed" &
qemu_pid=$!

if [ "$tpm" = dead ]; then
	printf 'info status\n' >&7
	until IFS= read -r -t 20 -u 8 line && [[ $line == *paused* ]]; do
		kill -0 "$qemu_pid" 2>/dev/null && [ -n "${line:-}" ] || host_fails "QEMU did not start: $(tail -n 1 "$out/qemu.log")"
	done
	kill -KILL "$swtpm_pid"
	swtpm_pid=''
	printf 'cont\n' >&7
fi

# Wait for QEMU's end or for the time limit, whichever comes first. (`wait` can be interrupted by Ctrl-C, a foreground
# child cannot.)
sleep "$timeout" &
sleep_pid=$!
if [ -n "$until" ]; then
	# It does not outlive this script, even if that is killed outright.
	until grep -qaF -e "$until" "$out/console.log"; do kill -0 $$ && sleep 0.2; done 2>/dev/null &
	watch_pid=$!
fi
status=0
wait -n -p first "$qemu_pid" "$sleep_pid" $watch_pid 2>/dev/null || status=$?
if [ "$first" = "$watch_pid" ]; then
	warn "the guest's console said \"$until\": it was ended (its console: $out/console.log)"
	exit 1
fi
if [ "$first" = "$sleep_pid" ]; then
	warn "the guest did not end within $timeout s: it was stopped (its console: $out/console.log)"
	exit 124
fi
kill "$sleep_pid" $watch_pid 2>/dev/null || true
sleep_pid='' watch_pid='' qemu_pid=''
proxy_ends
[ ! -s "$run/proxy.err" ] || host_fails "the TPM proxy failed: $(tail -n 1 "$run/proxy.err")"
said=$(tail -n 1 "$out/qemu.log")
[ $status = 0 ] || host_fails "QEMU ended with status $status: ${said:-it said nothing, so something stopped it}; run again"
[[ $said != *"terminating on signal"* ]] || host_fails "QEMU was stopped: $said"

# The console of the guest has CR LF; with two processors the kernel's last line may come before that.
sent=$(tr -d '\r' <"$out/console.log" | sed -n 's/^.*bootchain: evidence sent, \([0-9]*\) bytes, sha256 \([0-9a-f]\{64\}\)\(\[.*\)\{0,1\}$/\1 \2/p' | tail -n 1)
if [ -z "$sent" ]; then
	! disk_is_full "$out/console.log" || host_fails "the guest's console could not be written"
	if [ -n "$swtpm_pid" ] && ! kill -0 "$swtpm_pid" 2>/dev/null && grep -q 'tpm-emulator' "$out/qemu.log"; then
		host_fails "the TPM emulator died while the guest ran: $(grep tpm-emulator "$out/qemu.log" | tail -n 1)"
	fi
	why=$(tr -d '\r' <"$out/console.log" | grep -aE '^(Measured boot: (failed|strict)|bootchain: failed)' | tail -n 2 | paste -sd ' ') || true
	warn "the guest ended without sending evidence${why:+: $why} (its console: $out/console.log)"
	exit 1
fi
mkdir "$out/evidence.new"
if [ -f "$run/evidence.img" ]; then
	head -c "${sent% *}" "$run/evidence.img" >"$run/evidence.tar"
else
	tr -d '\r' <"$out/console.log" | sed -n '/^bootchain: evidence follows/,/^bootchain: evidence sent/p' | sed '/^bootchain: /d' |
		base64 -d 2>/dev/null | gunzip 2>/dev/null | head -c "${sent% *}" >"$run/evidence.tar" || true
fi
[ "$(sha256_of "$run/evidence.tar")" = "${sent#* }" ] || host_fails "the evidence that arrived is not what the guest says it sent"
tar -xf "$run/evidence.tar" -C "$out/evidence.new" --no-same-owner || host_fails "cannot unpack the evidence into $out: check the space there"
mv -- "$out/evidence.new" "$out/evidence"
