// SPDX-License-Identifier: BSD-2-Clause
/*
 * IMA list: iterator, fields and template digests. Invariants: entries follow each other without a gap; fields of known templates lie
 * in the template data, in order; a failure stays one.
 */
#include <stdlib.h>
#include <string.h>

#include "bootchain.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

static void use_entry(const struct bc_ima_entry *entry, size_t size)
{
	const uint8_t *at = entry->data;
	uint8_t sum = 0;
	size_t i, j;

	REQUIRE(entry->offset + entry->size <= size && entry->pcr < BC_PCR_COUNT);
	REQUIRE(entry->field_count <= BC_IMA_FIELDS_MAX);
	for (i = 0; i < entry->field_count; i++) {
		REQUIRE(entry->field[i].data >= at && entry->field[i].size <= (size_t)(entry->data + entry->data_size - entry->field[i].data));
		at = entry->field[i].data + entry->field[i].size;
		for (j = 0; j < entry->field[i].size; j++)
			sum ^= entry->field[i].data[j];
	}
	for (i = 0; i < entry->name_size; i++)
		sum ^= entry->name[i];
	for (i = 0; i < entry->file_digest_size; i++)
		sum ^= entry->file_digest[i];
	for (i = 0; i < entry->sig_size; i++)
		sum ^= entry->sig[i];
	REQUIRE(strlen(entry->template_name) > 0 && (sum || !sum));
	REQUIRE(strlen(entry->file_alg) + strlen(entry->file_digest_type) <= size);
}

static int use_log(struct bc_ima_log *log, size_t size, struct bc_hash *hash)
{
	const struct bc_ima_entry *entry;
	struct bc_pcrs pcrs = { .count = 0 };
	struct bc_aggregate aggregate;
	uint8_t digest[BC_DIGEST_MAX];
	uint64_t end = 0;
	int r;

	while ((r = bc_ima_log_next(log, &entry, NULL)) > 0) {
		REQUIRE(entry->offset == end);
		end += entry->size;
		use_entry(entry, size);
		REQUIRE(bc_ima_template_digest(entry, hash, digest, NULL) == (entry->data_known || entry->violation ? 0 : BC_E_UNSUPPORTED));
		if (bc_ima_is_boot_aggregate(entry))
			REQUIRE(bc_aggregate_find(entry, &pcrs, &aggregate, NULL) == 0 && !aggregate.found);
	}
	REQUIRE(r < 0 || end == size);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bc_ima_entry *entry;
	struct bc_stream *stream = NULL;
	struct bc_hash *hash = NULL;
	struct bc_ima_log *log = NULL;

	REQUIRE(bc_stream_open_memory(data, size, "fuzz", &stream, NULL) == 0);
	REQUIRE(bc_hash_new(bc_algorithm_by_name("sha256", 0)->id, &hash, NULL) == 0);
	if (bc_ima_log_open(stream, 1, &log, NULL) == 0 && use_log(log, size, hash) < 0)
		REQUIRE(bc_ima_log_next(log, &entry, NULL) < 0);
	bc_ima_log_free(log);
	bc_hash_free(hash);
	bc_stream_free(stream);
	return 0;
}
