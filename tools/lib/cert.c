// SPDX-License-Identifier: BSD-2-Clause
/* The public key of an X.509 certificate, and the identifier by which IMA signatures name it. */
#include <stdlib.h>
#include <string.h>

#include "sig.h"

#define CONTEXT_0 0xa0		/* version */
#define CONTEXT_3 0xa3		/* extensions */
#define BOOLEAN 0x01

static const uint8_t oid_subject_key_id[] = { 0x55, 0x1d, 0x0e };

static int bad(const struct bc_reader *at, const char *field, struct bc_error *reterr)
{
	return bc_error_at(reterr, BC_E_INPUT, at->offset, field, "the DER of RFC 5280", "tag 0x%02x, %zu bytes left", bc_der_peek(at), at->left);
}

static void take_id(const uint8_t *bytes, size_t size, uint8_t *ret_id)
{
	memcpy(ret_id, bytes + size - 4, 4);
}

/* Extension ::= SEQUENCE { OID, BOOLEAN OPTIONAL, OCTET STRING } */
static int get_extension(struct bc_reader *list, uint8_t *ret_id, bool *found, struct bc_error *reterr)
{
	struct bc_reader extension, oid, value, id;

	if (!bc_der_get(list, BC_DER_SEQUENCE, &extension) || !bc_der_get(&extension, BC_DER_OID, &oid))
		return bad(list, "extension", reterr);
	if (bc_der_peek(&extension) == BOOLEAN && !bc_der_skip(&extension))
		return bad(&extension, "critical", reterr);
	if (!bc_der_get(&extension, BC_DER_OCTET_STRING, &value))
		return bad(&extension, "extnValue", reterr);
	if (oid.left != sizeof(oid_subject_key_id) || memcmp(oid.at, oid_subject_key_id, oid.left))
		return 0;
	if (!bc_der_get(&value, BC_DER_OCTET_STRING, &id) || id.left < 4)
		return bad(&value, "subjectKeyIdentifier", reterr);
	if (*found)
		return bc_error_at(reterr, BC_E_INPUT, oid.offset, "subjectKeyIdentifier", "one", "a second one");
	*found = true;
	take_id(id.at, id.left, ret_id);
	return 0;
}

static int get_extensions(struct bc_reader *tbs, uint8_t *ret_id, bool *found, struct bc_error *reterr)
{
	struct bc_reader outer, list;
	int r = 0;

	while (!bc_at_end(tbs) && bc_der_peek(tbs) != CONTEXT_3)	/* unique identifiers */
		if (!bc_der_skip(tbs))
			return bad(tbs, "tbsCertificate", reterr);
	if (bc_at_end(tbs))
		return 0;
	if (!bc_der_get(tbs, CONTEXT_3, &outer) || !bc_der_get(&outer, BC_DER_SEQUENCE, &list))
		return bad(tbs, "extensions", reterr);
	while (r == 0 && !bc_at_end(&list))
		r = get_extension(&list, ret_id, found, reterr);
	return r;
}

int bc_cert_parse_der(struct bc_reader at, struct bc_cert *ret_cert, struct bc_error *reterr)
{
	static const char *const skipped[] = { "serialNumber", "signature", "issuer", "validity", "subject" };
	struct bc_reader outer, tbs, bits;
	struct bc_cert cert = { 0 };
	uint8_t digest[BC_DIGEST_MAX];
	bool found = false;
	size_t i;
	int r;

	if (!bc_der_get(&at, BC_DER_SEQUENCE, &outer) || !bc_der_get(&outer, BC_DER_SEQUENCE, &tbs))
		return bad(&at, "Certificate", reterr);
	if (!bc_at_end(&at))
		return bc_error_at(reterr, BC_E_INPUT, at.offset, "Certificate", "its end", "%zu more bytes", at.left);
	if (bc_der_peek(&tbs) == CONTEXT_0 && !bc_der_skip(&tbs))
		return bad(&tbs, "version", reterr);
	for (i = 0; i < BC_ARRAY_SIZE(skipped); i++)
		if (!bc_der_skip(&tbs))
			return bad(&tbs, skipped[i], reterr);
	r = bc_key_parse_spki(&tbs, &cert.key, &bits, reterr);
	if (r == 0)
		r = get_extensions(&tbs, cert.id, &found, reterr);
	if (r == 0 && !found) {	/* RFC 5280, 4.2.1.2 (1): what evmctl takes too */
		r = bc_digest(BC_ALG_SHA1, bits.at, bits.left, digest, reterr);
		if (r == 0)
			take_id(digest, 20, cert.id);
	}
	if (r == 0)
		*ret_cert = cert;
	return r;
}

int bc_cert_parse(const uint8_t *data, size_t size, struct bc_cert *ret_cert, struct bc_error *reterr)
{
	static const char *const labels[] = { "CERTIFICATE", NULL };
	struct bc_reader at;
	uint8_t *der = NULL;
	size_t der_size = 0;
	int r;

	if (size > BC_KEY_FILE_MAX)
		return bc_error_at(reterr, BC_E_INPUT, 0, "Certificate", "at most 64 KiB", "%zu bytes", size);
	r = bc_pem_decode(data, size, labels, &der, &der_size, reterr);
	if (r < 0)
		return r;
	bc_reader_init(&at, der ? der : data, der ? der_size : size, 0);
	r = bc_cert_parse_der(at, ret_cert, reterr);
	free(der);
	return r;
}
