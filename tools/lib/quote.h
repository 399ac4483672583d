/* SPDX-License-Identifier: BSD-2-Clause */
/* What quote.c shares with the verdict. */
#ifndef BC_QUOTE_H
#define BC_QUOTE_H

#include "internal.h"

/* Hash of the selected PCRs as the TPM computes it; *ret_complete is false (and the digest worth nothing) when one is not present. */
BC_MUST_CHECK int bc_quote_hash(const struct bc_quote *quote, struct bc_hash *hash, const struct bc_pcrs *pcrs, uint8_t *ret_digest,
				bool *ret_complete, struct bc_error *reterr);

#endif
