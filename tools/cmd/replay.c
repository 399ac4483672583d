// SPDX-License-Identifier: BSD-2-Clause
/* bootchain replay: the PCR values that logs lead to. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

enum { OPT_START = 1 };

static const struct cmd_option options[] = {
	{ "start", 0, true, OPT_START },
	{ NULL, 0, false, 0 },
};

/* Banks of an IMA list that comes alone: nothing says which banks the TPM has. */
static const char *const ima_banks[] = { "sha1", "sha256", "sha384", "sha512" };

/* boot_aggregate entries that are kept for the output: one per kexec; more are a sign of a hostile list. */
#define AGGREGATES_MAX 16

struct start { unsigned int pcr; size_t size; uint8_t value[BC_DIGEST_MAX]; };
struct source { uint64_t bytes, records; };

struct run {
	const struct cmd_args *args;
	struct cmd_logs logs;
	struct cmd_local local;
	struct source *source;			/* one per log */
	struct start start[2 * BC_PCR_COUNT];
	size_t start_count;
	struct bc_replay *replay;
	struct bc_findings *findings;
	uint64_t events, entries, records, violations;
	struct bc_aggregate aggregate[AGGREGATES_MAX];
	size_t aggregate_count;
	const char *registers;			/* of a CCEL log: what its numbers stand for */
	struct bc_pcrs firmware;		/* values before the first IMA entry */
	bool complete;
	struct bc_error err;
};

/* ---- replaying ---- */

static int add_banks(struct run *run, const struct bc_tcg_header *header)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && header && i < header->bank_count; i++)
		if (cmd_wants_bank(run->args, header->bank[i].alg) && bc_hash_available(header->bank[i].alg))
			r = bc_replay_add_bank(run->replay, header->bank[i].alg, &run->err);
	for (i = 0; r == 0 && !header && i < ARRAY_SIZE(ima_banks); i++)
		if (cmd_wants_bank(run->args, bc_algorithm_by_name(ima_banks[i], 0)->id))
			r = bc_replay_add_bank(run->replay, bc_algorithm_by_name(ima_banks[i], 0)->id, &run->err);
	for (i = 0; r == 0 && i < run->args->bank_count; i++) {
		if (bc_pcrs_bank_const(bc_replay_values(run->replay), run->args->banks[i]))
			continue;
		r = bc_error_set(&run->err, BC_E_USAGE, "--bank: bank %s %s", bc_algorithm_by_id(run->args->banks[i])->name,
				 bc_hash_available(run->args->banks[i]) ? "is not in the log" : "cannot be hashed by this build");
	}
	for (i = 0; r == 0 && i < run->start_count; i++)
		r = bc_replay_start(run->replay, run->start[i].pcr, run->start[i].value, run->start[i].size, &run->err);
	if (r == BC_E_INPUT)	/* of the command line, not of a log */
		r = run->err.status = BC_E_USAGE;
	return r;
}

/* Banks that some event has no digest of are not printed; say so. */
static int report_broken(struct run *run, const char *source)
{
	const struct bc_pcrs *values = bc_replay_values(run->replay);
	struct bc_finding finding;
	char label[16];
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < values->count; i++) {
		if (bc_replay_complete(run->replay, values->bank[i].alg))
			continue;
		bc_finding_init(&finding, BC_LOG_BANK_MISSING, "bank %s has no digest in some event: its PCRs cannot be replayed",
				bc_algorithm_label(values->bank[i].alg, label));
		snprintf(finding.source, sizeof(finding.source), "%s", source);
		r = bc_findings_add(run->findings, &finding, &run->err);
	}
	return r;
}

/* Of an error of the replay itself, which does not know whose event it was. */
static void name_source(struct run *run, int r, const char *source)
{
	if (r < 0 && r != BC_E_USAGE && !run->err.source[0])
		snprintf(run->err.source, sizeof(run->err.source), "%s", source);
}

static int replay_tcg(struct run *run, size_t index)
{
	struct bc_stream *stream = run->logs.log[index].stream;
	const struct bc_tcg_event *event;
	struct bc_tcg_check *check = NULL;
	struct bc_tcg_log *tcg = NULL;
	int r;

	r = bc_tcg_log_open(stream, &tcg, &run->err);
	if (r == 0)
		r = add_banks(run, bc_tcg_log_header(tcg));
	if (tcg && bc_tcg_log_header(tcg)->registers)
		run->registers = bc_tcg_register_names(bc_tcg_log_header(tcg)->bank[0].alg);
	if (r == 0)
		r = bc_tcg_check_new(tcg, &check, &run->err);
	while (r >= 0 && (r = bc_tcg_log_next(tcg, &event, &run->err)) > 0) {
		r = bc_tcg_check_event(check, event, run->findings, NULL, &run->err);
		if (r == 0)
			r = bc_replay_event(run->replay, event, &run->err);
		run->events += r == 0;
	}
	if (r == 0)
		r = bc_tcg_log_whole(tcg, &run->err);
	if (r == 0)
		r = bc_tcg_check_end(check, run->findings, &run->err);
	if (r == 0)
		r = report_broken(run, bc_stream_name(stream));
	name_source(run, r, bc_stream_name(stream));
	run->source[index] = (struct source){ bc_stream_offset(stream), run->events };
	bc_tcg_check_free(check);
	bc_tcg_log_free(tcg);
	return r;
}

static int entry_finding(struct run *run, const struct bc_ima_entry *entry, enum bc_code code, const char *message,
			 const char *source)
{
	struct bc_finding finding;

	bc_finding_init(&finding, code, "%s", message);
	snprintf(finding.source, sizeof(finding.source), "%s", source);
	finding.entry = true;
	finding.number = (int64_t)entry->number;
	finding.offset = (int64_t)entry->offset;
	finding.pcr = (int)entry->pcr;
	return bc_findings_add(run->findings, &finding, &run->err);
}

static int replay_entry(struct run *run, const struct bc_ima_entry *entry, uint16_t alg, const char *source)
{
	enum bc_agree agree;
	int r;

	r = bc_replay_entry(run->replay, entry, alg, &agree, &run->err);
	if (r == 0 && agree == BC_AGREE_NO)
		r = entry_finding(run, entry, BC_IMA_TEMPLATE_DIGEST, "the template digest is not that of the template data", source);
	if (r == 0 && entry->violation)
		r = entry_finding(run, entry, BC_IMA_VIOLATION, "a violation: ff...ff was extended", source);
	if (r == 0 && run->events && bc_ima_is_boot_aggregate(entry) && run->aggregate_count < AGGREGATES_MAX)
		r = bc_aggregate_find(entry, &run->firmware, &run->aggregate[run->aggregate_count++], &run->err);
	run->entries += r == 0;
	return r;
}

static int replay_ima(struct run *run, size_t index)
{
	struct bc_stream *stream = run->logs.log[index].stream;
	const char *const source = bc_stream_name(stream);
	const struct bc_ima_entry *entry;
	struct bc_ima_log *ima = NULL;
	const uint64_t before = run->entries;
	uint16_t alg = 0;
	int r = 0;

	if (!bc_replay_values(run->replay)->count)
		r = add_banks(run, NULL);
	if (r == 0)
		r = bc_ima_log_open(stream, run->entries + 1, &ima, &run->err);
	if (r == 0)
		alg = bc_ima_log_alg(ima);
	/* A list alone may be one of another bank, such as SM3. */
	if (r == 0 && !run->events && cmd_wants_bank(run->args, alg) && bc_hash_available(alg))
		r = bc_replay_add_bank(run->replay, alg, &run->err);
	while (r >= 0 && (r = bc_ima_log_next(ima, &entry, &run->err)) > 0)
		r = replay_entry(run, entry, alg, source);
	run->source[index] = (struct source){ bc_stream_offset(stream), run->entries - before };
	bc_ima_log_free(ima);
	return r;
}

/* A canonical event log alone says in its first record which banks there are. */
static int add_cel_banks(struct run *run, const struct bc_cel_log *cel)
{
	struct bc_tcg_header header = { 0 };
	uint16_t algs[BC_BANKS_MAX];
	size_t i;

	header.bank_count = bc_cel_log_banks(cel, algs);
	for (i = 0; i < header.bank_count; i++)
		header.bank[i].alg = algs[i];
	return add_banks(run, &header);
}

static int replay_cel(struct run *run, size_t index)
{
	struct bc_stream *stream = run->logs.log[index].stream;
	const struct bc_cel_record *record;
	struct bc_cel_log *cel = NULL;
	uint64_t records = 0;
	int r;

	r = bc_cel_log_open(stream, &cel, &run->err);
	if (r == 0 && !bc_replay_values(run->replay)->count)
		r = add_cel_banks(run, cel);
	while (r >= 0 && (r = bc_cel_log_next(cel, &record, &run->err)) > 0) {
		r = bc_cel_log_check(cel, run->findings, NULL, &run->err);
		if (r == 0)
			r = bc_replay_record(run->replay, record, &run->err);
		records += r == 0;
		if (record->is_register && record->digest_count)
			run->registers = bc_tcg_register_names(record->digest[0].alg);
	}
	if (r == 0)
		r = bc_cel_log_check_end(cel, run->findings, &run->err);
	if (r == 0)
		r = report_broken(run, bc_stream_name(stream));
	name_source(run, r, bc_stream_name(stream));
	run->records += records;
	run->source[index] = (struct source){ bc_stream_offset(stream), records };
	bc_cel_log_free(cel);
	return r;
}

static int replay_kind(struct run *run, enum bc_format_kind kind, int (*replay_one)(struct run *run, size_t index))
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < run->logs.count; i++)
		if (bc_format_kind(run->logs.log[i].format) == kind)
			r = replay_one(run, i);
	return r;
}

/* The firmware log first, wherever it stands on the command line: IMA's first entry is about its PCRs. */
static int replay_all(struct run *run)
{
	int r;

	r = replay_kind(run, BC_KIND_FIRMWARE, replay_tcg);
	bc_replay_known(run->replay, &run->firmware);
	if (r == 0)
		r = replay_kind(run, BC_KIND_CEL, replay_cel);
	return r < 0 ? r : replay_kind(run, BC_KIND_IMA, replay_ima);
}

/* ---- output ---- */

static void print_comments(const struct run *run)
{
	const struct bc_aggregate *aggregate;
	const char *reason;
	unsigned int pcr;
	char label[16];
	size_t i;

	printf("# %" PRIu64 " firmware events, %" PRIu64 " IMA entries", run->events, run->entries);
	if (run->records)
		printf(", %" PRIu64 " records of canonical event logs", run->records);
	puts(run->complete ? "" : ", INCOMPLETE");
	if (run->registers)
		printf("# the numbers are measurement registers: %s\n", run->registers);
	for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
		reason = bc_replay_initial_reason(run->replay, pcr);
		if (reason[0])
			printf("# PCR %u starts at: %s\n", pcr, reason);
	}
	for (i = 0; i < run->aggregate_count; i++) {
		aggregate = &run->aggregate[i];
		printf("# entry %" PRIu64 ": %s ", aggregate->entry, aggregate->name);
		if (aggregate->found)
			printf("is the hash of PCR 0-%u of bank %s\n", aggregate->last_pcr,
			       bc_algorithm_label(aggregate->bank, label));
		else
			printf("%s\n", aggregate->zero ? "is zero" : aggregate->checked ? "is not the hash of these PCRs" :
			       "is of a bank that the log has not");
	}
}

static void print_values(const struct run *run)
{
	const struct bc_pcrs *pcrs = bc_replay_values(run->replay);
	unsigned int pcr;
	char label[16];
	size_t i;

	if (!run->args->quiet)
		print_comments(run);
	for (i = 0; i < pcrs->count; i++) {
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			if (!(pcrs->bank[i].present >> pcr & 1))
				continue;
			printf("%s %u ", bc_algorithm_label(pcrs->bank[i].alg, label), pcr);
			print_hex(stdout, pcrs->bank[i].value[pcr], pcrs->bank[i].size);
			putchar('\n');
		}
	}
	fflush(stdout);		/* before the messages, where both go to one place */
	if (!run->args->quiet)
		print_findings(stderr, run->findings, false);
}

static void json_initial(struct json *json, const struct run *run)
{
	const struct bc_pcrs *initial = bc_replay_initial(run->replay);
	char label[16], number[8];
	unsigned int pcr;
	size_t i;

	json_open(json, "initial", '{');
	for (i = 0; i < initial->count; i++) {
		json_open(json, bc_algorithm_label(initial->bank[i].alg, label), '{');
		for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
			if (!bc_replay_initial_reason(run->replay, pcr)[0])
				continue;
			snprintf(number, sizeof(number), "%u", pcr);
			json_open(json, number, '{');
			json_hex(json, "value", initial->bank[i].value[pcr], initial->bank[i].size);
			json_text(json, "reason", bc_replay_initial_reason(run->replay, pcr));
			json_close(json, '}');
		}
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void print_json(const struct run *run)
{
	const struct bc_aggregate *aggregate;
	char text[BC_ERROR_JSON_MAX];
	struct json json;
	size_t i;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_text(&json, "schema", "bootchain/replay/1");
	json_open(&json, "sources", '[');
	for (i = 0; i < run->logs.count; i++) {
		json_open(&json, NULL, '{');
		json_text(&json, "path", run->logs.log[i].path);
		json_text(&json, "format", bc_format_name(run->logs.log[i].format));
		json_number(&json, "bytes", run->source[i].bytes);
		json_number(&json, "records", run->source[i].records);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_pcrs(&json, "pcrs", bc_replay_values(run->replay));
	json_initial(&json, run);
	json_number(&json, "firmware_events", run->events);
	json_number(&json, "ima_entries", run->entries);
	json_number(&json, "cel_records", run->records);
	json_open(&json, "boot_aggregate", '[');
	for (i = 0; i < run->aggregate_count; i++) {
		aggregate = &run->aggregate[i];
		json_aggregate(&json, NULL, aggregate);
	}
	json_close(&json, ']');
	json_bool(&json, "complete", run->complete);
	json_findings(&json, "findings", run->findings);
	if (!run->complete) {
		bc_error_json(&run->err, "evidence", text, sizeof(text));
		json_raw(&json, "error", text);
	}
	json_close(&json, '}');
	json_end(&json);
}

/* ---- the command ---- */

static int parse_start(struct run *run, const char *value)
{
	const char *hex = strchr(value, '=');
	struct start *start = &run->start[run->start_count];
	char *end;
	long pcr;

	if (run->start_count == ARRAY_SIZE(run->start))
		return cmd_usage_error(run->args, "more than %zu start values", ARRAY_SIZE(run->start));
	pcr = strtol(value, &end, 10);
	if (!hex || end != hex || value[0] < '0' || value[0] > '9' || pcr >= BC_PCR_COUNT)
		return cmd_usage_error(run->args, "--start %s: PCR=HEX is wanted, such as 0=0000...03", value);
	start->size = strlen(hex + 1) / 2;
	start->pcr = (unsigned int)pcr;
	if (!start->size || start->size > BC_DIGEST_MAX || bc_unhex(hex + 1, strlen(hex + 1), start->value, start->size, NULL) < 0)
		return cmd_usage_error(run->args, "--start %s: the value must be a whole digest in hex", value);
	run->start_count++;
	return EXIT_DONE;
}

static int parse(struct run *run, struct cmd_args *args)
{
	const char *value;
	int id, code;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		if (id == OPT_START) {
			if (parse_start(run, value) != EXIT_DONE)
				return EXIT_USAGE;
		} else {
			code = id == CMD_WORD ? cmd_logs_add(args, &run->logs, value) : EXIT_USAGE;
			if (code != EXIT_DONE)
				return code;
		}
	}
	code = cmd_only_local(args, run->logs.count);
	if (code == EXIT_DONE && !run->logs.count)
		code = cmd_logs_local(args, &run->logs, &run->local);
	if (code != EXIT_DONE)
		return code;
	return run->logs.count ? EXIT_DONE : cmd_usage_error(args, "no log was given");
}

static int replay(struct run *run)
{
	int r;

	run->source = calloc(run->logs.count, sizeof(*run->source));
	if (!run->source || bc_replay_new(&run->replay, &run->err) < 0 || bc_findings_new(&run->findings, &run->err) < 0)
		return cmd_no_memory(run->args);
	r = cmd_logs_open(&run->logs, &run->err);
	if (r == 0)
		r = replay_all(run);
	run->complete = r >= 0;
	if (r == BC_E_USAGE)
		return cmd_error(run->args, &run->err);
	if (run->args->json)
		print_json(run);
	else
		print_values(run);
	return r < 0 ? cmd_error(run->args, &run->err) : EXIT_DONE;
}

static int run_replay(struct cmd_args *args)
{
	struct run *run = calloc(1, sizeof(*run));
	int code;

	if (!run)
		return cmd_no_memory(args);
	run->args = args;
	code = parse(run, args);
	if (code == EXIT_DONE)
		code = replay(run);
	bc_findings_free(run->findings);
	bc_replay_free(run->replay);
	cmd_logs_free(&run->logs);
	free(run->source);
	free(run);
	return code;
}

const struct bc_command cmd_replay = {
	.name = "replay",
	.summary = "print the PCR values that logs lead to",
	.usage = "replay [--start PCR=HEX] [LOG...]\n"
		 "Replay a firmware log and an IMA list (or its pieces, in order) and print \"alg pcr hex\" lines;\n"
		 "without LOG, of this machine's own logs.\n\n"
		 "  --start PCR=HEX            start value of a PCR in the bank whose size fits\n",
	.run = run_replay,
};
