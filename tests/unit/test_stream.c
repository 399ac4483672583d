// SPDX-License-Identifier: BSD-2-Clause
#include <pthread.h>
#include <unistd.h>

#include "logs.h"

#define BIG (300 * 1024)

static void check_pattern(const uint8_t *data, size_t size, size_t start)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (data[i] != (uint8_t)((start + i) * 7 + (start + i) / 256))
			fail_msg("byte %zu differs", start + i);
}

static uint8_t *make_pattern(void)
{
	uint8_t *data = malloc(BIG);
	size_t i;

	assert_non_null(data);
	for (i = 0; i < BIG; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	return data;
}

/* Walk a stream of the pattern in steps of odd size. */
static void walk(struct bc_stream *stream)
{
	const uint8_t *data;
	size_t size, at = 0, step;

	for (step = 1; at < BIG; at += step, step = step * 3 % 70001 + 1) {
		if (step > BIG - at)
			step = BIG - at;
		assert_int_equal(bc_stream_peek(stream, step, &data, &size, NULL), 0);
		assert_true(size >= step);
		check_pattern(data, step, at);
		assert_int_equal(bc_stream_offset(stream), at);
		assert_int_equal(bc_stream_skip(stream, step, NULL), 0);
	}
	assert_int_equal(bc_stream_peek(stream, 1, &data, &size, NULL), 0);
	assert_int_equal(size, 0);
}

static void stream_reads_a_file_in_pieces_of_any_size(void **state)
{
	char path[] = "/tmp/test_stream.XXXXXX";
	struct bc_stream *stream = NULL;
	uint8_t *data = make_pattern();
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, BIG), BIG);
	assert_int_equal(bc_stream_open(path, &stream, NULL), 0);
	unlink(path);
	walk(stream);
	bc_stream_free(stream);
	close(fd);
	stream = open_bytes(data, BIG, "memory");
	walk(stream);
	bc_stream_free(stream);
	free(data);
}

struct writer { int fd; const uint8_t *data; };

static void *write_slowly(void *opaque)
{
	struct writer *writer = opaque;
	size_t at, part;

	for (at = 0; at < BIG; at += part) {
		part = BIG - at < 1777 ? BIG - at : 1777;
		if (write(writer->fd, writer->data + at, part) != (ssize_t)part)
			break;
	}
	close(writer->fd);
	return NULL;
}

static void stream_reads_a_pipe_that_gives_little_at_a_time(void **state)
{
	uint8_t *data = make_pattern();
	struct bc_stream *stream = NULL;
	struct writer writer;
	pthread_t thread;
	int pipe_fds[2];
	char path[32];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	writer = (struct writer){ pipe_fds[1], data };
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, &writer), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", pipe_fds[0]);
	assert_int_equal(bc_stream_open(path, &stream, NULL), 0);
	walk(stream);
	bc_stream_free(stream);
	pthread_join(thread, NULL);
	close(pipe_fds[0]);
	free(data);
}

static void stream_says_why_it_cannot_be_opened(void **state)
{
	struct bc_stream *stream = (struct bc_stream *)state;
	struct bc_error err;

	assert_int_equal(bc_stream_open("/nonexistent/log", &stream, &err), BC_E_IO);
	assert_ptr_equal(stream, state);
	assert_string_equal(err.source, "/nonexistent/log");
	assert_non_null(strstr(err.message, "No such file"));
	assert_int_equal(bc_stream_open("/", &stream, &err), BC_E_INPUT);
	assert_string_equal(err.found, "a directory");
	bc_stream_free(NULL);
}

static void stream_reads_all_up_to_a_limit(void **state)
{
	struct bc_stream *stream = open_bytes("12345", 5, "five");
	struct bc_error err;
	uint8_t *data = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(bc_stream_read_all(stream, 4, &data, &size, &err), BC_E_INPUT);
	assert_string_equal(err.source, "five");
	assert_null(data);
	assert_int_equal(bc_stream_read_all(stream, 5, &data, &size, &err), 0);
	assert_int_equal(size, 5);
	assert_string_equal((char *)data, "12345");
	bc_free(data);
	bc_stream_free(stream);
}

static void stream_does_not_skip_what_it_has_not_shown(void **state)
{
	struct bc_stream *stream = open_bytes("12345", 5, "five");

	(void)state;
	assert_int_equal(bc_stream_skip(stream, 6, NULL), BC_E_BUG);
	assert_int_equal(bc_stream_offset(stream), 0);
	assert_int_equal(bc_stream_skip(stream, 5, NULL), 0);
	bc_stream_free(stream);
}

/* The format is told by content. */
static enum bc_format detect(const void *data, size_t size)
{
	struct bc_stream *stream = open_bytes(data, size, "x");
	enum bc_format format;

	assert_int_equal(bc_format_detect(stream, &format, NULL), 0);
	assert_int_equal(bc_stream_offset(stream), 0);
	bc_stream_free(stream);
	return format;
}

static void format_is_told_by_content(void **state)
{
	static const uint8_t zeros[4096];
	struct bytes old = { .size = 0 };
	size_t size;
	uint8_t *data;

	(void)state;
	data = read_fixture(GOLDEN_LOG, &size);
	assert_int_equal(detect(data, size), BC_FORMAT_TCG2);
	bc_free(data);
	data = read_fixture(GOLDEN_IMA, &size);
	assert_int_equal(detect(data, size), BC_FORMAT_IMA_BINARY);
	bc_free(data);
	data = read_fixture(GOLDEN_IMA_SHA1, &size);
	assert_int_equal(detect(data, size), BC_FORMAT_IMA_BINARY);
	bc_free(data);
	put_le(&old, 0, 4);	/* TCG_PCClientPCREvent of TPM 1.2 */
	put_le(&old, BC_EV_S_CRTM_VERSION, 4);
	put_fill(&old, 0x5a, 20);
	put_le(&old, 4, 4);
	put(&old, "1.0", 4);
	assert_int_equal(detect(old.data, old.size), BC_FORMAT_TCG1);
	assert_int_equal(detect(zeros, sizeof(zeros)), BC_FORMAT_UNKNOWN);
	assert_int_equal(detect("", 0), BC_FORMAT_UNKNOWN);
	assert_int_equal(detect("# sha256 0 00", 13), BC_FORMAT_UNKNOWN);
}

/* Words of the message, and where the format is known, its name. */
static void what_is_no_log_is_named(void **state)
{
	static const struct { const char *data; size_t size; const char *words; } rows[] = {
		{ "", 0, "empty" },
		{ "hello, this is no log\n", 22, "text" },
		{ "pcrread:\nsha256:\n", 17, "PCR values" },
		{ "sha256 0 00\n", 12, "PCR values" },
		{ "\xd0\x0d\xfe\xed\0\0\0\0", 8, "device tree" },
		{ "\xffTCG\x80\x18", 6, "TPMS_ATTEST" },
		{ "\0\x91\xffTCG\x80\x18", 8, "TPMS_ATTEST" },
		{ "\x1f\x8b\x08\0", 4, "unpack" },
		{ "\x7f" "ELF\2\1\1\0", 8, "neither" },
		{ "\0\0\0\0", 4, "padding (00)" },
		{ "\xff\xff\xff\xff\xff", 5, "padding (ff)" },
	};
	enum bc_format format = BC_FORMAT_TCG2;
	struct bc_stream *stream;
	struct bc_error err;
	size_t i, size;
	uint8_t *data;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stream = open_bytes(rows[i].data, rows[i].size, "x");
		assert_int_equal(bc_format_require(stream, &format, &err), BC_E_INPUT);
		assert_int_equal(format, BC_FORMAT_TCG2);
		assert_string_equal(err.source, "x");
		if (!strstr(err.message, rows[i].words))
			fail_msg("\"%s\" does not say \"%s\"", err.message, rows[i].words);
		bc_stream_free(stream);
	}
	data = read_fixture(GOLDEN_IMA, &size);
	stream = open_bytes(data, size, "x");
	assert_int_equal(bc_format_require(stream, &format, NULL), 0);
	assert_int_equal(format, BC_FORMAT_IMA_BINARY);
	assert_int_equal(bc_format_kind(format), BC_KIND_IMA);
	assert_int_equal(bc_format_kind(BC_FORMAT_UNKNOWN), BC_KIND_NONE);
	assert_int_equal(bc_format_kind(BC_FORMAT_TCG1), BC_KIND_FIRMWARE);
	assert_string_equal(bc_format_name(BC_FORMAT_TCG1), "tcg1");
	bc_stream_free(stream);
	bc_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_reads_a_file_in_pieces_of_any_size),
		cmocka_unit_test(stream_reads_a_pipe_that_gives_little_at_a_time),
		cmocka_unit_test(stream_says_why_it_cannot_be_opened),
		cmocka_unit_test(stream_reads_all_up_to_a_limit),
		cmocka_unit_test(stream_does_not_skip_what_it_has_not_shown),
		cmocka_unit_test(format_is_told_by_content),
		cmocka_unit_test(what_is_no_log_is_named),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
