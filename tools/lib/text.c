// SPDX-License-Identifier: BSD-2-Clause
/* Hex, UTF-8 and escaping: bytes from logs are hostile until they have gone through here. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

void bc_hex(const void *data, size_t size, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i++) {
		ret_text[2 * i] = digits[bytes[i] >> 4];
		ret_text[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_text[2 * size] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int bc_unhex(const char *text, size_t text_size, void *ret_data, size_t size, struct bc_error *reterr)
{
	uint8_t *out = ret_data;
	size_t i;

	if (text_size % 2 || text_size / 2 != size)
		return bc_error_set(reterr, BC_E_INPUT, "%zu hex digits where %zu are wanted", text_size, 2 * size);
	for (i = 0; i < text_size; i++)
		if (hex_value(text[i]) < 0)
			return bc_error_set(reterr, BC_E_INPUT, "digit %zu is not hexadecimal", i + 1);
	for (i = 0; i < size; i++)
		out[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
	return 0;
}

/* Length of the well-formed UTF-8 sequence at the start of bytes (RFC 3629, section 4), its code point in *ret_code; 0 = none. */
static size_t utf8_sequence(const uint8_t *bytes, size_t size, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length, i;
	uint32_t code;

	if (!size)
		return 0;
	length = bytes[0] < 0x80 ? 1 : bytes[0] >> 5 == 6 ? 2 : bytes[0] >> 4 == 14 ? 3 : bytes[0] >> 3 == 30 ? 4 : 0;
	if (!length || length > size)
		return 0;
	code = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if (bytes[i] >> 6 != 2)
			return 0;
		code = code << 6 | (bytes[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return length;
}

bool bc_is_utf8(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t at, step;
	uint32_t code;

	for (at = 0; at < size; at += step) {
		step = utf8_sequence(bytes + at, size - at, &code);
		if (!step)
			return false;
	}
	return true;
}

/* C0, DEL, C1, line separators, and the characters that reorder text on a terminal (UAX 9). */
static bool unsafe_code(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || code == 0x200e || code == 0x200f ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x61c || code == 0xfeff;
}

size_t bc_unsafe(const void *text, size_t size, uint32_t *ret_code)
{
	uint32_t code;
	const size_t length = utf8_sequence(text, size, &code);

	if (!length || !unsafe_code(code))
		return 0;
	*ret_code = code;
	return length;
}

size_t bc_escape(const void *data, size_t size, char *ret_text, size_t text_size)
{
	const uint8_t *bytes = data;
	size_t used = 0, at = 0, step, want;
	uint32_t code;

	if (!text_size)
		return 0;
	while (at < size) {
		step = utf8_sequence(bytes + at, size - at, &code);
		if (step && !unsafe_code(code) && code != '\\') {
			want = step;
			if (want >= text_size - used)
				break;
			memcpy(ret_text + used, bytes + at, step);
		} else if (step && code == '\\') {
			want = 2;
			if (want >= text_size - used)
				break;
			memcpy(ret_text + used, "\\\\", 2);
		} else {	/* byte by byte, so that the text says exactly which bytes */
			want = 4;
			step = 1;
			if (want >= text_size - used)
				break;
			memcpy(ret_text + used, "\\x", 2);
			bc_hex(bytes + at, 1, ret_text + used + 2);
		}
		used += want;
		at += step;
	}
	ret_text[used] = '\0';
	return at;
}

void bc_copy_text(char *ret_text, size_t size, const char *text)
{
	snprintf(ret_text, size, "%s", text);
}

size_t bc_append(char *ret_text, size_t size, size_t used, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(used < size ? ret_text + used : NULL, used < size ? size - used : 0, format, args);
	va_end(args);
	return length < 0 ? used : used + (size_t)length;
}

size_t bc_append_escaped(char *ret_text, size_t size, size_t used, const void *data, size_t data_size)
{
	size_t done;

	if (used >= size)
		return used + data_size;
	done = bc_escape(data, data_size, ret_text + used, size - used);
	/* What did not fit counts, so that the caller sees that the text was cut. */
	return done == data_size ? used + strlen(ret_text + used) : size + data_size - done;
}

bool bc_all_bytes(const void *data, size_t size, uint8_t value)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

size_t bc_append_hex(char *ret_text, size_t size, size_t used, const struct bc_reader *data)
{
	size_t i;

	for (i = 0; i < data->left && used < size; i++)
		used = bc_append(ret_text, size, used, "%02x", data->at[i]);
	return used;
}

size_t bc_append_utf16(char *ret_text, size_t size, size_t used, struct bc_reader reader)
{
	uint16_t unit;

	while (used < size && bc_get_le16(&reader, &unit) && unit)
		used = bc_append(ret_text, size, used, unit >= 0x20 && unit < 0x7f && unit != '\\' ? "%c" :
				 unit == '\\' ? "\\\\" : "\\u%04x", unit);
	return used;
}

bool bc_printable(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		if ((bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\t') || bytes[i] == 0x7f)
			return false;
	return size && bc_is_utf8(data, size);
}

bool bc_is_utf16_text(const struct bc_reader *reader)
{
	size_t i;

	if (reader->left < 2 || reader->left % 2 || !reader->at[0])
		return false;
	for (i = 0; i < reader->left; i += 2)
		if (reader->at[i + 1] || (reader->at[i] && (reader->at[i] < 0x20 || reader->at[i] > 0x7e)))
			return false;
	return true;
}
