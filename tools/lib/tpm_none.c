// SPDX-License-Identifier: BSD-2-Clause
/* A build without tpm2-tss: it can put questions to a device; what it cannot do, it says. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tpm_ask.h"

#define DEVICE "device:"
#define DEFAULT_DEVICE "/dev/tpmrm0"
/* Longer than any of the commands may take (PTP 1.05, table of durations: 2 s). */
#define TIMEOUT_MS 10000

int bc_tpm_quote(const struct bc_tpm_request *request, struct bc_tpm_answer *ret_answer, struct bc_error *reterr)
{
	(void)request;
	(void)ret_answer;
	return bc_error_set(reterr, BC_E_UNSUPPORTED, "this build cannot ask a TPM for a quote: it was made without tpm2-tss (TSS=1)");
}

static int transmit(void *context, const uint8_t *command, size_t size, uint8_t *ret_answer, size_t room, size_t *ret_size,
		    struct bc_error *reterr)
{
	struct pollfd device = { .fd = *(const int *)context, .events = POLLIN };
	ssize_t got;

	if (write(device.fd, command, size) != (ssize_t)size)
		return bc_error_set(reterr, BC_E_TPM, "the TPM takes no command: %s", strerror(errno));
	if (poll(&device, 1, TIMEOUT_MS) != 1)
		return bc_error_set(reterr, BC_E_TPM, "the TPM does not answer");
	got = read(device.fd, ret_answer, room);
	if (got < 0)
		return bc_error_set(reterr, BC_E_TPM, "the TPM's answer cannot be read: %s", strerror(errno));
	*ret_size = (size_t)got;
	return 0;
}

int bc_tpm_platform(const char *tcti, enum bc_tpm_platform *ret_platform, struct bc_error *reterr)
{
	const char *path;
	int device, r;

	if (tcti && strncmp(tcti, DEVICE, strlen(DEVICE)))
		return bc_error_set(reterr, BC_E_UNSUPPORTED, "--tcti %.64s: this build, made without tpm2-tss, knows " DEVICE "PATH only", tcti);
	path = tcti ? tcti + strlen(DEVICE) : DEFAULT_DEVICE;
	device = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (device < 0)
		return bc_error_set(reterr, BC_E_TPM, "cannot open %.64s: %s", path, strerror(errno));
	r = bc_tpm_ask_platform(transmit, &device, ret_platform, reterr);
	close(device);
	return r;
}
