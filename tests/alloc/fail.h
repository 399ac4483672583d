/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation of this program and of all its libraries, counted, and some of them refused. */
#ifndef TEST_ALLOC_FAIL_H
#define TEST_ALLOC_FAIL_H

#include <stdbool.h>

/* Shared with the child that counts. */
struct fail {
	bool armed;		/* nothing is counted or refused before */
	bool all_later;		/* refuse every one from first on, not only that one */
	bool trace;		/* print the stack of the one that is refused */
	unsigned long first;	/* number of the one that is refused, from 1; 0: none */
	unsigned long count;	/* seen so far */
	unsigned long refused;
	bool by_other;		/* libcrypto, tpm2-tss or the loader asked, who do not always say that memory was what they lacked */
};

extern struct fail *fail;
void fail_init(void);

#endif
