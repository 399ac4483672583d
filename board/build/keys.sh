#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Make this user's keys: a local CA that the kernel trusts, and an IMA key with a certificate signed by that CA.
# The names are those that meta-integrity takes. Existing keys are never replaced.
# Usage: keys.sh          prints the directory
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
umask 077

KEYS=${BOOTCHAIN_KEYS:-${XDG_DATA_HOME:-$HOME/.local/share}/bootchain/keys}
NAMES="ima-local-ca-key.pem ima-local-ca.pem privkey_ima.pem x509_ima.der"

case "$(realpath -m -- "$KEYS")/" in
"$TOP"/*) die "keys must not live in the source tree: set BOOTCHAIN_KEYS to a directory outside $TOP" ;;
esac

present=0
for name in $NAMES; do
	[ ! -e "$KEYS/$name" ] || present=$((present + 1))
done
if [ $present = 4 ]; then
	# A key that came another way (restored, hand-made) is not a pair by its name alone.
	openssl verify -CAfile "$KEYS/ima-local-ca.pem" <(openssl x509 -inform DER -in "$KEYS/x509_ima.der" 2>/dev/null) >/dev/null 2>&1 ||
		die "$KEYS/x509_ima.der is not signed by $KEYS/ima-local-ca.pem: restore the pair, or move the directory away and make new keys"
	say "$KEYS"
	exit 0
fi
[ $present = 0 ] || die "$KEYS holds only some of $NAMES: restore the others, or move the directory away and make new keys"
need openssl openssl

mkdir -p "$(dirname "$KEYS")" || die "cannot make $(dirname "$KEYS"): set BOOTCHAIN_KEYS to a directory that you can write"
new=$(mktemp -d "$KEYS.XXXXXX") || die "cannot write beside $KEYS: set BOOTCHAIN_KEYS to a directory that you can write"
trap 'rm -rf "$new"' EXIT

make_keys() {
	local subject='/O=bootchain' days=3650
	openssl ecparam -name prime256v1 -genkey -noout -out "$new/ima-local-ca-key.pem"
	openssl req -x509 -new -sha256 -days $days -key "$new/ima-local-ca-key.pem" -out "$new/ima-local-ca.pem" \
		-config /dev/null -subj "$subject/CN=local CA" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
		-addext subjectKeyIdentifier=hash
	openssl ecparam -name prime256v1 -genkey -noout -out "$new/privkey_ima.pem"
	openssl req -new -sha256 -key "$new/privkey_ima.pem" -config /dev/null -subj "$subject/CN=IMA signing key" -out "$new/csr"
	# The kernel takes a leaf only: no CA bit, digitalSignature, and key identifiers to find the issuer by.
	printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
		subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$new/ext"
	openssl x509 -req -sha256 -days $days -in "$new/csr" -CA "$new/ima-local-ca.pem" -CAkey "$new/ima-local-ca-key.pem" \
		-set_serial 1 -extfile "$new/ext" -outform DER -out "$new/x509_ima.der"
	rm "$new/csr" "$new/ext"
}

# The output goes beside the keys, not into a log of the build.
if ! make_keys >"$new/log" 2>&1; then
	tail -n 5 "$new/log" >&2
	die "openssl could not make the keys: the lines above say why"
fi
rm "$new/log"
# Another run may have been quicker; its keys stay. (mv -T refuses a directory that is not empty.)
mv -T -- "$new" "$KEYS" 2>/dev/null || [ -e "$KEYS/x509_ima.der" ] || die "cannot write $KEYS"
say "$KEYS"
