// SPDX-License-Identifier: BSD-2-Clause
/*
 * The program's own malloc() and its kin, which those of the C library and of ASan give way to: calls from json-c, libcrypto and stdio come
 * here too. What is not refused goes on to ASan.
 */
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/common_interface_defs.h>

#include "fail.h"

static struct code { const char *library; uintptr_t start, size; } json = { .library = "libjson-c" }, others[] = {
	{ .library = "libcrypto" }, { .library = "libtss2-esys" }, { .library = "libtss2-sys" }, { .library = "libtss2-mu" },
	{ .library = "libtss2-rc" }, { .library = "libtss2-tctildr" }, { .library = "ld-linux" },
};
static struct fail none;
struct fail *fail = &none;

/* What ASan calls its own. */
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *old, size_t size);
char *__interceptor_strdup(const char *text);
char *__interceptor_strndup(const char *text, size_t size);

static int find_code(struct dl_phdr_info *info, size_t size, void *data)
{
	struct code *code = data;
	size_t i;

	(void)size;
	for (i = 0; strstr(info->dlpi_name, code->library) && i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
			code->start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			code->size = info->dlpi_phdr[i].p_memsz;
		}
	}
	return 0;
}

void fail_init(void)
{
	dl_iterate_phdr(find_code, &json);
}

static bool is_in(const struct code *code, const void *caller)
{
	return (uintptr_t)caller - code->start < code->size;
}

/* Asked anew each time: tpm2-tss and what it needs are loaded late. */
static bool is_others(const void *caller)
{
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		dl_iterate_phdr(find_code, &others[i]);
		if (is_in(&others[i], caller))
			return true;
	}
	return false;
}

static bool refuse(const void *caller)
{
	/* json-c 0.16 crashes or leaks when memory ends: what it asks for is not refused. */
	if (!fail->armed || is_in(&json, caller))
		return false;
	fail->count++;
	if (!fail->first || fail->count < fail->first || (fail->count > fail->first && !fail->all_later))
		return false;
	fail->refused++;
	fail->by_other = fail->by_other || is_others(caller);
	if (fail->trace) {
		fail->armed = false;
		__sanitizer_print_stack_trace();
		fail->armed = true;
	}
	errno = ENOMEM;
	return true;
}

/* Seen by the libraries too, whatever -fvisibility says. */
#pragma GCC visibility push(default)

void *malloc(size_t size)
{
	return refuse(__builtin_return_address(0)) ? NULL : __interceptor_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return refuse(__builtin_return_address(0)) ? NULL : __interceptor_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return refuse(__builtin_return_address(0)) ? NULL : __interceptor_realloc(old, size);
}

char *strdup(const char *text)
{
	return refuse(__builtin_return_address(0)) ? NULL : __interceptor_strdup(text);
}

char *strndup(const char *text, size_t size)
{
	return refuse(__builtin_return_address(0)) ? NULL : __interceptor_strndup(text, size);
}

#pragma GCC visibility pop
