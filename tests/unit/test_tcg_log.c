// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"
#include "vectors.h"

/* Read all events of a log; result of the last call, *ret_count events. */
static int read_events(const void *data, size_t size, size_t *ret_count, struct bc_tcg_tail *ret_tail, struct bc_error *err)
{
	struct bc_stream *stream = open_bytes(data, size, "log");
	const struct bc_tcg_event *event;
	struct bc_tcg_log *log = NULL;
	uint64_t end = 0;
	int r;

	*ret_count = 0;
	r = bc_tcg_log_open(stream, &log, err);
	while (r >= 0 && (r = bc_tcg_log_next(log, &event, err)) > 0) {
		assert_int_equal(event->number, *ret_count);
		assert_int_equal(event->offset, end);		/* records follow each other without a gap */
		assert_true(event->digest_count <= BC_BANKS_MAX);
		end = event->offset + event->size;
		assert_true(end <= size);
		++*ret_count;
	}
	if (r == 0 && ret_tail)
		*ret_tail = *bc_tcg_log_tail(log);
	if (log && r < 0)
		assert_int_equal(bc_tcg_log_next(log, &event, NULL), r);	/* a failure stays one */
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	return r;
}

static void tcg_log_reads_every_event_of_the_vectors(void **state)
{
	struct bc_stream *stream = NULL;
	const struct bc_tcg_event *event;
	const struct bc_tcg_header *header;
	struct bc_tcg_log *log = NULL;
	FILE *text = fopen(VECTORS "events.txt", "r");
	char line[4096], type[16], hex[2 * BC_DIGEST_MAX + 1];
	const char *wanted;
	size_t i, seen = 0;

	(void)state;
	assert_non_null(text);
	assert_int_equal(bc_stream_open(GOLDEN_LOG, &stream, NULL), 0);
	assert_int_equal(bc_tcg_log_open(stream, &log, NULL), 0);
	header = bc_tcg_log_header(log);
	assert_int_equal(header->bank_count, 4);
	assert_int_equal(header->spec_major, 2);
	assert_int_equal(header->spec_errata, 2);
	assert_int_equal(bc_tcg_log_next(log, &event, NULL), 1);
	assert_int_equal(event->type, BC_EV_NO_ACTION);
	while (fgets(line, sizeof(line), text)) {
		if (strncmp(line, "event ", 6))
			continue;
		assert_int_equal(bc_tcg_log_next(log, &event, NULL), 1);
		strtok(line, " ");
		strtok(NULL, " ");	/* name */
		assert_int_equal(event->pcr, atoi(strtok(NULL, " ")));
		snprintf(type, sizeof(type), "0x%08x", event->type);
		assert_string_equal(type, strtok(NULL, " "));
		wanted = strtok(NULL, " ");
		assert_int_equal(strlen(wanted), 2 * event->data_size);
		for (i = 0; i < event->data_size; i++) {
			bc_hex(event->data + i, 1, hex);
			assert_memory_equal(hex, wanted + 2 * i, 2);
		}
		for (i = 0; i < 4; i++) {
			bc_hex(event->digest[i].bytes, event->digest[i].size, hex);
			assert_int_equal(event->digest[i].alg, vector_algs[i]);
			assert_string_equal(hex, strtok(NULL, " \n"));
		}
		seen++;
	}
	assert_int_equal(seen, 15);
	assert_int_equal(bc_tcg_log_next(log, &event, NULL), 0);
	assert_int_equal(bc_tcg_log_next(log, &event, NULL), 0);
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	fclose(text);
}

/* A cut log is whole only where a record ends; everywhere else it is an error at that record. */
static void tcg_log_notices_a_cut_at_every_length(void **state)
{
	struct bc_error err;
	size_t size, length, count, whole = 0, padded = 0;
	uint8_t *data = read_fixture(GOLDEN_LOG, &size), *copy;
	struct bc_tcg_tail tail;
	int r;

	(void)state;
	for (length = 0; length <= size; length++) {
		copy = malloc(length ? length : 1);	/* a block of exactly this size, for ASan */
		memcpy(copy, data, length);
		r = read_events(copy, length, &count, &tail, &err);
		free(copy);
		whole += r == 0 && !tail.padding;
		padded += r == 0 && tail.padding;
		if (r == 0)
			continue;
		assert_int_equal(r, BC_E_INPUT);
		assert_non_null(strstr(complete_text(&err), "log: event "));
		if (length < 32) {	/* less than the head of an event is no log at all */
			assert_string_equal(err.code, "LOG_NO_SPEC_ID");
			assert_int_equal(err.number, 0);
			continue;
		}
		assert_string_equal(err.code, "LOG_TRUNCATED");
		assert_int_equal(err.number, count);
		assert_true(err.offset >= 0 && (uint64_t)err.offset <= length);
	}
	assert_int_equal(whole, 16);
	/* Cut inside the four zero bytes of PCR 0: the tail says so, as padding. Two events of this log are in PCR 0. */
	assert_int_equal(padded, 2 * 4);
	assert_int_equal(count, 16);
	bc_free(data);
}

static void tcg_log_ends_at_padding_and_says_what_stands_behind(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	struct bc_tcg_tail tail;
	struct bc_error err;
	const uint8_t fills[] = { 0x00, 0xff };
	size_t i, count, end, length;

	(void)state;
	begin_sha256_log(log);
	put_event(log, 0, BC_EV_SEPARATOR, "\0\0\0\0", 4, NULL);
	end = log->size;
	for (i = 0; i < 2; i++) {
		for (length = 0; length < 40; length++) {
			log->size = end;
			put_fill(log, fills[i], length);
			assert_int_equal(read_events(log->data, log->size, &count, &tail, &err), 0);
			assert_int_equal(count, 2);
			assert_int_equal(tail.end, end);
			assert_int_equal(tail.padding, length);
			assert_int_equal(tail.ignored, 0);
		}
		log->size = end;
		put_fill(log, fills[i], 4000);
		put_event(log, 0, BC_EV_SEPARATOR, "\0\0\0\0", 4, NULL);	/* of an older log */
		assert_int_equal(read_events(log->data, log->size, &count, &tail, &err), 0);
		assert_int_equal(count, 2);
		assert_true(tail.padding >= 4000);
		assert_int_equal(tail.padding + tail.ignored, log->size - end);
		assert_int_equal(tail.ignored_offset, end + tail.padding);
	}
	free(log);
}

static void check_open(const struct bytes *log, int status, const char *words, const char *code)
{
	struct bc_error err;
	size_t count;

	bc_error_clear(&err);
	assert_int_equal(read_events(log->data, log->size, &count, NULL, &err), status);
	if (status == 0)
		return;
	if (!strstr(complete_text(&err), words))
		fail_msg("\"%s\" does not say \"%s\"", complete_text(&err), words);
	if (code)
		assert_string_equal(err.code, code);
}

static void tcg_log_without_a_spec_id_says_what_it_is(void **state)
{
	struct bytes *log = calloc(1, sizeof(*log));
	struct bc_error err;
	size_t count;

	(void)state;
	check_open(log, BC_E_INPUT, "empty", "LOG_NO_SPEC_ID");
	put_fill(log, 0, 65536);
	check_open(log, BC_E_INPUT, "padding (00)", "LOG_NO_SPEC_ID");
	log->size = 0;
	put_fill(log, 0xff, 1000);
	check_open(log, BC_E_INPUT, "padding (ff)", "LOG_NO_SPEC_ID");
	log->size = 0;
	put(log, "This is a text, and no log of anything.", 39);
	check_open(log, BC_E_INPUT, "a Spec ID event or a SHA-1 event, found something else", "LOG_NO_SPEC_ID");
	begin_sha256_log(log);
	put_event(log, 0, BC_EV_SEPARATOR, "\0\0\0\0", 4, NULL);
	check_open(log, 0, "", NULL);
	log->data[32 + 14] = '2';	/* Spec ID Event02: then every record has the SHA-1 form, and this one has not */
	check_open(log, BC_E_INPUT, "16 MiB", NULL);
	log->data[32 + 14] = '3';
	log->data[0] = 2;		/* the Spec ID in another PCR */
	bc_error_clear(&err);
	assert_int_equal(read_events(log->data, log->size, &count, NULL, &err), BC_E_INPUT);
	assert_string_equal(err.field, "pcrIndex");
	assert_string_equal(err.expected, "0 in the Spec ID event, or 1 in that of a CCEL log");
	assert_string_equal(err.found, "2");
	assert_int_equal(err.offset, 0);
	log->data[0] = 0;
	log->data[8] = 1;		/* a digest, which nothing extends: tcg_check.c has a word for it */
	check_open(log, 0, "", NULL);
	free(log);
}

static void tcg_log_refuses_a_spec_id_that_contradicts_itself(void **state)
{
	static const uint16_t twice[] = { ALG_SHA256, ALG_SHA256 }, unknown[] = { ALG_SHA256, ALG_UNKNOWN };
	static const uint16_t wrong[] = { 32, 0 }, larger[] = { 32, 65 }, fits[] = { 32, 24 };
	static const uint16_t sha1_as_sha256[] = { 20 };
	struct bytes *log = calloc(1, sizeof(*log));

	(void)state;
	put_spec_id(log, twice, NULL, 2);
	check_open(log, BC_E_INPUT, "twice", NULL);
	log->size = 0;
	put_spec_id(log, unknown, fits, 2);
	check_open(log, 0, "", NULL);
	log->size = 0;
	put_spec_id(log, unknown, wrong, 2);
	check_open(log, BC_E_INPUT, "the size of the algorithm's digests, found algorithm", NULL);
	log->size = 0;
	put_spec_id(log, unknown, larger, 2);
	check_open(log, BC_E_INPUT, "the size of the algorithm's digests, found algorithm", NULL);
	log->size = 0;
	put_spec_id(log, twice, sha1_as_sha256, 1);
	check_open(log, BC_E_INPUT, "the size of the algorithm's digests, found algorithm", NULL);
	begin_sha256_log(log);
	memset(log->data + 56, 0, 4);		/* numberOfAlgorithms */
	check_open(log, BC_E_INPUT, "1-16, found 0", NULL);
	log->data[56] = 17;
	check_open(log, BC_E_INPUT, "1-16, found 17", NULL);
	memset(log->data + 56, 0xff, 4);
	check_open(log, BC_E_INPUT, "1-16, found 4294967295", NULL);
	begin_sha256_log(log);
	log->data[28]++;			/* one byte behind the vendor info */
	put_fill(log, 0, 1);
	check_open(log, BC_E_INPUT, "its end behind the vendor info, found 1 more bytes", NULL);
	begin_sha256_log(log);
	log->data[log->size - 1] = 4;		/* vendor info that the event's size leaves no room for */
	put(log, "vend", 4);
	check_open(log, BC_E_INPUT, "an eventSize that leaves 0 bytes", NULL);
	free(log);
}

static void tcg_log_skips_vendor_info_and_unknown_banks(void **state)
{
	static const uint16_t algs[] = { ALG_UNKNOWN, ALG_SHA256 }, sizes[] = { 24, 32 };
	struct bytes *log = calloc(1, sizeof(*log));
	size_t count;

	(void)state;
	put_spec_id(log, algs, sizes, 2);
	log->data[28] += 3;
	log->data[log->size - 1] = 3;
	put(log, "abc", 3);
	put_le(log, 5, 4);
	put_le(log, BC_EV_ACTION, 4);
	put_le(log, 2, 4);
	put_le(log, ALG_UNKNOWN, 2);
	put_fill(log, 0x77, 24);
	put_le(log, ALG_SHA256, 2);
	put_fill(log, 0x88, 32);
	put_le(log, 0, 4);
	assert_int_equal(read_events(log->data, log->size, &count, NULL, NULL), 0);
	assert_int_equal(count, 2);
	free(log);
}

/* Offsets in the first event of a log of one bank: pcr 0, type 4, count 8, alg 12, digest 14, size 46. */
static void tcg_log_refuses_records_that_do_not_fit_the_spec_id(void **state)
{
	static const struct { size_t at; uint64_t value; size_t width; const char *words; } rows[] = {
		{ 0, 24, 4, "PCR 24" },
		{ 0, 0xffffffff, 4, "PCR 4294967295" },
		{ 8, 0, 4, "found 0 digests" },
		{ 8, 2, 4, "2 digests" },
		{ 8, 0xffffffff, 4, "digests" },
		{ 12, ALG_SHA1, 2, "an algorithm of the Spec ID, found algorithm 0x0004" },
		{ 46, (16 << 20) + 1, 4, "16 MiB" },
		{ 46, 0xffffffff, 4, "16 MiB" },
	};
	struct bytes *log = calloc(1, sizeof(*log)), *value = calloc(1, sizeof(*value));
	size_t i, start;

	(void)state;
	begin_sha256_log(log);
	start = log->size;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log->size = start;
		put_event(log, 0, BC_EV_SEPARATOR, "\0\0\0\0", 4, NULL);
		check_open(log, 0, "", NULL);
		value->size = 0;
		put_le(value, rows[i].value, rows[i].width);
		memcpy(log->data + start + rows[i].at, value->data, value->size);
		check_open(log, BC_E_INPUT, rows[i].words, NULL);
	}
	free(value);
	free(log);
}

static void tcg_log_refuses_a_bank_that_stands_twice_in_a_record(void **state)
{
	static const uint16_t algs[] = { ALG_SHA1, ALG_SHA256 };
	struct bytes *log = calloc(1, sizeof(*log));
	int i;

	(void)state;
	put_spec_id(log, algs, NULL, 2);
	put_le(log, 0, 4);
	put_le(log, BC_EV_ACTION, 4);
	put_le(log, 2, 4);
	for (i = 0; i < 2; i++) {
		put_le(log, ALG_SHA1, 2);
		put_fill(log, 1, 20);
	}
	put_le(log, 0, 4);
	check_open(log, BC_E_INPUT, "twice", NULL);
	free(log);
}

static void tcg_log_takes_an_event_larger_than_any_window(void **state)
{
	const size_t size = 3 << 20;
	struct bytes *head = calloc(1, sizeof(*head));
	uint8_t *data = calloc(1, size), *log = malloc(size + 4096);
	size_t count;

	(void)state;
	begin_sha256_log(head);
	put_le(head, 5, 4);
	put_le(head, BC_EV_ACTION, 4);
	put_le(head, 1, 4);
	put_le(head, ALG_SHA256, 2);
	put_fill(head, 9, 32);
	put_le(head, size, 4);
	memcpy(log, head->data, head->size);
	memcpy(log + head->size, data, size);
	assert_int_equal(read_events(log, head->size + size, &count, NULL, NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(read_events(log, head->size + size - 1, &count, NULL, NULL), BC_E_INPUT);
	free(log);
	free(data);
	free(head);
}

/* ---- SHA-1 records ---- */

static void put_sha1_event(struct bytes *log, uint32_t pcr, uint32_t type, const void *data, size_t size)
{
	uint8_t digest[BC_DIGEST_MAX] = { 0 };

	if (type != BC_EV_NO_ACTION)
		assert_int_equal(bc_digest(ALG_SHA1, data, size, digest, NULL), 0);
	put_le(log, pcr, 4);
	put_le(log, type, 4);
	put(log, digest, 20);
	put_le(log, size, 4);
	put(log, data, size);
}

/* As a BIOS with TPM 1.2 writes it; the Spec ID of the EFI platform is number 02. */
static void put_sha1_log(struct bytes *log, const char *signature)
{
	char spec_id[16 + 4 + 4 + 1 + 2] = "";

	if (signature) {
		memcpy(spec_id, signature, 15);
		memcpy(spec_id + 20, "\2\1\0\2\2ve", 7);	/* version 1.2 errata 0, UINTN of 64 bits, vendor info of 2 bytes */
		put_sha1_event(log, 0, BC_EV_NO_ACTION, spec_id, sizeof(spec_id));
	}
	put_sha1_event(log, 0, BC_EV_S_CRTM_VERSION, "1.0", 4);
	put_sha1_event(log, 4, BC_EV_ACTION, "Calling INT 19h", 15);
	put_sha1_event(log, 4, BC_EV_SEPARATOR, "\0\0\0\0", 4);
}

static void tcg_log_reads_sha1_records_with_any_spec_id_and_with_none(void **state)
{
	static const char *const signatures[] = { "Spec ID Event00", "Spec ID Event02", NULL };
	struct bytes *log = calloc(1, sizeof(*log));
	const struct bc_tcg_event *event;
	const struct bc_tcg_header *header;
	struct bc_stream *stream;
	struct bc_tcg_log *tcg = NULL;
	uint8_t digest[BC_DIGEST_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		log->size = 0;
		put_sha1_log(log, signatures[i]);
		stream = open_bytes(log->data, log->size, "log");
		assert_int_equal(bc_tcg_log_open(stream, &tcg, NULL), 0);
		header = bc_tcg_log_header(tcg);
		assert_true(header->sha1_form);
		assert_int_equal(header->bank_count, 1);
		assert_int_equal(header->bank[0].alg, ALG_SHA1);
		assert_int_equal(header->spec_major, signatures[i] ? 1 : 0);
		assert_int_equal(header->spec_minor, signatures[i] ? 2 : 0);
		assert_int_equal(header->vendor_size, signatures[i] ? 2 : 0);
		if (signatures[i]) {
			assert_int_equal(bc_tcg_log_next(tcg, &event, NULL), 1);
			assert_int_equal(event->type, BC_EV_NO_ACTION);
		}
		assert_int_equal(bc_tcg_log_next(tcg, &event, NULL), 1);
		assert_int_equal(event->number, signatures[i] ? 1 : 0);
		assert_int_equal(event->type, BC_EV_S_CRTM_VERSION);
		assert_int_equal(event->digest_count, 1);
		assert_int_equal(bc_digest(ALG_SHA1, "1.0", 4, digest, NULL), 0);
		assert_memory_equal(bc_tcg_event_digest(event, ALG_SHA1)->bytes, digest, 20);
		assert_int_equal(bc_tcg_log_next(tcg, &event, NULL), 1);
		assert_int_equal(event->pcr, 4);
		assert_memory_equal(event->data, "Calling INT 19h", 15);
		assert_int_equal(bc_tcg_log_next(tcg, &event, NULL), 1);
		assert_int_equal(bc_tcg_log_next(tcg, &event, NULL), 0);
		bc_tcg_log_free(tcg);
		bc_stream_free(stream);
	}
	free(log);
}

static void tcg_log_notices_a_cut_in_sha1_records_at_every_length(void **state)
{
	struct bytes *log = calloc(1, sizeof(*log));
	struct bc_tcg_tail tail;
	struct bc_error err;
	size_t length, count, whole = 0;
	uint8_t *copy;
	int r;

	(void)state;
	put_sha1_log(log, "Spec ID Event00");
	for (length = 0; length <= log->size; length++) {
		copy = malloc(length ? length : 1);
		memcpy(copy, log->data, length);
		r = read_events(copy, length, &count, &tail, &err);
		free(copy);
		/* The first four bytes of the record of PCR 0 are zeros: padding, and said to be. */
		if (r == 0 && !tail.padding)
			whole++;
		else if (r == 0)
			assert_true(tail.padding <= 4 && count == 1);
		else if (complete_text(&err))
			assert_string_equal(err.code, length < 32 ? "LOG_NO_SPEC_ID" : "LOG_TRUNCATED");
	}
	assert_int_equal(whole, 4);
	free(log);
}

static void tcg_log_ends_sha1_records_at_padding(void **state)
{
	struct bytes *log = calloc(1, sizeof(*log));
	struct bc_tcg_tail tail;
	size_t end, count;

	(void)state;
	put_sha1_log(log, NULL);
	end = log->size;
	put_fill(log, 0, 31);
	assert_int_equal(read_events(log->data, log->size, &count, &tail, NULL), 0);
	assert_int_equal(count, 3);
	assert_int_equal(tail.padding, 31);
	put_fill(log, 0, 1000);
	put_sha1_event(log, 5, BC_EV_ACTION, "old", 3);
	assert_int_equal(read_events(log->data, log->size, &count, &tail, NULL), 0);
	assert_int_equal(count, 3);
	assert_int_equal(tail.end, end);
	assert_true(tail.ignored > 0);
	/* 28 zeros and then a size are a record of type EV_PREBOOT_CERT, not padding. */
	log->size = end;
	put_fill(log, 0, 28);
	put_le(log, 1, 4);
	put_fill(log, 0, 1);
	assert_int_equal(read_events(log->data, log->size, &count, &tail, NULL), 0);
	assert_int_equal(count, 4);
	free(log);
}

/* ---- registers of confidential computing ---- */

static void put_register_event(struct bytes *log, uint16_t alg, uint32_t pcr, uint32_t type)
{
	put_le(log, pcr, 4);
	put_le(log, type, 4);
	put_le(log, 1, 4);
	put_le(log, alg, 2);
	put_fill(log, (uint8_t)(pcr + 1), bc_algorithm_by_id(alg)->size);
	put_le(log, 4, 4);
	put_fill(log, 0, 4);
}

static void tcg_log_tells_registers_from_pcrs(void **state)
{
	static const uint16_t sha384[] = { ALG_SHA384 }, sm3[] = { ALG_SM3 }, sha256[] = { ALG_SHA256 }, two[] = { ALG_SHA384, ALG_SM3 };
	/* Where the Spec ID event is, and what extends first; guests of TDX and CSV have 1 and 1. */
	static const struct { const uint16_t *banks; size_t count; uint8_t spec_id; uint32_t first; bool registers; const char *words; } rows[] = {
		{ sha384, 1, 1, 1, true, NULL }, { sha384, 1, 1, 4, true, NULL }, { sha384, 1, 0, 1, true, NULL },
		{ sha384, 1, 0, 4, true, NULL }, { sha384, 1, 0, 0, false, NULL }, { sha384, 1, 0, 5, false, NULL },
		{ sm3, 1, 1, 1, true, NULL }, { sm3, 1, 0, 4, true, NULL }, { sm3, 1, 0, 0, false, NULL },
		{ two, 2, 0, 1, false, NULL }, { two, 2, 1, 1, false, "Spec ID event in PCR 1" }, { sha256, 1, 1, 1, false, "Spec ID event in PCR 1" },
		{ sha384, 1, 1, 0, true, "index 0" }, { sha384, 1, 1, 5, true, "index 5" }, { sm3, 1, 1, 5, true, "index 5" },
	};
	struct bytes *log = calloc(1, sizeof(*log));
	struct bc_stream *stream;
	struct bc_tcg_log *tcg;
	struct bc_error err;
	size_t i, count;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log->size = 0;
		put_spec_id(log, rows[i].banks, NULL, rows[i].count);
		log->data[0] = rows[i].spec_id;
		put_register_event(log, rows[i].banks[0], 0, BC_EV_NO_ACTION);
		put_register_event(log, rows[i].banks[0], rows[i].first, BC_EV_SEPARATOR);
		assert_int_equal(read_events(log->data, log->size, &count, NULL, &err), rows[i].words ? BC_E_INPUT : 0);
		if (rows[i].words && !strstr(complete_text(&err), rows[i].words))
			fail_msg("row %zu: %s", i, complete_text(&err));
		stream = open_bytes(log->data, log->size, "log");
		tcg = NULL;
		if (bc_tcg_log_open(stream, &tcg, NULL) == 0)
			assert_int_equal(bc_tcg_log_header(tcg)->registers, rows[i].registers);
		else
			assert_string_equal(err.expected, "0, or the one bank sha384 or sm3 of a CCEL log");
		bc_tcg_log_free(tcg);
		bc_stream_free(stream);
	}
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcg_log_reads_every_event_of_the_vectors),
		cmocka_unit_test(tcg_log_notices_a_cut_at_every_length),
		cmocka_unit_test(tcg_log_ends_at_padding_and_says_what_stands_behind),
		cmocka_unit_test(tcg_log_without_a_spec_id_says_what_it_is),
		cmocka_unit_test(tcg_log_refuses_a_spec_id_that_contradicts_itself),
		cmocka_unit_test(tcg_log_skips_vendor_info_and_unknown_banks),
		cmocka_unit_test(tcg_log_refuses_records_that_do_not_fit_the_spec_id),
		cmocka_unit_test(tcg_log_refuses_a_bank_that_stands_twice_in_a_record),
		cmocka_unit_test(tcg_log_takes_an_event_larger_than_any_window),
		cmocka_unit_test(tcg_log_reads_sha1_records_with_any_spec_id_and_with_none),
		cmocka_unit_test(tcg_log_notices_a_cut_in_sha1_records_at_every_length),
		cmocka_unit_test(tcg_log_ends_sha1_records_at_padding),
		cmocka_unit_test(tcg_log_tells_registers_from_pcrs),
	};

	return cmocka_run_group_tests_name("tcg_log", tests, NULL, NULL);
}
