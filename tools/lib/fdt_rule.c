// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rule fdt1 of the final-tree event (docs/measurements.md).
 *
 * U-Boot hashes the tree that it hands over, Linux shows the same bytes in /sys/firmware/fdt. Only the seeds in /chosen differ
 * from boot to boot, and Linux wipes them; the padding says nothing. The rule takes out both, and nothing else but the nodes that it
 * names (fdt_volatile.c).
 */
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"
#include "fdt_tree.h"
#include "internal.h"

#define BLOCKS 4

/* Bounds of the lengths: docs/measurements.md; QEMU writes 32 bytes of rng-seed, U-Boot's board_rng_seed() 64. */
static const struct seed {
	const char *name;
	int min, max;
} seeds[] = {
	{ "kaslr-seed", 8, 8 },
	{ "rng-seed", 1, 64 },
};

struct range {
	size_t start, end;
};

static int refuse(struct bc_error *reterr, const char *field, uint64_t offset, const char *expected, const char *found)
{
	return bc_error_message(reterr, bc_error_at(reterr, BC_E_INPUT, offset, field, expected, "%s", found), "malformed device tree");
}

static int refuse_number(struct bc_error *reterr, const char *field, uint64_t offset, const char *expected, uint64_t number)
{
	char found[24];

	snprintf(found, sizeof(found), "%" PRIu64, number);
	return refuse(reterr, field, offset, expected, found);
}

static int refuse_size(struct bc_error *reterr, size_t found, size_t expected)
{
	char size[24];
	int r;

	snprintf(size, sizeof(size), "%zu bytes", expected);
	r = bc_error_at(reterr, BC_E_INPUT, 4, "totalsize", size, "%zu bytes", found);
	return bc_error_message(reterr, r, "the file and its header do not agree on the size; give the tree as it was read, whole");
}

/* The header and the three blocks, which lie in any order, sorted by where they start: what is between them is the padding. */
static void find_blocks(const void *tree, struct range *ret_ranges)
{
	const size_t reserve = fdt_off_mem_rsvmap(tree), structure = fdt_off_dt_struct(tree), strings = fdt_off_dt_strings(tree);
	/* the terminating entry belongs to the block, but fdt_num_mem_rsv() does not count it */
	const size_t reserve_size = ((size_t)fdt_num_mem_rsv(tree) + 1) * sizeof(struct fdt_reserve_entry);
	const struct range used[BLOCKS] = {
		{ 0, sizeof(struct fdt_header) },
		{ reserve, reserve + reserve_size },
		{ structure, structure + fdt_size_dt_struct(tree) },
		{ strings, strings + fdt_size_dt_strings(tree) },
	};
	size_t i, k;

	memcpy(ret_ranges, used, sizeof(used));
	for (i = 1; i < BLOCKS; i++) {
		for (k = i; k > 0 && used[i].start < ret_ranges[k - 1].start; k--)
			ret_ranges[k] = ret_ranges[k - 1];
		ret_ranges[k] = used[i];
	}
}

/* In overlapping blocks, blanking a seed would change something else too. */
static bool overlap(const void *tree)
{
	struct range ranges[BLOCKS];
	size_t i;

	find_blocks(tree, ranges);
	for (i = 1; i < BLOCKS; i++)
		if (ranges[i].start < ranges[i - 1].end)
			return true;
	return false;
}

/* A tag of the struct block and what belongs to it. False for a tag that is unknown, or longer than the block. */
static bool take_tag(struct bc_reader *block, uint32_t *ret_tag)
{
	struct bc_reader value;
	uint32_t length, name;
	const char *text;
	size_t size;

	if (!bc_get_be32(block, ret_tag))
		return false;
	switch (*ret_tag) {
	case FDT_BEGIN_NODE:
		if (!bc_get_string(block, &text, &size))
			return false;
		size++;
		break;
	case FDT_PROP:
		if (!bc_get_be32(block, &length) || !bc_get_be32(block, &name) || !bc_get_sub(block, length, &value))
			return false;
		size = length;
		break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END:
		return true;
	default:
		return false;
	}
	return bc_get_sub(block, (4 - size % 4) % 4, &value);
}

/*
 * fdt_check_full() of libfdt before 1.7 adds a property's length without looking for an overflow: a length near 4 GiB passes, or leads
 * back to the same tag for ever. So every length is checked before libfdt sees the block.
 */
static int check_lengths(const void *tree, size_t size, struct bc_error *reterr)
{
	struct bc_reader reader, skipped, block;
	uint32_t tag = FDT_NOP;

	bc_reader_init(&reader, tree, size, 0);
	if (!bc_get_sub(&reader, fdt_off_dt_struct(tree), &skipped) || !bc_get_sub(&reader, fdt_size_dt_struct(tree), &block))
		return refuse(reterr, "off_dt_struct", 8, "a struct block inside the tree", "one that is longer");
	while (tag != FDT_END)
		if (!take_tag(&block, &tag))
			return refuse(reterr, "structure", block.offset, "a tag of version 17, inside the struct block", "another, or a longer one");
	return 0;
}

int bc_fdt_check(const void *tree, size_t size, struct bc_error *reterr)
{
	int r;

	if (size < sizeof(struct fdt_header))
		return refuse_number(reterr, "header", 0, "40 bytes", size);
	if (fdt_magic(tree) != FDT_MAGIC)
		return refuse(reterr, "magic", 0, "d00dfeed", "something else");
	if (fdt_totalsize(tree) != size)
		return refuse_size(reterr, size, fdt_totalsize(tree));
	if (size > BC_FDT_MAX)
		return refuse_number(reterr, "totalsize", 4, "at most 16 MiB, more than any kernel maps", size);
	/* before 17 the header does not say where the struct block ends, so the padding would be a guess */
	if (fdt_version(tree) != 17)
		return refuse_number(reterr, "version", 20, "17, which U-Boot and Linux write", fdt_version(tree));
	if (fdt_off_mem_rsvmap(tree) % 8 || fdt_off_dt_struct(tree) % 4)
		return refuse(reterr, "off_dt_struct", 8, "blocks that are aligned", "others");
	r = check_lengths(tree, size, reterr);
	if (r < 0)
		return r;
	r = fdt_check_full(tree, size);
	if (r < 0)
		return refuse(reterr, "structure", fdt_off_dt_struct(tree), "what libfdt takes for whole", fdt_strerror(r));
	if (overlap(tree))
		return refuse(reterr, "off_dt_struct", 8, "blocks apart from each other", "some that overlap");
	return 0;
}

static void clear_padding(uint8_t *tree, size_t size)
{
	struct range ranges[BLOCKS];
	size_t i;

	find_blocks(tree, ranges);
	for (i = 0; i + 1 < BLOCKS; i++)
		memset(tree + ranges[i].end, 0, ranges[i + 1].start - ranges[i].end);
	memset(tree + ranges[i].end, 0, size - ranges[i].end);
}

/* libfdt finds "chosen@0" too when asked for "/chosen"; with two candidates nobody can say which one the kernel reads. */
static int find_chosen(const uint8_t *tree, int *ret_chosen, struct bc_error *reterr)
{
	int node, chosen = -FDT_ERR_NOTFOUND;

	fdt_for_each_subnode(node, tree, 0) {
		const char *name = fdt_get_name(tree, node, NULL);

		if (!name || strncmp(name, "chosen", 6) || (name[6] && name[6] != '@'))
			continue;
		if (chosen >= 0)
			return refuse(reterr, "/chosen", fdt_off_dt_struct(tree) + (uint64_t)node, "one node of this name", "two");
		chosen = node;
	}
	*ret_chosen = chosen;
	return 0;
}

static int find_seed(const uint8_t *tree, int chosen, const struct seed *seed, bool *ret_found, struct bc_error *reterr)
{
	int property, length;
	char expected[64];
	const char *name;
	bool found = false;

	fdt_for_each_property_offset(property, tree, chosen) {
		uint64_t offset = fdt_off_dt_struct(tree) + (uint64_t)property;

		if (!fdt_getprop_by_offset(tree, property, &name, &length) || strcmp(name, seed->name))
			continue;
		if (found)
			return refuse(reterr, seed->name, offset, "this property once in /chosen", "it twice");
		if (length < seed->min || length > seed->max) {
			snprintf(expected, sizeof(expected), "a seed of %d to %d bytes, as rule fdt1 leaves out", seed->min, seed->max);
			return refuse_number(reterr, seed->name, offset, expected, (uint64_t)length);
		}
		found = true;
	}
	*ret_found = found;
	return 0;
}

static int clear_seeds(uint8_t *tree, struct bc_error *reterr)
{
	int chosen;
	size_t i;
	int r = find_chosen(tree, &chosen, reterr);

	if (r < 0 || chosen < 0)
		return r;
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		bool found = false;

		r = find_seed(tree, chosen, &seeds[i], &found, reterr);
		if (r < 0)
			return r;
		if (found && fdt_nop_property(tree, chosen, seeds[i].name))
			return bc_error_set(reterr, BC_E_BUG, "device tree: %s was there and is not", seeds[i].name);
	}
	return 0;
}

int bc_fdt_rule_apply(const void *tree, size_t size, const char *rule, uint8_t **ret_image, size_t *ret_size, struct bc_error *reterr)
{
	struct bc_fdt_nodes nodes;
	uint8_t *image;
	int r = bc_fdt_rule_parse(rule, &nodes, reterr);

	if (r < 0)
		return r;
	if (size < sizeof(struct fdt_header))
		return refuse_number(reterr, "header", 0, "40 bytes", size);
	if (size > BC_FDT_MAX)
		return refuse_number(reterr, "totalsize", 4, "at most 16 MiB, more than any kernel maps", size);
	/* libfdt wants eight byte alignment, which the caller's bytes may lack */
	image = malloc(size);
	if (!image)
		return bc_error_set(reterr, BC_E_NOMEM, "no memory for a device tree of %zu bytes", size);
	memcpy(image, tree, size);
	r = bc_fdt_check(image, size, reterr);
	if (r < 0)
		goto out;
	r = clear_seeds(image, reterr);
	if (r == 0)
		r = bc_fdt_blank_nodes(image, &nodes, reterr);
	if (r < 0)
		goto out;
	clear_padding(image, size);
	*ret_image = image;
	*ret_size = size;
	image = NULL;
out:
	free(image);
	return r;
}

int bc_fdt_bootargs(const void *tree, size_t size, const char **ret_text, size_t *ret_size, struct bc_error *reterr)
{
	const char *text;
	int chosen, length;
	int r = bc_fdt_check(tree, size, reterr);

	if (r < 0)
		return r;
	r = find_chosen(tree, &chosen, reterr);
	if (r < 0)
		return r;
	text = chosen < 0 ? NULL : fdt_getprop(tree, chosen, "bootargs", &length);
	if (!text || length <= 0) {
		*ret_text = "";
		*ret_size = 0;
		return 0;
	}
	/* Linux reads up to the first NUL, U-Boot measures what stands before it */
	*ret_size = strnlen(text, (size_t)length);
	*ret_text = text;
	return 0;
}

int bc_fdt_by_stub(const void *tree, size_t size, bool *ret_stub, struct bc_error *reterr)
{
	int chosen, r = bc_fdt_check(tree, size, reterr);

	if (r == 0)
		r = find_chosen(tree, &chosen, reterr);
	if (r == 0)
		*ret_stub = chosen >= 0 && fdt_getprop(tree, chosen, "linux,uefi-system-table", NULL);
	return r;
}
