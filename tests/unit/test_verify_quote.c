// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

#define QUOTES "tests/data/quote/"

static const uint8_t nonce[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

/* The golden boot, and a quote of it. */
struct attested {
	uint8_t *log, *ima, *message, *signature, *ak;
	size_t log_size, ima_size;
	struct bc_quote_input quote;
};

static int setup(void **state)
{
	struct attested *a = calloc(1, sizeof(*a));

	a->log = read_fixture(GOLDEN_LOG, &a->log_size);
	a->ima = read_fixture(GOLDEN_IMA, &a->ima_size);
	a->quote.message.data = a->message = read_fixture(QUOTES "p256.msg", &a->quote.message.size);
	a->quote.signature.data = a->signature = read_fixture(QUOTES "p256.sig", &a->quote.signature.size);
	a->quote.ak.data = a->ak = read_fixture(QUOTES "p256.pub", &a->quote.ak.size);
	a->quote.message.name = "quote.msg";
	a->quote.signature.name = "quote.sig";
	a->quote.ak.name = "ak.pub";
	a->quote.nonce = nonce;
	a->quote.nonce_size = sizeof(nonce);
	a->quote.accept_violations = true;	/* the small list has one */
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct attested *a = *state;

	bc_free(a->log);
	bc_free(a->ima);
	bc_free(a->message);
	bc_free(a->signature);
	bc_free(a->ak);
	free(a);
	return 0;
}

/* ima_size: entries of the list up to here; log: with the firmware log. */
static int judge(const struct attested *a, bool log, size_t ima_size, const struct bc_pcrs *pcrs, struct bc_verdict **ret_verdict,
		 struct bc_error *err)
{
	struct bc_stream *log_stream = open_bytes(a->log, a->log_size, "firmware.log"), *ima = open_bytes(a->ima, ima_size, "ima.log");
	struct bc_verify_input input = { .firmware_log = log ? log_stream : NULL, .ima_log = &ima, .ima_log_count = 1, .pcrs = pcrs,
					 .quote = &a->quote };
	int r = bc_verify(&input, ret_verdict, err);

	bc_stream_free(log_stream);
	bc_stream_free(ima);
	return r;
}

static struct bc_verdict *must_judge(const struct attested *a, const struct bc_pcrs *pcrs)
{
	struct bc_verdict *verdict = NULL;

	assert_int_equal(judge(a, true, a->ima_size, pcrs, &verdict, NULL), 0);
	return verdict;
}

static void verify_quote_finds_the_values_by_itself(void **state)
{
	const struct attested *a = *state;
	struct bc_verdict *verdict = must_judge(a, NULL);
	size_t i;

	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_true(verdict->quote_signed && verdict->quote_fresh && verdict->ak_checked);
	assert_int_equal(verdict->row_count, 11);
	for (i = 0; i < 11; i++)
		assert_int_equal(verdict->row[i].status, i == 8 || i == 9 ? BC_PCR_INITIAL : BC_PCR_EXPLAINED);
	assert_int_equal(verdict->ima_covered, 14);
	bc_verdict_free(verdict);
}

static void verify_quote_with_another_nonce_type_or_key_is_a_mismatch_by_code(void **state)
{
	struct attested *a = *state;
	struct bc_verdict *verdict;

	a->quote.nonce_size--;
	verdict = must_judge(a, NULL);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_int_equal(count_code(verdict->findings, BC_QUOTE_NONCE), 1);
	assert_true(verdict->quote_signed && !verdict->quote_fresh);
	bc_verdict_free(verdict);
	a->quote.nonce_size++;

	a->message[5] ^= 1;	/* type 8019 */
	verdict = must_judge(a, NULL);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_string_equal(find_code(verdict->findings, BC_QUOTE_TYPE)->found, "magic ff544347, type 8019");
	assert_int_equal(count_code(verdict->findings, BC_QUOTE_SIGNATURE), 1);
	assert_false(verdict->quote_signed || verdict->quote_fresh);
	assert_int_equal(verdict->row_count, 0);
	bc_verdict_free(verdict);
}

static void verify_quote_names_the_input_that_cannot_be_read(void **state)
{
	struct attested *a = *state;
	struct bc_bytes *const inputs[] = { &a->quote.message, &a->quote.signature, &a->quote.ak };
	struct bc_verdict *verdict;
	size_t i;

	for (i = 0; i < 3; i++) {
		inputs[i]->size--;
		verdict = must_judge(a, NULL);
		assert_int_equal(verdict->kind, BC_NOT_JUDGED);
		assert_string_equal(verdict->error.source, inputs[i]->name);
		assert_true(verdict->error.field && verdict->error.expected[0] && verdict->error.found[0]);
		bc_verdict_free(verdict);
		inputs[i]->size++;
	}
	verdict = must_judge(a, NULL);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	bc_verdict_free(verdict);
}

static void verify_quote_without_firmware_log_wants_values(void **state)
{
	const struct attested *a = *state;
	const uint8_t zero[32] = { 0 };
	struct bc_verdict *verdict = NULL;
	struct bc_error err;
	struct bc_pcrs pcrs;

	assert_int_equal(judge(a, false, a->ima_size, NULL, &verdict, &err), BC_E_USAGE);
	read_golden_pcrs(&pcrs);
	assert_int_equal(bc_pcrs_set(&pcrs, ALG_SHA256, 8, zero, 32, NULL), 0);
	assert_int_equal(bc_pcrs_set(&pcrs, ALG_SHA256, 9, zero, 32, NULL), 0);
	assert_int_equal(judge(a, false, a->ima_size, &pcrs, &verdict, &err), 0);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	bc_verdict_free(verdict);
}

static void verify_quote_refuses_a_choice_of_banks(void **state)
{
	const struct attested *a = *state;
	struct bc_stream *log = open_bytes(a->log, a->log_size, "firmware.log");
	const uint16_t bank = ALG_SHA256;
	const struct bc_verify_input input = { .firmware_log = log, .quote = &a->quote, .banks = &bank, .bank_count = 1 };
	struct bc_verdict *verdict = NULL;

	assert_int_equal(bc_verify(&input, &verdict, NULL), BC_E_USAGE);
	bc_stream_free(log);
}

static void verify_quote_of_a_list_cut_at_any_byte_is_never_consistent(void **state)
{
	const struct attested *a = *state;
	struct bc_verdict *verdict = NULL;
	size_t i;

	for (i = 0; i < a->ima_size; i++) {
		assert_int_equal(judge(a, true, i, NULL, &verdict, NULL), 0);
		assert_true(verdict->kind == BC_MISMATCH || verdict->kind == BC_NOT_JUDGED);
		bc_verdict_free(verdict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(verify_quote_finds_the_values_by_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(verify_quote_with_another_nonce_type_or_key_is_a_mismatch_by_code, setup, teardown),
		cmocka_unit_test_setup_teardown(verify_quote_names_the_input_that_cannot_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(verify_quote_without_firmware_log_wants_values, setup, teardown),
		cmocka_unit_test_setup_teardown(verify_quote_refuses_a_choice_of_banks, setup, teardown),
		cmocka_unit_test_setup_teardown(verify_quote_of_a_list_cut_at_any_byte_is_never_consistent, setup, teardown),
	};

	return cmocka_run_group_tests_name("verify_quote", tests, NULL, NULL);
}
