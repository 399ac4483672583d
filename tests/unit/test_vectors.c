// SPDX-License-Identifier: BSD-2-Clause
/* The events of the golden vectors that their log does not hold, each alone in a log. */
#include "logs.h"
#include "vectors.h"

#define BANKS 4

/* Takes the next word of an "extra" line apart, as bytes. */
static uint8_t *next_bytes(size_t *ret_size)
{
	const char *word = strtok(NULL, " \n");

	assert_non_null(word);
	return vector_unhex(word, ret_size);
}

/* A log with the event of a line "extra NAME PCR TYPE DATA DIGESTS"; flip: one bit of the first digest. Returns the name, in line. */
static const char *read_extra(char *line, struct bytes *log, uint8_t flip)
{
	const char *name;
	size_t size, i, data_size;
	uint8_t *data, *digest;
	uint32_t pcr;

	log->size = 0;
	put_spec_id(log, vector_algs, NULL, BANKS);
	strtok(line, " ");
	name = strtok(NULL, " ");
	pcr = (uint32_t)strtoul(strtok(NULL, " "), NULL, 10);
	put_le(log, pcr, 4);
	put_le(log, strtoul(strtok(NULL, " "), NULL, 16), 4);
	put_le(log, BANKS, 4);
	data = next_bytes(&data_size);
	for (i = 0; i < BANKS; i++) {
		digest = next_bytes(&size);
		digest[0] ^= i ? 0 : flip;
		put_le(log, vector_algs[i], 2);
		put(log, digest, size);
		free(digest);
	}
	put_le(log, data_size, 4);
	put(log, data, data_size);
	free(data);
	return name;
}

/* Does its digest agree with its data? And what does it say? */
static enum bc_agree judge(const struct bytes *log, char *ret_text, size_t text_size)
{
	struct bc_stream *stream = open_bytes(log->data, log->size, "extra");
	const struct bc_tcg_event *event;
	struct bc_findings *findings = NULL;
	struct bc_tcg_check *check = NULL;
	struct bc_tcg_log *reader = NULL;
	enum bc_agree agree = BC_AGREE_NO;

	assert_int_equal(bc_findings_new(&findings, NULL), 0);
	assert_int_equal(bc_tcg_log_open(stream, &reader, NULL), 0);
	assert_int_equal(bc_tcg_check_new(reader, &check, NULL), 0);
	assert_int_equal(bc_tcg_log_next(reader, &event, NULL), 1);	/* Spec ID */
	assert_int_equal(bc_tcg_log_next(reader, &event, NULL), 1);
	assert_int_equal(bc_tcg_check_event(check, event, findings, &agree, NULL), 0);
	bc_tcg_event_text(event, ret_text, text_size);
	assert_int_equal(count_code(findings, BC_DIGEST_DATA), agree == BC_AGREE_NO);
	assert_int_equal(bc_tcg_log_next(reader, &event, NULL), 0);
	bc_tcg_check_free(check);
	bc_tcg_log_free(reader);
	bc_findings_free(findings);
	bc_stream_free(stream);
	return agree;
}

static void vectors_every_event_agrees_with_its_digest_and_with_no_other(void **state)
{
	/* Their digests are over what the event does not hold. */
	static const char *const other[] = { "overlay", "loadable", "tree-volatile" };
	FILE *file = fopen(VECTORS "events.txt", "r");
	struct bytes *log = malloc(sizeof(*log));
	char *line = NULL, *copy, text[512];
	size_t room = 0, seen = 0, i;
	enum bc_agree expected;
	const char *name;

	(void)state;
	assert_non_null(file);
	assert_non_null(log);
	while (getline(&line, &room, file) > 0) {
		if (strncmp(line, "extra ", 6))
			continue;
		copy = strdup(line);
		assert_non_null(copy);
		name = read_extra(copy, log, 0);
		expected = BC_AGREE_YES;
		for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
			if (!strcmp(name, other[i]))
				expected = BC_AGREE_UNKNOWN;
		if (judge(log, text, sizeof(text)) != expected)
			fail_msg("%s: %s", name, text);
		free(copy);
		read_extra(line, log, 1);
		assert_int_equal(judge(log, text, sizeof(text)), expected == BC_AGREE_YES ? BC_AGREE_NO : BC_AGREE_UNKNOWN);
		seen++;
	}
	assert_true(seen >= 15);
	free(line);
	free(log);
	fclose(file);
}

static void vectors_events_are_shown_with_what_they_measured(void **state)
{
	static const struct { const char *start, *text; } rows[] = {
		{ "extra separator-error", "closed after a failure" },
		{ "extra fit-conf", "FIT configuration: conf-1" },
		{ "extra loadable", "tee-1, 500 bytes at 0x3000000" },
		{ "extra options", "load options: console=ttyAMA0 root=/dev/vda2 ro ima_policy=tcb" },
		{ "extra options-none", "load options: " },
		{ "extra tree-volatile", "final tree by rule fdt1 /chosen/bootloader /soc/absent@0" },
		{ "extra payload", "U-Boot: unmeasured payload go" },
	};
	struct bytes *log = malloc(sizeof(*log));
	char text[512];
	size_t i;

	(void)state;
	assert_non_null(log);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *line = vector_line(rows[i].start);

		read_extra(line, log, 0);
		judge(log, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
		free(line);
	}
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_every_event_agrees_with_its_digest_and_with_no_other),
		cmocka_unit_test(vectors_events_are_shown_with_what_they_measured),
	};

	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
