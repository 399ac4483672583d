// SPDX-License-Identifier: BSD-2-Clause
/*
 * Firmware log: iterator, texts, checks and replay. Invariants: records follow each other without a gap and stay inside the input;
 * everything that an event points to does too; texts end where their buffer does; a failure stays one.
 */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

static void use_event(const struct bc_tcg_event *event, size_t size)
{
	char text[96], component[64];
	uint8_t sum = 0;
	size_t i, j;

	REQUIRE(event->offset + event->size <= size);
	REQUIRE(event->pcr < BC_PCR_COUNT || event->type == BC_EV_NO_ACTION);
	for (i = 0; i < event->data_size; i++)
		sum ^= event->data[i];
	for (i = 0; i < event->digest_count; i++)
		for (j = 0; j < event->digest[i].size; j++)
			sum ^= event->digest[i].bytes[j];
	memset(text, sum | 1, sizeof(text));
	bc_tcg_event_text(event, text, sizeof(text) - 1);
	REQUIRE(memchr(text, 0, sizeof(text) - 1) && text[sizeof(text) - 1] == (char)(sum | 1));
	REQUIRE(bc_is_utf8(text, strlen(text)));
	bc_tcg_event_component(event, component, sizeof(component));
	REQUIRE(component[0] && bc_is_utf8(component, strlen(component)));
	bc_tcg_event_covers(event);
}

static int use_log(struct bc_tcg_log *log, size_t size, struct bc_findings *findings, struct bc_replay *replay)
{
	const struct bc_tcg_header *header = bc_tcg_log_header(log);
	const struct bc_tcg_event *event;
	struct bc_tcg_check *check = NULL;
	struct bc_error err;
	uint64_t end = 0, count = 0;
	size_t i;
	int r;

	for (i = 0; i < header->bank_count; i++)
		if (bc_hash_available(header->bank[i].alg))
			REQUIRE(bc_replay_add_bank(replay, header->bank[i].alg, NULL) == 0);
	REQUIRE(bc_tcg_check_new(log, &check, NULL) == 0);
	while ((r = bc_tcg_log_next(log, &event, &err)) > 0) {
		REQUIRE(event->offset == end && event->number == count++);
		end += event->size;
		use_event(event, size);
		REQUIRE(bc_tcg_check_event(check, event, findings, NULL, NULL) == 0);
		if (bc_replay_event(replay, event, &err) < 0)
			break;
	}
	if (r == 0) {
		REQUIRE(bc_tcg_check_end(check, findings, NULL) == 0);
		REQUIRE(bc_tcg_log_tail(log)->end == end);
		REQUIRE(end + bc_tcg_log_tail(log)->padding + bc_tcg_log_tail(log)->ignored == size);
	}
	bc_tcg_check_free(check);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bc_tcg_event *event;
	enum bc_format_kind kind = BC_KIND_NONE;
	struct bc_findings *findings = NULL;
	struct bc_replay *replay = NULL;
	enum bc_format format;
	struct bc_stream *stream = NULL;
	struct bc_tcg_log *log = NULL;
	char text[BC_ERROR_JSON_MAX];
	struct bc_error err;

	REQUIRE(bc_stream_open_memory(data, size, "fuzz", &stream, NULL) == 0);
	if (bc_format_require(stream, &format, &err) < 0)
		REQUIRE(err.message[0]);
	else
		kind = bc_format_kind(format);
	REQUIRE(bc_findings_new(&findings, NULL) == 0 && bc_replay_new(&replay, NULL) == 0);
	if (bc_tcg_log_open(stream, &log, &err) < 0 || use_log(log, size, findings, replay) < 0) {
		REQUIRE(log || kind != BC_KIND_FIRMWARE || err.offset >= 0);	/* told to be a log, it fails inside, not at first sight */
		if (log)
			REQUIRE(bc_tcg_log_next(log, &event, &err) < 0);
		REQUIRE(bc_error_json(&err, "evidence", text, sizeof(text)) < (int)sizeof(text));
		REQUIRE(bc_is_utf8(text, strlen(text)));
	}
	bc_tcg_log_free(log);
	bc_replay_free(replay);
	bc_findings_free(findings);
	bc_stream_free(stream);
	return 0;
}
