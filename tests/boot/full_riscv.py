# SPDX-License-Identifier: BSD-2-Clause
"""What only 64-bit RISC-V has: OpenSBI below U-Boot and Linux, and libraries of another Debian than this machine's.

Run with BOARD=qemu-riscv64, beside test_good.py, test_changes.py and full_ways.py.
"""
import os
import struct

import lab
import replay
from lab import needs
from test_area import place_of_log

COMMAND = os.path.join(lab.BUILD, lab.BOARD, "tools", "bootchain")


@needs("good")
def test_opensbi_starts_u_boot_in_supervisor_mode_and_that_starts_linux(boots):
    console = boots["good"].console
    lines = ("\nOpenSBI v", ": S-mode\n", "\nU-Boot 2025.01", "Measured boot: ", "\nStarting kernel ...", "SBI specification v",
             "ima: Allocated hash algorithm: sha256", " on riscv64\n", "bootchain: TPM: 2.0\n")
    assert all(line in console for line in lines), [line for line in lines if line not in console]
    assert [console.index(line) for line in lines] == sorted(console.index(line) for line in lines)
    assert "Measured boot: failed" not in console and "TPM-bypass" not in console


@needs("good")
def test_linux_is_told_where_the_log_is_and_may_not_use_that_memory(boots):
    good = boots["good"]
    at, size = place_of_log(good)
    reserved = [struct.unpack(">QQ", value) for path, name, value, _, _ in replay.Tree(good.read("fdt.dtb")).properties()
                if name == b"reg" and path.startswith(b"/reserved-memory/")]
    assert [place for place in reserved if place[0] <= at and at + size <= sum(place)] == [(at, size)]
    assert at >= lab.RAM and at + size <= lab.RAM + lab.memory_size()
    assert "event log: %d events, %d bytes" % (len(good.log().events), good.log().end) in good.console


def test_the_command_of_this_board_says_of_the_golden_log_what_the_one_here_says():
    """Its libraries are of another version: headers of this machine's would make it hash something else."""
    lab.must(os.path.join(lab.TOP, "board/build/deps.sh"), os.path.join(lab.TOP, "tests/cross/packages"))
    said = lab.must("qemu-riscv64", COMMAND, "replay", "--json", lab.VECTOR_LOG)
    here = lab.tool("replay", "--json", lab.VECTOR_LOG)
    assert (here.returncode, here.stderr) == (0, "") and '"complete":true' in here.stdout.replace(" ", "")
    assert (said.stdout, said.stderr) == (here.stdout, here.stderr)
