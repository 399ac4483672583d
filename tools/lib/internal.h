/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the library share and do not export. */
#ifndef BC_INTERNAL_H
#define BC_INTERNAL_H

#include "bootchain.h"
#include "reader.h"

#define BC_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* ---- error.c ---- */

/* Add to *reterr (may be NULL) what an upper layer knows; what stands there already stays. */
void bc_error_source(struct bc_error *reterr, const char *source);
void bc_error_offset(struct bc_error *reterr, uint64_t offset);
void bc_error_event(struct bc_error *reterr, const char *counter, uint64_t number);
void bc_error_code(struct bc_error *reterr, enum bc_code code);
void bc_error_field(struct bc_error *reterr, const char *field);
/* status for bytes at offset that break their format, or that nothing here can judge: field, and what was expected and found. */
int bc_error_at(struct bc_error *reterr, enum bc_status status, uint64_t offset, const char *field, const char *expected,
		const char *found, ...) __attribute__((format(printf, 6, 7)));
/* The same, where no offset is known here: the caller adds what it knows, also a field that is NULL here. */
int bc_error_found(struct bc_error *reterr, enum bc_status status, const char *field, const char *expected, const char *found, ...)
	__attribute__((format(printf, 5, 6)));
/* A message in place of "malformed", for those that have to act on it; returns status. */
int bc_error_message(struct bc_error *reterr, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* LOG_TRUNCATED: of the bytes wanted at offset only some are left. */
int bc_error_cut(struct bc_error *reterr, uint64_t offset, const char *field, uint64_t wanted, uint64_t left);
int bc_error_nomem(struct bc_error *reterr);
int bc_error_bug(struct bc_error *reterr, const char *what);

/* Copy text into an array of size bytes, cut to fit. */
void bc_copy_text(char *ret_text, size_t size, const char *text);
/* As snprintf() at ret_text + used, but returns the new length and never runs over; used may already be past size. */
size_t bc_append(char *ret_text, size_t size, size_t used, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Append text of at most 255 bytes as a JSON string with its quotes (error.c). */
size_t bc_append_json_text(char *ret_text, size_t size, size_t used, const char *text);
/* Append escaped bytes. */
size_t bc_append_escaped(char *ret_text, size_t size, size_t used, const void *data, size_t data_size);

/* Append bytes as hex, UTF-16LE as ASCII with everything else as \uNNNN up to a NUL; both stop where the text is full. */
size_t bc_append_hex(char *ret_text, size_t size, size_t used, const struct bc_reader *data);
size_t bc_append_utf16(char *ret_text, size_t size, size_t used, struct bc_reader reader);
/* Is it a text without control characters but newline and tab? False for nothing. */
bool bc_printable(const void *data, size_t size);
/* Is it UTF-16LE of printable ASCII, with NULs perhaps, but not at its start? */
bool bc_is_utf16_text(const struct bc_reader *reader);

/* Are all bytes equal to value? True for size 0. */
bool bc_all_bytes(const void *data, size_t size, uint8_t value);

/* ---- stream.c ---- */

struct bc_stream {
	char name[256];
	int fd;				/* -1: memory */
	bool close_fd;
	bool ended;
	const uint8_t *bytes;		/* the buffer, or the memory of a memory stream */
	uint8_t *buffer;
	size_t capacity;
	size_t start, end;		/* the window inside bytes */
	uint64_t offset;		/* of start */
};

/* Read until the window has want bytes or the stream ends. */
BC_MUST_CHECK int bc_stream_fill(struct bc_stream *stream, size_t want, struct bc_error *reterr);

/* bc_stream_peek() as a reader, and bc_stream_skip(): inline, because every record takes both. */
BC_MUST_CHECK static inline int bc_stream_window(struct bc_stream *stream, size_t want, struct bc_reader *ret_window,
						 struct bc_error *reterr)
{
	int r = 0;

	if (stream->end - stream->start < want)
		r = bc_stream_fill(stream, want, reterr);
	bc_reader_init(ret_window, stream->bytes + stream->start, stream->end - stream->start, stream->offset);
	return r;
}

BC_MUST_CHECK static inline bool bc_stream_advance(struct bc_stream *stream, size_t size)
{
	if (size > stream->end - stream->start)
		return false;
	stream->start += size;
	stream->offset += size;
	return true;
}

/* ---- digest.c and its backends ---- */

/* What a log is nothing but, each at once, in a context that need not be started. */
struct bc_hash_calls {
	/* Hash of a text, which may be empty. */
	bool (*whole)(void *context, const void *data, size_t size, uint8_t *ret_digest);
	/* PCR extend: value becomes the hash of value and digest, each of the hash's size. */
	bool (*extend)(void *context, uint8_t *value, const uint8_t *digest, size_t size);
};

/* What a hash library gives; one row of functions, chosen when the library is built (CRYPTO=). */
struct bc_hash_backend {
	const char *name;
	bool (*available)(uint16_t alg);
	void *(*make)(uint16_t alg);
	void (*destroy)(void *context);
	bool (*start)(void *context);
	bool (*update)(void *context, const void *data, size_t size);
	bool (*finish)(void *context, uint8_t *ret_digest);
	const struct bc_hash_calls *(*calls)(const void *context);
};
extern const struct bc_hash_backend bc_hash_backend;

struct bc_hash { const struct bc_algorithm *algorithm; void *context; struct bc_hash_calls calls; };
int bc_hash_failed(const struct bc_hash *hash, struct bc_error *reterr);

BC_MUST_CHECK static inline int bc_hash_whole(struct bc_hash *hash, const void *data, size_t size, uint8_t *ret_digest,
					      struct bc_error *reterr)
{
	return hash->calls.whole(hash->context, data, size, ret_digest) ? 0 : bc_hash_failed(hash, reterr);
}

BC_MUST_CHECK static inline int bc_hash_extend(struct bc_hash *hash, uint8_t *value, const uint8_t *digest, struct bc_error *reterr)
{
	return hash->calls.extend(hash->context, value, digest, hash->algorithm->size) ? 0 : bc_hash_failed(hash, reterr);
}

#define BC_ALG_SHA1 0x0004
#define BC_ALG_SHA256 0x000b
#define BC_ALG_SHA384 0x000c
#define BC_ALG_SHA512 0x000d
#define BC_ALG_SM3_256 0x0012
#define BC_ALG_SHA3_256 0x0027
#define BC_ALG_SHA3_384 0x0028
#define BC_ALG_SHA3_512 0x0029

/* ---- tcg_log.c ---- */

/* Registers of confidential computing that events extend, as a CCEL log counts them. */
#define BC_FIRST_REGISTER 1
#define BC_LAST_REGISTER 4
/* Do these bytes begin like a firmware log, and is it a crypto-agile one? */
bool bc_tcg_log_begins(const uint8_t *bytes, size_t length, bool *ret_agile);

/* ---- tcg_check.c ---- */

/* bc_tcg_check_new() for events that are records of a canonical event log; source is borrowed. */
BC_MUST_CHECK int bc_tcg_check_new_cel(const char *source, struct bc_tcg_check **ret_check, struct bc_error *reterr);

/* ---- tcg_event.c ---- */

/* How a type behaves in the checks of tcg_check.c. */
#define BC_TYPE_OBJECT 1u	/* the digest should be that of an object that the data only names */
#define BC_TYPE_LATE 2u		/* may follow the separator of its PCR (PFP 1.06, 3.3.4: boot manager and application phase) */

/* Text of the event's data, escaped; 0 = the data is not of its form. Length as bc_append(). */
typedef size_t bc_tcg_decode(const struct bc_tcg_event *event, char *ret_text, size_t size);
/* tcg_decode.c */
bc_tcg_decode bc_decode_text, bc_decode_version, bc_decode_separator, bc_decode_no_action, bc_decode_tag, bc_decode_config,
	bc_decode_tree, bc_decode_blob, bc_decode_blob2, bc_decode_number, bc_decode_nonhost;
/* tcg_efi.c */
bc_tcg_decode bc_decode_variable, bc_decode_image, bc_decode_gpt, bc_decode_tables, bc_decode_tables2, bc_decode_spdm;
/* The parts of UEFI_VARIABLE_DATA; the GUID has 16 bytes. */
bool bc_tcg_variable_read(const struct bc_tcg_event *event, uint8_t *ret_guid, struct bc_reader *ret_name, struct bc_reader *ret_data);
/* Text of a platform description; reader is behind the signature of 16 bytes. */
size_t bc_sp800_155_text(const char *signature, struct bc_reader reader, char *ret_text, size_t size);
/* tcg_path.c: as bc_append(); both stop where the text is full. */
size_t bc_append_device_path(struct bc_reader path, char *ret_text, size_t size, size_t used);
bool bc_append_guid(struct bc_reader *reader, char *ret_text, size_t size, size_t *used);
/* tcg_tag.c: is the data a piece of the boot log of Windows (WBCL), tagged items whose first has a known id? Its text, else 0. */
bool bc_tcg_is_windows(const struct bc_tcg_event *event);
size_t bc_windows_text(const struct bc_tcg_event *event, char *ret_text, size_t size);
size_t bc_foreign_tag_text(uint32_t id, struct bc_reader payload, char *ret_text, size_t size);

struct bc_tcg_type {
	uint32_t type;
	const char *name;
	enum bc_covers covers;
	unsigned int flags;
	bc_tcg_decode *decode;	/* NULL: no text */
	const char *component;	/* NULL: the type's name */
};
/* NULL for a type that is not in the table. */
const struct bc_tcg_type *bc_tcg_type_find(uint32_t type);
/* The bytes of a firmware event's object where the event holds it, and the label that names it (borrowed). */
bool bc_tcg_event_object(const struct bc_tcg_event *event, struct bc_reader *ret_object);
/* Of an event whose digest may be that of its data or a part of it: the parts that firmware and boot loaders are known to hash. Result: how
 * many, at most BC_PARTS_MAX. */
#define BC_PARTS_MAX 8
/* EV_EFI_VARIABLE_DRIVER_CONFIG beside SHA-1 alone: machines with TPM 1.2 hash the variable without GUID and name. */
bool bc_tcg_is_old_variable(const struct bc_tcg_event *event);
size_t bc_tcg_event_parts(const struct bc_tcg_event *event, struct bc_reader *ret_parts);
bool bc_tcg_event_label(const struct bc_tcg_event *event, struct bc_reader *ret_label);
/* Id and payload of any EV_EVENT_TAG; name of one of ours, with *ret_text for those that are hashed whole. */
bool bc_tcg_tag_read(const struct bc_tcg_event *event, uint32_t *ret_id, struct bc_reader *ret_payload);
const char *bc_tcg_tag_name(const struct bc_tcg_event *event, bool *ret_text);
/* UEFI_PLATFORM_FIRMWARE_BLOB2; the name includes its NUL. */
bool bc_tcg_blob2_read(const struct bc_tcg_event *event, struct bc_reader *ret_name, uint64_t *ret_base, uint64_t *ret_length);
/* StartupLocality (PFP 1.06, 10.4.5.3): the locality, or -1 when the event is something else. */
int bc_tcg_event_locality(const struct bc_tcg_event *event);

/* ---- replay.c ---- */

/* PCRs that a TPM resets to ff...ff: those of dynamic launch (PTP 1.05, 4.6.2). */
#define BC_FIRST_DYNAMIC_PCR 17
#define BC_LAST_DYNAMIC_PCR 22
/* What the last event or entry has extended in the bank with this index in bc_replay_values(); *ret_computed is what the last entry's
 * data would have given there. Borrowed until the next call on replay or on the log. */
const uint8_t *bc_replay_last(const struct bc_replay *replay, size_t index, const uint8_t **ret_computed);

/* Hash of PCR 0 to last of one bank. */
BC_MUST_CHECK int bc_aggregate_hash(const struct bc_pcr_bank *bank, unsigned int last, uint8_t *ret_digest, struct bc_error *reterr);

/* ---- pcr_serialized.c: PCR values as tpm2_quote -o writes them ---- */

bool bc_pcrs_serialized_begins(const uint8_t *data, size_t size);
/* Adds to *pcrs. Errors: BC_E_INPUT with offset and field. */
BC_MUST_CHECK int bc_pcrs_read_serialized(const uint8_t *data, size_t size, struct bc_pcrs *pcrs, struct bc_error *reterr);

/* ---- ima_log.c ---- */

/* How a list is written; the digests are of the first algorithm with this size until the first entry tells better. */
struct bc_ima_form { bool ascii, big_endian; size_t digest_size; };
/* Do these bytes begin like a binary list? */
bool bc_ima_binary_begins(const uint8_t *data, size_t size, struct bc_ima_form *ret_form);

/* ---- ima_ascii.c ---- */

bool bc_ima_ascii_begins(const uint8_t *data, size_t size, struct bc_ima_form *ret_form);
/* Where the line's entry is put together; one for a list, zeros at first. */
struct bc_ima_line { uint8_t digest[BC_DIGEST_MAX]; uint8_t *data; size_t capacity; };
/* Fill *entry from a line without its newline. Errors: BC_E_INPUT with the field. */
BC_MUST_CHECK int bc_ima_ascii_read(struct bc_ima_line *storage, const char *line, size_t size, size_t digest_size,
				    struct bc_ima_entry *entry, struct bc_error *reterr);

/* ---- ima_template.c ---- */

struct bc_ima_template { const char *name; const char *format; };
/* Row of the template table for a name or a format string as Linux writes it; NULL when unknown. */
const struct bc_ima_template *bc_ima_template_find(const char *name);
/* Is name one that an IMA list can hold: 1-128 bytes of a-z 0-9 - | _ ? */
bool bc_ima_template_name_valid(const uint8_t *name, size_t size);
/* Format of a template: of its row, or the name itself when every word in it is a field (ima_template_fmt=); NULL when unknown. */
const char *bc_ima_template_format(const char *name);
/* What a field looks like in an ascii list. */
enum bc_ima_text { BC_TEXT_HEX, BC_TEXT_DIGEST, BC_TEXT_TYPED_DIGEST, BC_TEXT_STRING, BC_TEXT_U32, BC_TEXT_U16 };
enum bc_ima_text bc_ima_field_text(const char *id, size_t size);
/*
 * How the data of one template is split; all zeros at first. It is kept from entry to entry: in a list thousands of entries of one template follow
 * each other, and looking names up costs more than reading the entry.
 */
struct bc_ima_plan {
	char name[BC_IMA_TEMPLATE_NAME_MAX + 1];
	size_t name_size;
	bool known, is_ima, too_many;
	const struct ima_field_row *row[BC_IMA_FIELDS_MAX];
	size_t count;
};
/* Make it the plan of the template of this name, if it is another one's. */
void bc_ima_plan_for(struct bc_ima_plan *plan, const char *name);
/* Fill fields, names and digests of *entry from its data by the plan of its template. Errors: BC_E_INPUT with the field. */
BC_MUST_CHECK int bc_ima_template_split(const struct bc_ima_plan *plan, struct bc_ima_entry *entry, struct bc_error *reterr);

#endif
