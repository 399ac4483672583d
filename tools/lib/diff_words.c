// SPDX-License-Identifier: BSD-2-Clause
/* Two texts word by word: of a command line, people want to know which word somebody changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

/* Linux takes 2 KiB of command line on arm64 and 4 KiB elsewhere; words behind this are compared as one. */
#define WORDS_MAX 4096
/* Of a word that is named in a message. */
#define WORD_SHOWN 100

struct words {
	size_t count;
	struct { const uint8_t *at; size_t size; } word[WORDS_MAX];
};

struct pair {
	const struct bc_words_input *input;
	struct words good, other;
};

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* As the kernel's next_arg(): blanks inside double quotes do not end a word. */
static void split(struct words *words, const uint8_t *text, size_t size)
{
	size_t at = 0;

	words->count = 0;
	while (words->count < WORDS_MAX) {
		bool quoted = false;
		size_t start;

		while (at < size && is_blank(text[at]))
			at++;
		if (at == size)
			return;
		for (start = at; at < size && (quoted || !is_blank(text[at])); at++)
			if (text[at] == '"')
				quoted = !quoted;
		if (words->count == WORDS_MAX - 1)
			at = size;
		words->word[words->count].at = text + start;
		words->word[words->count++].size = at - start;
	}
}

static bool same_word(const void *context, size_t good, size_t other)
{
	const struct pair *pair = context;
	const size_t size = pair->good.word[good].size;

	return size == pair->other.word[other].size && !memcmp(pair->good.word[good].at, pair->other.word[other].at, size);
}

static void copy_word(const struct words *words, size_t index, char *ret_text, size_t size)
{
	const size_t length = words->word[index].size;
	const bool cut = length >= size - 3;

	snprintf(ret_text, size, "%.*s%s", (int)(cut ? size - 4 : length), (const char *)words->word[index].at, cut ? "..." : "");
}

int bc_words_finding(const struct bc_words_input *input, struct bc_finding *finding, const char *was, const char *is,
		     struct bc_findings *findings, struct bc_error *reterr)
{
	bc_copy_text(finding->source, sizeof(finding->source), input->source);
	bc_copy_text(finding->expected, sizeof(finding->expected), was);
	bc_copy_text(finding->found, sizeof(finding->found), is);
	finding->number = input->number;
	finding->offset = input->offset;
	finding->pcr = input->pcr;
	return bc_findings_add(findings, finding, reterr);
}

/* index is BC_NO_TWIN on the side that lacks the word. */
static int add_word(const struct pair *pair, size_t good, size_t other, struct bc_findings *findings, struct bc_error *reterr)
{
	const struct bc_words_input *input = pair->input;
	char was[WORD_SHOWN] = "", is[WORD_SHOWN] = "";
	struct bc_finding finding;

	if (good != BC_NO_TWIN)
		copy_word(&pair->good, good, was, sizeof(was));
	if (other != BC_NO_TWIN)
		copy_word(&pair->other, other, is, sizeof(is));
	if (other == BC_NO_TWIN)
		bc_finding_init(&finding, input->code, "%s, word %zu is missing: %s", input->what, good + 1, was);
	else if (good == BC_NO_TWIN)
		bc_finding_init(&finding, input->code, "%s, word %zu was added: %s", input->what, other + 1, is);
	else
		bc_finding_init(&finding, input->code, "%s, word %zu: %s -> %s", input->what, other + 1, was, is);
	return bc_words_finding(input, &finding, was, is, findings, reterr);
}

static int add_gap(const struct pair *pair, struct bc_gap gap, struct bc_findings *findings, size_t *count, struct bc_error *reterr)
{
	int r = 0;

	while (r == 0 && (gap.good < gap.good_end || gap.other < gap.other_end)) {
		const size_t good = gap.good < gap.good_end ? gap.good++ : BC_NO_TWIN;
		const size_t other = gap.other < gap.other_end ? gap.other++ : BC_NO_TWIN;

		r = add_word(pair, good, other, findings, reterr);
		++*count;
	}
	return r;
}

static int add_blanks(const struct bc_words_input *input, struct bc_findings *findings, struct bc_error *reterr)
{
	struct bc_finding finding;

	bc_finding_init(&finding, input->code, "%s differs in the blanks between its words only", input->what);
	bc_copy_text(finding.source, sizeof(finding.source), input->source);
	finding.number = input->number;
	finding.offset = input->offset;
	finding.pcr = input->pcr;
	return bc_findings_add(findings, &finding, reterr);
}

int bc_diff_words(const struct bc_words_input *input, struct bc_findings *findings, struct bc_error *reterr)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct bc_gap gap = { 0 };
	size_t *twin = NULL;
	size_t count = 0;
	int r;

	if (!pair)
		return bc_error_nomem(reterr);
	pair->input = input;
	split(&pair->good, input->good, input->good_size);
	split(&pair->other, input->other, input->other_size);
	twin = calloc(pair->good.count + 1, sizeof(*twin));
	r = twin ? bc_align(pair->good.count, pair->other.count, same_word, pair, twin, reterr) : bc_error_nomem(reterr);
	while (r == 0 && bc_gap_next(&gap, twin, pair->good.count, pair->other.count))
		r = add_gap(pair, gap, findings, &count, reterr);
	if (r == 0 && !count && (input->good_size != input->other_size || memcmp(input->good, input->other, input->good_size)))
		r = add_blanks(input, findings, reterr);
	free(twin);
	free(pair);
	return r;
}
