// SPDX-License-Identifier: BSD-2-Clause
/* Verifying with mbedTLS 2.28 or 3.x: only calls that both have. */
#include <string.h>

#include <mbedtls/ecdsa.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include "sig.h"

static mbedtls_md_type_t md_type(uint16_t hash)
{
	switch (hash) {
	case BC_ALG_SHA1: return MBEDTLS_MD_SHA1;
	case BC_ALG_SHA256: return MBEDTLS_MD_SHA256;
	case BC_ALG_SHA384: return MBEDTLS_MD_SHA384;
	case BC_ALG_SHA512: return MBEDTLS_MD_SHA512;
	default: return MBEDTLS_MD_NONE;
	}
}

/* A low-level code is in the last seven bits, with a high-level one in front of it or alone (mbedtls/error.h). */
static bool is_nomem(int r)
{
	return r == MBEDTLS_ERR_ECP_ALLOC_FAILED || r == MBEDTLS_ERR_PK_ALLOC_FAILED || r == MBEDTLS_ERR_MD_ALLOC_FAILED ||
	       (-r & 0x7f) == -MBEDTLS_ERR_MPI_ALLOC_FAILED;
}

static int result(bool loaded, int r)
{
	if (r == 0)
		return 1;
	return is_nomem(r) ? BC_SIG_NOMEM : loaded ? 0 : BC_SIG_UNUSABLE;
}

static int load_rsa(const struct bc_key *key, mbedtls_pk_context *pk)
{
	const uint8_t exponent[4] = { (uint8_t)(key->exponent >> 24), (uint8_t)(key->exponent >> 16), (uint8_t)(key->exponent >> 8),
				      (uint8_t)key->exponent };
	int r = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));

	if (r == 0)
		r = mbedtls_rsa_import_raw(mbedtls_pk_rsa(*pk), key->modulus, key->modulus_size, NULL, 0, NULL, 0, NULL, 0,
					   exponent, sizeof(exponent));
	if (r == 0)
		r = mbedtls_rsa_complete(mbedtls_pk_rsa(*pk));
	return r;
}

static int verify_rsa(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size)
{
	const mbedtls_md_type_t md = md_type(sig->hash);
	/* TPMs salt with the digest's size or with as much as fits (Part 1, B.7). */
	const mbedtls_pk_rsassa_pss_options pss = { .mgf1_hash_id = md, .expected_salt_len = MBEDTLS_RSA_SALT_LEN_ANY };
	mbedtls_pk_context pk;
	bool loaded;
	int r;

	if (md == MBEDTLS_MD_NONE)
		return BC_SIG_UNUSABLE;
	mbedtls_pk_init(&pk);
	r = load_rsa(key, &pk);
	loaded = r == 0;
	if (loaded && sig->scheme == BC_SIG_RSAPSS)
		r = mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &pss, &pk, md, digest, size, sig->rsa, sig->rsa_size);
	else if (loaded)
		r = mbedtls_pk_verify(&pk, md, digest, size, sig->rsa, sig->rsa_size);
	mbedtls_pk_free(&pk);
	return result(loaded, r);
}

static int load_ecc(const struct bc_key *key, mbedtls_ecp_group *group, mbedtls_ecp_point *point)
{
	uint8_t bytes[1 + 2 * BC_ECC_MAX] = { 4 };
	int r = mbedtls_ecp_group_load(group, key->curve->size == 32 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP384R1);

	memcpy(bytes + 1, key->x, key->curve->size);
	memcpy(bytes + 1 + key->curve->size, key->y, key->curve->size);
	if (r == 0)
		r = mbedtls_ecp_point_read_binary(group, point, bytes, 1 + 2u * key->curve->size);
	if (r == 0)
		r = mbedtls_ecp_check_pubkey(group, point);
	return r;
}

static int verify_ecdsa(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point point;
	mbedtls_mpi first, second;
	bool loaded;
	int r;

	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&point);
	mbedtls_mpi_init(&first);
	mbedtls_mpi_init(&second);
	r = load_ecc(key, &group, &point);
	if (r == 0)
		r = mbedtls_mpi_read_binary(&first, sig->r, sig->r_size);
	if (r == 0)
		r = mbedtls_mpi_read_binary(&second, sig->s, sig->s_size);
	loaded = r == 0;
	if (loaded)
		r = mbedtls_ecdsa_verify(&group, digest, size, &point, &first, &second);
	mbedtls_mpi_free(&second);
	mbedtls_mpi_free(&first);
	mbedtls_ecp_point_free(&point);
	mbedtls_ecp_group_free(&group);
	return result(loaded, r);
}

const struct bc_sig_backend bc_sig_backend = { verify_rsa, verify_ecdsa };
