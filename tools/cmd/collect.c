// SPDX-License-Identifier: BSD-2-Clause
/* bootchain collect: what a verifier needs from this machine, as a directory or an archive. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "output.h"

#define LOCAL_BUILD "/etc/bootchain/build.json"
#define QUOTED_PCRS "sha256:0-10"	/* firmware and IMA (docs/measurements.md), in the bank that every TPM 2.0 has */

enum { OPT_OUTPUT = 1, OPT_PCRS, OPT_BUILD, OPT_NONCE, OPT_AK_HANDLE, OPT_AK_ALG, OPT_TCTI };

static const struct cmd_option options[] = {
	{ "output", 'o', true, OPT_OUTPUT },
	{ "pcrs", 0, true, OPT_PCRS },
	{ "build", 0, true, OPT_BUILD },
	{ "nonce", 0, true, OPT_NONCE },
	{ "ak-handle", 0, true, OPT_AK_HANDLE },
	{ "ak-alg", 0, true, OPT_AK_ALG },
	{ "tcti", 0, true, OPT_TCTI },
	{ NULL, 0, false, 0 },
};

struct collect {
	const struct cmd_args *args;
	const char *output;
	bool to_stdout, as_archive;
	struct cmd_local local;
	const char *build;
	struct bc_pcrs wanted;		/* only alg and present; no bank: all of them */
	const char *nonce_text, *ak_alg;
	uint8_t nonce[BC_TPM_NONCE_MAX];
	struct bc_tpm_request request;
	struct bc_evidence *evidence;
};

enum need {
	NEED_LIST,	/* may be absent, but not unreadable: one list is enough to judge something */
	NEED_NOTHING,
};

/* Read in this order, after the PCRs. */
static const struct source {
	const char *name, *path;	/* NULL: where it was found */
	enum need need;
} sources[] = {
	{ "firmware.log", NULL, NEED_LIST },
	{ "ima.log", "/sys/kernel/security/ima/binary_runtime_measurements", NEED_LIST },
	{ "fdt.dtb", "/sys/firmware/fdt", NEED_NOTHING },
	{ "cmdline.txt", "/proc/cmdline", NEED_NOTHING },
	{ "ima-policy.txt", "/sys/kernel/security/ima/policy", NEED_NOTHING },
	{ "build.json", LOCAL_BUILD, NEED_NOTHING },
};

/* "sha256:0-10", several with "+" between */
static bool parse_selection(const char *text, struct bc_pcrs *ret_wanted)
{
	while (*text) {
		const size_t name = strcspn(text, ":"), length = strcspn(text, "+");
		const struct bc_algorithm *bank = name && name < length ? bc_algorithm_by_name(text, name) : NULL;
		struct bc_pcr_bank *row;
		char list[128];

		if (!bank || length - name - 1 >= sizeof(list) || bc_pcrs_bank(ret_wanted, bank->id) || ret_wanted->count == BC_BANKS_MAX)
			return false;
		snprintf(list, sizeof(list), "%.*s", (int)(length - name - 1), text + name + 1);
		row = &ret_wanted->bank[ret_wanted->count++];
		row->alg = bank->id;
		row->size = bank->size;
		if (!cmd_parse_pcrs(list, &row->present))
			return false;
		text += length;
		if (*text == '+' && !*++text)
			return false;
	}
	return ret_wanted->count > 0;
}

/* A persistent handle (Part 2, 7.4: 81...), as hex with or without 0x. */
static bool parse_handle(const char *text, uint32_t *ret_handle)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 16);
	*ret_handle = (uint32_t)value;
	return !errno && end != text && !*end && text[0] != '-' && value >> 24 == 0x81;
}

static int take_option(struct collect *collect, struct cmd_args *args, int id, const char *value)
{
	switch (id) {
	case OPT_OUTPUT:
		collect->output = value;
		break;
	case OPT_PCRS:
		memset(&collect->wanted, 0, sizeof(collect->wanted));
		if (!parse_selection(value, &collect->wanted))
			return cmd_usage_error(args, "--pcrs %s: wanted is ALG:PCR[,PCR]..., such as sha256:0-10", value);
		break;
	case OPT_BUILD:
		collect->build = value;
		break;
	case OPT_NONCE:
		collect->nonce_text = value;
		break;
	case OPT_AK_HANDLE:
		if (!parse_handle(value, &collect->request.ak_handle))
			return cmd_usage_error(args, "--ak-handle %s: wanted is a persistent handle, such as 0x81010002", value);
		break;
	case OPT_AK_ALG:
		if (strcmp(value, "ecc") && strcmp(value, "rsa"))
			return cmd_usage_error(args, "--ak-alg %s: use ecc or rsa", value);
		collect->ak_alg = value;
		break;
	case OPT_TCTI:
		collect->request.tcti = value;
		break;
	case CMD_WORD:
		return cmd_usage_error(args, "\"%s\" is one word too many; directory or archive are named with -o", value);
	default:
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int check_quote_options(struct collect *collect, const struct cmd_args *args)
{
	struct bc_tpm_request *request = &collect->request;
	const char *text = collect->nonce_text;
	const size_t length = text ? strlen(text) : 0;

	if (!text && (request->ak_handle || collect->ak_alg || request->tcti))
		return cmd_usage_error(args, "--ak-handle, --ak-alg and --tcti are for a quote, which wants --nonce HEX");
	if (request->ak_handle && collect->ak_alg)
		return cmd_usage_error(args, "--ak-handle and --ak-alg: one of them is too much");
	if (!text)
		return EXIT_DONE;
	if (!length || length % 2 || length / 2 > sizeof(collect->nonce) || bc_unhex(text, length, collect->nonce, length / 2, NULL) < 0)
		return cmd_usage_error(args, "--nonce %s: wanted are 1 to %d bytes as hex", text, BC_TPM_NONCE_MAX);
	if (!collect->wanted.count && !parse_selection(QUOTED_PCRS, &collect->wanted))
		return EXIT_USAGE;
	request->nonce = collect->nonce;
	request->nonce_size = length / 2;
	request->selection = &collect->wanted;
	request->rsa = collect->ak_alg && !strcmp(collect->ak_alg, "rsa");
	return EXIT_DONE;
}

/* "-" and names that end in ".tar" are archives. */
static int check_output(struct collect *collect, const struct cmd_args *args)
{
	const size_t length = collect->output ? strlen(collect->output) : 0;

	if (!length)
		return cmd_usage_error(args, "-o DIR, -o FILE.tar or -o - is missing");
	collect->to_stdout = !strcmp(collect->output, "-");
	collect->as_archive = collect->to_stdout || (length > 4 && !strcmp(collect->output + length - 4, ".tar"));
	if (collect->to_stdout && args->json)
		return cmd_usage_error(args, "--json and -o -: both go to standard output");
	if (collect->to_stdout && isatty(STDOUT_FILENO))
		return cmd_usage_error(args, "-o -: an archive is not for a terminal; redirect it, or name a file");
	return EXIT_DONE;
}

static int parse_options(struct collect *collect, struct cmd_args *args)
{
	const char *value;
	int id, code;

	while ((id = cmd_next(args, options, &value)) != CMD_END) {
		code = take_option(collect, args, id, value);
		if (code != EXIT_DONE)
			return code;
	}
	code = check_output(collect, args);
	if (code != EXIT_DONE)
		return code;
	if (args->bank_count)
		return cmd_usage_error(args, "--bank is not for this command; --pcrs selects banks and PCRs");
	return check_quote_options(collect, args);
}

static int local_path(const struct collect *collect, const char *path, char *ret_path, size_t size, struct bc_error *err)
{
	if (!cmd_local_path(collect->args, path, ret_path, size))
		return bc_error_set(err, BC_E_USAGE, "name of the root directory is too long");
	return 0;
}

/* Leave only what was asked for; what was asked for and is not there is an error. */
static int select_pcrs(const struct collect *collect, struct bc_pcrs *pcrs, struct bc_error *err)
{
	size_t i;

	if (!collect->wanted.count)
		return 0;
	for (i = 0; i < pcrs->count; i++) {
		const struct bc_pcr_bank *wanted = bc_pcrs_bank_const(&collect->wanted, pcrs->bank[i].alg);

		if (!wanted)
			pcrs->bank[i].present = 0;
	}
	for (i = 0; i < collect->wanted.count; i++) {
		const struct bc_pcr_bank *wanted = &collect->wanted.bank[i];
		struct bc_pcr_bank *bank = bc_pcrs_bank(pcrs, wanted->alg);
		char label[16];

		if (!bank || wanted->present & ~bank->present)
			return bc_error_set(err, BC_E_TPM, "the TPM has no such PCRs in the bank %s; is the bank active?",
					    bc_algorithm_label(wanted->alg, label));
		bank->present &= wanted->present;
	}
	return 0;
}

static int add_pcrs(struct collect *collect, const struct bc_pcrs *pcrs, const char *source, struct bc_error *err)
{
	char *text = NULL;
	size_t size;
	int r;

	r = bc_pcrs_text(pcrs, &text, &size, err);
	if (r == 0)
		r = bc_evidence_add(collect->evidence, "pcrs.txt", source, text, size, err);
	bc_free(text);
	return r;
}

/* Quote, key and the values quoted: no others, so that the evidence does not show what it cannot prove. */
static int collect_quote(struct collect *collect, struct bc_error *err)
{
	struct bc_tpm_answer *answer = calloc(1, sizeof(*answer));
	int r;

	if (!answer)
		return bc_error_set(err, BC_E_NOMEM, "out of memory");
	setenv("TSS2_LOG", "all+none", 0);	/* tpm2-tss would write its own lines; the error says the same */
	r = bc_tpm_quote(&collect->request, answer, err);
	if (r == 0)
		r = bc_evidence_add(collect->evidence, "quote.msg", "TPM2_Quote", answer->message, answer->message_size, err);
	if (r == 0)
		r = bc_evidence_add(collect->evidence, "quote.sig", "TPM2_Quote", answer->signature, answer->signature_size, err);
	if (r == 0)
		r = bc_evidence_add(collect->evidence, "ak.pub", collect->request.ak_handle ? "TPM2_ReadPublic" : "TPM2_CreatePrimary",
				    answer->ak, answer->ak_size, err);
	if (r == 0)
		r = add_pcrs(collect, &answer->pcrs, "TPM2_PCR_Read", err);
	free(answer);
	return r;
}

/* Before the lists: what is measured in between makes the list longer than the PCR, which can be judged; the other way round cannot. */
static int collect_pcrs(struct collect *collect, struct bc_error *err)
{
	struct bc_pcrs *pcrs = calloc(1, sizeof(*pcrs));
	char path[CMD_PATH_SIZE];
	int r;

	if (!pcrs)
		return bc_error_set(err, BC_E_NOMEM, "out of memory");
	if (!collect->local.pcrs[0])
		r = bc_error_set(err, BC_E_TPM, "nothing in /sys/class/tpm: no TPM, or no driver for it in this kernel");
	else
		r = local_path(collect, collect->local.pcrs, path, sizeof(path), err);
	if (r == 0)
		r = bc_pcrs_read_path(path, pcrs, err);
	if (r == 0)
		r = select_pcrs(collect, pcrs, err);
	if (r == 0)
		r = add_pcrs(collect, pcrs, collect->local.pcrs, err);
	free(pcrs);
	return r;
}

static int add_missing(struct collect *collect, const struct source *source, const char *path, struct bc_error *err)
{
	char why[sizeof(err->message)];

	snprintf(why, sizeof(why), "%s", err->message);
	if (!collect->args->quiet)
		fprintf(stderr, "bootchain collect: %s will be missing: %s: %s\n", source->name, path, why);
	return bc_evidence_missing(collect->evidence, source->name, why, err);
}

/* Only what is not there at all may be missing of a list; one that cannot be read is a failure. */
static bool may_lack(const struct source *source, const char *path)
{
	struct stat st;

	return source->need == NEED_NOTHING || (stat(path, &st) < 0 && errno == ENOENT);
}

static int collect_file(struct collect *collect, const struct source *source, struct bc_error *err)
{
	const bool own = !strcmp(source->name, "build.json") && collect->build;
	const char *from = source->path ? source->path : collect->local.firmware_log[0] ? collect->local.firmware_log : collect->local.tpm_log;
	char path[CMD_PATH_SIZE];
	uint8_t *data = NULL;
	size_t size;
	int r;

	r = local_path(collect, from, path, sizeof(path), err);
	if (r < 0)
		return r;
	if (own)	/* named by the caller: it has to be there */
		snprintf(path, sizeof(path), "%s", collect->build);
	r = bc_read_file(path, BC_EVIDENCE_MAX, &data, &size, err);
	if (r == BC_E_IO && !own && may_lack(source, path))
		return add_missing(collect, source, path, err);
	if (r < 0)
		return r;
	r = bc_evidence_add(collect->evidence, source->name, own ? collect->build : from, data, size, err);
	bc_free(data);
	return r;
}

static int collect_files(struct collect *collect, struct bc_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(sources); i++)
		r = collect_file(collect, &sources[i], err);
	if (r == 0 && !bc_evidence_find(collect->evidence, "firmware.log") && !bc_evidence_find(collect->evidence, "ima.log"))
		r = bc_error_set(err, BC_E_IO, "neither a firmware log nor an IMA list: is securityfs mounted on /sys/kernel/security?");
	return r;
}

/* First line of a file below /proc/sys/kernel, or what uname() says of this machine. */
static int describe(struct collect *collect, const char *key, const char *path, const char *fallback, struct bc_error *err)
{
	char full[CMD_PATH_SIZE], text[256];
	uint8_t *data = NULL;
	size_t size = 0;
	int r;

	r = local_path(collect, path, full, sizeof(full), err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%s", collect->args->root ? "" : fallback);
	r = bc_read_file(full, sizeof(text) - 1, &data, &size, err);
	if (r == BC_E_NOMEM)
		return r;
	if (r == 0)
		snprintf(text, sizeof(text), "%.*s", (int)strcspn((const char *)data, "\n"), (const char *)data);
	bc_free(data);
	return bc_evidence_describe(collect->evidence, key, text, err);
}

static int describe_machine(struct collect *collect, struct bc_error *err)
{
	char tool[64], now[32] = "";
	const time_t seconds = time(NULL);
	struct utsname name = { 0 };
	struct tm utc;
	int r;

	uname(&name);
	snprintf(tool, sizeof(tool), "bootchain %s", bc_version());
	if (gmtime_r(&seconds, &utc))
		strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
	r = bc_evidence_describe(collect->evidence, "tool", tool, err);
	if (r == 0)
		r = bc_evidence_describe(collect->evidence, "time", now, err);
	if (r == 0)
		r = describe(collect, "hostname", "/proc/sys/kernel/hostname", name.nodename, err);
	if (r == 0)
		r = describe(collect, "kernel", "/proc/sys/kernel/osrelease", name.release, err);
	if (r == 0)
		r = describe(collect, "machine", "/proc/sys/kernel/arch", name.machine, err);
	return r;
}

static void print_summary(const struct collect *collect)
{
	FILE *const out = collect->to_stdout ? stderr : stdout;
	const struct bc_evidence_file *file = bc_evidence_find(collect->evidence, "pcrs.txt");
	size_t i;

	print_escaped(out, collect->output, strlen(collect->output));
	fprintf(out, ": %spcrs.txt (%zu bytes)", collect->nonce_text ? "quote.msg, quote.sig, ak.pub, " : "", file->size);
	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		file = bc_evidence_find(collect->evidence, sources[i].name);
		if (file)
			fprintf(out, ", %s (%zu bytes)", file->name, file->size);
	}
	fprintf(out, "\n");
}

static int report(const struct collect *collect, struct bc_error *err)
{
	char *text = NULL;
	size_t size;
	int r;

	if (collect->args->quiet)
		return 0;
	if (!collect->args->json) {
		print_summary(collect);
		return 0;
	}
	r = bc_evidence_json(collect->evidence, &text, &size, err);
	if (r == 0)
		fwrite(text, 1, size, stdout);
	bc_free(text);
	return r;
}

static int run_collect(struct cmd_args *args)
{
	struct collect collect = { .args = args };
	struct stat st;
	struct bc_error err;
	char tcti[40];
	int code = parse_options(&collect, args);
	int r;

	if (code == EXIT_DONE)
		code = cmd_local_find(args, &collect.local);
	if (code != EXIT_DONE)
		return code;
	if (args->tpm && !collect.request.tcti) {	/* the same one for the quote */
		snprintf(tcti, sizeof(tcti), "device:/dev/tpmrm%.4s", collect.local.tpm + 3);
		collect.request.tcti = tcti;
	}
	if (!collect.to_stdout && !lstat(collect.output, &st))	/* again when it is written; here so that nobody waits for the TPM first */
		return cmd_usage_error(args, "%s exists already; give a new name", collect.output);
	r = bc_evidence_new(&collect.evidence, &err);
	if (r == 0)
		r = collect.nonce_text ? collect_quote(&collect, &err) : collect_pcrs(&collect, &err);
	if (r == 0)
		r = collect_files(&collect, &err);
	if (r == 0)
		r = describe_machine(&collect, &err);
	if (r == 0)
		r = collect.as_archive ? bc_evidence_write_tar(collect.evidence, collect.output, &err) :
					 bc_evidence_write(collect.evidence, collect.output, &err);
	if (r == 0)
		r = report(&collect, &err);
	if (r < 0)
		code = cmd_error(args, &err);
	if (r == BC_E_IO && geteuid() != 0)
		fprintf(stderr, "bootchain collect: the kernel shows its lists to root only; run it as root\n");
	bc_evidence_free(collect.evidence);
	return code;
}

const struct bc_command cmd_collect = {
	.name = "collect",
	.summary = "write PCR values, logs and device tree of this machine into a directory or archive",
	.usage =
		"collect [OPTION]... -o {DIR | FILE.tar | -}\n"
		"Write the evidence of this machine into the new directory DIR: PCR values, firmware log, IMA list, device tree,\n"
		"command line, IMA policy, build.json. Needs root, because the kernel shows the lists to root only.\n\n"
		"  -o, --output DIR           the directory; it must not exist, and is there as a whole or not at all\n"
		"  -o, --output FILE.tar      the same as a ustar archive; - writes it to standard output\n"
		"  --pcrs ALG:PCR[,PCR]...    only these PCRs, such as sha256:0-10; several banks with + between them\n"
		"  --nonce HEX                what a verifier sent, 1 to 64 bytes: also ask the TPM for a quote that answers it\n"
		"                             (quote.msg, quote.sig, ak.pub), over sha256:0-10 or --pcrs\n"
		"  --ak-alg ecc|rsa           kind of the AK that is made for it in the endorsement hierarchy (ecc)\n"
		"  --ak-handle HANDLE         use this persistent key, which must be restricted, instead\n"
		"  --tcti NAME                the TPM as tpm2-tss names it, such as device:/dev/tpmrm0\n"
		"  --build FILE               build.json from here, not from /etc/bootchain/build.json\n"
		"\n"
		"Exit status: 0 written, 2 usage (or DIR or FILE.tar exists), 3 a file or the TPM failed and nothing was created\n",
	.run = run_collect,
};
