// SPDX-License-Identifier: BSD-2-Clause
/* What evidence is: its files, the facts about the machine, and evidence.json that lists them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"

static const char *const names[BC_EVIDENCE_NAMED] = {
	"quote.msg", "quote.sig", "ak.pub", "pcrs.txt", "firmware.log", "ima.log", "fdt.dtb", "cmdline.txt", "ima-policy.txt", "build.json",
};

const char *const bc_evidence_keys[BC_EVIDENCE_KEYS] = { "tool", "time", "hostname", "kernel", "machine" };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int bc_evidence_index(const char *name)
{
	int i;

	for (i = 0; i < BC_EVIDENCE_NAMED; i++)
		if (!strcmp(names[i], name))
			return i;
	if (strlen(name) == 11 && !strncmp(name, "ima.", 4) && is_digit(name[4]) && is_digit(name[5]) && is_digit(name[6]) &&
	    !strcmp(name + 7, ".log"))
		return BC_EVIDENCE_NAMED + 100 * (name[4] - '0') + 10 * (name[5] - '0') + name[6] - '0';
	return -1;
}

int bc_evidence_refuse_name(const char *name, struct bc_error *reterr)
{
	return bc_error_found(reterr, BC_E_INPUT, "files", "files of the evidence format only", "\"%.64s\"", name);
}

static int count_pieces(const struct bc_evidence *evidence)
{
	int i, count = 0;

	for (i = BC_EVIDENCE_NAMED; i < BC_EVIDENCE_FILES; i++)
		count += evidence->entry[i].file.name != NULL;
	return count;
}

int bc_evidence_check_pieces(const struct bc_evidence *evidence, struct bc_error *reterr)
{
	const int count = count_pieces(evidence);
	int i;

	if (count && bc_evidence_find(evidence, "ima.log"))
		return bc_error_found(reterr, BC_E_INPUT, "files", "ima.log, or the pieces of a list", "both");
	for (i = 0; i < count; i++)
		if (!evidence->entry[BC_EVIDENCE_NAMED + i].file.name)
			return bc_error_found(reterr, BC_E_INPUT, "files", "pieces of the list from ima.000.log on", "no ima.%03d.log, but later ones", i);
	return 0;
}

static int key_index(const char *key)
{
	int i;

	for (i = 0; i < BC_EVIDENCE_KEYS; i++)
		if (!strcmp(bc_evidence_keys[i], key))
			return i;
	return -1;
}

int bc_evidence_new(struct bc_evidence **ret_evidence, struct bc_error *reterr)
{
	struct bc_evidence *evidence = calloc(1, sizeof(*evidence));

	if (!evidence)
		return bc_error_nomem(reterr);
	*ret_evidence = evidence;
	return 0;
}

void bc_evidence_free(struct bc_evidence *evidence)
{
	int i;

	if (!evidence)
		return;
	for (i = 0; i < BC_EVIDENCE_FILES; i++)
		free(evidence->entry[i].data);
	free(evidence);
}

int bc_evidence_describe(struct bc_evidence *evidence, const char *key, const char *value, struct bc_error *reterr)
{
	int i = key_index(key);

	if (i < 0)
		return bc_error_bug(reterr, "evidence.json has no such key");
	bc_copy_text(evidence->description[i], sizeof(evidence->description[i]), value);
	return 0;
}

const char *bc_evidence_description(const struct bc_evidence *evidence, const char *key)
{
	int i = key_index(key);

	return i < 0 ? "" : evidence->description[i];
}

/* The entry of a name that was neither added nor noted as missing. */
static int free_entry(struct bc_evidence *evidence, const char *name, struct bc_evidence_entry **ret_entry, struct bc_error *reterr)
{
	int i = bc_evidence_index(name);

	if (i < 0)
		return bc_evidence_refuse_name(name, reterr);
	if (evidence->entry[i].file.name || evidence->entry[i].is_missing)
		return bc_error_found(reterr, BC_E_INPUT, "files", "each file once", "%s twice", name);
	*ret_entry = &evidence->entry[i];
	bc_copy_text(evidence->entry[i].name, sizeof(evidence->entry[i].name), name);
	return 0;
}

int bc_evidence_add(struct bc_evidence *evidence, const char *name, const char *source, const void *data, size_t size,
		    struct bc_error *reterr)
{
	struct bc_evidence_entry *entry = NULL;
	int r = free_entry(evidence, name, &entry, reterr);

	if (r < 0)
		return r;
	if (size > BC_EVIDENCE_MAX - evidence->total)
		return bc_error_found(reterr, BC_E_INPUT, "size", "at most 64 MiB in all", "more, with %s", name);
	entry->data = malloc(size ? size : 1);
	if (!entry->data)
		return bc_error_nomem(reterr);
	if (size)
		memcpy(entry->data, data, size);
	bc_copy_text(entry->source, sizeof(entry->source), source);
	evidence->total += size;
	entry->file = (struct bc_evidence_file){
		.name = entry->name, .source = entry->source, .data = entry->data, .size = size,
	};
	return 0;
}

int bc_evidence_missing(struct bc_evidence *evidence, const char *name, const char *why, struct bc_error *reterr)
{
	struct bc_evidence_entry *entry = NULL;
	int r = free_entry(evidence, name, &entry, reterr);

	if (r < 0)
		return r;
	entry->is_missing = true;
	bc_copy_text(entry->why, sizeof(entry->why), why);
	return 0;
}

const struct bc_evidence_file *bc_evidence_find(const struct bc_evidence *evidence, const char *name)
{
	int i = bc_evidence_index(name);

	return i < 0 || !evidence->entry[i].file.name ? NULL : &evidence->entry[i].file;
}

const char *bc_evidence_why_missing(const struct bc_evidence *evidence, const char *name)
{
	int i = bc_evidence_index(name);

	return i < 0 || !evidence->entry[i].is_missing ? NULL : evidence->entry[i].why;
}

static int append_file(char *text, size_t size, size_t *used, const struct bc_evidence_file *file, bool first, struct bc_error *reterr)
{
	uint8_t digest[BC_DIGEST_MAX];
	char hex[2 * BC_DIGEST_MAX + 1];
	int r = bc_digest(BC_ALG_SHA256, file->data, file->size, digest, reterr);

	if (r < 0)
		return r;
	bc_hex(digest, 32, hex);
	*used = bc_append(text, size, *used, "%s\n  \"%s\":{\"size\":%zu,\"sha256\":\"%s\",\"source\":", first ? "" : ",", file->name,
			  file->size, hex);
	*used = bc_append_json_text(text, size, *used, file->source);
	*used = bc_append(text, size, *used, "}");
	return 0;
}

static int append_files(const struct bc_evidence *evidence, char *text, size_t size, size_t *used, struct bc_error *reterr)
{
	bool first = true;
	int r = 0, i;

	*used = bc_append(text, size, *used, ",\n \"files\":{");
	for (i = 0; r == 0 && i < BC_EVIDENCE_FILES; i++) {
		if (!evidence->entry[i].file.name)
			continue;
		r = append_file(text, size, used, &evidence->entry[i].file, first, reterr);
		first = false;
	}
	*used = bc_append(text, size, *used, "}");
	return r;
}

static size_t append_missing(const struct bc_evidence *evidence, char *text, size_t size, size_t used)
{
	bool first = true;
	int i;

	used = bc_append(text, size, used, ",\n \"missing\":[");
	for (i = 0; i < BC_EVIDENCE_FILES; i++) {
		if (!evidence->entry[i].is_missing)
			continue;
		used = bc_append(text, size, used, "%s\n  {\"file\":\"%s\",\"why\":", first ? "" : ",", evidence->entry[i].name);
		used = bc_append_json_text(text, size, used, evidence->entry[i].why);
		used = bc_append(text, size, used, "}");
		first = false;
	}
	return bc_append(text, size, used, "]}\n");
}

/* "sha256":[0,1], unless an earlier selection of the quote has this bank. */
static size_t append_selection(const struct bc_quote *quote, size_t row, char *text, size_t size, size_t used)
{
	const uint16_t alg = quote->selection[row].alg;
	const char *comma = "";
	unsigned int pcr;
	char label[16];
	size_t i;

	for (i = 0; i < row; i++)
		if (quote->selection[i].alg == alg)
			return used;
	used = bc_append(text, size, used, "%s\"%s\":[", row ? "," : "", bc_algorithm_label(alg, label));
	for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
		if (!(bc_quote_pcrs(quote, alg) >> pcr & 1))
			continue;
		used = bc_append(text, size, used, "%s%u", comma, pcr);
		comma = ",";
	}
	return bc_append(text, size, used, "]");
}

/* For people; whoever judges reads the quote itself. */
static size_t append_quote(const struct bc_evidence *evidence, char *text, size_t size, size_t used)
{
	const struct bc_evidence_file *file = bc_evidence_find(evidence, "quote.msg");
	struct bc_quote quote;
	size_t i;

	if (!file || bc_quote_parse(file->data, file->size, &quote, NULL) < 0 || !quote.is_quote)
		return used;
	used = bc_append(text, size, used, ",\n \"quote\":{\"banks\":{");
	for (i = 0; i < quote.selection_count; i++)
		used = append_selection(&quote, i, text, size, used);
	return bc_append(text, size, used, "}}");
}

int bc_evidence_json(const struct bc_evidence *evidence, char **ret_text, size_t *ret_size, struct bc_error *reterr)
{
	const struct bc_evidence_file *whole = bc_evidence_find(evidence, "ima.log");
	const struct bc_evidence_file *list = whole ? whole : bc_evidence_find(evidence, "ima.000.log");
	char *text = malloc(BC_EVIDENCE_JSON_MAX);
	size_t used;
	int r, i;

	if (!text)
		return bc_error_nomem(reterr);
	used = bc_append(text, BC_EVIDENCE_JSON_MAX, 0, "{\"schema\":\"" BC_EVIDENCE_SCHEMA "\"");
	for (i = 0; i < BC_EVIDENCE_KEYS; i++) {
		used = bc_append(text, BC_EVIDENCE_JSON_MAX, used, ",\"%s\":", bc_evidence_keys[i]);
		used = bc_append_json_text(text, BC_EVIDENCE_JSON_MAX, used, evidence->description[i]);
	}
	r = append_files(evidence, text, BC_EVIDENCE_JSON_MAX, &used, reterr);
	used = bc_append(text, BC_EVIDENCE_JSON_MAX, used, ",\n \"ima\":{\"list\":");
	used = bc_append_json_text(text, BC_EVIDENCE_JSON_MAX, used, list ? list->source : "");
	used = bc_append(text, BC_EVIDENCE_JSON_MAX, used, ",\"pieces\":%d}", whole ? 1 : count_pieces(evidence));
	used = append_quote(evidence, text, BC_EVIDENCE_JSON_MAX, used);
	used = append_missing(evidence, text, BC_EVIDENCE_JSON_MAX, used);
	if (r == 0 && used >= BC_EVIDENCE_JSON_MAX)
		r = bc_error_bug(reterr, "evidence.json is longer than its limit");
	if (r < 0) {
		free(text);
		return r;
	}
	*ret_text = text;
	*ret_size = used;
	return 0;
}
