// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hashing with OpenSSL's libcrypto 3: the backend of hosts, with SM3 and SHA-3. The SHA family goes by its own functions: a log is hundreds of
 * thousands of short texts, for which EVP takes twice the time, and they need no memory. What they cannot, EVP does.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "internal.h"

/* A direct form of one hash, whose words have word bytes; init, update, final return 1 for success. */
struct direct {
	uint16_t alg;
	size_t word;
	int (*init)(void *state);
	int (*update)(void *state, const void *data, size_t size);
	int (*final)(uint8_t *ret_digest, void *state);
	struct bc_hash_calls calls;
};

/* A block, and the length of the text: always written whole, as a memset() of a known size is fast. */
#define PADDING_WORDS (16 + 2)
/* The longest text that is padded here, and room for it with its padding. */
#define SHORT_MAX 256
#define SHORT_ROOM (SHORT_MAX + PADDING_WORDS * 8)

struct context {
	const struct direct *direct;	/* NULL: EVP */
	union state { SHA_CTX sha1; SHA256_CTX sha256; SHA512_CTX sha512; } state, initial;
	uint8_t extend[SHORT_ROOM];	/* a PCR and what is extended; the padding behind them stays */
	EVP_MD *md;
	EVP_MD_CTX *evp;
};

/* Size of a text with its padding (FIPS 180-4, 5.1); a block has 16 words. */
static inline size_t padded_size(size_t size, size_t word)
{
	const size_t block = 16 * word;

	return (size + 2 * word + block) / block * block;
}

/* The padding behind a text, so that whole blocks are hashed without a buffer of their own. */
static inline void put_padding(uint8_t *text, size_t size, size_t word)
{
	const size_t padded = padded_size(size, word);

	memset(text + size, 0, PADDING_WORDS * word);
	text[size] = 0x80;
	text[padded - 2] = (uint8_t)(size >> 5);	/* in bits, big-endian */
	text[padded - 1] = (uint8_t)(size << 3);
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

/* Hashing whole blocks needs of the state what stands in front of its buffer. */
#define DEFINE_DIRECT(name, type, prefix, buffer, word_bytes, digest_bytes)			\
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
	static inline bool name##_blocks(const void *initial, const uint8_t *text, size_t size,	\
					 uint8_t *ret_digest)					\
	{											\
		type state;									\
												\
		memcpy(&state, initial, offsetof(type, buffer));				\
		state.num = 0;									\
		if (!prefix##_Update(&state, text, size))					\
			return false;								\
		get_words(&state, word_bytes, digest_bytes, ret_digest);			\
		return true;									\
	}											\
	static bool name##_whole(void *opaque, const void *data, size_t size, uint8_t *ret_digest)	\
	{											\
		struct context *context = opaque;						\
		uint8_t text[SHORT_ROOM];							\
												\
		if (!size || size > SHORT_MAX)							\
			return start(context) && update(context, data, size) && finish(context, ret_digest);	\
		memcpy(text, data, size);							\
		put_padding(text, size, word_bytes);						\
		return name##_blocks(&context->initial, text, padded_size(size, word_bytes), ret_digest);	\
	}											\
	static bool name##_extend(void *opaque, uint8_t *value, const uint8_t *digest, size_t size)	\
	{											\
		struct context *context = opaque;						\
												\
		(void)size;									\
		memcpy(context->extend, value, digest_bytes);					\
		memcpy(context->extend + (digest_bytes), digest, digest_bytes);			\
		return name##_blocks(&context->initial, context->extend, padded_size(2 * (digest_bytes), word_bytes), value);	\
	}

#define DIRECT_ROW(id, name, word_bytes)							\
	{ id, word_bytes, name##_init, name##_update, name##_final, { name##_whole, name##_extend } }

DEFINE_DIRECT(sha1, SHA_CTX, SHA1, data, 4, 20)
DEFINE_DIRECT(sha256, SHA256_CTX, SHA256, data, 4, 32)
DEFINE_DIRECT(sha384, SHA512_CTX, SHA384, u, 8, 48)
DEFINE_DIRECT(sha512, SHA512_CTX, SHA512, u, 8, 64)

static const struct direct directs[] = {
	DIRECT_ROW(BC_ALG_SHA1, sha1, 4),
	DIRECT_ROW(BC_ALG_SHA256, sha256, 4),
	DIRECT_ROW(BC_ALG_SHA384, sha384, 8),
	DIRECT_ROW(BC_ALG_SHA512, sha512, 8),
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
	if (context->direct && context->direct->init(&context->initial) == 1) {
		put_padding(context->extend, 2 * bc_algorithm_by_id(alg)->size, context->direct->word);
		return context;
	}
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

static bool whole_evp(void *context, const void *data, size_t size, uint8_t *ret_digest)
{
	return start(context) && update(context, data, size) && finish(context, ret_digest);
}

static bool extend_evp(void *context, uint8_t *value, const uint8_t *digest, size_t size)
{
	return start(context) && update(context, value, size) && update(context, digest, size) && finish(context, value);
}

static const struct bc_hash_calls *calls(const void *opaque)
{
	static const struct bc_hash_calls evp = { whole_evp, extend_evp };
	const struct context *context = opaque;

	return context->direct ? &context->direct->calls : &evp;
}

const struct bc_hash_backend bc_hash_backend = { "libcrypto", available, make, destroy, start, update, finish, calls };
