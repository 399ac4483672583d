// SPDX-License-Identifier: BSD-2-Clause
/* bootchain show: a log, event by event. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

enum { OPT_PCR = 1, OPT_HEX };

static const struct cmd_option options[] = {
	{ "pcr", 0, true, OPT_PCR },
	{ "hex", 0, false, OPT_HEX },
	{ NULL, 0, false, 0 },
};

struct show {
	struct cmd_local local;
	const struct cmd_args *args;
	uint32_t pcrs;
	bool hex;
	uint64_t next_entry;			/* pieces of one list count on */
	struct bc_findings *findings;		/* of the event at hand */
	struct json json;
};

static bool wanted(const struct show *show, uint32_t pcr)
{
	return pcr < BC_PCR_COUNT ? show->pcrs >> pcr & 1 : show->pcrs == UINT32_MAX;
}

/* ---- firmware log ---- */

static void show_header(struct show *show, const struct cmd_log *log, const struct bc_tcg_header *header)
{
	struct json *json = &show->json;
	char label[16];
	size_t i;

	if (!show->args->json) {
		print_escaped(stdout, bc_stream_name(log->stream), strlen(bc_stream_name(log->stream)));
		printf(": %s", header->registers ? "CCEL, the firmware log of confidential computing" :
			       header->sha1_form ? "SHA-1 firmware log" : "crypto-agile firmware log");
		if (header->spec_major || header->spec_minor || header->spec_errata)
			printf(", version %u.%u errata %u", header->spec_major, header->spec_minor, header->spec_errata);
		printf(", banks");
		for (i = 0; i < header->bank_count; i++)
			printf(" %s", bc_algorithm_label(header->bank[i].alg, label));
		printf("\n");
		if (header->registers)
			printf("PCR n is measurement register n: %s\n", bc_tcg_register_names(header->bank[0].alg));
		return;
	}
	json_open(json, NULL, '{');
	json_text(json, "schema", "bootchain/show/1");
	json_text(json, "format", bc_format_name(log->format));
	json_text(json, "source", bc_stream_name(log->stream));
	json_text(json, "pcr_is", header->registers ? "register" : "pcr");
	json_open(json, "banks", '[');
	for (i = 0; i < header->bank_count; i++)
		json_text(json, NULL, bc_algorithm_label(header->bank[i].alg, label));
	json_close(json, ']');
	json_close(json, '}');
	json_end(json);
}

static void event_json(struct show *show, const struct bc_tcg_event *event, const char *text, enum bc_agree agree)
{
	struct json *json = &show->json;
	char label[16];
	size_t i;

	json_open(json, NULL, '{');
	json_number(json, "n", event->number);
	json_number(json, "offset", event->offset);
	json_number(json, "pcr", event->pcr);
	json_text(json, "type", bc_tcg_type_name(event->type));
	json_number(json, "type_id", event->type);
	json_open(json, "digests", '{');
	for (i = 0; i < event->digest_count; i++)
		if (cmd_wants_bank(show->args, event->digest[i].alg))
			json_hex(json, bc_algorithm_label(event->digest[i].alg, label), event->digest[i].bytes, event->digest[i].size);
	json_close(json, '}');
	json_text_or_null(json, "text", text);
	if (bc_is_utf8(event->data, event->data_size) && !(event->data_size && memchr(event->data, 0, event->data_size)))
		json_bytes(json, "data", event->data, event->data_size);
	else
		json_null(json, "data");
	json_hex(json, "data_hex", event->data, event->data_size);
	json_text(json, "covers", bc_covers_name(bc_tcg_event_covers(event)));
	if (agree == BC_AGREE_UNKNOWN)
		json_null(json, "digest_matches_data");
	else
		json_bool(json, "digest_matches_data", agree == BC_AGREE_YES);
	json_findings(json, "findings", show->findings);
	json_close(json, '}');
	json_end(json);
}

static const char *agree_text(const struct bc_tcg_event *event, enum bc_agree agree)
{
	if (event->type == BC_EV_NO_ACTION)
		return "not extended";
	if (agree == BC_AGREE_YES)
		return bc_tcg_event_covers(event) == BC_COVERS_PART ? "digest matches the data or a part of it" : "digest matches data";
	if (agree == BC_AGREE_NO)
		return "DIGEST IS NOT THAT OF THE DATA";
	return bc_tcg_event_covers(event) == BC_COVERS_PART ? "digest covers a part or something else" : "digest covers something else";
}

/* What follows the line of an event or entry: its data with --hex, and its findings. */
static void print_tail(const struct show *show, const uint8_t *data, size_t size)
{
	size_t i;

	if (show->hex) {
		printf("       data     ");
		print_hex(stdout, data, size);
		putchar('\n');
	}
	for (i = 0; i < bc_findings_count(show->findings); i++) {
		printf("       ");
		print_finding(stdout, bc_findings_at(show->findings, i), show->args->color);
	}
}

/* Data that no decoder reads. */
static void print_start(const uint8_t *data, size_t size)
{
	const size_t shown = size < 32 ? size : 32;

	printf(": ");
	print_hex(stdout, data, shown);
	if (shown < size)
		printf("... (%zu bytes)", size);
}

static void event_text(struct show *show, const struct bc_tcg_event *event, const char *text, enum bc_agree agree)
{
	const char *name = bc_tcg_type_name(event->type);
	char label[16], unknown[16], component[64];
	size_t i;

	snprintf(unknown, sizeof(unknown), "0x%08x", event->type);
	printf("%5" PRIu64 "  PCR ", event->number);
	if (event->pcr < BC_PCR_COUNT)
		printf("%2u", event->pcr);
	else
		printf(" -");
	printf("  %-30s  %s", name ? name : unknown, bc_tcg_event_component(event, component, sizeof(component)));
	if (text[0])
		printf(": %s", text);
	else if (event->data_size)
		print_start(event->data, event->data_size);
	printf("  [%s]\n", agree_text(event, agree));
	if (show->args->verbose)
		printf("       record of %" PRIu64 " bytes at 0x%" PRIx64 ", %zu bytes of data\n", event->size, event->offset,
		       event->data_size);
	for (i = 0; (show->args->verbose || show->args->bank_count) && i < event->digest_count; i++) {
		if (!cmd_wants_bank(show->args, event->digest[i].alg))
			continue;
		printf("       %-8s ", bc_algorithm_label(event->digest[i].alg, label));
		print_hex(stdout, event->digest[i].bytes, event->digest[i].size);
		putchar('\n');
	}
	print_tail(show, event->data, event->data_size);
}

/* The last line of a log: how many records, and whether that was all. */
static int show_end(struct show *show, const char *word, uint64_t records, int r, const struct bc_error *err)
{
	struct json *json = &show->json;
	char text[BC_ERROR_JSON_MAX];

	if (show->args->json) {
		json_open(json, NULL, '{');
		json_bool(json, "end", true);
		json_number(json, "records", records);
		json_bool(json, "complete", r >= 0);
		json_findings(json, "findings", show->findings);
		if (r < 0) {
			bc_error_json(err, "evidence", text, sizeof(text));
			json_raw(json, "error", text);
		}
		json_close(json, '}');
		json_end(json);
	} else {
		print_findings(stdout, show->findings, show->args->color);
		if (r < 0)
			printf("INCOMPLETE: %" PRIu64 " %s were read before the error\n", records, word);
		else if (!show->args->quiet)
			printf("%" PRIu64 " %s\n", records, word);
	}
	fflush(stdout);		/* before the message, where both go to one place */
	return r < 0 ? cmd_error(show->args, err) : EXIT_DONE;
}

static int show_event(struct show *show, struct bc_tcg_check *check, const struct bc_tcg_event *event, struct bc_error *err)
{
	enum bc_agree agree = BC_AGREE_UNKNOWN;
	char text[1024];
	int r;

	bc_findings_clear(show->findings);
	r = bc_tcg_check_event(check, event, show->findings, &agree, err);
	if (r < 0 || !wanted(show, event->pcr))
		return r;
	bc_tcg_event_text(event, text, sizeof(text));
	if (show->args->json)
		event_json(show, event, text, agree);
	else
		event_text(show, event, text, agree);
	return 0;
}

static int show_tcg(struct show *show, const struct cmd_log *log)
{
	const struct bc_tcg_event *event;
	struct bc_tcg_check *check = NULL;
	struct bc_tcg_log *tcg = NULL;
	uint64_t records = 0;
	struct bc_error err;
	int r, code;

	r = bc_tcg_log_open(log->stream, &tcg, &err);
	if (r < 0)
		return show_end(show, "records", 0, r, &err);
	show_header(show, log, bc_tcg_log_header(tcg));
	r = bc_tcg_check_new(tcg, &check, &err);
	while (r >= 0 && (r = bc_tcg_log_next(tcg, &event, &err)) > 0) {
		r = show_event(show, check, event, &err);
		records += r >= 0;
	}
	bc_findings_clear(show->findings);
	if (r == 0)
		r = bc_tcg_log_whole(tcg, &err);
	if (r == 0)
		r = bc_tcg_check_end(check, show->findings, &err);
	code = show_end(show, "events", records, r, &err);
	bc_tcg_check_free(check);
	bc_tcg_log_free(tcg);
	return code;
}

/* ---- IMA list ---- */

static void ima_header(struct show *show, const struct cmd_log *log, const struct bc_ima_log *ima)
{
	const bool big_endian = bc_ima_log_big_endian(ima);
	const uint16_t alg = bc_ima_log_alg(ima);
	struct json *json = &show->json;
	char label[16];

	if (!show->args->json) {
		print_escaped(stdout, bc_stream_name(log->stream), strlen(bc_stream_name(log->stream)));
		printf(": %s IMA list%s, template digests in %s\n", log->format == BC_FORMAT_IMA_ASCII ? "ascii" : "binary",
		       big_endian ? " of a big-endian machine" : "", bc_algorithm_label(alg, label));
		return;
	}
	json_open(json, NULL, '{');
	json_text(json, "schema", "bootchain/show/1");
	json_text(json, "format", bc_format_name(log->format));
	json_text(json, "source", bc_stream_name(log->stream));
	json_text(json, "byte_order", big_endian ? "big" : "little");
	json_open(json, "banks", '[');
	json_text(json, NULL, bc_algorithm_label(alg, label));
	json_close(json, ']');
	json_close(json, '}');
	json_end(json);
}

static void entry_json(struct show *show, const struct bc_ima_entry *entry)
{
	struct json *json = &show->json;

	json_open(json, NULL, '{');
	json_number(json, "n", entry->number);
	json_number(json, "offset", entry->offset);
	json_number(json, "pcr", entry->pcr);
	json_text(json, "template", entry->template_name);
	json_hex(json, "digest", entry->digest, entry->digest_size);
	if (entry->name)
		json_bytes(json, "name", entry->name, entry->name_size);
	else
		json_null(json, "name");
	if (entry->name && !bc_is_utf8(entry->name, entry->name_size))
		json_hex(json, "name_hex", entry->name, entry->name_size);
	if (entry->file_digest) {
		json_open(json, "file_digest", '{');
		json_text(json, "alg", entry->file_alg);
		if (entry->file_digest_type[0])
			json_text(json, "type", entry->file_digest_type);
		json_hex(json, "value", entry->file_digest, entry->file_digest_size);
		json_close(json, '}');
	} else {
		json_null(json, "file_digest");
	}
	if (entry->sig)
		json_hex(json, "sig", entry->sig, entry->sig_size);
	else
		json_null(json, "sig");
	json_bool(json, "violation", entry->violation);
	if (show->hex)
		json_hex(json, "data_hex", entry->data, entry->data_size);
	json_findings(json, "findings", show->findings);
	json_close(json, '}');
	json_end(json);
}

static void entry_text(struct show *show, const struct bc_ima_entry *entry)
{
	printf("%5" PRIu64 "  PCR %2u  %-9s  ", entry->number, entry->pcr, entry->template_name);
	print_escaped(stdout, entry->name, entry->name_size);
	if (entry->file_digest) {
		printf("%s  %s%s", entry->name ? "" : "(no name)", entry->file_digest_type, entry->file_digest_type[0] ? ":" : "");
		print_escaped(stdout, entry->file_alg, strlen(entry->file_alg));
		putchar(':');
		print_hex(stdout, entry->file_digest, entry->file_digest_size);
	}
	if (entry->sig)
		printf("  signature of %zu bytes", entry->sig_size);
	printf("%s\n", entry->violation ? "  VIOLATION" : !entry->template_known ? "  (template not known)" : "");
	if (show->args->verbose) {
		printf("       template digest ");
		print_hex(stdout, entry->digest, entry->digest_size);
		printf(", record of %" PRIu64 " bytes at 0x%" PRIx64 "\n", entry->size, entry->offset);
	}
	print_tail(show, entry->data, entry->data_size);
}

/* The stored template digest against the template data. */
static int check_entry(struct show *show, const struct bc_ima_entry *entry, struct bc_hash *hash, struct bc_error *err)
{
	uint8_t digest[BC_DIGEST_MAX];
	struct bc_finding finding;
	int r;

	bc_findings_clear(show->findings);
	if (entry->violation || !entry->data_known)
		return 0;
	r = bc_ima_template_digest(entry, hash, digest, err);
	if (r < 0 || !memcmp(digest, entry->digest, entry->digest_size))
		return r;
	bc_finding_init(&finding, BC_IMA_TEMPLATE_DIGEST, "the template digest is not that of the template data");
	finding.entry = true;
	finding.number = (int64_t)entry->number;
	finding.offset = (int64_t)entry->offset;
	finding.pcr = (int)entry->pcr;
	bc_hex(digest, entry->digest_size, finding.expected);
	bc_hex(entry->digest, entry->digest_size, finding.found);
	return bc_findings_add(show->findings, &finding, err);
}

static int show_ima(struct show *show, const struct cmd_log *log)
{
	const struct bc_ima_entry *entry;
	struct bc_ima_log *ima = NULL;
	struct bc_hash *hash = NULL;
	uint64_t records = 0;
	struct bc_error err;
	int r, code;

	r = bc_ima_log_open(log->stream, show->next_entry, &ima, &err);
	if (r < 0)
		return show_end(show, "records", 0, r, &err);
	ima_header(show, log, ima);
	r = bc_hash_new(bc_ima_log_alg(ima), &hash, &err);
	while (r >= 0 && (r = bc_ima_log_next(ima, &entry, &err)) > 0) {
		r = check_entry(show, entry, hash, &err);
		records += r >= 0;
		if (r < 0 || !wanted(show, entry->pcr))
			continue;
		if (show->args->json)
			entry_json(show, entry);
		else
			entry_text(show, entry);
	}
	show->next_entry += records;
	bc_findings_clear(show->findings);
	code = show_end(show, "entries", records, r, &err);
	bc_hash_free(hash);
	bc_ima_log_free(ima);
	return code;
}

/* ---- canonical event log ---- */

static void cel_header(struct show *show, const struct cmd_log *log, const struct bc_cel_log *cel)
{
	const bool in_json = log->format == BC_FORMAT_CEL_JSON;
	uint16_t algs[BC_BANKS_MAX];
	const size_t count = bc_cel_log_banks(cel, algs);
	struct json *json = &show->json;
	char label[16];
	size_t i;

	if (!show->args->json) {
		print_escaped(stdout, bc_stream_name(log->stream), strlen(bc_stream_name(log->stream)));
		printf(": canonical event log in %s, banks", in_json ? "JSON" : "TLV");
		for (i = 0; i < count; i++)
			printf(" %s", bc_algorithm_label(algs[i], label));
		putchar('\n');
		return;
	}
	json_open(json, NULL, '{');
	json_text(json, "schema", "bootchain/show/1");
	json_text(json, "format", bc_format_name(log->format));
	json_text(json, "source", bc_stream_name(log->stream));
	json_open(json, "banks", '[');
	for (i = 0; i < count; i++)
		json_text(json, NULL, bc_algorithm_label(algs[i], label));
	json_close(json, ']');
	json_close(json, '}');
	json_end(json);
}

static void record_json(struct show *show, const struct bc_cel_record *record, const char *text, enum bc_agree agree)
{
	struct json *json = &show->json;
	char label[16];
	size_t i;

	json_open(json, NULL, '{');
	json_number(json, "n", record->number);
	json_number(json, "offset", record->offset);
	json_number_or_null(json, "recnum", record->has_recnum ? (int64_t)record->recnum : -1);
	json_number_or_null(json, "pcr", record->has_pcr ? (int64_t)record->pcr : -1);
	if (record->is_register)
		json_text(json, "pcr_is", "register");
	if (!record->has_pcr)
		json_number(json, "nv_index", record->nv_index);
	json_text(json, "content_type", record->content_name);
	json_open(json, "digests", '{');
	for (i = 0; i < record->digest_count; i++)
		if (cmd_wants_bank(show->args, record->digest[i].alg))
			json_hex(json, bc_algorithm_label(record->digest[i].alg, label), record->digest[i].bytes, record->digest[i].size);
	json_close(json, '}');
	json_text_or_null(json, "text", text);
	json_hex(json, "data_hex", record->data, record->data_size);
	if (agree == BC_AGREE_UNKNOWN)
		json_null(json, "digest_matches_data");
	else
		json_bool(json, "digest_matches_data", agree == BC_AGREE_YES);
	json_findings(json, "findings", show->findings);
	json_close(json, '}');
	json_end(json);
}

static void record_text(struct show *show, const struct bc_cel_record *record, const char *text, enum bc_agree agree)
{
	printf("%5" PRIu64 "  ", record->number);
	if (record->has_pcr)
		printf("%s %2u", record->is_register ? "register" : "PCR", record->pcr);
	else
		printf("NV index 0x%08x", record->nv_index);
	printf("  %-12s  %s", record->content_name, text);
	if (!text[0] && record->data_size)
		print_start(record->data, record->data_size);
	printf("  [%s]\n", agree == BC_AGREE_YES ? "digest matches data" : agree == BC_AGREE_NO ? "DIGEST IS NOT THAT OF THE DATA" :
	       record->content == BC_CEL_FIRMWARE && record->event_type == BC_EV_NO_ACTION ? "not extended" : "digest covers something else");
	print_tail(show, record->data, record->data_size);
}

static int show_cel(struct show *show, const struct cmd_log *log)
{
	const struct bc_cel_record *record;
	struct bc_cel_log *cel = NULL;
	enum bc_agree agree;
	uint64_t records = 0;
	struct bc_error err;
	char text[1024];
	int r, code;

	r = bc_cel_log_open(log->stream, &cel, &err);
	if (r < 0)
		return show_end(show, "records", 0, r, &err);
	cel_header(show, log, cel);
	while ((r = bc_cel_log_next(cel, &record, &err)) > 0) {
		bc_findings_clear(show->findings);
		r = bc_cel_log_check(cel, show->findings, &agree, &err);
		if (r < 0)
			break;
		records++;
		if (!wanted(show, record->has_pcr ? record->pcr : BC_PCR_COUNT))
			continue;
		bc_cel_record_text(record, text, sizeof(text));
		if (show->args->json)
			record_json(show, record, text, agree);
		else
			record_text(show, record, text, agree);
	}
	bc_findings_clear(show->findings);
	if (r == 0)
		r = bc_cel_log_check_end(cel, show->findings, &err);
	code = show_end(show, "records", records, r, &err);
	bc_cel_log_free(cel);
	return code;
}

/* ---- the command ---- */

static int parse(struct show *show, struct cmd_args *args, struct cmd_logs *logs)
{
	const char *value;
	int id, code;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		switch (id) {
		case OPT_PCR:
			if (!cmd_parse_pcrs(value, &show->pcrs))
				return cmd_usage_error(args, "--pcr %s: numbers 0-23 are wanted, such as 0,4,10", value);
			break;
		case OPT_HEX:
			show->hex = true;
			break;
		case CMD_WORD:
			code = cmd_logs_add(args, logs, value);
			if (code != EXIT_DONE)
				return code;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	code = cmd_only_local(args, logs->count);
	if (code == EXIT_DONE && !logs->count)
		code = cmd_logs_local(args, logs, &show->local);
	if (code != EXIT_DONE)
		return code;
	return logs->count ? EXIT_DONE : cmd_usage_error(args, "no log was given");
}

static int show_log(struct show *show, const struct cmd_log *log)
{
	switch (bc_format_kind(log->format)) {
	case BC_KIND_IMA:
		return show_ima(show, log);
	case BC_KIND_CEL:
		return show_cel(show, log);
	case BC_KIND_FIRMWARE:
	case BC_KIND_NONE:
		break;
	}
	return show_tcg(show, log);
}

static int show_all(struct show *show, struct cmd_logs *logs)
{
	int code, worst = EXIT_DONE;
	struct bc_error err;
	size_t i;
	int r;

	r = bc_findings_new(&show->findings, &err);
	if (r < 0)
		return cmd_error(show->args, &err);
	r = cmd_logs_open(logs, &err);
	if (r < 0)
		return r == BC_E_USAGE ? cmd_error(show->args, &err) : show_end(show, "records", 0, r, &err);
	for (i = 0; i < logs->count; i++) {
		code = show_log(show, &logs->log[i]);
		if (code != EXIT_DONE)
			worst = code;
	}
	return worst;
}

static int run(struct cmd_args *args)
{
	struct show show = { .args = args, .pcrs = UINT32_MAX, .next_entry = 1 };
	struct cmd_logs logs = { 0 };
	int code;

	json_begin(&show.json, stdout);
	code = parse(&show, args, &logs);
	if (code == EXIT_DONE)
		code = show_all(&show, &logs);
	bc_findings_free(show.findings);
	cmd_logs_free(&logs);
	return code;
}

const struct bc_command cmd_show = {
	.name = "show",
	.summary = "print a log, event by event",
	.usage = "show [--pcr N[,N]] [--hex] [LOG...]\n"
		 "Print each event of a firmware log, each entry of an IMA list; without LOG, of this machine's own logs.\n\n"
		 "  --pcr N[,N]                only these PCRs (10, 0-7, ...)\n"
		 "  --hex                      the data of each event as hex\n",
	.run = run,
};
