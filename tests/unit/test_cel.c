// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

static int read_records(const void *data, size_t size, size_t *ret_count, struct bc_error *err)
{
	struct bc_stream *stream = open_bytes(data, size, "cel");
	const struct bc_cel_record *record;
	struct bc_cel_log *log = NULL;
	uint64_t end = 0;
	int r;

	*ret_count = 0;
	r = bc_cel_log_open(stream, &log, err);
	while (r >= 0 && (r = bc_cel_log_next(log, &record, err)) > 0) {
		assert_int_equal(record->number, *ret_count);
		assert_true(record->offset >= end);
		end = record->offset + record->size;
		assert_true(end <= size);
		++*ret_count;
	}
	if (log && r < 0)
		assert_int_equal(bc_cel_log_next(log, &record, NULL), r);	/* a failure stays one */
	bc_cel_log_free(log);
	bc_stream_free(stream);
	return r;
}

static void put_be(struct bytes *bytes, uint64_t value, size_t size)
{
	while (size--)
		put_le(bytes, value >> (8 * size), 1);
}

static void put_tlv(struct bytes *log, uint8_t type, const void *value, size_t size)
{
	put_le(log, type, 1);
	put_be(log, size, 4);
	put(log, value, size);
}

/* A record of systemd's content; its digest is that of the string. Place is the type of what was extended: 1 a PCR, 108 a register. */
static void put_record_at(struct bytes *log, uint8_t number, uint8_t place, uint8_t pcr, const char *string)
{
	uint8_t digest[BC_DIGEST_MAX], recnum[8] = { 0, 0, 0, 0, 0, 0, 0, number };

	assert_int_equal(bc_digest(ALG_SHA256, string, strlen(string), digest, NULL), 0);
	put_tlv(log, 0, recnum, 8);
	put_tlv(log, place, &pcr, 1);
	put_le(log, 3, 1);
	put_be(log, 5 + 32, 4);
	put_tlv(log, ALG_SHA256, digest, 32);
	put_tlv(log, 9, string, strlen(string));
}

static void put_record(struct bytes *log, uint8_t number, uint8_t pcr, const char *string)
{
	put_record_at(log, number, 1, pcr, string);
}

static void cel_reads_tlv_and_notices_a_cut_at_every_length(void **state)
{
	struct bytes *log = calloc(1, sizeof(*log));
	size_t length, count, first, whole = 0;
	struct bc_error err;
	uint8_t *copy;
	int r;

	(void)state;
	put_record(log, 0, 11, "enter-initrd");
	first = log->size;
	put_record(log, 1, 11, "leave-initrd");
	for (length = 0; length <= log->size; length++) {
		copy = malloc(length ? length : 1);
		memcpy(copy, log->data, length);
		r = read_records(copy, length, &count, &err);
		free(copy);
		if (r == 0) {
			assert_true(length == first || length == log->size);
			whole++;
			continue;
		}
		assert_int_equal(r, BC_E_INPUT);
		assert_non_null(strstr(complete_text(&err), "cel: record "));
		if (length < 5 + 8 + 5 + 1)	/* number and PCR tell that it is one */
			continue;
		assert_string_equal(err.code, "LOG_TRUNCATED");
		assert_int_equal(err.number, length > first);
	}
	assert_int_equal(whole, 2);
	free(log);
}

/* Offsets in a record: number 0, its length 1; PCR 13, its length 14, value 18; digests 19, length 20; first digest 24, 25; content 61, 62. */
static void cel_refuses_tlv_that_no_log_has(void **state)
{
	static const struct { size_t at; uint8_t value; const char *words; } rows[] = {
		{ 0, 0, NULL },
		{ 0, 1, "expected type 0, the number of the record, found type 1" },
		{ 4, 3, "1, 2, 4 or 8 bytes, found 3 bytes" },
		{ 4, 9, "1, 2, 4 or 8 bytes, found 9 bytes" },
		{ 13, 3, "type 3, number 11" },
		{ 13, 108, "type 108, number 11" },
		{ 18, 24, "found type 1, number 24" },
		{ 19, 4, "a list of at most 16 digests, found type 4" },
		{ 22, 0xff, "a list of at most 16 digests, found type 3" },
		{ 24, ALG_SHA384, "found algorithm 0x000c, 32 bytes" },
		{ 28, 33, "longer than the list" },
		{ 28, 31, "found algorithm 0x000b, 31 bytes" },
		{ 61, 3, "the content, found type 3" },
		{ 62, 2, "at most 16 MiB, found" },
	};
	struct bytes *log = malloc(sizeof(*log));
	struct bc_error err;
	size_t i, start, count;
	int r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log->size = 0;
		put_record(log, 0, 11, "good");
		start = log->size;
		put_record(log, 1, 11, "enter-initrd");
		log->data[start + rows[i].at] = rows[i].value;
		r = read_records(log->data, log->size, &count, &err);
		assert_int_equal(r, rows[i].words ? BC_E_INPUT : 0);
		assert_int_equal(count, rows[i].words ? 1 : 2);
		if (rows[i].words && !strstr(complete_text(&err), rows[i].words))
			fail_msg("row %zu: %s", i, err.message);
	}
	free(log);
}

/* Google's Confidential Space: a register of a CCEL log in place of a PCR. */
static void cel_reads_registers_in_tlv_and_names_what_it_does_not_know(void **state)
{
	static const struct { uint8_t place, number; const char *found; } rows[] = {
		{ 108, 1, NULL }, { 108, 4, NULL }, { 1, 23, NULL },
		{ 108, 0, "type 108, number 0" }, { 108, 5, "type 108, number 5" }, { 1, 24, "type 1, number 24" },
		{ 109, 4, "type 109, number 4" }, { 4, 4, "type 4, number 4" },
	};
	struct bytes *log = calloc(1, sizeof(*log));
	const struct bc_cel_record *record;
	struct bc_stream *stream;
	struct bc_cel_log *cel;
	enum bc_format format;
	struct bc_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log->size = 0;
		put_record_at(log, 0, rows[i].place, rows[i].number, "image");
		stream = open_bytes(log->data, log->size, "cel");
		assert_int_equal(bc_format_require(stream, &format, &err), 0);
		assert_int_equal(format, BC_FORMAT_CEL_TLV);
		assert_int_equal(bc_cel_log_open(stream, &cel, &err), 0);
		assert_int_equal(bc_cel_log_next(cel, &record, &err), rows[i].found ? BC_E_INPUT : 1);
		if (rows[i].found) {
			assert_string_equal(err.found, rows[i].found);
			assert_string_equal(err.field, "pcr");
			assert_int_equal(err.number, 0);
			assert_int_equal(err.offset, 5 + 8);
		} else {
			assert_true(record->has_pcr);
			assert_int_equal(record->is_register, rows[i].place == 108);
			assert_int_equal(record->pcr, rows[i].number);
		}
		bc_cel_log_free(cel);
		bc_stream_free(stream);
	}
	/* Without digests behind it, it is nothing that is known. */
	log->size = 0;
	put_record_at(log, 0, 109, 4, "image");
	log->data[5 + 8 + 5 + 1] = 7;
	stream = open_bytes(log->data, log->size, "cel");
	assert_int_equal(bc_format_require(stream, &format, &err), BC_E_INPUT);
	bc_stream_free(stream);
	free(log);
}

#define DIGEST "\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"0123456789012345678901234567890123456789\"}]"
#define GOOD "{\"pcr\":11," DIGEST ",\"content_type\":\"systemd\",\"content\":{\"string\":\"x\"}}"

static void cel_reads_json_with_and_without_an_array_around_it(void **state)
{
	static const struct { const char *text; size_t records; } rows[] = {
		{ GOOD, 1 }, { "\x1e" GOOD "\n\x1e" GOOD "\n", 2 }, { GOOD GOOD, 2 }, { " [ " GOOD " ] \n", 1 }, { "[" GOOD ",\n" GOOD "]", 2 },
	};
	size_t i, count;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_records(rows[i].text, strlen(rows[i].text), &count, NULL), 0);
		assert_int_equal(count, rows[i].records);
	}
}

static void cel_refuses_json_that_no_log_has(void **state)
{
	static const struct { const char *text; size_t records; const char *words; } rows[] = {
		{ "[" GOOD " " GOOD "]", 1, "a comma or the end of the log, found a record" },
		{ "[" GOOD "," "]", 1, "a record or the end of the log, found something else" },
		{ "[" GOOD, 1, "the log ends inside" },
		{ "[" GOOD "]" GOOD, 1, "comma or the end" },
		{ "[" GOOD "] x", 1, "a record or the end of the log, found something else" },
		{ GOOD "[" GOOD "]", 1, "a record or the end of the log, found something else" },
		{ GOOD ",", 1, "a record or the end of the log, found something else" },
		{ "[[" GOOD "]]", 0, "a record or the end of the log, found something else" },
		{ "{\"pcr\":24," DIGEST "}", 0, "a PCR of 0-23, found 24" },
		{ "{\"pcr\":-1," DIGEST "}", 0, "found -1" },
		{ "{\"pcr\":4294967307," DIGEST "}", 0, "a PCR of 0-23, found " },
		{ "{\"pcr\":\"11\"," DIGEST "}", 0, "a PCR of 0-23, found " },
		{ "{" DIGEST "}", 0, "a PCR or an NV index, found nothing" },
		{ "{" DIGEST ",\"content\":{\"string\":\"x\"}}", 0, "a PCR or an NV index, found nothing" },
		{ "{\"rtmr\":4," DIGEST "}", 0, "an RTMR of 0-3, found 4" },
		{ "{\"nv_index\":-1," DIGEST "}", 0, "the number of an NV index, found -1" },
		{ "{\"pcr\":1}", 0, "expected digests, found nothing" },
		{ "{\"pcr\":1,\"digests\":{}}", 0, "an array of at most 16 digests, found {}" },
		{ "{\"pcr\":1,\"digests\":[1]}", 0, "hashAlg, one that is known" },
		{ "{\"pcr\":1,\"digests\":[{\"hashAlg\":\"md5\",\"digest\":\"00\"}]}", 0, "hashAlg, one that is known" },
		{ "{\"pcr\":1,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"00\"}]}", 0, "found algorithm 0x0004, 1 bytes" },
		{ "{\"pcr\":1,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"0x\"}]}", 0, "hex digits, found \"0x\"" },
		{ "{\"pcr\":1,\"recnum\":\"a\"," DIGEST "}", 0, "expected a number, found \"a\"" },
		{ "{\"pcr\":1,\"nv\":1,}", 0, "expected JSON, found " },
		{ "{\"a\":\"\xff\"}", 0, "expected JSON, found " },
		{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{", 0, "16 levels" },
	};
	struct bc_error err;
	size_t i, count;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (read_records(rows[i].text, strlen(rows[i].text), &count, &err) != BC_E_INPUT)
			fail_msg("row %zu is taken: %s", i, rows[i].text);
		assert_int_equal(count, rows[i].records);
		assert_int_equal(err.number, rows[i].records);
		if (!strstr(complete_text(&err), rows[i].words))
			fail_msg("row %zu: %s", i, err.message);
	}
}

static void cel_notices_a_cut_in_json_at_every_length(void **state)
{
	static const char text[] = "\x1e" GOOD "\n\x1e" GOOD "\n";
	const size_t first = sizeof("\x1e" GOOD) - 1, second = sizeof(text) - 2;
	size_t length, count;
	struct bc_error err;
	int r;

	(void)state;
	for (length = 2; length < sizeof(text); length++) {
		r = read_records(text, length, &count, &err);
		if ((length >= first && length <= first + 2) || length >= second) {	/* a separator is no record */
			assert_int_equal(r, 0);
			assert_int_equal(count, length >= second ? 2 : 1);
			continue;
		}
		assert_int_equal(r, BC_E_INPUT);
		assert_non_null(strstr(complete_text(&err), "cel: record "));
		assert_string_equal(err.code, "LOG_TRUNCATED");
		assert_int_equal(err.number, length > first);
	}
}

static void cel_tells_pcrs_registers_and_nv_indices_apart(void **state)
{
	static const struct { const char *text; bool has_pcr, is_register; uint32_t pcr, nv_index; } rows[] = {
		{ "{\"pcr\":23," DIGEST "}", true, false, 23, 0 },
		{ "{\"rtmr\":2,\"mapped_pcr\":11," DIGEST "}", true, true, 3, 0 },
		{ "{\"nv_index\":30474752," DIGEST "}", false, false, 0, 30474752 },
		{ "{" DIGEST ",\"content_type\":\"systemd\",\"content\":{\"nvIndexName\":\"login\",\"string\":\"x\"}}", false, false, 0, 0 },
	};
	const struct bc_cel_record *record;
	struct bc_stream *stream;
	struct bc_cel_log *log;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stream = open_bytes(rows[i].text, strlen(rows[i].text), "cel");
		assert_int_equal(bc_cel_log_open(stream, &log, NULL), 0);
		assert_int_equal(bc_cel_log_next(log, &record, NULL), 1);
		assert_int_equal(record->has_pcr, rows[i].has_pcr);
		assert_int_equal(record->is_register, rows[i].is_register);
		assert_int_equal(record->pcr, rows[i].pcr);
		assert_int_equal(record->nv_index, rows[i].nv_index);
		bc_cel_log_free(log);
		bc_stream_free(stream);
	}
}

/* What is inside a record decides what its digest must be of. */
static void cel_holds_digests_against_content(void **state)
{
	static const struct { const char *content, *hashed; size_t size; const char *text; enum bc_agree agree; } rows[] = {
		{ "\"systemd\",\"content\":{\"string\":\"ready\",\"eventType\":\"phase\"}", "ready", 5, "phase: ready", BC_AGREE_YES },
		{ "\"systemd\",\"content\":{\"string\":\"ready\",\"eventType\":\"phase\"}", "other", 5, "phase: ready", BC_AGREE_NO },
		{ "\"systemd\",\"content\":{\"string\":\"root\",\"eventType\":\"volume-key\"}", "other", 5, "volume-key: root", BC_AGREE_UNKNOWN },
		{ "\"systemd\",\"content\":{\"string\":7}", "other", 5, "{\"string\":7}", BC_AGREE_UNKNOWN },
		{ "\"pcclient_std\",\"content\":{\"event_type\":4,\"event_data\":\"00000000\"}", "\0\0\0\0", 4, "EV_SEPARATOR: closed by EFI code", BC_AGREE_YES },
		{ "\"pcclient_std\",\"content\":{\"event_type\":\"separator\",\"event_data\":\"00000000\"}", "x", 1, "EV_SEPARATOR: closed by EFI code", BC_AGREE_NO },
		{ "\"pcclient_std\",\"content\":{\"event_type\":\"0x80000003\",\"event_data\":\"\"}", "x", 1, "EV_EFI_BOOT_SERVICES_APPLICATION", BC_AGREE_UNKNOWN },
		{ "5,\"content\":{\"event_type\":5,\"event_data\":\"676f\"}", "go", 2, "EV_ACTION: go", BC_AGREE_YES },
		{ "\"pcclient_std\",\"content\":{\"event_type\":5,\"event_data\":\"67o\"}", "go", 2, "{\"event_type\":5,\"event_data\":\"67o\"}", BC_AGREE_UNKNOWN },
		{ "\"ima_template\",\"content\":{\"template_name\":\"ima-ng\",\"template_data\":\"06000000736861313a00020000006100\"}",
		  "\6\0\0\0sha1:\0\2\0\0\0a\0", 16, "ima-ng: a", BC_AGREE_YES },
		{ "\"ima_template\",\"content\":{\"template_name\":\"ima-ng\",\"template_data\":\"06000000736861313a00020000006100\"}", "x", 1,
		  "ima-ng: a", BC_AGREE_NO },
		{ "\"ima_template\",\"content\":{\"template_name\":\"ima-ng\",\"template_data\":\"00\"}", "x", 1, "ima-ng", BC_AGREE_UNKNOWN },
		{ "\"cel\",\"content\":{\"type\":\"cel_version\"}", "x", 1, "{\"type\":\"cel_version\"}", BC_AGREE_UNKNOWN },
		{ "\"new\",\"content\":17", "x", 1, "17", BC_AGREE_UNKNOWN },
	};
	char text[2048], hex[2 * BC_DIGEST_MAX + 1], found[256];
	const struct bc_cel_record *record;
	struct bc_findings *findings;
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_stream *stream;
	struct bc_cel_log *log;
	enum bc_agree agree;
	size_t i;

	(void)state;
	assert_int_equal(bc_findings_new(&findings, NULL), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(bc_digest(ALG_SHA256, rows[i].hashed, rows[i].size, digest, NULL), 0);
		bc_hex(digest, 32, hex);
		snprintf(text, sizeof(text), "{\"pcr\":12,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],\"content_type\":%s}", hex, rows[i].content);
		stream = open_bytes(text, strlen(text), "cel");
		assert_int_equal(bc_cel_log_open(stream, &log, NULL), 0);
		assert_int_equal(bc_cel_log_next(log, &record, NULL), 1);
		bc_findings_clear(findings);
		assert_int_equal(bc_cel_log_check(log, findings, &agree, NULL), 0);
		if (agree != rows[i].agree)
			fail_msg("row %zu: %d", i, agree);
		assert_int_equal(bc_findings_count(findings), agree == BC_AGREE_NO);
		assert_int_equal(bc_cel_record_text(record, found, sizeof(found)), strlen(rows[i].text));
		assert_string_equal(found, rows[i].text);
		bc_cel_log_free(log);
		bc_stream_free(stream);
	}
	bc_findings_free(findings);
}

/* Extends: a violation of IMA is ff...ff, a record without a PCR or without digests nothing, a note of the firmware nothing. */
static void cel_replays_what_was_extended(void **state)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	static const char *const contents[] = {
		"\"pcr\":10,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],\"content_type\":\"ima_template\",\"content\":{\"template_name\":\"ima-ng\",\"template_data\":\"06000000736861313a00020000006100\"}",
		"\"nv_index\":30474752,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],\"content_type\":\"systemd\",\"content\":{\"string\":\"x\"}",
		"\"pcr\":0,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":3,\"event_data\":\"\"}",
		"\"pcr\":9,\"digests\":[],\"content_type\":\"cel\",\"content\":{}",
	};
	uint8_t both[64] = { 0 }, value[BC_DIGEST_MAX];
	const struct bc_cel_record *record;
	struct bc_replay *replay = NULL;
	const struct bc_pcr_bank *bank;
	struct bc_stream *stream;
	struct bc_cel_log *log;
	char text[1024];
	size_t i, used;

	(void)state;
	assert_int_equal(bc_replay_new(&replay, NULL), 0);
	assert_int_equal(bc_replay_add_bank(replay, ALG_SHA256, NULL), 0);
	for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		text[0] = '{';
		used = 1 + (size_t)snprintf(text + 1, sizeof(text) - 1, contents[i], zeros);
		snprintf(text + used, sizeof(text) - used, "}");
		stream = open_bytes(text, strlen(text), "cel");
		assert_int_equal(bc_cel_log_open(stream, &log, NULL), 0);
		assert_int_equal(bc_cel_log_next(log, &record, NULL), 1);
		assert_int_equal(bc_replay_record(replay, record, NULL), 0);
		bc_cel_log_free(log);
		bc_stream_free(stream);
	}
	bank = bc_pcrs_bank_const(bc_replay_values(replay), ALG_SHA256);
	assert_int_equal(bank->present, 1 << 10);
	memset(both + 32, 0xff, 32);
	assert_int_equal(bc_digest(ALG_SHA256, both, 64, value, NULL), 0);
	assert_memory_equal(bank->value[10], value, 32);
	bc_replay_free(replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cel_reads_tlv_and_notices_a_cut_at_every_length),
		cmocka_unit_test(cel_refuses_tlv_that_no_log_has),
		cmocka_unit_test(cel_reads_registers_in_tlv_and_names_what_it_does_not_know),
		cmocka_unit_test(cel_reads_json_with_and_without_an_array_around_it),
		cmocka_unit_test(cel_refuses_json_that_no_log_has),
		cmocka_unit_test(cel_tells_pcrs_registers_and_nv_indices_apart),
		cmocka_unit_test(cel_notices_a_cut_in_json_at_every_length),
		cmocka_unit_test(cel_holds_digests_against_content),
		cmocka_unit_test(cel_replays_what_was_extended),
	};

	return cmocka_run_group_tests_name("cel", tests, NULL, NULL);
}
