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

/* GRUB of RHEL 8 logs one byte behind the NUL of a text, which is of something else. */
static size_t stray_text(const struct bc_reader *reader, char *ret_text, size_t size)
{
	const size_t length = reader->left - 2;
	size_t used;

	if (reader->at[length] || !bc_printable(reader->at, length))
		return 0;
	used = bc_append_escaped(ret_text, size, 0, reader->at, length);
	return bc_append(ret_text, size, used, " (and a byte %02x)", reader->at[length + 1]);
}

size_t bc_decode_text(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_reader reader = data_of(event);
	const size_t length = text_size(&reader);

	if (bc_printable(reader.at, length))
		return bc_append_escaped(ret_text, size, 0, reader.at, length);
	return reader.left > 4 ? stray_text(&reader, ret_text, size) : 0;
}

/* EV_S_CRTM_VERSION is text of the firmware's taste: ASCII or UTF-16. A GUID or other binary value has no text. */
size_t bc_decode_version(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const struct bc_reader reader = data_of(event);

	return bc_is_utf16_text(&reader) ? bc_append_utf16(ret_text, size, 0, reader) : bc_decode_text(event, ret_text, size);
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
	return bc_decode_text(event, ret_text, size);
}

/* The algorithms are in Event03 alone. */
static size_t spec_id_text(const char *signature, struct bc_reader reader, char *ret_text, size_t size)
{
	uint8_t minor, major, errata, uintn;
	uint32_t class, count, i;
	uint16_t alg, length;
	char label[16];
	size_t used;

	if (!bc_get_le32(&reader, &class) || !bc_get_u8(&reader, &minor) || !bc_get_u8(&reader, &major) ||
	    !bc_get_u8(&reader, &errata) || !bc_get_u8(&reader, &uintn))
		return 0;
	used = bc_append_escaped(ret_text, size, 0, signature, strlen(signature));
	used = bc_append(ret_text, size, used, ", version %u.%u errata %u", major, minor, errata);
	if (memcmp(signature, "Spec ID Event03", 16) || !bc_get_le32(&reader, &count))
		return used;
	used = bc_append(ret_text, size, used, ", banks");
	for (i = 0; i < count && bc_get_le16(&reader, &alg) && bc_get_le16(&reader, &length); i++)
		used = bc_append(ret_text, size, used, " %s", bc_algorithm_label(alg, label));
	return used;
}

size_t bc_decode_no_action(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const int locality = bc_tcg_event_locality(event);
	struct bc_reader reader = data_of(event);
	char signature[16];
	size_t used;

	if (locality >= 0)
		return bc_append(ret_text, size, 0, "StartupLocality %d", locality);
	if (!bc_get_bytes(&reader, signature, sizeof(signature)))
		return bc_decode_text(event, ret_text, size);
	if (!memcmp(signature, "Spec ID Event0", 14) && !signature[15])
		return spec_id_text(signature, reader, ret_text, size);
	if (!memcmp(signature, "SP800-155 Event", 15))
		return bc_sp800_155_text(signature, reader, ret_text, size);
	used = bc_windows_text(event, ret_text, size);
	if (used || !bc_printable(signature, strnlen(signature, sizeof(signature))))
		return used;
	return bc_append_escaped(ret_text, size, 0, signature, strnlen(signature, sizeof(signature)));
}

size_t bc_decode_tag(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader payload;
	const char *component, *name;
	size_t used, length;
	uint32_t id;
	bool text;

	if (!bc_tcg_tag_read(event, &id, &payload))	/* several items in one event are of Windows */
		return bc_windows_text(event, ret_text, size);
	component = bc_tcg_tag_name(event, &text);
	if (!component) {
		used = bc_windows_text(event, ret_text, size);
		return used ? used : bc_foreign_tag_text(id, payload, ret_text, size);
	}
	used = bc_append(ret_text, size, 0, "%s: ", component);
	if (text && bc_is_utf16_text(&payload))
		return bc_append_utf16(ret_text, size, used, payload);
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
	const size_t used = bc_decode_text(event, ret_text, size);	/* sixteen characters are a text */

	if (used || !bc_get_le64(&reader, &base) || !bc_get_le64(&reader, &length) || !bc_at_end(&reader))
		return used;
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

/* EV_COMPACT_HASH of a BIOS: four bytes that name what was hashed. */
size_t bc_decode_number(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	const size_t used = bc_decode_text(event, ret_text, size);
	struct bc_reader reader = data_of(event);
	uint32_t value;

	if (used || !bc_get_le32(&reader, &value) || !bc_at_end(&reader))
		return used;
	return bc_append(ret_text, size, 0, "0x%08" PRIx32, value);
}

/* EV_NONHOST_INFO of a machine of Google's cloud: a signature, one byte that says how the guest is protected, fifteen of zeros. */
size_t bc_decode_nonhost(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	static const char signature[16] = "GCE NonHostInfo";
	static const char *const kinds[] = { "no confidential guest", "AMD SEV", "AMD SEV-ES", "Intel TDX", "AMD SEV-SNP" };
	struct bc_reader reader = data_of(event);
	char found[sizeof(signature)];
	uint8_t kind;

	if (!bc_get_bytes(&reader, found, sizeof(found)) || memcmp(found, signature, sizeof(found)) || !bc_get_u8(&reader, &kind) ||
	    !bc_all_bytes(reader.at, reader.left, 0))
		return bc_decode_text(event, ret_text, size);
	if (kind < BC_ARRAY_SIZE(kinds))
		return bc_append(ret_text, size, 0, "%s: %s", signature, kinds[kind]);
	return bc_append(ret_text, size, 0, "%s: unknown kind %u", signature, kind);
}
