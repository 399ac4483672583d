/* SPDX-License-Identifier: BSD-2-Clause */
/* What lib/fdt_rule.c, lib/fdt_volatile.c and lib/fdt_compare.c share. */
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

/* As many paths as U-Boot takes. */
#define BC_FDT_NODES_MAX 16
/* A path of a rule: matched of its names are those of the node at hand and of the nodes above it. */
struct bc_fdt_node { const char *path; int names, matched; bool found; };
struct bc_fdt_nodes { size_t count; struct bc_fdt_node node[BC_FDT_NODES_MAX]; };

/* Take a rule apart; the paths are borrowed from it. Errors: BC_E_UNSUPPORTED for another rule, BC_E_INPUT for what is no list of paths. */
int bc_fdt_rule_parse(const char *rule, struct bc_fdt_nodes *ret_nodes, struct bc_error *reterr) BC_MUST_CHECK;

/* Blank the properties of these nodes in a checked tree. Error: BC_E_INPUT when a path leads to two nodes. */
int bc_fdt_blank_nodes(uint8_t *tree, struct bc_fdt_nodes *nodes, struct bc_error *reterr) BC_MUST_CHECK;

#endif
