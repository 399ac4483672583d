// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libfdt.h>

#include "vectors.h"

/* Is this property of the node FDT_NOP in the image of the tree by the rule? */
static bool is_blank(const uint8_t *tree, size_t size, const char *rule, const char *path, const char *property)
{
	uint8_t *image = NULL;
	size_t image_size;
	bool blank;
	int node;

	assert_int_equal(bc_fdt_rule_apply(tree, size, rule, &image, &image_size, NULL), 0);
	assert_non_null(fdt_getprop(tree, fdt_path_offset(tree, path), property, NULL));
	node = fdt_path_offset(image, path);
	assert_true(node >= 0);
	blank = !fdt_getprop(image, node, property, NULL);
	bc_free(image);
	return blank;
}

static int result(const uint8_t *tree, size_t size, const char *rule, struct bc_error *err)
{
	uint8_t *image = NULL;
	size_t image_size;
	int r = bc_fdt_rule_apply(tree, size, rule, &image, &image_size, err);

	assert_int_equal(r == 0, image != NULL);
	bc_free(image);
	return r;
}

static void fdt_rule_gives_the_digests_of_the_vector_with_volatile_nodes(void **state)
{
	uint8_t digest[BC_DIGEST_MAX], *image = NULL, *plain = NULL, *expected, *event;
	size_t size, image_size, expected_size, event_size;
	uint8_t *tree = vector_object("tree-volatile", &size);
	const char *rule;
	unsigned int i;

	(void)state;
	event = vector_word("extra tree-volatile", 2, &event_size);
	assert_memory_equal(event, "dts", 4);
	rule = (const char *)event + 4;
	assert_int_equal(strlen(rule), event_size - 5);
	assert_int_equal(bc_fdt_rule_apply(tree, size, rule, &image, &image_size, NULL), 0);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1", &plain, &image_size, NULL), 0);
	for (i = 0; i < 4; i++) {
		expected = vector_word("extra tree-volatile", 3 + i, &expected_size);
		assert_int_equal(bc_digest(vector_algs[i], image, size, digest, NULL), 0);
		assert_memory_equal(digest, expected, expected_size);
		assert_int_equal(bc_digest(vector_algs[i], plain, size, digest, NULL), 0);
		assert_memory_not_equal(digest, expected, expected_size);
		free(expected);
	}
	bc_free(plain);
	bc_free(image);
	free(event);
	free(tree);
}

static void fdt_rule_blanks_the_properties_of_the_nodes_that_it_names_and_no_others(void **state)
{
	static const struct { const char *rule, *blank; } rows[] = {
		{ "fdt1", "" }, { "fdt1 /chosen/bootloader", "a" }, { "fdt1 /chosen/bootloader/config", "b" }, { "fdt1 /chosen/bootloader@0", "c" },
		{ "fdt1 /memory@40000000", "d" }, { "fdt1 /memory", "" }, { "fdt1 /bootloader /chosen/boot /chosen/bootloader@", "" },
		{ "fdt1 /chosen", "e" }, { "fdt1 /chosen /chosen/bootloader /memory@40000000 /none", "ade" },
		{ "fdt1 /chosen/bootloader /chosen/bootloader", "a" }, { "fdt1 /memory@40000000/bootloader /chosen/bootloader/count", "" },
	};
	static const struct { const char *path, *property; char name; } places[] = {
		{ "/chosen/bootloader", "count", 'a' }, { "/chosen/bootloader", "rsts", 'a' }, { "/chosen/bootloader", "signed", 'a' },
		{ "/chosen/bootloader/config", "count", 'b' }, { "/chosen/bootloader@0", "count", 'c' }, { "/memory@40000000", "reg", 'd' },
		{ "/chosen", "bootargs", 'e' }, { "/", "compatible", 'f' },
	};
	size_t size, i, k;
	uint8_t *tree = vector_object("tree-volatile", &size);

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (k = 0; k < sizeof(places) / sizeof(places[0]); k++)
			if (is_blank(tree, size, rows[i].rule, places[k].path, places[k].property) != !!strchr(rows[i].blank, places[k].name))
				fail_msg("%s: %s/%s", rows[i].rule, places[k].path, places[k].property);
	free(tree);
}

/* Somebody before may have blanked one property of the node: what is behind it counts no more than what is before it. */
static void fdt_rule_gives_the_same_when_one_property_is_blanked_already(void **state)
{
	static const char *const properties[] = { "count", "rsts", "signed" };
	uint8_t *tree, *good = NULL, *image = NULL;
	size_t size, i;

	(void)state;
	tree = vector_object("tree-volatile", &size);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1 /chosen/bootloader", &good, &size, NULL), 0);
	free(tree);
	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		tree = vector_object("tree-volatile", &size);
		assert_int_equal(fdt_nop_property(tree, fdt_path_offset(tree, "/chosen/bootloader"), properties[i]), 0);
		assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1 /chosen/bootloader", &image, &size, NULL), 0);
		assert_memory_equal(image, good, size);
		bc_free(image);
		free(tree);
	}
	bc_free(good);
}

static void fdt_rule_refuses_what_is_no_list_of_paths(void **state)
{
	static const char *const bad[] = {
		"fdt1 ", "fdt1  /a", "fdt1 /a ", "fdt1 /a  /b", "fdt1 a", "fdt1 /", "fdt1 //a", "fdt1 /a/", "fdt1 /a//b", "fdt1 /a b", "fdt1 /a /",
		"fdt1 /a /b/ /c",
	};
	size_t size, i;
	uint8_t *tree = vector_object("tree", &size);
	char rule[1200] = "fdt1";
	struct bc_error err;

	(void)state;
	assert_int_equal(result(tree, size, "fdt1 /a/b /c", &err), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(result(tree, size, bad[i], &err), BC_E_INPUT);
		assert_string_equal(err.field, "rule");
	}
	for (i = 0; i < 16; i++)
		strcat(rule, " /a");
	assert_int_equal(result(tree, size, rule, &err), 0);
	strcat(rule, " /a");
	assert_int_equal(result(tree, size, rule, &err), BC_E_INPUT);
	memset(rule, 'a', sizeof(rule));
	memcpy(rule, "fdt1 /", 6);
	rule[BC_FDT_RULE_MAX] = '\0';
	assert_int_equal(result(tree, size, rule, &err), 0);
	rule[BC_FDT_RULE_MAX] = 'a';
	rule[BC_FDT_RULE_MAX + 1] = '\0';
	assert_int_equal(result(tree, size, rule, &err), BC_E_INPUT);
	free(tree);
}

static void fdt_rule_refuses_a_path_that_leads_to_two_nodes(void **state)
{
	size_t size;
	uint8_t *tree = vector_object("tree-volatile", &size);
	struct bc_error err;

	(void)state;
	assert_int_equal(result(tree, size, "fdt1 /chosen/bootloader", &err), 0);
	/* "bootloader@0" and padding become "bootloader" and a FDT_NOP */
	memcpy(memmem(tree, size, "bootloader@0", 12), "bootloader\0\0\0\0\0\4", 16);
	assert_int_equal(result(tree, size, "fdt1 /chosen/bootloader", &err), BC_E_INPUT);
	assert_string_equal(err.field, "rule");
	assert_int_equal(result(tree, size, "fdt1 /chosen/bootloader/config", &err), 0);
	assert_int_equal(result(tree, size, "fdt1", &err), 0);
	free(tree);
}

/* A name with a slash in it is no path. */
static void fdt_rule_compares_names_and_not_texts(void **state)
{
	size_t size;
	uint8_t *tree = vector_object("tree-volatile", &size), *image = NULL, *plain = NULL;

	(void)state;
	memcpy(memmem(tree, size, "bootloader@0", 12), "bootloader/x", 12);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1", &plain, &size, NULL), 0);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1 /chosen/bootloader/x", &image, &size, NULL), 0);
	assert_memory_equal(image, plain, size);
	bc_free(plain);
	bc_free(image);
	free(tree);
}

/* Every node tries every path, and every property is looked at once: a tree of the largest size must not take minutes. */
static void fdt_rule_is_quick_with_the_largest_tree_and_the_longest_paths(void **state)
{
	const size_t room = 2u << 20;
	void *tree = calloc(1, room);
	char rule[1200] = "fdt1";
	unsigned int i;

	(void)state;
	assert_non_null(tree);
	assert_int_equal(fdt_create(tree, (int)room), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	assert_int_equal(fdt_begin_node(tree, ""), 0);
	for (i = 0; i < 30; i++)
		assert_int_equal(fdt_begin_node(tree, "a"), 0);
	for (i = 0; i < 50000; i++)
		assert_int_equal(fdt_property(tree, "p", "1234", 4), 0);
	for (i = 0; i < 60000; i++) {
		assert_int_equal(fdt_begin_node(tree, "a"), 0);
		assert_int_equal(fdt_end_node(tree), 0);
	}
	for (i = 0; i < 31; i++)
		assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
	strcat(rule, " ");
	for (i = 0; i < 30; i++)
		strcat(rule, "/a");
	for (i = 0; i < 15; i++) {
		strcat(rule, " ");
		strcat(rule, "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/b");
	}
	assert_int_equal(result(tree, fdt_totalsize(tree), rule, NULL), 0);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fdt_rule_gives_the_digests_of_the_vector_with_volatile_nodes),
		cmocka_unit_test(fdt_rule_blanks_the_properties_of_the_nodes_that_it_names_and_no_others),
		cmocka_unit_test(fdt_rule_gives_the_same_when_one_property_is_blanked_already),
		cmocka_unit_test(fdt_rule_refuses_what_is_no_list_of_paths),
		cmocka_unit_test(fdt_rule_refuses_a_path_that_leads_to_two_nodes),
		cmocka_unit_test(fdt_rule_compares_names_and_not_texts),
		cmocka_unit_test(fdt_rule_is_quick_with_the_largest_tree_and_the_longest_paths),
	};

	return cmocka_run_group_tests_name("fdt_volatile", tests, NULL, NULL);
}
