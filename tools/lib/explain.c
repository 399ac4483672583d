// SPDX-License-Identifier: BSD-2-Clause
/*
 * The smallest change of the logs that leads to the PCR values given: a hint where to look, never a reason to believe. First what concerns
 * a log as a whole and single changes, for every PCR; then pairs of changes. Bounded in time, and it says when it stopped.
 */
#include <stdio.h>
#include <string.h>

#include "explain.h"

#define SECONDS_MAX 2

const struct bc_explanation *bc_explain_find(const struct bc_verdict *verdict, uint16_t bank, unsigned int pcr)
{
	size_t i;

	for (i = 0; i < verdict->explanation_count; i++)
		if (verdict->explanation[i].bank == bank && verdict->explanation[i].pcr == pcr)
			return &verdict->explanation[i];
	return NULL;
}

/* Not when it is known already why a PCR does not fit: never extended, capped, or of another place in the list. */
static bool is_wanted(const struct bc_verify *v, const struct bc_pcr_row *row, size_t judged)
{
	const bool ima = v->ima_mask >> row->pcr & 1;
	const struct bc_pcr_bank *bank = v->judged[judged];

	if (row->status != BC_PCR_NOT_EXPLAINED || !v->logged[judged] || !v->usable[judged])
		return false;
	return !(v->on_cap && row->pcr == 10) && !(ima && (v->track[judged][row->pcr].any || bc_all_bytes(bank->value[row->pcr], bank->size, 0)));
}

/* Of the judged banks, the one of a row; the rows go through them in their order. */
static size_t judged_of(const struct bc_verify *v, const struct bc_pcr_row *row)
{
	size_t judged = 0;

	while (judged + 1 < v->judged_count && v->judged[judged]->alg != row->bank)
		judged++;
	return judged;
}

/* An older log in front of this one is in front for every PCR: then it is more than an accident of this PCR alone. */
static bool is_open(const struct bc_search *state, const struct bc_explanation *found)
{
	if (state->round == BC_ROUND_STALE)
		return state->hint->old && (!found || strcmp(found->hypothesis, "stale-log"));
	return !found;
}

/* Open rows of the same bank from this one on: the other banks mostly need what was found in the first one only to be checked. */
static size_t rows_left(const struct bc_verify *v, const struct bc_search *state, const struct bc_pcr_row *row)
{
	const struct bc_pcr_row *const end = v->verdict->row + v->verdict->row_count;
	const uint16_t bank = row->bank;
	size_t count = 0;

	for (; row < end && row->bank == bank; row++)
		count += is_wanted(v, row, judged_of(v, row)) && is_open(state, bc_explain_find(v->verdict, bank, row->pcr));
	return count;
}

/* One round over the rows that are open; *state: round and hint. */
static int search_round(struct bc_verify *v, const struct bc_search *state, int64_t end, const struct bc_pcr_row **ret_stopped)
{
	const struct bc_verdict *verdict = v->verdict;
	size_t i, judged, left;
	int r = 0;

	*ret_stopped = NULL;
	for (i = 0; r == 0 && i < verdict->row_count; i++) {
		const struct bc_pcr_row *row = &verdict->row[i];
		struct bc_search search = { .round = state->round, .hint = state->hint, .ima = v->ima_mask >> row->pcr & 1 };
		int64_t begin = bc_explain_now();

		judged = judged_of(v, row);
		if (!is_wanted(v, row, judged) || !is_open(state, bc_explain_find(verdict, row->bank, row->pcr)))
			continue;
		left = rows_left(v, state, row);
		search.sequence = (struct bc_sequence){ .v = v, .bank = v->judged[judged], .pcr = row->pcr };
		search.target = v->judged[judged]->value[row->pcr];
		search.size = v->judged[judged]->size;
		search.deadline = begin + (end > begin ? end - begin : 0) / (int64_t)left;
		search.stopped = begin >= end;
		if (!search.stopped)
			r = bc_search_pcr(&search);
		if (search.stopped && !search.found && !*ret_stopped)
			*ret_stopped = row;
	}
	return r;
}

/* By another bank, or by the log alone. */
static bool is_reported(const struct bc_verify *v, int64_t event)
{
	const struct bc_finding *finding;
	size_t i;

	for (i = 0; (finding = bc_findings_at(v->verdict->findings, i)); i++)
		if (finding->code == BC_EVENT_RETYPED && finding->number == event)
			return true;
	return false;
}

static int add_retyped(struct bc_verify *v, const struct bc_explanation *row, int64_t event)
{
	struct bc_finding finding;

	if (is_reported(v, event))
		return 0;
	bc_finding_init(&finding, BC_EVENT_RETYPED, "another type: %s", row->text);
	bc_copy_text(finding.source, sizeof(finding.source), v->firmware_name);
	finding.number = event;
	finding.pcr = (int)row->pcr;
	return bc_findings_add(v->verdict->findings, &finding, v->err);
}

/* An event that is said to be EV_NO_ACTION, or to be none, against what the PCR says. */
static int report_retyped(struct bc_verify *v)
{
	const struct bc_explanation *row, *end = v->verdict->explanation + v->verdict->explanation_count;
	int r = 0;

	for (row = v->verdict->explanation; r == 0 && row < end; row++) {
		if (row->retyped)
			r = add_retyped(v, row, row->event);
		if (r == 0 && row->second_retyped)
			r = add_retyped(v, row, row->second);
	}
	return r;
}

static size_t count_wanted(const struct bc_verify *v)
{
	size_t i, count = 0;

	for (i = 0; i < v->verdict->row_count; i++)
		count += is_wanted(v, &v->verdict->row[i], judged_of(v, &v->verdict->row[i]));
	return count;
}

/* Rows that nothing explains; pcrs: which PCRs to look at; ret_first may be NULL. */
static size_t count_unexplained(const struct bc_verify *v, uint32_t pcrs, const struct bc_pcr_row **ret_first)
{
	const struct bc_pcr_row *row;
	size_t count = 0;

	for (row = v->verdict->row; row < v->verdict->row + v->verdict->row_count; row++) {
		if (!(pcrs >> row->pcr & 1) || !is_wanted(v, row, judged_of(v, row)) || bc_explain_find(v->verdict, row->bank, row->pcr))
			continue;
		if (!count++ && ret_first)
			*ret_first = row;
	}
	return count;
}

/* What was not looked at, so that nobody takes silence for an answer: one row, and how many are like it. */
static void report_stopped(struct bc_verify *v, const struct bc_pcr_row *stopped)
{
	static const char *const names[BC_STEP_KINDS] = { "events", "entries", "records" };
	const uint32_t pcrs[BC_STEP_KINDS] = { v->firmware_mask & ~v->record_mask, v->ima_mask, v->record_mask };
	const struct bc_pcr_row *open = stopped;
	struct bc_explanation *row;
	size_t used = 0, count;
	int kind;

	/* Only a PCR that such steps extend can have lost one. */
	for (kind = 0; kind < BC_STEP_KINDS; kind++)
		if (v->explain->full[kind] && (open ? pcrs[kind] >> open->pcr & 1 : count_unexplained(v, pcrs[kind], &open) > 0))
			break;
	count = count_unexplained(v, UINT32_MAX, NULL);
	row = open ? bc_explain_add(v->verdict, open->bank, open->pcr, "stopped") : NULL;
	if (!row)
		return;
	if (stopped)
		used = bc_append(row->text, sizeof(row->text), used, "the search for what would make it fit was stopped after %d s", SECONDS_MAX);
	if (kind < BC_STEP_KINDS)
		used = bc_append(row->text, sizeof(row->text), used, "%s searched in the first %zu %s only", stopped ? "; it was" :
				 "what would make it fit was", v->explain->kept[kind], names[kind]);
	if (count > 1)
		bc_append(row->text, sizeof(row->text), used, "; nothing was found for %zu other values either", count - 1);
}

int bc_explain_rows(struct bc_verify *v)
{
	const int64_t end = bc_explain_now() + SECONDS_MAX * BC_SECOND;
	const struct bc_pcr_row *stopped = NULL;
	struct bc_hint hint = { 0 };
	struct bc_search state = { .round = BC_ROUND_SIMPLE, .hint = &hint };
	int r = 0;

	if (!v->explain || !count_wanted(v))
		return 0;
	for (; r == 0 && state.round < BC_ROUNDS; state.round++)
		r = search_round(v, &state, end, &stopped);
	if (r == 0)
		r = report_retyped(v);
	if (r == 0)
		report_stopped(v, stopped);
	return r;
}
