// SPDX-License-Identifier: BSD-2-Clause
/*
 * PCR values as tpm2_quote -o writes them: a TPML_PCR_SELECTION, a count, and so many TPML_DIGEST, as the structures of tpm2-tss lie in memory,
 * with numbers in little-endian order (TPM2 Part 2, 10.9.3 and 10.9.7). The digests stand in the order of the selections.
 */
#include <stdio.h>

#include "internal.h"

#define SELECTIONS_MAX 16u
#define SELECTION_SIZE 8u	/* hash, sizeofSelect, four bytes of pcrSelect, and one that aligns */
#define DIGESTS_MAX 8u
#define HEAD_SIZE (4 + SELECTIONS_MAX * SELECTION_SIZE + 4)
#define LIST_SIZE (4 + DIGESTS_MAX * (2 + BC_DIGEST_MAX))

bool bc_pcrs_serialized_begins(const uint8_t *data, size_t size)
{
	return size >= HEAD_SIZE && data[0] && data[0] <= SELECTIONS_MAX && !data[1] && !data[2] && !data[3];
}

/* The digests, list by list. */
struct digests {
	struct bc_reader lists;
	uint32_t left;			/* in this list */
	struct bc_reader list;
};

/* The next digest, a value of PCR pcr. */
static int take_digest(struct digests *digests, const struct bc_algorithm *bank, unsigned int pcr, struct bc_pcrs *pcrs, struct bc_error *reterr)
{
	struct bc_reader digest, value;
	uint16_t size = 0;
	uint64_t at;

	if (!digests->left) {
		at = digests->lists.offset;
		if (!bc_get_sub(&digests->lists, LIST_SIZE, &digests->list) || !bc_get_le32(&digests->list, &digests->left) || !digests->left)
			return bc_error_at(reterr, BC_E_INPUT, at, "TPML_DIGEST", "a digest for each PCR that is selected", "none for PCR %u", pcr);
		if (digests->left > DIGESTS_MAX)
			return bc_error_at(reterr, BC_E_INPUT, at, "count", "at most 8 digests", "%u", digests->left);
	}
	at = digests->list.offset;
	if (!bc_get_sub(&digests->list, 2 + BC_DIGEST_MAX, &digest) || !bc_get_le16(&digest, &size) || size != bank->size ||
	    !bc_get_sub(&digest, size, &value))
		return bc_error_at(reterr, BC_E_INPUT, at, "size", "the size of the bank's digests", "%u", size);
	digests->left--;
	return bc_pcrs_set(pcrs, bank->id, pcr, value.at, value.left, reterr);
}

static int read_selection(struct bc_reader selection, struct digests *digests, struct bc_pcrs *pcrs, struct bc_error *reterr)
{
	const uint64_t at = selection.offset;
	const struct bc_algorithm *bank;
	const uint8_t *map;
	uint16_t alg = 0;
	uint8_t size = 0;
	unsigned int pcr;
	int r = 0;

	if (!bc_get_le16(&selection, &alg) || !bc_get_u8(&selection, &size) || size > 4)
		return bc_error_at(reterr, BC_E_INPUT, at, "sizeofSelect", "at most 4 bytes", "%u", size);
	bank = bc_algorithm_by_id(alg);
	if (!bank)
		return bc_error_at(reterr, BC_E_INPUT, at, "hash", "an algorithm that is known here", "0x%04x", alg);
	map = bc_take(&selection, 4);
	for (pcr = 0; r == 0 && map && pcr < 8u * size; pcr++)
		if (map[pcr / 8] >> pcr % 8 & 1)
			r = take_digest(digests, bank, pcr, pcrs, reterr);
	return r;
}

int bc_pcrs_read_serialized(const uint8_t *data, size_t size, struct bc_pcrs *pcrs, struct bc_error *reterr)
{
	struct bc_reader reader, selections, selection;
	struct digests digests = { .left = 0 };
	uint32_t count = 0, lists = 0, i;
	int r = 0;

	bc_reader_init(&reader, data, size, 0);
	if (!bc_get_le32(&reader, &count) || !bc_get_sub(&reader, SELECTIONS_MAX * SELECTION_SIZE, &selections) || !bc_get_le32(&reader, &lists) ||
	    count > SELECTIONS_MAX || reader.left != (uint64_t)lists * LIST_SIZE)
		return bc_error_at(reterr, BC_E_INPUT, HEAD_SIZE - 4, "count", "as many lists as stand behind it, of 532 bytes each",
				   "%u, and %zu bytes", lists, reader.left);
	digests.lists = reader;
	for (i = 0; r == 0 && i < count; i++)
		r = bc_get_sub(&selections, SELECTION_SIZE, &selection) ? read_selection(selection, &digests, pcrs, reterr) :
		    bc_error_bug(reterr, "more selections than there is room for");
	if (r == 0 && (digests.left || !bc_at_end(&digests.lists)))
		r = bc_error_at(reterr, BC_E_INPUT, digests.left ? digests.list.offset : digests.lists.offset, "TPML_DIGEST",
				"no digest behind those of the PCRs selected", "more");
	return r;
}
