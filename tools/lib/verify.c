// SPDX-License-Identifier: BSD-2-Clause
/* Read the logs once, front to back, and note where they agree with the PCR values given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

static bool is_wanted(const struct bc_verify_input *input, uint16_t alg)
{
	size_t i;

	for (i = 0; i < input->bank_count; i++)
		if (input->banks[i] == alg)
			return true;
	return input->bank_count == 0;
}

/* Which banks of the PCR values are judged. */
static int choose_banks(struct bc_verify *v)
{
	const struct bc_verify_input *input = v->input;
	char label[16];
	size_t i;

	for (i = 0; i < input->bank_count; i++)
		if (!bc_pcrs_bank_const(v->pcrs, input->banks[i]))
			return bc_error_set(v->err, BC_E_USAGE, "the PCR values hold no bank %s",
					    bc_algorithm_label(input->banks[i], label));
	for (i = 0; i < v->pcrs->count; i++) {
		if (!is_wanted(input, v->pcrs->bank[i].alg))
			continue;
		v->usable[v->judged_count] = bc_hash_available(v->pcrs->bank[i].alg);
		v->logged[v->judged_count] = true;
		v->judged[v->judged_count++] = &v->pcrs->bank[i];
	}
	return 0;
}

static int find_judged(const struct bc_verify *v, uint16_t alg)
{
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		if (v->judged[i]->alg == alg)
			return (int)i;
	return -1;
}

static bool has_value(const struct bc_pcr_bank *bank, unsigned int pcr)
{
	return bank->present >> pcr & 1;
}

/* Is the running value of this PCR the one given? */
static bool is_given(const struct bc_verify *v, size_t judged, unsigned int pcr)
{
	const struct bc_pcr_bank *given = v->judged[judged];
	const struct bc_pcr_bank *now = bc_pcrs_bank_const(bc_replay_values(v->replay), given->alg);

	return now && !v->searching && has_value(given, pcr) && !memcmp(now->value[pcr], given->value[pcr], given->size);
}

/* ---- firmware log ---- */

static int add_finding(struct bc_verify *v, const struct bc_finding *finding)
{
	return bc_findings_add(v->verdict->findings, finding, v->err);
}

int bc_verify_bank_missing(struct bc_verify *v, size_t judged, int64_t number, const char *records, const char *message)
{
	struct bc_finding finding;
	char label[16];

	v->logged[judged] = false;
	bc_finding_init(&finding, BC_LOG_BANK_MISSING, "bank %s %s", bc_algorithm_label(v->judged[judged]->alg, label), message);
	bc_copy_text(finding.source, sizeof(finding.source), records ? records : v->firmware_name);
	finding.record = records != NULL;
	finding.number = number;
	return add_finding(v, &finding);
}

/* Replay every bank of the log that can be hashed: boot_aggregate may be of one whose PCRs were not given. */
static int add_log_banks(struct bc_verify *v, const struct bc_tcg_header *header)
{
	bool in_header[BC_BANKS_MAX] = { false };
	struct bc_finding finding;
	char label[16];
	size_t i;
	int r = 0, judged;

	for (i = 0; r == 0 && i < header->bank_count; i++) {
		judged = find_judged(v, header->bank[i].alg);
		if (judged >= 0)
			in_header[judged] = true;
		if (bc_hash_available(header->bank[i].alg))
			r = bc_replay_add_bank(v->replay, header->bank[i].alg, v->err);
		if (r < 0 || bc_pcrs_bank_const(v->pcrs, header->bank[i].alg))
			continue;
		bc_finding_init(&finding, BC_BANK_NOT_LOGGED, "bank %s is in the log, but no PCR values of it were %s",
				bc_algorithm_label(header->bank[i].alg, label), v->input->quote ? "quoted" : "given");
		r = add_finding(v, &finding);
	}
	for (i = 0; r == 0 && i < v->judged_count; i++)
		if (!in_header[i])
			r = bc_verify_bank_missing(v, i, -1, NULL, "has PCR values, but is not in the log's Spec ID: nothing explains it");
	return r;
}

static int add_judged_banks(struct bc_verify *v)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < v->judged_count; i++)
		if (v->usable[i])
			r = bc_replay_add_bank(v->replay, v->judged[i]->alg, v->err);
	return r;
}

/* Event numbers and components of a PCR, for the table and the sentence. */
static void note_event(struct bc_verify *v, const struct bc_tcg_event *event)
{
	struct bc_pcr_events *events = &v->verdict->events[event->pcr];
	char *components = v->components[event->pcr];
	char component[64];
	size_t used = strlen(components);

	if (events->firmware_count < BC_VERDICT_EVENTS_MAX)
		events->firmware[events->firmware_count] = (uint32_t)event->number;
	events->firmware_count++;
	bc_tcg_event_component(event, component, sizeof(component));
	if (!strstr(components, component) && used + strlen(component) + 3 < BC_COMPONENTS_SIZE)
		bc_append(components, BC_COMPONENTS_SIZE, used, "%s%s", used ? ", " : "", component);
}

void bc_verify_note_value(struct bc_verify *v, unsigned int pcr, int64_t number)
{
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		if (v->logged[i] && is_given(v, i, pcr))
			v->left_at[i][pcr] = number;
}

static int note_extend(struct bc_verify *v, const struct bc_tcg_event *event)
{
	size_t i;
	int r = 0;

	note_event(v, event);
	v->firmware_mask |= UINT32_C(1) << event->pcr;
	for (i = 0; r == 0 && i < v->judged_count; i++) {
		if (!v->logged[i])
			continue;
		if (!bc_tcg_event_digest(event, v->judged[i]->alg))
			r = bc_verify_bank_missing(v, i, (int64_t)event->number, NULL, "has no digest in this event: nothing explains it");
	}
	bc_verify_note_value(v, event->pcr, (int64_t)event->number);
	return r;
}

void bc_verify_note_data(struct bc_verify *v, const struct bc_tcg_event *event)
{
	struct bc_verdict *verdict = v->verdict;

	v->by_efi |= event->type == BC_EV_EFI_BOOT_SERVICES_APPLICATION;
	if (bc_tcg_event_covers(event) == BC_COVERS_DATA)
		return;
	if (verdict->uncovered_count < BC_VERDICT_EVENTS_MAX)
		verdict->uncovered[verdict->uncovered_count] = (uint32_t)event->number;
	verdict->uncovered_count++;
}

static int read_event(struct bc_verify *v, struct bc_tcg_check *check, const struct bc_tcg_event *event)
{
	const uint8_t *data;
	size_t size;
	int r;

	r = bc_verify_record_log(v, event);
	if (r == 0 && !v->input->no_explanation)
		r = bc_explain_event(v, event);
	if (r == 0)
		r = bc_tcg_check_event(check, event, v->verdict->findings, NULL, v->err);
	if (r == 0)
		r = bc_replay_event(v->replay, event, v->err);
	if (r < 0)
		return r;
	v->verdict->firmware_events++;
	bc_verify_note_data(v, event);
	if (event->type == BC_EV_NO_ACTION)
		return 0;
	r = note_extend(v, event);
	if (r == 0 && v->input->fdt && bc_tcg_event_fdt_rule(event))
		r = bc_verify_keep(&v->tree, event, v->err);
	if (r == 0 && v->input->fdt && bc_tcg_event_tagged(event, BC_TAG_CMDLINE, &data, &size))
		r = bc_verify_keep(&v->cmdline, event, v->err);
	return r;
}

/* Before any event: what already is as given. */
static void note_start(struct bc_verify *v)
{
	unsigned int pcr;
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++)
			v->left_at[i][pcr] = is_given(v, i, pcr) ? -2 : -1;
}

static int read_firmware_log(struct bc_verify *v)
{
	struct bc_stream *stream = v->input->firmware_log;
	const struct bc_tcg_event *event;
	struct bc_tcg_check *check = NULL;
	struct bc_tcg_log *log = NULL;
	int r;

	r = bc_tcg_log_open(stream, &log, v->err);
	if (r == 0)
		r = add_log_banks(v, bc_tcg_log_header(log));
	if (r == 0)
		r = bc_tcg_check_new(log, &check, v->err);
	note_start(v);
	while (r >= 0 && (r = bc_tcg_log_next(log, &event, v->err)) > 0)
		r = read_event(v, check, event);
	if (r == 0)
		r = bc_tcg_check_end(check, v->verdict->findings, v->err);
	if (r == 0)
		r = bc_verify_record_log_end(v);
	bc_tcg_check_free(check);
	bc_tcg_log_free(log);
	if (r < 0)
		bc_error_source(v->err, bc_stream_name(stream));
	return r;
}

/* ---- IMA list ---- */

static void track_start(struct bc_verify *v)
{
	unsigned int pcr;
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++)
			v->track[i][pcr].matching = v->track[i][pcr].any = is_given(v, i, pcr);
}

/* The entry has extended pcr: a run of matching entries may end before it, or begin with it. */
static void track_entry(struct bc_verify *v, unsigned int pcr, uint64_t number)
{
	struct bc_track *track;
	size_t i;

	for (i = 0; i < v->judged_count; i++) {
		track = &v->track[i][pcr];
		if (track->matching)
			track->last = number - 1;
		track->matching = is_given(v, i, pcr);
		if (!track->matching || track->any)
			continue;
		track->any = true;
		track->first = number;
	}
}

static void track_end(struct bc_verify *v, uint64_t entries)
{
	unsigned int pcr;
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++)
			if (v->track[i][pcr].matching)
				v->track[i][pcr].last = entries;
}

static int entry_finding(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source, enum bc_code code,
			 const char *message)
{
	struct bc_finding finding;

	bc_finding_init(&finding, code, "%s", message);
	bc_copy_text(finding.source, sizeof(finding.source), source);
	finding.entry = true;
	finding.number = (int64_t)entry->number;
	finding.offset = (int64_t)entry->offset;
	finding.pcr = (int)entry->pcr;
	return add_finding(v, &finding);
}

/* The aggregate is not found among the PCRs that are known; checked: its own bank's are. */
static int aggregate_not_found(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source, bool checked)
{
	struct bc_aggregate given;
	char message[160], alg[64];
	int r;

	if (bc_verify_has_firmware(v)) {
		r = bc_aggregate_find(entry, v->pcrs, &given, v->err);
		if (r < 0)
			return r;
		if (given.found && !checked)
			return entry_finding(v, entry, source, BC_AGGREGATE_INFERRED,
					     "boot_aggregate agrees with the PCR values given; the firmware log has not this bank");
		if (given.found)
			return entry_finding(v, entry, source, BC_AGGREGATE_MISMATCH,
					     "it is the hash of the PCR values given, but not of those that the firmware log leads to");
	}
	if (!checked) {
		v->verdict->aggregate_unchecked = true;
		bc_escape(entry->file_alg, strlen(entry->file_alg), alg, sizeof(alg));
		snprintf(message, sizeof(message), "boot_aggregate is not compared: PCR 0-9 of bank %s are not all known", alg);
		return entry_finding(v, entry, source, BC_AGGREGATE_UNCHECKED, message);
	}
	return entry_finding(v, entry, source, BC_AGGREGATE_MISMATCH,
			     "it is the hash of PCR 0-7 or 0-9 in no bank: the IMA list is of another boot than the firmware's PCRs");
}

/* What boot_aggregate is, compared with the replay or, without a firmware log, with the values given. */
static int check_aggregate(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source)
{
	const struct bc_pcrs *pcrs = bc_verify_has_firmware(v) ? &v->firmware : v->pcrs;
	struct bc_aggregate aggregate;
	int r;

	r = bc_aggregate_find(entry, pcrs, &aggregate, v->err);
	if (r < 0)
		return r;
	if (!v->aggregates++)
		v->verdict->aggregate = aggregate;
	if (!strcmp(aggregate.name, "boot_aggregate_late"))
		r = entry_finding(v, entry, source, BC_AGGREGATE_LATE, "IMA started late: what ran before is not in the list");
	if (r < 0)
		return r;
	if (entry->violation)
		return entry_finding(v, entry, source, BC_AGGREGATE_MISMATCH,
				     "boot_aggregate is a violation: no digest covers what it says");
	if (aggregate.zero)
		return entry_finding(v, entry, source, BC_AGGREGATE_ZERO, "boot_aggregate is zero: IMA started without the TPM");
	if (!aggregate.found)
		return aggregate_not_found(v, entry, source, aggregate.checked);
	if (!bc_verify_has_firmware(v))
		r = entry_finding(v, entry, source, BC_AGGREGATE_INFERRED,
				  "boot_aggregate agrees with the PCR values given; there is no firmware log to compare with");
	if (r == 0 && aggregate.bank == BC_ALG_SHA1)
		r = entry_finding(v, entry, source, BC_AGGREGATE_LOW, "boot_aggregate is of the SHA-1 bank");
	return r;
}

int bc_verify_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg, const char *source)
{
	enum bc_agree agree;
	int r = 0;

	if (!entry->data_known && (v->judged_count != 1 || v->judged[0]->alg != alg)) {
		r = bc_error_found(v->err, BC_E_UNSUPPORTED, "template", "one that is known, in an ascii list", "%s", entry->template_name);
		r = bc_error_message(v->err, r, "give the binary list, or --bank of this list alone");
		bc_error_event(v->err, "entry", entry->number);
		return r;
	}
	if (bc_ima_is_boot_aggregate(entry))
		r = check_aggregate(v, entry, source);
	if (r == 0)
		r = bc_replay_entry(v->replay, entry, alg, &agree, v->err);
	if (r < 0)
		return r;
	v->verdict->ima_entries++;
	v->ima_mask |= UINT32_C(1) << entry->pcr;
	if (!v->ima_first[entry->pcr])
		v->ima_first[entry->pcr] = entry->number;
	track_entry(v, entry->pcr, entry->number);
	r = bc_verify_quote_try(v, entry->number, entry->pcr);
	if (r == 0)
		r = bc_verify_record(v, entry, source);
	if (r == 0)
		r = bc_verify_cap_entry(v, entry, alg);
	if (r == 0 && !v->input->no_explanation)
		r = bc_explain_entry(v, entry, alg, agree);
	if (r < 0)
		return r;
	if (v->input->cert_count)
		r = bc_verify_file_signature(v, entry, source);
	if (r == 0 && agree == BC_AGREE_NO)
		r = entry_finding(v, entry, source, BC_IMA_TEMPLATE_DIGEST, "the template digest is not that of the template data");
	if (r == 0 && entry->violation) {
		v->verdict->ima_violations++;
		r = entry_finding(v, entry, source, BC_IMA_VIOLATION, "a violation: the file was written while it was measured");
	}
	return r;
}

static int read_ima_log(struct bc_verify *v, struct bc_stream *stream)
{
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	int r;

	r = bc_ima_log_open(stream, v->verdict->ima_entries + 1, &log, v->err);
	/* The list's own bank is replayed too, so that its stored digests are checked even when its PCRs were not given. */
	if (r == 0 && bc_ima_log_alg(log) && bc_hash_available(bc_ima_log_alg(log)))
		r = bc_replay_add_bank(v->replay, bc_ima_log_alg(log), v->err);
	while (r >= 0 && (r = bc_ima_log_next(log, &entry, v->err)) > 0)
		r = bc_verify_entry(v, entry, bc_ima_log_alg(log), bc_stream_name(stream));
	bc_ima_log_free(log);
	if (r < 0)
		bc_error_source(v->err, bc_stream_name(stream));
	return r;
}

/* ---- the whole ---- */

bool bc_verify_has_firmware(const struct bc_verify *v)
{
	return v->input->firmware_log || v->cel_firmware;
}

int bc_verify_start_ima(struct bc_verify *v)
{
	int r;

	if (v->ima_started)
		return 0;
	v->ima_started = true;
	bc_replay_known(v->replay, &v->firmware);
	r = bc_verify_quote_try(v, 0, BC_PCR_COUNT);
	if (r == 0)
		r = bc_verify_infer(v);
	track_start(v);
	return r < 0 ? r : bc_verify_cap_start(v);
}

static int read_all(struct bc_verify *v)
{
	size_t i;
	int r;

	v->pcrs = v->input->pcrs;
	v->firmware_name = v->input->firmware_log ? bc_stream_name(v->input->firmware_log) : "";
	v->ima_name = v->input->ima_log_count ? bc_stream_name(v->input->ima_log[0]) : "";
	r = bc_verify_certs(v);
	if (r == 0 && v->input->quote)
		r = bc_verify_quote(v);
	if (r == 0)
		r = choose_banks(v);
	if (r == 0)
		r = bc_replay_new(&v->replay, v->err);
	if (r == 0)
		r = add_judged_banks(v);
	if (r == 0)
		note_start(v);
	if (r == 0 && v->input->firmware_log)
		r = read_firmware_log(v);
	for (i = 0; r == 0 && i < v->input->cel_log_count; i++)
		r = bc_verify_cel(v, v->input->cel_log[i]);
	if (r == 0)
		r = bc_verify_start_ima(v);
	for (i = 0; r == 0 && i < v->input->ima_log_count; i++)
		r = read_ima_log(v, v->input->ima_log[i]);
	if (r == 0 && v->input->ima_log_count && !v->verdict->ima_entries) {
		r = bc_error_at(v->err, BC_E_INPUT, 0, "entry", "boot_aggregate, with which every list of IMA begins", "no entry at all");
		bc_error_source(v->err, v->ima_name);
	}
	track_end(v, v->verdict->ima_entries);
	if (r == 0)
		r = bc_verify_quote_end(v);
	if (r == 0 && v->input->fdt)
		r = bc_verify_tree(v);
	return r;
}

int bc_verify(const struct bc_verify_input *input, struct bc_verdict **ret_verdict, struct bc_error *reterr)
{
	struct bc_verdict *verdict = NULL;
	struct bc_verify *v = NULL;
	struct bc_error err;
	int r;

	bc_error_clear(&err);
	if (!input->quote && (!input->pcrs || !input->pcrs->count))
		return bc_error_set(reterr, BC_E_USAGE, "no PCR values were given");
	if (input->quote && input->bank_count)
		return bc_error_set(reterr, BC_E_USAGE, "a quote says itself which banks it covers: no --bank with it");
	if (!input->firmware_log && !input->ima_log_count && !input->cel_log_count)
		return bc_error_set(reterr, BC_E_USAGE, "neither a firmware log nor an IMA list was given");
	v = calloc(1, sizeof(*v));
	verdict = calloc(1, sizeof(*verdict));
	if (!v || !verdict || bc_findings_new(&verdict->findings, &err) < 0) {
		r = bc_error_nomem(&err);
		goto out;
	}
	*v = (struct bc_verify){ .input = input, .verdict = verdict, .err = &err };
	verdict->have_firmware_log = input->firmware_log != NULL;
	verdict->have_ima_log = input->ima_log_count > 0;
	verdict->have_fdt = input->fdt != NULL;
	r = read_all(v);
	if (r == 0)
		r = bc_verdict_judge(v);
	/* What was read cannot be judged: a result. The rest is the caller's, the machine's or our fault. */
	if (r == BC_E_INPUT || r == BC_E_UNSUPPORTED || r == BC_E_IO) {
		bc_verdict_fail(verdict, &err);
		r = 0;
	}
out:
	if (v) {
		bc_verify_drop(&v->tree);
		bc_verify_drop(&v->cmdline);
		bc_replay_free(v->replay);
		bc_replay_free(v->capped);
		bc_hash_free(v->quote_hash);
		bc_explain_free(v->explain);
		bc_hash_free(v->log_hash);
		free(v->certs);
		free(v);
	}
	if (r == 0) {
		*ret_verdict = verdict;
		return 0;
	}
	bc_verdict_free(verdict);
	if (reterr)
		*reterr = err;
	return r;
}
