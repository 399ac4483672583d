# SPDX-License-Identifier: BSD-2-Clause
# make check-alloc: each command while memory ends, under ASan. ALLOC="SCENARIO N" shows one allocation's stack. ALLOC_CRYPTO=libcrypto is for
# check-full: only the hash library differs, and most of what is swept then is its own.

ALLOC_CRYPTO ?= mbedtls

.PHONY: check-alloc alloc-run
check-alloc: tools
	+@for crypto in $(ALLOC_CRYPTO); do \
		$(MAKE) --no-print-directory alloc-run CRYPTO=$$crypto BUILD=build/check/unit-$$crypto CFLAGS='$(UNIT_SANITIZE)' || exit; \
	done

# The command's own main() under another name, so that it can be called again and again.
$(TOOLS_BUILD)/alloc/main.o: $(TOOLS_DIR)/cmd/main.c $(TOOLS_BUILD)/flags
	$(tools-say) CC $<
	@mkdir -p $(@D)
	$(tools-q)$(tools-compile) -Wno-missing-prototypes -Dmain=bootchain_main -c -o $@ $<

# Called before ASan is ready.
$(TOOLS_BUILD)/alloc/fail.o: tests/alloc/fail.c tests/alloc/fail.h $(TOOLS_BUILD)/flags
	$(tools-say) CC $<
	@mkdir -p $(@D)
	$(tools-q)$(tools-compile) -fno-sanitize=all -Wno-missing-prototypes -c -o $@ $<

$(TOOLS_BUILD)/alloc/alloc: tests/alloc/alloc.c tests/alloc/fail.h $(TOOLS_BUILD)/alloc/fail.o $(TOOLS_BUILD)/alloc/main.o \
		$(filter-out %/main.o,$(TOOLS_CMD_O)) $(TOOLS_BUILD)/libbootchain.a
	$(tools-say) CC $<
	$(tools-q)$(tools-compile) -o $@ $(filter %.c %.o %.a,$^) $(TOOLS_LDFLAGS) $(LDFLAGS) $(TOOLS_LIBS)

alloc-run: $(TOOLS_BUILD)/alloc/alloc
	@echo "# $<"; rm -rf $<.files && mkdir $<.files && tests/alloc/setup.py $<.files $(CURDIR)/build/tools/bootchain && $< $<.files $(ALLOC)
