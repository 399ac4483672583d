// SPDX-License-Identifier: BSD-2-Clause
/* What a firmware log says about itself: digests against data, separators, order, attempts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* PCRs that a separator closes (PFP 1.06, 3.3.4.1). */
#define CLOSED_PCRS 8
/* These, and those of a dynamic launch, as bits. */
#define STATIC_PCRS ((UINT32_C(1) << CLOSED_PCRS) - 1)
#define DYNAMIC_PCRS ((UINT32_C(2) << BC_LAST_DYNAMIC_PCR) - (UINT32_C(1) << BC_FIRST_DYNAMIC_PCR))

struct bc_tcg_check {
	const char *source;
	const struct bc_tcg_log *log;		/* NULL: records of a canonical event log */
	bool registers;
	size_t hash_count;
	uint16_t hash_alg[BC_BANKS_MAX];
	struct bc_hash *hash[BC_BANKS_MAX];	/* NULL: this build lacks the algorithm */
	unsigned int separators[BC_PCR_COUNT];
	uint64_t disguised[BC_PCR_COUNT];	/* event that is a separator but for its type; 0: none */
	bool unsupported_said;
	uint32_t extended;			/* bit n: PCR n */
	bool windows;				/* its boot log is in it */
};

int bc_tcg_check_new_cel(const char *source, struct bc_tcg_check **ret_check, struct bc_error *reterr)
{
	struct bc_tcg_check *check = calloc(1, sizeof(*check));

	if (!check)
		return bc_error_nomem(reterr);
	check->source = source;
	*ret_check = check;
	return 0;
}

int bc_tcg_check_new(const struct bc_tcg_log *log, struct bc_tcg_check **ret_check, struct bc_error *reterr)
{
	int r = bc_tcg_check_new_cel(bc_tcg_log_source(log), ret_check, reterr);

	if (r == 0) {
		(*ret_check)->log = log;
		(*ret_check)->registers = bc_tcg_log_header(log)->registers;
	}
	return r;
}

void bc_tcg_check_free(struct bc_tcg_check *check)
{
	size_t i;

	if (!check)
		return;
	for (i = 0; i < check->hash_count; i++)
		bc_hash_free(check->hash[i]);
	free(check);
}

/* ---- findings ---- */

static int add(const struct bc_tcg_check *check, struct bc_findings *list, struct bc_finding *finding,
	       const struct bc_tcg_event *event, struct bc_error *reterr)
{
	if (!list)
		return 0;
	bc_copy_text(finding->source, sizeof(finding->source), check->source);
	finding->record = !check->log;
	if (event) {
		finding->number = (int64_t)event->number;
		finding->offset = (int64_t)event->offset;
		finding->pcr = event->pcr < BC_PCR_COUNT ? (int)event->pcr : -1;
	}
	return bc_findings_add(list, finding, reterr);
}

/* ---- digests ---- */

/* The context of alg, made at its first use; *ret_hash NULL when this build lacks it. */
static int get_hash(struct bc_tcg_check *check, uint16_t alg, struct bc_hash **ret_hash, struct bc_error *reterr)
{
	struct bc_hash *hash = NULL;
	size_t i;
	int r;

	for (i = 0; i < check->hash_count; i++) {
		if (check->hash_alg[i] == alg) {
			*ret_hash = check->hash[i];
			return 0;
		}
	}
	if (bc_hash_available(alg)) {
		r = bc_hash_new(alg, &hash, reterr);
		if (r < 0)
			return r;
	}
	if (i == BC_BANKS_MAX) {
		bc_hash_free(hash);
		return bc_error_bug(reterr, "more algorithms than a log can have");
	}
	check->hash_alg[i] = alg;
	check->hash[i] = hash;
	check->hash_count++;
	*ret_hash = hash;
	return 0;
}

/* Hash of size bytes at data in ret_value. */
static int hash_of(struct bc_hash *hash, const void *data, size_t size, uint8_t *ret_value, struct bc_error *reterr)
{
	return bc_hash_whole(hash, data, size, ret_value, reterr);
}

static int digest_mismatch(struct bc_tcg_check *check, const struct bc_tcg_event *event, const struct bc_tcg_digest *digest,
			   const uint8_t *value, struct bc_findings *list, struct bc_error *reterr)
{
	char component[64], label[16];
	struct bc_finding finding;

	bc_finding_init(&finding, BC_DIGEST_DATA, "%s: the %s digest is not that of the data",
			bc_tcg_event_component(event, component, sizeof(component)), bc_algorithm_label(digest->alg, label));
	bc_hex(value, digest->size, finding.expected);
	bc_hex(digest->bytes, digest->size, finding.found);
	return add(check, list, &finding, event, reterr);
}

/* Each digest against the bytes that it covers. */
static int check_object(struct bc_tcg_check *check, const struct bc_tcg_event *event, const struct bc_reader *object,
			struct bc_findings *list, enum bc_agree *ret_agree, struct bc_error *reterr)
{
	const struct bc_tcg_digest *digest = event->digest;
	uint8_t value[BC_DIGEST_MAX];
	struct bc_hash *hash = NULL;
	int r = 0;

	for (; r == 0 && digest < event->digest + event->digest_count; digest++) {
		r = get_hash(check, digest->alg, &hash, reterr);
		if (r == 0 && hash)
			r = hash_of(hash, object->at, object->left, value, reterr);
		if (r < 0 || !hash)
			continue;
		if (!memcmp(value, digest->bytes, digest->size)) {
			if (*ret_agree == BC_AGREE_UNKNOWN)
				*ret_agree = BC_AGREE_YES;
			continue;
		}
		*ret_agree = BC_AGREE_NO;
		r = digest_mismatch(check, event, digest, value, list, reterr);
	}
	return r;
}

/* Is this part what every digest is of? */
static int is_part(struct bc_tcg_check *check, const struct bc_tcg_event *event, const struct bc_reader *part, bool *ret_same,
		   struct bc_error *reterr)
{
	const struct bc_tcg_digest *digest = event->digest;
	uint8_t value[BC_DIGEST_MAX];
	bool same = true, seen = false;
	struct bc_hash *hash = NULL;
	int r = 0;

	for (; r == 0 && same && digest < event->digest + event->digest_count; digest++) {
		r = get_hash(check, digest->alg, &hash, reterr);
		if (r == 0 && hash)
			r = hash_of(hash, part->at, part->left, value, reterr);
		if (r < 0 || !hash)
			continue;
		same = !memcmp(value, digest->bytes, digest->size);
		seen = true;
	}
	*ret_same = same && seen;
	return r;
}

/* systemd-stub describes a section of the image by its name in UTF-16, and hashes the name in ASCII with its NUL. */
static int is_section_name(struct bc_tcg_check *check, const struct bc_tcg_event *event, bool *ret_same, struct bc_error *reterr)
{
	struct bc_reader text, part;
	char name[64];
	size_t used;

	bc_reader_init(&text, event->data, event->data_size, 0);
	if (event->type != BC_EV_IPL || !bc_is_utf16_text(&text))
		return 0;
	used = bc_append_utf16(name, sizeof(name), 0, text);
	if (used >= sizeof(name))
		return 0;
	bc_reader_init(&part, name, used + 1, 0);
	return is_part(check, event, &part, ret_same, reterr);
}

/* A digest that covers a part may fit one of the usual parts; if it fits none, nothing is known. */
static int check_parts(struct bc_tcg_check *check, const struct bc_tcg_event *event, enum bc_agree *ret_agree, struct bc_error *reterr)
{
	struct bc_reader parts[BC_PARTS_MAX];
	const size_t count = bc_tcg_event_parts(event, parts);
	bool same = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !same && i < count; i++)
		r = is_part(check, event, &parts[i], &same, reterr);
	if (r == 0 && !same)
		r = is_section_name(check, event, &same, reterr);
	if (r == 0 && same)
		*ret_agree = BC_AGREE_YES;
	return r;
}

/* Is the digest that of the label, with or without its NUL, of the whole data, or of nothing? */
static int is_label_digest(struct bc_hash *hash, const struct bc_tcg_event *event, const struct bc_reader *label,
			   const struct bc_tcg_digest *digest, bool *ret_same, struct bc_error *reterr)
{
	const size_t bare = label->left && label->at[label->left - 1] == 0 ? label->left - 1 : label->left;
	const struct { const uint8_t *data; size_t size; } forms[] = {
		{ label->at, label->left }, { label->at, bare }, { event->data, event->data_size }, { NULL, 0 },
	};
	uint8_t value[BC_DIGEST_MAX];
	bool same = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !same && i < BC_ARRAY_SIZE(forms); i++) {
		r = hash_of(hash, forms[i].data, forms[i].size, value, reterr);
		same = r == 0 && !memcmp(value, digest->bytes, digest->size);
	}
	*ret_same = same;
	return r;
}

static int check_label(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list,
		       struct bc_error *reterr)
{
	const struct bc_tcg_digest *digest = event->digest;
	struct bc_finding finding;
	struct bc_reader label;
	struct bc_hash *hash = NULL;
	char component[64];
	bool same = false;
	int r = 0;

	if (!bc_tcg_event_label(event, &label))
		return 0;
	for (; r == 0 && !same && digest < event->digest + event->digest_count; digest++) {
		r = get_hash(check, digest->alg, &hash, reterr);
		if (r == 0 && hash)
			r = is_label_digest(hash, event, &label, digest, &same, reterr);
	}
	if (r < 0 || !same)
		return r;
	bc_finding_init(&finding, BC_NOT_MEASURED, "%s: the digest is that of the event's own label or of no bytes: "
			"the object itself was not measured", bc_tcg_event_component(event, component, sizeof(component)));
	return add(check, list, &finding, event, reterr);
}

static int check_banks(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list,
		       struct bc_error *reterr)
{
	struct bc_finding finding;
	char label[16];
	size_t i;
	int r = 0;

	if (check->unsupported_said || !event->digest_count)
		return 0;
	check->unsupported_said = true;
	for (i = 0; r == 0 && i < event->digest_count; i++) {
		if (bc_hash_available(event->digest[i].alg))
			continue;
		bc_finding_init(&finding, BC_BANK_UNSUPPORTED, "bank %s cannot be replayed: this build (%s) cannot hash with it",
				bc_algorithm_label(event->digest[i].alg, label), bc_crypto_backend());
		r = add(check, list, &finding, NULL, reterr);
	}
	return r;
}

/* The specification wants zeros there; some firmware puts a digest. Replay does not need it. */
static int check_spec_id(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list, struct bc_error *reterr)
{
	const struct bc_tcg_header *header = check->log ? bc_tcg_log_header(check->log) : NULL;
	const size_t size = sizeof(header->spec_id_digest);
	struct bc_finding finding;

	if (!header || event->number || bc_all_bytes(header->spec_id_digest, size, 0))
		return 0;
	bc_finding_init(&finding, BC_DATA_NOT_COVERED, "the Spec ID event has a digest, which nothing extends");
	memset(finding.expected, '0', 2 * size);
	bc_hex(header->spec_id_digest, size, finding.found);
	return add(check, list, &finding, event, reterr);
}

/* ---- order ---- */

static int check_separator(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list,
			   struct bc_error *reterr)
{
	static const uint8_t error_value[4] = { 1, 0, 0, 0 };
	struct bc_finding finding;
	int r = 0;

	if (event->data_size == 4 && !memcmp(event->data, error_value, 4)) {
		bc_finding_init(&finding, BC_SEPARATOR_ERROR, "closed after a failure: the firmware could not measure what followed");
		r = add(check, list, &finding, event, reterr);
	} else if (event->pcr < CLOSED_PCRS && (event->data_size != 4 ||
		   (!bc_all_bytes(event->data, 4, 0) && !bc_all_bytes(event->data, 4, 0xff)))) {	/* Windows ends PCR 12-14 with "WBCL" */
		bc_finding_init(&finding, BC_SEPARATOR_ERROR, "a separator of %zu bytes that is none of ffffffff, 00000000, 01000000",
				event->data_size);
		r = add(check, list, &finding, event, reterr);
	}
	if (r == 0 && check->separators[event->pcr]++) {
		bc_finding_init(&finding, BC_SEPARATOR_DOUBLE, "closed for the %u. time", check->separators[event->pcr]);
		r = add(check, list, &finding, event, reterr);
	}
	return r;
}

/* Data and digest of a separator, but another type: worth a word only if the PCR has no other. */
static int note_disguised(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_error *reterr)
{
	struct bc_reader data;
	bool same = false;
	int r;

	if (event->type == BC_EV_SEPARATOR || event->pcr >= CLOSED_PCRS || event->data_size != 4 ||
	    (!bc_all_bytes(event->data, 4, 0) && !bc_all_bytes(event->data, 4, 0xff)))
		return 0;
	bc_reader_init(&data, event->data, event->data_size, 0);
	r = is_part(check, event, &data, &same, reterr);
	if (same)
		check->disguised[event->pcr] = event->number;
	return r;
}

static int check_order(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list,
		       struct bc_error *reterr)
{
	const struct bc_tcg_type *type = bc_tcg_type_find(event->type);
	struct bc_finding finding;
	const uint8_t *data;
	char component[64];
	size_t size;

	/* Several PCRs of the firmware share one register, each with a separator of its own. */
	if (check->registers)
		return 0;
	if (event->type == BC_EV_SEPARATOR)
		return check_separator(check, event, list, reterr);
	if (event->pcr >= CLOSED_PCRS || !check->separators[event->pcr] || (type && type->flags & BC_TYPE_LATE) ||
	    bc_tcg_event_tagged(event, BC_TAG_OPTIONS, &data, &size))	/* of an application that another one starts */
		return 0;
	bc_finding_init(&finding, BC_EVENT_AFTER_SEPARATOR, "%s comes after the PCR was closed",
			bc_tcg_event_component(event, component, sizeof(component)));
	return add(check, list, &finding, event, reterr);
}

/* EV_ACTION texts of docs/measurements.md that say something about the boot; the last ends in a command. */
static const struct { const char *text; bool whole; enum bc_code code; const char *message; } actions[] = {
	{ "U-Boot: command line entered", true, BC_PROMPT, "the command line of U-Boot was entered before this boot" },
	{ "U-Boot: boot attempt failed", true, BC_BOOT_RETRIED, "a boot attempt failed or returned before this one" },
	{ "U-Boot: unmeasured payload ", false, BC_UNMEASURED_PAYLOAD, "something was started that U-Boot cannot measure" },
};

static int check_action(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list,
			struct bc_error *reterr)
{
	struct bc_finding finding;
	size_t i, length, shown;

	if (event->type != BC_EV_ACTION)
		return 0;
	for (i = 0; i < BC_ARRAY_SIZE(actions); i++) {
		length = strlen(actions[i].text);
		if (event->data_size < length || memcmp(event->data, actions[i].text, length) ||
		    (actions[i].whole && event->data_size != length))
			continue;
		bc_finding_init(&finding, actions[i].code, "%s", actions[i].message);
		shown = strlen(finding.message);
		if (!actions[i].whole) {
			shown = bc_append(finding.message, sizeof(finding.message), shown, ": ");
			bc_append_escaped(finding.message, sizeof(finding.message), shown, event->data + length,
					  event->data_size - length);
		}
		return add(check, list, &finding, event, reterr);
	}
	return 0;
}

int bc_tcg_check_event(struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_findings *list,
		       enum bc_agree *ret_agree, struct bc_error *reterr)
{
	static const char windows[] = "WBCL";
	enum bc_agree agree = BC_AGREE_UNKNOWN;
	struct bc_reader object;
	bool has_object;
	int r = 0;

	if (event->pcr >= CLOSED_PCRS && event->pcr < BC_PCR_COUNT)
		check->windows |= event->type == BC_EV_SEPARATOR ? event->data_size == sizeof(windows) - 1 &&
				  !memcmp(event->data, windows, sizeof(windows) - 1) : bc_tcg_is_windows(event);
	r = note_disguised(check, event, reterr);
	if (r == 0 && event->type == BC_EV_NO_ACTION) {
		r = check_spec_id(check, event, list, reterr);
	} else if (r == 0) {
		check->extended |= event->pcr < BC_PCR_COUNT ? UINT32_C(1) << event->pcr : 0;
		r = check_banks(check, event, list, reterr);
		has_object = bc_tcg_event_object(event, &object);
		if (r == 0 && (!has_object || bc_tcg_is_old_variable(event)))
			r = check_parts(check, event, &agree, reterr);
		if (r == 0 && has_object && agree == BC_AGREE_UNKNOWN)
			r = check_object(check, event, &object, list, &agree, reterr);
		if (r == 0 && !has_object && agree == BC_AGREE_UNKNOWN)
			r = check_label(check, event, list, reterr);
		if (r == 0)
			r = check_order(check, event, list, reterr);
		if (r == 0)
			r = check_action(check, event, list, reterr);
	}
	if (r == 0 && ret_agree)
		*ret_agree = agree;
	return r;
}

/* ---- the log as a whole ---- */

int bc_tcg_log_whole(const struct bc_tcg_log *log, struct bc_error *reterr)
{
	const struct bc_tcg_tail *tail = bc_tcg_log_tail(log);

	if (!tail->second_log)
		return 0;
	bc_error_at(reterr, BC_E_INPUT, tail->ignored_offset, "Spec ID", "an event of the same log",
		    "a Spec ID event, with which a second log begins");
	bc_error_code(reterr, BC_PCR_NOT_RESET);
	bc_error_event(reterr, "event", tail->second_log);
	bc_error_source(reterr, bc_tcg_log_source(log));
	if (reterr)
		snprintf(reterr->message, sizeof(reterr->message), "an older log stands before another one, whose %" PRIu64
			 " bytes were not read: read it alone (tail -c +%" PRIu64 "), and see why the memory of the log was not cleared",
			 tail->ignored, tail->ignored_offset + 1);
	return BC_E_INPUT;
}

/* What bc_tcg_log_whole() refuses, as a finding. */
static int report_second_log(struct bc_tcg_check *check, struct bc_findings *list, struct bc_error *reterr)
{
	struct bc_finding finding;
	struct bc_error err;

	if (bc_tcg_log_whole(check->log, &err) == 0)
		return 0;
	bc_finding_init(&finding, BC_PCR_NOT_RESET, "%s", err.message);
	finding.number = err.number;
	finding.offset = err.offset;
	bc_copy_text(finding.expected, sizeof(finding.expected), err.expected);
	bc_copy_text(finding.found, sizeof(finding.found), err.found);
	return add(check, list, &finding, NULL, reterr);
}

static int check_tail(struct bc_tcg_check *check, const struct bc_tcg_tail *tail, struct bc_findings *list,
		      struct bc_error *reterr)
{
	struct bc_finding finding;
	int r = report_second_log(check, list, reterr);

	if (r == 0 && tail->padding && !tail->ignored) {
		bc_finding_init(&finding, BC_LOG_TRAILING, "%" PRIu64 " bytes of padding behind the last event", tail->padding);
		finding.offset = (int64_t)tail->end;
		r = add(check, list, &finding, NULL, reterr);
	}
	if (r == 0 && tail->ignored && !tail->second_log) {
		bc_finding_init(&finding, BC_LOG_AFTER_PADDING, "%" PRIu64 " bytes behind %" PRIu64 " bytes of padding were not read",
				tail->ignored, tail->padding);
		finding.offset = (int64_t)tail->ignored_offset;
		r = add(check, list, &finding, NULL, reterr);
	}
	return r;
}

static int report_disguised(struct bc_tcg_check *check, int pcr, struct bc_findings *list, struct bc_error *reterr)
{
	struct bc_finding finding;

	bc_finding_init(&finding, BC_EVENT_RETYPED, "its data and digest are those of the separator that the PCR lacks");
	finding.number = (int64_t)check->disguised[pcr];
	finding.pcr = pcr;
	return add(check, list, &finding, NULL, reterr);
}

int bc_tcg_check_end(struct bc_tcg_check *check, struct bc_findings *list, struct bc_error *reterr)
{
	struct bc_finding finding;
	int pcr, r = 0;

	if (check->log)
		r = check_tail(check, bc_tcg_log_tail(check->log), list, reterr);
	/* A log of a dynamic launch alone, as of Intel TXT, says nothing of the firmware. */
	if (check->extended & DYNAMIC_PCRS && !(check->extended & STATIC_PCRS))
		return r;
	/* Windows keeps its log going while it runs, and not all of its firmware closes all PCRs: what PCR values say is enough there. */
	for (pcr = 0; r == 0 && !check->windows && !check->registers && pcr < CLOSED_PCRS; pcr++) {
		if (check->separators[pcr])
			continue;
		if (check->disguised[pcr])
			r = report_disguised(check, pcr, list, reterr);
		if (r < 0)
			break;
		bc_finding_init(&finding, BC_SEPARATOR_MISSING, "no separator closes it: anything could be extended later");
		finding.pcr = pcr;
		r = add(check, list, &finding, NULL, reterr);
	}
	return r;
}
