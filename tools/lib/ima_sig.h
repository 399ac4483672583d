/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of files in an IMA list, against certificates. */
#ifndef BC_IMA_SIG_H
#define BC_IMA_SIG_H

#include "sig.h"

enum bc_ima_sig_result {
	BC_IMA_SIG_NONE,	/* nothing that could be signed: boot_aggregate, a buffer, a violation, no file digest */
	BC_IMA_SIG_GOOD,
	BC_IMA_SIG_BAD,
	BC_IMA_SIG_UNKNOWN_KEY,
	BC_IMA_SIG_UNSIGNED,
	BC_IMA_SIG_UNCHECKED,	/* of a kind that cannot be checked from a list: EVM's, an appended one */
};

/* Check the signature of entry. expected and found (160 bytes each) say what does not hold, "" where there is nothing to say. Errors:
 * BC_E_UNSUPPORTED when the backend cannot use a certificate's key. */
BC_MUST_CHECK int bc_ima_sig_check(const struct bc_ima_entry *entry, const struct bc_cert *certs, size_t count,
				   enum bc_ima_sig_result *ret_result, char *ret_expected, char *ret_found, struct bc_error *reterr);

#endif
