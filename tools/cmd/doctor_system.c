// SPDX-License-Identifier: BSD-2-Clause
/* bootchain doctor: IMA's state and policy, EVM, keys, command line: what the running system says of itself. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

#define SECURITYFS "/sys/kernel/security"
#define VALUE_MAX 4096
#define POLICY_MAX (1u << 20)
#define KEYS_MAX (16u << 20)
/* Entries that the kernel writes itself, whatever the policy: boot_aggregate, firmware_log. */
#define OWN_ENTRIES 2
/* Bits of SECURITYFS/evm (Documentation/ABI/testing/evm). */
#define EVM_KEYS 3u
#define EVM_METADATA_WRITES 4u

/* A small file as text; *ret_text is NULL when it is not there or cannot be read, and ret_why says which. */
static int read_text(struct doctor *d, const char *path, size_t max, char **ret_text, char *ret_why)
{
	uint8_t *data = NULL;
	size_t size;
	int r = doctor_read(d, path, max, &data, &size, ret_why);

	*ret_text = (char *)data;
	if (r == ABSENT)
		snprintf(ret_why, WHY_SIZE, "there is no %s%s", path, doctor_has(d, SECURITYFS) || strncmp(path, SECURITYFS, strlen(SECURITYFS)) ?
			 "" : ": securityfs is not mounted, or was not copied");
	return r < 0 ? r : 0;
}

/* A line of text; *at moves behind it. False at the end. */
static bool next_line(const char **at, const char **ret_line, size_t *ret_size)
{
	if (!**at)
		return false;
	*ret_line = *at;
	*ret_size = strcspn(*at, "\n");
	*at += *ret_size + ((*at)[*ret_size] == '\n');
	return true;
}

/* ---- IMA ---- */

/* Of a kernel with our series: "active 812". */
static int check_tpm_state(struct doctor *d)
{
	char why[WHY_SIZE];
	char *text = NULL;
	int r = read_text(d, SECURITYFS "/ima/tpm_state", VALUE_MAX, &text, why);

	if (text && strncmp(text, "active ", strlen("active ")))
		check_bad(d, IMA_TPM, "tpm_state is \"%.*s\"", (int)strcspn(text, "\n") < 64 ? (int)strcspn(text, "\n") : 64, text);
	bc_free(text);
	return r;
}

static void judge_policy(struct doctor *d, const char *text)
{
	unsigned int measure = 0, appraise = 0, lines = 0;
	const char *line;
	size_t size;

	while (next_line(&text, &line, &size)) {
		lines++;
		measure += size > 8 && !strncmp(line, "measure ", 8);
		appraise += size > 9 && !strncmp(line, "appraise ", 9);
	}
	if (measure)
		check_good(d, IMA_POLICY, "%u rules measure", measure);
	else
		check_bad(d, IMA_POLICY, "the policy has %u rules", lines);
	if (appraise)
		check_good(d, IMA_APPRAISES, "%u rules appraise", appraise);
	else
		check_bad(d, IMA_APPRAISES, "%s", "");
}

static int check_policy(struct doctor *d)
{
	const bool measured = d->verdict && d->verdict->ima_entries > OWN_ENTRIES;
	char why[WHY_SIZE];
	char *text = NULL;
	int r = read_text(d, SECURITYFS "/ima/policy", POLICY_MAX, &text, why);

	if (text) {
		judge_policy(d, text);
	} else {
		/* A kernel without CONFIG_IMA_READ_POLICY. */
		if (measured)
			check_good(d, IMA_POLICY, "it cannot be read, but there are entries of files");
		else
			check_not_known(d, IMA_POLICY, "%s", why);
		check_not_known(d, IMA_APPRAISES, "%s", why);
	}
	bc_free(text);
	return r;
}

/* ---- EVM ---- */

static int check_evm(struct doctor *d)
{
	char why[WHY_SIZE], *text = NULL, *end;
	unsigned long value;
	int r = read_text(d, SECURITYFS "/evm", VALUE_MAX, &text, why);

	if (!text) {
		if (r == 0 && doctor_has(d, SECURITYFS) && !strncmp(why, "there is no ", strlen("there is no ")))
			check_bad(d, EVM_ACTIVE, "the kernel has none");
		check_not_known(d, EVM_ACTIVE, "%s", why);
		check_not_known(d, EVM_STRICT, "%s", why);
		return r;
	}
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || (*end && *end != '\n')) {
		check_not_known(d, EVM_ACTIVE, SECURITYFS "/evm: it is no number");
		check_not_known(d, EVM_STRICT, SECURITYFS "/evm: it is no number");
	} else if (value & EVM_KEYS) {
		check_good(d, EVM_ACTIVE, "state %lu", value);
	} else {
		check_bad(d, EVM_ACTIVE, "state %lu: no key is loaded", value);
	}
	if (value & EVM_METADATA_WRITES)
		check_bad(d, EVM_STRICT, "state %lu", value);
	else
		check_good(d, EVM_STRICT, "%s", "");
	bc_free(text);
	return 0;
}

/* ---- keys ---- */

struct keyring { const char *name; enum check check; };

/* A line of /proc/keys: "0f3f8a3c I------     1 perm 1f0b0000     0     0 keyring   .ima: 1", or "... .ima: empty". */
static bool is_keyring(const char *line, size_t size, const char *name, bool *ret_empty)
{
	char copy[512], wanted[64], *at;

	snprintf(copy, sizeof(copy), "%.*s", (int)(size < sizeof(copy) ? size : sizeof(copy) - 1), line);
	snprintf(wanted, sizeof(wanted), " %s: ", name);
	at = strstr(copy, wanted);
	if (!at || !strstr(copy, " keyring "))
		return false;
	*ret_empty = !strncmp(at + strlen(wanted), "empty", 5);
	return true;
}

static void check_keyring(struct doctor *d, const char *text, const struct keyring *keyring)
{
	const char *line;
	bool empty = true, found = false;
	size_t size;

	while (!found && next_line(&text, &line, &size))
		found = is_keyring(line, size, keyring->name, &empty);
	if (!empty)
		check_good(d, keyring->check, "%s", keyring->name);
	else
		check_bad(d, keyring->check, "%s %s", keyring->name, found ? "is empty" : "is not there");
}

static int check_keys(struct doctor *d)
{
	static const struct keyring keyrings[] = {
		{ ".builtin_trusted_keys", KEYS_CA }, { ".ima", KEYS_IMA }, { ".evm", KEYS_EVM },
	};
	char why[WHY_SIZE], *text = NULL;
	size_t i;
	int r = read_text(d, "/proc/keys", KEYS_MAX, &text, why);

	for (i = 0; i < ARRAY_SIZE(keyrings); i++) {
		/* The kernel's keyrings are root's: who sees none of them, sees nothing. */
		if (text && strstr(text, " keyring   ."))
			check_keyring(d, text, &keyrings[i]);
		else
			check_not_known(d, keyrings[i].check, "%s", text ? "/proc/keys shows no keyring of the kernel: read it as root" : why);
	}
	bc_free(text);
	return r;
}

/* ---- the kernel's log ---- */

static void check_kernel_log(struct doctor *d)
{
	static const struct { const char *text; enum check check; } lines[] = {
		{ "No TPM chip found, activating TPM-bypass", IMA_TPM },
		{ "Problem loading X.509 certificate", KEYS_REFUSED },
		{ "integrity: Unable to open file", KEYS_REFUSED },
	};
	const char *at = d->kernel_log, *line, *text;
	size_t size, i;

	while (at && next_line(&at, &line, &size)) {
		for (i = 0; i < ARRAY_SIZE(lines); i++) {
			text = memmem(line, size, lines[i].text, strlen(lines[i].text));
			if (text)
				check_bad(d, lines[i].check, "kernel log: %.*s", (int)(line + size - text), text);
		}
	}
	if (d->kernel_log_whole)
		check_good(d, KEYS_REFUSED, "%s", "");
	else
		check_not_known(d, KEYS_REFUSED, "the kernel log is not there from its beginning");
}

/* ---- the command line ---- */

/* Words that weaken; begins: the kernel compares a value only as far as its own text. */
static const struct { const char *name, *value; bool begins; enum check check; } weak[] = {
	{ "ima_appraise=", "off", true, CMDLINE_APPRAISE },
	{ "ima_appraise=", "log", true, CMDLINE_APPRAISE },
	{ "ima_appraise=", "fix", true, CMDLINE_APPRAISE },
	{ "evm=", "fix", true, CMDLINE_EVM },
	{ "ima_hash=", "sha1", false, CMDLINE_HASH },
	{ "ima_hash=", "md5", false, CMDLINE_HASH },
	{ "ima_template=", "ima", false, CMDLINE_HASH },
	{ "nokaslr", "", false, CMDLINE_KASLR },
};

static const char *const policy_words[] = { "ima_policy=", "ima_tcb", "ima_appraise_tcb" };

static bool has_item(const char *list, int size, const char *item)
{
	const int length = (int)strlen(item);
	int at = 0, end;

	for (; at <= size; at = end + 1) {
		for (end = at; end < size && list[end] != ','; end++)
			;
		if (end - at == length && !strncmp(list + at, item, (size_t)length))
			return true;
	}
	return false;
}

static void check_weak(struct doctor *d)
{
	const char *at, *value;
	size_t i, length;
	int size;

	for (i = 0; i < ARRAY_SIZE(weak); i++) {
		length = strlen(weak[i].value);
		for (at = d->cmdline; doctor_word(&at, weak[i].name, &value, &size);)
			if ((weak[i].begins ? size >= (int)length : size == (int)length) && !strncmp(value, weak[i].value, length))
				check_bad(d, weak[i].check, "%s%.*s", weak[i].name, size, value);
		check_good(d, weak[i].check, "%s", "");
	}
}

static void check_words(struct doctor *d)
{
	const char *at, *value;
	size_t i;
	int size;

	for (i = 0; i < ARRAY_SIZE(policy_words); i++) {
		at = d->cmdline;
		if (doctor_word(&at, policy_words[i], &value, &size))
			check_good(d, CMDLINE_POLICY, "%s", "");
	}
	if (d->result[CMDLINE_POLICY].state != GOOD)
		check_bad(d, CMDLINE_POLICY, "%s", "there is no ima_policy=");
	for (at = d->cmdline; doctor_word(&at, "lsm=", &value, &size);)
		if (!has_item(value, size, "integrity"))
			check_bad(d, CMDLINE_LSM, "lsm=%.*s", size, value);
	check_good(d, CMDLINE_LSM, "%s", "");
}

static void check_cmdline(struct doctor *d)
{
	static const enum check checks[] = { CMDLINE_APPRAISE, CMDLINE_EVM, CMDLINE_HASH, CMDLINE_POLICY, CMDLINE_LSM, CMDLINE_KASLR };
	size_t i;

	if (d->cmdline) {
		check_weak(d);
		check_words(d);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		check_not_known(d, checks[i], "/proc/cmdline cannot be read");
}

int doctor_system(struct doctor *d)
{
	int r = check_tpm_state(d);

	if (r == 0)
		r = check_policy(d);
	if (r == 0)
		r = check_evm(d);
	if (r == 0)
		r = check_keys(d);
	check_kernel_log(d);
	check_cmdline(d);
	return r;
}
