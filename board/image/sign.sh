#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Sign each file of a directory: security.ima (content) and security.evm (portable: owner, group, mode, security.ima).
# Runs under fakeroot, which keeps the attributes; the owners are those that fakeroot shows. Usage: sign.sh DIR [m32|m64]
# m32, m64 (default): the kernel's word; EVM signs an inode number of that size, which is 0 in a portable signature.
# ECDSA signatures differ each time; those made before are in the cache, by content, metadata, keys and word.
# Prints one line: how many files, how many signed anew, how long it took.
# shellcheck source=../build/common.sh
. "$(dirname "$0")/../build/common.sh"

root=$1 word=${2:-m64}
KEYS=$("$TOP/board/build/keys.sh")
SIGNATURES=${BOOTCHAIN_SIGNATURES:-$CACHE/signatures}
mkdir -p "$SIGNATURES" || die "cannot write in $CACHE"
for command in evmctl:ima-evm-utils getfattr:attr setfattr:attr; do
	need "${command%:*}" "${command#*:}"
done
keys_id=$(cat "$KEYS/x509_ima.der" "$KEYS/x509_evm.der" | sha256sum | cut -d' ' -f1)
[ "$word" = m64 ] || keys_id+=" $word"

attribute() { getfattr --absolute-names -e hex -n "security.$1" --only-values -- "$2" 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; }

# BOOTCHAIN_IMA_KEY, BOOTCHAIN_EVM_KEY: a file or a PKCS #11 URI instead of the private keys of `make keys`
sign() {
	local file=$1 name=$2
	[ -n "${EVMCTL_KEY_PASSWORD:-}" ] || { EVMCTL_KEY_PASSWORD=$("$TOP/board/build/keys.sh" pass) && export EVMCTL_KEY_PASSWORD; } || exit 1
	{
		evmctl ima_sign -a sha256 --key "${BOOTCHAIN_IMA_KEY:-$KEYS/privkey_ima.pem}" --keyid-from-cert "$KEYS/x509_ima.der" "$file" &&
			evmctl sign --portable "--$word" -a sha256 --key "${BOOTCHAIN_EVM_KEY:-$KEYS/privkey_evm.pem}" --keyid-from-cert "$KEYS/x509_evm.der" "$file"
	} >/dev/null 2>"$message" || { cat "$message" >&2; die "evmctl could not sign $name: the lines above say why"; }
}

message=$(mktemp) && trap 'rm -f "$message"' EXIT
count=0 new=0 began=$(date +%s%N)
while IFS= read -r -d '' file; do
	count=$((count + 1))
	id=$({ sha256sum <"$file"; stat -c '%u %g %f' -- "$file"; printf '%s\n' "$keys_id"; } | sha256sum | cut -d' ' -f1)
	if read -r ima evm 2>/dev/null <"$SIGNATURES/$id"; then
		setfattr -n security.ima -v "0x$ima" -- "$file" && setfattr -n security.evm -v "0x$evm" -- "$file"
	else
		sign "$file" "${file#"$root"}"
		new=$((new + 1))
		printf '%s %s\n' "$(attribute ima "$file")" "$(attribute evm "$file")" >"$SIGNATURES/$id.$$" && mv -f -- "$SIGNATURES/$id.$$" "$SIGNATURES/$id"
	fi
	# What comes from the cache, from a key that is not the certificate's, or from a broken tool would be refused by the kernel.
	evmctl ima_verify --key "$KEYS/x509_ima.der" "$file" >/dev/null 2>&1 && evmctl verify "--$word" --key "$KEYS/x509_evm.der" "$file" >/dev/null 2>&1 ||
		die "the signature of ${file#"$root"} is not one of $KEYS: remove $SIGNATURES/$id, then run again"
done < <(find "$root" -type f -print0 | sort -z)
ms=$((($(date +%s%N) - began) / 1000000))
printf '%d files, %d signed anew in %d.%d s\n' "$count" "$new" $((ms / 1000)) $((ms % 1000 / 100))
