// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"

/* Findings of a log; the caller frees. *ret_agree (may be NULL) is that of the last event. */
static struct bc_findings *check(const struct bytes *bytes, enum bc_agree *ret_agree)
{
	struct bc_stream *stream = open_bytes(bytes->data, bytes->size, "firmware.log");
	struct bc_findings *findings = NULL;
	const struct bc_tcg_event *event;
	struct bc_tcg_check *state = NULL;
	struct bc_tcg_log *log = NULL;
	enum bc_agree agree;
	int r;

	assert_int_equal(bc_findings_new(&findings, NULL), 0);
	assert_int_equal(bc_tcg_log_open(stream, &log, NULL), 0);
	assert_int_equal(bc_tcg_check_new(log, &state, NULL), 0);
	while ((r = bc_tcg_log_next(log, &event, NULL)) > 0)
		assert_int_equal(bc_tcg_check_event(state, event, findings, ret_agree ? ret_agree : &agree, NULL), 0);
	assert_int_equal(r, 0);
	assert_int_equal(bc_tcg_check_end(state, findings, NULL), 0);
	bc_tcg_check_free(state);
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	return findings;
}

/* A log with one event in front of, or behind, its separators has exactly this finding (BC_CODE_COUNT: none). */
static void expect(uint32_t pcr, uint32_t type, const void *data, size_t size, const char *object, bool after, enum bc_code code)
{
	struct bytes *log = malloc(sizeof(*log));
	const struct bc_finding *finding;
	struct bc_findings *findings;

	begin_sha256_log(log);
	if (after)
		put_separators(log, 0);
	put_event(log, pcr, type, data, size, object);
	if (!after)
		put_separators(log, 0);
	findings = check(log, NULL);
	if (code == BC_CODE_COUNT) {
		if (bc_findings_count(findings))
			fail_msg("type 0x%x: %s", type, bc_findings_at(findings, 0)->message);
	} else {
		assert_int_equal(bc_findings_count(findings), 1);
		finding = bc_findings_at(findings, 0);
		assert_int_equal(finding->code, code);
		assert_int_equal(finding->number, after ? 9 : 1);
		assert_int_equal(finding->pcr, pcr);
		assert_true(finding->offset > 0);
		assert_string_equal(finding->source, "firmware.log");
	}
	bc_findings_free(findings);
	free(log);
}

static void tcg_check_notes_a_digest_of_the_spec_id_event(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	const struct bc_finding *finding;
	struct bc_findings *findings;

	(void)state;
	begin_sha256_log(log);
	put_event(log, 0, BC_EV_NO_ACTION, "StartupLocality\0\3", 17, NULL);
	put_separators(log, 0);
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 0);
	bc_findings_free(findings);
	log->data[8 + 19] = 0x5a;	/* the last byte of its SHA-1 field */
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 1);
	finding = find_code(findings, BC_DATA_NOT_COVERED);
	assert_int_equal(finding->number, 0);
	assert_int_equal(finding->offset, 0);
	assert_string_equal(finding->expected, "0000000000000000000000000000000000000000");
	assert_string_equal(finding->found, "000000000000000000000000000000000000005a");
	bc_findings_free(findings);
	free(log);
}

static void tcg_check_compares_digests_with_data(void **state)
{
	(void)state;
	expect(4, BC_EV_ACTION, "go", 2, NULL, false, BC_CODE_COUNT);
	expect(4, BC_EV_ACTION, "go", 2, "no", false, BC_DIGEST_DATA);
	expect(5, BC_EV_EVENT_TAG, "\x09MBU\2\0\0\0ro", 10, NULL, false, BC_CODE_COUNT);
	expect(5, BC_EV_EVENT_TAG, "\x09MBU\2\0\0\0ro", 10, "ro", false, BC_DIGEST_DATA);	/* a text is hashed whole */
	expect(5, BC_EV_EVENT_TAG, "\x02MBU\4\0\0\0s\0ls", 12, "ls", false, BC_CODE_COUNT);	/* a file alone */
	expect(5, BC_EV_EVENT_TAG, "\x02MBU\4\0\0\0s\0ls", 12, "s", false, BC_DIGEST_DATA);
	expect(5, BC_EV_EVENT_TAG, "\x02MBU\2\0\0\0s\0", 10, "any file", false, BC_CODE_COUNT);
	expect(0, 0x12345678, "x", 1, "y", false, BC_CODE_COUNT);
}

/* Machines with TPM 1.2 hash the variable alone; beside another bank the digest must be that of the whole data. */
static void tcg_check_takes_a_variable_alone_beside_sha1_alone(void **state)
{
	static const char data[] = "GUIDGUIDGUIDGUID\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0B\0ab";
	static const struct { const char *object; size_t size; enum bc_agree agree; } rows[] = {
		{ "ab", 2, BC_AGREE_YES }, { data, 36, BC_AGREE_YES }, { "ac", 2, BC_AGREE_NO },
	};
	struct bytes *log = malloc(sizeof(*log));
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_findings *findings;
	enum bc_agree agree;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(bc_digest(ALG_SHA1, rows[i].object, rows[i].size, digest, NULL), 0);
		log->size = 0;
		put_le(log, 7, 4);
		put_le(log, BC_EV_EFI_VARIABLE_DRIVER_CONFIG, 4);
		put(log, digest, 20);
		put_le(log, 36, 4);
		put(log, data, 36);
		findings = check(log, &agree);
		assert_int_equal(agree, rows[i].agree);
		assert_int_equal(count_code(findings, BC_DIGEST_DATA), agree == BC_AGREE_NO);
		bc_findings_free(findings);
	}
	expect(7, BC_EV_EFI_VARIABLE_DRIVER_CONFIG, data, 36, NULL, false, BC_CODE_COUNT);
	expect(7, BC_EV_EFI_VARIABLE_DRIVER_CONFIG, data, 36, "ab", false, BC_DIGEST_DATA);
	free(log);
}

static void tcg_check_holds_the_boot_log_of_windows_against_its_digest(void **state)
{
	(void)state;
	expect(12, BC_EV_EVENT_TAG, "\2\0\2\0\1\0\0\0\7", 9, NULL, true, BC_CODE_COUNT);
	expect(12, BC_EV_EVENT_TAG, "\2\0\2\0\1\0\0\0\7", 9, "other", true, BC_DIGEST_DATA);
	expect(12, BC_EV_EVENT_TAG, "\2\0\2\0\2\0\0\0\7", 9, "other", true, BC_CODE_COUNT);	/* sizes that do not add up */
}

/* Intel TXT hashes the data of some events itself; where it does not, nothing is known. */
static void tcg_check_matches_data_of_txt_where_it_fits(void **state)
{
	static const struct { uint32_t type; const char *object; enum bc_agree agree; } rows[] = {
		{ 0x40b, NULL, BC_AGREE_YES }, { 0x40b, "other", BC_AGREE_UNKNOWN }, { 0x404, NULL, BC_AGREE_UNKNOWN },
	};
	struct bytes *log = malloc(sizeof(*log));
	struct bc_findings *findings;
	enum bc_agree agree;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_sha256_log(log);
		put_separators(log, 0);
		put_event(log, 17, rows[i].type, "\1\0\0\0", 4, rows[i].object);
		findings = check(log, &agree);
		assert_int_equal(agree, rows[i].agree);
		assert_int_equal(bc_findings_count(findings), 0);
		bc_findings_free(findings);
	}
	free(log);
}

static void tcg_check_notices_that_only_the_label_was_measured(void **state)
{
	static const char blob[] = "\6linux\0\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0";
	static const uint32_t types[] = { 0x00000007, 0x00000013, BC_EV_EFI_BOOT_SERVICES_APPLICATION, 0x80000004, 0x80000005 };
	const size_t size = sizeof(blob) - 1;
	size_t i;

	(void)state;
	expect(4, BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob, size, "the kernel itself", false, BC_CODE_COUNT);
	expect(4, BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob, size, NULL, false, BC_NOT_MEASURED);
	expect(4, BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob, size, "linux", false, BC_NOT_MEASURED);
	expect(4, BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob, size, "", false, BC_NOT_MEASURED);
	expect(8, 0x0000000c, "linux\0", 6, NULL, false, BC_NOT_MEASURED);	/* what stock U-Boot logs for booti */
	expect(8, 0x0000000c, "linux\0", 6, "the kernel itself", false, BC_CODE_COUNT);
	expect(1, BC_EV_TABLE_OF_DEVICES, "dts\0fdt1\0", 9, NULL, false, BC_NOT_MEASURED);
	expect(1, BC_EV_TABLE_OF_DEVICES, "dts\0fdt1\0", 9, "dts", false, BC_NOT_MEASURED);
	expect(1, BC_EV_TABLE_OF_DEVICES, "dts\0fdt1\0", 9, "the tree", false, BC_CODE_COUNT);
	/* Of others' firmware: EV_S_CRTM_CONTENTS and EV_POST_CODE2 with a name, images. U-Boot hashes tables with their event. */
	expect(1, 0x8000000b, "\6SMBIOS\1\0\0\0\0\0\0\0", 15, NULL, false, BC_CODE_COUNT);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		expect(0, types[i], blob, size, "the object", false, BC_CODE_COUNT);
		expect(0, types[i], blob, size, NULL, false, BC_NOT_MEASURED);
		expect(0, types[i], blob, size, "", false, BC_NOT_MEASURED);
		expect(0, types[i], blob, size, "linux", false, i < 2 ? BC_NOT_MEASURED : BC_CODE_COUNT);
	}
}

static void tcg_check_wants_each_pcr_closed_once(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	struct bc_findings *findings;
	int i;

	(void)state;
	expect(5, BC_EV_SEPARATOR, "\xff\xff\xff\xff", 4, NULL, true, BC_SEPARATOR_DOUBLE);
	expect(8, BC_EV_SEPARATOR, "\1\0\0\0", 4, NULL, true, BC_SEPARATOR_ERROR);
	expect(8, BC_EV_SEPARATOR, "\0\0\0\0", 4, NULL, true, BC_CODE_COUNT);
	expect(12, BC_EV_SEPARATOR, "WBCL", 4, NULL, true, BC_CODE_COUNT);	/* Windows */
	for (i = 0; i < 2; i++) {
		begin_sha256_log(log);
		put_event(log, 3, BC_EV_SEPARATOR, i ? "\0\0\0" : "WBCL", i ? 3 : 4, NULL);
		put_separators(log, 1 << 3);
		findings = check(log, NULL);
		assert_int_equal(bc_findings_count(findings), 1);
		assert_int_equal(find_code(findings, BC_SEPARATOR_ERROR)->pcr, 3);
		bc_findings_free(findings);
	}
	begin_sha256_log(log);
	put_separators(log, 1 << 3);
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 1);
	assert_int_equal(find_code(findings, BC_SEPARATOR_MISSING)->pcr, 3);
	bc_findings_free(findings);
	/* A dynamic launch alone; not beside an event of the firmware. */
	for (i = 0; i < 2; i++) {
		begin_sha256_log(log);
		put_event(log, 17, 0x0404, "the launched environment", 24, "x");
		if (i)
			put_event(log, 0, BC_EV_ACTION, "x", 1, NULL);
		findings = check(log, NULL);
		assert_int_equal(count_code(findings, BC_SEPARATOR_MISSING), i ? 8 : 0);
		bc_findings_free(findings);
	}
	/* A log of Windows, by either of its marks; the text in a PCR of the firmware is none. */
	for (i = 0; i < 3; i++) {
		begin_sha256_log(log);
		put_separators(log, 1 << 3);
		if (i == 0)
			put_event(log, 12, BC_EV_SEPARATOR, "WBCL", 4, NULL);
		else
			put_event(log, i == 1 ? 12 : 2, BC_EV_EVENT_TAG, "\2\0\2\0\1\0\0\0\7", 9, NULL);
		findings = check(log, NULL);
		assert_int_equal(count_code(findings, BC_SEPARATOR_MISSING), i == 2);
		bc_findings_free(findings);
	}
	free(log);
}

static void tcg_check_notices_events_behind_the_separator(void **state)
{
	static const char blob[] = "\6linux\0\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0";

	(void)state;
	expect(4, BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob, sizeof(blob) - 1, "kernel", true, BC_EVENT_AFTER_SEPARATOR);
	expect(1, BC_EV_ACTION, "go", 2, NULL, true, BC_EVENT_AFTER_SEPARATOR);
	expect(9, BC_EV_ACTION, "go", 2, NULL, true, BC_CODE_COUNT);
	expect(4, 0x80000003, "app", 3, "application", true, BC_CODE_COUNT);	/* the boot manager's phase comes later */
	expect(5, BC_EV_EVENT_TAG, "\x0a\x4d\x42\x55\2\0\0\0q", 10, NULL, true, BC_CODE_COUNT);	/* nor are its load options the first */
	expect(5, BC_EV_EVENT_TAG, "\x09\x4d\x42\x55\2\0\0\0q", 10, NULL, true, BC_EVENT_AFTER_SEPARATOR);
	expect(5, 0x80000007, "Exit Boot Services Invocation", 29, NULL, true, BC_CODE_COUNT);
}

static void tcg_check_names_prompt_retry_and_payload(void **state)
{
	(void)state;
	expect(4, BC_EV_ACTION, "U-Boot: command line entered", 28, NULL, false, BC_PROMPT);
	expect(4, BC_EV_ACTION, "U-Boot: boot attempt failed", 27, NULL, false, BC_BOOT_RETRIED);
	expect(4, BC_EV_ACTION, "U-Boot: unmeasured payload go 0x1000", 36, NULL, false, BC_UNMEASURED_PAYLOAD);
	expect(4, BC_EV_ACTION, "U-Boot: command line entered?", 29, NULL, false, BC_CODE_COUNT);
	expect(4, BC_EV_ACTION, "U-Boot: boot method=booti", 25, NULL, false, BC_CODE_COUNT);
}

static void tcg_check_says_what_stands_behind_the_log(void **state)
{
	struct bytes *log = malloc(sizeof(*log));
	struct bc_findings *findings;

	(void)state;
	begin_sha256_log(log);
	put_separators(log, 0);
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 0);
	bc_findings_free(findings);
	put_fill(log, 0, 100);
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 1);
	assert_int_equal(count_code(findings, BC_LOG_TRAILING), 1);
	bc_findings_free(findings);
	put(log, "stale", 5);
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 1);
	assert_int_equal(find_code(findings, BC_LOG_AFTER_PADDING)->offset, log->size - 5);
	bc_findings_free(findings);
	free(log);
}

static void tcg_check_ends_a_log_where_a_second_one_begins(void **state)
{
	struct bytes *log = malloc(sizeof(*log)), *second = malloc(sizeof(*second));
	static const char kinds[] = { '3', '2', '0' };
	const struct bc_finding *finding;
	struct bc_findings *findings;
	size_t i, end;

	(void)state;
	begin_sha256_log(second);
	put_separators(second, 0);
	begin_sha256_log(log);
	put_separators(log, 0);
	end = log->size;
	for (i = 0; i < sizeof(kinds); i++) {
		log->size = end;
		put(log, second->data, second->size);
		log->data[end + 32 + 14] = (uint8_t)kinds[i];
		findings = check(log, NULL);
		assert_int_equal(bc_findings_count(findings), 1);	/* the separators of the second log are no second separators */
		finding = find_code(findings, BC_PCR_NOT_RESET);
		assert_int_equal(finding->offset, end);
		assert_int_equal(finding->number, 9);
		assert_string_equal(finding->source, "firmware.log");
		assert_non_null(strstr(finding->message, "tail -c +"));
		assert_int_equal(atoi(strstr(finding->message, "tail -c +") + 9), end + 1);
		assert_true(finding->expected[0] && finding->found[0]);
		bc_findings_free(findings);
	}
	/* A note whose data has the same words is an event like others. */
	log->size = end;
	put_event(log, 0, BC_EV_NO_ACTION, "Spec ID Event03", 16, NULL);
	findings = check(log, NULL);
	assert_int_equal(bc_findings_count(findings), 0);
	bc_findings_free(findings);
	free(second);
	free(log);
}

static void tcg_check_names_a_bank_that_this_build_cannot_hash(void **state)
{
	static const uint16_t algs[] = { ALG_UNKNOWN }, sizes[] = { 32 };
	struct bytes *log = calloc(1, sizeof(*log));
	struct bc_findings *findings;
	enum bc_agree agree = BC_AGREE_YES;

	(void)state;
	put_spec_id(log, algs, sizes, 1);
	put_le(log, 4, 4);
	put_le(log, BC_EV_ACTION, 4);
	put_le(log, 1, 4);
	put_le(log, ALG_UNKNOWN, 2);
	put_fill(log, 1, 32);
	put_le(log, 0, 4);
	findings = check(log, &agree);
	assert_int_equal(agree, BC_AGREE_UNKNOWN);
	assert_non_null(strstr(find_code(findings, BC_BANK_UNSUPPORTED)->message, "alg 0x7777"));
	bc_findings_free(findings);
	free(log);
}

/* GRUB and systemd hash a part of what they write down; a file that was only named cannot be checked. */
static void tcg_check_knows_the_parts_that_boot_loaders_hash(void **state)
{
	static const struct { uint32_t type; const char *data; size_t size; const char *object; size_t object_size; enum bc_agree agree; } rows[] = {
		{ BC_EV_IPL, "grub_cmd: set a=1", 18, "set a=1", 7, BC_AGREE_YES },
		{ BC_EV_IPL, "kernel_cmdline: quiet", 22, "quiet", 6, BC_AGREE_YES },
		{ BC_EV_IPL, "a\0b\0\0", 6, "a\0b\0", 4, BC_AGREE_YES },
		{ BC_EV_IPL, "MokList", 8, "MokList", 7, BC_AGREE_YES },
		{ BC_EV_IPL, ".\0o\0s\0\0\0", 8, ".os\0", 4, BC_AGREE_YES },
		{ BC_EV_IPL, ".\0o\0s\0\0\0", 8, ".ot\0", 4, BC_AGREE_UNKNOWN },
		/* GRUB of RHEL 8: no colon, and a byte behind the NUL */
		{ BC_EV_IPL, "grub_cmd set a=1", 17, "set a=1", 8, BC_AGREE_YES },
		{ BC_EV_IPL, "grub_cmd set a=1\0o", 18, "set a=1", 8, BC_AGREE_YES },
		{ BC_EV_IPL, "grub_cmd set a=1\0o", 18, "set a=1", 7, BC_AGREE_YES },
		{ BC_EV_IPL, "MokList\0\xaf", 9, "MokList", 8, BC_AGREE_YES },
		{ BC_EV_IPL, "grub_cmd set a=1\0o", 18, "set a=2", 8, BC_AGREE_UNKNOWN },
		{ BC_EV_IPL, "grub_cmd set a=1\0op", 19, "set a=1", 8, BC_AGREE_UNKNOWN },
		{ BC_EV_IPL, "whole", 5, "whole", 5, BC_AGREE_YES },
		{ BC_EV_IPL, "/boot/vmlinuz", 14, "\x7f" "ELF", 4, BC_AGREE_UNKNOWN },
		{ BC_EV_IPL, "grub_cmd: set a=1", 18, "set a=2", 7, BC_AGREE_UNKNOWN },
		{ BC_EV_IPL, "", 0, "x", 1, BC_AGREE_UNKNOWN },
		{ 0x0c, "\x10\0\0\0", 4, "\x10\0\0\0", 4, BC_AGREE_YES },	/* BitLocker */
		{ 0x0c, "\x10\0\0\0", 4, "x", 1, BC_AGREE_UNKNOWN },
		{ BC_EV_EVENT_TAG, "\2\0\2\0\1\0\0\0\7", 9, "\2\0\2\0\1\0\0\0\7", 9, BC_AGREE_YES },	/* Windows */
		{ BC_EV_IPL, "\0", 1, "x", 1, BC_AGREE_UNKNOWN },
		{ 0x80000002, "GUIDGUIDGUIDGUID\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0B\0ab", 36, "ab", 2, BC_AGREE_YES },
		{ 0x80000002, "GUIDGUIDGUIDGUID\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0B\0ab", 36, "ac", 2, BC_AGREE_UNKNOWN },
	};
	struct bytes *log = malloc(sizeof(*log));
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_findings *findings;
	enum bc_agree agree;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_sha256_log(log);
		put_event(log, 8, rows[i].type, rows[i].data, rows[i].size, NULL);
		assert_int_equal(bc_digest(ALG_SHA256, rows[i].object, rows[i].object_size, digest, NULL), 0);
		memcpy(log->data + log->size - rows[i].size - 4 - 32, digest, 32);
		findings = check(log, &agree);
		if (agree != rows[i].agree)
			fail_msg("row %zu: %d", i, agree);
		assert_int_equal(count_code(findings, BC_DIGEST_DATA), 0);
		bc_findings_free(findings);
	}
	free(log);
}

static void findings_are_bounded_and_counted(void **state)
{
	struct bc_findings *list = NULL;
	struct bc_finding finding;
	int i;

	(void)state;
	assert_int_equal(bc_findings_new(&list, NULL), 0);
	bc_finding_init(&finding, BC_PROMPT, "%d", 1);
	for (i = 0; i < BC_FINDINGS_PER_CODE + 7; i++)
		assert_int_equal(bc_findings_add(list, &finding, NULL), 0);
	finding.code = BC_DIGEST_DATA;
	assert_int_equal(bc_findings_add(list, &finding, NULL), 0);
	assert_int_equal(bc_findings_count(list), BC_FINDINGS_PER_CODE + 1);
	assert_int_equal(bc_findings_dropped(list, BC_PROMPT), 7);
	assert_int_equal(bc_findings_severe(list, BC_WARNING), BC_FINDINGS_PER_CODE + 7);
	assert_int_equal(bc_findings_severe(list, BC_ERROR), 1);
	assert_null(bc_findings_at(list, BC_FINDINGS_PER_CODE + 1));
	finding.code = BC_CODE_COUNT;
	assert_int_equal(bc_findings_add(list, &finding, NULL), BC_E_BUG);
	bc_findings_clear(list);
	assert_int_equal(bc_findings_count(list), 0);
	assert_int_equal(bc_findings_severe(list, BC_ERROR), 0);
	bc_findings_free(list);
	bc_findings_free(NULL);
	for (i = 0; i < BC_CODE_COUNT; i++) {
		assert_non_null(bc_code_info((enum bc_code)i)->name);
		assert_true(strlen(bc_code_info((enum bc_code)i)->advice) > 0);
	}
	assert_string_equal(bc_code_info(BC_CODE_COUNT)->name, "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcg_check_notes_a_digest_of_the_spec_id_event),
		cmocka_unit_test(tcg_check_compares_digests_with_data),
		cmocka_unit_test(tcg_check_takes_a_variable_alone_beside_sha1_alone),
		cmocka_unit_test(tcg_check_holds_the_boot_log_of_windows_against_its_digest),
		cmocka_unit_test(tcg_check_matches_data_of_txt_where_it_fits),
		cmocka_unit_test(tcg_check_notices_that_only_the_label_was_measured),
		cmocka_unit_test(tcg_check_wants_each_pcr_closed_once),
		cmocka_unit_test(tcg_check_notices_events_behind_the_separator),
		cmocka_unit_test(tcg_check_names_prompt_retry_and_payload),
		cmocka_unit_test(tcg_check_says_what_stands_behind_the_log),
		cmocka_unit_test(tcg_check_ends_a_log_where_a_second_one_begins),
		cmocka_unit_test(tcg_check_names_a_bank_that_this_build_cannot_hash),
		cmocka_unit_test(tcg_check_knows_the_parts_that_boot_loaders_hash),
		cmocka_unit_test(findings_are_bounded_and_counted),
	};

	return cmocka_run_group_tests_name("tcg_check", tests, NULL, NULL);
}
