// SPDX-License-Identifier: BSD-2-Clause
/* What the readers of JSON documents share: evidence.json, a device's file, canonical event logs. */
#include <json-c/json.h>

#include "json.h"

/* Our documents nest four levels; json-c refuses deeper text before it costs anything. */
#define DEPTH_MAX 8

int bc_json_parse_object(const uint8_t *text, size_t size, struct json_object **ret_root, struct bc_error *reterr)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *root;
	int r = 0;

	if (!tokener)
		return bc_error_nomem(reterr);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	while (size && (text[size - 1] == '\n' || text[size - 1] == ' '))
		size--;
	root = size <= BC_JSON_MAX ? json_tokener_parse_ex(tokener, (const char *)text, (int)size) : NULL;
	/* json-c calls it success when it had no memory to begin with. */
	if (size && size <= BC_JSON_MAX && json_tokener_get_error(tokener) == json_tokener_success &&
	    !json_tokener_get_parse_end(tokener)) {
		r = bc_error_nomem(reterr);
	} else if (!json_object_is_type(root, json_type_object) || json_tokener_get_parse_end(tokener) != size) {
		r = bc_error_at(reterr, BC_E_INPUT, json_tokener_get_parse_end(tokener), "JSON", "one object, and nothing behind it", "%s",
				size > BC_JSON_MAX ? "more than 2 MiB" : json_tokener_get_error(tokener) == json_tokener_success ?
				"something else" : json_tokener_error_desc(json_tokener_get_error(tokener)));
		json_object_put(root);
	} else {
		*ret_root = root;
	}
	json_tokener_free(tokener);
	return r;
}

int bc_json_refuse(const char *field, const char *expected, struct json_object *value, struct bc_error *reterr)
{
	const char *text = value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) : NULL;

	return bc_error_found(reterr, BC_E_INPUT, field, expected, "%.100s", text ? text : "nothing");
}
