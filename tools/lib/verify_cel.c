// SPDX-License-Identifier: BSD-2-Clause
/* A canonical event log among the logs that are judged: systemd's own, or one that holds a whole boot. */
#include <string.h>

#include "cel.h"
#include "verify.h"

/* One boot has each log once. */
static int refuse_twice(struct bc_verify *v, const struct bc_cel_record *record, const char *source)
{
	if (record->content == BC_CEL_FIRMWARE && v->input->firmware_log)
		return bc_error_set(v->err, BC_E_USAGE, "%s holds events of the firmware, and a firmware log was given too", source);
	if (record->content == BC_CEL_IMA_TEMPLATE && v->input->ima_log_count)
		return bc_error_set(v->err, BC_E_USAGE, "%s holds entries of IMA, and an IMA list was given too", source);
	return 0;
}

static void note_source(struct bc_verify *v, const struct bc_cel_record *record, const char *source)
{
	if (record->content == BC_CEL_FIRMWARE && !v->cel_firmware) {
		v->cel_firmware = true;
		v->firmware_name = source;
	}
	if (record->content == BC_CEL_IMA_TEMPLATE && !v->cel_ima) {
		v->cel_ima = true;
		v->verdict->have_ima_log = true;
		v->ima_name = source;
	}
}

/* As an entry of a list whose own bank nobody knows: every bank comes from the template data, which the digests were held against. */
static int read_ima(struct bc_verify *v, const struct bc_cel_record *record, const char *source)
{
	struct bc_ima_entry entry = *record->entry;
	int r = bc_verify_start_ima(v);

	entry.number = v->verdict->ima_entries + 1;
	entry.offset = record->offset;
	entry.size = record->size;
	entry.digest = record->digest[0].bytes;
	entry.digest_size = record->digest[0].size;
	entry.violation = bc_all_bytes(entry.digest, entry.digest_size, 0);
	return r < 0 ? r : bc_verify_entry(v, &entry, 0, source);
}

static bool has_digest(const struct bc_cel_record *record, uint16_t alg)
{
	size_t i;

	for (i = 0; i < record->digest_count; i++)
		if (record->digest[i].alg == alg)
			return true;
	return false;
}

static int read_other(struct bc_verify *v, const struct bc_cel_record *record, const char *source)
{
	struct bc_pcr_events *events = &v->verdict->events[record->pcr];
	const struct bc_tcg_event event = bc_cel_record_event(record);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < v->judged_count; i++)
		if (v->logged[i] && !has_digest(record, v->judged[i]->alg))
			r = bc_verify_bank_missing(v, i, (int64_t)record->number, source, "has no digest in this record: nothing explains it");
	if (r == 0 && !v->input->no_explanation)
		r = bc_explain_record(v, record);
	if (r == 0)
		r = bc_replay_record(v->replay, record, v->err);
	if (r == 0 && record->content == BC_CEL_FIRMWARE)
		bc_verify_note_data(v, &event);
	if (r < 0 || (record->content == BC_CEL_FIRMWARE && record->event_type == BC_EV_NO_ACTION))
		return r;
	v->firmware_mask |= UINT32_C(1) << record->pcr;
	v->record_mask |= UINT32_C(1) << record->pcr;
	if (!events->record_count++ || record->number < events->record_last)
		events->record_first = record->number;
	events->record_last = record->number;
	bc_verify_note_value(v, record->pcr, (int64_t)record->number);
	return 0;
}

static int read_record(struct bc_verify *v, struct bc_cel_log *log, const struct bc_cel_record *record, const char *source)
{
	int r = refuse_twice(v, record, source);

	note_source(v, record, source);
	if (r == 0)
		r = bc_cel_log_check(log, v->verdict->findings, NULL, v->err);
	if (r < 0)
		return r;
	if (record->content == BC_CEL_IMA_TEMPLATE && record->entry && record->has_pcr && record->digest_count)
		return read_ima(v, record, source);
	v->verdict->cel_records++;
	return record->has_pcr && record->digest_count ? read_other(v, record, source) : 0;
}

/* Nothing else says which banks there are. */
static int add_banks(struct bc_verify *v, const struct bc_cel_log *log)
{
	uint16_t algs[BC_BANKS_MAX];
	const size_t count = bc_cel_log_banks(log, algs);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		if (bc_hash_available(algs[i]) && !v->input->firmware_log)
			r = bc_replay_add_bank(v->replay, algs[i], v->err);
	return r;
}

/* A digest is that of one field of the content: another may say anything. */
static int note_words(struct bc_verify *v, const char *source)
{
	struct bc_finding finding;

	bc_finding_init(&finding, BC_DATA_NOT_COVERED, "numbers and kinds of records, and what their content says beside the field that is hashed, are "
			"covered by no digest");
	bc_copy_text(finding.source, sizeof(finding.source), source);
	return bc_findings_add(v->verdict->findings, &finding, v->err);
}

int bc_verify_cel(struct bc_verify *v, struct bc_stream *stream)
{
	const struct bc_cel_record *record;
	struct bc_cel_log *log = NULL;
	bool words = false;
	int r;

	r = bc_cel_log_open(stream, &log, v->err);
	if (r == 0)
		r = add_banks(v, log);
	while (r >= 0 && (r = bc_cel_log_next(log, &record, v->err)) > 0) {
		words |= record->content != BC_CEL_FIRMWARE && record->content != BC_CEL_IMA_TEMPLATE;
		r = read_record(v, log, record, bc_stream_name(stream));
	}
	if (r == 0)
		r = bc_cel_log_check_end(log, v->verdict->findings, v->err);
	if (r == 0 && words)
		r = note_words(v, bc_stream_name(stream));
	bc_cel_log_free(log);
	if (r < 0)
		bc_error_source(v->err, bc_stream_name(stream));
	return r;
}
