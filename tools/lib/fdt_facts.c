// SPDX-License-Identifier: BSD-2-Clause
/* What a device tree says of the TPM, its reset line and the seeds: facts for people, judged by nobody here. */
#include <libfdt.h>
#include <string.h>
#include <strings.h>

#include "fdt_tree.h"
#include "internal.h"

/* Deeper than any real tree; bc_fdt_compare_new() has the same bound. */
#define DEPTH_MAX 64

static bool is_enabled(const void *tree, int node)
{
	int length;
	const char *status = fdt_getprop(tree, node, "status", &length);

	return !status || (length == sizeof("okay") && !memcmp(status, "okay", sizeof("okay"))) ||
	       (length == sizeof("ok") && !memcmp(status, "ok", sizeof("ok")));
}

/* Devicetree binding tpm-common.yaml: the node's name is tpm or tpm@...; compatible has tcg,tpm... in it for those that are named otherwise. */
static bool is_tpm(const void *tree, int node, const char *name)
{
	int count = fdt_stringlist_count(tree, node, "compatible"), i;
	const char *compatible;

	if (count > 0 && !strncmp(name, "tpm", 3) && (!name[3] || name[3] == '@'))
		return true;
	for (i = 0; i < count; i++) {
		compatible = fdt_stringlist_get(tree, node, "compatible", i, NULL);
		if (compatible && !strncmp(compatible, "tcg,tpm", 7))
			return true;
	}
	return false;
}

static void copy_escaped(char *ret_text, size_t size, const char *text)
{
	bc_escape(text, strlen(text), ret_text, size);
}

/* The path of a node, escaped; a path that is too long for it is cut. */
static void take_path(const void *tree, int node, char *ret_path, size_t size)
{
	char path[1024];

	if (fdt_get_path(tree, node, path, sizeof(path)))
		bc_copy_text(path, sizeof(path), "a node with a long path");
	copy_escaped(ret_path, size, path);
}

static void take_tpm(const void *tree, int node, struct bc_fdt_facts *facts)
{
	/* tpm-common.yaml, and what U-Boot's SPI driver takes besides */
	static const char *const lines[] = { "reset-gpios", "gpio-reset", "resets" };
	const char *compatible;
	size_t i;

	if (!is_enabled(tree, node)) {
		facts->tpm_disabled = true;
		return;
	}
	if (!facts->tpm_count++) {
		take_path(tree, node, facts->tpm, sizeof(facts->tpm));
		compatible = fdt_stringlist_get(tree, node, "compatible", 0, NULL);
		copy_escaped(facts->compatible, sizeof(facts->compatible), compatible ? compatible : "");
	}
	facts->log = facts->log || fdt_getprop(tree, node, "linux,sml-base", NULL) || fdt_getprop(tree, node, "memory-region", NULL);
	for (i = 0; i < BC_ARRAY_SIZE(lines) && !facts->reset[0]; i++) {
		if (!fdt_getprop(tree, node, lines[i], NULL))
			continue;
		take_path(tree, node, facts->reset, sizeof(facts->reset));
		facts->reset_property = lines[i];
	}
}

static bool names_tpm(const char *text)
{
	return text && strcasestr(text, "tpm");
}

/* A line that a GPIO controller's node calls after the TPM: claimed by the kernel (gpio-hog), or only named. */
static void look_for_line(const void *tree, int node, const char *name, struct bc_fdt_facts *facts)
{
	const bool hog = fdt_getprop(tree, node, "gpio-hog", NULL);
	int count = fdt_stringlist_count(tree, node, "gpio-line-names"), i;
	bool found = hog && (names_tpm(name) || names_tpm(fdt_stringlist_get(tree, node, "line-name", 0, NULL)));

	if (facts->reset[0])
		return;
	facts->reset_property = found ? "gpio-hog" : NULL;
	for (i = 0; !found && i < count; i++) {
		found = names_tpm(fdt_stringlist_get(tree, node, "gpio-line-names", i, NULL));
		facts->reset_property = found ? "gpio-line-names" : NULL;
	}
	if (found)
		take_path(tree, node, facts->reset, sizeof(facts->reset));
}

static void take_chosen(const void *tree, int node, struct bc_fdt_facts *facts)
{
	int length;
	const uint8_t *seed = fdt_getprop(tree, node, "kaslr-seed", &length);

	facts->kaslr_seed = seed && length > 0;
	/* Linux writes zeros over it once it has moved itself, and takes rng-seed out. */
	facts->kaslr_seed_wiped = facts->kaslr_seed && bc_all_bytes(seed, (size_t)length, 0);
	facts->rng_seed = fdt_getprop(tree, node, "rng-seed", NULL);
}

int bc_fdt_facts(const void *tree, size_t size, struct bc_fdt_facts *ret_facts, struct bc_error *reterr)
{
	struct bc_fdt_facts facts = { 0 };
	int node, depth = 0;
	const char *name;
	int r = bc_fdt_check(tree, size, reterr);

	if (r < 0)
		return r;
	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(tree, node, &depth)) {
		if (depth > DEPTH_MAX)
			return bc_error_found(reterr, BC_E_UNSUPPORTED, "device tree", "few enough levels of nodes", "more than %d", DEPTH_MAX);
		name = fdt_get_name(tree, node, NULL);
		if (depth == 1 && !strcmp(name, "chosen"))
			take_chosen(tree, node, &facts);
		if (is_tpm(tree, node, name))
			take_tpm(tree, node, &facts);
		else
			look_for_line(tree, node, name, &facts);
	}
	*ret_facts = facts;
	return 0;
}
