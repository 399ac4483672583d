/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files evidence*.c share. */
#ifndef BC_EVIDENCE_H
#define BC_EVIDENCE_H

#include "json.h"

/* A long list may come in pieces ima.000.log, ima.001.log ... */
#define BC_EVIDENCE_PIECES 1000
#define BC_EVIDENCE_NAMED 10
#define BC_EVIDENCE_FILES (BC_EVIDENCE_NAMED + BC_EVIDENCE_PIECES)
#define BC_EVIDENCE_KEYS 5
#define BC_EVIDENCE_SCHEMA "bootchain/evidence/1"
/* A source of at most 1 KiB when escaped for each file, and the frame: below. */
#define BC_EVIDENCE_JSON_MAX BC_JSON_MAX

/* Beside the files; lists them. */
#define BC_EVIDENCE_DESCRIPTION "evidence.json"

extern const char *const bc_evidence_keys[BC_EVIDENCE_KEYS];

struct bc_evidence_entry {
	struct bc_evidence_file file;	/* no name: not there */
	char name[16];
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

/* Row of a file's name among the entries, or -1. */
int bc_evidence_index(const char *name);
/* BC_E_INPUT: name is none of them. */
int bc_evidence_refuse_name(const char *name, struct bc_error *reterr);
/* The pieces are numbered from 000 without a gap, and do not stand beside ima.log. Errors: BC_E_INPUT. */
BC_MUST_CHECK int bc_evidence_check_pieces(const struct bc_evidence *evidence, struct bc_error *reterr);
/* Check the files of evidence against the text of its evidence.json, and take what that says. Errors: as bc_evidence_read(). */
BC_MUST_CHECK int bc_evidence_parse(struct bc_evidence *evidence, const uint8_t *text, size_t size, struct bc_error *reterr);
/* evidence_dir.c: BC_E_IO "cannot <doing> it" with errno's reason; -1 when not all of the bytes could be written. */
int bc_fail_io(struct bc_error *reterr, const char *path, const char *doing);
BC_MUST_CHECK int bc_write_all(int fd, const uint8_t *data, size_t size);
/* evidence_tar.c: all of it as an archive into an open file, called name in errors. Errors: BC_E_IO. */
BC_MUST_CHECK int bc_evidence_put_tar(const struct bc_evidence *evidence, int fd, const char *name, struct bc_error *reterr);

#endif
