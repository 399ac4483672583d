// SPDX-License-Identifier: BSD-2-Clause
/* An archive of evidence: what is read is within the limit, and evidence.json lists all of it. */
#include <stdlib.h>

#include "evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bc_evidence *evidence = NULL;
	struct bc_stream *stream = NULL;
	size_t i, total = 0;

	if (bc_stream_open_memory(data, size, "archive", &stream, NULL) < 0)
		abort();
	if (bc_evidence_read_tar(stream, &evidence, NULL) == 0) {
		for (i = 0; i < BC_EVIDENCE_FILES; i++) {
			if (evidence->entry[i].file.name && !evidence->entry[i].claimed)
				abort();
			total += evidence->entry[i].file.size;
		}
		if (total != evidence->total || total > size)
			abort();
		bc_evidence_free(evidence);
	}
	bc_stream_free(stream);
	return 0;
}
