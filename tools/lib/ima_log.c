// SPDX-License-Identifier: BSD-2-Clause
/*
 * Entries of an IMA list, pulled one by one: binary (Linux, ima_fs.c: ima_measurements_show) in either byte order, or ascii, whose lines
 * ima_ascii.c reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* pcr, digest, name length, name: enough to tell the size of the template digests. */
#define PROBE_SIZE (4 + BC_DIGEST_MAX + 4 + BC_IMA_TEMPLATE_NAME_MAX)
/* The template "ima" has no length of its data: digest, length, name. */
#define IMA_FIXED (20 + 4)
/* Enough for the size of any entry, and for most entries whole. */
#define ENTRY_WINDOW 1024

/* A line of an ascii list: twice the data that a binary entry may have, and what stands around it. */
#define LINE_MAX_SIZE (2 * (size_t)BC_IMA_DATA_MAX + 4096)
#define LINE_CHUNK 4096

struct bc_ima_log {
	struct bc_stream *stream;
	struct bc_ima_entry entry;
	struct bc_ima_form form;
	struct bc_ima_line line;	/* of an ascii list */
	struct bc_ima_plan plan;	/* of the entry before */
	uint16_t alg;
	uint64_t next;
	size_t pending;			/* bytes of the entry that is lent out */
	int failed;			/* status of an earlier failure */
	struct bc_error error;
};

/* Linux writes one list per bank; the size of its digests is not in it. */
static const size_t digest_sizes[] = { 20, 32, 48, 64 };

static inline bool get_u32(struct bc_reader *reader, bool big_endian, uint32_t *ret_value)
{
	return big_endian ? bc_get_be32(reader, ret_value) : bc_get_le32(reader, ret_value);
}

/* Would the first entry make sense in this form? */
static bool form_fits(const uint8_t *data, size_t size, const struct bc_ima_form *form)
{
	struct bc_reader reader, digest, name;
	uint32_t pcr, name_size;

	bc_reader_init(&reader, data, size, 0);
	return get_u32(&reader, form->big_endian, &pcr) && pcr < BC_PCR_COUNT && bc_get_sub(&reader, form->digest_size, &digest) &&
	       get_u32(&reader, form->big_endian, &name_size) && bc_get_sub(&reader, name_size, &name) &&
	       bc_ima_template_name_valid(name.at, name.left);
}

bool bc_ima_binary_begins(const uint8_t *data, size_t size, struct bc_ima_form *ret_form)
{
	struct bc_ima_form form = { .ascii = false };
	size_t i;

	for (i = 0; i < 2 * BC_ARRAY_SIZE(digest_sizes); i++) {
		form.big_endian = i % 2;
		form.digest_size = digest_sizes[i / 2];
		if (!form_fits(data, size, &form))
			continue;
		*ret_form = form;
		return true;
	}
	return false;
}

void bc_ima_log_free(struct bc_ima_log *log)
{
	if (log)
		free(log->line.data);
	free(log);
}

bool bc_ima_log_big_endian(const struct bc_ima_log *log)
{
	return log->form.big_endian;
}

uint16_t bc_ima_log_alg(const struct bc_ima_log *log)
{
	return log->alg;
}

static int cut(struct bc_error *reterr, const char *field, const struct bc_reader *at, uint64_t wanted)
{
	return bc_error_cut(reterr, at->offset, field, wanted, at->left);
}

static int bad_name(struct bc_error *reterr, const struct bc_reader *name)
{
	char text[4 * BC_IMA_TEMPLATE_NAME_MAX + 1];

	bc_escape(name->at, name->left, text, sizeof(text));
	return bc_error_at(reterr, BC_E_INPUT, name->offset, "template name", "a-z 0-9 - | _", "\"%s\"", text);
}

/* Everything before the template data, and the size of the data. */
static int read_head(struct bc_ima_log *log, struct bc_reader *reader, struct bc_ima_entry *entry, size_t *ret_size,
		     struct bc_error *reterr)
{
	struct bc_reader digest, name, probe, skipped;
	uint32_t size;

	if (!get_u32(reader, entry->big_endian, &entry->pcr))
		return cut(reterr, "pcr", reader, 4);
	if (entry->pcr >= BC_PCR_COUNT)
		return bc_error_at(reterr, BC_E_INPUT, reader->offset - 4, "pcr", "a PCR of 0-23", "%u", entry->pcr);
	if (!bc_get_sub(reader, log->form.digest_size, &digest))
		return cut(reterr, "template digest", reader, log->form.digest_size);
	if (!get_u32(reader, entry->big_endian, &size))
		return cut(reterr, "template name", reader, 4);
	if (size > BC_IMA_TEMPLATE_NAME_MAX)
		return bc_error_at(reterr, BC_E_INPUT, reader->offset - 4, "template name", "a name of 1-128 bytes", "length %u", size);
	if (!bc_get_sub(reader, size, &name))
		return cut(reterr, "template name", reader, size);
	/* Most entries have the template of the one before, whose name stands there still. */
	if (!name.left || name.left != log->plan.name_size || memcmp(name.at, log->plan.name, name.left)) {
		if (!bc_ima_template_name_valid(name.at, name.left))
			return bad_name(reterr, &name);
		memcpy(entry->storage, name.at, name.left);
		entry->storage[name.left] = '\0';
		bc_ima_plan_for(&log->plan, entry->storage);
	}
	entry->digest = digest.at;
	entry->digest_size = digest.left;
	if (!log->plan.is_ima) {
		if (!get_u32(reader, entry->big_endian, &size))
			return cut(reterr, "template data", reader, 4);
		*ret_size = size;
	} else {
		probe = *reader;
		if (!bc_get_sub(&probe, IMA_FIXED - 4, &skipped) || !get_u32(&probe, entry->big_endian, &size))
			return cut(reterr, "template data", reader, IMA_FIXED);
		*ret_size = IMA_FIXED + (size_t)size;
	}
	if (size > BC_IMA_DATA_MAX)
		return bc_error_at(reterr, BC_E_INPUT, reader->offset - 4, "template data", "at most 16 MiB", "%u bytes", size);
	return 0;
}

/* The entry at the stream's position; nothing is consumed. The first pass learns the size of the data, where the window has not all of it. */
static int read_entry(struct bc_ima_log *log, struct bc_error *reterr)
{
	struct bc_ima_entry *entry = &log->entry;
	struct bc_reader reader, data;
	size_t data_size = 0, want = ENTRY_WINDOW;
	int r;

	entry->data_known = true;
	for (;;) {
		r = bc_stream_window(log->stream, want, &reader, reterr);
		if (r == 0)
			r = read_head(log, &reader, entry, &data_size, reterr);
		if (r < 0)
			return r;
		entry->size = reader.offset - entry->offset + data_size;
		if (bc_get_sub(&reader, data_size, &data))
			break;
		if (entry->size <= want)
			return cut(reterr, "template data", &reader, data_size);
		want = (size_t)entry->size;
	}
	entry->template_name = entry->storage;
	entry->data = data.at;
	entry->data_size = data.left;
	entry->data_offset = data.offset;
	return 0;
}

/* The line at the stream's position; nothing is consumed. */
static int read_line(struct bc_ima_log *log, struct bc_error *reterr)
{
	struct bc_ima_entry *entry = &log->entry;
	size_t size, seen = 0, want = LINE_CHUNK;
	const uint8_t *bytes, *newline = NULL;
	int r;

	for (;;) {
		r = bc_stream_peek(log->stream, want, &bytes, &size, reterr);
		if (r < 0)
			return r;
		newline = memchr(bytes + seen, '\n', size - seen);
		if (newline || size < want || size > LINE_MAX_SIZE)
			break;
		seen = size;
		want = 2 * size < LINE_MAX_SIZE ? 2 * size : LINE_MAX_SIZE + 1;
	}
	if (newline && (size_t)(newline - bytes) > LINE_MAX_SIZE)	/* a window may have more than was asked for */
		newline = NULL;
	if (!newline) {
		if (size > LINE_MAX_SIZE)
			return bc_error_at(reterr, BC_E_INPUT, entry->offset, "line", "a newline within 32 MiB", "none");
		bc_error_at(reterr, BC_E_INPUT, entry->offset, "line", "a newline at its end", "%zu bytes without one", size);
		if (reterr)
			bc_copy_text(reterr->message, sizeof(reterr->message), "the list ends inside this entry: read it again, whole");
		bc_error_code(reterr, BC_LOG_TRUNCATED);
		return BC_E_INPUT;
	}
	/* A name may end in one, but not that of every list's first entry. */
	if (!entry->offset && newline > bytes && newline[-1] == '\r')
		return bc_error_at(reterr, BC_E_INPUT, (uint64_t)(newline - bytes) - 1, "line",
				   "a newline alone at its end, as the kernel writes it", "a carriage return and a newline");
	entry->size = (uint64_t)(newline - bytes) + 1;
	r = bc_ima_ascii_read(&log->line, (const char *)bytes, (size_t)(newline - bytes), log->form.digest_size, entry, reterr);
	if (r < 0)
		return r;
	if (entry->data_size > BC_IMA_DATA_MAX)
		return bc_error_at(reterr, BC_E_INPUT, entry->offset, "template data", "at most 16 MiB", "%zu bytes", entry->data_size);
	bc_ima_plan_for(&log->plan, entry->template_name);
	return 0;
}

/* The entry or line at the stream's position, split into its fields. */
static int read_any(struct bc_ima_log *log, struct bc_error *reterr)
{
	struct bc_ima_entry *entry = &log->entry;
	int r;

	entry->big_endian = log->form.big_endian;
	entry->number = log->next;
	entry->offset = log->stream->offset;
	r = log->form.ascii ? read_line(log, reterr) : read_entry(log, reterr);
	if (r < 0)
		return r;
	entry->violation = !entry->digest[0] && bc_all_bytes(entry->digest, entry->digest_size, 0);
	return bc_ima_template_split(&log->plan, entry, reterr);
}

static int next_entry(struct bc_ima_log *log, struct bc_error *reterr)
{
	struct bc_reader window;
	int r;

	if (!bc_stream_advance(log->stream, log->pending))
		return bc_error_bug(reterr, "more of a list taken than was there");
	log->pending = 0;
	r = bc_stream_window(log->stream, 1, &window, reterr);
	if (r < 0 || bc_at_end(&window))
		return r;
	r = read_any(log, reterr);
	return r < 0 ? r : 1;
}

int bc_ima_log_next(struct bc_ima_log *log, const struct bc_ima_entry **ret_entry, struct bc_error *reterr)
{
	int r;

	if (log->failed) {
		if (reterr)
			*reterr = log->error;
		return log->failed;
	}
	r = next_entry(log, &log->error);
	if (r < 0) {
		bc_error_source(&log->error, bc_stream_name(log->stream));
		bc_error_offset(&log->error, bc_stream_offset(log->stream));
		bc_error_event(&log->error, "entry", log->next);
		log->failed = r;
		if (reterr)
			*reterr = log->error;
		return r;
	}
	if (r > 0) {
		log->next++;
		log->pending = (size_t)log->entry.size;
		*ret_entry = &log->entry;
	}
	return r;
}

/* ---- open ---- */

/* Does the first entry's digest fit its data in this algorithm? */
static int alg_agrees(const struct bc_ima_entry *entry, uint16_t alg, bool *ret_agrees, struct bc_error *reterr)
{
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_hash *hash = NULL;
	int r;

	*ret_agrees = false;
	if (!bc_hash_available(alg))
		return 0;
	r = bc_hash_new(alg, &hash, reterr);
	if (r < 0)
		return r;
	*ret_agrees = bc_ima_template_digest(entry, hash, digest, NULL) == 0 && !memcmp(digest, entry->digest, entry->digest_size);
	bc_hash_free(hash);
	return 0;
}

/* SHA-256, SM3 and SHA3-256 have one size: the first entry tells; where it does not, it is the first of the table. */
static int find_alg(struct bc_ima_log *log, struct bc_error *reterr)
{
	const struct bc_algorithm *row;
	bool readable, agrees = false;
	struct bc_error err;
	size_t i;
	int r;

	r = read_any(log, &err);
	if (r < 0 && r != BC_E_INPUT) {		/* what is malformed is an error of the first call of next */
		if (reterr)
			*reterr = err;
		return r;
	}
	readable = r == 0 && !log->entry.violation;
	log->alg = 0;
	for (i = 0; !agrees && (row = bc_algorithm_at(i)); i++) {
		if (row->size != log->form.digest_size)
			continue;
		r = readable ? alg_agrees(&log->entry, row->id, &agrees, reterr) : 0;
		if (r < 0)
			return r;
		if (agrees || !log->alg)
			log->alg = row->id;
	}
	return 0;
}

static int tell_form(struct bc_ima_log *log, struct bc_error *reterr)
{
	const uint8_t *data;
	size_t size;
	int r;

	r = bc_stream_peek(log->stream, PROBE_SIZE, &data, &size, reterr);
	if (r < 0 || !size)
		return r;
	if (!bc_ima_binary_begins(data, size, &log->form) && !bc_ima_ascii_begins(data, size, &log->form)) {
		bc_error_at(reterr, BC_E_INPUT, bc_stream_offset(log->stream), "template name",
			    "a name of a template behind a digest of 20, 32, 48 or 64 bytes", "none: it is no IMA list");
		bc_error_event(reterr, "entry", log->next);
		return BC_E_INPUT;
	}
	return find_alg(log, reterr);
}

int bc_ima_log_open(struct bc_stream *stream, uint64_t first, struct bc_ima_log **ret_log, struct bc_error *reterr)
{
	struct bc_ima_log *log = calloc(1, sizeof(*log));
	int r;

	if (!log)
		return bc_error_nomem(reterr);
	log->stream = stream;
	log->next = first;
	r = tell_form(log, reterr);
	if (r < 0) {
		bc_error_source(reterr, bc_stream_name(stream));
		bc_ima_log_free(log);
		return r;
	}
	*ret_log = log;
	return 0;
}
