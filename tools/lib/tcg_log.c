// SPDX-License-Identifier: BSD-2-Clause
/* Records of a crypto-agile firmware log (PFP 1.06, 10.2 and 10.4.5.1), pulled one by one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* TCG_PCClientPCREvent of the Spec ID: pcr, type, digest, size. */
#define SPEC_ID_FIXED (4 + 4 + 20 + 4)
/* Signature to vendor info: 28 fixed bytes, 4 per bank, 1 + 255 vendor bytes. */
#define SPEC_ID_DATA_MAX (28 + 4 * BC_BANKS_MAX + 256)
/* TCG_PCR_EVENT2 up to its data: pcr, type, count, digests, size. */
#define RECORD_FIXED (4 + 4 + 4)
#define RECORD_HEAD_MAX (RECORD_FIXED + BC_BANKS_MAX * (2 + BC_DIGEST_MAX) + 4)
/* Padding is looked through in pieces of this size. */
#define PADDING_CHUNK 65536

struct bc_tcg_log {
	struct bc_stream *stream;
	struct bc_tcg_header header;
	struct bc_tcg_event event;
	struct bc_tcg_tail tail;
	uint64_t next;			/* number of the next event */
	size_t pending;			/* bytes of the event that is lent out */
	bool ended;
	int failed;			/* status of an earlier failure */
	struct bc_error error;
};

static const char spec_id_signature[16] = "Spec ID Event03";

/* ---- Spec ID event ---- */

static int field_error(struct bc_error *reterr, const char *field, uint64_t offset, const char *format, unsigned long long found)
{
	char text[128];

	snprintf(text, sizeof(text), format, found);
	bc_error_set(reterr, BC_E_INPUT, "%s", text);
	bc_error_field(reterr, field);
	bc_error_offset(reterr, offset);
	return BC_E_INPUT;
}

static int cut_error(struct bc_error *reterr, const char *field, const struct bc_reader *at)
{
	bc_error_set(reterr, BC_E_INPUT, "the log ends inside this record, %zu bytes left", at->left);
	bc_error_code(reterr, BC_LOG_TRUNCATED);
	bc_error_field(reterr, field);
	bc_error_offset(reterr, at->offset);
	return BC_E_INPUT;
}

static int read_bank(struct bc_tcg_header *header, uint16_t alg, uint16_t size, uint64_t offset, struct bc_error *reterr)
{
	const struct bc_algorithm *known = bc_algorithm_by_id(alg);
	size_t i;

	if (known ? size != known->size : size == 0 || size > BC_DIGEST_MAX)
		return field_error(reterr, "digestSizes", offset, "digest size %llu does not fit its algorithm", size);
	for (i = 0; i < header->bank_count; i++)
		if (header->bank[i].alg == alg)
			return field_error(reterr, "digestSizes", offset, "algorithm 0x%04llx is listed twice", alg);
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
		return cut_error(reterr, "Spec ID", data);
	offset = data->offset;
	if (!bc_get_le32(data, &count))
		return cut_error(reterr, "numberOfAlgorithms", data);
	if (count == 0 || count > BC_BANKS_MAX)
		return field_error(reterr, "numberOfAlgorithms", offset, "%llu algorithms, 1-16 can be", count);
	for (i = 0; i < count; i++) {
		offset = data->offset;
		if (!bc_get_le16(data, &alg) || !bc_get_le16(data, &size))
			return cut_error(reterr, "digestSizes", data);
		r = read_bank(header, alg, size, offset, reterr);
		if (r < 0)
			return r;
	}
	if (!bc_get_u8(data, &vendor_size) || !bc_get_sub(data, vendor_size, &vendor))
		return cut_error(reterr, "vendorInfo", data);
	header->vendor_size = vendor_size;
	if (!bc_at_end(data))
		return field_error(reterr, "Spec ID", data->offset, "%llu bytes behind the vendor info", data->left);
	return 0;
}

static int no_spec_id(struct bc_error *reterr, const struct bc_reader *start)
{
	if (!start->left)
		bc_error_set(reterr, BC_E_INPUT, "it is empty, not a firmware log");
	else if (bc_all_bytes(start->at, start->left, start->at[0]) && (start->at[0] == 0 || start->at[0] == 0xff))
		bc_error_set(reterr, BC_E_INPUT, "it begins with padding (%02x), not with a Spec ID event: nothing was logged",
			     start->at[0]);
	else
		bc_error_set(reterr, BC_E_INPUT, "no Spec ID Event03 at the start: not a crypto-agile firmware log "
			     "(SHA-1 logs of TPM 1.2 are not read)");
	bc_error_code(reterr, BC_LOG_NO_SPEC_ID);
	return BC_E_INPUT;
}

/* The Spec ID event from the start of reader; *log gets header and event. */
static int read_spec_id(struct bc_tcg_log *log, struct bc_reader *reader, struct bc_error *reterr)
{
	const struct bc_reader start = *reader;
	char signature[sizeof(spec_id_signature)];
	struct bc_reader digest, data;
	uint32_t pcr, type, size;

	if (!bc_get_le32(reader, &pcr) || !bc_get_le32(reader, &type) || !bc_get_sub(reader, 20, &digest) ||
	    !bc_get_le32(reader, &size) || pcr != 0 || type != BC_EV_NO_ACTION || !bc_all_bytes(digest.at, 20, 0))
		return no_spec_id(reterr, &start);
	if (size > SPEC_ID_DATA_MAX || !bc_get_sub(reader, size, &data)) {
		data = *reader;
		if (!bc_get_bytes(&data, signature, sizeof(signature)) || memcmp(signature, spec_id_signature, sizeof(signature)))
			return no_spec_id(reterr, &start);
		if (size > SPEC_ID_DATA_MAX)
			return field_error(reterr, "eventSize", start.offset + SPEC_ID_FIXED - 4, "Spec ID of %llu bytes", size);
		return cut_error(reterr, "Spec ID", reader);
	}
	log->event = (struct bc_tcg_event){ .pcr = pcr, .type = type, .size = SPEC_ID_FIXED + (uint64_t)size,
					    .data = data.at, .data_size = size };
	if (!bc_get_bytes(&data, signature, sizeof(signature)) || memcmp(signature, spec_id_signature, sizeof(signature)))
		return no_spec_id(reterr, &start);
	return read_spec_id_data(&data, &log->header, reterr);
}

/* ---- open and free ---- */

int bc_tcg_log_open(struct bc_stream *stream, struct bc_tcg_log **ret_log, struct bc_error *reterr)
{
	struct bc_tcg_log *log;
	struct bc_reader reader;
	const uint8_t *data;
	size_t size;
	int r;

	log = calloc(1, sizeof(*log));
	if (!log)
		return bc_error_nomem(reterr);
	log->stream = stream;
	r = bc_stream_peek(stream, SPEC_ID_FIXED + SPEC_ID_DATA_MAX, &data, &size, reterr);
	if (r == 0) {
		bc_reader_init(&reader, data, size, bc_stream_offset(stream));
		r = read_spec_id(log, &reader, reterr);
		if (r < 0 && reterr && reterr->offset >= 0)	/* what is no log has no event either */
			bc_error_event(reterr, "event", 0);
	}
	if (r < 0) {
		bc_error_source(reterr, bc_stream_name(stream));
		free(log);
		return r;
	}
	log->event.offset = bc_stream_offset(stream);
	*ret_log = log;
	return 0;
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
		return cut_error(reterr, "digests", reader);
	bank = find_bank(&log->header, alg);
	if (!bank)
		return field_error(reterr, "digests", offset, "algorithm 0x%04llx is not in the Spec ID", alg);
	if (bc_tcg_event_digest(event, alg))
		return field_error(reterr, "digests", offset, "algorithm 0x%04llx stands here twice", alg);
	if (!bc_get_sub(reader, bank->size, &bytes))
		return cut_error(reterr, "digests", reader);
	event->digest[event->digest_count++] = (struct bc_tcg_digest){ .alg = alg, .size = bank->size, .bytes = bytes.at };
	return 0;
}

/* Everything before the event data, and the size of the data. */
static int read_head(const struct bc_tcg_log *log, struct bc_reader *reader, struct bc_tcg_event *event, uint32_t *ret_size,
		     struct bc_error *reterr)
{
	const uint64_t start = reader->offset;
	uint32_t count, i;
	uint64_t offset;
	int r;

	if (!bc_get_le32(reader, &event->pcr) || !bc_get_le32(reader, &event->type) || !bc_get_le32(reader, &count))
		return cut_error(reterr, "record head", reader);
	if (event->pcr >= BC_PCR_COUNT && !(event->type == BC_EV_NO_ACTION && event->pcr == UINT32_MAX))
		return field_error(reterr, "pcrIndex", start, "PCR %llu, a TPM has 0-23", event->pcr);
	/* Fewer than the Spec ID lists: read, and left to the replay, which drops the bank. */
	if (count > log->header.bank_count || (count == 0 && event->type != BC_EV_NO_ACTION))
		return field_error(reterr, "digests.count", start + 8, "%llu digests do not fit the banks of the Spec ID", count);
	for (i = 0; i < count; i++) {
		r = read_digest(log, reader, event, reterr);
		if (r < 0)
			return r;
	}
	offset = reader->offset;
	if (!bc_get_le32(reader, ret_size))
		return cut_error(reterr, "eventSize", reader);
	if (*ret_size > BC_EVENT_DATA_MAX)
		return field_error(reterr, "eventSize", offset, "%llu bytes of event data, 16 MiB is the limit", *ret_size);
	return 0;
}

/* The record at the stream's position; nothing is consumed. */
static int read_event(struct bc_tcg_log *log, struct bc_tcg_event *ret_event, struct bc_error *reterr)
{
	struct bc_tcg_event event = { .number = log->next, .offset = bc_stream_offset(log->stream) };
	struct bc_reader reader, data;
	const uint8_t *bytes;
	size_t size, want = RECORD_HEAD_MAX;
	uint32_t data_size = 0;
	int pass, r;

	/* The first pass learns the size of the data; the second has all of it in the window and may keep pointers. */
	for (pass = 0; pass < 2; pass++) {
		r = bc_stream_peek(log->stream, want, &bytes, &size, reterr);
		if (r < 0)
			return r;
		bc_reader_init(&reader, bytes, size, event.offset);
		event.digest_count = 0;
		r = read_head(log, &reader, &event, &data_size, reterr);
		if (r < 0)
			return r;
		want = (size_t)(reader.offset - event.offset) + data_size;
	}
	if (!bc_get_sub(&reader, data_size, &data)) {
		r = cut_error(reterr, "event", &reader);
		if (reterr)
			snprintf(reterr->message, sizeof(reterr->message), "the log ends inside this record: length %u, %zu bytes left",
				 data_size, reader.left);
		return r;
	}
	event.data = data.at;
	event.data_size = data_size;
	event.size = want;
	*ret_event = event;
	return 0;
}

/* ---- end of the log ---- */

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
		if (r < 0)
			return r;
		log->tail.ignored += size;
	} while (size);
	return 0;
}

/* 1 when the log ends here: at the end of the stream, or where padding stands for a record head (Linux ends there too). */
static int at_end(struct bc_tcg_log *log, struct bc_error *reterr)
{
	const uint8_t *bytes;
	size_t size;
	bool more = false;
	int r;

	r = bc_stream_peek(log->stream, RECORD_FIXED, &bytes, &size, reterr);
	if (r < 0)
		return r;
	if (size > RECORD_FIXED)
		size = RECORD_FIXED;
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

/* The Spec ID event again, now that it is asked for: the window may have moved since open. */
static int first_event(struct bc_tcg_log *log, struct bc_error *reterr)
{
	const uint8_t *bytes;
	size_t size;
	int r;

	r = bc_stream_peek(log->stream, (size_t)log->event.size, &bytes, &size, reterr);
	if (r < 0)
		return r;
	log->event.data = bytes + SPEC_ID_FIXED;
	return 1;
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
	r = log->next == 0 ? first_event(log, &log->error) : next_event(log, &log->error);
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
