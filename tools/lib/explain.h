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
	BC_OTHER_BANK, BC_DATA_DIGEST, BC_LABEL_DIGEST, BC_OTHER_PCR, BC_MISSING_SEPARATOR, BC_MISSING_EXIT, BC_MISSING_PHASES,
};
const char *bc_hypothesis_name(enum bc_hypothesis what);

/* Digests that one change puts in: as many as systemd has boot phases. */
#define BC_CHANGE_DIGESTS 6

/* The sequence that extends one PCR, changed in one place: in place of skip digests from at on, those in digest are extended. */
struct bc_change {
	uint32_t at;
	uint8_t skip, extra;
	enum bc_hypothesis what;
	uint16_t alg;			/* BC_ZERO_PADDED, BC_OTHER_BANK: of this bank */
	const uint8_t *digest[BC_CHANGE_DIGESTS];
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
	uint16_t taken;			/* the bank whose digests are extended, with zeros behind them or cut; mostly that of the PCR */
	struct bc_hash *hash;
	bool lacking;			/* some have none of that bank */
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
/* Free what both have filled, and be as before. */
void bc_sequence_end(struct bc_sequence *sequence);
/* "without event 5"; as bc_append() */
size_t bc_change_text(const struct bc_sequence *sequence, const struct bc_change *change, char *ret_text, size_t size, size_t used);

/* Two changes of one accident stand near each other: digests from one to the other. */
#define BC_PAIR_DISTANCE 64

/* What is tried before what, over all PCRs. */
enum bc_round { BC_ROUND_SIMPLE, BC_ROUND_STALE, BC_ROUND_CHEAP_PAIRS, BC_ROUND_PAIRS, BC_ROUND_ALL_PAIRS, BC_ROUND_REST, BC_ROUNDS };

/* What is assumed of the log as a whole, while changes in one place are tried. */
struct bc_premise {
	enum {
		BC_AS_IT_IS,
		BC_LONGER,		/* the PCR holds only its beginning */
		BC_START,		/* PCR begins at: a row of the table of start values */
		BC_NOT_RESET,		/* ... the value that the log leads to */
		BC_STALE,		/* an older log ends: in front of this digest */
		BC_BANK,		/* every digest is that of: this bank */
		BC_FAR_SWAP,		/* in each other's place: these two digests */
	} kind;
	uint32_t at, other;
};

/* What one search tells the next ones, by PCR. The digests of these changes are gone. */
struct bc_hint {
	struct bc_change single[BC_PCR_COUNT];	/* what was found in a bank; no step, nothing missing: none was */
	struct bc_premise premise[BC_PCR_COUNT];	/* under which it was found */
	struct bc_change pair[BC_PCR_COUNT][2];
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
	struct bc_premise premise;
	bool ima;				/* a list may go on behind the PCR value */
	int64_t deadline;
	unsigned int ticks;
	bool stopped, same, found;
	size_t end;				/* same: digests that are in the PCR then */
};
#define BC_SECOND INT64_C(1000000000)
/* Nanoseconds of a clock that only goes on. */
int64_t bc_explain_now(void);
/* An explanation without a text, in place of the one that there was; NULL when there are too many. */
struct bc_explanation *bc_explain_add(struct bc_verdict *verdict, uint16_t bank, unsigned int pcr, const char *hypothesis);
/* Try what belongs to the round until the deadline; the first that fits becomes an explanation. */
BC_MUST_CHECK int bc_search_pcr(struct bc_search *search);

/* explain_search.c: for those below */

/* Compute what belongs to the bank search->sequence.taken, instead of what there is. */
BC_MUST_CHECK int bc_search_prepare(struct bc_search *search);
/* Fill search->before: behind this place, or wholly, as the log has it. */
BC_MUST_CHECK int bc_search_values(struct bc_search *search, size_t from);
BC_MUST_CHECK int bc_search_own_values(struct bc_search *search);
/* Is the deadline over? */
bool bc_search_is_late(struct bc_search *search);
bool bc_search_is_target(const struct bc_search *search, const uint8_t *value);
BC_MUST_CHECK int bc_search_extend(struct bc_search *search, uint8_t *value, const uint8_t *digest);
/* Extend value by what the change puts in. */
BC_MUST_CHECK int bc_search_apply(struct bc_search *search, const struct bc_change *change, uint8_t *value);
/* Extend value by the digests from this one on; search->same tells whether it is the one given then. */
BC_MUST_CHECK int bc_search_follow(struct bc_search *search, uint8_t *value, size_t from);
/* The same, for a value that stays. */
BC_MUST_CHECK int bc_search_follow_from(struct bc_search *search, const uint8_t *start, size_t from);
/* It was found; the explanation gets the rest from the caller. NULL when there are too many; step may be NULL. */
struct bc_explanation *bc_search_found(struct bc_search *search, const char *hypothesis, const struct bc_step *step);

/* explain_log.c: what concerns the log of a PCR as a whole */

/* Start values from 0 on: 1 when there is none of this number, 2 when this PCR never has it. */
int bc_search_start(const struct bc_search *search, size_t number, uint8_t *ret_value);
int bc_try_longer_log(struct bc_search *search);
int bc_try_starts(struct bc_search *search);
int bc_try_stale(struct bc_search *search);
/* Does the older log of another PCR end here too? */
int bc_try_same_stale(struct bc_search *search);
int bc_try_banks(struct bc_search *search);
/* "it holds what stands before event 7: the log is longer than the PCR", with the digest at this place; as bc_append() */
size_t bc_longer_text(const struct bc_search *search, size_t at, char *ret_text, size_t size, size_t used);
/* "started at locality 3": the premise of the search; as bc_append() */
size_t bc_premise_text(const struct bc_search *search, char *ret_text, size_t size, size_t used);

/* explain_events.c: changes in one place, and two of them */

int bc_try_singles(struct bc_search *search);
/* Only what another bank has shown. */
int bc_try_hinted(struct bc_search *search);
int bc_try_swaps(struct bc_search *search);
int bc_try_pairs(struct bc_search *search);

/* explain_premise.c: the log as a whole, and a change in one place */

/* Those that cost little. */
int bc_try_premises(struct bc_search *search);
int bc_try_all_premises(struct bc_search *search);

#endif
