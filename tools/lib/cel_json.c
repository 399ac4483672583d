// SPDX-License-Identifier: BSD-2-Clause
/*
 * A record of a canonical event log in JSON (CEL 1.0, 5.3): records in an array, or one behind the other with RS and newlines around them (RFC
 * 7464), as systemd writes /run/log/systemd/tpm2-measure.log.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cel.h"
#include "json.h"

#define RECORD_SEPARATOR 0x1e
/* A record in the window: its data in hex, and what stands around it. Without data it has some hundred bytes. */
#define RECORD_MAX (2 * (size_t)BC_EVENT_DATA_MAX + 65536)
#define FIRST_WINDOW 4096
/* Objects in objects; a record has three levels. */
#define DEPTH_MAX 16
#define RTMR_COUNT 4

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == RECORD_SEPARATOR;
}

bool bc_cel_json_begins(const uint8_t *data, size_t size)
{
	size_t i = 0;

	while (i < size && (is_blank(data[i]) || data[i] == '['))
		i++;
	return i < size && data[i] == '{';
}

/* ---- where a record ends ---- */

/* Length of the object at the start of bytes; 0 when it does not end here. *ret_deep: no record is nested like this. */
static size_t object_length(const uint8_t *bytes, size_t size, bool *ret_deep)
{
	bool in_string = false, escaped = false;
	unsigned int depth = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (in_string) {
			in_string = escaped || bytes[i] != '"';
			escaped = !escaped && bytes[i] == '\\';
		} else if (bytes[i] == '"') {
			in_string = true;
		} else if (bytes[i] == '{' || bytes[i] == '[') {
			*ret_deep = ++depth > DEPTH_MAX;
			if (*ret_deep)
				return 0;
		} else if ((bytes[i] == '}' || bytes[i] == ']') && !--depth) {
			return i + 1;
		}
	}
	return 0;
}

static int refused(const struct bc_cel_log *log, struct bc_error *reterr, const char *expected, const char *found)
{
	return bc_error_at(reterr, BC_E_INPUT, log->record.offset, "record", expected, "%s", found);
}

static int cut(const struct bc_cel_log *log, struct bc_error *reterr, const char *expected)
{
	refused(log, reterr, expected, "the end of the log");
	if (reterr)
		bc_copy_text(reterr->message, sizeof(reterr->message), "the log ends inside this record: read it again, whole");
	bc_error_code(reterr, BC_LOG_TRUNCATED);
	return BC_E_INPUT;
}

/* Consume what stands between records. Result: 1 when a record begins here, 0 at the end. */
static int skip_between(struct bc_cel_log *log, struct bc_error *reterr)
{
	bool comma = false;
	const uint8_t *bytes;
	size_t size;
	int r;

	for (;;) {
		r = bc_stream_peek(log->stream, 1, &bytes, &size, reterr);
		if (r < 0)
			return r;
		log->record.offset = bc_stream_offset(log->stream);
		if (!size) {
			return log->in_array ? cut(log, reterr, "the end of the array") : 0;
		}
		if (bytes[0] == '{')
			break;
		if (bytes[0] == '[' && !log->in_array && !log->array_ended && !log->next)
			log->in_array = true;
		else if (bytes[0] == ']' && log->in_array && !comma) {
			log->in_array = false;
			log->array_ended = true;
		} else if (bytes[0] == ',' && log->in_array && log->next && !comma) {
			comma = true;
		} else if (!is_blank(bytes[0])) {
			return refused(log, reterr, "a record or the end of the log", "something else");
		}
		r = bc_stream_skip(log->stream, 1, reterr);
		if (r < 0)
			return r;
	}
	if (log->array_ended || (log->in_array && log->next && !comma))
		return refused(log, reterr, "a comma or the end of the log", "a record");
	return 1;
}

/* The whole object in the window. */
static int find_object(struct bc_cel_log *log, const uint8_t **ret_bytes, struct bc_error *reterr)
{
	size_t size, want = FIRST_WINDOW, length;
	bool deep = false;
	int r;

	for (;;) {
		r = bc_stream_peek(log->stream, want, ret_bytes, &size, reterr);
		if (r < 0)
			return r;
		length = object_length(*ret_bytes, size, &deep);
		if (length || deep || size < want || size > RECORD_MAX)
			break;
		want = 2 * size;
	}
	if (deep)
		return refused(log, reterr, "at most 16 levels of objects", "more");
	if (length && length <= RECORD_MAX) {
		log->record.size = length;
		return 0;
	}
	if (size > RECORD_MAX)
		return refused(log, reterr, "a record with at most 16 MiB of data", "more");
	return cut(log, reterr, "the end of the record");
}

/* ---- what is in it ---- */

/* A number, or "0x000b". */
static bool get_number(struct json_object *value, uint64_t max, uint64_t *ret_number)
{
	const char *text;
	char *end;
	int64_t number;

	if (json_object_is_type(value, json_type_int)) {
		number = json_object_get_int64(value);
		*ret_number = (uint64_t)number;
		return number >= 0 && *ret_number <= max;
	}
	if (!json_object_is_type(value, json_type_string))
		return false;
	text = json_object_get_string(value);
	if (strncmp(text, "0x", 2) || !text[2] || strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2) || strlen(text) > 18)
		return false;
	*ret_number = strtoull(text, &end, 16);
	return !*end && *ret_number <= max;
}

static bool get_algorithm(struct json_object *value, uint16_t *ret_alg)
{
	const struct bc_algorithm *row = NULL;
	uint64_t number;

	if (json_object_is_type(value, json_type_string))
		row = bc_algorithm_by_name(json_object_get_string(value), (size_t)json_object_get_string_len(value));
	if (row)
		*ret_alg = row->id;
	else if (get_number(value, UINT16_MAX, &number))
		*ret_alg = (uint16_t)number;
	else
		return false;
	return true;
}

static int read_digests(struct bc_cel_log *log, struct json_object *list, struct bc_error *reterr)
{
	struct bc_cel_record *record = &log->record;
	struct json_object *item, *alg_value, *hex;
	uint16_t alg;
	size_t i, size;
	int r = 0;

	if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > BC_BANKS_MAX)
		return bc_json_refuse("digests", "an array of at most 16 digests", list, reterr);
	for (i = 0; r == 0 && i < json_object_array_length(list); i++) {
		item = json_object_array_get_idx(list, i);
		if (!json_object_object_get_ex(item, "hashAlg", &alg_value) || !json_object_object_get_ex(item, "digest", &hex) ||
		    !get_algorithm(alg_value, &alg) || !json_object_is_type(hex, json_type_string))
			return bc_json_refuse("digests", "hashAlg, one that is known, and digest, its hex", item, reterr);
		size = (size_t)json_object_get_string_len(hex) / 2;
		if (size > BC_DIGEST_MAX ||
		    bc_unhex(json_object_get_string(hex), (size_t)json_object_get_string_len(hex), log->digests[i], size, NULL) < 0)
			return bc_json_refuse("digests", "at most 128 hex digits", hex, reterr);
		r = bc_cel_add_digest(record, alg, log->digests[i], size, record->offset, reterr);
	}
	return r;
}

/* Bytes of a hex text. Result: 1, or 0 when it is none. */
static int get_hex(struct bc_cel_log *log, struct json_object *value, struct bc_error *reterr)
{
	size_t length;
	uint8_t *data;

	if (!json_object_is_type(value, json_type_string))
		return 0;
	length = (size_t)json_object_get_string_len(value);
	data = malloc(length / 2 + 1);
	if (!data)
		return bc_error_nomem(reterr);
	if (bc_unhex(json_object_get_string(value), length, data, length / 2, NULL) < 0) {
		free(data);
		return 0;
	}
	free(log->data);
	log->data = data;
	log->record.data = data;
	log->record.data_size = length / 2;
	return 1;
}

/* "EV_EFI_ACTION", "ev_efi_action", "efi-action", or a number. */
static bool get_event_type(struct json_object *value, uint32_t *ret_type)
{
	char name[64] = "EV_";
	const char *text;
	uint64_t number;
	size_t i;

	if (get_number(value, UINT32_MAX, &number)) {
		*ret_type = (uint32_t)number;
		return true;
	}
	if (!json_object_is_type(value, json_type_string))
		return false;
	text = json_object_get_string(value);
	bc_copy_text(name + 3, sizeof(name) - 3, strncasecmp(text, "EV_", 3) ? text : text + 3);
	for (i = 0; name[i]; i++)
		if (name[i] == '-')
			name[i] = '_';
	return bc_tcg_type_by_name(name, ret_type);
}

/* Result: 1, or 0 when the content is not of its form. */
static int read_known(struct bc_cel_log *log, struct json_object *content, struct bc_error *reterr)
{
	struct bc_cel_record *record = &log->record;
	struct json_object *first = NULL, *second = NULL;

	switch (record->content) {
	case BC_CEL_FIRMWARE:
		if (!json_object_object_get_ex(content, "event_type", &first) || !get_event_type(first, &record->event_type) ||
		    !json_object_object_get_ex(content, "event_data", &second))
			return 0;
		return get_hex(log, second, reterr);
	case BC_CEL_IMA_TEMPLATE:
		if (!json_object_object_get_ex(content, "template_name", &first) || !json_object_is_type(first, json_type_string) ||
		    !bc_ima_template_name_valid((const uint8_t *)json_object_get_string(first), (size_t)json_object_get_string_len(first)) ||
		    !json_object_object_get_ex(content, "template_data", &second))
			return 0;
		record->template_name = json_object_get_string(first);
		return get_hex(log, second, reterr);
	case BC_CEL_SYSTEMD:
		if (!json_object_object_get_ex(content, "string", &first) || !json_object_is_type(first, json_type_string))
			return 0;
		if (json_object_object_get_ex(content, "eventType", &second) && json_object_is_type(second, json_type_string))
			record->event_name = json_object_get_string(second);
		record->data = (const uint8_t *)json_object_get_string(first);
		record->data_size = (size_t)json_object_get_string_len(first);
		return 1;
	case BC_CEL_MANAGEMENT:
	case BC_CEL_OTHER:
		break;
	}
	return 0;
}

/* Content that is not of its form stays what it is: text of JSON, of nobody's type. */
static int read_content(struct bc_cel_log *log, struct json_object *object, struct bc_error *reterr)
{
	struct bc_cel_record *record = &log->record;
	struct json_object *type = NULL, *content = NULL;
	const char *text;
	uint64_t number = 0;
	int r;

	json_object_object_get_ex(object, "content", &content);
	if (json_object_object_get_ex(object, "content_type", &type) && get_number(type, UINT32_MAX, &number))
		bc_cel_set_content(record, (uint32_t)number, NULL);
	else
		bc_cel_set_content(record, 0, json_object_is_type(type, json_type_string) ? json_object_get_string(type) : "");
	r = json_object_is_type(content, json_type_object) ? read_known(log, content, reterr) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	if (record->content != BC_CEL_MANAGEMENT)
		bc_cel_set_content(record, 0, "");
	record->event_name = NULL;
	record->template_name = NULL;
	text = content ? json_object_to_json_string_ext(content, JSON_C_TO_STRING_PLAIN) : "";
	if (!text)
		return bc_error_nomem(reterr);
	record->data = (const uint8_t *)text;
	record->data_size = strlen(text);
	return 0;
}

/* What was extended: a PCR; a register of systemd on a TDX guest, n + 1 in the numbers of a CCEL log; or an NV index, which has a name there. */
static int read_place(struct bc_cel_log *log, struct bc_error *reterr)
{
	struct bc_cel_record *record = &log->record;
	struct json_object *value, *content;
	uint64_t number = 0;

	if (json_object_object_get_ex(log->object, "pcr", &value)) {
		record->has_pcr = get_number(value, BC_PCR_COUNT - 1, &number);
		record->pcr = (uint32_t)number;
		return record->has_pcr ? 0 : bc_json_refuse("pcr", "a PCR of 0-23", value, reterr);
	}
	if (json_object_object_get_ex(log->object, "rtmr", &value)) {
		record->has_pcr = record->is_register = get_number(value, RTMR_COUNT - 1, &number);
		record->pcr = (uint32_t)number + 1;
		return record->has_pcr ? 0 : bc_json_refuse("rtmr", "an RTMR of 0-3", value, reterr);
	}
	if (json_object_object_get_ex(log->object, "nv_index", &value) || json_object_object_get_ex(log->object, "nvIndex", &value)) {
		if (!get_number(value, UINT32_MAX, &number))
			return bc_json_refuse("nv_index", "the number of an NV index", value, reterr);
		record->nv_index = (uint32_t)number;
		return 0;
	}
	if (json_object_object_get_ex(log->object, "content", &content) && json_object_is_type(content, json_type_object) &&
	    json_object_object_get_ex(content, "nvIndexName", &value))
		return 0;
	return bc_json_refuse("pcr", "a PCR or an NV index", NULL, reterr);
}

static int read_members(struct bc_cel_log *log, struct bc_error *reterr)
{
	struct bc_cel_record *record = &log->record;
	struct json_object *value;
	int r;

	if (json_object_object_get_ex(log->object, "recnum", &value)) {
		record->has_recnum = get_number(value, INT64_MAX, &record->recnum);
		if (!record->has_recnum)
			return bc_json_refuse("recnum", "a number", value, reterr);
	}
	r = read_place(log, reterr);
	if (r < 0)
		return r;
	if (!json_object_object_get_ex(log->object, "digests", &value))
		return bc_json_refuse("digests", "digests", NULL, reterr);
	r = read_digests(log, value, reterr);
	return r < 0 ? r : read_content(log, log->object, reterr);
}

int bc_cel_json_read(struct bc_cel_log *log, struct bc_error *reterr)
{
	struct json_tokener *tokener;
	const uint8_t *bytes;
	int r;

	r = skip_between(log, reterr);
	if (r <= 0)
		return r;
	r = find_object(log, &bytes, reterr);
	if (r < 0)
		return r;
	tokener = json_tokener_new_ex(DEPTH_MAX + 1);
	if (!tokener)
		return bc_error_nomem(reterr);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json_object_put(log->object);
	log->object = json_tokener_parse_ex(tokener, (const char *)bytes, (int)log->record.size);
	if (!log->object && json_tokener_get_error(tokener) == json_tokener_success)	/* an object was begun: only memory can lack */
		r = bc_error_nomem(reterr);
	else if (!log->object)
		r = bc_error_found(reterr, BC_E_INPUT, "record", "JSON", "%s", json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	if (r == 0)
		r = read_members(log, reterr);
	return r < 0 ? r : 1;
}
