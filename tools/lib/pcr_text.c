// SPDX-License-Identifier: BSD-2-Clause
/* PCR values as text: lines "alg pcr hex", what tpm2_pcrread prints, and the files of a TPM in sysfs. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

/* 16 banks of 24 values need 60 KiB; comments get room, a wrong file does not fill the memory. */
#define TEXT_MAX (1u << 20)
/* "0x" and 128 digits are 130 bytes; one line more than this is not a PCR value. */
#define LINE_MAX_ 512
/* A value in sysfs: 128 digits and a newline. */
#define SYSFS_VALUE_MAX 256

struct word {
	const char *at;
	size_t size;
};

enum form { FORM_UNKNOWN, FORM_LINES, FORM_PCRREAD, FORM_TPM12 };

/* The text line by line. */
struct text {
	const char *begin, *at, *end;
	uint64_t line;			/* number of the current line, from 1 */
	enum form form;
	const struct bc_algorithm *bank;	/* of the last header of tpm2_pcrread */
	struct bc_pcrs *pcrs;
};

static int refuse(const struct text *text, const char *field, struct word word, struct bc_error *reterr, const char *expected)
{
	int r = bc_error_at(reterr, BC_E_INPUT, (uint64_t)(word.at - text->begin), field, expected, "nothing");

	bc_error_event(reterr, "line", text->line);
	if (reterr && word.size)
		bc_escape(word.at, word.size, reterr->found, sizeof(reterr->found));
	return bc_error_message(reterr, r, "these are no PCR values");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct word trim(struct word word)
{
	while (word.size && is_blank(word.at[0])) {
		word.at++;
		word.size--;
	}
	while (word.size && is_blank(word.at[word.size - 1]))
		word.size--;
	return word;
}

/* The next word of *rest, up to a blank. */
static struct word take_word(struct word *rest)
{
	struct word word = trim(*rest);

	rest->at = word.at;
	rest->size = word.size;
	word.size = 0;
	while (rest->size && !is_blank(rest->at[0])) {
		rest->at++;
		rest->size--;
		word.size++;
	}
	return word;
}

/* False at the end of the text. */
static bool take_line(struct text *text, struct word *ret_line)
{
	const char *newline;
	size_t left = (size_t)(text->end - text->at);

	if (!left)
		return false;
	newline = memchr(text->at, '\n', left);
	ret_line->at = text->at;
	ret_line->size = newline ? (size_t)(newline - text->at) : left;
	text->at = newline ? newline + 1 : text->end;
	text->line++;
	return true;
}

static int parse_bank(const struct text *text, struct word word, const struct bc_algorithm **ret_bank, struct bc_error *reterr)
{
	const struct bc_algorithm *bank = word.size ? bc_algorithm_by_name(word.at, word.size) : NULL;

	if (!bank)
		return refuse(text, "algorithm", word, reterr, "sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384 or sha3_512");
	*ret_bank = bank;
	return 0;
}

static int parse_pcr(const struct text *text, struct word word, unsigned int *ret_pcr, struct bc_error *reterr)
{
	unsigned int pcr = 0;
	size_t i;

	for (i = 0; i < word.size && i < 2 && word.at[i] >= '0' && word.at[i] <= '9'; i++)
		pcr = pcr * 10 + (unsigned int)(word.at[i] - '0');
	if (!i || i != word.size || pcr >= BC_PCR_COUNT)
		return refuse(text, "pcr", word, reterr, "a number from 0 to 23");
	*ret_pcr = pcr;
	return 0;
}

static int parse_value(const struct text *text, const struct bc_algorithm *bank, struct word pcr_word, struct word word,
		       struct bc_error *reterr)
{
	const struct bc_pcr_bank *known = bc_pcrs_bank_const(text->pcrs, bank->id);
	uint8_t value[BC_DIGEST_MAX];
	unsigned int pcr = 0;
	char expected[64];
	int r;

	r = parse_pcr(text, pcr_word, &pcr, reterr);
	if (r < 0)
		return r;
	if (known && known->present >> pcr & 1)
		return refuse(text, "pcr", pcr_word, reterr, "each PCR of a bank once");
	if (bc_unhex(word.at, word.size, value, bank->size, NULL) < 0) {
		snprintf(expected, sizeof(expected), "%u hex digits for %s", 2u * bank->size, bank->name);
		return refuse(text, "digest", word, reterr, expected);
	}
	return bc_pcrs_set(text->pcrs, bank->id, pcr, value, bank->size, reterr);
}

/* "sha256 10 <hex>" */
static int parse_line(struct text *text, struct word line, struct bc_error *reterr)
{
	const struct bc_algorithm *bank = NULL;
	struct word alg = take_word(&line), pcr = take_word(&line), value = take_word(&line), rest = trim(line);
	int r = parse_bank(text, alg, &bank, reterr);

	if (r < 0)
		return r;
	r = parse_value(text, bank, pcr, value, reterr);
	if (r < 0)
		return r;
	if (rest.size && rest.at[0] != '#')
		return refuse(text, "line", rest, reterr, "nothing behind the digest");
	return 0;
}

/* "sha256:", or "  10: 0x<hex>" below it */
static int parse_pcrread(struct text *text, struct word line, const char *colon, struct bc_error *reterr)
{
	struct word left = trim((struct word){ line.at, (size_t)(colon - line.at) });
	struct word right = trim((struct word){ colon + 1, line.size - (size_t)(colon + 1 - line.at) });

	if (!right.size)
		return parse_bank(text, left, &text->bank, reterr);
	if (!text->bank)
		return refuse(text, "algorithm", line, reterr, "a line such as \"sha256:\" before the first value");
	if (right.size > 2 && right.at[0] == '0' && (right.at[1] == 'x' || right.at[1] == 'X')) {
		right.at += 2;
		right.size -= 2;
	}
	return parse_value(text, text->bank, left, right, reterr);
}

static bool is_hex(const char *two)
{
	uint8_t byte;

	return bc_unhex(two, 2, &byte, 1, NULL) == 0;
}

static bool is_tpm12(struct word line)
{
	return line.size > 4 && !memcmp(line.at, "PCR-", 4);
}

/* "PCR-10: 01 23 45 ...", as Linux shows the PCRs of a TPM 1.2. */
static int parse_tpm12(struct text *text, struct word line, const char *colon, struct bc_error *reterr)
{
	struct word rest = { colon + 1, line.size - (size_t)(colon + 1 - line.at) }, byte;
	struct word pcr = { line.at + 4, (size_t)(colon - line.at) - 4 };
	char digits[2 * BC_DIGEST_MAX];
	size_t used = 0;

	for (byte = take_word(&rest); byte.size == 2 && is_hex(byte.at) && used < sizeof(digits); byte = take_word(&rest)) {
		memcpy(digits + used, byte.at, 2);
		used += 2;
	}
	if (byte.size)
		return refuse(text, "digest", byte, reterr, "bytes of two hex digits, 20 of them");
	if (used != 40)
		return refuse(text, "digest", trim((struct word){ colon + 1, line.size - (size_t)(colon + 1 - line.at) }), reterr,
			      "20 bytes of two hex digits");
	return parse_value(text, bc_algorithm_by_id(BC_ALG_SHA1), pcr, (struct word){ digits, used }, reterr);
}

static int parse_any(struct text *text, struct word line, struct bc_error *reterr)
{
	const char *colon;

	line = trim(line);
	if (!line.size || line.at[0] == '#')
		return 0;
	if (line.size > LINE_MAX_)
		return refuse(text, "line", line, reterr, "lines \"alg pcr hex\" or the output of tpm2_pcrread");
	colon = memchr(line.at, ':', line.size);
	if (text->form == FORM_UNKNOWN)
		text->form = !colon ? FORM_LINES : is_tpm12(line) ? FORM_TPM12 : FORM_PCRREAD;
	if (text->form == FORM_LINES)
		return parse_line(text, line, reterr);
	if (!colon || (text->form == FORM_TPM12) != is_tpm12(line))
		return refuse(text, "line", line, reterr, text->form == FORM_TPM12 ? "PCR-NN:, as in the other lines" :
			      "a colon, as in the other lines");
	if (text->form == FORM_TPM12)
		return parse_tpm12(text, line, colon, reterr);
	return parse_pcrread(text, line, colon, reterr);
}

int bc_pcrs_read(struct bc_stream *stream, struct bc_pcrs *ret_pcrs, struct bc_error *reterr)
{
	struct bc_pcrs *pcrs = calloc(1, sizeof(*pcrs));
	struct text text = { .pcrs = pcrs };
	struct word line;
	uint8_t *bytes = NULL;
	size_t size;
	int r;

	if (!pcrs)
		return bc_error_nomem(reterr);
	r = bc_stream_read_all(stream, TEXT_MAX, &bytes, &size, reterr);
	if (r < 0)
		goto out;
	text.begin = text.at = (const char *)bytes;
	text.end = text.begin + size;
	if (bc_pcrs_serialized_begins(bytes, size)) {
		r = bc_pcrs_read_serialized(bytes, size, pcrs, reterr);
		text.at = text.end;
	}
	while (r == 0 && take_line(&text, &line))
		r = parse_any(&text, line, reterr);
	if (r == 0 && !pcrs->count)
		r = bc_error_at(reterr, BC_E_INPUT, 0, "PCR values", "lines \"alg pcr hex\", the output of tpm2_pcrread or a file of tpm2_quote -o",
				"none in %zu bytes", size);
	if (r == 0)
		*ret_pcrs = *pcrs;
out:
	if (r < 0)
		bc_error_source(reterr, bc_stream_name(stream));
	bc_free(bytes);
	free(pcrs);
	return r;
}

/* One file pcr-<alg>/<n>; a PCR without a file is not there. */
static int read_sysfs_value(const char *path, const struct bc_algorithm *bank, unsigned int pcr, struct bc_pcrs *pcrs,
			    struct bc_error *reterr)
{
	uint8_t value[BC_DIGEST_MAX];
	uint8_t *bytes = NULL;
	size_t size;
	int r;

	r = bc_read_file(path, SYSFS_VALUE_MAX, &bytes, &size, reterr);
	if (r < 0)
		return r;
	while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == ' '))
		size--;
	if (!size)
		r = bc_error_set(reterr, BC_E_TPM, "it is empty: the TPM did not answer");
	else
		r = bc_unhex((const char *)bytes, size, value, bank->size, reterr);
	if (r == 0)
		r = bc_pcrs_set(pcrs, bank->id, pcr, value, bank->size, reterr);
	if (r < 0)
		bc_error_source(reterr, path);
	bc_free(bytes);
	return r;
}

static int read_sysfs_bank(const char *directory, const char *name, struct bc_pcrs *pcrs, struct bc_error *reterr)
{
	const struct bc_algorithm *bank = name[4] ? bc_algorithm_by_name(name + 4, 0) : NULL;
	char path[4096];
	struct stat st;
	unsigned int pcr;
	int r = 0;

	if (!bank) {
		r = bc_error_found(reterr, BC_E_UNSUPPORTED, "bank", "one that is known here", "\"%.32s\"", name + 4);
		bc_error_source(reterr, directory);
		return r;
	}
	for (pcr = 0; r == 0 && pcr < BC_PCR_COUNT; pcr++) {
		if (snprintf(path, sizeof(path), "%s/%s/%u", directory, name, pcr) >= (int)sizeof(path))
			return bc_error_set(reterr, BC_E_INPUT, "path of the TPM's directory is too long");
		if (!stat(path, &st))
			r = read_sysfs_value(path, bank, pcr, pcrs, reterr);
	}
	return r;
}

/* A measurement register of a confidential virtual machine: 48 bytes; RTMR n is index n + 1 of its log, and MRTD stands in no log. */
static int read_register(const char *directory, unsigned int number, struct bc_pcrs *pcrs, struct bc_error *reterr)
{
	const struct bc_algorithm *bank = bc_algorithm_by_id(BC_ALG_SHA384);
	uint8_t *bytes = NULL;
	char path[4096];
	struct stat st;
	size_t size;
	int r;

	if (snprintf(path, sizeof(path), "%s/rtmr%u:sha384", directory, number) >= (int)sizeof(path) || stat(path, &st))
		return 0;
	r = bc_read_file(path, SYSFS_VALUE_MAX, &bytes, &size, reterr);
	if (r == 0)
		r = bc_pcrs_set(pcrs, bank->id, number + 1, bytes, size, reterr);
	if (r < 0)
		bc_error_source(reterr, path);
	bc_free(bytes);
	return r;
}

/* What is in the directory when there are no banks: the registers, or a TPM 1.2. */
static int read_without_banks(const char *directory, struct bc_pcrs *pcrs, struct bc_error *reterr)
{
	static const char *const names[] = { "pcrs", "device/pcrs" };
	struct bc_stream *stream = NULL;
	unsigned int number;
	char path[4096];
	struct stat st;
	size_t i;
	int r = 0;

	for (number = 0; r == 0 && number < 4; number++)
		r = read_register(directory, number, pcrs, reterr);
	for (i = 0; r == 0 && !pcrs->count && i < BC_ARRAY_SIZE(names); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", directory, names[i]) >= (int)sizeof(path) || stat(path, &st))
			continue;
		r = bc_stream_open(path, &stream, reterr);
		if (r == 0)
			r = bc_pcrs_read(stream, pcrs, reterr);
		bc_stream_free(stream);
		stream = NULL;
	}
	return r;
}

static int is_bank(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "pcr-", 4);
}

static int read_sysfs(const char *directory, struct bc_pcrs *ret_pcrs, struct bc_error *reterr)
{
	struct bc_pcrs *pcrs = calloc(1, sizeof(*pcrs));
	struct dirent **names = NULL;
	int count = pcrs ? scandir(directory, &names, is_bank, alphasort) : 0;
	int r = 0, i;

	if (!pcrs)
		return bc_error_nomem(reterr);
	if (count < 0) {
		r = bc_error_set(reterr, BC_E_IO, "cannot list it: %s", strerror(errno));
		count = 0;
	}
	for (i = 0; i < count; i++) {
		if (r == 0)
			r = read_sysfs_bank(directory, names[i]->d_name, pcrs, reterr);
		free(names[i]);
	}
	free(names);
	if (r == 0 && !pcrs->count)
		r = read_without_banks(directory, pcrs, reterr);
	if (r == 0 && !pcrs->count)
		r = bc_error_set(reterr, BC_E_INPUT, "no pcr-<alg>/<n>, no pcrs and no rtmr<n>:sha384 in this directory: it is not that of a TPM "
				 "in sysfs");
	if (r == 0)
		*ret_pcrs = *pcrs;
	else
		bc_error_source(reterr, directory);
	free(pcrs);
	return r;
}

int bc_pcrs_read_path(const char *path, struct bc_pcrs *ret_pcrs, struct bc_error *reterr)
{
	struct bc_stream *stream = NULL;
	struct stat st;
	int r;

	if (strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode))
		return read_sysfs(path, ret_pcrs, reterr);
	r = bc_stream_open(path, &stream, reterr);
	if (r < 0)
		return r;
	r = bc_pcrs_read(stream, ret_pcrs, reterr);
	bc_stream_free(stream);
	return r;
}

int bc_pcrs_text(const struct bc_pcrs *pcrs, char **ret_text, size_t *ret_size, struct bc_error *reterr)
{
	/* name, number, digest, two blanks and a newline for each value that can be there */
	const size_t room = pcrs->count * BC_PCR_COUNT * (16 + 3 + 2 * BC_DIGEST_MAX + 3) + 1;
	char *text = malloc(room);
	size_t used = 0, i;
	unsigned int pcr;

	if (!text)
		return bc_error_nomem(reterr);
	text[0] = '\0';
	for (i = 0; i < pcrs->count; i++) {
		const struct bc_pcr_bank *bank = &pcrs->bank[i];
		char label[16], hex[2 * BC_DIGEST_MAX + 1];

		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			if (!(bank->present >> pcr & 1))
				continue;
			bc_hex(bank->value[pcr], bank->size, hex);
			used = bc_append(text, room, used, "%s %u %s\n", bc_algorithm_label(bank->alg, label), pcr, hex);
		}
	}
	*ret_text = text;
	*ret_size = used;
	return 0;
}
