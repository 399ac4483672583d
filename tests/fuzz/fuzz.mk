# SPDX-License-Identifier: BSD-2-Clause
# libFuzzer, for as long as one likes:
#
#   make fuzz [FUZZ=pcr_text] [SECONDS_EACH=60]
#
# New inputs go to build/fuzz/NAME, not into the corpus: what is worth keeping (a fixed bug) is copied by hand and named after it.
# `make check-fuzz` (tests/unit/unit.mk) replays the corpus without clang.

SECONDS_EACH ?= 60
FUZZ_NAMES := $(if $(FUZZ),$(FUZZ),$(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c))))
FUZZ_FLAGS := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all

.PHONY: fuzz fuzz-targets
fuzz:
	+@$(MAKE) --no-print-directory fuzz-targets CC=clang CRYPTO=mbedtls BUILD=build/fuzz/tools CFLAGS='$(FUZZ_FLAGS)'
	@for name in $(FUZZ_NAMES); do \
		mkdir -p build/fuzz/$$name && \
		build/fuzz/tools/libfuzzer_$$name -max_total_time=$(SECONDS_EACH) -timeout=10 -rss_limit_mb=512 -print_final_stats=1 \
			-artifact_prefix=build/fuzz/$$name- build/fuzz/$$name tests/fuzz/corpus/$$name || exit; \
	done

fuzz-targets: $(FUZZ_NAMES:%=$(TOOLS_BUILD)/libfuzzer_%)

$(TOOLS_BUILD)/libfuzzer_%: tests/fuzz/fuzz_%.c $(TOOLS_BUILD)/libbootchain.a
	$(tools-say) CC $<
	$(tools-q)$(unit-compile) -fsanitize=fuzzer -Wno-missing-prototypes -o $@ $< $(TOOLS_BUILD)/libbootchain.a \
		$(TOOLS_LDFLAGS) $(LDFLAGS) $(TOOLS_LIBS)
