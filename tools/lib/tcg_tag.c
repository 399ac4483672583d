// SPDX-License-Identifier: BSD-2-Clause
/* Tagged events of others: Linux, systemd, and the boot log of Windows (WBCL), by id. Ours are in tcg_event.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* An event of Windows is a tree of tagged items; real ones have three levels. */
#define LEVELS_MAX 4
#define WINDOWS_CONTAINER 0x40000000u
#define WINDOWS_NOT_MEASURED 0x80000000u
#define WINDOWS_TRUSTPOINT 0xc0010004u

/* Linux: drivers/firmware/efi/libstub/efistub.h. systemd: src/fundamental/tpm2-pcr.h and docs/TPM2_PCR_MEASUREMENTS.md. */
static const struct { uint32_t id; const char *name; } tags[] = {
	{ 0x8f3b22ec, "Linux initrd" },
	{ BC_TAG_LINUX_CMDLINE, "Linux command line" },
	{ 0xf5bc582a, "loader.conf of systemd-boot" },
	{ 0x6c46f751, "device tree of systemd-stub" },
	{ 0x49dffe0f, "initrd of systemd-stub" },
	{ 0xdac08e1a, "microcode of systemd-stub" },
	{ 0x13aed6db, "profile of systemd-stub" },
	{ 0xd5cb7cbc, "SMBIOS type 1 of systemd" },
	{ 0xe0d47bc8, "SMBIOS type 2 of systemd" },
	{ 0xc0b3bd23, "SMBIOS type 11 of systemd" },
};

/* wbcl.h of the Windows SDK, without the prefix SIPAEVENT_. */
static const struct { uint32_t id; const char *name; } windows[] = {
	{ 0x40010001, "TrustBoundary" }, { 0x40010002, "ELAM_Aggregation" }, { 0x40010003, "LoadedModule_Aggregation" },
	{ 0xc0010004, "TrustPoint_Aggregation" }, { 0x40010005, "KSR_Aggregation" }, { 0x40010006, "KSR_Signed_Measurement" },
	{ 0x00020001, "Information" }, { 0x00020002, "BootCounter" }, { 0x00020003, "Transfer_Control" },
	{ 0x00020004, "Application_Return" }, { 0x00020005, "BitLocker_Unlock" }, { 0x00020006, "EventCounter" },
	{ 0x00020007, "CounterId" }, { 0x00020008, "MorBit_Not_Cancelable" }, { 0x00020009, "Application_SVN" },
	{ 0x0002000a, "SVN_Chain_Status" }, { 0x0002000b, "MorBit_API_Status" }, { 0x0002000c, "IDK_Generation_Status" },
	{ 0x00030001, "FirmwareFailure" }, { 0x80030002, "TpmFailure" }, { 0x00030003, "InternalFailure" },
	{ 0x00040001, "BootDebugging" }, { 0x00040002, "Boot_Revocation_List" },
	{ 0x00050001, "OsKernelDebug" }, { 0x00050002, "CodeIntegrity" }, { 0x00050003, "TestSigning" },
	{ 0x00050004, "DataExecutionPrevention" }, { 0x00050005, "SafeMode" }, { 0x00050006, "WinPE" },
	{ 0x00050007, "PhysicalAddressExtension" }, { 0x00050008, "OsDevice" }, { 0x00050009, "SystemRoot" },
	{ 0x0005000a, "Hypervisor_Launch_Type" }, { 0x0005000b, "Hypervisor_Path" }, { 0x0005000c, "Hypervisor_IOMMU_Policy" },
	{ 0x0005000d, "Hypervisor_Debug" }, { 0x0005000e, "Driver_Load_Policy" }, { 0x0005000f, "SI_Policy" },
	{ 0x00050010, "Hypervisor_MMIO_NX_Policy" }, { 0x00050011, "Hypervisor_MSR_Filter_Policy" }, { 0x00050012, "VSM_Launch_Type" },
	{ 0x00050013, "OS_Revocation_List" }, { 0x00050014, "SMT_Status" }, { 0x00050020, "VSM_IDK_Info" },
	{ 0x00050021, "FlightSigning" }, { 0x00050022, "Pagefile_Encryption" }, { 0x00050023, "VSM_IDKS_Info" },
	{ 0x00050024, "Hibernation_Disabled" }, { 0x00050025, "Dumps_Disabled" }, { 0x00050026, "Dump_Encryption" },
	{ 0x00050027, "Dump_Encryption_Key_Digest" }, { 0x00050028, "LsaIso_Config" },
	{ 0x00060001, "NoAuthority" }, { 0x00060002, "AuthorityPubKey" },
	{ 0x00070001, "FilePath" }, { 0x00070002, "ImageSize" }, { 0x00070003, "HashAlgorithmId" }, { 0x00070004, "AuthenticodeHash" },
	{ 0x00070005, "AuthorityIssuer" }, { 0x00070006, "AuthoritySerial" }, { 0x00070007, "ImageBase" },
	{ 0x00070008, "AuthorityPublisher" }, { 0x00070009, "AuthoritySha1Thumbprint" }, { 0x0007000a, "ImageValidated" },
	{ 0x0007000b, "Module_SVN" },
	{ 0x80080001, "Quote" }, { 0x80080002, "QuoteSignature" }, { 0x80080003, "AikId" }, { 0x80080004, "AikPubDigest" },
	{ 0x00090001, "ELAM_KeyName" }, { 0x00090002, "ELAM_Configuration" }, { 0x00090003, "ELAM_Policy" }, { 0x00090004, "ELAM_Measured" },
	{ 0x000a0001, "VBS_VSM_Required" }, { 0x000a0002, "VBS_SecureBoot_Required" }, { 0x000a0003, "VBS_IOMMU_Required" },
	{ 0x000a0004, "VBS_MMIO_NX_Required" }, { 0x000a0005, "VBS_MSR_Filtering_Required" }, { 0x000a0006, "VBS_Mandatory_Enforcement" },
	{ 0x000a0007, "VBS_HVCI_Policy" }, { 0x000a0008, "VBS_Microsoft_Boot_Chain_Required" },
	{ 0x000b0001, "KSR_Signature" },
};

static const char *windows_name(uint32_t id)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(windows); i++)
		if (windows[i].id == id)
			return windows[i].name;
	return NULL;
}

/* Paths and names: a short one is no number. */
static bool is_text(uint32_t id)
{
	static const uint32_t ids[] = { 0x00050009, 0x0005000b, 0x00070001, 0x00070005, 0x00070008, 0x00090001 };
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Up to eight bytes are a number, UTF-16 of printable characters a text, the rest is counted. */
static size_t value_text(uint32_t id, struct bc_reader value, char *ret_text, size_t size, size_t used)
{
	uint64_t number = 0;
	size_t i;

	if (bc_at_end(&value))
		return used;
	if (!is_text(id) && value.left <= 8 && (value.left & (value.left - 1)) == 0) {
		for (i = value.left; i-- > 0;)
			number = number << 8 | value.at[i];
		return bc_append(ret_text, size, used, " %" PRIu64, number);
	}
	if (!bc_is_utf16_text(&value))
		return bc_append(ret_text, size, used, " of %zu bytes", value.left);
	used = bc_append(ret_text, size, used, " ");
	return bc_append_utf16(ret_text, size, used, value);
}

/* Do the sizes of items and containers add up? */
static bool items_fit(struct bc_reader items, unsigned int level)
{
	struct bc_reader value;
	uint32_t id, length;

	while (!bc_at_end(&items)) {
		if (!bc_get_le32(&items, &id) || !bc_get_le32(&items, &length) || !bc_get_sub(&items, length, &value))
			return false;
		if (id & WINDOWS_CONTAINER && level < LEVELS_MAX && !items_fit(value, level + 1))
			return false;
	}
	return true;
}

bool bc_tcg_is_windows(const struct bc_tcg_event *event)
{
	struct bc_reader items, first;
	uint32_t id;

	bc_reader_init(&items, event->data, event->data_size, 0);
	first = items;
	return bc_get_le32(&first, &id) && windows_name(id) && items_fit(items, 1);
}

/* Items one behind the other, containers opened, as far as the text has room. */
static void append_items(struct bc_reader items, unsigned int level, char *ret_text, size_t size, size_t *used)
{
	const char *comma = "";
	struct bc_reader value;
	uint32_t id, length;

	while (*used < size && !bc_at_end(&items)) {
		if (!bc_get_le32(&items, &id) || !bc_get_le32(&items, &length) || !bc_get_sub(&items, length, &value))
			return;
		*used = bc_append(ret_text, size, *used, "%s", comma);
		comma = ", ";
		if (windows_name(id))
			*used = bc_append(ret_text, size, *used, "%s", windows_name(id));
		else
			*used = bc_append(ret_text, size, *used, "0x%08" PRIx32, id);
		if (!(id & WINDOWS_CONTAINER) || level == LEVELS_MAX) {
			*used = value_text(id, value, ret_text, size, *used);
			continue;
		}
		*used = bc_append(ret_text, size, *used, " (");
		append_items(value, level + 1, ret_text, size, used);
		*used = bc_append(ret_text, size, *used, ")");
	}
}

size_t bc_windows_text(const struct bc_tcg_event *event, char *ret_text, size_t size)
{
	struct bc_reader items;
	size_t used;

	if (!bc_tcg_is_windows(event))
		return 0;
	bc_reader_init(&items, event->data, event->data_size, 0);
	used = bc_append(ret_text, size, 0, "Windows: ");
	append_items(items, 1, ret_text, size, &used);
	return used;
}

/* A tag that is not ours: who it is of, and what it describes, in the text form that it has. */
size_t bc_foreign_tag_text(uint32_t id, struct bc_reader payload, char *ret_text, size_t size)
{
	size_t i, used, length = payload.left ? strnlen((const char *)payload.at, payload.left) : 0;

	for (i = 0; i < BC_ARRAY_SIZE(tags) && tags[i].id != id; i++)
		;
	if (i == BC_ARRAY_SIZE(tags))
		used = bc_append(ret_text, size, 0, "tag 0x%08" PRIx32 ", %zu bytes", id, payload.left);
	else
		used = bc_append(ret_text, size, 0, "%s", tags[i].name);
	if (bc_is_utf16_text(&payload)) {
		used = bc_append(ret_text, size, used, ": ");
		used = bc_append_utf16(ret_text, size, used, payload);
	} else if (length && bc_printable(payload.at, length) && bc_all_bytes(payload.at + length, payload.left - length, 0)) {
		used = bc_append(ret_text, size, used, ": ");
		used = bc_append_escaped(ret_text, size, used, payload.at, length);
	}
	return used;
}
