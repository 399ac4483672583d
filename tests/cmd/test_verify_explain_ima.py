# SPDX-License-Identifier: BSD-2-Clause
"""verify and PCR 10: which entry of the IMA list was dropped, swapped, changed; PCR values come from hashlib."""
import hashlib
import struct

import pytest

from conftest import events, firmware_log, read, write
from test_verify_explain import many
from test_verify_record import AGGREGATE, file, lists

BANKS = ("sha1", "sha256")


def entries(count=12):
    return [AGGREGATE] + [file("/bin/%d" % i) for i in range(count)]


def digest(alg, row):
    return lists.template_digest(alg, *row)


def write_list(boot, rows, stored=None):
    """A SHA-256 list; stored: entry number -> template digest that stands in it."""
    data = b""
    for i, row in enumerate(rows, 1):
        value = (stored or {}).get(i) or digest("sha256", row)
        data += struct.pack("<I", 10) + value + lists.field(row[0].encode()) + lists.field(row[1])
    write(boot / "list.bin", data)


def judge(boot, measured, own=digest, json=True):
    """The verdict for the list when the TPM extended what own says of these rows."""
    text = ""
    for alg in BANKS:
        value = bytes(hashlib.new(alg).digest_size)
        for row in measured:
            value = hashlib.new(alg, value + own(alg, row)).digest()
        text += "".join("%s %d %s\n" % (alg, pcr, one.hex()) for pcr, one in enumerate(lists.firmware_pcrs()[alg])) if alg == "sha256" else ""
        text += "%s 10 %s\n" % (alg, value.hex())
    write(boot / "some.txt", text)
    return boot.verify(*(["--json"] if json else []), pcrs="some.txt", ima="list.bin")


def explained(boot, measured, **more):
    result = judge(boot, measured, **more)
    assert result.code == 1
    return {(row["bank"], row["pcr"], row["hypothesis"], row.get("entry")) for row in result.json["explanation"]}


def both(hypothesis, entry):
    return {(alg, 10, hypothesis, entry) for alg in BANKS}


def test_a_list_that_fits_needs_no_explanation(boot):
    write_list(boot, entries())
    assert judge(boot, entries()).code == 0
    assert judge(boot, entries()[:5]).code == 0


@pytest.mark.parametrize("covered", [13, 10])
def test_an_entry_that_the_pcr_does_not_hold_or_holds_twice(boot, covered):
    """Also when the list goes on behind the PCR value."""
    rows = entries()
    write_list(boot, rows)
    assert explained(boot, (rows[:4] + rows[5:])[:covered]) == both("dropped", 5)
    assert explained(boot, (rows[:5] + rows[4:])[:covered]) == both("doubled", 5)


def test_two_entries_in_each_other_s_place(boot):
    rows = entries()
    write_list(boot, rows)
    assert explained(boot, rows[:4] + [rows[5], rows[4]] + rows[6:]) == both("swapped", 5)
    assert explained(boot, rows[:4] + [rows[8]] + rows[5:8] + [rows[4]] + rows[9:]) == both("swapped", 5)


def test_a_pair_of_entries_is_missing_in_the_pcr(boot):
    rows = entries()
    write_list(boot, rows)
    assert explained(boot, rows[:4] + rows[5:8] + rows[9:]) == both("pair", 5)


def test_a_wrong_template_digest_names_its_entry_and_the_next_ones_are_still_checked(boot):
    rows = entries()
    write_list(boot, rows, {5: b"\x11" * 32, 9: b"\x22" * 32})
    result = judge(boot, rows)
    assert result.code == 1
    assert [f["event"] for f in result.json["findings"] if f["code"] == "IMA_TEMPLATE_DIGEST"] == [5, 9]
    assert "entry 5" in result.json["sentence"]
    assert result.json["ima"]["entries"] == 13


def test_the_digest_in_the_list_is_wrong_and_what_was_extended_is_that_of_the_data(boot):
    rows = entries()
    write_list(boot, rows, {5: b"\x11" * 32})
    assert ("sha256", 10, "data-digest", 5) in explained(boot, rows)


def test_the_sha1_digest_and_zeros_in_every_other_bank(boot):
    """Linux before 5.8."""
    rows = entries()
    write_list(boot, rows)
    padded = lambda alg, row: digest("sha1", row).ljust(hashlib.new(alg).digest_size, b"\0")  # noqa: E731
    assert explained(boot, rows, own=padded) == {("sha256", 10, "zero-padded", None)}


def test_people_read_the_entry(boot):
    rows = entries()
    write_list(boot, rows)
    text = judge(boot, rows[:4] + rows[5:], json=False).out
    assert "explanation: PCR 10, bank sha256: without entry 5 it fits" in text
    assert len(read(boot / "list.bin")) > 0


def judge_two(boot, last, wrong=None):
    """PCR 10 and 12 take turns; last: of a PCR, the last entry that it holds; wrong: the value that nothing leads to."""
    rows = entries()
    turns = [10] + [10 + 2 * (i % 2) for i in range(1, len(rows))]
    data = b"".join(struct.pack("<I", pcr) + digest("sha256", row) + lists.field(row[0].encode()) + lists.field(row[1])
                    for pcr, row in zip(turns, rows))
    write(boot / "list.bin", data)
    text = "".join("sha256 %d %s\n" % (pcr, one.hex()) for pcr, one in enumerate(lists.firmware_pcrs()["sha256"]))
    for alg in BANKS:
        for pcr in (10, 12):
            value = bytes(hashlib.new(alg).digest_size)
            for i, row in enumerate(rows, 1):
                if turns[i - 1] == pcr and i <= last[pcr]:
                    value = hashlib.new(alg, value + digest(alg, row)).digest()
            text += "%s %d %s\n" % (alg, pcr, (hashlib.new(alg, b"x").digest() if (alg, pcr) == wrong else value).hex())
    write(boot / "some.txt", text)
    result = boot.verify("--json", pcrs="some.txt", ima="list.bin")
    bad = {(row["bank"], row["pcr"]) for row in result.json["pcrs"] if row["status"] == "not-explained"}
    return result.code, bad, result.json["sentence"]


@pytest.mark.parametrize("wrong", [("sha1", 12), ("sha256", 12), ("sha1", 10), ("sha256", 10)])
def test_a_pcr_that_no_entry_leads_to_is_blamed_and_no_other(boot, wrong):
    assert judge_two(boot, {10: 13, 12: 13})[:2] == (0, set())
    code, bad, sentence = judge_two(boot, {10: 13, 12: 13}, wrong)
    assert (code, bad) == (1, {wrong})
    assert "PCR %d, bank %s: no entry" % (wrong[1], wrong[0]) in sentence


def test_of_pcrs_that_agree_with_other_places_the_one_that_agrees_with_none_is_named(boot):
    """Entries 2, 4, 6 ... are of PCR 12."""
    every = {(alg, pcr) for alg in BANKS for pcr in (10, 12)}
    code, bad, sentence = judge_two(boot, {10: 13, 12: 6})
    assert (code, bad) == (1, every)
    assert "it holds the list up to entry" in sentence and "another PCR or bank" in sentence
    code, bad, sentence = judge_two(boot, {10: 13, 12: 6}, ("sha256", 12))
    assert (code, bad) == (1, every)
    assert "PCR 12, bank sha256: no entry" in sentence


def test_more_entries_than_are_kept_say_nothing_of_a_pcr_that_none_extends(boot):
    """PCR 4 is wrong, in a log that is searched whole and in one that is too long for it; PCR 10 is right."""
    rows = entries(4200)
    write_list(boot, rows)
    assert judge(boot, rows).code == 0
    lines = read(boot / "some.txt").decode().splitlines()
    write(boot / "some.txt", "".join(line[:-1] + "%x\n" % (int(line[-1], 16) ^ 1) if line.startswith("sha256 4 ") else line + "\n" for line in lines))
    result = boot.verify("--json", pcrs="some.txt", ima="list.bin").json
    assert (result["verdict"], result["explanation"]) == ("mismatch", [])
    write(boot / "long.log", firmware_log(events()[:2] + many(4, 900) + events()[2:]))
    (row,) = boot.verify("--json", pcrs="some.txt", log="long.log", ima="list.bin").json["explanation"]
    assert (row["pcr"], row["hypothesis"]) == (4, "stopped") and row["text"].endswith("was stopped after 2 s")
