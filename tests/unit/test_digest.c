// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"
#include "vectors.h"
#include "internal.h"

/* FIPS 180 "abc"; SM3 (GB/T 32905) and SHA-3 (FIPS 202) where the backend has them. */
static const struct { const char *name; const char *abc; } known[] = {
	{ "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ "sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ "sm3_256", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
	{ "sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
};

static void digest_gives_the_published_values(void **state)
{
	const struct bc_algorithm *algorithm;
	uint8_t digest[BC_DIGEST_MAX + 1];
	char hex[2 * BC_DIGEST_MAX + 1];
	size_t i, hashed = 0;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		algorithm = bc_algorithm_by_name(known[i].name, 0);
		assert_non_null(algorithm);
		if (!bc_hash_available(algorithm->id))
			continue;
		memset(digest, 0xa5, sizeof(digest));
		assert_int_equal(bc_digest(algorithm->id, "abc", 3, digest, NULL), 0);
		assert_int_equal(digest[algorithm->size], 0xa5);
		bc_hex(digest, algorithm->size, hex);
		assert_string_equal(hex, known[i].abc);
		hashed++;
	}
	assert_int_equal(hashed, strcmp(bc_crypto_backend(), "libcrypto") ? 4 : 6);
}

static void digest_gives_those_of_the_vectors(void **state)
{
	uint8_t kernel[4096], digest[BC_DIGEST_MAX], *wanted;
	unsigned int i;
	size_t size;

	(void)state;
	for (i = 0; i < sizeof(kernel); i++)
		kernel[i] = (uint8_t)(7 * i + 3);	/* object kernel pattern 7 3 4096 */
	for (i = 0; i < 4; i++) {
		wanted = vector_digest("kernel", i, &size);
		assert_int_equal(size, bc_algorithm_by_id(vector_algs[i])->size);
		assert_int_equal(bc_digest(vector_algs[i], kernel, sizeof(kernel), digest, NULL), 0);
		assert_memory_equal(digest, wanted, size);
		free(wanted);
	}
}

/* Short texts and extends are padded here, not by the backend: each length, and each bank, against the slow way. */
static void digest_at_once_is_what_the_slow_way_gives(void **state)
{
	uint8_t text[600], fast[BC_DIGEST_MAX + 1], slow[BC_DIGEST_MAX];
	const struct bc_algorithm *row;
	struct bc_hash *hash;
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 31 + 7);
	for (i = 0; (row = bc_algorithm_at(i)); i++) {
		if (!bc_hash_available(row->id))
			continue;
		assert_int_equal(bc_hash_new(row->id, &hash, NULL), 0);
		for (size = 0; size <= sizeof(text); size++) {
			assert_int_equal(bc_hash_start(hash, NULL), 0);
			assert_int_equal(bc_hash_update(hash, text, size, NULL), 0);
			assert_int_equal(bc_hash_finish(hash, slow, NULL), 0);
			fast[row->size] = 0xa5;
			assert_int_equal(bc_hash_whole(hash, text, size, fast, NULL), 0);
			assert_memory_equal(fast, slow, row->size);
			assert_int_equal(fast[row->size], 0xa5);
		}
		/* One extend behind the other, whose padding is written once only. */
		memset(fast, 0, row->size);
		for (size = 0; size + row->size <= sizeof(text); size += row->size) {
			assert_int_equal(bc_hash_start(hash, NULL), 0);
			assert_int_equal(bc_hash_update(hash, fast, row->size, NULL), 0);
			assert_int_equal(bc_hash_update(hash, text + size, row->size, NULL), 0);
			assert_int_equal(bc_hash_finish(hash, slow, NULL), 0);
			assert_int_equal(bc_hash_extend(hash, fast, text + size, NULL), 0);
			assert_memory_equal(fast, slow, row->size);
			assert_int_equal(fast[row->size], 0xa5);
		}
		bc_hash_free(hash);
	}
}

static void digest_context_is_used_again_and_does_not_mix(void **state)
{
	uint8_t one[32], two[32], whole[BC_DIGEST_MAX];
	struct bc_hash *hash = NULL;

	(void)state;
	assert_int_equal(bc_hash_new(ALG_SHA256, &hash, NULL), 0);
	assert_int_equal(bc_hash_size(hash), 32);
	assert_int_equal(bc_hash_start(hash, NULL), 0);
	assert_int_equal(bc_hash_update(hash, "left over", 9, NULL), 0);
	assert_int_equal(bc_hash_start(hash, NULL), 0);		/* without finish: forgotten */
	assert_int_equal(bc_hash_update(hash, "ab", 2, NULL), 0);
	assert_int_equal(bc_hash_update(hash, NULL, 0, NULL), 0);
	assert_int_equal(bc_hash_update(hash, "c", 1, NULL), 0);
	assert_int_equal(bc_hash_finish(hash, one, NULL), 0);
	assert_int_equal(bc_hash_start(hash, NULL), 0);
	assert_int_equal(bc_hash_finish(hash, two, NULL), 0);
	bc_hash_free(hash);
	bc_hash_free(NULL);
	assert_int_equal(bc_digest(ALG_SHA256, "abc", 3, whole, NULL), 0);
	assert_memory_equal(one, whole, 32);
	assert_int_equal(bc_digest(ALG_SHA256, NULL, 0, whole, NULL), 0);
	assert_memory_equal(two, whole, 32);
}

static void digest_refuses_an_algorithm_that_it_lacks(void **state)
{
	struct bc_hash *hash = NULL;
	struct bc_error err;

	(void)state;
	assert_false(bc_hash_available(ALG_UNKNOWN));
	assert_int_equal(bc_hash_new(ALG_UNKNOWN, &hash, &err), BC_E_UNSUPPORTED);
	assert_null(hash);
	assert_non_null(strstr(err.message, "alg 0x7777"));
}

static void algorithm_names_are_found_in_their_spellings(void **state)
{
	char label[16];

	(void)state;
	assert_int_equal(bc_algorithm_by_name("SHA256", 0)->id, ALG_SHA256);
	assert_int_equal(bc_algorithm_by_name("sha-256", 0)->id, ALG_SHA256);
	assert_int_equal(bc_algorithm_by_name("sha1,sha256", 4)->id, ALG_SHA1);
	assert_int_equal(bc_algorithm_by_name("sm3", 0)->id, ALG_SM3);
	assert_null(bc_algorithm_by_name("sha2", 0));
	assert_null(bc_algorithm_by_name("", 0));
	assert_null(bc_algorithm_by_id(0));
	assert_string_equal(bc_algorithm_label(0x99, label), "alg 0x0099");
	assert_null(bc_algorithm_at(100));
	assert_non_null(bc_algorithm_at(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_gives_the_published_values),
		cmocka_unit_test(digest_gives_those_of_the_vectors),
		cmocka_unit_test(digest_at_once_is_what_the_slow_way_gives),
		cmocka_unit_test(digest_context_is_used_again_and_does_not_mix),
		cmocka_unit_test(digest_refuses_an_algorithm_that_it_lacks),
		cmocka_unit_test(algorithm_names_are_found_in_their_spellings),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
