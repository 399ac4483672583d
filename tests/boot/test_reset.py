# SPDX-License-Identifier: BSD-2-Clause
"""The machine is reset while the TPM's power stays on; and it is reset together with the TPM."""
import tiny
import tpmlog
import tpmspecs
from lab import needs

NOT_RESET = "not reset with the machine"


def extends_of(lines):
    return [line["command"] for line in lines if line["code"] in (tpmlog.CC_PCR_EXTEND, tpmlog.CC_PCR_EVENT)]


@needs("warm")
def test_after_a_reset_of_both_the_boot_is_measured_as_before(boots):
    boot = boots["warm"]
    record = tpmspecs.record_of(boot)
    assert boot.console.count(tiny.SAYS) == 2 and "Measured boot: failed" not in boot.console
    half = len(record.lines) // 2
    first, second = record.lines[:half], record.lines[half:]
    assert len(first) == len(second) and extends_of(first) == extends_of(second)
    record.lines = second
    assert set(record.closings().values()) == {"good"} and record.holds_what_was_extended()


@needs("warm", "warm-kept")
def test_a_tpm_that_was_not_reset_with_the_machine_is_capped_and_named(boots):
    boot = boots["warm-kept"]
    record = tpmspecs.record_of(boot)
    assert boot.console.count(tiny.SAYS) == 2
    assert NOT_RESET in boot.console and NOT_RESET not in boots["warm"].console
    first, second = boot.console.split(tiny.SAYS)[:2]
    assert NOT_RESET not in first and "Measured boot: PCR 0-7 capped" in second
    assert set(record.closings().values()) == {"error"} and record.holds_what_was_extended()


@needs("warm", "warm-kept-strict")
def test_strict_does_not_boot_with_a_tpm_that_was_not_reset(boots):
    boot = boots["warm-kept-strict"]
    first, *rest = boot.console.split(tiny.SAYS)
    assert boot.status == 1 and len(rest) == 1
    assert NOT_RESET not in first and "Measured boot: failed" not in first
    assert NOT_RESET in rest[0] and "Measured boot: strict: resetting" in rest[0] and "Starting kernel" not in rest[0]
