// SPDX-License-Identifier: BSD-2-Clause
/* Two trees, property by property: what differs between the images of rule fdt1, so that seeds, padding and what the rule names do not count. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdt_tree.h"
#include "internal.h"

/* Linux unflattens at most 64 levels (FDT_MAX_DEPTH); real trees have fewer than ten. */
#define DEPTH_MAX 64
/* Longest path that is named; U-Boot and Linux have trees below 200 bytes. */
#define PATH_SIZE 1024
#define NAME_SIZE 256
/* Names are searched one by one, which is quadratic in a node; a real tree takes some thousand steps, a hostile one must end. */
#define STEPS_MAX 4000000u

/* What a node is walked for, in this order. */
static const struct phase {
	bool nodes;		/* its nodes, else its properties */
	bool in_other;		/* those of the other tree that the good one lacks */
} phases[] = {
	{ false, false }, { false, true }, { true, false }, { true, true },
};

/* A node that is in both trees and is being walked. */
struct frame {
	int good, other;
	size_t phase;
	int item;		/* offset of the last property or node seen, negative: none yet */
	size_t path_length;
};

struct bc_fdt_compare {
	uint8_t *good, *other;
	size_t good_size, other_size;
	struct frame stack[DEPTH_MAX];
	size_t depth;
	unsigned int steps;
	bool differs;
	char path[PATH_SIZE];
	char path_text[4 * PATH_SIZE];
	char name_text[NAME_SIZE];
	struct bc_fdt_difference difference;
};

static int advance(const uint8_t *tree, int node, int item, bool nodes)
{
	if (nodes)
		return item < 0 ? fdt_first_subnode(tree, node) : fdt_next_subnode(tree, item);
	return item < 0 ? fdt_first_property_offset(tree, node) : fdt_next_property_offset(tree, item);
}

static const char *item_name(const uint8_t *tree, int item, bool nodes)
{
	const char *name = NULL;

	if (nodes)
		return fdt_get_name(tree, item, NULL);
	return fdt_getprop_by_offset(tree, item, &name, NULL) ? name : NULL;
}

/*
 * The item of node that bears the name for the rank'th time, counted from 0; before ends the search (negative: none). Exact names: libfdt's
 * own search would take "cpu" for "cpu@0". *ret_rank: how often the name was seen.
 */
static int find(struct bc_fdt_compare *compare, const uint8_t *tree, int node, int before, bool nodes, const char *wanted, unsigned int rank,
		int *ret_item, unsigned int *ret_rank, struct bc_error *reterr)
{
	unsigned int seen = 0;
	int item;

	for (item = advance(tree, node, -1, nodes); item >= 0 && item != before; item = advance(tree, node, item, nodes)) {
		const char *name = item_name(tree, item, nodes);

		if (++compare->steps > STEPS_MAX)
			return bc_error_found(reterr, BC_E_UNSUPPORTED, "device tree", "nodes with few enough names to compare", "more");
		if (name && !strcmp(name, wanted) && seen++ == rank)
			break;
	}
	*ret_item = item == before ? -1 : item;
	*ret_rank = seen;
	return 0;
}

/* The twin of an item in the peer tree. A name may stand twice in a node: then the first belongs to the first, and so on. */
static int find_twin(struct bc_fdt_compare *compare, const struct frame *frame, const struct phase *phase, const char *name, int *ret_twin,
		     struct bc_error *reterr)
{
	const uint8_t *own = phase->in_other ? compare->other : compare->good;
	const uint8_t *peer = phase->in_other ? compare->good : compare->other;
	const int own_node = phase->in_other ? frame->other : frame->good, peer_node = phase->in_other ? frame->good : frame->other;
	unsigned int rank = 0, seen;
	int item, r;

	r = find(compare, own, own_node, frame->item, phase->nodes, name, UINT32_MAX, &item, &rank, reterr);
	if (r < 0)
		return r;
	return find(compare, peer, peer_node, -1, phase->nodes, name, rank, ret_twin, &seen, reterr);
}

static void name_difference(struct bc_fdt_compare *compare, const char *node, const char *property)
{
	const char *separator = node ? "/" : "";
	char path[PATH_SIZE + NAME_SIZE];

	snprintf(path, sizeof(path), "%s%s%s", compare->path, separator, node ? node : "");
	bc_escape(path, strlen(path), compare->path_text, sizeof(compare->path_text));
	if (!compare->path_text[0])
		bc_copy_text(compare->path_text, sizeof(compare->path_text), "/");
	compare->difference = (struct bc_fdt_difference){ .path = compare->path_text };
	if (property) {
		bc_escape(property, strlen(property), compare->name_text, sizeof(compare->name_text));
		compare->difference.property = compare->name_text;
	}
	compare->differs = true;
}

static const uint8_t *value(const uint8_t *tree, int item, size_t *ret_size)
{
	int length = 0;
	const uint8_t *bytes = item < 0 ? NULL : fdt_getprop_by_offset(tree, item, NULL, &length);

	*ret_size = bytes ? (size_t)length : 0;
	return bytes;
}

static int compare_property(struct bc_fdt_compare *compare, const char *name, int good, int other)
{
	size_t good_size, other_size;
	const uint8_t *good_value = value(compare->good, good, &good_size);
	const uint8_t *other_value = value(compare->other, other, &other_size);

	if (good_value && other_value && good_size == other_size && !memcmp(good_value, other_value, good_size))
		return 0;
	name_difference(compare, NULL, name);
	compare->difference.good = good_value;
	compare->difference.good_size = good_size;
	compare->difference.other = other_value;
	compare->difference.other_size = other_size;
	return 1;
}

static int push(struct bc_fdt_compare *compare, const char *name, int good, int other, struct bc_error *reterr)
{
	size_t length = strlen(compare->path), name_length = strlen(name);

	if (compare->depth == DEPTH_MAX)
		return bc_error_found(reterr, BC_E_UNSUPPORTED, "device tree", "few enough levels of nodes to compare", "more than %d", DEPTH_MAX);
	if (name_length >= PATH_SIZE || length + 1 + name_length >= PATH_SIZE)
		return bc_error_found(reterr, BC_E_UNSUPPORTED, "device tree", "paths short enough to compare", "one of more than %d bytes", PATH_SIZE);
	compare->stack[compare->depth++] = (struct frame){ .good = good, .other = other, .item = -1, .path_length = length };
	if (good)	/* the root's name is empty */
		snprintf(compare->path + length, PATH_SIZE - length, "/%s", name);
	return 0;
}

/* One property or node of frame. 1: it differs. */
static int visit(struct bc_fdt_compare *compare, struct frame *frame, const struct phase *phase, struct bc_error *reterr)
{
	const uint8_t *own = phase->in_other ? compare->other : compare->good;
	const char *name = item_name(own, frame->item, phase->nodes);
	int twin = -1, r;

	if (!name)
		return bc_error_bug(reterr, "a checked device tree has no name here");
	r = find_twin(compare, frame, phase, name, &twin, reterr);
	if (r < 0)
		return r;
	if (!phase->nodes && phase->in_other)
		return twin < 0 ? compare_property(compare, name, twin, frame->item) : 0;
	if (!phase->nodes)
		return compare_property(compare, name, frame->item, twin);
	if (twin >= 0)
		return phase->in_other ? 0 : push(compare, name, frame->item, twin, reterr);
	name_difference(compare, name, NULL);
	/* something not NULL, to tell on which side the node stands */
	if (phase->in_other)
		compare->difference.other = own + fdt_off_dt_struct(own) + frame->item;
	else
		compare->difference.good = own + fdt_off_dt_struct(own) + frame->item;
	return 1;
}

/* Every property is equal, and yet the digests cannot be: order, memory reservations or header. */
static int compare_layout(struct bc_fdt_compare *compare)
{
	size_t at = 0;

	while (at < compare->good_size && at < compare->other_size && compare->good[at] == compare->other[at])
		at++;
	if (compare->differs || (at == compare->good_size && at == compare->other_size))
		return 0;
	compare->differs = true;
	compare->difference = (struct bc_fdt_difference){
		.path = "", .good = compare->good + at, .good_size = compare->good_size - at,
		.other = compare->other + at, .other_size = compare->other_size - at, .offset = at,
	};
	return 1;
}

int bc_fdt_compare_next(struct bc_fdt_compare *compare, const struct bc_fdt_difference **ret_difference, struct bc_error *reterr)
{
	int r = 0;

	while (compare->depth && !r) {
		struct frame *frame = &compare->stack[compare->depth - 1];
		const struct phase *phase = &phases[frame->phase];

		frame->item = advance(phase->in_other ? compare->other : compare->good, phase->in_other ? frame->other : frame->good,
				      frame->item, phase->nodes);
		if (frame->item >= 0) {
			r = visit(compare, frame, phase, reterr);
		} else if (++frame->phase == BC_ARRAY_SIZE(phases)) {
			compare->path[frame->path_length] = '\0';
			compare->depth--;
		}
	}
	if (!r)
		r = compare_layout(compare);
	if (r > 0)
		*ret_difference = &compare->difference;
	return r;
}

int bc_fdt_compare_new(const void *good, size_t good_size, const void *other, size_t other_size, const char *rule,
		       struct bc_fdt_compare **ret_compare, struct bc_error *reterr)
{
	struct bc_fdt_compare *compare = calloc(1, sizeof(*compare));
	int r;

	if (!compare)
		return bc_error_nomem(reterr);
	r = bc_fdt_rule_apply(good, good_size, rule, &compare->good, &compare->good_size, reterr);
	if (r < 0)
		goto out;
	r = bc_fdt_rule_apply(other, other_size, rule, &compare->other, &compare->other_size, reterr);
	if (r < 0)
		goto out;
	r = push(compare, "", 0, 0, reterr);
	if (r < 0)
		goto out;
	*ret_compare = compare;
	compare = NULL;
out:
	bc_fdt_compare_free(compare);
	return r;
}

void bc_fdt_compare_free(struct bc_fdt_compare *compare)
{
	if (!compare)
		return;
	free(compare->good);
	free(compare->other);
	free(compare);
}
