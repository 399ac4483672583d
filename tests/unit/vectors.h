/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects and digests of tests/data/vectors/events.txt; tests run in the top directory. */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define VECTORS "tests/data/vectors/"

static const uint16_t vector_algs[] = { 0x0004, 0x000b, 0x000c, 0x000d };

/* The line that begins with start, in storage that the caller frees. */
static inline char *vector_line(const char *start)
{
	FILE *file = fopen(VECTORS "events.txt", "r");
	char *line = NULL;
	size_t room = 0;

	if (!file) {
		perror(VECTORS "events.txt (tests run in the top directory)");
		exit(1);
	}
	while (getline(&line, &room, file) > 0) {
		if (strncmp(line, start, strlen(start)) || line[strlen(start)] != ' ')
			continue;
		fclose(file);
		line[strcspn(line, "\n")] = '\0';
		return line;
	}
	fprintf(stderr, "no line \"%s\" in events.txt\n", start);
	exit(1);
}

static inline uint8_t *vector_unhex(const char *text, size_t *ret_size)
{
	const size_t size = strcspn(text, " ") / 2;
	uint8_t *bytes = malloc(size + 1);

	if (!bytes || bc_unhex(text, 2 * size, bytes, size, NULL) < 0)
		exit(1);
	*ret_size = size;
	return bytes;
}

/* Bytes of "object NAME hex ..."; the caller frees. */
static inline uint8_t *vector_object(const char *name, size_t *ret_size)
{
	char start[64];
	uint8_t *bytes;
	char *line;

	snprintf(start, sizeof(start), "object %s hex", name);
	line = vector_line(start);
	bytes = vector_unhex(line + strlen(start) + 1, ret_size);
	free(line);
	return bytes;
}

/* Word number index of the line that begins with start ("event NAME", "extra NAME"), counted behind start; the caller frees. */
static inline uint8_t *vector_word(const char *start, unsigned int index, size_t *ret_size)
{
	char *line = vector_line(start), *at = line + strlen(start) + 1;
	uint8_t *bytes;

	while (index--)
		at = strchr(at, ' ') + 1;
	bytes = vector_unhex(at, ret_size);
	free(line);
	return bytes;
}

/* Digest number index (in the order of vector_algs) of "event NAME ..."; the caller frees. */
static inline uint8_t *vector_digest(const char *name, unsigned int index, size_t *ret_size)
{
	char start[64];

	snprintf(start, sizeof(start), "event %s", name);
	return vector_word(start, 3 + index, ret_size);
}

#endif
