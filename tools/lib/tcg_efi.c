// SPDX-License-Identifier: BSD-2-Clause
/* Event data of EFI firmware as one line of text: variables, images, partition tables, tables, devices. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* GUIDs as they stand in an event: the first three parts little-endian. */
#define GUID_SIZE 16
static const uint8_t bootverify_guid[GUID_SIZE] = {	/* variables of our verification state */
	0xb9, 0x73, 0x1d, 0xe6, 0x84, 0xa3, 0xcc, 0x4a, 0xae, 0xab, 0x82, 0xe8, 0x28, 0xf3, 0x62, 0x8b
};

static struct bc_reader data_of(const struct bc_tcg_event *event)
{
	struct bc_reader reader;

	bc_reader_init(&reader, event->data, event->data_size, 0);
	return reader;
}

/* ---- variables ---- */

/* Is the UTF-16 name this ASCII text? */
static bool is_name(struct bc_reader name, const char *text)
{
	uint16_t unit;

	while (bc_get_le16(&name, &unit) && unit)
		if (!*text || unit != (unsigned char)*text++)
			return false;
	return !*text;
}

typedef size_t variable_text(struct bc_reader data, char *ret_text, size_t size, size_t used);

static size_t bytes_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	if (bc_printable(data.at, data.left)) {
		used = bc_append(ret_text, size, used, " ");
		return bc_append_escaped(ret_text, size, used, data.at, data.left);
	}
	return bc_append(ret_text, size, used, ", %zu bytes", data.left);
}

static size_t flag_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	if (bc_at_end(&data))
		return bc_append(ret_text, size, used, " not set");
	if (data.left != 1 || data.at[0] > 1)
		return bytes_text(data, ret_text, size, used);
	return bc_append(ret_text, size, used, data.at[0] ? " on" : " off");
}

static size_t order_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	const char *comma = " ";
	uint16_t number;

	for (; used < size && bc_get_le16(&data, &number); comma = ",")
		used = bc_append(ret_text, size, used, "%s%04X", comma, number);
	return used;
}

/* EFI_LOAD_OPTION (UEFI 2.10, 3.1.3). */
static size_t option_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	struct bc_reader start, description, path;
	uint32_t attributes;
	uint16_t path_size, unit = 0;

	if (!bc_get_le32(&data, &attributes) || !bc_get_le16(&data, &path_size))
		return bytes_text(data, ret_text, size, used);
	start = data;
	do {
		if (!bc_get_le16(&data, &unit))
			return bytes_text(start, ret_text, size, used);
	} while (unit);
	bc_reader_init(&description, start.at, start.left - data.left, 0);
	used = bc_append(ret_text, size, used, " ");
	used = bc_append_utf16(ret_text, size, used, description);
	if (!bc_get_sub(&data, path_size, &path))
		return bc_append(ret_text, size, used, " (broken)");
	used = bc_append(ret_text, size, used, ": ");
	used = bc_append_device_path(path, ret_text, size, used);
	return data.left ? bc_append(ret_text, size, used, ", %zu bytes for it", data.left) : used;
}

/* Kinds of EFI_SIGNATURE_LIST (UEFI 2.10, 32.4.1). */
static const struct { uint8_t guid[GUID_SIZE]; const char *name; } signature_kinds[] = {
	{ { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 }, "certificates" },
	{ { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 }, "SHA-256 hashes" },
	{ { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed }, "certificate hashes" },
};
#define KINDS BC_ARRAY_SIZE(signature_kinds)

static size_t kind_of(const uint8_t *guid)
{
	size_t i;

	for (i = 0; i < KINDS && memcmp(signature_kinds[i].guid, guid, GUID_SIZE); i++)
		;
	return i;
}

static size_t lists_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	uint32_t list_size, header_size, one_size;
	uint64_t count[KINDS + 1] = { 0 };
	struct bc_reader list, header;
	uint8_t guid[GUID_SIZE];
	const char *comma = " ";
	bool broken = false;
	size_t i;

	if (bc_at_end(&data))
		return bc_append(ret_text, size, used, " empty");
	while (!broken && !bc_at_end(&data)) {
		broken = !bc_get_bytes(&data, guid, sizeof(guid)) || !bc_get_le32(&data, &list_size) ||
			 !bc_get_le32(&data, &header_size) || !bc_get_le32(&data, &one_size) || list_size < GUID_SIZE + 12 ||
			 !one_size || !bc_get_sub(&data, list_size - GUID_SIZE - 12, &list) || !bc_get_sub(&list, header_size, &header);
		if (!broken)
			count[kind_of(guid)] += list.left / one_size;
	}
	for (i = 0; i <= KINDS; i++) {
		if (!count[i])
			continue;
		used = bc_append(ret_text, size, used, "%s%" PRIu64 " %s", comma, count[i], i < KINDS ? signature_kinds[i].name : "others");
		comma = ", ";
	}
	return broken ? bc_append(ret_text, size, used, " (broken)") : used;
}

/* EFI_SIGNATURE_DATA: who put it there, then a certificate or a hash. shim logs its own certificate bare, which begins as DER does. */
static size_t authority_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	const struct bc_reader start = data;

	if (data.left > 2 && data.at[0] == 0x30 && data.at[1] == 0x82)
		return bc_append(ret_text, size, used, ", a certificate of %zu bytes", data.left);
	used = bc_append(ret_text, size, used, " of owner ");
	if (!bc_append_guid(&data, ret_text, size, &used))
		return bytes_text(start, ret_text, size, used);
	return bc_append(ret_text, size, used, data.left == 32 ? ", a SHA-256 hash" : ", a certificate of %zu bytes", data.left);
}

static size_t fit_key_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	const char *hint, *algo;
	size_t hint_size, algo_size;

	if (!bc_get_string(&data, &hint, &hint_size) || !bc_get_string(&data, &algo, &algo_size))
		return bc_append(ret_text, size, used, ", %zu bytes", data.left);
	used = bc_append(ret_text, size, used, " ");
	used = bc_append_escaped(ret_text, size, used, hint, hint_size);
	used = bc_append(ret_text, size, used, " ");
	used = bc_append_escaped(ret_text, size, used, algo, algo_size);
	return bc_append(ret_text, size, used, ", %zu bytes of key", data.left);
}

static const struct { const char *name; bool ours; variable_text *text; } variables[] = {
	{ "FitKey", true, fit_key_text },
	{ "SecureBoot", false, flag_text }, { "SetupMode", false, flag_text }, { "AuditMode", false, flag_text },
	{ "DeployedMode", false, flag_text }, { "MokListTrusted", false, flag_text },
	{ "BootOrder", false, order_text }, { "DriverOrder", false, order_text },
	{ "PK", false, lists_text }, { "KEK", false, lists_text }, { "db", false, lists_text }, { "dbx", false, lists_text },
	{ "dbt", false, lists_text }, { "dbr", false, lists_text }, { "MokList", false, lists_text }, { "MokListX", false, lists_text },
};

/* Boot0001: four digits behind the word. */
static bool is_load_option(struct bc_reader name)
{
	static const char *const words[] = { "Boot", "Driver", "SysPrep" };
	struct bc_reader head, rest;
	uint16_t unit;
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(words); i++) {
		rest = name;
		if (!bc_get_sub(&rest, 2 * strlen(words[i]), &head) || !is_name(head, words[i]) || rest.left != 8)
			continue;
		while (bc_get_le16(&rest, &unit))
			if (!(unit >= '0' && unit <= '9') && !(unit >= 'A' && unit <= 'F') && !(unit >= 'a' && unit <= 'f'))
				return false;
		return true;
	}
	return false;
}

static variable_text *find_text(const struct bc_tcg_event *event, const uint8_t *guid, struct bc_reader name)
{
	const bool ours = !memcmp(guid, bootverify_guid, sizeof(bootverify_guid));
	size_t i;

	if (event->type == BC_EV_EFI_VARIABLE_AUTHORITY && (is_name(name, "db") || is_name(name, "Shim") || is_name(name, "MokList")))
		return authority_text;
	if (!ours && is_load_option(name))
		return option_text;
	for (i = 0; i < BC_ARRAY_SIZE(variables); i++)
		if (variables[i].ours == ours && is_name(name, variables[i].name))
			return variables[i].text;
	return bytes_text;
}

bool bc_tcg_variable_read(const struct bc_tcg_event *event, uint8_t *ret_guid, struct bc_reader *ret_name, struct bc_reader *ret_data)
{
	struct bc_reader reader = data_of(event);
	uint64_t name_units, data_size;

	return bc_get_bytes(&reader, ret_guid, GUID_SIZE) && bc_get_le64(&reader, &name_units) && bc_get_le64(&reader, &data_size) &&
	       name_units <= event->data_size && bc_get_sub(&reader, (size_t)name_units * 2, ret_name) &&
	       data_size <= event->data_size && bc_get_sub(&reader, (size_t)data_size, ret_data);
}

/* UEFI_VARIABLE_DATA (PFP 1.06, 10.2.6). */
size_t bc_decode_variable(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader name, data;
	uint8_t guid[GUID_SIZE];
	size_t used;

	if (!bc_tcg_variable_read(event, guid, &name, &data))
		return 0;
	used = bc_append_utf16(ret_text, size, 0, name);
	return find_text(event, guid, name)(data, ret_text, size, used);
}

/* ---- images, partitions, tables, devices ---- */

/* UEFI_IMAGE_LOAD_EVENT (PFP 1.06, 10.2.3). */
size_t bc_decode_image(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	uint64_t location, length, link_address, path_size;
	struct bc_reader reader = data_of(event), path;
	size_t used;

	if (!bc_get_le64(&reader, &location) || !bc_get_le64(&reader, &length) || !bc_get_le64(&reader, &link_address) ||
	    !bc_get_le64(&reader, &path_size) || path_size > reader.left || !bc_get_sub(&reader, (size_t)path_size, &path))
		return bc_decode_text(event, ret_text, size);
	used = bc_append_device_path(path, ret_text, size, 0);
	return bc_append(ret_text, size, used, "%s%" PRIu64 " bytes at 0x%" PRIx64, used ? ", " : "", length, location);
}

/* UEFI_GPT_DATA (PFP 1.06, 10.2.4): the header of the table (UEFI 2.10, 5.3.2), then the entries in use. */
size_t bc_decode_gpt(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event), header, entry, skipped;
	const char *comma = ": ";
	uint32_t entry_size;
	uint64_t count, i;
	size_t used;

	if (!bc_get_sub(&reader, 92, &header) || memcmp(header.at, "EFI PART", 8) || !bc_get_le64(&reader, &count) ||
	    !bc_get_sub(&header, 56, &skipped))
		return 0;
	used = bc_append(ret_text, size, 0, "disk ");
	if (!bc_append_guid(&header, ret_text, size, &used) || !bc_get_sub(&header, 12, &skipped) || !bc_get_le32(&header, &entry_size))
		return 0;
	used = bc_append(ret_text, size, used, ", %" PRIu64 " partitions", count);
	for (i = 0; i < count && used < size && entry_size >= 128 && bc_get_sub(&reader, entry_size, &entry); i++) {
		if (!bc_get_sub(&entry, 56, &skipped))
			break;
		used = bc_append(ret_text, size, used, "%s", comma);
		used = bc_append_utf16(ret_text, size, used, entry);
		comma = ", ";
	}
	return i < count && used < size ? bc_append(ret_text, size, used, " (broken)") : used;
}

static const struct { uint8_t guid[GUID_SIZE]; const char *name; } tables[] = {
	{ { 0x31, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d }, "SMBIOS" },
	{ { 0x44, 0x15, 0xfd, 0xf2, 0x94, 0x97, 0x2c, 0x4a, 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 }, "SMBIOS 3" },
	{ { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 }, "ACPI 2.0" },
	{ { 0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41, 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 }, "device tree" },
};

static size_t table_names(struct bc_reader reader, uint64_t count, char *ret_text, size_t size, size_t used)
{
	uint64_t address, i;
	struct bc_reader guid;
	size_t k;

	used = bc_append(ret_text, size, used, "%" PRIu64 " tables", count);
	for (i = 0; i < count && used < size && bc_get_sub(&reader, GUID_SIZE, &guid) && bc_get_le64(&reader, &address); i++) {
		used = bc_append(ret_text, size, used, "%s", i ? ", " : ": ");
		for (k = 0; k < BC_ARRAY_SIZE(tables) && memcmp(tables[k].guid, guid.at, GUID_SIZE); k++)
			;
		if (k < BC_ARRAY_SIZE(tables))
			used = bc_append(ret_text, size, used, "%s", tables[k].name);
		else if (!bc_append_guid(&guid, ret_text, size, &used))
			break;
	}
	return i < count && used < size ? bc_append(ret_text, size, used, " (broken)") : used;
}

/* UEFI_HANDOFF_TABLE_POINTERS (PFP 1.06, 10.2.7). */
size_t bc_decode_tables(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event);
	uint64_t count;

	if (!bc_get_le64(&reader, &count))
		return 0;
	return table_names(reader, count, ret_text, size, 0);
}

size_t bc_decode_tables2(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event), name;
	uint64_t count;
	uint8_t length;
	size_t used;

	if (!bc_get_u8(&reader, &length) || !bc_get_sub(&reader, length, &name) || !bc_get_le64(&reader, &count))
		return 0;
	used = bc_append_escaped(ret_text, size, 0, name.at, length ? strnlen((const char *)name.at, length) : 0);
	used = bc_append(ret_text, size, used, "%s", used ? ", " : "");
	return table_names(reader, count, ret_text, size, used);
}

/* DEVICE_SECURITY_EVENT_DATA (PFP 1.06, 10.2.7): what the device answered is hex. */
size_t bc_decode_spdm(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event), signature;
	uint16_t version;
	size_t used;

	if (!bc_get_sub(&reader, 16, &signature) || !bc_get_le16(&reader, &version) || memcmp(signature.at, "SPDM Device Sec", 15))
		return 0;
	used = bc_append_escaped(ret_text, size, 0, signature.at, strnlen((const char *)signature.at, signature.left));
	return bc_append(ret_text, size, used, ", version %u, %zu bytes", version, reader.left);
}

/* Platform that a reference manifest describes (PFP 1.06, 10.4.5.2), forms 1 to 3; signature is behind us. */
size_t bc_sp800_155_text(const char *signature, struct bc_reader reader, char *ret_text, size_t size)
{
	static const char *const names[] = { "platform ", " ", " ", ", firmware of " };
	struct bc_reader text;
	uint32_t vendor;
	uint8_t length;
	size_t used, i;

	used = bc_append_escaped(ret_text, size, 0, signature, strnlen(signature, 16));
	if (!bc_get_le32(&reader, &vendor))
		return bc_append(ret_text, size, used, " (broken)");
	used = bc_append(ret_text, size, used, ", vendor %" PRIu32 ", manifest ", vendor);
	if (!bc_append_guid(&reader, ret_text, size, &used))
		return bc_append(ret_text, size, used, " (broken)");
	for (i = 0; i < BC_ARRAY_SIZE(names) && bc_get_u8(&reader, &length) && bc_get_sub(&reader, length, &text); i++) {
		used = bc_append(ret_text, size, used, "%s%s", i ? "" : ", ", names[i]);
		used = bc_append_escaped(ret_text, size, used, text.at, length ? strnlen((const char *)text.at, length) : 0);
	}
	return used;
}
