// SPDX-License-Identifier: BSD-2-Clause
/* The bounded cursor: the only place where a length is compared with what is left, and where byte order is converted. */
#include <string.h>

#include "internal.h"

void bc_reader_init(struct bc_reader *reader, const void *data, size_t size, uint64_t offset)
{
	reader->at = data;
	reader->left = size;
	reader->offset = offset;
}

static const uint8_t *take(struct bc_reader *reader, size_t n)
{
	const uint8_t *at = reader->at;

	if (n > reader->left)
		return NULL;
	if (n) {	/* at may be NULL when nothing is left */
		reader->at += n;
		reader->left -= n;
		reader->offset += n;
	}
	return at;
}

static bool get(struct bc_reader *reader, size_t n, bool big_endian, uint64_t *ret_value)
{
	const uint8_t *at = take(reader, n);
	uint64_t value = 0;
	size_t i;

	if (!at)
		return false;
	for (i = 0; i < n; i++)
		value = value << 8 | at[big_endian ? i : n - 1 - i];
	*ret_value = value;
	return true;
}

#define DEFINE_GET(name, type, big_endian)				\
	bool name(struct bc_reader *reader, type *ret_value)		\
	{								\
		uint64_t value;						\
									\
		if (!get(reader, sizeof(type), big_endian, &value))	\
			return false;					\
		*ret_value = (type)value;				\
		return true;						\
	}

DEFINE_GET(bc_get_u8, uint8_t, false)
DEFINE_GET(bc_get_le16, uint16_t, false)
DEFINE_GET(bc_get_le32, uint32_t, false)
DEFINE_GET(bc_get_le64, uint64_t, false)
DEFINE_GET(bc_get_be16, uint16_t, true)
DEFINE_GET(bc_get_be32, uint32_t, true)
DEFINE_GET(bc_get_be64, uint64_t, true)

bool bc_get_bytes(struct bc_reader *reader, void *ret_data, size_t size)
{
	struct bc_reader sub;

	if (!bc_get_sub(reader, size, &sub))
		return false;
	if (size)
		memcpy(ret_data, sub.at, size);
	return true;
}

bool bc_get_sub(struct bc_reader *reader, size_t size, struct bc_reader *ret_sub)
{
	const uint64_t offset = reader->offset;
	const uint8_t *at;

	if (size > reader->left)
		return false;
	at = take(reader, size);
	bc_reader_init(ret_sub, at, size, offset);
	return true;
}

bool bc_get_string(struct bc_reader *reader, const char **ret_text, size_t *ret_size)
{
	const uint8_t *nul = reader->left ? memchr(reader->at, 0, reader->left) : NULL;
	size_t size;

	if (!nul)
		return false;
	size = (size_t)(nul - reader->at);
	*ret_text = (const char *)take(reader, size + 1);
	*ret_size = size;
	return true;
}

bool bc_at_end(const struct bc_reader *reader)
{
	return reader->left == 0;
}
