// SPDX-License-Identifier: BSD-2-Clause
/* Two device trees: a finding for each property that differs, its value in the notation of device-tree source. */
#include <stdio.h>
#include <string.h>

#include "diff.h"

/* Of a value: 16 cells fill a line. */
#define CELLS_SHOWN 16
#define BYTES_SHOWN 32

/* A list of printable strings, as compatible or bootargs? */
static bool is_strings(const uint8_t *value, size_t size)
{
	size_t i;

	if (!size || value[size - 1])
		return false;
	for (i = 0; i < size; i++)
		if ((value[i] && (value[i] < 0x20 || value[i] > 0x7e)) || (!value[i] && i && !value[i - 1]))
			return false;
	return true;
}

static void strings_text(const uint8_t *value, size_t size, char *ret_text, size_t text_size)
{
	size_t used = 0, at = 0;

	while (at < size) {
		const size_t length = strnlen((const char *)value + at, size - at);

		used = bc_append(ret_text, text_size, used, "%s\"%.*s\"", at ? ", " : "", (int)length, (const char *)value + at);
		at += length + 1;
	}
	if (used >= text_size)
		bc_copy_text(ret_text + text_size - 4, 4, "...");
}

static void numbers_text(const uint8_t *value, size_t size, char *ret_text, size_t text_size)
{
	struct bc_reader reader;
	const bool cells = size % 4 == 0;
	size_t used, count = 0;
	uint32_t cell;
	uint8_t byte;

	bc_reader_init(&reader, value, size, 0);
	used = bc_append(ret_text, text_size, 0, cells ? "<" : "[");
	while (!bc_at_end(&reader) && count++ < (cells ? CELLS_SHOWN : BYTES_SHOWN)) {
		if (cells && bc_get_be32(&reader, &cell))
			used = bc_append(ret_text, text_size, used, "%s0x%x", count > 1 ? " " : "", cell);
		else if (bc_get_u8(&reader, &byte))
			used = bc_append(ret_text, text_size, used, "%s%02x", count > 1 ? " " : "", byte);
	}
	used = bc_append(ret_text, text_size, used, "%s%s", bc_at_end(&reader) ? "" : " ...", cells ? ">" : "]");
	if (used >= text_size)
		bc_copy_text(ret_text + text_size - 5, 5, "...>");
}

static void value_text(const uint8_t *value, size_t size, char *ret_text, size_t text_size)
{
	if (!value)
		bc_copy_text(ret_text, text_size, "absent");
	else if (!size)
		bc_copy_text(ret_text, text_size, "present, without a value");
	else if (is_strings(value, size))
		strings_text(value, size, ret_text, text_size);
	else
		numbers_text(value, size, ret_text, text_size);
}

static size_t first_difference(const struct bc_fdt_difference *difference)
{
	size_t at = 0;

	while (at < difference->good_size && at < difference->other_size && difference->good[at] == difference->other[at])
		at++;
	return at;
}

static int add_words(const struct bc_fdt_difference *difference, const char *source, int pcr, struct bc_findings *findings,
		     struct bc_error *reterr)
{
	const struct bc_words_input input = {
		.code = BC_REF_FDT_PROPERTY, .what = "/chosen/bootargs", .source = source, .number = -1, .offset = -1, .pcr = pcr,
		.good = difference->good, .good_size = difference->good_size - 1,
		.other = difference->other, .other_size = difference->other_size - 1,
	};

	return bc_diff_words(&input, findings, reterr);
}

static int add_difference(const struct bc_fdt_difference *difference, const char *source, int pcr, struct bc_findings *findings,
			  struct bc_error *reterr)
{
	const char *slash = strcmp(difference->path, "/") ? "/" : "";
	struct bc_finding finding;

	if (!difference->path[0]) {
		bc_finding_init(&finding, BC_REF_FDT_PROPERTY,
				"every property of the trees is equal, but not their layout, from byte %zu on", difference->offset);
	} else if (!difference->property) {
		bc_finding_init(&finding, BC_REF_FDT_PROPERTY, "node %s %s", difference->path,
				difference->good ? "is missing" : "was added");
	} else {
		bc_finding_init(&finding, BC_REF_FDT_PROPERTY, "%s%s%s %s", difference->path, slash, difference->property,
				!difference->good ? "was added" : !difference->other ? "is missing" : "differs");
		if (difference->good && difference->other && first_difference(difference) >= 4 * CELLS_SHOWN)
			bc_finding_init(&finding, BC_REF_FDT_PROPERTY, "%s%s%s differs from byte %zu on", difference->path, slash,
					difference->property, first_difference(difference));
		value_text(difference->good, difference->good_size, finding.expected, sizeof(finding.expected));
		value_text(difference->other, difference->other_size, finding.found, sizeof(finding.found));
	}
	bc_copy_text(finding.source, sizeof(finding.source), source);
	finding.pcr = pcr;
	return bc_findings_add(findings, &finding, reterr);
}

/* One string and its NUL, whatever bytes it has. */
static bool is_one_string(const uint8_t *value, size_t size)
{
	return value && size && strnlen((const char *)value, size) == size - 1;
}

static bool is_bootargs(const struct bc_fdt_difference *difference)
{
	return difference->property && !strcmp(difference->path, "/chosen") && !strcmp(difference->property, "bootargs") &&
	       is_one_string(difference->good, difference->good_size) && is_one_string(difference->other, difference->other_size);
}

static const char *rule_of(const struct bc_diff_tree *tree)
{
	return tree->measured && tree->measured->found ? tree->measured->rule : "fdt1";
}

/* Does the rule's image of the tree have the digest of its event? */
static int check_measured(const struct bc_diff_tree *tree, struct bc_findings *findings, struct bc_error *reterr)
{
	const struct bc_tree_event *event = tree->measured;
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_finding finding;
	uint8_t *image = NULL;
	size_t size;
	int r;

	r = bc_fdt_rule_apply(tree->data, tree->size, rule_of(tree), &image, &size, reterr);
	if (r < 0) {
		bc_error_source(reterr, tree->name);
		return r;
	}
	if (event && event->found && bc_hash_available(event->alg)) {
		r = bc_digest(event->alg, image, size, digest, reterr);
		if (r == 0 && memcmp(digest, event->digest, event->size)) {
			bc_finding_init(&finding, BC_DIGEST_DATA, "%s is not the tree that event %llu of its log measured",
					tree->name, (unsigned long long)event->number);
			bc_copy_text(finding.source, sizeof(finding.source), tree->name);
			finding.pcr = (int)event->pcr;
			bc_hex(event->digest, event->size, finding.expected);
			bc_hex(digest, event->size, finding.found);
			r = bc_findings_add(findings, &finding, reterr);
		}
	}
	bc_free(image);
	return r;
}

int bc_diff_trees(const struct bc_diff_tree *good, const struct bc_diff_tree *other, struct bc_findings *findings, struct bc_error *reterr)
{
	const int pcr = other->measured && other->measured->found ? (int)other->measured->pcr : -1;
	/* What only one of them leaves out is a difference of what was measured. */
	const char *rule = strcmp(rule_of(good), rule_of(other)) ? "fdt1" : rule_of(good);
	const struct bc_fdt_difference *difference;
	struct bc_fdt_compare *compare = NULL;
	int r;

	r = check_measured(good, findings, reterr);
	if (r == 0)
		r = check_measured(other, findings, reterr);
	if (r == 0)
		r = bc_fdt_compare_new(good->data, good->size, other->data, other->size, rule, &compare, reterr);
	while (r >= 0 && compare && (r = bc_fdt_compare_next(compare, &difference, reterr)) > 0) {
		if (is_bootargs(difference))
			r = add_words(difference, other->name, pcr, findings, reterr);
		else
			r = add_difference(difference, other->name, pcr, findings, reterr);
	}
	if (r < 0)
		bc_error_source(reterr, other->name);
	bc_fdt_compare_free(compare);
	return r;
}
