// SPDX-License-Identifier: BSD-2-Clause
/*
 * A record of a canonical event log in TLV (CEL 1.0, 5.1): number, PCR, register or NV index, digests, content; each a type of one byte, a length of
 * four, big-endian, and a value.
 */
#include <inttypes.h>
#include <string.h>

#include "cel.h"

enum { TLV_RECNUM = 0, TLV_PCR = 1, TLV_NV_INDEX = 2, TLV_DIGESTS = 3 };
/* Not of the standard: go-tpm-tools, and with it Google's Confidential Space, write the register of a CCEL log so. */
#define TLV_REGISTER 108
enum { FIRMWARE_EVENT_TYPE = 0, FIRMWARE_EVENT_DATA = 1, IMA_TEMPLATE_NAME = 0, IMA_TEMPLATE_DATA = 1 };
#define TLV_HEAD 5
#define DIGESTS_MAX (BC_BANKS_MAX * (TLV_HEAD + BC_DIGEST_MAX))
/* Everything before the value of the content. */
#define RECORD_HEAD_MAX (2 * (TLV_HEAD + 8) + TLV_HEAD + DIGESTS_MAX + TLV_HEAD)

static bool get_tlv(struct bc_reader *reader, uint8_t *ret_type, struct bc_reader *ret_value)
{
	struct bc_reader probe = *reader;
	uint32_t length;

	if (!bc_get_u8(&probe, ret_type) || !bc_get_be32(&probe, &length) || !bc_get_sub(&probe, length, ret_value))
		return false;
	*reader = probe;
	return true;
}

/* Big-endian numbers of 1, 2, 4 or 8 bytes: writers differ. */
static bool get_number(struct bc_reader value, uint64_t *ret_number)
{
	uint64_t number = 0;
	uint8_t byte;

	if (value.left != 1 && value.left != 2 && value.left != 4 && value.left != 8)
		return false;
	while (bc_get_u8(&value, &byte))
		number = number << 8 | byte;
	*ret_number = number;
	return true;
}

/* What was extended: false when this type is nothing of it, or has no such number. */
static bool is_place(uint8_t type, uint64_t number)
{
	return (type == TLV_PCR && number < BC_PCR_COUNT) || (type == TLV_NV_INDEX && number <= UINT32_MAX) ||
	       (type == TLV_REGISTER && number >= BC_FIRST_REGISTER && number <= BC_LAST_REGISTER);
}

/* A number, then what was extended; if that is unknown, digests behind it tell that it is a record all the same, which read_head() refuses. */
bool bc_cel_tlv_begins(const uint8_t *data, size_t size)
{
	struct bc_reader reader, value;
	uint64_t number;
	uint8_t type;

	bc_reader_init(&reader, data, size, 0);
	if (!get_tlv(&reader, &type, &value) || type != TLV_RECNUM || !get_number(value, &number) || !get_tlv(&reader, &type, &value))
		return false;
	return (get_number(value, &number) && is_place(type, number)) || (get_tlv(&reader, &type, &value) && type == TLV_DIGESTS);
}

static int cut(struct bc_error *reterr, const char *field, const struct bc_reader *at, uint64_t wanted)
{
	return bc_error_cut(reterr, at->offset, field, wanted, at->left);
}

/* A number of this type; what stands there instead is malformed, and too little is a cut log. */
static int read_number(struct bc_reader *reader, const char *field, uint8_t *ret_type, uint64_t *ret_number, struct bc_error *reterr)
{
	const uint64_t offset = reader->offset;
	struct bc_reader probe = *reader, value;
	uint32_t length;

	if (!bc_get_u8(&probe, ret_type) || !bc_get_be32(&probe, &length))
		return cut(reterr, field, reader, TLV_HEAD);
	if (length == 0 || length > 8)
		return bc_error_at(reterr, BC_E_INPUT, offset, field, "a number of 1, 2, 4 or 8 bytes", "%u bytes", length);
	if (!get_tlv(reader, ret_type, &value))
		return cut(reterr, field, reader, TLV_HEAD + length);
	if (!get_number(value, ret_number))
		return bc_error_at(reterr, BC_E_INPUT, offset, field, "a number of 1, 2, 4 or 8 bytes", "%u bytes", length);
	return 0;
}

static int read_digests(struct bc_reader *reader, struct bc_cel_record *record, struct bc_error *reterr)
{
	const uint64_t offset = reader->offset;
	struct bc_reader probe = *reader, list, value;
	uint32_t length;
	uint8_t type;
	int r;

	if (!bc_get_u8(&probe, &type) || !bc_get_be32(&probe, &length))
		return cut(reterr, "digests", reader, TLV_HEAD);
	if (type != TLV_DIGESTS || length > DIGESTS_MAX)
		return bc_error_at(reterr, BC_E_INPUT, offset, "digests", "type 3, a list of at most 16 digests", "type %u of %u bytes", type, length);
	if (!get_tlv(reader, &type, &list))
		return cut(reterr, "digests", reader, TLV_HEAD + (uint64_t)length);
	while (!bc_at_end(&list)) {
		if (!get_tlv(&list, &type, &value))
			return bc_error_at(reterr, BC_E_INPUT, list.offset, "digests", "a digest inside the list", "one that is longer than the list");
		r = bc_cel_add_digest(record, type, value.at, value.left, value.offset, reterr);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A PCR, a register, which counts as one, or an NV index. */
static int read_place(struct bc_reader *reader, struct bc_cel_record *record, struct bc_error *reterr)
{
	const uint64_t offset = reader->offset;
	uint64_t number = 0;
	uint8_t type = 0;
	int r;

	r = read_number(reader, "pcr", &type, &number, reterr);
	if (r < 0)
		return r;
	if (!is_place(type, number))
		return bc_error_at(reterr, BC_E_INPUT, offset, "pcr", "PCR 0-23 (type 1), an NV index (type 2) or register 1-4 (type 108)",
				   "type %u, number %" PRIu64, type, number);
	record->has_pcr = type != TLV_NV_INDEX;
	record->is_register = type == TLV_REGISTER;
	record->pcr = record->has_pcr ? (uint32_t)number : 0;
	record->nv_index = record->has_pcr ? 0 : (uint32_t)number;
	return 0;
}

/* Number, PCR, digests, and type and length of the content. */
static int read_head(struct bc_reader *reader, struct bc_cel_record *record, uint8_t *ret_type, uint32_t *ret_length,
		     struct bc_error *reterr)
{
	const uint64_t start = reader->offset;
	uint64_t offset;
	uint8_t type = 0;
	int r;

	r = read_number(reader, "recnum", &type, &record->recnum, reterr);
	if (r < 0)
		return r;
	if (type != TLV_RECNUM)
		return bc_error_at(reterr, BC_E_INPUT, start, "recnum", "type 0, the number of the record", "type %u", type);
	record->has_recnum = true;
	r = read_place(reader, record, reterr);
	if (r == 0)
		r = read_digests(reader, record, reterr);
	if (r < 0)
		return r;
	offset = reader->offset;
	if (!bc_get_u8(reader, ret_type) || !bc_get_be32(reader, ret_length))
		return cut(reterr, "content", reader, TLV_HEAD);
	if (*ret_type <= TLV_DIGESTS)
		return bc_error_at(reterr, BC_E_INPUT, offset, "content", "type 4 or more, the content", "type %u", *ret_type);
	return *ret_length <= BC_EVENT_DATA_MAX ? 0 :
	       bc_error_at(reterr, BC_E_INPUT, offset, "content", "at most 16 MiB", "%u bytes", *ret_length);
}

/* Two items inside the content: a number or name, then the data. Anything else is content that is shown whole. */
static void read_content(struct bc_cel_record *record, struct bc_reader content, char *ret_name, size_t name_size)
{
	struct bc_reader first, second;
	uint64_t number = 0;
	uint8_t type;
	bool pair;

	record->data = content.at;
	record->data_size = content.left;
	if (record->content != BC_CEL_FIRMWARE && record->content != BC_CEL_IMA_TEMPLATE)
		return;
	pair = get_tlv(&content, &type, &first) && type == FIRMWARE_EVENT_TYPE && get_tlv(&content, &type, &second) &&
	       type == FIRMWARE_EVENT_DATA && bc_at_end(&content);
	if (pair && record->content == BC_CEL_FIRMWARE)
		pair = get_number(first, &number) && number <= UINT32_MAX;
	else if (pair)
		pair = bc_ima_template_name_valid(first.at, first.left) && first.left < name_size;
	if (!pair) {
		bc_cel_set_content(record, 0, NULL);
		return;
	}
	record->event_type = (uint32_t)number;
	if (record->content == BC_CEL_IMA_TEMPLATE) {
		memcpy(ret_name, first.at, first.left);
		ret_name[first.left] = '\0';
		record->template_name = ret_name;
	}
	record->data = second.at;
	record->data_size = second.left;
}

int bc_cel_tlv_read(struct bc_cel_log *log, struct bc_error *reterr)
{
	struct bc_cel_record *record = &log->record;
	size_t size, want = RECORD_HEAD_MAX;
	struct bc_reader reader, content;
	const uint8_t *bytes;
	uint32_t length = 0;
	uint8_t type = 0;
	int pass, r;

	/* The first pass learns the size of the content; the second has all of it in the window and may keep pointers. */
	for (pass = 0; pass < 2; pass++) {
		r = bc_stream_peek(log->stream, want, &bytes, &size, reterr);
		if (r < 0)
			return r;
		if (!size)
			return 0;
		bc_reader_init(&reader, bytes, size, record->offset);
		record->digest_count = 0;
		r = read_head(&reader, record, &type, &length, reterr);
		if (r < 0)
			return r;
		want = (size_t)(reader.offset - record->offset) + length;
	}
	if (!bc_get_sub(&reader, length, &content))
		return cut(reterr, "content", &reader, length);
	record->size = want;
	bc_cel_set_content(record, type, NULL);
	read_content(record, content, log->template_name, sizeof(log->template_name));
	return 1;
}
