/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to a TPM in its own bytes: the same with tpm2-tss and without. */
#ifndef BC_TPM_ASK_H
#define BC_TPM_ASK_H

#include "internal.h"

/* Room for any answer to the questions here. */
#define BC_TPM_ANSWER_MAX 512

/* Send a command and take the whole answer. Errors: BC_E_TPM. */
typedef int bc_tpm_transmit(void *context, const uint8_t *command, size_t size, uint8_t *ret_answer, size_t room, size_t *ret_size,
			    struct bc_error *reterr);

BC_MUST_CHECK int bc_tpm_ask_platform(bc_tpm_transmit *transmit, void *context, enum bc_tpm_platform *ret_platform,
				      struct bc_error *reterr);

#endif
