// SPDX-License-Identifier: BSD-2-Clause
/* Signatures with their TPMT header and plain: numbers are never empty, longer than their buffers, or led by zeros. */
#include <stdlib.h>

#include "sig.h"

static void check(const struct bc_sig *sig)
{
	const uint8_t digest[BC_DIGEST_MAX] = { 0 };
	const struct bc_key none = { .type = BC_KEY_RSA };
	bool good = true;

	if (!bc_sig_scheme_name(sig->scheme))
		abort();
	if (sig->scheme == BC_SIG_ECDSA && (!sig->r_size || !sig->s_size || sig->r_size > BC_ECC_MAX || sig->s_size > BC_ECC_MAX ||
					    !sig->r[0] || !sig->s[0]))
		abort();
	if (sig->scheme != BC_SIG_ECDSA && (sig->rsa_size < BC_RSA_MIN || sig->rsa_size > BC_RSA_MAX))
		abort();
	/* A key of another size or kind verifies nothing, whatever the numbers are. */
	if (bc_sig_verify(&none, sig, digest, 32, &good, NULL) < 0 || good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bc_sig sig;

	if (bc_sig_parse(data, size, 0, 0, &sig, NULL) == 0)
		check(&sig);
	if (bc_sig_parse(data, size, BC_SIG_ECDSA, BC_ALG_SHA256, &sig, NULL) == 0)
		check(&sig);
	if (bc_sig_parse(data, size, BC_SIG_RSAPSS, BC_ALG_SHA256, &sig, NULL) == 0)
		check(&sig);
	return 0;
}
