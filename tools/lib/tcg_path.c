// SPDX-License-Identifier: BSD-2-Clause
/* EFI device paths as text (UEFI 2.10, 10.3 and 10.6.1.5), by a table of node forms. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define END_TYPE 0x7f
#define END_ENTIRE 0xff
#define NODE_HEAD 4
/* PNP ids in compressed form: the three letters "PNP" are 0x41d0. */
#define EISA_PNP 0x41d0u

typedef size_t node_text(struct bc_reader data, char *ret_text, size_t size, size_t used);
static node_text pci_text, acpi_text, file_text, disk_text, mac_text;

/*
 * form, one letter a field: b w d q = number of 1, 2, 4, 8 bytes; s = four bytes that are not shown; g = GUID; a = the rest as ASCII; u = the
 * rest as UTF-16; x = the rest as hex, nothing when there is none.
 */
static const struct { uint8_t type, subtype; const char *name, *form; node_text *text; } nodes[] = {
	{ 1, 0x01, NULL, NULL, pci_text },
	{ 1, 0x03, "MemoryMapped", "dqq", NULL },
	{ 1, 0x04, "VenHw", "gx", NULL },
	{ 1, 0x05, "Ctrl", "d", NULL },
	{ 1, 0x06, "BMC", "bq", NULL },
	{ 2, 0x01, NULL, NULL, acpi_text },
	{ 2, 0x02, "AcpiEx", "dddx", NULL },
	{ 2, 0x03, "AcpiAdr", "d", NULL },
	{ 3, 0x01, "Ata", "bbw", NULL },
	{ 3, 0x02, "Scsi", "ww", NULL },
	{ 3, 0x03, "Fibre", "sqq", NULL },
	{ 3, 0x05, "USB", "bb", NULL },
	{ 3, 0x0a, "VenMsg", "gx", NULL },
	{ 3, 0x0b, NULL, NULL, mac_text },
	{ 3, 0x0c, "IPv4", "x", NULL },
	{ 3, 0x0d, "IPv6", "x", NULL },
	{ 3, 0x0e, "Uart", "sqbbb", NULL },
	{ 3, 0x0f, "UsbClass", "wwbbb", NULL },
	{ 3, 0x10, "UsbWwid", "wwwu", NULL },
	{ 3, 0x11, "Unit", "b", NULL },
	{ 3, 0x12, "Sata", "www", NULL },
	{ 3, 0x13, "iSCSI", "x", NULL },
	{ 3, 0x14, "Vlan", "w", NULL },
	{ 3, 0x16, "SasEx", "x", NULL },
	{ 3, 0x17, "NVMe", "dx", NULL },
	{ 3, 0x18, "Uri", "a", NULL },
	{ 3, 0x19, "UFS", "bb", NULL },
	{ 3, 0x1a, "SD", "b", NULL },
	{ 3, 0x1d, "eMMC", "b", NULL },
	{ 3, 0x1f, "Dns", "x", NULL },
	{ 4, 0x01, NULL, NULL, disk_text },
	{ 4, 0x02, "CDROM", "dqq", NULL },
	{ 4, 0x03, "VenMedia", "gx", NULL },
	{ 4, 0x04, NULL, NULL, file_text },
	{ 4, 0x05, "Media", "g", NULL },
	{ 4, 0x06, "FvFile", "g", NULL },
	{ 4, 0x07, "Fv", "g", NULL },
	{ 4, 0x08, "Offset", "sqq", NULL },
	{ 4, 0x09, "RamDisk", "qqgw", NULL },
	{ 5, 0x01, "BBS", "wwa", NULL },
};

bool bc_append_guid(struct bc_reader *reader, char *ret_text, size_t size, size_t *used)
{
	uint16_t mid, high;
	uint32_t low;
	uint8_t rest[8];

	if (!bc_get_le32(reader, &low) || !bc_get_le16(reader, &mid) || !bc_get_le16(reader, &high) ||
	    !bc_get_bytes(reader, rest, sizeof(rest)))
		return false;
	*used = bc_append(ret_text, size, *used, "%08" PRIx32 "-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", low, mid, high, rest[0],
			  rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]);
	return true;
}

static bool get_number(struct bc_reader *data, char letter, uint64_t *ret_value)
{
	uint32_t d = 0;
	uint16_t w = 0;
	uint8_t b = 0;
	bool ok;

	if (letter == 'q')
		return bc_get_le64(data, ret_value);
	ok = letter == 'b' ? bc_get_u8(data, &b) : letter == 'w' ? bc_get_le16(data, &w) : bc_get_le32(data, &d);
	*ret_value = letter == 'b' ? b : letter == 'w' ? w : d;
	return ok;
}

/* A rest is escaped as the bytes that it has; what a cut node lacks is left out. */
static size_t form_text(const char *form, struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	const char *comma = "";
	uint64_t value = 0;

	for (; *form; form++) {
		if ((*form == 'x' || *form == 'a' || *form == 'u') && bc_at_end(&data))
			break;
		if (*form != 's')
			used = bc_append(ret_text, size, used, "%s", comma);
		if (*form == 'g' ? !bc_append_guid(&data, ret_text, size, &used) : strchr("bwdqs", *form) && !get_number(&data, *form, &value))
			return bc_append(ret_text, size, used, "?");
		if (strchr("bwdq", *form))
			used = bc_append(ret_text, size, used, "0x%" PRIX64, value);
		else if (*form == 'x')
			used = bc_append_hex(ret_text, size, used, &data);
		else if (*form == 'a')
			used = bc_append_escaped(ret_text, size, used, data.at, strnlen((const char *)data.at, data.left));
		else if (*form == 'u')
			used = bc_append_utf16(ret_text, size, used, data);
		if (*form != 's')
			comma = ",";
	}
	return used;
}

static size_t pci_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	uint8_t function, device;

	if (!bc_get_u8(&data, &function) || !bc_get_u8(&data, &device))
		return bc_append(ret_text, size, used, "Pci(?)");
	return bc_append(ret_text, size, used, "Pci(0x%X,0x%X)", device, function);
}

static size_t acpi_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	static const struct { uint16_t pnp; const char *name; } names[] = {
		{ 0x0a03, "PciRoot" }, { 0x0a08, "PcieRoot" }, { 0x0604, "Floppy" }, { 0x0301, "Keyboard" }, { 0x0501, "Serial" },
		{ 0x0401, "ParallelPort" },
	};
	uint32_t hid, uid;
	size_t i;

	if (!bc_get_le32(&data, &hid) || !bc_get_le32(&data, &uid))
		return bc_append(ret_text, size, used, "Acpi(?)");
	for (i = 0; (hid & 0xffff) == EISA_PNP && i < BC_ARRAY_SIZE(names); i++)
		if (names[i].pnp == hid >> 16)
			return bc_append(ret_text, size, used, "%s(0x%" PRIX32 ")", names[i].name, uid);
	if ((hid & 0xffff) == EISA_PNP)
		return bc_append(ret_text, size, used, "Acpi(PNP%04" PRIX32 ",0x%" PRIX32 ")", hid >> 16, uid);
	return bc_append(ret_text, size, used, "Acpi(0x%08" PRIX32 ",0x%" PRIX32 ")", hid, uid);
}

static size_t file_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	return bc_append_utf16(ret_text, size, used, data);
}

/* Partition number, start, size, signature of 16 bytes, format 1 MBR 2 GPT, kind of signature 1 MBR 2 GUID. */
static size_t disk_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	struct bc_reader signature;
	uint64_t start, sectors;
	uint8_t format, kind;
	uint32_t number, mbr;

	if (!bc_get_le32(&data, &number) || !bc_get_le64(&data, &start) || !bc_get_le64(&data, &sectors) ||
	    !bc_get_sub(&data, 16, &signature) || !bc_get_u8(&data, &format) || !bc_get_u8(&data, &kind))
		return bc_append(ret_text, size, used, "HD(?)");
	used = bc_append(ret_text, size, used, "HD(%" PRIu32 ",", number);
	if (kind == 2) {
		used = bc_append(ret_text, size, used, "GPT,");
		if (!bc_append_guid(&signature, ret_text, size, &used))
			return used;
	} else if (bc_get_le32(&signature, &mbr)) {
		used = bc_append(ret_text, size, used, kind == 1 ? "MBR,0x%08" PRIx32 : "0,0x%" PRIx32, mbr);
	}
	return bc_append(ret_text, size, used, ",0x%" PRIX64 ",0x%" PRIX64 ")", start, sectors);
}

/* An address of 32 bytes; network cards (kind 0 and 1) have six of them. */
static size_t mac_text(struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	struct bc_reader address, used_part;
	uint8_t kind;

	if (!bc_get_sub(&data, 32, &address) || !bc_get_u8(&data, &kind) || !bc_get_sub(&address, kind <= 1 ? 6 : 32, &used_part))
		return bc_append(ret_text, size, used, "MAC(?)");
	used = bc_append(ret_text, size, used, "MAC(");
	used = bc_append_hex(ret_text, size, used, &used_part);
	return bc_append(ret_text, size, used, ",0x%X)", kind);
}

static size_t append_node(uint8_t type, uint8_t subtype, struct bc_reader data, char *ret_text, size_t size, size_t used)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(nodes); i++) {
		if (nodes[i].type != type || nodes[i].subtype != subtype)
			continue;
		if (nodes[i].text)
			return nodes[i].text(data, ret_text, size, used);
		used = bc_append(ret_text, size, used, "%s(", nodes[i].name);
		used = form_text(nodes[i].form, data, ret_text, size, used);
		return bc_append(ret_text, size, used, ")");
	}
	used = bc_append(ret_text, size, used, "Path(%u,%u%s", type, subtype, data.left ? "," : "");
	used = bc_append_hex(ret_text, size, used, &data);
	return bc_append(ret_text, size, used, ")");
}

size_t bc_append_device_path(struct bc_reader path, char *ret_text, size_t size, size_t used)
{
	const char *slash = "";
	uint8_t type, subtype;
	struct bc_reader data;
	uint16_t length;

	while (used < size && !bc_at_end(&path)) {
		if (!bc_get_u8(&path, &type) || !bc_get_u8(&path, &subtype) || !bc_get_le16(&path, &length) || length < NODE_HEAD ||
		    !bc_get_sub(&path, length - NODE_HEAD, &data))
			return bc_append(ret_text, size, used, "%s(broken)", slash);
		if (type == END_TYPE && subtype == END_ENTIRE)
			break;
		if (type == END_TYPE) {		/* another path follows */
			used = bc_append(ret_text, size, used, ",");
			slash = "";
			continue;
		}
		used = bc_append(ret_text, size, used, "%s", slash);
		used = append_node(type, subtype, data, ret_text, size, used);
		slash = "/";
	}
	return used;
}
