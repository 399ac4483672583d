// SPDX-License-Identifier: BSD-2-Clause
/* The evidence directory as an archive, in a file or on a pipe: plain ustar (POSIX.1-1988), flat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"

#define BLOCK 512u
/* All files, their headers and what tar(1) pads with: nobody can keep us reading for ever. */
#define ARCHIVE_MAX (BC_EVIDENCE_MAX + BC_EVIDENCE_JSON_MAX + (2u << 20))

/* Fields of a header (POSIX.1-2017, pax, ustar Interchange Format). */
#define NAME_SIZE 100
#define MODE_AT 100
#define UID_AT 108
#define GID_AT 116
#define SIZE_AT 124
#define MTIME_AT 136
#define CHECKSUM_AT 148
#define TYPE_AT 156
#define MAGIC_AT 257
#define PREFIX_AT 345

/* ---- Writing ---- */

/* The same bytes for the same evidence: no owner, no time. */
static void make_header(uint8_t *header, const char *name, size_t size)
{
	unsigned int sum = 0;
	size_t i;

	memset(header, 0, BLOCK);
	bc_copy_text((char *)header, NAME_SIZE, name);
	memcpy(header + MODE_AT, "0000600", 8);
	memcpy(header + UID_AT, "0000000", 8);
	memcpy(header + GID_AT, "0000000", 8);
	snprintf((char *)header + SIZE_AT, 12, "%011zo", size);		/* below 64 MiB */
	memcpy(header + MTIME_AT, "00000000000", 12);
	header[TYPE_AT] = '0';
	memcpy(header + MAGIC_AT, "ustar\00000", 8);
	memset(header + CHECKSUM_AT, ' ', 8);
	for (i = 0; i < BLOCK; i++)
		sum += header[i];
	snprintf((char *)header + CHECKSUM_AT, 7, "%06o", sum);
}

static int put_file(int fd, const char *name, const void *data, size_t size)
{
	static const uint8_t zeros[BLOCK];
	uint8_t header[BLOCK];

	make_header(header, name, size);
	return bc_write_all(fd, header, BLOCK) < 0 || bc_write_all(fd, data, size) < 0 ||
	       bc_write_all(fd, zeros, (BLOCK - size % BLOCK) % BLOCK) < 0 ? -1 : 0;
}

int bc_evidence_put_tar(const struct bc_evidence *evidence, int fd, const char *name, struct bc_error *reterr)
{
	static const uint8_t end[2 * BLOCK];
	char *text = NULL;
	size_t size;
	int r, i;

	r = bc_evidence_json(evidence, &text, &size, reterr);
	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < BC_EVIDENCE_FILES; i++) {
		const struct bc_evidence_file *file = &evidence->entry[i].file;

		if (file->name)
			r = put_file(fd, file->name, file->data, file->size);
	}
	if (r == 0)
		r = put_file(fd, BC_EVIDENCE_DESCRIPTION, text, size);
	if (r == 0)
		r = bc_write_all(fd, end, sizeof(end));
	free(text);
	return r < 0 ? bc_fail_io(reterr, name, "write") : 0;
}

/* ---- Reading ---- */

struct tar {
	struct bc_stream *stream;
	struct bc_evidence *evidence;
	uint8_t *text;			/* evidence.json */
	size_t text_size;
	struct bc_error *err;
};

static int malformed(struct tar *tar, const char *field, const char *expected, const char *found)
{
	return bc_error_at(tar->err, BC_E_INPUT, bc_stream_offset(tar->stream), field, expected, "%s", found);
}

/* Octal digits that a blank or a NUL ends. */
static bool get_octal(const uint8_t *at, size_t size, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < size && at[i] >= '0' && at[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(at[i] - '0');	/* at most 12 digits */
	*ret_value = value;
	return i && (i == size || at[i] == ' ' || !at[i]);
}

static bool checksum_holds(const uint8_t *header)
{
	uint64_t wanted, sum = 0;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + 8 ? ' ' : header[i];
	return get_octal(header + CHECKSUM_AT, 8, &wanted) && wanted == sum;
}

/* Content of size bytes and the rest of its last block. */
static int take_content(struct tar *tar, size_t size, const uint8_t **ret_data)
{
	const size_t padded = (size + BLOCK - 1) / BLOCK * BLOCK;
	size_t found;
	int r;

	r = bc_stream_peek(tar->stream, padded, ret_data, &found, tar->err);
	if (r == 0 && found < padded)
		r = malformed(tar, "content", "more bytes", "the end of the archive");
	return r;
}

static int take_text(struct tar *tar, const uint8_t *data, size_t size)
{
	struct bc_stream *copy = NULL;
	int r;

	if (tar->text)
		return malformed(tar, "name", "one " BC_EVIDENCE_DESCRIPTION, "a second one");
	if (size > BC_EVIDENCE_JSON_MAX)
		return malformed(tar, "size", "at most 2 MiB", "more");
	r = bc_stream_open_memory(data, size, "", &copy, tar->err);
	if (r == 0)
		r = bc_stream_read_all(copy, size, &tar->text, &tar->text_size, tar->err);
	bc_stream_free(copy);
	return r;
}

static int take_file(struct tar *tar, const char *name, size_t size)
{
	const uint8_t *data;
	int r;

	if (size > BC_EVIDENCE_MAX - tar->evidence->total)
		return malformed(tar, "size", "at most 64 MiB in all", "more");
	r = take_content(tar, size, &data);
	if (r == 0 && !strcmp(name, BC_EVIDENCE_DESCRIPTION))
		r = take_text(tar, data, size);
	else if (r == 0)
		r = bc_evidence_add(tar->evidence, name, "", data, size, tar->err);
	if (r == 0)
		r = bc_stream_skip(tar->stream, (size + BLOCK - 1) / BLOCK * BLOCK, tar->err);
	return r;
}

static int take_entry(struct tar *tar, const uint8_t *header)
{
	char name[NAME_SIZE + 1], type[2] = { (char)header[TYPE_AT], '\0' };
	uint64_t size;
	const char *flat = name;

	if (memcmp(header + MAGIC_AT, "ustar", 5) || !checksum_holds(header))
		return malformed(tar, "header", "a ustar header with its checksum", "something else");
	if (!get_octal(header + SIZE_AT, 12, &size))
		return malformed(tar, "size", "octal digits", "something else");
	if (header[PREFIX_AT])
		return malformed(tar, "prefix", "no directory", "one");
	memcpy(name, header, NAME_SIZE);
	name[NAME_SIZE] = '\0';
	if (!strncmp(flat, "./", 2))
		flat += 2;
	if (header[TYPE_AT] == '5' && !*flat && !size)	/* the directory itself */
		return bc_stream_skip(tar->stream, BLOCK, tar->err);
	if (header[TYPE_AT] != '0' && header[TYPE_AT])
		return malformed(tar, "typeflag", "plain files only (tar --format=ustar)", type);
	if (strcmp(flat, BC_EVIDENCE_DESCRIPTION) && bc_evidence_index(flat) < 0)
		return malformed(tar, "name", "a file of the evidence format, without a directory", flat);
	if (bc_stream_skip(tar->stream, BLOCK, tar->err) < 0)
		return BC_E_BUG;
	return take_file(tar, flat, (size_t)size);
}

/* Behind two empty blocks there may be only padding up to the writer's record size. */
static int take_end(struct tar *tar)
{
	const uint8_t *data;
	size_t size;
	int r;

	for (;;) {
		r = bc_stream_peek(tar->stream, BLOCK, &data, &size, tar->err);
		if (r < 0 || !size)
			return r;
		if (!bc_all_bytes(data, size, 0) || bc_stream_offset(tar->stream) > ARCHIVE_MAX)
			return malformed(tar, "end", "a few zeros only", "more");
		r = bc_stream_skip(tar->stream, size, tar->err);
		if (r < 0)
			return r;
	}
}

static int take_all(struct tar *tar)
{
	const uint8_t *header;
	size_t size;
	int r;

	for (;;) {
		r = bc_stream_peek(tar->stream, BLOCK, &header, &size, tar->err);
		if (r < 0)
			return r;
		if (size < BLOCK || bc_stream_offset(tar->stream) > ARCHIVE_MAX)
			return malformed(tar, "header", "512 bytes, or the empty block that ends an archive",
					 size < BLOCK ? "the end of the input" : "too much");
		if (bc_all_bytes(header, BLOCK, 0))
			return take_end(tar);
		r = take_entry(tar, header);
		if (r < 0)
			return r;
	}
}

int bc_evidence_read_tar(struct bc_stream *stream, struct bc_evidence **ret_evidence, struct bc_error *reterr)
{
	struct tar tar = { .stream = stream, .err = reterr };
	int r;

	r = bc_evidence_new(&tar.evidence, reterr);
	if (r == 0)
		r = take_all(&tar);
	if (r == 0 && !tar.text)
		r = malformed(&tar, "files", BC_EVIDENCE_DESCRIPTION, "an archive without it");
	if (r == 0)
		r = bc_evidence_parse(tar.evidence, tar.text, tar.text_size, reterr);
	bc_free(tar.text);
	if (r < 0) {
		bc_evidence_free(tar.evidence);
		bc_error_source(reterr, bc_stream_name(stream));
		return r;
	}
	*ret_evidence = tar.evidence;
	return 0;
}
