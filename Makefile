# SPDX-License-Identifier: BSD-2-Clause
# bootchain: `make help`. Each part has its own makefile; this one only joins them.

.DEFAULT_GOAL := help
export V

.PHONY: help clean
help:
	@printf '%s\n' \
	'make run                 build everything, boot it under QEMU with a TPM, and judge the boot' \
	'make run TAMPER=PART     the same with one byte of PART changed: kernel, initrd, cmdline, dtb; file, meta, key' \
	'make run PROFILE=NAME    measure, fix, log, enforce (default), production (docs/ima-evm.md)' \
	'make shell               the same image with its console here (Ctrl-A x leaves)' \
	'make check               all tests; make check-tools, check-repo, check-uboot, check-kernel, check-boot: its parts' \
	'make check-full          all tests, and those that take long; make check-bisect: each patch of both series' \
	'make bench               the command against others, stock U-Boot against ours' \
	'make deps                check for the Debian packages that are needed, and install what is missing' \
	'make tools               build/tools/bootchain' \
	'make install             the command, its library and manual page: DESTDIR=, PREFIX=/usr/local' \
	'make keys                a local CA, an IMA and an EVM key for this user, if there are none' \
	'make image               up to build/BOARD/out/disk.img' \
	'make flash DEVICE=/dev/X  write that image to a card or stick, and compare it' \
	'make clean               remove build/ (downloads and the compiler cache stay)' \
	'' \
	'BOARD=NAME               another board (board/README.md)      V=1            show commands' \
	'UBOOT_SRC=DIR            your own U-Boot tree, as it is       LINUX_SRC=DIR  your own Linux tree, as it is'

include tools/tools.mk
include board/board.mk
include tests/tests.mk

# What a fresh machine lacks is said before anything is tried.
check: deps

clean:
	rm -rf build
