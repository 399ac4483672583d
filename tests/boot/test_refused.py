# SPDX-License-Identifier: BSD-2-Clause
"""What must not start: every image that we ship is strict. The twin of each is the good boot, which prints "Starting kernel"."""
import re

import lab
import pytest
from lab import needs

STARTING = "Starting kernel"


@needs("good")
def test_a_good_boot_says_that_the_kernel_starts(boots):
    console = boots["good"].console
    assert console.count(STARTING) == 1 and "Measured boot: failed" not in console


@pytest.mark.parametrize("name", [pytest.param(n, marks=needs(n)) for n in ("no-tpm", "dead-tpm")])
def test_without_a_tpm_that_answers_strict_stops_with_its_line(boots, name):
    stopped = boots[name]
    console = stopped.console
    assert "U-Boot 20" in console, "U-Boot did not run"
    assert STARTING not in console and "Linux version" not in console
    lines = [line for line in console.splitlines() if line.startswith("Measured boot: ")]
    assert any(re.match(r"Measured boot: failed: \S", line) for line in lines), lines
    assert lines[-1] == "Measured boot: strict: resetting", lines
    # -no-reboot: the reset ends QEMU; nothing else came after the line, no prompt and no other way to boot.
    assert stopped.status == 1 and "Measured boot: failed" in stopped.stderr
    assert not re.search(r"^=>", console, re.M)


@needs("placed")
def test_a_kernel_that_wants_to_be_placed_on_u_boot_is_refused(boots):
    placed = boots["placed"]
    console = placed.console
    assert "U-Boot 20" in console and STARTING not in console and "Linux version" not in console
    assert placed.status != 0 and not (placed.out / "evidence").exists()
    # It is refused, which is not the same as overwriting U-Boot and hanging.
    wanted = lab.RAM + lab.memory_size() - (16 << 20)
    assert re.search(r"kernel cannot be placed at %x \(size 1000000\): U-Boot at " % wanted, console), console[-1500:]
