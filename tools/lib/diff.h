/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files diff*.c share. */
#ifndef BC_DIFF_H
#define BC_DIFF_H

#include "internal.h"

#define BC_NO_TWIN SIZE_MAX

/* Is item good of one sequence equal to item other of the second? */
typedef bool bc_same_fn(const void *context, size_t good, size_t other);

/*
 * Longest common subsequence of two sequences: ret_twin[i] is the index in the second of the item equal to item i of the first, or
 * BC_NO_TWIN; twins are in order. What lies between an equal head and an equal tail counts as different when it is too long to search.
 * Errors: BC_E_NOMEM.
 */
BC_MUST_CHECK int bc_align(size_t good_count, size_t other_count, bc_same_fn *same, const void *context, size_t *ret_twin,
			   struct bc_error *reterr);

/* Items between two pairs of twins: good_end and other_end are the next pair, or both ends. */
struct bc_gap { bool started; size_t good, good_end, other, other_end; };
/* Go to the next gap of an alignment; *gap is zeroed before the first. False behind the last. A gap may be empty. */
bool bc_gap_next(struct bc_gap *gap, const size_t *twin, size_t good_count, size_t other_count);

/* Texts that are compared word by word. */
struct bc_words_input {
	enum bc_code code;		/* of the findings */
	const char *what;		/* "command line" */
	const char *source;
	int64_t number, offset;		/* of the event, or -1 */
	int pcr;			/* or -1 */
	const uint8_t *good, *other;
	size_t good_size, other_size;
};
/* Add a finding for each word that differs, is missing or was added; one finding when only blanks differ. */
BC_MUST_CHECK int bc_diff_words(const struct bc_words_input *input, struct bc_findings *findings, struct bc_error *reterr);

/* Add this finding, which has its code and message: what stands in both texts, and where they are from. */
BC_MUST_CHECK int bc_words_finding(const struct bc_words_input *input, struct bc_finding *finding, const char *was, const char *is,
				   struct bc_findings *findings, struct bc_error *reterr);

/* Bytes shown of a line, with its dots and a NUL. */
#define BC_LINE_SHOWN 72
/* The first line that differs, from the word on that does. */
struct bc_line_diff { size_t number; bool missing, added; char good[BC_LINE_SHOWN], other[BC_LINE_SHOWN]; };
/* False when all lines are the same. */
bool bc_diff_first_line(const struct bc_reader *good, const struct bc_reader *other, struct bc_line_diff *ret_diff);
/* Add a finding for each variable of two sorted environments ("name=value" newline) that differs, is missing or was added. */
BC_MUST_CHECK int bc_diff_variables(const struct bc_words_input *input, struct bc_findings *findings, struct bc_error *reterr);

#endif
