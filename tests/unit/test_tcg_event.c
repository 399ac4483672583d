// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

static struct bc_tcg_event event_of(uint32_t type, const void *data, size_t size)
{
	return (struct bc_tcg_event){ .pcr = 4, .type = type, .data = data, .data_size = size };
}

static void tcg_event_text_and_coverage_of_each_kind(void **state)
{
#define DATA(text) text, sizeof(text) - 1
	static const struct {
		uint32_t type;
		const char *data;
		size_t size;
		const char *component, *text;
		enum bc_covers covers;
	} rows[] = {
		{ BC_EV_S_CRTM_VERSION, DATA("U-Boot 2025.01\0"), "version", "U-Boot 2025.01", BC_COVERS_DATA },
		{ BC_EV_S_CRTM_VERSION, DATA("v\0001\0\0\0"), "version", "v1", BC_COVERS_DATA },
		{ BC_EV_S_CRTM_VERSION, DATA("\x9d\x01\xfe"), "version", "", BC_COVERS_DATA },
		{ BC_EV_SEPARATOR, DATA("\xff\xff\xff\xff"), "separator", "closed", BC_COVERS_DATA },
		{ BC_EV_SEPARATOR, DATA("\1\0\0\0"), "separator", "closed after a failure", BC_COVERS_DATA },
		{ BC_EV_SEPARATOR, DATA("\0\0\0"), "separator", "", BC_COVERS_DATA },
		{ BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, DATA("\6linux\0\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0"), "kernel",
		  "linux, 4096 bytes at 0x1000000", BC_COVERS_OTHER },
		{ BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, DATA("\7initrd\0\0\0\0\2\0\0\0\0\1\0\0\0\0\0\0\0"), "initrd",
		  "initrd, 1 bytes at 0x2000000", BC_COVERS_OTHER },
		{ BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, DATA("\7tee\x1bos\0\0\0\0\2\0\0\0\0\1\0\0\0\0\0\0\0"), "tee\\x1bos",
		  "tee\\x1bos, 1 bytes at 0x2000000", BC_COVERS_OTHER },
		{ BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, DATA("\x0elinux\0\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0"),
		  "EV_EFI_PLATFORM_FIRMWARE_BLOB2", "", BC_COVERS_OTHER },
		{ BC_EV_TABLE_OF_DEVICES, DATA("dts\0fdt1\0"), "final tree", "final tree by rule fdt1", BC_COVERS_OTHER },
		{ BC_EV_TABLE_OF_DEVICES, DATA("dts\0"), "table of devices", "dts", BC_COVERS_OTHER },
		{ BC_EV_EVENT_TAG, DATA("\x09MBU\4\0\0\0quiet"), "EV_EVENT_TAG", "", BC_COVERS_OTHER },
		{ BC_EV_EVENT_TAG, DATA("\x09MBU\5\0\0\0quiet"), "command line", "command line: quiet", BC_COVERS_DATA },
		{ BC_EV_EVENT_TAG, DATA("\x09MBU\0\0\0\0"), "command line", "command line: ", BC_COVERS_DATA },
		{ BC_EV_EVENT_TAG, DATA("\x02MBU\7\0\0\0a.scr\0x"), "script", "script: a.scr, 1 bytes", BC_COVERS_PART },
		{ BC_EV_EVENT_TAG, DATA("\x02MBU\6\0\0\0a.scr\0"), "script", "script: a.scr, contents not in the log", BC_COVERS_OTHER },
		{ BC_EV_EVENT_TAG, DATA("\x0aMBU\0\0\0\0"), "load options", "load options: ", BC_COVERS_DATA },
		{ BC_EV_EVENT_TAG, DATA("\x0bMBU\0\0\0\0"), "EV_EVENT_TAG", "tag 0x55424d0b, 0 bytes", BC_COVERS_OTHER },
		{ 0x0000000a, DATA("env-state\0serial#=1\n"), "environment state", "environment state: serial#=1\\x0a", BC_COVERS_DATA },
		{ 0x0000000a, DATA("other"), "EV_PLATFORM_CONFIG_FLAGS", "other", BC_COVERS_OTHER },
		{ BC_EV_ACTION, DATA("U-Boot: command line entered"), "action", "U-Boot: command line entered", BC_COVERS_DATA },
		{ BC_EV_NO_ACTION, DATA("StartupLocality\0\3"), "note", "StartupLocality 3", BC_COVERS_NOTHING },
		{ BC_EV_EFI_VARIABLE_DRIVER_CONFIG, DATA("\xb9\x73\x1d\xe6\x84\xa3\xcc\x4a\xae\xab\x82\xe8\x28\xf3\x62\x8b"
		  "\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0B\0V\0a=b"), "variable", "BV a=b", BC_COVERS_DATA },
		{ BC_EV_EFI_VARIABLE_DRIVER_CONFIG, DATA("\xb9\x73\x1d\xe6\x84\xa3\xcc\x4a\xae\xab\x82\xe8\x28\xf3\x62\x8b"
		  "\6\0\0\0\0\0\0\0\x0b\0\0\0\0\0\0\0F\0i\0t\0K\0e\0y\0dev\0rsa\0\1\2\3"), "variable", "FitKey dev rsa, 3 bytes of key",
		  BC_COVERS_DATA },
		{ BC_EV_EFI_VARIABLE_DRIVER_CONFIG, DATA("\xb9\x73\x1d\xe6\x84\xa3\xcc\x4a\xae\xab\x82\xe8\x28\xf3\x62\x8b"
		  "\xff\xff\xff\xff\xff\xff\xff\xff\3\0\0\0\0\0\0\0B\0V\0a=b"), "variable", "", BC_COVERS_DATA },
		{ BC_EV_EFI_VARIABLE_DRIVER_CONFIG, DATA("\xb9\x73\x1d\xe6\x84\xa3\xcc\x4a\xae\xab\x82\xe8\x28\xf3\x62\x8b"
		  "\2\0\0\0\0\0\0\x80\3\0\0\0\0\0\0\0B\0V\0a=b"), "variable", "", BC_COVERS_DATA },	/* twice this wraps to 4 */
		{ 0x12345678, DATA("x"), "event type 0x12345678", "", BC_COVERS_OTHER },
	};
	char text[128], component[64];
	struct bc_tcg_event event;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		event = event_of(rows[i].type, rows[i].data, rows[i].size);
		assert_int_equal(bc_tcg_event_text(&event, text, sizeof(text)), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
		assert_string_equal(bc_tcg_event_component(&event, component, sizeof(component)), rows[i].component);
		if (bc_tcg_event_covers(&event) != rows[i].covers)
			fail_msg("row %zu covers %s", i, bc_covers_name(bc_tcg_event_covers(&event)));
	}
}

/* Intel TXT: digests of things outside the log, or of the data where that fits. */
static void tcg_event_types_of_txt_have_names(void **state)
{
	static const struct { uint32_t type; const char *name; bool part; } rows[] = {
		{ 0x400, NULL, false }, { 0x401, "EV_TXT_PCR_MAPPING", false }, { 0x404, "EV_TXT_MLE_HASH", false },
		{ 0x405, NULL, false }, { 0x409, NULL, false }, { 0x40a, "EV_TXT_BIOSAC_REG_DATA", true },
		{ 0x40f, "EV_TXT_OSSINITDATA_CAP_HASH", true }, { 0x410, "EV_TXT_SINIT_PUBKEY_HASH", false }, { 0x414, "EV_TXT_NV_INFO_HASH", true },
		{ 0x41a, "EV_TXT_BOOT_POL_HASH", false }, { 0x41b, NULL, false }, { 0x4fe, "EV_TXT_RANDOM_VALUE", false },
		{ 0x4ff, "EV_TXT_CAP_VALUE", false }, { 0x501, NULL, false },
	};
	struct bc_tcg_event event;
	uint32_t type;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		event = event_of(rows[i].type, "\1\0\0\0", 4);
		assert_int_equal(bc_tcg_event_covers(&event), rows[i].part ? BC_COVERS_PART : BC_COVERS_OTHER);
		if (!rows[i].name) {
			assert_null(bc_tcg_type_name(rows[i].type));
			continue;
		}
		assert_string_equal(bc_tcg_type_name(rows[i].type), rows[i].name);
		assert_true(bc_tcg_type_by_name(rows[i].name, &type));
		assert_int_equal(type, rows[i].type);
	}
}

static void tcg_event_text_is_cut_to_its_buffer(void **state)
{
	static const char data[] = "\x09MBU\5\0\0\0q\x01iet";
	const struct bc_tcg_event event = event_of(BC_EV_EVENT_TAG, data, sizeof(data) - 1);
	char text[32];
	size_t size;

	(void)state;
	for (size = 0; size < sizeof(text); size++) {
		memset(text, 'P', sizeof(text));
		bc_tcg_event_text(&event, text, size);
		assert_int_equal(text[size], 'P');
		if (size)
			assert_true(strlen(text) < size);
	}
}

static void tcg_event_payload_of_a_tag_is_found_by_its_number(void **state)
{
	static const char data[] = "\x09MBU\5\0\0\0quiet";
	struct bc_tcg_event event = event_of(BC_EV_EVENT_TAG, data, sizeof(data) - 1);
	const uint8_t *payload;
	size_t size;

	(void)state;
	assert_true(bc_tcg_event_tagged(&event, BC_TAG_CMDLINE, &payload, &size));
	assert_int_equal(size, 5);
	assert_memory_equal(payload, "quiet", 5);
	assert_false(bc_tcg_event_tagged(&event, 6, &payload, &size));
	event.data_size--;
	assert_false(bc_tcg_event_tagged(&event, BC_TAG_CMDLINE, &payload, &size));
	event = event_of(BC_EV_ACTION, data, sizeof(data) - 1);
	assert_false(bc_tcg_event_tagged(&event, BC_TAG_CMDLINE, &payload, &size));
}

static void tcg_event_rule_is_a_whole_text_or_none(void **state)
{
	static const char good[] = "dts\0fdt1 /soc/x\0", open[] = "dts\0fdt1", more[] = "dts\0fdt1\0x", none[] = "dts\0\0";
	struct bc_tcg_event event = event_of(BC_EV_TABLE_OF_DEVICES, good, sizeof(good) - 1);

	(void)state;
	assert_string_equal(bc_tcg_event_fdt_rule(&event), "fdt1 /soc/x");
	event = event_of(BC_EV_TABLE_OF_DEVICES, open, sizeof(open) - 1);
	assert_null(bc_tcg_event_fdt_rule(&event));
	event = event_of(BC_EV_TABLE_OF_DEVICES, more, sizeof(more) - 1);
	assert_null(bc_tcg_event_fdt_rule(&event));
	event = event_of(BC_EV_TABLE_OF_DEVICES, none, sizeof(none) - 1);
	assert_null(bc_tcg_event_fdt_rule(&event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcg_event_text_and_coverage_of_each_kind),
		cmocka_unit_test(tcg_event_types_of_txt_have_names),
		cmocka_unit_test(tcg_event_text_is_cut_to_its_buffer),
		cmocka_unit_test(tcg_event_payload_of_a_tag_is_found_by_its_number),
		cmocka_unit_test(tcg_event_rule_is_a_whole_text_or_none),
	};

	return cmocka_run_group_tests_name("tcg_event", tests, NULL, NULL);
}
