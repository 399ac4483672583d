// SPDX-License-Identifier: BSD-2-Clause
/* Hashing with OpenSSL's libcrypto 3: the backend of hosts, with SM3 and SHA-3. */
#include <stdlib.h>

#include <openssl/evp.h>

#include "internal.h"

struct context { EVP_MD *md; EVP_MD_CTX *state; };

static const struct { uint16_t alg; const char *name; } names[] = {
	{ BC_ALG_SHA1, "SHA1" },
	{ BC_ALG_SHA256, "SHA256" },
	{ BC_ALG_SHA384, "SHA384" },
	{ BC_ALG_SHA512, "SHA512" },
	{ BC_ALG_SM3_256, "SM3" },
	{ BC_ALG_SHA3_256, "SHA3-256" },
	{ BC_ALG_SHA3_384, "SHA3-384" },
	{ BC_ALG_SHA3_512, "SHA3-512" },
};

/* A reference that the caller frees; NULL when the table or the providers that are loaded lack it. */
static EVP_MD *fetch(uint16_t alg)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(names); i++)
		if (names[i].alg == alg)
			return EVP_MD_fetch(NULL, names[i].name, NULL);
	return NULL;
}

static bool available(uint16_t alg)
{
	EVP_MD *md = fetch(alg);

	EVP_MD_free(md);
	return md != NULL;
}

static void destroy(void *opaque)
{
	struct context *context = opaque;

	EVP_MD_CTX_free(context->state);
	EVP_MD_free(context->md);
	free(context);
}

static void *make(uint16_t alg)
{
	struct context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	context->md = fetch(alg);
	context->state = EVP_MD_CTX_new();
	if (!context->md || !context->state) {
		destroy(context);
		return NULL;
	}
	return context;
}

static bool start(void *opaque)
{
	struct context *context = opaque;

	return EVP_DigestInit_ex(context->state, context->md, NULL) == 1;
}

static bool update(void *opaque, const void *data, size_t size)
{
	struct context *context = opaque;

	return EVP_DigestUpdate(context->state, data, size) == 1;
}

static bool finish(void *opaque, uint8_t *ret_digest)
{
	struct context *context = opaque;

	return EVP_DigestFinal_ex(context->state, ret_digest, NULL) == 1;
}

const struct bc_hash_backend bc_hash_backend = { "libcrypto", available, make, destroy, start, update, finish };
