// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs a fuzz target over files, so that `make check` replays the corpus without libFuzzer:
 *	fuzz_x [--mutate] FILE|DIR...
 * --mutate also runs every cut and every single bit flip of each file of at most MUTATE_MAX bytes, but for those whose name begins with FOUND.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* 8 * 2048 flips of a file stay well below a second; larger seeds are replayed as they are */
#define MUTATE_MAX	2048
/* what libFuzzer has found by mutating: each reaches code that no other does */
#define FOUND		"found-"
/* a corpus holds small inputs; a larger one does not belong into the repository */
#define INPUT_MAX	(1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool mutate;
static unsigned long inputs, runs;

/* Each run gets a block of exactly its size, so that ASan sees the first byte read beyond it. */
static void run_once(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy) {
		fprintf(stderr, "driver: no memory for %zu bytes\n", size);
		exit(1);
	}
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void run_mutations(uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		run_once(data, i);
	for (i = 0; i < size * 8; i++) {
		data[i / 8] ^= (uint8_t)(1 << i % 8);
		run_once(data, size);
		data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static int run_file(const char *path)
{
	static uint8_t data[INPUT_MAX + 1];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	size = fread(data, 1, sizeof(data), file);
	if (ferror(file) || size > INPUT_MAX) {
		fprintf(stderr, "%s: %s\n", path, ferror(file) ? "cannot be read" : "longer than an input of the corpus may be");
		fclose(file);
		return -1;
	}
	fclose(file);
	inputs++;
	run_once(data, size);
	if (mutate && size <= MUTATE_MAX && !strstr(path, "/" FOUND))
		run_mutations(data, size);
	return 0;
}

static int skip_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int run_directory(const char *path)
{
	struct dirent **names;
	char full[4096];
	int count = scandir(path, &names, skip_dots, alphasort);
	int status = 0;
	int i;

	if (count < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	for (i = 0; i < count; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names[i]->d_name);
		if (run_file(full))
			status = -1;
		free(names[i]);
	}
	free(names);
	return status;
}

int main(int argc, char **argv)
{
	struct stat st;
	int status = 0;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--mutate"))
			mutate = true;
		else if (!stat(argv[i], &st) && S_ISDIR(st.st_mode))
			status |= run_directory(argv[i]);
		else
			status |= run_file(argv[i]);
	}
	if (!inputs) {
		fprintf(stderr, "usage: %s [--mutate] FILE|DIR...: no input was run\n", argv[0]);
		return 2;
	}
	/* one line of TAP, for whoever counts tests */
	printf("%sok 1 - %s: %lu inputs, %lu runs\n", status ? "not " : "", argv[0], inputs, runs);
	return status ? 1 : 0;
}
