// SPDX-License-Identifier: BSD-2-Clause
/* Canonical event log (TCG CEL 1.0), pulled record by record; also the log of systemd's measurements, which is close to it. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cel.h"

static const struct { uint32_t type; enum bc_cel_content content; const char *name; } contents[] = {
	{ BC_CEL_TYPE_MANAGEMENT, BC_CEL_MANAGEMENT, "cel" },
	{ BC_CEL_TYPE_FIRMWARE, BC_CEL_FIRMWARE, "pcclient_std" },
	{ BC_CEL_TYPE_IMA_TEMPLATE, BC_CEL_IMA_TEMPLATE, "ima_template" },
	{ BC_CEL_TYPE_IMA_TLV, BC_CEL_OTHER, "ima_tlv" },
	{ BC_CEL_TYPE_SYSTEMD, BC_CEL_SYSTEMD, "systemd" },
};

void bc_cel_set_content(struct bc_cel_record *record, uint32_t type, const char *name)
{
	size_t i;

	record->content = BC_CEL_OTHER;
	record->content_name = "other";
	for (i = 0; i < BC_ARRAY_SIZE(contents); i++) {
		if (name ? strcasecmp(name, contents[i].name) : type != contents[i].type)
			continue;
		record->content = contents[i].content;
		record->content_name = contents[i].name;
	}
}

int bc_cel_add_digest(struct bc_cel_record *record, uint16_t alg, const uint8_t *bytes, size_t size, uint64_t offset,
		      struct bc_error *reterr)
{
	const struct bc_algorithm *row = bc_algorithm_by_id(alg);
	size_t i;

	if (row ? size != row->size : size == 0 || size > BC_DIGEST_MAX)
		return bc_error_at(reterr, BC_E_INPUT, offset, "digests", "the size of the algorithm's digests", "algorithm 0x%04x, %zu bytes",
				   alg, size);
	for (i = 0; i < record->digest_count; i++)
		if (record->digest[i].alg == alg)
			return bc_error_at(reterr, BC_E_INPUT, offset, "digests", "each algorithm once", "algorithm 0x%04x twice", alg);
	if (record->digest_count == BC_BANKS_MAX)
		return bc_error_at(reterr, BC_E_INPUT, offset, "digests", "at most 16", "more");
	record->digest[record->digest_count++] = (struct bc_tcg_digest){ .alg = alg, .size = (uint16_t)size, .bytes = bytes };
	return 0;
}

/* ---- records ---- */

/* The parts of an IMA record's template data; a record whose data breaks its template has no name. */
static void split_template(struct bc_cel_log *log)
{
	struct bc_cel_record *record = &log->record;
	struct bc_ima_entry *entry = &log->entry;

	memset(entry, 0, sizeof(*entry));
	if (record->content != BC_CEL_IMA_TEMPLATE || !record->template_name)
		return;
	bc_copy_text(entry->storage, sizeof(entry->storage), record->template_name);
	entry->template_name = entry->storage;
	entry->data = record->data;
	entry->data_size = record->data_size;
	entry->data_known = true;
	entry->pcr = record->pcr;
	bc_ima_plan_for(&log->plan, entry->template_name);
	if (bc_ima_template_split(&log->plan, entry, NULL) == 0)
		record->entry = entry;
}

static int read_record(struct bc_cel_log *log, struct bc_error *reterr)
{
	int r;

	memset(&log->record, 0, sizeof(log->record));
	log->record.number = log->next;
	log->record.offset = bc_stream_offset(log->stream);
	r = log->json ? bc_cel_json_read(log, reterr) : bc_cel_tlv_read(log, reterr);
	if (r > 0)
		split_template(log);
	return r;
}

static int next_record(struct bc_cel_log *log, struct bc_error *reterr)
{
	int r;

	r = bc_stream_skip(log->stream, log->pending, reterr);
	if (r < 0)
		return r;
	log->pending = 0;
	return read_record(log, reterr);
}

/* What log->error says is what every later call says. */
static int keep_failure(struct bc_cel_log *log, int r)
{
	bc_error_source(&log->error, bc_stream_name(log->stream));
	bc_error_offset(&log->error, bc_stream_offset(log->stream));
	bc_error_event(&log->error, "record", log->next);
	log->failed = r;
	return r;
}

int bc_cel_log_next(struct bc_cel_log *log, const struct bc_cel_record **ret_record, struct bc_error *reterr)
{
	int r;

	if (log->failed) {
		if (reterr)
			*reterr = log->error;
		return log->failed;
	}
	r = next_record(log, &log->error);
	if (r < 0) {
		keep_failure(log, r);
		if (reterr)
			*reterr = log->error;
		return r;
	}
	if (r > 0) {
		log->next++;
		log->pending = (size_t)log->record.size;
		*ret_record = &log->record;
	}
	return r;
}

/* ---- open and free ---- */

/* The banks, by the first record; when it cannot be read, that is the error of the first call of next. */
static void find_banks(struct bc_cel_log *log)
{
	size_t i;
	int r;

	r = read_record(log, &log->error);
	if (r < 0)
		keep_failure(log, r);
	for (i = 0; r > 0 && i < log->record.digest_count; i++)
		log->bank[log->bank_count++] = log->record.digest[i].alg;
}

int bc_cel_log_open(struct bc_stream *stream, struct bc_cel_log **ret_log, struct bc_error *reterr)
{
	struct bc_cel_log *log = calloc(1, sizeof(*log));
	const uint8_t *data;
	size_t size;
	int r;

	if (!log)
		return bc_error_nomem(reterr);
	log->stream = stream;
	r = bc_stream_peek(stream, 4096, &data, &size, reterr);
	if (r == 0) {
		log->json = bc_cel_json_begins(data, size);
		if (!log->json && !bc_cel_tlv_begins(data, size))
			r = bc_error_at(reterr, BC_E_INPUT, 0, "record", "TLV or JSON of a canonical event log", "neither of them");
	}
	if (r < 0) {
		bc_error_source(reterr, bc_stream_name(stream));
		bc_error_event(reterr, "record", 0);
		bc_cel_log_free(log);
		return r;
	}
	find_banks(log);
	*ret_log = log;
	return 0;
}

void bc_cel_log_free(struct bc_cel_log *log)
{
	if (!log)
		return;
	json_object_put(log->object);
	bc_tcg_check_free(log->check);
	free(log->data);
	free(log);
}

size_t bc_cel_log_banks(const struct bc_cel_log *log, uint16_t *ret_algs)
{
	memcpy(ret_algs, log->bank, log->bank_count * sizeof(log->bank[0]));
	return log->bank_count;
}

/* ---- what a record says ---- */

struct bc_tcg_event bc_cel_record_event(const struct bc_cel_record *record)
{
	struct bc_tcg_event event = { .number = record->number, .offset = record->offset, .size = record->size, .pcr = record->pcr,
				      .type = record->content == BC_CEL_FIRMWARE ? record->event_type : BC_EV_ACTION,
				      .digest_count = record->digest_count, .data = record->data, .data_size = record->data_size };

	memcpy(event.digest, record->digest, sizeof(event.digest));
	return event;
}

size_t bc_cel_record_text(const struct bc_cel_record *record, char *ret_text, size_t size)
{
	const struct bc_tcg_event event = bc_cel_record_event(record);
	const char *name = bc_tcg_type_name(record->event_type);
	char text[1024];
	size_t used = 0;

	if (size)
		ret_text[0] = '\0';
	switch (record->content) {
	case BC_CEL_FIRMWARE:
		bc_tcg_event_text(&event, text, sizeof(text));
		if (name)
			used = bc_append(ret_text, size, 0, "%s", name);
		else
			used = bc_append(ret_text, size, 0, "0x%08" PRIx32, record->event_type);
		return text[0] ? bc_append(ret_text, size, used, ": %s", text) : used;
	case BC_CEL_IMA_TEMPLATE:
		used = bc_append_escaped(ret_text, size, 0, record->template_name, record->template_name ? strlen(record->template_name) : 0);
		if (record->entry && record->entry->name) {
			used = bc_append(ret_text, size, used, ": ");
			used = bc_append_escaped(ret_text, size, used, record->entry->name, record->entry->name_size);
		}
		return used;
	case BC_CEL_SYSTEMD:
		if (record->event_name)
			used = bc_append_escaped(ret_text, size, 0, record->event_name, strlen(record->event_name));
		used = bc_append(ret_text, size, used, "%s", used ? ": " : "");
		return bc_append_escaped(ret_text, size, used, record->data, record->data_size);
	case BC_CEL_MANAGEMENT:
	case BC_CEL_OTHER:
		break;
	}
	return bc_printable(record->data, record->data_size) ? bc_append_escaped(ret_text, size, 0, record->data, record->data_size) : 0;
}

/* ---- digests against content ---- */

/* systemd hashes the string itself, but for secrets, where it is the key's HMAC of the string. */
static bool is_plain(const struct bc_cel_record *record)
{
	static const char *const plain[] = { "phase", "filesystem", "machine-id", "product-id", "nvpcr-init" };
	size_t i;

	for (i = 0; record->event_name && i < BC_ARRAY_SIZE(plain); i++)
		if (!strcmp(record->event_name, plain[i]))
			return true;
	return false;
}

static int template_digest(const struct bc_ima_entry *entry, uint16_t alg, uint8_t *ret_value, struct bc_error *reterr)
{
	struct bc_hash *hash = NULL;
	int r = bc_hash_new(alg, &hash, reterr);

	if (r == 0)
		r = bc_ima_template_digest(entry, hash, ret_value, reterr);
	bc_hash_free(hash);
	return r;
}

/* As tcg_check.c does in a firmware log: digests, separators, order. */
static int check_firmware(struct bc_cel_log *log, struct bc_findings *list, enum bc_agree *ret_agree, struct bc_error *reterr)
{
	const struct bc_tcg_event event = bc_cel_record_event(&log->record);
	int r = 0;

	if (!log->check)
		r = bc_tcg_check_new_cel(bc_stream_name(log->stream), &log->check, reterr);
	return r < 0 ? r : bc_tcg_check_event(log->check, &event, list, ret_agree, reterr);
}

/* Digest of the content in one bank. Result: 1, or 0 when it is not known what it is of; *ret_must says that it can be of nothing else. */
static int content_digest(const struct bc_cel_record *record, uint16_t alg, uint8_t *ret_value, bool *ret_must, struct bc_error *reterr)
{
	int r;

	if (!bc_hash_available(alg))
		return 0;
	*ret_must = true;
	switch (record->content) {
	case BC_CEL_IMA_TEMPLATE:
		if (!record->entry)
			return 0;
		r = template_digest(record->entry, alg, ret_value, reterr);
		break;
	case BC_CEL_SYSTEMD:
		*ret_must = is_plain(record);
		r = bc_digest(alg, record->data, record->data_size, ret_value, reterr);
		break;
	default:
		return 0;
	}
	return r < 0 ? r : 1;
}

static int add_finding(const struct bc_cel_log *log, struct bc_finding *finding, struct bc_findings *list, struct bc_error *reterr)
{
	const struct bc_cel_record *record = &log->record;

	bc_copy_text(finding->source, sizeof(finding->source), bc_stream_name(log->stream));
	finding->record = true;
	finding->number = (int64_t)record->number;
	finding->offset = (int64_t)record->offset;
	finding->pcr = record->has_pcr ? (int)record->pcr : -1;
	return bc_findings_add(list, finding, reterr);
}

static int digest_finding(const struct bc_cel_log *log, const struct bc_tcg_digest *digest, const uint8_t *value,
			  struct bc_findings *list, struct bc_error *reterr)
{
	struct bc_finding finding;
	char label[16];

	if (!list)
		return 0;
	bc_finding_init(&finding, log->record.content == BC_CEL_IMA_TEMPLATE ? BC_IMA_TEMPLATE_DIGEST : BC_DIGEST_DATA,
			"the %s digest is not that of the content", bc_algorithm_label(digest->alg, label));
	bc_hex(value, digest->size, finding.expected);
	bc_hex(digest->bytes, digest->size, finding.found);
	return add_finding(log, &finding, list, reterr);
}

/* Each number is that of the record before and one (CEL 1.0, 4.1.1). The PCR values tell whether records are missing; the first gap is said. */
static int check_recnum(struct bc_cel_log *log, struct bc_findings *list, struct bc_error *reterr)
{
	const struct bc_cel_record *record = &log->record;
	const uint64_t wanted = log->next_recnum;
	struct bc_finding finding;

	log->next_recnum = record->has_recnum ? record->recnum + 1 : 0;
	if (!list || log->recnum_said || !wanted || !record->has_recnum || record->recnum == wanted)
		return 0;
	log->recnum_said = true;
	bc_finding_init(&finding, BC_DATA_NOT_COVERED, "its recnum does not follow that of the record before: records were left out, moved or added, "
			"and no digest covers the numbers");
	snprintf(finding.expected, sizeof(finding.expected), "%" PRIu64, wanted);
	snprintf(finding.found, sizeof(finding.found), "%" PRIu64, record->recnum);
	return add_finding(log, &finding, list, reterr);
}

int bc_cel_log_check(struct bc_cel_log *log, struct bc_findings *list, enum bc_agree *ret_agree, struct bc_error *reterr)
{
	const struct bc_cel_record *record = &log->record;
	enum bc_agree agree = BC_AGREE_UNKNOWN;
	uint8_t value[BC_DIGEST_MAX];
	bool must, differs;
	size_t i;
	int r = check_recnum(log, list, reterr);

	if (r == 0 && record->content == BC_CEL_FIRMWARE && record->has_pcr)
		return check_firmware(log, list, ret_agree, reterr);
	for (i = 0; r == 0 && i < record->digest_count; i++) {
		const struct bc_tcg_digest *digest = &record->digest[i];

		r = content_digest(record, digest->alg, value, &must, reterr);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		r = 0;
		differs = memcmp(value, digest->bytes, digest->size) != 0;
		/* A violation of IMA: zeros in the log, ff...ff in the PCR. */
		if (differs && (!must || (record->content == BC_CEL_IMA_TEMPLATE && bc_all_bytes(digest->bytes, digest->size, 0))))
			continue;
		if (differs) {
			agree = BC_AGREE_NO;
			r = digest_finding(log, digest, value, list, reterr);
		} else if (agree == BC_AGREE_UNKNOWN) {
			agree = BC_AGREE_YES;
		}
	}
	if (r == 0 && ret_agree)
		*ret_agree = agree;
	return r;
}

int bc_cel_log_check_end(struct bc_cel_log *log, struct bc_findings *list, struct bc_error *reterr)
{
	return log->check ? bc_tcg_check_end(log->check, list, reterr) : 0;
}

int bc_replay_record(struct bc_replay *replay, const struct bc_cel_record *record, struct bc_error *reterr)
{
	struct bc_tcg_event event = bc_cel_record_event(record);
	uint8_t violation[BC_DIGEST_MAX];
	size_t i;
	int r;

	if (!record->has_pcr || !record->digest_count)	/* an NV index, or a note */
		return 0;
	memset(violation, 0xff, sizeof(violation));
	for (i = 0; record->content == BC_CEL_IMA_TEMPLATE && i < event.digest_count; i++)
		if (bc_all_bytes(event.digest[i].bytes, event.digest[i].size, 0))
			event.digest[i].bytes = violation;
	r = bc_replay_event(replay, &event, reterr);
	if (r < 0 && reterr)
		reterr->counter = "record";
	return r;
}
