// SPDX-License-Identifier: BSD-2-Clause
/* The events of one PCR as a sequence of digests, and every single change of it that is worth a try. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

static const char *const names[] = {
	[BC_DROPPED] = "dropped", [BC_DOUBLED] = "doubled", [BC_SWAPPED] = "swapped", [BC_RETYPED_TO_NO_ACTION] = "retyped",
	[BC_RETYPED_FROM_NO_ACTION] = "retyped", [BC_NO_ACTION_EXTENDED] = "no-action-extended", [BC_ZERO_PADDED] = "zero-padded",
	[BC_OTHER_BANK] = "other-bank", [BC_DATA_DIGEST] = "data-digest", [BC_LABEL_DIGEST] = "label-digest",
	[BC_OTHER_PCR] = "other-pcr", [BC_MISSING_SEPARATOR] = "missing-separator", [BC_MISSING_EXIT] = "missing-exit-boot-services",
	[BC_MISSING_PHASES] = "missing-systemd-phases",
};

const char *bc_hypothesis_name(enum bc_hypothesis what)
{
	return names[what];
}

bool bc_same_change(const struct bc_change *one, const struct bc_change *two)
{
	return one->what == two->what && one->step == two->step && one->missing == two->missing && one->skip == two->skip;
}

/* ---- digests that are in no log ---- */

struct bc_pool { struct bc_pool *next; size_t used; uint8_t digest[32][BC_DIGEST_MAX]; };

/* One that stays until bc_sequence_end(), filled up with zeros; NULL without memory. */
static uint8_t *new_digest(struct bc_sequence *sequence)
{
	struct bc_pool *pool = sequence->pool;

	if (!pool || pool->used == BC_ARRAY_SIZE(pool->digest)) {
		pool = calloc(1, sizeof(*pool));
		if (!pool)
			return NULL;
		pool->next = sequence->pool;
		sequence->pool = pool;
	}
	return pool->digest[pool->used++];
}

void bc_sequence_end(struct bc_sequence *sequence)
{
	struct bc_pool *pool = sequence->pool, *next;

	for (; pool; pool = next) {
		next = pool->next;
		free(pool);
	}
	bc_hash_free(sequence->hash);
	free(sequence->digest);
	free(sequence->step);
	free(sequence->change);
	*sequence = (struct bc_sequence){ .v = sequence->v, .bank = sequence->bank, .pcr = sequence->pcr, .taken = sequence->taken };
}

/* ---- the sequence ---- */

/* A CEL record is of firmware or not; entries of an IMA list are the only steps whose end may be missing. */
static bool is_of(const struct bc_sequence *sequence, const struct bc_step *step)
{
	return step->pcr == sequence->pcr && !step->no_action && bc_step_digest(sequence->v->explain, step, sequence->bank->alg);
}

/* The digest of another bank in the size of this one: cut, or with zeros behind it; NULL without memory. */
static const uint8_t *resized(struct bc_sequence *sequence, const uint8_t *bytes, uint16_t alg)
{
	const struct bc_algorithm *algorithm = bc_algorithm_by_id(alg);
	uint8_t *digest = new_digest(sequence);

	if (digest)
		memcpy(digest, bytes, algorithm->size < sequence->bank->size ? algorithm->size : sequence->bank->size);
	return digest;
}

int bc_sequence_begin(struct bc_sequence *sequence)
{
	const struct bc_explain *explain = sequence->v->explain;
	const bool own = sequence->taken == sequence->bank->alg;
	const uint8_t *digest;
	size_t i;
	int r = bc_hash_new(sequence->bank->alg, &sequence->hash, sequence->v->err);

	if (r < 0)
		return r;
	sequence->digest = calloc(explain->count + 1, sizeof(*sequence->digest));
	sequence->step = calloc(explain->count + 1, sizeof(*sequence->step));
	if (!sequence->digest || !sequence->step)
		return bc_error_nomem(sequence->v->err);
	for (i = 0; i < explain->count; i++) {
		if (!is_of(sequence, &explain->step[i]))
			continue;
		digest = bc_step_digest(explain, &explain->step[i], sequence->taken);
		if (digest && !own) {
			digest = resized(sequence, digest, sequence->taken);
			if (!digest)
				return bc_error_nomem(sequence->v->err);
		}
		sequence->lacking = sequence->lacking || !digest;
		sequence->digest[sequence->count] = digest ? digest : bc_step_digest(explain, &explain->step[i], sequence->bank->alg);
		sequence->step[sequence->count++] = &explain->step[i];
	}
	return 0;
}

/* ---- the changes ---- */

static int add(struct bc_sequence *sequence, struct bc_change change)
{
	const size_t room = sequence->change_room ? 2 * sequence->change_room : 64;
	struct bc_change *rows;

	if (sequence->change_count == sequence->change_room) {
		rows = realloc(sequence->change, room * sizeof(*rows));
		if (!rows)
			return bc_error_nomem(sequence->v->err);
		sequence->change = rows;
		sequence->change_room = room;
	}
	sequence->change[sequence->change_count++] = change;
	return 0;
}

/* Put digest in the place of skip digests, unless it is the one that stands there. */
static int add_digest(struct bc_sequence *sequence, size_t at, uint8_t skip, enum bc_hypothesis what, const struct bc_step *step,
		      const uint8_t *digest, uint16_t alg)
{
	const struct bc_change change = {
		.at = (uint32_t)at, .skip = skip, .extra = 1, .what = what, .alg = alg, .digest = { digest }, .step = step,
	};

	if (skip && !memcmp(digest, sequence->digest[at], sequence->bank->size))
		return 0;
	return add(sequence, change);
}

static int add_hash(struct bc_sequence *sequence, size_t at, uint8_t skip, enum bc_hypothesis what, const struct bc_step *step,
		    size_t data, size_t size)
{
	struct bc_error *err = sequence->v->err;
	uint8_t digest[BC_DIGEST_MAX] = { 0 }, *kept;
	int r;

	r = bc_hash_start(sequence->hash, err);
	if (r == 0)
		r = bc_hash_update(sequence->hash, sequence->v->explain->arena + data, size, err);
	if (r == 0)
		r = bc_hash_finish(sequence->hash, digest, err);
	if (r < 0 || (skip && !memcmp(digest, sequence->digest[at], sequence->bank->size)))
		return r;
	kept = new_digest(sequence);
	if (!kept)
		return bc_error_nomem(err);
	memcpy(kept, digest, sequence->bank->size);
	return add_digest(sequence, at, skip, what, step, kept, 0);
}

static int add_other_banks(struct bc_sequence *sequence, size_t at, const struct bc_step *step)
{
	const uint8_t *digest;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < step->bank_count; i++) {
		const struct bc_algorithm *alg = bc_algorithm_by_id(step->alg[i]);

		if (!alg || step->alg[i] == sequence->bank->alg)
			continue;
		digest = resized(sequence, sequence->v->explain->arena + step->digest[i], alg->id);
		if (!digest)
			return bc_error_nomem(sequence->v->err);
		r = add_digest(sequence, at, 1, alg->size < sequence->bank->size ? BC_ZERO_PADDED : BC_OTHER_BANK, step, digest, alg->id);
	}
	return r;
}

/* Another digest of the same event: of its data, of its label, of another bank, the right one of an IMA entry. */
static int add_digests(struct bc_sequence *sequence, size_t at)
{
	const struct bc_step *step = sequence->step[at];
	const uint8_t *arena = sequence->v->explain->arena;
	int r = 0;

	if (step->computed && step->computed_alg == sequence->bank->alg)
		r = add_digest(sequence, at, 1, BC_DATA_DIGEST, step, arena + step->computed, 0);
	if (r == 0 && step->data_size)
		r = add_hash(sequence, at, 1, BC_DATA_DIGEST, step, step->data, step->data_size);
	if (r == 0 && step->label_size)
		r = add_hash(sequence, at, 1, BC_LABEL_DIGEST, step, step->label, step->label_size);
	if (r == 0 && step->label_size > 1 && !arena[step->label + step->label_size - 1])
		r = add_hash(sequence, at, 1, BC_LABEL_DIGEST, step, step->label, step->label_size - 1);
	/* A kernel that hashes once only does so for every entry, which is tried as a whole. */
	return r < 0 || step->kind == BC_STEP_ENTRY ? r : add_other_banks(sequence, at, step);
}

static int add_event(struct bc_sequence *sequence, size_t at)
{
	const struct bc_step *step = sequence->step[at];
	const uint8_t *const *digest = &sequence->digest[at];
	struct bc_change change = { .at = (uint32_t)at, .skip = 1, .step = step };
	int r;

	change.what = bc_all_bytes(*digest, sequence->bank->size, 0) ? BC_RETYPED_FROM_NO_ACTION : BC_DROPPED;
	r = add(sequence, change);
	change.what = BC_DOUBLED;
	change.extra = 2;
	change.digest[0] = change.digest[1] = digest[0];
	if (r == 0)
		r = add(sequence, change);
	if (r == 0 && at + 1 < sequence->count) {
		change.what = BC_SWAPPED;
		change.skip = 2;
		change.digest[0] = digest[1];
		r = add(sequence, change);
	}
	return r < 0 ? r : add_digests(sequence, at);
}

#define EXIT_CALL "Exit Boot Services Invocation"
#define EXIT_GOOD "Exit Boot Services Returned with Success"
#define EXIT_BAD "Exit Boot Services Returned with Failure"

/* What firmware extends, and what a log that was read too early or cut lacks (PFP 1.06, 10.4.1). */
static const struct { const char *data; size_t size; enum bc_hypothesis what; const char *name; } known[] = {
	{ "\xff\xff\xff\xff", 4, BC_MISSING_SEPARATOR, "a separator ffffffff" },
	{ "\0\0\0\0", 4, BC_MISSING_SEPARATOR, "a separator 00000000" },
	{ "\1\0\0\0", 4, BC_MISSING_SEPARATOR, "a separator 01000000, of a failure," },
	{ EXIT_CALL, sizeof(EXIT_CALL) - 1, BC_MISSING_EXIT, "the call of ExitBootServices" },
	{ EXIT_GOOD, sizeof(EXIT_GOOD) - 1, BC_MISSING_EXIT, "the return of ExitBootServices" },
	{ EXIT_BAD, sizeof(EXIT_BAD) - 1, BC_MISSING_EXIT, "a failed return of ExitBootServices" },
};

/* What comes in a row behind a log that was read too early; systemd-pcrphase extends PCR 11 with words that are in its own log only. */
static const char *const last_words[] = {
	EXIT_CALL, EXIT_GOOD, EXIT_CALL, EXIT_BAD, EXIT_CALL, EXIT_GOOD,
#define PHASES 6
	"enter-initrd", "leave-initrd", "sysinit", "ready", "shutdown", "final",
};
static const struct { enum bc_hypothesis what; uint8_t first, count; const char *name; } ends[] = {
	{ BC_MISSING_EXIT, 0, 2, "both events of ExitBootServices" },
	{ BC_MISSING_EXIT, 2, 2, "both events of an ExitBootServices that failed" },
	{ BC_MISSING_EXIT, 2, 4, "the events of an ExitBootServices that failed and of one that did not" },
	{ BC_MISSING_PHASES, PHASES, 1, "the boot phase enter-initrd of systemd" },
	{ BC_MISSING_PHASES, PHASES, 2, "the boot phases of systemd from enter-initrd to leave-initrd" },
	{ BC_MISSING_PHASES, PHASES, 3, "the boot phases of systemd from enter-initrd to sysinit" },
	{ BC_MISSING_PHASES, PHASES, 4, "the boot phases of systemd from enter-initrd to ready" },
	{ BC_MISSING_PHASES, PHASES, 5, "the boot phases of systemd from enter-initrd to shutdown" },
	{ BC_MISSING_PHASES, PHASES, 6, "the boot phases of systemd from enter-initrd to final" },
	{ BC_MISSING_PHASES, PHASES + 2, 1, "the boot phase sysinit of systemd" },
	{ BC_MISSING_PHASES, PHASES + 2, 2, "the boot phases of systemd from sysinit to ready" },
	{ BC_MISSING_PHASES, PHASES + 2, 3, "the boot phases of systemd from sysinit to shutdown" },
	{ BC_MISSING_PHASES, PHASES + 2, 4, "the boot phases of systemd from sysinit to final" },
};

static int hash_known(struct bc_sequence *sequence, const uint8_t **ret_digest)
{
	uint8_t *digest;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(known); i++) {
		digest = new_digest(sequence);
		if (!digest)
			return bc_error_nomem(sequence->v->err);
		r = bc_digest(sequence->bank->alg, known[i].data, known[i].size, digest, sequence->v->err);
		ret_digest[i] = digest;
	}
	return r;
}

/* A step that does not extend this PCR, in the place where it stands in the logs. */
static int add_foreign(struct bc_sequence *sequence, size_t at, const struct bc_step *step, const uint8_t *const *known_digest)
{
	const uint8_t *digest = bc_step_digest(sequence->v->explain, step, sequence->bank->alg);
	size_t i;
	const bool real = digest && !bc_all_bytes(digest, sequence->bank->size, 0);
	int r = 0;

	/* Every PCR has a separator: it is its own that is missing, unless that one stands here as an EV_NO_ACTION. */
	for (i = 0; digest && !(step->no_action && step->pcr == sequence->pcr) && i < BC_ARRAY_SIZE(known); i++)
		if (!memcmp(digest, known_digest[i], sequence->bank->size))
			return 0;
	if (!step->no_action)
		return digest ? add_digest(sequence, at, 0, BC_OTHER_PCR, step, digest, 0) : 0;
	if (digest)
		r = add_digest(sequence, at, 0, real ? BC_RETYPED_TO_NO_ACTION : BC_NO_ACTION_EXTENDED, step, digest, 0);
	if (r == 0 && step->data_size)
		r = add_hash(sequence, at, 0, BC_NO_ACTION_EXTENDED, step, step->data, step->data_size);
	return r;
}

static int add_known(struct bc_sequence *sequence, size_t at, const uint8_t *const *digest)
{
	struct bc_change change = { .at = (uint32_t)at, .extra = 1 };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(known); i++) {
		/* Beside one of its own, it is that one which was extended twice. */
		if ((at < sequence->count && !memcmp(digest[i], sequence->digest[at], sequence->bank->size)) ||
		    (at && !memcmp(digest[i], sequence->digest[at - 1], sequence->bank->size)))
			continue;
		change.digest[0] = digest[i];
		change.what = known[i].what;
		change.missing = known[i].name;
		change.step = at < sequence->count ? sequence->step[at] : NULL;
		r = add(sequence, change);
	}
	return r;
}

/* An event that the log calls EV_NO_ACTION, where it stands in the log? */
static bool is_no_action(const struct bc_sequence *sequence, const uint8_t *digest)
{
	const struct bc_explain *explain = sequence->v->explain;
	const uint8_t *there;
	size_t i;

	for (i = 0; i < explain->count; i++) {
		there = bc_step_digest(explain, &explain->step[i], sequence->bank->alg);
		if (explain->step[i].no_action && explain->step[i].pcr == sequence->pcr && there && !memcmp(there, digest, sequence->bank->size))
			return true;
	}
	return false;
}

static int add_ends(struct bc_sequence *sequence)
{
	const uint8_t *digest[BC_ARRAY_SIZE(last_words)];
	struct bc_change change;
	uint8_t *bytes;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(last_words); i++) {
		digest[i] = bytes = new_digest(sequence);
		if (!bytes)
			return bc_error_nomem(sequence->v->err);
		r = bc_digest(sequence->bank->alg, last_words[i], strlen(last_words[i]), bytes, sequence->v->err);
	}
	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(ends); i++) {
		if ((ends[i].what == BC_MISSING_PHASES && sequence->pcr != 11) || is_no_action(sequence, digest[ends[i].first]))
			continue;
		change = (struct bc_change){
			.at = (uint32_t)sequence->count, .extra = ends[i].count, .what = ends[i].what, .missing = ends[i].name,
		};
		memcpy(change.digest, digest + ends[i].first, ends[i].count * sizeof(*digest));
		r = add(sequence, change);
	}
	return r;
}

/* IMA writes neither separators nor EV_NO_ACTION, and each of its entries has a PCR of its own accord. */
static bool is_firmware(const struct bc_sequence *sequence)
{
	return !sequence->count || sequence->step[sequence->count - 1]->kind != BC_STEP_ENTRY;
}

int bc_sequence_changes(struct bc_sequence *sequence)
{
	const struct bc_explain *explain = sequence->v->explain;
	const bool firmware = is_firmware(sequence);
	const uint8_t *digest[BC_ARRAY_SIZE(known)];
	size_t i, at = 0;
	int r = hash_known(sequence, digest);

	for (i = 0; r == 0 && i < explain->count; i++) {
		const struct bc_step *step = &explain->step[i];

		if (at < sequence->count && sequence->step[at] == step) {
			if (firmware)
				r = add_known(sequence, at, digest);
			if (r == 0)
				r = add_event(sequence, at++);
		} else if (firmware && step->kind != BC_STEP_ENTRY) {
			r = add_foreign(sequence, at, step, digest);
		}
	}
	if (r == 0 && firmware)
		r = add_known(sequence, at, digest);
	return r < 0 || !firmware ? r : add_ends(sequence);
}

/* ---- words ---- */

size_t bc_change_text(const struct bc_sequence *sequence, const struct bc_change *change, char *ret_text, size_t size, size_t used)
{
	const struct bc_step *step = change->step;
	const unsigned int number = step ? step->number : 0;
	const char *counter = step ? bc_step_counter(step) : "";
	char label[16];

	switch (change->what) {
	case BC_DROPPED:
		return bc_append(ret_text, size, used, "without %s %u", counter, number);
	case BC_DOUBLED:
		return bc_append(ret_text, size, used, "with %s %u twice", counter, number);
	case BC_SWAPPED:
		return bc_append(ret_text, size, used, "with %s %u and %u in each other's place", counter, number,
				 sequence->step[change->at + 1]->number);
	case BC_RETYPED_TO_NO_ACTION:
		return bc_append(ret_text, size, used, "with %s %u extended, which the log calls EV_NO_ACTION", counter, number);
	case BC_RETYPED_FROM_NO_ACTION:
		return bc_append(ret_text, size, used, "with %s %u as an EV_NO_ACTION, as its digest of zeros says", counter, number);
	case BC_NO_ACTION_EXTENDED:
		return bc_append(ret_text, size, used, "with the EV_NO_ACTION of %s %u extended", counter, number);
	case BC_ZERO_PADDED:
		return bc_append(ret_text, size, used, "with the %s digest and zeros behind it for %s %u",
				 bc_algorithm_label(change->alg, label), counter, number);
	case BC_OTHER_BANK:
		return bc_append(ret_text, size, used, "with the start of the %s digest for %s %u", bc_algorithm_label(change->alg, label),
				 counter, number);
	case BC_DATA_DIGEST:
		return bc_append(ret_text, size, used, "with the digest of its data for %s %u", counter, number);
	case BC_LABEL_DIGEST:
		return bc_append(ret_text, size, used, "with the digest of its own label for %s %u", counter, number);
	case BC_OTHER_PCR:
		return bc_append(ret_text, size, used, "with %s %u, of PCR %u in the log, in this PCR", counter, number, step->pcr);
	case BC_MISSING_SEPARATOR:
	case BC_MISSING_EXIT:
	case BC_MISSING_PHASES:
		break;
	}
	if (step)
		return bc_append(ret_text, size, used, "with %s before %s %u", change->missing, counter, number);
	return bc_append(ret_text, size, used, "with %s at the end", change->missing);
}
