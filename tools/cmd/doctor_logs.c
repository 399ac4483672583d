// SPDX-License-Identifier: BSD-2-Clause
/* bootchain doctor: the firmware log and the IMA list, judged against the PCRs as verify does; findings become checks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

#define SECURITYFS "/sys/kernel/security"
#define IMA_LOG SECURITYFS "/ima/binary_runtime_measurements"

/* Which check a finding speaks against; an error that is not here is one of the log, or of the list if it is about an entry or PCR 10. */
static const struct { enum bc_code code; enum check check; } checks_of[] = {
	{ BC_LOG_BANK_MISSING, LOG_BANKS },
	{ BC_PCR_NOT_RESET, TPM_RESET },
	{ BC_NOT_MEASURED, LOG_COMPLETE },
	{ BC_COVERAGE_MISSING, LOG_COMPLETE },
	{ BC_UNMEASURED_PAYLOAD, LOG_COMPLETE },
	{ BC_SEPARATOR_MISSING, LOG_CLOSED },
	{ BC_SEPARATOR_ERROR, LOG_CLOSED },
	{ BC_SEPARATOR_DOUBLE, LOG_ORDER },
	{ BC_EVENT_AFTER_SEPARATOR, LOG_ORDER },
	{ BC_LOG_AFTER_PADDING, LOG_ORDER },
	{ BC_PROMPT, LOG_PROMPT },
	{ BC_BOOT_RETRIED, LOG_PROMPT },
	{ BC_FWLOG_RECORD_MISSING, LOG_BOUND },
	{ BC_FWLOG_RECORD_MISMATCH, LOG_REPLAYS },
	{ BC_AGGREGATE_ZERO, IMA_TPM },
	{ BC_IMA_BYPASS, IMA_TPM },
	{ BC_IMA_TPM_GONE, IMA_TPM },
	{ BC_AGGREGATE_LATE, IMA_EARLY },
	{ BC_AGGREGATE_MISMATCH, IMA_REPLAYS },
	{ BC_AGGREGATE_LOW, IMA_HASH },
	{ BC_IMA_VIOLATION, IMA_VIOLATIONS },
};

/* Checks that are in order when the log, or the list, was judged and no finding speaks against them. */
static const enum check log_checks[] = { LOG_BANKS, LOG_REPLAYS, LOG_COMPLETE, LOG_CLOSED, LOG_ORDER, LOG_PROMPT, TPM_RESET };
static const enum check ima_checks[] = { IMA_TPM, IMA_EARLY, IMA_REPLAYS, IMA_VIOLATIONS };

struct logs {
	uint8_t *firmware;		/* NULL: none that can be read */
	size_t firmware_size;
	bool whole;			/* it was read to its end */
	bool kernel, cmdline, tree, seeds;	/* components that it measures; the tree with its seeds */
	char rule[BC_FDT_RULE_MAX + 2];		/* of the tree; one that is too long is cut to a text that is too long as well */
	struct bc_stream *ima, *cel;
	char no_log[WHY_SIZE], no_list[WHY_SIZE];
};

/* ---- the firmware log ---- */

static int read_firmware(struct doctor *d, struct logs *logs)
{
	int r = doctor_read(d, d->local.tpm_log, BC_EVENT_DATA_MAX, &logs->firmware, &logs->firmware_size, logs->no_log);

	if (r < 0)
		return r;
	if (r == UNREADABLE)
		check_not_known(d, LOG_FOUND, "%s", logs->no_log);
	else if (r == ABSENT && !doctor_has(d, SECURITYFS))
		check_not_known(d, LOG_FOUND, SECURITYFS " is empty: securityfs is not mounted, or was not copied");
	else if (r == ABSENT && !d->have_tpm)
		check_not_known(d, LOG_FOUND, "there is no TPM");
	else if (r == ABSENT)
		check_bad(d, LOG_FOUND, "the tree %s where it is", d->fdt && d->tree.log ? "says" : "does not say");
	else if (!logs->firmware_size)
		check_bad(d, LOG_FOUND, "it is empty");
	if (r == ABSENT)
		snprintf(logs->no_log, sizeof(logs->no_log), "there is no firmware log");
	return 0;
}

/* What an event measures, by whatever firmware. */
static void note_component(const struct bc_tcg_event *event, struct logs *logs)
{
	const uint32_t id = event->data_size < 4 ? 0 : (uint32_t)event->data[0] | (uint32_t)event->data[1] << 8 |
			    (uint32_t)event->data[2] << 16 | (uint32_t)event->data[3] << 24;
	const char *rule = bc_tcg_event_fdt_rule(event);
	char name[64];

	bc_tcg_event_component(event, name, sizeof(name));
	if (!strcmp(name, "kernel") || event->type == BC_EV_EFI_BOOT_SERVICES_APPLICATION ||
	    (event->type == BC_EV_COMPACT_HASH && event->data_size >= 5 && !memcmp(event->data, "linux", 5)))
		logs->kernel = true;
	if (!strcmp(name, "command line") || !strcmp(name, "load options") || event->type == BC_EV_IPL ||
	    (event->type == BC_EV_EVENT_TAG && id == BC_TAG_LINUX_CMDLINE) ||
	    (event->type == BC_EV_PLATFORM_CONFIG_FLAGS && strcmp(name, "environment state")))
		logs->cmdline = true;
	if (event->type == BC_EV_TABLE_OF_DEVICES) {
		logs->tree = true;
		logs->seeds = logs->seeds || !rule;
		snprintf(logs->rule, sizeof(logs->rule), "%s", rule ? rule : "");
	}
}

/* Banks that this build cannot hash with, too, which verify is not given. */
static void check_log_banks(struct doctor *d, const struct bc_tcg_header *header)
{
	char label[16];
	size_t i, k;

	for (i = 0; i < d->active_count; i++) {
		for (k = 0; k < header->bank_count && header->bank[k].alg != d->active[i]; k++)
			;
		if (k == header->bank_count)
			check_bad(d, LOG_BANKS, "%s", bc_algorithm_label(d->active[i], label));
	}
}

/* A log that cannot be read to its end is judged, and named, by verify. */
static int scan_firmware(struct doctor *d, struct logs *logs)
{
	const struct bc_tcg_event *event;
	struct bc_stream *stream = NULL;
	struct bc_tcg_log *log = NULL;
	char text[400];
	int r;

	if (!logs->firmware_size)
		return 0;
	r = bc_stream_open_memory(logs->firmware, logs->firmware_size, "firmware log", &stream, &d->err);
	if (r == 0)
		r = bc_tcg_log_open(stream, &log, &d->err);
	if (r == 0)
		check_log_banks(d, bc_tcg_log_header(log));
	while (r >= 0 && (r = bc_tcg_log_next(log, &event, &d->err)) > 0)
		note_component(event, logs);
	if (r == 0)
		r = bc_tcg_log_whole(log, &d->err);
	bc_tcg_log_free(log);
	bc_stream_free(stream);
	if (r == BC_E_NOMEM)
		return r;
	logs->whole = r == 0;
	if (r < 0)
		bc_error_text(&d->err, text, sizeof(text));
	if (r == 0)
		check_good(d, LOG_FOUND, "%zu bytes", logs->firmware_size);
	else
		check_not_known(d, LOG_FOUND, "%s", text);
	return 0;
}

static void check_components(struct doctor *d, const struct logs *logs)
{
	const bool tree = logs->tree || !d->fdt || (d->verdict && d->verdict->fdt_by_stub);

	if (!logs->whole || (logs->kernel && logs->cmdline && tree))
		return;
	check_bad(d, LOG_COMPLETE, "no event measures the %s%s%s%s%s", logs->kernel ? "" : "kernel",
		  !logs->kernel && !logs->cmdline ? ", the " : "", logs->cmdline ? "" : "command line",
		  !tree && !(logs->kernel && logs->cmdline) ? ", the " : "", tree ? "" : "tree");
}

static void check_tree(struct doctor *d, const struct logs *logs)
{
	const struct bc_verdict *verdict = d->verdict;

	if (!logs->firmware_size || !d->fdt)
		check_not_known(d, LOG_TREE, "%s", d->fdt ? logs->no_log : "there is no tree");
	else if (verdict->kind == BC_NOT_JUDGED)
		check_not_known(d, LOG_TREE, "%s", verdict->sentence);
	else if (verdict->fdt_by_stub)
		check_not_known(d, LOG_TREE, "Linux' EFI stub has changed it");
	else if (verdict->fdt_checked && verdict->fdt_matches && (!verdict->cmdline_checked || verdict->cmdline_matches))
		check_good(d, LOG_TREE, "%s", "");
	else if (verdict->fdt_checked || verdict->cmdline_checked)
		check_bad(d, LOG_TREE, "%s", verdict->fdt_checked && !verdict->fdt_matches ? "" : "/chosen/bootargs is another one");
	else
		check_not_known(d, LOG_TREE, "no event measures it by rule fdt1");
}

static void check_seeds(struct doctor *d, const struct logs *logs)
{
	if (!logs->whole)
		check_not_known(d, TREE_MEASURED_SEEDS, "%s", logs->no_log[0] ? logs->no_log : "the log cannot be read to its end");
	else if (logs->seeds && (!d->fdt || d->tree.kaslr_seed || d->tree.rng_seed))
		check_bad(d, TREE_MEASURED_SEEDS, "the tree is measured as it is%s", d->fdt ? ", with its seeds" : "; what it holds is not known");
	else
		check_good(d, TREE_MEASURED_SEEDS, "%s", "");
}

/* ---- the IMA list ---- */

static int open_ima(struct doctor *d, struct logs *logs)
{
	char full[CMD_PATH_SIZE], why[WHY_SIZE];
	enum found found = doctor_path(d, SECURITYFS "/ima", true, full, sizeof(full), why);
	int r;

	if (found == THERE)
		check_good(d, IMA_FOUND, "%s", "");
	else if (found == ABSENT && doctor_has(d, SECURITYFS))
		check_bad(d, IMA_FOUND, "%s", "");
	else
		check_not_known(d, IMA_FOUND, "%s", found == UNREADABLE ? why : SECURITYFS " is empty: securityfs is not mounted, or was not copied");
	found = doctor_path(d, IMA_LOG, false, full, sizeof(full), logs->no_list);
	if (found == ABSENT)
		snprintf(logs->no_list, sizeof(logs->no_list), "there is no IMA list");
	if (found != THERE)
		return 0;
	r = bc_stream_open(full, &logs->ima, &d->err);
	if (r < 0)
		snprintf(logs->no_list, sizeof(logs->no_list), IMA_LOG ": %s", d->err.message);
	return r == BC_E_NOMEM ? r : 0;
}

/* The first entry says what IMA was started with. */
static void check_entry(struct doctor *d, const struct bc_ima_entry *entry)
{
	const char *template = entry->template_name, *alg = entry->file_alg;
	size_t i;

	if (!strcmp(alg, "sha1") || !strcmp(alg, "md5"))
		check_bad(d, IMA_HASH, "%s", alg);
	else if (alg[0])
		check_good(d, IMA_HASH, "%s", alg);
	if (strstr(template, "sig"))
		check_good(d, IMA_TEMPLATE, "%s", template);
	else
		check_bad(d, IMA_TEMPLATE, "%s", template);
	if (!bc_ima_is_boot_aggregate(entry))
		return;
	if (entry->name_size > strlen("boot_aggregate"))
		check_bad(d, IMA_EARLY, "the first entry is boot_aggregate_late");
	for (i = 0; i < entry->file_digest_size && !entry->file_digest[i]; i++)
		;
	if (entry->file_digest_size && i == entry->file_digest_size && !entry->violation)
		check_bad(d, IMA_TPM, "boot_aggregate is zero");
}

/* In a stream of its own: the list is judged from its beginning afterwards. */
static int scan_ima(struct doctor *d, const struct logs *logs)
{
	const struct bc_ima_entry *entry;
	struct bc_stream *stream = NULL;
	struct bc_ima_log *log = NULL;
	int r = logs->ima ? bc_stream_open(bc_stream_name(logs->ima), &stream, &d->err) : BC_E_INPUT;

	if (r == 0)
		r = bc_ima_log_open(stream, 1, &log, &d->err);
	if (r == 0)
		r = bc_ima_log_next(log, &entry, &d->err);
	if (r > 0) {
		check_entry(d, entry);
	} else {
		check_not_known(d, IMA_HASH, "%s", logs->ima ? "no entry can be read" : logs->no_list);
		check_not_known(d, IMA_TEMPLATE, "%s", logs->ima ? "no entry can be read" : logs->no_list);
	}
	bc_ima_log_free(log);
	bc_stream_free(stream);
	return r == BC_E_NOMEM ? r : 0;
}

/* systemd's own log, if there is one, explains PCRs of its own. */
static int open_cel(struct doctor *d, struct logs *logs)
{
	char full[CMD_PATH_SIZE], why[WHY_SIZE];
	int r = 0;

	if (d->local.systemd_log[0] && doctor_path(d, d->local.systemd_log, false, full, sizeof(full), why) == THERE)
		r = bc_stream_open(full, &logs->cel, &d->err);
	return r == BC_E_NOMEM ? r : 0;
}

/* ---- both against the PCRs ---- */

static enum check check_of(const struct bc_finding *finding)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks_of); i++)
		if (checks_of[i].code == finding->code)
			return checks_of[i].check;
	return finding->entry || finding->pcr == 10 ? IMA_REPLAYS : LOG_REPLAYS;
}

static bool is_mapped(enum bc_code code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks_of); i++)
		if (checks_of[i].code == code)
			return true;
	return bc_code_info(code)->severity == BC_ERROR;
}

static void take_findings(struct doctor *d)
{
	const struct bc_verdict *verdict = d->verdict;
	/* verify says of the tree, too, that a digest is not that of the data; that comes last, and has a check of its own. */
	const uint64_t of_tree = (verdict->fdt_checked && !verdict->fdt_matches) + (verdict->cmdline_checked && !verdict->cmdline_matches);
	const struct bc_finding *finding;
	uint64_t of_data = 0;
	size_t i;

	for (i = 0; i < bc_findings_count(verdict->findings); i++)
		of_data += bc_findings_at(verdict->findings, i)->code == BC_DIGEST_DATA;
	for (i = 0; i < bc_findings_count(verdict->findings); i++) {
		finding = bc_findings_at(verdict->findings, i);
		if (finding->code == BC_DIGEST_DATA && of_data-- <= of_tree)
			continue;
		if (!is_mapped(finding->code))
			continue;
		if (finding->pcr >= 0)
			check_bad(d, check_of(finding), "PCR %d: %s", finding->pcr, finding->message);
		else
			check_bad(d, check_of(finding), "%s", finding->message);
	}
}

static void take_verdict(struct doctor *d, const struct logs *logs)
{
	const struct bc_verdict *verdict = d->verdict;
	const bool judged = verdict->kind == BC_CONSISTENT || verdict->kind == BC_MISMATCH;
	const char *no_log = judged ? logs->no_log : verdict->sentence, *no_list = judged ? logs->no_list : verdict->sentence;
	size_t i;

	take_findings(d);
	if (d->result[LOG_REPLAYS].state == BAD)
		check_not_known(d, TPM_RESET, "the log does not explain the PCRs");
	for (i = 0; i < ARRAY_SIZE(log_checks); i++) {
		if (judged && verdict->have_firmware_log)
			check_good(d, log_checks[i], "%s", log_checks[i] == LOG_REPLAYS ? verdict->sentence : "");
		else
			check_not_known(d, log_checks[i], "%s", no_log[0] ? no_log : verdict->sentence);
	}
	for (i = 0; i < ARRAY_SIZE(ima_checks); i++) {
		if (judged && verdict->have_ima_log)
			check_good(d, ima_checks[i], "%s", "");
		else
			check_not_known(d, ima_checks[i], "%s", no_list[0] ? no_list : verdict->sentence);
	}
	if (verdict->firmware_log_bound)
		check_good(d, LOG_BOUND, "%s", "");
	else
		check_not_known(d, LOG_BOUND, "%s", verdict->have_ima_log ? "the entry firmware_log is not covered" : no_list);
}

/* A tree that verify could not judge would take everything else with it. */
static bool is_judged_tree(struct doctor *d, const struct logs *logs)
{
	uint8_t *image = NULL;
	size_t size;
	int r;

	if (!d->fdt || !logs->firmware_size || !logs->tree || logs->seeds)
		return false;
	r = bc_fdt_rule_apply(d->fdt, d->fdt_size, logs->rule, &image, &size, NULL);
	bc_free(image);
	d->no_memory = d->no_memory || r == BC_E_NOMEM;
	return r == 0;
}

static int judge(struct doctor *d, struct logs *logs, struct bc_stream *firmware)
{
	struct bc_verify_input input = { .firmware_log = firmware, .pcrs = &d->pcrs, .pcrs_name = d->local.pcrs };
	int r;

	input.ima_log = &logs->ima;
	input.ima_log_count = logs->ima != NULL;
	input.cel_log = &logs->cel;
	input.cel_log_count = logs->cel != NULL;
	if (is_judged_tree(d, logs)) {
		input.fdt = d->fdt;
		input.fdt_size = d->fdt_size;
		input.fdt_name = "/sys/firmware/fdt";
	}
	r = bc_verify(&input, &d->verdict, &d->err);
	return r < 0 && r != BC_E_NOMEM ? bc_verdict_not_judged(&d->err, &d->verdict, &d->err) : r;
}

static int judge_logs(struct doctor *d, struct logs *logs)
{
	struct bc_stream *firmware = NULL;
	int r = 0;

	if (logs->firmware_size)
		r = bc_stream_open_memory(logs->firmware, logs->firmware_size, "firmware log", &firmware, &d->err);
	if (r == 0 && !d->pcrs.count) {
		bc_error_set(&d->err, BC_E_TPM, "%s", d->have_tpm ? "there are no PCR values that this build can judge" : "there is no TPM");
		r = bc_verdict_not_judged(&d->err, &d->verdict, &d->err);
	} else if (r == 0) {
		r = judge(d, logs, firmware);
	}
	if (r == 0)
		take_verdict(d, logs);
	bc_stream_free(firmware);
	return r;
}

int doctor_logs(struct doctor *d)
{
	struct logs logs = { 0 };
	int r = read_firmware(d, &logs);

	if (r == 0)
		r = scan_firmware(d, &logs);
	if (r == 0)
		r = open_ima(d, &logs);
	if (r == 0)
		r = scan_ima(d, &logs);
	if (r == 0)
		r = open_cel(d, &logs);
	if (r == 0)
		r = judge_logs(d, &logs);
	if (r == 0) {
		if (logs.firmware_size && d->verdict->have_firmware_log)
			check_components(d, &logs);
		check_tree(d, &logs);
		check_seeds(d, &logs);
	}
	bc_free(logs.firmware);
	bc_stream_free(logs.ima);
	bc_stream_free(logs.cel);
	return r;
}
