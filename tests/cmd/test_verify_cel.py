# SPDX-License-Identifier: BSD-2-Clause
"""verify and canonical event logs: systemd's beside a firmware log, and one that holds a whole boot; TLV and JSON."""
import hashlib
import json
import os
import struct

import pytest

from conftest import events, firmware_log, vectors, write
from test_verify_explain import pcr_lines
from test_verify_record import AGGREGATE, file, lists

ALGS = vectors.ALGS
WORDS = ["enter-initrd", "leave-initrd", "sysinit", "ready"]


def hashes(data):
    return {alg: hashlib.new(alg, data).digest() for alg in ALGS}


def systemd(word, pcr=11, digests=None):
    return pcr, digests or hashes(word.encode()), ("systemd", {"string": word, "eventType": "phase"})


def firmware(row):
    return row[1], hashes(row[4]), ("pcclient_std", {"event_type": row[2], "event_data": row[3].hex()})


def ima(entry):
    template, data, violation = entry
    digests = {alg: lists.template_digest(alg, template, data, violation) for alg in ALGS}
    return 10, digests, ("ima_template", {"template_name": template, "template_data": data.hex()})


def as_json(records):
    return b"".join(b"\x1e" + json.dumps({
        "pcr": pcr, "recnum": number, "digests": [{"hashAlg": alg, "digest": value.hex()} for alg, value in digests.items()],
        "content_type": kind, "content": content}).encode() + b"\n" for number, (pcr, digests, (kind, content)) in enumerate(records))


def field(kind, value):
    return struct.pack(">BI", kind, len(value)) + value


def as_tlv(records):
    """CEL 1.0, 5.1; of the contents only those of the firmware and of IMA."""
    log = b""
    for number, (pcr, digests, (kind, content)) in enumerate(records):
        log += field(0, struct.pack(">Q", number)) + field(1, struct.pack(">I", pcr))
        log += field(3, b"".join(field(vectors.ALG_IDS[alg], value) for alg, value in digests.items()))
        if kind == "pcclient_std":
            log += field(5, field(0, struct.pack(">I", content["event_type"])) + field(1, bytes.fromhex(content["event_data"])))
        else:
            log += field(7, field(0, content["template_name"].encode()) + field(1, bytes.fromhex(content["template_data"])))
    return log


def pcrs_of(records, first=""):
    values = {}
    for pcr, digests, _ in records:
        for alg, value in digests.items():
            values[alg, pcr] = hashlib.new(alg, values.get((alg, pcr), bytes(len(value))) + value).digest()
    return first + "".join("%s %d %s\n" % (*key, value.hex()) for key, value in values.items())


def judge(boot, log, text, *more):
    write(boot / "some.cel", log)
    write(boot / "some.txt", text)
    return boot.run("verify", "--json", "--pcrs", "some.txt", "some.cel", *more)


def status(result, pcr):
    return {row["status"] for row in result.json["pcrs"] if row["pcr"] == pcr}


def test_the_log_of_systemd_explains_what_it_extended_beside_a_firmware_log(boot):
    records = [systemd(word) for word in WORDS]
    text = pcrs_of(records, pcr_lines(events()))
    write(boot / "fw.log", firmware_log(events()))
    result = judge(boot, as_json(records), text, "fw.log")
    assert (result.code, result.json["verdict"]) == (0, "consistent")
    assert "16 firmware events and 4 records explain PCR 0-7,11" in result.json["sentence"]
    assert status(result, 11) == {"explained"}
    (row,) = [row for row in result.json["pcrs"] if (row["pcr"], row["bank"]) == (11, "sha256")]
    assert row["records"] == {"first": 0, "last": 3}
    assert "records 0-3" in boot.run("verify", "--pcrs", "some.txt", "some.cel", "fw.log").out
    alone = boot.run("verify", "--json", "--pcrs", "some.txt", "fw.log")
    assert alone.code == 0 and status(alone, 11) == {"not-judged"}


def test_a_record_that_was_dropped_is_named(boot):
    records = [systemd(word) for word in WORDS]
    text = pcrs_of(records[:1] + records[2:], pcr_lines(events()))
    write(boot / "fw.log", firmware_log(events()))
    result = judge(boot, as_json(records), text, "fw.log")
    assert result.code == 1 and status(result, 11) == {"not-explained"}
    assert {(row["pcr"], row["hypothesis"], row["event"], row["record"]) for row in result.json["explanation"]} == {(11, "dropped", None, 1)}


def test_a_record_whose_digest_is_not_that_of_its_content_is_a_mismatch(boot):
    records = [systemd("enter-initrd"), systemd("sysinit", digests=hashes(b"another"))]
    result = judge(boot, as_json(records), pcrs_of(records))
    assert result.code == 1
    assert "DIGEST_DATA" in [f["code"] for f in result.json["findings"]]
    good = [systemd("enter-initrd"), systemd("sysinit")]
    assert judge(boot, as_json(good), pcrs_of(good)).code == 0


def test_logs_that_explain_nothing_are_not_consistent(boot):
    """A record without a digest beside the PCRs of a TPM that nobody has extended: nothing is wrong, and nothing is shown."""
    zeros = "".join("sha256 %d %s\n" % (pcr, "00" * 32) for pcr in range(12))
    result = judge(boot, as_json([(11, {}, systemd("sysinit")[2])]), zeros)
    assert result.code == 2 and "explain none of the PCRs" in result.err


def whole_boot():
    return [firmware(row) for row in events()] + [ima(AGGREGATE)] + [ima(file("/bin/%d" % i)) for i in range(4)]


@pytest.mark.parametrize("form", [as_json, as_tlv])
def test_a_log_of_a_whole_boot_is_judged_with_its_boot_aggregate(boot, form):
    records = whole_boot()
    result = judge(boot, form(records), pcrs_of(records))
    assert (result.code, result.json["verdict"]) == (0, "consistent")
    assert "15 records and 5 IMA entries explain PCR 0-7,10" in result.json["sentence"]
    assert result.json["boot_aggregate"]["found"] is True
    ten = "".join(line + "\n" for line in pcrs_of(records).splitlines() if line.split()[1] == "10")
    assert judge(boot, form(records), ten).json["boot_aggregate"]["found"] is True
    early = judge(boot, form(records), pcrs_of(records[:-2]))
    assert (early.code, early.json["ima"]["covered"]) == (0, 3)
    changed = list(records)
    changed[2] = (4, hashes(b"other"), records[2][2])
    result = judge(boot, form(changed), pcrs_of(records))
    assert result.code == 1 and status(result, 4) == {"not-explained"} and status(result, 5) == {"explained"}
    other = list(events())
    other[0] = ["version", 0, 8, b"another\0", b"another\0"]
    foreign = [firmware(row) for row in other] + records[15:]
    result = judge(boot, form(foreign), pcrs_of(foreign))
    assert result.code == 1 and "AGGREGATE_MISMATCH" in [f["code"] for f in result.json["findings"]]


@pytest.mark.parametrize("form", [as_json, as_tlv])
def test_every_cut_of_a_canonical_log_is_an_error_or_a_mismatch(boot, form):
    records = [firmware(row) for row in events()]
    log, text = form(records), pcrs_of(records)
    assert judge(boot, log, text).code == 0
    for length in range(0, len(log) - 1, 151):
        assert judge(boot, log[:length], text).code in (1, 3)


SEPARATOR, PROMPT = b"\xff" * 4, b"U-Boot: command line entered"
FAULTS = {
    "nothing": lambda rows: rows,
    "no separator": lambda rows: [row for row in rows if row[1:3] != [5, 4]],
    "two separators": lambda rows: rows + [["sep", 5, 4, SEPARATOR, SEPARATOR]],
    "a separator after a failure": lambda rows: [row if row[1:3] != [5, 4] else ["sep", 5, 4, b"\1\0\0\0", b"\1\0\0\0"] for row in rows],
    "a separator of another size": lambda rows: [row if row[1:3] != [5, 4] else ["sep", 5, 4, b"\0\0", b"\0\0"] for row in rows],
    "a separator of another type": lambda rows: [row if row[1:3] != [5, 4] else ["sep", 5, 5, SEPARATOR, SEPARATOR] for row in rows],
    "an event behind its separator": lambda rows: rows + [["late", 7, 5, b"late", b"late"]],
    "the prompt": lambda rows: [["prompt", 4, 5, PROMPT, PROMPT]] + rows,
    "another digest": lambda rows: [["wrong", 4, 5, b"this", b"that"]] + rows,
    "the label's own digest": lambda rows: [row if row[0] != "kernel" else row[:4] + [b"linux\0"] for row in rows],
}


def told(result, first=0):
    """Findings without where they stand in which file; events by their place among those that were extended."""
    def message(text):
        # The data of the Spec ID event, which is no record, is covered by nothing either.
        numbers = text.partition(": event ")[2].split(",")
        return [int(number) - first for number in numbers if int(number) >= first] if numbers != [""] else text

    return sorted((f["code"], f["severity"], f["pcr"] or 0, f["expected"] or "", f["found"] or "", message(f["message"]),
                   f["event"] if f["event"] is None else f["event"] - first) for f in result.json["findings"])


@pytest.mark.parametrize("form", [as_json, as_tlv])
@pytest.mark.parametrize("fault", FAULTS)
def test_records_of_the_firmware_are_checked_as_its_own_log_is(boot, fault, form):
    rows = FAULTS[fault](events())
    records = [firmware(row) for row in rows if row[2] != 3]
    write(boot / "fw.log", firmware_log([row for row in rows if row[2] != 3]))
    result = judge(boot, form(records), pcrs_of(records))
    own = boot.run("verify", "--json", "--pcrs", "some.txt", "fw.log")
    assert told(result) == told(own, 1) and result.code == own.code
    assert [f["code"] for f in result.json["findings"] if f["code"] != "DATA_NOT_COVERED"] != [] or fault == "nothing"
    for command in ("replay", "show"):
        assert boot.run(command, "some.cel").code == 0
    said = json.loads(boot.run("replay", "--json", "some.cel").out)
    assert sorted(f["code"] for f in said["findings"]) == sorted(
        f["code"] for f in json.loads(boot.run("replay", "--json", "fw.log").out)["findings"])


def test_a_log_without_events_of_the_firmware_needs_no_separators(boot):
    records = [systemd(word) for word in WORDS]
    result = judge(boot, as_json(records), pcrs_of(records))
    # What else a record says, such as its eventType, may be changed.
    assert [(f["code"], f["source"]) for f in result.json["findings"]] == [("DATA_NOT_COVERED", "some.cel")]
    records = [firmware(row) for row in events() if row[2] != 3]
    result = judge(boot, as_json(records), pcrs_of(records))
    assert [f["code"] for f in result.json["findings"]] == ["DATA_NOT_COVERED"]     # of the events, by their numbers


def test_a_bank_that_a_record_lacks_is_not_explained(boot):
    records = [systemd("sysinit"), systemd("ready", digests={alg: value for alg, value in hashes(b"ready").items() if alg != "sha1"})]
    text = pcrs_of(records) + pcrs_of([systemd("ready")]).splitlines()[0].replace(" 11 ", " 12 ") + "\n"
    result = judge(boot, as_json(records), text)
    (finding,) = [f for f in result.json["findings"] if f["code"] == "LOG_BANK_MISSING"]
    assert result.code == 1 and (finding["source"], finding["event"]) == ("some.cel", 1)
    assert "record 1: bank sha1 has no digest" in boot.run("verify", "--pcrs", "some.txt", "some.cel").out
    assert {row["bank"]: row["status"] for row in result.json["pcrs"] if row["pcr"] == 11} == {
        "sha1": "not-explained", "sha256": "explained", "sha384": "explained", "sha512": "explained"}


def test_not_every_record_has_a_digest_of_another_bank_that_was_extended_in_place_of_its_own(boot):
    """So it is not said of every one of them."""
    own = {"sha256": hashlib.sha256(b"leave-initrd").digest()}
    records = [systemd("enter-initrd"), systemd("leave-initrd", digests=own), systemd("sysinit")]
    measured = [(pcr, {"sha256": digests["sha1"] + bytes(12) if "sha1" in digests else digests["sha256"]}, content)
                for pcr, digests, content in records]
    (row,) = judge(boot, as_json(records), pcrs_of(measured)).json["explanation"]
    assert row["text"] == "with the sha1 digest and zeros behind it for record 0 and with the sha1 digest and zeros behind it for record 2 it fits"


def test_what_two_logs_hold_is_usage(boot):
    records = whole_boot()
    write(boot / "fw.log", firmware_log(events()))
    result = judge(boot, as_json(records), pcrs_of(records), "fw.log")
    assert (result.code, result.out) == (2, "") and "a firmware log was given too" in result.err
    only_ima = records[15:]
    result = judge(boot, as_json(only_ima), pcrs_of(only_ima), "ima.bin")
    assert result.code == 2 and "an IMA list was given too" in result.err


def test_the_machine_s_own_log_of_systemd_is_taken(machine):
    records = [systemd(word) for word in WORDS]
    os.makedirs(machine / "root/run/log/systemd")
    write(machine / "root/run/log/systemd/tpm2-measure.log", as_json(records))
    for line in pcrs_of(records).splitlines():
        alg, pcr, value = line.split()
        write(machine / ("root/sys/class/tpm/tpm0/pcr-%s/%s" % (alg, pcr)), value + "\n")
    result = machine.run("verify", "--root", "root")
    assert (result.code, result.err) == (0, "") and "records 0-3" in result.out
    os.unlink(machine / "root/run/log/systemd/tpm2-measure.log")
    assert machine.run("verify", "--root", "root").code == 1


@pytest.mark.parametrize("numbers, gap", [((0, 1, 2, 3), None), ((7, 8, 9, 10), None), ((0, 1, 99, 3), 2), ((0, 2, 1, 3), 1), ((0, 1, 1, 2), 2)])
def test_record_numbers_that_do_not_follow_each_other_are_said_once(boot, numbers, gap):
    records = [systemd(word) for word in WORDS]
    log = [dict(json.loads(line[1:]), recnum=number) for line, number in zip(as_json(records).splitlines(), numbers)]
    result = judge(boot, b"".join(json.dumps(record).encode() for record in log), pcrs_of(records))
    found = [finding for finding in result.json["findings"] if finding["code"] == "DATA_NOT_COVERED" and finding["event"] is not None]
    assert [finding["event"] for finding in found] == ([] if gap is None else [gap])
    if gap is not None:
        assert (found[0]["expected"], found[0]["found"]) == (str(numbers[gap - 1] + 1), str(numbers[gap]))


def test_findings_of_a_canonical_event_log_count_records(boot):
    records = [systemd("enter-initrd", digests=hashes(b"other"))]
    judge(boot, as_json(records), pcrs_of(records))
    result = boot.run("verify", "--pcrs", "some.txt", "some.cel")
    assert result.code == 1 and "some.cel record 0 at byte 0x1, PCR 11: the sha1 digest" in result.out + result.err
    assert "event 0" not in result.out + result.err
    # A separator twice, which the check of firmware events says.
    records = [firmware(row) for row in FAULTS["two separators"](events()) if row[2] != 3]
    judge(boot, as_json(records), pcrs_of(records))
    result = boot.run("verify", "--pcrs", "some.txt", "some.cel")
    assert "SEPARATOR_DOUBLE: some.cel record %d at byte" % (len(records) - 1) in result.out + result.err
