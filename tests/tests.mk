# SPDX-License-Identifier: BSD-2-Clause
# The tests. `make check` is everything; each part can be run alone:
#
#   make check-tools   unit, fuzz corpus and command tests of the library and the command; the independent replay
#   make check-repo    the repository: style, warnings, patches, links, keys
#   make check-uboot   U-Boot's unit tests on sandbox, sandbox64, and sandbox with ASan, with the series applied
#   make check-kernel  KUnit tests in user-mode Linux, with the series applied (KASAN=1: with KASAN)
#   make check-boot    boots in QEMU with swtpm, on three boards
#
# Not in `make check`, as they take long:
#
#   make check-full    `make check`, U-Boot's unit tests with the hashes of Mbed TLS, its pytest of verified boot and of EFI's self-test,
#                      its ways out on other machines, EFI with keys, KUnit with KASAN, every late TPM, lockdep, bootz by hand,
#                      64-bit RISC-V, images of boards that QEMU does not have, TPM commands of Linux against stock, the kernel of
#                      PROFILE=production, the library's unit tests for arm64 and armhf under qemu-user and with the libraries of Debian 13
#   make check-bisect  each patch of the U-Boot series builds, and its unit tests pass; each patch of the Linux series compiles
#   make bench         the command against others (make bench-tools), stock U-Boot against ours (make bench-boot)
#
# CORPUS=DIR also replays every log in DIR against the FILE.pcrs beside it.
# Results: build/check/PART/SUITE.log and .result. The last line is `N passed, N failed`.

CHECK_LIMIT ?= 45
CHECK := tests/check.py
# Debian's python and its pytest, whatever stands first in PATH; nothing is written beside the tests.
PYTEST := /usr/bin/python3 -B -m pytest -q -p no:cacheprovider

# For the tests that need to know: what the user's make command said.
export BOARD UBOOT_SRC LINUX_SRC CORPUS KASAN V

.PHONY: check check-build check-tools check-repo check-uboot check-kernel check-boot check-full check-bisect bench bench-tools bench-boot

check:
	+@$(CHECK) parts --limit $(CHECK_LIMIT) tools repo uboot kernel boot

# All that the parts need, so that their times are those of the tests.
check-build: tools image
	@BOARD=qemu-arm board/run/run.sh image
	@BOARD=ast2600-evb board/run/run.sh image

check-tools: tools
	@$(CHECK) clear tools
	+@$(CHECK) suite tools unit -- $(MAKE) --no-print-directory check-unit
	+@$(CHECK) suite tools alloc -- $(MAKE) --no-print-directory check-alloc
	+@$(CHECK) suite tools fuzz -- $(MAKE) --no-print-directory check-fuzz
	+@$(CHECK) suite tools cmd -- $(MAKE) --no-print-directory check-cmd
	@$(CHECK) suite tools replay -- $(PYTEST) tests/replay
	@$(CHECK) sum tools

check-repo: tools
	@$(CHECK) clear repo
	@$(CHECK) suite repo repo -- $(PYTEST) tests/repo
	@$(CHECK) sum repo

check-uboot:
	@$(CHECK) clear uboot
	@$(CHECK) suite uboot sandbox -- tests/uboot/sandbox.sh
	@$(CHECK) suite uboot sandbox64 -- tests/uboot/sandbox.sh sandbox64
	@$(CHECK) suite uboot asan -- tests/uboot/sandbox.sh asan
	@$(CHECK) sum uboot

check-kernel:
	@$(CHECK) clear kernel
	@$(CHECK) suite kernel kunit -- tests/kernel/kunit.sh
	@$(CHECK) sum kernel

check-boot: check-build
	@$(CHECK) clear boot
	@$(CHECK) suite boot board -- $(PYTEST) tests/board
	@$(CHECK) suite boot boot -- $(PYTEST) tests/boot
	@BOARD=qemu-arm $(CHECK) suite boot qemu-arm -- $(PYTEST) tests/boot/test_good.py tests/boot/test_changes.py
	@BOARD=ast2600-evb $(CHECK) suite boot ast2600-evb -- $(PYTEST) tests/boot/test_good.py tests/boot/bmc.py
	@$(CHECK) sum boot

# Another kernel, in a directory of its own.
PRODUCTION := env PROFILE=production BOOTCHAIN_BUILD=$(CURDIR)/build/check/production

check-full: check
	@$(CHECK) clear full
	@$(CHECK) suite full mbedtls -- tests/uboot/sandbox.sh mbedtls
	@$(CHECK) suite full vboot -- tests/uboot/pytest.sh
	@$(CHECK) suite full compile -- tests/uboot/compile.sh
	@KASAN=1 $(CHECK) suite full kasan -- tests/kernel/kunit.sh
	@$(CHECK) suite full linux -- $(PYTEST) tests/boot/full_linux.py
	@$(CHECK) suite full efi-keys -- $(PYTEST) tests/boot/full_efi.py
	@BOARD=qemu-arm $(CHECK) suite full bootz -- $(PYTEST) tests/boot/full_ways.py
	@BOARD=qemu-riscv64 board/run/run.sh image
	@BOARD=qemu-riscv64 $(CHECK) suite full riscv64 -- $(PYTEST) tests/boot/test_good.py tests/boot/test_changes.py tests/boot/full_ways.py tests/boot/full_riscv.py
	+@$(CHECK) suite full alloc -- $(MAKE) --no-print-directory check-alloc ALLOC_CRYPTO=libcrypto
	@$(CHECK) suite full arm64 -- tests/cross/cross.sh arm64
	@$(CHECK) suite full armhf -- tests/cross/cross.sh armhf
	@$(CHECK) suite full trixie -- tests/cross/trixie.sh
	@FULL=1 $(CHECK) suite full late-tpm -- $(PYTEST) tests/boot/test_linux_late.py
	@$(CHECK) suite full hardware -- $(PYTEST) tests/board/full_hardware.py
	@$(PRODUCTION) board/run/run.sh image
	@$(CHECK) suite full production -- $(PRODUCTION) $(PYTEST) tests/boot/production.py
	@$(CHECK) sum full

# Each patch has its line while it runs.
check-bisect:
	@tests/uboot/bisect.sh
	@tests/kernel/bisect.sh

bench: bench-tools bench-boot

bench-tools: tools
	@PYTHONDONTWRITEBYTECODE=1 tests/bench/logs.py

bench-boot: tools image
	@tests/bench/boot.py
