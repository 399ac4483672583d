#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make this user's keys: a local CA that the kernel trusts, and keys for IMA and EVM with certificates signed by that CA; and a key
# for the FIT of boards whose U-Boot demands a signature, which has nothing to do with the CA: U-Boot knows no certificates.
# The names are those that meta-integrity takes. Existing keys are never replaced; what a complete set lacks is added.
# Usage: keys.sh          prints the directory
#        keys.sh pass     prints the passphrase, for the programs that sign
# KEY_ALG=ec | rsa        EC P-256 (default) or RSA-3072, when keys are made; the FIT's is RSA-3072, which U-Boot can verify
# BOOTCHAIN_IMA_KEY, BOOTCHAIN_EVM_KEY   the private key is there, for example in a token, and not in the directory
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
umask 077

KEYS=${BOOTCHAIN_KEYS:-${XDG_DATA_HOME:-$HOME/.local/share}/bootchain/keys}
KEY_ALG=${KEY_ALG:-ec}
DAYS=3650
CA="ima-local-ca-key.pem ima-local-ca.pem"
IMA="privkey_ima.pem x509_ima.der"
EVM="privkey_evm.pem x509_evm.der"
FIT="privkey_fit.pem x509_fit.der"

[[ $KEY_ALG =~ ^(ec|rsa)$ ]] || die "KEY_ALG=$KEY_ALG is not known: use ec or rsa"
case "$(realpath -m -- "$KEYS")/" in
"$TOP"/*) die "keys must not live in the source tree: set BOOTCHAIN_KEYS to a directory outside $TOP" ;;
esac
need openssl openssl

# The private keys are encrypted. Their passphrase comes from BOOTCHAIN_KEYS_PASS, from the file BOOTCHAIN_KEYS_PASS_FILE, from a prompt
# with BOOTCHAIN_KEYS_PASS_FILE=-, or from the file `passphrase` that is made with the keys: that one guards a copy of a single key, no more.
passphrase() {
	local file=${BOOTCHAIN_KEYS_PASS_FILE:-$KEYS/passphrase} again
	if [ -n "${BOOTCHAIN_KEYS_PASS:-}" ]; then
		PASS=$BOOTCHAIN_KEYS_PASS
	elif [ "$file" = - ]; then
		ask "passphrase of the keys in $KEYS: " PASS
		if [ "$1" = new ]; then
			ask "the same again: " again
			[ "$PASS" = "$again" ] || die "these are two different passphrases: no keys were made"
		fi
	else
		if [ -z "${BOOTCHAIN_KEYS_PASS_FILE:-}" ] && [ ! -e "$file" ] && [ -n "${new:-}" ]; then
			file=$new/passphrase
			openssl rand -base64 24 >"$file" || die "cannot write $file"
		fi
		{ IFS= read -r PASS <"$file"; } 2>/dev/null || [ -n "${PASS:-}" ] ||
			die "cannot read the passphrase of the keys from $file: set BOOTCHAIN_KEYS_PASS_FILE to the file that has it, or to - to be asked"
	fi
	[ ${#PASS} -ge 4 ] || die "the passphrase is shorter than 4 characters, which openssl refuses"
	export PASS
}

# ask QUESTION VARIABLE: from the terminal, without an echo.
ask() {
	(: </dev/tty) 2>/dev/null || die "no terminal to ask for the passphrase: set BOOTCHAIN_KEYS_PASS_FILE to a file"
	IFS= read -rsp "$1" "$2" </dev/tty 2>/dev/tty
	printf '\n' >/dev/tty
}

# spki_of FORM FILE: SHA-256 of the public key of a certificate.
spki_of() {
	openssl x509 -inform "$1" -in "$2" -noout -pubkey 2>/dev/null | openssl pkey -pubin -outform DER 2>/dev/null | sha256sum | cut -d' ' -f1
}

# Keys that everybody has sign nothing. The list names their public halves.
refuse_public_keys() {
	local name form spki line
	for name in ima-local-ca.pem x509_ima.der x509_evm.der x509_fit.der; do
		form=DER
		[ "${name##*.}" = der ] || form=PEM
		spki=$(spki_of $form "$KEYS/$name")
		line=$(grep "^$spki" "$TOP/board/build/public-keys") || continue
		die "$KEYS/$name belongs to a key that everybody has (${line#* }): move the directory away and make new keys"
	done
}

# present NAME...: how many of these files are there.
present() {
	local name count=0
	for name; do
		[ ! -e "$KEYS/$name" ] || count=$((count + 1))
	done
	printf '%s\n' "$count"
}

# new_key FILE: an encrypted private key (PKCS #8).
new_key() {
	local words=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve)
	[ "$KEY_ALG" = ec ] || words=(-algorithm RSA -pkeyopt rsa_keygen_bits:3072)
	openssl genpkey "${words[@]}" -aes-256-cbc -pass env:PASS -out "$1"
}

new_ca() {
	new_key "$new/ima-local-ca-key.pem"
	openssl req -x509 -new -sha256 -days $DAYS -key "$new/ima-local-ca-key.pem" -passin env:PASS -out "$new/ima-local-ca.pem" \
		-config /dev/null -subj "/O=bootchain/CN=local CA" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
		-addext subjectKeyIdentifier=hash
}

# new_pair ima|evm SERIAL CA-DIR: a key, and its certificate.
new_pair() {
	new_key "$new/privkey_$1.pem"
	openssl req -new -sha256 -key "$new/privkey_$1.pem" -passin env:PASS -config /dev/null -subj "/O=bootchain/CN=${1^^} signing key" -out "$new/csr"
	# The kernel takes a leaf only: no CA bit, digitalSignature, and key identifiers to find the issuer by.
	printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
		subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$new/ext"
	openssl x509 -req -sha256 -days $DAYS -in "$new/csr" -CA "$3/ima-local-ca.pem" -CAkey "$3/ima-local-ca-key.pem" -passin env:PASS \
		-set_serial "$2" -extfile "$new/ext" -outform DER -out "$new/x509_$1.der"
	rm "$new/csr" "$new/ext"
}

# make_keys COMMAND...: in a directory beside the keys; openssl's output goes there, too, not into a log of the build.
make_keys() {
	mkdir -p "$(dirname "$KEYS")" || die "cannot make $(dirname "$KEYS"): set BOOTCHAIN_KEYS to a directory that you can write"
	[ -z "${new:-}" ] || rm -rf -- "$new"
	new=$(mktemp -d "$KEYS.XXXXXX") || die "cannot write beside $KEYS: set BOOTCHAIN_KEYS to a directory that you can write"
	trap 'rm -rf "$new"' EXIT
	passphrase "$1"
	if ! "$2" >"$new/log" 2>&1; then
		tail -n 5 "$new/log" >&2
		die "openssl could not make the keys: the lines above say why"
	fi
	rm "$new/log"
}
# mkimage takes the public key from a certificate; nobody looks at who signed it.
new_fit() {
	KEY_ALG=rsa new_key "$new/privkey_fit.pem" && openssl req -x509 -new -sha256 -days $DAYS -key "$new/privkey_fit.pem" -passin env:PASS \
		-config /dev/null -subj "/O=bootchain/CN=FIT signing key" -outform DER -out "$new/x509_fit.der"
}
all_new() { new_ca && new_pair ima 1 "$new" && new_pair evm 2 "$new" && new_fit; }
evm_new() { new_pair evm 2 "$KEYS"; }

# What signing needs. The CA's private key may be elsewhere once it has signed; a key in a token has no file.
needed="ima-local-ca.pem x509_ima.der x509_evm.der"
[ -n "${BOOTCHAIN_IMA_KEY:-}" ] || needed+=" privkey_ima.pem"
[ -n "${BOOTCHAIN_EVM_KEY:-}" ] || needed+=" privkey_evm.pem"

# shellcheck disable=SC2086 # lists of names
if [ "$(present $needed)" = "$(wc -w <<<"$needed")" ]; then
	:
elif [ "$(present $CA $IMA)$(present $EVM)" = 40 ] && [ -z "${BOOTCHAIN_EVM_KEY:-}" ]; then
	# Keys of a version that had no EVM.
	make_keys old evm_new
	for name in $EVM passphrase; do
		[ ! -e "$new/$name" ] || mv -n -- "$new/$name" "$KEYS/$name"
	done
elif [ "$(present $CA $IMA $EVM)" = 0 ] && [ -z "${BOOTCHAIN_IMA_KEY:-}${BOOTCHAIN_EVM_KEY:-}" ]; then
	make_keys new all_new
	# Another run may have been quicker; its keys stay. (mv -T refuses a directory that is not empty.)
	mv -T -- "$new" "$KEYS" 2>/dev/null || [ -e "$KEYS/x509_evm.der" ] || die "cannot write $KEYS"
else
	die "$KEYS holds only some of $needed: restore the others, or move the directory away and make new keys"
fi

# Keys of a version that had no FIT. Two runs at once must not make a pair of two halves.
exec {fit_fd}<"$KEYS"
flock "$fit_fd"
# shellcheck disable=SC2086 # a list of names
case $(present $FIT) in
2) ;;
0)
	make_keys old new_fit
	for name in $FIT passphrase; do
		[ ! -e "$new/$name" ] || mv -n -- "$new/$name" "$KEYS/$name"
	done
	;;
*) die "$KEYS holds only some of $FIT: restore the other, or move this one away and make a new pair" ;;
esac
exec {fit_fd}<&-

# A key that came another way (restored, hand-made) is not a pair by its name alone.
for name in x509_ima.der x509_evm.der; do
	openssl verify -CAfile "$KEYS/ima-local-ca.pem" <(openssl x509 -inform DER -in "$KEYS/$name" 2>/dev/null) >/dev/null 2>&1 ||
		die "$KEYS/$name is not signed by $KEYS/ima-local-ca.pem: restore the pair, or move the directory away and make new keys"
done
refuse_public_keys

case ${1:-} in
'') say "$KEYS" ;;
pass) passphrase old; say "$PASS" ;;
*) die "usage: keys.sh [pass]" ;;
esac
