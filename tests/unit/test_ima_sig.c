// SPDX-License-Identifier: BSD-2-Clause
#include "ima_sig.h"
#include "logs.h"

#define SIGS "tests/data/ima-sig/"

static struct bc_cert read_cert(const char *name)
{
	struct bc_cert cert;
	char path[128];
	uint8_t *data;
	size_t size;

	snprintf(path, sizeof(path), SIGS "%s", name);
	data = read_fixture(path, &size);
	assert_int_equal(bc_cert_parse(data, size, &cert, NULL), 0);
	bc_free(data);
	return cert;
}

/* The list up to size bytes of it; counts by result. */
static void check_list(const uint8_t *list, size_t size, const struct bc_cert *certs, size_t cert_count, size_t *ret_counts)
{
	char expected[160], found[160];
	const struct bc_ima_entry *entry;
	enum bc_ima_sig_result result;
	struct bc_ima_log *log = NULL;
	struct bc_stream *stream = open_bytes(list, size, "list.bin");

	memset(ret_counts, 0, 6 * sizeof(*ret_counts));
	assert_int_equal(bc_ima_log_open(stream, 1, &log, NULL), 0);
	while (bc_ima_log_next(log, &entry, NULL) > 0) {
		assert_int_equal(bc_ima_sig_check(entry, certs, cert_count, &result, expected, found, NULL), 0);
		ret_counts[result]++;
	}
	bc_ima_log_free(log);
	bc_stream_free(stream);
}

static void ima_sig_of_evmctl_verifies_by_its_certificate_alone(void **state)
{
	const struct bc_cert certs[] = { read_cert("p256.der"), read_cert("p384.der"), read_cert("rsa.der"), read_cert("other.der") };
	size_t counts[6], size;
	uint8_t *list;

	(void)state;
	list = read_fixture(SIGS "list.bin", &size);
	check_list(list, size, certs, 4, counts);
	assert_int_equal(counts[BC_IMA_SIG_GOOD], 5);
	assert_int_equal(counts[BC_IMA_SIG_NONE], 3);	/* boot_aggregate, a buffer, a violation */
	check_list(list, size, certs + 2, 2, counts);
	assert_int_equal(counts[BC_IMA_SIG_GOOD], 2);
	assert_int_equal(counts[BC_IMA_SIG_UNKNOWN_KEY], 3);
	check_list(list, size, certs, 0, counts);
	assert_int_equal(counts[BC_IMA_SIG_UNKNOWN_KEY], 5);
	bc_free(list);
}

static void ima_sig_with_any_bit_changed_does_not_verify(void **state)
{
	const struct bc_cert certs[] = { read_cert("p256.der"), read_cert("p384.der"), read_cert("rsa.der") };
	char expected[160], found[160];
	enum bc_ima_sig_result result;
	uint8_t digest[BC_DIGEST_MAX], *sig;
	struct bc_ima_entry entry = { .file_alg = "sha256", .file_digest_type = "", .file_digest = digest, .file_digest_size = 32 };
	size_t i;

	(void)state;
	assert_int_equal(bc_digest(ALG_SHA256, "p256", 4, digest, NULL), 0);
	sig = read_fixture(SIGS "p256.sig", &entry.sig_size);
	entry.sig = sig;
	for (i = 0; i <= entry.sig_size * 8; i++) {
		if (i < entry.sig_size * 8)
			sig[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(bc_ima_sig_check(&entry, certs, 3, &result, expected, found, NULL), 0);
		if (i == entry.sig_size * 8)
			assert_int_equal(result, BC_IMA_SIG_GOOD);
		else
			assert_true(result == BC_IMA_SIG_BAD || result == BC_IMA_SIG_UNKNOWN_KEY || (i < 16 && result == BC_IMA_SIG_UNCHECKED));
		if (i < entry.sig_size * 8)
			sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bc_free(sig);
}

static void cert_has_its_key_and_the_end_of_its_identifier(void **state)
{
	static const uint8_t other[] = { 5, 6, 7, 8 };
	const struct bc_cert der = read_cert("p256.der"), pem = read_cert("p256.pem"), none = read_cert("no-key-id.der");
	const struct bc_cert named = read_cert("other-key-id.der"), rsa = read_cert("rsa.der");
	size_t size;
	uint8_t *sig;

	(void)state;
	assert_true(bc_key_equal(&der.key, &pem.key) && bc_key_equal(&der.key, &none.key) && bc_key_equal(&der.key, &named.key));
	assert_false(bc_key_equal(&der.key, &rsa.key));
	sig = read_fixture(SIGS "p256.sig", &size);	/* evmctl computes the identifier itself */
	assert_memory_equal(der.id, sig + 3, 4);
	assert_memory_equal(pem.id, sig + 3, 4);
	assert_memory_equal(none.id, sig + 3, 4);
	assert_memory_equal(named.id, other, 4);
	bc_free(sig);
}

static void cert_cut_anywhere_or_longer_is_refused_with_its_field(void **state)
{
	static const char *const names[] = { SIGS "p256.der", SIGS "rsa.der" };
	struct bc_cert cert;
	struct bc_error err;
	uint8_t *data, *copy;
	size_t size, i, j;

	(void)state;
	for (j = 0; j < 2; j++) {
		data = read_fixture(names[j], &size);
		for (i = 0; i <= size + 1; i++) {
			if (i == size)
				continue;
			copy = calloc(1, i ? i : 1);
			memcpy(copy, data, i < size ? i : size);
			assert_int_equal(bc_cert_parse(copy, i, &cert, &err), BC_E_INPUT);
			assert_non_null(err.field);
			free(copy);
		}
		bc_free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ima_sig_of_evmctl_verifies_by_its_certificate_alone),
		cmocka_unit_test(ima_sig_with_any_bit_changed_does_not_verify),
		cmocka_unit_test(cert_has_its_key_and_the_end_of_its_identifier),
		cmocka_unit_test(cert_cut_anywhere_or_longer_is_refused_with_its_field),
	};

	return cmocka_run_group_tests_name("ima_sig", tests, NULL, NULL);
}
