// SPDX-License-Identifier: BSD-2-Clause
/* Two things together: one that concerns the log of a PCR as a whole, and one that concerns a single event. */
#include <stdio.h>
#include <string.h>

#include "explain.h"

static void swap(struct bc_sequence *sequence, const struct bc_premise *premise)
{
	const uint8_t *const digest = sequence->digest[premise->at];

	sequence->digest[premise->at] = sequence->digest[premise->other];
	sequence->digest[premise->other] = digest;
}

/* Compute search->before as the premise has it. 1: it is none for this PCR. */
static int assume(struct bc_search *search, struct bc_premise premise)
{
	struct bc_sequence *sequence = &search->sequence;
	size_t from = 0;
	int r;

	search->premise = premise;
	switch (premise.kind) {
	case BC_AS_IT_IS:
	case BC_LONGER:
		return 0;
	case BC_START:
		if (bc_search_start(search, premise.at, search->before[0]))
			return 1;
		break;
	case BC_NOT_RESET:
		memcpy(search->before[0], search->before[sequence->count], search->size);
		break;
	case BC_STALE:
		from = premise.at;
		memcpy(search->before[from], search->before[0], search->size);
		break;
	case BC_BANK:
		sequence->taken = (uint16_t)premise.at;
		r = bc_search_prepare(search);
		return r < 0 ? r : sequence->lacking;
	case BC_FAR_SWAP:
		from = premise.at;
		swap(sequence, &premise);
		break;
	}
	return bc_search_values(search, from);
}

/* As the log has it again. */
static int leave(struct bc_search *search)
{
	struct bc_sequence *sequence = &search->sequence;
	const struct bc_premise premise = search->premise;

	search->premise = (struct bc_premise){ 0 };
	if (premise.kind == BC_FAR_SWAP)
		swap(sequence, &premise);
	if (premise.kind != BC_BANK)
		return bc_search_own_values(search);
	sequence->taken = sequence->bank->alg;
	return bc_search_prepare(search);
}

/* The second thing may be that the log is longer than the PCR. */
static void try_end(struct bc_search *search)
{
	const struct bc_premise *premise = &search->premise;
	const struct bc_sequence *sequence = &search->sequence;
	size_t i = premise->kind == BC_STALE ? premise->at + 1 : premise->kind == BC_FAR_SWAP ? premise->other + 1 : 1, used;
	struct bc_explanation *row;

	while (i < sequence->count && !bc_search_is_target(search, search->before[i]))
		i++;
	if (i >= sequence->count)
		return;
	row = bc_search_found(search, "pair", sequence->step[i]);
	if (!row)
		return;
	used = bc_premise_text(search, row->text, sizeof(row->text), 0);
	bc_longer_text(search, i, row->text, sizeof(row->text), used);
}

static int try_with(struct bc_search *search, struct bc_premise premise, int (*try)(struct bc_search *search))
{
	int r, left;

	if (search->found || bc_search_is_late(search))
		return 0;
	r = assume(search, premise);
	if (r == 0 && !search->ima && premise.kind != BC_LONGER)
		try_end(search);
	if (r == 0 && !search->found)
		r = try(search);
	left = leave(search);
	return r < 0 ? r : left;
}

/* What another bank has shown. */
static int try_hint(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_premise premise = search->hint->premise[sequence->pcr];

	if (premise.kind == BC_AS_IT_IS || (premise.kind == BC_BANK && premise.at == sequence->bank->alg) ||
	    (premise.kind == BC_STALE && premise.at >= sequence->count) || (premise.kind == BC_FAR_SWAP && premise.other >= sequence->count))
		return 0;
	return try_with(search, premise, bc_try_hinted);
}

int bc_try_premises(struct bc_search *search)
{
	uint8_t value[BC_DIGEST_MAX];
	uint32_t i;
	int r = try_hint(search), no;

	if (r == 0 && !search->ima)
		r = try_with(search, (struct bc_premise){ .kind = BC_LONGER }, bc_try_singles);
	for (i = 0; r == 0 && (no = bc_search_start(search, i, value)) != 1; i++)
		if (!no && memcmp(value, search->before[0], search->size) != 0)
			r = try_with(search, (struct bc_premise){ .kind = BC_START, .at = i }, bc_try_singles);
	if (r == 0 && !search->ima && search->sequence.count)
		r = try_with(search, (struct bc_premise){ .kind = BC_NOT_RESET }, bc_try_singles);
	return r;
}

int bc_try_all_premises(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const size_t count = sequence->count;
	const struct bc_step *first = count > 1 ? sequence->step[0] : NULL;
	uint32_t i, j;
	int r = try_hint(search);

	for (i = 0; r == 0 && first && i < first->bank_count; i++)
		if (first->alg[i] != sequence->bank->alg && bc_algorithm_by_id(first->alg[i]))
			r = try_with(search, (struct bc_premise){ .kind = BC_BANK, .at = first->alg[i] }, bc_try_singles);
	for (i = 2; r == 0 && i < count && !search->found && !search->stopped; i++)
		r = try_with(search, (struct bc_premise){ .kind = BC_STALE, .at = i }, bc_try_singles);
	for (i = 0; r == 0 && i < count && !search->found && !search->stopped; i++)
		for (j = i + 2; r == 0 && j < count && j - i <= BC_PAIR_DISTANCE && !search->found && !search->stopped; j++)
			r = try_with(search, (struct bc_premise){ .kind = BC_FAR_SWAP, .at = i, .other = j }, bc_try_singles);
	return r;
}
