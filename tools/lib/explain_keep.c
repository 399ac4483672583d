// SPDX-License-Identifier: BSD-2-Clause
/* Keep the first events and entries in short form while the logs go by, for the search in explain.c. */
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* Digests of some thousand steps in some banks; data gets half of the room, and none that is a whole file. */
#define ARENA_MAX (1u << 20)
#define DATA_MAX 4096

void bc_explain_free(struct bc_explain *explain)
{
	if (!explain)
		return;
	free(explain->step);
	free(explain->arena);
	free(explain);
}

const uint8_t *bc_step_digest(const struct bc_explain *explain, const struct bc_step *step, uint16_t alg)
{
	size_t i;

	for (i = 0; i < step->bank_count; i++)
		if (step->alg[i] == alg)
			return explain->arena + step->digest[i];
	return NULL;
}

const char *bc_step_counter(const struct bc_step *step)
{
	static const char *const counters[BC_STEP_KINDS] = { "event", "entry", "record" };

	return counters[step->kind];
}

size_t bc_steps_max(enum bc_step_kind kind)
{
	return kind == BC_STEP_ENTRY ? 4096 : 1024;
}

/* size bytes more in the arena; 1: no room for them. */
static int put(struct bc_explain *explain, const void *data, size_t size, uint32_t *ret_at, struct bc_error *reterr)
{
	size_t room = explain->room ? explain->room : 4096;
	uint8_t *arena;

	if (size > ARENA_MAX - explain->used)
		return 1;
	while (room - explain->used < size)
		room *= 2;
	if (room != explain->room) {
		arena = realloc(explain->arena, room);
		if (!arena)
			return bc_error_nomem(reterr);
		explain->arena = arena;
		explain->room = room;
	}
	memcpy(explain->arena + explain->used, data, size);
	*ret_at = (uint32_t)explain->used;
	explain->used += size;
	return 0;
}

/* The next free step, or NULL with 0 when no more are kept. */
static int next_step(struct bc_verify *v, enum bc_step_kind kind, struct bc_step **ret_step)
{
	struct bc_explain *explain = v->explain;
	struct bc_step *step;
	size_t capacity;

	*ret_step = NULL;
	if (!explain) {
		explain = v->explain = calloc(1, sizeof(*explain));
		if (!explain)
			return bc_error_nomem(v->err);
		explain->used = 1;	/* so that no place is 0 */
	}
	explain->full[kind] = explain->full[kind] || explain->kept[kind] == bc_steps_max(kind);
	if (explain->full[kind])
		return 0;
	if (explain->count == explain->capacity) {
		capacity = !explain->capacity ? 64 : explain->capacity < 1024 ? 2 * explain->capacity : explain->capacity + 1024;
		step = realloc(explain->step, capacity * sizeof(*step));
		if (!step)
			return bc_error_nomem(v->err);
		explain->step = step;
		explain->capacity = capacity;
	}
	*ret_step = &explain->step[explain->count];
	**ret_step = (struct bc_step){ .kind = kind };
	return 0;
}

/* The step is whole; full: a part of it found no room. */
static void end_step(struct bc_explain *explain, enum bc_step_kind kind, bool full)
{
	explain->full[kind] = explain->full[kind] || full;
	explain->count += !full;
	explain->kept[kind] += !full;
}

static int put_digest(struct bc_verify *v, struct bc_step *step, uint16_t alg, const uint8_t *bytes, size_t size)
{
	int r;

	if (step->bank_count == BC_STEP_BANKS || !size)
		return 0;
	r = put(v->explain, bytes, size, &step->digest[step->bank_count], v->err);
	if (r == 0)
		step->alg[step->bank_count++] = alg;
	return r;
}

static int put_digests(struct bc_verify *v, struct bc_step *step, const struct bc_tcg_digest *digest, size_t count)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		r = put_digest(v, step, digest[i].alg, digest[i].bytes, digest[i].size);
	return r;
}

static int put_data(struct bc_verify *v, struct bc_step *step, const uint8_t *data, size_t size)
{
	int r;

	if (!size || size > DATA_MAX || v->explain->used > ARENA_MAX / 2 - size)
		return 0;
	r = put(v->explain, data, size, &step->data, v->err);
	if (r == 0)
		step->data_size = (uint32_t)size;
	return r < 0 ? r : 0;	/* without it less can be tried, no more */
}

int bc_explain_event(struct bc_verify *v, const struct bc_tcg_event *event)
{
	struct bc_reader label;
	struct bc_step *step;
	int r = next_step(v, BC_STEP_EVENT, &step);

	if (r < 0 || !step)
		return r;
	step->number = (uint32_t)event->number;
	step->pcr = event->pcr;
	step->no_action = event->type == BC_EV_NO_ACTION;
	r = put_digests(v, step, event->digest, event->digest_count);
	if (r == 0)
		r = put_data(v, step, event->data, event->data_size);
	if (r == 0 && step->data_size && bc_tcg_event_label(event, &label) && label.left) {
		step->label = step->data + (uint32_t)(label.at - event->data);
		step->label_size = (uint32_t)label.left;
	}
	end_step(v->explain, BC_STEP_EVENT, r > 0);
	return r < 0 ? r : 0;
}

int bc_explain_record(struct bc_verify *v, const struct bc_cel_record *record)
{
	struct bc_step *step;
	int r = next_step(v, BC_STEP_RECORD, &step);

	if (r < 0 || !step)
		return r;
	step->number = (uint32_t)record->number;
	step->pcr = record->pcr;
	step->no_action = record->content == BC_CEL_FIRMWARE && record->event_type == BC_EV_NO_ACTION;
	r = put_digests(v, step, record->digest, record->digest_count);
	if (r == 0)
		r = put_data(v, step, record->data, record->data_size);
	end_step(v->explain, BC_STEP_RECORD, r > 0);
	return r < 0 ? r : 0;
}

int bc_explain_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg, enum bc_agree agree)
{
	const struct bc_pcrs *values = bc_replay_values(v->replay);
	const uint8_t *computed = NULL;
	struct bc_step *step;
	size_t i;
	int r = next_step(v, BC_STEP_ENTRY, &step);

	if (r < 0 || !step)
		return r;
	step->number = (uint32_t)entry->number;
	step->pcr = entry->pcr;
	for (i = 0; r == 0 && i < values->count; i++)
		r = put_digest(v, step, values->bank[i].alg, bc_replay_last(v->replay, i, &computed), values->bank[i].size);
	for (i = 0; r == 0 && agree == BC_AGREE_NO && i < values->count; i++) {
		if (values->bank[i].alg != alg)
			continue;
		bc_replay_last(v->replay, i, &computed);
		r = put(v->explain, computed, values->bank[i].size, &step->computed, v->err);
		step->computed_alg = alg;
	}
	end_step(v->explain, BC_STEP_ENTRY, r > 0);
	return r < 0 ? r : 0;
}
