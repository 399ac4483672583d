/* SPDX-License-Identifier: BSD-2-Clause */
/* Firmware logs and IMA lists made in memory, byte by byte; and the fixtures of tests/data. */
#ifndef TEST_LOGS_H
#define TEST_LOGS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define GOLDEN_LOG "tests/data/vectors/measured-boot.log"
#define GOLDEN_IMA "tests/data/ima-small/list-sha256.bin"
#define GOLDEN_IMA_SHA1 "tests/data/ima-small/list-sha1.bin"
#define GOLDEN_IMA_BE "tests/data/ima-small/list-sha256-be.bin"
#define GOLDEN_IMA_ASCII "tests/data/ima-small/list-sha256.txt"
#define GOLDEN_PCRS "tests/data/ima-small/pcrs.txt"

#define ALG_SHA1 0x0004
#define ALG_SHA256 0x000b
#define ALG_SHA384 0x000c
#define ALG_SM3 0x0012
#define ALG_UNKNOWN 0x7777

/* Not every test file uses all of it. */
#define UNUSED __attribute__((unused))

struct bytes { uint8_t data[65536]; size_t size; };

static UNUSED void put(struct bytes *bytes, const void *data, size_t size)
{
	assert_true(size <= sizeof(bytes->data) - bytes->size);
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static UNUSED void put_le(struct bytes *bytes, uint64_t value, size_t size)
{
	uint8_t byte;
	size_t i;

	for (i = 0; i < size; i++) {
		byte = (uint8_t)(value >> (8 * i));
		put(bytes, &byte, 1);
	}
}

static UNUSED void put_fill(struct bytes *bytes, uint8_t value, size_t size)
{
	for (; size; size--)
		put(bytes, &value, 1);
}

/* Spec ID event of these banks; size 0 in sizes: that of the algorithm. */
static UNUSED void put_spec_id(struct bytes *log, const uint16_t *algs, const uint16_t *sizes, size_t count)
{
	size_t i;

	put_le(log, 0, 4);
	put_le(log, BC_EV_NO_ACTION, 4);
	put_fill(log, 0, 20);
	put_le(log, 16 + 12 + 4 * count + 1, 4);
	put(log, "Spec ID Event03", 16);
	put_le(log, 0, 4);
	put(log, "\0\2\2\2", 4);
	put_le(log, count, 4);
	for (i = 0; i < count; i++) {
		put_le(log, algs[i], 2);
		put_le(log, sizes ? sizes[i] : bc_algorithm_by_id(algs[i])->size, 2);
	}
	put_le(log, 0, 1);
}

/* An event of one SHA-256 digest: that of object, or when object is NULL that of the data. */
static UNUSED void put_event(struct bytes *log, uint32_t pcr, uint32_t type, const void *data, size_t size, const char *object)
{
	uint8_t digest[BC_DIGEST_MAX];

	assert_int_equal(bc_digest(ALG_SHA256, object ? (const void *)object : data, object ? strlen(object) : size, digest, NULL), 0);
	put_le(log, pcr, 4);
	put_le(log, type, 4);
	put_le(log, 1, 4);
	put_le(log, ALG_SHA256, 2);
	put(log, digest, 32);
	put_le(log, size, 4);
	put(log, data, size);
}

/* Separators of PCR 0-7 except those in the mask. */
static UNUSED void put_separators(struct bytes *log, uint32_t without)
{
	uint32_t pcr;

	for (pcr = 0; pcr < 8; pcr++)
		if (!(without >> pcr & 1))
			put_event(log, pcr, BC_EV_SEPARATOR, "\xff\xff\xff\xff", 4, NULL);
}

static UNUSED void begin_sha256_log(struct bytes *log)
{
	static const uint16_t algs[] = { ALG_SHA256 };

	log->size = 0;
	put_spec_id(log, algs, NULL, 1);
}

static UNUSED struct bc_stream *open_bytes(const void *data, size_t size, const char *name)
{
	struct bc_stream *stream = NULL;

	assert_int_equal(bc_stream_open_memory(data, size, name, &stream, NULL), 0);
	return stream;
}

/* A refusal names file, offset, event, field, expected and found. Result: its text, which stays until the next call. */
static UNUSED const char *complete_text(const struct bc_error *err)
{
	static char text[2048];

	bc_error_text(err, text, sizeof(text));
	if (!err->source[0] || err->offset < 0 || err->number < 0 || !err->counter || !err->field || !err->field[0] || !err->expected[0] ||
	    !err->found[0])
		fail_msg("not complete: %s", text);
	return text;
}

/* A fixture as a whole; the caller frees with bc_free(). */
static UNUSED uint8_t *read_fixture(const char *path, size_t *ret_size)
{
	uint8_t *data = NULL;
	struct bc_error err;

	if (bc_read_file(path, 1 << 20, &data, ret_size, &err) < 0)
		fail_msg("%s: %s (tests run in the top directory)", path, err.message);
	return data;
}

static UNUSED void read_golden_pcrs(struct bc_pcrs *pcrs)
{
	assert_int_equal(bc_pcrs_read_path(GOLDEN_PCRS, pcrs, NULL), 0);
}

/* bc_verify() over bytes; size 0 of a log: not given. The caller frees the verdict. */
static UNUSED int verify_bytes(const void *log, size_t log_size, const void *ima, size_t ima_size, const struct bc_pcrs *pcrs,
			       struct bc_verdict **ret_verdict, struct bc_error *err)
{
	struct bc_stream *ima_stream = open_bytes(ima, ima_size, "ima.log"), *log_stream = open_bytes(log, log_size, "firmware.log");
	struct bc_verify_input input = { .pcrs = pcrs, .pcrs_name = "pcrs.txt", .no_explanation = true };	/* for tests that judge thousands of times */
	int r;

	if (log_size)
		input.firmware_log = log_stream;
	if (ima_size) {
		input.ima_log = &ima_stream;
		input.ima_log_count = 1;
	}
	r = bc_verify(&input, ret_verdict, err);
	bc_stream_free(log_stream);
	bc_stream_free(ima_stream);
	return r;
}

/* The golden boot as the state of a test: firmware log, IMA list, PCR values. */
struct golden { uint8_t *log, *ima; size_t log_size, ima_size; struct bc_pcrs pcrs; };

static UNUSED int golden_setup(void **state)
{
	struct golden *boot = calloc(1, sizeof(*boot));

	assert_non_null(boot);
	boot->log = read_fixture(GOLDEN_LOG, &boot->log_size);
	boot->ima = read_fixture(GOLDEN_IMA, &boot->ima_size);
	read_golden_pcrs(&boot->pcrs);
	*state = boot;
	return 0;
}

static UNUSED int golden_teardown(void **state)
{
	struct golden *boot = *state;

	bc_free(boot->log);
	bc_free(boot->ima);
	free(boot);
	return 0;
}

/* How many findings of this code? */
static UNUSED size_t count_code(const struct bc_findings *findings, enum bc_code code)
{
	size_t i, count = 0;

	for (i = 0; i < bc_findings_count(findings); i++)
		count += bc_findings_at(findings, i)->code == code;
	return count;
}

static UNUSED const struct bc_finding *find_code(const struct bc_findings *findings, enum bc_code code)
{
	size_t i;

	for (i = 0; i < bc_findings_count(findings); i++)
		if (bc_findings_at(findings, i)->code == code)
			return bc_findings_at(findings, i);
	fail_msg("no finding %s", bc_code_info(code)->name);
	return NULL;
}

#endif
