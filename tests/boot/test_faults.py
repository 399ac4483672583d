# SPDX-License-Identifier: BSD-2-Clause
"""Whatever U-Boot's TPM does, and at whichever command: no PCR stays open without a word, and strict stops."""
import re

import lab
import pytest
import replay
import sweep as sweeping
import tpmlog
import tpmspecs
from lab import needs

BANKS = set(replay.ALGS)
CLOSED = re.compile(r"Measured boot: \d+ events, PCR 0-7 closed, \d+ ms \(hash \d+, TPM \d+\)")
FAILED = re.compile(r"Measured boot: failed: \S")


def stories(some):
    return "\n".join(swept.story() for swept in some)


def test_without_a_fault_both_builds_start_the_kernel_and_close_every_pcr(sweep):
    for good in sweep.good.values():
        assert good.started and len(good.lines) == 1 and CLOSED.fullmatch(good.lines[0]), good.story()
        assert set(good.record.pcrs) == BANKS and set(good.record.closings().values()) == {"good"}
        assert all(line["executed"] or line["code"] == tpmlog.CC_SELF_TEST for line in good.record.lines)


def test_what_swtpm_holds_is_what_was_extended(sweep):
    """The other tests go by the commands that were executed; swtpm's own PCRs say the same."""
    wrong = [swept for swept in [*sweep.good.values(), *sweep.all] if not swept.record.holds_what_was_extended()]
    assert not wrong, stories(wrong)


def test_every_boot_comes_to_its_end(sweep):
    """Starting the kernel or the reset: no prompt, no other way to boot, no hang."""
    for swept in sweep.all:
        # The stored environment is measured before there is anything to boot.
        assert swept.status in (1, 3) and swept.console.count("Booting bootflow") <= 1, swept.story()
        assert not re.search(r"^=>", swept.console, re.M), swept.story()
        assert swept.started != (swept.lines[-1:] == [sweeping.DONE]), swept.story()


def test_no_boot_with_a_fault_says_that_all_is_closed(sweep):
    """One line or the other, never both."""
    for swept in sweep.all:
        closed, failed = ([line for line in swept.lines if match(line)] for match in (CLOSED.match, FAILED.match))
        assert bool(closed) != bool(failed), swept.story()


def test_nowhere_an_open_pcr_without_a_line_on_the_console(sweep):
    for swept in sweep.all:
        is_open = swept.record.pcrs is None or "open" in swept.record.closings().values()
        assert not is_open or any(FAILED.match(line) for line in swept.lines), swept.story()


def test_strict_stops_with_its_line_at_every_command(sweep):
    wrong = [swept for swept in sweep.of("strict") if swept.started or swept.lines[-1:] != [sweeping.DONE]
             or not FAILED.match(" ".join(swept.lines))]
    assert not wrong, stories(wrong)


def test_not_strict_caps_every_bank_and_goes_on(sweep):
    """A separator that came before the failure stays; the others say it. A TPM that has gone cannot be capped: that is said."""
    for swept in sweep.of("open"):
        closings = swept.record.closings()
        assert swept.started and FAILED.match(" ".join(swept.lines)), swept.story()
        if swept.kind == "kill":
            assert "Measured boot: PCR 0-7 not capped, no TPM answers" in swept.lines, swept.story()
        else:
            assert "open" not in closings.values() and "Measured boot: PCR 0-7 capped" in swept.lines, swept.story()
            assert {alg for (alg, _), kind in closings.items() if kind == "error"} == BANKS, swept.story()


def test_the_sweep_is_whole(sweep, report):
    for build, good in sweep.good.items():
        count = len(good.record.lines)
        assert count > 10 and {(s.kind, s.number) for s in sweep.of(build)} == {
            (kind, number) for kind in sweeping.KINDS for number in range(1, count + 1)}
    report("fault sweep: %d boots, %d and %d commands, %.0f s (and %.0f s to build U-Boot without strict)" % (
        len(sweep.all), *(len(good.record.lines) for good in sweep.good.values()), sweep.seconds, sweep.build_seconds))


@pytest.mark.parametrize("kind", [pytest.param(k, marks=needs("fault-" + k)) for k in tpmspecs.FAULTS])
@needs("good")
def test_linux_and_the_command_see_that_the_measurement_failed(boots, kind):
    boot = boots["fault-" + kind]
    record = tpmspecs.record_of(boot)
    hit = [line["n"] for line in record.lines if line["fault"]]
    assert hit == [tpmspecs.FAULTS[kind]] and hit[0] <= len(tpmlog.split(record.commands())[0])
    # What the kernel shows is what is in the PCRs, and it has the separators of a failure.
    log = boot.log()
    for alg in replay.ALGS:
        values, found = log.replay(alg), boot.pcrs()[alg]
        assert {pcr: found[pcr] for pcr in range(8)} == {pcr: values[pcr] for pcr in range(8)}
    assert [e.pcr for e in log.events if e.kind == replay.EV_SEPARATOR and e.data == tpmlog.SEPARATORS["error"]] == list(range(8))
    status, verdict = boot.verify()
    assert (status, verdict["verdict"]) == (1, "mismatch") and "SEPARATOR_ERROR" in lab.codes(verdict)
    assert "SEPARATOR_ERROR" not in lab.codes(boots["good"].verify()[1])
