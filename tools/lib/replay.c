// SPDX-License-Identifier: BSD-2-Clause
/* PCRs computed again from events and entries, in every bank at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define ALL_PCRS ((UINT32_C(1) << BC_PCR_COUNT) - 1)
/* Locality that an H-CRTM sequence leaves in PCR 0 (TPM 2.0 Library, part 1, 34.2). */
#define HCRTM_LOCALITY 4

struct bc_replay {
	struct bc_pcrs values, initial;
	struct bc_hash *hash[BC_BANKS_MAX];
	bool broken[BC_BANKS_MAX];	/* an event had no digest of this bank: its values mean nothing any more */
	uint32_t extended;		/* bit n: PCR n was extended */
	char reason[BC_PCR_COUNT][24];
	const uint8_t *last[BC_BANKS_MAX];	/* what was extended last, lent by its event or entry, or the digest of the entry's data: */
	uint8_t computed[BC_BANKS_MAX][BC_DIGEST_MAX];
};

int bc_replay_new(struct bc_replay **ret_replay, struct bc_error *reterr)
{
	struct bc_replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return bc_error_nomem(reterr);
	*ret_replay = replay;
	return 0;
}

void bc_replay_free(struct bc_replay *replay)
{
	size_t i;

	if (!replay)
		return;
	for (i = 0; i < BC_BANKS_MAX; i++)
		bc_hash_free(replay->hash[i]);
	free(replay);
}

int bc_replay_add_bank(struct bc_replay *replay, uint16_t alg, struct bc_error *reterr)
{
	const size_t index = replay->values.count;
	struct bc_pcr_bank *bank;
	struct bc_hash *hash = NULL;
	unsigned int pcr;
	int r;

	if (bc_pcrs_bank(&replay->values, alg))
		return 0;
	if (index == BC_BANKS_MAX)
		return bc_error_set(reterr, BC_E_INPUT, "more than %d banks", BC_BANKS_MAX);
	r = bc_hash_new(alg, &hash, reterr);
	if (r < 0)
		return r;
	replay->hash[index] = hash;
	bank = &replay->values.bank[index];
	memset(bank, 0, sizeof(*bank));
	bank->alg = alg;
	bank->size = (uint16_t)bc_hash_size(hash);
	for (pcr = BC_FIRST_DYNAMIC_PCR; pcr <= BC_LAST_DYNAMIC_PCR; pcr++)
		memset(bank->value[pcr], 0xff, bank->size);
	replay->initial.bank[index] = *bank;
	replay->initial.bank[index].present = ALL_PCRS;
	replay->values.count++;
	replay->initial.count++;
	return 0;
}

static void set_start(struct bc_replay *replay, size_t index, unsigned int pcr, const uint8_t *value)
{
	struct bc_pcr_bank *bank = &replay->values.bank[index];

	memcpy(bank->value[pcr], value, bank->size);
	memcpy(replay->initial.bank[index].value[pcr], value, bank->size);
	bank->present |= UINT32_C(1) << pcr;
}

int bc_replay_start(struct bc_replay *replay, unsigned int pcr, const void *value, size_t size, struct bc_error *reterr)
{
	bool used = false;
	size_t i;

	if (pcr >= BC_PCR_COUNT)
		return bc_error_set(reterr, BC_E_INPUT, "PCR %u, a TPM has 0-%d", pcr, BC_PCR_COUNT - 1);
	for (i = 0; i < replay->values.count; i++) {
		if (replay->values.bank[i].size != size)
			continue;
		set_start(replay, i, pcr, value);
		used = true;
	}
	if (!used)
		return bc_error_set(reterr, BC_E_INPUT, "a start value of %zu bytes fits no bank of the logs", size);
	bc_copy_text(replay->reason[pcr], sizeof(replay->reason[pcr]), "given");
	return 0;
}

/* PCR 0 starts with the locality of TPM2_Startup in its last byte (PFP 1.06, 10.4.5.3). */
static int start_locality(struct bc_replay *replay, int locality, bool hcrtm, struct bc_error *reterr)
{
	uint8_t value[BC_DIGEST_MAX] = { 0 };
	size_t i;

	if (replay->extended & 1)
		return bc_error_found(reterr, BC_E_INPUT, "StartupLocality", "it in front of the first extend of PCR 0", "locality %d behind it", locality);
	if (locality > HCRTM_LOCALITY)
		return bc_error_found(reterr, BC_E_INPUT, "StartupLocality", "0-4", "%d", locality);
	if (!strcmp(replay->reason[0], "given"))
		return 0;
	for (i = 0; i < replay->values.count; i++) {
		value[replay->values.bank[i].size - 1] = (uint8_t)locality;
		set_start(replay, i, 0, value);
		value[replay->values.bank[i].size - 1] = 0;
	}
	snprintf(replay->reason[0], sizeof(replay->reason[0]), hcrtm ? "H-CRTM" : "locality %d", locality);
	return 0;
}

static int extend(struct bc_replay *replay, size_t index, unsigned int pcr, const uint8_t *digest, struct bc_error *reterr)
{
	struct bc_pcr_bank *bank = &replay->values.bank[index];
	int r;

	r = bc_hash_extend(replay->hash[index], bank->value[pcr], digest, reterr);
	if (r == 0) {
		replay->last[index] = digest;
		if (!replay->broken[index])
			bank->present |= UINT32_C(1) << pcr;
		replay->extended |= UINT32_C(1) << pcr;
	}
	return r;
}

static int event_error(const struct bc_tcg_event *event, int r, struct bc_error *reterr)
{
	bc_error_event(reterr, "event", event->number);
	bc_error_offset(reterr, event->offset);
	return r;
}

int bc_replay_event(struct bc_replay *replay, const struct bc_tcg_event *event, struct bc_error *reterr)
{
	const int locality = bc_tcg_event_locality(event);
	const struct bc_tcg_digest *digest;
	size_t i;
	int r = 0;

	if (event->type == BC_EV_NO_ACTION)
		return locality < 0 ? 0 : event_error(event, start_locality(replay, locality, false, reterr), reterr);
	/* An H-CRTM measurement starts PCR 0 at locality 4, whether or not the log says so. */
	if (event->type == BC_EV_EFI_HCRTM_EVENT && event->pcr == 0 && !(replay->extended & 1) && !replay->reason[0][0])
		r = start_locality(replay, HCRTM_LOCALITY, true, reterr);
	for (i = 0; r == 0 && i < replay->values.count; i++) {
		digest = bc_tcg_event_digest(event, replay->values.bank[i].alg);
		if (digest && digest->size == replay->values.bank[i].size) {
			r = extend(replay, i, event->pcr, digest->bytes, reterr);
		} else {
			replay->broken[i] = true;
			replay->values.bank[i].present = 0;
		}
	}
	return r < 0 ? event_error(event, r, reterr) : 0;
}

int bc_replay_entry(struct bc_replay *replay, const struct bc_ima_entry *entry, uint16_t alg, enum bc_agree *ret_agree,
		    struct bc_error *reterr)
{
	enum bc_agree agree = BC_AGREE_UNKNOWN;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < replay->values.count; i++) {
		struct bc_pcr_bank *bank = &replay->values.bank[i];
		const bool own = bank->alg == alg && !entry->violation;
		uint8_t *computed = replay->computed[i];

		if (entry->violation) {
			memset(computed, 0xff, bank->size);
		} else if (entry->data_known) {
			r = bc_ima_template_digest(entry, replay->hash[i], computed, reterr);
		} else if (!own) {		/* only the stored digest is known */
			replay->broken[i] = true;
			bank->present = 0;
			continue;
		}
		if (r == 0)
			r = extend(replay, i, entry->pcr, own ? entry->digest : computed, reterr);
		/* Behind the extend: what the hash has just written, word by word, cannot be read at once. */
		if (r == 0 && own && entry->data_known)
			agree = memcmp(computed, entry->digest, bank->size) ? BC_AGREE_NO : BC_AGREE_YES;
	}
	if (r == 0 && ret_agree)
		*ret_agree = agree;
	return r;
}

const uint8_t *bc_replay_last(const struct bc_replay *replay, size_t index, const uint8_t **ret_computed)
{
	*ret_computed = replay->computed[index];
	return replay->last[index];
}

bool bc_replay_complete(const struct bc_replay *replay, uint16_t alg)
{
	size_t i;

	for (i = 0; i < replay->values.count; i++)
		if (replay->values.bank[i].alg == alg)
			return !replay->broken[i];
	return true;
}

const struct bc_pcrs *bc_replay_values(const struct bc_replay *replay)
{
	return &replay->values;
}

void bc_replay_known(const struct bc_replay *replay, struct bc_pcrs *ret_pcrs)
{
	size_t i;

	*ret_pcrs = replay->values;
	for (i = 0; i < ret_pcrs->count; i++)
		if (!replay->broken[i])
			ret_pcrs->bank[i].present = ALL_PCRS;
}

const struct bc_pcrs *bc_replay_initial(const struct bc_replay *replay)
{
	return &replay->initial;
}

const char *bc_replay_initial_reason(const struct bc_replay *replay, unsigned int pcr)
{
	return pcr < BC_PCR_COUNT ? replay->reason[pcr] : "";
}

/* ---- boot_aggregate ---- */

int bc_aggregate_hash(const struct bc_pcr_bank *bank, unsigned int last, uint8_t *ret_digest, struct bc_error *reterr)
{
	struct bc_hash *hash = NULL;
	unsigned int pcr;
	int r;

	r = bc_hash_new(bank->alg, &hash, reterr);
	if (r < 0)
		return r;
	r = bc_hash_start(hash, reterr);
	for (pcr = 0; r == 0 && pcr <= last; pcr++)
		r = bc_hash_update(hash, bank->value[pcr], bank->size, reterr);
	if (r == 0)
		r = bc_hash_finish(hash, ret_digest, reterr);
	bc_hash_free(hash);
	return r;
}

/* Linux hashes with the bank's own algorithm; a field of another length is cut, or filled up with zeros. */
static bool same_digest(const struct bc_ima_entry *entry, const uint8_t *digest, size_t size)
{
	if (entry->file_digest_size < size)
		return false;
	return !memcmp(entry->file_digest, digest, size) &&
	       bc_all_bytes(entry->file_digest + size, entry->file_digest_size - size, 0);
}

static bool has_first(const struct bc_pcr_bank *bank, unsigned int last)
{
	const uint32_t wanted = (UINT32_C(2) << last) - 1;

	return bank && (bank->present & wanted) == wanted;
}

int bc_aggregate_find(const struct bc_ima_entry *entry, const struct bc_pcrs *pcrs, struct bc_aggregate *ret_aggregate,
		      struct bc_error *reterr)
{
	static const unsigned int last_pcrs[] = { 9, 7 };
	const struct bc_algorithm *named = bc_algorithm_by_name(entry->file_alg, 0);
	struct bc_aggregate aggregate = { .entry = entry->number };
	uint8_t digest[BC_DIGEST_MAX];
	size_t i, j;
	int r;

	bc_escape(entry->name, entry->name_size, aggregate.name, sizeof(aggregate.name));
	bc_hex(entry->file_digest, entry->file_digest_size < BC_DIGEST_MAX ? entry->file_digest_size : BC_DIGEST_MAX, aggregate.value);
	aggregate.zero = bc_all_bytes(entry->file_digest, entry->file_digest_size, 0);
	for (i = 0; !aggregate.zero && i < pcrs->count; i++) {
		if (!bc_hash_available(pcrs->bank[i].alg))
			continue;
		for (j = 0; !aggregate.found && j < BC_ARRAY_SIZE(last_pcrs); j++) {
			if (!has_first(&pcrs->bank[i], last_pcrs[j]))
				continue;
			r = bc_aggregate_hash(&pcrs->bank[i], last_pcrs[j], digest, reterr);
			if (r < 0)
				return r;
			if (!same_digest(entry, digest, pcrs->bank[i].size))
				continue;
			aggregate.found = true;
			aggregate.bank = pcrs->bank[i].alg;
			aggregate.last_pcr = last_pcrs[j];
		}
	}
	aggregate.checked = aggregate.found || aggregate.zero ||
			    (named && bc_hash_available(named->id) && has_first(bc_pcrs_bank_const(pcrs, named->id), last_pcrs[0]));
	*ret_aggregate = aggregate;
	return 0;
}
