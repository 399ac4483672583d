// SPDX-License-Identifier: BSD-2-Clause
/* The logs of a command line: words, this machine's own, formats told by content. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

int cmd_logs_add(const struct cmd_args *args, struct cmd_logs *logs, const char *path)
{
	struct cmd_log *log;
	size_t i;

	for (i = 0; i < logs->count; i++)
		if (!strcmp(path, "-") && !strcmp(logs->log[i].path, "-"))
			return cmd_usage_error(args, "standard input (-) is given twice");
	if (logs->count == CMD_LOGS_MAX)
		return cmd_usage_error(args, "more than %d logs", CMD_LOGS_MAX);
	log = realloc(logs->log, (logs->count + 1) * sizeof(*log));
	if (!log)
		return cmd_no_memory(args);
	logs->log = log;
	log[logs->count++] = (struct cmd_log){ .path = path };
	return EXIT_DONE;
}

static int open_log(struct cmd_log *log, struct bc_error *err)
{
	int r;

	r = bc_stream_open(log->path, &log->stream, err);
	if (r == 0)
		r = bc_format_require(log->stream, &log->format, err);
	return r;
}

int cmd_logs_open(struct cmd_logs *logs, struct bc_error *err)
{
	unsigned int firmware = 0;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < logs->count; i++) {
		r = open_log(&logs->log[i], err);
		if (r == 0 && bc_format_kind(logs->log[i].format) == BC_KIND_FIRMWARE && firmware++)
			r = bc_error_set(err, BC_E_USAGE, "%s is a second firmware log; one boot has one", logs->log[i].path);
	}
	return r;
}

void cmd_logs_free(struct cmd_logs *logs)
{
	size_t i;

	for (i = 0; i < logs->count; i++)
		bc_stream_free(logs->log[i].stream);
	free(logs->log);
}
