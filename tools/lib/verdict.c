// SPDX-License-Identifier: BSD-2-Clause
/* From what was read to rows, findings, one kind and one sentence. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

/* PCRs that the firmware log alone must explain (docs/measurements.md: 0-7, upstream map 8-9), and IMA's default PCR. */
#define FIRMWARE_PCRS 0x3ffu
#define IMA_PCRS (UINT32_C(1) << 10)

void bc_verdict_free(struct bc_verdict *verdict)
{
	if (!verdict)
		return;
	bc_findings_free(verdict->findings);
	free(verdict->row);
	free(verdict);
}

const char *bc_verdict_name(enum bc_verdict_kind kind)
{
	switch (kind) {
	case BC_VERIFIED: return "verified";
	case BC_CONSISTENT: return "consistent";
	case BC_MISMATCH: return "mismatch";
	case BC_NOT_JUDGED: return "not-judged";
	}
	return "not-judged";
}

const char *bc_pcr_status_name(enum bc_pcr_status status)
{
	switch (status) {
	case BC_PCR_EXPLAINED: return "explained";
	case BC_PCR_INITIAL: return "initial";
	case BC_PCR_NOT_EXPLAINED: return "not-explained";
	case BC_PCR_NOT_QUOTED: return "not-quoted";
	case BC_PCR_NOT_JUDGED: return "not-judged";
	}
	return "not-judged";
}

void bc_verdict_fail(struct bc_verdict *verdict, const struct bc_error *err)
{
	char text[400];

	verdict->kind = BC_NOT_JUDGED;
	verdict->exit = 3;
	verdict->have_error = true;
	verdict->error = *err;
	bc_error_text(err, text, sizeof(text));
	snprintf(verdict->sentence, sizeof(verdict->sentence), "not judged: %s", text);
}

int bc_verdict_not_judged(const struct bc_error *why, struct bc_verdict **ret_verdict, struct bc_error *reterr)
{
	struct bc_verdict *verdict = calloc(1, sizeof(*verdict));
	int r;

	if (!verdict)
		return bc_error_nomem(reterr);
	bc_verdict_fail(verdict, why);
	r = bc_findings_new(&verdict->findings, reterr);
	if (r < 0) {
		free(verdict);
		return r;
	}
	*ret_verdict = verdict;
	return 0;
}

static bool bit(uint32_t mask, unsigned int pcr)
{
	return mask >> pcr & 1;
}

/* ---- the cut: the last entry at which every IMA PCR of every bank has its value, but for those that have it at none ---- */

static void find_cut(struct bc_verify *v)
{
	uint64_t first = 1, last = v->verdict->ima_entries;
	bool given = false;
	unsigned int pcr;
	size_t i;

	for (i = 0; i < v->judged_count; i++) {
		if (!v->usable[i] || !v->logged[i])
			continue;
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			const struct bc_track *track = &v->track[i][pcr];

			if (!bit(v->ima_mask, pcr) || !bit(v->judged[i]->present, pcr) || !track->any)
				continue;
			given = true;
			first = track->first > first ? track->first : first;
			last = track->last < last ? track->last : last;
		}
	}
	v->have_cut = given && first <= last;
	v->cut = v->have_cut ? last : 0;
	v->verdict->ima_covered = v->cut;
}

/* ---- rows ---- */

static const struct bc_pcr_bank *replayed(const struct bc_verify *v, size_t judged)
{
	return bc_pcrs_bank_const(bc_replay_values(v->replay), v->judged[judged]->alg);
}

/* Is there a log that would have to explain this PCR? */
static bool has_log(const struct bc_verify *v, unsigned int pcr)
{
	const bool firmware = bc_verify_has_firmware(v), ima = v->input->ima_log_count || v->cel_ima;

	return (firmware && ima) || (firmware && bit(FIRMWARE_PCRS, pcr)) || (ima && bit(IMA_PCRS, pcr));
}

static enum bc_pcr_status row_status(const struct bc_verify *v, size_t judged, unsigned int pcr)
{
	const struct bc_pcr_bank *given = v->judged[judged], *now = replayed(v, judged), *initial;
	const struct bc_track *track = &v->track[judged][pcr];
	bool same;

	if (!v->usable[judged] || !now)
		return BC_PCR_NOT_JUDGED;
	if (v->searching)
		return BC_PCR_NOT_EXPLAINED;
	if (v->inferred && bit(IMA_PCRS, pcr))
		return v->logged[judged] ? BC_PCR_EXPLAINED : BC_PCR_NOT_EXPLAINED;
	initial = bc_pcrs_bank_const(bc_replay_initial(v->replay), given->alg);
	if (!bit(v->firmware_mask | v->ima_mask, pcr)) {
		if (!memcmp(given->value[pcr], initial->value[pcr], given->size))
			return BC_PCR_INITIAL;
		return has_log(v, pcr) ? BC_PCR_NOT_EXPLAINED : BC_PCR_NOT_JUDGED;
	}
	if (!v->logged[judged])
		return BC_PCR_NOT_EXPLAINED;
	if (bit(v->ima_mask, pcr))
		same = v->have_cut && track->any;
	else
		same = !memcmp(given->value[pcr], now->value[pcr], given->size);
	if (!same)
		return BC_PCR_NOT_EXPLAINED;
	/* Behind the cut nothing has extended it yet. */
	if (!bit(v->firmware_mask, pcr) && track->first == 0)
		return BC_PCR_INITIAL;
	return BC_PCR_EXPLAINED;
}

static int add_row(struct bc_verify *v, size_t judged, unsigned int pcr)
{
	const struct bc_pcr_bank *given = v->judged[judged], *now = replayed(v, judged);
	struct bc_verdict *verdict = v->verdict;
	struct bc_pcr_row *row = &verdict->row[verdict->row_count++];

	row->bank = given->alg;
	row->pcr = pcr;
	row->status = row_status(v, judged, pcr);
	if (!v->searching)
		bc_hex(given->value[pcr], given->size, row->found);
	if (row->status == BC_PCR_EXPLAINED || row->status == BC_PCR_INITIAL)
		bc_hex(given->value[pcr], given->size, row->expected);
	else if (now && v->logged[judged] && bit(v->firmware_mask | v->ima_mask, pcr))
		bc_hex(now->value[pcr], given->size, row->expected);
	return 0;
}

/* Values that were given beside a quote which does not cover them: shown, never believed. */
static void add_not_quoted(struct bc_verify *v)
{
	const struct bc_pcrs *given = v->input->pcrs;
	unsigned int pcr;
	size_t i;

	for (i = 0; v->input->quote && given && i < given->count; i++) {
		const struct bc_pcr_bank *bank = &given->bank[i];

		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			struct bc_pcr_row *row = &v->verdict->row[v->verdict->row_count];

			if (!bit(bank->present, pcr) || bit(bc_quote_pcrs(&v->verdict->quote, bank->alg), pcr))
				continue;
			*row = (struct bc_pcr_row){ .bank = bank->alg, .pcr = pcr, .status = BC_PCR_NOT_QUOTED };
			bc_hex(bank->value[pcr], bank->size, row->found);
			v->verdict->row_count++;
		}
	}
}

static int make_rows(struct bc_verify *v)
{
	const size_t banks = v->judged_count + (v->input->quote && v->input->pcrs ? v->input->pcrs->count : 0);
	unsigned int pcr;
	size_t i;

	v->verdict->row = calloc(banks * BC_PCR_COUNT + 1, sizeof(*v->verdict->row));
	if (!v->verdict->row)
		return bc_error_nomem(v->err);
	for (i = 0; i < v->judged_count; i++)
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++)
			if (bit(v->judged[i]->present, pcr))
				add_row(v, i, pcr);
	add_not_quoted(v);
	for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
		if (!v->ima_first[pcr] || v->ima_first[pcr] > v->cut)
			continue;
		v->verdict->events[pcr].ima_first = v->ima_first[pcr];
		v->verdict->events[pcr].ima_last = v->cut;
		for (i = 0; i < v->judged_count; i++)	/* the run of matches begins with the entry that gave the value */
			if (v->usable[i] && v->logged[i] && bit(v->judged[i]->present, pcr))
				v->verdict->events[pcr].ima_last = v->track[i][pcr].first;
	}
	return 0;
}

/* ---- findings about PCRs ---- */

static int add(struct bc_verify *v, struct bc_finding *finding, unsigned int pcr)
{
	const char *name = v->input->pcrs_name ? v->input->pcrs_name : "PCR values";

	bc_copy_text(finding->source, sizeof(finding->source), name);
	finding->pcr = (int)pcr;
	return bc_findings_add(v->verdict->findings, finding, v->err);
}

/* "events 3,4,5,12 (kernel, initrd, action, separator)" */
static size_t append_events(const struct bc_verify *v, unsigned int pcr, char *text, size_t size, size_t used)
{
	const struct bc_pcr_events *events = &v->verdict->events[pcr];
	const uint64_t shown = events->firmware_count < 8 ? events->firmware_count : 8;
	uint64_t i;

	if (events->record_count && !events->firmware_count)
		return bc_append(text, size, used, "records %" PRIu64 "-%" PRIu64, events->record_first, events->record_last);
	used = bc_append(text, size, used, events->firmware_count == 1 ? "event " : "events ");
	for (i = 0; i < shown; i++)
		used = bc_append(text, size, used, "%s%" PRIu32, i ? "," : "", events->firmware[i]);
	if (events->firmware_count > shown)
		used = bc_append(text, size, used, ",... %" PRIu64 " in all", events->firmware_count);
	used = bc_append(text, size, used, " (%s)", v->components[pcr]);
	if (events->record_count)
		used = bc_append(text, size, used, " and records %" PRIu64 "-%" PRIu64, events->record_first, events->record_last);
	return used;
}

static void explain_firmware(const struct bc_verify *v, size_t judged, unsigned int pcr, char *text, size_t size)
{
	const int64_t left_at = v->left_at[judged][pcr];
	const char *counter = bit(v->record_mask, pcr) ? "record" : "event";
	size_t used = 0;

	if (left_at == -2) {
		used = bc_append(text, size, used, "it was never extended, but ");
		used = append_events(v, pcr, text, size, used);
		bc_append(text, size, used, " say so");
	} else if (left_at >= 0) {
		used = bc_append(text, size, used, "it stands where %s %" PRId64 " left it; later events of ", counter, left_at);
		used = append_events(v, pcr, text, size, used);
		bc_append(text, size, used, " are not in it");
	} else {
		used = append_events(v, pcr, text, size, used);
		bc_append(text, size, used, " lead to another value");
	}
}

static void explain_ima(const struct bc_verify *v, size_t judged, unsigned int pcr, char *text, size_t size)
{
	const struct bc_track *track = &v->track[judged][pcr];

	if (track->any && track->last == 0)
		bc_append(text, size, 0, "none of the list's %" PRIu64 " entries is in it", v->verdict->ima_entries);
	else if (track->any)
		bc_append(text, size, 0, "it holds the list up to entry %" PRIu64 ", another PCR or bank up to another entry", track->last);
	else
		bc_append(text, size, 0, "no entry 1-%" PRIu64 " of the list leads to its value", v->verdict->ima_entries);
}

static bool is_zero(const struct bc_pcr_bank *bank, unsigned int pcr)
{
	return bc_all_bytes(bank->value[pcr], bank->size, 0);
}

/* Two causes have a code of their own. */
static enum bc_code explained_code(const struct bc_explanation *explanation)
{
	if (explanation && explanation->at_end)
		return BC_PCR_AHEAD;
	if (explanation && explanation->not_reset)
		return BC_PCR_NOT_RESET;
	return BC_PCR_UNEXPLAINED;
}

static int explain_row(struct bc_verify *v, size_t judged, const struct bc_pcr_row *row)
{
	struct bc_finding finding;
	char label[16], why[200];
	unsigned int pcr = row->pcr;
	enum bc_code code = explained_code(bc_explain_find(v->verdict, row->bank, pcr));

	bc_algorithm_label(row->bank, label);
	if (bit(v->ima_mask, pcr) && is_zero(v->judged[judged], pcr)) {
		code = BC_IMA_BYPASS;
		snprintf(why, sizeof(why), "it is zero, but the IMA list has %" PRIu64 " entries: nothing was extended",
			 v->verdict->ima_entries);
	} else if (bit(IMA_PCRS, pcr) && v->on_cap) {
		code = BC_IMA_BYPASS;
		snprintf(why, sizeof(why), "it was capped before the list was extended: the TPM came too late, and it was not IMA that extended");
	} else if (bit(v->ima_mask, pcr)) {
		explain_ima(v, judged, pcr, why, sizeof(why));
	} else if (bit(v->firmware_mask, pcr)) {
		explain_firmware(v, judged, pcr, why, sizeof(why));
	} else {
		snprintf(why, sizeof(why), "no event and no entry extends it, but it is not at its start value");
	}
	bc_finding_init(&finding, code, "bank %s: %s", label, why);
	finding.bank = row->bank;
	bc_copy_text(finding.expected, sizeof(finding.expected), row->expected);
	bc_copy_text(finding.found, sizeof(finding.found), row->found);
	return add(v, &finding, pcr);
}

/* Those PCRs that agree with some place in the IMA list, or those that agree with none. */
static int explain_some(struct bc_verify *v, bool agreeing)
{
	const struct bc_pcr_row *row, *const end = v->verdict->row + v->verdict->row_count;
	size_t judged = 0;
	int r = 0;

	for (row = v->verdict->row; r == 0 && row < end; row++) {
		if (row->status != BC_PCR_NOT_EXPLAINED)
			continue;
		while (v->judged[judged]->alg != row->bank)
			judged++;
		/* A bank that is not in the log has its finding already. */
		if (v->logged[judged] && (bit(v->ima_mask, row->pcr) && v->track[judged][row->pcr].any) == agreeing)
			r = explain_row(v, judged, row);
	}
	return r;
}

static int explain_rows(struct bc_verify *v)
{
	int r;

	if (v->searching)
		return 0;
	r = bc_explain_rows(v);
	if (r == 0)
		r = explain_some(v, false);
	return r < 0 ? r : explain_some(v, true);	/* behind the others: the sentence names the first one */
}

static int report_absent(struct bc_verify *v)
{
	uint32_t given, absent;
	struct bc_finding finding;
	unsigned int pcr;
	int r = 0;

	bc_verdict_given(v, &given, &absent);
	if (!v->input->quote && !(given & (v->firmware_mask | v->ima_mask)) && (v->firmware_mask | v->ima_mask))
		return bc_error_set(v->err, BC_E_USAGE, "the PCR values hold none of the PCRs that the logs extend");
	for (pcr = 0; r == 0 && pcr < BC_PCR_COUNT; pcr++) {
		if (!bit(absent, pcr))
			continue;
		bc_finding_init(&finding, BC_PCR_ABSENT, "the logs extend it, but %s%s: it is not covered",
				v->input->quote ? "it is not quoted" : "its value was not given", bit(given, pcr) ? " in every bank" : "");
		r = add(v, &finding, pcr);
	}
	return r;
}

/* Which events' data may be changed without a digest that tells. */
static int report_uncovered(struct bc_verify *v)
{
	const struct bc_verdict *verdict = v->verdict;
	struct bc_finding finding;
	size_t i, used;

	if (!verdict->firmware_events && !v->cel_firmware)
		return 0;
	if (!verdict->uncovered_count)
		bc_finding_init(&finding, BC_DATA_NOT_COVERED, "event types are covered by no digest");
	else
		bc_finding_init(&finding, BC_DATA_NOT_COVERED, "event types, and the data of %" PRIu64 " events, are covered by no digest: event",
				verdict->uncovered_count);
	used = strlen(finding.message);
	for (i = 0; i < verdict->uncovered_count && i < BC_VERDICT_EVENTS_MAX && used < sizeof(finding.message) - 20; i++)
		used = bc_append(finding.message, sizeof(finding.message), used, "%s%" PRIu32, i ? "," : " ", verdict->uncovered[i]);
	if (i < verdict->uncovered_count)
		bc_append(finding.message, sizeof(finding.message), used, " and more");
	bc_copy_text(finding.source, sizeof(finding.source), v->firmware_name);
	return bc_findings_add(v->verdict->findings, &finding, v->err);
}

/* What holds for the logs as a whole. */
static int report_logs(struct bc_verify *v)
{
	struct bc_finding finding;
	int r = 0;

	if (bc_verify_has_firmware(v) && v->verdict->ima_entries && !v->aggregates) {
		bc_finding_init(&finding, BC_AGGREGATE_MISMATCH, "the IMA list has no boot_aggregate: nothing binds it to the firmware log");
		bc_copy_text(finding.source, sizeof(finding.source), v->ima_name);
		r = bc_findings_add(v->verdict->findings, &finding, v->err);
	}
	if (r == 0 && v->input->firmware_log && v->verdict->ima_entries && !v->firmware_record) {
		bc_finding_init(&finding, BC_FWLOG_RECORD_MISSING, "the IMA list has no firmware_log record");
		bc_copy_text(finding.source, sizeof(finding.source), v->ima_name);
		r = bc_findings_add(v->verdict->findings, &finding, v->err);
	}
	if (r == 0 && !v->verdict->firmware_log_bound)
		r = report_uncovered(v);
	return r;
}

/* What a verdict about a quote does not pass over, unless the caller says that he does not mind. */
static const char *refused(const struct bc_verify *v)
{
	const struct bc_quote_input *quote = v->input->quote;

	if (quote && v->verdict->aggregate_late && !quote->accept_late_aggregate)
		return "IMA started late, and what ran before is not in the list (accepted with late-aggregate)";
	if (quote && v->verdict->ima_violations && !quote->accept_violations)
		return "the IMA list has violations, and no digest covers these files (accepted with violations)";
	return NULL;
}

/* A bank that this build cannot hash with is never passed over in silence. */
static int refuse_unusable(const struct bc_verify *v)
{
	char label[16];
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		if (!v->usable[i])
			return bc_error_set(v->err, BC_E_UNSUPPORTED, "bank %s cannot be judged, this build (%s) cannot hash with it; "
					    "choose others with --bank", bc_algorithm_label(v->judged[i]->alg, label),
					    bc_crypto_backend());
	return 0;
}

/* A verdict that nothing is wrong needs something that is right. */
static int refuse_nothing(const struct bc_verify *v)
{
	size_t i;

	for (i = 0; i < v->verdict->row_count; i++)
		if (v->verdict->row[i].status == BC_PCR_EXPLAINED)
			return 0;
	return bc_error_set(v->err, BC_E_USAGE, "the logs explain none of the PCRs that were given: give the values of those that they extend");
}

int bc_verdict_judge(struct bc_verify *v)
{
	struct bc_verdict *verdict = v->verdict;
	int r;

	find_cut(v);
	bc_verify_record_end(v);
	r = make_rows(v);
	if (r == 0)
		r = report_absent(v);
	if (r == 0)
		r = explain_rows(v);
	if (r == 0)
		r = report_logs(v);
	if (r == 0 && !bc_findings_severe(verdict->findings, BC_ERROR))
		r = refuse_unusable(v);
	if (r == 0 && !bc_findings_severe(verdict->findings, BC_ERROR))
		r = refuse_nothing(v);
	if (r < 0)
		return r;
	verdict->firmware_log_bound = verdict->firmware_log_bound && !bc_findings_severe(verdict->findings, BC_ERROR);
	if (bc_findings_severe(verdict->findings, BC_ERROR)) {
		verdict->kind = BC_MISMATCH;
		verdict->exit = 1;
		bc_verdict_mismatch(verdict);
	} else if (refused(v)) {
		verdict->kind = BC_MISMATCH;
		verdict->exit = 1;
		snprintf(verdict->sentence, sizeof(verdict->sentence), "mismatch: %s", refused(v));
	} else {
		verdict->kind = BC_CONSISTENT;
		verdict->exit = 0;
		bc_verdict_consistent(v);
	}
	return 0;
}
