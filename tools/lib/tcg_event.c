// SPDX-License-Identifier: BSD-2-Clause
/* The event-type table: what each type is called, what its digest covers, how its data reads. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

#define EV_POST_CODE 0x00000001u
#define EV_S_CRTM_CONTENTS 0x00000007u
#define EV_POST_CODE2 0x00000013u

/* PFP 1.06, table 9 (10.4.1). Where firmware is known to hash only a part of the data, the row says part. */
static const struct bc_tcg_type types[] = {
	{ 0x00000000, "EV_PREBOOT_CERT", BC_COVERS_OTHER, 0, NULL, NULL },
	{ EV_POST_CODE, "EV_POST_CODE", BC_COVERS_OTHER, 0, bc_decode_blob, "firmware code" },
	{ 0x00000002, "EV_UNUSED", BC_COVERS_OTHER, 0, NULL, NULL },
	{ BC_EV_NO_ACTION, "EV_NO_ACTION", BC_COVERS_NOTHING, BC_TYPE_LATE, bc_decode_no_action, "note" },
	{ BC_EV_SEPARATOR, "EV_SEPARATOR", BC_COVERS_DATA, 0, bc_decode_separator, "separator" },
	{ BC_EV_ACTION, "EV_ACTION", BC_COVERS_DATA, 0, bc_decode_text, "action" },
	{ BC_EV_EVENT_TAG, "EV_EVENT_TAG", BC_COVERS_OTHER, BC_TYPE_OBJECT, bc_decode_tag, NULL },
	{ EV_S_CRTM_CONTENTS, "EV_S_CRTM_CONTENTS", BC_COVERS_OTHER, BC_TYPE_OBJECT, bc_decode_blob, "firmware" },
	{ BC_EV_S_CRTM_VERSION, "EV_S_CRTM_VERSION", BC_COVERS_DATA, 0, bc_decode_version, "version" },
	{ 0x00000009, "EV_CPU_MICROCODE", BC_COVERS_OTHER, 0, bc_decode_text, "microcode" },
	{ BC_EV_PLATFORM_CONFIG_FLAGS, "EV_PLATFORM_CONFIG_FLAGS", BC_COVERS_OTHER, 0, bc_decode_config, NULL },
	{ BC_EV_TABLE_OF_DEVICES, "EV_TABLE_OF_DEVICES", BC_COVERS_OTHER, BC_TYPE_OBJECT, bc_decode_tree, "table of devices" },
	{ BC_EV_COMPACT_HASH, "EV_COMPACT_HASH", BC_COVERS_OTHER, BC_TYPE_OBJECT | BC_TYPE_LATE, bc_decode_number, "compact hash" },
	{ BC_EV_IPL, "EV_IPL", BC_COVERS_PART, BC_TYPE_LATE, bc_decode_version, "boot loader" },
	{ 0x0000000e, "EV_IPL_PARTITION_DATA", BC_COVERS_OTHER, BC_TYPE_LATE, bc_decode_text, NULL },
	{ 0x0000000f, "EV_NONHOST_CODE", BC_COVERS_OTHER, 0, bc_decode_text, "code beside the host" },
	{ 0x00000010, "EV_NONHOST_CONFIG", BC_COVERS_OTHER, 0, bc_decode_text, "settings beside the host" },
	{ 0x00000011, "EV_NONHOST_INFO", BC_COVERS_OTHER, 0, bc_decode_nonhost, "information beside the host" },
	{ 0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS", BC_COVERS_DATA, BC_TYPE_LATE, bc_decode_text, NULL },
	{ EV_POST_CODE2, "EV_POST_CODE2", BC_COVERS_OTHER, BC_TYPE_OBJECT, bc_decode_blob2, NULL },
	/* Intel TXT (Software Development Guide, event log). Part: SINIT hashes the data itself, at least where TPM 2.0 logs were seen. */
	{ 0x00000401, "EV_TXT_PCR_MAPPING", BC_COVERS_OTHER, 0, NULL, "PCR mapping" },
	{ 0x00000402, "EV_TXT_HASH_START", BC_COVERS_PART, 0, NULL, "SINIT module" },
	{ 0x00000403, "EV_TXT_COMBINED_HASH", BC_COVERS_OTHER, 0, NULL, "combined hash" },
	{ 0x00000404, "EV_TXT_MLE_HASH", BC_COVERS_OTHER, 0, NULL, "launched environment" },
	{ 0x0000040a, "EV_TXT_BIOSAC_REG_DATA", BC_COVERS_PART, 0, NULL, "BIOS module registration" },
	{ 0x0000040b, "EV_TXT_CPU_SCRTM_STAT", BC_COVERS_PART, 0, NULL, "CPU S-CRTM status" },
	{ 0x0000040c, "EV_TXT_LCP_CONTROL_HASH", BC_COVERS_PART, 0, NULL, "launch policy control" },
	{ 0x0000040d, "EV_TXT_ELEMENTS_HASH", BC_COVERS_OTHER, 0, NULL, "launch policy elements" },
	{ 0x0000040e, "EV_TXT_STM_HASH", BC_COVERS_PART, 0, NULL, "SMI transfer monitor" },
	{ 0x0000040f, "EV_TXT_OSSINITDATA_CAP_HASH", BC_COVERS_PART, 0, NULL, "capabilities wanted" },
	{ 0x00000410, "EV_TXT_SINIT_PUBKEY_HASH", BC_COVERS_OTHER, 0, NULL, "SINIT signing key" },
	{ 0x00000411, "EV_TXT_LCP_HASH", BC_COVERS_OTHER, 0, NULL, "launch policy" },
	{ 0x00000412, "EV_TXT_LCP_DETAILS_HASH", BC_COVERS_PART, 0, NULL, "launch policy details" },
	{ 0x00000413, "EV_TXT_LCP_AUTHORITIES_HASH", BC_COVERS_PART, 0, NULL, "launch policy signers" },
	{ 0x00000414, "EV_TXT_NV_INFO_HASH", BC_COVERS_PART, 0, NULL, "NV indices" },
	{ 0x00000415, "EV_TXT_COLD_BOOT_BIOS_HASH", BC_COVERS_OTHER, 0, NULL, "cold boot firmware" },
	{ 0x00000416, "EV_TXT_KM_HASH", BC_COVERS_OTHER, 0, NULL, "key manifest" },
	{ 0x00000417, "EV_TXT_BPM_HASH", BC_COVERS_OTHER, 0, NULL, "boot policy manifest" },
	{ 0x00000418, "EV_TXT_KM_INFO_HASH", BC_COVERS_OTHER, 0, NULL, "key manifest information" },
	{ 0x00000419, "EV_TXT_BPM_INFO_HASH", BC_COVERS_OTHER, 0, NULL, "boot policy manifest information" },
	{ 0x0000041a, "EV_TXT_BOOT_POL_HASH", BC_COVERS_OTHER, 0, NULL, "boot policy" },
	{ 0x000004fe, "EV_TXT_RANDOM_VALUE", BC_COVERS_OTHER, 0, NULL, "random value" },
	{ 0x000004ff, "EV_TXT_CAP_VALUE", BC_COVERS_OTHER, 0, NULL, "cap" },
	{ BC_EV_EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG", BC_COVERS_DATA, 0, bc_decode_variable, "variable" },
	{ 0x80000002, "EV_EFI_VARIABLE_BOOT", BC_COVERS_PART, BC_TYPE_LATE, bc_decode_variable, "boot variable" },
	{ BC_EV_EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION", BC_COVERS_OTHER, BC_TYPE_OBJECT | BC_TYPE_LATE, bc_decode_image, "EFI application" },
	{ 0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER", BC_COVERS_OTHER, BC_TYPE_OBJECT | BC_TYPE_LATE, bc_decode_image, "EFI driver" },
	{ 0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER", BC_COVERS_OTHER, BC_TYPE_OBJECT | BC_TYPE_LATE, bc_decode_image, "EFI driver" },
	{ 0x80000006, "EV_EFI_GPT_EVENT", BC_COVERS_DATA, BC_TYPE_LATE, bc_decode_gpt, "partition table" },
	{ 0x80000007, "EV_EFI_ACTION", BC_COVERS_DATA, BC_TYPE_LATE, bc_decode_text, "action" },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB", BC_COVERS_OTHER, BC_TYPE_OBJECT, bc_decode_blob, "firmware" },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES", BC_COVERS_OTHER, 0, bc_decode_tables, "hand-off tables" },
	{ BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2", BC_COVERS_OTHER, BC_TYPE_OBJECT, bc_decode_blob2, NULL },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2", BC_COVERS_OTHER, 0, bc_decode_tables2, "hand-off tables" },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2", BC_COVERS_PART, BC_TYPE_LATE, bc_decode_variable, "boot variable" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2", BC_COVERS_OTHER, BC_TYPE_LATE, bc_decode_gpt, "partition table" },
	{ BC_EV_EFI_HCRTM_EVENT, "EV_EFI_HCRTM_EVENT", BC_COVERS_OTHER, 0, bc_decode_text, "H-CRTM" },
	{ BC_EV_EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY", BC_COVERS_PART, BC_TYPE_LATE, bc_decode_variable, "authority" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB", BC_COVERS_OTHER, 0, bc_decode_spdm, "device firmware" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG", BC_COVERS_OTHER, 0, bc_decode_spdm, "device configuration" },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY", BC_COVERS_PART, 0, bc_decode_variable, "device policy" },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY", BC_COVERS_PART, 0, bc_decode_variable, "device authority" },
};

/* Our tagged events (docs/measurements.md): text is hashed with the whole event field, a file alone. */
static const struct { uint32_t tag; bool text; const char *component; } tags[] = {
	{ 0x01, false, "environment" },
	{ 0x02, false, "script" },
	{ 0x03, false, "boot menu file" },
	{ 0x04, false, "imported environment" },
	{ 0x05, false, "container" },
	{ 0x06, true, "FIT configuration" },
	{ 0x07, false, "device tree" },
	{ 0x08, false, "overlay" },
	{ BC_TAG_CMDLINE, true, "command line" },
	{ BC_TAG_OPTIONS, true, "load options" },
};

const struct bc_tcg_type *bc_tcg_type_find(uint32_t type)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const char *bc_tcg_type_name(uint32_t type)
{
	const struct bc_tcg_type *row = bc_tcg_type_find(type);

	return row ? row->name : NULL;
}

bool bc_tcg_type_by_name(const char *name, uint32_t *ret_type)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(types); i++) {
		if (strcasecmp(types[i].name, name))
			continue;
		*ret_type = types[i].type;
		return true;
	}
	return false;
}

const char *bc_covers_name(enum bc_covers covers)
{
	switch (covers) {
	case BC_COVERS_DATA: return "data";
	case BC_COVERS_PART: return "part";
	case BC_COVERS_OTHER: return "other";
	case BC_COVERS_NOTHING: return "nothing";
	}
	return "other";
}

const struct bc_tcg_digest *bc_tcg_event_digest(const struct bc_tcg_event *event, uint16_t alg)
{
	size_t i;

	for (i = 0; i < event->digest_count; i++)
		if (event->digest[i].alg == alg)
			return &event->digest[i];
	return NULL;
}

bool bc_tcg_tag_read(const struct bc_tcg_event *event, uint32_t *ret_id, struct bc_reader *ret_payload)
{
	struct bc_reader reader;
	uint32_t size;

	if (event->type != BC_EV_EVENT_TAG)
		return false;
	bc_reader_init(&reader, event->data, event->data_size, 0);
	return bc_get_le32(&reader, ret_id) && bc_get_le32(&reader, &size) && bc_get_sub(&reader, size, ret_payload) &&
	       bc_at_end(&reader);
}

/* Row of tags, or -1. */
static int find_tag(const struct bc_tcg_event *event, struct bc_reader *ret_payload)
{
	uint32_t id;
	size_t i;

	if (!bc_tcg_tag_read(event, &id, ret_payload))
		return -1;
	for (i = 0; i < BC_ARRAY_SIZE(tags); i++)
		if (id == BC_TAG_BASE + tags[i].tag)
			return (int)i;
	return -1;
}

bool bc_tcg_event_tagged(const struct bc_tcg_event *event, uint32_t tag, const uint8_t **ret_data, size_t *ret_size)
{
	struct bc_reader payload;
	int row = find_tag(event, &payload);

	if (row < 0 || tags[row].tag != tag)
		return false;
	*ret_data = payload.at;
	*ret_size = payload.left;
	return true;
}

const char *bc_tcg_tag_name(const struct bc_tcg_event *event, bool *ret_text)
{
	struct bc_reader payload;
	int row = find_tag(event, &payload);

	if (row < 0)
		return NULL;
	*ret_text = tags[row].text;
	return tags[row].component;
}

static bool is_env_state(const struct bc_tcg_event *event)
{
	static const char label[] = "env-state";

	return event->type == BC_EV_PLATFORM_CONFIG_FLAGS && event->data_size >= sizeof(label) && !memcmp(event->data, label, sizeof(label));
}

bool bc_tcg_event_object(const struct bc_tcg_event *event, struct bc_reader *ret_object)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	struct bc_reader payload;
	const char *name;
	size_t size;
	int tag;

	if ((type && type->covers == BC_COVERS_DATA) || is_env_state(event) ||
	    (event->type == BC_EV_EVENT_TAG && bc_tcg_is_windows(event))) {	/* Windows hashes all items together */
		bc_reader_init(ret_object, event->data, event->data_size, 0);
		return true;
	}
	tag = find_tag(event, &payload);
	if (tag < 0)
		return false;
	if (tags[tag].text) {
		bc_reader_init(ret_object, event->data, event->data_size, 0);
		return true;
	}
	/* Name NUL, then nothing or the whole object: an empty file cannot be told from one that was left out. */
	if (!bc_get_string(&payload, &name, &size) || bc_at_end(&payload))
		return false;
	*ret_object = payload;
	return true;
}

/* EV_COMPACT_HASH with a number, as BitLocker writes it: the digest is that of the number. A text (U-Boot, Dell) names what was hashed. */
static bool is_number(const struct bc_tcg_event *event)
{
	return event->type == BC_EV_COMPACT_HASH && event->data_size == 4 && !bc_printable(event->data, event->data_size);
}

bool bc_tcg_is_old_variable(const struct bc_tcg_event *event)
{
	return event->type == BC_EV_EFI_VARIABLE_DRIVER_CONFIG && event->digest_count == 1 && event->digest[0].alg == BC_ALG_SHA1;
}

/*
 * Of a text, which may have one byte behind its NUL: the whole, and what follows "grub_cmd: ", "kernel_cmdline: " or (GRUB of RHEL 8 and its kin)
 * "grub_cmd ", each with and without its NUL. Result: how many, at most TEXT_PARTS.
 */
#define TEXT_PARTS 6
static size_t add_texts(const struct bc_reader *data, struct bc_reader *ret_parts)
{
	const uint8_t *nul = data->left ? memchr(data->at, 0, data->left) : NULL, *from;
	static const char *const leads[] = { "", ": ", " " };
	size_t i, count = 0;

	if (!nul || data->left - (size_t)(nul - data->at) > 2)
		return 0;
	for (i = 0; i < BC_ARRAY_SIZE(leads); i++) {
		from = memmem(data->at, (size_t)(nul - data->at), leads[i], strlen(leads[i]));
		if (!from)
			continue;
		from += strlen(leads[i]);
		bc_reader_init(&ret_parts[count++], from, (size_t)(nul - from), 0);
		bc_reader_init(&ret_parts[count++], from, (size_t)(nul - from) + 1, 0);
	}
	return count;
}
_Static_assert(TEXT_PARTS + 2 <= BC_PARTS_MAX, "room for the parts of a text");

size_t bc_tcg_event_parts(const struct bc_tcg_event *event, struct bc_reader *ret_parts)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	struct bc_reader name, data;
	uint8_t guid[16];
	size_t count = 0;

	if (!type || (type->covers != BC_COVERS_PART && !is_number(event) && !bc_tcg_is_old_variable(event)))
		return 0;
	bc_reader_init(&data, event->data, event->data_size, 0);
	ret_parts[count++] = data;
	if (is_number(event))
		return count;
	if (event->type != BC_EV_IPL) {		/* the variable alone: edk2 does so for EV_EFI_VARIABLE_BOOT, TPM 1.2 for all */
		if (bc_tcg_variable_read(event, guid, &name, &data))
			ret_parts[count++] = data;
		return count;
	}
	if (data.left >= 2 && !data.at[data.left - 1])	/* UTF-16 without its NUL */
		bc_reader_init(&ret_parts[count++], data.at, data.left - 2, 0);
	return count + add_texts(&data, ret_parts + count);
}

enum bc_covers bc_tcg_event_covers(const struct bc_tcg_event *event)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	struct bc_reader object;

	if (!type)
		return BC_COVERS_OTHER;
	if (bc_tcg_is_old_variable(event))
		return BC_COVERS_PART;
	if (type->covers != BC_COVERS_OTHER || !bc_tcg_event_object(event, &object))
		return type->covers;
	return object.left == event->data_size ? BC_COVERS_DATA : BC_COVERS_PART;
}

bool bc_tcg_blob2_read(const struct bc_tcg_event *event, struct bc_reader *ret_name, uint64_t *ret_base, uint64_t *ret_length)
{
	struct bc_reader reader;
	uint8_t size;

	if (event->type != BC_EV_EFI_PLATFORM_FIRMWARE_BLOB2 && event->type != EV_POST_CODE2 && event->type != EV_S_CRTM_CONTENTS)
		return false;
	bc_reader_init(&reader, event->data, event->data_size, 0);
	return bc_get_u8(&reader, &size) && bc_get_sub(&reader, size, ret_name) && bc_get_le64(&reader, ret_base) &&
	       bc_get_le64(&reader, ret_length) && bc_at_end(&reader);
}

bool bc_tcg_event_label(const struct bc_tcg_event *event, struct bc_reader *ret_label)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	uint64_t base, length;
	struct bc_reader payload, name;

	if (!type || !(type->flags & BC_TYPE_OBJECT) || is_number(event))
		return false;
	if (event->type == BC_EV_EVENT_TAG) {
		if (find_tag(event, &payload) < 0)
			return false;
		*ret_label = payload;
		return true;
	}
	bc_reader_init(ret_label, event->data, event->data_size, 0);
	if (bc_tcg_event_fdt_rule(event))
		ret_label->left = sizeof("dts");
	else if (bc_tcg_blob2_read(event, &name, &base, &length))
		*ret_label = name;
	return true;
}

int bc_tcg_event_locality(const struct bc_tcg_event *event)
{
	static const char signature[16] = "StartupLocality";
	char found[sizeof(signature)];
	struct bc_reader reader;
	uint8_t locality;

	if (event->type != BC_EV_NO_ACTION)
		return -1;
	bc_reader_init(&reader, event->data, event->data_size, 0);
	if (!bc_get_bytes(&reader, found, sizeof(found)) || memcmp(found, signature, sizeof(found)) ||
	    !bc_get_u8(&reader, &locality) || !bc_at_end(&reader))
		return -1;
	return locality;
}

const char *bc_tcg_event_fdt_rule(const struct bc_tcg_event *event)
{
	struct bc_reader reader;
	const char *name, *rule;
	size_t size;

	if (event->type != BC_EV_TABLE_OF_DEVICES)
		return NULL;
	bc_reader_init(&reader, event->data, event->data_size, 0);
	if (!bc_get_string(&reader, &name, &size) || strcmp(name, "dts") || !bc_get_string(&reader, &rule, &size) || !size ||
	    !bc_at_end(&reader))
		return NULL;
	return rule;
}

size_t bc_tcg_event_text(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	size_t length = 0;

	if (size)
		ret_text[0] = '\0';
	if (type && type->decode)
		length = type->decode(event, ret_text, size);
	if (!length && size)
		ret_text[0] = '\0';
	return length;
}

/* What we call the blobs that we measure; others are called as their label says. */
static const char *blob_component(const struct bc_reader *name)
{
	static const struct { const char *label, *component; } blobs[] = { { "linux", "kernel" }, { "initrd", "initrd" } };
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(blobs); i++)
		if (name->left == strlen(blobs[i].label) + 1 && !memcmp(name->at, blobs[i].label, name->left))
			return blobs[i].component;
	return NULL;
}

static const char *known_component(const struct bc_tcg_event *event, const struct bc_tcg_type *type)
{
	uint64_t base, length;
	struct bc_reader name;
	const char *tag;
	bool text;

	if (bc_tcg_blob2_read(event, &name, &base, &length))
		return blob_component(&name);
	tag = bc_tcg_tag_name(event, &text);
	if (tag)
		return tag;
	if (bc_tcg_event_fdt_rule(event))
		return "final tree";
	if (is_env_state(event))
		return "environment state";
	return type ? type->component : NULL;
}

const char *bc_tcg_event_component(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	const char *component = known_component(event, type);
	uint64_t base, length;
	struct bc_reader name;

	if (component)
		snprintf(ret_text, size, "%s", component);
	else if (bc_tcg_blob2_read(event, &name, &base, &length) && name.left > 1)
		bc_escape(name.at, name.left - 1, ret_text, size);
	else if (type)
		snprintf(ret_text, size, "%s", type->name);
	else
		snprintf(ret_text, size, "event type 0x%08x", event->type);
	return ret_text;
}
