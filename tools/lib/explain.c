// SPDX-License-Identifier: BSD-2-Clause
/* The smallest change that makes the events of one PCR lead to the value given; bounded in pairs and time, and it says when it stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "verify.h"

/* Events kept for the search; a PCR of a real machine has some dozens. */
#define EVENTS_MAX 4096
#define PAIR_DISTANCE 64
#define SECONDS_MAX 2

struct kept { uint32_t number, pcr; bool no_action; size_t count; uint16_t alg[4]; uint8_t digest[4][BC_DIGEST_MAX]; };

struct bc_explain { size_t count, capacity; bool full; struct kept *event; };

/* The search in one PCR of one bank. */
struct search {
	struct bc_verify *v;
	const struct bc_pcr_bank *bank;
	unsigned int pcr;
	struct bc_hash *hash;
	size_t count;			/* digests in the order of the log */
	const uint8_t **digest;
	const struct kept **from;
	uint8_t (*before)[BC_DIGEST_MAX];	/* value in front of each */
	const uint8_t **order;		/* room for a changed sequence */
	const uint8_t *target;
	struct timespec start;
	bool stopped, found;
};

void bc_explain_free(struct bc_explain *explain)
{
	if (explain)
		free(explain->event);
	free(explain);
}

int bc_explain_event(struct bc_verify *v, const struct bc_tcg_event *event)
{
	struct bc_explain *explain = v->explain;
	struct kept *rows, *kept;
	size_t i, capacity;

	if (!explain) {
		explain = v->explain = calloc(1, sizeof(*explain));
		if (!explain)
			return bc_error_nomem(v->err);
	}
	explain->full = explain->full || explain->count == EVENTS_MAX;
	if (explain->full || event->pcr >= BC_PCR_COUNT)
		return 0;
	if (explain->count == explain->capacity) {
		capacity = explain->capacity ? 2 * explain->capacity : 64;
		rows = realloc(explain->event, capacity * sizeof(*rows));
		if (!rows)
			return bc_error_nomem(v->err);
		explain->event = rows;
		explain->capacity = capacity;
	}
	kept = &explain->event[explain->count++];
	*kept = (struct kept){ .number = (uint32_t)event->number, .pcr = event->pcr, .no_action = event->type == BC_EV_NO_ACTION };
	for (i = 0; i < event->digest_count && kept->count < BC_ARRAY_SIZE(kept->alg); i++, kept->count++) {
		kept->alg[i] = event->digest[i].alg;
		memcpy(kept->digest[i], event->digest[i].bytes, event->digest[i].size);
	}
	return 0;
}

/* ---- the search ---- */

static bool out_of_time(struct search *search)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	search->stopped = search->stopped || now.tv_sec - search->start.tv_sec >= SECONDS_MAX;
	return search->stopped;
}

/* Extend *value by these digests; is it the value given then? */
static int leads(struct search *search, const uint8_t *value, const uint8_t *const *digest, size_t count, bool *ret_same)
{
	const size_t size = search->bank->size;
	uint8_t now[BC_DIGEST_MAX];
	size_t i;
	int r = 0;

	memcpy(now, value, size);
	for (i = 0; r == 0 && i < count; i++) {
		r = bc_hash_start(search->hash, search->v->err);
		if (r == 0)
			r = bc_hash_update(search->hash, now, size, search->v->err);
		if (r == 0)
			r = bc_hash_update(search->hash, digest[i], size, search->v->err);
		if (r == 0)
			r = bc_hash_finish(search->hash, now, search->v->err);
	}
	*ret_same = r == 0 && !memcmp(now, search->target, size);
	return r;
}

static void found(struct search *search, const char *hypothesis, int64_t event, const char *text)
{
	struct bc_verdict *verdict = search->v->verdict;
	struct bc_explanation *row = &verdict->explanation[verdict->explanation_count];

	search->found = true;
	if (verdict->explanation_count == BC_EXPLANATIONS_MAX)
		return;
	*row = (struct bc_explanation){ .pcr = search->pcr, .bank = search->bank->alg, .event = event, .hypothesis = hypothesis };
	bc_copy_text(row->text, sizeof(row->text), text);
	verdict->explanation_count++;
}

/* The log with the events from at on replaced: skip of them gone, the ones in order[0..extra) in their place. */
static int try_at(struct search *search, size_t at, size_t skip, size_t extra, bool *ret_same)
{
	const size_t rest = search->count - at - skip;

	memcpy(search->order + extra, search->digest + at + skip, rest * sizeof(*search->order));
	return leads(search, search->before[at], search->order, extra + rest, ret_same);
}

static int try_single(struct search *search, size_t at)
{
	char text[160];
	bool same = false;
	int r;

	r = try_at(search, at, 1, 0, &same);
	if (r == 0 && same) {
		snprintf(text, sizeof(text), "without event %u it fits: the event is in the log, but not in the PCR", search->from[at]->number);
		found(search, "dropped", search->from[at]->number, text);
	}
	if (r < 0 || same)
		return r;
	search->order[0] = search->order[1] = search->digest[at];
	r = try_at(search, at, 1, 2, &same);
	if (r == 0 && same) {
		snprintf(text, sizeof(text), "with event %u twice it fits", search->from[at]->number);
		found(search, "doubled", search->from[at]->number, text);
	}
	return r;
}

static int try_swaps(struct search *search, size_t at)
{
	char text[160];
	size_t other;
	bool same;
	int r = 0;

	for (other = at + 1; r == 0 && !search->found && other < search->count && other - at <= PAIR_DISTANCE; other++) {
		memcpy(search->order, search->digest + at, (other - at + 1) * sizeof(*search->order));
		search->order[0] = search->digest[other];
		search->order[other - at] = search->digest[at];
		r = try_at(search, at, other - at + 1, other - at + 1, &same);
		if (r < 0 || !same)
			continue;
		snprintf(text, sizeof(text), "with events %u and %u in each other's place it fits", search->from[at]->number,
			 search->from[other]->number);
		found(search, "swapped", search->from[at]->number, text);
	}
	return r;
}

/* Another start value: a locality, ones; or an older log in front, in the log or in the PCR. */
static int try_start(struct search *search)
{
	uint8_t value[BC_DIGEST_MAX] = { 0 };
	char text[160];
	bool same = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !same && i <= 5; i++) {
		value[search->bank->size - 1] = (uint8_t)i;
		if (i == 5)
			memset(value, 0xff, sizeof(value));
		r = leads(search, value, search->digest, search->count, &same);
		snprintf(text, sizeof(text), i == 5 ? "started at ff...ff it fits" : "started at locality %zu it fits", i);
	}
	if (same)
		found(search, "start-value", -1, text);
	if (r < 0 || same)
		return r;
	r = leads(search, search->before[search->count], search->digest, search->count, &same);
	if (r == 0 && same)
		found(search, "stale-log", -1, "it holds these events twice: the PCR was not reset between two boots");
	for (i = 2; r == 0 && !search->found && i < search->count; i++) {
		r = leads(search, search->before[0], search->digest + i, search->count - i, &same);
		if (r < 0 || !same)
			continue;
		snprintf(text, sizeof(text), "from event %u on it fits: an older log stands in front", search->from[i]->number);
		found(search, "stale-log", search->from[i]->number, text);
	}
	return r;
}

/* Something of a known digest is missing: a separator anywhere, or the end of the boot services. */
static int try_missing(struct search *search)
{
	static const struct { const char *data; size_t size; const char *hypothesis, *name; } known[] = {
		{ "\xff\xff\xff\xff", 4, "missing-separator", "a separator ffffffff" },
		{ "\0\0\0\0", 4, "missing-separator", "a separator 00000000" },
		{ "\1\0\0\0", 4, "missing-separator", "a separator 01000000, of a failure," },
		{ "Exit Boot Services Invocation", 29, "missing-exit-boot-services", "the call of ExitBootServices" },
		{ "Exit Boot Services Returned with Success", 40, "missing-exit-boot-services", "the return of ExitBootServices" },
	};
	uint8_t digest[BC_ARRAY_SIZE(known)][BC_DIGEST_MAX];
	char text[160];
	size_t i, at;
	bool same = false;
	int r = 0;

	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(known); i++)
		r = bc_digest(search->bank->alg, known[i].data, known[i].size, digest[i], search->v->err);
	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(known); i++) {
		for (at = search->count + 1; r == 0 && !search->found && at-- > 0;) {
			search->order[0] = digest[i];
			r = try_at(search, at, 0, 1, &same);
			if (r < 0 || !same)
				continue;
			snprintf(text, sizeof(text), "with %s %s it fits: it is missing in the log", known[i].name,
				 at == search->count ? "at the end" : "in between");
			found(search, known[i].hypothesis, at < search->count ? (int64_t)search->from[at]->number : -1, text);
		}
	}
	search->order[0] = digest[3];
	search->order[1] = digest[4];
	if (r == 0 && !search->found)
		r = try_at(search, search->count, 0, 2, &same);
	if (r == 0 && !search->found && same)
		found(search, "missing-exit-boot-services", -1, "with both events of ExitBootServices at the end it fits: they are missing in the log");
	return r;
}

static int search_all(struct search *search)
{
	size_t at;
	int r;

	r = try_start(search);
	if (r == 0 && !search->found)
		r = try_missing(search);
	for (at = 0; r == 0 && !search->found && at < search->count && !out_of_time(search); at++)
		r = try_single(search, at);
	for (at = 0; r == 0 && !search->found && at < search->count && !out_of_time(search); at++)
		r = try_swaps(search, at);
	if (r == 0 && search->stopped && !search->found)
		found(search, "stopped", -1, "the search for an explanation was stopped after 2 s");
	return r;
}

/* ---- one PCR ---- */

static const uint8_t *digest_of(const struct kept *kept, uint16_t alg)
{
	size_t i;

	for (i = 0; i < kept->count; i++)
		if (kept->alg[i] == alg)
			return kept->digest[i];
	return NULL;
}

static int prepare(struct search *search)
{
	const struct bc_explain *explain = search->v->explain;
	const struct bc_pcr_bank *initial = bc_pcrs_bank_const(bc_replay_initial(search->v->replay), search->bank->alg);
	const size_t size = search->bank->size;
	const uint8_t *digest;
	size_t i;
	int r = 0;

	memcpy(search->before[0], initial->value[search->pcr], size);
	for (i = 0; r == 0 && i < explain->count; i++) {
		digest = digest_of(&explain->event[i], search->bank->alg);
		if (explain->event[i].pcr != search->pcr || explain->event[i].no_action || !digest)
			continue;
		search->digest[search->count] = digest;
		search->from[search->count] = &explain->event[i];
		r = bc_hash_start(search->hash, search->v->err);
		if (r == 0)
			r = bc_hash_update(search->hash, search->before[search->count], size, search->v->err);
		if (r == 0)
			r = bc_hash_update(search->hash, digest, size, search->v->err);
		search->count++;
		if (r == 0)
			r = bc_hash_finish(search->hash, search->before[search->count], search->v->err);
	}
	return r;
}

int bc_explain_pcr(struct bc_verify *v, const struct bc_pcr_bank *bank, unsigned int pcr)
{
	struct search search = { .v = v, .bank = bank, .pcr = pcr, .target = bank->value[pcr] };
	size_t room;
	int r;

	if (!v->explain || !v->explain->count)
		return 0;
	if (v->explain->full) {
		found(&search, "stopped", -1, "the log has too many events to search for an explanation");
		return 0;
	}
	room = v->explain->count + 4;
	search.digest = calloc(room, sizeof(*search.digest));
	search.order = calloc(room, sizeof(*search.order));
	search.from = calloc(room, sizeof(*search.from));
	search.before = calloc(room, sizeof(*search.before));
	clock_gettime(CLOCK_MONOTONIC, &search.start);
	if (!search.digest || !search.order || !search.from || !search.before)
		r = bc_error_nomem(v->err);
	else
		r = bc_hash_new(bank->alg, &search.hash, v->err);
	if (r == 0)
		r = prepare(&search);
	if (r == 0)
		r = search_all(&search);
	bc_hash_free(search.hash);
	free(search.digest);
	free(search.order);
	free(search.from);
	free(search.before);
	return r;
}
