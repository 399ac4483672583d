// SPDX-License-Identifier: BSD-2-Clause
/* Hashing with mbedTLS 2.28 or 3.x: the backend of the target's binary. */
#include <stdlib.h>

#include <mbedtls/md.h>

#include "internal.h"

static const struct { uint16_t alg; mbedtls_md_type_t type; } types[] = {
	{ BC_ALG_SHA1, MBEDTLS_MD_SHA1 },
	{ BC_ALG_SHA256, MBEDTLS_MD_SHA256 },
	{ BC_ALG_SHA384, MBEDTLS_MD_SHA384 },
	{ BC_ALG_SHA512, MBEDTLS_MD_SHA512 },
};

/* NULL when the table or the mbedTLS that is linked lacks it. */
static const mbedtls_md_info_t *info(uint16_t alg)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(types); i++)
		if (types[i].alg == alg)
			return mbedtls_md_info_from_type(types[i].type);
	return NULL;
}

static bool available(uint16_t alg)
{
	return info(alg) != NULL;
}

static void *make(uint16_t alg)
{
	mbedtls_md_context_t *context = malloc(sizeof(*context));

	if (!context)
		return NULL;
	mbedtls_md_init(context);
	if (mbedtls_md_setup(context, info(alg), 0)) {
		free(context);
		return NULL;
	}
	return context;
}

static void destroy(void *context)
{
	mbedtls_md_free(context);
	free(context);
}

static bool start(void *context)
{
	return mbedtls_md_starts(context) == 0;
}

static bool update(void *context, const void *data, size_t size)
{
	return mbedtls_md_update(context, data, size) == 0;
}

static bool finish(void *context, uint8_t *ret_digest)
{
	return mbedtls_md_finish(context, ret_digest) == 0;
}

static bool whole(void *context, const void *data, size_t size, uint8_t *ret_digest)
{
	return start(context) && (!size || update(context, data, size)) && finish(context, ret_digest);
}

static bool extend(void *context, uint8_t *value, const uint8_t *digest, size_t size)
{
	return start(context) && update(context, value, size) && update(context, digest, size) && finish(context, value);
}

static const struct bc_hash_calls *calls(const void *context)
{
	static const struct bc_hash_calls same = { whole, extend };

	(void)context;
	return &same;
}

const struct bc_hash_backend bc_hash_backend = { "mbedtls", available, make, destroy, start, update, finish, calls };
