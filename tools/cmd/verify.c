// SPDX-License-Identifier: BSD-2-Clause
/* bootchain verify: do the logs explain the PCR values? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "output.h"

enum { OPT_PCRS = 1, OPT_FIRMWARE_LOG, OPT_IMA_LOG, OPT_FDT };

static const struct cmd_option options[] = {
	{ "pcrs", 0, true, OPT_PCRS },
	{ "firmware-log", 0, true, OPT_FIRMWARE_LOG },
	{ "ima-log", 0, true, OPT_IMA_LOG },
	{ "fdt", 0, true, OPT_FDT },
	{ NULL, 0, false, 0 },
};

struct run {
	struct cmd_args *args;
	const char *pcrs_path, *firmware_path, *fdt_path;
	struct cmd_logs words, ima;		/* LOG words, and --ima-log */
	struct bc_stream *firmware;
	struct bc_stream **pieces;
	struct bc_pcrs pcrs;
	uint8_t *fdt;
	struct bc_verify_input input;
};

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
	if (events->ima_last)
		printf("%sentries %" PRIu64 "-%" PRIu64, kept ? " and " : "", events->ima_first, events->ima_last);
}

static void print_status(const struct bc_verdict *verdict, const struct bc_pcr_row *row)
{
	printf("%-13s  ", bc_pcr_status_name(row->status));
	switch (row->status) {
	case BC_PCR_EXPLAINED:
		print_events(&verdict->events[row->pcr]);
		break;
	case BC_PCR_INITIAL:
		printf("never extended");
		break;
	case BC_PCR_NOT_JUDGED:
		printf("not covered by the logs given");
		break;
	default:
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
		printf("%s\n", aggregate->zero ? "zero" : "not the hash of these PCRs");
}

static void print_tree(const struct run *run, const struct bc_verdict *verdict)
{
	if (verdict->fdt_checked) {
		print_escaped(stdout, run->fdt_path, strlen(run->fdt_path));
		printf(": %s\n", verdict->fdt_matches ? "the final tree that was measured" : "NOT the final tree that was measured");
	}
	if (verdict->cmdline_checked)
		printf("/chosen/bootargs: %s\n", verdict->cmdline_matches ? "the command line that was measured"
								     : "NOT the command line that was measured");
}

static void print_text(const struct run *run, const struct bc_verdict *verdict)
{
	const struct cmd_args *args = run->args;
	unsigned int pcr;

	for (pcr = 0; !args->quiet && pcr < BC_PCR_COUNT;)
		pcr = print_pcr(verdict, pcr, args->verbose);
	if (!args->quiet) {
		print_aggregate(verdict);
		print_tree(run, verdict);
		print_findings(stdout, verdict->findings, args->color);
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
	json_text(json, "found", row->found);
	json_open(json, "firmware", '[');
	for (i = 0; i < events->firmware_count && i < BC_VERDICT_EVENTS_MAX; i++)
		json_number(json, NULL, events->firmware[i]);
	json_close(json, ']');
	if (events->firmware_count > BC_VERDICT_EVENTS_MAX)
		json_number(json, "firmware_count", events->firmware_count);
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

static void json_proven(struct json *json)
{
	json_open(json, "proven", '{');
	json_bool(json, "signature", false);
	json_bool(json, "fresh", false);
	json_text(json, "ak", "none");
	json_bool(json, "firmware_log_bound", false);
	json_bool(json, "reference", false);
	json_bool(json, "ima_reference", false);
	json_null(json, "root_of_trust");
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
	json_null(json, "match");
	json_close(json, '}');
	json_open(json, "ima", '{');
	json_number(json, "entries", verdict->ima_entries);
	json_number(json, "covered", verdict->ima_covered);
	json_number(json, "after_quote", verdict->ima_entries - verdict->ima_covered);
	json_number(json, "violations", verdict->ima_violations);
	json_close(json, '}');
	json_open(json, "fdt", '{');
	json_checked(json, "tree_matches", verdict->fdt_checked, verdict->fdt_matches);
	json_checked(json, "bootargs_match", verdict->cmdline_checked, verdict->cmdline_matches);
	json_close(json, '}');
}

static void print_json(const struct bc_verdict *verdict)
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
	json_proven(&json);
	json_open(&json, "accepted", '[');
	json_close(&json, ']');
	json_open(&json, "pcrs", '[');
	for (i = 0; i < verdict->row_count; i++)
		json_row(&json, verdict, &verdict->row[i]);
	json_close(&json, ']');
	json_inputs(&json, verdict);
	json_null(&json, "quote");
	json_open(&json, "explanation", '[');
	json_close(&json, ']');
	json_findings(&json, "findings", verdict->findings);
	json_dropped(&json, verdict->findings);
	if (verdict->have_error) {
		bc_error_json(&verdict->error, verdict->error.status == BC_E_IO ? "local" : "evidence", text, sizeof(text));
		json_raw(&json, "error", text);
	} else {
		json_null(&json, "error");
	}
	json_close(&json, '}');
	json_end(&json);
}

/* ---- inputs ---- */

static int parse(struct run *run)
{
	struct cmd_args *args = run->args;
	const char *value, **single;
	int id;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		if (id == CMD_FAILED)
			return EXIT_USAGE;
		if (id == CMD_WORD || id == OPT_IMA_LOG) {
			if (!cmd_logs_add(args, id == CMD_WORD ? &run->words : &run->ima, value))
				return EXIT_USAGE;
			continue;
		}
		single = id == OPT_PCRS ? &run->pcrs_path : id == OPT_FDT ? &run->fdt_path : &run->firmware_path;
		if (*single)
			return cmd_usage_error(args, "%s and %s: one of them is too much", *single, value);
		*single = value;
	}
	return EXIT_DONE;
}

/* Standard input can be read once. */
static int check_stdin(const struct run *run)
{
	const char *const paths[] = { run->pcrs_path, run->firmware_path, run->fdt_path };
	unsigned int uses = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		uses += paths[i] && !strcmp(paths[i], "-");
	for (i = 0; i < run->words.count; i++)
		uses += !strcmp(run->words.log[i].path, "-");
	for (i = 0; i < run->ima.count; i++)
		uses += !strcmp(run->ima.log[i].path, "-");
	return uses > 1 ? cmd_usage_error(run->args, "standard input (-) is given twice") : EXIT_DONE;
}

/* Nothing given at all: this machine's own PCRs and logs. */
static int use_local(struct run *run)
{
	if (!run->pcrs_path) {
		if (run->firmware_path || run->ima.count || run->words.count || access(LOCAL_PCRS, F_OK) < 0)
			return cmd_usage_error(run->args, "no PCR values (--pcrs FILE)%s",
					       access(LOCAL_PCRS, F_OK) < 0 ? ", and this machine has no TPM" : "");
		run->pcrs_path = LOCAL_PCRS;
		if (!cmd_logs_local(run->args, &run->words))
			return EXIT_USAGE;
	}
	if (!run->firmware_path && !run->ima.count && !run->words.count)
		return cmd_usage_error(run->args, "no log was given");
	return EXIT_DONE;
}

static int open_firmware(struct run *run, struct bc_error *err)
{
	size_t i;
	int r;

	if (run->firmware_path) {
		r = bc_stream_open(run->firmware_path, &run->firmware, err);
		if (r < 0)
			return r;
	}
	run->input.firmware_log = run->firmware;
	for (i = 0; i < run->words.count; i++) {
		if (bc_format_kind(run->words.log[i].format) == BC_KIND_IMA)
			continue;
		if (bc_format_kind(run->words.log[i].format) == BC_KIND_CEL)
			return bc_error_set(err, BC_E_UNSUPPORTED, "%s is a canonical event log, which is shown and replayed, but not judged",
					    run->words.log[i].path);
		if (run->firmware)
			return bc_error_set(err, BC_E_USAGE, "%s is a second firmware log; one boot has one", run->words.log[i].path);
		run->input.firmware_log = run->words.log[i].stream;
	}
	return 0;
}

static int open_pieces(struct run *run, struct bc_error *err)
{
	size_t i, count = 0;
	int r;

	run->pieces = calloc(run->ima.count + run->words.count + 1, sizeof(*run->pieces));
	if (!run->pieces)
		return bc_error_set(err, BC_E_NOMEM, "out of memory");
	for (i = 0; i < run->ima.count; i++) {
		r = bc_stream_open(run->ima.log[i].path, &run->ima.log[i].stream, err);
		if (r < 0)
			return r;
		run->pieces[count++] = run->ima.log[i].stream;
	}
	for (i = 0; i < run->words.count; i++)
		if (bc_format_kind(run->words.log[i].format) == BC_KIND_IMA)
			run->pieces[count++] = run->words.log[i].stream;
	run->input.ima_log = run->pieces;
	run->input.ima_log_count = count;
	return 0;
}

static int open_fdt(struct run *run, struct bc_error *err)
{
	int r;

	if (!run->fdt_path)
		return 0;
	r = bc_read_file(run->fdt_path, BC_FDT_MAX, &run->fdt, &run->input.fdt_size, err);
	run->input.fdt = run->fdt;
	run->input.fdt_name = run->fdt_path;
	return r;
}

static int open_inputs(struct run *run, struct bc_error *err)
{
	int r;

	r = cmd_logs_open(&run->words, err);
	if (r == 0)
		r = open_firmware(run, err);
	if (r == 0)
		r = open_pieces(run, err);
	if (r == 0)
		r = bc_pcrs_read_path(run->pcrs_path, &run->pcrs, err);
	if (r == 0)
		r = open_fdt(run, err);
	run->input.pcrs = &run->pcrs;
	run->input.pcrs_name = run->pcrs_path;
	run->input.banks = run->args->banks;
	run->input.bank_count = run->args->bank_count;
	return r;
}

/* An input that cannot be read is a verdict too: not judged. What is the caller's fault is not. */
static int judge(struct run *run)
{
	struct bc_verdict *verdict = NULL;
	struct bc_error err;
	int r, code;

	r = open_inputs(run, &err);
	if (r == 0)
		r = bc_verify(&run->input, &verdict, &err);
	else if (r != BC_E_USAGE)
		r = bc_verdict_not_judged(&err, &verdict, &err);
	if (r < 0)
		return cmd_error(run->args, &err);
	if (run->args->json)
		print_json(verdict);
	else
		print_text(run, verdict);
	code = verdict->exit;
	bc_verdict_free(verdict);
	return code;
}

static int run_verify(struct cmd_args *args)
{
	struct run *run = calloc(1, sizeof(*run));
	struct bc_error err;
	int code;

	if (!run) {
		bc_error_set(&err, BC_E_NOMEM, "out of memory");
		return cmd_error(args, &err);
	}
	run->args = args;
	code = parse(run);
	if (code == EXIT_DONE)
		code = check_stdin(run);
	if (code == EXIT_DONE)
		code = use_local(run);
	if (code == EXIT_DONE)
		code = judge(run);
	bc_stream_free(run->firmware);
	cmd_logs_free(&run->words);
	cmd_logs_free(&run->ima);
	free(run->pieces);
	bc_free(run->fdt);
	free(run);
	return code;
}

const struct bc_command cmd_verify = {
	.name = "verify",
	.summary = "do the logs explain the PCR values?",
	.usage = "verify [--pcrs FILE] [--firmware-log FILE] [--ima-log FILE]... [--fdt FILE] [LOG...]\n"
		 "Replay the logs and compare with PCR values; without any option, of this machine itself.\n"
		 "Exit status: 0 consistent, 1 mismatch, 2 usage, 3 could not be judged.\n\n"
		 "  --pcrs FILE                PCR values: \"alg pcr hex\" lines, output of tpm2_pcrread, or a\n"
		 "                             directory such as /sys/class/tpm/tpm0\n"
		 "  --firmware-log FILE        crypto-agile firmware log\n"
		 "  --ima-log FILE             binary IMA list; several are pieces of one list, in order\n"
		 "  --fdt FILE                 the tree that Linux got (/sys/firmware/fdt)\n",
	.run = run_verify,
};
