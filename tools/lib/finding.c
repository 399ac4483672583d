// SPDX-License-Identifier: BSD-2-Clause
/* Finding codes: one table of severities, explanations and advice; and a bounded list of findings. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define ROW(code, severity, text, advice) [BC_##code] = { #code, BC_##severity, text, advice }

static const struct bc_code_info codes[BC_CODE_COUNT] = {
	ROW(LOG_TRUNCATED, ERROR, "a log ends inside a record", "read the log again; compare its size with the source"),
	ROW(LOG_TRAILING, NOTE, "padding stands behind the last event", "nothing: the area was larger than the log"),
	ROW(LOG_AFTER_PADDING, WARNING, "bytes stand behind the padding and were not read",
	    "see whether an older log was left in memory"),
	ROW(LOG_NO_SPEC_ID, ERROR, "a firmware log begins with no event", "give the log as the kernel shows it"),
	ROW(LOG_BANK_MISSING, ERROR, "a bank given is not in the log's Spec ID event", "let the firmware log every active bank"),
	ROW(PCR_NOT_RESET, ERROR, "an older log stands before this one", "reset the TPM together with the machine"),
	ROW(DIGEST_DATA, ERROR, "a digest is not that of the data it must cover", "do not trust what the event says"),
	ROW(DATA_NOT_COVERED, NOTE, "event types or event data are covered by no digest", "use the firmware_log record of the kernel"),
	ROW(EVENT_RETYPED, ERROR, "an event was given another type", "do not trust the log"),
	ROW(SEPARATOR_MISSING, ERROR, "a PCR of the firmware was never closed", "see why the firmware stopped measuring"),
	ROW(SEPARATOR_DOUBLE, WARNING, "a PCR was closed twice", "see whether two stages measure into the same PCR"),
	ROW(SEPARATOR_ERROR, ERROR, "the firmware closed a PCR after a failure", "read the firmware's console for the reason"),
	ROW(EVENT_AFTER_SEPARATOR, WARNING, "something was measured after its PCR was closed", "see who extended the PCR"),
	ROW(NOT_MEASURED, ERROR, "a digest is that of the event's label, not of the object", "update the firmware"),
	ROW(COVERAGE_MISSING, ERROR, "something that was to be checked is measured by no event", "update the firmware"),
	ROW(PROMPT, WARNING, "somebody could type commands before the boot", "treat the boot as interactive"),
	ROW(BOOT_RETRIED, WARNING, "an earlier attempt to boot failed", "see which boot method failed, and why"),
	ROW(UNMEASURED_PAYLOAD, WARNING, "something was started that is not measured", "do not trust what ran afterwards"),
	ROW(PCR_UNEXPLAINED, ERROR, "the logs do not lead to the PCR's value", "compare the events with those of a good boot"),
	ROW(PCR_AHEAD, ERROR, "a PCR holds more than the log tells", "read the log after the PCRs, not before"),
	ROW(PCR_ABSENT, WARNING, "a PCR that the logs extend was not given", "give its value too"),
	ROW(BANK_UNSUPPORTED, WARNING, "this build cannot hash with a bank's algorithm", "use a build with libcrypto"),
	ROW(BANK_WEAK, ERROR, "only SHA-1 stands behind the verdict", "use a SHA-256 bank"),
	ROW(BANK_NOT_LOGGED, NOTE, "a bank of the log has no PCR values", "give them too"),
	ROW(AGGREGATE_MISMATCH, ERROR, "boot_aggregate is not the hash of the firmware's PCRs", "the IMA list is of another boot"),
	ROW(AGGREGATE_ZERO, ERROR, "boot_aggregate is zero: IMA started without the TPM", "let the TPM driver start before IMA"),
	ROW(AGGREGATE_LATE, WARNING, "IMA started late", "see what ran before boot_aggregate_late"),
	ROW(AGGREGATE_LOW, WARNING, "boot_aggregate covers PCR 0-7 only", "use SHA-256 as the IMA hash"),
	ROW(AGGREGATE_INFERRED, NOTE, "boot_aggregate or PCR 10 was explained without the log that belongs to it", "give the firmware log and the IMA list"),
	ROW(AGGREGATE_UNCHECKED, WARNING, "boot_aggregate is of PCRs that are not known", "give PCR 0-9 of the bank that it names, and a log that has it"),
	ROW(FWLOG_RECORD_MISSING, NOTE, "the IMA list has no firmware_log record", "use a kernel that writes it"),
	ROW(FWLOG_RECORD_MISMATCH, ERROR, "firmware_log is not the digest of this log", "do not trust types and data of its events"),
	ROW(IMA_BYPASS, ERROR, "IMA measured without extending the TPM", "let the TPM driver start before IMA"),
	ROW(IMA_TPM_GONE, ERROR, "the TPM went away while IMA measured", "see why the driver was unbound"),
	ROW(IMA_TEMPLATE_DIGEST, ERROR, "a template digest is not that of its template data", "do not trust the entry"),
	ROW(IMA_VIOLATION, WARNING, "a file was written while it was measured", "see which process held it open"),
	ROW(IMA_FILE_UNKNOWN, ERROR, "a file is not in the reference", "see where it came from"),
	ROW(IMA_FILE_CHANGED, ERROR, "a file differs from the reference", "compare it with the release"),
	ROW(IMA_UNSIGNED, ERROR, "a file has no signature", "sign it, or leave it out of the policy"),
	ROW(IMA_BAD_SIGNATURE, ERROR, "a file's signature does not verify", "sign it again"),
	ROW(IMA_UNKNOWN_KEY, ERROR, "a file is signed by a key that was not given", "give its certificate"),
	ROW(QUOTE_SIGNATURE, ERROR, "the quote's signature does not verify", "use the AK of this device"),
	ROW(QUOTE_NONCE, ERROR, "the quote answers another nonce", "ask for a new quote"),
	ROW(QUOTE_TYPE, ERROR, "what was signed is not a quote", "ask for a quote"),
	ROW(QUOTE_SELECTION, ERROR, "the quote leaves out a PCR that is required", "quote every required PCR"),
	ROW(QUOTE_DIGEST, ERROR, "the quote signs other PCR values", "read quote and PCRs together"),
	ROW(QUOTE_OLD, ERROR, "the quote was made before the last one", "ask for a new quote"),
	ROW(AK_ATTRIBUTES, ERROR, "the AK could sign something that is no quote", "make a restricted signing key"),
	ROW(AK_UNKNOWN, ERROR, "the AK is not the one that was enrolled", "enrol the device"),
	ROW(REF_COMPONENT, ERROR, "a component differs from the reference", "compare it with the release"),
	ROW(REF_CMDLINE_WORD, ERROR, "a word of the command line differs", "see who changed it"),
	ROW(REF_FDT_PROPERTY, ERROR, "a property of the final tree differs", "see who changed it"),
	ROW(REF_ENV_VARIABLE, ERROR, "a variable of the environment differs", "see who changed it"),
	ROW(REF_NONE_MATCHES, ERROR, "no reference matches", "give the reference of the release that booted"),
};

struct bc_findings {
	struct bc_finding *rows;
	size_t count, capacity;
	unsigned int kept[BC_CODE_COUNT];
	uint64_t dropped[BC_CODE_COUNT];
};

const struct bc_code_info *bc_code_info(enum bc_code code)
{
	static const struct bc_code_info unknown = { "UNKNOWN", BC_ERROR, "unknown code", "report it" };

	return (unsigned int)code < BC_CODE_COUNT ? &codes[code] : &unknown;
}

const char *bc_severity_name(enum bc_severity severity)
{
	return severity == BC_ERROR ? "error" : severity == BC_WARNING ? "warning" : "note";
}

void bc_finding_init(struct bc_finding *ret_finding, enum bc_code code, const char *format, ...)
{
	va_list args;

	memset(ret_finding, 0, sizeof(*ret_finding));
	ret_finding->code = code;
	ret_finding->number = -1;
	ret_finding->offset = -1;
	ret_finding->pcr = -1;
	va_start(args, format);
	vsnprintf(ret_finding->message, sizeof(ret_finding->message), format, args);
	va_end(args);
}

const char *bc_finding_counter(const struct bc_finding *finding)
{
	return finding->entry ? "entry" : finding->record ? "record" : "event";
}

int bc_findings_new(struct bc_findings **ret_list, struct bc_error *reterr)
{
	struct bc_findings *list = calloc(1, sizeof(*list));

	if (!list)
		return bc_error_nomem(reterr);
	*ret_list = list;
	return 0;
}

void bc_findings_free(struct bc_findings *list)
{
	if (!list)
		return;
	free(list->rows);
	free(list);
}

void bc_findings_clear(struct bc_findings *list)
{
	list->count = 0;
	memset(list->kept, 0, sizeof(list->kept));
	memset(list->dropped, 0, sizeof(list->dropped));
}

static int grow(struct bc_findings *list, struct bc_error *reterr)
{
	const size_t capacity = list->capacity ? 2 * list->capacity : 8;	/* bounded by codes times rows kept */
	struct bc_finding *rows = realloc(list->rows, capacity * sizeof(*rows));

	if (!rows)
		return bc_error_nomem(reterr);
	list->rows = rows;
	list->capacity = capacity;
	return 0;
}

int bc_findings_add(struct bc_findings *list, const struct bc_finding *finding, struct bc_error *reterr)
{
	int r;

	if ((unsigned int)finding->code >= BC_CODE_COUNT)
		return bc_error_bug(reterr, "finding code out of range");
	if (list->kept[finding->code] == BC_FINDINGS_PER_CODE) {
		list->dropped[finding->code]++;
		return 0;
	}
	if (list->count == list->capacity) {
		r = grow(list, reterr);
		if (r < 0)
			return r;
	}
	list->rows[list->count++] = *finding;
	list->kept[finding->code]++;
	return 0;
}

size_t bc_findings_count(const struct bc_findings *list)
{
	return list->count;
}

const struct bc_finding *bc_findings_at(const struct bc_findings *list, size_t index)
{
	return index < list->count ? &list->rows[index] : NULL;
}

uint64_t bc_findings_dropped(const struct bc_findings *list, enum bc_code code)
{
	return (unsigned int)code < BC_CODE_COUNT ? list->dropped[code] : 0;
}

uint64_t bc_findings_severe(const struct bc_findings *list, enum bc_severity severity)
{
	uint64_t count = 0;
	int code;

	for (code = 0; code < BC_CODE_COUNT; code++)
		if (codes[code].severity == severity)
			count += list->kept[code] + list->dropped[code];
	return count;
}
