// SPDX-License-Identifier: BSD-2-Clause
/* A tree, or the text of a rule with its NUL and then a tree. The image keeps its size, is its own image, and no property tells it from its tree. */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

static void check_equal(const uint8_t *tree, const uint8_t *image, size_t size, const char *rule)
{
	const struct bc_fdt_difference *difference;
	struct bc_fdt_compare *compare = NULL;

	if (bc_fdt_compare_new(tree, size, image, size, rule, &compare, NULL) < 0)
		return;		/* a tree that is too deep, or has too many names in one node */
	if (bc_fdt_compare_next(compare, &difference, NULL) > 0)
		abort();
	bc_fdt_compare_free(compare);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text, *rule = "fdt1";
	uint8_t *image, *again;
	size_t image_size, again_size, length;

	length = strnlen((const char *)data, size);
	if (size && data[0] == 'f' && length < size) {
		rule = (const char *)data;
		data += length + 1;
		size -= length + 1;
	}
	if (bc_fdt_rule_apply(data, size, rule, &image, &image_size, NULL) < 0)
		return 0;
	if (image_size != size || bc_fdt_rule_apply(image, image_size, rule, &again, &again_size, NULL) < 0)
		abort();
	if (again_size != size || memcmp(image, again, size))
		abort();
	if (bc_fdt_bootargs(image, size, &text, &length, NULL) < 0 || strnlen(text, length) != length)
		abort();
	check_equal(data, image, size, rule);
	bc_free(again);
	bc_free(image);
	return 0;
}
