// SPDX-License-Identifier: BSD-2-Clause
#include "logs.h"
#include "sig.h"

#define QUOTES "tests/data/quote/"

static const struct { const char *name; uint16_t scheme, hash; } kinds[] = {
	{ "p256", BC_SIG_ECDSA, ALG_SHA256 },
	{ "p384", BC_SIG_ECDSA, ALG_SHA384 },
	{ "rsassa", BC_SIG_RSASSA, ALG_SHA256 },
	{ "rsapss", BC_SIG_RSAPSS, ALG_SHA256 },
};

static uint8_t *read_named(const char *name, const char *end, size_t *ret_size)
{
	char path[256];

	snprintf(path, sizeof(path), QUOTES "%s%s", name, end);
	return read_fixture(path, ret_size);
}

static struct bc_key read_key(const char *name, const char *end)
{
	struct bc_key key;
	struct bc_error err;
	uint8_t *data;
	size_t size;

	data = read_named(name, end, &size);
	if (bc_key_parse(data, size, &key, &err) < 0)
		fail_msg("%s%s: %s, found %s", name, end, err.message, err.found);
	bc_free(data);
	return key;
}

static bool verifies(const struct bc_key *key, const char *name, const char *end, uint16_t scheme, uint16_t hash, size_t flip)
{
	uint8_t digest[BC_DIGEST_MAX], *message, *sig_data;
	size_t message_size, sig_size;
	char message_name[64];
	struct bc_sig sig;
	bool good = false;

	snprintf(message_name, sizeof(message_name), "%s%s", name, !strcmp(end, ".sig") ? ".msg" : "-plain.msg");
	message = read_named(message_name, "", &message_size);
	sig_data = read_named(name, end, &sig_size);
	if (flip)
		sig_data[sig_size - flip] ^= 1;
	assert_int_equal(bc_sig_parse(sig_data, sig_size, scheme, hash, &sig, NULL), 0);
	assert_int_equal(bc_digest(sig.hash, message, message_size, digest, NULL), 0);
	assert_int_equal(bc_sig_verify(key, &sig, digest, bc_algorithm_by_id(sig.hash)->size, &good, NULL), 0);
	if (good) {	/* and of no other message */
		message[0] ^= 1;
		assert_int_equal(bc_digest(sig.hash, message, message_size, digest, NULL), 0);
		assert_int_equal(bc_sig_verify(key, &sig, digest, bc_algorithm_by_id(sig.hash)->size, &good, NULL), 0);
		assert_false(good);
		good = true;
	}
	bc_free(message);
	bc_free(sig_data);
	return good;
}

static void sig_of_each_scheme_verifies_and_a_changed_one_does_not(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct bc_key key = read_key(kinds[i].name, ".pub");

		assert_true(verifies(&key, kinds[i].name, ".sig", 0, 0, 0));
		assert_false(verifies(&key, kinds[i].name, ".sig", 0, 0, 1));
		assert_true(verifies(&key, kinds[i].name, "-plain.sig", kinds[i].scheme, kinds[i].hash, 0));
		assert_false(verifies(&key, kinds[i].name, "-plain.sig", kinds[i].scheme, kinds[i].hash, 1));
	}
}

/* Bad, not "cannot be judged": libcrypto says so in many ways. */
static void sig_with_any_byte_changed_is_a_bad_one(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct bc_key key = read_key(kinds[i].name, ".pub");

		for (j = 1; j <= (kinds[i].scheme == BC_SIG_ECDSA ? 48 : 256); j += 5)
			assert_false(verifies(&key, kinds[i].name, ".sig", 0, 0, j));
	}
}

/* A number above the modulus, and one whose padding is nothing. */
static void sig_that_is_no_number_of_the_key_is_a_bad_one(void **state)
{
	static const uint8_t digest[32];
	struct bc_sig sig = { .hash = ALG_SHA256 };
	const struct bc_key key = read_key("rsassa", ".pub");
	bool good;

	(void)state;
	sig.rsa_size = key.modulus_size;
	for (sig.scheme = BC_SIG_RSASSA; sig.scheme <= BC_SIG_RSAPSS; sig.scheme += BC_SIG_RSAPSS - BC_SIG_RSASSA) {
		memset(sig.rsa, 0xff, sig.rsa_size);
		good = true;
		assert_int_equal(bc_sig_verify(&key, &sig, digest, sizeof(digest), &good, NULL), 0);
		assert_false(good);
		memset(sig.rsa, 0, sig.rsa_size);
		good = true;
		assert_int_equal(bc_sig_verify(&key, &sig, digest, sizeof(digest), &good, NULL), 0);
		assert_false(good);
	}
}

static void sig_of_another_key_or_scheme_does_not_verify(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct bc_key key = read_key(kinds[i].name, ".pub");

		for (j = 0; j < 4; j++)
			assert_int_equal(verifies(&key, kinds[j].name, ".sig", 0, 0, 0), i == j);
	}
	{
		const struct bc_key key = read_key("rsapss", ".pub");

		assert_false(verifies(&key, "rsapss", "-plain.sig", BC_SIG_RSASSA, ALG_SHA256, 0));
		assert_false(verifies(&key, "rsapss", "-plain.sig", BC_SIG_RSAPSS, ALG_SHA384, 0));
	}
}

static void sig_cut_anywhere_or_longer_is_refused(void **state)
{
	struct bc_sig sig;
	struct bc_error err;
	uint8_t *data, *copy;
	size_t size, i, j;

	(void)state;
	for (j = 0; j < 4; j++) {
		data = read_named(kinds[j].name, ".sig", &size);
		for (i = 0; i < size; i++) {
			copy = malloc(i ? i : 1);
			memcpy(copy, data, i);
			assert_int_equal(bc_sig_parse(copy, i, 0, 0, &sig, &err), BC_E_INPUT);
			assert_non_null(err.field);
			free(copy);
		}
		copy = calloc(1, size + 1);
		memcpy(copy, data, size);
		assert_int_equal(bc_sig_parse(copy, size + 1, 0, 0, &sig, &err), BC_E_INPUT);
		assert_int_equal(err.offset, size);
		free(copy);
		bc_free(data);
	}
}

static void sig_of_a_scheme_or_hash_that_is_not_known_is_not_supported(void **state)
{
	static const uint8_t scheme[] = { 0, 0x1b, 0, 0x0b }, hash[] = { 0, 0x18, 0x77, 0x77, 0, 1, 1, 0, 1, 1 },
			     zero[] = { 0, 0x18, 0, 0x0b, 0, 1, 0, 0, 1, 1 }, good[] = { 0, 0x18, 0, 0x0b, 0, 2, 0, 1, 0, 1, 1 };
	struct bc_sig sig;
	struct bc_error err;

	(void)state;
	assert_int_equal(bc_sig_parse(scheme, sizeof(scheme), 0, 0, &sig, &err), BC_E_UNSUPPORTED);
	assert_string_equal(err.found, "0x001b");
	assert_int_equal(bc_sig_parse(hash, sizeof(hash), 0, 0, &sig, &err), BC_E_UNSUPPORTED);
	assert_string_equal(err.field, "hash");
	assert_int_equal(bc_sig_parse(zero, sizeof(zero), 0, 0, &sig, &err), BC_E_INPUT);
	assert_string_equal(err.field, "signatureR");
	assert_int_equal(bc_sig_parse(good, sizeof(good), 0, 0, &sig, &err), 0);
	assert_int_equal(sig.r_size, 1);
}

static void key_is_the_same_in_each_of_its_forms(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct bc_key key = read_key(kinds[i].name, ".pub"), tpmt = read_key(kinds[i].name, ".tpmt");
		const struct bc_key pem = read_key(kinds[i].name, ".pem"), der = read_key(kinds[i].name, ".der");

		assert_true(key.is_tpm && tpmt.is_tpm && !pem.is_tpm && !der.is_tpm);
		assert_true(bc_key_equal(&key, &tpmt) && bc_key_equal(&key, &pem) && bc_key_equal(&key, &der));
		assert_int_equal(key.scheme, kinds[i].scheme);
		assert_int_equal(key.scheme_hash, kinds[i].hash);
		assert_int_equal(key.name_size, 2 + bc_algorithm_by_id(kinds[i].hash)->size);
		assert_memory_equal(key.name, tpmt.name, key.name_size);
	}
	for (i = 0; i < 3; i++) {
		const struct bc_key one = read_key(kinds[i].name, ".pub"), two = read_key(kinds[i + 1].name, ".pub");

		assert_false(bc_key_equal(&one, &two));
	}
}

static void key_that_is_no_ak_is_named_bit_by_bit(void **state)
{
	static const struct { uint32_t flip; const char *text; } bits[] = {
		{ 0, "" }, { 1u << 1, "not fixedTPM" }, { 1u << 5, "not sensitiveDataOrigin" }, { 1u << 16, "not restricted" },
		{ 1u << 17, "decrypt" }, { 1u << 18, "not sign" }, { 1u << 16 | 1u << 1, "not fixedTPM, not restricted" },
	};
	struct bc_key key = read_key("p256", ".pub");
	const uint32_t good = key.attributes;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		key.attributes = good ^ bits[i].flip;
		bc_key_ak_problems(&key, text, sizeof(text));
		assert_string_equal(text, bits[i].text);
	}
	key = read_key("open", ".pub");
	bc_key_ak_problems(&key, text, sizeof(text));
	assert_string_equal(text, "not restricted");
}

static void key_cut_anywhere_or_longer_is_refused(void **state)
{
	static const char *const ends[] = { ".pub", ".tpmt", ".der" };
	struct bc_error err;
	struct bc_key key;
	uint8_t *data, *copy;
	size_t size, i, j, k;

	(void)state;
	for (k = 0; k < 3; k++) {
		for (j = 0; j < 4; j++) {
			data = read_named(kinds[j].name, ends[k], &size);
			for (i = 0; i < size; i++) {
				copy = malloc(i ? i : 1);
				memcpy(copy, data, i);
				assert_true(bc_key_parse(copy, i, &key, &err) < 0);
				assert_non_null(err.field);
				free(copy);
			}
			copy = calloc(1, size + 1);
			memcpy(copy, data, size);
			assert_true(bc_key_parse(copy, size + 1, &key, NULL) < 0);
			free(copy);
			bc_free(data);
		}
	}
}

static void key_of_another_kind_or_size_is_refused_by_field(void **state)
{
	static const struct { const char *name; size_t at; uint8_t value; const char *field; } bad[] = {
		{ "p256", 3, 0x25, "type" },		/* a keyed hash */
		{ "p256", 19, 0x05, "curveID" },	/* P-521 */
		{ "rsassa", 18, 0x04, "keyBits" },
		{ "rsassa", 23, 0x02, "RSA exponent" },
		{ "rsassa", 26, 0x01, "RSA modulus" },	/* first byte of the number */
	};
	struct bc_error err;
	struct bc_key key;
	uint8_t *data;
	size_t size, i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		data = read_named(bad[i].name, ".pub", &size);
		data[bad[i].at] = bad[i].value;
		assert_true(bc_key_parse(data, size, &key, &err) < 0);
		assert_string_equal(err.field, bad[i].field);
		bc_free(data);
	}
	assert_int_equal(bc_key_parse((const uint8_t *)"", 0, &key, &err), BC_E_INPUT);
	assert_int_equal(bc_key_parse((const uint8_t *)"-----BEGIN RSA PUBLIC KEY-----\nAA==\n", 36, &key, &err), BC_E_INPUT);
	assert_string_equal(err.field, "PEM");
}

static void key_whose_point_is_not_on_its_curve_cannot_be_used(void **state)
{
	struct bc_key key = read_key("p256", ".pub");
	uint8_t digest[32] = { 1 };
	struct bc_sig sig = { .scheme = BC_SIG_ECDSA, .hash = ALG_SHA256, .r_size = 1, .s_size = 1, .r = { 1 }, .s = { 1 } };
	bool good = true;

	(void)state;
	assert_int_equal(bc_sig_verify(&key, &sig, digest, 32, &good, NULL), 0);
	assert_false(good);
	key.y[31] ^= 1;
	assert_int_equal(bc_sig_verify(&key, &sig, digest, 32, &good, NULL), BC_E_UNSUPPORTED);
}

static bool is_number(const char *bytes, size_t size)
{
	struct bc_reader at, number;

	bc_reader_init(&at, bytes, size, 0);
	return bc_der_get_number(&at, &number);
}

static void der_takes_the_one_form_that_is_der(void **state)
{
	struct bc_reader at, content;

	(void)state;
	assert_true(is_number("\2\1\x7f", 3));
	assert_true(is_number("\2\2\0\x80", 4));
	assert_false(is_number("\2\2\0\x7f", 4));	/* needless zero */
	assert_false(is_number("\2\1\x80", 3));		/* negative */
	assert_false(is_number("\2\0", 2));
	assert_false(is_number("\2\x81\1\x7f", 4));	/* long form of a short length */
	assert_false(is_number("\2\x80\x7f\0\0", 5));	/* indefinite */
	assert_false(is_number("\3\1\x7f", 3));
	bc_reader_init(&at, "\x30\2\1\1", 4, 7);
	assert_false(bc_der_get(&at, BC_DER_OID, &content));
	assert_int_equal(at.offset, 7);			/* nothing has moved */
	assert_true(bc_der_get(&at, BC_DER_SEQUENCE, &content));
	assert_int_equal(content.left, 2);
	assert_true(bc_at_end(&at));
}

static void pem_is_base64_and_nothing_else(void **state)
{
	static const char *const labels[] = { "X", "Y", NULL };
	static const struct { const char *text; int status; size_t size; } cases[] = {
		{ "-----BEGIN Y-----\nAQID\nBA==\n-----END Y-----\n", 0, 4 },
		{ "note\n-----BEGIN X-----\r\nAQIDBAU=\r\n-----END X-----", 0, 5 },
		{ "no text of that kind", 0, 0 },
		{ "-----BEGIN Z-----\nAQID\n-----END Z-----\n", BC_E_INPUT, 0 },
		{ "-----BEGIN Y-----\nAQID\n-----END X-----\n", BC_E_INPUT, 0 },
		{ "-----BEGIN Y-----\nAQI\n-----END Y-----\n", BC_E_INPUT, 0 },
		{ "-----BEGIN Y-----\nAQ=D\n-----END Y-----\n", BC_E_INPUT, 0 },
		{ "-----BEGIN Y-----\nAQ*D\n-----END Y-----\n", BC_E_INPUT, 0 },
		{ "-----BEGIN Y-----\nAQJ=\n-----END Y-----\n", BC_E_INPUT, 0 },
		{ "-----BEGIN Y-----\n-----END Y-----\n", BC_E_INPUT, 0 },
	};
	uint8_t *data;
	size_t size, i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		data = NULL;
		size = 0;
		assert_int_equal(bc_pem_decode((const uint8_t *)cases[i].text, strlen(cases[i].text), labels, &data, &size, NULL),
				 cases[i].status);
		assert_int_equal(data ? size : 0, cases[i].size);
		if (data)
			assert_memory_equal(data, "\1\2\3\4\5", size);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sig_of_each_scheme_verifies_and_a_changed_one_does_not),
		cmocka_unit_test(sig_with_any_byte_changed_is_a_bad_one),
		cmocka_unit_test(sig_that_is_no_number_of_the_key_is_a_bad_one),
		cmocka_unit_test(sig_of_another_key_or_scheme_does_not_verify),
		cmocka_unit_test(sig_cut_anywhere_or_longer_is_refused),
		cmocka_unit_test(sig_of_a_scheme_or_hash_that_is_not_known_is_not_supported),
		cmocka_unit_test(key_is_the_same_in_each_of_its_forms),
		cmocka_unit_test(key_that_is_no_ak_is_named_bit_by_bit),
		cmocka_unit_test(key_cut_anywhere_or_longer_is_refused),
		cmocka_unit_test(key_of_another_kind_or_size_is_refused_by_field),
		cmocka_unit_test(key_whose_point_is_not_on_its_curve_cannot_be_used),
		cmocka_unit_test(der_takes_the_one_form_that_is_der),
		cmocka_unit_test(pem_is_base64_and_nothing_else),
	};

	return cmocka_run_group_tests_name("sig", tests, NULL, NULL);
}
