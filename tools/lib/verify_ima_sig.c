// SPDX-License-Identifier: BSD-2-Clause
/* Files of the IMA list against the certificates given. */
#include <stdlib.h>

#include "ima_sig.h"
#include "verify.h"

#define NAME_SHOWN 160

int bc_verify_certs(struct bc_verify *v)
{
	const struct bc_verify_input *input = v->input;
	size_t i;
	int r;

	if (!input->cert_count)
		return 0;
	if (!input->ima_log_count && !input->cel_log_count)
		return bc_error_set(v->err, BC_E_USAGE, "certificates were given, but no IMA list whose signatures they could check");
	v->certs = calloc(input->cert_count, sizeof(*v->certs));
	if (!v->certs)
		return bc_error_nomem(v->err);
	for (i = 0; i < input->cert_count; i++) {
		r = bc_cert_parse(input->cert[i].data, input->cert[i].size, &v->certs[i], v->err);
		if (r < 0) {
			bc_error_source(v->err, input->cert[i].name);
			return r;
		}
	}
	v->verdict->have_certs = true;
	return 0;
}

static int add(struct bc_verify *v, enum bc_code code, const struct bc_ima_entry *entry, const char *source, const char *what,
	       const char *expected, const char *found)
{
	const int length = entry->name && entry->name_size < NAME_SHOWN ? (int)entry->name_size : entry->name ? NAME_SHOWN : 0;
	struct bc_finding finding;

	bc_finding_init(&finding, code, "%.*s: %s", length, entry->name ? (const char *)entry->name : "", what);
	bc_copy_text(finding.source, sizeof(finding.source), source);
	bc_copy_text(finding.expected, sizeof(finding.expected), expected);
	bc_copy_text(finding.found, sizeof(finding.found), found);
	finding.entry = true;
	finding.number = (int64_t)entry->number;
	finding.offset = (int64_t)entry->offset;
	finding.pcr = (int)entry->pcr;
	return bc_findings_add(v->verdict->findings, &finding, v->err);
}

/* Does every PCR of the list stand where the values given are? Then the entries up to here are covered. */
static bool at_cut(const struct bc_verify *v)
{
	unsigned int pcr;
	size_t i;

	for (i = 0; i < v->judged_count; i++)
		for (pcr = 0; v->usable[i] && v->logged[i] && pcr < BC_PCR_COUNT; pcr++)
			if ((v->ima_mask & v->judged[i]->present) >> pcr & 1 && !v->track[i][pcr].matching)
				return false;
	return !v->searching;
}

static int check_signature(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source)
{
	struct bc_verdict *verdict = v->verdict;
	enum bc_ima_sig_result result = BC_IMA_SIG_BAD;
	char expected[160], found[160];
	int r;

	r = bc_ima_sig_check(entry, v->certs, v->input->cert_count, &result, expected, found, v->err);
	if (r < 0)
		return r;
	switch (result) {
	case BC_IMA_SIG_NONE:
		return 0;
	case BC_IMA_SIG_GOOD:
		v->signed_seen++;
		return 0;
	case BC_IMA_SIG_UNCHECKED:
		/* Anybody can write such bytes: who asks for signatures must not take them for one. */
		verdict->ima_unchecked++;
		return add(v, BC_IMA_UNSIGNED, entry, source, "a signature of a kind that a list does not let check", expected, found);
	case BC_IMA_SIG_UNSIGNED:
		verdict->ima_unsigned++;
		return add(v, BC_IMA_UNSIGNED, entry, source, "no signature", expected, found);
	case BC_IMA_SIG_UNKNOWN_KEY:
		verdict->ima_unknown_key++;
		return add(v, BC_IMA_UNKNOWN_KEY, entry, source, "signed by a key that was not given", expected, found);
	case BC_IMA_SIG_BAD:
		break;
	}
	verdict->ima_bad++;
	return add(v, BC_IMA_BAD_SIGNATURE, entry, source, "the signature does not verify", expected, found);
}

int bc_verify_file_signature(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source)
{
	int r = check_signature(v, entry, source);

	if (r == 0 && at_cut(v))
		v->verdict->ima_signed = v->signed_seen;
	return r;
}
