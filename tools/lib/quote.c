// SPDX-License-Identifier: BSD-2-Clause
/* What a TPM signs when it is asked for a quote: TPMS_ATTEST with TPMS_QUOTE_INFO (TPM 2.0 Part 2, 10.12). */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "quote.h"

#define GENERATED 0xff544347u	/* TPM_GENERATED_VALUE: a restricted key signs nothing else that begins so */
#define ATTEST_QUOTE 0x8018u	/* TPM_ST_ATTEST_QUOTE */
/* PTP 1.05: 24 PCRs are three bytes; a TPM may have room for 32. */
#define SELECT_MAX 4

static int cut(const struct bc_reader *at, const char *field, struct bc_error *reterr)
{
	return bc_error_at(reterr, BC_E_INPUT, at->offset, field, "more bytes", "%zu left", at->left);
}

/* A TPM2B of at most max bytes. */
static int get_sized(struct bc_reader *at, const char *field, size_t max, uint8_t *ret_data, size_t *ret_size, struct bc_error *reterr)
{
	const uint64_t offset = at->offset;
	char expected[32];
	uint16_t size;

	if (!bc_get_be16(at, &size))
		return cut(at, field, reterr);
	if (size > max) {
		snprintf(expected, sizeof(expected), "at most %zu bytes", max);
		return bc_error_at(reterr, BC_E_INPUT, offset, field, expected, "%u", size);
	}
	if (!bc_get_bytes(at, ret_data, size))
		return cut(at, field, reterr);
	*ret_size = size;
	return 0;
}

static int get_clock(struct bc_reader *at, struct bc_quote *quote, struct bc_error *reterr)
{
	uint8_t safe;

	if (!bc_get_be64(at, &quote->clock) || !bc_get_be32(at, &quote->resets) || !bc_get_be32(at, &quote->restarts))
		return cut(at, "clockInfo", reterr);
	if (!bc_get_u8(at, &safe))
		return cut(at, "clockInfo.safe", reterr);
	if (safe > 1)
		return bc_error_at(reterr, BC_E_INPUT, at->offset - 1, "clockInfo.safe", "0 or 1", "%u", safe);
	quote->safe = safe;
	return bc_get_be64(at, &quote->firmware_version) ? 0 : cut(at, "firmwareVersion", reterr);
}

static int get_selection(struct bc_reader *at, struct bc_quote *quote, struct bc_error *reterr)
{
	const size_t row = quote->selection_count;
	uint8_t bytes[SELECT_MAX] = { 0 }, size;
	uint32_t mask = 0;
	uint16_t alg;
	size_t i;

	if (!bc_get_be16(at, &alg) || !bc_get_u8(at, &size))
		return cut(at, "pcrSelect", reterr);
	if (size > SELECT_MAX)
		return bc_error_at(reterr, BC_E_INPUT, at->offset - 1, "sizeofSelect", "at most 4", "%u", size);
	if (!bc_get_bytes(at, bytes, size))
		return cut(at, "pcrSelect", reterr);
	for (i = 0; i < SELECT_MAX; i++)
		mask |= (uint32_t)bytes[i] << (8 * i);
	if (mask >> BC_PCR_COUNT)
		return bc_error_at(reterr, BC_E_INPUT, at->offset - size, "pcrSelect", "PCR 0-23", "mask 0x%x", mask);
	quote->selection[row].alg = alg;
	quote->selection[row].pcrs = mask;
	quote->selection_count++;
	return 0;
}

static int get_quote_info(struct bc_reader *at, struct bc_quote *quote, struct bc_error *reterr)
{
	uint32_t count, i;
	int r = 0;

	if (!bc_get_be32(at, &count))
		return cut(at, "pcrSelect.count", reterr);
	if (count > BC_BANKS_MAX)
		return bc_error_at(reterr, BC_E_INPUT, at->offset - 4, "pcrSelect.count", "at most 16", "%u", count);
	for (i = 0; r == 0 && i < count; i++)
		r = get_selection(at, quote, reterr);
	if (r == 0)
		r = get_sized(at, "pcrDigest", sizeof(quote->digest), quote->digest, &quote->digest_size, reterr);
	return r;
}

static int get_attest(struct bc_reader *at, struct bc_quote *quote, struct bc_error *reterr)
{
	int r;

	if (!bc_get_be32(at, &quote->magic))
		return cut(at, "magic", reterr);
	if (!bc_get_be16(at, &quote->type))
		return cut(at, "type", reterr);
	quote->is_quote = quote->magic == GENERATED && quote->type == ATTEST_QUOTE;
	if (!quote->is_quote)
		return 0;
	r = get_sized(at, "qualifiedSigner", sizeof(quote->signer), quote->signer, &quote->signer_size, reterr);
	if (r == 0)
		r = get_sized(at, "extraData", sizeof(quote->nonce), quote->nonce, &quote->nonce_size, reterr);
	if (r == 0)
		r = get_clock(at, quote, reterr);
	if (r == 0)
		r = get_quote_info(at, quote, reterr);
	if (r == 0 && !bc_at_end(at))
		r = bc_error_at(reterr, BC_E_INPUT, at->offset, "TPMS_ATTEST", "its end", "%zu more bytes", at->left);
	return r;
}

/* A bare TPMS_ATTEST begins with ff54, which no TPM2B can: its size would be far above the limit. */
static struct bc_reader unwrap(struct bc_reader at)
{
	struct bc_reader inner = at;
	uint16_t size;

	return bc_get_be16(&inner, &size) && size == inner.left ? inner : at;
}

int bc_quote_parse(const void *data, size_t size, struct bc_quote *ret_quote, struct bc_error *reterr)
{
	struct bc_quote quote = { 0 };
	struct bc_reader at;
	int r;

	if (size > BC_QUOTE_MAX)
		return bc_error_at(reterr, BC_E_INPUT, 0, "TPMS_ATTEST", "at most 1024 bytes", "%zu", size);
	bc_reader_init(&at, data, size, 0);
	at = unwrap(at);
	quote.signed_offset = (size_t)at.offset;
	quote.signed_size = at.left;
	r = get_attest(&at, &quote, reterr);
	if (r == 0)
		*ret_quote = quote;
	return r;
}

uint32_t bc_quote_pcrs(const struct bc_quote *quote, uint16_t alg)
{
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < quote->selection_count; i++)
		if (quote->selection[i].alg == alg)
			mask |= quote->selection[i].pcrs;
	return mask;
}

/* Part 1, 17.5: selection by selection as they were signed, in each the PCRs from 0 up. */
int bc_quote_hash(const struct bc_quote *quote, struct bc_hash *hash, const struct bc_pcrs *pcrs, uint8_t *ret_digest,
		  bool *ret_complete, struct bc_error *reterr)
{
	bool complete = true;
	unsigned int pcr;
	size_t i;
	int r;

	r = bc_hash_start(hash, reterr);
	for (i = 0; r == 0 && i < quote->selection_count; i++) {
		const struct bc_pcr_bank *bank = bc_pcrs_bank_const(pcrs, quote->selection[i].alg);
		const uint32_t mask = quote->selection[i].pcrs;

		complete = complete && (!mask || (bank && !(mask & ~bank->present)));
		for (pcr = 0; r == 0 && complete && pcr < BC_PCR_COUNT; pcr++)
			if (mask >> pcr & 1)
				r = bc_hash_update(hash, bank->value[pcr], bank->size, reterr);
	}
	if (r == 0)
		r = bc_hash_finish(hash, ret_digest, reterr);
	if (r == 0)
		*ret_complete = complete;
	return r;
}

int bc_quote_matches(const struct bc_quote *quote, uint16_t alg, const struct bc_pcrs *pcrs, bool *ret_matches, struct bc_error *reterr)
{
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_hash *hash = NULL;
	bool complete = false;
	int r;

	r = bc_hash_new(alg, &hash, reterr);
	if (r < 0)
		return r;
	r = bc_quote_hash(quote, hash, pcrs, digest, &complete, reterr);
	if (r == 0)
		*ret_matches = complete && quote->is_quote && quote->digest_size == bc_hash_size(hash) &&
			       !memcmp(digest, quote->digest, quote->digest_size);
	bc_hash_free(hash);
	return r;
}
