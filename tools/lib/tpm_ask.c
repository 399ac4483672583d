// SPDX-License-Identifier: BSD-2-Clause
/* Is the platform hierarchy open? Three commands at most; TPM 2.0 Part 3 has their bytes. */
#include <string.h>

#include "tpm_ask.h"

#define TAG_PLAIN 0x8001
#define TAG_SESSIONS 0x8002
#define HEADER_SIZE 10		/* tag, size, code or result */
#define COMMAND_MAX 64

#define GET_CAPABILITY 0x17a
#define START_AUTH_SESSION 0x176
#define POLICY_SECRET 0x151
#define FLUSH_CONTEXT 0x165

#define CAP_TPM_PROPERTIES 6
#define PT_STARTUP_CLEAR 0x201
#define STARTUP_PH_ENABLE 1u
#define RH_NULL 0x40000007
#define RH_PLATFORM 0x4000000c
#define RS_PASSWORD 0x40000009
#define SE_TRIAL 3
#define NONCE_SIZE 16

/* Format-one results (Part 2, 6.6): these bits say which handle, parameter or session it was about. */
#define RC_FORMAT_ONE 0x080
#define RC_NUMBER 0x0bf
#define RC_AUTH_FAIL 0x08e
#define RC_BAD_AUTH 0x0a2

struct command { uint8_t bytes[COMMAND_MAX]; size_t size; };
struct asking { bc_tpm_transmit *transmit; void *context; struct bc_error *err; };

static void put(struct command *command, uint32_t value, size_t size)
{
	for (; size; size--)
		command->bytes[command->size++] = (uint8_t)(value >> 8 * (size - 1));
}

static void begin(struct command *command, uint16_t tag, uint32_t code)
{
	command->size = 0;
	put(command, tag, 2);
	put(command, 0, 4);
	put(command, code, 4);
}

/* Send it; *ret_rest is what stands behind the header of the answer. A result that is no success is in *ret_result only. */
static int ask(const struct asking *asking, struct command *command, const char *name, uint8_t *answer, uint32_t *ret_result,
	       struct bc_reader *ret_rest)
{
	const size_t whole = command->size;
	uint32_t size;
	size_t got = 0;
	uint16_t tag;
	int r;

	command->size = 2;
	put(command, (uint32_t)whole, 4);
	r = asking->transmit(asking->context, command->bytes, whole, answer, BC_TPM_ANSWER_MAX, &got, asking->err);
	if (r < 0)
		return r;
	bc_reader_init(ret_rest, answer, got, 0);
	if (!bc_get_be16(ret_rest, &tag) || !bc_get_be32(ret_rest, &size) || !bc_get_be32(ret_rest, ret_result) || size != got ||
	    (tag != TAG_PLAIN && tag != TAG_SESSIONS))
		return bc_error_set(asking->err, BC_E_TPM, "%s: the answer of %zu bytes is none of a TPM 2.0", name, got);
	return 0;
}

static int refused(const struct asking *asking, const char *name, uint32_t result)
{
	return bc_error_set(asking->err, BC_E_TPM, "%s failed: 0x%x", name, result);
}

static int is_enabled(const struct asking *asking, bool *ret_enabled)
{
	uint32_t result, capability, count, property, value;
	uint8_t answer[BC_TPM_ANSWER_MAX], more;
	struct command command;
	struct bc_reader rest;
	int r;

	begin(&command, TAG_PLAIN, GET_CAPABILITY);
	put(&command, CAP_TPM_PROPERTIES, 4);
	put(&command, PT_STARTUP_CLEAR, 4);
	put(&command, 1, 4);
	r = ask(asking, &command, "TPM2_GetCapability", answer, &result, &rest);
	if (r == 0 && result)
		r = refused(asking, "TPM2_GetCapability", result);
	if (r < 0)
		return r;
	if (!bc_get_u8(&rest, &more) || !bc_get_be32(&rest, &capability) || !bc_get_be32(&rest, &count) || !bc_get_be32(&rest, &property) ||
	    !bc_get_be32(&rest, &value) || capability != CAP_TPM_PROPERTIES || count != 1 || property != PT_STARTUP_CLEAR)
		return bc_error_set(asking->err, BC_E_TPM, "TPM2_GetCapability answered something else than was asked for");
	*ret_enabled = value & STARTUP_PH_ENABLE;
	return 0;
}

/* A trial session: what is done in it authorizes nothing, but the authorization of a hierarchy is checked all the same. */
static int start_trial(const struct asking *asking, uint32_t *ret_session)
{
	uint8_t answer[BC_TPM_ANSWER_MAX];
	struct command command;
	struct bc_reader rest;
	uint32_t result;
	size_t i;
	int r;

	begin(&command, TAG_PLAIN, START_AUTH_SESSION);
	put(&command, RH_NULL, 4);
	put(&command, RH_NULL, 4);
	put(&command, NONCE_SIZE, 2);
	for (i = 0; i < NONCE_SIZE; i++)	/* nothing is secret in it */
		put(&command, 0, 1);
	put(&command, 0, 2);
	put(&command, SE_TRIAL, 1);
	put(&command, 0x0010, 2);		/* no symmetric algorithm */
	put(&command, BC_ALG_SHA256, 2);
	r = ask(asking, &command, "TPM2_StartAuthSession", answer, &result, &rest);
	if (r == 0 && result)
		r = refused(asking, "TPM2_StartAuthSession", result);
	if (r == 0 && !bc_get_be32(&rest, ret_session))
		r = bc_error_set(asking->err, BC_E_TPM, "TPM2_StartAuthSession answered without a session");
	return r;
}

/* With the empty authorization value. A wrong one is not counted: the platform hierarchy is not under dictionary attack protection. */
static int try_empty(const struct asking *asking, uint32_t session, bool *ret_empty)
{
	uint8_t answer[BC_TPM_ANSWER_MAX];
	struct command command;
	struct bc_reader rest;
	uint32_t result, size;
	int r;

	begin(&command, TAG_SESSIONS, POLICY_SECRET);
	put(&command, RH_PLATFORM, 4);
	put(&command, session, 4);
	put(&command, 9, 4);			/* of the authorization */
	put(&command, RS_PASSWORD, 4);
	put(&command, 0, 2);			/* nonce */
	put(&command, 0, 1);			/* attributes */
	put(&command, 0, 2);			/* the empty value */
	put(&command, 0, 2);			/* nonceTPM */
	put(&command, 0, 2);			/* cpHashA */
	put(&command, 0, 2);			/* policyRef */
	put(&command, 0, 4);			/* expiration */
	r = ask(asking, &command, "TPM2_PolicySecret", answer, &result, &rest);
	if (r < 0)
		return r;
	*ret_empty = !result;
	if (!result && (!bc_get_be32(&rest, &size) || !bc_get_sub(&rest, size, &(struct bc_reader){ 0 })))
		return bc_error_set(asking->err, BC_E_TPM, "TPM2_PolicySecret answered without its parameters");
	if (result && !(result & RC_FORMAT_ONE && ((result & RC_NUMBER) == RC_AUTH_FAIL || (result & RC_NUMBER) == RC_BAD_AUTH)))
		r = refused(asking, "TPM2_PolicySecret of the platform hierarchy", result);
	return r;
}

static int flush(const struct asking *asking, uint32_t session)
{
	uint8_t answer[BC_TPM_ANSWER_MAX];
	struct command command;
	struct bc_reader rest;
	uint32_t result;
	int r;

	begin(&command, TAG_PLAIN, FLUSH_CONTEXT);
	put(&command, session, 4);
	r = ask(asking, &command, "TPM2_FlushContext", answer, &result, &rest);
	return r == 0 && result ? refused(asking, "TPM2_FlushContext", result) : r;
}

int bc_tpm_ask_platform(bc_tpm_transmit *transmit, void *context, enum bc_tpm_platform *ret_platform, struct bc_error *reterr)
{
	const struct asking asking = { transmit, context, reterr };
	bool enabled = false, empty = false;
	uint32_t session;
	int r, end;

	r = is_enabled(&asking, &enabled);
	if (r < 0)
		return r;
	if (enabled) {
		r = start_trial(&asking, &session);
		if (r < 0)
			return r;
		r = try_empty(&asking, session, &empty);
		end = flush(&(struct asking){ transmit, context, r < 0 ? NULL : reterr }, session);
		r = r < 0 ? r : end;
	}
	if (r == 0)
		*ret_platform = !enabled ? BC_TPM_PLATFORM_DISABLED : empty ? BC_TPM_PLATFORM_OPEN : BC_TPM_PLATFORM_LOCKED;
	return r;
}
