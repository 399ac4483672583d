/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bounded cursor: the only place where a length is compared with what is left, and where byte order is converted. A value on the stack that
 * owns nothing. Inline, because a log is
 * millions of small numbers. Each call takes what it names, or returns false and moves nothing.
 */
#ifndef BC_READER_H
#define BC_READER_H

#include <endian.h>
#include <string.h>

#include "bootchain.h"

struct bc_reader {
	const uint8_t *at;
	size_t left;
	uint64_t offset;	/* of *at in its source */
};

static inline void bc_reader_init(struct bc_reader *reader, const void *data, size_t size, uint64_t offset)
{
	reader->at = data;
	reader->left = size;
	reader->offset = offset;
}

static inline const uint8_t *bc_take(struct bc_reader *reader, size_t n)
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

/* One load and, where the byte order is the other one, one swap. */
#define BC_DEFINE_GET(name, type, to_host)						\
	BC_MUST_CHECK static inline bool name(struct bc_reader *reader, type *ret_value)	\
	{											\
		const uint8_t *at = bc_take(reader, sizeof(type));				\
		type value;									\
												\
		if (!at)									\
			return false;								\
		memcpy(&value, at, sizeof(value));						\
		*ret_value = to_host(value);							\
		return true;									\
	}

BC_DEFINE_GET(bc_get_u8, uint8_t,)
BC_DEFINE_GET(bc_get_le16, uint16_t, le16toh)
BC_DEFINE_GET(bc_get_le32, uint32_t, le32toh)
BC_DEFINE_GET(bc_get_le64, uint64_t, le64toh)
BC_DEFINE_GET(bc_get_be16, uint16_t, be16toh)
BC_DEFINE_GET(bc_get_be32, uint32_t, be32toh)
BC_DEFINE_GET(bc_get_be64, uint64_t, be64toh)

/* The next size bytes as a reader of their own. */
BC_MUST_CHECK static inline bool bc_get_sub(struct bc_reader *reader, size_t size, struct bc_reader *ret_sub)
{
	const uint64_t offset = reader->offset;
	const uint8_t *at;

	if (size > reader->left)
		return false;
	at = bc_take(reader, size);
	bc_reader_init(ret_sub, at, size, offset);
	return true;
}

BC_MUST_CHECK static inline bool bc_get_bytes(struct bc_reader *reader, void *ret_data, size_t size)
{
	struct bc_reader sub;

	if (!bc_get_sub(reader, size, &sub))
		return false;
	if (size)
		memcpy(ret_data, sub.at, size);
	return true;
}

/* Bytes up to a NUL as a borrowed string; the NUL is taken too. */
BC_MUST_CHECK static inline bool bc_get_string(struct bc_reader *reader, const char **ret_text, size_t *ret_size)
{
	const uint8_t *nul = reader->left ? memchr(reader->at, 0, reader->left) : NULL;
	size_t size;

	if (!nul)
		return false;
	size = (size_t)(nul - reader->at);
	*ret_text = (const char *)bc_take(reader, size + 1);
	*ret_size = size;
	return true;
}

static inline bool bc_at_end(const struct bc_reader *reader)
{
	return reader->left == 0;
}

#endif
