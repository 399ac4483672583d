// SPDX-License-Identifier: BSD-2-Clause
/* The one sentence that ends a verdict: what holds and what was not checked, or the finding that is nearest to the cause. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

static bool bit(uint32_t mask, unsigned int pcr)
{
	return mask >> pcr & 1;
}

/* "0-7,10" */
static size_t append_pcrs(char *text, size_t size, size_t used, uint32_t mask)
{
	unsigned int pcr, last;
	const char *comma = "";

	for (pcr = 0; pcr < BC_PCR_COUNT; pcr = last + 1) {
		last = pcr;
		if (!bit(mask, pcr))
			continue;
		while (last + 1 < BC_PCR_COUNT && bit(mask, last + 1))
			last++;
		used = bc_append(text, size, used, last == pcr ? "%s%u" : "%s%u-%u", comma, pcr, last);
		comma = ",";
	}
	return used;
}

void bc_verdict_given(const struct bc_verify *v, uint32_t *ret_given, uint32_t *ret_absent)
{
	size_t i;

	*ret_given = 0;
	*ret_absent = 0;
	for (i = 0; i < v->judged_count; i++) {
		*ret_given |= v->judged[i]->present;
		*ret_absent |= (v->firmware_mask | v->ima_mask) & ~v->judged[i]->present;
	}
}

static uint32_t rows_mask(const struct bc_verdict *verdict, enum bc_pcr_status status)
{
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < verdict->row_count; i++)
		if (verdict->row[i].status == status)
			mask |= UINT32_C(1) << verdict->row[i].pcr;
	return mask;
}

static size_t append_not_covered(const struct bc_verify *v, char *text, size_t size, size_t used)
{
	const struct bc_verdict *verdict = v->verdict;
	uint32_t given, absent, mask;
	const char *lead = "; not covered: ";

	bc_verdict_given(v, &given, &absent);
	mask = absent | rows_mask(verdict, BC_PCR_NOT_JUDGED);
	if (mask) {
		used = bc_append(text, size, used, "%sPCR ", lead);
		used = append_pcrs(text, size, used, mask);
		lead = ", ";
	}
	if (verdict->ima_entries > verdict->ima_covered)
		used = bc_append(text, size, used, "%sentries %" PRIu64 "-%" PRIu64, lead, verdict->ima_covered + 1,
				 verdict->ima_entries);
	return used;
}

static void append_not_checked(const struct bc_verify *v, char *text, size_t size, size_t used)
{
	const struct bc_verdict *verdict = v->verdict;

	used = bc_append(text, size, used, "; not checked: ");
	if (!verdict->have_quote)
		used = bc_append(text, size, used, "who signed, ");
	else if (!verdict->ak_checked)
		used = bc_append(text, size, used, "the AK's attributes, ");
	if (verdict->fdt_by_stub)
		used = bc_append(text, size, used, "the tree, ");
	if (verdict->aggregate_unchecked)
		used = bc_append(text, size, used, "whose boot the IMA list is, ");
	if (v->input->cmdline_unchecked)
		used = bc_append(text, size, used, "cmdline.txt, ");
	bc_append(text, size, used, "%srelease", verdict->quote_fresh ? "" : "freshness, ");
}

void bc_verdict_consistent(const struct bc_verify *v)
{
	struct bc_verdict *verdict = v->verdict;
	char *text = verdict->sentence, label[16];
	const size_t size = sizeof(verdict->sentence);
	size_t i, used;

	used = bc_append(text, size, 0, "consistent: ");
	if (verdict->have_quote)
		used = bc_append(text, size, used, "a %squote by the AK %s, ", verdict->quote_fresh ? "fresh " : "",
				 verdict->ak_enrolled ? "enrolled" : "given");
	if (verdict->have_firmware_log)
		used = bc_append(text, size, used, "%" PRIu64 " firmware events", verdict->firmware_events);
	if (verdict->cel_records)
		used = bc_append(text, size, used, "%s%" PRIu64 " records", verdict->have_firmware_log ? " and " : "", verdict->cel_records);
	if (verdict->have_ima_log)
		used = bc_append(text, size, used, "%s%" PRIu64 " IMA entries", verdict->have_firmware_log || verdict->cel_records ? " and " : "",
				 verdict->ima_covered);
	used = bc_append(text, size, used, " explain%s PCR ", verdict->have_quote ? " its" : "");
	used = append_pcrs(text, size, used, rows_mask(verdict, BC_PCR_EXPLAINED));
	used = bc_append(text, size, used, " in");
	for (i = 0; i < v->judged_count; i++)
		used = bc_append(text, size, used, "%s %s", i ? "," : "", bc_algorithm_label(v->judged[i]->alg, label));
	if (verdict->aggregate_inferred)
		used = bc_append(text, size, used, " (PCR 10 by a boot_aggregate that follows from them)");
	if (verdict->have_certs)
		used = bc_append(text, size, used, ", %" PRIu64 " files are signed by the keys given", verdict->ima_signed);
	if (verdict->firmware_log_bound)
		used = bc_append(text, size, used, ", the firmware log is the one that the kernel recorded");
	if (verdict->fdt_matches)
		used = bc_append(text, size, used, ", the tree is the one measured");
	used = append_not_covered(v, text, size, used);
	append_not_checked(v, text, size, used);
}

/* Findings in the order of what they say about the cause: the nearer to a component, the earlier. */
static int rank(enum bc_code code)
{
	switch (code) {
	case BC_DIGEST_DATA: return 0;
	case BC_NOT_MEASURED: return 1;
	case BC_IMA_TEMPLATE_DIGEST: return 2;
	case BC_IMA_TPM_GONE: return 3;
	case BC_EVENT_RETYPED: return 3;
	case BC_PCR_NOT_RESET: return 4;	/* it explains what else does not fit */
	case BC_PCR_UNEXPLAINED: case BC_PCR_AHEAD: return 5;
	case BC_FWLOG_RECORD_MISMATCH: return 6;	/* of another log, as PCR 0-7 say, too: then they name the component */
	case BC_IMA_BYPASS: return 2;
	case BC_QUOTE_TYPE: case BC_QUOTE_SIGNATURE: case BC_AK_UNKNOWN: case BC_AK_ATTRIBUTES: case BC_QUOTE_NONCE: return -1;
	default: return 6;
	}
}

/* What would make the PCR fit that the sentence names. */
static size_t append_explanation(const struct bc_verdict *verdict, const struct bc_finding *finding, char *text, size_t size, size_t used)
{
	size_t i;

	for (i = 0; finding && !finding->entry && finding->number < 0 && i < verdict->explanation_count; i++) {
		if ((int)verdict->explanation[i].pcr != finding->pcr || verdict->explanation[i].bank != finding->bank ||
		    !strcmp(verdict->explanation[i].hypothesis, "stopped"))
			continue;
		used = bc_append(text, size, used, "; ");
		return bc_append_escaped(text, size, used, verdict->explanation[i].text, strlen(verdict->explanation[i].text));
	}
	return used;
}

void bc_verdict_mismatch(struct bc_verdict *verdict)
{
	const uint64_t errors = bc_findings_severe(verdict->findings, BC_ERROR);
	const struct bc_finding *best = NULL, *finding;
	char *text = verdict->sentence;
	const size_t size = sizeof(verdict->sentence);
	size_t i, used;

	for (i = 0; i < bc_findings_count(verdict->findings); i++) {
		finding = bc_findings_at(verdict->findings, i);
		if (bc_code_info(finding->code)->severity == BC_ERROR && (!best || rank(finding->code) < rank(best->code)))
			best = finding;
	}
	used = bc_append(text, size, 0, "mismatch: ");
	if (best && best->pcr >= 0)
		used = bc_append(text, size, used, "PCR %d, ", best->pcr);
	if (best && best->number >= 0)
		used = bc_append(text, size, used, "%s %" PRId64 ", ", bc_finding_counter(best), best->number);
	if (best)
		used = bc_append_escaped(text, size, used, best->message, strlen(best->message));
	used = append_explanation(verdict, best, text, size, used);
	if (errors > 1)
		bc_append(text, size, used, "; %" PRIu64 " more finding%s of this weight", errors - 1, errors > 2 ? "s" : "");
}
