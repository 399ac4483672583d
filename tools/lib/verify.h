/* SPDX-License-Identifier: BSD-2-Clause */
/* State of one bc_verify() call, shared by verify.c (reading), verify_tree.c (final tree) and verdict.c (judging). */
#ifndef BC_VERIFY_H
#define BC_VERIFY_H

#include "internal.h"
#include "sig.h"

/* At which IMA entries a PCR had the value given: one run, because a hash chain does not come back to a value. */
struct bc_track {
	bool matching;			/* now */
	bool any;
	uint64_t first, last;		/* entries; 0 = before the first */
};

/* Most recent event of one kind, kept after its log has moved on. */
struct bc_kept_event {
	bool present;
	uint64_t number, offset;
	uint32_t pcr;
	size_t digest_count;
	uint16_t alg[BC_BANKS_MAX];
	uint8_t digest[BC_BANKS_MAX][BC_DIGEST_MAX];
	uint8_t *data;			/* copy, with a NUL behind it */
	size_t data_size;
};

/* Components of a PCR's events, for sentences: "kernel, initrd, action". */
#define BC_COMPONENTS_SIZE 160

struct bc_verify {
	const struct bc_verify_input *input;
	struct bc_verdict *verdict;
	struct bc_replay *replay;
	struct bc_pcrs firmware;		/* values before the first IMA entry */
	const struct bc_pcrs *pcrs;		/* those of the input, or own */
	struct bc_pcrs own;			/* quoted values: of the input, or (while searching) where the logs stand */
	bool searching;				/* for the place in the logs that the quote was made at */
	struct bc_hash *quote_hash;
	struct bc_key ak;
	struct bc_sig sig;
	size_t judged_count;
	const struct bc_pcr_bank *judged[BC_BANKS_MAX];	/* banks of pcrs that were asked for */
	bool logged[BC_BANKS_MAX];		/* judged bank is one of the log's Spec ID, in every event */
	bool usable[BC_BANKS_MAX];		/* judged bank can be hashed with */
	uint32_t firmware_mask, ima_mask;	/* PCRs that were extended; records of a canonical event log count as the firmware's */
	uint32_t record_mask;			/* by such records */
	bool ima_started;
	bool cel_firmware, cel_ima;		/* one holds events of the firmware, entries of IMA */
	const char *firmware_name, *ima_name;	/* of the first log that holds such; "" */
	char components[BC_PCR_COUNT][BC_COMPONENTS_SIZE];
	int64_t left_at[BC_BANKS_MAX][BC_PCR_COUNT];	/* event after which the PCR had the value given, -1 none, -2 before any */
	struct bc_track track[BC_BANKS_MAX][BC_PCR_COUNT];
	uint64_t ima_first[BC_PCR_COUNT];
	uint64_t cut;				/* last entry that the PCRs hold */
	bool have_cut;
	bool inferred;				/* PCR 10 is one boot_aggregate that follows from the firmware log */
	uint64_t aggregates;			/* boot_aggregate entries */
	struct bc_cert *certs;
	bool firmware_record;			/* an entry named firmware_log */
	bool record_bad;			/* and one that does not hold */
	uint64_t record_entry;			/* first that is of the log given; 0: none */
	bool after_aggregate, after_record;	/* what the entry before was */
	uint32_t aggregate_pcr;
	bool aggregate_late;			/* the last one had the name of a late start */
	struct bc_replay *capped;		/* the list, extended behind the kernel's cap; NULL: not, or no longer, looked at */
	bool on_cap;				/* that is what PCR 10 is, in some bank */
	struct bc_hash *log_hash;		/* of the firmware log up to its padding */
	uint64_t log_size;
	uint8_t log_digest[BC_DIGEST_MAX];
	struct bc_kept_event tree, cmdline;
	uint64_t signed_seen;			/* files with a good signature, also behind the cut */
	bool by_efi;				/* the log tells of an EFI application */
	struct bc_explain *explain;		/* events for explain.c; NULL: none yet */
	struct bc_error *err;
};

/* verify_tree.c: the final tree and the command line in it against their events. */
BC_MUST_CHECK int bc_verify_keep(struct bc_kept_event *kept, const struct bc_tcg_event *event, struct bc_error *reterr);
void bc_verify_drop(struct bc_kept_event *kept);
BC_MUST_CHECK int bc_verify_tree(struct bc_verify *v);

/* verify_quote.c: signature, type, nonce and selection; then which PCR values are judged. */
BC_MUST_CHECK int bc_verify_quote(struct bc_verify *v);
/* While searching: are the logs, up to this entry, where the quote was made? pcr: of the entry, or BC_PCR_COUNT for all. */
BC_MUST_CHECK int bc_verify_quote_try(struct bc_verify *v, uint64_t entry, unsigned int pcr);
/* After the last entry. */
BC_MUST_CHECK int bc_verify_quote_end(struct bc_verify *v);

/* verify_record.c: the digest of the log, event by event, and the kernel's records about it and about the TPM. */
BC_MUST_CHECK int bc_verify_record_log(struct bc_verify *v, const struct bc_tcg_event *event);
BC_MUST_CHECK int bc_verify_record_log_end(struct bc_verify *v);
BC_MUST_CHECK int bc_verify_record(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source);
/* Before the first entry, and for each: does PCR 10 hold the list behind the cap of a TPM that came too late? */
BC_MUST_CHECK int bc_verify_cap_start(struct bc_verify *v);
BC_MUST_CHECK int bc_verify_cap_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg);
/* Once the cut is known. */
void bc_verify_record_end(struct bc_verify *v);

/* verify.c: is it known what the firmware extended? */
bool bc_verify_has_firmware(const struct bc_verify *v);
/* Before the first entry of IMA, wherever it stands; again it does nothing. */
BC_MUST_CHECK int bc_verify_start_ima(struct bc_verify *v);
BC_MUST_CHECK int bc_verify_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg, const char *source);
/* records: name of the log whose record number is meant; NULL: an event, or -1, of the firmware log. */
BC_MUST_CHECK int bc_verify_bank_missing(struct bc_verify *v, size_t judged, int64_t number, const char *records, const char *message);
/* What is to be known of an event that was extended, besides its digests. */
void bc_verify_note_data(struct bc_verify *v, const struct bc_tcg_event *event);
/* The running value of PCR pcr has changed: is it the one given? */
void bc_verify_note_value(struct bc_verify *v, unsigned int pcr, int64_t number);
/* verify_cel.c */
BC_MUST_CHECK int bc_verify_cel(struct bc_verify *v, struct bc_stream *stream);

/* explain_keep.c: keep an event, or an entry that was just replayed. */
void bc_explain_free(struct bc_explain *explain);
BC_MUST_CHECK int bc_explain_event(struct bc_verify *v, const struct bc_tcg_event *event);
BC_MUST_CHECK int bc_explain_record(struct bc_verify *v, const struct bc_cel_record *record);
BC_MUST_CHECK int bc_explain_entry(struct bc_verify *v, const struct bc_ima_entry *entry, uint16_t alg, enum bc_agree agree);
/* explain.c: search for what makes the rows fit that are not explained; explanations, and findings about single events. */
BC_MUST_CHECK int bc_explain_rows(struct bc_verify *v);
/* The explanation of a PCR in a bank, or NULL. */
const struct bc_explanation *bc_explain_find(const struct bc_verdict *verdict, uint16_t bank, unsigned int pcr);

/* verify_infer.c: without an IMA list, is PCR 10 what one boot_aggregate entry leads to? */
BC_MUST_CHECK int bc_verify_infer(struct bc_verify *v);

/* verify_ima_sig.c: the certificates given, and the signature of an entry. */
BC_MUST_CHECK int bc_verify_certs(struct bc_verify *v);
BC_MUST_CHECK int bc_verify_file_signature(struct bc_verify *v, const struct bc_ima_entry *entry, const char *source);

/* verdict.c: rows, findings about PCRs, kind and sentence. */
BC_MUST_CHECK int bc_verdict_judge(struct bc_verify *v);
/* verdict_sentence.c: PCRs with a value in some judged bank, and those that the logs extend but that have none in one of them. */
void bc_verdict_given(const struct bc_verify *v, uint32_t *ret_given, uint32_t *ret_absent);
/* Write the sentence of a good verdict, or of one with findings that are errors. */
void bc_verdict_consistent(const struct bc_verify *v);
void bc_verdict_mismatch(struct bc_verdict *verdict);
/* Kind BC_NOT_JUDGED because of *err. */
void bc_verdict_fail(struct bc_verdict *verdict, const struct bc_error *err);

#endif
