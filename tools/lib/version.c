// SPDX-License-Identifier: BSD-2-Clause
#include "internal.h"

const char *bc_version(void)
{
	return BC_VERSION;
}
