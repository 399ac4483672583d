/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of bootchain.h about quotes and verdicts: include bootchain.h, never this. */
#ifndef BOOTCHAIN_VERIFY_H
#define BOOTCHAIN_VERIFY_H
#ifndef BOOTCHAIN_H
#error "include bootchain.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Quote (lib/quote.c) --------------------------------------------------------------------------------------------------- */
/* A TPMS_ATTEST: its quote has at most 16 selections and a name, a nonce and a digest of at most 68 bytes each. */
#define BC_QUOTE_MAX 1024
/* TPM2B_DATA of a TPM with SHA-512 (TPM 2.0 Part 2, 10.4.3). */
#define BC_NONCE_MAX 66
/* TPM2B_NAME: algorithm and digest (Part 2, 10.5.3). */
#define BC_NAME_MAX (2 + BC_DIGEST_MAX)

/* What a TPM signed (TPM 2.0 Part 2, 10.12.8). A plain value: copy it, free nothing. */
struct bc_quote {
	uint32_t magic;				/* 0xff544347 for what a TPM made itself */
	uint16_t type;				/* 0x8018 for a quote; the rest is filled for a quote with the right magic only */
	bool is_quote;
	size_t signer_size, nonce_size, digest_size;
	uint8_t signer[BC_NAME_MAX];		/* qualified name of the AK */
	uint8_t nonce[BC_NONCE_MAX];		/* what the caller of the TPM gave: extraData */
	uint64_t clock;				/* ms that the TPM ran since its owner was cleared */
	uint32_t resets, restarts;
	bool safe;				/* the clock has not gone back */
	uint64_t firmware_version;
	size_t selection_count;
	struct { uint16_t alg; uint32_t pcrs; } selection[BC_BANKS_MAX];	/* as signed; a bank may stand twice */
	uint8_t digest[BC_DIGEST_MAX];		/* of the selected PCRs, in the order of the selections */
	size_t signed_offset, signed_size;	/* the bytes that were signed, in the input */
};

/* Read a TPMS_ATTEST, bare or in a TPM2B_ATTEST. Something else that a key signed (wrong magic or type) is no error: is_quote is false.
 * Errors: BC_E_INPUT with offset and field for what is cut, too long, or selects a PCR of 24 or more. */
BC_API BC_MUST_CHECK int bc_quote_parse(const void *data, size_t size, struct bc_quote *ret_quote, struct bc_error *reterr);
/* Selected PCRs of a bank as a bit mask; 0 for a bank that is not selected. */
BC_API uint32_t bc_quote_pcrs(const struct bc_quote *quote, uint16_t alg);
/* Are these the values that were quoted: is the hash with alg (of the signature) over the selected ones the quote's digest? A selected
 * PCR that is not present is a no. Errors: BC_E_UNSUPPORTED when this build cannot hash with alg. */
BC_API BC_MUST_CHECK int bc_quote_matches(const struct bc_quote *quote, uint16_t alg, const struct bc_pcrs *pcrs, bool *ret_matches,
					  struct bc_error *reterr);

/* ---- Asking a TPM (lib/tpm.c) ----------------------------------------------------------------------------------------------- */
/* TPM2B_PUBLIC and TPMT_SIGNATURE of RSA 4096 stay below. */
#define BC_TPM_PART_MAX 1024

struct bc_tpm_request {
	const char *tcti;			/* as tpm2-tss names it ("device:/dev/tpmrm0"); NULL: its default */
	uint32_t ak_handle;			/* a persistent restricted signing key; 0: make one in the endorsement hierarchy */
	bool rsa;				/* made as RSA 2048 (RSASSA), not as ECC P-256 (ECDSA) */
	const struct bc_pcrs *selection;	/* alg and present of each bank; the values do not matter */
	const uint8_t *nonce; size_t nonce_size;	/* at most BC_NONCE_MAX */
};

struct bc_tpm_answer {
	size_t message_size, signature_size, ak_size;
	uint8_t message[BC_QUOTE_MAX];		/* TPMS_ATTEST */
	uint8_t signature[BC_TPM_PART_MAX];	/* TPMT_SIGNATURE */
	uint8_t ak[BC_TPM_PART_MAX];		/* TPM2B_PUBLIC */
	struct bc_pcrs pcrs;			/* the values quoted */
};

/* Ask for a quote, and read the values that it covers. The AK made is the same each time, as long as nobody gives the TPM another seed.
 * Errors: BC_E_TPM with the command that failed, or when the key of ak_handle is no AK, when a PCR is not there, when PCRs keep changing;
 * BC_E_UNSUPPORTED in a build without tpm2-tss. */
BC_API BC_MUST_CHECK int bc_tpm_quote(const struct bc_tpm_request *request, struct bc_tpm_answer *ret_answer, struct bc_error *reterr);

/* Signature schemes (TPM_ALG_ID). */
#define BC_SIG_RSASSA 0x0014
#define BC_SIG_RSAPSS 0x0016
#define BC_SIG_ECDSA 0x0018
/* "rsassa", "rsapss", "ecdsa"; NULL for another. */
BC_API const char *bc_sig_scheme_name(uint16_t scheme);

/* Bytes that the caller has read, and their name in messages. data NULL: not given. */
struct bc_bytes { const char *name; const void *data; size_t size; };

/* A quote and what it is judged by. */
struct bc_quote_input {
	struct bc_bytes message;		/* TPMS_ATTEST, bare or in a TPM2B */
	struct bc_bytes signature;		/* TPMT_SIGNATURE; a plain one when scheme is not 0 */
	uint16_t scheme, hash;			/* of a plain signature; else 0 */
	struct bc_bytes ak;			/* of the caller, who knows whose it is: TPM2B_PUBLIC, TPMT_PUBLIC, PEM or DER */
	struct bc_bytes evidence_ak;		/* the copy in the evidence; only compared */
	const uint8_t *nonce;			/* of the caller; NULL: freshness is not checked */
	size_t nonce_size;
	bool accept_sha1;			/* SHA-1 alone may stand behind it */
};

/* ---- Verdict --------------------------------------------------------------------------------------------------------------- */
/* Inputs, all borrowed; NULL or 0 = not given. No paths: the caller opened what it names. */
struct bc_verify_input {
	struct bc_stream *firmware_log;
	struct bc_stream *const *ima_log;	/* pieces of one list, in order */
	size_t ima_log_count;
	const struct bc_pcrs *pcrs;		/* required without a quote */
	const char *pcrs_name;			/* for messages */
	const struct bc_quote_input *quote;	/* only PCRs that it selects are judged */
	const void *fdt; size_t fdt_size; const char *fdt_name;
	const struct bc_bytes *cert;		/* X.509, DER or PEM: file signatures in the list must be by one of them */
	size_t cert_count;
	const uint16_t *banks;			/* judge only these banks; none: every bank of pcrs */
	size_t bank_count;
};

enum bc_verdict_kind { BC_VERIFIED, BC_CONSISTENT, BC_MISMATCH, BC_NOT_JUDGED };
enum bc_pcr_status { BC_PCR_EXPLAINED, BC_PCR_INITIAL, BC_PCR_NOT_EXPLAINED, BC_PCR_NOT_QUOTED, BC_PCR_NOT_JUDGED };
/* Firmware events kept per PCR in a verdict; a longer list is cut and firmware_count tells how many there were. */
#define BC_VERDICT_EVENTS_MAX 256

/* Which events extended a PCR; the same in every bank. */
struct bc_pcr_events {
	uint64_t firmware_count;
	uint32_t firmware[BC_VERDICT_EVENTS_MAX];
	uint64_t ima_first, ima_last;		/* 0, 0: none */
};

struct bc_pcr_row {
	uint16_t bank;
	unsigned int pcr;
	enum bc_pcr_status status;
	char expected[2 * BC_DIGEST_MAX + 1];	/* from the logs; empty when unknown */
	char found[2 * BC_DIGEST_MAX + 1];	/* the value given; empty when only a quote that does not match is known */
};

struct bc_verdict {
	enum bc_verdict_kind kind; int exit;	/* exit: 0, 1 or 3 of FORMATS 3 */
	char sentence[512];
	size_t row_count;
	struct bc_pcr_row *row;			/* every value given in a judged bank, bank by bank */
	struct bc_pcr_events events[BC_PCR_COUNT];
	bool have_quote;
	struct bc_quote quote;			/* as it was signed */
	uint16_t signature_scheme, signature_hash;
	bool quote_signed;			/* by the AK given */
	bool quote_fresh;			/* it has the nonce given */
	bool ak_checked;			/* the AK's attributes are known */
	struct bc_aggregate aggregate;		/* first boot_aggregate entry */
	bool aggregate_inferred;		/* there is no list, but PCR 10 is what one such entry leads to */
	bool have_firmware_log, have_ima_log, have_fdt;
	uint64_t firmware_events;		/* records read, Spec ID included */
	uint64_t ima_entries, ima_covered, ima_violations;
	bool have_certs;
	uint64_t ima_signed, ima_unsigned;	/* files with a good signature, and without one */
	uint64_t ima_bad, ima_unknown_key;	/* signatures that do not verify, or are by a key that was not given */
	uint64_t ima_unchecked;			/* signatures of a kind that a list does not let check: EVM's, appended ones */
	bool firmware_record;			/* the list has an entry named firmware_log; it is not judged */
	bool fdt_checked, fdt_matches;		/* final tree against its event */
	bool cmdline_checked, cmdline_matches;	/* /chosen/bootargs against its event */
	struct bc_findings *findings;
	bool have_error;			/* not judged: why */
	struct bc_error error;
};

/* Join the logs with the PCR values and judge. A mismatch is a result (0 with kind BC_MISMATCH), and so is a log that cannot be read to
 * its end (kind BC_NOT_JUDGED with error filled). Free the verdict with bc_verdict_free(). Errors: BC_E_USAGE when pcrs or both logs
 * are missing; BC_E_NOMEM; BC_E_BUG. */
BC_API BC_MUST_CHECK int bc_verify(const struct bc_verify_input *input, struct bc_verdict **ret_verdict, struct bc_error *reterr);
/* A verdict BC_NOT_JUDGED for inputs that could not even be opened: why is copied (and may be *reterr). Errors: BC_E_NOMEM. */
BC_API BC_MUST_CHECK int bc_verdict_not_judged(const struct bc_error *why, struct bc_verdict **ret_verdict, struct bc_error *reterr);
/* NULL is fine. */
BC_API void bc_verdict_free(struct bc_verdict *verdict);
/* "verified", "consistent", "mismatch", "not-judged". */
BC_API const char *bc_verdict_name(enum bc_verdict_kind kind);
/* "explained", "initial", "not-explained", "not-quoted", "not-judged". */
BC_API const char *bc_pcr_status_name(enum bc_pcr_status status);

#ifdef __cplusplus
}
#endif
#endif
