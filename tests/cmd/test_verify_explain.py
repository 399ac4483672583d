# SPDX-License-Identifier: BSD-2-Clause
"""verify names the smallest change that makes a log fit; PCR values come from hashlib, the log is changed."""
import hashlib
import time

import pytest

from conftest import digest_of, events, firmware_log, read, vectors, write

FF = b"\xff" * 4
EXIT = [b"Exit Boot Services Invocation", b"Exit Boot Services Returned with Success"]


def pcr_lines(rows, start=b""):
    values = {}
    for alg in vectors.ALGS:
        size = hashlib.new(alg).digest_size
        for pcr in range(8):
            values[alg, pcr] = (start if pcr == 0 else b"").rjust(size, b"\0")
        for row in rows:
            if row[2] != vectors.EV_NO_ACTION:
                values[alg, row[1]] = hashlib.new(alg, values[alg, row[1]] + digest_of(alg, row)).digest()
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


def test_a_separator_that_was_extended_twice_is_doubled_not_missing(boot):
    rows = events()
    at = of_pcr(rows, 4)[-1]
    assert explained(boot, rows, rows + [rows[at]]) == (4, "doubled", at + 1)


@pytest.mark.parametrize("distance", [1, 2])
def test_two_events_in_each_other_s_place(boot, distance):
    rows, other = events(), events()
    first, second = of_pcr(rows, 4)[0], of_pcr(rows, 4)[distance]
    other[first], other[second] = other[second], other[first]
    assert explained(boot, rows, other) == (4, "swapped", first + 1)
    assert {row["second"] for row in judge(boot, rows, other).json["explanation"]} == {second + 1}


@pytest.mark.parametrize("locality", [1, 2, 3, 4])
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


@pytest.mark.parametrize("changed", [(), (4, 5)])
def test_an_older_log_stands_in_front_for_every_pcr(boot, changed):
    """Also for those with one event, and where both boots measured the same."""
    rows = events()
    old = [["old", row[1], 5, b"%d" % i, b"%d" % i] if row[1] in changed else row for i, row in enumerate(rows)]
    result = judge(boot, old + rows, rows).json
    first = {(pcr, "stale-log", len(old) + 1 + [i for i in of_pcr(rows, pcr) if rows[i][2] != vectors.EV_NO_ACTION][0]) for pcr in range(8)}
    assert {(row["pcr"], row["hypothesis"], row["event"]) for row in result["explanation"]} == first
    assert {f["code"] for f in result["findings"] if f["event"] is None and f["severity"] == "error"} == {"PCR_NOT_RESET"}
    assert "an older log stands in front" in result["sentence"]


def test_a_log_that_tells_of_one_separator_twice_is_not_an_older_log(boot):
    rows = events()
    at = of_pcr(rows, 3)[-1]
    assert of_pcr(rows, 3) == [at]
    assert explained(boot, rows + [rows[at]], rows) == (3, "log-longer", len(rows) + 1)


def test_a_pcr_that_was_not_reset_between_two_boots(boot):
    rows = events()
    again = rows + [row for row in rows if row[1] == 7]
    assert explained(boot, rows, again) == (7, "not-reset", None)


def codes(boot, log, measured, pcr):
    return [f["code"] for f in judge(boot, log, measured).json["findings"] if f["pcr"] == pcr and f["severity"] == "error"]


def test_a_log_that_is_longer_than_the_pcr(boot):
    rows = events()
    first, second = of_pcr(rows, 4)[1:3]
    short = [row for i, row in enumerate(rows) if row[1] != 4 or i <= first]
    found = judge(boot, rows, short).json["explanation"]
    assert {(row["pcr"], row["hypothesis"], row["event"]) for row in found} == {(4, "log-longer", second + 1)} and len(found) == 4
    never = judge(boot, rows, [row for row in rows if row[1] != 4]).json["explanation"]
    assert {(row["hypothesis"], row["event"]) for row in never} == {("log-longer", of_pcr(rows, 4)[0] + 1)} and len(never) == 4
    assert set(codes(boot, rows, short, 4)) == {"PCR_UNEXPLAINED"}


def test_a_pcr_that_is_ahead_of_the_log_and_one_that_was_not_reset_have_codes_of_their_own(boot):
    rows = events()
    for count in (1, 2):
        more = rows + [["exit", 5, 0x80000007, text, text] for text in EXIT[:count]]
        assert set(codes(boot, rows, more, 5)) == {"PCR_AHEAD"}
    assert set(codes(boot, rows, rows + [row for row in rows if row[1] == 7], 7)) == {"PCR_NOT_RESET"}
    unknown = rows + [["x", 4, 5, b"unknown", b"unknown"]]
    assert "PCR 4, bank sha1" in judge(boot, rows, unknown).json["sentence"]
    assert "PCR 7, bank sha1" in judge(boot, rows, unknown + [row for row in rows if row[1] == 7]).json["sentence"]
    old = [["old", 4, 5, b"%d" % i, b"%d" % i] for i in range(3)]
    assert set(codes(boot, old + rows, rows, 4)) == {"PCR_NOT_RESET"}
    assert set(codes(boot, rows, rows[:of_pcr(rows, 4)[1]] + rows[of_pcr(rows, 4)[1] + 1:], 4)) == {"PCR_UNEXPLAINED"}
    assert codes(boot, rows, rows, 4) == []


def test_a_separator_that_is_missing_in_the_middle_is_not_ahead(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    more = rows[:at] + [["separator", 4, vectors.EV_SEPARATOR, FF, FF]] + rows[at:]
    assert explained(boot, rows, more) == (4, "missing-separator", at + 1)
    assert set(codes(boot, rows, more, 4)) == {"PCR_UNEXPLAINED"}


def note(data=b"a note of sixteen", obj=b"", pcr=4):
    return ["note", pcr, vectors.EV_NO_ACTION, data, obj]


def test_an_event_of_no_action_that_was_extended_with_zeros_or_its_data(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    log = rows[:at] + [note()] + rows[at:]
    assert judge(boot, log, log).code == 0
    for obj in (lambda alg: bytes(hashlib.new(alg).digest_size), b"a note of sixteen"):
        measured = rows[:at] + [["note", 4, 5, b"", obj]] + rows[at:]
        result = judge(boot, log, measured).json
        assert {(row["pcr"], row["hypothesis"], row["event"]) for row in result["explanation"]} == {(4, "no-action-extended", at + 1)}


def test_an_event_that_was_given_the_type_no_action_and_the_reverse(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    hidden = [list(row) for row in rows]
    obj = rows[at][4]
    hidden[at] = [rows[at][0], 4, vectors.EV_NO_ACTION, rows[at][3], lambda alg: hashlib.new(alg, obj).digest()]
    assert explained(boot, hidden, rows) == (4, "retyped", at + 1)
    result = judge(boot, hidden, rows).json
    (finding,) = [f for f in result["findings"] if f["code"] == "EVENT_RETYPED"]
    assert (finding["event"], finding["pcr"]) == (at + 1, 4)
    assert "event %d" % (at + 1) in result["sentence"]
    log = rows[:at] + [["note", 4, 0x0d, b"a note", lambda alg: bytes(hashlib.new(alg).digest_size)]] + rows[at:]
    assert explained(boot, log, rows) == (4, "retyped", at + 1)


def test_a_separator_under_another_type_is_named(boot):
    """The PCR values fit, because no digest covers a type."""
    rows = events()
    at = of_pcr(rows, 2)[-1]
    hidden = [list(row) for row in rows]
    hidden[at][2] = 5
    result = judge(boot, hidden, rows)
    assert result.code == 1
    (finding,) = [f for f in result.json["findings"] if f["code"] == "EVENT_RETYPED"]
    assert (finding["event"], finding["pcr"]) == (at + 1, 2)
    assert "EVENT_RETYPED" not in [f["code"] for f in judge(boot, rows, rows).json["findings"]]
    flags = rows[:1] + [["flags", 1, 10, bytes(4), bytes(4)]] + rows[1:]
    assert "EVENT_RETYPED" not in [f["code"] for f in judge(boot, flags, flags).json["findings"]]


def test_a_separator_that_was_given_the_type_no_action_is_not_missing(boot):
    rows = events()
    hidden = [list(row) for row in rows]
    for pcr in (2, 4):
        at = of_pcr(rows, pcr)[-1]
        assert rows[at][3] == FF
        hidden[at][2:] = [vectors.EV_NO_ACTION, FF, lambda alg: hashlib.new(alg, FF).digest()]
    result = judge(boot, hidden, rows).json
    assert {(row["pcr"], row["hypothesis"], row["event"]) for row in result["explanation"]} == {
        (pcr, "retyped", of_pcr(rows, pcr)[-1] + 1) for pcr in (2, 4)}
    found = sorted((f["code"], f["event"]) for f in result["findings"] if f["pcr"] == 4 and f["severity"] == "error")
    assert found == [("EVENT_RETYPED", at + 1)] + 4 * [("PCR_UNEXPLAINED", None)] + [("SEPARATOR_MISSING", None)]
    assert "separator that the PCR lacks" in result["sentence"]
    # With a digest of zeros the log does not say that it was one.
    hidden[at][4] = lambda alg: bytes(hashlib.new(alg).digest_size)
    result = judge(boot, hidden, rows).json
    assert [f["pcr"] for f in result["findings"] if f["code"] == "EVENT_RETYPED"] == [2]


def one_bank(boot, log, measured, alg):
    """The one explanation of a bank; the others are explained."""
    result = judge(boot, log, measured).json
    (row,) = result["explanation"]
    assert row["bank"] == alg
    assert {r["bank"] for r in result["pcrs"] if r["status"] == "not-explained"} == {alg}
    return row["pcr"], row["hypothesis"], row["event"]


def in_bank(rows, at, alg, digest):
    """The rows with another digest of one event in one bank."""
    rows = [list(row) for row in rows]
    obj = rows[at][4]
    rows[at][4] = lambda one: digest if one == alg else hashlib.new(one, obj).digest()
    return rows


@pytest.mark.parametrize("alg,other,hypothesis", [("sha256", "sha1", "zero-padded"), ("sha384", "sha256", "zero-padded"),
                                                  ("sha256", "sha512", "other-bank"), ("sha1", "sha256", "other-bank")])
def test_the_digest_of_another_bank(boot, alg, other, hypothesis):
    rows, size = events(), hashlib.new(alg).digest_size
    at = of_pcr(rows, 4)[1]
    digest = hashlib.new(other, rows[at][4]).digest()[:size].ljust(size, b"\0")
    assert one_bank(boot, rows, in_bank(rows, at, alg, digest), alg) == (4, hypothesis, at + 1)


def test_every_digest_is_the_sha1_one_with_zeros(boot):
    rows = events()
    measured = [list(row) for row in rows]
    for at in of_pcr(rows, 4):
        measured[at][4] = lambda alg, obj=rows[at][4]: (hashlib.sha1(obj).digest() + bytes(12) if alg == "sha256" else
                                                        hashlib.new(alg, obj).digest())
    assert one_bank(boot, rows, measured, "sha256") == (4, "zero-padded", None)


def test_the_sentence_explains_the_bank_that_it_names(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    padded = hashlib.sha1(rows[at][4]).digest().ljust(32, b"\0")
    text = "with the sha1 digest and zeros behind it"
    assert text in judge(boot, rows, in_bank(rows, at, "sha256", padded)).json["sentence"]
    unknown = in_bank(rows, at, "sha1", bytes(range(20)))
    obj = unknown[at][4]
    unknown[at][4] = lambda alg: padded if alg == "sha256" else obj(alg)
    result = judge(boot, rows, unknown).json
    assert [(row["bank"], row["hypothesis"]) for row in result["explanation"]] == [("sha256", "zero-padded")]
    assert "bank sha1" in result["sentence"] and text not in result["sentence"]


def test_a_digest_in_the_log_that_is_not_what_was_extended(boot):
    """The log was changed: the data of the event says what it was."""
    rows = events()
    at = of_pcr(rows, 7)[0]
    assert rows[at][3] == rows[at][4]
    assert one_bank(boot, in_bank(rows, at, "sha256", b"\x11" * 32), rows, "sha256") == (7, "data-digest", at + 1)


@pytest.mark.parametrize("nul", [b"", b"\0"])
def test_what_was_extended_is_the_label_of_the_event(boot, nul):
    rows = events()
    (at,) = [i for i, row in enumerate(rows) if row[0] == "kernel"]
    measured = [list(row) for row in rows]
    measured[at][4] = b"linux" + nul
    found = judge(boot, rows, measured).json["explanation"]
    assert {(row["pcr"], row["hypothesis"], row["event"]) for row in found} == {(4, "label-digest", at + 1)} and len(found) == 4


def test_an_event_that_stands_in_another_pcr_in_the_log(boot):
    rows = events()
    at = of_pcr(rows, 4)[1]
    moved = [list(row) for row in rows]
    moved[at][1] = 7
    result = judge(boot, moved, rows).json
    assert {(row["pcr"], row["hypothesis"], row["event"]) for row in result["explanation"]} == {(4, "other-pcr", at + 1),
                                                                                                (7, "dropped", at + 1)}


def test_phases_of_systemd_that_are_in_its_own_log(boot):
    rows = events() + [["stub", 11, 0x0d, b"x", b"section"]]
    for words in (["enter-initrd", "leave-initrd", "sysinit"], ["sysinit", "ready"]):
        write(boot / "some.log", firmware_log(rows))
        value = bytes(32)
        for data in [b"section"] + [word.encode() for word in words]:
            value = hashlib.sha256(value + hashlib.sha256(data).digest()).digest()
        write(boot / "some.txt", "sha256 11 %s\n" % value.hex())
        (row,) = boot.run("verify", "--json", "--pcrs", "some.txt", "some.log").json["explanation"]
        assert (row["pcr"], row["hypothesis"]) == (11, "missing-systemd-phases")
        assert "from %s to %s" % (words[0], words[-1]) in row["text"]


def many(pcr, count):
    return [["many", pcr, 5, b"%d" % i, b"%d" % i] for i in range(count)]


def test_a_pair_of_changes_is_found_within_64_events(boot):
    rows = events()
    at = of_pcr(rows, 4)[0]
    log = rows[:at] + many(4, 60) + rows[at:]
    measured = [row for i, row in enumerate(log) if i != at + 3]
    measured.insert(at + 40, log[at + 40])
    result = judge(boot, log, measured).json
    assert {row["hypothesis"] for row in result["explanation"]} <= {"pair", "stopped"}
    pair = [row for row in result["explanation"] if row["hypothesis"] == "pair"][0]
    assert (pair["event"], pair["second"]) == (at + 4, at + 41)
    assert "without event %d and with event %d twice" % (at + 4, at + 41) in pair["text"]


@pytest.mark.parametrize("count,gone,hypothesis", [(1000, [995], "dropped"), (100, [40, 70], "pair")])
def test_what_one_bank_shows_is_found_in_every_bank(boot, count, gone, hypothesis):
    """In four banks, where a search in each of them would take too long."""
    rows = events()
    log = rows[:2] + many(4, count) + rows[2:]
    assert explained(boot, log, [row for i, row in enumerate(log) if i not in gone]) == (4, hypothesis, gone[0] + 1)


def test_a_rarer_change_among_many_events_is_found_in_every_bank(boot):
    rows = events()
    log = rows[:2] + many(4, 600) + rows[2:]
    assert explained(boot, log, log[:500] + log[499:]) == (4, "doubled", 500)


@pytest.mark.parametrize("changes", ["drop-drop", "swap-drop", "drop-missing"])
def test_pairs_of_changes(boot, changes):
    rows = events()
    first, second, third = of_pcr(rows, 4)[:3]
    measured = list(rows)
    if changes == "drop-drop":
        measured = [row for i, row in enumerate(rows) if i not in (first, third)]
    elif changes == "swap-drop":
        measured[first], measured[second] = rows[second], rows[first]
        del measured[third]
    else:
        del measured[second]
        measured.append(["exit", 4, 0x80000007, EXIT[0], EXIT[0]])
    assert explained(boot, rows, measured)[:2] == (4, "pair")


def test_what_a_pair_says_has_the_codes_of_its_parts(boot):
    rows = events()
    first, second, third = of_pcr(rows, 4)[:3]
    hidden = [list(row) for row in rows]
    for at in (first, third):
        obj = rows[at][4]
        hidden[at][2], hidden[at][4] = vectors.EV_NO_ACTION, lambda alg, obj=obj: hashlib.new(alg, obj).digest()
    found = judge(boot, hidden, rows).json
    assert {(row["hypothesis"], row["event"], row["second"]) for row in found["explanation"]} == {("pair", first + 1, third + 1)}
    assert [f["event"] for f in found["findings"] if f["code"] == "EVENT_RETYPED"] == [first + 1, third + 1]
    one = judge(boot, hidden, [row for i, row in enumerate(rows) if i not in (second, third)]).json
    assert {row["hypothesis"] for row in one["explanation"]} == {"pair"}
    assert [f["event"] for f in one["findings"] if f["code"] == "EVENT_RETYPED"] == [first + 1]
    short = [row for i, row in enumerate(rows) if i != of_pcr(rows, 4)[-1]]
    assert set(codes(boot, short, [row for i, row in enumerate(rows) if i != second], 4)) == {"SEPARATOR_MISSING", "PCR_AHEAD"}
    assert set(codes(boot, rows, [row for i, row in enumerate(rows) if i not in (first, third)], 4)) == {"PCR_UNEXPLAINED"}


@pytest.mark.parametrize("count,pcr", [(900, 4), (1100, 5)])
def test_the_search_stops_and_says_so(boot, count, pcr):
    """Too many events to try each in this PCR; more events in the log than are kept."""
    rows = events()
    log = rows[:2] + many(pcr, count) + rows[2:]
    measured = log + [["x", pcr, 5, b"unknown", b"unknown"]]
    judge(boot, log, measured)
    begin = time.monotonic()
    result = boot.run("verify", "--json", "--pcrs", "some.txt", "some.log")
    assert time.monotonic() - begin < 10
    assert result.code == 1
    (row,) = result.json["explanation"]
    assert (row["pcr"], row["hypothesis"], row["event"]) == (pcr, "stopped", None)


def test_events_that_are_too_many_to_be_kept_are_said(boot):
    rows = events()[:2] + many(5, 1100) + events()[2:]
    result = judge(boot, rows, rows + [["x", 4, 5, b"unknown", b"unknown"]])
    (row,) = result.json["explanation"]
    assert (row["pcr"], row["hypothesis"]) == (4, "stopped")
    assert row["text"].endswith(" searched in the first 1024 events only; nothing was found for 3 other values either")
    assert "searched in the first 1024 events only" in boot.run("verify", "--pcrs", "some.txt", "some.log").out
    rows = events()[:2] + many(5, 900) + events()[2:]
    explanation = judge(boot, rows, rows + [["x", 4, 5, b"unknown", b"unknown"]]).json["explanation"]
    assert not any("first" in row["text"] for row in explanation)


def test_no_pcr_but_0_starts_at_a_locality(boot):
    rows = events()
    for pcr, expected in ((0, ["start-value"]), (4, [])):
        judge(boot, rows, rows)
        lines = []
        for line in read(boot / "some.txt").decode().splitlines():
            alg, number, value = line.split()
            if (alg, number) == ("sha256", str(pcr)):
                start = bytes(31) + b"\3"
                for row in rows:
                    if row[1] == pcr and row[2] != 3:
                        start = hashlib.sha256(start + hashlib.sha256(row[4]).digest()).digest()
                value = start.hex()
            lines.append("%s %s %s\n" % (alg, number, value))
        write(boot / "other.txt", "".join(lines))
        result = boot.run("verify", "--json", "--pcrs", "other.txt", "some.log")
        assert result.code == 1
        assert [row["hypothesis"] for row in result.json["explanation"]] == expected


def test_what_nothing_explains_is_not_explained_and_people_read_a_line(boot):
    rows = events()
    assert judge(boot, rows, rows + [["x", 4, 5, b"unknown", b"unknown"]]).json["explanation"] == []
    at = of_pcr(rows, 4)[1]
    text = judge(boot, rows, rows[:at] + rows[at + 1:], json=False).out
    assert "explanation: PCR 4, bank sha256: without event %d it fits" % (at + 1) in text
    assert "without event %d it fits" % (at + 1) in text.splitlines()[-1]
    assert "explanation:" not in judge(boot, rows, rows, json=False).out
