/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files evidence*.c share. */
#ifndef BC_EVIDENCE_H
#define BC_EVIDENCE_H

#include "internal.h"

#define BC_EVIDENCE_FILES 10
#define BC_EVIDENCE_KEYS 5
#define BC_EVIDENCE_SCHEMA "bootchain/evidence/1"
/* Twenty strings of at most 1 KiB when escaped, twice, and the frame: well below. */
#define BC_EVIDENCE_JSON_MAX (64u << 10)

/* Beside the files; lists them. */
#define BC_EVIDENCE_DESCRIPTION "evidence.json"

extern const char *const bc_evidence_names[BC_EVIDENCE_FILES];
extern const char *const bc_evidence_keys[BC_EVIDENCE_KEYS];

struct bc_evidence_entry {
	struct bc_evidence_file file;	/* no name: not there */
	bool is_missing;
	bool claimed;			/* evidence.json lists it, and it is the file listed */
	uint8_t *data;
	char source[256];
	char why[256];
};

struct bc_evidence {
	struct bc_evidence_entry entry[BC_EVIDENCE_FILES];
	char description[BC_EVIDENCE_KEYS][256];
	size_t total;
};

/* Row of a name in the tables above, or -1. */
int bc_evidence_index(const char *name);
/* Check the files of evidence against the text of its evidence.json, and take what that says. Errors: as bc_evidence_read(). */
BC_MUST_CHECK int bc_evidence_parse(struct bc_evidence *evidence, const uint8_t *text, size_t size, struct bc_error *reterr);

#endif
