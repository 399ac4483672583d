// SPDX-License-Identifier: BSD-2-Clause
/* bootchain doctor: the TPM itself, and what the device tree says of it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "doctor.h"

#define CLASS "/sys/class/tpm"
#define GPIO_CLASS "/sys/class/gpio"
#define FDT "/sys/firmware/fdt"
#define PATH_SIZE 256
#define VALUE_MAX 4096

/* ---- the tree ---- */

static int read_tree(struct doctor *d, char *ret_why)
{
	struct bc_error err;
	uint8_t *data = NULL;
	size_t size;
	int r = doctor_read(d, FDT, BC_FDT_MAX, &data, &size, ret_why);

	if (r == ABSENT)
		snprintf(ret_why, WHY_SIZE, "there is no " FDT);
	if (r != THERE)
		return r < 0 ? r : 0;
	r = bc_fdt_facts(data, size, &d->tree, &err);
	if (r < 0) {
		snprintf(ret_why, WHY_SIZE, "%s: %s", FDT, err.message);
		bc_free(data);
		return 0;
	}
	d->fdt = data;
	d->fdt_size = size;
	return 0;
}

/* A line that somebody has handed to user space, and called after the TPM. */
static bool find_exported(struct doctor *d, char *ret_name, size_t size)
{
	char full[CMD_PATH_SIZE], why[WHY_SIZE];
	struct dirent *entry = NULL;
	DIR *directory;

	if (doctor_path(d, GPIO_CLASS, true, full, sizeof(full), why) != THERE)
		return false;
	directory = doctor_open(d, full);
	while (directory && (entry = readdir(directory)))
		if (strcasestr(entry->d_name, "tpm"))
			break;
	if (entry)
		snprintf(ret_name, size, "%.64s", entry->d_name);
	if (directory)
		closedir(directory);
	return entry;
}

static void check_reset_line(struct doctor *d, const char *why)
{
	const char *property = d->tree.reset_property;
	char name[80];

	if (find_exported(d, name, sizeof(name)))
		check_bad(d, TPM_RESET_LINE, "a line is exported as " GPIO_CLASS "/%s", name);
	if (d->fdt && d->tree.reset[0] && !strncmp(property, "gpio-", 5))
		check_bad(d, TPM_RESET_LINE, "%s: %s names a line after the TPM: who can write to the controller drives it", d->tree.reset, property);
	else if (d->fdt && d->tree.reset[0])
		check_bad(d, TPM_RESET_LINE, "%s has %s", d->tree.reset, property);
	else if (d->fdt)
		check_good(d, TPM_RESET_LINE, "%s", "");
	else
		check_not_known(d, TPM_RESET_LINE, "%s", why);
}

static void check_seed(struct doctor *d, const char *why)
{
	if (!d->fdt)
		check_not_known(d, TREE_KASLR_SEED, "%s", why);
	else if (d->tree.kaslr_seed)
		check_good(d, TREE_KASLR_SEED, "%s", d->tree.kaslr_seed_wiped ? "" : "it can still be read there");
	else
		check_bad(d, TREE_KASLR_SEED, "%s", "");
}

/* ---- the TPM ---- */

/* The driver's name, from the link in sysfs; "" when there is none. */
static void find_driver(const struct doctor *d, char *ret_name, size_t size)
{
	char path[CMD_PATH_SIZE + PATH_SIZE], link[CMD_PATH_SIZE];
	const char *slash;
	ssize_t length;

	ret_name[0] = '\0';
	snprintf(path, sizeof(path), "%s" CLASS "/%s/device/driver", d->args->root ? d->args->root : "", d->local.tpm);
	length = readlink(path, link, sizeof(link) - 1);
	if (length <= 0)
		return;
	link[length] = '\0';
	slash = strrchr(link, '/');
	snprintf(ret_name, size, ", driver %.40s", slash ? slash + 1 : link);
}

static void check_no_tpm(struct doctor *d)
{
	if (!doctor_has(d, "/sys/class"))
		check_not_known(d, TPM_FOUND, "there is no /sys/class: sysfs is not mounted, or was not copied");
	else if (d->fdt && d->tree.tpm_count)
		check_bad(d, TPM_FOUND, "the tree has one (%s, %s), but no driver has taken it", d->tree.tpm, d->tree.compatible);
	else if (d->fdt)
		check_bad(d, TPM_FOUND, "the tree has %s", d->tree.tpm_disabled ? "one that is disabled" : "none");
	else
		check_bad(d, TPM_FOUND, "nothing in " CLASS);
}

static int check_version(struct doctor *d)
{
	char path[PATH_SIZE], why[WHY_SIZE];
	uint8_t *data = NULL;
	size_t size;
	int r;

	snprintf(path, sizeof(path), CLASS "/%s/tpm_version_major", d->local.tpm);
	r = doctor_read(d, path, VALUE_MAX, &data, &size, why);
	if (r < 0)
		return r;
	if (r != THERE)
		check_not_known(d, TPM_VERSION, "%s", r == ABSENT ? "the kernel does not say" : why);
	else if (size && data[0] == '2' && (size == 1 || data[1] == '\n'))
		check_good(d, TPM_VERSION, "%s", "");
	else
		check_bad(d, TPM_VERSION, "its version is %.8s", (const char *)data);
	bc_free(data);
	return 0;
}

/* With --root, each file that the library will open is looked at first. */
static bool pcrs_are_plain(struct doctor *d, const char *full, char *ret_why)
{
	char path[PATH_SIZE], file[CMD_PATH_SIZE];
	struct dirent *entry;
	DIR *directory = d->args->root ? doctor_open(d, full) : NULL;
	bool plain = true;
	unsigned int pcr;

	while (plain && directory && (entry = readdir(directory))) {
		for (pcr = 0; plain && !strncmp(entry->d_name, "pcr-", 4) && pcr < BC_PCR_COUNT; pcr++) {
			snprintf(path, sizeof(path), "%s/%.64s/%u", d->local.pcrs, entry->d_name, pcr);
			plain = doctor_path(d, path, false, file, sizeof(file), ret_why) != UNREADABLE;
		}
	}
	if (directory)
		closedir(directory);
	return plain;
}

/* Banks that this build cannot hash with are left out, and said. */
static void check_banks(struct doctor *d, const struct bc_pcrs *pcrs)
{
	char names[160] = "", label[16];
	bool strong = false;
	size_t i, used = 0;

	for (i = 0; i < pcrs->count; i++) {
		const bool usable = bc_hash_available(pcrs->bank[i].alg) && cmd_wants_bank(d->args, pcrs->bank[i].alg);

		bc_algorithm_label(pcrs->bank[i].alg, label);
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s%s", i ? ", " : "", label, usable ? "" : " (not looked at)");
		d->active[d->active_count++] = pcrs->bank[i].alg;
		strong = strong || pcrs->bank[i].size > bc_algorithm_by_name("sha1", 0)->size;
		if (usable)
			d->pcrs.bank[d->pcrs.count++] = pcrs->bank[i];
	}
	if (strong)
		check_good(d, TPM_BANKS, "%s", names);
	else
		check_bad(d, TPM_BANKS, "%s", names);
}

static int read_pcrs(struct doctor *d)
{
	struct bc_pcrs *pcrs = calloc(1, sizeof(*pcrs));
	char full[CMD_PATH_SIZE], why[WHY_SIZE] = "there are no PCR values in sysfs";
	int r = 0;

	if (!pcrs)
		return bc_error_set(&d->err, BC_E_NOMEM, "out of memory");
	if (doctor_path(d, d->local.pcrs, true, full, sizeof(full), why) == THERE && pcrs_are_plain(d, full, why)) {
		r = bc_pcrs_read_path(full, pcrs, &d->err);
		if (r < 0)
			snprintf(why, sizeof(why), "PCR values: %s", d->err.message);
	}
	if (r < 0 || !pcrs->count)
		check_not_known(d, TPM_BANKS, "%s", why);
	else
		check_banks(d, pcrs);
	free(pcrs);
	return r == BC_E_NOMEM ? r : 0;
}

/* ---- the platform hierarchy ---- */

static void check_platform(struct doctor *d)
{
	enum bc_tpm_platform platform;
	char device[40];
	const char *tcti = d->tcti;
	struct bc_error err;

	if (!tcti && (d->args->root || !d->have_tpm)) {
		check_not_known(d, TPM_PLATFORM, "%s", d->have_tpm ? "with --root no TPM is asked (--tcti names one)" : "there is no TPM");
		return;
	}
	if (!tcti) {
		snprintf(device, sizeof(device), "device:/dev/tpmrm%.4s", d->local.tpm + 3);
		tcti = device;
	}
	setenv("TSS2_LOG", "all+none", 0);	/* tpm2-tss would write its own lines; the error says the same */
	if (bc_tpm_platform(tcti, &platform, &err) < 0)
		check_not_known(d, TPM_PLATFORM, "%s", err.message);
	else if (platform == BC_TPM_PLATFORM_OPEN)
		check_bad(d, TPM_PLATFORM, "%s", "");
	else
		check_good(d, TPM_PLATFORM, "%s", platform == BC_TPM_PLATFORM_LOCKED ? "enabled, with an authorization value" : "");
}

int doctor_tpm(struct doctor *d)
{
	char why[WHY_SIZE] = "", driver[64];
	int r = read_tree(d, why);

	if (r < 0)
		return r;
	check_reset_line(d, why);
	check_seed(d, why);
	d->have_tpm = d->local.tpm[0];
	if (d->have_tpm) {
		find_driver(d, driver, sizeof(driver));
		check_good(d, TPM_FOUND, "%s%s", d->local.tpm, driver);
		r = check_version(d);
		if (r == 0)
			r = read_pcrs(d);
	} else {
		check_no_tpm(d);
		check_not_known(d, TPM_VERSION, "there is no TPM");
		check_not_known(d, TPM_BANKS, "there is no TPM");
	}
	if (r == 0)
		check_platform(d);
	return r;
}
