// SPDX-License-Identifier: BSD-2-Clause
/* Asking a TPM: the only file that calls tpm2-tss. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sig.h"
#include "tpm_ask.h"
#include "tpm_tss.h"

/* PCR 10 grows while files are read: a quote and the values read behind it may be of two moments. */
#define ATTEMPTS 8
/* Answers to TPM2_PCR_Read hold eight digests at most (Part 2, 10.9.7). */
#define READS_MAX (BC_BANKS_MAX * BC_PCR_COUNT)

struct tpm {
	struct bc_tss tss;
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	ESYS_TR ak;
	bool transient;			/* ak has to be flushed */
	TPMT_SIG_SCHEME scheme;
	struct bc_error *err;
};

static int failed(struct tpm *tpm, const char *command, TSS2_RC rc)
{
	return bc_error_set(tpm->err, BC_E_TPM, "%s failed: %s (0x%x)", command, Tss2_RC_Decode(rc), rc);
}

static int reach_tpm(struct tpm *tpm, const char *tcti)
{
	TSS2_RC rc;
	int r = bc_tss_open(&tpm->tss, tpm->err);

	if (r < 0)
		return r;
	rc = tpm->tss.Tss2_TctiLdr_Initialize(tcti, &tpm->tcti);
	if (rc)
		return bc_error_set(tpm->err, BC_E_TPM, "no TPM can be reached%s%s: %s", tcti ? " with --tcti " : "", tcti ? tcti : "",
				    Tss2_RC_Decode(rc));
	return 0;
}

static int open_tpm(struct tpm *tpm, const char *tcti)
{
	TSS2_RC rc;
	int r = reach_tpm(tpm, tcti);

	if (r < 0)
		return r;
	rc = tpm->tss.Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	return rc ? failed(tpm, "Esys_Initialize", rc) : 0;
}

/* An AK that cannot be flushed fills a place until the next reset: that is a failure too, though the quote is good. */
static int close_tpm(struct tpm *tpm, int r)
{
	TSS2_RC rc = tpm->transient ? tpm->tss.Esys_FlushContext(tpm->esys, tpm->ak) : 0;

	if (rc && r == 0)
		r = failed(tpm, "TPM2_FlushContext", rc);
	if (tpm->ak != ESYS_TR_NONE && !tpm->transient)
		tpm->tss.Esys_TR_Close(tpm->esys, &tpm->ak);
	if (tpm->esys)
		tpm->tss.Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		tpm->tss.Tss2_TctiLdr_Finalize(&tpm->tcti);
	bc_tss_close(&tpm->tss);
	return r;
}

/* ---- AK ---- */

static TPM2B_PUBLIC ak_template(bool rsa)
{
	TPM2B_PUBLIC public = {
		.publicArea = {
			.type = rsa ? TPM2_ALG_RSA : TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
					    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
		},
	};

	if (rsa) {
		public.publicArea.parameters.rsaDetail = (TPMS_RSA_PARMS){
			.symmetric.algorithm = TPM2_ALG_NULL, .keyBits = 2048,
			.scheme = { .scheme = TPM2_ALG_RSASSA, .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
		};
	} else {
		public.publicArea.parameters.eccDetail = (TPMS_ECC_PARMS){
			.symmetric.algorithm = TPM2_ALG_NULL, .curveID = TPM2_ECC_NIST_P256, .kdf.scheme = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
		};
	}
	return public;
}

static int make_ak(struct tpm *tpm, bool rsa, TPM2B_PUBLIC **ret_public)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPM2B_DATA outside = { 0 };
	const TPML_PCR_SELECTION none = { 0 };
	const TPM2B_PUBLIC template = ak_template(rsa);
	TPM2B_CREATION_DATA *creation = NULL;
	TPMT_TK_CREATION *ticket = NULL;
	TPM2B_DIGEST *hash = NULL;
	TSS2_RC rc;

	rc = tpm->tss.Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template,
					  &outside, &none, &tpm->ak, ret_public, &creation, &hash, &ticket);
	tpm->tss.Esys_Free(creation);
	tpm->tss.Esys_Free(hash);
	tpm->tss.Esys_Free(ticket);
	if (rc) {
		tpm->ak = ESYS_TR_NONE;
		return failed(tpm, "TPM2_CreatePrimary in the endorsement hierarchy", rc);
	}
	tpm->transient = true;
	return 0;
}

static int find_ak(struct tpm *tpm, uint32_t handle, TPM2B_PUBLIC **ret_public)
{
	TSS2_RC rc = tpm->tss.Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &tpm->ak);

	if (rc) {
		tpm->ak = ESYS_TR_NONE;
		return failed(tpm, "TPM2_ReadPublic of the AK's handle", rc);
	}
	rc = tpm->tss.Esys_ReadPublic(tpm->esys, tpm->ak, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ret_public, NULL, NULL);
	return rc ? failed(tpm, "TPM2_ReadPublic", rc) : 0;
}

/* As bytes, and as a verifier will see it. */
static int take_ak(struct tpm *tpm, const TPM2B_PUBLIC *public, struct bc_tpm_answer *answer)
{
	char problems[128];
	struct bc_key key;
	TSS2_RC rc;
	int r;

	rc = tpm->tss.Tss2_MU_TPM2B_PUBLIC_Marshal(public, answer->ak, sizeof(answer->ak), &answer->ak_size);
	if (rc)
		return failed(tpm, "writing the AK", rc);
	r = bc_key_parse(answer->ak, answer->ak_size, &key, tpm->err);
	if (r < 0)
		return r;
	bc_key_ak_problems(&key, problems, sizeof(problems));
	if (problems[0])
		return bc_error_set(tpm->err, BC_E_TPM, "the key is no AK, nobody would believe its quote: %s", problems);
	tpm->scheme.scheme = key.scheme;
	tpm->scheme.details.any.hashAlg = key.scheme_hash;
	if (!bc_sig_scheme_name(key.scheme))
		return bc_error_set(tpm->err, BC_E_TPM, "the AK's scheme 0x%04x is not RSASSA, RSAPSS or ECDSA", key.scheme);
	return 0;
}

static int load_ak(struct tpm *tpm, const struct bc_tpm_request *request, struct bc_tpm_answer *answer)
{
	TPM2B_PUBLIC *public = NULL;
	int r;

	r = request->ak_handle ? find_ak(tpm, request->ak_handle, &public) : make_ak(tpm, request->rsa, &public);
	if (r == 0)
		r = take_ak(tpm, public, answer);
	tpm->tss.Esys_Free(public);
	return r;
}

/* ---- quote and values ---- */

static void to_selection(const struct bc_pcrs *pcrs, TPML_PCR_SELECTION *ret_selection)
{
	size_t i;

	*ret_selection = (TPML_PCR_SELECTION){ .count = (UINT32)pcrs->count };
	for (i = 0; i < pcrs->count; i++) {
		TPMS_PCR_SELECTION *row = &ret_selection->pcrSelections[i];

		row->hash = pcrs->bank[i].alg;
		row->sizeofSelect = 3;
		row->pcrSelect[0] = (BYTE)pcrs->bank[i].present;
		row->pcrSelect[1] = (BYTE)(pcrs->bank[i].present >> 8);
		row->pcrSelect[2] = (BYTE)(pcrs->bank[i].present >> 16);
	}
}

static int take_quote(struct tpm *tpm, const TPM2B_ATTEST *quoted, const TPMT_SIGNATURE *signature, struct bc_tpm_answer *answer)
{
	TSS2_RC rc;

	if (quoted->size > sizeof(answer->message))
		return bc_error_set(tpm->err, BC_E_TPM, "TPM2_Quote answered with %u bytes", quoted->size);
	memcpy(answer->message, quoted->attestationData, quoted->size);
	answer->message_size = quoted->size;
	answer->signature_size = 0;
	rc = tpm->tss.Tss2_MU_TPMT_SIGNATURE_Marshal(signature, answer->signature, sizeof(answer->signature), &answer->signature_size);
	return rc ? failed(tpm, "writing the signature", rc) : 0;
}

static int quote(struct tpm *tpm, const struct bc_tpm_request *request, struct bc_tpm_answer *answer)
{
	TPM2B_DATA nonce = { .size = (UINT16)request->nonce_size };
	TPML_PCR_SELECTION selection;
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *quoted = NULL;
	TSS2_RC rc;
	int r;

	memcpy(nonce.buffer, request->nonce, request->nonce_size);
	to_selection(request->selection, &selection);
	rc = tpm->tss.Esys_Quote(tpm->esys, tpm->ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nonce, &tpm->scheme, &selection, &quoted, &signature);
	r = rc ? failed(tpm, "TPM2_Quote", rc) : take_quote(tpm, quoted, signature, answer);
	tpm->tss.Esys_Free(quoted);
	tpm->tss.Esys_Free(signature);
	return r;
}

/* The values of an answer, and what remains to be read. */
static int take_values(struct tpm *tpm, const TPML_PCR_SELECTION *read, const TPML_DIGEST *values, struct bc_pcrs *left, struct bc_pcrs *ret_pcrs)
{
	size_t i, used = 0;
	unsigned int pcr;
	int r = 0;

	for (i = 0; i < read->count && i < TPM2_NUM_PCR_BANKS; i++) {
		struct bc_pcr_bank *bank = bc_pcrs_bank(left, read->pcrSelections[i].hash);

		for (pcr = 0; r == 0 && pcr < BC_PCR_COUNT && pcr < 8u * read->pcrSelections[i].sizeofSelect; pcr++) {
			if (!(read->pcrSelections[i].pcrSelect[pcr / 8] >> pcr % 8 & 1))
				continue;
			if (!bank || !(bank->present >> pcr & 1) || used >= values->count)
				return bc_error_set(tpm->err, BC_E_TPM, "TPM2_PCR_Read answered with other PCRs than asked for");
			bank->present &= ~(UINT32_C(1) << pcr);
			r = bc_pcrs_set(ret_pcrs, bank->alg, pcr, values->digests[used].buffer, values->digests[used].size, tpm->err);
			used++;
		}
	}
	if (r == 0 && !used)
		return bc_error_set(tpm->err, BC_E_TPM, "the TPM does not have all PCRs that were asked for; are the banks active?");
	return r;
}

static bool is_empty(const struct bc_pcrs *left)
{
	size_t i;

	for (i = 0; i < left->count; i++)
		if (left->bank[i].present)
			return false;
	return true;
}

static int read_pcrs(struct tpm *tpm, const struct bc_pcrs *wanted, struct bc_pcrs *ret_pcrs)
{
	struct bc_pcrs *left = malloc(sizeof(*left));
	int r = 0, reads;

	if (!left)
		return bc_error_nomem(tpm->err);
	*left = *wanted;
	memset(ret_pcrs, 0, sizeof(*ret_pcrs));
	for (reads = 0; r == 0 && reads < READS_MAX && !is_empty(left); reads++) {
		TPML_PCR_SELECTION selection, *read = NULL;
		TPML_DIGEST *values = NULL;
		UINT32 counter;
		TSS2_RC rc;

		to_selection(left, &selection);
		rc = tpm->tss.Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &selection, &counter, &read, &values);
		r = rc ? failed(tpm, "TPM2_PCR_Read", rc) : take_values(tpm, read, values, left, ret_pcrs);
		tpm->tss.Esys_Free(read);
		tpm->tss.Esys_Free(values);
	}
	free(left);
	return r;
}

/* Is the answer what a verifier will accept? */
static int check_quote(struct tpm *tpm, const struct bc_tpm_request *request, const struct bc_tpm_answer *answer, bool *ret_matches)
{
	const struct bc_pcrs *wanted = request->selection;
	struct bc_quote parsed;
	size_t i;
	int r;

	r = bc_quote_parse(answer->message, answer->message_size, &parsed, tpm->err);
	if (r < 0)
		return r;
	if (!parsed.is_quote || parsed.nonce_size != request->nonce_size || memcmp(parsed.nonce, request->nonce, parsed.nonce_size))
		return bc_error_set(tpm->err, BC_E_TPM, "what TPM2_Quote signed is not what was asked for");
	for (i = 0; i < wanted->count; i++)
		if (bc_quote_pcrs(&parsed, wanted->bank[i].alg) != wanted->bank[i].present)
			return bc_error_set(tpm->err, BC_E_TPM, "the TPM does not have all PCRs that were asked for; are the banks active?");
	return bc_quote_matches(&parsed, tpm->scheme.details.any.hashAlg, &answer->pcrs, ret_matches, tpm->err);
}

static int quote_and_read(struct tpm *tpm, const struct bc_tpm_request *request, struct bc_tpm_answer *answer)
{
	bool matches = false;
	int r = 0, i;

	for (i = 0; r == 0 && !matches && i < ATTEMPTS; i++) {
		r = quote(tpm, request, answer);
		if (r == 0)
			r = read_pcrs(tpm, request->selection, &answer->pcrs);
		if (r == 0)
			r = check_quote(tpm, request, answer, &matches);
	}
	if (r == 0 && !matches)
		r = bc_error_set(tpm->err, BC_E_TPM, "the PCRs changed between quote and reading, %d times", ATTEMPTS);
	return r;
}

int bc_tpm_quote(const struct bc_tpm_request *request, struct bc_tpm_answer *ret_answer, struct bc_error *reterr)
{
	struct tpm tpm = { .ak = ESYS_TR_NONE, .err = reterr };
	struct bc_tpm_answer *answer;
	int r;

	_Static_assert(BC_TPM_NONCE_MAX == sizeof(((TPM2B_DATA *)0)->buffer), "the longest nonce that tpm2-tss takes");
	if (request->nonce_size > BC_TPM_NONCE_MAX || request->selection->count > TPM2_NUM_PCR_BANKS)
		return bc_error_bug(reterr, "a nonce or a selection that no TPM takes");
	answer = calloc(1, sizeof(*answer));
	if (!answer)
		return bc_error_nomem(reterr);
	r = open_tpm(&tpm, request->tcti);
	if (r == 0)
		r = load_ak(&tpm, request, answer);
	if (r == 0)
		r = quote_and_read(&tpm, request, answer);
	r = close_tpm(&tpm, r);
	if (r == 0)
		*ret_answer = *answer;
	free(answer);
	return r;
}

/* ---- the platform hierarchy ---- */

static int transmit(void *context, const uint8_t *command, size_t size, uint8_t *ret_answer, size_t room, size_t *ret_size,
		    struct bc_error *reterr)
{
	struct tpm *tpm = context;
	TSS2_RC rc;

	tpm->err = reterr;
	*ret_size = room;
	rc = Tss2_Tcti_Transmit(tpm->tcti, size, command);
	if (!rc)
		rc = Tss2_Tcti_Receive(tpm->tcti, ret_size, ret_answer, TSS2_TCTI_TIMEOUT_BLOCK);
	return rc ? failed(tpm, "a command", rc) : 0;
}

int bc_tpm_platform(const char *tcti, enum bc_tpm_platform *ret_platform, struct bc_error *reterr)
{
	struct tpm tpm = { .ak = ESYS_TR_NONE, .err = reterr };
	int r = reach_tpm(&tpm, tcti);

	if (r == 0)
		r = bc_tpm_ask_platform(transmit, &tpm, ret_platform, reterr);
	return close_tpm(&tpm, r);
}
