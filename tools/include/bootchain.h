/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libbootchain: read boot logs, replay them, compare the result with PCR values.
 *
 * A boot leaves a firmware log (TCG event log), an IMA list and PCR values. This library reads them from files, pipes or
 * memory, recomputes the PCRs in every bank and says which event explains which value. It prints nothing, never exits and has no
 * writable static data, so several threads may use it as long as each handle stays in one thread.
 *
 * Results: 0 or a negative enum bc_status; iterators return 1 for a record and 0 at the end. Outputs (ret_...) are written on
 * success only. The last parameter, reterr, may be NULL and is filled on failure only. Every function that can fail may also
 * return BC_E_NOMEM and, after a caller's mistake such as a NULL handle, BC_E_BUG.
 */
#ifndef BOOTCHAIN_H
#define BOOTCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define BC_MUST_CHECK __attribute__((warn_unused_result))
#define BC_API __attribute__((visibility("default")))

/* ---- Limits ---------------------------------------------------------------------------------------------------------------- */
/* PCRs of a PC Client TPM (PTP 1.05, 4.6.2); a log that names another PCR is malformed. */
#define BC_PCR_COUNT 24
/* Longest digest of the TCG algorithm registry: SHA-512. */
#define BC_DIGEST_MAX 64
/* Banks of one log or TPM: TPM2_NUM_PCR_BANKS is 16 in the reference code; five exist in practice. */
#define BC_BANKS_MAX 16
/* One event's data. Linux refuses a firmware log above 16 MiB, so no event of a real log is longer. */
#define BC_EVENT_DATA_MAX (16u << 20)
/* Template data of one IMA entry. ima-buf carries policies and device-mapper tables; 16 MiB is far above them. */
#define BC_IMA_DATA_MAX (16u << 20)
/* Template name in an IMA list: the longest built-in format string of Linux 6.12 has 72 bytes. */
#define BC_IMA_TEMPLATE_NAME_MAX 128
/* Fields of one template: evm-sig has nine. */
#define BC_IMA_FIELDS_MAX 16
/* A device tree: Linux maps at most 2 MiB of it on arm64; overlays and other architectures get room. */
#define BC_FDT_MAX (16u << 20)
/* Findings kept per code; more are counted (FORMATS 5: "at most 100 findings a code"). */
#define BC_FINDINGS_PER_CODE 100

/* ---- Errors ---------------------------------------------------------------------------------------------------------------- */
enum bc_status {
	BC_OK = 0,
	BC_E_USAGE = -1,	/* the caller's options contradict each other, or a wanted input is missing */
	BC_E_INPUT = -2,	/* bytes that break their format */
	BC_E_UNSUPPORTED = -3,	/* well-formed, but nothing here can judge it */
	BC_E_IO = -4,		/* open, read or write failed */
	BC_E_TPM = -5,		/* the TPM did not answer, or refused */
	BC_E_NOMEM = -6,	/* no memory */
	BC_E_BUG = -7,		/* this library or its caller is wrong */
};

/* Where and why something failed. Absent numbers are -1, absent texts are empty. Texts may hold bytes of the input: escape them. */
struct bc_error {
	enum bc_status status;
	char source[256];	/* file name as given by the caller */
	int64_t offset;		/* byte in the source */
	const char *counter;	/* "event" (firmware log) or "entry" (IMA list); static storage */
	int64_t number;		/* of the event or entry */
	int pcr;
	const char *field;	/* static storage, may be NULL */
	char expected[160], found[160];
	char message[256];	/* what happened and, where it helps, what to do; no source, no offset in it */
	const char *code;	/* name of the finding code that it stands for ("LOG_TRUNCATED"); static, may be NULL */
};

/* Empty *err: status BC_OK, numbers -1, texts empty. */
BC_API void bc_error_clear(struct bc_error *err);
/* Set *reterr (may be NULL) to status and a printf-style message; everything else becomes absent. Result: status, so that a caller can
 * write "return bc_error_set(...)". */
BC_API int bc_error_set(struct bc_error *reterr, enum bc_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Write err as one line, "ima.bin: entry 1081 at byte 0x2a41c: field n-ng: length 70000, 212 bytes left", control characters escaped,
 * cut to size bytes including the NUL. Result: length of the whole text, as snprintf(). */
BC_API int bc_error_text(const struct bc_error *err, char *ret_text, size_t size);

#define BC_ERROR_JSON_MAX 8192
/* Write err as a JSON object with the member "where" (one of "evidence", "reference", "local"; NULL = none); cut and counted as
 * bc_error_text(). A text that was cut is not JSON: BC_ERROR_JSON_MAX bytes always suffice. */
BC_API int bc_error_json(const struct bc_error *err, const char *where, char *ret_text, size_t size);
/* One word for a status: "usage", "input", "unsupported", "io", "tpm", "memory", "bug". Never NULL. */
BC_API const char *bc_status_name(enum bc_status status);

/* ---- Findings -------------------------------------------------------------------------------------------------------------- */
enum bc_severity { BC_NOTE, BC_WARNING, BC_ERROR };
/* Stable; the table in lib/finding.c gives name, severity, explanation and advice of each (FORMATS 6). */
enum bc_code {
	BC_LOG_TRUNCATED, BC_LOG_TRAILING, BC_LOG_AFTER_PADDING, BC_LOG_NO_SPEC_ID, BC_LOG_BANK_MISSING, BC_PCR_NOT_RESET,
	BC_DIGEST_DATA, BC_DATA_NOT_COVERED, BC_EVENT_RETYPED, BC_SEPARATOR_MISSING, BC_SEPARATOR_DOUBLE, BC_SEPARATOR_ERROR,
	BC_EVENT_AFTER_SEPARATOR, BC_NOT_MEASURED, BC_COVERAGE_MISSING, BC_PROMPT, BC_BOOT_RETRIED, BC_UNMEASURED_PAYLOAD,
	BC_PCR_UNEXPLAINED, BC_PCR_AHEAD, BC_PCR_ABSENT, BC_BANK_UNSUPPORTED, BC_BANK_WEAK, BC_BANK_NOT_LOGGED,
	BC_AGGREGATE_MISMATCH, BC_AGGREGATE_ZERO, BC_AGGREGATE_LATE, BC_AGGREGATE_LOW, BC_AGGREGATE_INFERRED, BC_AGGREGATE_UNCHECKED,
	BC_FWLOG_RECORD_MISSING, BC_FWLOG_RECORD_MISMATCH, BC_IMA_BYPASS, BC_IMA_TPM_GONE, BC_IMA_TEMPLATE_DIGEST,
	BC_IMA_VIOLATION, BC_IMA_FILE_UNKNOWN, BC_IMA_FILE_CHANGED, BC_IMA_UNSIGNED, BC_IMA_BAD_SIGNATURE, BC_IMA_UNKNOWN_KEY,
	BC_QUOTE_SIGNATURE, BC_QUOTE_NONCE, BC_QUOTE_TYPE, BC_QUOTE_SELECTION, BC_QUOTE_DIGEST, BC_QUOTE_OLD,
	BC_AK_ATTRIBUTES, BC_AK_UNKNOWN, BC_REF_COMPONENT, BC_REF_CMDLINE_WORD, BC_REF_FDT_PROPERTY, BC_REF_ENV_VARIABLE,
	BC_REF_NONE_MATCHES,
	BC_CODE_COUNT
};

/* One thing that was seen. Absent numbers are -1, absent texts empty. Texts may hold bytes of the input: escape them. */
struct bc_finding {
	enum bc_code code;
	char source[256];
	bool entry;		/* number counts entries of an IMA list (from 1), not firmware events (from 0) */
	bool record;		/* ... records of a canonical event log (from 0) */
	int64_t number;
	int64_t offset;
	int pcr;
	uint16_t bank;		/* of a value of a PCR; 0: of none, or of all */
	char expected[160], found[160], message[256];
};

/* Facts about a code; name and texts are static. code must be below BC_CODE_COUNT, else name "UNKNOWN". */
struct bc_code_info { const char *name; enum bc_severity severity; const char *text; const char *advice; };
BC_API const struct bc_code_info *bc_code_info(enum bc_code code);
BC_API const char *bc_severity_name(enum bc_severity severity);
/* A growing list of findings, at most BC_FINDINGS_PER_CODE of each code. */
struct bc_findings;
BC_API BC_MUST_CHECK int bc_findings_new(struct bc_findings **ret_list, struct bc_error *reterr);
BC_API void bc_findings_free(struct bc_findings *list);
/* Copy *finding to the end, or only count it when its code is full. Errors: BC_E_NOMEM. */
BC_API BC_MUST_CHECK int bc_findings_add(struct bc_findings *list, const struct bc_finding *finding, struct bc_error *reterr);
/* Forget everything, counts included. */
BC_API void bc_findings_clear(struct bc_findings *list);
BC_API size_t bc_findings_count(const struct bc_findings *list);
/* Borrowed until the list changes; NULL when index is not below the count. */
BC_API const struct bc_finding *bc_findings_at(const struct bc_findings *list, size_t index);
/* How many of this code were counted but not kept. */
BC_API uint64_t bc_findings_dropped(const struct bc_findings *list, enum bc_code code);
/* Findings of this severity, the dropped ones included. */
BC_API uint64_t bc_findings_severe(const struct bc_findings *list, enum bc_severity severity);
/* "event", "entry" or "record": what the finding's number counts. */
BC_API const char *bc_finding_counter(const struct bc_finding *finding);
/* An empty finding of this code with a printf-style message, numbers -1. */
BC_API void bc_finding_init(struct bc_finding *ret_finding, enum bc_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- Text ------------------------------------------------------------------------------------------------------------------ */
/* Lower-case hex of size bytes into ret_text (2 * size + 1 bytes). */
BC_API void bc_hex(const void *data, size_t size, char *ret_text);
/* Bytes of a hex text of exactly 2 * size digits (either case). Errors: BC_E_INPUT. */
BC_API BC_MUST_CHECK int bc_unhex(const char *text, size_t text_size, void *ret_data, size_t size, struct bc_error *reterr);
/* Escape size bytes for a terminal: printable ASCII and well-formed UTF-8 without control characters stay, backslash doubles,
 * everything else becomes \xNN. NUL-terminated, cut before an escape that does not fit. Result: bytes of data that were used. */
BC_API size_t bc_escape(const void *data, size_t size, char *ret_text, size_t text_size);
/* Does UTF-8 text begin with a character that no terminal should get as it is: C0, DEL, C1, line separators, what reorders text? Result: its bytes, with
 * its code point (below 0x10000) in *ret_code; else 0. */
BC_API size_t bc_unsafe(const void *text, size_t size, uint32_t *ret_code);
/* Is it UTF-8 (RFC 3629: no surrogates, no overlong forms) as a whole? */
BC_API bool bc_is_utf8(const void *data, size_t size);

/* ---- Sources --------------------------------------------------------------------------------------------------------------- */
/* Bytes from a file, a pipe, standard input or memory, read forward once. Files that say size 0 (securityfs) are read to the end. */
struct bc_stream;

/* Open path; "-" is standard input (not closed by free). Errors: BC_E_IO (with the system's reason), BC_E_INPUT for a directory. The
 * name in errors and findings is path. */
BC_API BC_MUST_CHECK int bc_stream_open(const char *path, struct bc_stream **ret_stream, struct bc_error *reterr);
/* Read from size bytes at data, borrowed until free; name (copied, cut to 255 bytes) stands in errors. */
BC_API BC_MUST_CHECK int bc_stream_open_memory(const void *data, size_t size, const char *name, struct bc_stream **ret_stream,
					       struct bc_error *reterr);
BC_API void bc_stream_free(struct bc_stream *stream);
BC_API const char *bc_stream_name(const struct bc_stream *stream);
/* Bytes consumed so far. */
BC_API uint64_t bc_stream_offset(const struct bc_stream *stream);
/* Look at the next bytes without consuming them: *ret_data holds at least want bytes, or all that are left when the stream ends before;
 * *ret_size says how many. Borrowed until the next call on this stream. Memory grows with the bytes that really came. Errors: BC_E_IO,
 * BC_E_NOMEM. */
BC_API BC_MUST_CHECK int bc_stream_peek(struct bc_stream *stream, size_t want, const uint8_t **ret_data, size_t *ret_size,
					struct bc_error *reterr);
/* Consume bytes that a peek has shown; more than that is BC_E_BUG. */
BC_API BC_MUST_CHECK int bc_stream_skip(struct bc_stream *stream, size_t size, struct bc_error *reterr);
/* Consume the rest of the stream into one buffer of *ret_size bytes plus a NUL behind them; free with bc_free(). Errors: BC_E_IO;
 * BC_E_INPUT when there are more than max bytes. */
BC_API BC_MUST_CHECK int bc_stream_read_all(struct bc_stream *stream, size_t max, uint8_t **ret_data, size_t *ret_size,
					    struct bc_error *reterr);
/* Open, bc_stream_read_all(), close. */
BC_API BC_MUST_CHECK int bc_read_file(const char *path, size_t max, uint8_t **ret_data, size_t *ret_size, struct bc_error *reterr);
/* Free a buffer that this library returned; NULL is fine. */
BC_API void bc_free(void *data);

enum bc_format {
	BC_FORMAT_UNKNOWN,	/* nothing that is known: empty, zeros, or something else */
	BC_FORMAT_TCG2,		/* crypto-agile firmware log (PFP 1.06, 10.4.5.1: Spec ID Event03) */
	BC_FORMAT_TCG1,		/* SHA-1 firmware log of a TPM 1.2, or one whose Spec ID is missing */
	BC_FORMAT_IMA_BINARY,	/* binary_runtime_measurements[_ALG] */
	BC_FORMAT_IMA_ASCII,	/* ascii_runtime_measurements[_ALG] */
	BC_FORMAT_CEL_TLV,	/* canonical event log (TCG CEL 1.0, 5.1) */
	BC_FORMAT_CEL_JSON,	/* the same in JSON (5.3), also systemd's tpm2-measure.log */
};
/* What reads a format: bc_tcg_log_open(), bc_ima_log_open(), bc_cel_log_open(). */
enum bc_format_kind { BC_KIND_NONE, BC_KIND_FIRMWARE, BC_KIND_IMA, BC_KIND_CEL };
/* Tell the format by the next bytes, without consuming them. Errors: BC_E_IO. */
BC_API BC_MUST_CHECK int bc_format_detect(struct bc_stream *stream, enum bc_format *ret_format, struct bc_error *reterr);
/* The same, but what is no log is BC_E_INPUT with a message that says what it is: empty, padding, text, PCR values, a device tree... */
BC_API BC_MUST_CHECK int bc_format_require(struct bc_stream *stream, enum bc_format *ret_format, struct bc_error *reterr);
/* "tcg2", "tcg1", "ima-binary", "ima-ascii", "cel-tlv", "cel-json", "unknown". */
BC_API const char *bc_format_name(enum bc_format format);
BC_API enum bc_format_kind bc_format_kind(enum bc_format format);

/* ---- Hash algorithms ------------------------------------------------------------------------------------------------------- */
/* A row of the algorithm table: TPM_ALG_ID (TCG Algorithm Registry 1.34, 6.10), name as tpm2-tools writes it, digest size. */
struct bc_algorithm { uint16_t id; uint16_t size; const char *name; };

/* NULL when it is not in the table; a row does not say that this build can hash with it: bc_hash_available(). */
BC_API const struct bc_algorithm *bc_algorithm_by_id(uint16_t id);
/* name is compared without case; "sha-256" and "SHA256" are sha256. size 0: up to the NUL. */
BC_API const struct bc_algorithm *bc_algorithm_by_name(const char *name, size_t size);
/* Rows from 0; NULL behind the last. */
BC_API const struct bc_algorithm *bc_algorithm_at(size_t index);
/* Name of any id: from the table, else "alg 0x0099". ret_text holds at least 16 bytes; result: ret_text. */
BC_API const char *bc_algorithm_label(uint16_t id, char *ret_text);
BC_API bool bc_hash_available(uint16_t id);
/* "mbedtls" or "libcrypto". */
BC_API const char *bc_crypto_backend(void);
/* A hash context that is used over and over; one per bank. */
struct bc_hash;
/* Errors: BC_E_UNSUPPORTED when this build cannot hash with id. */
BC_API BC_MUST_CHECK int bc_hash_new(uint16_t id, struct bc_hash **ret_hash, struct bc_error *reterr);
BC_API void bc_hash_free(struct bc_hash *hash);
/* Start a new message; whatever was hashed before is forgotten. Errors of all three: BC_E_BUG when the backend fails. */
BC_API BC_MUST_CHECK int bc_hash_start(struct bc_hash *hash, struct bc_error *reterr);
BC_API BC_MUST_CHECK int bc_hash_update(struct bc_hash *hash, const void *data, size_t size, struct bc_error *reterr);
/* ret_digest gets exactly the algorithm's size. */
BC_API BC_MUST_CHECK int bc_hash_finish(struct bc_hash *hash, uint8_t *ret_digest, struct bc_error *reterr);
/* Size of its digests in bytes. */
BC_API size_t bc_hash_size(const struct bc_hash *hash);
/* All in one. ret_digest holds BC_DIGEST_MAX bytes; what is behind the digest is not touched. Errors: BC_E_UNSUPPORTED. */
BC_API BC_MUST_CHECK int bc_digest(uint16_t id, const void *data, size_t size, uint8_t *ret_digest, struct bc_error *reterr);

/* ---- PCR values ------------------------------------------------------------------------------------------------------------ */
struct bc_pcr_bank {
	uint16_t alg, size;			/* size of one value, at most BC_DIGEST_MAX */
	uint32_t present;			/* bit n: PCR n has a value */
	uint8_t value[BC_PCR_COUNT][BC_DIGEST_MAX];
};
/* PCR values of one moment, bank by bank in the order of their source. A plain value: copy it, free nothing. */
struct bc_pcrs { size_t count; struct bc_pcr_bank bank[BC_BANKS_MAX]; };

/* The bank of alg, or NULL. */
BC_API struct bc_pcr_bank *bc_pcrs_bank(struct bc_pcrs *pcrs, uint16_t alg);
BC_API const struct bc_pcr_bank *bc_pcrs_bank_const(const struct bc_pcrs *pcrs, uint16_t alg);
/* Set one value, adding the bank when it is new. size must be that of the algorithm (of the bank's first value when the algorithm is
 * not in the table). Errors: BC_E_INPUT for a PCR of 24 or more, a wrong size, a second different value, too many banks. */
BC_API BC_MUST_CHECK int bc_pcrs_set(struct bc_pcrs *pcrs, uint16_t alg, unsigned int pcr, const void *value, size_t size,
				     struct bc_error *reterr);

/* --- lib/pcr_text.c: PCR values as text --- */

/* Read PCR values from a text, told by its content: lines "sha256 10 <hex>" (alg, pcr, hex; # comments), or the output of tpm2_pcrread
 * ("sha256:" then " 10: 0x<hex>"); or from the file that tpm2_quote -o writes. Errors: BC_E_INPUT with line, offset and field: unknown form
 * or algorithm, wrong length, PCR out of range, a PCR that stands twice, something behind the digest, no value at all, more than 1 MiB;
 * BC_E_IO. */
BC_API BC_MUST_CHECK int bc_pcrs_read(struct bc_stream *stream, struct bc_pcrs *ret_pcrs, struct bc_error *reterr);
/* The same from a path: a file, "-", or a directory of a TPM in sysfs (/sys/class/tpm/tpm0, with pcr-sha256/0 and so on). Errors of a
 * directory: BC_E_TPM for an empty value, BC_E_UNSUPPORTED for a bank that is not in the algorithm table. */
BC_API BC_MUST_CHECK int bc_pcrs_read_path(const char *path, struct bc_pcrs *ret_pcrs, struct bc_error *reterr);
/* The values as lines "alg pcr hex", NUL-terminated; free with bc_free(). ret_size does not count the NUL. */
BC_API BC_MUST_CHECK int bc_pcrs_text(const struct bc_pcrs *pcrs, char **ret_text, size_t *ret_size, struct bc_error *reterr);

/* ---- Firmware log (TCG) ---------------------------------------------------------------------------------------------------- */
/* Event types (PFP 1.06, 10.4.1) that code outside the type table needs by name. */
#define BC_EV_NO_ACTION 0x00000003u
#define BC_EV_SEPARATOR 0x00000004u
#define BC_EV_ACTION 0x00000005u
#define BC_EV_EVENT_TAG 0x00000006u
#define BC_EV_S_CRTM_VERSION 0x00000008u
#define BC_EV_PLATFORM_CONFIG_FLAGS 0x0000000au
#define BC_EV_TABLE_OF_DEVICES 0x0000000bu
#define BC_EV_COMPACT_HASH 0x0000000cu
#define BC_EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define BC_EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2 0x8000000au
#define BC_EV_EFI_HCRTM_EVENT 0x80000010u
#define BC_EV_EFI_VARIABLE_AUTHORITY 0x800000e0u
#define BC_EV_IPL 0x0000000du
/* Id of the command line in an EV_EVENT_TAG of Linux' EFI stub (drivers/firmware/efi/libstub/efistub.h). */
#define BC_TAG_LINUX_CMDLINE 0x8f3b22edu
/* Ids of our tagged events are this plus the tag of docs/measurements.md. */
#define BC_TAG_BASE 0x55424d00u
#define BC_TAG_CMDLINE 0x09u
#define BC_TAG_OPTIONS 0x0au

struct bc_tcg_digest { uint16_t alg; uint16_t size; const uint8_t *bytes; };

/* One event. Everything that it points to is borrowed until the next call on its log. */
struct bc_tcg_event {
	uint64_t number;		/* from 0, the Spec ID event if there is one */
	uint64_t offset;		/* of its first byte */
	uint64_t size;			/* of the whole record */
	uint32_t pcr;			/* below BC_PCR_COUNT, or 0xffffffff for EV_NO_ACTION */
	uint32_t type;
	size_t digest_count;		/* in the order of the record */
	struct bc_tcg_digest digest[BC_BANKS_MAX];
	const uint8_t *data;
	size_t data_size;
};

struct bc_tcg_bank { uint16_t alg; uint16_t size; };

/* What the log says about itself before its first event. */
struct bc_tcg_header {
	uint32_t platform_class;
	uint8_t spec_major, spec_minor, spec_errata;
	uint8_t uintn_size;
	size_t bank_count;
	struct bc_tcg_bank bank[BC_BANKS_MAX];
	size_t vendor_size;
	uint8_t spec_id_digest[20];	/* of a crypto-agile log, what stands in the SHA-1 field of its first event: zeros should, nothing extends it */
	bool sha1_form;			/* records of TPM 1.2: SHA-1 alone; the numbers above are 0 when there is no Spec ID */
	bool registers;			/* CCEL: "pcr" is the index of a measurement register; the one bank is SHA-384 (TDX) or SM3 (Hygon CSV) */
};

/* How the log ended; complete once bc_tcg_log_next() has returned 0. */
struct bc_tcg_tail {
	uint64_t end;			/* offset behind the last event */
	uint64_t padding;		/* bytes 00 or ff behind it that end the log */
	uint64_t ignored;		/* bytes behind the padding that are neither; 0 = none */
	uint64_t ignored_offset;	/* of the first of them */
	uint64_t second_log;		/* the ignored bytes are a log of their own: what would be the number of its Spec ID event; else 0 */
};

struct bc_tcg_log;
/* Start reading a firmware log, crypto-agile or of SHA-1 records, from stream, which must outlive the log. Errors: BC_E_INPUT when the first
 * record is none (the message tells an empty or all-zero one apart), or is a malformed Spec ID Event03; BC_E_IO. */
BC_API BC_MUST_CHECK int bc_tcg_log_open(struct bc_stream *stream, struct bc_tcg_log **ret_log, struct bc_error *reterr);
BC_API void bc_tcg_log_free(struct bc_tcg_log *log);
/* Borrowed until free. */
BC_API const struct bc_tcg_header *bc_tcg_log_header(const struct bc_tcg_log *log);
/* What the register numbers of a CCEL log stand for, by its one bank: "0 MRTD, 1-4 RTMR 0-3" (UEFI 2.10, 38.4.1). Never NULL. */
BC_API const char *bc_tcg_register_names(uint16_t alg);
/* Next event; the Spec ID event, if there is one, is the first. 1: *ret_event is it. 0: the log has ended, see the tail. Errors: BC_E_INPUT with offset,
 * event and field when a record is cut or breaks the format (every later call repeats it); BC_E_IO. */
BC_API BC_MUST_CHECK int bc_tcg_log_next(struct bc_tcg_log *log, const struct bc_tcg_event **ret_event, struct bc_error *reterr);
BC_API const struct bc_tcg_tail *bc_tcg_log_tail(const struct bc_tcg_log *log);
/* After its last event: 0, or BC_E_INPUT when a second log stands behind this one, which is an older one then (PCR_NOT_RESET). */
BC_API BC_MUST_CHECK int bc_tcg_log_whole(const struct bc_tcg_log *log, struct bc_error *reterr);
/* Name of the stream that it is read from. */
BC_API const char *bc_tcg_log_source(const struct bc_tcg_log *log);
/* What the digest of an event type covers, by the type table of lib/tcg_event.c. */
enum bc_covers { BC_COVERS_DATA, BC_COVERS_PART, BC_COVERS_OTHER, BC_COVERS_NOTHING };
BC_API const char *bc_covers_name(enum bc_covers covers);
/* "EV_SEPARATOR", or NULL for a type that is not in the table. */
BC_API const char *bc_tcg_type_name(uint32_t type);
/* The type of a name, compared without case. */
BC_API bool bc_tcg_type_by_name(const char *name, uint32_t *ret_type);
/* What the digest of this very event covers: for our tagged events it depends on the tag. */
BC_API enum bc_covers bc_tcg_event_covers(const struct bc_tcg_event *event);
/* The digest of this bank, or NULL. */
BC_API const struct bc_tcg_digest *bc_tcg_event_digest(const struct bc_tcg_event *event, uint16_t alg);
/* What the event's data says, as one line of escaped text ("linux, 4096 bytes at 0x1000000"); empty when there is no decoder or the
 * data is not of its form. Cut to size bytes. Result: length of the text. */
BC_API size_t bc_tcg_event_text(const struct bc_tcg_event *event, char *ret_text, size_t size);
/* Payload of one of our tagged events of this tag, borrowed from the event; false when it is not one, or is malformed. */
BC_API bool bc_tcg_event_tagged(const struct bc_tcg_event *event, uint32_t tag, const uint8_t **ret_data, size_t *ret_size);
/* Rule text of a final-tree event ("fdt1"), NUL-terminated, borrowed from the event; NULL when it is not one. */
BC_API const char *bc_tcg_event_fdt_rule(const struct bc_tcg_event *event);
/* Short word for what the event measures, for a verdict that names the component: "kernel", "initrd", "command line", "final tree",
 * "version", "separator" ...; the type name when nothing better is known. Escaped; ret_text holds at least 64 bytes; result: ret_text.
 * */
BC_API const char *bc_tcg_event_component(const struct bc_tcg_event *event, char *ret_text, size_t size);
/* Whether the digests agree with the data. */
enum bc_agree { BC_AGREE_UNKNOWN, BC_AGREE_YES, BC_AGREE_NO };
/* Checks that need more than one event: separators, order, attempts, and digests against data. */
struct bc_tcg_check;
/* For the events of log, which must outlive the check. */
BC_API BC_MUST_CHECK int bc_tcg_check_new(const struct bc_tcg_log *log, struct bc_tcg_check **ret_check, struct bc_error *reterr);
BC_API void bc_tcg_check_free(struct bc_tcg_check *check);
/* Judge the next event of a log; what is found goes to list (may be NULL). ret_agree may be NULL. */
BC_API BC_MUST_CHECK int bc_tcg_check_event(struct bc_tcg_check *check, const struct bc_tcg_event *event,
					    struct bc_findings *list, enum bc_agree *ret_agree, struct bc_error *reterr);
/* Judge the log as a whole after its last event. */
BC_API BC_MUST_CHECK int bc_tcg_check_end(struct bc_tcg_check *check, struct bc_findings *list, struct bc_error *reterr);

/* ---- IMA list -------------------------------------------------------------------------------------------------------------- */
/* One field of the template data. id is static ("d-ng") or "" in an unknown template. */
struct bc_ima_field { const char *id; const uint8_t *data; size_t size; };

/* One entry. Everything that it points to is borrowed until the next call on its log. */
struct bc_ima_entry {
	uint64_t number;			/* from 1, line of the ascii list */
	uint64_t offset;
	uint64_t size;				/* of the whole record */
	uint32_t pcr;				/* below BC_PCR_COUNT */
	const uint8_t *digest;			/* template digest as it stands in the list */
	size_t digest_size;
	const char *template_name;		/* NUL-terminated, printable */
	bool template_known;
	size_t field_count;			/* 0 when the data of an unknown template is not split by lengths */
	struct bc_ima_field field[BC_IMA_FIELDS_MAX];
	const uint8_t *data;			/* template data, whole; of an ascii list: put together again from its line */
	size_t data_size;
	bool data_known;			/* false: words of an ascii line of an unknown template, which only its stored digest extends */
	bool big_endian;			/* byte order of the lengths in data */
	bool violation;				/* template digest of zeros: ff...ff was extended */
	const uint8_t *name;			/* n or n-ng without its NUL; NULL when there is none */
	size_t name_size;
	const char *file_alg;			/* name in d-ng ("sha256"); "sha1" or "md5" for d; "" when there is none */
	const char *file_digest_type;		/* d-ngv2: "ima", "verity"; else "" */
	const uint8_t *file_digest;		/* NULL when there is none */
	size_t file_digest_size;
	const uint8_t *sig;			/* sig or evmsig; NULL when absent or empty */
	size_t sig_size;
	uint64_t data_offset;			/* of the template data */
	char storage[BC_IMA_TEMPLATE_NAME_MAX + 1];	/* private: template_name stands here */
	char names[80];				/* private: file_alg and file_digest_type stand here */
};

struct bc_ima_log;
/* Start reading a list, binary or ascii, from stream, which must outlive the log. Byte order, size and algorithm of the template digests are
 * told by the content of the first entry. first is the number of the first entry: 1, or more for a later piece. Errors: BC_E_INPUT when it
 * is no list; BC_E_IO. An empty stream is an empty list. */
BC_API BC_MUST_CHECK int bc_ima_log_open(struct bc_stream *stream, uint64_t first, struct bc_ima_log **ret_log,
					 struct bc_error *reterr);
BC_API void bc_ima_log_free(struct bc_ima_log *log);
/* Algorithm of the list's template digests (0 for an empty list). */
BC_API uint16_t bc_ima_log_alg(const struct bc_ima_log *log);
/* Does it have the byte order of a big-endian machine without ima_canonical_fmt? */
BC_API bool bc_ima_log_big_endian(const struct bc_ima_log *log);
/* 1: *ret_entry is the next entry. 0: end. Errors: BC_E_INPUT with offset, entry and field (every later call repeats it); BC_E_IO. */
BC_API BC_MUST_CHECK int bc_ima_log_next(struct bc_ima_log *log, const struct bc_ima_entry **ret_entry, struct bc_error *reterr);
/* Template digest of entry in the algorithm of hash, computed from the template data as Linux does; a violation gives ff...ff.
 * ret_digest gets the algorithm's size. Errors: BC_E_UNSUPPORTED when the template data is not known, BC_E_BUG when the backend fails. */
BC_API BC_MUST_CHECK int bc_ima_template_digest(const struct bc_ima_entry *entry, struct bc_hash *hash, uint8_t *ret_digest,
						struct bc_error *reterr);
/* Is it the entry of the boot aggregate ("boot_aggregate" or "boot_aggregate_late")? */
BC_API bool bc_ima_is_boot_aggregate(const struct bc_ima_entry *entry);

/* ---- Replay ---------------------------------------------------------------------------------------------------------------- */
/* Running PCR values in several banks, one hash context per bank. */
struct bc_replay;
BC_API BC_MUST_CHECK int bc_replay_new(struct bc_replay **ret_replay, struct bc_error *reterr);
BC_API void bc_replay_free(struct bc_replay *replay);
/* Add a bank, its PCRs at their reset values (PTP 1.05: 17-22 ff...ff, others 00...00). Errors: BC_E_UNSUPPORTED when this build cannot
 * hash with alg; BC_E_INPUT above BC_BANKS_MAX banks. Adding it twice is nothing. */
BC_API BC_MUST_CHECK int bc_replay_add_bank(struct bc_replay *replay, uint16_t alg, struct bc_error *reterr);
/* Start value of a PCR in the bank whose size fits, or in every bank when size is 0 and locality gives the last byte. */
BC_API BC_MUST_CHECK int bc_replay_start(struct bc_replay *replay, unsigned int pcr, const void *value, size_t size,
					 struct bc_error *reterr);
/* Extend with the digests of a firmware event; EV_NO_ACTION extends nothing, StartupLocality sets PCR 0. Errors: BC_E_INPUT when a
 * StartupLocality event comes after PCR 0 was extended. */
BC_API BC_MUST_CHECK int bc_replay_event(struct bc_replay *replay, const struct bc_tcg_event *event, struct bc_error *reterr);
/* Extend with an IMA entry in every bank. alg is that of the list's stored digests: there the stored digest is used and *ret_agree says
 * whether it is the one computed from the template data (may be NULL). */
BC_API BC_MUST_CHECK int bc_replay_entry(struct bc_replay *replay, const struct bc_ima_entry *entry, uint16_t alg,
					 enum bc_agree *ret_agree, struct bc_error *reterr);
/* Did every event have a digest of this bank? If not, its values are not "present". True for a bank that is not replayed. */
BC_API bool bc_replay_complete(const struct bc_replay *replay, uint16_t alg);
/* The values so far; PCRs that were extended or given a start value are "present". Borrowed until the next call on replay. */
BC_API const struct bc_pcrs *bc_replay_values(const struct bc_replay *replay);
/* The same as a value, with the PCRs that nothing has extended; a bank that is not complete has none. */
BC_API void bc_replay_known(const struct bc_replay *replay, struct bc_pcrs *ret_pcrs);
/* Start values (every PCR present) and, per PCR, why it is not zero: "locality 3", "H-CRTM", "given", or "". */
BC_API const struct bc_pcrs *bc_replay_initial(const struct bc_replay *replay);
BC_API const char *bc_replay_initial_reason(const struct bc_replay *replay, unsigned int pcr);
/* Extend with the digests of a record that has a PCR; a violation of IMA (zeros) extends ff...ff. Errors: as bc_replay_event(). */
struct bc_cel_record;
BC_API BC_MUST_CHECK int bc_replay_record(struct bc_replay *replay, const struct bc_cel_record *record, struct bc_error *reterr);
/* What a boot_aggregate entry was found to be. */
struct bc_aggregate {
	uint64_t entry;			/* 0: no such entry */
	char name[32];
	bool found;
	uint16_t bank;			/* of the PCRs that were hashed */
	unsigned int last_pcr;		/* 7 or 9 */
	bool zero;
	char value[2 * BC_DIGEST_MAX + 1];
	bool checked;			/* false: not found, but pcrs has not PCR 0-9 of the bank that the entry names */
};
/* Find what the boot_aggregate of entry is the hash of: PCR 0-7 or 0-9 of a bank in pcrs that has all of these.
 * ret_aggregate->found tells. Errors: BC_E_BUG when the backend fails. */
BC_API BC_MUST_CHECK int bc_aggregate_find(const struct bc_ima_entry *entry, const struct bc_pcrs *pcrs,
					   struct bc_aggregate *ret_aggregate, struct bc_error *reterr);

/* ---- Canonical event log (TCG CEL 1.0) -------------------------------------------------------------------------------------- */
enum bc_cel_content {
	BC_CEL_OTHER,			/* of no type that is read here, or not of its form: data is the whole content */
	BC_CEL_MANAGEMENT,		/* about the log itself */
	BC_CEL_FIRMWARE,		/* pcclient_std: an event of the firmware */
	BC_CEL_IMA_TEMPLATE,
	BC_CEL_SYSTEMD,			/* a string that systemd measured */
};

/* One record. Everything that it points to is borrowed until the next call on its log. */
struct bc_cel_record {
	uint64_t number;		/* from 0, its place in the log */
	uint64_t offset, size;
	bool has_recnum, has_pcr;
	uint64_t recnum;		/* as the record says */
	uint32_t pcr;			/* below BC_PCR_COUNT, if has_pcr */
	bool is_register;		/* ... of a CCEL log: see bc_tcg_register_names() */
	uint32_t nv_index;		/* else, 0 when only a name is given; such a record extends no PCR */
	size_t digest_count;
	struct bc_tcg_digest digest[BC_BANKS_MAX];
	enum bc_cel_content content;
	const char *content_name;	/* "pcclient_std", "other" ...; static */
	const uint8_t *data;		/* event data, template data, string; else the whole content, in JSON its text */
	size_t data_size;
	uint32_t event_type;		/* BC_CEL_FIRMWARE */
	const char *event_name;		/* BC_CEL_SYSTEMD: "phase"; may be NULL */
	const char *template_name;	/* BC_CEL_IMA_TEMPLATE */
	const struct bc_ima_entry *entry;	/* the same split; NULL when the data breaks the template */
};

struct bc_cel_log;
/* Start reading a log in TLV or JSON, told by content, from stream, which must outlive the log. Errors: BC_E_INPUT when it is neither; BC_E_IO. */
BC_API BC_MUST_CHECK int bc_cel_log_open(struct bc_stream *stream, struct bc_cel_log **ret_log, struct bc_error *reterr);
BC_API void bc_cel_log_free(struct bc_cel_log *log);
/* Algorithms of the first record's digests into ret_algs (BC_BANKS_MAX); result: how many. */
BC_API size_t bc_cel_log_banks(const struct bc_cel_log *log, uint16_t *ret_algs);
/* 1: *ret_record is the next record. 0: end. Errors: BC_E_INPUT with offset, record and field (every later call repeats it); BC_E_IO. */
BC_API BC_MUST_CHECK int bc_cel_log_next(struct bc_cel_log *log, const struct bc_cel_record **ret_record, struct bc_error *reterr);
/* Hold the digests of the record at hand against its content, and an event of the firmware against those before it, as bc_tcg_check_event() does;
 * what does not agree goes to list (may be NULL). ret_agree may be NULL. Call it once for each record. */
BC_API BC_MUST_CHECK int bc_cel_log_check(struct bc_cel_log *log, struct bc_findings *list, enum bc_agree *ret_agree,
					  struct bc_error *reterr);
/* At the end of the log: what its events of the firmware lack, as bc_tcg_check_end() says. Nothing for a log without such events. */
BC_API BC_MUST_CHECK int bc_cel_log_check_end(struct bc_cel_log *log, struct bc_findings *list, struct bc_error *reterr);
/* What the record says, as one line of escaped text; cut to size bytes. Result: length of the text. */
BC_API size_t bc_cel_record_text(const struct bc_cel_record *record, char *ret_text, size_t size);

/* ---- Device tree (lib/fdt_rule.c) ------------------------------------------------------------------------------------------ */
/* Characters of the longest rule. */
#define BC_FDT_RULE_MAX 1023
/* Apply a rule of docs/measurements.md ("fdt1", or "fdt1 /path /path": nodes whose properties do not count) to a copy of the tree: padding
 * zero, kaslr-seed and rng-seed of /chosen and these properties FDT_NOP. *ret_size is the tree's totalsize; free *ret_image with
 * bc_free(). Errors: BC_E_INPUT for bytes that are not a tree, a duplicate or wrongly sized seed, a list of paths that U-Boot would not
 * take, a path that leads to two nodes; BC_E_UNSUPPORTED for a rule that is not known. */
BC_API BC_MUST_CHECK int bc_fdt_rule_apply(const void *tree, size_t size, const char *rule, uint8_t **ret_image, size_t *ret_size,
					   struct bc_error *reterr);
/* /chosen/bootargs of a tree, without the NUL, borrowed from tree; *ret_size 0 and *ret_text "" when absent. tree is aligned to eight
 * bytes, as malloc() does. Errors: BC_E_INPUT for bytes that are not a tree, or a second /chosen. */
BC_API BC_MUST_CHECK int bc_fdt_bootargs(const void *tree, size_t size, const char **ret_text, size_t *ret_size,
					 struct bc_error *reterr);
/* One property or node that differs. Texts and values are borrowed until the next call. An empty path comes last and only alone: every
 * property is equal, but the trees are not (order, memory reservations, header); then the values begin with the first unequal byte. */
struct bc_fdt_difference {
	const char *path;		/* of the node, escaped */
	const char *property;		/* escaped; NULL: the node itself */
	const uint8_t *good, *other;	/* values; NULL when it is not there */
	size_t good_size, other_size;	/* 0 for a node */
	size_t offset;			/* of the first unequal byte when path is empty */
};
struct bc_fdt_compare;
/* Compare copies of two trees property by property under a rule, so that seeds, padding and what it names do not count. Errors: as
 * bc_fdt_rule_apply(). next: 1 for a difference, 0 at the end; BC_E_UNSUPPORTED for a tree that no real one is like (more than 64
 * levels, paths above 1 KiB, nodes with thousands of names). */
BC_API BC_MUST_CHECK int bc_fdt_compare_new(const void *good, size_t good_size, const void *other, size_t other_size,
					    const char *rule, struct bc_fdt_compare **ret_compare, struct bc_error *reterr);
BC_API void bc_fdt_compare_free(struct bc_fdt_compare *compare);
BC_API BC_MUST_CHECK int bc_fdt_compare_next(struct bc_fdt_compare *compare, const struct bc_fdt_difference **ret_difference,
					     struct bc_error *reterr);

/* What a tree says of the TPM and of randomness (lib/fdt_facts.c). A plain value; texts are escaped. */
struct bc_fdt_facts {
	unsigned int tpm_count;		/* enabled nodes of a TPM */
	bool tpm_disabled;		/* there is one with another status */
	char tpm[256], compatible[64];	/* path and first compatible of the first enabled one; "" */
	bool log;			/* it says where the firmware log is */
	char reset[256];		/* node that tells of a line that resets a TPM; "" */
	const char *reset_property;	/* by which property: reset-gpios, gpio-reset, resets; gpio-hog, gpio-line-names (by name); static */
	bool kaslr_seed, kaslr_seed_wiped, rng_seed;	/* in /chosen; wiped: all zeros, as Linux leaves it */
};
/* tree is aligned to eight bytes, as malloc() does. Errors: BC_E_INPUT for bytes that are not a tree; BC_E_UNSUPPORTED for one of more
 * than 64 levels. */
BC_API BC_MUST_CHECK int bc_fdt_facts(const void *tree, size_t size, struct bc_fdt_facts *ret_facts, struct bc_error *reterr);

/* ---- Evidence directory (FORMATS 4; lib/evidence.c) ------------------------------------------------------------------------- */
/* All files together; the same limit holds for evidence as ustar on standard input. */
#define BC_EVIDENCE_MAX (64u << 20)
/* One file of the evidence; the list is ima.log, or pieces ima.000.log, ima.001.log ... Borrowed until the evidence is freed. */
struct bc_evidence_file { const char *name; const char *source; const uint8_t *data; size_t size; };

/* Files and facts about one machine. */
struct bc_evidence;
BC_API BC_MUST_CHECK int bc_evidence_new(struct bc_evidence **ret_evidence, struct bc_error *reterr);
BC_API void bc_evidence_free(struct bc_evidence *evidence);
/* Say something about the machine: key is tool, time, hostname, kernel or machine; value is copied, cut to 255 bytes. Errors: BC_E_BUG
 * for another key. */
BC_API BC_MUST_CHECK int bc_evidence_describe(struct bc_evidence *evidence, const char *key, const char *value,
					      struct bc_error *reterr);
/* What was said for key; "" for nothing. Borrowed until free. */
BC_API const char *bc_evidence_description(const struct bc_evidence *evidence, const char *key);
/* Add a file; data is copied, source says where it comes from (cut to 255 bytes). Errors: BC_E_INPUT for a name that the format does
 * not know, a second file of the name, more than BC_EVIDENCE_MAX bytes. */
BC_API BC_MUST_CHECK int bc_evidence_add(struct bc_evidence *evidence, const char *name, const char *source, const void *data,
					 size_t size, struct bc_error *reterr);
/* Note that a file is missing, and why. Errors: as bc_evidence_add(). */
BC_API BC_MUST_CHECK int bc_evidence_missing(struct bc_evidence *evidence, const char *name, const char *why, struct bc_error *reterr);
/* The file, or NULL when it is not there. */
BC_API const struct bc_evidence_file *bc_evidence_find(const struct bc_evidence *evidence, const char *name);
/* Why it is missing, or NULL when nobody said that it is. */
BC_API const char *bc_evidence_why_missing(const struct bc_evidence *evidence, const char *name);
/* The text of evidence.json, NUL-terminated; free with bc_free(). ret_size does not count the NUL. */
BC_API BC_MUST_CHECK int bc_evidence_json(const struct bc_evidence *evidence, char **ret_text, size_t *ret_size,
					  struct bc_error *reterr);
/* Write the directory: beside it first, then renamed, so that it is there as a whole or not at all. Errors: BC_E_USAGE when directory
 * exists; BC_E_IO. */
BC_API BC_MUST_CHECK int bc_evidence_write(const struct bc_evidence *evidence, const char *directory, struct bc_error *reterr);
/* The same as a ustar archive, in a new file of mode 0600 or, for "-", on standard output. The same evidence gives the same bytes. */
BC_API BC_MUST_CHECK int bc_evidence_write_tar(const struct bc_evidence *evidence, const char *path, struct bc_error *reterr);
/* Read a directory and check it against its evidence.json. Errors: BC_E_INPUT for an unknown name, something that is no plain file, a
 * missing or malformed evidence.json, a file that it does not list, another size or SHA-256, more than BC_EVIDENCE_MAX bytes; BC_E_IO.
 * */
BC_API BC_MUST_CHECK int bc_evidence_read(const char *directory, struct bc_evidence **ret_evidence, struct bc_error *reterr);

/* The same from a plain ustar archive: files without a directory (or below "./"), nothing but zeros behind its end. */
BC_API BC_MUST_CHECK int bc_evidence_read_tar(struct bc_stream *stream, struct bc_evidence **ret_evidence, struct bc_error *reterr);

/* ---- Quote (lib/quote.c) --------------------------------------------------------------------------------------------------- */
/* A TPMS_ATTEST: its quote has at most 16 selections and a name, a nonce and a digest of at most 68 bytes each. */
#define BC_QUOTE_MAX 1024
/* TPM2B_DATA of a TPM with SHA-512 (TPM 2.0 Part 2, 10.4.3). */
#define BC_NONCE_MAX 66
/* TPM2B_NAME: algorithm and digest (Part 2, 10.5.3). */
#define BC_NAME_MAX (2 + BC_DIGEST_MAX)

/* What a TPM signed (TPM 2.0 Part 2, 10.12.8). A plain value: copy it, free nothing. */
struct bc_quote {
	uint32_t magic;				/* 0xff544347 for what a TPM made itself */
	uint16_t type;				/* 0x8018 for a quote; the rest is filled for a quote with the right magic only */
	bool is_quote;
	size_t signer_size, nonce_size, digest_size;
	uint8_t signer[BC_NAME_MAX];		/* qualified name of the AK */
	uint8_t nonce[BC_NONCE_MAX];		/* what the caller of the TPM gave: extraData */
	uint64_t clock;				/* ms that the TPM ran since its owner was cleared */
	uint32_t resets, restarts;
	bool safe;				/* the clock has not gone back */
	uint64_t firmware_version;
	size_t selection_count;
	struct { uint16_t alg; uint32_t pcrs; } selection[BC_BANKS_MAX];	/* as signed; a bank may stand twice */
	uint8_t digest[BC_DIGEST_MAX];		/* of the selected PCRs, in the order of the selections */
	size_t signed_offset, signed_size;	/* the bytes that were signed, in the input */
};

/* Read a TPMS_ATTEST, bare or in a TPM2B_ATTEST. Something else that a key signed (wrong magic or type) is no error: is_quote is false.
 * Errors: BC_E_INPUT with offset and field for what is cut, too long, or selects a PCR of 24 or more. */
BC_API BC_MUST_CHECK int bc_quote_parse(const void *data, size_t size, struct bc_quote *ret_quote, struct bc_error *reterr);
/* Selected PCRs of a bank as a bit mask; 0 for a bank that is not selected. */
BC_API uint32_t bc_quote_pcrs(const struct bc_quote *quote, uint16_t alg);
/* Are these the values that were quoted: is the hash with alg (of the signature) over the selected ones the quote's digest? A selected
 * PCR that is not present is a no. Errors: BC_E_UNSUPPORTED when this build cannot hash with alg. */
BC_API BC_MUST_CHECK int bc_quote_matches(const struct bc_quote *quote, uint16_t alg, const struct bc_pcrs *pcrs, bool *ret_matches,
					  struct bc_error *reterr);

/* ---- Asking a TPM (lib/tpm.c) ----------------------------------------------------------------------------------------------- */
/* TPM2B_PUBLIC and TPMT_SIGNATURE of RSA 4096 stay below. */
#define BC_TPM_PART_MAX 1024

/* TPM2B_DATA of tpm2-tss; a quote by other means may hold BC_NONCE_MAX bytes. */
#define BC_TPM_NONCE_MAX 64

struct bc_tpm_request {
	const char *tcti;			/* as tpm2-tss names it ("device:/dev/tpmrm0"); NULL: its default */
	uint32_t ak_handle;			/* a persistent restricted signing key; 0: make one in the endorsement hierarchy */
	bool rsa;				/* made as RSA 2048 (RSASSA), not as ECC P-256 (ECDSA) */
	const struct bc_pcrs *selection;	/* alg and present of each bank; the values do not matter */
	const uint8_t *nonce; size_t nonce_size;	/* 1 to BC_TPM_NONCE_MAX bytes */
};

struct bc_tpm_answer {
	size_t message_size, signature_size, ak_size;
	uint8_t message[BC_QUOTE_MAX];		/* TPMS_ATTEST */
	uint8_t signature[BC_TPM_PART_MAX];	/* TPMT_SIGNATURE */
	uint8_t ak[BC_TPM_PART_MAX];		/* TPM2B_PUBLIC */
	struct bc_pcrs pcrs;			/* the values quoted */
};

/* Ask for a quote, and read the values that it covers. The AK made is the same each time, as long as nobody gives the TPM another seed.
 * Errors: BC_E_TPM with the command that failed, or when the key of ak_handle is no AK, when a PCR is not there, when PCRs keep changing;
 * BC_E_UNSUPPORTED in a build without tpm2-tss. */
BC_API BC_MUST_CHECK int bc_tpm_quote(const struct bc_tpm_request *request, struct bc_tpm_answer *ret_answer, struct bc_error *reterr);

/* Who may use the platform hierarchy (Part 1, 13.2), which firmware should disable before it hands over. */
enum bc_tpm_platform {
	BC_TPM_PLATFORM_DISABLED,
	BC_TPM_PLATFORM_LOCKED,		/* enabled, but its authorization value is not empty */
	BC_TPM_PLATFORM_OPEN,		/* whoever can send commands: he may clear the TPM, and change its banks */
};
/* Ask the TPM; nothing in it is changed. tcti as in struct bc_tpm_request; a build without tpm2-tss knows "device:PATH" only, and by default
 * /dev/tpmrm0. Errors: BC_E_TPM with the command that failed; BC_E_UNSUPPORTED for another tcti there. */
BC_API BC_MUST_CHECK int bc_tpm_platform(const char *tcti, enum bc_tpm_platform *ret_platform, struct bc_error *reterr);

/* Signature schemes (TPM_ALG_ID). */
#define BC_SIG_RSASSA 0x0014
#define BC_SIG_RSAPSS 0x0016
#define BC_SIG_ECDSA 0x0018
/* "rsassa", "rsapss", "ecdsa"; NULL for another. */
BC_API const char *bc_sig_scheme_name(uint16_t scheme);

/* Bytes that the caller has read, and their name in messages. data NULL: not given. */
struct bc_bytes { const char *name; const void *data; size_t size; };

/* What a verifier keeps about a device that was enrolled. A plain value. */
struct bc_device {
	size_t ak_size;
	uint8_t ak[BC_TPM_PART_MAX];		/* TPM2B_PUBLIC or TPMT_PUBLIC */
	bool has_last;				/* a quote was accepted before: what it said */
	uint64_t clock;
	uint32_t resets, restarts;
};
/* Read a device file: {"schema":"bootchain/device/1","ak":hex,"last":{"clock","resets","restarts"}}, last may be absent. Errors:
 * BC_E_INPUT with the field. */
BC_API BC_MUST_CHECK int bc_device_parse(const void *data, size_t size, struct bc_device *ret_device, struct bc_error *reterr);

/* A quote and what it is judged by. */
struct bc_quote_input {
	struct bc_bytes message;		/* TPMS_ATTEST, bare or in a TPM2B */
	struct bc_bytes signature;		/* TPMT_SIGNATURE; a plain one when scheme is not 0 */
	uint16_t scheme, hash;			/* of a plain signature; else 0 */
	struct bc_bytes ak;			/* of the caller, who knows whose it is: TPM2B_PUBLIC, TPMT_PUBLIC, PEM or DER */
	const struct bc_device *device;		/* enrolled: then ak is not given, but names the device file */
	struct bc_bytes evidence_ak;		/* the copy in the evidence; only compared */
	const uint8_t *nonce;			/* of the caller; NULL: freshness is not checked */
	size_t nonce_size;
	bool accept_sha1;			/* SHA-1 alone may stand behind it */
	bool accept_late_aggregate;		/* IMA may have started late */
	bool accept_violations;			/* the list may have violations */
};

/* ---- Verdict --------------------------------------------------------------------------------------------------------------- */
/* Inputs, all borrowed; NULL or 0 = not given. No paths: the caller opened what it names. */
struct bc_verify_input {
	struct bc_stream *firmware_log;
	struct bc_stream *const *ima_log;	/* pieces of one list, in order */
	size_t ima_log_count;
	struct bc_stream *const *cel_log;	/* canonical event logs, read between the two; not what the two hold already */
	size_t cel_log_count;
	const struct bc_pcrs *pcrs;		/* required without a quote */
	const char *pcrs_name;			/* for messages */
	const struct bc_quote_input *quote;	/* only PCRs that it selects are judged */
	const void *fdt; size_t fdt_size; const char *fdt_name;
	const struct bc_bytes *cert;		/* X.509, DER or PEM: file signatures in the list must be by one of them */
	size_t cert_count;
	const uint16_t *banks;			/* judge only these banks; none: every bank of pcrs */
	size_t bank_count;
	bool cmdline_unchecked;			/* a copy of /proc/cmdline was given: the sentence says that nothing was compared with it */
	bool no_explanation;			/* do not search what would make a PCR fit, which takes up to 2 s */
};

enum bc_verdict_kind { BC_VERIFIED, BC_CONSISTENT, BC_MISMATCH, BC_NOT_JUDGED };
enum bc_pcr_status { BC_PCR_EXPLAINED, BC_PCR_INITIAL, BC_PCR_NOT_EXPLAINED, BC_PCR_NOT_QUOTED, BC_PCR_NOT_JUDGED };
/* Firmware events kept per PCR in a verdict; a longer list is cut and firmware_count tells how many there were. */
#define BC_VERDICT_EVENTS_MAX 256

/* Which events extended a PCR; the same in every bank. */
struct bc_pcr_events {
	uint64_t firmware_count;
	uint32_t firmware[BC_VERDICT_EVENTS_MAX];
	uint64_t ima_first, ima_last;		/* 0, 0: none */
	uint64_t record_count, record_first, record_last;	/* of canonical event logs, but for IMA's; numbers of the last log that has some */
};

struct bc_pcr_row {
	uint16_t bank;
	unsigned int pcr;
	enum bc_pcr_status status;
	char expected[2 * BC_DIGEST_MAX + 1];	/* from the logs; empty when unknown */
	char found[2 * BC_DIGEST_MAX + 1];	/* the value given; empty when only a quote that does not match is known */
};

/* What would make a PCR fit that the logs do not explain. */
#define BC_EXPLANATIONS_MAX 128
struct bc_explanation {
	unsigned int pcr;
	uint16_t bank;
	const char *hypothesis;			/* one of docs/formats.md: "dropped", "pair", "stopped" ...; static */
	const char *counter;			/* "event", "entry" or "record": what the numbers count; static */
	int64_t event, second;			/* the second of two; -1: none */
	bool at_end;				/* the PCR holds more than the log tells */
	bool not_reset;				/* the PCR, or the log, has an older boot in front */
	bool retyped, second_retyped;		/* the log calls this event EV_NO_ACTION, or something else, and is wrong */
	char text[240];
};

struct bc_verdict {
	enum bc_verdict_kind kind; int exit;	/* exit: 0, 1 or 3 of FORMATS 3 */
	char sentence[512];
	size_t row_count;
	struct bc_pcr_row *row;			/* every value given in a judged bank, bank by bank */
	struct bc_pcr_events events[BC_PCR_COUNT];
	bool have_quote;
	struct bc_quote quote;			/* as it was signed */
	uint16_t signature_scheme, signature_hash;
	bool quote_signed;			/* by the AK given */
	bool quote_fresh;			/* it has the nonce given */
	bool ak_enrolled;			/* the AK given was that of an enrolled device */
	bool ak_checked;			/* the AK's attributes are known */
	struct bc_aggregate aggregate;		/* first boot_aggregate entry */
	bool aggregate_inferred;		/* there is no list, but PCR 10 is what one such entry leads to */
	bool have_firmware_log, have_ima_log, have_fdt;
	uint64_t firmware_events;		/* records read, Spec ID included */
	uint64_t cel_records;			/* of canonical event logs, but for IMA's */
	uint64_t uncovered_count;		/* events whose data no digest covers as a whole */
	uint32_t uncovered[BC_VERDICT_EVENTS_MAX];	/* the first of them */
	uint64_t ima_entries, ima_covered, ima_violations;
	bool have_certs;
	uint64_t ima_signed, ima_unsigned;	/* files with a good signature, of the covered entries; and without one */
	uint64_t ima_bad, ima_unknown_key;	/* signatures that do not verify, or are by a key that was not given */
	uint64_t ima_unchecked;			/* signatures of a kind that a list does not let check: EVM's, appended ones */
	bool firmware_record;			/* the list has an entry named firmware_log */
	bool firmware_record_checked, firmware_record_matches;	/* it against the firmware log given */
	bool firmware_log_bound;		/* and PCR 10 covers it: so types, data and order of the events are covered */
	bool aggregate_late;			/* IMA started late */
	bool aggregate_unchecked;		/* some boot_aggregate is of PCRs that are not known */
	bool fdt_checked, fdt_matches;		/* final tree against its event */
	char fdt_rule[BC_FDT_RULE_MAX + 1];	/* of that event, when it was checked */
	bool fdt_by_stub;			/* the tree given was changed by Linux' EFI stub: not compared */
	bool cmdline_checked, cmdline_matches;	/* /chosen/bootargs against its event */
	size_t explanation_count;
	struct bc_explanation explanation[BC_EXPLANATIONS_MAX];
	struct bc_findings *findings;
	bool have_error;			/* not judged: why */
	struct bc_error error;
};

/* Join the logs with the PCR values and judge. A mismatch is a result (0 with kind BC_MISMATCH), and so is a log that cannot be read to
 * its end (kind BC_NOT_JUDGED with error filled). Free the verdict with bc_verdict_free(). Errors: BC_E_USAGE when pcrs or both logs
 * are missing, or a canonical event log holds what another log holds too; BC_E_NOMEM; BC_E_BUG. */
BC_API BC_MUST_CHECK int bc_verify(const struct bc_verify_input *input, struct bc_verdict **ret_verdict, struct bc_error *reterr);
/* A verdict BC_NOT_JUDGED for inputs that could not even be opened: why is copied (and may be *reterr). Errors: BC_E_NOMEM. */
BC_API BC_MUST_CHECK int bc_verdict_not_judged(const struct bc_error *why, struct bc_verdict **ret_verdict, struct bc_error *reterr);
/* NULL is fine. */
BC_API void bc_verdict_free(struct bc_verdict *verdict);
/* "verified", "consistent", "mismatch", "not-judged". */
BC_API const char *bc_verdict_name(enum bc_verdict_kind kind);
/* "explained", "initial", "not-explained", "not-quoted", "not-judged". */
BC_API const char *bc_pcr_status_name(enum bc_pcr_status status);

/* ---- Two boots (lib/diff.c) ------------------------------------------------------------------------------------------------- */
/* The final-tree event of a log. */
struct bc_tree_event {
	bool found;
	uint64_t number;
	uint32_t pcr;
	uint16_t alg, size;
	uint8_t digest[BC_DIGEST_MAX];
	char rule[BC_FDT_RULE_MAX + 2];		/* one that is too long is cut to a text that is too long as well */
};

/* What two firmware logs have in common. */
struct bc_log_diff {
	size_t bank_count;
	uint16_t bank[BC_BANKS_MAX];		/* that were compared; digests of the first are named */
	bool registers;				/* CCEL logs: PCR n is measurement register n, see bc_tcg_register_names() */
	uint32_t extended;			/* bit n: a log has events of PCR n */
	uint32_t differs;			/* bit n: the events of PCR n lead to another value */
	uint64_t good_events, other_events;	/* Spec ID included */
	struct bc_tree_event good_tree, other_tree;
};
/* Compare two crypto-agile firmware logs PCR by PCR, in the banks that both have (only in these banks, when bank_count is not 0). Each
 * component that differs, is missing or was added is a finding REF_COMPONENT with the digests as expected and found; a command line is
 * REF_CMDLINE_WORD, word by word; other event data under the same digest is the note DATA_NOT_COVERED, another type EVENT_RETYPED.
 * Errors: as bc_tcg_log_open() and bc_tcg_log_next(); BC_E_UNSUPPORTED when no bank is common, one log alone is of registers (CCEL), or for
 * more than 16384 events. */
BC_API BC_MUST_CHECK int bc_diff_logs(struct bc_stream *good, struct bc_stream *other, const uint16_t *banks, size_t bank_count,
				      struct bc_findings *findings, struct bc_log_diff *ret_diff, struct bc_error *reterr);
/* A device tree, borrowed; measured is its event in the log (NULL or not found: it is not held against one). */
struct bc_diff_tree { const char *name; const void *data; size_t size; const struct bc_tree_event *measured; };
/* Compare two trees as bc_fdt_compare_next() does, each difference a finding REF_FDT_PROPERTY with the values as expected and found. Nodes
 * that the rules of both events name do not count. A tree that is not the measured one is a finding DIGEST_DATA. Errors: as bc_fdt_compare_next(), with the tree's name as source. */
BC_API BC_MUST_CHECK int bc_diff_trees(const struct bc_diff_tree *good, const struct bc_diff_tree *other, struct bc_findings *findings,
				       struct bc_error *reterr);

/* "0.1.0": of the library that runs. */
BC_API const char *bc_version(void);

#ifdef __cplusplus
}
#endif
#endif
