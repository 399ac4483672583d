// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

#define QUOTES "tests/data/quote/"
#define MAGIC "\xff\x54\x43\x47"

static void put_be(struct bytes *to, uint64_t value, size_t size)
{
	uint8_t byte;

	while (size--) {
		byte = (uint8_t)(value >> (8 * size));
		put(to, &byte, 1);
	}
}

/* Up to the selections: a signer of two bytes, this nonce, clock 7, 1 reset, 2 restarts, safe, firmware 3. */
static void put_head(struct bytes *to, const char *nonce)
{
	put(to, MAGIC, 4);
	put_be(to, 0x8018, 2);
	put_be(to, 2, 2);
	put(to, "\0\x0b", 2);
	put_be(to, strlen(nonce), 2);
	put(to, nonce, strlen(nonce));
	put_be(to, 7, 8);
	put_be(to, 1, 4);
	put_be(to, 2, 4);
	put_be(to, 1, 1);
	put_be(to, 3, 8);
}

static void put_selection(struct bytes *to, uint16_t alg, uint32_t pcrs)
{
	put_be(to, alg, 2);
	put_be(to, 3, 1);
	put_le(to, pcrs, 3);
}

static void put_digest(struct bytes *to, const void *data, size_t size)
{
	uint8_t digest[BC_DIGEST_MAX];

	assert_int_equal(bc_digest(ALG_SHA256, data, size, digest, NULL), 0);
	put_be(to, 32, 2);
	put(to, digest, 32);
}

static void quoted_pcrs(struct bc_pcrs *pcrs)
{
	const uint8_t zero[BC_DIGEST_MAX] = { 0 };
	size_t i;

	read_golden_pcrs(pcrs);
	for (i = 0; i < pcrs->count; i++) {
		assert_int_equal(bc_pcrs_set(pcrs, pcrs->bank[i].alg, 8, zero, pcrs->bank[i].size, NULL), 0);
		assert_int_equal(bc_pcrs_set(pcrs, pcrs->bank[i].alg, 9, zero, pcrs->bank[i].size, NULL), 0);
	}
}

static void read_quote(const char *path, struct bc_quote *ret_quote)
{
	uint8_t *data;
	size_t size;

	data = read_fixture(path, &size);
	assert_int_equal(bc_quote_parse(data, size, ret_quote, NULL), 0);
	bc_free(data);
}

static void quote_of_tpm2_tools_has_the_nonce_the_selection_and_the_pcrs(void **state)
{
	uint8_t nonce[16];
	struct bc_quote quote;
	struct bc_pcrs pcrs;
	bool matches = false;

	(void)state;
	quoted_pcrs(&pcrs);
	read_quote(QUOTES "p256.msg", &quote);
	assert_true(quote.is_quote);
	assert_int_equal(bc_unhex("00112233445566778899aabbccddeeff", 32, nonce, 16, NULL), 0);
	assert_int_equal(quote.nonce_size, 16);
	assert_memory_equal(quote.nonce, nonce, 16);
	assert_int_equal(bc_quote_pcrs(&quote, ALG_SHA256), 0x7ff);
	assert_int_equal(bc_quote_pcrs(&quote, ALG_SHA1), 0);
	assert_int_equal(quote.signed_offset, 0);
	assert_int_equal(quote.signed_size, 129);
	assert_int_equal(quote.signer_size, 34);
	assert_true(quote.safe);
	assert_int_equal(bc_quote_matches(&quote, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_true(matches);
	bc_pcrs_bank(&pcrs, ALG_SHA256)->value[4][31] ^= 1;
	assert_int_equal(bc_quote_matches(&quote, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_false(matches);
	bc_pcrs_bank(&pcrs, ALG_SHA256)->value[4][31] ^= 1;
	bc_pcrs_bank(&pcrs, ALG_SHA256)->present &= ~(1u << 9);
	assert_int_equal(bc_quote_matches(&quote, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_false(matches);
}

static void quote_of_two_banks_hashes_them_in_the_order_signed(void **state)
{
	struct bc_quote quote, turned;
	struct bc_pcrs pcrs;
	bool matches = false;

	(void)state;
	quoted_pcrs(&pcrs);
	read_quote(QUOTES "two-banks.msg", &quote);
	assert_int_equal(bc_quote_pcrs(&quote, ALG_SHA384), 0x4ff);
	assert_int_equal(bc_quote_pcrs(&quote, ALG_SHA1), 0x401);
	assert_int_equal(bc_quote_matches(&quote, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_true(matches);
	turned = quote;
	turned.selection[0] = quote.selection[1];
	turned.selection[1] = quote.selection[0];
	assert_int_equal(bc_quote_matches(&turned, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_false(matches);
}

static void quote_with_a_bank_twice_selects_the_union_and_hashes_both(void **state)
{
	struct bytes *message = calloc(1, sizeof(*message));
	uint8_t values[3 * 32];
	struct bc_quote quote;
	struct bc_pcrs pcrs;
	bool matches = false;

	(void)state;
	quoted_pcrs(&pcrs);
	memcpy(values, bc_pcrs_bank(&pcrs, ALG_SHA256)->value[4], 32);
	memcpy(values + 32, bc_pcrs_bank(&pcrs, ALG_SHA256)->value[10], 32);
	memcpy(values + 64, bc_pcrs_bank(&pcrs, ALG_SHA256)->value[0], 32);
	put_head(message, "abc");
	put_be(message, 2, 4);
	put_selection(message, ALG_SHA256, 1u << 10 | 1u << 4);
	put_selection(message, ALG_SHA256, 1u << 0);
	put_digest(message, values, sizeof(values));
	assert_int_equal(bc_quote_parse(message->data, message->size, &quote, NULL), 0);
	assert_int_equal(bc_quote_pcrs(&quote, ALG_SHA256), 1u << 10 | 1u << 4 | 1u << 0);
	assert_int_equal(bc_quote_matches(&quote, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_true(matches);
	assert_int_equal(quote.clock, 7);
	assert_int_equal(quote.resets, 1);
	assert_int_equal(quote.restarts, 2);
	assert_int_equal(quote.firmware_version, 3);
	free(message);
}

static void quote_in_a_tpm2b_is_the_same_and_the_size_is_not_signed(void **state)
{
	struct bytes *message = calloc(1, sizeof(*message));
	struct bc_quote quote;
	uint8_t *data;
	size_t size;

	(void)state;
	data = read_fixture(QUOTES "p256.msg", &size);
	put_be(message, size, 2);
	put(message, data, size);
	assert_int_equal(bc_quote_parse(message->data, message->size, &quote, NULL), 0);
	assert_true(quote.is_quote);
	assert_int_equal(quote.signed_offset, 2);
	assert_int_equal(quote.signed_size, size);
	message->data[1]++;	/* no longer the size of what follows: neither form */
	assert_int_equal(bc_quote_parse(message->data, message->size, &quote, NULL), 0);
	assert_false(quote.is_quote);
	bc_free(data);
	free(message);
}

static void quote_knows_what_is_no_quote(void **state)
{
	struct bc_quote quote;
	uint8_t *data;
	size_t size;
	bool matches = true;
	struct bc_pcrs pcrs;

	(void)state;
	quoted_pcrs(&pcrs);
	read_quote(QUOTES "certify.msg", &quote);
	assert_false(quote.is_quote);
	assert_int_equal(quote.magic, 0xff544347);
	assert_int_equal(quote.type, 0x8017);
	data = read_fixture(QUOTES "p256.msg", &size);
	data[3] ^= 1;
	assert_int_equal(bc_quote_parse(data, size, &quote, NULL), 0);
	assert_false(quote.is_quote);
	assert_int_equal(quote.magic, 0xff544346);
	assert_int_equal(bc_quote_matches(&quote, ALG_SHA256, &pcrs, &matches, NULL), 0);
	assert_false(matches);
	bc_free(data);
}

static void quote_cut_anywhere_or_longer_is_refused_with_its_offset(void **state)
{
	struct bc_quote quote;
	struct bc_error err;
	uint8_t *data, *copy;
	size_t size, i;

	(void)state;
	data = read_fixture(QUOTES "p256.msg", &size);
	for (i = 0; i < size; i++) {
		copy = malloc(i + 1);	/* exact, for ASan */
		memcpy(copy, data, i);
		copy = realloc(copy, i ? i : 1);
		assert_int_equal(bc_quote_parse(copy, i, &quote, &err), BC_E_INPUT);
		assert_non_null(err.field);
		assert_true(err.offset >= 0 && err.offset <= (int64_t)i);
		assert_true(err.expected[0] && err.found[0]);
		free(copy);
	}
	copy = malloc(size + 1);
	memcpy(copy, data, size);
	copy[size] = 0;
	assert_int_equal(bc_quote_parse(copy, size + 1, &quote, &err), BC_E_INPUT);
	assert_int_equal(err.offset, size);
	free(copy);
	bc_free(data);
}

/* Offset of a field behind put_head(message, "abc"): 4 + 2 + 4 + 5 + 17 + 8. */
#define COUNT_AT 40
static void quote_refuses(const struct bytes *good, size_t at, uint8_t value, const char *field)
{
	struct bytes *bad = malloc(sizeof(*bad));
	struct bc_quote quote;
	struct bc_error err;

	*bad = *good;
	bad->data[at] = value;
	assert_int_equal(bc_quote_parse(bad->data, bad->size, &quote, &err), BC_E_INPUT);
	assert_string_equal(err.field, field);
	free(bad);
}

static void quote_with_a_field_out_of_range_is_refused_by_name(void **state)
{
	struct bytes *message = calloc(1, sizeof(*message));
	struct bc_quote quote;

	(void)state;
	put_head(message, "abc");
	put_be(message, 1, 4);
	put_be(message, ALG_SHA256, 2);
	put_be(message, 4, 1);
	put_le(message, 0xffffff, 4);	/* four bytes, the last empty: fine */
	put_digest(message, "", 0);
	assert_int_equal(bc_quote_parse(message->data, message->size, &quote, NULL), 0);
	assert_int_equal(bc_quote_pcrs(&quote, ALG_SHA256), 0xffffff);
	quote_refuses(message, COUNT_AT + 3, 17, "pcrSelect.count");
	quote_refuses(message, COUNT_AT, 0xff, "pcrSelect.count");
	quote_refuses(message, COUNT_AT + 6, 5, "sizeofSelect");
	quote_refuses(message, COUNT_AT + 10, 1, "pcrSelect");
	quote_refuses(message, COUNT_AT + 12, 65, "pcrDigest");
	quote_refuses(message, 6, 1, "qualifiedSigner");
	quote_refuses(message, 11, 67, "extraData");
	quote_refuses(message, 31, 2, "clockInfo.safe");
	free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quote_of_tpm2_tools_has_the_nonce_the_selection_and_the_pcrs),
		cmocka_unit_test(quote_of_two_banks_hashes_them_in_the_order_signed),
		cmocka_unit_test(quote_with_a_bank_twice_selects_the_union_and_hashes_both),
		cmocka_unit_test(quote_in_a_tpm2b_is_the_same_and_the_size_is_not_signed),
		cmocka_unit_test(quote_knows_what_is_no_quote),
		cmocka_unit_test(quote_cut_anywhere_or_longer_is_refused_with_its_offset),
		cmocka_unit_test(quote_with_a_field_out_of_range_is_refused_by_name),
	};

	return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
