// SPDX-License-Identifier: BSD-2-Clause
/* DER elements and PEM text, bounded. */
#include <stdlib.h>
#include <string.h>

#include "sig.h"

/* X.690, 10.1: the shortest form of the length; more than 64 KiB is no key. */
static bool get_length(struct bc_reader *reader, size_t *ret_length)
{
	uint8_t first;
	uint16_t two;

	if (!bc_get_u8(reader, &first))
		return false;
	*ret_length = first;
	if (first < 0x80)
		return true;
	if (first == 0x81) {
		if (!bc_get_u8(reader, &first))
			return false;
		*ret_length = first;
		return first >= 0x80;
	}
	if (first != 0x82 || !bc_get_be16(reader, &two))
		return false;
	*ret_length = two;
	return two >= 0x100;
}

bool bc_der_get(struct bc_reader *reader, uint8_t tag, struct bc_reader *ret_content)
{
	struct bc_reader at = *reader;
	uint8_t found;
	size_t length;

	if (!bc_get_u8(&at, &found) || found != tag || !get_length(&at, &length) || !bc_get_sub(&at, length, ret_content))
		return false;
	*reader = at;
	return true;
}

uint8_t bc_der_peek(const struct bc_reader *reader)
{
	return reader->left ? reader->at[0] : 0;
}

bool bc_der_skip(struct bc_reader *reader)
{
	struct bc_reader content;

	return bc_der_get(reader, bc_der_peek(reader), &content);
}

bool bc_der_get_number(struct bc_reader *reader, struct bc_reader *ret_number)
{
	struct bc_reader at = *reader, number;
	uint8_t zero;

	if (!bc_der_get(&at, BC_DER_INTEGER, &number) || !number.left || number.at[0] >= 0x80)
		return false;
	if (number.left > 1 && number.at[0] == 0 && number.at[1] < 0x80)	/* 8.3.2: no needless zero */
		return false;
	if (number.at[0] == 0 && !bc_get_u8(&number, &zero))
		return false;
	*reader = at;
	*ret_number = number;
	return true;
}

/* ---- PEM (RFC 7468) ---- */

static const char *find(const char *text, size_t size, const char *what)
{
	return memmem(text, size, what, strlen(what));
}

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Base64 between the two lines; false for another character, or bits that are left over. */
static bool decode(const char *text, size_t size, uint8_t *ret_data, size_t *ret_size)
{
	uint32_t bits = 0;
	unsigned int count = 0, padding = 0;
	size_t used = 0, i;

	for (i = 0; i < size; i++) {
		if (strchr("\r\n \t", text[i]) && text[i])
			continue;
		if (text[i] == '=') {
			padding++;
			continue;
		}
		if (digit(text[i]) < 0 || padding)
			return false;
		bits = bits << 6 | (uint32_t)digit(text[i]);
		count += 6;
		if (count >= 8) {
			count -= 8;
			ret_data[used++] = (uint8_t)(bits >> count);
			bits &= (1u << count) - 1;
		}
	}
	*ret_size = used;
	return used && padding == count / 2 && !bits;
}

static int decode_body(const char *text, size_t size, uint64_t offset, uint8_t **ret_data, size_t *ret_size, struct bc_error *reterr)
{
	uint8_t *data = malloc(size + 1);

	if (!data)
		return bc_error_nomem(reterr);
	if (!decode(text, size, data, ret_size)) {
		free(data);
		return bc_error_at(reterr, BC_E_INPUT, offset, "PEM", "base64", "something else");
	}
	*ret_data = data;
	return 0;
}

int bc_pem_decode(const uint8_t *data, size_t size, const char *const *labels, uint8_t **ret_data, size_t *ret_size,
		  struct bc_error *reterr)
{
	const char *text = (const char *)data, *begin = find(text, size, "-----BEGIN "), *body, *end;
	const size_t rest = begin ? size - (size_t)(begin - text) : 0;
	char line[64];

	*ret_data = NULL;
	/* A DER file could hold that text in a string; PEM begins with printable text. */
	if (!begin || data[0] == BC_DER_SEQUENCE || data[0] < 0x20)
		return 0;
	for (; *labels; labels++) {
		bc_append(line, sizeof(line), 0, "-----BEGIN %s-----", *labels);
		body = find(begin, rest, line);
		if (!body)
			continue;
		body += strlen(line);
		bc_append(line, sizeof(line), 0, "-----END %s-----", *labels);
		end = find(body, size - (size_t)(body - text), line);
		if (!end)
			return bc_error_at(reterr, BC_E_INPUT, (uint64_t)(body - text), "PEM", line, "the end of the file");
		return decode_body(body, (size_t)(end - body), (uint64_t)(body - text), ret_data, ret_size, reterr);
	}
	return bc_error_at(reterr, BC_E_INPUT, (uint64_t)(begin - text), "PEM", labels[-1], "another label");
}
