// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libfdt.h>

#include "vectors.h"

#define TREE_SIZE 65536

/* A tree with a TPM at /bus/tpm@1; tests change it with libfdt. */
static void *make_tree(void)
{
	void *tree = calloc(1, TREE_SIZE);
	int bus, tpm;

	assert_non_null(tree);
	assert_int_equal(fdt_create_empty_tree(tree, TREE_SIZE), 0);
	assert_true(fdt_add_subnode(tree, 0, "chosen") > 0);
	bus = fdt_add_subnode(tree, 0, "bus");
	assert_true(bus > 0);
	tpm = fdt_add_subnode(tree, bus, "tpm@1");
	assert_true(tpm > 0);
	assert_int_equal(fdt_setprop_string(tree, tpm, "compatible", "infineon,slb9670"), 0);
	return tree;
}

static struct bc_fdt_facts facts_of(void *tree)
{
	struct bc_fdt_facts facts;
	struct bc_error err;
	int r = bc_fdt_facts(tree, fdt_totalsize(tree), &facts, &err);

	if (r < 0)
		fail_msg("%s", err.message);
	return facts;
}

static int at(const void *tree, const char *path)
{
	const int node = fdt_path_offset(tree, path);

	assert_true(node >= 0);
	return node;
}

static void fdt_facts_find_a_tpm_by_its_name_or_its_compatible(void **state)
{
	void *tree = make_tree();
	struct bc_fdt_facts facts = facts_of(tree);

	(void)state;
	assert_int_equal(facts.tpm_count, 1);
	assert_string_equal(facts.tpm, "/bus/tpm@1");
	assert_string_equal(facts.compatible, "infineon,slb9670");
	assert_false(facts.tpm_disabled || facts.log);
	assert_string_equal(facts.reset, "");
	assert_null(facts.reset_property);
	assert_int_equal(fdt_setprop(tree, at(tree, "/bus"), "compatible", "x,y\0tcg,tpm-tis-mmio", 21), 0);
	facts = facts_of(tree);
	assert_int_equal(facts.tpm_count, 2);
	assert_string_equal(facts.tpm, "/bus");
	assert_int_equal(fdt_delprop(tree, at(tree, "/bus/tpm@1"), "compatible"), 0);
	assert_int_equal(facts_of(tree).tpm_count, 1);
	free(tree);
}

static void fdt_facts_tell_a_tpm_that_is_disabled_from_one_that_is_not(void **state)
{
	static const struct { const char *status; unsigned int count; } rows[] = {
		{ "okay", 1 }, { "ok", 1 }, { "disabled", 0 }, { "o", 0 }, { "okay2", 0 }, { "", 0 },
	};
	void *tree = make_tree();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bc_fdt_facts facts;

		assert_int_equal(fdt_setprop_string(tree, at(tree, "/bus/tpm@1"), "status", rows[i].status), 0);
		facts = facts_of(tree);
		assert_int_equal(facts.tpm_count, rows[i].count);
		assert_int_equal(facts.tpm_disabled, !rows[i].count);
	}
	free(tree);
}

static void fdt_facts_find_where_the_log_is(void **state)
{
	static const char *const names[] = { "linux,sml-base", "memory-region" };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		void *tree = make_tree();

		assert_int_equal(fdt_setprop_u32(tree, at(tree, "/bus/tpm@1"), names[i], 1), 0);
		assert_true(facts_of(tree).log);
		free(tree);
	}
}

static void fdt_facts_find_a_reset_line_of_the_tpm_and_no_other(void **state)
{
	static const char *const names[] = { "reset-gpios", "gpio-reset", "resets" };
	struct bc_fdt_facts facts;
	void *tree;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		tree = make_tree();
		assert_int_equal(fdt_setprop_u32(tree, at(tree, "/bus"), names[i], 1), 0);
		assert_string_equal(facts_of(tree).reset, "");
		assert_int_equal(fdt_setprop_u32(tree, at(tree, "/bus/tpm@1"), names[i], 1), 0);
		facts = facts_of(tree);
		assert_string_equal(facts.reset, "/bus/tpm@1");
		assert_string_equal(facts.reset_property, names[i]);
		/* one that nobody uses has no line either */
		assert_int_equal(fdt_setprop_string(tree, at(tree, "/bus/tpm@1"), "status", "disabled"), 0);
		assert_string_equal(facts_of(tree).reset, "");
		free(tree);
	}
}

static void fdt_facts_find_lines_that_are_called_after_the_tpm(void **state)
{
	struct bc_fdt_facts facts;
	void *tree = make_tree();

	(void)state;
	assert_int_equal(fdt_setprop(tree, at(tree, "/bus"), "gpio-line-names", "led\0power", 10), 0);
	assert_string_equal(facts_of(tree).reset, "");
	assert_int_equal(fdt_setprop(tree, at(tree, "/bus"), "gpio-line-names", "led\0TPM_RST", 12), 0);
	facts = facts_of(tree);
	assert_string_equal(facts.reset, "/bus");
	assert_string_equal(facts.reset_property, "gpio-line-names");
	assert_int_equal(fdt_delprop(tree, at(tree, "/bus"), "gpio-line-names"), 0);
	assert_int_equal(fdt_setprop_empty(tree, at(tree, "/bus"), "gpio-hog"), 0);
	assert_string_equal(facts_of(tree).reset, "");
	assert_int_equal(fdt_setprop_string(tree, at(tree, "/bus"), "line-name", "reset of tpm"), 0);
	facts = facts_of(tree);
	assert_string_equal(facts.reset, "/bus");
	assert_string_equal(facts.reset_property, "gpio-hog");
	free(tree);
}

static void fdt_facts_tell_seeds_and_whether_they_are_wiped(void **state)
{
	struct bc_fdt_facts facts;
	void *tree = make_tree();

	(void)state;
	facts = facts_of(tree);
	assert_false(facts.kaslr_seed || facts.rng_seed || facts.kaslr_seed_wiped);
	assert_int_equal(fdt_setprop_u64(tree, at(tree, "/chosen"), "kaslr-seed", 1), 0);
	assert_int_equal(fdt_setprop_u64(tree, at(tree, "/chosen"), "rng-seed", 1), 0);
	facts = facts_of(tree);
	assert_true(facts.kaslr_seed && facts.rng_seed && !facts.kaslr_seed_wiped);
	assert_int_equal(fdt_setprop_u64(tree, at(tree, "/chosen"), "kaslr-seed", 0), 0);
	assert_true(facts_of(tree).kaslr_seed_wiped);
	free(tree);
}

static void fdt_facts_are_fit_for_a_terminal(void **state)
{
	struct bc_fdt_facts facts;
	void *tree = make_tree();

	(void)state;
	assert_int_equal(fdt_setprop_string(tree, at(tree, "/bus/tpm@1"), "compatible", "tcg,tpm\033[2J"), 0);
	facts = facts_of(tree);
	assert_string_equal(facts.compatible, "tcg,tpm\\x1b[2J");
	free(tree);
}

static void fdt_facts_refuse_what_is_no_tree_or_too_deep(void **state)
{
	struct bc_fdt_facts facts;
	struct bc_error err;
	void *tree = make_tree();
	int node = 0, i;

	(void)state;
	assert_int_equal(bc_fdt_facts(tree, fdt_totalsize(tree) - 1, &facts, &err), BC_E_INPUT);
	for (i = 0; i < 65; i++) {
		node = fdt_add_subnode(tree, node, "n");
		assert_true(node > 0);
	}
	assert_int_equal(bc_fdt_facts(tree, fdt_totalsize(tree), &facts, &err), BC_E_UNSUPPORTED);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fdt_facts_find_a_tpm_by_its_name_or_its_compatible),
		cmocka_unit_test(fdt_facts_tell_a_tpm_that_is_disabled_from_one_that_is_not),
		cmocka_unit_test(fdt_facts_find_where_the_log_is),
		cmocka_unit_test(fdt_facts_find_a_reset_line_of_the_tpm_and_no_other),
		cmocka_unit_test(fdt_facts_find_lines_that_are_called_after_the_tpm),
		cmocka_unit_test(fdt_facts_tell_seeds_and_whether_they_are_wiped),
		cmocka_unit_test(fdt_facts_are_fit_for_a_terminal),
		cmocka_unit_test(fdt_facts_refuse_what_is_no_tree_or_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
