// SPDX-License-Identifier: BSD-2-Clause
/* What stands in a sig field (Linux 6.12, security/integrity/integrity.h: signature_v2_hdr), and what it signs. */
#include <stdio.h>
#include <string.h>

#include "ima_sig.h"

#define TEXT_SIZE 160
/* enum evm_ima_xattr_type */
#define IMA_DIGSIG 0x03
#define EVM_PORTABLE 0x05
#define VERSION_1 0x01	/* before Linux 3.7, RSA without a key id of ours */
#define VERITY_DIGSIG 0x06

/* enum hash_algo (include/uapi/linux/hash_info.h) */
static const struct { uint8_t kernel; uint16_t alg; } hashes[] = {
	{ 2, BC_ALG_SHA1 }, { 4, BC_ALG_SHA256 }, { 5, BC_ALG_SHA384 }, { 6, BC_ALG_SHA512 }, { 17, BC_ALG_SM3_256 },
	{ 20, BC_ALG_SHA3_256 }, { 21, BC_ALG_SHA3_384 }, { 22, BC_ALG_SHA3_512 },
};

struct header { uint8_t type, version, hash; uint8_t id[4]; struct bc_reader sig; };

struct check {
	const struct bc_ima_entry *entry;
	const struct bc_cert *certs;
	size_t count;
	char *expected, *found;
	struct bc_error *err;
};

static void say(const struct check *check, const char *expected, const char *found)
{
	bc_copy_text(check->expected, TEXT_SIZE, expected);
	bc_copy_text(check->found, TEXT_SIZE, found);
}

static enum bc_ima_sig_result bad(const struct check *check, const char *expected, const char *found)
{
	say(check, expected, found);
	return BC_IMA_SIG_BAD;
}

static const struct bc_ima_field *find_field(const struct bc_ima_entry *entry, const char *id)
{
	size_t i;

	for (i = 0; i < entry->field_count; i++)
		if (!strcmp(entry->field[i].id, id))
			return &entry->field[i];
	return NULL;
}

static enum bc_ima_sig_result without_sig(const struct bc_ima_entry *entry)
{
	const struct bc_ima_field *appended = find_field(entry, "modsig");

	if (!entry->file_digest || entry->violation || bc_ima_is_boot_aggregate(entry) || find_field(entry, "buf"))
		return BC_IMA_SIG_NONE;
	return appended && appended->size ? BC_IMA_SIG_UNCHECKED : BC_IMA_SIG_UNSIGNED;
}

static bool get_header(const struct bc_ima_entry *entry, struct header *ret_header)
{
	struct bc_reader at;
	uint16_t size;

	bc_reader_init(&at, entry->sig, entry->sig_size, 0);
	if (!bc_get_u8(&at, &ret_header->type) || !bc_get_u8(&at, &ret_header->version) || !bc_get_u8(&at, &ret_header->hash) ||
	    !bc_get_bytes(&at, ret_header->id, sizeof(ret_header->id)) || !bc_get_be16(&at, &size) || size != at.left)
		return false;
	ret_header->sig = at;
	return true;
}

static uint16_t hash_of(const struct header *header)
{
	size_t i;

	for (i = 0; i < BC_ARRAY_SIZE(hashes); i++)
		if (hashes[i].kernel == header->hash)
			return hashes[i].alg;
	return 0;
}

/* The digest that was signed. Version 2: of the file. Version 3 (struct ima_file_id): over type, algorithm and fs-verity digest. */
static int signed_digest(const struct check *check, const struct header *header, const struct bc_algorithm *hash, uint8_t *ret_digest)
{
	const struct bc_ima_entry *entry = check->entry;
	uint8_t id[2 + BC_DIGEST_MAX] = { header->type, header->hash };

	if (header->version == 2) {
		memcpy(ret_digest, entry->file_digest, hash->size);
		return 0;
	}
	memcpy(id + 2, entry->file_digest, hash->size);
	return bc_digest(hash->id, id, 2u + hash->size, ret_digest, check->err);
}

/* Any certificate with this identifier will do: four bytes may be those of two keys. */
static int try_certs(const struct check *check, const struct header *header, const struct bc_algorithm *hash, enum bc_ima_sig_result *ret_result)
{
	uint8_t digest[BC_DIGEST_MAX];
	char id[9];
	size_t i;
	int r;

	bc_hex(header->id, sizeof(header->id), id);
	say(check, "a certificate with this key id", id);
	*ret_result = BC_IMA_SIG_UNKNOWN_KEY;
	r = signed_digest(check, header, hash, digest);
	for (i = 0; r == 0 && i < check->count && *ret_result != BC_IMA_SIG_GOOD; i++) {
		const struct bc_key *key = &check->certs[i].key;
		struct bc_sig sig;
		bool good = false;

		if (memcmp(check->certs[i].id, header->id, sizeof(header->id)))
			continue;
		*ret_result = bad(check, "a signature by the key", id);
		if (bc_sig_parse(header->sig.at, header->sig.left, key->type == BC_KEY_ECC ? BC_SIG_ECDSA : BC_SIG_RSASSA, hash->id, &sig,
				 NULL) < 0)
			continue;
		r = bc_sig_verify(key, &sig, digest, hash->size, &good, check->err);
		if (good)
			*ret_result = BC_IMA_SIG_GOOD;
	}
	return r;
}

static int check_header(const struct check *check, const struct header *header, enum bc_ima_sig_result *ret_result)
{
	const struct bc_ima_entry *entry = check->entry;
	const struct bc_algorithm *hash = bc_algorithm_by_id(hash_of(header)), *listed = bc_algorithm_by_name(entry->file_alg, 0);
	const bool verity = !strcmp(entry->file_digest_type, "verity");
	char found[TEXT_SIZE];

	if (header->version != (header->type == VERITY_DIGSIG ? 3 : 2)) {
		snprintf(found, sizeof(found), "type %u, version %u", header->type, header->version);
		*ret_result = bad(check, "type 3 with version 2, or type 6 with version 3", found);
		return 0;
	}
	if (verity != (header->type == VERITY_DIGSIG)) {
		*ret_result = bad(check, verity ? "a signature of the fs-verity digest" : "a signature of the file's digest", "the other");
		return 0;
	}
	if (!hash || hash != listed || !entry->file_digest || entry->file_digest_size != hash->size) {
		snprintf(found, sizeof(found), "over %s (hash %u)", hash ? hash->name : "another hash", header->hash);
		*ret_result = bad(check, entry->file_alg, found);
		return 0;
	}
	if (!bc_hash_available(hash->id)) {
		*ret_result = BC_IMA_SIG_UNCHECKED;
		return 0;
	}
	return try_certs(check, header, hash, ret_result);
}

int bc_ima_sig_check(const struct bc_ima_entry *entry, const struct bc_cert *certs, size_t count, enum bc_ima_sig_result *ret_result,
		     char *ret_expected, char *ret_found, struct bc_error *reterr)
{
	const struct check check = { entry, certs, count, ret_expected, ret_found, reterr };
	struct header header;
	int r = 0;

	say(&check, "", "");
	if (!entry->sig) {
		*ret_result = without_sig(entry);
	} else if (entry->sig[0] != IMA_DIGSIG && entry->sig[0] != VERITY_DIGSIG) {
		*ret_result = entry->sig[0] == EVM_PORTABLE ? BC_IMA_SIG_UNCHECKED : bad(&check, "a signature", "something else");
	} else if (entry->violation) {
		*ret_result = BC_IMA_SIG_NONE;
	} else if (entry->sig_size > 1 && entry->sig[1] == VERSION_1) {
		*ret_result = BC_IMA_SIG_UNCHECKED;
	} else if (!get_header(entry, &header)) {
		*ret_result = bad(&check, "type, version, hash, key id, size and as many bytes", "another form");
	} else {
		r = check_header(&check, &header, ret_result);
	}
	return r;
}
