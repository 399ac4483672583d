# SPDX-License-Identifier: BSD-2-Clause
# make check-cmd: the command as people run it, against expected text, JSON and exit codes, and the examples of its manual page.

.PHONY: check-cmd
check-cmd: tools
	@/usr/bin/python3 -B -m pytest -q -p no:cacheprovider tests/cmd
