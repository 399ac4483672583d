# SPDX-License-Identifier: BSD-2-Clause
# Unit tests and fuzz targets, under ASan and UBSan:
#
#   make check-unit     tests/unit/test_*.c, with each hash library
#   make check-fuzz     tests/fuzz/fuzz_*.c over their corpus, with every cut and bit flip of the small inputs
#
# Both print one TAP line per test. UNIT=NAME runs tests/unit/test_NAME.c alone. RUNNER= stands before each program (qemu-user).

UNIT_SANITIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CRYPTO := libcrypto mbedtls
UNIT_C := $(if $(UNIT),tests/unit/test_$(UNIT).c,$(sort $(wildcard tests/unit/test_*.c)))
UNIT_BIN := $(UNIT_C:tests/unit/%.c=$(TOOLS_BUILD)/unit/%)
FUZZ_C := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_C:tests/fuzz/%.c=$(TOOLS_BUILD)/fuzz/%)
unit-compile = $(tools-compile) -Itools/lib -Itests/unit -Itests/fuzz

.PHONY: check-unit check-fuzz unit-run fuzz-run
check-unit:
	+@for crypto in $(UNIT_CRYPTO); do \
		$(MAKE) --no-print-directory unit-run CRYPTO=$$crypto BUILD=build/check/unit-$$crypto CFLAGS='$(UNIT_SANITIZE)' || exit; \
	done

check-fuzz:
	+@$(MAKE) --no-print-directory fuzz-run CRYPTO=mbedtls BUILD=build/check/unit-mbedtls CFLAGS='$(UNIT_SANITIZE)'

$(TOOLS_BUILD)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(TOOLS_BUILD)/libbootchain.a
	$(tools-say) CC $<
	@mkdir -p $(@D)
	$(tools-q)$(unit-compile) -o $@ $< $(TOOLS_BUILD)/libbootchain.a $(TOOLS_LDFLAGS) $(LDFLAGS) $(TOOLS_LIBS) -lcmocka

$(TOOLS_BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/driver.c $(wildcard tests/fuzz/*.h) $(TOOLS_BUILD)/libbootchain.a
	$(tools-say) CC $<
	@mkdir -p $(@D)
	$(tools-q)$(unit-compile) -Wno-missing-prototypes -o $@ $< tests/fuzz/driver.c $(TOOLS_BUILD)/libbootchain.a \
		$(TOOLS_LDFLAGS) $(LDFLAGS) $(TOOLS_LIBS)

# Every test is run, whatever the others say.
unit-run: $(UNIT_BIN)
	@status=0; for test in $(UNIT_BIN); do \
		echo "# $$test"; CMOCKA_MESSAGE_OUTPUT=tap $(RUNNER) $$test 2>&1 || status=1; \
	done; exit $$status

fuzz-run: $(FUZZ_BIN)
	@status=0; for target in $(FUZZ_BIN); do \
		name=$${target##*/fuzz_}; echo "# $$target"; $(RUNNER) $$target --mutate tests/fuzz/corpus/$$name 2>&1 || { echo "not ok - fuzz_$$name"; status=1; }; \
	done; exit $$status
