// SPDX-License-Identifier: BSD-2-Clause
/* The parts of an evidence as inputs of verify. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verify.h"

static const char *const part_names[EV_PARTS] = { "quote.msg", "quote.sig", "ak.pub", "pcrs.txt", "firmware.log", "fdt.dtb" };
/* ima.000.log to ima.999.log */
#define PIECES_MAX 1000

static int read_evidence(struct run *run, struct bc_error *err)
{
	const char *path = run->value[EVIDENCE];
	struct bc_stream *stream = NULL;
	struct stat st;
	int r;

	if (strcmp(path, "-") && (stat(path, &st) < 0 || !S_ISREG(st.st_mode)))
		return bc_evidence_read(path, &run->evidence, err);
	r = bc_stream_open(path, &stream, err);
	if (r == 0)
		r = bc_evidence_read_tar(stream, &run->evidence, err);
	bc_stream_free(stream);
	return r;
}

static struct bc_bytes find_part(struct run *run, enum part part)
{
	const struct bc_evidence_file *file = bc_evidence_find(run->evidence, part_names[part]);

	if (!file)
		return (struct bc_bytes){ 0 };
	snprintf(run->part_name[part], sizeof(run->part_name[part]), "%.200s/%s", run->value[EVIDENCE], file->name);
	return (struct bc_bytes){ .name = run->part_name[part], .data = file->data, .size = file->size };
}

static int open_part(struct run *run, enum part part, struct bc_stream **ret_stream, struct bc_error *err)
{
	const struct bc_bytes bytes = find_part(run, part);

	return bytes.data ? bc_stream_open_memory(bytes.data, bytes.size, bytes.name, ret_stream, err) : 0;
}

static int need_part(const struct run *run, struct bc_bytes bytes, enum part part, struct bc_error *err)
{
	int r;

	if (bytes.data)
		return 0;
	r = bc_error_set(err, BC_E_INPUT, "malformed");
	err->field = "files";
	snprintf(err->expected, sizeof(err->expected), "%s", part_names[part]);
	snprintf(err->found, sizeof(err->found), "evidence without it");
	snprintf(err->source, sizeof(err->source), "%.200s", run->value[EVIDENCE]);
	return r;
}

static int open_piece(struct run *run, const struct bc_evidence_file *file, struct bc_error *err)
{
	char name[256];
	int r;

	snprintf(name, sizeof(name), "%.200s/%s", run->value[EVIDENCE], file->name);
	r = bc_stream_open_memory(file->data, file->size, name, &run->pieces[run->own_pieces], err);
	run->own_pieces += r == 0;
	return r;
}

static int open_evidence_list(struct run *run, struct bc_error *err)
{
	const struct bc_evidence_file *file = bc_evidence_find(run->evidence, "ima.log");
	char name[32];
	int r = 0, i;

	run->pieces = calloc(PIECES_MAX, sizeof(*run->pieces));
	if (!run->pieces)
		return bc_error_set(err, BC_E_NOMEM, "out of memory");
	if (file)
		r = open_piece(run, file, err);
	for (i = 0; r == 0 && !file && i < PIECES_MAX; i++) {
		snprintf(name, sizeof(name), "ima.%03d.log", i);
		if (bc_evidence_find(run->evidence, name))
			r = open_piece(run, bc_evidence_find(run->evidence, name), err);
	}
	run->input.ima_log = run->pieces;
	run->input.ima_log_count = run->own_pieces;
	return r;
}

static int open_evidence_logs(struct run *run, struct bc_error *err)
{
	int r;

	r = open_part(run, EV_FIRMWARE, &run->firmware, err);
	if (r == 0)
		r = open_evidence_list(run, err);
	run->input.firmware_log = run->firmware;
	return r < 0 || run->firmware || run->own_pieces ? r : need_part(run, (struct bc_bytes){ 0 }, EV_FIRMWARE, err);
}

static int read_evidence_pcrs(struct run *run, struct bc_error *err)
{
	struct bc_stream *stream = NULL;
	int r = open_part(run, EV_PCRS, &stream, err);

	if (r < 0 || !stream)
		return r;
	r = bc_pcrs_read(stream, &run->pcrs, err);
	bc_stream_free(stream);
	run->input.pcrs = &run->pcrs;
	run->input.pcrs_name = run->part_name[EV_PCRS];
	return r;
}

int verify_open_evidence(struct run *run, struct bc_error *err)
{
	struct bc_bytes tree;
	int r;

	r = read_evidence(run, err);
	if (r < 0)
		return r;
	run->quote.message = find_part(run, EV_QUOTE);
	run->quote.signature = find_part(run, EV_SIGNATURE);
	run->quote.evidence_ak = find_part(run, EV_AK);
	tree = find_part(run, EV_FDT);
	run->input.cmdline_unchecked = bc_evidence_find(run->evidence, "cmdline.txt") != NULL;
	r = need_part(run, run->quote.message, EV_QUOTE, err);
	if (r == 0)
		r = need_part(run, run->quote.signature, EV_SIGNATURE, err);
	if (r == 0)
		r = open_evidence_logs(run, err);
	if (r == 0)
		r = read_evidence_pcrs(run, err);
	if (r < 0 || !run->firmware)	/* without a firmware log nothing can be said about the tree */
		return r;
	run->input.fdt = tree.data;
	run->input.fdt_size = tree.size;
	run->input.fdt_name = tree.name;
	return 0;
}
