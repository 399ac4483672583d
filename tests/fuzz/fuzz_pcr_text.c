// SPDX-License-Identifier: BSD-2-Clause
/* PCR values as text: what is accepted can be written and read again, and is the same then. */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

static int read_text(const void *data, size_t size, struct bc_pcrs *ret_pcrs)
{
	struct bc_stream *stream = NULL;
	int r;

	if (bc_stream_open_memory(data, size, "fuzz", &stream, NULL) < 0)
		abort();
	r = bc_pcrs_read(stream, ret_pcrs, NULL);
	bc_stream_free(stream);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bc_pcrs pcrs, again;
	size_t text_size;
	char *text;

	if (read_text(data, size, &pcrs) < 0)
		return 0;
	if (bc_pcrs_text(&pcrs, &text, &text_size, NULL) < 0 || strlen(text) != text_size)
		abort();
	if (read_text(text, text_size, &again) < 0 || memcmp(&pcrs, &again, sizeof(pcrs)))
		abort();
	bc_free(text);
	return 0;
}
