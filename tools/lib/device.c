// SPDX-License-Identifier: BSD-2-Clause
/* What a verifier keeps about a device: its AK, and the time of the last quote that it has accepted. */
#include <json-c/json.h>
#include <string.h>

#include "json.h"

#define SCHEMA "bootchain/device/1"

static int malformed(const char *field, const char *expected, json_object *value, struct bc_error *reterr)
{
	return bc_error_message(reterr, bc_json_refuse(field, expected, value, reterr), "not of the form that a device file has");
}

static int read_ak(json_object *root, struct bc_device *device, struct bc_error *reterr)
{
	json_object *value = NULL;
	size_t digits;

	if (!json_object_object_get_ex(root, "ak", &value) || !json_object_is_type(value, json_type_string))
		return malformed("ak", "TPM2B_PUBLIC or TPMT_PUBLIC as hex", value, reterr);
	digits = (size_t)json_object_get_string_len(value);
	device->ak_size = digits / 2;
	if (!digits || digits % 2 || device->ak_size > sizeof(device->ak) ||
	    bc_unhex(json_object_get_string(value), digits, device->ak, device->ak_size, NULL) < 0)
		return malformed("ak", "TPM2B_PUBLIC or TPMT_PUBLIC as hex", value, reterr);
	return 0;
}

static int read_number(json_object *last, const char *key, uint64_t max, uint64_t *ret_number, struct bc_error *reterr)
{
	json_object *value = NULL;

	if (!json_object_object_get_ex(last, key, &value) || !json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0 || json_object_get_uint64(value) > max)
		return malformed(key, "a number, as in the quote of a verdict", value, reterr);
	*ret_number = json_object_get_uint64(value);
	return 0;
}

static int read_last(json_object *root, struct bc_device *device, struct bc_error *reterr)
{
	json_object *last = NULL;
	uint64_t resets = 0, restarts = 0;
	int r;

	if (!json_object_object_get_ex(root, "last", &last))
		return 0;
	if (!json_object_is_type(last, json_type_object))
		return malformed("last", "an object", last, reterr);
	r = read_number(last, "clock", UINT64_MAX, &device->clock, reterr);
	if (r == 0)
		r = read_number(last, "resets", UINT32_MAX, &resets, reterr);
	if (r == 0)
		r = read_number(last, "restarts", UINT32_MAX, &restarts, reterr);
	device->has_last = true;
	device->resets = (uint32_t)resets;
	device->restarts = (uint32_t)restarts;
	return r;
}

int bc_device_parse(const void *data, size_t size, struct bc_device *ret_device, struct bc_error *reterr)
{
	struct bc_device device = { 0 };
	json_object *root = NULL, *schema = NULL;
	int r;

	r = bc_json_parse_object(data, size, &root, reterr);
	if (r < 0)
		return r;
	if (!json_object_object_get_ex(root, "schema", &schema) || !json_object_is_type(schema, json_type_string) ||
	    strcmp(json_object_get_string(schema), SCHEMA))
		r = malformed("schema", SCHEMA, schema, reterr);
	if (r == 0)
		r = read_ak(root, &device, reterr);
	if (r == 0)
		r = read_last(root, &device, reterr);
	json_object_put(root);
	if (r == 0)
		*ret_device = device;
	return r;
}
