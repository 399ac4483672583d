// SPDX-License-Identifier: BSD-2-Clause
/* Changes of single events, and two of them together. */
#include <stdio.h>
#include <string.h>

#include "explain.h"

/* ---- results ---- */

static bool is_at_end(const struct bc_change *change)
{
	return change->missing && !change->step;
}

static bool is_retyped(const struct bc_change *change)
{
	return change->what == BC_RETYPED_TO_NO_ACTION || change->what == BC_RETYPED_FROM_NO_ACTION;
}

/* A change in one place, beside what is assumed of the log as a whole. */
static void found_change(struct bc_search *search, const struct bc_change *change)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_premise *premise = &search->premise;
	const bool longer = premise->kind == BC_LONGER && search->end < sequence->count;
	const bool alone = premise->kind == BC_AS_IT_IS || (premise->kind == BC_LONGER && !longer);
	struct bc_explanation *row = bc_search_found(search, alone ? bc_hypothesis_name(change->what) : "pair", change->step);
	size_t used;

	search->hint->single[sequence->pcr] = *change;
	search->hint->premise[sequence->pcr] = *premise;
	if (!row)
		return;
	row->at_end = is_at_end(change);
	row->retyped = is_retyped(change);
	if (alone && change->what == BC_SWAPPED)
		row->second = sequence->step[change->at + 1]->number;
	used = bc_premise_text(search, row->text, sizeof(row->text), 0);
	if (used)
		used = bc_append(row->text, sizeof(row->text), used, " and ");
	used = bc_change_text(sequence, change, row->text, sizeof(row->text), used);
	if (longer)
		bc_longer_text(search, search->end, row->text, sizeof(row->text), used);
	else
		used = bc_append(row->text, sizeof(row->text), used, " it fits");
	if (alone && change->what == BC_DROPPED)
		bc_append(row->text, sizeof(row->text), used, ": it is in the log, but not in the PCR");
	else if (alone && change->missing)
		bc_append(row->text, sizeof(row->text), used, ": the log lacks %s", change->extra > 1 ? "them" : "it");
}

static void found_pair(struct bc_search *search, const struct bc_change *one, const struct bc_change *two)
{
	struct bc_explanation *row = bc_search_found(search, "pair", one->step ? one->step : two->step);
	size_t used;

	if (!row)
		return;
	row->second = one->step && two->step ? (int64_t)two->step->number : -1;
	row->at_end = is_at_end(one) || is_at_end(two);
	row->retyped = is_retyped(one->step ? one : two);
	row->second_retyped = row->second >= 0 && is_retyped(two);
	used = bc_change_text(&search->sequence, one, row->text, sizeof(row->text), 0);
	used = bc_append(row->text, sizeof(row->text), used, " and ");
	used = bc_change_text(&search->sequence, two, row->text, sizeof(row->text), used);
	bc_append(row->text, sizeof(row->text), used, " it fits");
}

/* ---- changes ---- */

/* Which of the single changes: what another bank has shown, what is the most frequent, or the rest. */
enum which { HINTED, DROPPED, OTHERS };

static bool is_which(const struct bc_search *search, const struct bc_change *change, enum which which)
{
	const struct bc_change *hint = &search->hint->single[search->sequence.pcr];

	if (which == HINTED)
		return (hint->step || hint->missing) && bc_same_change(change, hint);
	return (change->what == BC_DROPPED) == (which == DROPPED);
}

/* Does the change concern nothing but what stands where the premise has put it? */
static bool is_in_place(const struct bc_premise *premise, const struct bc_change *change)
{
	if (premise->kind == BC_STALE)
		return change->at >= premise->at;
	if (premise->kind != BC_FAR_SWAP)
		return true;
	return !(premise->at >= change->at && premise->at < change->at + change->skip) &&
	       !(premise->other >= change->at && premise->other < change->at + change->skip);
}

static int try_some(struct bc_search *search, enum which which)
{
	const struct bc_change *change = search->sequence.change;
	const struct bc_change *const end = change + search->sequence.change_count;
	uint8_t value[BC_DIGEST_MAX];
	int r = 0;

	for (; r == 0 && !search->found && change < end && !search->stopped; change++) {
		if (!is_which(search, change, which) || !is_in_place(&search->premise, change))
			continue;
		memcpy(value, search->before[change->at], search->size);
		r = bc_search_apply(search, change, value);
		if (r == 0)
			r = bc_search_follow(search, value, change->at + change->skip);
		if (r == 0 && search->same)
			found_change(search, change);
	}
	return r;
}

int bc_try_hinted(struct bc_search *search)
{
	return try_some(search, HINTED);
}

int bc_try_singles(struct bc_search *search)
{
	int r = bc_try_hinted(search);

	if (r == 0)
		r = try_some(search, DROPPED);
	return r < 0 ? r : try_some(search, OTHERS);
}

/* Neighbours are among the single changes. */
static int try_swap(struct bc_search *search, size_t at, size_t other)
{
	const struct bc_sequence *sequence = &search->sequence;
	uint8_t value[BC_DIGEST_MAX];
	struct bc_explanation *row;
	size_t i;
	int r;

	memcpy(value, search->before[at], search->size);
	r = bc_search_extend(search, value, sequence->digest[other]);
	for (i = at + 1; r == 0 && i < other; i++)
		r = bc_search_extend(search, value, sequence->digest[i]);
	if (r == 0)
		r = bc_search_extend(search, value, sequence->digest[at]);
	if (r == 0)
		r = bc_search_follow(search, value, other + 1);
	if (r < 0 || !search->same)
		return r;
	row = bc_search_found(search, bc_hypothesis_name(BC_SWAPPED), sequence->step[at]);
	if (!row)
		return 0;
	row->second = sequence->step[other]->number;
	snprintf(row->text, sizeof(row->text), "with %s %u and %u in each other's place it fits", bc_step_counter(sequence->step[at]),
		 sequence->step[at]->number, sequence->step[other]->number);
	return 0;
}

int bc_try_swaps(struct bc_search *search)
{
	const size_t count = search->sequence.count;
	size_t at, other;
	int r = 0;

	for (at = 0; r == 0 && !search->found && at < count && !search->stopped; at++)
		for (other = at + 2; r == 0 && !search->found && other < count && other - at <= BC_PAIR_DISTANCE && !search->stopped; other++)
			r = try_swap(search, at, other);
	return r;
}

/* A second change of the ones at this place, value being what stands in front of it. */
static int try_second(struct bc_search *search, const struct bc_change *one, const struct bc_change *two, const uint8_t *before)
{
	uint8_t value[BC_DIGEST_MAX];
	int r;

	memcpy(value, before, search->size);
	r = bc_search_apply(search, two, value);
	if (r == 0)
		r = bc_search_follow(search, value, two->at + two->skip);
	if (r == 0 && search->same) {
		search->hint->pair[search->sequence.pcr][0] = *one;
		search->hint->pair[search->sequence.pcr][1] = *two;
		found_pair(search, one, two);
	}
	return r;
}

/* What happens to events; another digest of an event beside another accident is tried when there is time left. */
static bool is_common(const struct bc_change *change)
{
	switch (change->what) {
	case BC_ZERO_PADDED: case BC_OTHER_BANK: case BC_DATA_DIGEST: case BC_LABEL_DIGEST:
		return false;
	case BC_MISSING_SEPARATOR: case BC_MISSING_EXIT:
		return !change->step;
	default:
		return true;
	}
}

static bool is_due(const struct bc_search *search, const struct bc_change *change)
{
	if (search->round == BC_ROUND_CHEAP_PAIRS)
		return change->what == BC_DROPPED;
	return search->round == BC_ROUND_ALL_PAIRS || is_common(change);
}

static int try_pairs_of(struct bc_search *search, const struct bc_change *one)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_change *const end = sequence->change + sequence->change_count;
	const struct bc_change *two = one;
	size_t at = one->at + one->skip;
	uint8_t value[BC_DIGEST_MAX];
	int r;

	memcpy(value, search->before[one->at], search->size);
	r = bc_search_apply(search, one, value);
	while (!one->skip && two > sequence->change && two[-1].at == one->at)	/* two insertions in either order */
		two--;
	while (two < end && two->at < at)
		two++;
	for (; r == 0 && two < end && two->at <= one->at + BC_PAIR_DISTANCE && !search->found && !bc_search_is_late(search); two++) {
		for (; r == 0 && at < two->at; at++)
			r = bc_search_extend(search, value, sequence->digest[at]);
		if (r == 0 && is_due(search, two))
			r = try_second(search, one, two, value);
	}
	return r;
}

/* The pair that another bank has shown. */
static int try_hint(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_change *const hint = search->hint->pair[sequence->pcr];
	const struct bc_change *one, *two, *const end = sequence->change + sequence->change_count;
	uint8_t value[BC_DIGEST_MAX];
	size_t at;
	int r;

	for (one = sequence->change; one < end && !bc_same_change(one, &hint[0]); one++)
		;
	for (two = sequence->change; two < end && !bc_same_change(two, &hint[1]); two++)
		;
	if (one >= end || two >= end || two->at < one->at + one->skip)
		return 0;
	memcpy(value, search->before[one->at], search->size);
	r = bc_search_apply(search, one, value);
	for (at = one->at + one->skip; r == 0 && at < two->at; at++)
		r = bc_search_extend(search, value, sequence->digest[at]);
	return r < 0 ? r : try_second(search, one, two, value);
}

int bc_try_pairs(struct bc_search *search)
{
	size_t i;
	int r = try_hint(search);

	for (i = 0; r == 0 && !search->found && i < search->sequence.change_count && !search->stopped; i++)
		if (is_due(search, &search->sequence.change[i]))
			r = try_pairs_of(search, &search->sequence.change[i]);
	return r;
}
