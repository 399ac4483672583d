// SPDX-License-Identifier: BSD-2-Clause
/* The checks of bootchain doctor, and what is known of each. docs/formats.md names them; a test compares. */
#include <stdarg.h>

#include "doctor.h"

#define ROW(check, name, severity, needed, good, bad, advice) [check] = { name, BC_##severity, needed, good, bad, advice }

const struct check_row check_rows[CHECKS] = {
	ROW(TPM_FOUND, "tpm", ERROR, true, "there is a TPM", "no TPM is in use",
	    "check wiring and tree; build the driver for its bus (TIS, SPI, I2C) into the kernel"),
	ROW(TPM_VERSION, "tpm-version", ERROR, false, "it is a TPM 2.0", "it is no TPM 2.0", "use a TPM 2.0; a TPM 1.2 has SHA-1 only"),
	ROW(TPM_BANKS, "tpm-banks", ERROR, true, "a bank that is not SHA-1 is active", "no bank but SHA-1 is active",
	    "activate the SHA-256 bank (tpm2_pcrallocate in the firmware), then start again"),
	ROW(TPM_RESET, "tpm-reset", ERROR, false, "the TPM was reset with the machine", "the TPM was not reset with the machine",
	    "connect the TPM's reset pin to the reset of the board: a warm reboot must reset it"),
	ROW(TPM_RESET_LINE, "tpm-reset-line", ERROR, false, "the tree tells of no reset line that the system could pull",
	    "the system can pull the TPM's reset line, and then extend what it likes",
	    "connect the TPM's reset pin to the reset of the board, not to a GPIO; take the line out of the tree"),
	ROW(TPM_PLATFORM, "tpm-platform", ERROR, false, "the platform hierarchy is closed",
	    "the platform hierarchy is open: root can clear the TPM and change its banks",
	    "let the firmware disable it before it starts the system (TPM2_HierarchyControl)"),

	ROW(LOG_FOUND, "log", ERROR, true, "there is a firmware log", "the kernel has no firmware log",
	    "turn measured boot on in the firmware, and let the tree name the log (linux,sml-base, linux,sml-size at the TPM's node)"),
	ROW(LOG_BANKS, "log-banks", ERROR, false, "the log has digests for every active bank", "the log has no digests for an active bank",
	    "build the firmware with this hash, or switch the bank off"),
	ROW(LOG_REPLAYS, "log-replays", ERROR, true, "the firmware log explains the PCRs", "the firmware log does not explain the PCRs",
	    "\"bootchain verify\" tells which event; look for an older log left in memory, or a stage that extends without logging"),
	ROW(LOG_COMPLETE, "log-complete", ERROR, false, "kernel, command line and tree are measured", "something that was used is not measured",
	    "update the firmware; start the kernel in a way that is measured"),
	ROW(LOG_CLOSED, "log-closed", ERROR, false, "the firmware closed PCR 0-7", "the firmware did not close PCR 0-7 as it should",
	    "read the firmware's console: measuring failed, or stopped, and it says why"),
	ROW(LOG_ORDER, "log-order", WARNING, false, "nothing follows the separators", "something follows the separators",
	    "see which stage measures behind the hand-over, or twice"),
	ROW(LOG_PROMPT, "log-prompt", WARNING, false, "nobody gave orders to the boot loader", "the boot was not the automatic one",
	    "do not seal to this boot; set a boot delay without a prompt"),
	ROW(LOG_TREE, "log-tree", ERROR, false, "the kernel's tree is the one that was measured", "the kernel's tree is not the one that was measured",
	    "\"bootchain verify --fdt\" tells more; nothing may change the tree behind the measurement"),
	ROW(LOG_BOUND, "log-bound", NOTE, false, "PCR 10 binds the firmware log as a whole", "nothing binds types and data of the log's events",
	    "use a kernel that writes the entry firmware_log (kernel/README.md)"),

	ROW(TREE_MEASURED_SEEDS, "seeds-measured", WARNING, false, "no random seed is in a PCR", "a random seed is measured with the tree",
	    "PCR 1 is another one at each boot: let the firmware leave the seeds out (rule fdt1)"),
	ROW(TREE_KASLR_SEED, "kaslr-seed", NOTE, false, "the tree gives the kernel a seed for its address", "the tree has no kaslr-seed",
	    "let the firmware write one (CONFIG_DM_RNG and kaslrseed in U-Boot)"),

	ROW(IMA_FOUND, "ima", ERROR, true, "IMA is there", "the kernel has no IMA", "build it with CONFIG_IMA (kernel/config/30-measure.config)"),
	ROW(IMA_TPM, "ima-tpm", ERROR, true, "IMA extends the TPM", "IMA measured without the TPM",
	    "build the TPM's driver in; CONFIG_IMA_INIT_LATE_SYNC and ima_tpm_wait= give it time (kernel/README.md)"),
	ROW(IMA_EARLY, "ima-early", WARNING, false, "IMA started when the kernel did", "IMA started late",
	    "see what ran before boot_aggregate_late; make the TPM's bus driver come earlier"),
	ROW(IMA_REPLAYS, "ima-replays", ERROR, true, "the IMA list explains PCR 10 and holds the firmware's PCRs",
	    "the IMA list does not explain PCR 10, or is of another boot", "\"bootchain verify\" tells which entry; see who else extends PCR 10"),
	ROW(IMA_HASH, "ima-hash", WARNING, false, "IMA hashes with a good algorithm", "IMA hashes with SHA-1, or boot_aggregate leaves out PCR 8 and 9",
	    "CONFIG_IMA_DEFAULT_HASH_SHA256"),
	ROW(IMA_TEMPLATE, "ima-template", NOTE, false, "entries carry signatures", "entries carry no signatures",
	    "ima_template=ima-sig, or CONFIG_IMA_SIG_TEMPLATE"),
	ROW(IMA_POLICY, "ima-policy", ERROR, false, "a policy measures", "no policy measures anything",
	    "ima_policy=tcb on the command line, or load one from the initramfs (kernel/policy/)"),
	ROW(IMA_APPRAISES, "ima-appraise", NOTE, false, "the policy appraises", "the policy refuses nothing",
	    "load one that appraises, if files are signed (docs/ima-evm.md)"),
	ROW(IMA_VIOLATIONS, "ima-violations", WARNING, false, "no file was written while it was measured", "a file was written while it was measured",
	    "\"bootchain show\" names it; see which process held it open"),

	ROW(EVM_ACTIVE, "evm", WARNING, false, "EVM is active", "EVM is off: owner and mode of a file are not protected",
	    "CONFIG_EVM and CONFIG_EVM_LOAD_X509, with /etc/keys/x509_evm.der in the initramfs"),
	ROW(EVM_STRICT, "evm-strict", WARNING, false, "nobody may change the metadata of signed files", "EVM lets metadata of signed files be changed",
	    "do not write 4 to /sys/kernel/security/evm; write 0x80000002 early"),

	ROW(KEYS_CA, "keys-ca", WARNING, false, "a certificate is built into the kernel", "no certificate is built into the kernel",
	    "CONFIG_SYSTEM_TRUSTED_KEYS=\"your-ca.pem\" (\"make keys\")"),
	ROW(KEYS_IMA, "keys-ima", WARNING, false, "IMA has a certificate", "IMA has no certificate: no signature can be good",
	    "put /etc/keys/x509_ima.der, signed by the built-in CA, into the initramfs (CONFIG_IMA_LOAD_X509)"),
	ROW(KEYS_EVM, "keys-evm", WARNING, false, "EVM has a certificate", "EVM has no certificate",
	    "put /etc/keys/x509_evm.der, signed by the built-in CA, into the initramfs (CONFIG_EVM_LOAD_X509)"),
	ROW(KEYS_REFUSED, "keys-refused", ERROR, false, "the kernel refused no certificate", "the kernel did not load a certificate",
	    "-126: the built-in CA has not signed it; -2: it is not in the initramfs"),

	ROW(CMDLINE_APPRAISE, "cmdline-appraise", ERROR, true, "the command line leaves appraisal on", "the command line weakens IMA",
	    "take the word out; a kernel without CONFIG_IMA_APPRAISE_BOOTPARAM does not know it"),
	ROW(CMDLINE_EVM, "cmdline-evm", ERROR, true, "the command line leaves EVM on", "the command line weakens EVM",
	    "take evm=fix out: it gives a good label to whatever is there"),
	ROW(CMDLINE_HASH, "cmdline-hash", WARNING, false, "the command line asks for no weak hash", "the command line asks for a weak hash or template",
	    "ima_hash=sha256, ima_template=ima-sig, or neither word"),
	ROW(CMDLINE_POLICY, "cmdline-policy", WARNING, false, "IMA has a policy from the start", "IMA has no policy until one is loaded",
	    "ima_policy=tcb: else what runs before the policy is loaded is in no list"),
	ROW(CMDLINE_LSM, "cmdline-lsm", WARNING, false, "the command line leaves the security modules as they were built",
	    "lsm= does not name \"integrity\"", "add it: kernels before 6.4 start neither IMA nor EVM without; or take lsm= out"),
	ROW(CMDLINE_KASLR, "cmdline-kaslr", WARNING, false, "the command line leaves KASLR on", "the command line switches KASLR off", "take nokaslr out"),
};

static void set(struct doctor *d, enum check check, enum check_state state, const char *format, va_list list)
{
	struct check_result *result = &d->result[check];

	if (state <= result->state)
		return;
	result->state = state;
	vsnprintf(result->detail, sizeof(result->detail), format, list);
}

void check_good(struct doctor *d, enum check check, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	set(d, check, GOOD, format, list);
	va_end(list);
}

void check_bad(struct doctor *d, enum check check, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	set(d, check, BAD, format, list);
	va_end(list);
}

void check_not_known(struct doctor *d, enum check check, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	set(d, check, NOT_KNOWN, format, list);
	va_end(list);
}
