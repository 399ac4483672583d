// SPDX-License-Identifier: BSD-2-Clause
/* Loading tpm2-tss. */
#include <dlfcn.h>
#include <string.h>

#include "tpm_tss.h"

static int lacks(const char *what, struct bc_error *reterr)
{
	const char *why = dlerror();

	return bc_error_set(reterr, BC_E_UNSUPPORTED, "a TPM is asked with the libraries of tpm2-tss, and %s cannot be loaded: %.200s", what,
			    why ? why : "no reason is given");
}

static int load(void **ret_library, const char *file, struct bc_error *reterr)
{
	*ret_library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	return *ret_library ? 0 : lacks(file, reterr);
}

/* ret_function is a pointer to a pointer to a function, which C has no type for. */
static int find(void *library, const char *name, void *ret_function, struct bc_error *reterr)
{
	void *address = dlsym(library, name);

	if (!address)
		return lacks(name, reterr);
	memcpy(ret_function, &address, sizeof(address));
	return 0;
}

int bc_tss_open(struct bc_tss *ret_tss, struct bc_error *reterr)
{
	struct bc_tss tss = { 0 };
	int r = 0;

#define LIBRARY(name, file) if (r == 0) r = load(&tss.name, file, reterr);
	BC_TSS_LIBRARIES(LIBRARY)
#undef LIBRARY
#define FUNCTION(library, name) if (r == 0) r = find(tss.library, #name, &tss.name, reterr);
	BC_TSS_FUNCTIONS(FUNCTION)
#undef FUNCTION
	if (r < 0) {
		bc_tss_close(&tss);
		return r;
	}
	*ret_tss = tss;
	return 0;
}

void bc_tss_close(struct bc_tss *tss)
{
#define LIBRARY(name, file) if (tss->name) dlclose(tss->name);
	BC_TSS_LIBRARIES(LIBRARY)
#undef LIBRARY
	memset(tss, 0, sizeof(*tss));
}
