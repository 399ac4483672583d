// SPDX-License-Identifier: BSD-2-Clause
/* Sets of PCR values, bank by bank. */
#include <string.h>

#include "internal.h"

const struct bc_pcr_bank *bc_pcrs_bank_const(const struct bc_pcrs *pcrs, uint16_t alg)
{
	size_t i;

	for (i = 0; i < pcrs->count; i++)
		if (pcrs->bank[i].alg == alg)
			return &pcrs->bank[i];
	return NULL;
}

struct bc_pcr_bank *bc_pcrs_bank(struct bc_pcrs *pcrs, uint16_t alg)
{
	const struct bc_pcr_bank *bank = bc_pcrs_bank_const(pcrs, alg);

	return bank ? &pcrs->bank[bank - pcrs->bank] : NULL;
}

static int add_bank(struct bc_pcrs *pcrs, uint16_t alg, size_t size, struct bc_pcr_bank **ret_bank, struct bc_error *reterr)
{
	const struct bc_algorithm *algorithm = bc_algorithm_by_id(alg);
	struct bc_pcr_bank *bank;

	if (!size || size > BC_DIGEST_MAX || (algorithm && algorithm->size != size))
		return bc_error_set(reterr, BC_E_INPUT, "a value of %zu bytes, %d wanted", size,
				    algorithm ? algorithm->size : BC_DIGEST_MAX);
	if (pcrs->count == BC_BANKS_MAX)
		return bc_error_set(reterr, BC_E_INPUT, "more than %d banks", BC_BANKS_MAX);
	bank = &pcrs->bank[pcrs->count++];
	memset(bank, 0, sizeof(*bank));
	bank->alg = alg;
	bank->size = (uint16_t)size;
	*ret_bank = bank;
	return 0;
}

int bc_pcrs_set(struct bc_pcrs *pcrs, uint16_t alg, unsigned int pcr, const void *value, size_t size, struct bc_error *reterr)
{
	struct bc_pcr_bank *bank = bc_pcrs_bank(pcrs, alg);
	int r;

	if (pcr >= BC_PCR_COUNT)
		return bc_error_set(reterr, BC_E_INPUT, "PCR %u, a TPM has 0-%d", pcr, BC_PCR_COUNT - 1);
	if (!bank) {
		r = add_bank(pcrs, alg, size, &bank, reterr);
		if (r < 0)
			return r;
	}
	if (size != bank->size)
		return bc_error_set(reterr, BC_E_INPUT, "a value of %zu bytes, %d wanted", size, bank->size);
	if (bank->present >> pcr & 1 && memcmp(bank->value[pcr], value, size))
		return bc_error_set(reterr, BC_E_INPUT, "PCR %u is given twice, with different values", pcr);
	memcpy(bank->value[pcr], value, size);
	bank->present |= UINT32_C(1) << pcr;
	return 0;
}
