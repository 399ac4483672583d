// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lines of an ascii IMA list (Linux, ima_fs.c: ima_ascii_measurements_show): "10 <template digest> ima-ng sha256:<digest> /init". The template
 * data is put together again, so that every bank can be replayed; whether that was right, the template digest tells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Of one field beyond its text: a length, a NUL. */
#define FIELD_EXTRA 8

/* ---- words ---- */

struct words { const char *at, *end; };

/* The next word; the blank behind it, if there is one, is taken too. */
static struct words take_word(struct words *line)
{
	const char *blank = memchr(line->at, ' ', (size_t)(line->end - line->at));
	const struct words word = { line->at, blank ? blank : line->end };

	line->at = blank ? blank + 1 : line->end;
	return word;
}

/* The last word, which may be empty, and the blank before it; false when there is none. */
static bool take_last_word(struct words *line, struct words *ret_word)
{
	const char *blank = memrchr(line->at, ' ', (size_t)(line->end - line->at));

	if (!blank)
		return false;
	*ret_word = (struct words){ blank + 1, line->end };
	line->end = blank;
	return true;
}

static size_t length(struct words words)
{
	return (size_t)(words.end - words.at);
}

static bool get_number(struct words word, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;

	if (!length(word) || length(word) > 10)
		return false;
	for (; word.at < word.end; word.at++) {
		if (*word.at < '0' || *word.at > '9')
			return false;
		value = value * 10 + (uint64_t)(*word.at - '0');
	}
	if (value > max)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

/* ---- a line ---- */

/* PCR, template digest and template name, and the blank behind each. */
static bool read_head(struct words *line, uint32_t *ret_pcr, struct words *ret_digest, struct words *ret_name)
{
	while (line->at < line->end && *line->at == ' ')	/* "%2d" */
		line->at++;
	if (!get_number(take_word(line), BC_PCR_COUNT - 1, ret_pcr))
		return false;
	*ret_digest = take_word(line);
	*ret_name = take_word(line);
	return length(*ret_digest) && line->at[-1] == ' ' && bc_ima_template_name_valid((const uint8_t *)ret_name->at, length(*ret_name));
}

bool bc_ima_ascii_begins(const uint8_t *data, size_t size, struct bc_ima_form *ret_form)
{
	static const size_t sizes[] = { 20, 32, 48, 64 };
	struct words line = { (const char *)data, (const char *)data + size }, digest, name;
	uint8_t bytes[BC_DIGEST_MAX];
	uint32_t pcr;
	size_t i;

	if (!read_head(&line, &pcr, &digest, &name))
		return false;
	for (i = 0; i < BC_ARRAY_SIZE(sizes); i++) {
		if (bc_unhex(digest.at, length(digest), bytes, sizes[i], NULL) < 0)
			continue;
		*ret_form = (struct bc_ima_form){ .ascii = true, .digest_size = sizes[i] };
		return true;
	}
	return false;
}

/* ---- template data ---- */

struct builder { uint8_t *at; };

static void put(struct builder *data, const void *bytes, size_t size)
{
	memcpy(data->at, bytes, size);
	data->at += size;
}

static void put_le(struct builder *data, uint32_t value, size_t size)
{
	for (; size; size--, value >>= 8)
		*data->at++ = (uint8_t)value;
}

static bool put_hex(struct builder *data, struct words word)
{
	const size_t size = length(word) / 2;

	if (bc_unhex(word.at, length(word), data->at, size, NULL) < 0)
		return false;
	data->at += size;
	return true;
}

/* "sha256:<hex>", or "ima:sha256:<hex>": the names with their colons, a NUL, the digest. No digest at all is a field of no bytes. */
static bool put_digest(struct builder *data, struct words word, unsigned int names)
{
	const char *colon = word.at;

	if (!length(word))
		return true;
	for (; names; names--) {
		colon = memchr(colon, ':', (size_t)(word.end - colon));
		if (!colon)
			return false;
		colon++;
	}
	put(data, word.at, (size_t)(colon - word.at));
	put(data, "", 1);
	return put_hex(data, (struct words){ colon, word.end });
}

static bool put_text(struct builder *data, struct words word, enum bc_ima_text text)
{
	uint32_t number;

	switch (text) {
	case BC_TEXT_DIGEST:
		return put_digest(data, word, 1);
	case BC_TEXT_TYPED_DIGEST:
		return put_digest(data, word, 2);
	case BC_TEXT_STRING:
		put(data, word.at, length(word));
		put(data, "", 1);
		return true;
	case BC_TEXT_U32:
	case BC_TEXT_U16:
		if (!get_number(word, text == BC_TEXT_U32 ? UINT32_MAX : UINT16_MAX, &number))
			return false;
		put_le(data, number, text == BC_TEXT_U32 ? 4 : 2);
		return true;
	case BC_TEXT_HEX:
		return put_hex(data, word);
	}
	return false;
}

/* A field with its length in front. */
static bool put_field(struct builder *data, struct words word, enum bc_ima_text text)
{
	struct builder size = *data;

	data->at += 4;
	if (!put_text(data, word, text))
		return false;
	put_le(&size, (uint32_t)(data->at - size.at - 4), 4);
	return true;
}

/* Words of a line by the template's format; the name of a file is what the others leave, as it may hold blanks. cut: so many of the last are not there. */
static int split_words(struct words line, const char *format, size_t cut, struct words *ret_words, enum bc_ima_text *ret_texts,
		       size_t *ret_count, struct bc_error *reterr)
{
	size_t i, count = 0, size, name = BC_IMA_FIELDS_MAX;

	for (;; format += size + 1) {
		size = strcspn(format, "|");
		if (count == BC_IMA_FIELDS_MAX)
			return bc_error_found(reterr, BC_E_INPUT, NULL, "a template of at most 16 fields", "more");
		ret_texts[count] = bc_ima_field_text(format, size);
		if (name == BC_IMA_FIELDS_MAX && format[0] == 'n')
			name = count;
		count++;
		if (!format[size])
			break;
	}
	for (i = count; i-- > 0 && i > name && name != BC_IMA_FIELDS_MAX;)
		if (i >= count - cut)
			ret_words[i] = (struct words){ line.end, line.end };
		else if (!take_last_word(&line, &ret_words[i]))
			return bc_error_found(reterr, BC_E_INPUT, NULL, "a word for each field of the template", "fewer words");
	for (i = 0; i < count && i < name; i++)
		ret_words[i] = take_word(&line);
	if (name != BC_IMA_FIELDS_MAX)
		ret_words[name] = line;
	else if (length(line))
		return bc_error_found(reterr, BC_E_INPUT, NULL, "the end of the line behind the last field", "%zu more characters", length(line));
	*ret_count = count;
	return 0;
}

static int bad_word(struct bc_error *reterr, struct words word, enum bc_ima_text text, size_t number)
{
	static const char *const forms[] = {
		[BC_TEXT_HEX] = "hex digits", [BC_TEXT_DIGEST] = "ALGORITHM:DIGEST", [BC_TEXT_TYPED_DIGEST] = "TYPE:ALGORITHM:DIGEST",
		[BC_TEXT_STRING] = "a text", [BC_TEXT_U32] = "a number of 32 bits", [BC_TEXT_U16] = "a number of 16 bits",
	};
	char shown[64];

	bc_escape(word.at, length(word), shown, sizeof(shown));
	return bc_error_found(reterr, BC_E_INPUT, NULL, forms[text], "\"%s\" as word %zu behind the template name", shown, number);
}

static int build_data(struct builder *data, const char *format, bool old, size_t cut, struct words line, struct bc_error *reterr)
{
	enum bc_ima_text texts[BC_IMA_FIELDS_MAX];
	struct words words[BC_IMA_FIELDS_MAX];
	size_t i, count = 0;
	int r;

	r = split_words(line, format, cut, words, texts, &count, reterr);
	if (r < 0)
		return r;
	if (old) {	/* the template "ima": a bare digest, a name without its NUL */
		if (length(words[0]) != 2 * 20 || !put_hex(data, words[0]))
			return bc_error_found(reterr, BC_E_INPUT, NULL, "a digest of 40 hex digits", "another word of %zu characters", length(words[0]));
		put_le(data, (uint32_t)length(words[1]), 4);
		put(data, words[1].at, length(words[1]));
		return 0;
	}
	for (i = 0; i < count; i++)
		if (!put_field(data, words[i], texts[i]))
			return bad_word(reterr, words[i], texts[i], i + 1);
	return 0;
}

/* Fields of signatures at the end of the format: without one, each is a blank at the end of the line. */
static size_t count_blanks(const char *format)
{
	static const char *const signatures[] = { "|modsig", "|d-modsig", "|sig" };
	size_t size = strlen(format), length, i, count = 0;

	for (i = 0; i < BC_ARRAY_SIZE(signatures); i++) {
		length = strlen(signatures[i]);
		if (size < length || memcmp(format + size - length, signatures[i], length))
			continue;
		size -= length;
		count++;
	}
	return count;
}

/* Is the template digest that of these bytes, in an algorithm of its size, or that of a violation? */
static bool is_of_data(const struct bc_ima_line *storage, size_t digest_size, size_t size)
{
	const struct bc_algorithm *row;
	uint8_t digest[BC_DIGEST_MAX];
	bool same = bc_all_bytes(storage->digest, digest_size, 0);
	size_t i;

	for (i = 0; !same && (row = bc_algorithm_at(i)); i++)
		same = row->size == digest_size && bc_hash_available(row->id) &&
		       bc_digest(row->id, storage->data, size, digest, NULL) == 0 && !memcmp(digest, storage->digest, digest_size);
	return same;
}

/*
 * Template data of a line in storage. Editors cut blanks at the end of a line, and with them empty signatures; then the end of the name stands
 * where a signature should. The template digest tells that from a signature that is broken.
 */
static int read_data(struct bc_ima_line *storage, size_t digest_size, const char *format, bool old, struct words line, size_t *ret_size,
		     struct bc_error *reterr)
{
	struct builder data = { storage->data };
	int r = build_data(&data, format, old, 0, line, reterr);
	const size_t blanks = r < 0 ? count_blanks(format) : 0;
	size_t cut;

	for (cut = 1; r < 0 && cut <= blanks; cut++) {
		data.at = storage->data;
		if (build_data(&data, format, old, cut, line, NULL) == 0 && is_of_data(storage, digest_size, (size_t)(data.at - storage->data)))
			r = 0;
	}
	if (r == 0)
		*ret_size = (size_t)(data.at - storage->data);
	return r;
}

/* Room for everything that a line of this size can give. */
static int make_room(struct bc_ima_line *storage, size_t size, struct bc_error *reterr)
{
	const size_t wanted = size + BC_IMA_FIELDS_MAX * FIELD_EXTRA;
	uint8_t *data;

	if (wanted <= storage->capacity)
		return 0;
	data = realloc(storage->data, 2 * wanted);
	if (!data)
		return bc_error_nomem(reterr);
	storage->data = data;
	storage->capacity = 2 * wanted;
	return 0;
}

int bc_ima_ascii_read(struct bc_ima_line *storage, const char *line, size_t size, size_t digest_size, struct bc_ima_entry *entry,
		      struct bc_error *reterr)
{
	struct words rest = { line, line + size }, digest, name;
	const char *format;
	char wanted[32];
	int r;

	if (memchr(line, '\0', size) || !read_head(&rest, &entry->pcr, &digest, &name))
		return bc_error_found(reterr, BC_E_INPUT, "line", "PCR, template digest, template name, fields", "no such line of %zu characters", size);
	if (bc_unhex(digest.at, length(digest), storage->digest, digest_size, NULL) < 0) {
		snprintf(wanted, sizeof(wanted), "%zu hex digits", 2 * digest_size);
		return bc_error_found(reterr, BC_E_INPUT, "template digest", wanted, "another word of %zu characters", length(digest));
	}
	memcpy(entry->storage, name.at, length(name));
	entry->storage[length(name)] = '\0';
	entry->template_name = entry->storage;
	entry->digest = storage->digest;
	entry->digest_size = digest_size;
	entry->data_offset = entry->offset;
	entry->data_known = false;
	format = bc_ima_template_format(entry->template_name);
	if (!format) {		/* its words as they are, for those who look */
		entry->data = (const uint8_t *)rest.at;
		entry->data_size = length(rest);
		return 0;
	}
	r = make_room(storage, size, reterr);
	if (r < 0)
		return r;
	entry->data = storage->data;
	r = read_data(storage, digest_size, format, !strcmp(entry->template_name, "ima"), rest, &entry->data_size, reterr);
	if (r < 0) {
		bc_error_field(reterr, "template data");
		return r;
	}
	entry->data_known = true;
	return 0;
}
