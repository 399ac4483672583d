// SPDX-License-Identifier: BSD-2-Clause
/* bootchain doctor: what is wrong with the chain of this machine, and what to do about it. It reads, and changes nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "output.h"

enum { OPT_TCTI = 1 };

static const struct cmd_option options[] = {
	{ "tcti", 0, true, OPT_TCTI },
	{ NULL, 0, false, 0 },
};

/* What a check came to: "ok", "unknown", or the severity of its row. */
static const char *status_name(const struct doctor *d, size_t check)
{
	switch (d->result[check].state) {
	case GOOD: return "ok";
	case BAD: return bc_severity_name(check_rows[check].severity);
	default: return "unknown";
	}
}

static int exit_code(const struct doctor *d)
{
	bool needed = false;
	size_t i;

	for (i = 0; i < CHECKS; i++) {
		if (d->result[i].state == BAD && check_rows[i].severity == BC_ERROR)
			return EXIT_DIFFERENT;
		needed = needed || (check_rows[i].needed && d->result[i].state != GOOD);
	}
	return needed ? EXIT_NOT_JUDGED : EXIT_DONE;
}

/* ---- output ---- */

static size_t count(const struct doctor *d, const char *status)
{
	size_t i, found = 0;

	for (i = 0; i < CHECKS; i++)
		found += !strcmp(status_name(d, i), status);
	return found;
}

/* Names of the checks that decide: errors, else what is not known and has to be. */
static void append_names(const struct doctor *d, int code, char *text, size_t size)
{
	size_t i, used = strlen(text);
	const char *separator = ": ";

	for (i = 0; i < CHECKS && used < size; i++) {
		const bool error = d->result[i].state == BAD && check_rows[i].severity == BC_ERROR;
		const bool open = check_rows[i].needed && d->result[i].state != GOOD;

		if (!(code == EXIT_DIFFERENT ? error : open))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s", separator, check_rows[i].name);
		separator = ", ";
	}
}

static void make_sentence(const struct doctor *d, int code, char *ret_text, size_t size)
{
	char why[512];

	snprintf(why, sizeof(why), "%s", code == EXIT_DONE ? "in order, as far as it is known" : code == EXIT_DIFFERENT ? "not in order" :
		 "cannot be judged");
	if (code != EXIT_DONE)
		append_names(d, code, why, sizeof(why));
	snprintf(ret_text, size, "%s (error %zu, warning %zu, note %zu, unknown %zu, ok %zu)", why, count(d, "error"), count(d, "warning"),
		 count(d, "note"), count(d, "unknown"), count(d, "ok"));
}

static const char *color_of(const char *status)
{
	static const struct { const char *status, *color; } colors[] = {
		{ "error", "\033[31m" }, { "warning", "\033[33m" }, { "note", "\033[36m" }, { "unknown", "\033[35m" }, { "ok", "\033[32m" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(colors); i++)
		if (!strcmp(colors[i].status, status))
			return colors[i].color;
	return "";
}

static void print_check(const struct doctor *d, size_t check)
{
	const struct check_result *result = &d->result[check];
	const struct check_row *row = &check_rows[check];
	const char *status = status_name(d, check);

	printf("%s%-8s%s %-17s ", d->args->color ? color_of(status) : "", status, d->args->color ? "\033[0m" : "", row->name);
	if (result->state == GOOD || result->state == BAD)
		printf("%s%s", result->state == GOOD ? row->good : row->bad, result->detail[0] ? ": " : "");
	print_short(stdout, result->detail);
	putchar('\n');
	if (result->state == BAD)
		printf("%26s to do: %s\n", "", row->advice);
}

static void print_text(const struct doctor *d, int code)
{
	char sentence[1024];
	size_t i;

	for (i = 0; i < CHECKS; i++)
		if (!d->args->quiet || d->result[i].state != GOOD)
			print_check(d, i);
	make_sentence(d, code, sentence, sizeof(sentence));
	print_line(stdout, sentence, d->args->color ? code : -1);
}

/* What is said of a check, in one text. */
static void json_message(struct json *json, const struct check_row *row, const struct check_result *result)
{
	char text[sizeof(result->detail) + 160];

	snprintf(text, sizeof(text), "%s%s%s", result->state == GOOD ? row->good : result->state == BAD ? row->bad : "",
		 result->detail[0] && (result->state == GOOD || result->state == BAD) ? ": " : "", result->detail);
	json_text(json, "message", text);
}

static void print_json(const struct doctor *d, int code)
{
	char sentence[1024];
	struct json json;
	size_t i;

	make_sentence(d, code, sentence, sizeof(sentence));
	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_text(&json, "schema", "bootchain/doctor/1");
	json_number(&json, "exit", (uint64_t)code);
	json_text(&json, "sentence", sentence);
	json_open(&json, "checks", '[');
	for (i = 0; i < CHECKS; i++) {
		json_open(&json, NULL, '{');
		json_text(&json, "name", check_rows[i].name);
		json_text(&json, "status", status_name(d, i));
		json_text(&json, "severity", bc_severity_name(check_rows[i].severity));
		json_bool(&json, "needed", check_rows[i].needed);
		json_message(&json, &check_rows[i], &d->result[i]);
		json_text(&json, "advice", d->result[i].state == BAD ? check_rows[i].advice : NULL);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	json_end(&json);
}

/* ---- the command ---- */

static int parse(struct doctor *d, struct cmd_args *args)
{
	const char *value;
	int id;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		if (id == CMD_WORD)
			return cmd_usage_error(args, "\"%s\" is one word too many; this machine is looked at, or --root DIR", value);
		if (id == CMD_FAILED)
			return EXIT_USAGE;
		d->tcti = value;
	}
	if (args->root && !realpath(args->root, d->real_root)) {
		if (errno != ENOMEM)
			return cmd_usage_error(args, "--root %s: there is no such directory", args->root);
		return cmd_no_memory(args);
	}
	return cmd_local_find(args, &d->local);
}

static int examine(struct doctor *d)
{
	int code, r = doctor_read_texts(d);

	if (r == 0)
		r = doctor_tpm(d);
	if (r == 0)
		r = doctor_logs(d);
	if (r == 0)
		r = doctor_system(d);
	if (r == 0 && d->no_memory)
		r = bc_error_set(&d->err, BC_E_NOMEM, "out of memory");
	if (r < 0)
		return cmd_error(d->args, &d->err);
	code = exit_code(d);
	if (d->args->json)
		print_json(d, code);
	else
		print_text(d, code);
	return code;
}

static int run_doctor(struct cmd_args *args)
{
	struct doctor *d = calloc(1, sizeof(*d));
	int code;

	if (!d)
		return cmd_no_memory(args);
	d->args = args;
	code = parse(d, args);
	if (code == EXIT_DONE)
		code = examine(d);
	bc_free(d->fdt);
	bc_free(d->kernel_log);
	bc_free(d->cmdline);
	bc_verdict_free(d->verdict);
	free(d);
	return code;
}

const struct bc_command cmd_doctor = {
	.name = "doctor",
	.summary = "what is wrong with the chain of this machine, and what to do",
	.usage =
		"doctor [--tcti NAME]\n"
		"Look at TPM, firmware log, IMA, EVM, keys, device tree and command line of this machine, or of a copy of its /sys,\n"
		"/proc and /etc (--root DIR), and say of each thing that is wrong what to do. Nothing is changed. What cannot be read\n"
		"is unknown, never ok.\n"
		"Exit status: 0 nothing is wrong, 1 an error was found, 2 usage, 3 cannot be judged.\n\n"
		"  --tcti NAME                the TPM to ask about its platform hierarchy, as tpm2-tss names it\n",
	.run = run_doctor,
};
