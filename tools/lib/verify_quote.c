// SPDX-License-Identifier: BSD-2-Clause
/* Is it a quote, by the AK given, with the nonce given, over the PCRs that are needed, and over these values? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "quote.h"
#include "verify.h"

/* FORMATS 3: what a verdict about a boot needs. */
#define REQUIRED_PCRS 0x4ffu

/* ---- findings ---- */

static int add(struct bc_verify *v, enum bc_code code, const struct bc_bytes *source, const char *message, const char *expected,
	       const char *found)
{
	struct bc_finding finding;

	bc_finding_init(&finding, code, "%s", message);
	bc_copy_text(finding.source, sizeof(finding.source), source->name ? source->name : "quote");
	bc_copy_text(finding.expected, sizeof(finding.expected), expected);
	bc_copy_text(finding.found, sizeof(finding.found), found);
	return bc_findings_add(v->verdict->findings, &finding, v->err);
}

/* ---- what was signed, and by whom ---- */

static int read_inputs(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_bytes *at = &in->message;
	int r;

	r = bc_quote_parse(at->data, at->size, &v->verdict->quote, v->err);
	if (r == 0) {
		at = &in->signature;
		r = bc_sig_parse(at->data, at->size, in->scheme, in->hash, &v->sig, v->err);
	}
	if (r == 0) {
		at = &in->ak;
		r = in->device ? bc_key_parse(in->device->ak, in->device->ak_size, &v->ak, v->err) :
		    bc_key_parse(at->data, at->size, &v->ak, v->err);
	}
	if (r < 0)
		bc_error_source(v->err, at->name);
	return r;
}

static int check_type(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_quote *quote = &v->verdict->quote;
	char found[64];

	if (quote->is_quote)
		return 0;
	snprintf(found, sizeof(found), "magic %08x, type %04x", quote->magic, quote->type);
	return add(v, BC_QUOTE_TYPE, &in->message, "what was signed is not a quote that a TPM made", "magic ff544347, type 8018", found);
}

static int check_signature(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_quote *quote = &v->verdict->quote;
	const uint8_t *message = in->message.data;
	uint8_t digest[BC_DIGEST_MAX];
	char expected[64] = "", found[64], label[16];
	bool good = false;
	int r;

	snprintf(found, sizeof(found), "%s with %s", bc_sig_scheme_name(v->sig.scheme), bc_algorithm_label(v->sig.hash, label));
	/* A restricted key has one scheme. */
	if (v->ak.is_tpm && v->ak.scheme != BC_ALG_NULL && (v->ak.scheme != v->sig.scheme || v->ak.scheme_hash != v->sig.hash)) {
		snprintf(expected, sizeof(expected), "%s with %s", bc_sig_scheme_name(v->ak.scheme) ? bc_sig_scheme_name(v->ak.scheme) :
			 "another scheme", bc_algorithm_label(v->ak.scheme_hash, label));
		return add(v, BC_QUOTE_SIGNATURE, &in->signature, "the AK given signs with another scheme", expected, found);
	}
	r = bc_digest(v->sig.hash, message + quote->signed_offset, quote->signed_size, digest, v->err);
	if (r == 0)
		r = bc_sig_verify(&v->ak, &v->sig, digest, bc_algorithm_by_id(v->sig.hash)->size, &good, v->err);
	if (r < 0) {
		bc_error_source(v->err, in->ak.name);
		return r;
	}
	v->verdict->quote_signed = good;
	return good ? 0 : add(v, BC_QUOTE_SIGNATURE, &in->signature, "the signature is not one of the AK given over this quote", "", found);
}

static int check_ak(struct bc_verify *v, const struct bc_quote_input *in)
{
	char problems[128];

	v->verdict->ak_checked = v->ak.is_tpm;
	if (!v->ak.is_tpm)
		return 0;
	bc_key_ak_problems(&v->ak, problems, sizeof(problems));
	if (!problems[0])
		return 0;
	return add(v, BC_AK_ATTRIBUTES, &in->ak, "the AK could sign something that no TPM says",
		   "fixedTPM, sensitiveDataOrigin, restricted, sign, not decrypt", problems);
}

/* Beginning of the numbers of a key, enough to tell two apart. */
static void key_text(const struct bc_key *key, char *ret_text)
{
	bc_hex(key->type == BC_KEY_RSA ? key->modulus : key->x, 32, ret_text);
}

static int check_copy(struct bc_verify *v, const struct bc_quote_input *in)
{
	char expected[65], found[65];
	struct bc_key copy;
	int r;

	if (!in->evidence_ak.data)
		return 0;
	r = bc_key_parse(in->evidence_ak.data, in->evidence_ak.size, &copy, v->err);
	if (r < 0) {
		bc_error_source(v->err, in->evidence_ak.name);
		return r;
	}
	if (!bc_key_equal(&copy, &v->ak)) {
		key_text(&v->ak, expected);
		key_text(&copy, found);
		return add(v, BC_AK_UNKNOWN, &in->evidence_ak, in->device ? "the AK in the evidence is not the one that was enrolled" : "the AK in the evidence is not the one given", expected, found);
	}
	if (copy.is_tpm && v->ak.is_tpm && (copy.name_size != v->ak.name_size || memcmp(copy.name, v->ak.name, copy.name_size)))
		return add(v, BC_AK_UNKNOWN, &in->evidence_ak, "the AK in the evidence has other attributes than the one given", "", "");
	return 0;
}

static int check_nonce(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_quote *quote = &v->verdict->quote;
	char expected[2 * BC_NONCE_MAX + 1], found[2 * BC_NONCE_MAX + 1];

	if (!in->nonce || !quote->is_quote)
		return 0;
	v->verdict->quote_fresh = in->nonce_size == quote->nonce_size && !memcmp(in->nonce, quote->nonce, in->nonce_size);
	if (v->verdict->quote_fresh)
		return 0;
	bc_hex(in->nonce, in->nonce_size, expected);
	bc_hex(quote->nonce, quote->nonce_size, found);
	return add(v, BC_QUOTE_NONCE, &in->message, "the quote answers another nonce", expected, found[0] ? found : "none");
}

/* Resets and restarts count up and the clock goes on, until somebody clears the TPM (Part 1, 36.2): then the device is another one. */
static int check_age(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_quote *quote = &v->verdict->quote;
	const struct bc_device *last = in->device;
	char expected[96], found[96];
	bool old;

	if (!last || !last->has_last || !quote->is_quote)
		return 0;
	if (quote->resets != last->resets)
		old = quote->resets < last->resets;
	else if (quote->restarts != last->restarts)
		old = quote->restarts < last->restarts;
	else
		old = quote->clock < last->clock;
	if (!old)
		return 0;
	snprintf(expected, sizeof(expected), "behind %" PRIu32 " resets, %" PRIu32 " restarts, clock %" PRIu64, last->resets, last->restarts, last->clock);
	snprintf(found, sizeof(found), "%" PRIu32 " resets, %" PRIu32 " restarts, clock %" PRIu64, quote->resets, quote->restarts, quote->clock);
	return add(v, BC_QUOTE_OLD, &in->message, "the quote was made before the last one of this device", expected, found);
}

/* ---- what it covers ---- */

static void selection_text(const struct bc_quote *quote, char *ret_text, size_t size)
{
	char label[16];
	size_t i, used = 0;
	unsigned int pcr;

	ret_text[0] = '\0';
	for (i = 0; i < quote->selection_count; i++) {
		const char *comma = ":";

		used = bc_append(ret_text, size, used, "%s%s", i ? "+" : "", bc_algorithm_label(quote->selection[i].alg, label));
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			if (!(quote->selection[i].pcrs >> pcr & 1))
				continue;
			used = bc_append(ret_text, size, used, "%s%u", comma, pcr);
			comma = ",";
		}
	}
}

static int check_selection(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_quote *quote = &v->verdict->quote;
	bool strong = false, weak = false;
	char found[160];
	size_t i;

	if (!quote->is_quote)
		return 0;
	for (i = 0; i < quote->selection_count; i++) {
		if ((bc_quote_pcrs(quote, quote->selection[i].alg) & REQUIRED_PCRS) != REQUIRED_PCRS)
			continue;
		weak = weak || quote->selection[i].alg == BC_ALG_SHA1;
		strong = strong || quote->selection[i].alg != BC_ALG_SHA1;
	}
	selection_text(quote, found, sizeof(found));
	if (!strong && !weak)
		return add(v, BC_QUOTE_SELECTION, &in->message, "the quote leaves out a PCR that is required", "0-7 and 10 of one bank",
			   found[0] ? found : "none");
	if (!strong && !in->accept_sha1)
		return add(v, BC_BANK_WEAK, &in->message, "only SHA-1 values of the required PCRs are quoted", "another bank", found);
	return 0;
}

static int check_strength(struct bc_verify *v, const struct bc_quote_input *in)
{
	if (v->sig.hash != BC_ALG_SHA1 || in->accept_sha1)
		return 0;
	return add(v, BC_BANK_WEAK, &in->signature, "quote and PCR values are hashed with SHA-1 only", "another hash", "sha1");
}

/* ---- the values ---- */

/* Banks and PCRs of the quote, with the values given or none. */
static int take_selected(struct bc_verify *v)
{
	const struct bc_quote *quote = &v->verdict->quote;
	const struct bc_pcrs *given = v->input->pcrs;
	const struct bc_algorithm *algorithm;
	char label[16];
	size_t i;

	for (i = 0; i < quote->selection_count; i++) {
		const uint16_t alg = quote->selection[i].alg;
		const uint32_t mask = bc_quote_pcrs(quote, alg);
		const struct bc_pcr_bank *from = given ? bc_pcrs_bank_const(given, alg) : NULL;
		struct bc_pcr_bank *bank;

		if (!mask || bc_pcrs_bank_const(&v->own, alg))
			continue;
		algorithm = bc_algorithm_by_id(alg);
		if (!algorithm)
			return bc_error_found(v->err, BC_E_UNSUPPORTED, "pcrSelect.hash", "a bank that is known here", "%s",
					      bc_algorithm_label(alg, label));
		if (given && (!from || mask & ~from->present))
			return bc_error_found(v->err, BC_E_INPUT, "PCR values", "all that are quoted", "PCRs of bank %s missing",
					      bc_algorithm_label(alg, label));
		bank = &v->own.bank[v->own.count++];
		if (from)
			*bank = *from;
		bank->alg = alg;
		bank->size = algorithm->size;
		bank->present = mask;
	}
	return 0;
}

static int check_values(struct bc_verify *v, const struct bc_quote_input *in)
{
	const struct bc_quote *quote = &v->verdict->quote;
	char expected[2 * BC_DIGEST_MAX + 1], found[2 * BC_DIGEST_MAX + 1];
	uint8_t digest[BC_DIGEST_MAX] = { 0 };
	const size_t size = bc_hash_size(v->quote_hash);
	bool complete = false;
	int r;

	r = bc_quote_hash(quote, v->quote_hash, &v->own, digest, &complete, v->err);
	if (r < 0)
		return r;
	if (complete && size == quote->digest_size && !memcmp(digest, quote->digest, size))
		return 0;
	bc_hex(quote->digest, quote->digest_size, expected);
	bc_hex(digest, size, found);
	return add(v, BC_QUOTE_DIGEST, &in->message, v->searching ? "nowhere do the logs lead to the PCR values that were quoted" :
		   "the PCR values given are not those that were quoted", expected, found);
}

static int choose_values(struct bc_verify *v, const struct bc_quote_input *in)
{
	int r;

	v->pcrs = &v->own;
	if (!v->verdict->quote.is_quote)
		return 0;
	r = take_selected(v);
	if (r < 0) {
		bc_error_source(v->err, v->input->pcrs && v->input->pcrs_name ? v->input->pcrs_name : in->message.name);
		return r;
	}
	r = bc_hash_new(v->sig.hash, &v->quote_hash, v->err);
	if (r < 0)
		return r;
	v->searching = !v->input->pcrs;
	if (v->searching && !v->input->firmware_log && v->own.count)
		return bc_error_set(v->err, BC_E_USAGE, "without a firmware log the quote wants PCR values (--pcrs FILE)");
	return v->searching ? 0 : check_values(v, in);
}

int bc_verify_quote(struct bc_verify *v)
{
	static int (*const checks[])(struct bc_verify *, const struct bc_quote_input *) = {
		check_type, check_signature, check_ak, check_copy, check_nonce, check_age, check_strength, check_selection, choose_values,
	};
	size_t i;
	int r;

	r = read_inputs(v, v->input->quote);
	if (r < 0)
		return r;
	v->verdict->have_quote = true;
	v->verdict->ak_enrolled = v->input->quote->device != NULL;
	v->verdict->signature_scheme = v->sig.scheme;
	v->verdict->signature_hash = v->sig.hash;
	for (i = 0; r == 0 && i < BC_ARRAY_SIZE(checks); i++)
		r = checks[i](v, v->input->quote);
	return r;
}

/* ---- searching ---- */

static void take_running(struct bc_verify *v, unsigned int pcr)
{
	size_t i;

	for (i = 0; i < v->own.count; i++) {
		const struct bc_pcr_bank *now = bc_pcrs_bank_const(bc_replay_values(v->replay), v->own.bank[i].alg);

		if (now)
			memcpy(v->own.bank[i].value[pcr], now->value[pcr], now->size);
	}
}

int bc_verify_quote_try(struct bc_verify *v, uint64_t entry, unsigned int pcr)
{
	const struct bc_quote *quote = &v->verdict->quote;
	uint8_t digest[BC_DIGEST_MAX];
	bool complete = false;
	unsigned int i;
	size_t j;
	int r;

	if (!v->searching || bc_hash_size(v->quote_hash) != quote->digest_size)
		return 0;
	for (i = 0; i < BC_PCR_COUNT; i++)
		if (pcr == BC_PCR_COUNT || pcr == i)
			take_running(v, i);
	r = bc_quote_hash(quote, v->quote_hash, &v->own, digest, &complete, v->err);
	if (r < 0 || memcmp(digest, quote->digest, quote->digest_size))
		return r;
	v->searching = false;
	for (j = 0; j < v->judged_count; j++)
		for (i = 0; i < BC_PCR_COUNT; i++)
			v->track[j][i] = (struct bc_track){ .matching = true, .any = true, .first = entry };
	return 0;
}

int bc_verify_quote_end(struct bc_verify *v)
{
	size_t i;

	if (!v->searching)
		return 0;
	for (i = 0; i < v->judged_count; i++)	/* then the reason is another, and is told elsewhere */
		if (!v->usable[i] || !v->logged[i])
			return 0;
	return check_values(v, v->input->quote);
}
