#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# /sbin/init of the test's root filesystem: try what bootchain.test=NAME on the command line says, print what came of it, and
# go on as the image does. Everything here was signed with the image.
export PATH=/bin

# try NAME COMMAND...: one line with the status and what was said.
try() {
	tried=$1
	shift
	said=$("$@" 2>&1 </dev/null)
	printf 'TRY %s %s %s\n' "$tried" $? "$(printf %s "$said" | tr '\n\r' '  ')"
}

# to FILE TEXT, on FILE: for `try`, which takes a command.
to() { printf '%s\n' "$2" | dd of="$1" 2>&1; }
add_to() { printf '%s\n' "$2" | dd of="$1" oflag=append conv=notrunc 2>&1; }

show_policy() {
	printf 'POLICY begin\n'
	cat /sys/kernel/security/ima/policy
	printf 'POLICY end\n'
}

run_all() {
	for file; do
		try "$file" "/opt/$file"
	done
}

policy=/sys/kernel/security/ima/policy

test_tcb() {
	show_policy
	try run /opt/good
	try mapped getfattr --version
	try read-root cat /etc/read-by-root
	try read-user su user -c 'cat /etc/read-by-user'
}

test_union() {
	show_policy
	run_all good unsigned of-user content
	for name in machine-id random-seed ld.so.cache; do
		try "read-$name" cat /etc/$name
	done
	try write-signed add_to /etc/signed.conf x
	try read-signed cat /etc/signed.conf
	try write-new to /etc/new x
	try policy-text to $policy "dont_appraise"
}

test_hash() {
	run_all good hash-old hash-new other-key
	try evm cat /sys/kernel/security/evm
}

test_embedded() {
	try evm cat /sys/kernel/security/evm
	run_all good unsigned content other-key owner mode
	try attributes getfattr -m - -e hex -d /opt/good
	try library-unsigned keyctl --version
	try library getfattr --version
	try interpreted sh /opt/unsigned
	cp /opt/good /run/copy
	try tmpfs /run/copy
	try chmod chmod 700 /opt/good
	try chmod-same chmod 755 /opt/good
	try chown chown 1000 /opt/good
	try setxattr setfattr -n security.ima -v 0x0404 /opt/good
	try good-still /opt/good
	# Metadata that do not fit may be changed: back to what was signed.
	try mode-back chmod 755 /opt/mode
	run_all mode
	for name in machine-id random-seed ld.so.cache; do
		try "write-$name" to /etc/$name 0123456789abcdef
		try "read-$name" cat /etc/$name
	done
	try policy-text to $policy "dont_appraise"
	try policy-unsigned to $policy /etc/ima/unsigned
	try policy-signed to $policy /etc/ima/appraise-all
	show_policy
	try all-good /opt/good
	try all-unsigned /opt/unsigned
	try all-library getfattr --version
	try all-library-unsigned keyctl --version
	try doctor bootchain doctor --json
}

test_group() {
	run_all good group unsigned
	try append add_to /opt/group "echo more"
	run_all group
}

test_log() {
	run_all good unsigned content mode
	try doctor bootchain doctor --json
}
test_off() { run_all good unsigned content mode; }

test_fix() {
	run_all unsigned content
	try label getfattr -m - -e hex -d /opt/unsigned
	try signature getfattr -m - -e hex -d /opt/content
}

test_fixed() {
	run_all unsigned content never-used
}

test_production() {
	run_all good unsigned content mode
	try evm cat /sys/kernel/security/evm
	try evm-hmac to /sys/kernel/security/evm 1
	try policy-signed to $policy /etc/ima/appraise-all
	try policy-there ls $policy
	try lockdown cat /sys/kernel/security/lockdown
}

# With a key for HMACs: evm=fix gives each file that is used one, and metadata of such files may be changed.
test_evmfix() {
	try evm cat /sys/kernel/security/evm
	run_all unsigned
	try label getfattr -m - -e hex -d /opt/unsigned
	try chmod chmod 700 /opt/unsigned
	run_all unsigned
	try signature getfattr -m - -e hex -d /opt/good
}

# One package, file by file: each beside its name, with the attributes that its builder made, and then in its place.
test_update() {
	run_all package
	cp /opt/next/package /opt/package.new
	chmod 755 /opt/package.new
	try unlabelled /opt/package.new
	for name in ima evm; do
		try "set-$name" setfattr -n security.$name -v "0x$(cat /opt/next/package.$name)" /opt/package.new
	done
	mv /opt/package.new /opt/package
	run_all package
}

test_updated() {
	run_all package
	try attributes getfattr -m - -e hex -d /opt/package
}

# All that the kernel says of these files.
echo 0 >/proc/sys/kernel/printk_ratelimit
word=$(sed -n 's/.*bootchain\.test=\([a-z]*\).*/\1/p' /proc/cmdline)
[ -z "$word" ] || "test_$word"
exec /sbin/system
