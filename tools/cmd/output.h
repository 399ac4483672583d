/* SPDX-License-Identifier: BSD-2-Clause */
/* Text and JSON on a FILE: every string that goes through here is hostile and comes out harmless. */
#ifndef BOOTCHAIN_OUTPUT_H
#define BOOTCHAIN_OUTPUT_H

#include <stdio.h>

#include "bootchain.h"
#include "cmd.h"

/* A JSON document written from front to back; key is NULL inside arrays and for the document itself. */
struct json {
	FILE *file;
	bool comma;		/* the next value wants one in front */
};

void json_begin(struct json *json, FILE *file);
void json_open(struct json *json, const char *key, char bracket);	/* '{' or '[' */
void json_close(struct json *json, char bracket);			/* '}' or ']' */
void json_end(struct json *json);					/* newline */
/* size bytes: UTF-8 as it is (JSON-escaped), other bytes as \xNN text. */
void json_bytes(struct json *json, const char *key, const void *text, size_t size);
void json_text(struct json *json, const char *key, const char *text);		/* NULL = null */
void json_text_or_null(struct json *json, const char *key, const char *text);	/* "" = null too */
void json_hex(struct json *json, const char *key, const void *data, size_t size);
void json_number(struct json *json, const char *key, uint64_t number);
void json_number_or_null(struct json *json, const char *key, int64_t number);	/* negative = null */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* text is JSON already (of bc_error_json()). */
void json_raw(struct json *json, const char *key, const char *text);
/* F of FORMATS 5. */
void json_finding(struct json *json, const char *key, const struct bc_finding *finding);
/* "findings":[...] */
void json_findings(struct json *json, const char *key, const struct bc_findings *findings);
/* {alg:{pcr:hex}} of the present values. */
void json_pcrs(struct json *json, const char *key, const struct bc_pcrs *pcrs);
/* {"entry","name","bank","pcrs","found"}. */
void json_aggregate(struct json *json, const char *key, const struct bc_aggregate *aggregate);

/* Escaped bytes of any length. */
void print_escaped(FILE *file, const void *text, size_t size);
/* A line that was escaped where it was made, green, red or yellow for exit 0, 1, 3; exit -1: no colour. */
void print_line(FILE *file, const char *line, int exit);
void print_hex(FILE *file, const void *data, size_t size);
/* A digest cut to its beginning, any other text escaped. */
void print_short(FILE *file, const char *text);
/* "warning: PROMPT: log event 7 at byte 0x1f40, PCR 4: message" */
void print_finding(FILE *file, const struct bc_finding *finding, bool color);
void print_findings(FILE *file, const struct bc_findings *findings, bool color);

/* verdict.c: fdt_name may be NULL without a tree; accepted ends with NULL; error_where is "evidence", "reference" or "local". */
void verdict_print_text(const struct cmd_args *args, const struct bc_verdict *verdict, const char *fdt_name);
void verdict_print_json(const struct bc_verdict *verdict, const char *const *accepted, const char *error_where);

#endif
