# SPDX-License-Identifier: BSD-2-Clause
# Boards: from sources to an image to a boot. Included by the top Makefile.

BOARD ?= qemu-arm64
export BOARD

.PHONY: deps keys image run shell sources
deps:
	@board/build/deps.sh
keys:
	@board/build/keys.sh
sources:
	@board/build/fetch.sh uboot && board/build/fetch.sh linux
image:
	@board/run/run.sh image
run:
	@board/run/run.sh run
shell:
	@board/run/run.sh shell
