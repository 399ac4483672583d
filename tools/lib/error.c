// SPDX-License-Identifier: BSD-2-Clause
/* The error object: filled where a fact is known, printed as one line or as JSON. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

void bc_error_clear(struct bc_error *err)
{
	memset(err, 0, sizeof(*err));
	err->offset = -1;
	err->number = -1;
	err->pcr = -1;
}

int bc_error_set(struct bc_error *reterr, enum bc_status status, const char *format, ...)
{
	va_list args;

	if (reterr) {
		bc_error_clear(reterr);
		reterr->status = status;
		va_start(args, format);
		vsnprintf(reterr->message, sizeof(reterr->message), format, args);
		va_end(args);
	}
	return status;
}

void bc_error_source(struct bc_error *reterr, const char *source)
{
	if (reterr && !reterr->source[0])
		bc_copy_text(reterr->source, sizeof(reterr->source), source);
}

void bc_error_offset(struct bc_error *reterr, uint64_t offset)
{
	if (reterr && reterr->offset < 0)
		reterr->offset = (int64_t)offset;
}

void bc_error_event(struct bc_error *reterr, const char *counter, uint64_t number)
{
	if (reterr && reterr->number < 0) {
		reterr->counter = counter;
		reterr->number = (int64_t)number;
	}
}

void bc_error_code(struct bc_error *reterr, enum bc_code code)
{
	if (reterr && !reterr->code)
		reterr->code = bc_code_info(code)->name;
}

void bc_error_field(struct bc_error *reterr, const char *field)
{
	if (reterr && !reterr->field)
		reterr->field = field;
}

static void set_found(struct bc_error *reterr, enum bc_status status, const char *field, const char *expected, const char *found, va_list args)
{
	bc_error_set(reterr, status, status == BC_E_UNSUPPORTED ? "not supported" : "malformed");
	if (!reterr)
		return;
	reterr->field = field;
	bc_copy_text(reterr->expected, sizeof(reterr->expected), expected);
	vsnprintf(reterr->found, sizeof(reterr->found), found, args);
}

int bc_error_at(struct bc_error *reterr, enum bc_status status, uint64_t offset, const char *field, const char *expected,
		const char *found, ...)
{
	va_list args;

	va_start(args, found);
	set_found(reterr, status, field, expected, found, args);
	va_end(args);
	if (reterr)
		reterr->offset = (int64_t)offset;
	return status;
}

int bc_error_found(struct bc_error *reterr, enum bc_status status, const char *field, const char *expected, const char *found, ...)
{
	va_list args;

	va_start(args, found);
	set_found(reterr, status, field, expected, found, args);
	va_end(args);
	return status;
}

int bc_error_message(struct bc_error *reterr, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (reterr)
		vsnprintf(reterr->message, sizeof(reterr->message), format, args);
	va_end(args);
	return status;
}

int bc_error_cut(struct bc_error *reterr, uint64_t offset, const char *field, uint64_t wanted, uint64_t left)
{
	char expected[32];

	snprintf(expected, sizeof(expected), "%" PRIu64 " bytes", wanted);
	bc_error_at(reterr, BC_E_INPUT, offset, field, expected, "%" PRIu64 " bytes", left);
	bc_error_code(reterr, BC_LOG_TRUNCATED);
	return bc_error_message(reterr, BC_E_INPUT, "the log ends inside this record: read it again, whole");
}

int bc_error_nomem(struct bc_error *reterr)
{
	return bc_error_set(reterr, BC_E_NOMEM, "out of memory");
}

int bc_error_bug(struct bc_error *reterr, const char *what)
{
	return bc_error_set(reterr, BC_E_BUG, "internal error, please report: %s", what);
}

const char *bc_status_name(enum bc_status status)
{
	switch (status) {
	case BC_OK: return "ok";
	case BC_E_USAGE: return "usage";
	case BC_E_INPUT: return "input";
	case BC_E_UNSUPPORTED: return "unsupported";
	case BC_E_IO: return "io";
	case BC_E_TPM: return "tpm";
	case BC_E_NOMEM: return "memory";
	case BC_E_BUG: return "bug";
	}
	return "bug";
}

/* Texts of the object may have been escaped where they were made: backslashes stay single, everything else is made harmless. */
static size_t append_made(char *ret_text, size_t size, size_t used, const char *text)
{
	size_t part;

	for (;; text += part + 1) {
		part = strcspn(text, "\\");
		used = bc_append_escaped(ret_text, size, used, text, part);
		if (!text[part])
			return used;
		used = bc_append(ret_text, size, used, "\\");
	}
}

int bc_error_text(const struct bc_error *err, char *ret_text, size_t size)
{
	size_t used = 0;

	if (size)
		ret_text[0] = '\0';
	if (err->source[0]) {
		used = bc_append_escaped(ret_text, size, used, err->source, strlen(err->source));
		used = bc_append(ret_text, size, used, ": ");
	}
	if (err->number >= 0)
		used = bc_append(ret_text, size, used, "%s %lld", err->counter ? err->counter : "event", (long long)err->number);
	if (err->offset >= 0)
		used = bc_append(ret_text, size, used, "%s0x%llx", err->number >= 0 ? " at byte " : "byte ",
				 (unsigned long long)err->offset);
	if (err->number >= 0 || err->offset >= 0)
		used = bc_append(ret_text, size, used, ": ");
	if (err->pcr >= 0)
		used = bc_append(ret_text, size, used, "PCR %d: ", err->pcr);
	if (err->field)
		used = bc_append(ret_text, size, used, "field %s: ", err->field);
	used = append_made(ret_text, size, used, err->message);
	if (err->expected[0]) {
		used = bc_append(ret_text, size, used, ", expected ");
		used = append_made(ret_text, size, used, err->expected);
	}
	if (err->found[0]) {
		used = bc_append(ret_text, size, used, ", found ");
		used = append_made(ret_text, size, used, err->found);
	}
	return (int)used;
}

/* A JSON string of a text that may hold any byte: UTF-8 as it is, anything else escaped byte by byte first. */
size_t bc_append_json_text(char *ret_text, size_t size, size_t used, const char *text)
{
	char safe[4 * sizeof(((struct bc_error *)0)->source) + 1] = "";
	uint32_t code;
	size_t unsafe;

	if (!bc_is_utf8(text, strlen(text))) {
		bc_escape(text, strlen(text), safe, sizeof(safe));
		text = safe;
	}
	used = bc_append(ret_text, size, used, "\"");
	for (; *text; text += unsafe ? unsafe : 1) {
		unsafe = bc_unsafe(text, strlen(text), &code);
		if (unsafe)
			used = bc_append(ret_text, size, used, "\\u%04" PRIx32, code);
		else
			used = bc_append(ret_text, size, used, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
	return bc_append(ret_text, size, used, "\"");
}

static size_t append_json_member(char *ret_text, size_t size, size_t used, const char *key, const char *text)
{
	used = bc_append(ret_text, size, used, ",\"%s\":", key);
	if (!text || !text[0])
		return bc_append(ret_text, size, used, "null");
	return bc_append_json_text(ret_text, size, used, text);
}

static size_t append_json_number(char *ret_text, size_t size, size_t used, const char *key, int64_t number)
{
	if (number < 0)
		return bc_append(ret_text, size, used, ",\"%s\":null", key);
	return bc_append(ret_text, size, used, ",\"%s\":%lld", key, (long long)number);
}

int bc_error_json(const struct bc_error *err, const char *where, char *ret_text, size_t size)
{
	size_t used = bc_append(ret_text, size, 0, "{\"status\":\"%s\"", bc_status_name(err->status));

	if (where)
		used = append_json_member(ret_text, size, used, "where", where);
	used = append_json_member(ret_text, size, used, "code", err->code);
	used = append_json_member(ret_text, size, used, "source", err->source);
	used = append_json_number(ret_text, size, used, "offset", err->offset);
	used = append_json_number(ret_text, size, used, "event", err->number);
	used = append_json_number(ret_text, size, used, "pcr", err->pcr);
	used = append_json_member(ret_text, size, used, "field", err->field);
	used = append_json_member(ret_text, size, used, "expected", err->expected);
	used = append_json_member(ret_text, size, used, "found", err->found);
	used = append_json_member(ret_text, size, used, "message", err->message);
	return (int)bc_append(ret_text, size, used, "}");
}
