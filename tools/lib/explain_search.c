// SPDX-License-Identifier: BSD-2-Clause
/* Search for the change of one PCR's events that leads to the value given. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* Two changes of one accident stand near each other. */
#define PAIR_DISTANCE 64

/* ---- time and hashes ---- */

int64_t bc_explain_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * BC_SECOND + time.tv_nsec;
}

static bool out_of_time(struct bc_search *search)
{
	if (++search->ticks % 256 == 0)
		search->stopped = search->stopped || bc_explain_now() >= search->deadline;
	return search->stopped;
}

static int extend(struct bc_search *search, uint8_t *value, const uint8_t *digest)
{
	return bc_hash_extend(search->sequence.hash, value, digest, search->sequence.v->err);
}

static bool is_target(const struct bc_search *search, const uint8_t *value)
{
	return !memcmp(value, search->target, search->size);
}

/* Extend value by the rest of the sequence; search->same tells whether it is the one given then. */
static int follow(struct bc_search *search, uint8_t *value, size_t from)
{
	const struct bc_sequence *sequence = &search->sequence;
	size_t i;
	int r = 0;

	search->same = search->prefix && is_target(search, value);
	for (i = from; r == 0 && !search->same && i < sequence->count && !out_of_time(search); i++) {
		r = extend(search, value, sequence->digest[i]);
		search->same = search->prefix && is_target(search, value);
	}
	if (!search->prefix)
		search->same = r == 0 && i == sequence->count && is_target(search, value);
	return r;
}

static int follow_from(struct bc_search *search, const uint8_t *start, size_t from)
{
	uint8_t value[BC_DIGEST_MAX];

	memcpy(value, start, search->size);
	return follow(search, value, from);
}

static int apply(struct bc_search *search, const struct bc_change *change, uint8_t *value)
{
	unsigned int i;
	int r = 0;

	for (i = 0; r == 0 && i < change->extra; i++)
		r = extend(search, value, change->digest[i]);
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

static struct bc_explanation *found(struct bc_search *search, const char *hypothesis, const struct bc_step *step)
{
	struct bc_explanation *row = bc_explain_add(search->sequence.v->verdict, search->sequence.bank->alg, search->sequence.pcr, hypothesis);

	search->found = true;
	if (row && step) {
		row->event = step->number;
		row->counter = bc_step_counter(step);
	}
	return row;
}

static void say(struct bc_explanation *row, const char *text)
{
	if (row)
		bc_copy_text(row->text, sizeof(row->text), text);
}

static bool is_at_end(const struct bc_change *change)
{
	return change->missing && !change->step;
}

static bool is_retyped(const struct bc_change *change)
{
	return change->what == BC_RETYPED_TO_NO_ACTION || change->what == BC_RETYPED_FROM_NO_ACTION;
}

static void found_change(struct bc_search *search, const struct bc_change *change)
{
	struct bc_explanation *row = found(search, bc_hypothesis_name(change->what), change->step);
	size_t used;

	if (!row)
		return;
	search->hint->single[search->sequence.pcr] = *change;
	row->at_end = is_at_end(change);
	row->retyped = is_retyped(change);
	if (change->what == BC_SWAPPED)
		row->second = search->sequence.step[change->at + 1]->number;
	used = bc_change_text(&search->sequence, change, row->text, sizeof(row->text), 0);
	used = bc_append(row->text, sizeof(row->text), used, " it fits");
	if (change->what == BC_DROPPED)
		bc_append(row->text, sizeof(row->text), used, ": it is in the log, but not in the PCR");
	else if (change->missing)
		bc_append(row->text, sizeof(row->text), used, ": it is missing in the log");
}

static void found_pair(struct bc_search *search, const struct bc_change *one, const struct bc_change *two)
{
	struct bc_explanation *row = found(search, "pair", one->step ? one->step : two->step);
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

/* ---- what concerns the log as a whole ---- */

static void found_stale(struct bc_search *search, size_t at)
{
	const struct bc_step *const step = search->sequence.step[at];
	struct bc_explanation *row = found(search, "stale-log", step);

	search->hint->old = search->sequence.step[at - 1];
	search->hint->young = step;
	if (row)
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
static int try_longer_log(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	struct bc_explanation *row;
	size_t i;

	for (i = sequence->count; !search->prefix && !search->found && i-- > 0;) {
		if (!is_target(search, search->before[i]))
			continue;
		if (is_twice(sequence, i)) {
			found_stale(search, i);
			return 0;
		}
		row = found(search, "log-longer", sequence->step[i]);
		if (row)
			snprintf(row->text, sizeof(row->text), "it holds what stands before %s %u: the log is longer than the PCR",
				 bc_step_counter(sequence->step[i]), sequence->step[i]->number);
	}
	return 0;
}

static int try_start(struct bc_search *search)
{
	static const struct { uint8_t fill, last; const char *text; } starts[] = {
		{ 0, 0, "started at zero it fits" }, { 0, 1, "started at locality 1 it fits" }, { 0, 2, "started at locality 2 it fits" },
		{ 0, 3, "started at locality 3 it fits" }, { 0, 4, "started at locality 4, as after an H-CRTM, it fits" },
		{ 0xff, 0xff, "started at ff...ff it fits" },
	};
	uint8_t value[BC_DIGEST_MAX];
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !search->found && i < BC_ARRAY_SIZE(starts); i++) {
		if (search->sequence.pcr != 0 && starts[i].last && !starts[i].fill)	/* only PCR 0 knows a locality */
			continue;
		memset(value, starts[i].fill, search->size);
		value[search->size - 1] = starts[i].last;
		r = follow(search, value, 0);
		if (r == 0 && search->same)
			say(found(search, "start-value", NULL), starts[i].text);
	}
	return r;
}

/* An older log: in the PCR, which was not reset, or in front of this one. */
static int try_stale(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	size_t i;
	int r = 0;

	if (sequence->count && !search->prefix)
		r = follow_from(search, search->before[sequence->count], 0);
	if (r == 0 && search->same)
		say(found(search, "not-reset", NULL), "it holds these events twice: the PCR was not reset between two boots");
	for (i = 2; r == 0 && !search->found && i < sequence->count && !out_of_time(search); i++) {
		r = follow_from(search, search->before[0], i);
		if (r == 0 && search->same)
			found_stale(search, i);
	}
	return r;
}

/* Does the older log of another PCR end here too? */
static int try_same_stale(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	size_t i;
	int r = 0;

	for (i = 1; r == 0 && !search->found && i < sequence->count && !out_of_time(search); i++) {
		if (sequence->step[i - 1] >= search->hint->young || sequence->step[i] <= search->hint->old)
			continue;
		r = follow_from(search, search->before[0], i);
		if (r == 0 && search->same)
			found_stale(search, i);
	}
	return r;
}

/* Every digest is that of another bank: what a kernel or a firmware does that hashes once only. */
static int try_bank(struct bc_search *search, const struct bc_algorithm *other)
{
	const struct bc_sequence *sequence = &search->sequence;
	uint8_t value[BC_DIGEST_MAX], digest[BC_DIGEST_MAX];
	const uint8_t *bytes;
	char text[160];
	size_t i;
	int r = 0;

	memcpy(value, search->before[0], search->size);
	search->same = false;
	for (i = 0; r == 0 && !search->same && i < sequence->count && !out_of_time(search); i++) {
		bytes = bc_step_digest(sequence->v->explain, sequence->step[i], other->id);
		if (!bytes)
			return 0;
		memset(digest, 0, sizeof(digest));
		memcpy(digest, bytes, other->size);
		r = extend(search, value, digest);
		search->same = (search->prefix || i + 1 == sequence->count) && is_target(search, value);
	}
	if (r < 0 || !search->same)
		return r;
	snprintf(text, sizeof(text), "with the %s digest%s in place of every digest it fits", other->name,
		 other->size < search->size ? " and zeros behind it" : other->size > search->size ? ", cut," : "");
	say(found(search, other->size < search->size ? "zero-padded" : "other-bank", NULL), text);
	return 0;
}

static int try_banks(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_algorithm *other;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !search->found && sequence->count > 1 && i < sequence->step[0]->bank_count; i++) {
		other = bc_algorithm_by_id(sequence->step[0]->alg[i]);
		if (other && other->id != sequence->bank->alg)
			r = try_bank(search, other);
	}
	return r;
}

/* Both events of ExitBootServices: the log was read before the operating system started. */
static int try_exit(struct bc_search *search)
{
	static const char *const texts[] = { "Exit Boot Services Invocation", "Exit Boot Services Returned with Success" };
	uint8_t value[BC_DIGEST_MAX], digest[BC_DIGEST_MAX];
	struct bc_explanation *row;
	size_t i;
	int r = 0;

	memcpy(value, search->before[search->sequence.count], search->size);
	for (i = 0; r == 0 && !search->prefix && i < BC_ARRAY_SIZE(texts); i++) {
		r = bc_digest(search->sequence.bank->alg, texts[i], strlen(texts[i]), digest, search->sequence.v->err);
		if (r == 0)
			r = extend(search, value, digest);
	}
	if (r < 0 || search->prefix || !is_target(search, value))
		return r;
	row = found(search, "missing-exit-boot-services", NULL);
	say(row, "with both events of ExitBootServices at the end it fits: they are missing in the log");
	if (row)
		row->at_end = true;
	return 0;
}

/* systemd-pcrphase extends PCR 11 with words that are in its own log only. */
static int try_phases(struct bc_search *search)
{
	static const char *const words[] = { "enter-initrd", "leave-initrd", "sysinit", "ready", "shutdown", "final" };
	uint8_t value[BC_DIGEST_MAX], digest[BC_DIGEST_MAX];
	struct bc_explanation *row;
	size_t first, i;
	int r = 0;

	for (first = 0; first <= 2 && search->sequence.pcr == 11; first += 2) {
		memcpy(value, search->before[search->sequence.count], search->size);
		for (i = first; r == 0 && !search->found && i < BC_ARRAY_SIZE(words); i++) {
			r = bc_digest(search->sequence.bank->alg, words[i], strlen(words[i]), digest, search->sequence.v->err);
			if (r == 0)
				r = extend(search, value, digest);
			if (r < 0 || !is_target(search, value))
				continue;
			row = found(search, "missing-systemd-phases", NULL);
			if (!row)
				continue;
			row->at_end = true;
			snprintf(row->text, sizeof(row->text), "with the boot phases of systemd from %s to %s at the end it fits: they are in "
				 "its own log", words[first], words[i]);
		}
	}
	return r;
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

static int try_some(struct bc_search *search, enum which which)
{
	const struct bc_change *change = search->sequence.change;
	const struct bc_change *const end = change + search->sequence.change_count;
	uint8_t value[BC_DIGEST_MAX];
	int r = 0;

	for (; r == 0 && !search->found && change < end && !search->stopped; change++) {
		if (!is_which(search, change, which))
			continue;
		memcpy(value, search->before[change->at], search->size);
		r = apply(search, change, value);
		if (r == 0)
			r = follow(search, value, change->at + change->skip);
		if (r == 0 && search->same)
			found_change(search, change);
	}
	return r;
}

static int try_singles(struct bc_search *search)
{
	int r = try_some(search, HINTED);

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
	r = extend(search, value, sequence->digest[other]);
	for (i = at + 1; r == 0 && i < other; i++)
		r = extend(search, value, sequence->digest[i]);
	if (r == 0)
		r = extend(search, value, sequence->digest[at]);
	if (r == 0)
		r = follow(search, value, other + 1);
	if (r < 0 || !search->same)
		return r;
	row = found(search, bc_hypothesis_name(BC_SWAPPED), sequence->step[at]);
	if (!row)
		return 0;
	row->second = sequence->step[other]->number;
	snprintf(row->text, sizeof(row->text), "with %s %u and %u in each other's place it fits", bc_step_counter(sequence->step[at]),
		 sequence->step[at]->number, sequence->step[other]->number);
	return 0;
}

static int try_swaps(struct bc_search *search)
{
	const size_t count = search->sequence.count;
	size_t at, other;
	int r = 0;

	for (at = 0; r == 0 && !search->found && at < count && !search->stopped; at++)
		for (other = at + 2; r == 0 && !search->found && other < count && other - at <= PAIR_DISTANCE && !search->stopped; other++)
			r = try_swap(search, at, other);
	return r;
}

/* A second change of the ones at this place, value being what stands in front of it. */
static int try_second(struct bc_search *search, const struct bc_change *one, const struct bc_change *two, const uint8_t *before)
{
	uint8_t value[BC_DIGEST_MAX];
	int r;

	memcpy(value, before, search->size);
	r = apply(search, two, value);
	if (r == 0)
		r = follow(search, value, two->at + two->skip);
	if (r == 0 && search->same) {
		search->hint->pair[0] = *one;
		search->hint->pair[1] = *two;
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

static int try_pairs_of(struct bc_search *search, const struct bc_change *one)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_change *const end = sequence->change + sequence->change_count;
	const struct bc_change *two = one;
	size_t at = one->at + one->skip;
	uint8_t value[BC_DIGEST_MAX];
	int r;

	memcpy(value, search->before[one->at], search->size);
	r = apply(search, one, value);
	while (!one->skip && two > sequence->change && two[-1].at == one->at)	/* two insertions in either order */
		two--;
	while (two < end && two->at < at)
		two++;
	for (; r == 0 && two < end && two->at <= one->at + PAIR_DISTANCE && !search->found && !out_of_time(search); two++) {
		for (; r == 0 && at < two->at; at++)
			r = extend(search, value, sequence->digest[at]);
		if (r == 0 && (search->round == BC_ROUND_ALL_PAIRS || is_common(two)))
			r = try_second(search, one, two, value);
	}
	return r;
}

/* The pair that another bank has shown. */
static int try_hint(struct bc_search *search)
{
	const struct bc_sequence *sequence = &search->sequence;
	const struct bc_change *one, *two, *const end = sequence->change + sequence->change_count;
	uint8_t value[BC_DIGEST_MAX];
	size_t at;
	int r;

	for (one = sequence->change; one < end && !bc_same_change(one, &search->hint->pair[0]); one++)
		;
	for (two = sequence->change; two < end && !bc_same_change(two, &search->hint->pair[1]); two++)
		;
	if (one >= end || two >= end || two->at < one->at + one->skip)
		return 0;
	memcpy(value, search->before[one->at], search->size);
	r = apply(search, one, value);
	for (at = one->at + one->skip; r == 0 && at < two->at; at++)
		r = extend(search, value, sequence->digest[at]);
	return r < 0 ? r : try_second(search, one, two, value);
}

static int try_pairs(struct bc_search *search)
{
	size_t i;
	int r = try_hint(search);

	for (i = 0; r == 0 && !search->found && i < search->sequence.change_count && !search->stopped; i++)
		if (search->round == BC_ROUND_ALL_PAIRS || is_common(&search->sequence.change[i]))
			r = try_pairs_of(search, &search->sequence.change[i]);
	return r;
}

/* ---- one PCR ---- */

static int prepare(struct bc_search *search)
{
	struct bc_sequence *sequence = &search->sequence;
	const struct bc_pcr_bank *initial = bc_pcrs_bank_const(bc_replay_initial(sequence->v->replay), sequence->bank->alg);
	size_t i;
	int r;

	r = bc_sequence_begin(sequence);
	if (r == 0)
		r = bc_sequence_changes(sequence);
	if (r < 0)
		return r;
	search->before = calloc(sequence->count + 1, sizeof(*search->before));
	if (!search->before)
		return bc_error_nomem(sequence->v->err);
	memcpy(search->before[0], initial->value[sequence->pcr], search->size);
	for (i = 0; r == 0 && i < sequence->count; i++) {
		memcpy(search->before[i + 1], search->before[i], search->size);
		r = extend(search, search->before[i + 1], sequence->digest[i]);
	}
	return r;
}

/* Which are tried first: the log as a whole, then event by event. */
int bc_search_pcr(struct bc_search *search)
{
	static int (*const simple[])(struct bc_search *search) = {
		try_longer_log, try_start, try_exit, try_phases, try_singles, try_stale, try_banks, try_swaps,
	};
	size_t i;
	int r = prepare(search);

	for (i = 0; r == 0 && search->round == BC_ROUND_SIMPLE && !search->found && !search->stopped && i < BC_ARRAY_SIZE(simple); i++) {
		search->same = false;
		r = simple[i](search);
	}
	if (r == 0 && search->round == BC_ROUND_STALE)
		r = try_same_stale(search);
	if (r == 0 && search->round > BC_ROUND_STALE)
		r = try_pairs(search);
	free(search->before);
	bc_sequence_end(&search->sequence);
	return r;
}
