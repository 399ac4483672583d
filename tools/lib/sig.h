/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys, certificates and signatures: read by our own bounded code, checked by the hash library's. */
#ifndef BC_SIG_H
#define BC_SIG_H

#include "internal.h"

/* ---- der.c: DER (X.690, 10) as far as keys, certificates and ECDSA signatures use it ---- */

#define BC_DER_INTEGER 0x02
#define BC_DER_BIT_STRING 0x03
#define BC_DER_OCTET_STRING 0x04
#define BC_DER_OID 0x06
#define BC_DER_SEQUENCE 0x30
/* Content of the next element, whose tag must be this; nothing moves when it is not, or its length is not DER. */
BC_MUST_CHECK bool bc_der_get(struct bc_reader *reader, uint8_t tag, struct bc_reader *ret_content);
/* Skip the next element, whatever it is. */
BC_MUST_CHECK bool bc_der_skip(struct bc_reader *reader);
/* The tag that stands next; 0 at the end. */
uint8_t bc_der_peek(const struct bc_reader *reader);
/* A number that is not negative, without its leading zeros. */
BC_MUST_CHECK bool bc_der_get_number(struct bc_reader *reader, struct bc_reader *ret_number);
/* If data is PEM text with this label, its bytes (free them); *ret_data is NULL when it is no PEM at all. Errors: BC_E_INPUT for PEM
 * that is broken, or has another label only. */
BC_MUST_CHECK int bc_pem_decode(const uint8_t *data, size_t size, const char *const *labels, uint8_t **ret_data, size_t *ret_size,
				struct bc_error *reterr);

/* ---- key.c ---- */

/* 2048 to 4096 bits: below nobody should sign, above no TPM does. */
#define BC_RSA_MIN 256
#define BC_RSA_MAX 512
#define BC_ECC_MAX 48
/* A certificate or key as a file. Those of IMA and of TPM vendors have 1 to 2 KiB. */
#define BC_KEY_FILE_MAX (64u << 10)

enum bc_key_type { BC_KEY_RSA, BC_KEY_ECC };
struct bc_curve { uint16_t id; uint16_t size; const char *name; uint8_t oid_size; uint8_t oid[8]; };

/* A plain value. */
struct bc_key {
	enum bc_key_type type;
	size_t modulus_size;
	uint8_t modulus[BC_RSA_MAX];
	uint32_t exponent;
	const struct bc_curve *curve;
	uint8_t x[BC_ECC_MAX], y[BC_ECC_MAX];	/* curve->size bytes each */
	bool is_tpm;				/* from a TPMT_PUBLIC: what follows is known */
	uint32_t attributes;			/* TPMA_OBJECT */
	uint16_t scheme, scheme_hash;		/* TPM_ALG_NULL: the caller of the TPM chooses */
	size_t name_size;
	uint8_t name[BC_NAME_MAX];		/* nameAlg and digest of the public area; size 0 when it cannot be hashed */
};

/* Read a public key: TPM2B_PUBLIC, TPMT_PUBLIC, or PEM or DER with a SubjectPublicKeyInfo or a certificate. Errors: BC_E_INPUT with
 * offset and field; BC_E_UNSUPPORTED for another kind, curve or size. */
BC_MUST_CHECK int bc_key_parse(const uint8_t *data, size_t size, struct bc_key *ret_key, struct bc_error *reterr);
/* The same public numbers? Attributes do not count. */
bool bc_key_equal(const struct bc_key *one, const struct bc_key *two);
/* Texts of TPMA_OBJECT bits that are not as those of an AK must be: "not restricted, decrypts"; "" when all is well. */
void bc_key_ak_problems(const struct bc_key *key, char *ret_text, size_t size);
/* SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), and the bits of its key for a key identifier (may be NULL). */
BC_MUST_CHECK int bc_key_parse_spki(struct bc_reader *at, struct bc_key *ret_key, struct bc_reader *ret_bits, struct bc_error *reterr);

/* ---- cert.c ---- */

struct bc_cert { struct bc_key key; uint8_t id[4]; };	/* id: the last bytes of the subject key identifier */
/* An X.509 certificate (RFC 5280) as DER or PEM. Its own signature, names and dates are not looked at: whoever gives it vouches for
 * it. Errors: as bc_key_parse(). */
BC_MUST_CHECK int bc_cert_parse(const uint8_t *data, size_t size, struct bc_cert *ret_cert, struct bc_error *reterr);
BC_MUST_CHECK int bc_cert_parse_der(struct bc_reader at, struct bc_cert *ret_cert, struct bc_error *reterr);

/* ---- sig.c ---- */

#define BC_ALG_NULL 0x0010

struct bc_sig {
	uint16_t scheme, hash;
	size_t rsa_size;
	uint8_t rsa[BC_RSA_MAX];
	size_t r_size, s_size;
	uint8_t r[BC_ECC_MAX], s[BC_ECC_MAX];	/* ECDSA: big-endian, without leading zeros */
};

/* A TPMT_SIGNATURE (Part 2, 11.3.4), or with scheme (not 0) a plain one: the RSA number, or r and s in DER. Errors: BC_E_INPUT,
 * BC_E_UNSUPPORTED. */
BC_MUST_CHECK int bc_sig_parse(const uint8_t *data, size_t size, uint16_t scheme, uint16_t hash, struct bc_sig *ret_sig,
			       struct bc_error *reterr);
/* Does key's signature of this digest (of sig->hash) verify? Errors: BC_E_UNSUPPORTED when the backend cannot use the key or hash;
 * BC_E_NOMEM. */
BC_MUST_CHECK int bc_sig_verify(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size,
				bool *ret_good, struct bc_error *reterr);

/* What a crypto library gives; chosen when the library is built (CRYPTO=). Result: 1 good, 0 bad, or one of these. */
#define BC_SIG_UNUSABLE -1	/* key or hash */
#define BC_SIG_NOMEM -2
struct bc_sig_backend {
	int (*rsa)(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size);
	int (*ecdsa)(const struct bc_key *key, const struct bc_sig *sig, const uint8_t *digest, size_t size);
};
extern const struct bc_sig_backend bc_sig_backend;

#endif
