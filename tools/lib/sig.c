// SPDX-License-Identifier: BSD-2-Clause
/* Signatures as a TPM and others write them; the backend of the hash library verifies. */
#include <stdio.h>
#include <string.h>

#include "sig.h"

const char *bc_sig_scheme_name(uint16_t scheme)
{
	return scheme == BC_SIG_RSASSA ? "rsassa" : scheme == BC_SIG_RSAPSS ? "rsapss" : scheme == BC_SIG_ECDSA ? "ecdsa" : NULL;
}

/* A number without its leading zeros. */
static int set_number(struct bc_reader number, const char *field, uint8_t *ret_value, size_t *ret_size, struct bc_error *reterr)
{
	while (number.left && number.at[0] == 0)
		if (!bc_get_sub(&number, 1, &(struct bc_reader){ 0 }))
			break;
	if (!number.left || number.left > BC_ECC_MAX)
		return bc_error_at(reterr, BC_E_INPUT, number.offset, field, "1 to 48 bytes that are not zero", "%zu", number.left);
	memcpy(ret_value, number.at, number.left);
	*ret_size = number.left;
	return 0;
}

static int set_rsa(struct bc_reader number, struct bc_sig *sig, struct bc_error *reterr)
{
	if (number.left < BC_RSA_MIN || number.left > BC_RSA_MAX)
		return bc_error_at(reterr, BC_E_INPUT, number.offset, "RSA signature", "256 to 512 bytes", "%zu", number.left);
	memcpy(sig->rsa, number.at, number.left);
	sig->rsa_size = number.left;
	return 0;
}

static int set_ecdsa(struct bc_reader r_number, struct bc_reader s_number, struct bc_sig *sig, struct bc_error *reterr)
{
	int r = set_number(r_number, "signatureR", sig->r, &sig->r_size, reterr);

	return r < 0 ? r : set_number(s_number, "signatureS", sig->s, &sig->s_size, reterr);
}

static int cut(const struct bc_reader *at, const char *field, struct bc_error *reterr)
{
	return bc_error_at(reterr, BC_E_INPUT, at->offset, field, "more bytes", "%zu left", at->left);
}

static bool get_sized(struct bc_reader *at, struct bc_reader *ret_content)
{
	uint16_t size;

	return bc_get_be16(at, &size) && bc_get_sub(at, size, ret_content);
}

static int parse_plain(struct bc_reader at, struct bc_sig *sig, struct bc_error *reterr)
{
	struct bc_reader numbers, first, second;

	if (sig->scheme != BC_SIG_ECDSA)
		return set_rsa(at, sig, reterr);
	if (!bc_der_get(&at, BC_DER_SEQUENCE, &numbers) || !bc_at_end(&at) || !bc_der_get_number(&numbers, &first) ||
	    !bc_der_get_number(&numbers, &second) || !bc_at_end(&numbers))
		return bc_error_at(reterr, BC_E_INPUT, at.offset, "signature", "r and s in DER", "something else");
	return set_ecdsa(first, second, sig, reterr);
}

static int parse_tpmt(struct bc_reader at, struct bc_sig *sig, struct bc_error *reterr)
{
	struct bc_reader first, second;
	int r;

	if (!bc_get_be16(&at, &sig->scheme))
		return cut(&at, "sigAlg", reterr);
	if (!bc_sig_scheme_name(sig->scheme))
		return bc_error_at(reterr, BC_E_UNSUPPORTED, 0, "sigAlg", "RSASSA, RSAPSS or ECDSA (a plain signature wants --sig-scheme)",
				   "0x%04x", sig->scheme);
	if (!bc_get_be16(&at, &sig->hash))
		return cut(&at, "hash", reterr);
	if (!get_sized(&at, &first) || (sig->scheme == BC_SIG_ECDSA && !get_sized(&at, &second)))
		return cut(&at, "signature", reterr);
	if (!bc_at_end(&at))
		return bc_error_at(reterr, BC_E_INPUT, at.offset, "TPMT_SIGNATURE", "its end", "%zu more bytes", at.left);
	r = sig->scheme == BC_SIG_ECDSA ? set_ecdsa(first, second, sig, reterr) : set_rsa(first, sig, reterr);
	return r;
}

int bc_sig_parse(const uint8_t *data, size_t size, uint16_t scheme, uint16_t hash, struct bc_sig *ret_sig, struct bc_error *reterr)
{
	struct bc_sig sig = { .scheme = scheme, .hash = hash };
	struct bc_reader at;
	char label[16];
	int r;

	bc_reader_init(&at, data, size, 0);
	r = scheme ? parse_plain(at, &sig, reterr) : parse_tpmt(at, &sig, reterr);
	if (r == 0 && !bc_hash_available(sig.hash))
		r = bc_error_at(reterr, BC_E_UNSUPPORTED, 2, "hash", "one that this build can hash with", "%s",
				bc_algorithm_label(sig.hash, label));
	if (r == 0)
		*ret_sig = sig;
	return r;
}

static int unusable_key(const struct bc_key *key, const struct bc_sig *sig, struct bc_error *reterr)
{
	const bool ecc = key->type == BC_KEY_ECC;
	char label[16];
	int r = bc_error_found(reterr, BC_E_UNSUPPORTED, "public key", ecc ? "a point on its curve" : "numbers of an RSA key", ecc ? "another point" : "other numbers");

	return bc_error_message(reterr, r, "%s cannot use this key with %s and %s", bc_crypto_backend(), bc_sig_scheme_name(sig->scheme),
				bc_algorithm_label(sig->hash, label));
}

int bc_sig_verify(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size, bool *ret_good,
		  struct bc_error *reterr)
{
	int good = 0;

	if (sig->scheme == BC_SIG_ECDSA && key->type == BC_KEY_ECC)
		good = bc_sig_backend.ecdsa(key, sig, digest, size);
	else if (sig->scheme != BC_SIG_ECDSA && key->type == BC_KEY_RSA && sig->rsa_size == key->modulus_size)
		good = bc_sig_backend.rsa(key, sig, digest, size);
	if (good == BC_SIG_NOMEM)
		return bc_error_nomem(reterr);
	if (good < 0)
		return unusable_key(key, sig, reterr);
	*ret_good = good > 0;
	return 0;
}
