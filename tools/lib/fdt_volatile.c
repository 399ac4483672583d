// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rule fdt1 with nodes whose properties do not count: "fdt1 /chosen/bootloader /soc/a@1" (docs/measurements.md).
 *
 * The text comes from a log, which may be anybody's: what is not exactly a list of paths is refused, as it would leave out other things
 * than U-Boot did.
 */
#include <libfdt.h>
#include <string.h>

#include "fdt_tree.h"
#include "internal.h"

static int refuse_path(struct bc_error *reterr, size_t offset, const char *expected, const char *found)
{
	/* no offset: it would be taken for one of the tree's file */
	int r = bc_error_found(reterr, BC_E_INPUT, "rule", expected, "%s at character %zu", found, offset);

	return bc_error_message(reterr, r, "the rule of the final tree, in its event, is malformed");
}

static int take_path(const char *rule, const char **at, struct bc_fdt_node *ret_node, struct bc_error *reterr)
{
	struct bc_fdt_node node = { .path = *at };

	while (**at == '/') {
		size_t length = strcspn(++*at, "/ ");

		if (!length)
			return refuse_path(reterr, (size_t)(*at - rule), "a name", "one that is empty");
		node.names++;
		*at += length;
	}
	if (!node.names)
		return refuse_path(reterr, (size_t)(*at - rule), "a path that begins with /", "another");
	*ret_node = node;
	return 0;
}

int bc_fdt_rule_parse(const char *rule, struct bc_fdt_nodes *ret_nodes, struct bc_error *reterr)
{
	struct bc_fdt_nodes nodes = { 0 };
	const char *at;
	int r;

	if (strncmp(rule, "fdt1", 4) || (rule[4] && rule[4] != ' '))
		return bc_error_message(reterr, bc_error_found(reterr, BC_E_UNSUPPORTED, "rule", "\"fdt1\", and paths behind it", "\"%.60s\"", rule),
					"the rule of the final tree is not known here");
	if (strlen(rule) > BC_FDT_RULE_MAX)
		return refuse_path(reterr, BC_FDT_RULE_MAX, "a text as short as U-Boot writes it", "a longer one");
	for (at = rule + 4; *at; nodes.count++) {
		if (nodes.count == BC_FDT_NODES_MAX)
			return refuse_path(reterr, (size_t)(at - rule), "as many paths as U-Boot takes", "more");
		at++;	/* the blank, as a path ends there or with the text */
		r = take_path(rule, &at, &nodes.node[nodes.count], reterr);
		if (r < 0)
			return r;
	}
	*ret_nodes = nodes;
	return 0;
}

/* Is name number index of the path this one? Exactly: libfdt's own search takes "a" for "a@0". */
static bool is_name(const struct bc_fdt_node *node, int index, const char *name)
{
	const char *at = node->path;
	size_t length;

	while (index--)
		at = strchr(at + 1, '/');
	length = strcspn(++at, "/ ");
	return !strncmp(at, name, length) && !name[length];
}

/* One step down a path: at depth, below nodes that bear its first names. True at its end. */
static bool step(struct bc_fdt_node *node, int depth, const char *name)
{
	if (node->matched >= depth)
		node->matched = depth - 1;
	if (node->matched != depth - 1 || depth > node->names || !is_name(node, depth - 1, name))
		return false;
	node->matched = depth;
	return depth == node->names;
}

/* FDT_NOP words instead of all that stands between the name of a node and the first node below it. */
static void blank_properties(uint8_t *tree, int node)
{
	uint8_t *block = tree + fdt_off_dt_struct(tree);
	int at = node, next;
	uint32_t tag;

	(void)fdt_next_tag(tree, node, &at);
	for (;;) {
		tag = fdt_next_tag(tree, at, &next);
		if (tag != FDT_PROP && tag != FDT_NOP)
			return;
		for (; at < next; at += FDT_TAGSIZE)
			fdt32_st(block + at, FDT_NOP);
	}
}

int bc_fdt_blank_nodes(uint8_t *tree, struct bc_fdt_nodes *nodes, struct bc_error *reterr)
{
	int offset, depth = -1;
	size_t i;

	for (offset = fdt_next_node(tree, -1, &depth); offset >= 0 && depth >= 0; offset = fdt_next_node(tree, offset, &depth)) {
		const char *name = fdt_get_name(tree, offset, NULL);

		for (i = 0; depth > 0 && name && i < nodes->count; i++) {
			if (!step(&nodes->node[i], depth, name))
				continue;
			if (nodes->node[i].found)
				return bc_error_at(reterr, BC_E_INPUT, fdt_off_dt_struct(tree) + (uint64_t)offset, "rule",
						   "one node of a path that is left out", "a second one");
			nodes->node[i].found = true;
			blank_properties(tree, offset);
		}
	}
	return 0;
}
