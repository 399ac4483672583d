// SPDX-License-Identifier: BSD-2-Clause
/* Event data as one line of text; each decoder answers 0 when the data is not of its form. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static struct bc_reader data_of(const struct bc_tcg_event *event)
{
	struct bc_reader reader;

	bc_reader_init(&reader, event->data, event->data_size, 0);
	return reader;
}

/* Up to the first NUL, if only NULs follow; the whole otherwise. */
static size_t text_size(const struct bc_reader *reader)
{
	const uint8_t *nul = reader->left ? memchr(reader->at, 0, reader->left) : NULL;

	if (!nul || !bc_all_bytes(nul, reader->left - (size_t)(nul - reader->at), 0))
		return reader->left;
	return (size_t)(nul - reader->at);
}

static bool printable(const struct bc_reader *reader, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if ((reader->at[i] < 0x20 && reader->at[i] != '\n' && reader->at[i] != '\t') || reader->at[i] == 0x7f)
			return false;
	return size && bc_is_utf8(reader->at, size);
}

size_t bc_decode_text(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_reader reader = data_of(event);
	const size_t length = text_size(&reader);

	return printable(&reader, length) ? bc_append_escaped(ret_text, size, 0, reader.at, length) : 0;
}

/* UTF-16LE, ASCII shown as it is and everything else as \uNNNN; a NUL ends it. */
static size_t append_utf16(char *ret_text, size_t size, size_t used, struct bc_reader reader)
{
	uint16_t unit;

	while (bc_get_le16(&reader, &unit) && unit)
		used = bc_append(ret_text, size, used, unit >= 0x20 && unit < 0x7f && unit != '\\' ? "%c" : "\\u%04x", unit);
	return used;
}

/* EV_S_CRTM_VERSION is text of the firmware's taste: ASCII or UTF-16. A GUID or other binary value has no text. */
size_t bc_decode_version(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_reader reader = data_of(event);
	size_t i;

	if (reader.left >= 2 && reader.left % 2 == 0) {
		for (i = 0; i < reader.left; i += 2)
			if (reader.at[i + 1] || (reader.at[i] && (reader.at[i] < 0x20 || reader.at[i] > 0x7e)))
				break;
		if (i == reader.left && reader.at[0])
			return append_utf16(ret_text, size, 0, reader);
	}
	return bc_decode_text(event, ret_text, size);
}

size_t bc_decode_separator(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event);
	uint32_t value;

	if (!bc_get_le32(&reader, &value) || !bc_at_end(&reader))
		return 0;
	if (value == UINT32_MAX)
		return bc_append(ret_text, size, 0, "closed");
	if (value == 0)
		return bc_append(ret_text, size, 0, "closed by EFI code");
	if (value == 1)
		return bc_append(ret_text, size, 0, "closed after a failure");
	return 0;
}

static size_t spec_id_text(struct bc_reader reader, char *ret_text, size_t size)
{
	uint8_t minor, major, errata, uintn;
	uint32_t class, count, i;
	uint16_t alg, length;
	char label[16];
	size_t used;

	if (!bc_get_le32(&reader, &class) || !bc_get_u8(&reader, &minor) || !bc_get_u8(&reader, &major) ||
	    !bc_get_u8(&reader, &errata) || !bc_get_u8(&reader, &uintn) || !bc_get_le32(&reader, &count))
		return 0;
	used = bc_append(ret_text, size, 0, "Spec ID Event03, version %u.%u errata %u, banks", major, minor, errata);
	for (i = 0; i < count && bc_get_le16(&reader, &alg) && bc_get_le16(&reader, &length); i++)
		used = bc_append(ret_text, size, used, " %s", bc_algorithm_label(alg, label));
	return used;
}

size_t bc_decode_no_action(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const int locality = bc_tcg_event_locality(event);
	struct bc_reader reader = data_of(event);
	char signature[16];

	if (locality >= 0)
		return bc_append(ret_text, size, 0, "StartupLocality %d", locality);
	if (!bc_get_bytes(&reader, signature, sizeof(signature)))
		return bc_decode_text(event, ret_text, size);
	if (!memcmp(signature, "Spec ID Event03", sizeof(signature)))
		return spec_id_text(reader, ret_text, size);
	return bc_append_escaped(ret_text, size, 0, signature, strnlen(signature, sizeof(signature)));
}

size_t bc_decode_tag(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader payload;
	const char *component, *name;
	size_t used, length;
	uint32_t id;
	bool text;

	if (!bc_tcg_tag_read(event, &id, &payload))
		return 0;
	component = bc_tcg_tag_name(event, &text);
	if (!component)
		return bc_append(ret_text, size, 0, "tag 0x%08" PRIx32 ", %zu bytes", id, payload.left);
	used = bc_append(ret_text, size, 0, "%s: ", component);
	if (text)
		return bc_append_escaped(ret_text, size, used, payload.at, payload.left);
	if (!bc_get_string(&payload, &name, &length))
		return 0;
	used = bc_append_escaped(ret_text, size, used, name, length);
	if (bc_at_end(&payload))
		return bc_append(ret_text, size, used, ", contents not in the log");
	return bc_append(ret_text, size, used, ", %zu bytes", payload.left);
}

size_t bc_decode_config(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event);
	const char *name;
	size_t length, used;

	if (!bc_get_string(&reader, &name, &length) || strcmp(name, "env-state"))
		return bc_decode_text(event, ret_text, size);
	used = bc_append(ret_text, size, 0, "environment state: ");
	return bc_append_escaped(ret_text, size, used, reader.at, reader.left);
}

size_t bc_decode_tree(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const char *rule = bc_tcg_event_fdt_rule(event);
	size_t used;

	if (!rule)
		return bc_decode_text(event, ret_text, size);
	used = bc_append(ret_text, size, 0, "final tree by rule ");
	return bc_append_escaped(ret_text, size, used, rule, strlen(rule));
}

/* UEFI_PLATFORM_FIRMWARE_BLOB (PFP 1.06, 10.2.5). */
size_t bc_decode_blob(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event);
	uint64_t base, length;

	if (!bc_get_le64(&reader, &base) || !bc_get_le64(&reader, &length) || !bc_at_end(&reader))
		return bc_decode_text(event, ret_text, size);
	return bc_append(ret_text, size, 0, "%" PRIu64 " bytes at 0x%" PRIx64, length, base);
}

size_t bc_decode_blob2(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader name;
	uint64_t base, length;
	size_t used;

	if (!bc_tcg_blob2_read(event, &name, &base, &length))
		return 0;
	used = bc_append_escaped(ret_text, size, 0, name.at, text_size(&name));
	return bc_append(ret_text, size, used, ", %" PRIu64 " bytes at 0x%" PRIx64, length, base);
}

/* {e61d73b9-a384-4acc-aeab-82e828f3628b}: variables of our verification state. */
static const uint8_t bootverify_guid[16] = {
	0xb9, 0x73, 0x1d, 0xe6, 0x84, 0xa3, 0xcc, 0x4a, 0xae, 0xab, 0x82, 0xe8, 0x28, 0xf3, 0x62, 0x8b
};

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

/* UEFI_VARIABLE_DATA (PFP 1.06, 10.2.6). */
size_t bc_decode_variable(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader reader = data_of(event), name, data;
	uint64_t name_units, data_size;
	uint8_t guid[16];
	size_t used;
	bool ours;

	if (!bc_get_bytes(&reader, guid, sizeof(guid)) || !bc_get_le64(&reader, &name_units) ||
	    !bc_get_le64(&reader, &data_size) || name_units > event->data_size ||
	    !bc_get_sub(&reader, (size_t)name_units * 2, &name) || data_size > event->data_size ||
	    !bc_get_sub(&reader, (size_t)data_size, &data))
		return 0;
	ours = !memcmp(guid, bootverify_guid, sizeof(guid));
	used = append_utf16(ret_text, size, 0, name);
	if (ours && name.left == 12 && !memcmp(name.at, "F\0i\0t\0K\0e\0y\0", 12))
		return fit_key_text(data, ret_text, size, used);
	if (ours && printable(&data, data.left)) {
		used = bc_append(ret_text, size, used, " ");
		return bc_append_escaped(ret_text, size, used, data.at, data.left);
	}
	return bc_append(ret_text, size, used, ", %zu bytes", data.left);
}
