// SPDX-License-Identifier: BSD-2-Clause
/* What verify prints: a verdict as text and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

/* ---- text ---- */

static void print_events(const struct bc_pcr_events *events)
{
	const uint64_t kept = events->firmware_count < BC_VERDICT_EVENTS_MAX ? events->firmware_count : BC_VERDICT_EVENTS_MAX;
	uint64_t i;

	if (kept)
		printf("events ");
	for (i = 0; i < kept; i++)
		printf("%s%" PRIu32, i ? "," : "", events->firmware[i]);
	if (events->firmware_count > kept)
		printf(",... (%" PRIu64 " in all)", events->firmware_count);
	if (events->record_count)
		printf("%srecords %" PRIu64 "-%" PRIu64, kept ? " and " : "", events->record_first, events->record_last);
	if (events->ima_last)
		printf("%sentries %" PRIu64 "-%" PRIu64, kept || events->record_count ? " and " : "", events->ima_first, events->ima_last);
}

static void print_status(const struct bc_verdict *verdict, const struct bc_pcr_row *row)
{
	printf("%-13s  ", bc_pcr_status_name(row->status));
	switch (row->status) {
	case BC_PCR_EXPLAINED:
		if (verdict->aggregate_inferred && row->pcr == 10)
			printf("a boot_aggregate entry that follows from PCR 0-9");
		print_events(&verdict->events[row->pcr]);
		break;
	case BC_PCR_INITIAL:
		printf("never extended");
		break;
	case BC_PCR_NOT_JUDGED:
		printf("%s", bc_hash_available(row->bank) ? "not covered by the logs given" : "this build cannot hash with its algorithm");
		break;
	case BC_PCR_NOT_QUOTED:
		printf("not covered by the quote");
		break;
	default:
		if (!row->found[0]) {
			printf("no value is known, only the quote's digest");
			break;
		}
		printf("expected ");
		print_short(stdout, row->expected[0] ? row->expected : "(unknown)");
		printf(", found ");
		print_short(stdout, row->found);
	}
}

static void print_row(const struct bc_verdict *verdict, const struct bc_pcr_row *row, bool verbose)
{
	char label[16];

	printf("PCR %2u    %-26s  ", row->pcr, bc_algorithm_label(row->bank, label));
	print_status(verdict, row);
	putchar('\n');
	if (verbose && row->expected[0])
		printf("        expected  %s\n", row->expected);
	if (verbose)
		printf("        found     %s\n", row->found);
}

/* Do all banks say the same about this PCR? Then one line serves them; *ret_first is its first row, NULL when there is none. */
static bool banks_agree(const struct bc_verdict *verdict, unsigned int pcr, const struct bc_pcr_row **ret_first)
{
	const struct bc_pcr_row *first = NULL;
	bool agree = true;
	size_t i;

	for (i = 0; i < verdict->row_count; i++) {
		if (verdict->row[i].pcr != pcr)
			continue;
		if (!first)
			first = &verdict->row[i];
		agree = agree && verdict->row[i].status == first->status && first->status != BC_PCR_NOT_EXPLAINED;
	}
	*ret_first = first;
	return agree;
}

/* Banks, if they all say that this PCR was never extended; else 0. */
static size_t initial_banks(const struct bc_verdict *verdict, unsigned int pcr)
{
	const struct bc_pcr_row *first;
	size_t i, count = 0;

	if (!banks_agree(verdict, pcr, &first) || !first || first->status != BC_PCR_INITIAL)
		return 0;
	for (i = 0; i < verdict->row_count; i++)
		count += verdict->row[i].pcr == pcr;
	return count;
}

/* Rows of one PCR, or of a run of PCRs that nobody extended. Result: the next PCR. */
static unsigned int print_pcr(const struct bc_verdict *verdict, unsigned int pcr, bool verbose)
{
	const struct bc_pcr_row *first;
	const bool agree = banks_agree(verdict, pcr, &first);
	char banks[BC_BANKS_MAX * 17] = "", label[16], pcrs[8];
	unsigned int last = pcr;
	size_t i, used = 0;

	for (i = 0; first && i < verdict->row_count; i++) {
		if (verdict->row[i].pcr != pcr)
			continue;
		if (!agree || verbose)
			print_row(verdict, &verdict->row[i], verbose);
		else
			used += (size_t)snprintf(banks + used, sizeof(banks) - used, "%s%s", used ? " " : "",
						 bc_algorithm_label(verdict->row[i].bank, label));
	}
	if (!first || !used)
		return pcr + 1;
	while (initial_banks(verdict, pcr) && last + 1 < BC_PCR_COUNT && initial_banks(verdict, last + 1) == initial_banks(verdict, pcr))
		last++;
	snprintf(pcrs, sizeof(pcrs), last > pcr ? "%u-%u" : "%2u", pcr, last);
	printf("PCR %-5s %-26s  ", pcrs, banks);
	print_status(verdict, first);
	putchar('\n');
	return last + 1;
}

static void print_aggregate(const struct bc_verdict *verdict)
{
	const struct bc_aggregate *aggregate = &verdict->aggregate;
	char label[16];

	if (!aggregate->entry)
		return;
	printf("%s (entry %" PRIu64 "): ", aggregate->name, aggregate->entry);
	if (aggregate->found)
		printf("the hash of PCR 0-%u, bank %s\n", aggregate->last_pcr, bc_algorithm_label(aggregate->bank, label));
	else
		printf("%s\n", aggregate->zero ? "zero" : aggregate->checked ? "not the hash of these PCRs" : "of PCRs that are not known");
}

/* A tree that matches may hold anything there. */
static void print_volatile(const char *rule)
{
	const char *paths = strchr(rule, ' ');

	if (paths) {
		printf(", but the properties of these nodes were not measured:");
		print_escaped(stdout, paths, strlen(paths));
	}
}

static void print_tree(const struct bc_verdict *verdict, const char *fdt_name)
{
	if (verdict->fdt_checked) {
		print_escaped(stdout, fdt_name, strlen(fdt_name));
		printf(": %s", verdict->fdt_matches ? "the final tree that was measured" : "NOT the final tree that was measured");
		if (verdict->fdt_matches)
			print_volatile(verdict->fdt_rule);
		putchar('\n');
	} else if (verdict->fdt_by_stub) {
		print_escaped(stdout, fdt_name, strlen(fdt_name));
		printf(": not compared: the kernel's EFI stub has changed the tree\n");
	}
	if (verdict->cmdline_checked)
		printf("/chosen/bootargs: %s\n", verdict->cmdline_matches ? "the command line that was measured"
								     : "NOT the command line that was measured");
}

static void print_quote(const struct bc_verdict *verdict)
{
	const struct bc_quote *quote = &verdict->quote;
	char label[16];

	if (!verdict->have_quote)
		return;
	printf("quote: %s (%s, %s), %s", verdict->quote_signed ? verdict->ak_enrolled ? "signed by the AK enrolled" : "signed by the AK given" : "NOT signed by the AK given", bc_sig_scheme_name(verdict->signature_scheme),
	       bc_algorithm_label(verdict->signature_hash, label), verdict->quote_fresh ? "fresh" : "NOT known to be fresh");
	if (quote->is_quote)
		printf(", %" PRIu32 " resets, %" PRIu32 " restarts, clock %" PRIu64 " ms%s", quote->resets, quote->restarts, quote->clock,
		       quote->safe ? "" : " (not safe)");
	putchar('\n');
}

static void print_explanations(const struct bc_verdict *verdict)
{
	const struct bc_explanation *row;
	char label[16];

	for (row = verdict->explanation; row < verdict->explanation + verdict->explanation_count; row++)
		printf("explanation: PCR %u, bank %s: %s\n", row->pcr, bc_algorithm_label(row->bank, label), row->text);
}

void verdict_print_text(const struct cmd_args *args, const struct bc_verdict *verdict, const char *fdt_name)
{
	unsigned int pcr;

	for (pcr = 0; !args->quiet && pcr < BC_PCR_COUNT;)
		pcr = print_pcr(verdict, pcr, args->verbose);
	if (!args->quiet) {
		print_quote(verdict);
		print_aggregate(verdict);
		print_tree(verdict, fdt_name);
		print_findings(stdout, verdict->findings, args->color);
		print_explanations(verdict);
	}
	print_line(stdout, verdict->sentence, args->color ? verdict->exit : -1);
}

/* ---- JSON ---- */

static void json_row(struct json *json, const struct bc_verdict *verdict, const struct bc_pcr_row *row)
{
	const struct bc_pcr_events *events = &verdict->events[row->pcr];
	char label[16];
	uint64_t i;

	json_open(json, NULL, '{');
	json_text(json, "bank", bc_algorithm_label(row->bank, label));
	json_number(json, "pcr", row->pcr);
	json_text(json, "status", bc_pcr_status_name(row->status));
	json_text_or_null(json, "expected", row->expected);
	json_text_or_null(json, "found", row->found);
	json_open(json, "firmware", '[');
	for (i = 0; i < events->firmware_count && i < BC_VERDICT_EVENTS_MAX; i++)
		json_number(json, NULL, events->firmware[i]);
	json_close(json, ']');
	if (events->firmware_count > BC_VERDICT_EVENTS_MAX)
		json_number(json, "firmware_count", events->firmware_count);
	if (events->record_count) {
		json_open(json, "records", '{');
		json_number(json, "first", events->record_first);
		json_number(json, "last", events->record_last);
		json_close(json, '}');
	}
	if (events->ima_last) {
		json_open(json, "ima", '{');
		json_number(json, "first", events->ima_first);
		json_number(json, "last", events->ima_last);
		json_close(json, '}');
	} else {
		json_null(json, "ima");
	}
	json_close(json, '}');
}

static void json_proven(struct json *json, const struct bc_verdict *verdict)
{
	json_open(json, "proven", '{');
	json_bool(json, "signature", verdict->quote_signed);
	json_bool(json, "fresh", verdict->quote_signed && verdict->quote_fresh);
	json_text(json, "ak", !verdict->quote_signed ? "none" : verdict->ak_enrolled ? "enrolled" : "given");
	json_bool(json, "firmware_log_bound", verdict->firmware_log_bound);
	json_bool(json, "reference", false);
	json_bool(json, "ima_reference", false);
	json_null(json, "root_of_trust");
	json_close(json, '}');
}

/* Did an earlier selection have this bank? */
static bool seen_before(const struct bc_quote *quote, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++)
		if (quote->selection[i].alg == quote->selection[row].alg)
			return true;
	return false;
}

static void json_selection(struct json *json, const struct bc_quote *quote)
{
	char label[16];
	unsigned int pcr;
	size_t i;

	json_open(json, "banks", '{');
	for (i = 0; i < quote->selection_count; i++) {
		if (seen_before(quote, i))
			continue;
		json_open(json, bc_algorithm_label(quote->selection[i].alg, label), '[');
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++)
			if (bc_quote_pcrs(quote, quote->selection[i].alg) >> pcr & 1)
				json_number(json, NULL, pcr);
		json_close(json, ']');
	}
	json_close(json, '}');
}

static void json_quote(struct json *json, const struct bc_verdict *verdict)
{
	const struct bc_quote *quote = &verdict->quote;
	char label[16];

	if (!verdict->have_quote) {
		json_null(json, "quote");
		return;
	}
	json_open(json, "quote", '{');
	json_bool(json, "is_quote", quote->is_quote);
	json_text(json, "scheme", bc_sig_scheme_name(verdict->signature_scheme));
	json_text(json, "hash", bc_algorithm_label(verdict->signature_hash, label));
	json_bool(json, "ak_attributes_checked", verdict->ak_checked);
	json_hex(json, "signer", quote->signer, quote->signer_size);
	json_hex(json, "nonce", quote->nonce, quote->nonce_size);
	json_number(json, "clock", quote->clock);
	json_number(json, "resets", quote->resets);
	json_number(json, "restarts", quote->restarts);
	json_bool(json, "safe", quote->safe);
	json_number(json, "firmware_version", quote->firmware_version);
	json_selection(json, quote);
	json_hex(json, "pcr_digest", quote->digest, quote->digest_size);
	json_close(json, '}');
}

static void json_dropped(struct json *json, const struct bc_findings *findings)
{
	uint64_t dropped;
	int code;

	json_open(json, "dropped", '{');
	for (code = 0; code < BC_CODE_COUNT; code++) {
		dropped = bc_findings_dropped(findings, (enum bc_code)code);
		if (dropped)
			json_number(json, bc_code_info((enum bc_code)code)->name, dropped);
	}
	json_close(json, '}');
}

static void json_checked(struct json *json, const char *key, bool checked, bool matches)
{
	if (checked)
		json_bool(json, key, matches);
	else
		json_null(json, key);
}

static void json_inputs(struct json *json, const struct bc_verdict *verdict)
{
	if (verdict->aggregate.entry)
		json_aggregate(json, "boot_aggregate", &verdict->aggregate);
	else
		json_null(json, "boot_aggregate");
	json_open(json, "firmware_log_record", '{');
	json_bool(json, "present", verdict->firmware_record);
	json_checked(json, "match", verdict->firmware_record_checked, verdict->firmware_record_matches);
	json_close(json, '}');
	json_open(json, "ima", '{');
	json_number(json, "entries", verdict->ima_entries);
	json_number(json, "covered", verdict->ima_covered);
	json_number(json, "after_quote", verdict->ima_entries - verdict->ima_covered);
	json_number(json, "violations", verdict->ima_violations);
	if (verdict->have_certs) {
		json_number(json, "signed", verdict->ima_signed);
		json_number(json, "unsigned", verdict->ima_unsigned);
		json_number(json, "bad_signature", verdict->ima_bad);
		json_number(json, "unknown_key", verdict->ima_unknown_key);
		json_number(json, "signature_unchecked", verdict->ima_unchecked);
	}
	json_close(json, '}');
	json_open(json, "fdt", '{');
	json_checked(json, "tree_matches", verdict->fdt_checked, verdict->fdt_matches);
	json_text_or_null(json, "rule", verdict->fdt_rule);
	json_checked(json, "bootargs_match", verdict->cmdline_checked, verdict->cmdline_matches);
	json_close(json, '}');
}

/* None when the kernel's record covers them all. */
static void json_uncovered(struct json *json, const struct bc_verdict *verdict)
{
	uint64_t i;

	json_open(json, "data_not_covered", '[');
	for (i = 0; !verdict->firmware_log_bound && i < verdict->uncovered_count && i < BC_VERDICT_EVENTS_MAX; i++)
		json_number(json, NULL, verdict->uncovered[i]);
	json_close(json, ']');
}

static void json_explanations(struct json *json, const struct bc_verdict *verdict)
{
	const struct bc_explanation *row;
	char label[16];

	json_open(json, "explanation", '[');
	for (row = verdict->explanation; row < verdict->explanation + verdict->explanation_count; row++) {
		json_open(json, NULL, '{');
		json_number(json, "pcr", row->pcr);
		json_text(json, "bank", bc_algorithm_label(row->bank, label));
		json_text(json, "hypothesis", row->hypothesis);
		json_number_or_null(json, "event", !strcmp(row->counter, "event") ? row->event : -1);
		if (strcmp(row->counter, "event"))
			json_number_or_null(json, row->counter, row->event);
		json_number_or_null(json, "second", row->second);
		json_text(json, "text", row->text);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void verdict_print_json(const struct bc_verdict *verdict, const char *const *accepted, const char *error_where)
{
	char text[BC_ERROR_JSON_MAX];
	struct json json;
	size_t i;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_text(&json, "schema", "bootchain/verdict/1");
	json_text(&json, "verdict", bc_verdict_name(verdict->kind));
	json_text(&json, "sentence", verdict->sentence);
	json_number(&json, "exit", (uint64_t)verdict->exit);
	json_proven(&json, verdict);
	json_open(&json, "accepted", '[');
	for (; *accepted; accepted++)
		json_text(&json, NULL, *accepted);
	json_close(&json, ']');
	json_open(&json, "pcrs", '[');
	for (i = 0; i < verdict->row_count; i++)
		json_row(&json, verdict, &verdict->row[i]);
	json_close(&json, ']');
	json_inputs(&json, verdict);
	json_quote(&json, verdict);
	json_uncovered(&json, verdict);
	json_explanations(&json, verdict);
	json_findings(&json, "findings", verdict->findings);
	json_dropped(&json, verdict->findings);
	if (verdict->have_error) {
		bc_error_json(&verdict->error, error_where, text, sizeof(text));
		json_raw(&json, "error", text);
	} else {
		json_null(&json, "error");
	}
	json_close(&json, '}');
	json_end(&json);
}
