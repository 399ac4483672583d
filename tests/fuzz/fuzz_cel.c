// SPDX-License-Identifier: BSD-2-Clause
/*
 * Canonical event log in TLV and JSON: iterator, texts, checks and replay. Invariants: records do not overlap and stay inside the input; a text
 * ends where its buffer does; a failure stays one.
 */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

static void use_record(const struct bc_cel_record *record)
{
	uint8_t sum = 0;
	char text[96];
	size_t i, j;

	REQUIRE(!record->has_pcr || record->pcr < BC_PCR_COUNT);
	for (i = 0; i < record->data_size; i++)
		sum ^= record->data[i];
	for (i = 0; i < record->digest_count; i++)
		for (j = 0; j < record->digest[i].size; j++)
			sum ^= record->digest[i].bytes[j];
	memset(text, sum | 1, sizeof(text));
	bc_cel_record_text(record, text, sizeof(text) - 1);
	REQUIRE(memchr(text, 0, sizeof(text) - 1) && text[sizeof(text) - 1] == (char)(sum | 1));
	REQUIRE(bc_is_utf8(text, strlen(text)));
}

static int use_log(struct bc_cel_log *log, size_t size, struct bc_findings *findings, struct bc_replay *replay)
{
	const struct bc_cel_record *record;
	uint64_t end = 0, count = 0;
	uint16_t algs[BC_BANKS_MAX];
	size_t i, banks;
	int r;

	banks = bc_cel_log_banks(log, algs);
	for (i = 0; i < banks; i++)
		if (bc_hash_available(algs[i]))
			REQUIRE(bc_replay_add_bank(replay, algs[i], NULL) == 0);
	while ((r = bc_cel_log_next(log, &record, NULL)) > 0) {
		REQUIRE(record->offset >= end && record->size && record->number == count++);
		end = record->offset + record->size;
		REQUIRE(end <= size);
		use_record(record);
		REQUIRE(bc_cel_log_check(log, findings, NULL, NULL) == 0);
		if (bc_replay_record(replay, record, NULL) < 0)
			break;
	}
	REQUIRE(bc_cel_log_check_end(log, findings, NULL) == 0);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bc_cel_record *record;
	struct bc_findings *findings = NULL;
	struct bc_replay *replay = NULL;
	struct bc_stream *stream = NULL;
	struct bc_cel_log *log = NULL;
	char text[BC_ERROR_JSON_MAX];
	struct bc_error err;

	REQUIRE(bc_stream_open_memory(data, size, "fuzz", &stream, NULL) == 0);
	REQUIRE(bc_findings_new(&findings, NULL) == 0 && bc_replay_new(&replay, NULL) == 0);
	if (bc_cel_log_open(stream, &log, &err) < 0) {
		REQUIRE(err.status == BC_E_INPUT);
	} else if (use_log(log, size, findings, replay) < 0) {
		REQUIRE(bc_cel_log_next(log, &record, &err) < 0);
		REQUIRE(bc_error_json(&err, "evidence", text, sizeof(text)) < (int)sizeof(text));
		REQUIRE(bc_is_utf8(text, strlen(text)));
	}
	bc_cel_log_free(log);
	bc_replay_free(replay);
	bc_findings_free(findings);
	bc_stream_free(stream);
	return 0;
}
