// SPDX-License-Identifier: BSD-2-Clause
/* Writers of text and JSON. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

/* Escaped in pieces: a name may be longer than any buffer. */
void print_escaped(FILE *file, const void *text, size_t size)
{
	const uint8_t *at = text;
	char safe[512];
	size_t done;

	while (size) {
		done = bc_escape(at, size, safe, sizeof(safe));
		fputs(safe, file);
		at += done;
		size -= done;
	}
}

void print_line(FILE *file, const char *line, int exit)
{
	const char *color = exit < 0 ? "" : exit == EXIT_DONE ? "\033[32m" : exit == EXIT_DIFFERENT ? "\033[31m" : "\033[33m";

	fprintf(file, "%s%s%s\n", color, line, exit < 0 ? "" : "\033[0m");
}

void print_hex(FILE *file, const void *data, size_t size)
{
	const uint8_t *at = data;
	char hex[2 * 64 + 1];
	size_t part;

	for (; size; size -= part, at += part) {
		part = size < 64 ? size : 64;
		bc_hex(at, part, hex);
		fputs(hex, file);
	}
}

/* ---- JSON ---- */

void json_begin(struct json *json, FILE *file)
{
	json->file = file;
	json->comma = false;
}

static void put_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static void put_key(struct json *json, const char *key)
{
	if (json->comma)
		fputc(',', json->file);
	json->comma = true;
	if (key) {
		put_string(json->file, key);
		fputc(':', json->file);
	}
}

void json_open(struct json *json, const char *key, char bracket)
{
	put_key(json, key);
	fputc(bracket, json->file);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	fputc(bracket, json->file);
	json->comma = true;
}

void json_end(struct json *json)
{
	fputc('\n', json->file);
	json->comma = false;
}

/* A valid UTF-8 text byte by byte: JSON is read on terminals too, so what bc_escape() escapes there is \uNNNN here. */
static void put_utf8(FILE *file, const uint8_t *text, size_t size)
{
	size_t i, unsafe;
	uint32_t code;

	fputc('"', file);
	for (i = 0; i < size; i++) {
		unsafe = bc_unsafe(text + i, size - i, &code);
		if (unsafe) {
			fprintf(file, "\\u%04" PRIx32, code);
			i += unsafe - 1;
		} else {
			if (text[i] == '"' || text[i] == '\\')
				fputc('\\', file);
			fputc(text[i], file);
		}
	}
	fputc('"', file);
}

void json_bytes(struct json *json, const char *key, const void *text, size_t size)
{
	const uint8_t *at = text;
	char safe[512];
	size_t done;

	put_key(json, key);
	if (bc_is_utf8(text, size)) {
		put_utf8(json->file, text, size);
		return;
	}
	fputc('"', json->file);
	while (size) {
		done = bc_escape(at, size, safe, sizeof(safe));
		at += done;
		size -= done;
		for (done = 0; safe[done]; done++)
			fprintf(json->file, safe[done] == '"' || safe[done] == '\\' ? "\\%c" : "%c", safe[done]);
	}
	fputc('"', json->file);
}

void json_text(struct json *json, const char *key, const char *text)
{
	if (text)
		json_bytes(json, key, text, strlen(text));
	else
		json_null(json, key);
}

void json_text_or_null(struct json *json, const char *key, const char *text)
{
	json_text(json, key, text && text[0] ? text : NULL);
}

void json_hex(struct json *json, const char *key, const void *data, size_t size)
{
	put_key(json, key);
	fputc('"', json->file);
	print_hex(json->file, data, size);
	fputc('"', json->file);
}

void json_number(struct json *json, const char *key, uint64_t number)
{
	put_key(json, key);
	fprintf(json->file, "%" PRIu64, number);
}

void json_number_or_null(struct json *json, const char *key, int64_t number)
{
	if (number < 0)
		json_null(json, key);
	else
		json_number(json, key, (uint64_t)number);
}

void json_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	fputs(value ? "true" : "false", json->file);
}

void json_null(struct json *json, const char *key)
{
	put_key(json, key);
	fputs("null", json->file);
}

void json_raw(struct json *json, const char *key, const char *text)
{
	put_key(json, key);
	fputs(text, json->file);
}

void json_finding(struct json *json, const char *key, const struct bc_finding *finding)
{
	const struct bc_code_info *info = bc_code_info(finding->code);

	json_open(json, key, '{');
	json_text(json, "severity", bc_severity_name(info->severity));
	json_text(json, "code", info->name);
	json_text(json, "source", finding->source);
	json_number_or_null(json, "event", finding->number);
	json_number_or_null(json, "offset", finding->offset);
	json_number_or_null(json, "pcr", finding->pcr);
	json_text_or_null(json, "expected", finding->expected);
	json_text_or_null(json, "found", finding->found);
	json_text(json, "message", finding->message);
	json_close(json, '}');
}

void json_findings(struct json *json, const char *key, const struct bc_findings *findings)
{
	size_t i;

	json_open(json, key, '[');
	for (i = 0; i < bc_findings_count(findings); i++)
		json_finding(json, NULL, bc_findings_at(findings, i));
	json_close(json, ']');
}

void json_pcrs(struct json *json, const char *key, const struct bc_pcrs *pcrs)
{
	char label[16], number[8];
	unsigned int pcr;
	size_t i;

	json_open(json, key, '{');
	for (i = 0; i < pcrs->count; i++) {
		json_open(json, bc_algorithm_label(pcrs->bank[i].alg, label), '{');
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			if (!(pcrs->bank[i].present >> pcr & 1))
				continue;
			snprintf(number, sizeof(number), "%u", pcr);
			json_hex(json, number, pcrs->bank[i].value[pcr], pcrs->bank[i].size);
		}
		json_close(json, '}');
	}
	json_close(json, '}');
}

void json_aggregate(struct json *json, const char *key, const struct bc_aggregate *aggregate)
{
	char text[16];

	json_open(json, key, '{');
	json_number(json, "entry", aggregate->entry);
	json_text(json, "name", aggregate->name);
	json_text(json, "bank", aggregate->found ? bc_algorithm_label(aggregate->bank, text) : NULL);
	snprintf(text, sizeof(text), "0-%u", aggregate->last_pcr);
	json_text(json, "pcrs", aggregate->found ? text : NULL);
	json_bool(json, "found", aggregate->found);
	json_bool(json, "checked", aggregate->checked);
	json_close(json, '}');
}

/* ---- text ---- */

static const char *const severity_colors[] = { "\033[36m", "\033[33m", "\033[31m" };

static void print_where(FILE *file, const struct bc_finding *finding)
{
	if (finding->source[0]) {
		print_escaped(file, finding->source, strlen(finding->source));
		fputs(finding->number < 0 && finding->offset < 0 && finding->pcr < 0 ? ": " : " ", file);
	}
	if (finding->number >= 0)
		fprintf(file, "%s %" PRId64, bc_finding_counter(finding), finding->number);
	if (finding->offset >= 0)
		fprintf(file, "%s0x%" PRIx64, finding->number >= 0 ? " at byte " : "byte ", finding->offset);
	if (finding->pcr >= 0)
		fprintf(file, "%sPCR %d", finding->number >= 0 || finding->offset >= 0 ? ", " : "", finding->pcr);
	if (finding->number >= 0 || finding->offset >= 0 || finding->pcr >= 0)
		fputs(": ", file);
}

/* A text that was escaped where it was made, or that is plain: backslashes stay single, everything else is made harmless. */
static void print_made(FILE *file, const char *text)
{
	size_t part;

	for (;; text += part + 1) {
		part = strcspn(text, "\\");
		print_escaped(file, text, part);
		if (!text[part])
			return;
		fputc('\\', file);
	}
}

/* A digest by its beginning, so that a line stays readable (JSON has it whole); other texts as they are. */
void print_short(FILE *file, const char *text)
{
	const size_t length = strlen(text);

	if (length >= 40 && strspn(text, "0123456789abcdef") == length)
		fprintf(file, "%.16s...", text);
	else
		print_made(file, text);
}

void print_finding(FILE *file, const struct bc_finding *finding, bool color)
{
	const struct bc_code_info *info = bc_code_info(finding->code);

	fprintf(file, "%s%s%s: %s: ", color ? severity_colors[info->severity] : "", bc_severity_name(info->severity),
		color ? "\033[0m" : "", info->name);
	print_where(file, finding);
	print_made(file, finding->message);
	if (finding->expected[0]) {
		fputs("; expected ", file);
		print_short(file, finding->expected);
	}
	if (finding->found[0]) {
		fputs("; found ", file);
		print_short(file, finding->found);
	}
	fputc('\n', file);
}

void print_findings(FILE *file, const struct bc_findings *findings, bool color)
{
	const struct bc_code_info *info;
	uint64_t dropped;
	size_t i;
	int code;

	for (i = 0; i < bc_findings_count(findings); i++)
		print_finding(file, bc_findings_at(findings, i), color);
	for (code = 0; code < BC_CODE_COUNT; code++) {
		info = bc_code_info((enum bc_code)code);
		dropped = bc_findings_dropped(findings, (enum bc_code)code);
		if (dropped)
			fprintf(file, "%s: %s: %" PRIu64 " more\n", bc_severity_name(info->severity), info->name, dropped);
	}
}
