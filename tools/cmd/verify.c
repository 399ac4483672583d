// SPDX-License-Identifier: BSD-2-Clause
/* bootchain verify: do the logs explain the PCR values? */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "output.h"
#include "verify.h"

#define KEY_FILE_MAX (64u << 10)	/* a certificate has a few KiB */

enum { OPT_IMA_LOG = VALUES + 1, OPT_ACCEPT, OPT_CERT, OPT_REFERENCE };
static const struct cmd_option options[] = {
	{ "pcrs", 0, true, PCRS + 1 },
	{ "firmware-log", 0, true, FIRMWARE_LOG + 1 },
	{ "fdt", 0, true, FDT + 1 },
	{ "quote", 0, true, QUOTE + 1 },
	{ "signature", 0, true, SIGNATURE + 1 },
	{ "ak", 0, true, AK + 1 },
	{ "device", 0, true, DEVICE + 1 },
	{ "evidence", 0, true, EVIDENCE + 1 },
	{ "nonce", 0, true, NONCE + 1 },
	{ "sig-scheme", 0, true, SIG_SCHEME + 1 },
	{ "sig-hash", 0, true, SIG_HASH + 1 },
	{ "ima-log", 0, true, OPT_IMA_LOG },
	{ "accept", 0, true, OPT_ACCEPT },
	{ "cert", 0, true, OPT_CERT },
	{ "reference", 0, true, OPT_REFERENCE },
	{ "ima-reference", 0, true, OPT_REFERENCE },
	{ NULL, 0, false, 0 },
};

static const char *const accept_words[ACCEPT_WORDS] = {
	"no-nonce", "no-reference", "no-ima-reference", "sha1", "late-aggregate", "violations",
};

/* ---- command line ---- */

static int parse_accept(struct run *run, const char *text)
{
	size_t i, length;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		for (i = 0; i < ACCEPT_WORDS; i++)
			if (strlen(accept_words[i]) == length && !strncmp(accept_words[i], text, length))
				break;
		if (i == ACCEPT_WORDS)
			return cmd_usage_error(run->args, "--accept %.*s: no such word", (int)length, text);
		run->accept[i] = true;
		if (!text[length])
			return EXIT_DONE;
	}
}

static int parse(struct run *run)
{
	struct cmd_args *args = run->args;
	struct cmd_logs *logs;
	const char *value;
	int id, code;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		if (id == CMD_FAILED)
			return EXIT_USAGE;
		if (id == CMD_WORD || id == OPT_IMA_LOG) {
			logs = id == CMD_WORD ? &run->words : &run->ima;
			code = cmd_logs_add(args, logs, value);
			if (code != EXIT_DONE)
				return code;
			logs->log[logs->count - 1].place = run->words.count + run->ima.count;
		} else if (id == OPT_ACCEPT) {
			if (parse_accept(run, value) != EXIT_DONE)
				return EXIT_USAGE;
		} else if (id == OPT_CERT) {
			if (run->cert_count == CERTS_MAX)
				return cmd_usage_error(args, "more than %d certificates", CERTS_MAX);
			run->cert[run->cert_count++].name = value;
		} else if (id == OPT_REFERENCE) {	/* not fixed yet (docs/formats.md); nothing may pass for one */
			return cmd_usage_error(args, "%s: this version reads no references; a quote is judged with --accept "
					       "no-reference,no-ima-reference, and is consistent at best", value);
		} else if (run->value[id - 1]) {
			return cmd_usage_error(args, "%s and %s: one of them is too much", run->value[id - 1], value);
		} else {
			run->value[id - 1] = value;
		}
	}
	return EXIT_DONE;
}

static const char *option_name(enum value which)
{
	size_t i;

	for (i = 0; options[i].name; i++)
		if (options[i].id == (int)which + 1)
			return options[i].name;
	return "";
}

static bool is_attested(const struct run *run)
{
	return run->value[QUOTE] || run->value[EVIDENCE];
}

/* Everything that evidence brings itself, and what only makes sense with a quote. */
static int check_clashes(struct run *run)
{
	static const enum value brought[] = { QUOTE, SIGNATURE, PCRS, FIRMWARE_LOG, FDT, SIG_SCHEME };
	static const enum value needing[] = { SIGNATURE, AK, DEVICE, NONCE, SIG_SCHEME, SIG_HASH };
	size_t i;

	for (i = 0; run->value[EVIDENCE] && i < ARRAY_SIZE(brought); i++)
		if (run->value[brought[i]])
			return cmd_usage_error(run->args, "--evidence and --%s: one of them is too much", option_name(brought[i]));
	if (run->value[EVIDENCE] && (run->words.count || run->ima.count))
		return cmd_usage_error(run->args, "--evidence has its own logs, and others were given");
	for (i = 0; !is_attested(run) && i < ARRAY_SIZE(needing); i++)
		if (run->value[needing[i]])
			return cmd_usage_error(run->args, "--%s wants a quote (--quote or --evidence)", option_name(needing[i]));
	for (i = 0; !is_attested(run) && i < ACCEPT_WORDS; i++)
		if (run->accept[i])
			return cmd_usage_error(run->args, "--accept %s wants a quote (--quote or --evidence)", accept_words[i]);
	if (is_attested(run) && run->args->bank_count)
		return cmd_usage_error(run->args, "a quote says itself which banks it covers: no --bank with it");
	return EXIT_DONE;
}

/* What a verdict about a quote needs, unless the caller says that he does without. */
static int check_wanted(struct run *run)
{
	if (run->value[QUOTE] && !run->value[SIGNATURE])
		return cmd_usage_error(run->args, "the quote's signature is missing (--signature FILE)");
	if (!run->value[AK] && !run->value[DEVICE])
		return cmd_usage_error(run->args, "the AK is missing (--ak FILE or --device FILE): the evidence cannot say whose key it is");
	if (run->value[AK] && run->value[DEVICE])
		return cmd_usage_error(run->args, "--ak and --device: one of them is too much");
	if (!run->value[NONCE] && !run->accept[NO_NONCE])
		return cmd_usage_error(run->args, "the nonce is missing (--nonce HEX, or --accept no-nonce): an old quote would pass");
	if (!run->accept[NO_REFERENCE])
		return cmd_usage_error(run->args, "a reference is missing, and this version reads none (--accept no-reference goes without)");
	if (!run->accept[NO_IMA_REFERENCE])
		return cmd_usage_error(run->args, "an IMA reference is missing, and this version reads none (--accept no-ima-reference goes without)");
	if (run->value[QUOTE] && !run->value[FIRMWARE_LOG] && !run->ima.count && !run->words.count)
		return cmd_usage_error(run->args, "no log was given");
	return EXIT_DONE;
}

static int take_nonce(struct run *run)
{
	const char *text = run->value[NONCE];
	const size_t length = text ? strlen(text) : 0;

	if (!text)
		return EXIT_DONE;
	if (!length || length % 2 || length / 2 > sizeof(run->nonce) || bc_unhex(text, length, run->nonce, length / 2, NULL) < 0)
		return cmd_usage_error(run->args, "--nonce %s: wanted are 1 to %d bytes as hex", text, BC_NONCE_MAX);
	run->quote.nonce = run->nonce;
	run->quote.nonce_size = length / 2;
	return EXIT_DONE;
}

static int take_scheme(struct run *run)
{
	static const uint16_t schemes[] = { BC_SIG_RSASSA, BC_SIG_RSAPSS, BC_SIG_ECDSA };
	const struct bc_algorithm *hash;
	size_t i;

	if (!run->value[SIG_SCHEME] && !run->value[SIG_HASH])
		return EXIT_DONE;
	if (!run->value[SIG_SCHEME] || !run->value[SIG_HASH])
		return cmd_usage_error(run->args, "--sig-scheme and --sig-hash go together");
	for (i = 0; i < ARRAY_SIZE(schemes); i++)
		if (!strcmp(bc_sig_scheme_name(schemes[i]), run->value[SIG_SCHEME]))
			run->quote.scheme = schemes[i];
	if (!run->quote.scheme)
		return cmd_usage_error(run->args, "--sig-scheme %s: use rsassa, rsapss or ecdsa", run->value[SIG_SCHEME]);
	hash = bc_algorithm_by_name(run->value[SIG_HASH], 0);
	if (!hash)
		return cmd_usage_error(run->args, "--sig-hash %s: no known algorithm", run->value[SIG_HASH]);
	run->quote.hash = hash->id;
	return EXIT_DONE;
}

static int check_quote(struct run *run)
{
	int code = check_clashes(run);

	if (code != EXIT_DONE || !is_attested(run))
		return code;
	code = check_wanted(run);
	if (code == EXIT_DONE)
		code = take_nonce(run);
	if (code == EXIT_DONE)
		code = take_scheme(run);
	run->quote.accept_sha1 = run->accept[SHA1];
	run->quote.accept_late_aggregate = run->accept[LATE_AGGREGATE];
	run->quote.accept_violations = run->accept[VIOLATIONS];
	run->input.quote = &run->quote;
	return code;
}

/* Standard input can be read once. */
static int check_stdin(const struct run *run)
{
	unsigned int uses = 0;
	size_t i;

	for (i = 0; i < FILE_VALUES; i++)
		uses += run->value[i] && !strcmp(run->value[i], "-");
	for (i = 0; i < run->cert_count; i++)
		uses += !strcmp(run->cert[i].name, "-");
	for (i = 0; i < run->words.count; i++)
		uses += !strcmp(run->words.log[i].path, "-");
	for (i = 0; i < run->ima.count; i++)
		uses += !strcmp(run->ima.log[i].path, "-");
	return uses > 1 ? cmd_usage_error(run->args, "standard input (-) is given twice") : EXIT_DONE;
}

/* Nothing given at all: this machine's own PCRs and logs. */
static int use_local(struct run *run)
{
	const bool logs = run->value[FIRMWARE_LOG] || run->ima.count || run->words.count;
	int code = cmd_only_local(run->args, is_attested(run) || run->value[PCRS] || logs);

	if (code != EXIT_DONE || is_attested(run))
		return code;
	if (!run->value[PCRS]) {
		if (logs)
			return cmd_usage_error(run->args, "no PCR values (--pcrs FILE)");
		code = cmd_logs_local(run->args, &run->words, &run->local);
		if (code != EXIT_DONE)
			return code;
		if (!run->local.pcrs[0])
			return cmd_usage_error(run->args, "no PCR values (--pcrs FILE), and this machine has no TPM");
		if (!cmd_local_path(run->args, run->local.pcrs, run->local_pcrs, sizeof(run->local_pcrs)))
			return EXIT_USAGE;
		run->value[PCRS] = run->local_pcrs;
	}
	if (!run->value[FIRMWARE_LOG] && !run->ima.count && !run->words.count)
		return cmd_usage_error(run->args, "no log was given");
	return EXIT_DONE;
}

static int open_firmware(struct run *run, struct bc_error *err)
{
	size_t i;
	int r;

	if (run->value[FIRMWARE_LOG]) {
		r = bc_stream_open(run->value[FIRMWARE_LOG], &run->firmware, err);
		if (r < 0)
			return r;
	}
	run->input.firmware_log = run->firmware;
	run->cel = calloc(run->words.count + 1, sizeof(*run->cel));
	if (!run->cel)
		return bc_error_set(err, BC_E_NOMEM, "out of memory");
	for (i = 0; i < run->words.count; i++) {
		if (bc_format_kind(run->words.log[i].format) == BC_KIND_IMA)
			continue;
		if (bc_format_kind(run->words.log[i].format) == BC_KIND_CEL) {
			run->cel[run->cel_count++] = run->words.log[i].stream;
			continue;
		}
		if (run->firmware)
			return bc_error_set(err, BC_E_USAGE, "%s is a second firmware log; one boot has one", run->words.log[i].path);
		run->input.firmware_log = run->words.log[i].stream;
	}
	run->input.cel_log = run->cel;
	run->input.cel_log_count = run->cel_count;
	return 0;
}

/* Words that are pieces of the list and stand before this place. Result: how many. */
static size_t take_words(struct run *run, size_t *word, size_t before, size_t count)
{
	const size_t start = count;

	for (; *word < run->words.count && run->words.log[*word].place < before; ++*word)
		if (bc_format_kind(run->words.log[*word].format) == BC_KIND_IMA)
			run->pieces[count++] = run->words.log[*word].stream;
	return count - start;
}

static int open_pieces(struct run *run, struct bc_error *err)
{
	size_t i, word = 0, count = 0;
	int r;

	run->pieces = calloc(run->ima.count + run->words.count + 1, sizeof(*run->pieces));
	if (!run->pieces)
		return bc_error_set(err, BC_E_NOMEM, "out of memory");
	for (i = 0; i < run->ima.count; i++) {
		r = bc_stream_open(run->ima.log[i].path, &run->ima.log[i].stream, err);
		if (r < 0)
			return r;
		count += take_words(run, &word, run->ima.log[i].place, count);
		run->pieces[count++] = run->ima.log[i].stream;
	}
	count += take_words(run, &word, SIZE_MAX, count);
	run->input.ima_log = run->pieces;
	run->input.ima_log_count = count;
	return 0;
}

static int read_whole(struct run *run, enum value which, size_t max, struct bc_bytes *ret_bytes, struct bc_error *err)
{
	int r;

	if (!run->value[which])
		return 0;
	r = bc_read_file(run->value[which], max, &run->file[which], &ret_bytes->size, err);
	ret_bytes->data = run->file[which];
	ret_bytes->name = run->value[which];
	return r;
}

static int read_fdt(struct run *run, struct bc_error *err)
{
	struct bc_bytes tree = { 0 };
	int r = read_whole(run, FDT, BC_FDT_MAX, &tree, err);

	run->input.fdt = tree.data;
	run->input.fdt_size = tree.size;
	run->input.fdt_name = tree.name;
	return r;
}

static int read_pcrs(struct run *run, struct bc_error *err)
{
	if (!run->value[PCRS])
		return 0;
	run->input.pcrs = &run->pcrs;
	run->input.pcrs_name = run->value[PCRS];
	return bc_pcrs_read_path(run->value[PCRS], &run->pcrs, err);
}

static int open_files(struct run *run, struct bc_error *err)
{
	int r;

	r = cmd_logs_open(&run->words, err);
	if (r == 0)
		r = open_firmware(run, err);
	if (r == 0)
		r = open_pieces(run, err);
	if (r == 0)
		r = read_pcrs(run, err);
	if (r == 0)
		r = read_fdt(run, err);
	if (r == 0)
		r = read_whole(run, QUOTE, BC_QUOTE_MAX, &run->quote.message, err);
	if (r == 0)
		r = read_whole(run, SIGNATURE, BC_QUOTE_MAX, &run->quote.signature, err);
	return r;
}

static int read_certs(struct run *run, struct bc_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < run->cert_count; i++) {
		r = bc_read_file(run->cert[i].name, KEY_FILE_MAX, &run->cert_data[i], &run->cert[i].size, err);
		run->cert[i].data = run->cert_data[i];
	}
	run->input.cert = run->cert;
	run->input.cert_count = run->cert_count;
	return r;
}

static int read_device(struct run *run, struct bc_error *err)
{
	struct bc_bytes *file = &run->quote.ak;
	int r = read_whole(run, DEVICE, KEY_FILE_MAX, file, err);

	if (r == 0)
		r = bc_device_parse(file->data, file->size, &run->device, err);
	if (r < 0)
		snprintf(err->source, sizeof(err->source), "%.200s", run->value[DEVICE]);
	run->quote.device = &run->device;
	return r;
}

static int open_inputs(struct run *run, struct bc_error *err)
{
	int r;

	r = read_whole(run, AK, KEY_FILE_MAX, &run->quote.ak, err);
	if (r == 0 && run->value[DEVICE])
		r = read_device(run, err);
	if (r == 0)
		r = read_certs(run, err);
	if (r == 0)
		r = run->value[EVIDENCE] ? verify_open_evidence(run, err) : open_files(run, err);
	run->input.banks = run->args->banks;
	run->input.bank_count = run->args->bank_count;
	return r;
}

static void close_inputs(struct run *run)
{
	size_t i;

	bc_stream_free(run->firmware);
	for (i = 0; i < run->own_pieces; i++)
		bc_stream_free(run->pieces[i]);
	cmd_logs_free(&run->words);
	cmd_logs_free(&run->ima);
	free(run->pieces);
	free(run->cel);
	for (i = 0; i < FILE_VALUES; i++)
		bc_free(run->file[i]);
	for (i = 0; i < run->cert_count; i++)
		bc_free(run->cert_data[i]);
	bc_evidence_free(run->evidence);
}

/* ---- the whole ---- */

/* Whose fault it was: of this machine and what its owner gave, or of the evidence. */
static const char *error_where(const struct run *run, const struct bc_verdict *verdict)
{
	const char *ak = run->value[AK] ? run->value[AK] : run->value[DEVICE];
	bool local = verdict->error.status == BC_E_IO || (ak && !strcmp(verdict->error.source, ak));
	size_t i;

	for (i = 0; i < run->cert_count; i++)
		local = local || !strcmp(verdict->error.source, run->cert[i].name);
	return local ? "local" : "evidence";
}

static void print(const struct run *run, const struct bc_verdict *verdict)
{
	const char *accepted[ACCEPT_WORDS + 1] = { NULL };
	size_t i, count = 0;

	for (i = 0; i < ACCEPT_WORDS; i++)
		if (run->accept[i])
			accepted[count++] = accept_words[i];
	if (run->args->json)
		verdict_print_json(verdict, accepted, error_where(run, verdict));
	else
		verdict_print_text(run->args, verdict, run->input.fdt_name);
}

/* An input that cannot be read is a verdict too: not judged. What is the caller's fault is not. */
static int judge(struct run *run)
{
	struct bc_verdict *verdict = NULL;
	struct bc_error err;
	int r, code;

	bc_error_clear(&err);
	r = open_inputs(run, &err);
	if (r == 0)
		r = bc_verify(&run->input, &verdict, &err);
	else if (r != BC_E_USAGE)
		r = bc_verdict_not_judged(&err, &verdict, &err);
	if (r < 0)
		return cmd_error(run->args, &err);
	print(run, verdict);
	code = verdict->exit;
	bc_verdict_free(verdict);
	return code;
}

static int run_verify(struct cmd_args *args)
{
	struct run *run = calloc(1, sizeof(*run));
	int code;

	if (!run)
		return cmd_no_memory(args);
	run->args = args;
	code = parse(run);
	if (code == EXIT_DONE)
		code = check_quote(run);
	if (code == EXIT_DONE)
		code = check_stdin(run);
	if (code == EXIT_DONE)
		code = use_local(run);
	if (code == EXIT_DONE)
		code = judge(run);
	close_inputs(run);
	free(run);
	return code;
}

const struct bc_command cmd_verify = {
	.name = "verify",
	.summary = "do the logs explain the PCR values?",
	.usage = "verify [--pcrs FILE] [--firmware-log FILE] [--ima-log FILE]... [--fdt FILE] [--cert FILE]... [LOG...]\n"
		 "       bootchain verify {--evidence DIR | --quote MSG --signature SIG LOG...} {--ak FILE | --device FILE} --nonce HEX [--accept WORDS]\n"
		 "Replay the logs and compare with PCR values; without any option, of this machine itself. With a quote, also\n"
		 "check who signed, and whether it is fresh.\n"
		 "Exit status: 0 consistent, 1 mismatch, 2 usage, 3 could not be judged.\n\n"
		 "  --pcrs FILE                PCR values: \"alg pcr hex\" lines, output of tpm2_pcrread, or a\n"
		 "                             directory such as /sys/class/tpm/tpm0\n"
		 "  --firmware-log FILE        firmware log (TCG, of TPM 2.0 or 1.2, or CCEL)\n"
		 "  --ima-log FILE             binary IMA list; several are pieces of one list, in order\n"
		 "  --fdt FILE                 the tree that Linux got (/sys/firmware/fdt)\n"
		 "  --cert FILE                certificate (X.509) whose key signs files: each file in the list must\n"
		 "                             have a signature by one of them\n"
		 "  --evidence DIR             what collect wrote; - is a ustar archive of it on standard input\n"
		 "  --quote MSG                what the TPM signed (TPMS_ATTEST)\n"
		 "  --signature SIG            the signature over it (TPMT_SIGNATURE)\n"
		 "  --sig-scheme NAME          it is plain: rsassa, rsapss or ecdsa, and\n"
		 "  --sig-hash ALG             hashed with this\n"
		 "  --ak FILE                  the key that must have signed: TPM2B_PUBLIC, TPMT_PUBLIC, PEM or DER\n"
		 "  --device FILE              instead of --ak: what was kept about an enrolled device\n"
		 "  --nonce HEX                what the quote must answer\n"
		 "  --accept WORD[,WORD]       go without: no-nonce, no-reference, no-ima-reference; or do not mind:\n"
		 "                             sha1, late-aggregate, violations\n",
	.run = run_verify,
};
