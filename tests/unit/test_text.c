// SPDX-License-Identifier: BSD-2-Clause
#include "internal.h"
#include "logs.h"

static void text_escapes_what_a_terminal_would_obey(void **state)
{
	static const struct { const char *in; size_t size; const char *out; } rows[] = {
		{ "plain /bin/sh", 13, "plain /bin/sh" },
		{ "\x1b[2J", 4, "\\x1b[2J" },
		{ "a\nb\0", 4, "a\\x0ab\\x00" },
		{ "back\\slash", 10, "back\\\\slash" },
		{ "\xc3\xa4", 2, "\xc3\xa4" },			/* a letter with dots */
		{ "\xc2\x9b" "31m", 5, "\\xc2\\x9b31m" },	/* CSI of C1, well-formed UTF-8 */
		{ "\xe2\x80\xae", 3, "\\xe2\\x80\\xae" },	/* turns the direction of writing */
		{ "\xc0\xaf", 2, "\\xc0\\xaf" },		/* overlong */
		{ "\xed\xa0\x80", 3, "\\xed\\xa0\\x80" },	/* surrogate */
		{ "\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80" },	/* above U+10FFFF */
		{ "\xe2\x82", 2, "\\xe2\\x82" },		/* cut */
		{ "", 0, "" },
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(bc_escape(rows[i].in, rows[i].size, text, sizeof(text)), rows[i].size);
		assert_string_equal(text, rows[i].out);
	}
}

static void text_is_cut_before_an_escape_that_does_not_fit(void **state)
{
	char text[8];

	(void)state;
	memset(text, 'P', sizeof(text));
	assert_int_equal(bc_escape("ab\x01", 3, text, 6), 2);
	assert_string_equal(text, "ab");
	assert_int_equal(text[6], 'P');
	assert_int_equal(bc_escape("ab\x01", 3, text, 7), 3);
	assert_string_equal(text, "ab\\x01");
	assert_int_equal(text[7], 'P');
	assert_int_equal(bc_escape("a", 1, text, 0), 0);
}

static void text_knows_utf8(void **state)
{
	(void)state;
	assert_true(bc_is_utf8("\xf0\x9f\x90\xa7 ok", 7));
	assert_true(bc_is_utf8(NULL, 0));
	assert_false(bc_is_utf8("ok \xff", 4));
	assert_false(bc_is_utf8("\xe0\x80\x80", 3));
}

static void text_reads_hex_of_the_wanted_length_only(void **state)
{
	uint8_t value[4] = { 0xa5, 0xa5, 0xa5, 0xa5 };
	struct bc_error err;
	char text[7];

	(void)state;
	assert_int_equal(bc_unhex("00Ffa0", 6, value, 3, &err), 0);
	assert_memory_equal(value, "\x00\xff\xa0\xa5", 4);
	assert_int_equal(bc_unhex("00ff", 4, value, 3, &err), BC_E_INPUT);
	assert_int_equal(bc_unhex("00fff", 5, value, 2, &err), BC_E_INPUT);
	assert_int_equal(bc_unhex("00fg11", 6, value, 3, &err), BC_E_INPUT);
	assert_memory_equal(value, "\x00\xff\xa0\xa5", 4);
	bc_hex(value, 3, text);
	assert_string_equal(text, "00ffa0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_escapes_what_a_terminal_would_obey),
		cmocka_unit_test(text_is_cut_before_an_escape_that_does_not_fit),
		cmocka_unit_test(text_knows_utf8),
		cmocka_unit_test(text_reads_hex_of_the_wanted_length_only),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
