// SPDX-License-Identifier: BSD-2-Clause
/* The algorithm table, and hashing through the backend that was chosen at build time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

/* TCG Algorithm Registry 1.34, table 3; names as tpm2-tools writes them. */
static const struct bc_algorithm algorithms[] = {
	{ BC_ALG_SHA1, 20, "sha1" },
	{ BC_ALG_SHA256, 32, "sha256" },
	{ BC_ALG_SHA384, 48, "sha384" },
	{ BC_ALG_SHA512, 64, "sha512" },
	{ BC_ALG_SM3_256, 32, "sm3_256" },
	{ BC_ALG_SHA3_256, 32, "sha3_256" },
	{ BC_ALG_SHA3_384, 48, "sha3_384" },
	{ BC_ALG_SHA3_512, 64, "sha3_512" },
};

/* Other spellings: Linux (sm3), documents (sha-256). */
static const struct { const char *name; uint16_t id; } aliases[] = {
	{ "sha-1", BC_ALG_SHA1 }, { "sha-256", BC_ALG_SHA256 }, { "sha-384", BC_ALG_SHA384 }, { "sha-512", BC_ALG_SHA512 },
	{ "sm3", BC_ALG_SM3_256 }, { "sm3-256", BC_ALG_SM3_256 }, { "sha3-256", BC_ALG_SHA3_256 },
	{ "sha3-384", BC_ALG_SHA3_384 }, { "sha3-512", BC_ALG_SHA3_512 },
};

const struct bc_algorithm *bc_algorithm_by_id(uint16_t id)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].id == id)
			return &algorithms[i];
	return NULL;
}

const struct bc_algorithm *bc_algorithm_by_name(const char *name, size_t size)
{
	size_t i;

	if (!size)
		size = strlen(name);
	for (i = 0; i < BC_ARRAY_SIZE(algorithms); i++)
		if (strlen(algorithms[i].name) == size && !strncasecmp(algorithms[i].name, name, size))
			return &algorithms[i];
	for (i = 0; i < BC_ARRAY_SIZE(aliases); i++)
		if (strlen(aliases[i].name) == size && !strncasecmp(aliases[i].name, name, size))
			return bc_algorithm_by_id(aliases[i].id);
	return NULL;
}

const struct bc_algorithm *bc_algorithm_at(size_t index)
{
	return index < BC_ARRAY_SIZE(algorithms) ? &algorithms[index] : NULL;
}

const char *bc_algorithm_label(uint16_t id, char *ret_text)
{
	const struct bc_algorithm *algorithm = bc_algorithm_by_id(id);

	if (algorithm)
		snprintf(ret_text, 16, "%s", algorithm->name);
	else
		snprintf(ret_text, 16, "alg 0x%04x", id);
	return ret_text;
}

bool bc_hash_available(uint16_t id)
{
	return bc_algorithm_by_id(id) && bc_hash_backend.available(id);
}

const char *bc_crypto_backend(void)
{
	return bc_hash_backend.name;
}

int bc_hash_new(uint16_t id, struct bc_hash **ret_hash, struct bc_error *reterr)
{
	struct bc_hash *hash;
	char label[16];

	if (!bc_hash_available(id))
		return bc_error_set(reterr, BC_E_UNSUPPORTED, "this build (%s) cannot hash with %s", bc_hash_backend.name,
				    bc_algorithm_label(id, label));
	hash = calloc(1, sizeof(*hash));
	if (!hash)
		return bc_error_nomem(reterr);
	hash->algorithm = bc_algorithm_by_id(id);
	hash->context = bc_hash_backend.make(id);
	if (!hash->context) {
		free(hash);
		return bc_error_nomem(reterr);
	}
	hash->calls = *bc_hash_backend.calls(hash->context);
	*ret_hash = hash;
	return 0;
}

void bc_hash_free(struct bc_hash *hash)
{
	if (!hash)
		return;
	bc_hash_backend.destroy(hash->context);
	free(hash);
}

size_t bc_hash_size(const struct bc_hash *hash)
{
	return hash->algorithm->size;
}

int bc_hash_failed(const struct bc_hash *hash, struct bc_error *reterr)
{
	return bc_error_set(reterr, BC_E_BUG, "%s failed to hash with %s", bc_hash_backend.name, hash->algorithm->name);
}

static int backend_result(bool ok, const struct bc_hash *hash, struct bc_error *reterr)
{
	return ok ? 0 : bc_hash_failed(hash, reterr);
}

int bc_hash_start(struct bc_hash *hash, struct bc_error *reterr)
{
	return backend_result(bc_hash_backend.start(hash->context), hash, reterr);
}

int bc_hash_update(struct bc_hash *hash, const void *data, size_t size, struct bc_error *reterr)
{
	return backend_result(!size || bc_hash_backend.update(hash->context, data, size), hash, reterr);
}

int bc_hash_finish(struct bc_hash *hash, uint8_t *ret_digest, struct bc_error *reterr)
{
	return backend_result(bc_hash_backend.finish(hash->context, ret_digest), hash, reterr);
}

int bc_digest(uint16_t id, const void *data, size_t size, uint8_t *ret_digest, struct bc_error *reterr)
{
	struct bc_hash *hash = NULL;
	int r;

	r = bc_hash_new(id, &hash, reterr);
	if (r < 0)
		return r;
	r = bc_hash_whole(hash, data, size, ret_digest, reterr);
	bc_hash_free(hash);
	return r;
}
