// SPDX-License-Identifier: BSD-2-Clause
/* The final tree given, and the command line in it, against the events that measured them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdt_tree.h"
#include "verify.h"

int bc_verify_keep(struct bc_kept_event *kept, const struct bc_tcg_event *event, struct bc_error *reterr)
{
	uint8_t *data = malloc(event->data_size + 1);
	size_t i;

	if (!data)
		return bc_error_nomem(reterr);
	memcpy(data, event->data, event->data_size);
	data[event->data_size] = '\0';
	bc_verify_drop(kept);
	kept->present = true;
	kept->number = event->number;
	kept->offset = event->offset;
	kept->pcr = event->pcr;
	kept->data = data;
	kept->data_size = event->data_size;
	kept->digest_count = event->digest_count;
	for (i = 0; i < event->digest_count; i++) {
		kept->alg[i] = event->digest[i].alg;
		memcpy(kept->digest[i], event->digest[i].bytes, event->digest[i].size);
	}
	return 0;
}

void bc_verify_drop(struct bc_kept_event *kept)
{
	free(kept->data);
	memset(kept, 0, sizeof(*kept));
}

static int add(struct bc_verify *v, struct bc_finding *finding, const struct bc_kept_event *event)
{
	bc_copy_text(finding->source, sizeof(finding->source), v->input->fdt_name ? v->input->fdt_name : "tree");
	if (event->present) {
		finding->number = (int64_t)event->number;
		finding->offset = (int64_t)event->offset;
		finding->pcr = (int)event->pcr;
	}
	return bc_findings_add(v->verdict->findings, finding, v->err);
}

/* The image of the tree under the event's rule, in each bank of the event that can be hashed. */
static int compare_image(struct bc_verify *v, const uint8_t *image, size_t size)
{
	const struct bc_kept_event *event = &v->tree;
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_finding finding;
	size_t i, length, compared = 0, wrong = 0;
	char label[16];
	int r;

	for (i = 0; i < event->digest_count; i++) {
		if (!bc_hash_available(event->alg[i]))
			continue;
		r = bc_digest(event->alg[i], image, size, digest, v->err);
		if (r < 0)
			return r;
		length = bc_algorithm_by_id(event->alg[i])->size;
		compared++;
		if (!memcmp(digest, event->digest[i], length) || wrong++)
			continue;
		bc_finding_init(&finding, BC_DIGEST_DATA, "final tree: the tree given is not the one that was measured (%s)",
				bc_algorithm_label(event->alg[i], label));
		bc_hex(event->digest[i], length, finding.expected);
		bc_hex(digest, length, finding.found);
		r = add(v, &finding, event);
		if (r < 0)
			return r;
	}
	v->verdict->fdt_checked = compared > 0;
	v->verdict->fdt_matches = compared > 0 && !wrong;
	return 0;
}

static int check_tree(struct bc_verify *v)
{
	const char *rule = (const char *)v->tree.data + sizeof("dts");	/* bc_tcg_event_fdt_rule() has accepted it */
	struct bc_finding finding;
	uint8_t *image = NULL;
	size_t size;
	int r;

	if (!v->tree.present) {
		bc_finding_init(&finding, BC_COVERAGE_MISSING, "final tree: no event of the firmware log measures it, so the tree "
				"given proves nothing");
		return add(v, &finding, &v->tree);
	}
	r = bc_fdt_rule_apply(v->input->fdt, v->input->fdt_size, rule, &image, &size, v->err);
	if (r == 0) {
		bc_copy_text(v->verdict->fdt_rule, sizeof(v->verdict->fdt_rule), rule);
		r = compare_image(v, image, size);
	}
	bc_free(image);
	return r;
}

static int check_cmdline(struct bc_verify *v)
{
	struct bc_reader payload;
	struct bc_finding finding;
	const char *bootargs;
	size_t size;
	int r;

	if (!v->cmdline.present)
		return 0;	/* the tree holds it anyway */
	bc_reader_init(&payload, v->cmdline.data, v->cmdline.data_size, 0);
	if (!bc_get_sub(&payload, 8, &(struct bc_reader){ 0 }))	/* id and size of the tag */
		return bc_error_bug(v->err, "a tag without its head was kept");
	r = bc_fdt_bootargs(v->input->fdt, v->input->fdt_size, &bootargs, &size, v->err);
	if (r < 0)
		return r;
	v->verdict->cmdline_checked = true;
	v->verdict->cmdline_matches = size == payload.left && (!size || !memcmp(bootargs, payload.at, size));
	if (v->verdict->cmdline_matches)
		return 0;
	bc_finding_init(&finding, BC_DIGEST_DATA, "command line: /chosen/bootargs of the tree given is not the one that was measured");
	bc_escape(payload.at, payload.left, finding.expected, sizeof(finding.expected));
	bc_escape(bootargs, size, finding.found, sizeof(finding.found));
	return add(v, &finding, &v->cmdline);
}

int bc_verify_tree(struct bc_verify *v)
{
	bool stub = false;
	int r = 0;

	if (!v->input->firmware_log)
		return bc_error_set(v->err, BC_E_USAGE, "a tree was given, but no firmware log that could say what was measured");
	/* What Linux shows then is not what was measured, and cannot be made it again: reservations went, properties came. */
	if (v->by_efi)
		r = bc_fdt_by_stub(v->input->fdt, v->input->fdt_size, &stub, v->err);
	v->verdict->fdt_by_stub = stub;
	if (r == 0 && !stub)
		r = check_tree(v);
	if (r == 0 && !stub)
		r = check_cmdline(v);
	if (r < 0)
		bc_error_source(v->err, v->input->fdt_name ? v->input->fdt_name : "tree");
	return r;
}
