// SPDX-License-Identifier: BSD-2-Clause
/* The logs of a command line: words, this machine's own, formats told by content. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

bool cmd_logs_add(const struct cmd_args *args, struct cmd_logs *logs, const char *path)
{
	struct cmd_log *log;
	size_t i;

	for (i = 0; i < logs->count; i++) {
		if (!strcmp(path, "-") && !strcmp(logs->log[i].path, "-")) {
			cmd_usage_error(args, "standard input (-) is given twice");
			return false;
		}
	}
	log = logs->count < CMD_LOGS_MAX ? realloc(logs->log, (logs->count + 1) * sizeof(*log)) : NULL;
	if (!log) {
		cmd_usage_error(args, "more than %d logs", CMD_LOGS_MAX);
		return false;
	}
	logs->log = log;
	log[logs->count++] = (struct cmd_log){ .path = path };
	return true;
}

bool cmd_logs_local(const struct cmd_args *args, struct cmd_logs *logs)
{
	static const char *const paths[] = { LOCAL_FIRMWARE_LOG, LOCAL_IMA_LOG };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		if (access(paths[i], F_OK) < 0)
			fprintf(stderr, "bootchain %s: this machine has no %s\n", args->command->name, paths[i]);
		else if (!cmd_logs_add(args, logs, paths[i]))
			return false;
	}
	return true;
}

/* Where it is no log that is read here, say what it is. */
static int unreadable(const struct cmd_args *args, const struct cmd_log *log)
{
	struct bc_tcg_log *tcg = NULL;
	struct bc_error err;

	bc_error_clear(&err);
	if (log->format == BC_FORMAT_TCG1) {
		bc_error_set(&err, BC_E_UNSUPPORTED, "a firmware log of TPM 1.2 (SHA-1, no Spec ID Event03), which is not read");
	} else if (bc_tcg_log_open(log->stream, &tcg, &err) == 0) {
		bc_tcg_log_free(tcg);
		return EXIT_DONE;
	} else if (!err.code || strstr(err.message, "no Spec ID")) {
		bc_error_set(&err, BC_E_INPUT, "neither a crypto-agile firmware log nor a binary IMA list");
	}
	if (!err.source[0])
		snprintf(err.source, sizeof(err.source), "%s", bc_stream_name(log->stream));
	return cmd_error(args, &err);
}

int cmd_logs_open(const struct cmd_args *args, struct cmd_logs *logs)
{
	unsigned int firmware = 0;
	struct bc_error err;
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; code == EXIT_DONE && i < logs->count; i++) {
		struct cmd_log *log = &logs->log[i];

		if (bc_stream_open(log->path, &log->stream, &err) < 0 || bc_format_detect(log->stream, &log->format, &err) < 0)
			return cmd_error(args, &err);
		if (log->format == BC_FORMAT_TCG2)
			firmware++;
		else if (log->format != BC_FORMAT_IMA_BINARY)
			code = unreadable(args, log);
		if (firmware > 1)
			return cmd_usage_error(args, "%s is a second firmware log; one boot has one", log->path);
	}
	return code;
}

void cmd_logs_free(struct cmd_logs *logs)
{
	size_t i;

	for (i = 0; i < logs->count; i++)
		bc_stream_free(logs->log[i].stream);
	free(logs->log);
}
