// SPDX-License-Identifier: BSD-2-Clause
/* bootchain diff: which component differs between two boots. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

enum { OPT_FDT = 1 };

static const struct cmd_option options[] = {
	{ "fdt", 0, true, OPT_FDT },
	{ NULL, 0, false, 0 },
};

struct diff {
	const struct cmd_args *args;
	const char *log[2];		/* good, new */
	const char *tree[2];
	size_t logs;
	struct bc_log_diff result;
	struct bc_findings *findings;
};

static int parse(struct diff *diff, struct cmd_args *args)
{
	const char *value;
	int id;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		switch (id) {
		case OPT_FDT:
			if (args->at == args->argc)
				return cmd_usage_error(args, "--fdt wants two trees: of the good boot, and of the new one");
			diff->tree[0] = value;
			diff->tree[1] = args->argv[args->at++];
			break;
		case CMD_WORD:
			if (diff->logs == 2)
				return cmd_usage_error(args, "\"%s\" is one word too many; two logs are compared", value);
			diff->log[diff->logs++] = value;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (cmd_only_local(args, true) != EXIT_DONE)
		return EXIT_USAGE;
	if (diff->logs != 2)
		return cmd_usage_error(args, "two firmware logs are wanted: of the good boot, and of the new one");
	if (!strcmp(diff->log[0], "-") && !strcmp(diff->log[1], "-"))
		return cmd_usage_error(args, "standard input (-) is given twice");
	return EXIT_DONE;
}

static int compare_logs(struct diff *diff, struct bc_error *err)
{
	struct bc_stream *good = NULL, *other = NULL;
	int r;

	r = bc_stream_open(diff->log[0], &good, err);
	if (r == 0)
		r = bc_stream_open(diff->log[1], &other, err);
	if (r == 0)
		r = bc_diff_logs(good, other, diff->args->banks, diff->args->bank_count, diff->findings, &diff->result, err);
	bc_stream_free(good);
	bc_stream_free(other);
	return r;
}

static int compare_trees(struct diff *diff, struct bc_error *err)
{
	struct bc_diff_tree good = { .name = diff->tree[0], .measured = &diff->result.good_tree };
	struct bc_diff_tree other = { .name = diff->tree[1], .measured = &diff->result.other_tree };
	uint8_t *good_data = NULL, *other_data = NULL;
	int r;

	if (!diff->tree[0])
		return 0;
	r = bc_read_file(good.name, BC_FDT_MAX, &good_data, &good.size, err);
	if (r == 0)
		r = bc_read_file(other.name, BC_FDT_MAX, &other_data, &other.size, err);
	good.data = good_data;
	other.data = other_data;
	if (r == 0)
		r = bc_diff_trees(&good, &other, diff->findings, err);
	bc_free(good_data);
	bc_free(other_data);
	return r;
}

/* What the message says already is not said again. */
static void print_value(const struct bc_finding *finding, const char *label, const char *value)
{
	if (!value[0] || strstr(finding->message, value))
		return;
	printf("    %s  ", label);
	print_escaped(stdout, value, strlen(value));
	printf("\n");
}

/* What the logs count. */
static const char *place(const struct bc_log_diff *result)
{
	return result->registers ? "register" : "PCR";
}

static void print_difference(const struct diff *diff, const struct bc_finding *finding)
{
	const enum bc_severity severity = bc_code_info(finding->code)->severity;
	const bool color = diff->args->color && severity == BC_ERROR;

	printf("%s", color ? "\033[31m" : "");
	if (severity != BC_ERROR)
		printf("%s: ", bc_severity_name(severity));
	if (finding->pcr >= 0)
		printf("%s %d: ", place(&diff->result), finding->pcr);
	print_escaped(stdout, finding->message, strlen(finding->message));
	printf("%s\n", color ? "\033[0m" : "");
	if (diff->args->verbose && finding->number >= 0) {
		printf("    event %" PRId64 " at byte 0x%" PRIx64 " of ", finding->number, (uint64_t)finding->offset);
		print_escaped(stdout, finding->source, strlen(finding->source));
		printf("\n");
	}
	print_value(finding, "good", finding->expected);
	print_value(finding, "new ", finding->found);
}

/* "PCR 1, 4 and 5" */
static void print_pcrs(const struct bc_log_diff *result, uint32_t mask)
{
	unsigned int pcr;

	printf("%s ", place(result));
	for (pcr = 0; pcr < BC_PCR_COUNT; pcr++) {
		if (!(mask >> pcr & 1))
			continue;
		mask &= ~(UINT32_C(1) << pcr);
		printf("%u%s", pcr, !mask ? "" : mask & (mask - 1) ? ", " : " and ");
	}
}

static void print_banks(const struct bc_log_diff *result)
{
	char label[16];
	size_t i;

	for (i = 0; i < result->bank_count; i++)
		printf("%s%s", i ? ", " : "", bc_algorithm_label(result->bank[i], label));
}

static bool one_bit(uint32_t mask)
{
	return !(mask & (mask - 1));
}

static void print_summary(const struct diff *diff, bool different)
{
	const struct bc_log_diff *result = &diff->result;
	const uint32_t same = result->extended & ~result->differs;

	if (!different) {
		printf("no difference: %" PRIu64 " events in ", result->other_events);
		print_banks(result);
		printf("%s\n", diff->tree[0] ? ", and the trees" : "");
		return;
	}
	if (!result->differs) {
		printf("every %s is the same, what is named above is not\n", place(result));
		return;
	}
	print_pcrs(result, result->differs);
	printf(one_bit(result->differs) ? " differs" : " differ");
	if (same) {
		printf("; ");
		print_pcrs(result, same);
		printf(one_bit(same) ? " is the same" : " are the same");
	}
	printf("\n");
}

static bool trees_differ(const struct bc_log_diff *result)
{
	const struct bc_tree_event *good = &result->good_tree, *other = &result->other_tree;

	return good->found && other->found && memcmp(good->digest, other->digest, sizeof(good->digest));
}

static void write_text(const struct diff *diff, bool different)
{
	uint64_t dropped = 0;
	size_t i;

	for (i = 0; !diff->args->quiet && i < bc_findings_count(diff->findings); i++)
		print_difference(diff, bc_findings_at(diff->findings, i));
	for (i = 0; i < BC_CODE_COUNT; i++)
		dropped += bc_findings_dropped(diff->findings, (enum bc_code)i);
	if (dropped)
		printf("%" PRIu64 " more differences are not listed\n", dropped);
	print_summary(diff, different);
	if (diff->result.registers && different && !diff->args->quiet)
		printf("the numbers are measurement registers: %s\n", bc_tcg_register_names(diff->result.bank[0]));
	if (!diff->tree[0] && trees_differ(&diff->result) && !diff->args->quiet)
		printf("\"--fdt GOOD.dtb NEW.dtb\" tells which property of the final tree differs\n");
}

static void json_pcr_list(struct json *json, const char *key, uint32_t mask)
{
	unsigned int pcr;

	json_open(json, key, '[');
	for (pcr = 0; pcr < BC_PCR_COUNT; pcr++)
		if (mask >> pcr & 1)
			json_number(json, NULL, pcr);
	json_close(json, ']');
}

static void write_json(const struct diff *diff, int code, const struct bc_error *err)
{
	const struct bc_log_diff *result = &diff->result;
	struct json json;
	char text[4096], label[16];
	size_t i;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_text(&json, "schema", "bootchain/diff/1");
	json_text(&json, "good", diff->log[0]);
	json_text(&json, "new", diff->log[1]);
	json_number(&json, "exit", (uint64_t)code);
	json_text(&json, "pcr_is", result->registers ? "register" : "pcr");
	json_open(&json, "banks", '[');
	for (i = 0; i < result->bank_count; i++)
		json_text(&json, NULL, bc_algorithm_label(result->bank[i], label));
	json_close(&json, ']');
	json_pcr_list(&json, "differ", result->differs);
	json_pcr_list(&json, "same", result->extended & ~result->differs);
	json_findings(&json, "findings", diff->findings);
	json_open(&json, "dropped", '{');
	for (i = 0; i < BC_CODE_COUNT; i++)
		if (bc_findings_dropped(diff->findings, (enum bc_code)i))
			json_number(&json, bc_code_info((enum bc_code)i)->name, bc_findings_dropped(diff->findings, (enum bc_code)i));
	json_close(&json, '}');
	if (err) {
		bc_error_json(err, "evidence", text, sizeof(text));
		json_raw(&json, "error", text);
	} else {
		json_null(&json, "error");
	}
	json_close(&json, '}');
	json_end(&json);
}

static int run(struct cmd_args *args)
{
	struct diff diff = { .args = args };
	struct bc_error err;
	bool different;
	int code = parse(&diff, args);
	int r;

	if (code != EXIT_DONE)
		return code;
	r = bc_findings_new(&diff.findings, &err);
	if (r < 0)
		return cmd_error(args, &err);
	r = compare_logs(&diff, &err);
	if (r == 0)
		r = compare_trees(&diff, &err);
	different = diff.result.differs || bc_findings_severe(diff.findings, BC_ERROR) > 0;
	code = different ? EXIT_DIFFERENT : EXIT_DONE;
	if (r < 0)
		code = cmd_error(args, &err);
	if (args->json)
		write_json(&diff, code, r < 0 ? &err : NULL);
	else if (r == 0)
		write_text(&diff, different);
	bc_findings_free(diff.findings);
	return code;
}

const struct bc_command cmd_diff = {
	.name = "diff",
	.summary = "name the components that differ between two boots",
	.usage =
		"diff GOOD.log NEW.log [--fdt GOOD.dtb NEW.dtb]\n"
		"Compare the firmware logs of two boots PCR by PCR, the command line word by word, and the final trees property by\n"
		"property. The seeds in /chosen and the padding of a tree do not count, as they are not measured (rule fdt1), nor do\n"
		"nodes that both logs say were left out.\n\n"
		"  --fdt GOOD.dtb NEW.dtb     the trees that the two boots handed over (/sys/firmware/fdt)\n\n"
		"Exit status: 0 no difference, 1 differences, 2 usage, 3 a file cannot be read or is malformed\n",
	.run = run,
};
