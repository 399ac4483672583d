/* SPDX-License-Identifier: BSD-2-Clause */
/* What lib/fdt_rule.c and lib/fdt_compare.c share. */
#ifndef BC_FDT_TREE_H
#define BC_FDT_TREE_H

#include "bootchain.h"

/*
 * Refuse bytes that are not exactly one flat tree of version 17. tree is aligned to eight bytes (malloc() does), else BC_E_INPUT.
 * Behind this check every libfdt offset is good.
 */
int bc_fdt_check(const void *tree, size_t size, struct bc_error *reterr) BC_MUST_CHECK;

/* Has Linux' EFI stub written into it? Then it is not the firmware's tree any more. */
int bc_fdt_by_stub(const void *tree, size_t size, bool *ret_stub, struct bc_error *reterr) BC_MUST_CHECK;

#endif
