// SPDX-License-Identifier: BSD-2-Clause
/* What bootchain doctor reads: this machine's files, or those of another one below --root, where nothing can be trusted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>

#include "doctor.h"

#define TEXT_MAX (1u << 20)
/* Of a machine whose files are below --root: what dmesg prints. */
#define SAVED_KERNEL_LOG "/var/log/dmesg"
/* Both are there in the log of a kernel that still has its beginning. */
#define FIRST_LINE "Linux version "
enum { SYSLOG_READ_ALL = 3, SYSLOG_SIZE = 10 };

static bool is_below(const char *root, const char *path)
{
	const size_t length = strlen(root);

	return !strncmp(root, path, length) && (length == 1 || !path[length] || path[length] == '/');
}

enum found doctor_path(struct doctor *d, const char *path, bool directory, char *ret_full, size_t size, char *ret_why)
{
	char full[CMD_PATH_SIZE], real[CMD_PATH_SIZE];
	const char *use = full;
	struct stat st;

	if (!cmd_local_path(d->args, path, full, sizeof(full))) {
		snprintf(ret_why, WHY_SIZE, "the name of the root directory is too long");
		return UNREADABLE;
	}
	if (lstat(full, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return ABSENT;
	if (d->args->root) {
		use = realpath(full, real);
		d->no_memory = d->no_memory || (!use && errno == ENOMEM);
		if (!use || !is_below(d->real_root, use)) {
			snprintf(ret_why, WHY_SIZE, "%s: %s", path, use ? "it leads out of --root" : strerror(errno));
			return UNREADABLE;
		}
	}
	if (stat(use, &st) < 0 || !(directory ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode))) {
		snprintf(ret_why, WHY_SIZE, "%s: it is no plain %s", path, directory ? "directory" : "file");
		return UNREADABLE;
	}
	snprintf(ret_full, size, "%s", use);
	return THERE;
}

int doctor_read(struct doctor *d, const char *path, size_t max, uint8_t **ret_data, size_t *ret_size, char *ret_why)
{
	char full[CMD_PATH_SIZE];
	enum found found = doctor_path(d, path, false, full, sizeof(full), ret_why);
	struct bc_error err;
	int r;

	if (found != THERE)
		return (int)found;
	r = bc_read_file(full, max, ret_data, ret_size, &err);
	if (r == BC_E_NOMEM) {
		d->err = err;
		return r;
	}
	if (r < 0)
		snprintf(ret_why, WHY_SIZE, "%s: %s", path, err.message);
	return r < 0 ? UNREADABLE : THERE;
}

DIR *doctor_open(struct doctor *d, const char *full)
{
	DIR *directory = opendir(full);

	d->no_memory = d->no_memory || (!directory && errno == ENOMEM);
	return directory;
}

bool doctor_has(struct doctor *d, const char *path)
{
	char full[CMD_PATH_SIZE], why[WHY_SIZE];
	struct dirent *entry = NULL;
	DIR *directory;

	if (doctor_path(d, path, true, full, sizeof(full), why) != THERE)
		return false;
	directory = doctor_open(d, full);
	while (directory && (entry = readdir(directory)) && entry->d_name[0] == '.')
		;
	if (directory)
		closedir(directory);
	return entry;
}

/* The ring buffer of the kernel that runs. */
static int read_ring(struct doctor *d)
{
	const int size = klogctl(SYSLOG_SIZE, NULL, 0);
	int got;

	if (size <= 0)
		return 0;
	d->kernel_log = calloc(1, (size_t)size + 1);
	if (!d->kernel_log)
		return bc_error_set(&d->err, BC_E_NOMEM, "out of memory");
	got = klogctl(SYSLOG_READ_ALL, d->kernel_log, size);
	if (got < 0) {
		free(d->kernel_log);
		d->kernel_log = NULL;
	}
	return 0;
}

/* Of a file that was read as a whole; what is behind a NUL is not looked at. */
static int read_text(struct doctor *d, const char *path, char **ret_text)
{
	uint8_t *data = NULL;
	char why[WHY_SIZE];
	size_t size;
	int found = doctor_read(d, path, TEXT_MAX, &data, &size, why);

	if (found < 0)
		return found;
	if (found == THERE)
		*ret_text = (char *)data;
	return 0;
}

int doctor_read_texts(struct doctor *d)
{
	int r = read_text(d, "/proc/cmdline", &d->cmdline);

	if (r == 0)
		r = d->args->root ? read_text(d, SAVED_KERNEL_LOG, &d->kernel_log) : read_ring(d);
	d->kernel_log_whole = d->kernel_log && strstr(d->kernel_log, FIRST_LINE);
	return r;
}

/* As the kernel compares: - and _ are the same. */
static bool is_name(const char *word, const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((word[i] == '-' ? '_' : word[i]) != name[i])
			return false;
	return true;
}

bool doctor_word(const char **at, const char *name, const char **ret_value, int *ret_size)
{
	static const char blanks[] = " \t\n\v\f\r";
	const size_t length = strlen(name);
	const char *word;
	size_t size;

	for (;;) {
		word = *at + strspn(*at, blanks);
		size = strcspn(word, blanks);
		*at = word + size;
		/* Words behind -- are init's. */
		if (!size || (size == 2 && !strncmp(word, "--", 2)))
			return false;
		if (word[0] == '"') {	/* the kernel takes it off */
			word++;
			size--;
		}
		if (size < length || !is_name(word, name, length) || (name[length - 1] != '=' && size != length))
			continue;
		*ret_value = word + length;
		*ret_size = (int)(size - length);
		return true;
	}
}
