// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libfdt.h>

#include "vectors.h"

#define TREE_SIZE 65536

/* A small machine; tests change it with libfdt, which puts a new node before its siblings. */
static void *make_tree(void)
{
	void *tree = calloc(1, TREE_SIZE);
	int soc;

	assert_non_null(tree);
	assert_int_equal(fdt_create_empty_tree(tree, TREE_SIZE), 0);
	assert_int_equal(fdt_setprop_string(tree, 0, "model", "test"), 0);
	assert_true(fdt_add_subnode(tree, 0, "chosen") > 0);
	soc = fdt_add_subnode(tree, 0, "soc");
	assert_true(soc > 0);
	assert_true(fdt_add_subnode(tree, soc, "uart@1000") > 0);
	assert_true(fdt_add_subnode(tree, fdt_path_offset(tree, "/soc"), "uart@2000") > 0);
	assert_int_equal(fdt_setprop_u32(tree, fdt_path_offset(tree, "/soc/uart@1000"), "clock", 100), 0);
	assert_int_equal(fdt_setprop_u32(tree, fdt_path_offset(tree, "/soc/uart@2000"), "clock", 100), 0);
	return tree;
}

/* All differences as "path:property:+|-|*" and blanks. */
static void compare_by(const char *rule, const void *good, const void *other, char *ret_text, size_t size)
{
	const struct bc_fdt_difference *difference;
	struct bc_fdt_compare *list = NULL;
	size_t used = 0;
	int r;

	ret_text[0] = '\0';
	assert_int_equal(bc_fdt_compare_new(good, fdt_totalsize(good), other, fdt_totalsize(other), rule, &list, NULL), 0);
	while ((r = bc_fdt_compare_next(list, &difference, NULL)) > 0) {
		used += (size_t)snprintf(ret_text + used, size - used, "%s:%s:%s ", difference->path,
					 difference->property ? difference->property : "",
					 !difference->good ? "+" : !difference->other ? "-" : "*");
		assert_true(used < size);
	}
	assert_int_equal(r, 0);
	assert_int_equal(bc_fdt_compare_next(list, &difference, NULL), 0);
	bc_fdt_compare_free(list);
}

static void compare(const void *good, const void *other, char *ret_text, size_t size)
{
	compare_by("fdt1", good, other, ret_text, size);
}

static void fdt_compare_finds_nothing_in_equal_trees(void **state)
{
	void *good = make_tree(), *other = make_tree();
	char text[1024];

	(void)state;
	compare(good, other, text, sizeof(text));
	assert_string_equal(text, "");
	free(good);
	free(other);
}

static void fdt_compare_names_each_property_and_node(void **state)
{
	void *good = make_tree(), *other = make_tree();
	char text[1024];

	(void)state;
	assert_int_equal(fdt_setprop_string(other, 0, "model", "tesT"), 0);
	assert_int_equal(fdt_setprop_u32(other, fdt_path_offset(other, "/soc/uart@2000"), "clock", 101), 0);
	assert_int_equal(fdt_setprop(other, fdt_path_offset(other, "/soc"), "new", NULL, 0), 0);
	assert_int_equal(fdt_delprop(other, fdt_path_offset(other, "/soc/uart@1000"), "clock"), 0);
	assert_true(fdt_add_subnode(other, fdt_path_offset(other, "/soc"), "spi@0") > 0);
	assert_int_equal(fdt_del_node(other, fdt_path_offset(other, "/chosen")), 0);
	compare(good, other, text, sizeof(text));
	assert_string_equal(text, "/:model:* /soc:new:+ /soc/uart@2000:clock:* /soc/uart@1000:clock:- /soc/spi@0::+ /chosen::- ");
	compare(other, good, text, sizeof(text));
	assert_string_equal(text, "/:model:* /soc:new:- /soc/spi@0::- /soc/uart@2000:clock:* /soc/uart@1000:clock:+ /chosen::+ ");
	free(good);
	free(other);
}

static void fdt_compare_leaves_seeds_out(void **state)
{
	void *good = make_tree(), *other = make_tree();
	char text[1024];

	(void)state;
	assert_int_equal(fdt_setprop_u64(good, fdt_path_offset(good, "/chosen"), "kaslr-seed", 1), 0);
	assert_int_equal(fdt_setprop_u64(other, fdt_path_offset(other, "/chosen"), "kaslr-seed", 2), 0);
	compare(good, other, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(fdt_setprop_u64(other, fdt_path_offset(other, "/soc"), "kaslr-seed", 2), 0);
	compare(good, other, text, sizeof(text));
	assert_string_equal(text, "/soc:kaslr-seed:+ ");
	free(good);
	free(other);
}

static void fdt_compare_leaves_out_the_nodes_that_the_rule_names(void **state)
{
	void *good = make_tree(), *other = make_tree();
	char text[1024];

	(void)state;
	assert_int_equal(fdt_setprop_u32(other, fdt_path_offset(other, "/soc/uart@1000"), "clock", 7), 0);
	compare_by("fdt1 /soc/uart@1000", good, other, text, sizeof(text));
	assert_string_equal(text, "");
	compare_by("fdt1 /soc /soc/uart /soc/uart@2000", good, other, text, sizeof(text));
	assert_string_equal(text, "/soc/uart@1000:clock:* ");
	/* Another length moves what lies behind it: that is a difference of what was measured. */
	assert_int_equal(fdt_setprop_u64(other, fdt_path_offset(other, "/soc/uart@1000"), "clock", 7), 0);
	compare_by("fdt1 /soc/uart@1000", good, other, text, sizeof(text));
	assert_string_equal(text, "::* ");
	free(good);
	free(other);
}

/* The same properties in another place of the tree, and a memory reservation, change the digest too. */
static void fdt_compare_says_when_only_the_layout_differs(void **state)
{
	void *good = make_tree(), *other = make_tree();
	char text[1024];

	(void)state;
	assert_int_equal(fdt_add_mem_rsv(other, 0x1000, 0x1000), 0);
	compare(good, other, text, sizeof(text));
	assert_string_equal(text, "::* ");
	free(good);
	free(other);
}

/* Found by fuzzing: the second of two equal names was held against the first. */
static void fdt_compare_pairs_names_that_stand_twice_in_their_order(void **state)
{
	void *tree[2] = { calloc(1, TREE_SIZE), calloc(1, TREE_SIZE) };
	char text[128];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(fdt_create(tree[i], TREE_SIZE), 0);
		assert_int_equal(fdt_finish_reservemap(tree[i]), 0);
		assert_int_equal(fdt_begin_node(tree[i], ""), 0);
		assert_int_equal(fdt_property_u32(tree[i], "x", 1), 0);
		assert_int_equal(fdt_property_u32(tree[i], "x", 2 + (uint32_t)i), 0);
		assert_int_equal(fdt_end_node(tree[i]), 0);
		assert_int_equal(fdt_finish(tree[i]), 0);
	}
	compare(tree[0], tree[0], text, sizeof(text));
	assert_string_equal(text, "");
	compare(tree[0], tree[1], text, sizeof(text));
	assert_string_equal(text, "/:x:* ");
	free(tree[0]);
	free(tree[1]);
}

static void fdt_compare_ends_on_trees_deeper_than_any_real_one(void **state)
{
	const struct bc_fdt_difference *difference;
	struct bc_fdt_compare *list = NULL;
	void *tree = calloc(1, TREE_SIZE);
	struct bc_error err;
	int i, r;

	(void)state;
	assert_int_equal(fdt_create(tree, TREE_SIZE), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(fdt_begin_node(tree, i ? "n" : ""), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
	assert_int_equal(bc_fdt_compare_new(tree, fdt_totalsize(tree), tree, fdt_totalsize(tree), "fdt1", &list, NULL), 0);
	while ((r = bc_fdt_compare_next(list, &difference, &err)) > 0)
		;
	assert_int_equal(r, BC_E_UNSUPPORTED);
	bc_fdt_compare_free(list);
	free(tree);
}

/* 3000 nodes against 3000 others, none in common: quadratic, so it has to be given up. */
static void fdt_compare_gives_up_on_nodes_with_thousands_of_names(void **state)
{
	const size_t size = 1 << 20;
	void *tree[2] = { calloc(1, size), calloc(1, size) };
	const struct bc_fdt_difference *difference;
	struct bc_fdt_compare *list = NULL;
	char name[16];
	int i, k, r;

	(void)state;
	for (k = 0; k < 2; k++) {
		assert_int_equal(fdt_create(tree[k], (int)size), 0);
		assert_int_equal(fdt_finish_reservemap(tree[k]), 0);
		assert_int_equal(fdt_begin_node(tree[k], ""), 0);
		for (i = 0; i < 3000; i++) {
			snprintf(name, sizeof(name), "%c%d", "ab"[k], i);
			assert_int_equal(fdt_begin_node(tree[k], name), 0);
			assert_int_equal(fdt_end_node(tree[k]), 0);
		}
		assert_int_equal(fdt_end_node(tree[k]), 0);
		assert_int_equal(fdt_finish(tree[k]), 0);
	}
	assert_int_equal(bc_fdt_compare_new(tree[0], fdt_totalsize(tree[0]), tree[1], fdt_totalsize(tree[1]), "fdt1", &list, NULL), 0);
	while ((r = bc_fdt_compare_next(list, &difference, NULL)) > 0)
		;
	assert_int_equal(r, BC_E_UNSUPPORTED);
	bc_fdt_compare_free(list);
	free(tree[0]);
	free(tree[1]);
}

static void fdt_compare_refuses_what_is_no_tree(void **state)
{
	struct bc_fdt_compare *list = NULL;
	void *good = make_tree();
	char zeros[64] = { 0 };

	(void)state;
	assert_int_equal(bc_fdt_compare_new(good, fdt_totalsize(good), zeros, sizeof(zeros), "fdt1", &list, NULL), BC_E_INPUT);
	assert_int_equal(bc_fdt_compare_new(zeros, sizeof(zeros), good, fdt_totalsize(good), "fdt1", &list, NULL), BC_E_INPUT);
	assert_null(list);
	free(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fdt_compare_finds_nothing_in_equal_trees),
		cmocka_unit_test(fdt_compare_names_each_property_and_node),
		cmocka_unit_test(fdt_compare_leaves_seeds_out),
		cmocka_unit_test(fdt_compare_leaves_out_the_nodes_that_the_rule_names),
		cmocka_unit_test(fdt_compare_says_when_only_the_layout_differs),
		cmocka_unit_test(fdt_compare_pairs_names_that_stand_twice_in_their_order),
		cmocka_unit_test(fdt_compare_ends_on_trees_deeper_than_any_real_one),
		cmocka_unit_test(fdt_compare_gives_up_on_nodes_with_thousands_of_names),
		cmocka_unit_test(fdt_compare_refuses_what_is_no_tree),
	};

	return cmocka_run_group_tests_name("fdt_compare", tests, NULL, NULL);
}
