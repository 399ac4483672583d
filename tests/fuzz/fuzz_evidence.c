// SPDX-License-Identifier: BSD-2-Clause
/* evidence.json: whatever it says, only files that are there and have its digest pass, and what was read can be written. */
#include <stdlib.h>
#include <string.h>

#include "evidence.h"

static const char content[] = "sha1 0 00\n";

static struct bc_evidence *make_evidence(void)
{
	struct bc_evidence *evidence = NULL;

	if (bc_evidence_new(&evidence, NULL) < 0 || bc_evidence_add(evidence, "pcrs.txt", "", content, strlen(content), NULL) < 0)
		abort();
	return evidence;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bc_evidence *evidence = make_evidence(), *again;
	char *text;
	size_t text_size;

	if (bc_evidence_parse(evidence, data, size, NULL) == 0) {
		if (!evidence->entry[bc_evidence_index("pcrs.txt")].claimed)
			abort();
		if (bc_evidence_json(evidence, &text, &text_size, NULL) < 0)
			abort();
		again = make_evidence();
		if (bc_evidence_parse(again, (const uint8_t *)text, text_size, NULL) < 0)
			abort();
		bc_evidence_free(again);
		bc_free(text);
	}
	bc_evidence_free(evidence);
	return 0;
}
