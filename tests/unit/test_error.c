// SPDX-License-Identifier: BSD-2-Clause
#include "internal.h"
#include "logs.h"

static void fill(struct bc_error *err)
{
	bc_error_set(err, BC_E_INPUT, "length %d, 212 bytes left", 70000);
	bc_error_source(err, "ima.bin");
	bc_error_offset(err, 0x2a41c);
	bc_error_event(err, "entry", 1081);
	bc_error_field(err, "n-ng");
}

static void error_prints_as_one_line(void **state)
{
	struct bc_error err;
	char text[256];
	int length;

	(void)state;
	fill(&err);
	length = bc_error_text(&err, text, sizeof(text));
	assert_int_equal(length, strlen(text));
	assert_string_equal(text, "ima.bin: entry 1081 at byte 0x2a41c: field n-ng: length 70000, 212 bytes left");
	bc_error_set(&err, BC_E_IO, "cannot open it");
	bc_error_source(&err, "a\nb");
	bc_error_text(&err, text, sizeof(text));
	assert_string_equal(text, "a\\x0ab: cannot open it");
}

static void error_keeps_what_was_known_first(void **state)
{
	struct bc_error err;

	(void)state;
	fill(&err);
	bc_error_source(&err, "outer");
	bc_error_offset(&err, 1);
	bc_error_event(&err, "event", 2);
	bc_error_field(&err, "other");
	assert_string_equal(err.source, "ima.bin");
	assert_int_equal(err.offset, 0x2a41c);
	assert_int_equal(err.number, 1081);
	assert_string_equal(err.field, "n-ng");
	bc_error_source(NULL, "nobody asked");
}

static void error_is_json_whatever_it_holds(void **state)
{
	struct bc_error err;
	char text[BC_ERROR_JSON_MAX];

	(void)state;
	fill(&err);
	bc_error_json(&err, "evidence", text, sizeof(text));
	assert_string_equal(text, "{\"status\":\"input\",\"where\":\"evidence\",\"code\":null,\"source\":\"ima.bin\",\"offset\":173084,"
			    "\"event\":1081,\"pcr\":null,\"field\":\"n-ng\",\"expected\":null,\"found\":null,"
			    "\"message\":\"length 70000, 212 bytes left\"}");
	memset(err.source, '\x01', sizeof(err.source) - 1);	/* the longest escapes */
	memset(err.message, '\x01', sizeof(err.message) - 1);
	memset(err.expected, '\x01', sizeof(err.expected) - 1);
	memset(err.found, '\xff', sizeof(err.found) - 1);
	assert_true(bc_error_json(&err, "local", text, sizeof(text)) < (int)sizeof(text));
	assert_int_equal(text[strlen(text) - 1], '}');
	assert_null(strchr(text, '\x01'));
}

static void error_is_cut_to_its_buffer(void **state)
{
	struct bc_error err;
	char text[16];

	(void)state;
	fill(&err);
	memset(text, 'P', sizeof(text));
	assert_true(bc_error_text(&err, text, 10) > 10);
	assert_true(strlen(text) < 10);
	assert_int_equal(text[10], 'P');
	bc_error_json(&err, NULL, text, 10);
	assert_int_equal(strlen(text), 9);
	assert_int_equal(text[10], 'P');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_prints_as_one_line),
		cmocka_unit_test(error_keeps_what_was_known_first),
		cmocka_unit_test(error_is_json_whatever_it_holds),
		cmocka_unit_test(error_is_cut_to_its_buffer),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
