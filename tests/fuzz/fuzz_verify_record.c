// SPDX-License-Identifier: BSD-2-Clause
/* The buffer of a firmware_log entry: any bytes. Only the one record of the log given binds it; what does not is a mismatch. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define TEXT_MAX 4096

struct list { uint8_t data[TEXT_MAX + 512]; size_t size; };

static void put(struct list *list, const void *data, size_t size)
{
	memcpy(list->data + list->size, data, size);
	list->size += size;
}

static void put_le32(struct list *list, size_t value)
{
	const uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	put(list, bytes, sizeof(bytes));
}

/* An entry of template and data; its digest is any, as the PCR values are. */
static void put_entry(struct list *list, const char *template, const char *name, const void *text, size_t size)
{
	const size_t digest_size = 8 + 32, name_size = strlen(name) + 1;
	uint8_t digest[32];

	memset(digest, 0x55, sizeof(digest));
	put_le32(list, 10);
	put(list, digest, sizeof(digest));
	put_le32(list, strlen(template));
	put(list, template, strlen(template));
	put_le32(list, 4 + digest_size + 4 + name_size + (text ? 4 + size : 0));
	put_le32(list, digest_size);
	put(list, "sha256:", 8);
	put(list, digest, sizeof(digest));
	put_le32(list, name_size);
	put(list, name, name_size);
	if (!text)
		return;
	put_le32(list, size);
	put(list, text, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t value[32];
	struct list list = { .size = 0 };
	struct bc_verify_input input = { .ima_log_count = 1 };
	struct bc_stream *stream = NULL;
	struct bc_verdict *verdict = NULL;
	struct bc_pcrs pcrs = { 0 };

	if (size > TEXT_MAX)
		return 0;
	put_entry(&list, "ima-ng", "boot_aggregate", NULL, 0);
	put_entry(&list, "ima-buf", "firmware_log", data, size);
	if (bc_pcrs_set(&pcrs, 0x000b, 10, value, sizeof(value), NULL) < 0 ||
	    bc_stream_open_memory(list.data, list.size, "ima.log", &stream, NULL) < 0)
		abort();
	input.ima_log = &stream;
	input.pcrs = &pcrs;
	if (bc_verify(&input, &verdict, NULL) < 0)
		abort();
	/* No firmware log is given: nothing can be bound to it. */
	if (verdict->kind == BC_CONSISTENT || !verdict->firmware_record || verdict->firmware_record_matches || verdict->firmware_log_bound)
		abort();
	bc_verdict_free(verdict);
	bc_stream_free(stream);
	return 0;
}
