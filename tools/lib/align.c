// SPDX-License-Identifier: BSD-2-Clause
/* Which items of two sequences belong together. */
#include <stdlib.h>

#include "diff.h"

/* Cells of the search: 8 MiB of memory, some milliseconds; 2000 events against 2000, when no head or tail is equal. */
#define CELLS_MAX (4u << 20)

struct middle {
	size_t good, good_count;	/* first item, and how many */
	size_t other, other_count;
	uint16_t *length;		/* of the longest common subsequence from cell on */
};

static uint16_t *cell(const struct middle *middle, size_t i, size_t k)
{
	return &middle->length[i * (middle->other_count + 1) + k];
}

static void fill(const struct middle *middle, bc_same_fn *same, const void *context)
{
	size_t i, k;

	for (i = middle->good_count; i-- > 0;) {
		for (k = middle->other_count; k-- > 0;) {
			const uint16_t down = *cell(middle, i + 1, k), right = *cell(middle, i, k + 1);

			if (same(context, middle->good + i, middle->other + k))
				*cell(middle, i, k) = (uint16_t)(*cell(middle, i + 1, k + 1) + 1);
			else
				*cell(middle, i, k) = down >= right ? down : right;
		}
	}
}

static void walk(const struct middle *middle, bc_same_fn *same, const void *context, size_t *ret_twin)
{
	size_t i = 0, k = 0;

	while (i < middle->good_count && k < middle->other_count) {
		if (same(context, middle->good + i, middle->other + k))
			ret_twin[middle->good + i++] = middle->other + k++;
		else if (*cell(middle, i + 1, k) >= *cell(middle, i, k + 1))
			i++;
		else
			k++;
	}
}

int bc_align(size_t good_count, size_t other_count, bc_same_fn *same, const void *context, size_t *ret_twin, struct bc_error *reterr)
{
	struct middle middle = { 0 };
	size_t tail = 0, i;

	for (i = 0; i < good_count; i++)
		ret_twin[i] = BC_NO_TWIN;
	for (i = 0; i < good_count && i < other_count && same(context, i, i); i++)
		ret_twin[i] = i;
	middle.good = middle.other = i;
	while (tail < good_count - i && tail < other_count - i && same(context, good_count - 1 - tail, other_count - 1 - tail)) {
		ret_twin[good_count - 1 - tail] = other_count - 1 - tail;
		tail++;
	}
	middle.good_count = good_count - i - tail;
	middle.other_count = other_count - i - tail;
	if (!middle.good_count || !middle.other_count || middle.good_count > UINT16_MAX ||
	    middle.other_count + 1 > CELLS_MAX / (middle.good_count + 1))
		return 0;
	middle.length = calloc((middle.good_count + 1) * (middle.other_count + 1), sizeof(*middle.length));
	if (!middle.length)
		return bc_error_nomem(reterr);
	fill(&middle, same, context);
	walk(&middle, same, context, ret_twin);
	free(middle.length);
	return 0;
}

bool bc_gap_next(struct bc_gap *gap, const size_t *twin, size_t good_count, size_t other_count)
{
	if (gap->started && gap->good_end == good_count)
		return false;
	gap->good = gap->started ? gap->good_end + 1 : 0;
	gap->other = gap->started ? gap->other_end + 1 : 0;
	gap->started = true;
	gap->good_end = gap->good;
	while (gap->good_end < good_count && twin[gap->good_end] == BC_NO_TWIN)
		gap->good_end++;
	gap->other_end = gap->good_end < good_count ? twin[gap->good_end] : other_count;
	return true;
}
