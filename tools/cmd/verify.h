/* SPDX-License-Identifier: BSD-2-Clause */
/* What verify.c and verify_evidence.c share. */
#ifndef BOOTCHAIN_CMD_VERIFY_H
#define BOOTCHAIN_CMD_VERIFY_H

#include "cmd.h"

/* Options that take one value; the id of the option is one more. */
enum value { PCRS, FIRMWARE_LOG, FDT, QUOTE, SIGNATURE, AK, DEVICE, EVIDENCE, FILE_VALUES, NONCE = FILE_VALUES, SIG_SCHEME, SIG_HASH, VALUES };
#define CERTS_MAX 64	/* a fleet has a handful of signing keys */

/* Words of --accept, in the order of FORMATS 3. */
enum accept { NO_NONCE, NO_REFERENCE, NO_IMA_REFERENCE, SHA1, LATE_AGGREGATE, VIOLATIONS, ACCEPT_WORDS };

/* Files of the evidence that verify reads. */
enum part { EV_QUOTE, EV_SIGNATURE, EV_AK, EV_PCRS, EV_FIRMWARE, EV_FDT, EV_PARTS };

struct run {
	struct cmd_args *args;
	const char *value[VALUES];
	bool accept[ACCEPT_WORDS];
	struct cmd_logs words, ima;		/* LOG words, and --ima-log */
	struct cmd_local local;
	char local_pcrs[CMD_PATH_SIZE];
	struct bc_stream *firmware;
	struct bc_stream **pieces;
	struct bc_stream **cel;			/* of the words, canonical event logs */
	size_t cel_count;
	size_t own_pieces;			/* of them that are not of cmd_logs */
	struct bc_pcrs pcrs;
	uint8_t *file[FILE_VALUES];		/* content of those that are read as a whole */
	struct bc_evidence *evidence;
	char part_name[EV_PARTS][256];
	uint8_t nonce[BC_NONCE_MAX];
	struct bc_bytes cert[CERTS_MAX];
	uint8_t *cert_data[CERTS_MAX];
	size_t cert_count;
	struct bc_device device;
	struct bc_quote_input quote;
	struct bc_verify_input input;
};

/* Read the evidence that was named, and take its parts. Result: 0 or a negative status with *err. */
int verify_open_evidence(struct run *run, struct bc_error *err);

#endif
