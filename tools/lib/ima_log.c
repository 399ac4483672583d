// SPDX-License-Identifier: BSD-2-Clause
/* Entries of a binary IMA list (ima_fs.c: ima_measurements_show), pulled one by one. Little-endian, as on every target of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* pcr, digest, name length, name: enough to tell the size of the template digests. */
#define PROBE_SIZE (4 + BC_DIGEST_MAX + 4 + BC_IMA_TEMPLATE_NAME_MAX)
/* The template "ima" has no length of its data: digest, length, name. */
#define IMA_FIXED (20 + 4)

struct bc_ima_log {
	struct bc_stream *stream;
	struct bc_ima_entry entry;
	uint16_t alg;
	size_t digest_size;
	uint64_t next;
	size_t pending;			/* bytes of the entry that is lent out */
	int failed;			/* status of an earlier failure */
	struct bc_error error;
};

/* Linux writes one list per bank; the size of its digests is not in it. */
static const uint16_t list_algs[] = { BC_ALG_SHA1, BC_ALG_SHA256, BC_ALG_SHA384, BC_ALG_SHA512 };

/* Would the first entry make sense with template digests of this size? */
static bool size_fits(const uint8_t *data, size_t size, size_t digest_size)
{
	struct bc_reader reader, digest, name;
	uint32_t pcr, name_size;

	bc_reader_init(&reader, data, size, 0);
	return bc_get_le32(&reader, &pcr) && pcr < BC_PCR_COUNT && bc_get_sub(&reader, digest_size, &digest) &&
	       bc_get_le32(&reader, &name_size) && bc_get_sub(&reader, name_size, &name) &&
	       bc_ima_template_name_valid(name.at, name.left);
}

uint16_t bc_ima_list_alg(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(list_algs); i++)
		if (size_fits(data, size, bc_algorithm_by_id(list_algs[i])->size))
			return list_algs[i];
	return 0;
}

int bc_ima_log_open(struct bc_stream *stream, uint64_t first, struct bc_ima_log **ret_log, struct bc_error *reterr)
{
	struct bc_ima_log *log;
	const uint8_t *data;
	size_t size;
	int r;

	log = calloc(1, sizeof(*log));
	if (!log)
		return bc_error_nomem(reterr);
	log->stream = stream;
	log->next = first;
	r = bc_stream_peek(stream, PROBE_SIZE, &data, &size, reterr);
	if (r == 0 && size) {
		log->alg = bc_ima_list_alg(data, size);
		if (log->alg) {
			log->digest_size = bc_algorithm_by_id(log->alg)->size;
		} else {
			r = bc_error_set(reterr, BC_E_INPUT, "not a binary IMA list: no template name follows a digest of 20, 32, 48 "
					 "or 64 bytes");
			bc_error_event(reterr, "entry", first);
			bc_error_offset(reterr, bc_stream_offset(stream));
		}
	}
	if (r < 0) {
		bc_error_source(reterr, bc_stream_name(stream));
		free(log);
		return r;
	}
	*ret_log = log;
	return 0;
}

void bc_ima_log_free(struct bc_ima_log *log)
{
	free(log);
}

uint16_t bc_ima_log_alg(const struct bc_ima_log *log)
{
	return log->alg;
}

static int cut(struct bc_error *reterr, const char *field, const struct bc_reader *at, uint64_t wanted)
{
	bc_error_set(reterr, BC_E_INPUT, "length %llu, %zu bytes left: the list ends inside this entry", (unsigned long long)wanted,
		     at->left);
	bc_error_code(reterr, BC_LOG_TRUNCATED);
	bc_error_field(reterr, field);
	bc_error_offset(reterr, at->offset);
	return BC_E_INPUT;
}

static int bad(struct bc_error *reterr, const char *field, uint64_t offset, const char *what, uint64_t found)
{
	bc_error_set(reterr, BC_E_INPUT, "%s", what);
	if (reterr)
		snprintf(reterr->found, sizeof(reterr->found), "%llu", (unsigned long long)found);
	bc_error_field(reterr, field);
	bc_error_offset(reterr, offset);
	return BC_E_INPUT;
}

/* Everything before the template data, and the size of the data. */
static int read_head(const struct bc_ima_log *log, struct bc_reader *reader, struct bc_ima_entry *entry, size_t *ret_size,
		     struct bc_error *reterr)
{
	struct bc_reader digest, name, probe, skipped;
	uint32_t size;

	if (!bc_get_le32(reader, &entry->pcr))
		return cut(reterr, "pcr", reader, 4);
	if (entry->pcr >= BC_PCR_COUNT)
		return bad(reterr, "pcr", reader->offset - 4, "no PCR of a TPM, which has 0-23", entry->pcr);
	if (!bc_get_sub(reader, log->digest_size, &digest))
		return cut(reterr, "template digest", reader, log->digest_size);
	if (!bc_get_le32(reader, &size))
		return cut(reterr, "template name", reader, 4);
	if (size > BC_IMA_TEMPLATE_NAME_MAX)
		return bad(reterr, "template name", reader->offset - 4, "longer than any template name (128 bytes)", size);
	if (!bc_get_sub(reader, size, &name))
		return cut(reterr, "template name", reader, size);
	if (!bc_ima_template_name_valid(name.at, name.left))
		return bad(reterr, "template name", name.offset, "not the name of a template; its length", size);
	memcpy(entry->storage, name.at, name.left);
	entry->storage[name.left] = '\0';
	entry->digest = digest.at;
	entry->digest_size = digest.left;
	if (strcmp(entry->storage, "ima")) {
		if (!bc_get_le32(reader, &size))
			return cut(reterr, "template data", reader, 4);
		*ret_size = size;
	} else {
		probe = *reader;
		if (!bc_get_sub(&probe, IMA_FIXED - 4, &skipped) || !bc_get_le32(&probe, &size))
			return cut(reterr, "template data", reader, IMA_FIXED);
		*ret_size = IMA_FIXED + (size_t)size;
	}
	if (size > BC_IMA_DATA_MAX)
		return bad(reterr, "template data", reader->offset, "longer than 16 MiB", size);
	return 0;
}

/* The entry at the stream's position; nothing is consumed. */
static int read_entry(struct bc_ima_log *log, struct bc_error *reterr)
{
	struct bc_ima_entry *entry = &log->entry;
	struct bc_reader reader, data;
	const uint8_t *bytes;
	size_t size, data_size = 0, want = PROBE_SIZE + 4 + IMA_FIXED;
	int pass, r;

	memset(entry, 0, sizeof(*entry));
	entry->number = log->next;
	entry->offset = bc_stream_offset(log->stream);
	/* The first pass learns the size of the data; the second has all of it in the window and may keep pointers. */
	for (pass = 0; pass < 2; pass++) {
		r = bc_stream_peek(log->stream, want, &bytes, &size, reterr);
		if (r < 0)
			return r;
		bc_reader_init(&reader, bytes, size, entry->offset);
		r = read_head(log, &reader, entry, &data_size, reterr);
		if (r < 0)
			return r;
		want = (size_t)(reader.offset - entry->offset) + data_size;
	}
	if (!bc_get_sub(&reader, data_size, &data))
		return cut(reterr, "template data", &reader, data_size);
	entry->template_name = entry->storage;
	entry->data = data.at;
	entry->data_size = data.left;
	entry->data_offset = data.offset;
	entry->size = want;
	entry->violation = bc_all_bytes(entry->digest, entry->digest_size, 0);
	return bc_ima_template_split(entry, reterr);
}

static int next_entry(struct bc_ima_log *log, struct bc_error *reterr)
{
	const uint8_t *bytes;
	size_t size;
	int r;

	r = bc_stream_skip(log->stream, log->pending, reterr);
	if (r < 0)
		return r;
	log->pending = 0;
	r = bc_stream_peek(log->stream, 1, &bytes, &size, reterr);
	if (r < 0 || !size)
		return r;
	r = read_entry(log, reterr);
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
