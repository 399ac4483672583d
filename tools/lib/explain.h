/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files explain*.c share: the steps of the logs that were kept, and the changes of them that are tried. */
#ifndef BC_EXPLAIN_H
#define BC_EXPLAIN_H

#include <time.h>

#include "verify.h"

/* Banks kept of a step. */
#define BC_STEP_BANKS 6

enum bc_step_kind { BC_STEP_EVENT, BC_STEP_ENTRY, BC_STEP_RECORD, BC_STEP_KINDS };

/* One event, entry or record; digests and data stand in the arena. */
struct bc_step {
	enum bc_step_kind kind;
	bool no_action;
	uint8_t bank_count;
	uint16_t alg[BC_STEP_BANKS];
	uint32_t number, pcr;
	uint32_t digest[BC_STEP_BANKS];
	uint32_t data, data_size;		/* 0: none, or too long to keep */
	uint32_t label, label_size;	/* of an event that names what it measures; part of the data */
	uint32_t computed;		/* entry whose template digest is wrong: the right one in the list's bank; else 0 */
	uint16_t computed_alg;
};

struct bc_explain {
	struct bc_step *step;
	size_t count, capacity;
	uint8_t *arena;
	size_t used, room;
	size_t kept[BC_STEP_KINDS];
	bool full[BC_STEP_KINDS];
};

/* The digest of a step in a bank, or NULL. */
const uint8_t *bc_step_digest(const struct bc_explain *explain, const struct bc_step *step, uint16_t alg);
/* Steps kept of a kind: firmware writes some hundred events, an IMA list has some thousand entries. */
size_t bc_steps_max(enum bc_step_kind kind);
/* "event", "entry", "record" */
const char *bc_step_counter(const struct bc_step *step);

/* What a change is; in the order of the table of names in explain_change.c. */
enum bc_hypothesis {
	BC_DROPPED, BC_DOUBLED, BC_SWAPPED, BC_RETYPED_TO_NO_ACTION, BC_RETYPED_FROM_NO_ACTION, BC_NO_ACTION_EXTENDED, BC_ZERO_PADDED,
	BC_OTHER_BANK, BC_DATA_DIGEST, BC_LABEL_DIGEST, BC_OTHER_PCR, BC_MISSING_SEPARATOR, BC_MISSING_EXIT,
};
const char *bc_hypothesis_name(enum bc_hypothesis what);

/* The sequence that extends one PCR, changed in one place: in place of skip digests from at on, those in digest are extended. */
struct bc_change {
	uint32_t at;
	uint8_t skip, extra;
	enum bc_hypothesis what;
	uint16_t alg;			/* BC_ZERO_PADDED, BC_OTHER_BANK: of this bank */
	const uint8_t *digest[2];
	const struct bc_step *step;	/* NULL: something that is in no log */
	const char *missing;		/* its name */
};

/* Do both do the same to the same step, perhaps in two banks? */
bool bc_same_change(const struct bc_change *one, const struct bc_change *two);

struct bc_pool;

/* One PCR of one bank. */
struct bc_sequence {
	struct bc_verify *v;
	const struct bc_pcr_bank *bank;
	unsigned int pcr;
	struct bc_hash *hash;
	size_t count;			/* digests in the order of the logs */
	const uint8_t **digest;
	const struct bc_step **step;
	struct bc_change *change;	/* by at */
	size_t change_count, change_room;
	struct bc_pool *pool;		/* digests that were computed */
};

/* Fill sequence->hash, ->digest and ->step. */
BC_MUST_CHECK int bc_sequence_begin(struct bc_sequence *sequence);
/* Fill sequence->change. */
BC_MUST_CHECK int bc_sequence_changes(struct bc_sequence *sequence);
void bc_sequence_end(struct bc_sequence *sequence);
/* A digest that stays until bc_sequence_end(), filled up with zeros; NULL without memory. */
uint8_t *bc_sequence_digest(struct bc_sequence *sequence);
/* "without event 5"; as bc_append() */
size_t bc_change_text(const struct bc_sequence *sequence, const struct bc_change *change, char *ret_text, size_t size, size_t used);

/* What is tried before what, over all PCRs. */
enum bc_round { BC_ROUND_SIMPLE, BC_ROUND_STALE, BC_ROUND_PAIRS, BC_ROUND_ALL_PAIRS, BC_ROUNDS };

/* What one search tells the next ones. */
struct bc_hint {
	struct bc_change single[BC_PCR_COUNT];	/* what was found in a bank of this PCR; no step, nothing missing: none was */
	struct bc_change pair[2];		/* the last one that was found, in whatever bank */
	const struct bc_step *old, *young;	/* last step of a PCR that an older log holds, first behind it; NULL: none was found */
};

/* The search in one PCR. */
struct bc_search {
	enum bc_round round;
	struct bc_hint *hint;
	struct bc_sequence sequence;
	size_t size;				/* of a digest */
	const uint8_t *target;
	uint8_t (*before)[BC_DIGEST_MAX];	/* value in front of each digest, and behind the last */
	bool prefix;				/* an IMA list may go on behind the PCR value */
	int64_t deadline;
	unsigned int ticks;
	bool stopped, same, found;
};
#define BC_SECOND INT64_C(1000000000)
/* Nanoseconds of a clock that only goes on. */
int64_t bc_explain_now(void);
/* An explanation without a text, in place of the one that there was; NULL when there are too many. */
struct bc_explanation *bc_explain_add(struct bc_verdict *verdict, uint16_t bank, unsigned int pcr, const char *hypothesis);
/* Try what belongs to the round until the deadline; the first that fits becomes an explanation. */
BC_MUST_CHECK int bc_search_pcr(struct bc_search *search);

#endif
