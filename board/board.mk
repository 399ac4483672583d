# SPDX-License-Identifier: BSD-2-Clause
# Boards: from sources to an image to a boot. Included by the top Makefile.

BOARD ?= qemu-arm64
export BOARD

.PHONY: deps keys image flash run shell sources
deps:
	@board/build/deps.sh
keys:
	@board/build/keys.sh
sources:
	@board/build/fetch.sh uboot && board/build/fetch.sh linux
image:
	@board/run/run.sh image
flash:
	@board/flash/flash.sh "$(DEVICE)"
run:
	@board/run/run.sh run
shell:
	@board/run/run.sh shell
