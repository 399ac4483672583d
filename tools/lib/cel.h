/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of a canonical event log share: cel.c pulls records, cel_tlv.c and cel_json.c read one. */
#ifndef BC_CEL_H
#define BC_CEL_H

#include "internal.h"

/* Content types (CEL 1.0, 5.1), and the one that systemd has in it. */
#define BC_CEL_TYPE_MANAGEMENT 4
#define BC_CEL_TYPE_FIRMWARE 5
#define BC_CEL_TYPE_IMA_TEMPLATE 7
#define BC_CEL_TYPE_IMA_TLV 8
#define BC_CEL_TYPE_SYSTEMD 9

struct json_object;

struct bc_cel_log {
	struct bc_stream *stream;
	bool json;
	struct bc_cel_record record;
	uint64_t next;
	uint64_t next_recnum;			/* that the record should have; 0: nothing is known */
	bool recnum_said;
	size_t pending;				/* bytes of the record that is lent out */
	bool in_array, array_ended;		/* JSON: [ ... ] around the records */
	uint16_t bank[BC_BANKS_MAX];		/* of the first record with digests */
	size_t bank_count;
	/* Where a record of JSON keeps what its texts stand for. */
	struct json_object *object;
	uint8_t digests[BC_BANKS_MAX][BC_DIGEST_MAX];
	uint8_t *data;
	char template_name[BC_IMA_TEMPLATE_NAME_MAX + 1];	/* TLV: with a NUL */
	struct bc_ima_entry entry;		/* of an IMA record */
	struct bc_ima_plan plan;
	struct bc_tcg_check *check;		/* of the events of the firmware; NULL before the first one */
	int failed;				/* status of an earlier failure */
	struct bc_error error;
};

/* The record at the stream's position into log->record; nothing is consumed. Result: 1, 0 at the end of the log. */
BC_MUST_CHECK int bc_cel_tlv_read(struct bc_cel_log *log, struct bc_error *reterr);
BC_MUST_CHECK int bc_cel_json_read(struct bc_cel_log *log, struct bc_error *reterr);
/* Do these bytes begin like one? */
bool bc_cel_tlv_begins(const uint8_t *data, size_t size);
bool bc_cel_json_begins(const uint8_t *data, size_t size);
/* Add a digest, which stands at offset, to the record. Errors: BC_E_INPUT for a second one of the algorithm, a wrong size, too many. */
BC_MUST_CHECK int bc_cel_add_digest(struct bc_cel_record *record, uint16_t alg, const uint8_t *bytes, size_t size,
				    uint64_t offset, struct bc_error *reterr);
/* The same as a firmware event, where it is one or can stand for one. */
struct bc_tcg_event bc_cel_record_event(const struct bc_cel_record *record);
/* Set the content by its type, or its name in JSON. */
void bc_cel_set_content(struct bc_cel_record *record, uint32_t type, const char *name);

#endif
