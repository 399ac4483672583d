// SPDX-License-Identifier: BSD-2-Clause
#include "internal.h"
#include "logs.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void reader_converts_both_byte_orders(void **state)
{
	struct bc_reader reader;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	(void)state;
	bc_reader_init(&reader, bytes, sizeof(bytes), 100);
	assert_true(bc_get_le64(&reader, &u64));
	assert_true(u64 == UINT64_C(0x0807060504030201));
	assert_int_equal(reader.offset, 108);
	assert_true(bc_get_u8(&reader, &u8));
	assert_int_equal(u8, 9);
	assert_true(bc_at_end(&reader));
	bc_reader_init(&reader, bytes, sizeof(bytes), 0);
	assert_true(bc_get_le32(&reader, &u32));
	assert_int_equal(u32, 0x04030201);
	assert_true(bc_get_be32(&reader, &u32));
	assert_int_equal(u32, 0x05060708);
	bc_reader_init(&reader, bytes, sizeof(bytes), 0);
	assert_true(bc_get_le16(&reader, &u16));
	assert_int_equal(u16, 0x0201);
	assert_true(bc_get_be16(&reader, &u16));
	assert_int_equal(u16, 0x0304);
}

static void reader_moves_nothing_when_bytes_are_missing(void **state)
{
	struct bc_reader reader, before, sub;
	uint8_t copy[16];
	uint64_t u64 = 7;
	const char *text;
	size_t size;

	(void)state;
	bc_reader_init(&reader, bytes, 7, 50);
	before = reader;
	memset(copy, 0xa5, sizeof(copy));
	assert_false(bc_get_le64(&reader, &u64));
	assert_true(u64 == 7);
	assert_false(bc_get_bytes(&reader, copy, 8));
	assert_int_equal(copy[0], 0xa5);
	assert_false(bc_get_sub(&reader, 8, &sub));
	assert_false(bc_get_sub(&reader, SIZE_MAX, &sub));
	assert_false(bc_get_string(&reader, &text, &size));
	assert_memory_equal(&reader, &before, sizeof(reader));
	assert_true(bc_get_bytes(&reader, copy, 7));
	assert_int_equal(copy[7], 0xa5);
	assert_true(bc_at_end(&reader));
}

static void reader_gives_a_nested_reader_with_its_offset(void **state)
{
	struct bc_reader reader, sub;
	uint8_t u8;

	(void)state;
	bc_reader_init(&reader, bytes, sizeof(bytes), 10);
	assert_true(bc_get_u8(&reader, &u8));
	assert_true(bc_get_sub(&reader, 3, &sub));
	assert_int_equal(sub.offset, 11);
	assert_int_equal(sub.left, 3);
	assert_int_equal(reader.offset, 14);
	assert_true(bc_get_sub(&reader, 0, &sub));
	assert_true(bc_at_end(&sub));
	bc_reader_init(&reader, NULL, 0, 0);
	assert_true(bc_get_sub(&reader, 0, &sub));
	assert_false(bc_get_u8(&reader, &u8));
}

static void reader_takes_a_string_with_its_nul(void **state)
{
	struct bc_reader reader;
	const char *text;
	size_t size;

	(void)state;
	bc_reader_init(&reader, "ab\0c", 4, 0);
	assert_true(bc_get_string(&reader, &text, &size));
	assert_string_equal(text, "ab");
	assert_int_equal(size, 2);
	assert_int_equal(reader.left, 1);
	assert_false(bc_get_string(&reader, &text, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_converts_both_byte_orders),
		cmocka_unit_test(reader_moves_nothing_when_bytes_are_missing),
		cmocka_unit_test(reader_gives_a_nested_reader_with_its_offset),
		cmocka_unit_test(reader_takes_a_string_with_its_nul),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
