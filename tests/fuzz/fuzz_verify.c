// SPDX-License-Identifier: BSD-2-Clause
/*
 * The whole verdict: two logs of any kind against PCR values that come from them with one step left out, doubled, or as the last one. Input: what is
 * done (1 byte), to which step (1 byte), size of the first log (2 bytes, little-endian), both logs. Invariants: no verdict without a reason, none that its
 * own table contradicts, texts that are texts.
 */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

/* What is longer is judged without the search, which may take two seconds. */
#define SEARCHED_MAX 700

enum todo { NOTHING, DROP, DOUBLE, STOP, TODO_COUNT };

struct boot {
	struct bc_replay *replay;
	enum todo todo;
	unsigned int at, step;
};

/* How often the step at hand is extended. */
static unsigned int times(struct boot *boot)
{
	const unsigned int step = boot->step++;

	if (boot->todo == STOP)
		return step < boot->at;
	return step != boot->at ? 1 : boot->todo == DROP ? 0 : boot->todo == DOUBLE ? 2 : 1;
}

static void replay_firmware(struct boot *boot, struct bc_stream *stream)
{
	const struct bc_tcg_event *event;
	struct bc_tcg_log *log = NULL;
	unsigned int count;

	if (bc_tcg_log_open(stream, &log, NULL) < 0)
		return;
	while (bc_tcg_log_next(log, &event, NULL) > 0)
		for (count = times(boot); count; count--)
			if (bc_replay_event(boot->replay, event, NULL) < 0)
				count = 1;
	bc_tcg_log_free(log);
}

static void replay_ima(struct boot *boot, struct bc_stream *stream)
{
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	unsigned int count;

	if (bc_ima_log_open(stream, 1, &log, NULL) < 0)
		return;
	while (bc_ima_log_next(log, &entry, NULL) > 0)
		for (count = times(boot); count; count--)
			if (bc_replay_entry(boot->replay, entry, bc_ima_log_alg(log), NULL, NULL) < 0)
				count = 1;
	bc_ima_log_free(log);
}

static void replay_cel(struct boot *boot, struct bc_stream *stream)
{
	const struct bc_cel_record *record;
	struct bc_cel_log *log = NULL;
	unsigned int count;

	if (bc_cel_log_open(stream, &log, NULL) < 0)
		return;
	while (bc_cel_log_next(log, &record, NULL) > 0)
		for (count = times(boot); count; count--)
			if (bc_replay_record(boot->replay, record, NULL) < 0)
				count = 1;
	bc_cel_log_free(log);
}

static struct bc_stream *open_log(const uint8_t *data, size_t size, const char *name, enum bc_format_kind *ret_kind)
{
	struct bc_stream *stream = NULL;
	enum bc_format format;

	REQUIRE(bc_stream_open_memory(data, size, name, &stream, NULL) == 0);
	REQUIRE(bc_format_detect(stream, &format, NULL) == 0);
	*ret_kind = bc_format_kind(format);
	return stream;
}

/* The PCR values of this boot, also of PCRs that nothing extends. */
static void boot_once(struct boot *boot, const uint8_t *const *data, const size_t *size, struct bc_pcrs *ret_pcrs)
{
	enum bc_format_kind kind;
	struct bc_stream *stream;
	int i;

	REQUIRE(bc_replay_new(&boot->replay, NULL) == 0);
	REQUIRE(bc_replay_add_bank(boot->replay, 0x0004, NULL) == 0 && bc_replay_add_bank(boot->replay, 0x000b, NULL) == 0);
	for (i = 0; i < 2; i++) {
		stream = open_log(data[i], size[i], "boot", &kind);
		if (kind == BC_KIND_FIRMWARE)
			replay_firmware(boot, stream);
		else if (kind == BC_KIND_IMA)
			replay_ima(boot, stream);
		else if (kind == BC_KIND_CEL)
			replay_cel(boot, stream);
		bc_stream_free(stream);
	}
	bc_replay_known(boot->replay, ret_pcrs);
	bc_replay_free(boot->replay);
}

static bool is_unexplained(const struct bc_verdict *verdict, uint16_t bank, unsigned int pcr)
{
	size_t i;

	for (i = 0; i < verdict->row_count; i++)
		if (verdict->row[i].bank == bank && verdict->row[i].pcr == pcr)
			return verdict->row[i].status == BC_PCR_NOT_EXPLAINED;
	return false;
}

static void use_verdict(const struct bc_verdict *verdict)
{
	const struct bc_explanation *row;
	size_t i, unexplained = 0;

	REQUIRE(verdict->sentence[0] && bc_is_utf8(verdict->sentence, strlen(verdict->sentence)));
	for (i = 0; i < verdict->row_count; i++)
		unexplained += verdict->row[i].status == BC_PCR_NOT_EXPLAINED;
	REQUIRE(verdict->kind != BC_VERIFIED);
	REQUIRE(verdict->exit == (verdict->kind == BC_CONSISTENT ? 0 : verdict->kind == BC_MISMATCH ? 1 : 3));
	REQUIRE(verdict->have_error == (verdict->kind == BC_NOT_JUDGED));
	REQUIRE(verdict->kind == BC_NOT_JUDGED || !bc_findings_severe(verdict->findings, BC_ERROR) == (verdict->kind == BC_CONSISTENT));
	REQUIRE(verdict->kind != BC_CONSISTENT || !unexplained);
	for (row = verdict->explanation; row < verdict->explanation + verdict->explanation_count; row++) {
		REQUIRE(row->hypothesis && row->hypothesis[0] && row->text[0] && bc_is_utf8(row->text, strlen(row->text)));
		REQUIRE(is_unexplained(verdict, row->bank, row->pcr));
	}
}

static void judge(const uint8_t *const *data, const size_t *size, const struct bc_pcrs *pcrs)
{
	struct bc_verify_input input = { .pcrs = pcrs, .no_explanation = size[0] + size[1] > SEARCHED_MAX };
	struct bc_stream *stream[2], *cel[2];
	struct bc_verdict *verdict = NULL;
	enum bc_format_kind kind;
	struct bc_error err;
	int i;

	for (i = 0; i < 2; i++) {
		stream[i] = open_log(data[i], size[i], i ? "second" : "first", &kind);
		if (kind == BC_KIND_FIRMWARE && !input.firmware_log) {
			input.firmware_log = stream[i];
		} else if (kind == BC_KIND_IMA && !input.ima_log_count) {
			input.ima_log = &stream[i];
			input.ima_log_count = 1;
		} else if (kind == BC_KIND_CEL) {
			cel[input.cel_log_count++] = stream[i];
			input.cel_log = cel;
		}
	}
	bc_error_clear(&err);
	if (bc_verify(&input, &verdict, &err) < 0)
		REQUIRE(err.message[0] && err.status != BC_E_BUG);
	else
		use_verdict(verdict);
	bc_verdict_free(verdict);
	bc_stream_free(stream[0]);
	bc_stream_free(stream[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *logs[2];
	struct bc_pcrs pcrs = { 0 };
	struct boot boot = { 0 };
	size_t sizes[2];

	if (size < 4)
		return 0;
	boot.todo = data[0] % TODO_COUNT;
	boot.at = data[1];
	sizes[0] = (size_t)(data[2] | data[3] << 8);
	if (sizes[0] > size - 4)
		sizes[0] = size - 4;
	sizes[1] = size - 4 - sizes[0];
	logs[0] = data + 4;
	logs[1] = data + 4 + sizes[0];
	boot_once(&boot, logs, sizes, &pcrs);
	judge(logs, sizes, &pcrs);
	return 0;
}
