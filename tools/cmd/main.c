// SPDX-License-Identifier: BSD-2-Clause
/* The command table, and the options that every command knows. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "output.h"

static const struct bc_command *const commands[] = { &cmd_show, &cmd_replay, &cmd_verify, &cmd_collect, &cmd_diff, &cmd_doctor };

enum { OPT_JSON = 1000, OPT_BANK, OPT_QUIET, OPT_VERBOSE, OPT_COLOR, OPT_ROOT, OPT_TPM, OPT_HELP, OPT_VERSION };

static const struct cmd_option common_options[] = {
	{ "json", 0, false, OPT_JSON },
	{ "bank", 0, true, OPT_BANK },
	{ "quiet", 'q', false, OPT_QUIET },
	{ "verbose", 'v', false, OPT_VERBOSE },
	{ "color", 0, true, OPT_COLOR },
	{ "root", 0, true, OPT_ROOT },
	{ "tpm", 0, true, OPT_TPM },
	{ "help", 'h', false, OPT_HELP },
	{ "version", 0, false, OPT_VERSION },
	{ NULL, 0, false, 0 },
};

static const char common_help[] =
	"\nCommon options:\n"
	"  --json                     JSON on standard output instead of text\n"
	"  --bank ALG[,ALG]           only these banks (sha1, sha256, ...)\n"
	"  -q, --quiet                only the verdict or the values\n"
	"  -v, --verbose              more about each event\n"
	"  --color auto|never|always  colours (auto: on a terminal)\n"
	"  --tpm NAME                 of this machine's TPMs the one with this name (tpm0, ...)\n"
	"  --root DIR                 this machine's own files are below DIR (copied from another machine)\n"
	"  -h, --help                 this text\n"
	"  --version                  version and hash library\n";

static void print_help(void)
{
	size_t i;

	printf("Usage: bootchain COMMAND [OPTION]... [LOG]...\n"
	       "Read boot logs, replay them, compare the result with PCR values.\n\nCommands:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	printf("%s\n\"bootchain COMMAND --help\" tells the options of a command, bootchain(1) the rest.\n", common_help);
}

static void print_version(void)
{
	printf("bootchain %s (%s)\n", bc_version(), bc_crypto_backend());
}

int cmd_usage_error(const struct cmd_args *args, const char *format, ...)
{
	char text[1024], safe[4096];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	bc_escape(text, strlen(text), safe, sizeof(safe));
	fprintf(stderr, "bootchain %s: %s; \"bootchain %s --help\" tells the options\n", args->command->name, safe,
		args->command->name);
	return EXIT_USAGE;
}

int cmd_error(const struct cmd_args *args, const struct bc_error *err)
{
	char text[4096];

	bc_error_text(err, text, sizeof(text));
	fprintf(stderr, "bootchain %s: %s\n", args->command->name, text);
	return err->status == BC_E_USAGE ? EXIT_USAGE : EXIT_NOT_JUDGED;
}

int cmd_no_memory(const struct cmd_args *args)
{
	struct bc_error err;

	bc_error_set(&err, BC_E_NOMEM, "out of memory");
	return cmd_error(args, &err);
}

int cmd_finish(const struct cmd_args *args, int code)
{
	if (!ferror(stdout) && fflush(stdout) == 0)
		return code;
	fprintf(stderr, "bootchain %s: cannot write the output: %s\n", args->command->name, strerror(errno));
	return code == EXIT_DONE ? EXIT_NOT_JUDGED : code;
}

bool cmd_wants_bank(const struct cmd_args *args, uint16_t alg)
{
	size_t i;

	for (i = 0; i < args->bank_count; i++)
		if (args->banks[i] == alg)
			return true;
	return args->bank_count == 0;
}

/* Decimal below 24 at *text, which moves behind it. */
static bool parse_pcr(const char **text, unsigned int *ret_pcr)
{
	unsigned int pcr = 0, digits = 0;

	for (; **text >= '0' && **text <= '9' && digits < 3; digits++)
		pcr = pcr * 10 + (unsigned int)(*(*text)++ - '0');
	*ret_pcr = pcr;
	return digits > 0 && pcr < BC_PCR_COUNT;
}

bool cmd_parse_pcrs(const char *text, uint32_t *ret_mask)
{
	unsigned int first, last;
	uint32_t mask = 0;

	for (;;) {
		if (!parse_pcr(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!parse_pcr(&text, &last) || last < first)
				return false;
		}
		for (; first <= last; first++)
			mask |= UINT32_C(1) << first;
		if (*text == '\0')
			break;
		if (*text++ != ',')
			return false;
	}
	*ret_mask = mask;
	return true;
}

static bool parse_banks(struct cmd_args *args, const char *text)
{
	const struct bc_algorithm *algorithm;
	size_t length;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		algorithm = length ? bc_algorithm_by_name(text, length) : NULL;
		if (!algorithm || args->bank_count == BC_BANKS_MAX)
			return false;
		if (args->bank_count == 0 || !cmd_wants_bank(args, algorithm->id))
			args->banks[args->bank_count++] = algorithm->id;
		if (!text[length])
			return true;
	}
}

static int common_option(struct cmd_args *args, int id, const char *value)
{
	switch (id) {
	case OPT_JSON:
		args->json = true;
		return 0;
	case OPT_QUIET:
		args->quiet = true;
		return 0;
	case OPT_VERBOSE:
		args->verbose = true;
		return 0;
	case OPT_BANK:
		if (parse_banks(args, value))
			return 0;
		cmd_usage_error(args, "--bank %s: no list of known algorithms", value);
		return CMD_FAILED;
	case OPT_COLOR:
		if (strcmp(value, "auto") && strcmp(value, "never") && strcmp(value, "always")) {
			cmd_usage_error(args, "--color %s: use auto, never or always", value);
			return CMD_FAILED;
		}
		args->color = !strcmp(value, "always") || (!strcmp(value, "auto") && isatty(STDOUT_FILENO));
		return 0;
	case OPT_ROOT:
		args->root = value;
		return 0;
	case OPT_TPM:
		args->tpm = value;
		return 0;
	case OPT_HELP:
		printf("Usage: bootchain %s%s", args->command->usage, common_help);
		exit(cmd_finish(args, EXIT_DONE));
	default:
		print_version();
		exit(cmd_finish(args, EXIT_DONE));
	}
}

/* The row of a word like --name, --name=value or -n. */
static const struct cmd_option *find_option(const struct cmd_option *options, const char *word, size_t length)
{
	for (; options->name; options++) {
		if (word[1] == '-' && strlen(options->name) == length - 2 && !strncmp(options->name, word + 2, length - 2))
			return options;
		if (word[1] != '-' && length == 2 && options->letter == word[1])
			return options;
	}
	return NULL;
}

static int take_option(struct cmd_args *args, const struct cmd_option *options, const char *word, const char **ret_value)
{
	const size_t length = word[1] == '-' ? strcspn(word, "=") : strlen(word);
	const struct cmd_option *option = find_option(options, word, length);

	if (!option)
		option = find_option(common_options, word, length);
	if (!option) {
		cmd_usage_error(args, "option %s is not known", word);
		return CMD_FAILED;
	}
	*ret_value = word[length] == '=' ? word + length + 1 : NULL;
	if (*ret_value && !option->has_value) {
		cmd_usage_error(args, "option --%s takes no value", option->name);
		return CMD_FAILED;
	}
	if (option->has_value && !*ret_value) {
		if (args->at == args->argc) {
			cmd_usage_error(args, "option --%s wants a value", option->name);
			return CMD_FAILED;
		}
		*ret_value = args->argv[args->at++];
	}
	return option->id;
}

int cmd_next(struct cmd_args *args, const struct cmd_option *options, const char **ret_value)
{
	const char *word;
	int id;

	while (args->at < args->argc) {
		word = args->argv[args->at++];
		if (args->only_words || word[0] != '-' || !word[1]) {
			*ret_value = word;
			return CMD_WORD;
		}
		if (!strcmp(word, "--")) {
			args->only_words = true;
			continue;
		}
		id = take_option(args, options, word, ret_value);
		if (id < OPT_JSON)
			return id;
		if (common_option(args, id, *ret_value) < 0)
			return CMD_FAILED;
	}
	return CMD_END;
}

int main(int argc, char **argv)
{
	struct cmd_args args = { .argc = argc, .argv = argv, .at = 2 };
	char safe[256];
	size_t i;

	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is an error of write(), with an exit code of ours */
	setvbuf(stderr, NULL, _IOLBF, 0);	/* a message is whole, whoever else writes there */
	if (argc < 2) {
		fprintf(stderr, "bootchain: which command? \"bootchain --help\" lists them\n");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help();
		return fflush(stdout) ? EXIT_NOT_JUDGED : EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return fflush(stdout) ? EXIT_NOT_JUDGED : EXIT_DONE;
	}
	args.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i]->name))
			continue;
		args.command = commands[i];
		return cmd_finish(&args, commands[i]->run(&args));
	}
	bc_escape(argv[1], strlen(argv[1]), safe, sizeof(safe));
	fprintf(stderr, "bootchain: there is no command %s; \"bootchain --help\" lists them\n", safe);
	return EXIT_USAGE;
}
