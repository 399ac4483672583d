// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "logs.h"
#include "vectors.h"
#include "../../tools/lib/diff.h"

/* ---- alignment ---- */

struct letters { const char *good, *other; };

static bool same_letter(const void *context, size_t good, size_t other)
{
	const struct letters *letters = context;

	return letters->good[good] == letters->other[other];
}

/* Equal letters as they are, gaps as [good|other]. */
static void align_text(const char *good, const char *other, char *ret_text, size_t size)
{
	const struct letters letters = { good, other };
	const size_t good_count = strlen(good), other_count = strlen(other);
	struct bc_gap gap = { 0 };
	size_t twin[64];
	size_t used = 0;

	assert_int_equal(bc_align(good_count, other_count, same_letter, &letters, twin, NULL), 0);
	ret_text[0] = '\0';
	while (bc_gap_next(&gap, twin, good_count, other_count)) {
		if (gap.good < gap.good_end || gap.other < gap.other_end)
			used += (size_t)snprintf(ret_text + used, size - used, "[%.*s|%.*s]", (int)(gap.good_end - gap.good), good + gap.good,
						 (int)(gap.other_end - gap.other), other + gap.other);
		if (gap.good_end < good_count)
			used += (size_t)snprintf(ret_text + used, size - used, "%c", good[gap.good_end]);
	}
}

static void align_keeps_what_is_common_in_its_order(void **state)
{
	static const struct { const char *good, *other, *text; } rows[] = {
		{ "", "", "" }, { "abc", "abc", "abc" }, { "", "abc", "[|abc]" }, { "abc", "", "[abc|]" },
		{ "abc", "axc", "a[b|x]c" }, { "abc", "ac", "a[b|]c" }, { "ac", "abc", "a[|b]c" }, { "abcd", "bcda", "[a|]bcd[|a]" },
		{ "aab", "ab", "a[a|]b" }, { "abcabc", "xabyabz", "[|x]ab[c|y]ab[c|z]" },
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		align_text(rows[i].good, rows[i].other, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

/* ---- words ---- */

static void words_text(const char *good, const char *other, char *ret_text, size_t size)
{
	const struct bc_words_input input = {
		.code = BC_REF_CMDLINE_WORD, .what = "line", .source = "x", .number = 1, .offset = 2, .pcr = 5,
		.good = (const uint8_t *)good, .good_size = strlen(good), .other = (const uint8_t *)other, .other_size = strlen(other),
	};
	struct bc_findings *findings = NULL;
	size_t used = 0, i;

	assert_int_equal(bc_findings_new(&findings, NULL), 0);
	assert_int_equal(bc_diff_words(&input, findings, NULL), 0);
	ret_text[0] = '\0';
	for (i = 0; i < bc_findings_count(findings); i++) {
		const struct bc_finding *finding = bc_findings_at(findings, i);

		assert_int_equal(finding->code, BC_REF_CMDLINE_WORD);
		assert_int_equal(finding->pcr, 5);
		used += (size_t)snprintf(ret_text + used, size - used, "%s%s", i ? "; " : "", finding->message);
	}
	bc_findings_free(findings);
}

static void words_are_named_by_number_and_both_values(void **state)
{
	static const struct { const char *good, *other, *text; } rows[] = {
		{ "a b=1 c", "a b=1 c", "" },
		{ "a b=1 c", "a b=2 c", "line, word 2: b=1 -> b=2" },
		{ "a b c", "a c", "line, word 2 is missing: b" },
		{ "a c", "a b c", "line, word 2 was added: b" },
		{ "", "init=/bin/sh", "line, word 1 was added: init=/bin/sh" },
		{ "a b", "a  b", "line differs in the blanks between its words only" },
		{ "a x=\"1 2\" b", "a x=\"1 3\" b", "line, word 2: x=\"1 2\" -> x=\"1 3\"" },
		{ "a b c d", "x b c y z", "line, word 1: a -> x; line, word 4: d -> y; line, word 5 was added: z" },
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		words_text(rows[i].good, rows[i].other, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

static void words_of_any_length_are_cut_in_the_message(void **state)
{
	char good[4096], text[512];

	(void)state;
	memset(good, 'g', sizeof(good) - 1);
	good[sizeof(good) - 1] = '\0';
	words_text(good, "n", text, sizeof(text));
	assert_non_null(strstr(text, "ggg... -> n"));
	assert_true(strlen(text) < 256);
}

/* ---- logs ---- */

struct blob { uint8_t *data; size_t size; };

static struct blob read_vector(void)
{
	struct blob blob = { 0 };

	assert_int_equal(bc_read_file(VECTORS "measured-boot.log", 1 << 20, &blob.data, &blob.size, NULL), 0);
	return blob;
}

static int diff(const struct blob *good, const struct blob *other, struct bc_findings **ret_findings, struct bc_log_diff *ret_diff,
		struct bc_error *err)
{
	struct bc_stream *first = NULL, *second = NULL;
	int r;

	assert_int_equal(bc_findings_new(ret_findings, NULL), 0);
	assert_int_equal(bc_stream_open_memory(good->data, good->size, "good", &first, NULL), 0);
	assert_int_equal(bc_stream_open_memory(other->data, other->size, "new", &second, NULL), 0);
	r = bc_diff_logs(first, second, NULL, 0, *ret_findings, ret_diff, err);
	bc_stream_free(first);
	bc_stream_free(second);
	return r;
}

/* A log of one SHA-384 event: with place 0 of PCRs, else of registers. */
static void put_sha384_log(struct bytes *log, uint32_t place, uint8_t digest)
{
	static const uint16_t algs[] = { ALG_SHA384 };

	log->size = 0;
	put_spec_id(log, algs, NULL, 1);
	put_le(log, place, 4);
	put_le(log, BC_EV_S_CRTM_VERSION, 4);
	put_le(log, 1, 4);
	put_le(log, ALG_SHA384, 2);
	put_fill(log, digest, 48);
	put_le(log, 0, 4);
}

/* Numbers of registers (CCEL) are told from those of PCRs, and not compared with them. */
static void diff_tells_registers_from_pcrs(void **state)
{
	static const struct { uint32_t good, other; int r; bool registers; } rows[] = {
		{ 0, 0, 0, false }, { 1, 1, 0, true }, { 0, 1, BC_E_UNSUPPORTED, false }, { 1, 0, BC_E_UNSUPPORTED, false },
	};
	struct bytes *good = calloc(1, sizeof(*good)), *other = calloc(1, sizeof(*other));
	struct bc_findings *findings;
	struct bc_log_diff result;
	struct bc_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_sha384_log(good, rows[i].good, 1);
		put_sha384_log(other, rows[i].other, 2);
		assert_int_equal(diff(&(struct blob){ .data = good->data, .size = good->size },
				      &(struct blob){ .data = other->data, .size = other->size }, &findings, &result, &err), rows[i].r);
		if (rows[i].r == 0) {
			assert_int_equal(result.registers, rows[i].registers);
			assert_int_equal(result.differs, 1 << rows[i].good);
		} else {
			assert_string_equal(err.source, rows[i].good ? "good" : "new");
		}
		bc_findings_free(findings);
	}
	free(good);
	free(other);
}

static void diff_finds_nothing_between_a_log_and_itself(void **state)
{
	struct blob good = read_vector();
	struct bc_findings *findings = NULL;
	struct bc_log_diff result;

	(void)state;
	assert_int_equal(diff(&good, &good, &findings, &result, NULL), 0);
	assert_int_equal(bc_findings_count(findings), 0);
	assert_int_equal(result.differs, 0);
	assert_int_equal(result.extended, 0xff);
	assert_int_equal(result.bank_count, 4);
	assert_int_equal(result.bank[0], 0x000b);
	assert_int_equal(result.good_events, 16);
	assert_true(result.good_tree.found);
	assert_int_equal(result.good_tree.pcr, 1);
	bc_findings_free(findings);
	bc_free(good.data);
}

/* Where the record of a vector's event begins: its data, found by content. */
static uint8_t *find_bytes(const struct blob *blob, const void *bytes, size_t size)
{
	uint8_t *found = memmem(blob->data, blob->size, bytes, size);

	assert_non_null(found);
	return found;
}

/* Flip one bit of the SHA-256 digest of a vector's event. */
static void change_digest(struct blob *blob, const char *name)
{
	size_t size;
	uint8_t *digest = vector_digest(name, 1, &size);

	find_bytes(blob, digest, size)[0] ^= 1;
	free(digest);
}

static void diff_names_the_component_whose_digest_differs(void **state)
{
	static const struct { const char *name, *component; int pcr; } rows[] = {
		{ "version", "version differs", 0 }, { "tree", "final tree differs", 1 }, { "kernel", "kernel differs", 4 },
		{ "initrd", "initrd differs", 4 }, { "method", "action differs", 4 }, { "verify", "variable differs", 7 },
		{ "cmdline", "command line differs", 5 },
	};
	struct bc_findings *findings = NULL;
	struct blob good = read_vector();
	struct bc_log_diff result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob other = read_vector();
		const struct bc_finding *finding;

		change_digest(&other, rows[i].name);
		assert_int_equal(diff(&good, &other, &findings, &result, NULL), 0);
		assert_int_equal(result.differs, 1 << rows[i].pcr);
		assert_int_equal(bc_findings_count(findings), 1);
		finding = bc_findings_at(findings, 0);
		assert_int_equal(finding->code, BC_REF_COMPONENT);
		assert_int_equal(finding->pcr, rows[i].pcr);
		assert_int_equal(strncmp(finding->message, rows[i].component, strlen(rows[i].component)), 0);
		assert_string_equal(finding->source, "new");
		assert_string_not_equal(finding->expected, finding->found);
		bc_findings_free(findings);
		bc_free(other.data);
	}
	bc_free(good.data);
}

static void diff_compares_a_changed_command_line_by_words(void **state)
{
	struct bc_findings *findings = NULL;
	struct blob good = read_vector(), other = read_vector();
	struct bc_log_diff result;

	(void)state;
	change_digest(&other, "cmdline");
	find_bytes(&other, "vda2 ro", 7)[3] = '3';
	assert_int_equal(diff(&good, &other, &findings, &result, NULL), 0);
	assert_int_equal(bc_findings_count(findings), 1);
	assert_int_equal(bc_findings_at(findings, 0)->code, BC_REF_CMDLINE_WORD);
	assert_string_equal(bc_findings_at(findings, 0)->message, "command line, word 2: root=/dev/vda2 -> root=/dev/vda3");
	bc_findings_free(findings);
	bc_free(good.data);
	bc_free(other.data);
}

static void diff_only_notes_event_data_under_an_equal_digest(void **state)
{
	static const uint8_t base[8] = { 0, 0, 0, 1, 0, 0, 0, 0 };
	struct bc_findings *findings = NULL;
	struct blob good = read_vector(), other = read_vector();
	struct bc_log_diff result;

	(void)state;
	find_bytes(&other, base, sizeof(base))[4] = 1;
	assert_int_equal(diff(&good, &other, &findings, &result, NULL), 0);
	assert_int_equal(result.differs, 0);
	assert_int_equal(bc_findings_count(findings), 1);
	assert_int_equal(bc_findings_at(findings, 0)->code, BC_DATA_NOT_COVERED);
	assert_int_equal(bc_findings_severe(findings, BC_ERROR), 0);
	bc_findings_free(findings);
	bc_free(good.data);
	bc_free(other.data);
}

/* The records of both logs are whole; the log of the second ends before or behind one of them. */
static void diff_tells_missing_and_added_events(void **state)
{
	struct blob good = read_vector(), shorter = read_vector();
	struct bc_findings *findings = NULL;
	struct bc_log_diff result;
	const size_t separator = 12 + 2 + 20 + 2 + 32 + 2 + 48 + 2 + 64 + 4 + 4;

	(void)state;
	shorter.size -= separator;
	assert_int_equal(diff(&good, &shorter, &findings, &result, NULL), 0);
	assert_int_equal(result.differs, 1 << 7);
	assert_int_equal(bc_findings_count(findings), 1);
	assert_string_equal(bc_findings_at(findings, 0)->message, "separator is missing (closed)");
	assert_string_equal(bc_findings_at(findings, 0)->source, "good");
	assert_int_equal(bc_findings_at(findings, 0)->number, 15);
	bc_findings_free(findings);
	assert_int_equal(diff(&shorter, &good, &findings, &result, NULL), 0);
	assert_string_equal(bc_findings_at(findings, 0)->message, "separator was added (closed)");
	assert_string_equal(bc_findings_at(findings, 0)->source, "new");
	bc_findings_free(findings);
	bc_free(good.data);
	bc_free(shorter.data);
}

static void diff_says_which_log_is_malformed(void **state)
{
	struct bc_findings *findings = NULL;
	struct blob good = read_vector(), cut = read_vector();
	struct bc_log_diff result = { .differs = 77 };
	struct bc_error err;

	(void)state;
	cut.size -= 3;
	assert_int_equal(diff(&good, &cut, &findings, &result, &err), BC_E_INPUT);
	assert_string_equal(err.source, "new");
	bc_findings_free(findings);
	assert_int_equal(diff(&cut, &good, &findings, &result, &err), BC_E_INPUT);
	assert_string_equal(err.source, "good");
	bc_findings_free(findings);
	assert_int_equal(result.differs, 77);
	bc_free(good.data);
	bc_free(cut.data);
}

/* ---- trees ---- */

static void diff_holds_each_tree_against_its_event(void **state)
{
	struct bc_findings *findings = NULL;
	struct blob good = read_vector();
	struct bc_log_diff result;
	struct bc_diff_tree tree = { .name = "tree" }, changed = { .name = "changed" };
	uint8_t *bytes, *copy;

	(void)state;
	bytes = vector_object("tree", &tree.size);
	copy = vector_object("tree", &changed.size);
	tree.data = bytes;
	changed.data = copy;
	memcpy(memmem(copy, changed.size, "vda2", 4), "vda3", 4);
	assert_int_equal(diff(&good, &good, &findings, &result, NULL), 0);
	tree.measured = changed.measured = &result.good_tree;
	assert_int_equal(bc_diff_trees(&tree, &tree, findings, NULL), 0);
	assert_int_equal(bc_findings_count(findings), 0);
	assert_int_equal(bc_diff_trees(&tree, &changed, findings, NULL), 0);
	assert_int_equal(bc_findings_count(findings), 2);
	assert_int_equal(bc_findings_at(findings, 0)->code, BC_DIGEST_DATA);
	assert_string_equal(bc_findings_at(findings, 0)->source, "changed");
	assert_int_equal(bc_findings_at(findings, 1)->code, BC_REF_FDT_PROPERTY);
	assert_string_equal(bc_findings_at(findings, 1)->message, "/chosen/bootargs, word 2: root=/dev/vda2 -> root=/dev/vda3");
	assert_int_equal(bc_findings_at(findings, 1)->pcr, 1);
	bc_findings_free(findings);
	bc_free(good.data);
	free(bytes);
	free(copy);
}

static void diff_writes_values_as_device_tree_source(void **state)
{
	struct bc_findings *findings = NULL;
	struct bc_diff_tree tree = { .name = "tree" }, changed = { .name = "changed" };
	uint8_t *bytes, *copy;

	(void)state;
	bytes = vector_object("tree", &tree.size);
	copy = vector_object("tree", &changed.size);
	tree.data = bytes;
	changed.data = copy;
	memcpy(memmem(copy, changed.size, "bootchain,vector", 16), "bootchain,victor", 16);
	((uint8_t *)memmem(copy, changed.size, "\0\0\0\0\x40\0\0\0\0\0\0\0\x40\0\0\0", 16))[15] = 1;
	assert_int_equal(bc_findings_new(&findings, NULL), 0);
	assert_int_equal(bc_diff_trees(&tree, &changed, findings, NULL), 0);
	assert_int_equal(bc_findings_count(findings), 2);
	assert_string_equal(bc_findings_at(findings, 0)->message, "/compatible differs");
	assert_string_equal(bc_findings_at(findings, 0)->expected, "\"bootchain,vector\"");
	assert_string_equal(bc_findings_at(findings, 0)->found, "\"bootchain,victor\"");
	assert_string_equal(bc_findings_at(findings, 1)->message, "/memory@40000000/reg differs");
	assert_string_equal(bc_findings_at(findings, 1)->expected, "<0x0 0x40000000 0x0 0x40000000>");
	assert_string_equal(bc_findings_at(findings, 1)->found, "<0x0 0x40000000 0x0 0x40000001>");
	bc_findings_free(findings);
	free(bytes);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(align_keeps_what_is_common_in_its_order),
		cmocka_unit_test(words_are_named_by_number_and_both_values),
		cmocka_unit_test(words_of_any_length_are_cut_in_the_message),
		cmocka_unit_test(diff_tells_registers_from_pcrs),
		cmocka_unit_test(diff_finds_nothing_between_a_log_and_itself),
		cmocka_unit_test(diff_names_the_component_whose_digest_differs),
		cmocka_unit_test(diff_compares_a_changed_command_line_by_words),
		cmocka_unit_test(diff_only_notes_event_data_under_an_equal_digest),
		cmocka_unit_test(diff_tells_missing_and_added_events),
		cmocka_unit_test(diff_says_which_log_is_malformed),
		cmocka_unit_test(diff_holds_each_tree_against_its_event),
		cmocka_unit_test(diff_writes_values_as_device_tree_source),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
