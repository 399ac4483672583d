// SPDX-License-Identifier: BSD-2-Clause
/* A build without tpm2-tss: what it cannot do, it says. */
#include "internal.h"

int bc_tpm_quote(const struct bc_tpm_request *request, struct bc_tpm_answer *ret_answer, struct bc_error *reterr)
{
	(void)request;
	(void)ret_answer;
	return bc_error_set(reterr, BC_E_UNSUPPORTED, "this build cannot ask a TPM for a quote: it was made without tpm2-tss (TSS=1)");
}
