// SPDX-License-Identifier: BSD-2-Clause
/* What concerns the log of a PCR as a whole: where it begins, where it ends, what its digests are. */
#include <stdio.h>
#include <string.h>

#include "explain.h"

static void found_stale(struct bc_search *search, size_t at)
{
	const struct bc_step *const step = search->sequence.step[at];
	struct bc_explanation *row = bc_search_found(search, "stale-log", step);

	search->hint->old = search->sequence.step[at - 1];
	search->hint->young = step;
	if (!row)
		return;
	row->not_reset = true;
	snprintf(row->text, sizeof(row->text), "from %s %u on it fits: an older log stands in front", bc_step_counter(step), step->number);
}

/* The same events in front of this place and behind it: an older log of the same boot. One event alone may be there twice for any reason. */
static bool is_twice(const struct bc_sequence *sequence, size_t at)
{
	size_t i = 0;

	while (i < at && sequence->count == 2 * at && !memcmp(sequence->digest[i], sequence->digest[at + i], sequence->bank->size))
		i++;
	return i == at && at > 1;
}

/* The log tells more than the PCR holds. */
int bc_try_longer_log(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	struct bc_explanation *row;
	size_t i;

	for (i = sequence->count; !search->ima && !search->found && i-- > 0;) {
		if (!bc_search_is_target(search, search->before[i]))
			continue;
		if (is_twice(sequence, i)) {
			found_stale(search, i);
			return 0;
		}
		row = bc_search_found(search, "log-longer", sequence->step[i]);
		if (row)
			bc_longer_text(search, i, row->text, sizeof(row->text), 0);
	}
	return 0;
}

static const struct { uint8_t fill, last; const char *text; } starts[] = {
	{ 0, 0, "started at zero" }, { 0, 1, "started at locality 1" }, { 0, 2, "started at locality 2" }, { 0, 3, "started at locality 3" },
	{ 0, 4, "started at locality 4, as after an H-CRTM," }, { 0xff, 0xff, "started at ff...ff" },
};

int bc_search_start(const struct bc_search *search, size_t number, uint8_t *ret_value)
{
	if (number >= BC_ARRAY_SIZE(starts))
		return 1;
	if (search->sequence.pcr != 0 && starts[number].last && !starts[number].fill)	/* only PCR 0 knows a locality */
		return 2;
	memset(ret_value, starts[number].fill, search->size);
	ret_value[search->size - 1] = starts[number].last;
	return 0;
}

int bc_try_starts(struct bc_search *search)
{
	struct bc_explanation *row;
	uint8_t value[BC_DIGEST_MAX];
	size_t i;
	int r = 0, no;

	for (i = 0; r == 0 && !search->found && (no = bc_search_start(search, i, value)) != 1; i++) {
		if (no)
			continue;
		r = bc_search_follow(search, value, 0);
		if (r < 0 || !search->same)
			continue;
		row = bc_search_found(search, "start-value", NULL);
		if (row)
			snprintf(row->text, sizeof(row->text), "%s it fits", starts[i].text);
	}
	return r;
}

/* An older log: in the PCR, which was not reset, or in front of this one. */
int bc_try_stale(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	struct bc_explanation *row;
	size_t i;
	int r = 0;

	if (sequence->count && !search->ima)
		r = bc_search_follow_from(search, search->before[sequence->count], 0);
	if (r == 0 && search->same) {
		row = bc_search_found(search, "not-reset", NULL);
		if (row) {
			row->not_reset = true;
			bc_copy_text(row->text, sizeof(row->text), "it holds these events twice: the PCR was not reset between two boots");
		}
	}
	for (i = 2; r == 0 && !search->found && i < sequence->count && !bc_search_is_late(search); i++) {
		r = bc_search_follow_from(search, search->before[0], i);
		if (r == 0 && search->same)
			found_stale(search, i);
	}
	return r;
}

int bc_try_same_stale(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	size_t i;
	int r = 0;

	for (i = 1; r == 0 && !search->found && i < sequence->count && !bc_search_is_late(search); i++) {
		if (sequence->step[i - 1] >= search->hint->young || sequence->step[i] <= search->hint->old)
			continue;
		r = bc_search_follow_from(search, search->before[0], i);
		if (r == 0 && search->same)
			found_stale(search, i);
	}
	return r;
}

/* Every digest is that of another bank: what a kernel or a firmware does that hashes once only. */
static int try_bank(struct bc_search *search, uint32_t alg)
{
	const struct bc_sequence *sequence = &search->sequence;
	struct bc_explanation *row;
	size_t used;
	int r;

	search->premise = (struct bc_premise){ .kind = BC_BANK, .at = alg };
	search->sequence.taken = (uint16_t)alg;
	r = bc_search_prepare(search);
	if (r == 0 && !sequence->lacking)
		r = bc_search_follow_from(search, search->before[0], 0);
	if (r == 0 && search->same) {
		row = bc_search_found(search, bc_algorithm_by_id((uint16_t)alg)->size < search->size ? "zero-padded" : "other-bank", NULL);
		if (row) {
			used = bc_premise_text(search, row->text, sizeof(row->text), 0);
			bc_append(row->text, sizeof(row->text), used, " it fits");
		}
	}
	search->premise = (struct bc_premise){ 0 };
	search->sequence.taken = sequence->bank->alg;
	return r;
}

int bc_try_banks(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_step *first = sequence->count > 1 ? sequence->step[0] : NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !search->found && first && i < first->bank_count; i++)
		if (first->alg[i] != sequence->bank->alg && bc_algorithm_by_id(first->alg[i]))
			r = try_bank(search, first->alg[i]);
	return r < 0 || search->found || !first ? r : bc_search_prepare(search);
}

size_t bc_longer_text(const struct bc_search *search, size_t at, char *ret_text, size_t size, size_t used)
{
	const struct bc_step *step = search->sequence.step[at];

	return bc_append(ret_text, size, used, "%sit holds what stands before %s %u: the log is longer than the PCR", used ? " " : "",
			 bc_step_counter(step), step->number);
}

size_t bc_premise_text(const struct bc_search *search, char *ret_text, size_t size, size_t used)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_premise *premise = &search->premise;
	const struct bc_step *step = premise->at < sequence->count ? sequence->step[premise->at] : NULL;
	const struct bc_algorithm *other;

	switch (premise->kind) {
	case BC_AS_IT_IS:
	case BC_LONGER:
		break;
	case BC_START:
		return bc_append(ret_text, size, used, "%s", starts[premise->at].text);
	case BC_NOT_RESET:
		return bc_append(ret_text, size, used, "started at what these events lead to, because it was not reset,");
	case BC_STALE:
		return bc_append(ret_text, size, used, "from %s %u on, with an older log in front,", bc_step_counter(step), step->number);
	case BC_BANK:
		other = bc_algorithm_by_id((uint16_t)premise->at);
		return bc_append(ret_text, size, used, "with the %s digest%s in place of every digest", other->name,
				 other->size < search->size ? " and zeros behind it" : other->size > search->size ? ", cut," : "");
	case BC_FAR_SWAP:
		return bc_append(ret_text, size, used, "with %s %u and %u in each other's place", bc_step_counter(step), step->number,
				 sequence->step[premise->other]->number);
	}
	return used;
}
