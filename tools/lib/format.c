// SPDX-License-Identifier: BSD-2-Clause
/* What a stream holds, told by its first bytes and never by its name. */
#include <string.h>

#include "internal.h"

#define PROBE_SIZE 512

/* TCG_PCClientPCREvent: pcr, type, SHA-1 digest, size, data. */
static bool is_tcg(const uint8_t *data, size_t size, struct bc_reader *ret_data)
{
	struct bc_reader reader, digest;
	uint32_t pcr, type, length;

	bc_reader_init(&reader, data, size, 0);
	if (!bc_get_le32(&reader, &pcr) || !bc_get_le32(&reader, &type) || !bc_get_sub(&reader, 20, &digest) ||
	    !bc_get_le32(&reader, &length) || pcr >= BC_PCR_COUNT || !bc_tcg_type_find(type) || length > BC_EVENT_DATA_MAX)
		return false;
	*ret_data = reader;
	return !bc_all_bytes(data, size, 0);
}

int bc_format_detect(struct bc_stream *stream, enum bc_format *ret_format, struct bc_error *reterr)
{
	enum bc_format format = BC_FORMAT_UNKNOWN;
	struct bc_reader event;
	const uint8_t *data;
	size_t size;
	int r;

	r = bc_stream_peek(stream, PROBE_SIZE, &data, &size, reterr);
	if (r < 0)
		return r;
	if (size && bc_ima_list_alg(data, size))
		format = BC_FORMAT_IMA_BINARY;
	else if (size && is_tcg(data, size, &event))
		format = event.left >= 16 && !memcmp(event.at, "Spec ID Event03", 16) ? BC_FORMAT_TCG2 : BC_FORMAT_TCG1;
	*ret_format = format;
	return 0;
}

const char *bc_format_name(enum bc_format format)
{
	switch (format) {
	case BC_FORMAT_TCG2: return "tcg2";
	case BC_FORMAT_TCG1: return "tcg1";
	case BC_FORMAT_IMA_BINARY: return "ima-binary";
	case BC_FORMAT_UNKNOWN: return "unknown";
	}
	return "unknown";
}
