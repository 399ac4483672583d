// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hashing with OpenSSL's libcrypto 3: the backend of hosts, with SM3 and SHA-3. The SHA family goes by its own functions: a log is hundreds of
 * thousands of short texts, for which EVP takes twice the time, and they need no memory. What they cannot, EVP does.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "internal.h"

static bc_hash_pair_function pair_evp;

/* A direct form of one hash: init, update, final return 1 for success. */
struct direct {
	uint16_t alg;
	int (*init)(void *state);
	int (*update)(void *state, const void *data, size_t size);
	int (*final)(uint8_t *ret_digest, void *state);
	bc_hash_pair_function *pair;
};

struct context {
	const struct direct *direct;	/* NULL: EVP */
	union state { SHA_CTX sha1; SHA256_CTX sha256; SHA512_CTX sha512; } state, initial;
	EVP_MD *md;
	EVP_MD_CTX *evp;
};

/* Nearly all texts of a log, and all extends of a PCR. */
#define SHORT_MAX 256
/* A block and the length of the text: always written whole, as a memset() of a known size is a few instructions. */
#define PADDING_MAX (128 + 2 * 8)

/*
 * A short text with its padding (FIPS 180-4, 5.1), so that whole blocks are hashed without a buffer of their own; word is 4 or 8, a block has 16
 * words. Result: size, or 0 when the text is not short.
 */
static inline size_t put_short(uint8_t *ret_text, size_t word, const void *first, size_t first_size, const void *second, size_t second_size)
{
	const size_t block = 16 * word, size = first_size + second_size, padded = (size + 2 * word + block) / block * block;

	if (first_size > SHORT_MAX || second_size > SHORT_MAX || padded > SHORT_MAX)
		return 0;
	if (first_size)
		memcpy(ret_text, first, first_size);
	if (second_size)
		memcpy(ret_text + first_size, second, second_size);
	memset(ret_text + size, 0, block + 2 * word);
	ret_text[size] = 0x80;
	ret_text[padded - 2] = (uint8_t)(size >> 5);	/* in bits, big-endian */
	ret_text[padded - 1] = (uint8_t)(size << 3);
	return padded;
}

/* The state's words, which stand at its start, as a digest. */
static inline void get_words(const void *state, size_t word, size_t size, uint8_t *ret_digest)
{
	const uint8_t *from = state;
	uint32_t half;
	uint64_t whole;
	size_t i;

	for (i = 0; i < size; i += word) {
		if (word == sizeof(half)) {
			memcpy(&half, from + i, word);
			half = htobe32(half);
			memcpy(ret_digest + i, &half, word);
		} else {
			memcpy(&whole, from + i, word);
			whole = htobe64(whole);
			memcpy(ret_digest + i, &whole, word);
		}
	}
}

#define DEFINE_DIRECT(name, type, prefix, word_bytes, digest_bytes)				\
	static int name##_init(void *state)							\
	{											\
		return prefix##_Init((type *)state);						\
	}											\
	static int name##_update(void *state, const void *data, size_t size)			\
	{											\
		return prefix##_Update((type *)state, data, size);				\
	}											\
	static int name##_final(uint8_t *ret_digest, void *state)				\
	{											\
		return prefix##_Final(ret_digest, (type *)state);				\
	}											\
	static bool name##_pair(void *opaque, const void *first, size_t first_size,		\
				const void *second, size_t second_size, uint8_t *ret_digest)	\
	{											\
		const bool extends = first_size == (digest_bytes) && second_size == (digest_bytes);	\
		uint8_t text[SHORT_MAX + PADDING_MAX];						\
		const size_t padded = extends ?							\
			put_short(text, word_bytes, first, digest_bytes, second, digest_bytes) :	\
			put_short(text, word_bytes, first, first_size, second, second_size);	\
		const struct context *context = opaque;						\
		type state;									\
												\
		memcpy(&state, &context->initial, sizeof(state));				\
		if (padded) {									\
			if (!prefix##_Update(&state, text, padded))				\
				return false;							\
			get_words(&state, word_bytes, digest_bytes, ret_digest);		\
			return true;								\
		}										\
		return prefix##_Update(&state, first, first_size) &&				\
		       (!second_size || prefix##_Update(&state, second, second_size)) &&	\
		       prefix##_Final(ret_digest, &state);					\
	}

DEFINE_DIRECT(sha1, SHA_CTX, SHA1, 4, 20)
DEFINE_DIRECT(sha256, SHA256_CTX, SHA256, 4, 32)
DEFINE_DIRECT(sha384, SHA512_CTX, SHA384, 8, 48)
DEFINE_DIRECT(sha512, SHA512_CTX, SHA512, 8, 64)

static const struct direct directs[] = {
	{ BC_ALG_SHA1, sha1_init, sha1_update, sha1_final, sha1_pair },
	{ BC_ALG_SHA256, sha256_init, sha256_update, sha256_final, sha256_pair },
	{ BC_ALG_SHA384, sha384_init, sha384_update, sha384_final, sha384_pair },
	{ BC_ALG_SHA512, sha512_init, sha512_update, sha512_final, sha512_pair },
};

static const struct { uint16_t alg; const char *name; } names[] = {
	{ BC_ALG_SM3_256, "SM3" },
	{ BC_ALG_SHA3_256, "SHA3-256" },
	{ BC_ALG_SHA3_384, "SHA3-384" },
	{ BC_ALG_SHA3_512, "SHA3-512" },
};

static const struct direct *find_direct(uint16_t alg)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(directs); i++)
		if (directs[i].alg == alg)
			return &directs[i];
	return NULL;
}

/* A reference that the caller frees; NULL when the table or the providers that are loaded lack it. */
static EVP_MD *fetch(uint16_t alg)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(names); i++)
		if (names[i].alg == alg)
			return EVP_MD_fetch(NULL, names[i].name, NULL);
	return NULL;
}

/* Want of memory must not pass for want of the algorithm, which libcrypto has to say: then make() fails, and names the memory. */
static bool available(uint16_t alg)
{
	bool nomem = false, lacks = false;
	unsigned long code;
	EVP_MD *md;

	if (find_direct(alg))
		return true;
	ERR_clear_error();
	md = fetch(alg);
	if (md) {
		EVP_MD_free(md);
		return true;
	}
	while ((code = ERR_get_error())) {
		nomem = nomem || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
		lacks = lacks || ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
	}
	return nomem || !lacks;
}

static void destroy(void *opaque)
{
	struct context *context = opaque;

	EVP_MD_CTX_free(context->evp);
	EVP_MD_free(context->md);
	free(context);
}

static void *make(uint16_t alg)
{
	struct context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	context->direct = find_direct(alg);
	if (context->direct && context->direct->init(&context->initial) == 1)
		return context;
	context->direct = NULL;
	context->md = fetch(alg);
	context->evp = EVP_MD_CTX_new();
	/* The first start takes the memory that all later ones need. */
	if (!context->md || !context->evp || EVP_DigestInit_ex(context->evp, context->md, NULL) != 1) {
		destroy(context);
		return NULL;
	}
	return context;
}

static bool start(void *opaque)
{
	struct context *context = opaque;

	return (context->direct ? context->direct->init(&context->state) : EVP_DigestInit_ex(context->evp, context->md, NULL)) == 1;
}

static bool update(void *opaque, const void *data, size_t size)
{
	struct context *context = opaque;

	return (context->direct ? context->direct->update(&context->state, data, size) : EVP_DigestUpdate(context->evp, data, size)) == 1;
}

static bool finish(void *opaque, uint8_t *ret_digest)
{
	struct context *context = opaque;

	return (context->direct ? context->direct->final(ret_digest, &context->state) : EVP_DigestFinal_ex(context->evp, ret_digest, NULL)) == 1;
}

static bool pair_evp(void *context, const void *first, size_t first_size, const void *second, size_t second_size, uint8_t *ret_digest)
{
	return start(context) && update(context, first, first_size) && update(context, second, second_size) && finish(context, ret_digest);
}

static bc_hash_pair_function *pair(const void *opaque)
{
	const struct context *context = opaque;

	return context->direct ? context->direct->pair : pair_evp;
}

const struct bc_hash_backend bc_hash_backend = { "libcrypto", available, make, destroy, start, update, finish, pair };
