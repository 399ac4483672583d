// SPDX-License-Identifier: BSD-2-Clause
/* The evidence on disk: directory or archive written aside and renamed, the directory read back against its evidence.json. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence.h"

#define PATH_SIZE 4096
#define ASIDE_SIZE (PATH_SIZE + 32)

int bc_fail_io(struct bc_error *reterr, const char *path, const char *doing)
{
	const int reason = errno;
	int r = bc_error_set(reterr, BC_E_IO, "cannot %s it: %s", doing, strerror(reason));

	bc_error_source(reterr, path);
	return r;
}

/* ---- Writing ---- */

int bc_write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		data += done;
		size -= (size_t)done;
	}
	return 0;
}

static int write_file(int directory, const char *name, const void *data, size_t size, struct bc_error *reterr)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	int r = 0;

	if (fd < 0)
		return bc_fail_io(reterr, name, "create");
	if (bc_write_all(fd, data, size) < 0 || fsync(fd) < 0)
		r = bc_fail_io(reterr, name, "write");
	if (close(fd) < 0 && r == 0)
		r = bc_fail_io(reterr, name, "write");
	return r;
}

static int write_files(const struct bc_evidence *evidence, int directory, struct bc_error *reterr)
{
	char *text = NULL;
	size_t size;
	int r = 0, i;

	for (i = 0; r == 0 && i < BC_EVIDENCE_FILES; i++) {
		const struct bc_evidence_file *file = &evidence->entry[i].file;

		if (file->name)
			r = write_file(directory, file->name, file->data, file->size, reterr);
	}
	if (r == 0)
		r = bc_evidence_json(evidence, &text, &size, reterr);
	if (r == 0)
		r = write_file(directory, BC_EVIDENCE_DESCRIPTION, text, size, reterr);
	if (r == 0 && fsync(directory) < 0)
		r = bc_fail_io(reterr, "", "write");
	free(text);
	return r;
}

/* Not every file system knows RENAME_NOREPLACE; there the check of bc_evidence_write() is the only one. */
static int rename_new(const char *from, const char *to)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

static void remove_aside(const struct bc_evidence *evidence, const char *aside, int directory)
{
	int i;

	for (i = 0; i < BC_EVIDENCE_FILES; i++)
		if (evidence->entry[i].file.name)
			unlinkat(directory, evidence->entry[i].name, 0);
	unlinkat(directory, BC_EVIDENCE_DESCRIPTION, 0);
	rmdir(aside);
}

static int write_aside(const struct bc_evidence *evidence, const char *aside, const char *directory, struct bc_error *reterr)
{
	int fd = open(aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return bc_fail_io(reterr, aside, "open");
	r = write_files(evidence, fd, reterr);
	if (r == 0 && rename_new(aside, directory) < 0)
		r = bc_fail_io(reterr, directory, "create");
	if (r < 0)
		remove_aside(evidence, aside, fd);
	close(fd);
	return r;
}

/* The name without slashes at its end, which must be a new one, and the name aside. */
static int choose_names(const char *path, char *ret_name, char *ret_aside, struct bc_error *reterr)
{
	size_t length = strlen(path);
	struct stat st;
	int r;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (!length || length >= PATH_SIZE)
		return bc_error_set(reterr, BC_E_USAGE, "name of the output is empty or too long");
	snprintf(ret_name, PATH_SIZE, "%.*s", (int)length, path);
	if (!lstat(ret_name, &st)) {
		r = bc_error_set(reterr, BC_E_USAGE, "it exists already; give a new name");
		bc_error_source(reterr, ret_name);
		return r;
	}
	snprintf(ret_aside, ASIDE_SIZE, "%s.part-%ld", ret_name, (long)getpid());
	return 0;
}

int bc_evidence_write_tar(const struct bc_evidence *evidence, const char *path, struct bc_error *reterr)
{
	char name[PATH_SIZE], aside[ASIDE_SIZE];
	int fd, r;

	if (!strcmp(path, "-"))
		return bc_evidence_put_tar(evidence, STDOUT_FILENO, "standard output", reterr);
	r = choose_names(path, name, aside, reterr);
	if (r < 0)
		return r;
	fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return bc_fail_io(reterr, aside, "create");
	r = bc_evidence_put_tar(evidence, fd, aside, reterr);
	if (r == 0 && fsync(fd) < 0)
		r = bc_fail_io(reterr, aside, "write");
	if (close(fd) < 0 && r == 0)
		r = bc_fail_io(reterr, aside, "write");
	if (r == 0 && rename_new(aside, name) < 0)
		r = bc_fail_io(reterr, name, "create");
	if (r < 0)
		unlink(aside);
	return r;
}

int bc_evidence_write(const struct bc_evidence *evidence, const char *directory, struct bc_error *reterr)
{
	char name[PATH_SIZE], aside[ASIDE_SIZE];
	int r = choose_names(directory, name, aside, reterr);

	if (r < 0)
		return r;
	if (mkdir(aside, 0755) < 0)
		return bc_fail_io(reterr, aside, "create");
	return write_aside(evidence, aside, name, reterr);
}

/* ---- Reading ---- */

static int read_entry(const char *directory, const char *name, size_t max, uint8_t **ret_data, size_t *ret_size, struct bc_error *reterr)
{
	char path[PATH_SIZE];
	struct stat st;
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return bc_error_set(reterr, BC_E_USAGE, "name of the directory is too long");
	if (lstat(path, &st) < 0)
		return bc_fail_io(reterr, path, "open");
	if (!S_ISREG(st.st_mode)) {
		r = bc_error_found(reterr, BC_E_INPUT, "file", "a plain file", "%s", S_ISDIR(st.st_mode) ? "a directory" : S_ISLNK(st.st_mode) ?
				   "a symbolic link" : "something else");
		bc_error_source(reterr, path);
		return r;
	}
	return bc_read_file(path, max, ret_data, ret_size, reterr);
}

static int read_files(const char *directory, struct bc_evidence *evidence, struct bc_error *reterr)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	uint8_t *data;
	size_t size;
	int r = 0;

	if (!dir)
		return bc_fail_io(reterr, directory, "open");
	while (r == 0 && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || !strcmp(entry->d_name, BC_EVIDENCE_DESCRIPTION))
			continue;
		if (bc_evidence_index(entry->d_name) < 0) {
			r = bc_evidence_refuse_name(entry->d_name, reterr);
			bc_error_source(reterr, directory);
			break;
		}
		r = read_entry(directory, entry->d_name, BC_EVIDENCE_MAX - evidence->total, &data, &size, reterr);
		if (r < 0)
			break;
		r = bc_evidence_add(evidence, entry->d_name, "", data, size, reterr);
		bc_free(data);
	}
	closedir(dir);
	return r;
}

int bc_evidence_read(const char *directory, struct bc_evidence **ret_evidence, struct bc_error *reterr)
{
	struct bc_evidence *evidence = NULL;
	uint8_t *text = NULL;
	char path[PATH_SIZE];
	size_t size;
	int r;

	r = bc_evidence_new(&evidence, reterr);
	if (r < 0)
		return r;
	r = read_files(directory, evidence, reterr);
	if (r < 0)
		goto out;
	r = read_entry(directory, BC_EVIDENCE_DESCRIPTION, BC_EVIDENCE_JSON_MAX, &text, &size, reterr);
	if (r < 0)
		goto out;
	r = bc_evidence_parse(evidence, text, size, reterr);
	if (r < 0) {
		snprintf(path, sizeof(path), "%.4000s/" BC_EVIDENCE_DESCRIPTION, directory);
		bc_error_source(reterr, path);
		goto out;
	}
	*ret_evidence = evidence;
	evidence = NULL;
out:
	bc_free(text);
	bc_evidence_free(evidence);
	return r;
}
