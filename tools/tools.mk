# SPDX-License-Identifier: BSD-2-Clause
# libbootchain and bootchain. Included by the top Makefile; `make -f tools/tools.mk tools` works too.
#
#   make tools                    -> build/tools/{bootchain,libbootchain.a,libbootchain.so.0}
#   make install DESTDIR= PREFIX=/usr/local
#
#   BUILD=DIR       another output directory (on the command line; default build/tools)
#   CC=, CFLAGS=, CPPFLAGS=, LDFLAGS=    the user's come last
#   CRYPTO=mbedtls|libcrypto      who hashes; default libcrypto where it is found, else mbedtls
#   TSS=1|0         ask a TPM for quotes with tpm2-tss, whose libraries are loaded then, or not; default 1 where it is found, 0 for another machine
#   SYSROOT=DIR     a directory of unpacked -dev packages of the target (usr/include, usr/lib/<triplet>)
#   STATIC=1        a command without shared libraries
#   V=1             show commands
#
# Changed flags rebuild. A second set of flags wants its own BUILD.

ifeq ($(origin BUILD),command line)
TOOLS_BUILD := $(BUILD)
else
TOOLS_BUILD := build/tools
endif
TOOLS_DIR := tools
TOOLS_VERSION := 0.1.0
TOOLS_SONAME := libbootchain.so.0

PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := cc
endif
PKG_CONFIG ?= pkg-config
SCDOC ?= scdoc

ifeq ($(V),1)
tools-q :=
tools-say = @:
else
tools-q := @
tools-say = @printf '  %-7s %s\n'
endif

# Only a build of the tools asks the compiler and pkg-config.
tools-triplet = $(shell $(CC) -dumpmachine 2>/dev/null)
ifeq ($(CRYPTO),)
TOOLS_CRYPTO := $(if $(SYSROOT),mbedtls,$(shell $(PKG_CONFIG) --exists 'libcrypto >= 3' 2>/dev/null && echo libcrypto || echo mbedtls))
else
TOOLS_CRYPTO := $(CRYPTO)
endif
ifeq ($(filter mbedtls libcrypto,$(TOOLS_CRYPTO)),)
$(error CRYPTO=$(CRYPTO) is not known: use CRYPTO=mbedtls or CRYPTO=libcrypto)
endif
tools-libs-mbedtls := -lmbedcrypto
tools-libs-libcrypto := -lcrypto
ifeq ($(TSS),)
TOOLS_TSS := $(if $(SYSROOT)$(filter 1,$(STATIC)),0,$(shell $(PKG_CONFIG) --exists 'tss2-esys tss2-mu tss2-rc tss2-tctildr' 2>/dev/null && echo 1 || echo 0))
else
TOOLS_TSS := $(TSS)
endif
tools-tpm-1 := tpm tpm_tss
tools-tpm-0 := tpm_none
ifeq ($(tools-tpm-$(TOOLS_TSS)),)
$(error TSS=$(TSS) is not known: use TSS=1 or TSS=0)
endif
ifeq ($(TOOLS_TSS)$(STATIC),11)
$(error TSS=1 loads the libraries of tpm2-tss when a TPM is asked, which STATIC=1 excludes: use one of them)
endif
TOOLS_LIBS := $(tools-libs-$(TOOLS_CRYPTO)) -lfdt -ljson-c $(if $(filter 1,$(TOOLS_TSS)),-ltss2-rc)

TOOLS_CPPFLAGS := -I$(TOOLS_DIR)/include -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
TOOLS_CFLAGS := -std=c11 -O2 -g -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wpointer-arith \
	-fPIC -fvisibility=hidden -fno-common -fstack-protector-strong
TOOLS_LDFLAGS :=
ifneq ($(SYSROOT),)
# In front of /usr/include, where Debian's cross compilers look too: headers of this machine's libraries may be of another version.
TOOLS_CPPFLAGS += -isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/$(tools-triplet)
TOOLS_LDFLAGS += -L$(SYSROOT)/usr/lib/$(tools-triplet)
endif
TOOLS_STATIC := $(if $(filter 1,$(STATIC)),-static)

TOOLS_LIB_C := $(filter-out %_mbedtls.c %_libcrypto.c %/tpm.c %/tpm_tss.c %/tpm_none.c,$(sort $(wildcard $(TOOLS_DIR)/lib/*.c))) \
	$(TOOLS_DIR)/lib/digest_$(TOOLS_CRYPTO).c $(TOOLS_DIR)/lib/sig_$(TOOLS_CRYPTO).c \
	$(patsubst %,$(TOOLS_DIR)/lib/%.c,$(tools-tpm-$(TOOLS_TSS)))
TOOLS_CMD_C := $(sort $(wildcard $(TOOLS_DIR)/cmd/*.c))
TOOLS_LIB_O := $(TOOLS_LIB_C:$(TOOLS_DIR)/%.c=$(TOOLS_BUILD)/%.o)
TOOLS_CMD_O := $(TOOLS_CMD_C:$(TOOLS_DIR)/%.c=$(TOOLS_BUILD)/%.o)
TOOLS_MAN := $(patsubst $(TOOLS_DIR)/man/%.scd,$(TOOLS_BUILD)/man/%,$(wildcard $(TOOLS_DIR)/man/*.scd))

tools-compile = $(CC) $(TOOLS_CPPFLAGS) $(TOOLS_CFLAGS) $(CPPFLAGS) $(CFLAGS)
tools-link = $(CC) $(TOOLS_CFLAGS) $(CFLAGS) $(TOOLS_LDFLAGS) $(LDFLAGS)
tools-flags = $(tools-compile) $(TOOLS_LDFLAGS) $(LDFLAGS) $(TOOLS_STATIC) $(TOOLS_LIBS) $(TOOLS_VERSION) $(TOOLS_LIB_C) $(TOOLS_CMD_C) $(TOOLS_HOT)

.PHONY: tools install uninstall tools-clean tools-force
tools: $(TOOLS_BUILD)/bootchain $(TOOLS_BUILD)/libbootchain.a $(if $(TOOLS_STATIC),,$(TOOLS_BUILD)/$(TOOLS_SONAME))

# What each event and entry of a long log passes through; elsewhere -O3 makes the command larger and nothing faster.
TOOLS_HOT := digest_libcrypto ima_log ima_template replay tcg_check tcg_event tcg_log
$(TOOLS_HOT:%=$(TOOLS_BUILD)/lib/%.o): TOOLS_CFLAGS += -O3

# Everything depends on the stamp, which changes only when the flags or the list of files do.
$(TOOLS_BUILD)/flags: tools-force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(tools-flags))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(tools-flags))' > $@

$(TOOLS_BUILD)/%.o: $(TOOLS_DIR)/%.c $(TOOLS_BUILD)/flags
	$(tools-say) CC $<
	@mkdir -p $(@D)
	$(tools-q)$(tools-compile) -DBC_VERSION='"$(TOOLS_VERSION)"' -MMD -MP -c -o $@ $<

$(TOOLS_BUILD)/libbootchain.a: $(TOOLS_LIB_O)
	$(tools-say) AR $@
	$(tools-q)rm -f $@ && $(AR) rcsD $@ $^

$(TOOLS_BUILD)/$(TOOLS_SONAME): $(TOOLS_LIB_O) $(TOOLS_DIR)/lib/libbootchain.map
	$(tools-say) LD $@
	$(tools-q)$(tools-link) -shared -Wl,-soname,$(TOOLS_SONAME) -Wl,--version-script=$(TOOLS_DIR)/lib/libbootchain.map \
		-Wl,-z,defs -Wl,-z,relro -o $@ $(TOOLS_LIB_O) $(TOOLS_LIBS)
	$(tools-q)ln -sf $(TOOLS_SONAME) $(TOOLS_BUILD)/libbootchain.so

# The command carries the library inside, so that it runs from the build directory.
$(TOOLS_BUILD)/bootchain: $(TOOLS_CMD_O) $(TOOLS_BUILD)/libbootchain.a
	$(tools-say) LD $@
	$(tools-q)$(tools-link) $(TOOLS_STATIC) -o $@ $(TOOLS_CMD_O) $(TOOLS_BUILD)/libbootchain.a $(TOOLS_LIBS)

$(TOOLS_BUILD)/man/%: $(TOOLS_DIR)/man/%.scd
	$(tools-say) MAN $@
	@mkdir -p $(@D)
	$(tools-q)$(SCDOC) < $< > $@.new && mv $@.new $@

# Always anew: PREFIX is not among the flags, as it changes no object.
$(TOOLS_BUILD)/bootchain.pc: $(TOOLS_DIR)/bootchain.pc.in tools-force
	$(tools-q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(TOOLS_VERSION)|' -e 's|@LIBS@|$(TOOLS_LIBS)|' $< > $@

install: tools $(TOOLS_MAN) $(TOOLS_BUILD)/bootchain.pc
	$(tools-say) INSTALL '$(DESTDIR)$(PREFIX)'
	$(tools-q)install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/pkgconfig' '$(DESTDIR)$(PREFIX)/include' \
		'$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/man/man3' \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	$(tools-q)install -m 755 $(TOOLS_BUILD)/bootchain '$(DESTDIR)$(PREFIX)/bin/bootchain'
	$(tools-q)install -m 644 $(TOOLS_DIR)/include/bootchain.h '$(DESTDIR)$(PREFIX)/include/'
	$(tools-q)install -m 644 $(TOOLS_BUILD)/libbootchain.a '$(DESTDIR)$(PREFIX)/lib/libbootchain.a'
ifeq ($(TOOLS_STATIC),)
	$(tools-q)install -m 755 $(TOOLS_BUILD)/$(TOOLS_SONAME) '$(DESTDIR)$(PREFIX)/lib/$(TOOLS_SONAME)'
	$(tools-q)ln -sf $(TOOLS_SONAME) '$(DESTDIR)$(PREFIX)/lib/libbootchain.so'
endif
	$(tools-q)install -m 644 $(TOOLS_BUILD)/bootchain.pc '$(DESTDIR)$(PREFIX)/lib/pkgconfig/bootchain.pc'
	$(tools-q)install -m 644 $(filter %.1,$(TOOLS_MAN)) '$(DESTDIR)$(PREFIX)/share/man/man1/'
	$(tools-q)install -m 644 $(filter %.3,$(TOOLS_MAN)) '$(DESTDIR)$(PREFIX)/share/man/man3/'
	$(tools-q)install -m 644 $(TOOLS_DIR)/completion/bootchain '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bootchain'

uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/bootchain' '$(DESTDIR)$(PREFIX)/include/bootchain.h' \
		 '$(DESTDIR)$(PREFIX)/lib/libbootchain.a' \
		'$(DESTDIR)$(PREFIX)/lib/$(TOOLS_SONAME)' '$(DESTDIR)$(PREFIX)/lib/libbootchain.so' \
		'$(DESTDIR)$(PREFIX)/lib/pkgconfig/bootchain.pc' '$(DESTDIR)$(PREFIX)/share/man/man1/bootchain.1' \
		'$(DESTDIR)$(PREFIX)/share/man/man3/libbootchain.3' \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bootchain'

tools-clean:
	rm -rf $(TOOLS_BUILD)

# Unit, fuzz and command tests are built from the same objects and flags.
-include tests/unit/unit.mk tests/alloc/alloc.mk tests/fuzz/fuzz.mk tests/cmd/cmd.mk
-include $(TOOLS_LIB_O:.o=.d) $(TOOLS_CMD_O:.o=.d)
