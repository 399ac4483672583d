/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tpm2-tss, loaded when a TPM is asked: its libraries take longer to load than a verifier, who has no TPM, needs for a log. All but libtss2-rc, which is
 * small: it has thread-local data, and where memory is short the C library aborts the process that wants such data of a library loaded late.
 */
#ifndef BC_TPM_TSS_H
#define BC_TPM_TSS_H

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "internal.h"

/* Each library by its ABI, which 3.x and 4.x share, and what is called of it. */
#define BC_TSS_LIBRARIES(LIBRARY)	\
	LIBRARY(esys, "libtss2-esys.so.0")	\
	LIBRARY(mu, "libtss2-mu.so.0")		\
	LIBRARY(tctildr, "libtss2-tctildr.so.0")

#define BC_TSS_FUNCTIONS(FUNCTION)				\
	FUNCTION(esys, Esys_Initialize)				\
	FUNCTION(esys, Esys_Finalize)				\
	FUNCTION(esys, Esys_Free)				\
	FUNCTION(esys, Esys_CreatePrimary)			\
	FUNCTION(esys, Esys_FlushContext)			\
	FUNCTION(esys, Esys_TR_FromTPMPublic)			\
	FUNCTION(esys, Esys_TR_Close)				\
	FUNCTION(esys, Esys_ReadPublic)				\
	FUNCTION(esys, Esys_Quote)				\
	FUNCTION(esys, Esys_PCR_Read)				\
	FUNCTION(mu, Tss2_MU_TPM2B_PUBLIC_Marshal)		\
	FUNCTION(mu, Tss2_MU_TPMT_SIGNATURE_Marshal)		\
	FUNCTION(tctildr, Tss2_TctiLdr_Initialize)		\
	FUNCTION(tctildr, Tss2_TctiLdr_Finalize)

struct bc_tss {
#define LIBRARY(name, file) void *name;
	BC_TSS_LIBRARIES(LIBRARY)
#undef LIBRARY
#define FUNCTION(library, name) __typeof__(&name) name;
	BC_TSS_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

/* Errors: BC_E_UNSUPPORTED when a library or a function is not there; nothing is left open then. */
int bc_tss_open(struct bc_tss *ret_tss, struct bc_error *reterr);
/* Also of one that is all zeros. */
void bc_tss_close(struct bc_tss *tss);

#endif
