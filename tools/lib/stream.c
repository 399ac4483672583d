// SPDX-License-Identifier: BSD-2-Clause
/* Bytes from a file, a pipe, standard input, securityfs or memory, in one forward window. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* One read: large enough that system calls do not show, small enough for a target with little memory. */
#define CHUNK 65536u

static int stream_new(const char *name, struct bc_stream **ret_stream, struct bc_error *reterr)
{
	struct bc_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return bc_error_nomem(reterr);
	bc_copy_text(stream->name, sizeof(stream->name), name);
	stream->fd = -1;
	stream->bytes = (const uint8_t *)"";
	*ret_stream = stream;
	return 0;
}

int bc_stream_open(const char *path, struct bc_stream **ret_stream, struct bc_error *reterr)
{
	const bool standard = !strcmp(path, "-");
	struct bc_stream *stream = NULL;
	struct stat st;
	int r;

	r = stream_new(standard ? "standard input" : path, &stream, reterr);
	if (r < 0)
		return r;
	stream->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	stream->close_fd = !standard;
	if (stream->fd < 0 || fstat(stream->fd, &st) < 0) {
		r = bc_error_set(reterr, BC_E_IO, "cannot open it: %s", strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		r = bc_error_found(reterr, BC_E_INPUT, "file", "a plain file", "a directory");
	} else {
		*ret_stream = stream;
		return 0;
	}
	bc_error_source(reterr, stream->name);
	bc_stream_free(stream);
	return r;
}

int bc_stream_open_memory(const void *data, size_t size, const char *name, struct bc_stream **ret_stream,
			  struct bc_error *reterr)
{
	struct bc_stream *stream = NULL;
	int r = stream_new(name, &stream, reterr);

	if (r < 0)
		return r;
	if (size)
		stream->bytes = data;
	stream->end = size;
	stream->ended = true;
	*ret_stream = stream;
	return 0;
}

void bc_stream_free(struct bc_stream *stream)
{
	if (!stream)
		return;
	if (stream->close_fd && stream->fd >= 0)
		close(stream->fd);
	free(stream->buffer);
	free(stream);
}

const char *bc_stream_name(const struct bc_stream *stream)
{
	return stream->name;
}

uint64_t bc_stream_offset(const struct bc_stream *stream)
{
	return stream->offset;
}

/* Room for one more read behind the window: move the window to the front, then double. */
static int make_room(struct bc_stream *stream, struct bc_error *reterr)
{
	size_t capacity;
	uint8_t *buffer;

	if (stream->start) {
		memmove(stream->buffer, stream->buffer + stream->start, stream->end - stream->start);
		stream->end -= stream->start;
		stream->start = 0;
	}
	if (stream->capacity - stream->end >= CHUNK)
		return 0;
	if (stream->capacity > SIZE_MAX / 4)
		return bc_error_nomem(reterr);
	capacity = stream->capacity ? stream->capacity * 2 : 2 * CHUNK;
	buffer = realloc(stream->buffer, capacity);
	if (!buffer)
		return bc_error_nomem(reterr);
	stream->buffer = buffer;
	stream->bytes = buffer;
	stream->capacity = capacity;
	return 0;
}

static int fill(struct bc_stream *stream, struct bc_error *reterr)
{
	ssize_t got;
	int r;

	r = make_room(stream, reterr);
	if (r < 0)
		return r;
	do {
		got = read(stream->fd, stream->buffer + stream->end, CHUNK);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		r = bc_error_set(reterr, BC_E_IO, "cannot read it: %s", strerror(errno));
		bc_error_source(reterr, stream->name);
		bc_error_offset(reterr, stream->offset + (stream->end - stream->start));
		return r;
	}
	stream->end += (size_t)got;
	stream->ended = got == 0;
	return 0;
}

int bc_stream_fill(struct bc_stream *stream, size_t want, struct bc_error *reterr)
{
	int r = 0;

	while (r == 0 && !stream->ended && stream->end - stream->start < want)
		r = fill(stream, reterr);
	return r;
}

int bc_stream_peek(struct bc_stream *stream, size_t want, const uint8_t **ret_data, size_t *ret_size, struct bc_error *reterr)
{
	struct bc_reader window;
	int r;

	r = bc_stream_window(stream, want, &window, reterr);
	if (r < 0)
		return r;
	*ret_data = window.at;
	*ret_size = window.left;
	return 0;
}

int bc_stream_skip(struct bc_stream *stream, size_t size, struct bc_error *reterr)
{
	return bc_stream_advance(stream, size) ? 0 : bc_error_bug(reterr, "more bytes skipped than seen");
}

int bc_stream_read_all(struct bc_stream *stream, size_t max, uint8_t **ret_data, size_t *ret_size, struct bc_error *reterr)
{
	const uint8_t *data;
	char most[40];
	uint8_t *copy;
	size_t size;
	int r;

	if (max == SIZE_MAX)
		return bc_error_bug(reterr, "no room for the byte behind the limit");
	r = bc_stream_peek(stream, max + 1, &data, &size, reterr);
	if (r < 0)
		return r;
	if (size > max) {
		snprintf(most, sizeof(most), "at most %zu bytes", max);
		r = bc_error_at(reterr, BC_E_INPUT, stream->offset + max, "size", most, "more");
		bc_error_source(reterr, stream->name);
		return r;
	}
	copy = malloc(size + 1);
	if (!copy)
		return bc_error_nomem(reterr);
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	r = bc_stream_skip(stream, size, reterr);
	if (r < 0) {
		free(copy);
		return r;
	}
	*ret_data = copy;
	*ret_size = size;
	return 0;
}

int bc_read_file(const char *path, size_t max, uint8_t **ret_data, size_t *ret_size, struct bc_error *reterr)
{
	struct bc_stream *stream = NULL;
	int r;

	r = bc_stream_open(path, &stream, reterr);
	if (r < 0)
		return r;
	r = bc_stream_read_all(stream, max, ret_data, ret_size, reterr);
	bc_stream_free(stream);
	return r;
}

void bc_free(void *data)
{
	free(data);
}
