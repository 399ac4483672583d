// SPDX-License-Identifier: BSD-2-Clause
/* Public keys and certificates in every form: what is read has sizes that the backends can rely on. */
#include <stdlib.h>

#include "sig.h"

static void check(const struct bc_key *key)
{
	char text[128];

	if (key->type == BC_KEY_RSA && (key->modulus_size < BC_RSA_MIN || key->modulus_size > BC_RSA_MAX || !(key->exponent & 1)))
		abort();
	if (key->type == BC_KEY_ECC && (!key->curve || key->curve->size > BC_ECC_MAX))
		abort();
	if (key->name_size > sizeof(key->name) || !bc_key_equal(key, key))
		abort();
	bc_key_ak_problems(key, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bc_cert cert;
	struct bc_key key;

	if (bc_key_parse(data, size, &key, NULL) == 0)
		check(&key);
	if (bc_cert_parse(data, size, &cert, NULL) == 0)
		check(&cert.key);
	return 0;
}
