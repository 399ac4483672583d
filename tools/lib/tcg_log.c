// SPDX-License-Identifier: BSD-2-Clause
/*
 * Records of a firmware log, pulled one by one: crypto-agile (PFP 1.06, 10.2 and 10.4.5.1), and the SHA-1 form of TPM 1.2 machines (TCG
 * EFI Platform 1.22, 7.2.1), which the first record of a crypto-agile log has too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* TCG_PCClientPCREvent up to its data: pcr, type, digest, size. */
#define SHA1_SIZE 20
#define SHA1_RECORD_FIXED (4 + 4 + SHA1_SIZE + 4)
/* Signature to vendor info: 28 fixed bytes, 4 per bank, 1 + 255 vendor bytes. */
#define SPEC_ID_DATA_MAX (28 + 4 * BC_BANKS_MAX + 256)
/* TCG_PCR_EVENT2 up to its data: pcr, type, count, digests, size. */
#define RECORD_FIXED (4 + 4 + 4)
#define RECORD_HEAD_MAX (RECORD_FIXED + BC_BANKS_MAX * (2 + BC_DIGEST_MAX) + 4)
/* Padding is looked through in pieces of this size. */
#define PADDING_CHUNK 65536
/* What may follow the last event: more than any area for a log or flash that was read whole has, but an end. */
#define TAIL_MAX (UINT64_C(256) << 20)
/* How far the first extending event is looked for: nothing but notes of the firmware stands before it. */
#define FIRST_EVENT_WINDOW 16384

struct bc_tcg_log {
	struct bc_stream *stream;
	struct bc_tcg_header header;
	size_t spec_id_size;		/* the first record of a crypto-agile log */
	struct bc_tcg_event event;
	struct bc_tcg_tail tail;
	uint64_t next;			/* number of the next event */
	size_t pending;			/* bytes of the event that is lent out */
	bool ended;
	int failed;			/* status of an earlier failure */
	struct bc_error error;
};

#define SIGNATURE_SIZE 16
static const char spec_id_agile[SIGNATURE_SIZE] = "Spec ID Event03";
/* TCG PC Client Implementation 1.21, 11.3.4.1, and TCG EFI Platform 1.22, 7.4: the layout is the same. */
static const char *const spec_id_sha1[] = { "Spec ID Event00", "Spec ID Event02" };

/* Is this the signature of a Spec ID event of any kind? */
static bool is_spec_id(const uint8_t *signature)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(spec_id_sha1); i++)
		if (!memcmp(signature, spec_id_sha1[i], SIGNATURE_SIZE))
			return true;
	return !memcmp(signature, spec_id_agile, SIGNATURE_SIZE);
}

/* ---- Spec ID event ---- */

static int cut_error(struct bc_error *reterr, const char *field, const struct bc_reader *at, size_t wanted)
{
	return bc_error_cut(reterr, at->offset, field, wanted, at->left);
}

/* The Spec ID event says that it is shorter than what it holds. */
static int spec_id_short(struct bc_error *reterr, const char *field, const struct bc_reader *at)
{
	return bc_error_at(reterr, BC_E_INPUT, at->offset, field, "more bytes", "an eventSize that leaves %zu bytes for it", at->left);
}

static int read_bank(struct bc_tcg_header *header, uint16_t alg, uint16_t size, uint64_t offset, struct bc_error *reterr)
{
	const struct bc_algorithm *known = bc_algorithm_by_id(alg);
	size_t i;

	if (known ? size != known->size : size == 0 || size > BC_DIGEST_MAX)
		return bc_error_at(reterr, BC_E_INPUT, offset, "digestSizes", "the size of the algorithm's digests", "algorithm 0x%04x, %u bytes",
				   alg, size);
	for (i = 0; i < header->bank_count; i++)
		if (header->bank[i].alg == alg)
			return bc_error_at(reterr, BC_E_INPUT, offset, "digestSizes", "each algorithm once", "algorithm 0x%04x twice", alg);
	header->bank[header->bank_count].alg = alg;
	header->bank[header->bank_count++].size = size;
	return 0;
}

/* TCG_EfiSpecIDEvent behind its signature. */
static int read_spec_id_data(struct bc_reader *data, struct bc_tcg_header *header, struct bc_error *reterr)
{
	uint8_t vendor_size;
	uint32_t count, i;
	uint16_t alg, size;
	struct bc_reader vendor;
	uint64_t offset;
	int r;

	if (!bc_get_le32(data, &header->platform_class) || !bc_get_u8(data, &header->spec_minor) ||
	    !bc_get_u8(data, &header->spec_major) || !bc_get_u8(data, &header->spec_errata) ||
	    !bc_get_u8(data, &header->uintn_size))
		return spec_id_short(reterr, "Spec ID", data);
	offset = data->offset;
	if (!bc_get_le32(data, &count))
		return spec_id_short(reterr, "numberOfAlgorithms", data);
	if (count == 0 || count > BC_BANKS_MAX)
		return bc_error_at(reterr, BC_E_INPUT, offset, "numberOfAlgorithms", "1-16", "%u", count);
	for (i = 0; i < count; i++) {
		offset = data->offset;
		if (!bc_get_le16(data, &alg) || !bc_get_le16(data, &size))
			return spec_id_short(reterr, "digestSizes", data);
		r = read_bank(header, alg, size, offset, reterr);
		if (r < 0)
			return r;
	}
	if (!bc_get_u8(data, &vendor_size) || !bc_get_sub(data, vendor_size, &vendor))
		return spec_id_short(reterr, "vendorInfo", data);
	header->vendor_size = vendor_size;
	if (!bc_at_end(data))
		return bc_error_at(reterr, BC_E_INPUT, data->offset, "Spec ID", "its end behind the vendor info", "%zu more bytes", data->left);
	return 0;
}

static int no_log(struct bc_error *reterr, const struct bc_reader *start)
{
	const bool padding = start->left && bc_all_bytes(start->at, start->left, start->at[0]) && (start->at[0] == 0 || start->at[0] == 0xff);
	static const char expected[] = "a Spec ID event or a SHA-1 event";

	if (!start->left)
		bc_error_at(reterr, BC_E_INPUT, start->offset, "Spec ID", expected, "no bytes: it is empty, not a firmware log");
	else if (padding)
		bc_error_at(reterr, BC_E_INPUT, start->offset, "Spec ID", expected, "padding (%02x): nothing was logged", start->at[0]);
	else
		bc_error_at(reterr, BC_E_INPUT, start->offset, "Spec ID", expected, "something else: not a firmware log");
	bc_error_code(reterr, BC_LOG_NO_SPEC_ID);
	return BC_E_INPUT;
}

/* Spec ID of a SHA-1 log: it describes, and nothing depends on it. */
static void read_sha1_spec_id(struct bc_reader data, struct bc_tcg_header *header)
{
	struct bc_tcg_header found = *header;
	struct bc_reader vendor;
	uint8_t vendor_size;

	if (!bc_get_le32(&data, &found.platform_class) || !bc_get_u8(&data, &found.spec_minor) ||
	    !bc_get_u8(&data, &found.spec_major) || !bc_get_u8(&data, &found.spec_errata) ||
	    !bc_get_u8(&data, &found.uintn_size) || !bc_get_u8(&data, &vendor_size) || !bc_get_sub(&data, vendor_size, &vendor))
		return;
	found.vendor_size = vendor_size;
	*header = found;
}

/* The head of the first record, which has the SHA-1 form in every log. */
static bool read_first_head(struct bc_reader *reader, uint32_t *ret_pcr, uint32_t *ret_type, struct bc_reader *ret_digest,
			    uint32_t *ret_size)
{
	return bc_get_le32(reader, ret_pcr) && bc_get_le32(reader, ret_type) && bc_get_sub(reader, SHA1_SIZE, ret_digest) &&
	       bc_get_le32(reader, ret_size);
}

static void begin_sha1_form(struct bc_tcg_header *header, const char *signature, const struct bc_reader *data)
{
	size_t i;

	header->sha1_form = true;
	header->bank_count = 1;
	header->bank[0] = (struct bc_tcg_bank){ .alg = BC_ALG_SHA1, .size = SHA1_SIZE };
	for (i = 0; signature && i < BC_ARRAY_SIZE(spec_id_sha1); i++)
		if (!memcmp(signature, spec_id_sha1[i], SIGNATURE_SIZE))
			read_sha1_spec_id(*data, header);
}

bool bc_tcg_log_begins(const uint8_t *bytes, size_t length, bool *ret_agile)
{
	char signature[SIGNATURE_SIZE];
	struct bc_reader reader, digest;
	uint32_t pcr, type, size;

	bc_reader_init(&reader, bytes, length, 0);
	if (!read_first_head(&reader, &pcr, &type, &digest, &size) || pcr >= BC_PCR_COUNT || !bc_tcg_type_find(type) ||
	    size > BC_EVENT_DATA_MAX || bc_all_bytes(bytes, SHA1_RECORD_FIXED, 0))
		return false;
	*ret_agile = type == BC_EV_NO_ACTION && bc_get_bytes(&reader, signature, sizeof(signature)) &&
		     !memcmp(signature, spec_id_agile, sizeof(signature));
	return true;
}

/* The one bank of registers: SHA-384 of TDX, SM3 of Hygon's CSV. */
static bool is_register_bank(const struct bc_tcg_header *header)
{
	return header->bank_count == 1 && (header->bank[0].alg == BC_ALG_SHA384 || header->bank[0].alg == BC_ALG_SM3_256);
}

/* What the first record says about the log; nothing is consumed. */
static int read_header(struct bc_tcg_log *log, struct bc_reader reader, struct bc_error *reterr)
{
	const struct bc_reader start = reader;
	char signature[SIGNATURE_SIZE];
	struct bc_reader digest, data;
	uint32_t pcr, type, size;
	bool agile, signature_read;
	int r;

	if (!bc_tcg_log_begins(start.at, start.left, &agile) || !read_first_head(&reader, &pcr, &type, &digest, &size))
		return no_log(reterr, &start);
	data = reader;
	signature_read = bc_get_bytes(&data, signature, sizeof(signature));
	if (!agile) {
		begin_sha1_form(&log->header, signature_read && type == BC_EV_NO_ACTION ? signature : NULL, &data);
		return 0;
	}
	if (pcr > BC_FIRST_REGISTER)
		return bc_error_at(reterr, BC_E_INPUT, start.offset, "pcrIndex", "0 in the Spec ID event, or 1 in that of a CCEL log", "%u", pcr);
	if (size > SPEC_ID_DATA_MAX || size < sizeof(signature))
		return bc_error_at(reterr, BC_E_INPUT, start.offset + SHA1_RECORD_FIXED - 4, "eventSize", "a Spec ID of 16-348 bytes", "%u", size);
	if (!bc_get_sub(&reader, size, &data))
		return cut_error(reterr, "Spec ID", &reader, size);
	if (!bc_get_bytes(&data, signature, sizeof(signature)))
		return bc_error_bug(reterr, "signature of the Spec ID");
	log->spec_id_size = SHA1_RECORD_FIXED + (size_t)size;
	memcpy(log->header.spec_id_digest, digest.at, SHA1_SIZE);
	r = read_spec_id_data(&data, &log->header, reterr);
	if (r == 0 && pcr == BC_FIRST_REGISTER && !is_register_bank(&log->header))
		return bc_error_at(reterr, BC_E_INPUT, start.offset, "pcrIndex", "0, or the one bank sha384 or sm3 of a CCEL log",
				   "the Spec ID event in PCR 1, and other banks");
	log->header.registers = pcr == BC_FIRST_REGISTER;
	return r;
}

const char *bc_tcg_register_names(uint16_t alg)
{
	return alg == BC_ALG_SM3_256 ? "n is RTMR n of a CSV guest" : "0 MRTD, 1-4 RTMR 0-3";
}

void bc_tcg_log_free(struct bc_tcg_log *log)
{
	free(log);
}

const struct bc_tcg_header *bc_tcg_log_header(const struct bc_tcg_log *log)
{
	return &log->header;
}

const char *bc_tcg_log_source(const struct bc_tcg_log *log)
{
	return bc_stream_name(log->stream);
}

const struct bc_tcg_tail *bc_tcg_log_tail(const struct bc_tcg_log *log)
{
	return &log->tail;
}

/* ---- events ---- */

static const struct bc_tcg_bank *find_bank(const struct bc_tcg_header *header, uint16_t alg)
{
	size_t i;

	for (i = 0; i < header->bank_count; i++)
		if (header->bank[i].alg == alg)
			return &header->bank[i];
	return NULL;
}

static int read_digest(const struct bc_tcg_log *log, struct bc_reader *reader, struct bc_tcg_event *event,
		       struct bc_error *reterr)
{
	const uint64_t offset = reader->offset;
	const struct bc_tcg_bank *bank;
	struct bc_reader bytes;
	uint16_t alg;

	if (!bc_get_le16(reader, &alg))
		return cut_error(reterr, "digests", reader, 2);
	bank = find_bank(&log->header, alg);
	if (!bank)
		return bc_error_at(reterr, BC_E_INPUT, offset, "digests", "an algorithm of the Spec ID", "algorithm 0x%04x", alg);
	if (bc_tcg_event_digest(event, alg))
		return bc_error_at(reterr, BC_E_INPUT, offset, "digests", "each algorithm once", "algorithm 0x%04x twice", alg);
	if (!bc_get_sub(reader, bank->size, &bytes))
		return cut_error(reterr, "digests", reader, bank->size);
	event->digest[event->digest_count++] = (struct bc_tcg_digest){ .alg = alg, .size = bank->size, .bytes = bytes.at };
	return 0;
}

static int check_pcr(const struct bc_tcg_log *log, const struct bc_tcg_event *event, uint64_t offset, struct bc_error *reterr)
{
	if (log->header.registers && event->type != BC_EV_NO_ACTION && (event->pcr < BC_FIRST_REGISTER || event->pcr > BC_LAST_REGISTER))
		return bc_error_at(reterr, BC_E_INPUT, offset, "mrIndex", "1-4: only these measurement registers are extended", "index %u", event->pcr);
	if (event->pcr < BC_PCR_COUNT || (event->type == BC_EV_NO_ACTION && event->pcr == UINT32_MAX))
		return 0;
	return bc_error_at(reterr, BC_E_INPUT, offset, "pcrIndex", "a PCR of 0-23", "PCR %u", event->pcr);
}

static int read_data_size(struct bc_reader *reader, uint32_t *ret_size, struct bc_error *reterr)
{
	const uint64_t offset = reader->offset;

	if (!bc_get_le32(reader, ret_size))
		return cut_error(reterr, "eventSize", reader, 4);
	if (*ret_size > BC_EVENT_DATA_MAX)
		return bc_error_at(reterr, BC_E_INPUT, offset, "eventSize", "at most 16 MiB of event data", "%u bytes", *ret_size);
	return 0;
}

/* A record of the SHA-1 form before its data. The Spec ID of a crypto-agile log has no digest of any bank. */
static int read_sha1_head(const struct bc_tcg_log *log, struct bc_reader *reader, struct bc_tcg_event *event, uint32_t *ret_size,
			  struct bc_error *reterr)
{
	const uint64_t start = reader->offset;
	struct bc_reader digest;
	int r;

	if (!bc_get_le32(reader, &event->pcr) || !bc_get_le32(reader, &event->type))
		return cut_error(reterr, "record head", reader, 4);
	r = check_pcr(log, event, start, reterr);
	if (r < 0)
		return r;
	if (!bc_get_sub(reader, SHA1_SIZE, &digest))
		return cut_error(reterr, "digest", reader, SHA1_SIZE);
	if (log->header.sha1_form)
		event->digest[event->digest_count++] = (struct bc_tcg_digest){ .alg = BC_ALG_SHA1, .size = SHA1_SIZE, .bytes = digest.at };
	return read_data_size(reader, ret_size, reterr);
}

/* A crypto-agile record before its data. */
static int read_head(const struct bc_tcg_log *log, struct bc_reader *reader, struct bc_tcg_event *event, uint32_t *ret_size,
		     struct bc_error *reterr)
{
	const uint64_t start = reader->offset;
	uint32_t count, i;
	int r;

	if (!bc_get_le32(reader, &event->pcr) || !bc_get_le32(reader, &event->type) || !bc_get_le32(reader, &count))
		return cut_error(reterr, "record head", reader, 4);
	r = check_pcr(log, event, start, reterr);
	if (r < 0)
		return r;
	/* Fewer than the Spec ID lists: read, and left to the replay, which drops the bank. */
	if (count > log->header.bank_count || (count == 0 && event->type != BC_EV_NO_ACTION))
		return bc_error_at(reterr, BC_E_INPUT, start + 8, "digests.count", "at least one and not more than the Spec ID has banks",
				   "%u digests", count);
	for (i = 0; i < count; i++) {
		r = read_digest(log, reader, event, reterr);
		if (r < 0)
			return r;
	}
	return read_data_size(reader, ret_size, reterr);
}

/* The record at the stream's position; nothing is consumed. */
static int read_event(struct bc_tcg_log *log, struct bc_tcg_event *ret_event, struct bc_error *reterr)
{
	const bool sha1_form = log->header.sha1_form || log->next == 0;
	struct bc_tcg_event event = { .number = log->next, .offset = bc_stream_offset(log->stream) };
	struct bc_reader reader, data;
	const uint8_t *bytes;
	size_t size = 0, want = RECORD_HEAD_MAX;
	uint32_t data_size = 0;
	int pass, r;

	/* The first pass learns the size of the data; a second, where it is wanted, has all of it in the window. */
	for (pass = 0; pass == 0 || (pass == 1 && want > size); pass++) {
		r = bc_stream_peek(log->stream, want, &bytes, &size, reterr);
		if (r < 0)
			return r;
		bc_reader_init(&reader, bytes, size, event.offset);
		event.digest_count = 0;
		r = sha1_form ? read_sha1_head(log, &reader, &event, &data_size, reterr) :
				read_head(log, &reader, &event, &data_size, reterr);
		if (r < 0)
			return r;
		want = (size_t)(reader.offset - event.offset) + data_size;
	}
	if (!bc_get_sub(&reader, data_size, &data))
		return cut_error(reterr, "event", &reader, data_size);
	event.data = data.at;
	event.data_size = data_size;
	event.size = want;
	*ret_event = event;
	return 0;
}

/* ---- end of the log ---- */

static int check_tail(const struct bc_tcg_log *log, struct bc_error *reterr)
{
	if (bc_stream_offset(log->stream) - log->tail.end <= TAIL_MAX)
		return 0;
	return bc_error_at(reterr, BC_E_INPUT, log->tail.end, "padding", "at most 256 MiB behind the last event", "more");
}

/* Consume bytes equal to value; what stands behind them, if anything, is in *ret_more. */
static int skip_padding(struct bc_tcg_log *log, uint8_t value, bool *ret_more, struct bc_error *reterr)
{
	const uint8_t *bytes;
	size_t size, n;
	int r;

	for (;;) {
		r = bc_stream_peek(log->stream, PADDING_CHUNK, &bytes, &size, reterr);
		if (r < 0)
			return r;
		for (n = 0; n < size && bytes[n] == value; n++)
			;
		r = bc_stream_skip(log->stream, n, reterr);
		if (r == 0)
			r = check_tail(log, reterr);
		if (r < 0)
			return r;
		log->tail.padding += n;
		*ret_more = n < size;
		if (n < size || size == 0)
			return 0;
	}
}

static int skip_rest(struct bc_tcg_log *log, struct bc_error *reterr)
{
	const uint8_t *bytes;
	size_t size;
	int r;

	log->tail.ignored_offset = bc_stream_offset(log->stream);
	do {
		r = bc_stream_peek(log->stream, PADDING_CHUNK, &bytes, &size, reterr);
		if (r == 0)
			r = bc_stream_skip(log->stream, size, reterr);
		if (r == 0)
			r = check_tail(log, reterr);
		if (r < 0)
			return r;
		log->tail.ignored += size;
	} while (size);
	return 0;
}

/* A Spec ID event behind the first event: of a log that was written behind one that stood there already. */
static bool second_log_begins(const struct bc_tcg_log *log, const uint8_t *bytes, size_t size)
{
	struct bc_reader reader, digest;
	uint32_t pcr, type, data_size;

	bc_reader_init(&reader, bytes, size, 0);
	return log->next && read_first_head(&reader, &pcr, &type, &digest, &data_size) && type == BC_EV_NO_ACTION &&
	       pcr <= BC_FIRST_REGISTER && reader.left >= SIGNATURE_SIZE && is_spec_id(reader.at);
}

/*
 * 1 when the log ends here: at the end of the stream, where padding stands for a record head (Linux ends there too), or where a second log begins.
 */
static int at_end(struct bc_tcg_log *log, struct bc_error *reterr)
{
	const size_t fixed = log->header.sha1_form ? SHA1_RECORD_FIXED : RECORD_FIXED;
	const uint8_t *bytes;
	size_t size;
	bool more = false;
	int r;

	r = bc_stream_peek(log->stream, SHA1_RECORD_FIXED + SIGNATURE_SIZE, &bytes, &size, reterr);
	if (r < 0)
		return r;
	if (second_log_begins(log, bytes, size)) {
		log->tail.end = bc_stream_offset(log->stream);
		log->tail.second_log = log->next;
		r = skip_rest(log, reterr);
		return r < 0 ? r : 1;
	}
	if (size > fixed)
		size = fixed;
	if (size && !bc_all_bytes(bytes, size, 0) && !bc_all_bytes(bytes, size, 0xff))
		return 0;
	log->tail.end = bc_stream_offset(log->stream);
	if (size) {
		r = skip_padding(log, bytes[0], &more, reterr);
		if (r == 0 && more)
			r = skip_rest(log, reterr);
		if (r < 0)
			return r;
	}
	return 1;
}

static int next_event(struct bc_tcg_log *log, struct bc_error *reterr)
{
	int r;

	r = bc_stream_skip(log->stream, log->pending, reterr);
	if (r < 0)
		return r;
	log->pending = 0;
	r = at_end(log, reterr);
	if (r < 0)
		return r;
	if (r > 0) {
		log->ended = true;
		return 0;
	}
	r = read_event(log, &log->event, reterr);
	return r < 0 ? r : 1;
}

int bc_tcg_log_next(struct bc_tcg_log *log, const struct bc_tcg_event **ret_event, struct bc_error *reterr)
{
	int r;

	if (log->failed) {
		if (reterr)
			*reterr = log->error;
		return log->failed;
	}
	if (log->ended)
		return 0;
	r = next_event(log, &log->error);
	if (r < 0) {
		bc_error_source(&log->error, bc_stream_name(log->stream));
		bc_error_offset(&log->error, bc_stream_offset(log->stream));
		bc_error_event(&log->error, "event", log->next);
		log->failed = r;
		if (reterr)
			*reterr = log->error;
		return r;
	}
	if (r > 0) {
		log->next++;
		log->pending = (size_t)log->event.size;
		*ret_event = &log->event;
	}
	return r;
}

/* ---- open ---- */

/*
 * Registers of confidential computing in place of PCRs (UEFI 2.10, 38.4.1, for TDX: index 0 is MRTD, 1-4 are RTMR 0-3; Hygon's CSV: index n is
 * RTMR n). They have one bank. The firmware of these guests puts the Spec ID event into index 1; others are told by the first event that extends: it cannot extend index 0, which
 * is fixed there; with a TPM it is always PCR 0, by the CRTM. Either way an event of another index is an error.
 */
static bool has_registers(const struct bc_tcg_log *log, struct bc_reader reader)
{
	struct bc_tcg_event event;
	struct bc_reader skipped;
	uint32_t size = 0;

	if (!is_register_bank(&log->header))
		return false;
	do {
		event = (struct bc_tcg_event){ .number = 1 };
		if (read_head(log, &reader, &event, &size, NULL) < 0)
			return false;
	} while (event.type == BC_EV_NO_ACTION && bc_get_sub(&reader, size, &skipped));
	return event.type != BC_EV_NO_ACTION && event.pcr >= BC_FIRST_REGISTER && event.pcr <= BC_LAST_REGISTER;
}

static int start(struct bc_tcg_log *log, struct bc_error *reterr)
{
	const uint64_t offset = bc_stream_offset(log->stream);
	struct bc_reader reader, skipped;
	const uint8_t *data;
	size_t size;
	int r;

	r = bc_stream_peek(log->stream, FIRST_EVENT_WINDOW, &data, &size, reterr);
	if (r < 0)
		return r;
	bc_reader_init(&reader, data, size, offset);
	r = read_header(log, reader, reterr);
	if (r < 0) {
		bc_error_event(reterr, "event", 0);
		return r;
	}
	if (!log->header.sha1_form && !log->header.registers && bc_get_sub(&reader, log->spec_id_size, &skipped))
		log->header.registers = has_registers(log, reader);
	return 0;
}

int bc_tcg_log_open(struct bc_stream *stream, struct bc_tcg_log **ret_log, struct bc_error *reterr)
{
	struct bc_tcg_log *log = calloc(1, sizeof(*log));
	int r;

	if (!log)
		return bc_error_nomem(reterr);
	log->stream = stream;
	r = start(log, reterr);
	if (r < 0) {
		bc_error_source(reterr, bc_stream_name(stream));
		free(log);
		return r;
	}
	*ret_log = log;
	return 0;
}
