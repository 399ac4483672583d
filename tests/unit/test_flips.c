// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every bit of a small log of each format is flipped. The outcome is an error, another PCR value from the record on that holds the bit, or a
 * finding there; or the log says the same as before; or the byte is in the list at the end of this file, with the reason: it is covered by no
 * digest, and the record's output says so, or it is a type or a name, which no digest covers in any log.
 */
#include "logs.h"

#define RECORDS_MAX 24
#define NONE SIZE_MAX

/* What was seen of one record: where it is, PCR values behind it, what it says, whether a finding names it. */
struct seen {
	uint64_t offset, size;
	uint8_t state[32], content[32];
	enum bc_agree agree;
	bool found;
};
struct trace { int r; size_t count; struct seen record[RECORDS_MAX]; };

/* ---- one reading ---- */

struct reading { struct trace *trace; struct bc_replay *replay; struct bc_findings *findings; struct bc_hash *hash; };

static void hash_bytes(const struct reading *reading, const void *data, size_t size)
{
	assert_int_equal(bc_hash_update(reading->hash, data, size, NULL), 0);
}

static void hash_text(const struct reading *reading, const char *text)
{
	hash_bytes(reading, text ? text : "", text ? strlen(text) + 1 : 0);
}

static void hash_digests(const struct reading *reading, const struct bc_tcg_digest *digest, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		hash_bytes(reading, &digest[i].alg, sizeof(digest[i].alg));
		hash_bytes(reading, digest[i].bytes, digest[i].size);
	}
}

static struct seen *begin(const struct reading *reading, uint64_t offset, uint64_t size)
{
	struct seen *seen = &reading->trace->record[reading->trace->count];

	assert_true(reading->trace->count < RECORDS_MAX);
	*seen = (struct seen){ .offset = offset, .size = size };
	assert_int_equal(bc_hash_start(reading->hash, NULL), 0);
	return seen;
}

static void end(const struct reading *reading, struct seen *seen)
{
	const struct bc_pcrs *values = bc_replay_values(reading->replay);
	size_t i;

	assert_int_equal(bc_hash_finish(reading->hash, seen->content, NULL), 0);
	assert_int_equal(bc_hash_start(reading->hash, NULL), 0);
	for (i = 0; i < values->count; i++)
		hash_bytes(reading, &values->bank[i], sizeof(values->bank[i]));
	assert_int_equal(bc_hash_finish(reading->hash, seen->state, NULL), 0);
	seen->found = count_code(reading->findings, BC_DIGEST_DATA) || count_code(reading->findings, BC_IMA_TEMPLATE_DIGEST) ||
		      count_code(reading->findings, BC_SEPARATOR_ERROR);
	bc_findings_clear(reading->findings);
	reading->trace->count++;
}

static int read_firmware(const struct reading *reading, struct bc_stream *stream)
{
	const struct bc_tcg_header *header;
	const struct bc_tcg_event *event;
	struct bc_tcg_check *check = NULL;
	struct bc_tcg_log *log = NULL;
	struct seen *seen;
	size_t i;
	int r;

	r = bc_tcg_log_open(stream, &log, NULL);
	if (r < 0)
		return r;
	header = bc_tcg_log_header(log);
	for (i = 0; i < header->bank_count; i++)
		if (bc_hash_available(header->bank[i].alg))
			assert_int_equal(bc_replay_add_bank(reading->replay, header->bank[i].alg, NULL), 0);
	assert_int_equal(bc_tcg_check_new(log, &check, NULL), 0);
	while (r >= 0 && (r = bc_tcg_log_next(log, &event, NULL)) > 0) {
		seen = begin(reading, event->offset, event->size);
		hash_bytes(reading, &event->pcr, sizeof(event->pcr));
		hash_bytes(reading, &event->type, sizeof(event->type));
		hash_digests(reading, event->digest, event->digest_count);
		hash_bytes(reading, event->data, event->data_size);
		assert_int_equal(bc_tcg_check_event(check, event, reading->findings, &seen->agree, NULL), 0);
		r = bc_replay_event(reading->replay, event, NULL);
		end(reading, seen);
	}
	bc_tcg_check_free(check);
	bc_tcg_log_free(log);
	return r;
}

static int read_ima(const struct reading *reading, struct bc_stream *stream)
{
	const struct bc_ima_entry *entry;
	struct bc_ima_log *log = NULL;
	struct bc_finding finding;
	struct seen *seen;
	int r;

	r = bc_ima_log_open(stream, 1, &log, NULL);
	if (r == 0)
		assert_int_equal(bc_replay_add_bank(reading->replay, bc_ima_log_alg(log), NULL), 0);
	while (r >= 0 && (r = bc_ima_log_next(log, &entry, NULL)) > 0) {
		seen = begin(reading, entry->offset, entry->size);
		hash_bytes(reading, &entry->pcr, sizeof(entry->pcr));
		hash_bytes(reading, entry->digest, entry->digest_size);
		hash_text(reading, entry->template_name);
		hash_bytes(reading, entry->data, entry->data_size);
		assert_int_equal(bc_replay_entry(reading->replay, entry, bc_ima_log_alg(log), &seen->agree, NULL), 0);
		bc_finding_init(&finding, BC_IMA_TEMPLATE_DIGEST, "x");
		if (seen->agree == BC_AGREE_NO)
			assert_int_equal(bc_findings_add(reading->findings, &finding, NULL), 0);
		end(reading, seen);
	}
	bc_ima_log_free(log);
	return r;
}

static int read_cel(const struct reading *reading, struct bc_stream *stream)
{
	const struct bc_cel_record *record;
	uint16_t algs[BC_BANKS_MAX];
	struct bc_cel_log *log = NULL;
	struct seen *seen;
	size_t i, count;
	int r;

	r = bc_cel_log_open(stream, &log, NULL);
	if (r < 0)
		return r;
	count = bc_cel_log_banks(log, algs);
	for (i = 0; i < count; i++)
		if (bc_hash_available(algs[i]))
			assert_int_equal(bc_replay_add_bank(reading->replay, algs[i], NULL), 0);
	while (r >= 0 && (r = bc_cel_log_next(log, &record, NULL)) > 0) {
		seen = begin(reading, record->offset, record->size);
		hash_bytes(reading, &record->recnum, sizeof(record->recnum));
		hash_bytes(reading, &record->pcr, sizeof(record->pcr));
		hash_digests(reading, record->digest, record->digest_count);
		hash_text(reading, record->content_name);
		hash_text(reading, record->template_name);
		hash_text(reading, record->event_name);
		hash_bytes(reading, &record->event_type, sizeof(record->event_type));
		hash_bytes(reading, record->data, record->data_size);
		assert_int_equal(bc_cel_log_check(log, reading->findings, &seen->agree, NULL), 0);
		r = bc_replay_record(reading->replay, record, NULL);
		end(reading, seen);
	}
	bc_cel_log_free(log);
	return r;
}

/* As the command reads it: the format is told by content, every time anew. */
static void read_log(const void *data, size_t size, struct trace *trace)
{
	struct reading reading = { .trace = trace };
	struct bc_stream *stream = open_bytes(data, size, "log");
	enum bc_format format = BC_FORMAT_UNKNOWN;

	trace->count = 0;
	assert_int_equal(bc_replay_new(&reading.replay, NULL), 0);
	assert_int_equal(bc_findings_new(&reading.findings, NULL), 0);
	assert_int_equal(bc_hash_new(ALG_SHA256, &reading.hash, NULL), 0);
	trace->r = bc_format_require(stream, &format, NULL);
	if (trace->r == 0 && bc_format_kind(format) == BC_KIND_FIRMWARE)
		trace->r = read_firmware(&reading, stream);
	else if (trace->r == 0 && bc_format_kind(format) == BC_KIND_IMA)
		trace->r = read_ima(&reading, stream);
	else if (trace->r == 0)
		trace->r = read_cel(&reading, stream);
	bc_hash_free(reading.hash);
	bc_findings_free(reading.findings);
	bc_replay_free(reading.replay);
	bc_stream_free(stream);
}

/* ---- good and flipped ---- */

/* First record that differs by state, content or finding; NONE when no one does. */
static size_t first_difference(const struct trace *good, const struct trace *bad, bool state_only)
{
	size_t i;

	for (i = 0; i < good->count && i < bad->count; i++)
		if (memcmp(good->record[i].state, bad->record[i].state, 32) || good->record[i].found != bad->record[i].found ||
		    (!state_only && memcmp(good->record[i].content, bad->record[i].content, 32)))
			return i;
	return good->count == bad->count ? NONE : i;
}

/* The record that holds the byte; bytes between records belong to the one before. */
static size_t record_of(const struct trace *trace, size_t at)
{
	size_t i = 0;

	while (i + 1 < trace->count && trace->record[i + 1].offset <= at)
		i++;
	return i;
}

/* May this byte change without a word? Fails when something is said about the wrong record. */
static bool is_silent(const struct trace *good, const struct trace *bad, size_t at)
{
	const size_t record = record_of(good, at), noticed = first_difference(good, bad, true);

	if (bad->r < 0 || first_difference(good, bad, false) == NONE)
		return false;
	if (noticed != NONE && (noticed < record || noticed > record + 1))
		fail_msg("byte %zu is of record %zu, noticed at %zu", at, record, noticed);
	return noticed == NONE;
}

/* Why a byte may be in a list. */
#define TYPE "an event type: no digest covers any, which verify says (DATA_NOT_COVERED)"
#define TEMPLATE_NAME "a template name: no digest covers it; the words of a line of an unknown template behind it are not read"
#define VIOLATION "data of a violation: its digest is zeros, and show says VIOLATION"
#define CONTENT_TYPE "what the content is: then show says that the digest covers something else"

struct range { size_t first, last; const char *why; };

static bool is_listed(const struct range *list, size_t at)
{
	for (; list->why; list++)
		if (at >= list->first && at <= list->last)
			return true;
	return false;
}

static void flip_every_bit(uint8_t *data, size_t size, const struct range *list)
{
	struct trace *good = calloc(1, sizeof(*good)), *bad = calloc(1, sizeof(*bad));
	size_t at, bit;
	bool silent;

	read_log(data, size, good);
	assert_int_equal(good->r, 0);
	for (at = 0; at < size; at++) {
		silent = false;
		for (bit = 0; bit < 8; bit++) {
			data[at] ^= (uint8_t)(1 << bit);
			read_log(data, size, bad);
			silent = is_silent(good, bad, at) || silent;
			data[at] ^= (uint8_t)(1 << bit);
		}
		if (silent != is_listed(list, at))
			fail_msg("byte %zu: %s", at, silent ? "can be changed silently" : "is listed, but a change of it is noticed");
	}
	free(bad);
	free(good);
}

/* ---- the logs ---- */

static void put_agile_log(struct bytes *log)
{
	begin_sha256_log(log);
	put_event(log, 0, BC_EV_S_CRTM_VERSION, "v1", 3, NULL);
	put_event(log, 4, BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, "\6linux\0\0\0\0\1\0\0\0\0\0\x10\0\0\0\0\0\0", 23, "kernel");
	put_event(log, 8, BC_EV_IPL, "grub_cmd: ls", 13, "ls");
	put_event(log, 4, BC_EV_SEPARATOR, "\xff\xff\xff\xff", 4, NULL);
}

static void every_bit_of_a_crypto_agile_log(void **state)
{
	static const struct range list[] = {
		{ 48, 55, "platform class, versions, size of UINTN in the Spec ID" },
		{ 69, 72, TYPE },
		{ 122, 125, TYPE },
		{ 168, 190, "name, base and length of the kernel: its digest is of the kernel" },
		{ 195, 198, TYPE },
		{ 241, 253, "a part was covered: then show says that the digest covers something else" },
		{ 258, 261, TYPE },
		{ 0, 0, NULL },
	};
	struct bytes *log = malloc(sizeof(*log));

	(void)state;
	put_agile_log(log);
	flip_every_bit(log->data, log->size, list);
	free(log);
}

static void put_sha1_event(struct bytes *log, uint32_t pcr, uint32_t type, const void *data, size_t size, const char *object)
{
	uint8_t digest[BC_DIGEST_MAX] = { 0 };

	if (type != BC_EV_NO_ACTION)
		assert_int_equal(bc_digest(ALG_SHA1, object ? (const void *)object : data, object ? strlen(object) : size, digest, NULL), 0);
	put_le(log, pcr, 4);
	put_le(log, type, 4);
	put(log, digest, 20);
	put_le(log, size, 4);
	put(log, data, size);
}

static void every_bit_of_a_sha1_log(void **state)
{
	static const struct range list[] = {
		{ 0, 0, "PCR of a note, which extends nothing" },
		{ 8, 27, "digest of a note, which extends nothing" },
		{ 53, 56, TYPE },
		{ 89, 92, TYPE },
		{ 117, 128, "a text that describes what was hashed" },
		{ 133, 136, TYPE },
		{ 0, 0, NULL },
	};
	struct bytes *log = calloc(1, sizeof(*log));

	(void)state;
	put_sha1_event(log, 0, BC_EV_NO_ACTION, "StartupLocality\0\3", 17, NULL);
	put_sha1_event(log, 0, BC_EV_S_CRTM_VERSION, "1.0", 4, NULL);
	put_sha1_event(log, 4, 0x0d, "boot sector", 12, "code");
	put_sha1_event(log, 4, BC_EV_SEPARATOR, "\0\0\0\0", 4, NULL);
	flip_every_bit(log->data, log->size, list);
	free(log);
}

static void flip_fixture(const char *path, const struct range *list)
{
	size_t size;
	uint8_t *data = read_fixture(path, &size);

	flip_every_bit(data, size, list);
	bc_free(data);
}

static void every_bit_of_ima_lists(void **state)
{
	static const struct range binary[] = {
		{ 40, 45, TEMPLATE_NAME },
		{ 153, 158, TEMPLATE_NAME },
		{ 257, 263, TEMPLATE_NAME },
		{ 431, 437, TEMPLATE_NAME },
		{ 548, 554, TEMPLATE_NAME },
		{ 670, 675, TEMPLATE_NAME },
		{ 684, 689, VIOLATION },
		{ 692, 723, VIOLATION },
		{ 728, 744, VIOLATION },
		{ 873, 880, TEMPLATE_NAME },
		{ 996, 1004, TEMPLATE_NAME },
		{ 1215, 1224, TEMPLATE_NAME },
		{ 1370, 1376, TEMPLATE_NAME },
		{ 1679, 1687, TEMPLATE_NAME },
		{ 1794, 1803, TEMPLATE_NAME },
		{ 1862, 1867, TEMPLATE_NAME },
		{ 0, 0, NULL },
	};
	static const struct range text[] = {
		{ 68, 73, TEMPLATE_NAME },
		{ 230, 235, TEMPLATE_NAME },
		{ 383, 389, TEMPLATE_NAME },
		{ 666, 672, TEMPLATE_NAME },
		{ 829, 835, TEMPLATE_NAME },
		{ 1001, 1006, TEMPLATE_NAME },
		{ 1008, 1013, VIOLATION },
		{ 1015, 1078, VIOLATION },
		{ 1080, 1095, VIOLATION },
		{ 1165, 1168, TEMPLATE_NAME },
		{ 1300, 1307, TEMPLATE_NAME },
		{ 1472, 1480, TEMPLATE_NAME },
		{ 1832, 1841, TEMPLATE_NAME },
		{ 2051, 2057, TEMPLATE_NAME },
		{ 2510, 2518, TEMPLATE_NAME },
		{ 2674, 2697, TEMPLATE_NAME },
		{ 2767, 2772, TEMPLATE_NAME },
		{ 0, 0, NULL },
	};

	(void)state;
	flip_fixture(GOLDEN_IMA, binary);
	flip_fixture(GOLDEN_IMA_BE, binary);
	flip_fixture(GOLDEN_IMA_ASCII, text);
}

static void put_tlv(struct bytes *log, uint8_t type, const void *value, size_t size)
{
	put_le(log, type, 1);
	put_le(log, 0, 3);
	put_le(log, size, 1);
	put(log, value, size);
}

static void put_record(struct bytes *log, uint8_t number, const char *content, size_t size, const char *hashed)
{
	uint8_t digest[BC_DIGEST_MAX], recnum[8] = { 0, 0, 0, 0, 0, 0, 0, number }, pcr = 11;

	assert_int_equal(bc_digest(ALG_SHA256, hashed, strlen(hashed), digest, NULL), 0);
	put_tlv(log, 0, recnum, 8);
	put_tlv(log, 1, &pcr, 1);
	put(log, "\3\0\0\0\x25", 5);
	put_tlv(log, ALG_SHA256, digest, 32);
	put(log, content, size);
}

static void every_bit_of_a_canonical_event_log(void **state)
{
	static const struct range tlv[] = {
		{ 5, 12, "number of the record" },
		{ 61, 61, CONTENT_TYPE },
		{ 66, 79, CONTENT_TYPE },
		{ 87, 94, "number of the record" },
		{ 148, 150, "content of a type that is not known: show says that the digest covers something else" },
		{ 0, 0, NULL },
	};
	static const struct range json[] = {
		{ 121, 132, CONTENT_TYPE },
		{ 136, 142, CONTENT_TYPE },
		{ 146, 152, CONTENT_TYPE },
		{ 157, 162, CONTENT_TYPE },
		{ 174, 182, "a type of the string: show names the type, without one the digest may be an HMAC" },
		{ 186, 190, "the same" },
		{ 0, 0, NULL },
	};
	struct bytes *log = calloc(1, sizeof(*log));
	char hex[2 * BC_DIGEST_MAX + 1];
	uint8_t digest[BC_DIGEST_MAX];

	(void)state;
	put_record(log, 0, "\5\0\0\0\x10\0\0\0\0\4\0\0\0\5\1\0\0\0\2go", 21, "go");
	put_record(log, 1, "\x50\0\0\0\3xyz", 8, "of another");
	flip_every_bit(log->data, log->size, tlv);
	log->size = 0;
	assert_int_equal(bc_digest(ALG_SHA256, "ready", 5, digest, NULL), 0);
	bc_hex(digest, 32, hex);
	put(log, "\x1e{\"pcr\":11,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"", 52);
	put(log, hex, 64);
	put(log, "\"}],\"content_type\":\"systemd\",\"content\":{\"string\":\"ready\",\"eventType\":\"phase\"}}\n", 79);
	flip_every_bit(log->data, log->size, json);
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_a_crypto_agile_log),
		cmocka_unit_test(every_bit_of_a_sha1_log),
		cmocka_unit_test(every_bit_of_ima_lists),
		cmocka_unit_test(every_bit_of_a_canonical_event_log),
	};

	return cmocka_run_group_tests_name("flips", tests, NULL, NULL);
}
