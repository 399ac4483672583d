// SPDX-License-Identifier: BSD-2-Clause
/* Verifying with OpenSSL's libcrypto 3. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "sig.h"

static const char *md_name(uint16_t hash)
{
	switch (hash) {
	case BC_ALG_SHA1: return "SHA1";
	case BC_ALG_SHA256: return "SHA256";
	case BC_ALG_SHA384: return "SHA384";
	case BC_ALG_SHA512: return "SHA512";
	default: return NULL;
	}
}

/*
 * Empties the thread's queue of errors, whose reasons differ from call to call. ret_rsa: one is RSA's own, such as bad padding, not that something
 * below it failed. Want of memory is what must not pass for a bad signature; libcrypto may then have had none left for the error either.
 */
static bool lacks_memory(bool *ret_rsa)
{
	unsigned long code;
	bool nomem = false;

	*ret_rsa = false;
	while ((code = ERR_get_error())) {
		nomem = nomem || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
		*ret_rsa = *ret_rsa || (ERR_GET_LIB(code) == ERR_LIB_RSA && !ERR_COMMON_ERROR(code));
	}
	return nomem;
}

/* A bad signature wants a proof, as a good one does: result is EVP_PKEY_verify()'s, or negative when it was not called. */
static int judge(int result, bool rsa)
{
	bool rsa_says;

	if (result == 1)
		return 1;
	if (lacks_memory(&rsa_says))
		return BC_SIG_NOMEM;
	/* ECDSA tells "does not verify" (0) from "failed" (-1), RSA returns 0 for both. */
	return result == 0 && (!rsa || rsa_says) ? 0 : BC_SIG_UNUSABLE;
}

static EVP_PKEY *load(const char *type, OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (context && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

/* A number of OSSL_PARAM stands in the byte order of the machine. */
static bool to_native(const uint8_t *from, size_t size, uint8_t *ret_number)
{
	BIGNUM *number = BN_bin2bn(from, (int)size, NULL);
	const bool done = number && BN_bn2nativepad(number, ret_number, (int)size) == (int)size;

	BN_free(number);
	return done;
}

static EVP_PKEY *load_rsa(const struct bc_key *key)
{
	uint8_t modulus[BC_RSA_MAX];
	unsigned int exponent = key->exponent;
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, modulus, key->modulus_size),
		OSSL_PARAM_uint(OSSL_PKEY_PARAM_RSA_E, &exponent),
		OSSL_PARAM_END,
	};

	return to_native(key->modulus, key->modulus_size, modulus) ? load("RSA", parameters) : NULL;
}

static EVP_PKEY *load_ecc(const struct bc_key *key)
{
	const size_t size = key->curve->size;
	uint8_t point[1 + 2 * BC_ECC_MAX] = { 4 };
	char group[8];
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size),
		OSSL_PARAM_END,
	};

	bc_copy_text(group, sizeof(group), key->curve->name);
	memcpy(point + 1, key->x, size);
	memcpy(point + 1 + size, key->y, size);
	return load("EC", parameters);
}

static int verify(EVP_PKEY *key, const struct bc_sig *sig, const uint8_t *bytes, size_t bytes_size, const uint8_t *digest, size_t size)
{
	EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	EVP_MD *md = md_name(sig->hash) ? EVP_MD_fetch(NULL, md_name(sig->hash), NULL) : NULL;
	const bool rsa = sig->scheme != BC_SIG_ECDSA;
	bool ready = context && md && EVP_PKEY_verify_init(context) == 1;
	int result;

	if (ready && rsa)
		ready = EVP_PKEY_CTX_set_rsa_padding(context, sig->scheme == BC_SIG_RSAPSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
	/* TPMs salt with the digest's size or with as much as fits (Part 1, B.7). */
	if (ready && sig->scheme == BC_SIG_RSAPSS)
		ready = EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO) == 1;
	if (ready)
		ready = EVP_PKEY_CTX_set_signature_md(context, md) == 1;
	result = judge(ready ? EVP_PKEY_verify(context, bytes, bytes_size, digest, size) : -1, rsa);
	EVP_MD_free(md);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	return result;
}

static int verify_rsa(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size)
{
	ERR_clear_error();
	return verify(load_rsa(key), sig, sig->rsa, sig->rsa_size, digest, size);
}

static int verify_ecdsa(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size)
{
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	BIGNUM *first = BN_bin2bn(sig->r, (int)sig->r_size, NULL), *second = BN_bin2bn(sig->s, (int)sig->s_size, NULL);
	uint8_t *der = NULL;
	int length = -1, result = BC_SIG_NOMEM;

	ERR_clear_error();
	if (numbers && first && second && ECDSA_SIG_set0(numbers, first, second) == 1) {
		first = second = NULL;	/* are its own now */
		length = i2d_ECDSA_SIG(numbers, &der);
	}
	if (length > 0)
		result = verify(load_ecc(key), sig, der, (size_t)length, digest, size);
	OPENSSL_free(der);
	BN_free(first);
	BN_free(second);
	ECDSA_SIG_free(numbers);
	return result;
}

const struct bc_sig_backend bc_sig_backend = { verify_rsa, verify_ecdsa };
