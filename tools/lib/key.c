// SPDX-License-Identifier: BSD-2-Clause
/* Public keys as a TPM writes them (TPMT_PUBLIC), and as others do (SubjectPublicKeyInfo). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sig.h"

#define TPM_ALG_RSA 0x0001
#define TPM_ALG_ECC 0x0023
#define TPM_ALG_RSAES 0x0015
#define TPM_ALG_ECDAA 0x001a
#define EXPONENT_DEFAULT 65537	/* Part 2, 12.2.3.5: an exponent of 0 */

static const struct bc_curve curves[] = {
	{ 0x0003, 32, "P-256", 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 } },
	{ 0x0004, 48, "P-384", 5, { 0x2b, 0x81, 0x04, 0x00, 0x22 } },
};
static const uint8_t oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
static const uint8_t oid_ecc[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };

/* TPMA_OBJECT (Part 2, 8.3): a key with these signs nothing but what its own TPM made, and never leaves it. */
static const struct { uint32_t bit; bool wanted; const char *text; } ak_bits[] = {
	{ 1u << 1, true, "not fixedTPM" },
	{ 1u << 5, true, "not sensitiveDataOrigin" },
	{ 1u << 16, true, "not restricted" },
	{ 1u << 17, false, "decrypt" },
	{ 1u << 18, true, "not sign" },
};

void bc_key_ak_problems(const struct bc_key *key, char *ret_text, size_t size)
{
	size_t i, used = 0;

	ret_text[0] = '\0';
	for (i = 0; i < BC_ARRAY_SIZE(ak_bits); i++)
		if (!(key->attributes & ak_bits[i].bit) == ak_bits[i].wanted)
			used = bc_append(ret_text, size, used, "%s%s", used ? ", " : "", ak_bits[i].text);
}

bool bc_key_equal(const struct bc_key *one, const struct bc_key *two)
{
	if (one->type != two->type)
		return false;
	if (one->type == BC_KEY_RSA)
		return one->modulus_size == two->modulus_size && one->exponent == two->exponent &&
		       !memcmp(one->modulus, two->modulus, one->modulus_size);
	return one->curve == two->curve && !memcmp(one->x, two->x, one->curve->size) && !memcmp(one->y, two->y, one->curve->size);
}

static int cut(const struct bc_reader *at, const char *field, struct bc_error *reterr)
{
	return bc_error_at(reterr, BC_E_INPUT, at->offset, field, "another form", "%zu bytes left", at->left);
}

static int set_rsa(struct bc_reader modulus, uint32_t exponent, struct bc_key *key, struct bc_error *reterr)
{
	if (modulus.left < BC_RSA_MIN || modulus.left > BC_RSA_MAX || !(modulus.at[0] & 0x80))
		return bc_error_at(reterr, BC_E_UNSUPPORTED, modulus.offset, "RSA modulus", "2048 to 4096 bits",
				   "%zu bytes, first 0x%02x", modulus.left, modulus.left ? modulus.at[0] : 0);
	if (exponent < 3 || !(exponent & 1))
		return bc_error_at(reterr, BC_E_INPUT, modulus.offset, "RSA exponent", "odd, at least 3", "%u", exponent);
	key->type = BC_KEY_RSA;
	key->modulus_size = modulus.left;
	memcpy(key->modulus, modulus.at, modulus.left);
	key->exponent = exponent;
	return 0;
}

/* A coordinate may lack its leading zeros. */
static bool set_coordinate(struct bc_reader from, const struct bc_curve *curve, uint8_t *ret_value)
{
	while (from.left > curve->size)
		if (from.at[0] || !bc_get_sub(&from, 1, &(struct bc_reader){ 0 }))
			return false;
	memset(ret_value, 0, curve->size);
	return bc_get_bytes(&from, ret_value + curve->size - from.left, from.left);
}

/* ---- TPMT_PUBLIC (Part 2, 12.2.4) ---- */

static bool get_sized(struct bc_reader *at, size_t max, struct bc_reader *ret_content)
{
	struct bc_reader copy = *at;
	uint16_t size;

	if (!bc_get_be16(&copy, &size) || size > max || !bc_get_sub(&copy, size, ret_content))
		return false;
	*at = copy;
	return true;
}

/* TPMT_SYM_DEF_OBJECT: only a storage key has one that is not NULL. */
static bool skip_symmetric(struct bc_reader *at)
{
	uint16_t alg;
	uint32_t bits_and_mode;

	return bc_get_be16(at, &alg) && (alg == BC_ALG_NULL || bc_get_be32(at, &bits_and_mode));
}

/* TPMT_RSA_SCHEME, TPMT_ECC_SCHEME or TPMT_KDF_SCHEME. */
static bool get_scheme(struct bc_reader *at, uint16_t *ret_scheme, uint16_t *ret_hash)
{
	uint16_t count;

	*ret_hash = BC_ALG_NULL;
	if (!bc_get_be16(at, ret_scheme))
		return false;
	if (*ret_scheme == BC_ALG_NULL || *ret_scheme == TPM_ALG_RSAES)
		return true;
	return bc_get_be16(at, ret_hash) && (*ret_scheme != TPM_ALG_ECDAA || bc_get_be16(at, &count));
}

static int get_rsa(struct bc_reader *at, struct bc_key *key, struct bc_error *reterr)
{
	struct bc_reader modulus;
	uint32_t exponent;
	uint16_t bits;

	if (!bc_get_be16(at, &bits) || !bc_get_be32(at, &exponent))
		return cut(at, "TPMS_RSA_PARMS", reterr);
	if (!get_sized(at, BC_RSA_MAX, &modulus))
		return cut(at, "TPM2B_PUBLIC_KEY_RSA", reterr);
	if (modulus.left * 8 != bits)
		return bc_error_at(reterr, BC_E_INPUT, modulus.offset, "keyBits", "those of the modulus", "%u", bits);
	return set_rsa(modulus, exponent ? exponent : EXPONENT_DEFAULT, key, reterr);
}

static int get_ecc(struct bc_reader *at, struct bc_key *key, struct bc_error *reterr)
{
	struct bc_reader x, y;
	uint16_t curve, kdf, hash;
	size_t i;

	if (!bc_get_be16(at, &curve) || !get_scheme(at, &kdf, &hash))
		return cut(at, "TPMS_ECC_PARMS", reterr);
	for (i = 0; i < BC_ARRAY_SIZE(curves); i++)
		if (curves[i].id == curve)
			key->curve = &curves[i];
	if (!key->curve)
		return bc_error_at(reterr, BC_E_UNSUPPORTED, at->offset, "curveID", "P-256 or P-384", "0x%04x", curve);
	if (!get_sized(at, BC_ECC_MAX, &x) || !get_sized(at, BC_ECC_MAX, &y))
		return cut(at, "TPMS_ECC_POINT", reterr);
	if (!set_coordinate(x, key->curve, key->x) || !set_coordinate(y, key->curve, key->y))
		return bc_error_at(reterr, BC_E_INPUT, x.offset, "TPMS_ECC_POINT", "numbers of the curve's size", "longer ones");
	key->type = BC_KEY_ECC;
	return 0;
}

/* The name stays empty when this build cannot hash it. */
static int set_name(struct bc_key *key, uint16_t alg, struct bc_reader area, struct bc_error *reterr)
{
	const struct bc_algorithm *algorithm = bc_algorithm_by_id(alg);
	int r;

	if (!algorithm || !bc_hash_available(alg))
		return 0;
	r = bc_digest(alg, area.at, area.left, key->name + 2, reterr);
	if (r < 0)
		return r;
	key->name[0] = (uint8_t)(alg >> 8);
	key->name[1] = (uint8_t)alg;
	key->name_size = 2u + algorithm->size;
	return 0;
}

static int parse_tpmt(struct bc_reader at, struct bc_key *key, struct bc_error *reterr)
{
	const struct bc_reader area = at;
	struct bc_reader policy;
	uint16_t type, alg;
	int r;

	if (!bc_get_be16(&at, &type) || !bc_get_be16(&at, &alg) || !bc_get_be32(&at, &key->attributes))
		return cut(&at, "TPMT_PUBLIC", reterr);
	if (type != TPM_ALG_RSA && type != TPM_ALG_ECC)
		return bc_error_at(reterr, BC_E_UNSUPPORTED, area.offset, "type", "an RSA or ECC key (TPM2B_PUBLIC, TPMT_PUBLIC, PEM or DER)",
				   "0x%04x", type);
	if (!get_sized(&at, BC_DIGEST_MAX, &policy))
		return cut(&at, "authPolicy", reterr);
	if (!skip_symmetric(&at) || !get_scheme(&at, &key->scheme, &key->scheme_hash))
		return cut(&at, "parameters", reterr);
	r = type == TPM_ALG_RSA ? get_rsa(&at, key, reterr) : get_ecc(&at, key, reterr);
	if (r == 0 && !bc_at_end(&at))
		return bc_error_at(reterr, BC_E_INPUT, at.offset, "TPMT_PUBLIC", "its end", "%zu more bytes", at.left);
	key->is_tpm = true;
	return r < 0 ? r : set_name(key, alg, area, reterr);
}

/* ---- SubjectPublicKeyInfo ---- */

static bool is_oid(const struct bc_reader *oid, const uint8_t *bytes, size_t size)
{
	return oid->left == size && !memcmp(oid->at, bytes, size);
}

/* RFC 8017, A.1.1 */
static int spki_rsa(struct bc_reader bits, struct bc_key *key, struct bc_error *reterr)
{
	struct bc_reader numbers, modulus, exponent;
	uint32_t value = 0;
	uint8_t byte;

	if (!bc_der_get(&bits, BC_DER_SEQUENCE, &numbers) || !bc_at_end(&bits) || !bc_der_get_number(&numbers, &modulus) ||
	    !bc_der_get_number(&numbers, &exponent) || !bc_at_end(&numbers))
		return cut(&numbers, "RSAPublicKey", reterr);
	if (exponent.left > sizeof(value))
		return bc_error_at(reterr, BC_E_UNSUPPORTED, exponent.offset, "RSA exponent", "32 bits", "%zu bytes", exponent.left);
	while (bc_get_u8(&exponent, &byte))
		value = value << 8 | byte;
	return set_rsa(modulus, value, key, reterr);
}

/* RFC 5480, 2.2: 04, x, y */
static int spki_ecc(struct bc_reader oid, struct bc_reader bits, struct bc_key *key, struct bc_error *reterr)
{
	uint8_t form;
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(curves); i++)
		if (is_oid(&oid, curves[i].oid, curves[i].oid_size))
			key->curve = &curves[i];
	if (!key->curve)
		return bc_error_at(reterr, BC_E_UNSUPPORTED, oid.offset, "curve", "P-256 or P-384", "another");
	if (!bc_get_u8(&bits, &form) || form != 4 || bits.left != 2u * key->curve->size)
		return bc_error_at(reterr, BC_E_UNSUPPORTED, bits.offset, "ECPoint", "an uncompressed point", "%zu bytes", bits.left);
	if (!bc_get_bytes(&bits, key->x, key->curve->size) || !bc_get_bytes(&bits, key->y, key->curve->size))
		return cut(&bits, "ECPoint", reterr);
	key->type = BC_KEY_ECC;
	return 0;
}

int bc_key_parse_spki(struct bc_reader *at, struct bc_key *ret_key, struct bc_reader *ret_bits, struct bc_error *reterr)
{
	struct bc_reader spki, algorithm, oid, parameter = { 0 }, bits;
	struct bc_key key = { 0 };
	uint8_t unused;
	int r;

	if (!bc_der_get(at, BC_DER_SEQUENCE, &spki) || !bc_der_get(&spki, BC_DER_SEQUENCE, &algorithm) ||
	    !bc_der_get(&algorithm, BC_DER_OID, &oid))
		return cut(at, "SubjectPublicKeyInfo", reterr);
	if (!bc_der_get(&spki, BC_DER_BIT_STRING, &bits) || !bc_get_u8(&bits, &unused) || unused || !bc_at_end(&spki))
		return cut(&spki, "subjectPublicKey", reterr);
	if (is_oid(&oid, oid_rsa, sizeof(oid_rsa)))
		r = spki_rsa(bits, &key, reterr);
	else if (is_oid(&oid, oid_ecc, sizeof(oid_ecc)) && bc_der_get(&algorithm, BC_DER_OID, &parameter))
		r = spki_ecc(parameter, bits, &key, reterr);
	else
		r = bc_error_at(reterr, BC_E_UNSUPPORTED, oid.offset, "algorithm", "an RSA or EC key with a named curve", "another");
	if (r < 0)
		return r;
	*ret_key = key;
	if (ret_bits)
		*ret_bits = bits;
	return 0;
}

/* ---- any of them ---- */

static int parse_der(struct bc_reader at, struct bc_key *key, struct bc_error *reterr)
{
	struct bc_reader rest = at, outer, inner;
	struct bc_cert cert;
	int r;

	/* A certificate begins with a sequence inside a sequence inside a sequence or [0]; a key with an OID at the third place. */
	if (bc_der_get(&rest, BC_DER_SEQUENCE, &outer) && bc_der_get(&outer, BC_DER_SEQUENCE, &inner) &&
	    bc_der_peek(&inner) != BC_DER_OID) {
		r = bc_cert_parse_der(at, &cert, reterr);
		if (r == 0)
			*key = cert.key;
		return r;
	}
	r = bc_key_parse_spki(&at, key, NULL, reterr);
	if (r == 0 && !bc_at_end(&at))
		r = bc_error_at(reterr, BC_E_INPUT, at.offset, "SubjectPublicKeyInfo", "its end", "%zu more bytes", at.left);
	return r;
}

static int parse_binary(const uint8_t *data, size_t size, struct bc_key *key, struct bc_error *reterr)
{
	struct bc_reader at, inner;
	uint16_t inside;

	bc_reader_init(&at, data, size, 0);
	inner = at;
	if (bc_der_peek(&at) == BC_DER_SEQUENCE)
		return parse_der(at, key, reterr);
	if (bc_get_be16(&inner, &inside) && inside == inner.left)	/* TPM2B_PUBLIC; no type of a key is that large */
		return parse_tpmt(inner, key, reterr);
	return parse_tpmt(at, key, reterr);
}

int bc_key_parse(const uint8_t *data, size_t size, struct bc_key *ret_key, struct bc_error *reterr)
{
	static const char *const labels[] = { "CERTIFICATE", "PUBLIC KEY", NULL };
	struct bc_key key = { 0 };
	uint8_t *der = NULL;
	size_t der_size = 0;
	int r;

	if (size > BC_KEY_FILE_MAX)
		return bc_error_at(reterr, BC_E_INPUT, 0, "public key", "at most 64 KiB", "%zu bytes", size);
	r = bc_pem_decode(data, size, labels, &der, &der_size, reterr);
	if (r < 0)
		return r;
	if (der) {
		struct bc_reader at;

		bc_reader_init(&at, der, der_size, 0);
		r = parse_der(at, &key, reterr);
	} else {
		r = parse_binary(data, size, &key, reterr);
	}
	free(der);
	if (r == 0)
		*ret_key = key;
	return r;
}
