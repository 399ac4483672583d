// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"
#include "vectors.h"

/* Replay a firmware log in every bank that its Spec ID lists and this build knows. */
static int replay_log(struct bc_replay *replay, const void *data, size_t size, struct bc_error *err)
{
	struct bc_stream *stream = open_bytes(data, size, "firmware.log");
	const struct bc_tcg_header *header;
	const struct bc_tcg_event *event;
	struct bc_tcg_log *log = NULL;
	size_t i;
	int r;

	assert_int_equal(bc_tcg_log_open(stream, &log, err), 0);
	header = bc_tcg_log_header(log);
	for (i = 0; i < header->bank_count; i++)
		if (bc_hash_available(header->bank[i].alg))
			assert_int_equal(bc_replay_add_bank(replay, header->bank[i].alg, err), 0);
	r = 0;
	while (r == 0 && bc_tcg_log_next(log, &event, err) > 0)
		r = bc_replay_event(replay, event, err);
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	return r;
}

static void replay_leads_to_every_pcr_of_the_vectors(void **state)
{
	struct bc_replay *replay = NULL;
	const struct bc_pcrs *values;
	char start[16], hex[2 * BC_DIGEST_MAX + 1], *line, *at;
	unsigned int pcr, i;
	size_t size;
	uint8_t *data = read_fixture(GOLDEN_LOG, &size);

	(void)state;
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(replay_log(replay, data, size, NULL), 0);
	values = bc_replay_values(replay);
	assert_int_equal(values->count, 4);
	for (pcr = 0; pcr < 8; pcr++) {
		snprintf(start, sizeof(start), "pcr %u", pcr);
		line = vector_line(start);
		at = line + strlen(start) + 1;
		for (i = 0; i < 4; i++) {
			assert_int_equal(values->bank[i].alg, vector_algs[i]);
			assert_int_equal(values->bank[i].present, 0xff);
			bc_hex(values->bank[i].value[pcr], values->bank[i].size, hex);
			assert_int_equal(strncmp(at, hex, strlen(hex)), 0);
			at += strlen(hex) + 1;
		}
		free(line);
	}
	bc_replay_free(replay);
	bc_free(data);
}

static void replay_of_the_lists_leads_to_pcr_10_in_every_bank(void **state)
{
	static const char *const paths[] = { GOLDEN_IMA, GOLDEN_IMA_SHA1 };
	const struct bc_ima_entry *entry;
	const struct bc_pcr_bank *now;
	struct bc_pcrs golden;
	struct bc_replay *replay;
	struct bc_stream *stream;
	struct bc_ima_log *log;
	enum bc_agree agree;
	size_t i, bank;

	(void)state;
	read_golden_pcrs(&golden);
	for (i = 0; i < 2; i++) {
		assert_int_equal(bc_replay_new(&replay, NULL), 0);
		for (bank = 0; bank < 4; bank++)
			assert_int_equal(bc_replay_add_bank(replay, vector_algs[bank], NULL), 0);
		assert_int_equal(bc_stream_open(paths[i], &stream, NULL), 0);
		assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
		while (bc_ima_log_next(log, &entry, NULL) > 0) {
			assert_int_equal(bc_replay_entry(replay, entry, bc_ima_log_alg(log), &agree, NULL), 0);
			assert_int_equal(agree, entry->violation ? BC_AGREE_UNKNOWN : BC_AGREE_YES);
		}
		for (bank = 0; bank < 4; bank++) {
			now = bc_pcrs_bank_const(bc_replay_values(replay), vector_algs[bank]);
			assert_int_equal(now->present, 1 << 10);
			assert_memory_equal(now->value[10], bc_pcrs_bank_const(&golden, vector_algs[bank])->value[10], now->size);
		}
		bc_ima_log_free(log);
		bc_stream_free(stream);
		bc_replay_free(replay);
	}
}

/* PCR after one extend of value by the digest of data. */
static void extend_by_hand(uint8_t value[32], const void *data, size_t size)
{
	uint8_t both[64];

	memcpy(both, value, 32);
	assert_int_equal(bc_digest(ALG_SHA256, data, size, both + 32, NULL), 0);
	assert_int_equal(bc_digest(ALG_SHA256, both, 64, value, NULL), 0);
}

static void put_locality(struct bytes *log, uint8_t locality)
{
	uint8_t data[17] = "StartupLocality";

	data[16] = locality;
	put_event(log, 0, BC_EV_NO_ACTION, data, sizeof(data), NULL);
}

static void check_pcr0(const struct bytes *log, uint8_t start, const char *reason)
{
	struct bc_replay *replay = NULL;
	uint8_t value[32] = { 0 };

	value[31] = start;
	extend_by_hand(value, "v", 1);
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(replay_log(replay, log->data, log->size, NULL), 0);
	assert_memory_equal(bc_replay_values(replay)->bank[0].value[0], value, 32);
	assert_int_equal(bc_replay_initial(replay)->bank[0].value[0][31], start);
	assert_string_equal(bc_replay_initial_reason(replay, 0), reason);
	assert_string_equal(bc_replay_initial_reason(replay, 1), "");
	bc_replay_free(replay);
}

static void replay_starts_pcr_0_at_the_startup_locality(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	struct bc_replay *replay = NULL;
	struct bc_error err;

	(void)state;
	begin_sha256_log(log);
	put_event(log, 0, BC_EV_ACTION, "v", 1, NULL);
	check_pcr0(log, 0, "");
	begin_sha256_log(log);
	put_locality(log, 3);
	put_event(log, 0, BC_EV_ACTION, "v", 1, NULL);
	check_pcr0(log, 3, "locality 3");
	begin_sha256_log(log);
	put_event(log, 0, BC_EV_EFI_HCRTM_EVENT, "HCRTM", 5, "v");
	check_pcr0(log, 4, "H-CRTM");
	/* Too late, or none that exists: refused, not passed over. */
	put_locality(log, 3);
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(replay_log(replay, log->data, log->size, &err), BC_E_INPUT);
	assert_int_equal(err.number, 2);
	strcpy(err.source, "log");	/* which the caller knows */
	assert_non_null(strstr(complete_text(&err), "StartupLocality: malformed, expected it in front of the first extend of PCR 0, found locality 3"));
	bc_replay_free(replay);
	begin_sha256_log(log);
	put_locality(log, 5);
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(replay_log(replay, log->data, log->size, &err), BC_E_INPUT);
	strcpy(err.source, "log");
	assert_non_null(strstr(complete_text(&err), "expected 0-4, found 5"));
	bc_replay_free(replay);
	free(log);
}

static void replay_does_not_extend_no_action(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	struct bc_replay *replay = NULL;

	(void)state;
	begin_sha256_log(log);
	put_event(log, 3, BC_EV_NO_ACTION, "note", 4, NULL);
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(replay_log(replay, log->data, log->size, NULL), 0);
	assert_int_equal(bc_replay_values(replay)->bank[0].present, 0);
	put_event(log, 3, BC_EV_ACTION, "note", 4, NULL);
	assert_int_equal(replay_log(replay, log->data, log->size, NULL), 0);
	assert_int_equal(bc_replay_values(replay)->bank[0].present, 1 << 3);
	bc_replay_free(replay);
	free(log);
}

static void replay_drops_a_bank_that_an_event_leaves_out(void **state)
{
	static const uint16_t algs[] = { ALG_SHA1, ALG_SHA256 };
	struct bytes *log = calloc(1, sizeof(*log));
	struct bc_replay *replay = NULL;
	const struct bc_pcrs *values;

	(void)state;
	put_spec_id(log, algs, NULL, 2);
	put_event(log, 3, BC_EV_ACTION, "one", 3, NULL);
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(replay_log(replay, log->data, log->size, NULL), 0);
	values = bc_replay_values(replay);
	assert_int_equal(bc_pcrs_bank_const(values, ALG_SHA256)->present, 1 << 3);
	assert_int_equal(bc_pcrs_bank_const(values, ALG_SHA1)->present, 0);
	assert_true(bc_replay_complete(replay, ALG_SHA256));
	assert_false(bc_replay_complete(replay, ALG_SHA1));
	bc_replay_free(replay);
	free(log);
}

static void replay_takes_start_values_of_the_size_of_a_bank(void **state)
{
	struct bc_replay *replay = NULL;
	uint8_t value[48];
	struct bc_error err;

	(void)state;
	memset(value, 7, sizeof(value));
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(bc_replay_add_bank(replay, ALG_SHA256, NULL), 0);
	assert_int_equal(bc_replay_add_bank(replay, ALG_SHA256, NULL), 0);
	assert_int_equal(bc_replay_add_bank(replay, ALG_UNKNOWN, &err), BC_E_UNSUPPORTED);
	assert_int_equal(bc_replay_values(replay)->count, 1);
	assert_int_equal(bc_replay_initial(replay)->bank[0].value[17][0], 0xff);
	assert_int_equal(bc_replay_initial(replay)->bank[0].value[23][0], 0);
	assert_int_equal(bc_replay_start(replay, 10, value, 48, &err), BC_E_INPUT);
	assert_int_equal(bc_replay_start(replay, 24, value, 32, &err), BC_E_INPUT);
	assert_int_equal(bc_replay_start(replay, 10, value, 32, &err), 0);
	assert_memory_equal(bc_replay_values(replay)->bank[0].value[10], value, 32);
	assert_string_equal(bc_replay_initial_reason(replay, 10), "given");
	bc_replay_free(replay);
	bc_replay_free(NULL);
}

/* An ima-ng boot_aggregate entry with this digest in a list of SHA-1 template digests. */
static void find_aggregate(const uint8_t *digest, size_t size, const struct bc_pcrs *pcrs, struct bc_aggregate *ret_aggregate)
{
	struct bytes *list = calloc(1, sizeof(*list));
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	struct bc_stream *stream;

	put_le(list, 10, 4);
	put_fill(list, 0x11, 20);
	put_le(list, 6, 4);
	put(list, "ima-ng", 6);
	put_le(list, 4 + 8 + size + 4 + 15, 4);
	put_le(list, 8 + size, 4);
	put(list, "sha256:\0", 8);
	put(list, digest, size);
	put_le(list, 15, 4);
	put(list, "boot_aggregate\0", 15);
	stream = open_bytes(list->data, list->size, "x");
	assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
	assert_int_equal(bc_ima_log_next(log, &entry, NULL), 1);
	assert_int_equal(bc_aggregate_find(entry, pcrs, ret_aggregate, NULL), 0);
	bc_ima_log_free(log);
	bc_stream_free(stream);
	free(list);
}

static void aggregate_is_found_by_bank_and_pcrs(void **state)
{
	uint8_t pcrs10[10 * 32], digest[BC_DIGEST_MAX] = { 0 };
	struct bc_pcrs pcrs = { .count = 0 };
	struct bc_aggregate aggregate;
	unsigned int pcr;

	(void)state;
	memset(pcrs10, 0, sizeof(pcrs10));
	for (pcr = 0; pcr < 10; pcr++) {
		memset(pcrs10 + 32 * pcr, (int)pcr + 1, 32);
		assert_int_equal(bc_pcrs_set(&pcrs, ALG_SHA256, pcr, pcrs10 + 32 * pcr, 32, NULL), 0);
		assert_int_equal(bc_pcrs_set(&pcrs, ALG_SHA1, pcr, pcrs10 + 32 * pcr, 20, NULL), 0);
	}
	assert_int_equal(bc_digest(ALG_SHA256, pcrs10, 320, digest, NULL), 0);
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_true(aggregate.found);
	assert_int_equal(aggregate.bank, ALG_SHA256);
	assert_int_equal(aggregate.last_pcr, 9);
	assert_string_equal(aggregate.name, "boot_aggregate");
	find_aggregate(digest, 48, &pcrs, &aggregate);	/* filled up with zeros */
	assert_true(aggregate.found);
	find_aggregate(digest, 31, &pcrs, &aggregate);
	assert_false(aggregate.found);
	digest[31] ^= 1;
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_false(aggregate.found);
	assert_true(aggregate.checked);
	assert_false(aggregate.zero);
	assert_int_equal(bc_digest(ALG_SHA256, pcrs10, 256, digest, NULL), 0);
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_int_equal(aggregate.last_pcr, 7);
	/* What is not known is not zero: PCR 9 is missing, then PCR 0 too. */
	pcrs.bank[0].present &= ~(UINT32_C(1) << 9);
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_true(aggregate.found && aggregate.checked);
	digest[31] ^= 1;
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_false(aggregate.found || aggregate.checked);
	digest[31] ^= 1;
	pcrs.bank[0].present &= ~UINT32_C(1);
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_false(aggregate.found || aggregate.checked);
	memset(digest, 0, sizeof(digest));
	find_aggregate(digest, 32, &pcrs, &aggregate);
	assert_true(aggregate.zero);
	assert_false(aggregate.found);
}

static void pcrs_refuse_what_no_tpm_has(void **state)
{
	struct bc_pcrs *pcrs = calloc(1, sizeof(*pcrs));
	uint8_t value[BC_DIGEST_MAX + 1] = { 1 };
	uint16_t i;

	(void)state;
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 23, value, 32, NULL), 0);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 23, value, 32, NULL), 0);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 24, value, 32, NULL), BC_E_INPUT);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 0, value, 31, NULL), BC_E_INPUT);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA1, 0, value, 32, NULL), BC_E_INPUT);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_UNKNOWN, 0, value, BC_DIGEST_MAX + 1, NULL), BC_E_INPUT);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_UNKNOWN, 0, value, 0, NULL), BC_E_INPUT);
	value[0] = 2;
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA256, 23, value, 32, NULL), BC_E_INPUT);
	assert_int_equal(pcrs->count, 1);
	for (i = 1; i < BC_BANKS_MAX; i++)
		assert_int_equal(bc_pcrs_set(pcrs, (uint16_t)(ALG_UNKNOWN + i), 0, value, 20, NULL), 0);
	assert_int_equal(bc_pcrs_set(pcrs, ALG_SHA1, 0, value, 20, NULL), BC_E_INPUT);
	assert_null(bc_pcrs_bank(pcrs, ALG_SHA1));
	free(pcrs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_leads_to_every_pcr_of_the_vectors),
		cmocka_unit_test(replay_of_the_lists_leads_to_pcr_10_in_every_bank),
		cmocka_unit_test(replay_starts_pcr_0_at_the_startup_locality),
		cmocka_unit_test(replay_does_not_extend_no_action),
		cmocka_unit_test(replay_drops_a_bank_that_an_event_leaves_out),
		cmocka_unit_test(replay_takes_start_values_of_the_size_of_a_bank),
		cmocka_unit_test(aggregate_is_found_by_bank_and_pcrs),
		cmocka_unit_test(pcrs_refuse_what_no_tpm_has),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
