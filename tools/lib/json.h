/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BC_JSON_H
#define BC_JSON_H

#include "internal.h"

/* Bytes of a document. */
#define BC_JSON_MAX (2u << 20)

struct json_object;
/* One JSON object and nothing behind it; the caller puts *ret_root. Errors: BC_E_INPUT. */
BC_MUST_CHECK int bc_json_parse_object(const uint8_t *text, size_t size, struct json_object **ret_root, struct bc_error *reterr);
/* BC_E_INPUT: value, NULL when it is not there, is not as expected. */
int bc_json_refuse(const char *field, const char *expected, struct json_object *value, struct bc_error *reterr);

#endif
