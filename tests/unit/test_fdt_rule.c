// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libfdt.h>

#include "vectors.h"

#define TREE_SIZE 4096

/* A tree with what a test asks for in /chosen; the padding is size - what is used. */
struct chosen {
	const void *kaslr, *rng;
	int kaslr_size, rng_size;
	const char *bootargs;
	int copies;			/* of the seeds */
	const char *second;		/* name of another node below the root */
};

static void add_seeds(void *tree, const struct chosen *chosen)
{
	int i;

	for (i = 0; i < chosen->copies; i++) {
		if (chosen->kaslr)
			assert_int_equal(fdt_property(tree, "kaslr-seed", chosen->kaslr, chosen->kaslr_size), 0);
		if (chosen->rng)
			assert_int_equal(fdt_property(tree, "rng-seed", chosen->rng, chosen->rng_size), 0);
	}
}

static void *make_tree(const struct chosen *chosen)
{
	void *tree = calloc(1, TREE_SIZE);

	assert_non_null(tree);
	assert_int_equal(fdt_create(tree, TREE_SIZE), 0);
	assert_int_equal(fdt_add_reservemap_entry(tree, 0x1000, 0x2000), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	assert_int_equal(fdt_begin_node(tree, ""), 0);
	assert_int_equal(fdt_begin_node(tree, "chosen"), 0);
	add_seeds(tree, chosen);
	if (chosen->bootargs)
		assert_int_equal(fdt_property_string(tree, "bootargs", chosen->bootargs), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	if (chosen->second) {
		assert_int_equal(fdt_begin_node(tree, chosen->second), 0);
		add_seeds(tree, chosen);
		assert_int_equal(fdt_end_node(tree), 0);
	}
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
	return tree;
}

static const uint8_t ones[65] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, twos[65] = { 2, 2, 2, 2, 2, 2, 2, 2 };

/* Result of the rule on a tree made so; on success the image's SHA-256 too. */
static int apply(const struct chosen *chosen, uint8_t *ret_digest, struct bc_error *err)
{
	void *tree = make_tree(chosen);
	uint8_t *image = NULL;
	size_t size = 0;
	int r = bc_fdt_rule_apply(tree, fdt_totalsize(tree), "fdt1", &image, &size, err);

	if (r == 0) {
		assert_int_equal(size, fdt_totalsize(tree));
		assert_int_equal(bc_digest(0x000b, image, size, ret_digest, NULL), 0);
	} else {
		assert_null(image);
	}
	bc_free(image);
	free(tree);
	return r;
}

static void fdt_rule_gives_the_digests_of_the_vectors_in_every_bank(void **state)
{
	uint8_t digest[BC_DIGEST_MAX];
	uint8_t *image = NULL, *tree, *expected;
	size_t size, image_size, expected_size;
	unsigned int i;

	(void)state;
	tree = vector_object("tree", &size);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1", &image, &image_size, NULL), 0);
	assert_int_equal(image_size, size);
	for (i = 0; i < 4; i++) {
		expected = vector_digest("tree", i, &expected_size);
		assert_int_equal(bc_digest(vector_algs[i], image, image_size, digest, NULL), 0);
		assert_memory_equal(digest, expected, expected_size);
		free(expected);
	}
	bc_free(image);
	free(tree);
}

/* Which bytes of the vector's tree the digest does not depend on: the two seeds with their padding, and the tree's own. */
static void fdt_rule_notices_every_bit_but_those_of_seeds_and_padding(void **state)
{
	uint8_t *tree, *image = NULL, *good = NULL;
	size_t size, image_size, bit, free_bits = 0;

	(void)state;
	tree = vector_object("tree", &size);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1", &good, &image_size, NULL), 0);
	for (bit = 0; bit < size * 8; bit++) {
		tree[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (bc_fdt_rule_apply(tree, size, "fdt1", &image, &image_size, NULL) == 0) {
			free_bits += !memcmp(image, good, size);
			bc_free(image);
		}
		tree[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* 8 bytes of kaslr-seed, 32 of rng-seed, 40 of padding */
	assert_int_equal(free_bits, (8 + 32 + 40) * 8);
	bc_free(good);
	free(tree);
}

static void fdt_rule_refuses_the_tree_cut_at_every_length(void **state)
{
	uint8_t *tree, *image = NULL, *cut;
	size_t size, length, image_size;
	struct bc_error err;

	(void)state;
	tree = vector_object("tree", &size);
	for (length = 0; length < size; length++) {
		cut = malloc(length ? length : 1);
		assert_non_null(cut);
		memcpy(cut, tree, length);
		assert_int_equal(bc_fdt_rule_apply(cut, length, "fdt1", &image, &image_size, &err), BC_E_INPUT);
		assert_non_null(err.field);
		free(cut);
	}
	assert_null(image);
	free(tree);
}

static void fdt_rule_does_not_depend_on_the_seeds(void **state)
{
	const struct chosen one = { ones, ones, 8, 32, "quiet", 1, NULL }, two = { twos, twos, 8, 32, "quiet", 1, NULL };
	const struct chosen other = { ones, ones, 8, 32, "quieT", 1, NULL };
	uint8_t first[BC_DIGEST_MAX], second[BC_DIGEST_MAX], third[BC_DIGEST_MAX];

	(void)state;
	assert_int_equal(apply(&one, first, NULL), 0);
	assert_int_equal(apply(&two, second, NULL), 0);
	assert_int_equal(apply(&other, third, NULL), 0);
	assert_memory_equal(first, second, 32);
	assert_memory_not_equal(first, third, 32);
}

/* Linux blanks rng-seed in the tree that it shows. */
static void fdt_rule_gives_the_same_for_a_seed_that_is_blanked_already(void **state)
{
	const struct chosen chosen = { ones, ones, 8, 31, "quiet", 1, NULL };
	uint8_t *image = NULL, *second = NULL;
	void *tree = make_tree(&chosen);
	size_t size;

	(void)state;
	assert_int_equal(bc_fdt_rule_apply(tree, fdt_totalsize(tree), "fdt1", &image, &size, NULL), 0);
	assert_int_equal(fdt_nop_property(tree, fdt_path_offset(tree, "/chosen"), "rng-seed"), 0);
	assert_int_equal(bc_fdt_rule_apply(tree, fdt_totalsize(tree), "fdt1", &second, &size, NULL), 0);
	assert_memory_equal(image, second, size);
	bc_free(image);
	bc_free(second);
	free(tree);
}

static void fdt_rule_leaves_seeds_of_other_nodes_alone(void **state)
{
	const struct chosen one = { ones, NULL, 8, 0, NULL, 1, "other" }, two = { twos, NULL, 8, 0, NULL, 1, "other" };
	uint8_t first[BC_DIGEST_MAX], second[BC_DIGEST_MAX];

	(void)state;
	assert_int_equal(apply(&one, first, NULL), 0);
	assert_int_equal(apply(&two, second, NULL), 0);
	assert_memory_not_equal(first, second, 32);
}

static void fdt_rule_refuses_seeds_of_another_length(void **state)
{
	static const struct { struct chosen chosen; int result; } rows[] = {
		{ { ones, NULL, 7, 0, NULL, 1, NULL }, BC_E_INPUT },
		{ { ones, NULL, 8, 0, NULL, 1, NULL }, 0 },
		{ { ones, NULL, 9, 0, NULL, 1, NULL }, BC_E_INPUT },
		{ { NULL, ones, 0, 0, NULL, 1, NULL }, BC_E_INPUT },
		{ { NULL, ones, 0, 1, NULL, 1, NULL }, 0 },
		{ { NULL, ones, 0, 64, NULL, 1, NULL }, 0 },
		{ { NULL, ones, 0, 65, NULL, 1, NULL }, BC_E_INPUT },
	};
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(apply(&rows[i].chosen, digest, &err), rows[i].result);
		if (rows[i].result)
			assert_string_equal(err.field, rows[i].chosen.kaslr ? "kaslr-seed" : "rng-seed");
	}
}

static void fdt_rule_refuses_a_seed_that_stands_twice(void **state)
{
	const struct chosen once = { ones, NULL, 8, 0, NULL, 1, NULL }, twice = { ones, NULL, 8, 0, NULL, 2, NULL };
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_error err;

	(void)state;
	assert_int_equal(apply(&once, digest, &err), 0);
	assert_int_equal(apply(&twice, digest, &err), BC_E_INPUT);
	assert_string_equal(err.field, "kaslr-seed");
}

static void fdt_rule_refuses_a_second_chosen(void **state)
{
	const struct chosen chosen = { ones, NULL, 8, 0, NULL, 1, "chosen@0" }, like = { ones, NULL, 8, 0, NULL, 1, "chosen1" };
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_error err;

	(void)state;
	assert_int_equal(apply(&like, digest, &err), 0);
	assert_int_equal(apply(&chosen, digest, &err), BC_E_INPUT);
	assert_string_equal(err.field, "/chosen");
}

static void fdt_rule_refuses_a_rule_that_it_does_not_know(void **state)
{
	uint8_t *tree, *image = NULL;
	size_t size, image_size;

	(void)state;
	tree = vector_object("tree", &size);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt2", &image, &image_size, NULL), BC_E_UNSUPPORTED);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt10", &image, &image_size, NULL), BC_E_UNSUPPORTED);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "", &image, &image_size, NULL), BC_E_UNSUPPORTED);
	assert_null(image);
	free(tree);
}

static void fdt_rule_refuses_bytes_behind_the_tree(void **state)
{
	uint8_t *tree, *longer, *image = NULL;
	size_t size, image_size;
	struct bc_error err;

	(void)state;
	tree = vector_object("tree", &size);
	longer = calloc(1, size + 1);
	assert_non_null(longer);
	memcpy(longer, tree, size);
	assert_int_equal(bc_fdt_rule_apply(longer, size + 1, "fdt1", &image, &image_size, &err), BC_E_INPUT);
	assert_string_equal(err.field, "totalsize");
	free(longer);
	free(tree);
}

/* libfdt 1.6 takes such lengths, and loops for ever on the second: -12 is the distance back to the property's own tag. */
static void fdt_rule_refuses_property_lengths_that_overflow(void **state)
{
	static const uint32_t lengths[] = { 0xfffffffe, 0xfffffff4, 0x80000000, 0x7fffffff, 0x1000 };
	uint8_t *tree, *image = NULL, *length;
	size_t size, image_size, i;
	struct bc_error err;

	(void)state;
	tree = vector_object("tree", &size);
	length = (uint8_t *)memmem(tree, size, "bootchain,vector", 16) - 8;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		fdt32_st(length, lengths[i]);
		assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1", &image, &image_size, &err), BC_E_INPUT);
		assert_string_equal(err.field, "structure");
	}
	fdt32_st(length, 17);
	assert_int_equal(bc_fdt_rule_apply(tree, size, "fdt1", &image, &image_size, NULL), 0);
	bc_free(image);
	free(tree);
}

static void fdt_bootargs_gives_the_text_without_its_nul(void **state)
{
	const char *text;
	uint8_t *tree, *expected;
	size_t size, text_size, expected_size;

	(void)state;
	tree = vector_object("tree", &size);
	expected = vector_object("bootargs", &expected_size);
	assert_int_equal(bc_fdt_bootargs(tree, size, &text, &text_size, NULL), 0);
	assert_int_equal(text_size, expected_size);
	assert_memory_equal(text, expected, expected_size);
	free(expected);
	free(tree);
}

static void fdt_bootargs_are_empty_when_absent(void **state)
{
	const struct chosen chosen = { 0 };
	void *tree = make_tree(&chosen);
	const char *text = NULL;
	size_t size = 1;

	(void)state;
	assert_int_equal(bc_fdt_bootargs(tree, fdt_totalsize(tree), &text, &size, NULL), 0);
	assert_int_equal(size, 0);
	assert_string_equal(text, "");
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fdt_rule_gives_the_digests_of_the_vectors_in_every_bank),
		cmocka_unit_test(fdt_rule_notices_every_bit_but_those_of_seeds_and_padding),
		cmocka_unit_test(fdt_rule_refuses_the_tree_cut_at_every_length),
		cmocka_unit_test(fdt_rule_does_not_depend_on_the_seeds),
		cmocka_unit_test(fdt_rule_gives_the_same_for_a_seed_that_is_blanked_already),
		cmocka_unit_test(fdt_rule_leaves_seeds_of_other_nodes_alone),
		cmocka_unit_test(fdt_rule_refuses_seeds_of_another_length),
		cmocka_unit_test(fdt_rule_refuses_a_seed_that_stands_twice),
		cmocka_unit_test(fdt_rule_refuses_a_second_chosen),
		cmocka_unit_test(fdt_rule_refuses_a_rule_that_it_does_not_know),
		cmocka_unit_test(fdt_rule_refuses_bytes_behind_the_tree),
		cmocka_unit_test(fdt_rule_refuses_property_lengths_that_overflow),
		cmocka_unit_test(fdt_bootargs_gives_the_text_without_its_nul),
		cmocka_unit_test(fdt_bootargs_are_empty_when_absent),
	};

	return cmocka_run_group_tests_name("fdt_rule", tests, NULL, NULL);
}
