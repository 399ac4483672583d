// SPDX-License-Identifier: BSD-2-Clause
/* What the kernel's own records in the IMA list say: firmware_log (which log it was) and ima_tpm (what happened to the TPM). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

#define SHA256_HEX 64
/* Decimal digits that a length of up to 16 MiB can have, and some. */
#define NUMBER_MAX 12
#define IMA_PCR 10
/* Entries that are looked for behind the cap. */
#define CAP_ENTRIES 4096

/* The text of a record in pieces; nothing is copied. */
struct text { const char *at; size_t left; };
struct record { struct text format, sha256, length, events, tpm, origin; };

static bool is_text(const struct text *text, const char *word)
{
	return text->left == strlen(word) && !memcmp(text->at, word, text->left);
}

/* "key=value;" at the start of *rest. */
static bool take_value(struct text *rest, const char *key, struct text *ret_value)
{
	const size_t size = strlen(key);
	const char *end;

	if (rest->left <= size || memcmp(rest->at, key, size) || rest->at[size] != '=')
		return false;
	rest->at += size + 1;
	rest->left -= size + 1;
	end = memchr(rest->at, ';', rest->left);
	if (!end)
		return false;
	*ret_value = (struct text){ rest->at, (size_t)(end - rest->at) };
	rest->at = end + 1;
	rest->left -= ret_value->left + 1;
	return true;
}

static bool is_number(const struct text *text)
{
	size_t i;

	for (i = 0; i < text->left; i++)
		if (text->at[i] < '0' || text->at[i] > '9')
			return false;
	return text->left && text->left <= NUMBER_MAX && (text->left == 1 || text->at[0] != '0');
}

static bool is_sha256(const struct text *text)
{
	size_t i;

	for (i = 0; i < text->left; i++)
		if (!memchr("0123456789abcdef", text->at[i], 16))
			return false;
	return text->left == SHA256_HEX;
}

/* Keys of a later version, "key=value;" each: none may be one of ours again, and nothing may be written twice. */
static bool is_more(struct text rest)
{
	static const char *const known[] = { "format", "sha256", "len", "events", "tpm", "pcr10" };
	const char *const start = rest.at;
	struct text key, value, other, again;
	const char *equal;
	char name[32];
	size_t i;

	while (rest.left) {
		equal = memchr(rest.at, '=', rest.left);
		key = (struct text){ rest.at, equal ? (size_t)(equal - rest.at) : 0 };
		if (!key.left || key.left >= sizeof(name) || memchr(key.at, ';', key.left))
			return false;
		memcpy(name, key.at, key.left);
		name[key.left] = '\0';
		for (i = 0; i < BC_ARRAY_SIZE(known); i++)
			if (!strcmp(known[i], name))
				return false;
		for (other = (struct text){ start, (size_t)(key.at - start) }; other.left;
		     other.left -= (size_t)(equal + 1 - other.at), other.at = equal + 1) {
			again = other;
			if (take_value(&again, name, &value))
				return false;
			equal = memchr(other.at, ';', other.left);
		}
		if (!take_value(&rest, name, &value))
			return false;
	}
	return true;
}

/* FORMATS 2: this order, no NUL, no newline. */
static bool read_record(const uint8_t *data, size_t size, struct record *record)
{
	struct text rest = { (const char *)data, size };
	size_t i;

	for (i = 0; i < size; i++)
		if (data[i] <= ' ' || data[i] > '~')
			return false;
	return take_value(&rest, "format", &record->format) && (is_text(&record->format, "tcg2") || is_text(&record->format, "none")) &&
	       take_value(&rest, "sha256", &record->sha256) && is_sha256(&record->sha256) &&
	       take_value(&rest, "len", &record->length) && is_number(&record->length) &&
	       take_value(&rest, "events", &record->events) && is_number(&record->events) &&
	       take_value(&rest, "tpm", &record->tpm) &&
	       (is_text(&record->tpm, "early") || is_text(&record->tpm, "late") || is_text(&record->tpm, "pending")) &&
	       take_value(&rest, "pcr10", &record->origin) && (is_text(&record->origin, "zero") ||
	       is_text(&record->origin, "kexec") || is_text(&record->origin, "foreign")) && is_more(rest);
}

/* ---- findings ---- */

static int say(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source, enum bc_code code, const char *message,
	       const char *expected, const struct text *found)
{
	struct bc_finding finding;

	bc_finding_init(&finding, code, "%s", message);
	bc_copy_text(finding.source, sizeof(finding.source), source);
	if (expected)
		bc_copy_text(finding.expected, sizeof(finding.expected), expected);
	if (found)
		bc_append_escaped(finding.found, sizeof(finding.found), 0, found->at, found->left);
	finding.entry = true;
	finding.number = (int64_t)entry->number;
	finding.offset = (int64_t)entry->offset;
	finding.pcr = (int)entry->pcr;
	if (code == BC_FWLOG_RECORD_MISMATCH)
		v->record_bad = true;
	return bc_findings_add(v->verdict->findings, &finding, v->err);
}

static int differs(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source, const char *message, const char *expected,
		   const struct text *found)
{
	return say(v, entry, source, BC_FWLOG_RECORD_MISMATCH, message, expected, found);
}

/* Digest, length and number of events of the log that was given, or of none. */
static int compare(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source, const struct record *record)
{
	const bool none = is_text(&record->format, "none");
	char hex[SHA256_HEX + 1], length[24], events[24];
	uint8_t digest[BC_DIGEST_MAX];
	int r;

	if (!v->input->firmware_log && !none)
		return 0;
	if (v->input->firmware_log && none)
		return differs(v, entry, source, "the kernel had no firmware log, but one was given", "tcg2", &record->format);
	memcpy(digest, v->log_digest, sizeof(digest));
	if (!v->input->firmware_log) {
		r = bc_digest(BC_ALG_SHA256, "", 0, digest, v->err);
		if (r < 0)
			return r;
	}
	bc_hex(digest, SHA256_HEX / 2, hex);
	snprintf(length, sizeof(length), "%" PRIu64, none ? 0 : v->log_size);
	snprintf(events, sizeof(events), "%" PRIu64, none ? 0 : v->verdict->firmware_events);
	if (!is_text(&record->length, length))
		return differs(v, entry, source, "the kernel had a firmware log of another length", length, &record->length);
	if (!is_text(&record->events, events))
		return differs(v, entry, source, "the kernel counted other events in its firmware log", events, &record->events);
	if (!is_text(&record->sha256, hex))
		return differs(v, entry, source, "the firmware log is not the one that the kernel had: types, data or order of its "
			       "events differ", hex, &record->sha256);
	if (v->input->firmware_log && !v->record_entry)
		v->record_entry = entry->number;
	return 0;
}

static bool has_name(const struct bc_ima_entry *entry, const char *name)
{
	return entry->name && entry->name_size == strlen(name) && !memcmp(entry->name, name, entry->name_size);
}

/* The buffer of an ima-buf entry. */
static bool get_buffer(const struct bc_ima_entry *entry, struct text *ret_text)
{
	if (strcmp(entry->template_name, "ima-buf") || entry->field_count != 3)
		return false;
	*ret_text = (struct text){ (const char *)entry->field[2].data, entry->field[2].size };
	return true;
}

static int judge_firmware_log(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source)
{
	struct record record;
	struct text text;
	int r;

	v->firmware_record = true;
	if (!get_buffer(entry, &text))
		return differs(v, entry, source, "firmware_log of another template", "ima-buf",
			       &(struct text){ entry->template_name, strlen(entry->template_name) });
	if (entry->violation)
		return differs(v, entry, source, "firmware_log is a violation: no digest covers what it says", NULL, NULL);
	if (!v->after_aggregate)
		return differs(v, entry, source, v->after_record ? "firmware_log stands here twice" :
			       "firmware_log does not stand right behind boot_aggregate", NULL, NULL);
	if (entry->pcr != v->aggregate_pcr)
		return differs(v, entry, source, "firmware_log is in another PCR than boot_aggregate", NULL, NULL);
	if (!read_record((const uint8_t *)text.at, text.left, &record))
		return differs(v, entry, source, "firmware_log is not of a form that is known",
			       "format=tcg2;sha256=...;len=N;events=N;tpm=early;pcr10=zero;", &text);
	if (is_text(&record.origin, "foreign"))
		return differs(v, entry, source, "the PCR of IMA had been extended before the list began", "zero", &record.origin);
	r = compare(v, entry, source, &record);
	if (r == 0 && !is_text(&record.tpm, "early") && !v->aggregate_late) {
		v->verdict->aggregate_late = true;
		r = say(v, entry, source, BC_AGGREGATE_LATE, "IMA had to wait for the TPM", "early", &record.tpm);
	}
	return r;
}

static int judge_tpm_state(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source, const struct text *text)
{
	static const struct { const char *text; enum bc_code code; const char *message; } states[] = {
		{ "state=bypass", BC_IMA_BYPASS, "the TPM came too late: no entry of the list was extended" },
		{ "state=gone", BC_IMA_TPM_GONE, "the TPM went away: nothing behind this entry was extended" },
		{ "state=reset", BC_IMA_TPM_GONE, "the TPM was reset while IMA measured: its PCRs lost what was in them" },
	};
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(states); i++)
		if (is_text(text, states[i].text))
			return say(v, entry, source, states[i].code, states[i].message, NULL, text);
	return say(v, entry, source, BC_IMA_TPM_GONE, "ima_tpm tells a state that is not known", "state=bypass, gone or reset", text);
}

int bc_verify_record(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source)
{
	static const char begin[] = "format=";
	const bool record = has_name(entry, "firmware_log"), aggregate = bc_ima_is_boot_aggregate(entry);
	struct text text = { NULL, 0 };
	int r = 0;

	if (record)
		r = judge_firmware_log(v, entry, source);
	else if (get_buffer(entry, &text) && has_name(entry, "ima_tpm"))
		r = judge_tpm_state(v, entry, source, &text);
	else if (v->after_aggregate && text.left > sizeof(begin) && !memcmp(text.at, begin, sizeof(begin) - 1))
		r = differs(v, entry, source, "a record of the firmware log has another name", "firmware_log",
			    &(struct text){ (const char *)entry->name, entry->name_size });
	v->after_record = record;
	v->after_aggregate = aggregate;
	if (aggregate) {
		v->aggregate_pcr = entry->pcr;
		v->aggregate_late = has_name(entry, "boot_aggregate_late");
		v->verdict->aggregate_late |= v->aggregate_late;
	}
	return r;
}

int bc_verify_record_log(struct bc_verify *v, const struct bc_tcg_event *event)
{
	const uint8_t *bytes;
	size_t size;
	int r;

	/* The event is still in the stream's window: this moves nothing. */
	r = bc_stream_peek(v->input->firmware_log, (size_t)event->size, &bytes, &size, v->err);
	if (r == 0 && !v->log_hash) {
		r = bc_hash_new(BC_ALG_SHA256, &v->log_hash, v->err);
		if (r == 0)
			r = bc_hash_start(v->log_hash, v->err);
	}
	if (r == 0)
		r = bc_hash_update(v->log_hash, bytes, (size_t)event->size, v->err);
	v->log_size += event->size;
	return r;
}

int bc_verify_record_log_end(struct bc_verify *v)
{
	return v->log_hash ? bc_hash_finish(v->log_hash, v->log_digest, v->err) : 0;
}

/* ---- the cap: ff...ff is extended first, so that nobody can extend a list of his own ---- */

static int cap_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg)
{
	return bc_replay_entry(v->capped, entry, alg, NULL, v->err);
}

int bc_verify_cap_start(struct bc_verify *v)
{
	/* A violation extends the same ff...ff. */
	const struct bc_ima_entry cap = { .pcr = IMA_PCR, .violation = true, .template_name = "" };
	size_t i;
	int r;

	if (v->searching || !v->input->ima_log_count)
		return 0;
	r = bc_replay_new(&v->capped, v->err);
	for (i = 0; r == 0 && i < v->judged_count; i++)
		if (v->usable[i])
			r = bc_replay_add_bank(v->capped, v->judged[i]->alg, v->err);
	return r == 0 ? cap_entry(v, &cap, 0) : r;
}

int bc_verify_cap_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg)
{
	const struct bc_pcr_bank *now;
	size_t i;
	int r;

	if (!v->capped || v->on_cap || entry->number > CAP_ENTRIES || entry->pcr != IMA_PCR)
		return 0;
	r = cap_entry(v, entry, alg);
	for (i = 0; r == 0 && i < v->judged_count; i++) {
		now = bc_pcrs_bank_const(bc_replay_values(v->capped), v->judged[i]->alg);
		if (now && v->judged[i]->present >> IMA_PCR & 1 && now->present >> IMA_PCR & 1)
			v->on_cap |= !memcmp(now->value[IMA_PCR], v->judged[i]->value[IMA_PCR], now->size);
	}
	return r;
}

/* Is there a value of this PCR, in a bank that is judged? */
static bool is_given(const struct bc_verify *v, unsigned int pcr)
{
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		if (v->usable[i] && v->logged[i] && v->judged[i]->present >> pcr & 1)
			return true;
	return false;
}

void bc_verify_record_end(struct bc_verify *v)
{
	struct bc_verdict *verdict = v->verdict;

	verdict->firmware_record = v->firmware_record;
	verdict->firmware_record_checked = v->firmware_record && (v->record_bad || v->record_entry);
	verdict->firmware_record_matches = v->record_entry && !v->record_bad;
	verdict->firmware_log_bound = verdict->firmware_record_matches && v->have_cut && v->record_entry <= v->cut &&
				      is_given(v, v->aggregate_pcr);
}
