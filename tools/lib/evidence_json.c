// SPDX-License-Identifier: BSD-2-Clause
/* What evidence.json says, held against the files that are there. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "evidence.h"

/* The member of object is not as it must be. */
static int malformed(json_object *object, const char *field, const char *expected, struct bc_error *reterr)
{
	json_object *value = NULL;

	json_object_object_get_ex(object, field, &value);
	return bc_json_refuse(field, expected, value, reterr);
}

/* A string without NUL bytes, or NULL when the member is absent or something else. */
static const char *get_text(json_object *object, const char *key)
{
	json_object *value = NULL;
	const char *text;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static int differs(const char *name, const char *field, const char *expected, const char *found, struct bc_error *reterr)
{
	int r = bc_error_found(reterr, BC_E_INPUT, field, expected, "%s", found);

	return bc_error_message(reterr, r, "%s is not the file that was collected", name);
}

static int check_file(struct bc_evidence_entry *entry, json_object *claim, struct bc_error *reterr)
{
	const char *sha256 = get_text(claim, "sha256"), *source = get_text(claim, "source");
	const struct bc_evidence_file *file = &entry->file;
	char expected[32], found[2 * BC_DIGEST_MAX + 1];
	uint8_t digest[BC_DIGEST_MAX];
	json_object *size = NULL;
	int r;

	if (!sha256)
		return malformed(claim, "sha256", "64 hex digits", reterr);
	if (!json_object_object_get_ex(claim, "size", &size) || !json_object_is_type(size, json_type_int))
		return malformed(claim, "size", "a number of bytes", reterr);
	if (json_object_get_int64(size) != (int64_t)file->size) {
		snprintf(expected, sizeof(expected), "%lld", (long long)json_object_get_int64(size));
		snprintf(found, sizeof(found), "%zu", file->size);
		return differs(file->name, "size", expected, found, reterr);
	}
	r = bc_digest(BC_ALG_SHA256, file->data, file->size, digest, reterr);
	if (r < 0)
		return r;
	bc_hex(digest, 32, found);
	if (strcmp(sha256, found))
		return differs(file->name, "sha256", sha256, found, reterr);
	entry->claimed = true;
	bc_copy_text(entry->source, sizeof(entry->source), source ? source : "");
	return 0;
}

static int check_files(struct bc_evidence *evidence, json_object *root, struct bc_error *reterr)
{
	json_object *files = NULL;
	int r, i;

	if (!json_object_object_get_ex(root, "files", &files) || !json_object_is_type(files, json_type_object))
		return malformed(root, "files", "an object", reterr);
	json_object_object_foreach(files, name, claim) {
		i = bc_evidence_index(name);
		if (i < 0 || !evidence->entry[i].file.name)
			return bc_error_found(reterr, BC_E_INPUT, "files", "files that are there", "\"%.64s\", which is not", name);
		r = check_file(&evidence->entry[i], claim, reterr);
		if (r < 0)
			return r;
	}
	for (i = 0; i < BC_EVIDENCE_FILES; i++)
		if (evidence->entry[i].file.name && !evidence->entry[i].claimed)
			return bc_error_found(reterr, BC_E_INPUT, "files", "every file that is there", "no %s, which is", evidence->entry[i].name);
	return 0;
}

static int take_missing(struct bc_evidence *evidence, json_object *root, struct bc_error *reterr)
{
	json_object *list = NULL;
	size_t i;
	int r = 0;

	if (!json_object_object_get_ex(root, "missing", &list))
		return 0;
	if (!json_object_is_type(list, json_type_array))
		return malformed(root, "missing", "a list", reterr);
	for (i = 0; r == 0 && i < json_object_array_length(list); i++) {
		json_object *row = json_object_array_get_idx(list, i);
		const char *name = get_text(row, "file"), *why = get_text(row, "why");

		r = name && why ? bc_evidence_missing(evidence, name, why, reterr) : malformed(row, name ? "why" : "file", "a text", reterr);
	}
	return r;
}

static void take_descriptions(struct bc_evidence *evidence, json_object *root)
{
	const char *text;
	int i;

	for (i = 0; i < BC_EVIDENCE_KEYS; i++) {
		text = get_text(root, bc_evidence_keys[i]);
		bc_copy_text(evidence->description[i], sizeof(evidence->description[i]), text ? text : "");
	}
}

int bc_evidence_parse(struct bc_evidence *evidence, const uint8_t *text, size_t size, struct bc_error *reterr)
{
	json_object *root = NULL;
	const char *schema;
	int r;

	r = bc_json_parse_object(text, size, &root, reterr);
	if (r < 0)
		return r;
	schema = get_text(root, "schema");
	if (!schema)
		r = malformed(root, "schema", BC_EVIDENCE_SCHEMA, reterr);
	else if (strcmp(schema, BC_EVIDENCE_SCHEMA))
		r = bc_error_found(reterr, BC_E_UNSUPPORTED, "schema", BC_EVIDENCE_SCHEMA, "%.60s", schema);
	if (r == 0)
		r = check_files(evidence, root, reterr);
	if (r == 0)
		r = bc_evidence_check_pieces(evidence, reterr);
	if (r == 0)
		r = take_missing(evidence, root, reterr);
	if (r == 0)
		take_descriptions(evidence, root);
	json_object_put(root);
	return r;
}
