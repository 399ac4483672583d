// SPDX-License-Identifier: BSD-2-Clause
/* TPMS_ATTEST: what is read stays in its bounds, and a quote of no PCR matches no value it was not made for. */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bc_pcrs none;
	struct bc_quote quote, again;
	bool matches = false;
	size_t i;

	if (bc_quote_parse(data, size, &quote, NULL) < 0)
		return 0;
	if (quote.signed_offset + quote.signed_size != size || (quote.signed_offset && quote.signed_offset != 2))
		abort();
	/* What was signed reads the same alone. */
	if (quote.is_quote) {
		if (bc_quote_parse(data + quote.signed_offset, quote.signed_size, &again, NULL) < 0 || !again.is_quote ||
		    again.digest_size != quote.digest_size || memcmp(again.digest, quote.digest, quote.digest_size))
			abort();
	}
	if (quote.nonce_size > BC_NONCE_MAX || quote.signer_size > BC_NAME_MAX || quote.digest_size > BC_DIGEST_MAX)
		abort();
	for (i = 0; i < quote.selection_count; i++)
		if (quote.selection[i].pcrs >> BC_PCR_COUNT)
			abort();
	for (i = 0; i < quote.selection_count; i++)
		if (quote.selection[i].pcrs && (bc_quote_matches(&quote, 0x000b, &none, &matches, NULL) < 0 || matches))
			abort();
	return 0;
}
