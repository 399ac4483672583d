// SPDX-License-Identifier: BSD-2-Clause
/* PCR 10 without an IMA list: a kernel without a policy has extended it once, with the hash of the firmware's PCRs. */
#include <stdio.h>
#include <string.h>

#include "quote.h"
#include "verify.h"

#define IMA_PCR 10
/* evm-sig is the longest: the digest with its names and the name, each with its length, and seven empty fields. */
#define DATA_MAX 512

/* Template data of an entry that has no signature (Linux 6.12, ima_template_lib.c). ima is a structure, not fields. */
static const struct form { const char *name, *prefix; unsigned int empty_fields; bool old; } forms[] = {
	{ "ima-ng", "", 0, false },
	{ "ima-sig", "", 1, false },
	{ "ima-ngv2", "ima:", 0, false },
	{ "ima-sigv2", "ima:", 1, false },
	{ "ima-modsig", "", 3, false },
	{ "evm-sig", "", 7, false },
	{ "ima", "", 0, true },
};
enum { EARLY, LATE };
static const char *const names[] = { [EARLY] = "boot_aggregate", [LATE] = "boot_aggregate_late" };
static const unsigned int lasts[] = { 9, 7 };

/* One entry that could have been the first and only one. */
struct candidate {
	const struct form *form;
	const char *name;
	const struct bc_pcr_bank *bank;	/* whose PCRs were hashed */
	unsigned int last;
	bool padded;			/* other banks got the SHA-1 digest and zeros (Linux before 5.8) */
	uint8_t data[DATA_MAX];
	size_t size;
};

struct search {
	struct bc_verify *v;
	unsigned int count;		/* candidates that fit */
	struct candidate best;
	uint8_t value[BC_BANKS_MAX][BC_DIGEST_MAX];	/* PCR 10 of the candidate in each judged bank */
	uint8_t best_value[BC_BANKS_MAX][BC_DIGEST_MAX];
};

/* ---- template data ---- */

static void put(struct candidate *candidate, const void *data, size_t size)
{
	if (size > sizeof(candidate->data) - candidate->size)
		return;		/* cannot be: see DATA_MAX */
	memcpy(candidate->data + candidate->size, data, size);
	candidate->size += size;
}

static void put_length(struct candidate *candidate, size_t length)
{
	const uint8_t bytes[4] = { (uint8_t)length, (uint8_t)(length >> 8) };

	put(candidate, bytes, sizeof(bytes));
}

static void put_fields(struct candidate *candidate, const struct bc_algorithm *hash, const uint8_t *digest)
{
	static const uint8_t nul;
	const struct form *form = candidate->form;
	unsigned int i;

	put_length(candidate, strlen(form->prefix) + strlen(hash->name) + 2 + hash->size);
	put(candidate, form->prefix, strlen(form->prefix));
	put(candidate, hash->name, strlen(hash->name));
	put(candidate, ":", 1);
	put(candidate, &nul, 1);
	put(candidate, digest, hash->size);
	put_length(candidate, strlen(candidate->name) + 1);
	put(candidate, candidate->name, strlen(candidate->name) + 1);
	for (i = 0; i < form->empty_fields; i++)
		put_length(candidate, 0);
}

/* The template "ima": 20 bytes of digest and a name of 256, filled up with zeros. */
static void put_old(struct candidate *candidate, const uint8_t *digest)
{
	static const uint8_t zeros[256];

	put(candidate, digest, 20);
	put(candidate, candidate->name, strlen(candidate->name));
	put(candidate, zeros, sizeof(zeros) - strlen(candidate->name));
}

static int make_data(struct candidate *candidate, struct bc_error *err)
{
	const struct bc_algorithm *hash = bc_algorithm_by_id(candidate->bank->alg);
	uint8_t digest[BC_DIGEST_MAX];
	int r;

	candidate->size = 0;
	r = bc_aggregate_hash(candidate->bank, candidate->last, digest, err);
	if (r < 0)
		return r;
	if (candidate->form->old)
		put_old(candidate, digest);
	else
		put_fields(candidate, hash, digest);
	return 0;
}

/* ---- PCR 10 ---- */

/* One extend of zeros. */
static int extend_once(const struct candidate *candidate, uint16_t alg, size_t size, uint8_t *ret_value, struct bc_error *err)
{
	uint8_t message[2 * BC_DIGEST_MAX] = { 0 };
	int r;

	r = bc_digest(candidate->padded ? BC_ALG_SHA1 : alg, candidate->data, candidate->size, message + size, err);
	return r < 0 ? r : bc_digest(alg, message, 2 * size, ret_value, err);
}

static bool is_judged(const struct bc_verify *v, size_t judged)
{
	return v->usable[judged] && v->judged[judged]->present >> IMA_PCR & 1;
}

/* Without a value of its own, PCR 10 is right when with it the quote's digest is. */
static int fits_quote(struct search *search, bool *ret_fits)
{
	struct bc_verify *v = search->v;
	uint8_t digest[BC_DIGEST_MAX];
	bool complete = false;
	size_t i;
	int r;

	for (i = 0; i < v->own.count; i++)
		memcpy(v->own.bank[i].value[IMA_PCR], search->value[i], v->own.bank[i].size);
	r = bc_quote_hash(&v->verdict->quote, v->quote_hash, &v->own, digest, &complete, v->err);
	*ret_fits = r == 0 && complete && bc_hash_size(v->quote_hash) == v->verdict->quote.digest_size &&
		    !memcmp(digest, v->verdict->quote.digest, v->verdict->quote.digest_size);
	return r;
}

static int fits(struct search *search, const struct candidate *candidate, bool *ret_fits)
{
	struct bc_verify *v = search->v;
	bool same = true;
	size_t i;
	int r;

	for (i = 0; i < v->judged_count; i++) {
		const struct bc_pcr_bank *bank = v->judged[i];

		if (!is_judged(v, i))
			continue;
		r = extend_once(candidate, bank->alg, bank->size, search->value[i], v->err);
		if (r < 0)
			return r;
		same = same && !memcmp(search->value[i], bank->value[IMA_PCR], bank->size);
	}
	*ret_fits = same;
	return v->searching ? fits_quote(search, ret_fits) : 0;
}

static int try_candidate(struct search *search, struct candidate *candidate)
{
	bool good = false;
	int r;

	r = make_data(candidate, search->v->err);
	if (r == 0)
		r = fits(search, candidate, &good);
	if (r < 0 || !good)
		return r;
	search->count++;
	search->best = *candidate;
	memcpy(search->best_value, search->value, sizeof(search->value));
	return 0;
}

/* In a SHA-1 bank padding makes no difference: it is tried where there is another. */
static bool padding_matters(const struct bc_verify *v)
{
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		if (is_judged(v, i) && v->judged[i]->alg != BC_ALG_SHA1)
			return true;
	return false;
}

static int try_names(struct search *search, struct candidate *candidate)
{
	size_t i, j, k;
	int r = 0;

	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(forms); i++) {
		candidate->form = &forms[i];
		if (candidate->form->old && candidate->bank->alg != BC_ALG_SHA1)
			continue;
		for (j = 0; r == 0 && j < BC_ARRAY_SIZE(names); j++) {
			candidate->name = names[j];
			for (k = 0; r == 0 && k < BC_ARRAY_SIZE(lasts); k++) {
				candidate->last = lasts[k];
				r = try_candidate(search, candidate);
			}
		}
	}
	return r;
}

static int try_all(struct search *search)
{
	const struct bc_pcrs *firmware = &search->v->firmware;
	const unsigned int paddings = padding_matters(search->v) ? 2 : 1;
	struct candidate candidate = { 0 };
	unsigned int padded;
	size_t i;
	int r = 0;

	for (padded = 0; r == 0 && padded < paddings; padded++) {
		candidate.padded = padded;
		for (i = 0; r == 0 && i < firmware->count; i++) {
			candidate.bank = &firmware->bank[i];
			if (bc_replay_complete(search->v->replay, candidate.bank->alg))
				r = try_names(search, &candidate);
		}
	}
	return r;
}

/* ---- the result ---- */

static int add(struct bc_verify *v, struct bc_finding *finding)
{
	bc_copy_text(finding->source, sizeof(finding->source), v->input->pcrs_name ? v->input->pcrs_name : "PCR values");
	finding->pcr = IMA_PCR;
	return bc_findings_add(v->verdict->findings, finding, v->err);
}

/* What is said of an entry in a list is said of one that follows, too. */
static int report(struct search *search)
{
	struct bc_verify *v = search->v;
	const struct candidate *best = &search->best;
	struct bc_finding finding;
	char label[16];
	int r;

	v->inferred = true;
	v->verdict->aggregate_inferred = true;
	bc_finding_init(&finding, BC_AGGREGATE_INFERRED, "it is what one %s entry leads to: template %s, bank %s, PCR 0-%u, %s; there is no IMA "
			"list that says so", best->name, best->form->name, bc_algorithm_label(best->bank->alg, label), best->last,
			best->padded ? "its SHA-1 digest padded with zeros" : "no padding");
	r = add(v, &finding);
	if (r == 0 && best->name == names[LATE]) {
		v->verdict->aggregate_late = true;
		bc_finding_init(&finding, BC_AGGREGATE_LATE, "IMA started late: what ran before is not in the list");
		r = add(v, &finding);
	}
	if (r == 0 && best->bank->alg == BC_ALG_SHA1) {
		bc_finding_init(&finding, BC_AGGREGATE_LOW, "boot_aggregate is of the SHA-1 bank");
		r = add(v, &finding);
	}
	return r;
}

/* PCR 10 was extended, and in every judged bank that is logged there is a value to explain. */
static bool is_open(const struct bc_verify *v)
{
	bool any = false;
	size_t i;

	for (i = 0; i < v->judged_count; i++) {
		if (!is_judged(v, i))
			continue;
		if (!v->logged[i])
			return false;
		any = any || v->searching || !bc_all_bytes(v->judged[i]->value[IMA_PCR], v->judged[i]->size, 0);
	}
	return any && !(v->firmware_mask >> IMA_PCR & 1);
}

int bc_verify_infer(struct bc_verify *v)
{
	struct search search = { .v = v };
	size_t i;
	int r;

	if (v->input->ima_log_count || v->cel_ima || !bc_verify_has_firmware(v) || !is_open(v))
		return 0;
	r = try_all(&search);
	if (v->searching)	/* the one that fits, or where the firmware log alone leads */
		for (i = 0; i < v->own.count; i++)
			memcpy(v->own.bank[i].value[IMA_PCR], search.best_value[i], v->own.bank[i].size);
	if (r < 0 || search.count != 1)
		return r;
	v->searching = false;
	return report(&search);
}
