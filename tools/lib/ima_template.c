// SPDX-License-Identifier: BSD-2-Clause
/* IMA templates and fields as tables (Linux 6.12, security/integrity/ima/ima_template.c; docs: Documentation/security/IMA-templates.rst). */
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Events in the fixed layout of the template "ima": a 20-byte digest, a length, a name of at most 255 bytes (ima.h). */
#define IMA_DIGEST_SIZE 20
#define IMA_NAME_MAX 255
/* Names of hash algorithms in d-ng: the longest of Linux is "streebog512"; others are hostile. */
#define ALG_NAME_MAX 32

static const struct bc_ima_template templates[] = {
	{ "ima", "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode" },
};

typedef int field_decode(struct bc_ima_entry *entry, const struct bc_ima_field *field, struct bc_error *reterr);
static field_decode decode_digest, decode_digest_ng, decode_digest_ngv2, decode_name, decode_sig;

static const struct ima_field_row { const char *id; field_decode *decode; enum bc_ima_text text; } fields[] = {
	{ "d", decode_digest, BC_TEXT_HEX },
	{ "n", decode_name, BC_TEXT_STRING },
	{ "d-ng", decode_digest_ng, BC_TEXT_DIGEST },
	{ "d-ngv2", decode_digest_ngv2, BC_TEXT_TYPED_DIGEST },
	{ "n-ng", decode_name, BC_TEXT_STRING },
	{ "sig", decode_sig, BC_TEXT_HEX },
	{ "buf", NULL, BC_TEXT_HEX },
	{ "d-modsig", NULL, BC_TEXT_DIGEST },
	{ "modsig", NULL, BC_TEXT_HEX },
	{ "evmsig", decode_sig, BC_TEXT_HEX },
	{ "iuid", NULL, BC_TEXT_U32 },
	{ "igid", NULL, BC_TEXT_U32 },
	{ "imode", NULL, BC_TEXT_U16 },
	{ "xattrnames", NULL, BC_TEXT_STRING },
	{ "xattrlengths", NULL, BC_TEXT_HEX },
	{ "xattrvalues", NULL, BC_TEXT_HEX },
};

/* As strcmp(), but without a call: every entry is asked. */
static bool is_ima(const char *name)
{
	return name[0] == 'i' && name[1] == 'm' && name[2] == 'a' && !name[3];
}

bool bc_ima_template_name_valid(const uint8_t *name, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= '0' && name[i] <= '9') && !memchr("-|_", name[i], 3))
			return false;
	return size > 0 && size <= BC_IMA_TEMPLATE_NAME_MAX;
}

static const struct ima_field_row *find_field(const char *id, size_t size)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(fields); i++)
		if (strlen(fields[i].id) == size && !memcmp(fields[i].id, id, size))
			return &fields[i];
	return NULL;
}

enum bc_ima_text bc_ima_field_text(const char *id, size_t size)
{
	const struct ima_field_row *row = find_field(id, size);

	return row ? row->text : BC_TEXT_HEX;
}

const struct bc_ima_template *bc_ima_template_find(const char *name)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(templates); i++)
		if (!strcmp(templates[i].name, name))
			return &templates[i];
	return NULL;
}

const char *bc_ima_template_format(const char *name)
{
	const struct bc_ima_template *row = bc_ima_template_find(name);
	const char *at = name;
	size_t size;

	if (row)
		return row->format;
	for (;;) {
		size = strcspn(at, "|");
		if (!find_field(at, size))
			return NULL;
		if (!at[size])
			return name;
		at += size + 1;
	}
}

/* ---- fields ---- */

static int decode_digest(struct bc_ima_entry *entry, const struct bc_ima_field *field, struct bc_error *reterr)
{
	(void)reterr;
	entry->file_alg = field->size == 16 ? "md5" : "sha1";
	entry->file_digest = field->data;
	entry->file_digest_size = field->size;
	return 0;
}

/* "[<type>:]<algorithm>:" NUL digest; without the colon, as early kernels wrote it, the field is the digest. */
static int split_digest(struct bc_ima_entry *entry, const struct bc_ima_field *field, bool with_type, struct bc_error *reterr)
{
	const char *text = NULL, *colon;
	struct bc_reader reader;
	size_t size = 0, type = 0;

	bc_reader_init(&reader, field->data, field->size, 0);
	if (!bc_get_string(&reader, &text, &size) || size < 2 || text[size - 1] != ':')
		return bc_error_found(reterr, BC_E_INPUT, NULL, "an algorithm name with a colon in front of the digest", "none");
	if (with_type) {
		colon = memchr(text, ':', size - 1);
		type = colon ? (size_t)(colon - text) : 0;
		if (!type || type > ALG_NAME_MAX)
			return bc_error_found(reterr, BC_E_INPUT, NULL, "a digest type with a colon in front of the algorithm", "none of 1-32 bytes");
		text += type + 1;
		size -= type + 1;
	}
	if (size < 2 || size > ALG_NAME_MAX)
		return bc_error_found(reterr, BC_E_INPUT, NULL, "an algorithm name of 1-31 bytes", "%zu bytes", size - 1);
	/* Both names, NUL-terminated, in the entry's own storage behind the template name. */
	if (with_type) {
		memcpy(entry->names, text - type - 1, type);
		entry->names[type] = '\0';
		entry->file_digest_type = entry->names;
	}
	memcpy(entry->names + ALG_NAME_MAX + 1, text, size - 1);
	entry->names[ALG_NAME_MAX + size] = '\0';
	entry->file_alg = entry->names + ALG_NAME_MAX + 1;
	entry->file_digest = reader.at;
	entry->file_digest_size = reader.left;
	return 0;
}

static int decode_digest_ng(struct bc_ima_entry *entry, const struct bc_ima_field *field, struct bc_error *reterr)
{
	static const char usual[] = "sha256:";

	/* What split_digest() would find, for nearly every entry. */
	if (field->size >= sizeof(usual) && !memcmp(field->data, usual, sizeof(usual))) {
		entry->file_alg = "sha256";
		entry->file_digest = field->data + sizeof(usual);
		entry->file_digest_size = field->size - sizeof(usual);
		return 0;
	}
	return split_digest(entry, field, false, reterr);
}

static int decode_digest_ngv2(struct bc_ima_entry *entry, const struct bc_ima_field *field, struct bc_error *reterr)
{
	return split_digest(entry, field, true, reterr);
}

static int decode_name(struct bc_ima_entry *entry, const struct bc_ima_field *field, struct bc_error *reterr)
{
	(void)reterr;
	entry->name = field->data;
	entry->name_size = field->size;
	if (field->size && !field->data[field->size - 1])
		entry->name_size--;	/* n-ng carries its NUL */
	return 0;
}

static int decode_sig(struct bc_ima_entry *entry, const struct bc_ima_field *field, struct bc_error *reterr)
{
	(void)reterr;
	if (field->size) {
		entry->sig = field->data;
		entry->sig_size = field->size;
	}
	return 0;
}

/* ---- template data ---- */

static int field_cut(struct bc_error *reterr, uint32_t size, size_t left, uint64_t offset)
{
	return bc_error_at(reterr, BC_E_INPUT, offset, NULL, "a length that the template data has bytes for", "length %u, %zu bytes left",
			   size, left);
}

/* Inline, so that the reader of split_known() stays in registers. */
static inline int read_field(const struct bc_ima_entry *entry, struct bc_reader *reader, struct bc_ima_field *ret_field,
			     struct bc_error *reterr)
{
	const uint64_t offset = reader->offset;
	struct bc_reader bytes;
	uint32_t size = 0;

	if (!(entry->big_endian ? bc_get_be32(reader, &size) : bc_get_le32(reader, &size)) || !bc_get_sub(reader, size, &bytes))
		return field_cut(reterr, size, reader->left, offset);
	ret_field->data = bytes.at;
	ret_field->size = bytes.left;
	return 0;
}

static int field_failed(struct bc_error *reterr, const char *id, const struct bc_ima_entry *entry)
{
	bc_error_field(reterr, id);
	bc_error_offset(reterr, entry->data_offset);
	return BC_E_INPUT;
}

/* The fields of the plan, each with its length in front. */
static int split_known(const struct bc_ima_plan *plan, struct bc_ima_entry *entry, struct bc_error *reterr)
{
	const struct ima_field_row *row;
	struct bc_ima_field *field = entry->field;
	struct bc_reader reader;
	size_t i;

	bc_reader_init(&reader, entry->data, entry->data_size, entry->data_offset);
	for (i = 0; i < plan->count; i++, field++) {
		row = plan->row[i];
		field->id = row->id;
		if (read_field(entry, &reader, field, reterr) < 0 || (row->decode && row->decode(entry, field, reterr) < 0))
			return field_failed(reterr, row->id, entry);
	}
	entry->field_count = plan->count;
	if (plan->too_many)
		return bc_error_at(reterr, BC_E_INPUT, entry->data_offset, "template name", "a template of at most 16 fields", "more");
	if (bc_at_end(&reader))
		return 0;
	return bc_error_at(reterr, BC_E_INPUT, reader.offset, "template data", "its end behind the last field", "%zu more bytes", reader.left);
}

/* "ima": the digest has no length in front; the name has. */
static int split_ima(struct bc_ima_entry *entry, struct bc_error *reterr)
{
	struct bc_reader reader, digest;

	bc_reader_init(&reader, entry->data, entry->data_size, entry->data_offset);
	if (!bc_get_sub(&reader, IMA_DIGEST_SIZE, &digest)) {
		bc_error_found(reterr, BC_E_INPUT, NULL, "20 bytes", "%zu bytes", reader.left);
		return field_failed(reterr, "d", entry);
	}
	entry->field[0] = (struct bc_ima_field){ .id = "d", .data = digest.at, .size = digest.left };
	entry->field[1].id = "n";
	entry->field_count = 2;
	if (read_field(entry, &reader, &entry->field[1], reterr) < 0)
		return field_failed(reterr, "n", entry);
	if (entry->field[1].size > IMA_NAME_MAX || !bc_at_end(&reader)) {
		bc_error_found(reterr, BC_E_INPUT, NULL, "a name of at most 255 bytes, and nothing behind it", "%zu bytes and %zu more", entry->field[1].size,
			       reader.left);
		return field_failed(reterr, "n", entry);
	}
	decode_digest(entry, &entry->field[0], NULL);
	decode_name(entry, &entry->field[1], NULL);
	return 0;
}

/* A template that is not in the table: whatever its lengths say, or nothing when they do not add up. */
static void split_unknown(struct bc_ima_entry *entry)
{
	struct bc_ima_field field = { .id = "" };
	struct bc_reader reader;

	bc_reader_init(&reader, entry->data, entry->data_size, 0);
	while (!bc_at_end(&reader)) {
		if (entry->field_count == BC_IMA_FIELDS_MAX || read_field(entry, &reader, &field, NULL) < 0) {
			entry->field_count = 0;
			return;
		}
		entry->field[entry->field_count++] = field;
	}
}

void bc_ima_plan_for(struct bc_ima_plan *plan, const char *name)
{
	const char *format;
	size_t size;

	if (!strcmp(plan->name, name))
		return;
	format = bc_ima_template_format(name);
	memset(plan, 0, sizeof(*plan));
	bc_copy_text(plan->name, sizeof(plan->name), name);
	plan->name_size = strlen(plan->name);
	plan->known = format != NULL;
	plan->is_ima = is_ima(name);
	for (; format && !plan->too_many; format += size + 1) {
		size = strcspn(format, "|");
		if (plan->count < BC_IMA_FIELDS_MAX)
			plan->row[plan->count++] = find_field(format, size);
		else
			plan->too_many = true;
		if (!format[size])
			break;
	}
}

int bc_ima_template_split(const struct bc_ima_plan *plan, struct bc_ima_entry *entry, struct bc_error *reterr)
{
	/* What a template need not have, one by one: the arrays between are large. */
	entry->field_count = 0;
	entry->name = entry->file_digest = entry->sig = NULL;
	entry->name_size = entry->file_digest_size = entry->sig_size = 0;
	entry->file_alg = "";
	entry->file_digest_type = "";
	entry->template_known = plan->known;
	if (!plan->known) {
		if (entry->data_known)
			split_unknown(entry);
		return 0;
	}
	return plan->is_ima ? split_ima(entry, reterr) : split_known(plan, entry, reterr);
}

/* ---- template digest ---- */

/* "ima": digest, then the name padded with zeros to 256 bytes (ima_calc_field_array_hash_tfm); split_ima() has checked both sizes. */
static __attribute__((noinline)) int hash_ima(const struct bc_ima_entry *entry, struct bc_hash *hash, uint8_t *ret_digest,
					      struct bc_error *reterr)
{
	uint8_t text[IMA_DIGEST_SIZE + IMA_NAME_MAX + 1] = { 0 };

	memcpy(text, entry->field[0].data, IMA_DIGEST_SIZE);
	memcpy(text + IMA_DIGEST_SIZE, entry->field[1].data, entry->field[1].size);
	return bc_hash_whole(hash, text, sizeof(text), ret_digest, reterr);
}

int bc_ima_template_digest(const struct bc_ima_entry *entry, struct bc_hash *hash, uint8_t *ret_digest, struct bc_error *reterr)
{
	int r;

	if (!entry->data_known && !entry->violation)
		return bc_error_found(reterr, BC_E_UNSUPPORTED, "template", "one whose data can be put together from text", "%s", entry->template_name);
	if (is_ima(entry->template_name))
		r = hash_ima(entry, hash, ret_digest, reterr);
	else
		r = bc_hash_whole(hash, entry->data, entry->data_size, ret_digest, reterr);
	if (r == 0 && entry->violation)
		memset(ret_digest, 0xff, bc_hash_size(hash));
	return r;
}

bool bc_ima_is_boot_aggregate(const struct bc_ima_entry *entry)
{
	static const char *const names[] = { "boot_aggregate", "boot_aggregate_late" };
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(names); i++)
		if (entry->name && entry->name_size == strlen(names[i]) && !memcmp(entry->name, names[i], entry->name_size))
			return true;
	return false;
}
