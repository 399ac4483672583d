// SPDX-License-Identifier: BSD-2-Clause
/* Event data as text. The bytes are put together here by the sections of UEFI 2.10 and PFP 1.06; the texts by UEFI 2.10, 10.6.1.5. */
#include "internal.h"
#include "logs.h"

/* A GUID whose text shows every place: 04030201-0605-0807-090a-0b0c0d0e0f10. */
#define GUID "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20"
#define GUID_TEXT "04030201-0605-0807-090a-0b0c0d0e0f10"

static void put_utf16(struct bytes *bytes, const char *text, bool nul)
{
	for (; *text; text++)
		put_le(bytes, (unsigned char)*text, 2);
	if (nul)
		put_le(bytes, 0, 2);
}

static void put_node(struct bytes *bytes, unsigned int type, unsigned int subtype, const void *data, size_t size)
{
	put_le(bytes, type, 1);
	put_le(bytes, subtype, 1);
	put_le(bytes, size + 4, 2);
	put(bytes, data, size);
}

static void expect_text(uint32_t type, const struct bytes *data, const char *text)
{
	const struct bc_tcg_event event = { .pcr = 4, .type = type, .data = data->data, .data_size = data->size };
	char found[1024];

	assert_int_equal(bc_tcg_event_text(&event, found, sizeof(found)), strlen(text));
	assert_string_equal(found, text);
}

static void device_path_nodes_are_written_as_the_specification_says(void **state)
{
#define DATA(text) text, sizeof(text) - 1
	static const struct { unsigned int type, subtype; const char *data; size_t size; const char *text; } rows[] = {
		{ 1, 1, DATA("\2\x1f"), "Pci(0x1F,0x2)" },
		{ 1, 1, DATA("\2"), "Pci(?)" },
		{ 1, 3, DATA("\x0b\0\0\0\0\x10\0\0\0\0\0\0\xff\x1f\0\0\0\0\0\0"), "MemoryMapped(0xB,0x1000,0x1FFF)" },
		{ 1, 4, DATA(GUID), "VenHw(" GUID_TEXT ")" },
		{ 1, 4, DATA(GUID "\xab\xcd"), "VenHw(" GUID_TEXT ",abcd)" },
		{ 2, 1, DATA("\xd0\x41\x03\x0a\0\0\0\0"), "PciRoot(0x0)" },
		{ 2, 1, DATA("\xd0\x41\x08\x0a\1\0\0\0"), "PcieRoot(0x1)" },
		{ 2, 1, DATA("\xd0\x41\x0f\x0c\0\0\0\0"), "Acpi(PNP0C0F,0x0)" },
		{ 2, 1, DATA("\1\2\3\4\5\0\0\0"), "Acpi(0x04030201,0x5)" },
		{ 3, 1, DATA("\0\1\2\0"), "Ata(0x0,0x1,0x2)" },
		{ 3, 2, DATA("\1\0\2\0"), "Scsi(0x1,0x2)" },
		{ 3, 5, DATA("\1\2"), "USB(0x1,0x2)" },
		{ 3, 0x0b, DATA("\xaa\xbb\xcc\xdd\xee\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "MAC(aabbccddeeff,0x1)" },
		{ 3, 0x12, DATA("\1\0\xff\xff\0\0"), "Sata(0x1,0xFFFF,0x0)" },
		{ 3, 0x17, DATA("\1\0\0\0\1\2\3\4\5\6\7\x08"), "NVMe(0x1,0102030405060708)" },
		{ 3, 0x18, DATA("http://example.org/\x1b"), "Uri(http://example.org/\\x1b)" },
		{ 3, 0x1d, DATA("\0"), "eMMC(0x0)" },
		{ 3, 0x1d, DATA(""), "eMMC(?)" },
		{ 4, 1, DATA("\1\0\0\0\0\x08\0\0\0\0\0\0\0\0\x10\0\0\0\0\0" GUID "\2\2"), "HD(1,GPT," GUID_TEXT ",0x800,0x100000)" },
		{ 4, 1, DATA("\2\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\xef\xbe\xad\xde\0\0\0\0\0\0\0\0\0\0\0\0\1\1"),
		  "HD(2,MBR,0xdeadbeef,0x1,0x2)" },
		{ 4, 4, DATA("\\\0a\0\xe9\0\0\0"), "\\\\a\\u00e9" },
		{ 4, 6, DATA(GUID), "FvFile(" GUID_TEXT ")" },
		{ 4, 6, DATA("\1\2"), "FvFile(?)" },
		{ 4, 8, DATA("\0\0\0\0\0\x02\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0"), "Offset(0x200,0x3FF)" },
		{ 5, 1, DATA("\2\0\0\0disk\0"), "BBS(0x2,0x0,disk)" },
		{ 9, 7, DATA("\xab"), "Path(9,7,ab)" },
		{ 9, 7, DATA(""), "Path(9,7)" },
	};
	struct bytes *path = malloc(sizeof(*path));
	struct bc_reader reader;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		path->size = 0;
		put_node(path, rows[i].type, rows[i].subtype, rows[i].data, rows[i].size);
		bc_reader_init(&reader, path->data, path->size, 0);
		memset(text, 'P', sizeof(text));
		text[0] = '\0';
		assert_int_equal(bc_append_device_path(reader, text, sizeof(text), 0), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
	}
	free(path);
}

static void device_paths_end_where_they_say_and_are_called_broken_otherwise(void **state)
{
	struct bytes *path = calloc(1, sizeof(*path));
	struct bc_reader reader;
	char text[64];
	size_t i;

	(void)state;
	put_node(path, 2, 1, "\xd0\x41\x03\x0a\0\0\0\0", 8);
	put_node(path, 1, 1, "\0\3", 2);
	put_node(path, 0x7f, 0x01, "", 0);	/* another path */
	put_node(path, 3, 0x1d, "\0", 1);
	put_node(path, 0x7f, 0xff, "", 0);
	put(path, "behind", 6);
	bc_reader_init(&reader, path->data, path->size, 0);
	bc_append_device_path(reader, text, sizeof(text), 0);
	assert_string_equal(text, "PciRoot(0x0)/Pci(0x3,0x0),eMMC(0x0)");
	path->data[2] = 3;			/* shorter than its own head: it would never end */
	bc_append_device_path(reader, text, sizeof(text), 0);
	assert_string_equal(text, "(broken)");
	path->data[2] = 200;
	bc_append_device_path(reader, text, sizeof(text), 0);
	assert_string_equal(text, "(broken)");
	path->data[2] = 12;
	for (i = 0; i < sizeof(text); i++) {	/* cut to its buffer */
		memset(text, 'P', sizeof(text));
		bc_append_device_path(reader, text, i, 0);
		assert_int_equal(text[i], 'P');
	}
	free(path);
}

static void put_variable(struct bytes *event, const char *name, const void *data, size_t size)
{
	event->size = 0;
	put(event, GUID, 16);
	put_le(event, strlen(name), 8);
	put_le(event, size, 8);
	put_utf16(event, name, false);
	put(event, data, size);
}

static void variables_are_read_by_their_names(void **state)
{
	static const char lists[] = "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72\x30\0\0\0\0\0\0\0\x14\0\0\0" "owner-owner-own.cert"
		"\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28\x7c\0\0\0\0\0\0\0\x30\0\0\0"
		"owner-owner-own.32 bytes of a hash of an EFI binowner-owner-own.32 bytes of a hash of an EFI bin";
	static const struct { uint32_t type; const char *name, *data; size_t size; const char *text; } rows[] = {
		{ 0x80000001, "SecureBoot", DATA("\1"), "SecureBoot on" },
		{ 0x80000001, "SecureBoot", DATA("\0"), "SecureBoot off" },
		{ 0x80000001, "SecureBoot", DATA("\2"), "SecureBoot, 1 bytes" },
		{ 0x80000001, "SetupMode", DATA(""), "SetupMode not set" },
		{ 0x80000001, "dbx", DATA(""), "dbx empty" },
		{ 0x80000001, "dbx", DATA("no list"), "dbx (broken)" },
		{ 0x80000002, "BootOrder", DATA("\1\0\x0a\0\xff\xff"), "BootOrder 0001,000A,FFFF" },
		{ 0x80000002, "Boot0001", DATA("\1\0\0\0\x0a\0h\0i\0\0\0\1\1\6\0\0\3\x7f\xff\4\0opt"),
		  "Boot0001 hi: Pci(0x3,0x0), 3 bytes for it" },
		{ 0x80000002, "Boot0001", DATA("\1\0\0\0\xff\0h\0i\0\0\0"), "Boot0001 hi (broken)" },
		{ 0x80000002, "Boot0001", DATA("\1\0\0\0\0\0h\0"), "Boot0001, 2 bytes" },
		{ 0x80000002, "BootNext", DATA("\1\0"), "BootNext, 2 bytes" },
		{ 0x800000e0, "db", DATA(GUID "certificate"), "db of owner " GUID_TEXT ", a certificate of 11 bytes" },
		{ 0x800000e0, "db", DATA(GUID "32 bytes of a hash of an EFI bin"), "db of owner " GUID_TEXT ", a SHA-256 hash" },
		{ 0x800000e0, "Shim", DATA("\x30\x82\1\2three"), "Shim, a certificate of 9 bytes" },
		{ 0x800000e0, "SbatLevel", DATA("sbat,1\n"), "SbatLevel sbat,1\\x0a" },
	};
	struct bytes *event = malloc(sizeof(*event));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_variable(event, rows[i].name, rows[i].data, rows[i].size);
		expect_text(rows[i].type, event, rows[i].text);
	}
	put_variable(event, "db", lists, sizeof(lists) - 1);
	expect_text(0x80000001, event, "db 1 certificates, 2 SHA-256 hashes");
	free(event);
}

static void images_are_named_by_their_device_path(void **state)
{
	struct bytes *event = calloc(1, sizeof(*event));

	(void)state;
	put_le(event, 0x1000, 8);
	put_le(event, 4096, 8);
	put_le(event, 0, 8);
	put_le(event, 12, 8);
	put_node(event, 4, 4, "\\\0x\0", 4);
	put_node(event, 0x7f, 0xff, "", 0);
	expect_text(0x80000003, event, "\\\\x, 4096 bytes at 0x1000");
	event->data[24] = 13;			/* longer than what is there */
	expect_text(0x80000003, event, "");
	event->data[24] = 0;
	expect_text(0x80000004, event, "4096 bytes at 0x1000");
	free(event);
}

static void partition_tables_are_listed(void **state)
{
	struct bytes *event = calloc(1, sizeof(*event));
	size_t entry;

	(void)state;
	put(event, "EFI PART", 8);
	put_fill(event, 0, 48);
	put(event, GUID, 16);
	put_le(event, 2, 8);			/* first block of the entries */
	put_le(event, 128, 4);			/* how many the table has room for */
	put_le(event, 128, 4);			/* size of one */
	put_le(event, 0, 4);
	put_le(event, 2, 8);			/* how many follow */
	for (entry = 0; entry < 2; entry++) {
		put_fill(event, 0x11, 56);
		put_utf16(event, entry ? "root" : "boot", true);
		put_fill(event, 0, 62);
	}
	expect_text(0x80000006, event, "disk " GUID_TEXT ", 2 partitions: boot, root");
	event->data[92] = 3;
	expect_text(0x80000006, event, "disk " GUID_TEXT ", 3 partitions: boot, root (broken)");
	memset(event->data + 92, 0xff, 8);
	expect_text(0x80000006, event, "disk " GUID_TEXT ", 18446744073709551615 partitions: boot, root (broken)");
	event->data[0] = 'e';
	expect_text(0x80000006, event, "");
	free(event);
}

static void other_forms_of_data_are_read(void **state)
{
#define ZEROS15 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	static const struct { uint32_t type; const char *data; size_t size; const char *text; } rows[] = {
		{ 0x80000009, DATA("\1\0\0\0\0\0\0\0\x31\x2d\x9d\xeb\x88\x2d\xd3\x11\x9a\x16\0\x90\x27\x3f\xc1\x4d\0\0\0\0\0\0\0\0"), "1 tables: SMBIOS" },
		{ 0x80000009, DATA("\2\0\0\0\0\0\0\0" GUID "\0\0\0\0\0\0\0\0"), "2 tables: " GUID_TEXT " (broken)" },
		{ 0x8000000b, DATA("\x09TdxTable\0\1\0\0\0\0\0\0\0" GUID "\0\0\0\0\0\0\0\0"), "TdxTable, 1 tables: " GUID_TEXT },
		{ 0x800000e1, DATA("SPDM Device Sec\0\1\0abcd"), "SPDM Device Sec, version 1, 4 bytes" },
		{ 0x800000e1, DATA("something else, that is long"), "" },
		{ 3, DATA("SP800-155 Event\0\x57\1\0\0" GUID), "SP800-155 Event, vendor 343, manifest " GUID_TEXT },
		{ 3, DATA("SP800-155 Event2\x57\1\0\0" GUID "\4ACM\0\3Box\2v1\5Bios\0"),
		  "SP800-155 Event2, vendor 343, manifest " GUID_TEXT ", platform ACM Box v1, firmware of Bios" },
		{ 3, DATA("SP800-155 Event2\x57\1"), "SP800-155 Event2 (broken)" },
		{ 3, DATA("Spec ID Event02\0\0\0\0\0\2\1\0\2\0"), "Spec ID Event02, version 1.2 errata 0" },
		{ 3, DATA("GCE NonHostInfo\0\0\0\0\0"), "GCE NonHostInfo" },
		{ 0x11, DATA("GCE NonHostInfo\0\0" ZEROS15), "GCE NonHostInfo: no confidential guest" },
		{ 0x11, DATA("GCE NonHostInfo\0\1" ZEROS15), "GCE NonHostInfo: AMD SEV" },
		{ 0x11, DATA("GCE NonHostInfo\0\3" ZEROS15), "GCE NonHostInfo: Intel TDX" },
		{ 0x11, DATA("GCE NonHostInfo\0\4" ZEROS15), "GCE NonHostInfo: AMD SEV-SNP" },
		{ 0x11, DATA("GCE NonHostInfo\0\5" ZEROS15), "GCE NonHostInfo: unknown kind 5" },
		{ 0x11, DATA("GCE NonHostInfo\0\4\1"), "" },
		{ 0x11, DATA("GCE NonHostInfo"), "GCE NonHostInfo" },
		{ 0x11, DATA("GCE NonHostInfos\0"), "GCE NonHostInfos" },
		{ 1, DATA("ACPI DATA"), "ACPI DATA" },
		{ 1, DATA("BL_33\0"), "BL_33" },	/* TF-A */
		{ 1, DATA("\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0"), "4096 bytes at 0x1000000" },
		{ 1, DATA("sixteen letters."), "sixteen letters." },
		{ 0x13, DATA("\2fw\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0"), "fw, 4096 bytes at 0x1000000" },
		{ 0x0c, DATA("\x78\x56\x34\x12"), "0x12345678" },
		{ 0x0d, DATA("q\0u\0i\0e\0t\0\0\0"), "quiet" },	/* systemd-stub */
		{ 0x0d, DATA("grub_cmd: linux\0"), "grub_cmd: linux" },
		{ 0x0d, DATA("MokList\0\xaf"), "MokList (and a byte af)" },	/* RHEL 8 */
		{ 0x0d, DATA("MokList\0\xaf\xaf"), "" },
		{ 6, DATA("\xec\x22\x3b\x8f\x0d\0\0\0Linux initrd\0"), "Linux initrd: Linux initrd" },
		{ 6, DATA("\x2a\x58\xbc\xf5\6\0\0\0l\0.\0\0\0"), "loader.conf of systemd-boot: l." },
		{ 6, DATA("\x0a\x4d\x42\x55\x08\0\0\0q\0=\0" "1\0\0\0"), "load options: q=1" },
		{ 6, DATA("\x0a\x4d\x42\x55\2\0\0\0\1\2"), "load options: \\x01\\x02" },
		{ 6, DATA("\x78\x56\x34\x12\2\0\0\0\1\2"), "tag 0x12345678, 2 bytes" },
		/* Windows: one item, items in a container, a text, a size that is too large */
		{ 6, DATA("\2\0\2\0\4\0\0\0\7\0\0\0"), "Windows: BootCounter 7" },
		{ 6, DATA("\1\0\1\x40\x19\0\0\0\1\0\7\0\4\0\0\0a\0b\0\2\0\7\0\5\0\0\0abcde"), "Windows: TrustBoundary (FilePath ab, ImageSize of 5 bytes)" },
		{ 6, DATA("\1\0\7\0\6\0\0\0a\0b\0\0\0\1\0\5\0\1\0\0\0\0"), "Windows: FilePath ab, OsKernelDebug 0" },
		{ 6, DATA("\2\0\2\0\5\0\0\0\7\0\0\0"), "" },
		{ 3, DATA("\4\0\1\xc0\x0c\0\0\0\1\0\x08\x80\4\0\0\0quot"), "Windows: TrustPoint_Aggregation (Quote 1953461617)" },
	};
	struct bytes *event = malloc(sizeof(*event));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		event->size = 0;
		put(event, rows[i].data, rows[i].size);
		expect_text(rows[i].type, event, rows[i].text);
	}
	free(event);
}

static void containers_of_windows_are_opened_to_a_depth(void **state)
{
	struct bytes *event = calloc(1, sizeof(*event)), *inner = calloc(1, sizeof(*inner));
	int level;

	(void)state;
	for (level = 0; level < 6; level++) {
		*inner = *event;
		event->size = 0;
		put_le(event, 0x40010001, 4);
		put_le(event, inner->size, 4);
		put(event, inner->data, inner->size);
	}
	expect_text(6, event, "Windows: TrustBoundary (TrustBoundary (TrustBoundary (TrustBoundary of 16 bytes)))");
	free(inner);
	free(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_path_nodes_are_written_as_the_specification_says),
		cmocka_unit_test(device_paths_end_where_they_say_and_are_called_broken_otherwise),
		cmocka_unit_test(variables_are_read_by_their_names),
		cmocka_unit_test(images_are_named_by_their_device_path),
		cmocka_unit_test(partition_tables_are_listed),
		cmocka_unit_test(other_forms_of_data_are_read),
		cmocka_unit_test(containers_of_windows_are_opened_to_a_depth),
	};

	return cmocka_run_group_tests_name("tcg_decode", tests, NULL, NULL);
}
