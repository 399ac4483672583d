/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of bootchain doctor share. A check has one row in doctor_rows.c and is "not known" until something says that it is in
 * order; what speaks against it wins over what speaks for it, whatever comes first.
 */
#ifndef BOOTCHAIN_CMD_DOCTOR_H
#define BOOTCHAIN_CMD_DOCTOR_H

#include <dirent.h>

#include "cmd.h"

/* In the order of the output. */
enum check {
	TPM_FOUND, TPM_VERSION, TPM_BANKS, TPM_RESET, TPM_RESET_LINE, TPM_PLATFORM,
	LOG_FOUND, LOG_BANKS, LOG_REPLAYS, LOG_COMPLETE, LOG_CLOSED, LOG_ORDER, LOG_PROMPT, LOG_TREE, LOG_BOUND,
	TREE_MEASURED_SEEDS, TREE_KASLR_SEED,
	IMA_FOUND, IMA_TPM, IMA_EARLY, IMA_REPLAYS, IMA_HASH, IMA_TEMPLATE, IMA_POLICY, IMA_APPRAISES, IMA_VIOLATIONS,
	EVM_ACTIVE, EVM_STRICT,
	KEYS_CA, KEYS_IMA, KEYS_EVM, KEYS_REFUSED,
	CMDLINE_APPRAISE, CMDLINE_EVM, CMDLINE_HASH, CMDLINE_POLICY, CMDLINE_LSM, CMDLINE_KASLR,
	CHECKS
};

struct check_row {
	const char *name;		/* stable */
	enum bc_severity severity;	/* of what is wrong */
	bool needed;			/* nobody can call the boot good without it */
	const char *good, *bad;		/* what is, in either case */
	const char *advice;		/* what to do when it is wrong */
};
extern const struct check_row check_rows[CHECKS];

enum check_state { NOT_LOOKED_AT, GOOD, NOT_KNOWN, BAD };	/* a later one wins */
struct check_result { enum check_state state; char detail[400]; };

struct doctor {
	const struct cmd_args *args;
	const char *tcti;
	char real_root[CMD_PATH_SIZE];	/* without links; only with --root */
	struct cmd_local local;
	struct check_result result[CHECKS];
	bool have_tpm;
	struct bc_pcrs pcrs;		/* of this build's banks; count 0: not known */
	size_t active_count;
	uint16_t active[BC_BANKS_MAX];	/* every bank of the TPM */
	struct bc_fdt_facts tree;
	uint8_t *fdt;			/* NULL: not there, or not a tree */
	size_t fdt_size;
	char *kernel_log;		/* NULL: not known */
	char *cmdline;			/* NULL: not known */
	bool kernel_log_whole;		/* from the first line on */
	struct bc_verdict *verdict;	/* NULL: not judged */
	struct bc_error err;		/* of what ends the command: no memory */
	bool no_memory;			/* of a function that cannot say so */
};

/* Say that a check is in order, is not, or cannot be known; detail is printf-style and may be "". It may hold bytes of the input. */
void check_good(struct doctor *d, enum check check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void check_bad(struct doctor *d, enum check check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void check_not_known(struct doctor *d, enum check check, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- doctor_files.c ---- */
#define WHY_SIZE 640
enum found { ABSENT, THERE, UNREADABLE };	/* UNREADABLE: ret_why says why */
/* Full name of a plain file (or directory) of this machine. Below --root no link leads out of it, and nothing is opened that could block. */
enum found doctor_path(struct doctor *d, const char *path, bool directory, char *ret_full, size_t size, char *ret_why);
/* Its content, with a NUL behind it; free with bc_free(). Result: enum found, or a negative status with d->err (no memory). */
int doctor_read(struct doctor *d, const char *path, size_t max, uint8_t **ret_data, size_t *ret_size, char *ret_why);
/* Is the directory there, and not empty? An empty one is where something is not mounted, or was not copied. */
bool doctor_has(struct doctor *d, const char *path);
/* opendir(); NULL when it cannot be opened. */
DIR *doctor_open(struct doctor *d, const char *full);
/* Fill kernel_log and cmdline. Result: 0, or a negative status with d->err. */
int doctor_read_texts(struct doctor *d);
/* The next word of a command line that has this name: "nokaslr" alone, "lsm=" with what stands behind it. *at moves behind it. */
bool doctor_word(const char **at, const char *name, const char **ret_value, int *ret_size);

/* ---- the checks: 0, or a negative status with d->err ---- */
int doctor_tpm(struct doctor *d);	/* doctor_tpm.c: TPM, PCR values, tree, reset line, platform hierarchy */
int doctor_logs(struct doctor *d);	/* doctor_logs.c: firmware log and IMA list against the PCRs */
int doctor_system(struct doctor *d);	/* doctor_system.c: IMA's state and policy, EVM, keys, command line */

#endif
