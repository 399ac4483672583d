// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

static struct bc_verdict *judge(const struct golden *boot, const struct bc_pcrs *pcrs)
{
	struct bc_verdict *verdict = NULL;

	assert_int_equal(verify_bytes(boot->log, boot->log_size, boot->ima, boot->ima_size, pcrs, &verdict, NULL), 0);
	return verdict;
}

static const struct bc_pcr_row *row_of(const struct bc_verdict *verdict, uint16_t bank, unsigned int pcr)
{
	size_t i;

	for (i = 0; i < verdict->row_count; i++)
		if (verdict->row[i].bank == bank && verdict->row[i].pcr == pcr)
			return &verdict->row[i];
	fail_msg("no row for PCR %u", pcr);
	return NULL;
}

/* Only this bank of pcrs. */
static struct bc_pcrs one_bank(const struct bc_pcrs *pcrs, uint16_t alg)
{
	struct bc_pcrs one = { .count = 1 };

	one.bank[0] = *bc_pcrs_bank_const(pcrs, alg);
	return one;
}

static void verify_finds_the_golden_boot_consistent(void **state)
{
	const struct golden *boot = *state;
	struct bc_verdict *verdict = judge(boot, &boot->pcrs);
	size_t i;

	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_int_equal(verdict->exit, 0);
	assert_int_equal(verdict->row_count, 4 * 9);
	for (i = 0; i < verdict->row_count; i++) {
		assert_int_equal(verdict->row[i].status, BC_PCR_EXPLAINED);
		assert_string_equal(verdict->row[i].expected, verdict->row[i].found);
	}
	assert_int_equal(verdict->events[4].firmware_count, 4);
	assert_int_equal(verdict->events[4].firmware[0], 3);
	assert_int_equal(verdict->events[4].firmware[3], 12);
	assert_int_equal(verdict->events[10].ima_first, 1);
	assert_int_equal(verdict->events[10].ima_last, 14);
	assert_int_equal(verdict->ima_covered, 14);
	assert_int_equal(verdict->ima_violations, 1);
	assert_true(verdict->aggregate.found);
	assert_int_equal(verdict->aggregate.last_pcr, 9);
	assert_int_equal(bc_findings_severe(verdict->findings, BC_ERROR), 0);
	assert_non_null(strstr(verdict->sentence, "consistent: 16 firmware events and 14 IMA entries explain PCR 0-7,10 in"));
	assert_non_null(strstr(verdict->sentence, "not checked: who signed, freshness, release"));
	bc_verdict_free(verdict);
}

/* Any bit of any value given: exactly this PCR of this bank is not explained. */
static void verify_names_the_pcr_of_every_changed_value(void **state)
{
	const struct golden *boot = *state;
	struct bc_verdict *verdict;
	struct bc_pcrs pcrs;
	size_t bank, i, wrong;
	unsigned int pcr;

	for (bank = 0; bank < boot->pcrs.count; bank++) {
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			if (!(boot->pcrs.bank[bank].present >> pcr & 1))
				continue;
			pcrs = boot->pcrs;
			pcrs.bank[bank].value[pcr][pcr % 20] ^= 0x10;
			verdict = judge(boot, &pcrs);
			assert_int_equal(verdict->kind, BC_MISMATCH);
			assert_int_equal(verdict->exit, 1);
			for (i = 0, wrong = 0; i < verdict->row_count; i++)
				wrong += verdict->row[i].status == BC_PCR_NOT_EXPLAINED;
			assert_int_equal(wrong, 1);
			assert_int_equal(row_of(verdict, pcrs.bank[bank].alg, pcr)->status, BC_PCR_NOT_EXPLAINED);
			assert_int_equal(find_code(verdict->findings, BC_PCR_UNEXPLAINED)->pcr, pcr);
			bc_verdict_free(verdict);
		}
	}
}

/* Is this byte of the firmware log, as it is now, one that the output marks as covered by no digest? */
static bool log_byte_is_uncovered(const struct golden *boot, size_t at)
{
	struct bc_stream *stream = open_bytes(boot->log, boot->log_size, "x");
	const struct bc_tcg_event *event;
	struct bc_tcg_log *log = NULL;
	bool uncovered = false;
	size_t data;

	assert_int_equal(bc_tcg_log_open(stream, &log, NULL), 0);
	while (bc_tcg_log_next(log, &event, NULL) > 0) {
		if (at < event->offset || at >= event->offset + event->size)
			continue;
		data = event->offset + event->size - event->data_size;
		if (event->number == 0)	/* platform class, versions, size of UINTN: nothing depends on them; its digest, which a note names */
			uncovered = (at >= data + 16 && at < data + 24) || (at >= event->offset + 8 && at < event->offset + 28);
		else	/* the type; the data of an event whose digest is over something else */
			uncovered = (at >= event->offset + 4 && at < event->offset + 8) ||
				    (at >= data && bc_tcg_event_covers(event) == BC_COVERS_OTHER);
	}
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	return uncovered;
}

static void verify_notices_every_bit_of_the_firmware_log_that_a_digest_covers(void **state)
{
	struct golden *boot = *state;
	const struct bc_pcrs one = one_bank(&boot->pcrs, ALG_SHA256);
	size_t bit, consistent = 0, kinds[4] = { 0 };
	struct bc_verdict *verdict;

	for (bit = 0; bit < 8 * boot->log_size; bit++) {
		boot->log[bit / 8] ^= (uint8_t)(1 << bit % 8);
		verdict = judge(boot, &one);
		kinds[verdict->kind]++;
		/* The digests of other banks may lie as they like, unless the data of the event contradicts them: judge those too. */
		if (verdict->kind == BC_CONSISTENT && !log_byte_is_uncovered(boot, bit / 8)) {
			bc_verdict_free(verdict);
			verdict = judge(boot, &boot->pcrs);
			if (verdict->kind == BC_CONSISTENT)
				fail_msg("bit %zu of byte 0x%zx changes nothing", bit % 8, bit / 8);
		}
		consistent += verdict->kind == BC_CONSISTENT;
		bc_verdict_free(verdict);
		boot->log[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(consistent > 0);
	assert_true(kinds[BC_MISMATCH] > 0 && kinds[BC_NOT_JUDGED] > 0);
	assert_int_equal(kinds[BC_VERIFIED], 0);
}

/* The template's name, and everything in a violation, is covered by no digest; `show` says so. */
static bool ima_byte_is_uncovered(const struct golden *boot, size_t at)
{
	struct bc_stream *stream = open_bytes(boot->ima, boot->ima_size, "x");
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	bool uncovered = false;
	size_t name;

	assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
	while (bc_ima_log_next(log, &entry, NULL) > 0) {
		if (at < entry->offset || at >= entry->offset + entry->size)
			continue;
		name = entry->offset + 4 + entry->digest_size + 4;
		uncovered = (at >= name && at < name + strlen(entry->template_name)) ||
			    (entry->violation && at >= entry->data_offset);
	}
	bc_ima_log_free(log);
	bc_stream_free(stream);
	return uncovered;
}

static void verify_notices_every_bit_of_the_ima_list_that_a_digest_covers(void **state)
{
	struct golden *boot = *state;
	const struct bc_pcrs pcrs = one_bank(&boot->pcrs, ALG_SHA256);
	struct bc_verdict *verdict;
	size_t bit, consistent = 0;

	for (bit = 0; bit < 8 * boot->ima_size; bit++) {
		boot->ima[bit / 8] ^= (uint8_t)(1 << bit % 8);
		verdict = judge(boot, &pcrs);
		boot->ima[bit / 8] ^= (uint8_t)(1 << bit % 8);
		consistent += verdict->kind == BC_CONSISTENT;
		if (verdict->kind == BC_CONSISTENT && !ima_byte_is_uncovered(boot, bit / 8))
			fail_msg("bit %zu of byte 0x%zx changes nothing", bit % 8, bit / 8);
		bc_verdict_free(verdict);
	}
	assert_true(consistent > 0);
}

static void verify_never_takes_a_cut_log_for_a_whole_one(void **state)
{
	struct golden *boot = *state;
	struct bc_verdict *verdict = NULL;
	size_t length, kinds[4] = { 0 };

	for (length = 1; length < boot->log_size; length++) {
		assert_int_equal(verify_bytes(boot->log, length, boot->ima, boot->ima_size, &boot->pcrs, &verdict, NULL), 0);
		assert_int_not_equal(verdict->kind, BC_CONSISTENT);
		kinds[verdict->kind]++;
		if (verdict->kind == BC_NOT_JUDGED) {
			assert_int_equal(verdict->exit, 3);
			assert_true(verdict->have_error);
			assert_string_equal(verdict->error.source, "firmware.log");
		}
		bc_verdict_free(verdict);
	}
	/* Cut where a record ends, or inside the zeros of PCR 0: a shorter log, which does not lead to the values. */
	assert_int_equal(kinds[BC_MISMATCH], 15 + 2 * 4);
	for (length = 1; length < boot->ima_size; length++) {
		assert_int_equal(verify_bytes(boot->log, boot->log_size, boot->ima, length, &boot->pcrs, &verdict, NULL), 0);
		assert_int_not_equal(verdict->kind, BC_CONSISTENT);
		bc_verdict_free(verdict);
	}
}

/* Offset behind the n-th entry of the list. */
static size_t end_of_entry(const struct golden *boot, uint64_t number)
{
	struct bc_stream *stream = open_bytes(boot->ima, boot->ima_size, "x");
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	size_t end = 0;

	assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
	while (bc_ima_log_next(log, &entry, NULL) > 0 && entry->number <= number)
		end = entry->offset + entry->size;
	bc_ima_log_free(log);
	bc_stream_free(stream);
	return end;
}

/* PCR values as they were after the first entries; by the library's own replay, which other tests compare with python's. */
static void pcrs_after(const struct golden *boot, uint64_t entries, struct bc_pcrs *pcrs)
{
	struct bc_stream *stream = open_bytes(boot->ima, end_of_entry(boot, entries), "x");
	const struct bc_ima_entry *entry;
	struct bc_replay *replay = NULL;
	struct bc_ima_log *log = NULL;
	size_t i;

	*pcrs = boot->pcrs;
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	for (i = 0; i < pcrs->count; i++)
		assert_int_equal(bc_replay_add_bank(replay, pcrs->bank[i].alg, NULL), 0);
	assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
	while (bc_ima_log_next(log, &entry, NULL) > 0)
		assert_int_equal(bc_replay_entry(replay, entry, ALG_SHA256, NULL, NULL), 0);
	for (i = 0; i < pcrs->count; i++)
		memcpy(pcrs->bank[i].value[10], bc_replay_values(replay)->bank[i].value[10], pcrs->bank[i].size);
	bc_replay_free(replay);
	bc_ima_log_free(log);
	bc_stream_free(stream);
}

static void verify_allows_a_list_that_is_longer_than_the_pcr(void **state)
{
	const struct golden *boot = *state;
	struct bc_verdict *verdict;
	struct bc_pcrs pcrs;
	uint64_t entries;

	for (entries = 1; entries <= 14; entries++) {
		pcrs_after(boot, entries, &pcrs);
		verdict = judge(boot, &pcrs);
		assert_int_equal(verdict->kind, BC_CONSISTENT);
		assert_int_equal(verdict->ima_covered, entries);
		assert_int_equal(verdict->events[10].ima_last, entries);
		assert_int_equal(strstr(verdict->sentence, "not covered: entries") != NULL, entries < 14);
		bc_verdict_free(verdict);
	}
}

static void verify_wants_one_cut_in_all_banks(void **state)
{
	const struct golden *boot = *state;
	struct bc_verdict *verdict;
	struct bc_pcrs pcrs;

	pcrs_after(boot, 5, &pcrs);
	memcpy(pcrs.bank[0].value[10], boot->pcrs.bank[0].value[10], pcrs.bank[0].size);
	verdict = judge(boot, &pcrs);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_int_equal(count_code(verdict->findings, BC_PCR_UNEXPLAINED), 4);
	assert_non_null(strstr(find_code(verdict->findings, BC_PCR_UNEXPLAINED)->message, "up to entry 14"));
	bc_verdict_free(verdict);
}

static void verify_calls_a_list_without_extends_a_bypass(void **state)
{
	const struct golden *boot = *state;
	struct bc_pcrs pcrs = boot->pcrs;
	struct bc_verdict *verdict;
	size_t i;

	for (i = 0; i < pcrs.count; i++)
		memset(pcrs.bank[i].value[10], 0, pcrs.bank[i].size);
	verdict = judge(boot, &pcrs);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_int_equal(count_code(verdict->findings, BC_IMA_BYPASS), 4);
	bc_verdict_free(verdict);
}

static void verify_tells_an_older_boot_s_values_from_a_log_that_goes_on(void **state)
{
	const struct golden *boot = *state;
	struct bc_pcrs pcrs = one_bank(&boot->pcrs, ALG_SHA256);
	struct bc_verdict *verdict;

	memset(pcrs.bank[0].value[7], 0, 32);
	verdict = judge(boot, &pcrs);
	assert_non_null(strstr(find_code(verdict->findings, BC_PCR_UNEXPLAINED)->message, "never extended, but events 7,15"));
	bc_verdict_free(verdict);
	memset(pcrs.bank[0].value[7], 9, 32);
	verdict = judge(boot, &pcrs);
	assert_non_null(strstr(find_code(verdict->findings, BC_PCR_UNEXPLAINED)->message, "lead to another value"));
	assert_non_null(strstr(verdict->sentence, "mismatch: PCR 7"));
	bc_verdict_free(verdict);
}

static void verify_never_explains_a_bank_that_the_log_lacks(void **state)
{
	const struct golden *boot = *state;
	struct bytes *log = malloc(sizeof(*log));
	struct bc_pcrs pcrs = boot->pcrs;
	struct bc_verdict *verdict = NULL;
	const struct bc_pcr_row *row;

	/* A zero PCR is no better: other banks say that it was extended. */
	memset(bc_pcrs_bank(&pcrs, ALG_SHA384)->value[3], 0, 48);
	begin_sha256_log(log);
	put_separators(log, 0);
	assert_int_equal(verify_bytes(log->data, log->size, "", 0, &pcrs, &verdict, NULL), 0);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_int_equal(count_code(verdict->findings, BC_LOG_BANK_MISSING), 3);
	row = row_of(verdict, ALG_SHA384, 2);
	assert_int_equal(row->status, BC_PCR_NOT_EXPLAINED);
	assert_string_equal(row->expected, "");
	assert_int_equal(row_of(verdict, ALG_SHA384, 3)->status, BC_PCR_NOT_EXPLAINED);
	assert_int_equal(row_of(verdict, ALG_SHA256, 2)->status, BC_PCR_EXPLAINED);
	bc_verdict_free(verdict);
	free(log);
}

static void verify_says_which_pcr_was_not_given(void **state)
{
	const struct golden *boot = *state;
	struct bc_pcrs pcrs = one_bank(&boot->pcrs, ALG_SHA256);
	struct bc_verdict *verdict = NULL;
	struct bc_error err;

	pcrs.bank[0].present &= ~(1u << 4);
	verdict = judge(boot, &pcrs);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_int_equal(find_code(verdict->findings, BC_PCR_ABSENT)->pcr, 4);
	assert_non_null(strstr(verdict->sentence, "not covered: PCR 4"));
	bc_verdict_free(verdict);
	/* Without any PCR of the logs there is nothing to judge. */
	pcrs.bank[0].present = 1u << 16;
	memset(pcrs.bank[0].value[16], 0, 32);
	assert_int_equal(verify_bytes(boot->log, boot->log_size, boot->ima, boot->ima_size, &pcrs, &verdict, &err), BC_E_USAGE);
	pcrs.count = 0;
	assert_int_equal(verify_bytes(boot->log, boot->log_size, boot->ima, boot->ima_size, &pcrs, &verdict, &err), BC_E_USAGE);
	assert_int_equal(verify_bytes("", 0, "", 0, &boot->pcrs, &verdict, &err), BC_E_USAGE);
}

/* PCR 8 and 9, which the golden boot does not extend, and whose values are not among its own. */
static void give_8_and_9(struct bc_pcrs *pcrs)
{
	static const uint8_t zeros[32];

	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 8, zeros, 32, NULL), 0);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 9, zeros, 32, NULL), 0);
}

static void verify_does_not_call_unseen_pcrs_explained(void **state)
{
	const struct golden *boot = *state;
	struct bc_pcrs pcrs = one_bank(&boot->pcrs, ALG_SHA256);
	struct bc_verdict *verdict = NULL;

	/* No IMA list: PCR 10 is not covered. No firmware log: PCR 0-7 are not, and boot_aggregate is compared with the values. */
	assert_int_equal(verify_bytes(boot->log, boot->log_size, "", 0, &pcrs, &verdict, NULL), 0);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_int_equal(row_of(verdict, ALG_SHA256, 10)->status, BC_PCR_NOT_JUDGED);
	assert_non_null(strstr(verdict->sentence, "not covered: PCR 10"));
	bc_verdict_free(verdict);
	assert_int_equal(verify_bytes("", 0, boot->ima, boot->ima_size, &pcrs, &verdict, NULL), 0);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_int_equal(row_of(verdict, ALG_SHA256, 0)->status, BC_PCR_NOT_JUDGED);
	assert_int_equal(count_code(verdict->findings, BC_AGGREGATE_UNCHECKED), 1);
	bc_verdict_free(verdict);
	give_8_and_9(&pcrs);
	assert_int_equal(verify_bytes("", 0, boot->ima, boot->ima_size, &pcrs, &verdict, NULL), 0);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_int_equal(count_code(verdict->findings, BC_AGGREGATE_INFERRED), 1);
	bc_verdict_free(verdict);
	/* With both logs nothing may stand in a PCR that they do not tell. */
	assert_int_equal(bc_pcrs_set(&pcrs, ALG_SHA256, 12, pcrs.bank[0].value[0], 32, NULL), 0);
	verdict = judge(boot, &pcrs);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_int_equal(row_of(verdict, ALG_SHA256, 12)->status, BC_PCR_NOT_EXPLAINED);
	bc_verdict_free(verdict);
}

/* Separators of a log with a SHA-256 bank and one that nobody knows. */
static void put_strange_log(struct bytes *log)
{
	static const uint16_t algs[] = { ALG_SHA256, ALG_UNKNOWN }, sizes[] = { 32, 32 };
	uint8_t digest[BC_DIGEST_MAX];
	uint32_t pcr;

	log->size = 0;
	put_spec_id(log, algs, sizes, 2);
	assert_int_equal(bc_digest(ALG_SHA256, "\0\0\0\0", 4, digest, NULL), 0);
	for (pcr = 0; pcr < 8; pcr++) {
		put_le(log, pcr, 4);
		put_le(log, BC_EV_SEPARATOR, 4);
		put_le(log, 2, 4);
		put_le(log, ALG_SHA256, 2);
		put(log, digest, 32);
		put_le(log, ALG_UNKNOWN, 2);
		put(log, digest, 32);
		put_le(log, 4, 4);
		put_le(log, 0, 4);
	}
}

static void verify_refuses_a_bank_that_this_build_cannot_hash(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	struct bc_pcrs pcrs = { .count = 0 };
	struct bc_verdict *verdict = NULL;
	uint8_t both[64] = { 0 }, value[BC_DIGEST_MAX];

	(void)state;
	put_strange_log(log);
	assert_int_equal(bc_digest(ALG_SHA256, "\0\0\0\0", 4, both + 32, NULL), 0);
	assert_int_equal(bc_digest(ALG_SHA256, both, 64, value, NULL), 0);
	assert_int_equal(bc_pcrs_set(&pcrs, ALG_SHA256, 0, value, 32, NULL), 0);
	assert_int_equal(verify_bytes(log->data, log->size, "", 0, &pcrs, &verdict, NULL), 0);
	assert_int_equal(verdict->kind, BC_CONSISTENT);
	bc_verdict_free(verdict);
	assert_int_equal(bc_pcrs_set(&pcrs, ALG_UNKNOWN, 0, value, 32, NULL), 0);
	assert_int_equal(verify_bytes(log->data, log->size, "", 0, &pcrs, &verdict, NULL), 0);
	assert_int_equal(row_of(verdict, ALG_UNKNOWN, 0)->status, BC_PCR_NOT_JUDGED);
	assert_int_equal(row_of(verdict, ALG_SHA256, 0)->status, BC_PCR_EXPLAINED);
	assert_int_equal(verdict->kind, BC_NOT_JUDGED);
	assert_int_equal(verdict->exit, 3);
	assert_non_null(strstr(verdict->sentence, "alg 0x7777"));
	bc_verdict_free(verdict);
	free(log);
}

/* The violation is extended rightly, so PCR 10 agrees; but no digest says what its fields do. */
static void verify_does_not_believe_a_boot_aggregate_that_is_a_violation(void **state)
{
	struct golden *boot = *state;
	struct bc_pcrs pcrs = one_bank(&boot->pcrs, ALG_SHA256);
	struct bc_verdict *verdict = NULL;
	const size_t size = end_of_entry(boot, 1);
	uint8_t *list = malloc(size), both[64], value[BC_DIGEST_MAX];

	memcpy(list, boot->ima, size);
	memset(list + 4, 0, 32);
	memset(both, 0, 32);
	memset(both + 32, 0xff, 32);
	assert_int_equal(bc_digest(ALG_SHA256, both, 64, value, NULL), 0);
	memcpy(pcrs.bank[0].value[10], value, 32);
	assert_int_equal(verify_bytes(boot->log, boot->log_size, list, size, &pcrs, &verdict, NULL), 0);
	assert_int_equal(row_of(verdict, ALG_SHA256, 10)->status, BC_PCR_EXPLAINED);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_int_equal(count_code(verdict->findings, BC_AGGREGATE_MISMATCH), 1);
	bc_verdict_free(verdict);
	free(list);
}

static void verify_notices_the_list_of_another_boot(void **state)
{
	const struct golden *boot = *state;
	struct bytes *log = malloc(sizeof(*log));
	struct bc_pcrs pcrs = one_bank(&boot->pcrs, ALG_SHA256);
	struct bc_verdict *verdict = NULL;

	/* A list of the golden boot behind a firmware log of another: PCR 10 is right, the aggregate is not. */
	begin_sha256_log(log);
	put_separators(log, 0);
	give_8_and_9(&pcrs);
	assert_int_equal(verify_bytes(log->data, log->size, boot->ima, boot->ima_size, &pcrs, &verdict, NULL), 0);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	assert_non_null(strstr(find_code(verdict->findings, BC_AGGREGATE_MISMATCH)->message, "the hash of the PCR values given"));
	assert_int_equal(row_of(verdict, ALG_SHA256, 10)->status, BC_PCR_EXPLAINED);
	bc_verdict_free(verdict);
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verify_finds_the_golden_boot_consistent),
		cmocka_unit_test(verify_names_the_pcr_of_every_changed_value),
		cmocka_unit_test(verify_notices_every_bit_of_the_firmware_log_that_a_digest_covers),
		cmocka_unit_test(verify_notices_every_bit_of_the_ima_list_that_a_digest_covers),
		cmocka_unit_test(verify_never_takes_a_cut_log_for_a_whole_one),
		cmocka_unit_test(verify_allows_a_list_that_is_longer_than_the_pcr),
		cmocka_unit_test(verify_wants_one_cut_in_all_banks),
		cmocka_unit_test(verify_calls_a_list_without_extends_a_bypass),
		cmocka_unit_test(verify_tells_an_older_boot_s_values_from_a_log_that_goes_on),
		cmocka_unit_test(verify_never_explains_a_bank_that_the_log_lacks),
		cmocka_unit_test(verify_says_which_pcr_was_not_given),
		cmocka_unit_test(verify_does_not_call_unseen_pcrs_explained),
		cmocka_unit_test(verify_refuses_a_bank_that_this_build_cannot_hash),
		cmocka_unit_test(verify_does_not_believe_a_boot_aggregate_that_is_a_violation),
		cmocka_unit_test(verify_notices_the_list_of_another_boot),
	};

	return cmocka_run_group_tests_name("verify", tests, golden_setup, golden_teardown);
}
