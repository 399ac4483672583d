// SPDX-License-Identifier: BSD-2-Clause
/* Two texts of several lines: where they differ first, and which variables of an environment differ. */
#include <stdio.h>
#include <string.h>

#include "diff.h"

struct line { const uint8_t *at; size_t size; };

/* The next line of *rest without its newline; in an environment a backslash before a newline keeps it in the value. */
static bool take_line(struct line *rest, bool environment, struct line *ret_line)
{
	size_t i;
	bool escaped = false;

	for (i = 0; i < rest->size && (rest->at[i] != '\n' || escaped); i++)
		escaped = environment && rest->at[i] == '\\' && !escaped;
	*ret_line = (struct line){ rest->at, i };
	if (!rest->size)
		return false;
	i += i < rest->size;
	rest->at += i;
	rest->size -= i;
	return true;
}

static bool same_line(struct line good, struct line other)
{
	return good.size == other.size && !memcmp(good.at, other.at, good.size);
}

/* A line from the word on that holds the first difference. */
static void show_line(struct line line, size_t from, char *ret_text, size_t size)
{
	char text[BC_LINE_SHOWN];
	const size_t left = line.size - from;
	const bool cut = left > BC_LINE_SHOWN - 8;

	snprintf(text, sizeof(text), "%s%.*s%s", from ? "..." : "", (int)(cut ? BC_LINE_SHOWN - 8 : left), (const char *)line.at + from,
		 cut ? "..." : "");
	bc_copy_text(ret_text, size, text);
}

static size_t first_difference(struct line good, struct line other)
{
	size_t at = 0;

	while (at < good.size && at < other.size && good.at[at] == other.at[at])
		at++;
	while (at && good.at[at - 1] != ' ' && good.at[at - 1] != '\t')
		at--;
	return at;
}

bool bc_diff_first_line(const struct bc_reader *good_text, const struct bc_reader *other_text, struct bc_line_diff *ret_diff)
{
	struct line good_rest = { good_text->at, good_text->left }, other_rest = { other_text->at, other_text->left };
	struct line good, other;
	bool more_good, more_other;
	size_t from, number;

	for (number = 1;; number++) {
		more_good = take_line(&good_rest, false, &good);
		more_other = take_line(&other_rest, false, &other);
		if (!more_good && !more_other)
			return false;
		if (more_good == more_other && same_line(good, other))
			continue;
		from = first_difference(good, other);
		*ret_diff = (struct bc_line_diff){ .number = number, .missing = !more_other, .added = !more_good };
		show_line(good, from, ret_diff->good, sizeof(ret_diff->good));
		show_line(other, from, ret_diff->other, sizeof(ret_diff->other));
		return true;
	}
}

/* ---- environment ---- */

static size_t name_size(struct line line)
{
	const uint8_t *end = line.size ? memchr(line.at, '=', line.size) : NULL;

	return end ? (size_t)(end - line.at) : line.size;
}

/* Order of the names of two variables, as the environment is sorted. */
static int compare_names(struct line good, struct line other)
{
	const size_t good_size = name_size(good), other_size = name_size(other), size = good_size < other_size ? good_size : other_size;
	const int order = size ? memcmp(good.at, other.at, size) : 0;

	return order ? order : (good_size > other_size) - (good_size < other_size);
}

/* The variable is in good, in other, or in both. */
static int add_variable(const struct bc_words_input *input, struct line named, const struct line *good, const struct line *other,
			struct bc_findings *findings, struct bc_error *reterr)
{
	char was[BC_LINE_SHOWN] = "", is[BC_LINE_SHOWN] = "";
	const size_t size = name_size(named), shown = size < 64 ? size : 64, skip = size + (size < named.size);
	struct bc_finding finding;

	if (good)
		show_line((struct line){ good->at + skip, good->size - skip }, 0, was, sizeof(was));
	if (other)
		show_line((struct line){ other->at + skip, other->size - skip }, 0, is, sizeof(is));
	if (good && other)
		bc_finding_init(&finding, input->code, "%s, variable %.*s: %s -> %s", input->what, (int)shown, (const char *)named.at, was, is);
	else
		bc_finding_init(&finding, input->code, "%s, variable %.*s %s: %s", input->what, (int)shown, (const char *)named.at,
				good ? "is missing" : "was added", good ? was : is);
	return bc_words_finding(input, &finding, was, is, findings, reterr);
}

int bc_diff_variables(const struct bc_words_input *input, struct bc_findings *findings, struct bc_error *reterr)
{
	struct line good_rest = { input->good, input->good_size }, other_rest = { input->other, input->other_size };
	struct line good = { 0 }, other = { 0 };
	bool more_good = take_line(&good_rest, true, &good), more_other = take_line(&other_rest, true, &other);
	int r = 0, order;

	while (r == 0 && (more_good || more_other)) {
		order = !more_good ? 1 : !more_other ? -1 : compare_names(good, other);
		if (order || !same_line(good, other))
			r = add_variable(input, order <= 0 ? good : other, order <= 0 ? &good : NULL, order >= 0 ? &other : NULL, findings, reterr);
		if (order <= 0)
			more_good = take_line(&good_rest, true, &good);
		if (order >= 0)
			more_other = take_line(&other_rest, true, &other);
	}
	return r;
}
