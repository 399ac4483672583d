// SPDX-License-Identifier: BSD-2-Clause
/* What a stream holds, told by its first bytes and never by its name: one table of formats, one of things that are taken for logs. */
#include <stdio.h>
#include <string.h>

#include "cel.h"

#define PROBE_SIZE 4096

static bool is_tcg2(const uint8_t *data, size_t size)
{
	bool agile;

	return bc_tcg_log_begins(data, size, &agile) && agile;
}

static bool is_tcg1(const uint8_t *data, size_t size)
{
	bool agile;

	return bc_tcg_log_begins(data, size, &agile) && !agile;
}

static bool is_ima_binary(const uint8_t *data, size_t size)
{
	struct bc_ima_form form;

	return bc_ima_binary_begins(data, size, &form);
}

static bool is_ima_ascii(const uint8_t *data, size_t size)
{
	struct bc_ima_form form;

	return bc_ima_ascii_begins(data, size, &form);
}

/* In the order in which they are tried; the first that fits is it. */
static const struct {
	enum bc_format format;
	enum bc_format_kind kind;
	const char *name;
	bool (*begins)(const uint8_t *data, size_t size);
} formats[] = {
	/* Before the firmware logs: "00, length 8" are also the bytes of PCR 0 and EV_S_CRTM_VERSION. */
	{ BC_FORMAT_CEL_TLV, BC_KIND_CEL, "cel-tlv", bc_cel_tlv_begins },
	{ BC_FORMAT_CEL_JSON, BC_KIND_CEL, "cel-json", bc_cel_json_begins },
	{ BC_FORMAT_IMA_BINARY, BC_KIND_IMA, "ima-binary", is_ima_binary },
	{ BC_FORMAT_IMA_ASCII, BC_KIND_IMA, "ima-ascii", is_ima_ascii },
	{ BC_FORMAT_TCG2, BC_KIND_FIRMWARE, "tcg2", is_tcg2 },
	{ BC_FORMAT_TCG1, BC_KIND_FIRMWARE, "tcg1", is_tcg1 },
};

int bc_format_detect(struct bc_stream *stream, enum bc_format *ret_format, struct bc_error *reterr)
{
	enum bc_format format = BC_FORMAT_UNKNOWN;
	const uint8_t *data;
	size_t size, i;
	int r;

	r = bc_stream_peek(stream, PROBE_SIZE, &data, &size, reterr);
	if (r < 0)
		return r;
	for (i = 0; size && format == BC_FORMAT_UNKNOWN && i < BC_ARRAY_SIZE(formats); i++)
		if (formats[i].begins(data, size))
			format = formats[i].format;
	*ret_format = format;
	return 0;
}

const char *bc_format_name(enum bc_format format)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(formats); i++)
		if (formats[i].format == format)
			return formats[i].name;
	return "unknown";
}

enum bc_format_kind bc_format_kind(enum bc_format format)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(formats); i++)
		if (formats[i].format == format)
			return formats[i].kind;
	return BC_KIND_NONE;
}

/* ---- what is no log ---- */

static bool is_zeros(const uint8_t *data, size_t size)
{
	return bc_all_bytes(data, size < 32 ? size : 32, 0);
}

static bool is_erased(const uint8_t *data, size_t size)
{
	return bc_all_bytes(data, size < 32 ? size : 32, 0xff);
}

static bool has_prefix(const uint8_t *data, size_t size, const char *prefix, size_t prefix_size)
{
	return size >= prefix_size && !memcmp(data, prefix, prefix_size);
}

static bool is_pcr_text(const uint8_t *data, size_t size)
{
	static const char *const begins[] = { "pcrread:", "sha1", "sha256", "sha384", "sha512", "  sha1:", "  sha256:", "sm3_256" };
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(begins); i++)
		if (has_prefix(data, size, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static bool is_tree(const uint8_t *data, size_t size)
{
	return has_prefix(data, size, "\xd0\x0d\xfe\xed", 4);
}

static bool is_attest(const uint8_t *data, size_t size)
{
	return has_prefix(data, size, "\xff" "TCG", 4) || (size > 6 && has_prefix(data + 2, size - 2, "\xff" "TCG", 4));
}

static bool is_archive(const uint8_t *data, size_t size)
{
	return has_prefix(data, size, "\x1f\x8b", 2) || has_prefix(data, size, "\xfd" "7zXZ", 5) ||
	       has_prefix(data, size, "\x28\xb5\x2f\xfd", 4) || (size > 262 && has_prefix(data + 257, size - 257, "ustar", 5));
}

static bool is_text(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if ((data[i] < 0x20 && !memchr("\t\n\r\f", data[i], 4)) || data[i] == 0x7f)
			return false;
	return true;
}

static const struct { bool (*is)(const uint8_t *data, size_t size); bool empty; const char *message; } others[] = {
	{ is_zeros, true, "it begins with padding (00): nothing was logged" },
	{ is_erased, true, "it begins with padding (ff): nothing was logged" },
	{ is_tree, false, "it is a device tree, not a log" },
	{ is_attest, false, "it is what a TPM signed (TPMS_ATTEST), not a log" },
	{ is_archive, false, "it is compressed or an archive: unpack it first" },
	{ is_pcr_text, false, "it holds PCR values, not a log: give them with verify --pcrs" },
	{ is_text, false, "it is text, but no IMA list and no canonical event log" },
};

/* Nothing of a log was read: the refusal is of its first byte. */
static void describe_start(const uint8_t *data, size_t size, struct bc_error *reterr)
{
	char hex[2 * 16 + 1];

	if (!reterr)
		return;
	bc_error_offset(reterr, 0);
	bc_error_event(reterr, "event", 0);
	bc_error_field(reterr, "format");
	bc_hex(data, size < 16 ? size : 16, hex);
	bc_copy_text(reterr->expected, sizeof(reterr->expected), "a firmware log, an IMA list or a canonical event log");
	snprintf(reterr->found, sizeof(reterr->found), "%s%s", size ? "bytes " : "no bytes", hex);
}

int bc_format_require(struct bc_stream *stream, enum bc_format *ret_format, struct bc_error *reterr)
{
	enum bc_format format = BC_FORMAT_UNKNOWN;
	const uint8_t *data;
	size_t size, i = 0;
	int r;

	r = bc_format_detect(stream, &format, reterr);
	if (r == 0)
		r = bc_stream_peek(stream, PROBE_SIZE, &data, &size, reterr);
	if (r < 0)
		return r;
	if (format != BC_FORMAT_UNKNOWN) {
		*ret_format = format;
		return 0;
	}
	while (size && i < BC_ARRAY_SIZE(others) && !others[i].is(data, size))
		i++;
	if (!size)
		r = bc_error_set(reterr, BC_E_INPUT, "it is empty, not a log");
	else if (i < BC_ARRAY_SIZE(others))
		r = bc_error_set(reterr, BC_E_INPUT, "%s", others[i].message);
	else
		r = bc_error_set(reterr, BC_E_INPUT, "neither a firmware log nor an IMA list nor a canonical event log");
	if (!size || (i < BC_ARRAY_SIZE(others) && others[i].empty))
		bc_error_code(reterr, BC_LOG_NO_SPEC_ID);
	bc_error_source(reterr, bc_stream_name(stream));
	describe_start(data, size, reterr);
	return r;
}
