/* SPDX-License-Identifier: BSD-2-Clause */
/* What a subcommand is, and the options that all of them share. */
#ifndef BOOTCHAIN_CMD_H
#define BOOTCHAIN_CMD_H

#include <stdio.h>

#include "bootchain.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Exit codes of FORMATS 3; show, replay and collect use 0, 2 and 3. */
enum { EXIT_DONE = 0, EXIT_DIFFERENT = 1, EXIT_USAGE = 2, EXIT_NOT_JUDGED = 3 };

struct cmd_args;

struct bc_command {
	const char *name;
	const char *summary;		/* one line of "bootchain --help" */
	const char *usage;		/* whole text of --help, behind "Usage: bootchain " */
	int (*run)(struct cmd_args *args);	/* result: exit code */
};

/* One option of a subcommand: "pcr" is --pcr; letter is its short form or 0. Rows end with a NULL name. */
struct cmd_option { const char *name; char letter; bool has_value; int id; };

/* The command line, and what the common options said. */
struct cmd_args {
	const struct bc_command *command;
	int argc;
	char **argv;
	int at;				/* next word */
	bool only_words;		/* "--" was seen */
	bool json, quiet, verbose, color;
	uint16_t banks[BC_BANKS_MAX];	/* of --bank; none = all */
	size_t bank_count;
	const char *root, *tpm;		/* of --root and --tpm; NULL */
};

/*
 * Next option or word. Common options are taken care of in here. Result: id of the option (above 0) with its value in *ret_value,
 * CMD_WORD with the word in *ret_value, CMD_END, or CMD_FAILED after a message. --help and --version print and exit.
 */
enum { CMD_END = 0, CMD_WORD = -1, CMD_FAILED = -2 };
int cmd_next(struct cmd_args *args, const struct cmd_option *options, const char **ret_value);

/* "bootchain verify: <message>" on stderr; result EXIT_USAGE, with a pointer to --help. */
int cmd_usage_error(const struct cmd_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The error as one line on stderr; result: EXIT_USAGE for BC_E_USAGE, else EXIT_NOT_JUDGED. */
int cmd_error(const struct cmd_args *args, const struct bc_error *err);
/* The same where memory has ended. */
int cmd_no_memory(const struct cmd_args *args);
/* Was this bank asked for? True when --bank was not given. */
bool cmd_wants_bank(const struct cmd_args *args, uint16_t alg);
/* Flush stdout; a full disk or closed pipe turns a good exit code into EXIT_NOT_JUDGED with a message. */
int cmd_finish(const struct cmd_args *args, int code);
/* "0,4,10-14" to a bit mask of PCRs. */
bool cmd_parse_pcrs(const char *text, uint32_t *ret_mask);

/* The LOG words of a command line, opened and told apart; at most CMD_LOGS_MAX. */
#define CMD_LOGS_MAX 4096	/* pieces of an IMA list; each has a file descriptor, so the system's limit is lower */
/* place: of a piece among all words and options that name logs. */
struct cmd_log { const char *path; enum bc_format format; struct bc_stream *stream; size_t place; };
struct cmd_logs { size_t count; struct cmd_log *log; };
/* Remember a word. Result: EXIT_DONE, or another exit code after a message: too many, "-" for the second time, no memory. */
int cmd_logs_add(const struct cmd_args *args, struct cmd_logs *logs, const char *path);
/* Open all, tell the formats, refuse what cannot be read and a second firmware log. Result: 0 or a negative status with *err. */
int cmd_logs_open(struct cmd_logs *logs, struct bc_error *err);
void cmd_logs_free(struct cmd_logs *logs);

extern const struct bc_command cmd_show, cmd_replay, cmd_verify, cmd_collect, cmd_diff, cmd_doctor;

/* ---- local.c ---- */
#define CMD_PATH_SIZE 4096
#define CMD_NAME_SIZE 96
/* What this machine has; paths without --root, empty for what is not there. */
struct cmd_local {
	char tpm[16];
	char tpm_log[CMD_NAME_SIZE];	/* where its firmware log would be */
	char pcrs[CMD_NAME_SIZE], firmware_log[CMD_NAME_SIZE], systemd_log[CMD_NAME_SIZE], ima_log[CMD_NAME_SIZE];
	char full[3][CMD_PATH_SIZE];	/* private: of the logs that were added */
};
/* Result: an exit code, after a message when it is not EXIT_DONE. */
int cmd_local_find(const struct cmd_args *args, struct cmd_local *ret_local);
/* Find, and add the logs that are there; those that are not are said. *ret_local must outlive logs. */
int cmd_logs_local(const struct cmd_args *args, struct cmd_logs *logs, struct cmd_local *ret_local);
/* path below --root; false when it is too long. */
bool cmd_local_path(const struct cmd_args *args, const char *path, char *ret_path, size_t size);
/* --root and --tpm clash with files that were given. */
int cmd_only_local(const struct cmd_args *args, bool given);

#endif
