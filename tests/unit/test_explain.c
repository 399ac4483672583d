// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

/* The golden boot, judged in one bank with the search for an explanation. */
static int setup(void **state)
{
	struct golden *boot;

	golden_setup(state);
	boot = *state;
	boot->pcrs.bank[0] = *bc_pcrs_bank_const(&boot->pcrs, ALG_SHA256);
	boot->pcrs.count = 1;
	return 0;
}

static struct bc_verdict *judge(const struct golden *boot, bool no_explanation)
{
	struct bc_stream *ima = open_bytes(boot->ima, boot->ima_size, "ima.log"), *log = open_bytes(boot->log, boot->log_size, "firmware.log");
	const struct bc_verify_input input = {
		.firmware_log = log, .ima_log = &ima, .ima_log_count = 1, .pcrs = &boot->pcrs, .no_explanation = no_explanation,
	};
	struct bc_verdict *verdict = NULL;

	assert_int_equal(bc_verify(&input, &verdict, NULL), 0);
	bc_stream_free(log);
	bc_stream_free(ima);
	return verdict;
}

/* Digest, type and number of every event that extends a PCR. */
struct place { uint64_t number; size_t digest, type, pcr; bool data; };

static size_t find_places(const struct golden *boot, struct place *places)
{
	struct bc_stream *stream = open_bytes(boot->log, boot->log_size, "x");
	const struct bc_tcg_event *event;
	struct bc_tcg_log *log = NULL;
	size_t count = 0, i, at;

	assert_int_equal(bc_tcg_log_open(stream, &log, NULL), 0);
	while (bc_tcg_log_next(log, &event, NULL) > 0) {
		if (event->type == BC_EV_NO_ACTION)
			continue;
		for (i = 0, at = event->offset + 12; event->digest[i].alg != ALG_SHA256; i++)
			at += 2 + event->digest[i].size;
		places[count++] = (struct place){
			.number = event->number, .digest = at + 2, .type = event->offset + 4, .pcr = event->pcr,
			.data = bc_tcg_event_covers(event) == BC_COVERS_DATA,
		};
	}
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	return count;
}

/* A changed digest: the data of the event gives the right one, or nothing is explained. Never is another event named. */
static void explain_names_the_event_whose_digest_was_changed_and_no_other(void **state)
{
	struct golden *boot = *state;
	struct place places[64];
	const size_t count = find_places(boot, places);
	struct bc_verdict *verdict;
	size_t i;

	assert_int_equal(count, 15);
	for (i = 0; i < count; i++) {
		boot->log[places[i].digest] ^= 1;
		verdict = judge(boot, false);
		boot->log[places[i].digest] ^= 1;
		assert_int_equal(verdict->kind, BC_MISMATCH);
		assert_int_equal(verdict->explanation_count, places[i].data);
		if (places[i].data) {
			assert_string_equal(verdict->explanation[0].hypothesis, "data-digest");
			assert_int_equal(verdict->explanation[0].event, places[i].number);
			assert_int_equal(verdict->explanation[0].pcr, places[i].pcr);
		}
		bc_verdict_free(verdict);
	}
}

static void explain_names_every_event_that_was_made_an_event_of_no_action(void **state)
{
	struct golden *boot = *state;
	struct place places[64];
	const size_t count = find_places(boot, places);
	struct bc_verdict *verdict;
	size_t i, j, found;
	uint8_t type[4];

	for (i = 0; i < count; i++) {
		memcpy(type, boot->log + places[i].type, sizeof(type));
		memcpy(boot->log + places[i].type, "\3\0\0\0", sizeof(type));
		verdict = judge(boot, false);
		memcpy(boot->log + places[i].type, type, sizeof(type));
		assert_int_equal(verdict->kind, BC_MISMATCH);
		for (j = 0, found = 0; j < bc_findings_count(verdict->findings); j++)
			found += bc_findings_at(verdict->findings, j)->code == BC_EVENT_RETYPED &&
				 bc_findings_at(verdict->findings, j)->number == (int64_t)places[i].number;
		assert_int_equal(found, 1);
		assert_string_equal(verdict->explanation[0].hypothesis, "retyped");
		bc_verdict_free(verdict);
	}
}

static void explain_is_not_asked_when_the_caller_does_not_want_it(void **state)
{
	struct golden *boot = *state;
	struct bc_verdict *verdict;

	boot->pcrs.bank[0].value[0][31] ^= 1;
	verdict = judge(boot, true);
	assert_int_equal(verdict->kind, BC_MISMATCH);
	bc_verdict_free(verdict);
	memset(boot->pcrs.bank[0].value[4], 0, 32);
	verdict = judge(boot, true);
	assert_int_equal(verdict->explanation_count, 0);
	bc_verdict_free(verdict);
	verdict = judge(boot, false);
	assert_int_equal(verdict->explanation_count, 1);
	assert_string_equal(verdict->explanation[0].hypothesis, "log-longer");
	bc_verdict_free(verdict);
}

static void a_log_that_fits_is_not_explained(void **state)
{
	struct golden *boot = *state;
	struct bc_verdict *verdict = judge(boot, false);

	assert_int_equal(verdict->kind, BC_CONSISTENT);
	assert_int_equal(verdict->explanation_count, 0);
	bc_verdict_free(verdict);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, golden_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_that_fits_is_not_explained),
		TEST(explain_names_the_event_whose_digest_was_changed_and_no_other),
		TEST(explain_names_every_event_that_was_made_an_event_of_no_action),
		TEST(explain_is_not_asked_when_the_caller_does_not_want_it),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
