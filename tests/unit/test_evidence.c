// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vectors.h"

static char top[64];

static int make_top(void **state)
{
	(void)state;
	strcpy(top, "/tmp/bootchain-test-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", top);
	return system(command);
}

static const char *in_top(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static struct bc_evidence *make_evidence(void)
{
	struct bc_evidence *evidence = NULL;

	assert_int_equal(bc_evidence_new(&evidence, NULL), 0);
	assert_int_equal(bc_evidence_describe(evidence, "tool", "bootchain test", NULL), 0);
	assert_int_equal(bc_evidence_describe(evidence, "hostname", "a \"quoted\"\n\xff name", NULL), 0);
	assert_int_equal(bc_evidence_add(evidence, "pcrs.txt", "/sys/class/tpm/tpm0", "sha1 0 00\n", 10, NULL), 0);
	assert_int_equal(bc_evidence_add(evidence, "firmware.log", "/log", "\0\1\2", 3, NULL), 0);
	assert_int_equal(bc_evidence_add(evidence, "cmdline.txt", "/proc/cmdline", "", 0, NULL), 0);
	assert_int_equal(bc_evidence_missing(evidence, "fdt.dtb", "No such file or directory", NULL), 0);
	return evidence;
}

/* Evidence in the directory "ev" of the test. */
static void write_evidence(void)
{
	struct bc_evidence *evidence = make_evidence();

	assert_int_equal(bc_evidence_write(evidence, in_top("ev"), NULL), 0);
	bc_evidence_free(evidence);
}

static int read_status(struct bc_error *err)
{
	struct bc_evidence *evidence = NULL;
	int r = bc_evidence_read(in_top("ev"), &evidence, err);

	if (r < 0)
		assert_null(evidence);
	bc_evidence_free(evidence);
	return r;
}

static void replace_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(in_top(name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

static void evidence_is_read_again_as_it_was_written(void **state)
{
	struct bc_evidence *evidence = NULL;
	const struct bc_evidence_file *file;

	(void)state;
	write_evidence();
	assert_int_equal(bc_evidence_read(in_top("ev/"), &evidence, NULL), 0);
	file = bc_evidence_find(evidence, "firmware.log");
	assert_non_null(file);
	assert_int_equal(file->size, 3);
	assert_memory_equal(file->data, "\0\1\2", 3);
	assert_string_equal(file->source, "/log");
	assert_int_equal(bc_evidence_find(evidence, "cmdline.txt")->size, 0);
	assert_null(bc_evidence_find(evidence, "fdt.dtb"));
	assert_string_equal(bc_evidence_why_missing(evidence, "fdt.dtb"), "No such file or directory");
	assert_null(bc_evidence_why_missing(evidence, "build.json"));
	assert_string_equal(bc_evidence_description(evidence, "tool"), "bootchain test");
	assert_string_equal(bc_evidence_description(evidence, "hostname"), "a \"quoted\"\\x0a\\xff name");
	bc_evidence_free(evidence);
}

static void evidence_refuses_names_that_the_format_does_not_know(void **state)
{
	struct bc_evidence *evidence = make_evidence();

	(void)state;
	assert_int_equal(bc_evidence_add(evidence, "notes.txt", "", "x", 1, NULL), BC_E_INPUT);
	assert_int_equal(bc_evidence_add(evidence, "../pcrs.txt", "", "x", 1, NULL), BC_E_INPUT);
	assert_int_equal(bc_evidence_add(evidence, "evidence.json", "", "x", 1, NULL), BC_E_INPUT);
	assert_int_equal(bc_evidence_add(evidence, "pcrs.txt", "", "x", 1, NULL), BC_E_INPUT);
	assert_int_equal(bc_evidence_add(evidence, "fdt.dtb", "", "x", 1, NULL), BC_E_INPUT);
	assert_int_equal(bc_evidence_missing(evidence, "firmware.log", "", NULL), BC_E_INPUT);
	assert_int_equal(bc_evidence_add(evidence, "ima.log", "", "x", 1, NULL), 0);
	bc_evidence_free(evidence);
}

static void evidence_does_not_touch_a_directory_that_exists(void **state)
{
	struct bc_evidence *evidence = make_evidence();
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(in_top("ev"), 0700), 0);
	assert_int_equal(bc_evidence_write(evidence, in_top("ev"), NULL), BC_E_USAGE);
	assert_int_equal(rmdir(in_top("ev")), 0);
	assert_int_equal(bc_evidence_write(evidence, in_top("ev"), NULL), 0);
	assert_int_equal(stat(in_top("ev/evidence.json"), &st), 0);
	bc_evidence_free(evidence);
}

/* A full disk, as far as a test can have one: files may not grow beyond four bytes. */
static void evidence_leaves_nothing_behind_when_it_cannot_be_written(void **state)
{
	const struct rlimit tiny = { 4, RLIM_INFINITY }, none = { RLIM_INFINITY, RLIM_INFINITY };
	struct bc_evidence *evidence = make_evidence();
	struct bc_error err;
	int r;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	r = bc_evidence_write(evidence, in_top("ev"), &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(r, BC_E_IO);
	assert_string_equal(err.source, "pcrs.txt");
	/* rmdir() takes an empty directory only */
	assert_int_equal(rmdir(top), 0);
	assert_int_equal(mkdir(top, 0700), 0);
	assert_int_equal(bc_evidence_write(evidence, in_top("no/such/ev"), &err), BC_E_IO);
	assert_non_null(strstr(err.message, "No such file"));
	assert_int_equal(bc_evidence_write(evidence, in_top("ev"), NULL), 0);
	bc_evidence_free(evidence);
}

static void evidence_notices_each_changed_file(void **state)
{
	struct bc_error err;

	(void)state;
	write_evidence();
	assert_int_equal(read_status(&err), 0);
	replace_file("ev/firmware.log", "\0\1\3", 3);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	assert_string_equal(err.field, "sha256");
	replace_file("ev/firmware.log", "\0\1\2\3", 4);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	assert_string_equal(err.field, "size");
	assert_string_equal(err.expected, "3");
	assert_string_equal(err.found, "4");
	replace_file("ev/firmware.log", "\0\1\2", 3);
	assert_int_equal(read_status(&err), 0);
}

static void evidence_refuses_files_more_or_less_than_it_lists(void **state)
{
	struct bc_error err;

	(void)state;
	write_evidence();
	replace_file("ev/ima.log", "x", 1);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	assert_non_null(strstr(err.found, "ima.log"));
	assert_int_equal(unlink(in_top("ev/ima.log")), 0);
	replace_file("ev/notes.txt", "x", 1);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	assert_non_null(strstr(err.found, "notes.txt"));
	assert_int_equal(unlink(in_top("ev/notes.txt")), 0);
	assert_int_equal(read_status(&err), 0);
	assert_int_equal(unlink(in_top("ev/firmware.log")), 0);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	assert_non_null(strstr(err.found, "firmware.log"));
}

static void evidence_refuses_what_is_no_plain_file(void **state)
{
	struct bc_error err;
	char target[256];

	(void)state;
	write_evidence();
	strcpy(target, in_top("elsewhere"));	/* in_top() has one buffer */
	assert_int_equal(rename(in_top("ev/firmware.log"), target), 0);
	assert_int_equal(symlink(target, in_top("ev/firmware.log")), 0);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	assert_int_equal(unlink(in_top("ev/firmware.log")), 0);
	assert_int_equal(mkdir(in_top("ev/firmware.log"), 0700), 0);
	assert_int_equal(read_status(&err), BC_E_INPUT);
}

static void evidence_refuses_a_description_that_is_missing_or_malformed(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{}", "null", "{\"schema\":1,\"files\":{}}", "{\"schema\":\"bootchain/evidence/1\"}",
		"{\"schema\":\"bootchain/evidence/1\",\"files\":[]}",
		"{\"schema\":\"bootchain/evidence/1\",\"files\":{\"pcrs.txt\":1}}",
		"{\"schema\":\"bootchain/evidence/1\",\"files\":{}} x",
		"{\"schema\":\"bootchain/evidence/1\",\"files\":{},\"missing\":{}}",
	};
	struct bc_error err;
	size_t i;

	(void)state;
	write_evidence();
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		replace_file("ev/evidence.json", texts[i], strlen(texts[i]));
		assert_int_equal(read_status(&err), BC_E_INPUT);
		assert_non_null(strstr(err.source, "evidence.json"));
	}
	replace_file("ev/evidence.json", "{\"schema\":\"bootchain/evidence/2\"}", 33);
	assert_int_equal(read_status(&err), BC_E_UNSUPPORTED);
	assert_int_equal(unlink(in_top("ev/evidence.json")), 0);
	assert_int_equal(read_status(&err), BC_E_IO);
}

/* json-c takes a NUL for the end of its text. */
static void evidence_refuses_bytes_behind_its_description(void **state)
{
	static const char behind[] = "\0x";
	struct bc_error err;
	uint8_t *text = NULL;
	size_t size;

	(void)state;
	write_evidence();
	assert_int_equal(bc_read_file(in_top("ev/evidence.json"), 65536, &text, &size, NULL), 0);
	text = realloc(text, size + 2);
	assert_non_null(text);
	memcpy(text + size - 1, behind, 2);	/* over the newline */
	replace_file("ev/evidence.json", text, size + 1);
	assert_int_equal(read_status(&err), BC_E_INPUT);
	replace_file("ev/evidence.json", text, size - 1);
	assert_int_equal(read_status(&err), 0);
	free(text);
}

static void evidence_refuses_its_description_cut_at_every_length(void **state)
{
	struct bc_error err;
	uint8_t *text = NULL;
	size_t size, length;

	(void)state;
	write_evidence();
	assert_int_equal(bc_read_file(in_top("ev/evidence.json"), 65536, &text, &size, NULL), 0);
	for (length = 0; length + 1 < size; length++) {	/* the last byte is a newline */
		replace_file("ev/evidence.json", text, length);
		assert_int_equal(read_status(&err), BC_E_INPUT);
	}
	replace_file("ev/evidence.json", text, size);
	assert_int_equal(read_status(&err), 0);
	bc_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(evidence_is_read_again_as_it_was_written, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_refuses_names_that_the_format_does_not_know, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_does_not_touch_a_directory_that_exists, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_leaves_nothing_behind_when_it_cannot_be_written, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_notices_each_changed_file, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_refuses_files_more_or_less_than_it_lists, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_refuses_what_is_no_plain_file, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_refuses_a_description_that_is_missing_or_malformed, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_refuses_bytes_behind_its_description, make_top, remove_top),
		cmocka_unit_test_setup_teardown(evidence_refuses_its_description_cut_at_every_length, make_top, remove_top),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
