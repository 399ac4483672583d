// SPDX-License-Identifier: BSD-2-Clause
/* The sig field of an IMA entry: nothing is good under a key that can sign nothing. */
#include <stdlib.h>

#include "ima_sig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A key of no size: the parsing is what is fuzzed. */
	static const struct bc_cert cert = { .key = { .modulus_size = 0 }, .id = { 0x33, 0x93, 0xff, 0xde } };
	static const uint8_t digest[32];
	static const char *const types[] = { "", "ima", "verity" };
	char expected[160], found[160];
	enum bc_ima_sig_result result = BC_IMA_SIG_GOOD;
	struct bc_ima_entry entry = { .file_alg = "sha256", .file_digest = digest, .file_digest_size = sizeof(digest),
				      .sig = size ? data : NULL, .sig_size = size };
	size_t i;

	for (i = 0; i < 3; i++) {
		entry.file_digest_type = types[i];
		if (bc_ima_sig_check(&entry, &cert, 1, &result, expected, found, NULL) < 0 || result == BC_IMA_SIG_GOOD)
			abort();
		if ((result == BC_IMA_SIG_UNSIGNED) != !size)
			abort();
	}
	return 0;
}
