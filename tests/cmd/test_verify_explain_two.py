# SPDX-License-Identifier: BSD-2-Clause
"""verify and two things at once: the log of a PCR as a whole, and an event of it; PCR values come from hashlib."""
import hashlib

import pytest

from conftest import events, vectors, write
from test_verify_explain import EXIT, FF, codes, explained, judge, many, of_pcr, pcr_lines
from test_verify_explain_ima import digest, entries, judge as judge_list, write_list

FAILED = b"Exit Boot Services Returned with Failure"


def ends(*texts):
    return [["exit", 5, 0x80000007, text, text] for text in texts]


def without(rows, *gone):
    return [row for i, row in enumerate(rows) if i not in gone]


def many_in_0():
    """A log with six more events in PCR 0; the place of the first of them."""
    rows = events()
    return rows[:2] + many(0, 6) + rows[2:], 2


def pair(boot, log, measured, start=b""):
    """PCR, event and text of the pair that every bank gives; the good twin is in explained()."""
    pcr, hypothesis, event = explained(boot, log, measured, start)
    assert hypothesis == "pair"
    (text,) = {row["text"] for row in judge(boot, log, measured, start).json["explanation"]}
    return pcr, event, text


def test_another_start_value_and_an_event_that_the_pcr_does_not_hold(boot):
    rows, at = many_in_0()
    assert pair(boot, rows, without(rows, at + 2), b"\3") == (0, at + 3, "started at locality 3 and without event %d it fits" % (at + 3))


def test_another_start_value_and_a_separator_that_is_missing_in_the_log(boot):
    rows, _ = many_in_0()
    result = judge(boot, without(rows, of_pcr(rows, 0)[-1]), rows, b"\3").json
    assert {(row["pcr"], row["hypothesis"], row["text"]) for row in result["explanation"]} == {
        (0, "pair", "started at locality 3 and with a separator ffffffff at the end it fits")}
    assert {f["code"] for f in result["findings"] if f["pcr"] == 0 and f["severity"] == "error"} == {"SEPARATOR_MISSING", "PCR_AHEAD"}


def test_another_start_value_and_a_log_that_is_longer_than_the_pcr(boot):
    rows, at = many_in_0()
    short = [row for i, row in enumerate(rows) if row[1] != 0 or i < at + 4]
    assert pair(boot, rows, short, b"\4") == (
        0, at + 5, "started at locality 4, as after an H-CRTM, it holds what stands before event %d: the log is longer than the PCR" % (at + 5))


def test_no_start_value_but_of_pcr_0_is_a_locality_beside_another_change(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    value = bytes(31) + b"\3"
    for i in of_pcr(rows, 4):
        if i != at:
            value = hashlib.sha256(value + hashlib.sha256(rows[i][4]).digest()).digest()
    lines = [line for line in pcr_lines(rows).splitlines() if line.startswith("sha256 ") and not line.startswith("sha256 4 ")]
    judge(boot, rows, rows)
    write(boot / "some.txt", "\n".join(lines + ["sha256 4 " + value.hex()]) + "\n")
    result = boot.run("verify", "--json", "--pcrs", "some.txt", "some.log")
    assert (result.code, result.json["explanation"]) == (1, [])


@pytest.mark.parametrize("texts,words", [
    (EXIT, "both events of ExitBootServices"), ([EXIT[0], FAILED], "both events of an ExitBootServices that failed"),
    ([EXIT[0], FAILED, *EXIT], "the events of an ExitBootServices that failed and of one that did not")])
def test_what_exit_boot_services_extends_in_a_row(boot, texts, words):
    rows = events()
    assert explained(boot, rows, rows + ends(*texts)) == (5, "missing-exit-boot-services", None)
    (row, *_) = judge(boot, rows, rows + ends(*texts)).json["explanation"]
    assert row["text"] == "with %s at the end it fits: the log lacks them" % words
    assert set(codes(boot, rows, rows + ends(*texts), 5)) == {"PCR_AHEAD"}
    at = of_pcr(rows, 5)[0]
    assert pair(boot, rows, without(rows, at) + ends(*texts)) == (5, at + 1, "without event %d and with %s at the end it fits" % (at + 1, words))


def test_exit_boot_services_and_a_separator_are_missing_in_the_log(boot):
    rows = events()
    at = of_pcr(rows, 5)[-1]
    assert rows[at][3] == FF
    found = judge(boot, without(rows, at), rows + ends(*EXIT)).json["explanation"]
    assert {(row["pcr"], row["hypothesis"], row["text"]) for row in found} == {
        (5, "pair", "with a separator ffffffff at the end and with both events of ExitBootServices at the end it fits")}


def test_exit_boot_services_under_the_type_no_action_is_not_missing(boot):
    rows = events()
    hidden = [["exit", 5, vectors.EV_NO_ACTION, text, lambda alg, text=text: hashlib.new(alg, text).digest()] for text in EXIT]
    found = judge(boot, rows + hidden, rows + ends(*EXIT)).json
    assert {(row["hypothesis"], row["event"], row["second"]) for row in found["explanation"]} == {("pair", len(rows) + 1, len(rows) + 2)}
    assert [f["event"] for f in found["findings"] if f["code"] == "EVENT_RETYPED"] == [len(rows) + 1, len(rows) + 2]


def test_a_log_that_is_longer_than_the_pcr_and_an_event_that_the_pcr_does_not_hold(boot):
    rows, at = many_in_0()
    short = [row for i, row in enumerate(rows) if row[1] != 0 or (i < at + 5 and i != at + 1)]
    found = judge(boot, rows, short).json["explanation"]
    assert {(row["pcr"], row["hypothesis"], row["event"], row["text"]) for row in found} == {
        (0, "pair", at + 2, "without event %d it holds what stands before event %d: the log is longer than the PCR" % (at + 2, at + 6))}
    assert len(found) == len(vectors.ALGS)
    assert set(codes(boot, rows, short, 0)) == {"PCR_UNEXPLAINED"}


def test_events_in_each_other_s_place_and_one_that_the_pcr_does_not_hold(boot):
    rows, at = many_in_0()
    other = list(rows)
    other[at], other[at + 4] = rows[at + 4], rows[at]
    assert pair(boot, rows, without(other, at + 2)) == (
        0, at + 3, "with event %d and %d in each other's place and without event %d it fits" % (at + 1, at + 5, at + 3))
    # One of the two that is not there was moved alone: nothing is said rather than the wrong one of them.
    assert judge(boot, rows, without(other, at + 4)).json["explanation"] == []


def test_an_older_log_in_front_and_an_event_that_the_pcr_does_not_hold(boot):
    rows, at = many_in_0()
    old = [["old", 0, 5, b"old %d" % i, b"old %d" % i] for i in range(3)]
    first = len(old) + of_pcr(rows, 0)[0] + 1
    gone = len(old) + at + 3
    assert pair(boot, old + rows, without(rows, at + 2)) == (
        0, gone, "from event %d on, with an older log in front, and without event %d it fits" % (first, gone))
    assert set(codes(boot, old + rows, without(rows, at + 2), 0)) == {"PCR_NOT_RESET"}


def test_a_pcr_that_was_not_reset_and_a_boot_that_measured_less(boot):
    rows, at = many_in_0()
    again = rows + [row for i, row in enumerate(rows) if row[1] == 0 and i != at + 2]
    assert pair(boot, rows, again) == (
        0, at + 3, "started at what these events lead to, because it was not reset, and without event %d it fits" % (at + 3))
    assert set(codes(boot, rows, again, 0)) == {"PCR_NOT_RESET"}


def test_every_digest_is_the_sha1_one_with_zeros_and_one_is_not_there(boot):
    rows, at = many_in_0()
    measured = [list(row) for row in rows]
    for i in of_pcr(rows, 0):
        measured[i][4] = lambda alg, obj=rows[i][4]: (hashlib.sha1(obj).digest() + bytes(12) if alg == "sha256" else hashlib.new(alg, obj).digest())
    found = judge(boot, rows, without(measured, at + 2)).json["explanation"]
    assert {(row["bank"], row["hypothesis"], row["event"]) for row in found} == {
        ("sha256", "pair", at + 3), *((alg, "dropped", at + 3) for alg in vectors.ALGS if alg != "sha256")}
    (text,) = [row["text"] for row in found if row["bank"] == "sha256"]
    assert text == "with the sha1 digest and zeros behind it in place of every digest and without event %d it fits" % (at + 3)


def test_what_a_bank_shows_of_two_pcrs_is_found_in_every_bank(boot):
    rows = events()
    log = rows[:2] + many(4, 60) + many(5, 60) + rows[2:]
    found = judge(boot, log, without(log, 20, 50, 80, 110)).json["explanation"]
    assert {(row["pcr"], row["hypothesis"], row["event"], row["second"]) for row in found} == {(4, "pair", 21, 51), (5, "pair", 81, 111)}
    assert len(found) == 2 * len(vectors.ALGS)


def test_two_entries_of_a_long_list_are_not_in_the_pcr(boot):
    rows = entries(199)
    write_list(boot, rows)
    found = judge_list(boot, without(rows, 140, 180)).json["explanation"]
    assert [(row["bank"], row["hypothesis"], row["entry"], row["second"]) for row in found] == [
        (alg, "pair", 141, 181) for alg in ("sha1", "sha256")]


@pytest.mark.parametrize("cut", [13, 11])
def test_an_entry_is_not_there_in_a_list_of_a_kernel_that_hashes_once(boot, cut):
    """Also when the list goes on behind the PCR value."""
    rows = entries()
    write_list(boot, rows)
    found = judge_list(boot, without(rows[:cut], 4), own=lambda alg, row: digest("sha1", row).ljust(hashlib.new(alg).digest_size, b"\0")).json
    assert {(row["bank"], row["hypothesis"], row["entry"]) for row in found["explanation"]} == {("sha1", "dropped", 5), ("sha256", "pair", 5)}
