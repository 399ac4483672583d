// SPDX-License-Identifier: BSD-2-Clause
/*
 * What each command does when memory ends: every allocation of its main paths is refused once, alone and together with all later ones.
 * Whatever happens then: no crash, no leak, and either the same output and exit code as ever, or exit 3 and one message about memory.
 *
 *	alloc DIR                 all scenarios, TAP; DIR is what setup.py has filled
 *	alloc DIR SCENARIO        the one numbered so
 *	alloc DIR SCENARIO N      the one numbered so, from 1, with the stack of the N-th allocation, which is refused
 *	alloc DIR SCENARIO -N     the same with all later ones
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <sanitizer/lsan_interface.h>

#include "bootchain.h"
#include "fail.h"

/* Of cmd/main.c, whose main() is renamed for this program. */
int bootchain_main(int argc, char **argv);

#define WORDS_MAX 24
#define OUTPUT_MAX (256 * 1024)
#define EXIT_LEAK 99
#define QUOTE "--accept", "no-reference,no-ima-reference,violations", "--nonce", "00112233445566778899aabbccddeeff"

struct scenario { const char *name; int code; const char *input; const char *words[WORDS_MAX]; };
static const struct scenario scenarios[] = {
	{ "show reads a crypto-agile log", 0, NULL, { "show", "good.log" } },
	{ "show writes JSON", 0, NULL, { "show", "--json", "efi.log" } },
	{ "show reads a SHA-1 log", 0, NULL, { "show", "--hex", "sha1.log" } },
	{ "show reads a binary IMA list", 0, NULL, { "show", "ima.bin" } },
	{ "show reads an ascii IMA list", 0, NULL, { "show", "--json", "ima.txt" } },
	{ "show reads a canonical event log in TLV", 0, NULL, { "show", "tlv.cel" } },
	{ "show reads a canonical event log in JSON", 0, NULL, { "show", "--json", "json.cel" } },
	{ "replay joins two logs", 0, NULL, { "replay", "--json", "good.log", "ima.bin" } },
	{ "replay reads a canonical event log", 0, NULL, { "replay", "json.cel" } },
	{ "replay takes a start value", 0, "good.log", { "replay", "--start", "4=0000000000000000000000000000000000000000", "-" } },
	{ "verify is content", 0, NULL, { "verify", "--pcrs", "pcrs.txt", "--fdt", "good.dtb", "good.log", "ima.bin" } },
	{ "verify is content in JSON", 0, NULL, { "verify", "--json", "--pcrs", "pcrread.txt", "good.log", "ima.bin" } },
	{ "verify infers boot_aggregate", 0, NULL, { "verify", "--pcrs", "root/sys/class/tpm/tpm0", "good.log" } },
	{ "verify finds a mismatch", 1, NULL, { "verify", "--pcrs", "wrong.txt", "--fdt", "other.dtb", "good.log", "ima.bin" } },
	{ "verify explains a mismatch", 1, NULL, { "verify", "--json", "--pcrs", "pcrs.txt", "shorter.log", "ima.bin" } },
	{ "verify checks signatures of files", 0, NULL, { "verify", "--json", "--pcrs", "signed.txt", "--cert", "p256.der", "--cert",
							   "p384.der", "--cert", "rsa.der", "good.log", "signed.bin" } },
	{ "verify checks a quote", 0, NULL, { "verify", "--json", "--quote", "quote.msg", "--signature", "quote.sig", "--ak", "ak.pub", QUOTE,
					      "good.log", "ima.bin" } },
	{ "verify checks a quote by an RSA key", 0, NULL, { "verify", "--quote", "rsa.msg", "--signature", "rsa.sig", "--ak", "rsa.pem",
							     QUOTE, "--pcrs", "all.txt", "good.log", "ima.bin" } },
	{ "verify checks evidence", 0, NULL, { "verify", "--json", "--evidence", "evidence", "--ak", "ak.pub", QUOTE } },
	{ "verify checks evidence in an archive", 0, "evidence.tar", { "verify", "--evidence", "-", "--ak", "ak.pub", QUOTE } },
	{ "collect writes a directory", 0, NULL, { "collect", "--root", "root", "-o", "new" } },
	{ "collect asks a TPM for a quote", 0, NULL, { "collect", "--root", "root", "--nonce", "00112233445566778899aabbccddeeff", "--tcti",
						       "cmd:/usr/bin/python3 -B tpm.py play tpm.json", "-o", "new" } },
	{ "diff compares two boots", 1, NULL, { "diff", "good.log", "shorter.log", "--fdt", "good.dtb", "other.dtb" } },
	{ "doctor looks at a machine", 0, NULL, { "doctor", "--json", "--root", "root" } },
	{ "diff writes JSON", 1, NULL, { "diff", "--json", "good.log", "shorter.log" } },
};

struct output { size_t size; char data[OUTPUT_MAX]; };
/* How a run ended. */
struct result { int status; struct output out, err, files; };

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void read_output(int fd, struct output *output)
{
	ssize_t got = pread(fd, output->data, sizeof(output->data) - 1, 0);

	if (got < 0 || got == sizeof(output->data) - 1)
		die("output");
	output->size = (size_t)got;
	output->data[got] = '\0';
	close(fd);
}

static int call_main(const struct scenario *scenario)
{
	char words[WORDS_MAX][128], *argv[WORDS_MAX + 2] = { (char[]){ "bootchain" } };
	int argc;

	for (argc = 1; scenario->words[argc - 1]; argc++) {
		snprintf(words[argc - 1], sizeof(words[0]), "%s", scenario->words[argc - 1]);
		argv[argc] = words[argc - 1];
	}
	return bootchain_main(argc, argv);
}

/* In the child: the command with its words; the exit code says what became of it. */
static void run_command(const struct scenario *scenario, int out, int err)
{
	int code;

	if (dup2(open(scenario->input ? scenario->input : "/dev/null", O_RDONLY), 0) < 0 || dup2(out, 1) < 0 || (!fail->trace && dup2(err, 2) < 0))
		_exit(2);
	fail->armed = true;
	code = call_main(scenario);
	fail->armed = false;
	if (__lsan_do_recoverable_leak_check())
		code = EXIT_LEAK;
	_exit(code);
}

/* What collect has written, without the time of day. */
static void read_files(struct output *output)
{
	FILE *files = popen("test ! -e new || sed 's/\"time\":\"[^\"]*\"//' new/*", "r");

	output->size = files ? fread(output->data, 1, sizeof(output->data), files) : 0;
	if (!files || output->size == sizeof(output->data) || pclose(files))
		die("new");
}

static void run(const struct scenario *scenario, unsigned long first, bool all_later, struct result *ret_result)
{
	int out = memfd_create("out", 0), err = memfd_create("err", 0);
	pid_t child;

	if (out < 0 || err < 0 || (!strcmp(scenario->words[0], "collect") && system("rm -rf new")))
		die("run");
	fflush(stdout);
	*fail = (struct fail){ .first = first, .all_later = all_later, .trace = fail->trace };
	child = fork();
	if (child == 0)
		run_command(scenario, out, err);
	if (child < 0 || waitpid(child, &ret_result->status, 0) < 0)
		die("fork");
	read_output(out, &ret_result->out);
	read_output(err, &ret_result->err);
	ret_result->files.size = 0;
	if (!strcmp(scenario->words[0], "collect"))
		read_files(&ret_result->files);
}

static bool same(const struct output *a, const struct output *b)
{
	return a->size == b->size && !memcmp(a->data, b->data, a->size);
}

static bool says_memory(const struct output *output)
{
	return strstr(output->data, "memory") || strstr(output->data, "Cannot allocate");
}

/* What JSON there is, is whole: each line of show, the object of all others. */
static bool is_json(const struct output *output)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	size_t at = 0;
	bool good = true;

	while (good && at < output->size) {
		object = json_tokener_parse_ex(tokener, output->data + at, (int)(output->size - at));
		good = object != NULL;
		at += json_tokener_get_parse_end(tokener);
		at += strspn(output->data + at, "\n");
		json_object_put(object);
	}
	json_tokener_free(tokener);
	return good;
}

static bool asks_tpm(const struct scenario *scenario)
{
	return !strcmp(scenario->words[0], "collect") && strstr(scenario->name, "a TPM");
}

static const char *judge(const struct scenario *scenario, const struct result *good, const struct result *bad)
{
	static char text[64];
	size_t i;

	if (!WIFEXITED(bad->status)) {
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(bad->status));
		return text;
	}
	/* tpm2-tss makes libcrypto anew for each hash, and libcrypto leaks when that fails in the middle. */
	if (WEXITSTATUS(bad->status) == EXIT_LEAK)
		return asks_tpm(scenario) && fail->by_other ? NULL : "a leak";
	if (bad->status == good->status)
		return same(&bad->out, &good->out) && same(&bad->err, &good->err) && same(&bad->files, &good->files) ? NULL :
			"the exit code of success with other output";
	if (bad->files.size)
		return "a directory left behind";
	if (WEXITSTATUS(bad->status) != 3) {
		snprintf(text, sizeof(text), "exit code %d", WEXITSTATUS(bad->status));
		return text;
	}
	for (i = 0; scenario->words[i]; i++)
		if (!strcmp(scenario->words[i], "--json") && !is_json(&bad->out))
			return "JSON that is not whole";
	/* tpm2-tss does not say why it cannot start what speaks to the TPM. */
	return fail->by_other || says_memory(&bad->out) || says_memory(&bad->err) || strstr(bad->err.data, "no TPM can be reached with --tcti") ?
		NULL : "exit code 3 without a word about memory";
}

/* A scenario that allocates in a loop for long is not followed into each round of it; what is left when all later ones fail too, seldom differs. */
#define EACH_UP_TO 200
#define THEN_EVERY 499
#define ALL_LATER_EVERY 7

/* Result: what went wrong how often. */
static unsigned long sweep(const struct scenario *scenario, const struct result *good, unsigned long count, bool all_later)
{
	struct result *bad = malloc(sizeof(*bad));
	unsigned long n, problems = 0;
	const char *problem;

	if (!bad)
		die("malloc");
	for (n = 1; n <= count; n += n > EACH_UP_TO ? THEN_EVERY : all_later ? ALL_LATER_EVERY : 1) {
		run(scenario, n, all_later, bad);
		problem = judge(scenario, good, bad);
		if (!problem)
			continue;
		problems++;
		printf("# allocation %lu of %lu%s: %s\n", n, count, all_later ? " and all later ones" : "", problem);
		printf("#   stdout: %.300s\n#   stderr: %.1500s\n", bad->out.data, bad->err.data);
	}
	free(bad);
	return problems;
}

/* What libcrypto sets up once is set up here: it is not ours, and it leaks when that fails. */
static void warm_up(void)
{
	const int out = dup(1), null = open("/dev/null", O_RDWR);
	size_t i;

	if (out < 0 || null < 0 || dup2(null, 1) < 0)
		die("/dev/null");
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(scenarios[i].words[0], "verify") && !scenarios[i].input)
			call_main(&scenarios[i]);
	fflush(stdout);
	if (dup2(out, 1) < 0)
		die("stdout");
	close(out);
	close(null);
}

static bool test(size_t index)
{
	const struct scenario *scenario = &scenarios[index];
	struct result *good = malloc(sizeof(*good));
	unsigned long count, problems;

	if (!good)
		die("malloc");
	run(scenario, 0, false, good);
	count = fail->count;
	problems = !WIFEXITED(good->status) || WEXITSTATUS(good->status) != scenario->code || !count;
	if (problems)
		printf("# exit %d, %d expected\n# stdout: %.300s\n# stderr: %.1500s\n", WEXITSTATUS(good->status), scenario->code, good->out.data,
		       good->err.data);
	else
		problems = sweep(scenario, good, count, false) + sweep(scenario, good, count, true);
	printf("%sok %zu - %s: %lu allocations\n", problems ? "not " : "", index + 1, scenario->name, count);
	fflush(stdout);
	free(good);
	return !problems;
}

static int show_one(size_t index, long n)
{
	static struct result result;

	fail->trace = true;
	run(&scenarios[index], (unsigned long)labs(n), n < 0, &result);
	printf("exit code %d, %lu refused\nstdout: %s\n", WEXITSTATUS(result.status), fail->refused, result.out.data);
	return 0;
}

int main(int argc, char **argv)
{
	const size_t count = sizeof(scenarios) / sizeof(scenarios[0]);
	bool good = true;
	size_t i;

	fail = mmap(NULL, sizeof(*fail), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fail == MAP_FAILED)
		die("mmap");
	if (argc < 2 || chdir(argv[1]) < 0)
		die("usage: alloc DIR [SCENARIO N]");
	fail_init();
	warm_up();
	if (argc == 3 && strtoul(argv[2], NULL, 10) - 1 < count)
		return test(strtoul(argv[2], NULL, 10) - 1) ? 0 : 1;
	if (argc == 4 && strtoul(argv[2], NULL, 10) - 1 < count)
		return show_one(strtoul(argv[2], NULL, 10) - 1, strtol(argv[3], NULL, 10));
	for (i = 0; i < count; i++)
		good = test(i) && good;
	return good ? 0 : 1;
}
