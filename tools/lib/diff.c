// SPDX-License-Identifier: BSD-2-Clause
/* Two firmware logs, PCR by PCR: which component differs, came or went. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

/* U-Boot writes some twenty events, UEFI some hundred. */
#define EVENTS_MAX 16384

struct item {
	struct bc_tcg_event event;	/* digests and data stand in block */
	uint8_t *block;
	char component[64];
};

struct log {
	const char *name;
	struct bc_tcg_header header;
	struct item *item;
	size_t count, capacity;
};

/* The events of one PCR in both logs. */
struct lane {
	const struct bc_log_diff *diff;
	const struct log *good_log, *other_log;
	const struct item **good, **other;
	size_t good_count, other_count;
};

static int copy_event(struct item *item, const struct bc_tcg_event *event, struct bc_error *reterr)
{
	size_t used = event->data_size, size = used, i;

	for (i = 0; i < event->digest_count; i++)
		size += event->digest[i].size;
	item->block = malloc(size ? size : 1);
	if (!item->block)
		return bc_error_nomem(reterr);
	item->event = *event;
	if (event->data_size)
		memcpy(item->block, event->data, event->data_size);
	item->event.data = item->block;
	for (i = 0; i < event->digest_count; i++) {
		memcpy(item->block + used, event->digest[i].bytes, event->digest[i].size);
		item->event.digest[i].bytes = item->block + used;
		used += event->digest[i].size;
	}
	bc_tcg_event_component(event, item->component, sizeof(item->component));
	return 0;
}

static int add_item(struct log *log, const struct bc_tcg_event *event, struct bc_error *reterr)
{
	if (log->count == EVENTS_MAX)
		return bc_error_set(reterr, BC_E_UNSUPPORTED, "more than %d events are not compared", EVENTS_MAX);
	if (log->count == log->capacity) {
		const size_t capacity = log->capacity ? 2 * log->capacity : 64;
		struct item *item = realloc(log->item, capacity * sizeof(*item));

		if (!item)
			return bc_error_nomem(reterr);
		log->item = item;
		log->capacity = capacity;
	}
	memset(&log->item[log->count], 0, sizeof(log->item[0]));
	return copy_event(&log->item[log->count++], event, reterr);
}

static int read_log(struct bc_stream *stream, struct log *log, struct bc_error *reterr)
{
	const struct bc_tcg_event *event;
	struct bc_tcg_log *reader = NULL;
	int r;

	log->name = bc_stream_name(stream);
	r = bc_tcg_log_open(stream, &reader, reterr);
	if (r < 0)
		return r;
	log->header = *bc_tcg_log_header(reader);
	while ((r = bc_tcg_log_next(reader, &event, reterr)) > 0) {
		r = add_item(log, event, reterr);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = bc_tcg_log_whole(reader, reterr);
	bc_tcg_log_free(reader);
	if (r < 0)
		bc_error_source(reterr, log->name);
	return r;
}

static void free_log(struct log *log)
{
	size_t i;

	for (i = 0; i < log->count; i++)
		free(log->item[i].block);
	free(log->item);
}

static bool has_bank(const struct bc_tcg_header *header, uint16_t alg)
{
	size_t i;

	for (i = 0; i < header->bank_count; i++)
		if (header->bank[i].alg == alg)
			return true;
	return false;
}

static bool is_wanted(const uint16_t *banks, size_t count, uint16_t alg)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (banks[i] == alg)
			return true;
	return !count;
}

/* Banks that both logs have, SHA-256 first: its digests are the ones that are named. What their numbers count must be the same. */
static int choose_banks(const struct log *good, const struct log *other, const uint16_t *banks, size_t count, struct bc_log_diff *diff,
			struct bc_error *reterr)
{
	size_t i;

	if (good->header.registers != other->header.registers) {
		bc_error_set(reterr, BC_E_UNSUPPORTED, "it is of measurement registers (CCEL), the other log of PCRs: give two of one kind");
		bc_error_source(reterr, good->header.registers ? good->name : other->name);
		return BC_E_UNSUPPORTED;
	}
	diff->registers = good->header.registers;
	for (i = 0; i < good->header.bank_count; i++) {
		const uint16_t alg = good->header.bank[i].alg;

		if (!has_bank(&other->header, alg) || !is_wanted(banks, count, alg))
			continue;
		diff->bank[diff->bank_count] = alg;
		if (alg == BC_ALG_SHA256) {
			diff->bank[diff->bank_count] = diff->bank[0];
			diff->bank[0] = alg;
		}
		diff->bank_count++;
	}
	if (!diff->bank_count)
		return bc_error_set(reterr, BC_E_UNSUPPORTED, "the logs have no bank in common that was asked for");
	return 0;
}

static bool same_data(const struct bc_tcg_event *good, const struct bc_tcg_event *other)
{
	return good->data_size == other->data_size && !memcmp(good->data, other->data, good->data_size);
}

/* The same extend in every bank; a locality is what its data says. */
static bool same_event(const struct bc_log_diff *diff, const struct bc_tcg_event *good, const struct bc_tcg_event *other)
{
	size_t i;

	if ((good->type == BC_EV_NO_ACTION) != (other->type == BC_EV_NO_ACTION))
		return false;
	if (good->type == BC_EV_NO_ACTION)
		return same_data(good, other);
	for (i = 0; i < diff->bank_count; i++) {
		const struct bc_tcg_digest *a = bc_tcg_event_digest(good, diff->bank[i]);
		const struct bc_tcg_digest *b = bc_tcg_event_digest(other, diff->bank[i]);

		if (!a || !b || a->size != b->size || memcmp(a->bytes, b->bytes, a->size))
			return false;
	}
	return true;
}

static bool same_in_lane(const void *context, size_t good, size_t other)
{
	const struct lane *lane = context;

	return same_event(lane->diff, &lane->good[good]->event, &lane->other[other]->event);
}

static void digest_text(const struct bc_log_diff *diff, const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_tcg_digest *digest = bc_tcg_event_digest(event, diff->bank[0]);
	char label[16], hex[2 * BC_DIGEST_MAX + 1] = "";

	if (digest)
		bc_hex(digest->bytes, digest->size, hex);
	snprintf(ret_text, size, "%s:%s", bc_algorithm_label(diff->bank[0], label), hex);
}

/* What a reader can tell apart: the data where it is what was measured and has a text, else the digest. */
static void describe_event(const struct bc_log_diff *diff, const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	if (bc_tcg_event_covers(event) == BC_COVERS_DATA && bc_tcg_event_text(event, ret_text, size) && strlen(ret_text) + 1 < size)
		return;
	digest_text(diff, event, ret_text, size);
}

static void locate(struct bc_finding *finding, const struct log *log, const struct item *item)
{
	bc_copy_text(finding->source, sizeof(finding->source), log->name);
	finding->number = (int64_t)item->event.number;
	finding->offset = (int64_t)item->event.offset;
	finding->pcr = item->event.pcr < BC_PCR_COUNT ? (int)item->event.pcr : -1;
}

/* What was measured, where the event holds it and it is a text of lines. */
static bool read_text(const struct bc_tcg_event *event, struct bc_reader *ret_text)
{
	static const char state[] = "env-state";

	if (!bc_tcg_event_object(event, ret_text))
		return false;
	if (ret_text->left >= sizeof(state) && !memcmp(ret_text->at, state, sizeof(state)))
		bc_reader_init(ret_text, ret_text->at + sizeof(state), ret_text->left - sizeof(state), 0);
	return bc_printable(ret_text->at, ret_text->left) && memchr(ret_text->at, '\n', ret_text->left);
}

/* "boot menu file differs, line 3: a -> b"; false when no line can be named. */
static bool name_line(struct bc_finding *finding, const struct item *good, const struct item *other)
{
	struct bc_reader good_text, other_text;
	struct bc_line_diff line;

	if (!read_text(&good->event, &good_text) || !read_text(&other->event, &other_text) ||
	    !bc_diff_first_line(&good_text, &other_text, &line))
		return false;
	if (line.missing || line.added)
		bc_finding_init(finding, BC_REF_COMPONENT, "%s differs, line %zu %s: %s", other->component, line.number,
				line.missing ? "is missing" : "was added", line.missing ? line.good : line.other);
	else
		bc_finding_init(finding, BC_REF_COMPONENT, "%s differs, line %zu: %s -> %s", other->component, line.number, line.good,
				line.other);
	return true;
}

static int add_changed(const struct lane *lane, const struct item *good, const struct item *other, struct bc_findings *findings,
		       struct bc_error *reterr)
{
	char was[96], is[96];
	struct bc_finding finding;

	bc_tcg_event_text(&good->event, was, sizeof(was));
	bc_tcg_event_text(&other->event, is, sizeof(is));
	/* a text that the values below say again, or that is no more than the component's name, adds nothing */
	if (name_line(&finding, good, other))
		;
	else if (bc_tcg_event_covers(&good->event) == BC_COVERS_DATA || !was[0] || !is[0] ||
	    (!strcmp(was, is) && !strncmp(is, other->component, strlen(other->component))))
		bc_finding_init(&finding, BC_REF_COMPONENT, "%s differs", other->component);
	else if (!strcmp(was, is))
		bc_finding_init(&finding, BC_REF_COMPONENT, "%s differs (%s)", other->component, is);
	else
		bc_finding_init(&finding, BC_REF_COMPONENT, "%s differs (good: %s; new: %s)", other->component, was, is);
	describe_event(lane->diff, &good->event, finding.expected, sizeof(finding.expected));
	describe_event(lane->diff, &other->event, finding.found, sizeof(finding.found));
	if (!strcmp(finding.expected, finding.found)) {	/* cut, or the digest is not that of the text */
		digest_text(lane->diff, &good->event, finding.expected, sizeof(finding.expected));
		digest_text(lane->diff, &other->event, finding.found, sizeof(finding.found));
	}
	locate(&finding, lane->other_log, other);
	return bc_findings_add(findings, &finding, reterr);
}

/* 1: both are command lines, and their words were compared. */
static int add_cmdline(const struct lane *lane, const struct item *good, const struct item *other, struct bc_findings *findings,
		       struct bc_error *reterr)
{
	struct bc_words_input input = {
		.code = BC_REF_CMDLINE_WORD, .what = "command line", .source = lane->other_log->name, .pcr = (int)other->event.pcr,
		.number = (int64_t)other->event.number, .offset = (int64_t)other->event.offset,
	};
	int r;

	if (!bc_tcg_event_tagged(&good->event, BC_TAG_CMDLINE, &input.good, &input.good_size) ||
	    !bc_tcg_event_tagged(&other->event, BC_TAG_CMDLINE, &input.other, &input.other_size) ||
	    same_data(&good->event, &other->event))
		return 0;
	r = bc_diff_words(&input, findings, reterr);
	return r < 0 ? r : 1;
}

/* 1: both are environments, and their variables were compared. */
static int add_variables(const struct lane *lane, const struct item *good, const struct item *other, struct bc_findings *findings,
			 struct bc_error *reterr)
{
	struct bc_reader good_text, other_text;
	struct bc_words_input input = {
		.code = BC_REF_ENV_VARIABLE, .what = other->component, .source = lane->other_log->name, .pcr = (int)other->event.pcr,
		.number = (int64_t)other->event.number, .offset = (int64_t)other->event.offset,
	};
	int r;

	if (!strstr(other->component, "environment") || !read_text(&good->event, &good_text) || !read_text(&other->event, &other_text))
		return 0;
	input.good = good_text.at;
	input.good_size = good_text.left;
	input.other = other_text.at;
	input.other_size = other_text.left;
	r = bc_diff_variables(&input, findings, reterr);
	return r < 0 ? r : 1;
}

static int add_lonely(const struct lane *lane, const struct item *item, bool missing, struct bc_findings *findings, struct bc_error *reterr)
{
	struct bc_finding finding;
	char text[128];

	bc_tcg_event_text(&item->event, text, sizeof(text));
	bc_finding_init(&finding, BC_REF_COMPONENT, "%s %s%s%s%s", item->component, missing ? "is missing" : "was added",
			text[0] ? " (" : "", text, text[0] ? ")" : "");
	describe_event(lane->diff, &item->event, missing ? finding.expected : finding.found, sizeof(finding.found));
	locate(&finding, missing ? lane->good_log : lane->other_log, item);
	return bc_findings_add(findings, &finding, reterr);
}

/* Do both measure the same kind of thing? Actions are told apart by what stands before "=", as in "U-Boot: boot method=". */
static bool are_kin(const struct item *good, const struct item *other)
{
	const struct bc_tcg_event *a = &good->event, *b = &other->event;
	const uint8_t *end;
	size_t size;

	if (a->type != b->type || strcmp(good->component, other->component))
		return false;
	if (a->type != BC_EV_ACTION)
		return true;
	end = a->data_size ? memchr(a->data, '=', a->data_size) : NULL;
	size = end ? (size_t)(end - a->data) + 1 : a->data_size;
	return b->data_size >= size && !memcmp(a->data, b->data, size);
}

/* The first such event in the rest of the gap. */
static size_t find_kin(const struct lane *lane, const struct item *good, size_t other, size_t other_end)
{
	for (; other < other_end; other++)
		if (are_kin(good, lane->other[other]))
			return other;
	return BC_NO_TWIN;
}

static int add_added(const struct lane *lane, struct bc_gap *gap, size_t end, struct bc_findings *findings, struct bc_error *reterr)
{
	int r = 0;

	while (r == 0 && gap->other < end)
		r = add_lonely(lane, lane->other[gap->other++], false, findings, reterr);
	return r;
}

static int compare_gap(const struct lane *lane, struct bc_gap gap, struct bc_findings *findings, struct bc_error *reterr)
{
	int r = 0;

	for (; r == 0 && gap.good < gap.good_end; gap.good++) {
		const struct item *good = lane->good[gap.good];
		const size_t kin = find_kin(lane, good, gap.other, gap.other_end);

		if (kin == BC_NO_TWIN) {
			r = add_lonely(lane, good, true, findings, reterr);
			continue;
		}
		r = add_added(lane, &gap, kin, findings, reterr);
		if (r == 0)
			r = add_cmdline(lane, good, lane->other[kin], findings, reterr);
		if (r == 0)
			r = add_variables(lane, good, lane->other[kin], findings, reterr);
		if (r == 0)
			r = add_changed(lane, good, lane->other[kin], findings, reterr);
		r = r > 0 ? 0 : r;
		gap.other = kin + 1;
	}
	return r < 0 ? r : add_added(lane, &gap, gap.other_end, findings, reterr);
}

/* Twins have equal digests. Type and data are covered by no digest, so they are worth a word. */
static int compare_twins(const struct lane *lane, const struct item *good, const struct item *other, struct bc_findings *findings,
			 struct bc_error *reterr)
{
	struct bc_finding finding;

	if (good->event.type != other->event.type) {
		bc_finding_init(&finding, BC_EVENT_RETYPED, "%s has the digest of the good log, but another type", other->component);
		snprintf(finding.expected, sizeof(finding.expected), "0x%08x", good->event.type);
		snprintf(finding.found, sizeof(finding.found), "0x%08x", other->event.type);
	} else if (!same_data(&good->event, &other->event)) {
		bc_finding_init(&finding, BC_DATA_NOT_COVERED, "%s has the digest of the good log, but other event data", other->component);
		bc_tcg_event_text(&good->event, finding.expected, sizeof(finding.expected));
		bc_tcg_event_text(&other->event, finding.found, sizeof(finding.found));
	} else {
		return 0;
	}
	locate(&finding, lane->other_log, other);
	return bc_findings_add(findings, &finding, reterr);
}

static int compare_lane(const struct lane *lane, bool *ret_differs, struct bc_findings *findings, struct bc_error *reterr)
{
	size_t *twin = calloc(lane->good_count + 1, sizeof(*twin));
	struct bc_gap gap = { 0 };
	int r;

	if (!twin)
		return bc_error_nomem(reterr);
	r = bc_align(lane->good_count, lane->other_count, same_in_lane, lane, twin, reterr);
	while (r == 0 && bc_gap_next(&gap, twin, lane->good_count, lane->other_count)) {
		*ret_differs |= gap.good < gap.good_end || gap.other < gap.other_end;
		r = compare_gap(lane, gap, findings, reterr);
		if (r == 0 && gap.good_end < lane->good_count)
			r = compare_twins(lane, lane->good[gap.good_end], lane->other[gap.other_end], findings, reterr);
	}
	free(twin);
	return r;
}

/* What leads to the value of a PCR: what extends it, and for PCR 0 the locality that it starts from. */
static bool is_in_lane(const struct bc_tcg_event *event, uint32_t pcr)
{
	if (event->type == BC_EV_NO_ACTION)
		return pcr == 0 && bc_tcg_event_locality(event) >= 0;
	return event->pcr == pcr;
}

static size_t select_items(const struct log *log, uint32_t pcr, const struct item **ret_items)
{
	size_t count = 0, i;

	for (i = 0; i < log->count; i++)
		if (is_in_lane(&log->item[i].event, pcr))
			ret_items[count++] = &log->item[i];
	return count;
}

static int compare_logs(struct lane *lane, struct bc_log_diff *diff, struct bc_findings *findings, struct bc_error *reterr)
{
	uint32_t pcr;
	int r = 0;

	for (pcr = 0; r == 0 && pcr < BC_PCR_COUNT; pcr++) {
		bool differs = false;

		lane->good_count = select_items(lane->good_log, pcr, lane->good);
		lane->other_count = select_items(lane->other_log, pcr, lane->other);
		if (lane->good_count || lane->other_count)
			diff->extended |= UINT32_C(1) << pcr;
		r = compare_lane(lane, &differs, findings, reterr);
		if (differs)
			diff->differs |= UINT32_C(1) << pcr;
	}
	return r;
}

/* The last final-tree event, for bc_diff_trees(). */
static void find_tree(const struct log *log, const struct bc_log_diff *diff, struct bc_tree_event *ret_event)
{
	size_t i;

	for (i = 0; i < log->count; i++) {
		const struct bc_tcg_event *event = &log->item[i].event;
		const struct bc_tcg_digest *digest = bc_tcg_event_digest(event, diff->bank[0]);
		const char *rule = bc_tcg_event_fdt_rule(event);

		if (!rule || !digest)
			continue;
		ret_event->found = true;
		ret_event->number = event->number;
		ret_event->pcr = event->pcr;
		ret_event->alg = digest->alg;
		ret_event->size = digest->size;
		memcpy(ret_event->digest, digest->bytes, digest->size);
		bc_copy_text(ret_event->rule, sizeof(ret_event->rule), rule);
	}
}

int bc_diff_logs(struct bc_stream *good, struct bc_stream *other, const uint16_t *banks, size_t bank_count, struct bc_findings *findings,
		 struct bc_log_diff *ret_diff, struct bc_error *reterr)
{
	struct log good_log = { 0 }, other_log = { 0 };
	struct bc_log_diff diff = { 0 };
	struct lane lane = { .diff = &diff, .good_log = &good_log, .other_log = &other_log };
	int r;

	r = read_log(good, &good_log, reterr);
	if (r < 0)
		goto out;
	r = read_log(other, &other_log, reterr);
	if (r < 0)
		goto out;
	r = choose_banks(&good_log, &other_log, banks, bank_count, &diff, reterr);
	if (r < 0)
		goto out;
	lane.good = calloc(good_log.count + 1, sizeof(*lane.good));
	lane.other = calloc(other_log.count + 1, sizeof(*lane.other));
	r = lane.good && lane.other ? compare_logs(&lane, &diff, findings, reterr) : bc_error_nomem(reterr);
	if (r < 0)
		goto out;
	diff.good_events = good_log.count;
	diff.other_events = other_log.count;
	find_tree(&good_log, &diff, &diff.good_tree);
	find_tree(&other_log, &diff, &diff.other_tree);
	*ret_diff = diff;
out:
	free(lane.good);
	free(lane.other);
	free_log(&good_log);
	free_log(&other_log);
	return r;
}
