// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

/* What README.md of the fixture says about its entries. */
static const struct {
	const char *template_name, *name, *alg, *type;
	size_t fields, digest, sig;
} wanted[] = {
	{ "ima-ng", "boot_aggregate", "sha256", "", 2, 32, 0 },
	{ "ima-ng", "/init", "sha256", "", 2, 32, 0 },
	{ "ima-sig", "/bin/sh", "sha256", "", 3, 32, 63 },
	{ "ima-sig", "/bin/unsigned", "sha256", "", 3, 32, 0 },
	{ "ima-buf", "kernel_version", "sha256", "", 3, 32, 0 },
	{ "ima-ng", "/var/log/written", "sha256", "", 2, 32, 0 },
	{ "ima", "/old/name with blanks", "sha1", "", 2, 20, 0 },
	{ "ima-ngv2", "/usr/bin/verity", "sha256", "verity", 2, 32, 0 },
	{ "ima-sigv2", "/usr/bin/sigv2", "sha512", "ima", 3, 64, 63 },
	{ "ima-modsig", "/lib/m.ko", "sha256", "", 5, 32, 0 },
	{ "evm-sig", "/usr/bin/evm", "sha256", "", 9, 32, 65 },
	{ "n-ng|d-ng", "/turned/round", "sha256", "", 2, 32, 0 },
	{ "unheard-of", NULL, "", "", 2, 0, 0 },
	{ "ima-ng", "/not-utf8-\xff\x1b[2J", "sha256", "", 2, 32, 0 },
};
#define ENTRIES (sizeof(wanted) / sizeof(wanted[0]))

static void check_entry(const struct bc_ima_entry *entry, size_t i)
{
	assert_int_equal(entry->number, i + 1);
	assert_int_equal(entry->pcr, 10);
	assert_string_equal(entry->template_name, wanted[i].template_name);
	assert_int_equal(entry->template_known, wanted[i].name != NULL);
	assert_int_equal(entry->field_count, entry->data_known ? wanted[i].fields : 0);
	assert_true(entry->data_known || !wanted[i].name);
	assert_string_equal(entry->file_alg, wanted[i].alg);
	assert_string_equal(entry->file_digest_type, wanted[i].type);
	assert_int_equal(entry->file_digest_size, wanted[i].digest);
	assert_int_equal(entry->sig_size, wanted[i].sig);
	assert_int_equal(entry->violation, i == 5);
	assert_int_equal(bc_ima_is_boot_aggregate(entry), i == 0);
	if (!wanted[i].name) {
		assert_null(entry->name);
		return;
	}
	assert_int_equal(entry->name_size, strlen(wanted[i].name));
	assert_memory_equal(entry->name, wanted[i].name, entry->name_size);
}

static void read_whole_list(const char *path, uint16_t alg)
{
	struct bc_stream *stream = NULL;
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	struct bc_hash *hash = NULL;
	uint8_t digest[BC_DIGEST_MAX];
	uint64_t end = 0;
	size_t i;

	assert_int_equal(bc_stream_open(path, &stream, NULL), 0);
	assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
	assert_int_equal(bc_ima_log_alg(log), alg);
	assert_int_equal(bc_hash_new(alg, &hash, NULL), 0);
	for (i = 0; i < ENTRIES; i++) {
		assert_int_equal(bc_ima_log_next(log, &entry, NULL), 1);
		assert_int_equal(entry->offset, end);
		end += entry->size;
		check_entry(entry, i);
		if (!entry->data_known) {
			assert_int_equal(bc_ima_template_digest(entry, hash, digest, NULL), BC_E_UNSUPPORTED);
			continue;
		}
		assert_int_equal(bc_ima_template_digest(entry, hash, digest, NULL), 0);
		if (!entry->violation)
			assert_memory_equal(digest, entry->digest, entry->digest_size);
		else
			assert_int_equal(digest[0] & digest[entry->digest_size - 1], 0xff);
	}
	assert_int_equal(bc_ima_log_next(log, &entry, NULL), 0);
	assert_int_equal(bc_ima_log_next(log, &entry, NULL), 0);
	bc_hash_free(hash);
	bc_ima_log_free(log);
	bc_stream_free(stream);
}

static void ima_log_reads_every_template_in_lists_of_both_banks(void **state)
{
	(void)state;
	read_whole_list(GOLDEN_IMA, ALG_SHA256);
	read_whole_list(GOLDEN_IMA_SHA1, ALG_SHA1);
}

static void ima_log_reads_a_list_of_a_big_endian_machine_and_an_ascii_list(void **state)
{
	(void)state;
	read_whole_list(GOLDEN_IMA_BE, ALG_SHA256);
	read_whole_list(GOLDEN_IMA_ASCII, ALG_SHA256);
}

/* A line of a template whose last fields are of signatures, with the one of these bytes and empty ones behind it; tail stands behind the name. */
struct sig_line { const char *template, *name, *tail, *hashed; uint8_t sig_size, empty; int r; };

static void put_sig_line(struct bytes *list, const struct sig_line *row)
{
	struct bytes *data = calloc(1, sizeof(*data));
	char hex[2 * BC_DIGEST_MAX + 1], line[1024];
	uint8_t digest[BC_DIGEST_MAX] = { 0 };

	put_le(data, 8 + 32, 4);
	put(data, "sha256:", 8);
	put_fill(data, 0x11, 32);
	if (row->hashed) {
		put_le(data, strlen(row->hashed) + 1, 4);
		put(data, row->hashed, strlen(row->hashed) + 1);
		if (row->sig_size) {
			put_le(data, row->sig_size, 4);
			put_fill(data, 0x03, row->sig_size);
		}
		put_fill(data, 0, 4u * row->empty);
		assert_int_equal(bc_digest(ALG_SHA256, data->data, data->size, digest, NULL), 0);
	}
	bc_hex(digest, 32, hex);
	put(list, line, (size_t)snprintf(line, sizeof(line), "10 %s %s sha256:", hex, row->template));
	bc_hex(data->data + 12, 32, hex);
	put(list, line, (size_t)snprintf(line, sizeof(line), "%s %s%s\n", row->hashed ? hex : "00", row->name, row->tail));
	free(data);
}

/* An editor cuts blanks at the end of a line: then the end of the name stands where an empty signature was. */
static void ima_log_takes_a_line_that_lost_the_blanks_before_empty_signatures(void **state)
{
	static const struct sig_line rows[] = {
		{ "ima-sig", "boot_aggregate", " ", "boot_aggregate", 0, 1, 1 },		/* as Linux writes it */
		{ "ima-sig", "boot_aggregate", "", "boot_aggregate", 0, 1, 1 },
		{ "ima-sig", "/a name with blanks", "", "/a name with blanks", 0, 1, 1 },
		{ "ima-sig", "/abc", "", NULL, 0, 1, 1 },				/* a violation */
		{ "ima-sig", "/bin/sh", "", "/bin/other", 0, 1, BC_E_INPUT },		/* the digest is of another name */
		{ "ima-sig", "/bin/sh", " 0302zz", "/bin/sh", 0, 1, BC_E_INPUT },	/* a broken signature */
		{ "ima-modsig", "/a name with blanks", "   ", "/a name with blanks", 0, 3, 1 },
		{ "ima-modsig", "/a name with blanks", "", "/a name with blanks", 0, 3, 1 },
		{ "ima-modsig", "/a name with blanks", " 0303  ", "/a name with blanks", 2, 2, 1 },
		{ "ima-modsig", "/a name with blanks", " 0303", "/a name with blanks", 2, 2, 1 },
		{ "ima-modsig", "/bin/sh", "", "/bin/other", 0, 3, BC_E_INPUT },
		{ "ima-modsig", "/bin/sh", " 0303", "/bin/sh", 2, 3, BC_E_INPUT },	/* the digest is of a field more */
	};
	struct bytes *list = calloc(1, sizeof(*list));
	const struct bc_ima_entry *entry;
	struct bc_stream *stream;
	struct bc_ima_log *log;
	struct bc_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		list->size = 0;
		put_sig_line(list, &rows[i]);
		stream = open_bytes(list->data, list->size, "ima.log");
		assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
		if (bc_ima_log_next(log, &entry, &err) != rows[i].r)
			fail_msg("row %zu", i);
		if (rows[i].r == 1) {
			assert_int_equal(entry->name_size, strlen(rows[i].name));
			assert_memory_equal(entry->name, rows[i].name, entry->name_size);
			assert_int_equal(entry->sig_size, rows[i].sig_size);
			assert_int_equal(entry->violation, !rows[i].hashed);
		} else {
			assert_true(err.expected[0] && err.found[0]);
			assert_string_equal(err.field, "template data");
		}
		if (rows[i].r != 1 && !strcmp(rows[i].template, "ima-sig")) {
			assert_non_null(strstr(complete_text(&err), "expected hex digits, found \""));
			assert_non_null(strstr(err.found, "as word 3 behind the template name"));
		}
		bc_ima_log_free(log);
		bc_stream_free(stream);
	}
	free(list);
}

static void ima_log_tells_byte_order_and_text(void **state)
{
	static const struct { const char *path; bool big_endian; enum bc_format format; } rows[] = {
		{ GOLDEN_IMA, false, BC_FORMAT_IMA_BINARY }, { GOLDEN_IMA_BE, true, BC_FORMAT_IMA_BINARY },
		{ GOLDEN_IMA_ASCII, false, BC_FORMAT_IMA_ASCII },
	};
	struct bc_stream *stream;
	enum bc_format format;
	struct bc_ima_log *log;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(bc_stream_open(rows[i].path, &stream, NULL), 0);
		assert_int_equal(bc_format_detect(stream, &format, NULL), 0);
		assert_int_equal(format, rows[i].format);
		assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
		assert_int_equal(bc_ima_log_big_endian(log), rows[i].big_endian);
		bc_ima_log_free(log);
		bc_stream_free(stream);
	}
}

static int read_entries(const void *data, size_t size, size_t *ret_count, struct bc_error *err)
{
	struct bc_stream *stream = open_bytes(data, size, "ima.log");
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	int r;

	*ret_count = 0;
	r = bc_ima_log_open(stream, 1, &log, err);
	while (r >= 0 && (r = bc_ima_log_next(log, &entry, err)) > 0)
		++*ret_count;
	if (log && r < 0)
		assert_int_equal(bc_ima_log_next(log, &entry, NULL), r);
	bc_ima_log_free(log);
	bc_stream_free(stream);
	return r;
}

/* shortest: length from which on it is told to be a list. */
static void cut_at_every_length(const char *path, size_t shortest)
{
	size_t size, length, count, whole = 0;
	uint8_t *data = read_fixture(path, &size), *copy;
	struct bc_error err;
	int r;

	for (length = 0; length <= size; length++) {
		copy = malloc(length ? length : 1);
		memcpy(copy, data, length);
		r = read_entries(copy, length, &count, &err);
		free(copy);
		if (r == 0) {
			whole++;
			continue;
		}
		assert_int_equal(r, BC_E_INPUT);
		assert_int_equal(err.number, count + 1);
		assert_string_equal(err.counter, "entry");
		complete_text(&err);
		assert_true(err.offset >= 0 && (uint64_t)err.offset <= length);
		if (length >= shortest)
			assert_string_equal(err.code, "LOG_TRUNCATED");
	}
	assert_int_equal(whole, ENTRIES + 1);	/* an empty list is one too */
	bc_free(data);
}

static void ima_log_notices_a_cut_at_every_length(void **state)
{
	(void)state;
	cut_at_every_length(GOLDEN_IMA, 4 + 32 + 4 + 6);	/* the first template name tells that it is a list */
	cut_at_every_length(GOLDEN_IMA_BE, 4 + 32 + 4 + 6);
	cut_at_every_length(GOLDEN_IMA_ASCII, 3 + 64 + 1 + 6 + 1);
}

/* SHA-256, SM3 and SHA3-256 have digests of one size: the first entry's own digest tells them apart. */
static void ima_log_tells_banks_of_one_size_apart(void **state)
{
	static const uint16_t algs[] = { ALG_SHA256, ALG_SM3, 0x0027 };
	static const char data[] = "\6\0\0\0sha1:\0\2\0\0\0a\0";
	struct bytes *list = calloc(1, sizeof(*list));
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_stream *stream;
	struct bc_ima_log *log;
	size_t i, told = 0;

	(void)state;
	for (i = 0; i < 3; i++) {
		if (!bc_hash_available(algs[i]))	/* mbedTLS 2.28 has neither */
			continue;
		list->size = 0;
		assert_int_equal(bc_digest(algs[i], data, 16, digest, NULL), 0);
		put_le(list, 10, 4);
		put(list, digest, 32);
		put_le(list, 6, 4);
		put(list, "ima-ng", 6);
		put_le(list, 16, 4);
		put(list, data, 16);
		stream = open_bytes(list->data, list->size, "ima.log");
		assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
		assert_int_equal(bc_ima_log_alg(log), algs[i]);
		told++;
		bc_ima_log_free(log);
		list->data[10]++;		/* a digest of none of them */
		bc_stream_free(stream);
		stream = open_bytes(list->data, list->size, "ima.log");
		assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
		assert_int_equal(bc_ima_log_alg(log), ALG_SHA256);
		bc_ima_log_free(log);
		bc_stream_free(stream);
	}
	assert_true(told >= 1);
	free(list);
}

#define SHA1_HEX "0123456789012345678901234567890123456789"
static void ima_log_refuses_lines_that_break_their_form(void **state)
{
	static const struct { const char *line; const char *words; } rows[] = {
		{ "10 " SHA1_HEX " ima-ng sha1:00 /a b\n", NULL },	/* old kernels wrote blanks as they are */
		{ " 9 " SHA1_HEX " ima-sig sha1:00 /a \n", NULL },
		{ "10 " SHA1_HEX " ima-sig sha1:00 /a 0302\n", NULL },
		{ "10 " SHA1_HEX " unheard-of anything at all\n", NULL },
		{ "24 " SHA1_HEX " ima-ng sha1:00 /a\n", "PCR, template digest, template name, fields, found no such line" },
		{ "10 " SHA1_HEX "\n", "PCR, template digest, template name, fields, found no such line" },
		{ "10 " SHA1_HEX " IMA sha1:00 /a\n", "PCR, template digest, template name, fields, found no such line" },
		{ "10 " SHA1_HEX "00 ima-ng sha1:00 /a\n", "40 hex digits, found another word of 42 characters" },
		{ "10 " SHA1_HEX " ima-ng sha1 /a\n", "word 1" },
		{ "10 " SHA1_HEX " ima-ng sha1:0 /a\n", "word 1" },
		{ "10 " SHA1_HEX " ima-ngv2 sha1:00 /a\n", "word 1" },
		{ "10 " SHA1_HEX " ima-sig sha1:00\n", "a word for each field of the template, found fewer words" },
		{ "10 " SHA1_HEX " ima-sig sha1:00 /a 030\n", "word 3" },
		{ "10 " SHA1_HEX " ima-sig sha1:00 /a xy\n", "word 3" },
		{ "10 " SHA1_HEX " ima zz" "01234567890123456789012345678901234567 /a\n", "a digest of 40 hex digits, found another word" },
		{ "10 " SHA1_HEX " ima 0011 /a\n", "a digest of 40 hex digits, found another word" },
		{ "10 " SHA1_HEX " iuid|n-ng 4294967296 /a\n", "word 1" },
		{ "10 " SHA1_HEX " iuid|n-ng 4294967295 /a\n", NULL },
		{ "10 " SHA1_HEX " imode|n-ng 65536 /a\n", "word 1" },
		{ "10 " SHA1_HEX " sig 00 00\n", "the end of the line behind the last field, found 2 more" },
		{ "10 " SHA1_HEX " ima-ng sha1:00 /a", "without one" },
		{ "\n", "PCR, template digest, template name, fields, found no such line" },
	};
	struct bytes *list = malloc(sizeof(*list));
	struct bc_error err;
	size_t i, count;
	int r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		list->size = 0;
		put(list, rows[0].line, strlen(rows[0].line));	/* the good line tells what the list is */
		put(list, rows[i].line, strlen(rows[i].line));
		r = read_entries(list->data, list->size, &count, &err);
		if (r != (rows[i].words ? BC_E_INPUT : 0) || count != (rows[i].words ? 1 : 2))
			fail_msg("line %zu: result %d, %zu entries", i, r, count);
		if (!rows[i].words)
			continue;
		assert_int_equal(err.number, 2);
		assert_int_equal(err.offset, strlen(rows[0].line));
		if (!strstr(complete_text(&err), rows[i].words))
			fail_msg("line %zu: %s", i, err.message);
	}
	list->size = 0;
	put(list, rows[0].line, strlen(rows[0].line));
	list->data[60] = '\0';
	assert_int_equal(read_entries(list->data, list->size, &count, &err), BC_E_INPUT);
	free(list);
}

/* One ima-ng entry of a SHA-1 list from its template data. */
static void put_entry(struct bytes *list, const char *template_name, const void *data, size_t size)
{
	put_le(list, 10, 4);
	put_fill(list, 0x11, 20);
	put_le(list, strlen(template_name), 4);
	put(list, template_name, strlen(template_name));
	put_le(list, size, 4);
	put(list, data, size);
}

static void ima_log_refuses_fields_that_break_their_form(void **state)
{
	static const struct { const char *template_name, *data; size_t size; const char *field, *words; } rows[] = {
		{ "ima-ng", "\6\0\0\0sha1:\0\2\0\0\0a\0", 16, NULL, NULL },
		{ "ima-ng", "\6\0\0\0sha1:\0\3\0\0\0a\0", 16, "n-ng", "length 3, 2 bytes left" },
		{ "ima-ng", "\xff\xff\xff\xffsha1:\0\2\0\0\0a\0", 16, "d-ng", "length 4294967295" },
		{ "ima-ng", "\6\0\0\0sha1:\0\1\0\0\0a\0", 16, "template data", "its end behind the last field, found 1 more bytes" },
		{ "ima-ng", "\5\0\0\0sha1:\2\0\0\0a\0", 15, "d-ng", "algorithm name" },
		{ "ima-ng", "\6\0\0\0sha1 \0\2\0\0\0a\0", 16, "d-ng", "algorithm name" },
		{ "ima-ng", "\2\0\0\0:\0\2\0\0\0a\0", 12, "d-ng", "algorithm name" },
		{ "ima-ng", "", 0, "d-ng", "length 0, 0 bytes left" },
		{ "ima-ngv2", "\6\0\0\0sha1:\0\2\0\0\0a\0", 16, "d-ngv2", "a digest type with a colon" },
		{ "ima-ngv2", "\7\0\0\0:sha1:\0\2\0\0\0a\0", 17, "d-ngv2", "a digest type with a colon" },
		{ "ima-ngv2", "\x0a\0\0\0ima:sha1:\0\2\0\0\0a\0", 20, NULL, NULL },
	};
	struct bytes *list = malloc(sizeof(*list));
	struct bc_error err;
	size_t i, count;
	int r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		list->size = 0;
		put_entry(list, rows[i].template_name, rows[i].data, rows[i].size);
		r = read_entries(list->data, list->size, &count, &err);
		if (!rows[i].field) {
			assert_int_equal(r, 0);
			assert_int_equal(count, 1);
			continue;
		}
		assert_int_equal(r, BC_E_INPUT);
		assert_string_equal(err.field, rows[i].field);
		if (!strstr(complete_text(&err), rows[i].words))
			fail_msg("row %zu: %s", i, err.message);
	}
	free(list);
}

static void ima_log_refuses_heads_that_no_list_has(void **state)
{
	struct bytes *list = malloc(sizeof(*list));
	struct bc_error err;
	size_t count, second;

	(void)state;
	list->size = 0;
	put_entry(list, "ima-ng", "\6\0\0\0sha1:\0\2\0\0\0a\0", 16);
	second = list->size;
	put_entry(list, "ima-ng", "\6\0\0\0sha1:\0\2\0\0\0a\0", 16);
	assert_int_equal(read_entries(list->data, list->size, &count, &err), 0);
	assert_int_equal(count, 2);
	list->data[second] = 24;			/* PCR */
	assert_int_equal(read_entries(list->data, list->size, &count, &err), BC_E_INPUT);
	complete_text(&err);
	assert_string_equal(err.field, "pcr");
	assert_int_equal(err.offset, second);
	list->data[second] = 10;
	list->data[second + 28] = '\n';			/* in the template name */
	assert_int_equal(read_entries(list->data, list->size, &count, &err), BC_E_INPUT);
	complete_text(&err);
	assert_string_equal(err.field, "template name");
	assert_string_equal(err.found, "\"\\x0ama-ng\"");
	list->data[second + 28] = 'i';
	list->data[second + 37] = 2;			/* data of 16 MiB and more */
	assert_int_equal(read_entries(list->data, list->size, &count, &err), BC_E_INPUT);
	complete_text(&err);
	assert_string_equal(err.field, "template data");
	list->data[second + 24] = 200;			/* length of the template name */
	assert_int_equal(read_entries(list->data, list->size, &count, &err), BC_E_INPUT);
	complete_text(&err);
	assert_string_equal(err.field, "template name");
	assert_int_equal(count, 1);
	memset(list->data, 0, 500);
	assert_int_equal(read_entries(list->data, 500, &count, &err), BC_E_INPUT);
	assert_non_null(strstr(complete_text(&err), "it is no IMA list"));
	free(list);
}

static void ima_log_shows_an_unknown_template_whole_when_its_lengths_do_not_add_up(void **state)
{
	struct bytes *list = calloc(1, sizeof(*list));
	struct bc_stream *stream;
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;

	(void)state;
	put_entry(list, "strange", "\1\0\0\0ab", 6);
	stream = open_bytes(list->data, list->size, "x");
	assert_int_equal(bc_ima_log_open(stream, 7, &log, NULL), 0);
	assert_int_equal(bc_ima_log_next(log, &entry, NULL), 1);
	assert_int_equal(entry->number, 7);
	assert_int_equal(entry->field_count, 0);
	assert_int_equal(entry->data_size, 6);
	assert_false(entry->template_known);
	assert_int_equal(bc_ima_log_next(log, &entry, NULL), 0);
	bc_ima_log_free(log);
	bc_stream_free(stream);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ima_log_reads_every_template_in_lists_of_both_banks),
		cmocka_unit_test(ima_log_reads_a_list_of_a_big_endian_machine_and_an_ascii_list),
		cmocka_unit_test(ima_log_takes_a_line_that_lost_the_blanks_before_empty_signatures),
		cmocka_unit_test(ima_log_tells_byte_order_and_text),
		cmocka_unit_test(ima_log_notices_a_cut_at_every_length),
		cmocka_unit_test(ima_log_tells_banks_of_one_size_apart),
		cmocka_unit_test(ima_log_refuses_lines_that_break_their_form),
		cmocka_unit_test(ima_log_refuses_fields_that_break_their_form),
		cmocka_unit_test(ima_log_refuses_heads_that_no_list_has),
		cmocka_unit_test(ima_log_shows_an_unknown_template_whole_when_its_lengths_do_not_add_up),
	};

	return cmocka_run_group_tests_name("ima_log", tests, NULL, NULL);
}
