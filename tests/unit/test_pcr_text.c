// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vectors.h"

#define SHA1 "0123456789abcdef0123456789ABCDEF01234567"
#define SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define LINES "# from a machine\n\nsha256 10 " SHA256 "\n\tsha1  0\t" SHA1 " # note\r\n"
#define PCRREAD "  sha1:\n    0 : 0x" SHA1 "\n    10: 0x" SHA1 "\n  sha256:\n    9 : 0x" SHA256 "\n  sha384:\n"

static int read_text(const char *text, struct bc_pcrs *ret_pcrs, struct bc_error *err)
{
	struct bc_stream *stream = NULL;
	int r;

	assert_int_equal(bc_stream_open_memory(text, strlen(text), "pcrs.txt", &stream, NULL), 0);
	r = bc_pcrs_read(stream, ret_pcrs, err);
	bc_stream_free(stream);
	return r;
}

static void check_value(const struct bc_pcrs *pcrs, uint16_t alg, unsigned int pcr, const char *hex)
{
	const struct bc_pcr_bank *bank = bc_pcrs_bank_const(pcrs, alg);
	uint8_t value[BC_DIGEST_MAX];

	assert_non_null(bank);
	assert_true(bank->present >> pcr & 1);
	assert_int_equal(bc_unhex(hex, strlen(hex), value, bank->size, NULL), 0);
	assert_memory_equal(bank->value[pcr], value, bank->size);
}

static void pcr_text_reads_lines_of_alg_pcr_hex(void **state)
{
	struct bc_pcrs pcrs;

	(void)state;
	assert_int_equal(read_text(LINES, &pcrs, NULL), 0);
	assert_int_equal(pcrs.count, 2);
	check_value(&pcrs, 0x000b, 10, SHA256);
	check_value(&pcrs, 0x0004, 0, SHA1);
	assert_int_equal(pcrs.bank[0].present, 1 << 10);
}

static void pcr_text_reads_what_tpm2_pcrread_prints(void **state)
{
	static const char *const texts[] = {
		PCRREAD,
		"sha1:\n  0 : 0x" SHA1 "\n  10: 0x" SHA1 "\nsha256:\n  9 : 0x" SHA256,	/* 4.x */
		"sha1 :\n  0  : " SHA1 "\n  10 : " SHA1 "\nsha256 :\n  9  : " SHA256 "\n",	/* 3.x */
	};
	struct bc_pcrs pcrs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_text(texts[i], &pcrs, NULL), 0);
		assert_int_equal(pcrs.count, 2);
		check_value(&pcrs, 0x0004, 0, SHA1);
		check_value(&pcrs, 0x0004, 10, SHA1);
		check_value(&pcrs, 0x000b, 9, SHA256);
	}
}

static void pcr_text_refuses_each_malformed_line_and_says_where(void **state)
{
	static const struct { const char *text, *field; int64_t line, offset; } rows[] = {
		{ "sha256 10 " SHA256 "\nmd5 1 00", "algorithm", 2, 75 },
		{ "sha256 24 " SHA256, "pcr", 1, 7 },
		{ "sha256 -1 " SHA256, "pcr", 1, 7 },
		{ "sha256 010 " SHA256, "pcr", 1, 7 },
		{ "sha256 1x " SHA256, "pcr", 1, 7 },
		{ "sha256 1 " SHA1, "digest", 1, 9 },
		{ "sha256 1 " SHA256 "0", "digest", 1, 9 },
		{ "sha1 1 0123456789abcdef0123456789ABCDEF0123456g", "digest", 1, 7 },
		{ "sha256 1", "digest", 1, 8 },
		{ "sha256", "pcr", 1, 6 },
		{ "sha256 1 " SHA256 " x", "line", 1, 74 },
		{ "sha1 1 " SHA1 "\nsha1 1 " SHA1, "pcr", 2, 53 },
		{ "sha1:\n 1 : 0x" SHA1 "\n 1 : 0x" SHA1, "pcr", 2 + 1, 55 },
		{ "sha1:\n 24: 0x" SHA1, "pcr", 2, 7 },
		{ "sha1:\n 1 : 0x" SHA256, "digest", 2, 13 },
		{ "sha1:\n 1 : 0x" SHA1 " x", "digest", 2, 13 },
		{ " 1 : 0x" SHA1, "algorithm", 1, 1 },
		{ "sha9:\n 1 : 0x" SHA1, "algorithm", 1, 0 },
		{ ":\n", "algorithm", 1, 0 },
		{ "sha1:\nsha1 1 " SHA1, "line", 2, 6 },
		{ "sha1 1 " SHA1 "\nsha1:\n", "algorithm", 2, 48 },
	};
	struct bc_pcrs pcrs = { .count = 99 };
	struct bc_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_text(rows[i].text, &pcrs, &err), BC_E_INPUT);
		assert_string_equal(err.source, "pcrs.txt");
		assert_string_equal(err.counter, "line");
		assert_string_equal(err.field, rows[i].field);
		assert_int_equal(err.number, rows[i].line);
		assert_int_equal(err.offset, rows[i].offset);
		assert_true(err.expected[0] && err.found[0]);
	}
	assert_int_equal(pcrs.count, 99);
}

static void pcr_text_refuses_a_text_without_any_value(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# sha1 1 " SHA1 "\n", "sha1:\nsha256:\n" };
	struct bc_pcrs pcrs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i], &pcrs, NULL), BC_E_INPUT);
}

/* A changed bit of a digest is another value, any other an error or the same values; nothing is read beyond the text. */
static void pcr_text_notices_every_bit_of_a_value(void **state)
{
	static const char good[] = "sha1 0 " SHA1 "\n";
	struct bc_pcrs pcrs, changed;
	char text[sizeof(good)];
	size_t bit;

	(void)state;
	assert_int_equal(read_text(good, &pcrs, NULL), 0);
	for (bit = 7 * 8; bit < (7 + 40) * 8; bit++) {
		memcpy(text, good, sizeof(good));
		text[bit / 8] ^= (char)(1 << bit % 8);
		/* the case of a hex digit says nothing */
		if (read_text(text, &changed, NULL) == 0 && !(bit % 8 == 5 && good[bit / 8] > '9'))
			assert_memory_not_equal(pcrs.bank[0].value[0], changed.bank[0].value[0], 20);
	}
}

static void pcr_text_is_read_again_as_it_was_written(void **state)
{
	struct bc_pcrs pcrs, again;
	char *text = NULL;
	size_t size;

	(void)state;
	assert_int_equal(read_text(PCRREAD, &pcrs, NULL), 0);
	assert_int_equal(bc_pcrs_text(&pcrs, &text, &size, NULL), 0);
	assert_int_equal(size, strlen(text));
	assert_non_null(strstr(text, "sha256 9 " SHA256 "\n"));
	assert_int_equal(read_text(text, &again, NULL), 0);
	assert_int_equal(again.count, pcrs.count);
	assert_memory_equal(&again, &pcrs, sizeof(pcrs));
	bc_free(text);
}

/* ---- sysfs ---- */

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_directory(const char *directory, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int make_sysfs(void **state)
{
	static char directory[64];

	strcpy(directory, "/tmp/bootchain-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	*state = directory;
	return 0;
}

static int remove_sysfs(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", (const char *)*state);
	return system(command);
}

static void pcr_text_reads_a_directory_of_sysfs(void **state)
{
	struct bc_pcrs pcrs;

	make_directory(*state, "pcr-sha1");
	make_directory(*state, "pcr-sha256");
	make_directory(*state, "power");
	write_file(*state, "pcr-sha1/0", SHA1 "\n");
	write_file(*state, "pcr-sha256/23", SHA256 "\n");
	write_file(*state, "pcr-sha256/24", "no PCR of any TPM\n");
	assert_int_equal(bc_pcrs_read_path(*state, &pcrs, NULL), 0);
	assert_int_equal(pcrs.count, 2);
	check_value(&pcrs, 0x0004, 0, SHA1);
	check_value(&pcrs, 0x000b, 23, SHA256);
	assert_int_equal(pcrs.bank[1].present, 1 << 23);
}

static void pcr_text_names_the_file_of_sysfs_that_is_wrong(void **state)
{
	struct bc_pcrs pcrs;
	struct bc_error err;

	assert_int_equal(bc_pcrs_read_path(*state, &pcrs, &err), BC_E_INPUT);
	make_directory(*state, "pcr-sha1");
	write_file(*state, "pcr-sha1/7", "");
	assert_int_equal(bc_pcrs_read_path(*state, &pcrs, &err), BC_E_TPM);
	assert_non_null(strstr(err.source, "pcr-sha1/7"));
	write_file(*state, "pcr-sha1/7", SHA1 "00\n");
	assert_int_equal(bc_pcrs_read_path(*state, &pcrs, &err), BC_E_INPUT);
	assert_non_null(strstr(err.source, "pcr-sha1/7"));
	write_file(*state, "pcr-sha1/7", SHA1);
	assert_int_equal(bc_pcrs_read_path(*state, &pcrs, &err), 0);
	make_directory(*state, "pcr-sha9");
	assert_int_equal(bc_pcrs_read_path(*state, &pcrs, &err), BC_E_UNSUPPORTED);
}

/* A file of tpm2_quote -o: PCR 0-7 and 10 of SHA-256, 10 and 16 of SHA-1; every value is its place in the file. */
static size_t put_serialized(uint8_t *file)
{
	static const uint8_t banks[] = { 2, 0, 0, 0, 0x0b, 0, 3, 0xff, 4, 0, 0, 0, 4, 0, 3, 0, 4, 1, 0, 0 };
	size_t i, at, size = 136 + 2 * 532;

	memset(file, 0, size + 532);
	memcpy(file, banks, sizeof(banks));
	file[132] = 2;
	file[136] = 8;
	file[136 + 532] = 3;
	for (i = 0; i < 11; i++) {
		at = 136 + i / 8 * 532 + 4 + i % 8 * 66;
		file[at] = i < 9 ? 32 : 20;
		memset(file + at + 2, (int)i + 1, file[at]);
	}
	return size;
}

static int read_bytes(const uint8_t *data, size_t size, struct bc_pcrs *ret_pcrs, struct bc_error *err)
{
	struct bc_stream *stream = NULL;
	int r;

	assert_int_equal(bc_stream_open_memory(data, size, "quote.pcrs", &stream, NULL), 0);
	r = bc_pcrs_read(stream, ret_pcrs, err);
	bc_stream_free(stream);
	return r;
}

static void pcr_text_reads_what_tpm2_quote_writes(void **state)
{
	uint8_t file[136 + 3 * 532], value[32];
	const size_t size = put_serialized(file);
	struct bc_pcrs pcrs;
	struct bc_error err;

	(void)state;
	assert_int_equal(read_bytes(file, size, &pcrs, NULL), 0);
	assert_int_equal(pcrs.count, 2);
	assert_int_equal(pcrs.bank[0].present, 0x4ff);
	assert_int_equal(pcrs.bank[1].present, 1 << 10 | 1 << 16);
	memset(value, 9, sizeof(value));
	assert_memory_equal(pcrs.bank[0].value[10], value, 32);
	memset(value, 11, sizeof(value));
	assert_memory_equal(pcrs.bank[1].value[16], value, 20);
	/* One list too many, though the count says so. */
	file[132] = 3;
	assert_int_equal(read_bytes(file, size + 532, &pcrs, &err), BC_E_INPUT);
	assert_string_equal(err.field, "TPML_DIGEST");
}

static void pcr_text_refuses_each_cut_and_each_wrong_field_of_that(void **state)
{
	static const struct { size_t at; uint8_t value; const char *field; } rows[] = {
		{ 0, 16, "hash" }, { 0, 1, "TPML_DIGEST" }, { 4, 0xff, "hash" }, { 6, 5, "sizeofSelect" }, { 6, 1, "size" }, { 8, 0, "size" }, { 17, 0, "TPML_DIGEST" },
		{ 16, 7, "TPML_DIGEST" }, { 132, 1, "count" }, { 136, 9, "count" }, { 136, 0, "TPML_DIGEST" }, { 140, 65, "size" }, { 140, 31, "size" },
	};
	uint8_t file[136 + 3 * 532];
	const size_t size = put_serialized(file);
	struct bc_pcrs pcrs;
	struct bc_error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < size; i++)
		assert_int_equal(read_bytes(file, i, &pcrs, NULL), BC_E_INPUT);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_serialized(file);
		file[rows[i].at] = rows[i].value;
		r = read_bytes(file, size, &pcrs, &err);
		if (r != BC_E_INPUT || (rows[i].field && (!err.field || strcmp(err.field, rows[i].field))))
			fail_msg("row %zu: %d, %s", i, r, err.field ? err.field : "no field");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcr_text_reads_lines_of_alg_pcr_hex),
		cmocka_unit_test(pcr_text_reads_what_tpm2_pcrread_prints),
		cmocka_unit_test(pcr_text_refuses_each_malformed_line_and_says_where),
		cmocka_unit_test(pcr_text_refuses_a_text_without_any_value),
		cmocka_unit_test(pcr_text_notices_every_bit_of_a_value),
		cmocka_unit_test(pcr_text_is_read_again_as_it_was_written),
		cmocka_unit_test(pcr_text_reads_what_tpm2_quote_writes),
		cmocka_unit_test(pcr_text_refuses_each_cut_and_each_wrong_field_of_that),
		cmocka_unit_test_setup_teardown(pcr_text_reads_a_directory_of_sysfs, make_sysfs, remove_sysfs),
		cmocka_unit_test_setup_teardown(pcr_text_names_the_file_of_sysfs_that_is_wrong, make_sysfs, remove_sysfs),
	};

	return cmocka_run_group_tests_name("pcr_text", tests, NULL, NULL);
}
