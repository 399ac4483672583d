// SPDX-License-Identifier: BSD-2-Clause
/* Search for the change of one PCR's events that leads to the value given. */
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* ---- time and hashes ---- */

int64_t bc_explain_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * BC_SECOND + time.tv_nsec;
}

bool bc_search_is_late(struct bc_search *search)
{
	if (++search->ticks % 256 == 0)
		search->stopped = search->stopped || bc_explain_now() >= search->deadline;
	return search->stopped;
}

int bc_search_extend(struct bc_search *search, uint8_t *value, const uint8_t *digest)
{
	return bc_hash_extend(search->sequence.hash, value, digest, search->sequence.v->err);
}

bool bc_search_is_target(const struct bc_search *search, const uint8_t *value)
{
	return !memcmp(value, search->target, search->size);
}

int bc_search_follow(struct bc_search *search, uint8_t *value, size_t from)
{
	const struct bc_sequence *sequence = &search->sequence;
	const bool any = search->ima || search->premise.kind == BC_LONGER;
	size_t i;
	int r = 0;

	search->same = any && bc_search_is_target(search, value);
	for (i = from; r == 0 && !search->same && i < sequence->count && !bc_search_is_late(search); i++) {
		r = bc_search_extend(search, value, sequence->digest[i]);
		search->same = any && bc_search_is_target(search, value);
	}
	if (!any)
		search->same = r == 0 && i == sequence->count && bc_search_is_target(search, value);
	search->end = i;
	return r;
}

int bc_search_follow_from(struct bc_search *search, const uint8_t *start, size_t from)
{
	uint8_t value[BC_DIGEST_MAX];

	memcpy(value, start, search->size);
	return bc_search_follow(search, value, from);
}

int bc_search_apply(struct bc_search *search, const struct bc_change *change, uint8_t *value)
{
	unsigned int i;
	int r = 0;

	for (i = 0; r == 0 && i < change->extra; i++)
		r = bc_search_extend(search, value, change->digest[i]);
	return r;
}

/* ---- results ---- */

struct bc_explanation *bc_explain_add(struct bc_verdict *verdict, uint16_t bank, unsigned int pcr, const char *hypothesis)
{
	struct bc_explanation *row = verdict->explanation, *const end = row + verdict->explanation_count;

	while (row < end && (row->bank != bank || row->pcr != pcr))
		row++;
	if (row == verdict->explanation + BC_EXPLANATIONS_MAX)
		return NULL;
	verdict->explanation_count += row == end;
	*row = (struct bc_explanation){ .pcr = pcr, .bank = bank, .hypothesis = hypothesis, .event = -1, .second = -1, .counter = "event" };
	return row;
}

struct bc_explanation *bc_search_found(struct bc_search *search, const char *hypothesis, const struct bc_step *step)
{
	struct bc_explanation *row = bc_explain_add(search->sequence.v->verdict, search->sequence.bank->alg, search->sequence.pcr, hypothesis);

	search->found = true;
	if (row)
		row->not_reset = search->premise.kind == BC_NOT_RESET || search->premise.kind == BC_STALE;
	if (row && step) {
		row->event = step->number;
		row->counter = bc_step_counter(step);
	}
	return row;
}

/* ---- one PCR ---- */

int bc_search_values(struct bc_search *search, size_t from)
{
	const struct bc_sequence *sequence = &search->sequence;
	size_t i;
	int r = 0;

	for (i = from; r == 0 && i < sequence->count; i++) {
		memcpy(search->before[i + 1], search->before[i], search->size);
		r = bc_search_extend(search, search->before[i + 1], sequence->digest[i]);
	}
	return r;
}

int bc_search_own_values(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_pcr_bank *initial = bc_pcrs_bank_const(bc_replay_initial(sequence->v->replay), sequence->bank->alg);

	memcpy(search->before[0], initial->value[sequence->pcr], search->size);
	return bc_search_values(search, 0);
}

int bc_search_prepare(struct bc_search *search)
{
	struct bc_sequence *sequence = &search->sequence;
	int r;

	free(search->before);
	search->before = NULL;
	bc_sequence_end(sequence);
	r = bc_sequence_begin(sequence);
	if (r == 0)
		r = bc_sequence_changes(sequence);
	if (r < 0)
		return r;
	search->before = calloc(sequence->count + 1, sizeof(*search->before));
	return search->before ? bc_search_own_values(search) : bc_error_nomem(sequence->v->err);
}

/* Which are tried first: the log as a whole, then event by event. */
int bc_search_pcr(struct bc_search *search)
{
	static const struct { enum bc_round round; int (*of)(struct bc_search *search); } tries[] = {
		{ BC_ROUND_SIMPLE, bc_try_longer_log }, { BC_ROUND_SIMPLE, bc_try_starts }, { BC_ROUND_SIMPLE, bc_try_singles },
		{ BC_ROUND_SIMPLE, bc_try_stale }, { BC_ROUND_SIMPLE, bc_try_banks }, { BC_ROUND_SIMPLE, bc_try_swaps },
		{ BC_ROUND_STALE, bc_try_same_stale },
		{ BC_ROUND_CHEAP_PAIRS, bc_try_premises }, { BC_ROUND_CHEAP_PAIRS, bc_try_pairs },
		{ BC_ROUND_PAIRS, bc_try_pairs }, { BC_ROUND_ALL_PAIRS, bc_try_pairs },
		{ BC_ROUND_REST, bc_try_all_premises },
	};
	size_t i;
	int r;

	search->sequence.taken = search->sequence.bank->alg;
	r = bc_search_prepare(search);
	for (i = 0; r == 0 && !search->found && !search->stopped && i < BC_ARRAY_SIZE(tries); i++) {
		search->same = false;
		if (tries[i].round == search->round)
			r = tries[i].of(search);
	}
	free(search->before);
	bc_sequence_end(&search->sequence);
	return r;
}
