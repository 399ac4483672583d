// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a replay costs at least: map a log of logs.py, walk its records, compute the same hashes with libcrypto's fastest calls, and nothing else. No
 * length is checked, nothing is reported, one form of each log is known.
 *
 *	floor ima ALG[,ALG] FILE     template digests in the first ALG against the list, PCR 10 in all
 *	floor tcg FILE               digests of the data against the log, PCRs, in the banks sha1, sha256, sha384
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

/* SHA256() and its kin look the algorithm up each time; these do not. */
#define DEFINE_HASH(name, type, prefix)							\
	static void name(const unsigned char *data, size_t size, unsigned char *digest)	\
	{										\
		type context;								\
											\
		prefix##_Init(&context);						\
		prefix##_Update(&context, data, size);					\
		prefix##_Final(digest, &context);					\
	}
DEFINE_HASH(hash_sha1, SHA_CTX, SHA1)
DEFINE_HASH(hash_sha256, SHA256_CTX, SHA256)
DEFINE_HASH(hash_sha384, SHA512_CTX, SHA384)

static const struct { const char *name; size_t size; void (*hash)(const unsigned char *data, size_t size, unsigned char *digest); } banks[] = {
	{ "sha1", 20, hash_sha1 }, { "sha256", 32, hash_sha256 }, { "sha384", 48, hash_sha384 },
};

static unsigned char pcrs[3][24][64];
static unsigned long records, wrong;

static uint32_t le32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, 4);
	return value;
}

static void extend(size_t bank, uint32_t pcr, const unsigned char *digest)
{
	unsigned char both[128];

	memcpy(both, pcrs[bank][pcr], banks[bank].size);
	memcpy(both + banks[bank].size, digest, banks[bank].size);
	banks[bank].hash(both, 2 * banks[bank].size, pcrs[bank][pcr]);
}

static void walk_ima(const unsigned char *at, const unsigned char *end, const size_t *used, size_t count)
{
	unsigned char digest[64];
	const size_t size = banks[used[0]].size;
	const unsigned char *data;
	size_t i;

	for (; at < end; records++) {
		data = at + 4 + size + 4 + le32(at + 4 + size) + 4;
		for (i = 0; i < count; i++) {
			banks[used[i]].hash(data, le32(data - 4), digest);
			if (i == 0)
				wrong += memcmp(digest, at + 4, size) != 0;
			extend(used[i], le32(at), digest);
		}
		at = data + le32(data - 4);
	}
}

static void walk_tcg(const unsigned char *at, const unsigned char *end)
{
	const unsigned char *digests[3], *data;
	unsigned char digest[64];
	uint32_t pcr;
	size_t i;

	for (at += 32 + le32(at + 28); at < end; records++) {
		pcr = le32(at);
		data = at + 12;
		for (i = 0; i < 3; i++) {
			digests[i] = data + 2;
			data += 2 + banks[i].size;
		}
		for (i = 0; i < 3; i++) {
			banks[i].hash(data + 4, le32(data), digest);
			wrong += memcmp(digest, digests[i], banks[i].size) != 0;
			extend(i, pcr, digests[i]);
		}
		at = data + 4 + le32(data);
	}
}

static const unsigned char *map(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0 || (data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	*ret_size = (size_t)st.st_size;
	return data;
}

static void print(size_t bank)
{
	static const unsigned char zeros[64];
	size_t pcr, i;

	for (pcr = 0; pcr < 24; pcr++) {
		if (!memcmp(pcrs[bank][pcr], zeros, banks[bank].size))
			continue;
		printf("%s %zu ", banks[bank].name, pcr);
		for (i = 0; i < banks[bank].size; i++)
			printf("%02x", pcrs[bank][pcr][i]);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	const unsigned char *data;
	size_t size, used[3], count = 0, i;
	char *word;

	if (argc == 4 && !strcmp(argv[1], "ima")) {
		for (word = strtok(argv[2], ","); word; word = strtok(NULL, ","))
			for (i = 0; i < 3; i++)
				if (!strcmp(word, banks[i].name))
					used[count++] = i;
		data = map(argv[3], &size);
		walk_ima(data, data + size, used, count);
	} else if (argc == 3 && !strcmp(argv[1], "tcg")) {
		for (count = 0; count < 3; count++)
			used[count] = count;
		data = map(argv[2], &size);
		walk_tcg(data, data + size);
	} else {
		fprintf(stderr, "usage: floor ima ALG[,ALG] FILE | floor tcg FILE\n");
		return 2;
	}
	fprintf(stderr, "%lu records, %lu wrong\n", records, wrong);
	for (i = 0; i < count; i++)
		print(used[i]);
	return 0;
}
