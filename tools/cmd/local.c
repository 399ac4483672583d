// SPDX-License-Identifier: BSD-2-Clause
/* What this machine has itself: which TPM, its PCR values, firmware log, systemd's log, IMA list. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

#define CLASS "/sys/class/tpm"
#define SECURITYFS "/sys/kernel/security"
#define IMA_LOG SECURITYFS "/ima/binary_runtime_measurements"
/* A confidential virtual machine: its log is an ACPI table, its registers are files (Linux 6.16). */
#define CCEL "/sys/firmware/acpi/tables/data/CCEL"
#define TDX_REGISTERS "/sys/devices/virtual/misc/tdx_guest/measurements"
#define SYSTEMD_LOG "/run/log/systemd/tpm2-measure.log"

bool cmd_local_path(const struct cmd_args *args, const char *path, char *ret_path, size_t size)
{
	return snprintf(ret_path, size, "%s%s", args->root ? args->root : "", path) < (int)size;
}

static bool is_there(const struct cmd_args *args, const char *path)
{
	char full[CMD_PATH_SIZE];

	/* What may not be looked at is there, and reading it says why not. */
	return cmd_local_path(args, path, full, sizeof(full)) && (access(full, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR));
}

/* "tpm0": the number, or -1 for another name. */
static int tpm_number(const char *name)
{
	const char *digits = name + 3;

	if (strncmp(name, "tpm", 3) || !digits[0] || strlen(digits) > 4 || strspn(digits, "0123456789") != strlen(digits))
		return -1;
	return atoi(digits);
}

static int is_tpm(const struct dirent *entry)
{
	return tpm_number(entry->d_name) >= 0;
}

static int by_number(const struct dirent **one, const struct dirent **two)
{
	return tpm_number((*one)->d_name) - tpm_number((*two)->d_name);
}

static void log_of(const char *tpm, char *ret_path, size_t size)
{
	snprintf(ret_path, size, SECURITYFS "/%.15s/binary_bios_measurements", tpm);
}

/* The first TPM with a firmware log, else the first. */
static int choose_tpm(const struct cmd_args *args, struct cmd_local *local)
{
	char full[CMD_PATH_SIZE], log[CMD_NAME_SIZE];
	struct dirent **names = NULL;
	int count = cmd_local_path(args, CLASS, full, sizeof(full)) ? scandir(full, &names, is_tpm, by_number) : 0;
	bool logged = false;
	int i;

	if (count < 0 && errno == ENOMEM)
		return cmd_no_memory(args);
	for (i = 0; i < count; i++) {
		log_of(names[i]->d_name, log, sizeof(log));
		if (!local->tpm[0] || (!logged && is_there(args, log)))
			snprintf(local->tpm, sizeof(local->tpm), "%.15s", names[i]->d_name);
		logged = logged || is_there(args, log);
		free(names[i]);
	}
	free(names);
	if (count > 1 && !args->quiet)
		fprintf(stderr, "bootchain %s: this machine has %d TPMs, %s is used; --tpm names another\n", args->command->name, count,
			local->tpm);
	return EXIT_DONE;
}

static void take(const struct cmd_args *args, const char *path, char *ret_path)
{
	ret_path[0] = '\0';
	if (is_there(args, path))
		snprintf(ret_path, CMD_NAME_SIZE, "%s", path);
}

int cmd_local_find(const struct cmd_args *args, struct cmd_local *ret_local)
{
	struct cmd_local *local = ret_local;
	char path[CMD_NAME_SIZE];
	int code = EXIT_DONE;

	*local = (struct cmd_local){ 0 };
	if (args->tpm && tpm_number(args->tpm) < 0)
		return cmd_usage_error(args, "--tpm %s: wanted is a name such as tpm0", args->tpm);
	if (args->tpm)
		snprintf(local->tpm, sizeof(local->tpm), "%.15s", args->tpm);
	else
		code = choose_tpm(args, local);
	snprintf(path, sizeof(path), CLASS "/%.15s", local->tpm);
	if (args->tpm && !is_there(args, path))
		return cmd_usage_error(args, "this machine has no %s", path);
	if (local->tpm[0])
		take(args, path, local->pcrs);
	log_of(local->tpm[0] ? local->tpm : "tpm0", local->tpm_log, sizeof(local->tpm_log));
	take(args, local->tpm_log, local->firmware_log);
	if (!args->tpm && !local->firmware_log[0] && is_there(args, CCEL)) {
		take(args, CCEL, local->firmware_log);
		if (is_there(args, TDX_REGISTERS))
			take(args, TDX_REGISTERS, local->pcrs);
	}
	take(args, IMA_LOG, local->ima_log);
	take(args, SYSTEMD_LOG, local->systemd_log);
	return code;
}

int cmd_logs_local(const struct cmd_args *args, struct cmd_logs *logs, struct cmd_local *ret_local)
{
	const struct { const char *path, *what, *where; bool quiet; } rows[] = {
		{ ret_local->firmware_log, "firmware log", SECURITYFS "/tpm*/binary_bios_measurements, " CCEL, false },
		{ ret_local->systemd_log, "", "", true },
		{ ret_local->ima_log, "IMA list", IMA_LOG, false },
	};
	int code = cmd_local_find(args, ret_local);
	size_t i;

	for (i = 0; code == EXIT_DONE && i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].path[0] && !rows[i].quiet)
			fprintf(stderr, "bootchain %s: this machine has no %s (%s)\n", args->command->name, rows[i].what, rows[i].where);
		if (!rows[i].path[0])
			continue;
		if (!cmd_local_path(args, rows[i].path, ret_local->full[i], sizeof(ret_local->full[i])))
			return cmd_usage_error(args, "name of the root directory is too long");
		code = cmd_logs_add(args, logs, ret_local->full[i]);
	}
	return code;
}

int cmd_only_local(const struct cmd_args *args, bool given)
{
	if (given && (args->root || args->tpm))
		return cmd_usage_error(args, "--root and --tpm choose this machine's own logs, but others were given");
	return EXIT_DONE;
}
