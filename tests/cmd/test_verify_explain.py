# SPDX-License-Identifier: BSD-2-Clause
"""verify names the smallest change that makes a log fit; PCR values come from hashlib, the log is changed."""
import hashlib

import pytest

from conftest import events, firmware_log, vectors, write

FF = b"\xff" * 4
EXIT = [b"Exit Boot Services Invocation", b"Exit Boot Services Returned with Success"]


def pcr_lines(rows, start=b""):
    values = {}
    for alg in vectors.ALGS:
        size = hashlib.new(alg).digest_size
        for pcr in range(8):
            values[alg, pcr] = (start if pcr == 0 else b"").rjust(size, b"\0")
        for _, pcr, _, _, obj in rows:
            values[alg, pcr] = hashlib.new(alg, values[alg, pcr] + hashlib.new(alg, obj).digest()).digest()
    return "".join("%s %d %s\n" % (*key, value.hex()) for key, value in values.items())


def judge(boot, log, measured, start=b"", json=True):
    write(boot / "some.log", firmware_log(log))
    write(boot / "some.txt", pcr_lines(measured, start))
    return boot.run("verify", *(("--json",) if json else ()), "--pcrs", "some.txt", "some.log")


def explained(boot, log, measured, start=b""):
    """The one explanation (PCR, hypothesis, event) that all banks give; the good twin: what was measured fits its own log."""
    assert judge(boot, measured, measured).code == 0 or start
    result = judge(boot, log, measured, start)
    assert result.code == 1
    rows = result.json["explanation"]
    assert [row["bank"] for row in rows] == list(vectors.ALGS)
    said = {(row["pcr"], row["hypothesis"], row["event"]) for row in rows}
    assert len(said) == 1
    return said.pop()


def of_pcr(rows, pcr):
    """Places of a PCR's events; the number of each event is one more."""
    return [i for i, row in enumerate(rows) if row[1] == pcr]


def test_an_event_that_the_pcr_does_not_hold(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    assert explained(boot, rows, rows[:at] + rows[at + 1:]) == (4, "dropped", at + 1)


def test_an_event_that_was_extended_twice(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    assert explained(boot, rows, rows[:at] + [rows[at]] + rows[at:]) == (4, "doubled", at + 1)


def test_two_events_in_each_other_s_place(boot):
    rows, other = events(), events()
    first, second = of_pcr(rows, 4)[0], of_pcr(rows, 4)[2]
    other[first], other[second] = other[second], other[first]
    assert explained(boot, rows, other) == (4, "swapped", first + 1)


@pytest.mark.parametrize("locality", [1, 3, 4])
def test_another_start_value(boot, locality):
    rows = events()
    assert explained(boot, rows, rows, bytes([locality])) == (0, "start-value", None)


def test_a_separator_that_is_missing_in_the_log(boot):
    rows = events()
    at = of_pcr(rows, 2)[-1]
    assert rows[at][3] == FF
    result = judge(boot, rows[:at] + rows[at + 1:], rows)
    assert {(row["pcr"], row["hypothesis"]) for row in result.json["explanation"]} == {(2, "missing-separator")}


@pytest.mark.parametrize("count", [1, 2])
def test_the_events_of_exit_boot_services_are_missing(boot, count):
    rows = events()
    measured = rows + [["exit", 5, 0x80000007, text, text] for text in EXIT[:count]]
    assert explained(boot, rows, measured) == (5, "missing-exit-boot-services", None)


def test_an_older_log_stands_in_front(boot):
    rows = events()
    old = [["old", 4, 5, b"one", b"one"], ["old", 4, 5, b"two", b"two"], ["old", 4, 5, b"three", b"three"]]
    assert explained(boot, old + rows, rows) == (4, "stale-log", 3 + of_pcr(rows, 4)[0] + 1)


def test_a_pcr_that_was_not_reset_between_two_boots(boot):
    rows = events()
    again = rows + [row for row in rows if row[1] == 7]
    assert explained(boot, rows, again) == (7, "stale-log", None)


def test_what_nothing_explains_is_not_explained_and_people_read_a_line(boot):
    rows = events()
    assert judge(boot, rows, rows + [["x", 4, 5, b"unknown", b"unknown"]]).json["explanation"] == []
    at = of_pcr(rows, 4)[1]
    text = judge(boot, rows, rows[:at] + rows[at + 1:], json=False).out
    assert "explanation: PCR 4, bank sha256: without event %d it fits" % (at + 1) in text
    assert "explanation:" not in judge(boot, rows, rows, json=False).out
