# SPDX-License-Identifier: BSD-2-Clause
"""verify and the kernel's own records: firmware_log behind boot_aggregate, ima_tpm; late starts and violations in a quoted boot."""
import hashlib
import importlib.util
import os
import struct

import pytest

from conftest import DATA, read, write


def load_lists():
    spec = importlib.util.spec_from_file_location("lists", os.path.join(DATA, "ima-small/make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lists = load_lists()
LOG = read(os.path.join(DATA, "vectors/measured-boot.log"))
EVENTS = 16
DIGEST = hashlib.sha256(LOG).hexdigest()
GOOD = "format=tcg2;sha256=%s;len=%d;events=%d;tpm=early;pcr10=zero;" % (DIGEST, len(LOG), EVENTS)


def buffer(name, text):
    text = text if isinstance(text, bytes) else text.encode()
    return ("ima-buf", lists.d_ng("sha256", text) + lists.n_ng(name.encode()) + lists.field(text), False)


def late(entry):
    """The boot_aggregate entry under the name of a late start."""
    return (entry[0], entry[1].replace(lists.n_ng(b"boot_aggregate"), lists.n_ng(b"boot_aggregate_late")), entry[2])


def file(name):
    return ("ima-ng", lists.d_ng("sha256", b"x") + lists.n_ng(name.encode()), False)


AGGREGATE = lists.entries(lists.firmware_pcrs())[0]


START = b"\0" * 32
CAPPED = hashlib.sha256(START + b"\xff" * 32).digest()


def judge(boot, rows, *words, log=LOG, pcrs=range(11), start=START):
    """verify of an IMA list of these entries, with the PCR 10 that it leads to from this start value."""
    data, value, text = b"", start, ""
    for row in rows:
        template, fields, violation, *pcr = row
        digest = lists.template_digest("sha256", template, fields, violation)
        data += struct.pack("<I", pcr[0] if pcr else 10) + digest + lists.field(template.encode()) + lists.field(fields)
        if not pcr:
            value = hashlib.sha256(value + (b"\xff" * 32 if violation else digest)).digest()
    for pcr, one in enumerate(lists.firmware_pcrs()["sha256"]):
        text += "sha256 %d %s\n" % (pcr, one.hex())
    write(boot / "list.bin", data)
    write(boot / "some.log", log)
    write(boot / "some.txt", "\n".join(line for line in (text + "sha256 10 " + value.hex()).splitlines()
                                       if int(line.split()[1]) in pcrs) + "\n")
    return boot.verify("--json", *words, pcrs="some.txt", log="some.log", ima="list.bin")


def codes(result):
    return [finding["code"] for finding in result.json["findings"]]


def test_a_record_of_this_log_binds_types_data_and_order(boot):
    result = judge(boot, [AGGREGATE, buffer("firmware_log", GOOD), file("/init")])
    assert (result.code, result.json["verdict"]) == (0, "consistent")
    assert result.json["firmware_log_record"] == {"present": True, "match": True}
    assert result.json["proven"]["firmware_log_bound"] is True
    assert "the firmware log is the one that the kernel recorded" in result.json["sentence"]
    assert not {"DATA_NOT_COVERED", "FWLOG_RECORD_MISSING"} & set(codes(result))


def test_padding_behind_the_log_and_keys_of_later_versions_do_not_matter(boot):
    result = judge(boot, [AGGREGATE, buffer("firmware_log", GOOD + "more=1;and=yes;")], log=LOG + b"\xff" * 300)
    assert (result.code, result.json["proven"]["firmware_log_bound"]) == (0, True)


def test_without_a_record_data_is_not_covered_and_that_is_no_error(boot):
    result = judge(boot, [AGGREGATE, file("/init")])
    assert (result.code, result.json["firmware_log_record"]) == (0, {"present": False, "match": None})
    assert result.json["proven"]["firmware_log_bound"] is False
    assert {"FWLOG_RECORD_MISSING", "DATA_NOT_COVERED"} <= set(codes(result))


def test_the_events_whose_data_no_digest_covers_are_named(boot):
    """Tree, kernel, initrd: their digests are over the objects; behind a record of the log nothing is left to name."""
    shown = [line for line in boot.run("show", "--json", "good.log").lines if line.get("covers") in ("part", "other", "nothing")]
    numbers = [line["n"] for line in shown]
    assert 2 < len(numbers) < EVENTS and [line["n"] for line in shown if line["type"] == "EV_TABLE_OF_DEVICES"]
    result = judge(boot, [AGGREGATE, file("/init")])
    assert result.json["data_not_covered"] == numbers
    (message,) = [f["message"] for f in result.json["findings"] if f["code"] == "DATA_NOT_COVERED"]
    assert message.endswith("event " + ",".join(map(str, numbers)))
    bound = judge(boot, [AGGREGATE, buffer("firmware_log", GOOD)])
    assert bound.json["data_not_covered"] == []


def test_event_data_that_no_digest_covers_is_not_passed_over(boot):
    changed = bytearray(LOG)
    changed[LOG.index(b"linux\0") + 6 + 3] ^= 1     # load address of the kernel
    bare = judge(boot, [AGGREGATE, file("/init")], log=bytes(changed))
    assert bare.code == 0 and "DATA_NOT_COVERED" in codes(bare)
    result = judge(boot, [AGGREGATE, buffer("firmware_log", GOOD)], log=bytes(changed))
    assert (result.code, codes(result).count("FWLOG_RECORD_MISMATCH")) == (1, 1)
    finding = next(f for f in result.json["findings"] if f["code"] == "FWLOG_RECORD_MISMATCH")
    assert (finding["event"], finding["expected"], finding["found"]) == (2, hashlib.sha256(changed).hexdigest(), DIGEST)
    assert result.json["firmware_log_record"] == {"present": True, "match": False}


@pytest.mark.parametrize("text", [
    GOOD.replace("tcg2", "tcg3"), GOOD.replace(DIGEST, DIGEST.upper()), GOOD.replace("len=", "len=0"), GOOD[:-1], GOOD + "\n",
    GOOD.encode() + b"\0", GOOD.replace("tpm=early;pcr10=zero;", "pcr10=zero;tpm=early;"), GOOD + "tpm=early;", GOOD + "a=1;a=2;",
    GOOD.replace("early", "soon"), GOOD.replace("=zero", "=one"), GOOD.replace("zero", "foreign"), " " + GOOD, "", GOOD + "more;",
    GOOD.replace(str(len(LOG)), str(len(LOG) + 1)), GOOD.replace("events=16", "events=15"),
    "format=none;sha256=%s;len=0;events=0;tpm=early;pcr10=zero;" % hashlib.sha256().hexdigest()])
def test_a_record_of_another_form_or_log_is_a_mismatch(boot, text):
    result = judge(boot, [AGGREGATE, buffer("firmware_log", text)])
    assert (result.code, codes(result).count("FWLOG_RECORD_MISMATCH")) == (1, 1)
    assert result.json["proven"]["firmware_log_bound"] is False


@pytest.mark.parametrize("rows", [
    [AGGREGATE, file("/init"), buffer("firmware_log", GOOD)],
    [buffer("firmware_log", GOOD), AGGREGATE],
    [AGGREGATE, buffer("firmware_log", GOOD), buffer("firmware_log", GOOD)],
    [AGGREGATE, file("firmware_log")],
    [AGGREGATE, buffer("firmware-log", GOOD)],
    [AGGREGATE, buffer("firmware_log", GOOD) + (11,)],
    [AGGREGATE, buffer("firmware_log", GOOD)[:2] + (True,)],
])
def test_a_record_in_another_place_or_of_another_name_or_template_is_a_mismatch(boot, rows):
    result = judge(boot, rows)
    assert result.code == 1 and "FWLOG_RECORD_MISMATCH" in codes(result)
    assert result.json["proven"]["firmware_log_bound"] is False


def test_each_kernel_of_a_kexec_has_its_own_record(boot):
    second = buffer("firmware_log", GOOD.replace("zero", "kexec"))
    rows = [AGGREGATE, buffer("firmware_log", GOOD), file("/init"), AGGREGATE, second]
    assert judge(boot, rows).code == 0
    rows[4] = buffer("firmware_log", GOOD.replace("zero", "kexec").replace("len=", "len=1"))
    assert judge(boot, rows).code == 1


def test_a_record_behind_the_cut_binds_nothing(boot):
    rows = [AGGREGATE, buffer("firmware_log", GOOD)]
    judge(boot, rows[:1])
    pcrs = read(boot / "some.txt")
    judge(boot, rows)
    write(boot / "some.txt", pcrs)
    result = boot.verify("--json", pcrs="some.txt", log="some.log", ima="list.bin")
    assert (result.code, result.json["proven"]["firmware_log_bound"]) == (0, False)
    assert judge(boot, rows, pcrs=range(10)).json["proven"]["firmware_log_bound"] is False


@pytest.mark.parametrize("text, code", [("state=gone", "IMA_TPM_GONE"), ("state=bypass", "IMA_BYPASS"), ("state=reset", "IMA_TPM_GONE"),
                                        ("state=fine", "IMA_TPM_GONE")])
def test_a_tpm_that_was_late_or_lost_is_a_mismatch(boot, text, code):
    result = judge(boot, [AGGREGATE, buffer("firmware_log", GOOD), buffer("ima_tpm", text)])
    assert result.code == 1 and code in codes(result)
    assert judge(boot, [AGGREGATE, buffer("firmware_log", GOOD), buffer("ima_other", text)]).code == 0


def test_a_list_behind_the_cap_of_a_late_tpm_is_not_ima(boot):
    """Who finds a TPM that IMA does not use can extend what he likes, but only behind the cap."""
    rows = [AGGREGATE, file("/init")]
    assert judge(boot, rows).code == 0
    result = judge(boot, rows, start=CAPPED)
    assert (result.code, codes(result).count("IMA_BYPASS"), codes(result).count("PCR_UNEXPLAINED")) == (1, 1, 0)
    # Another start is not that.
    result = judge(boot, rows, start=hashlib.sha256(CAPPED).digest())
    assert result.code == 1 and "IMA_BYPASS" not in codes(result) and "PCR_UNEXPLAINED" in codes(result)
    # An honest list may begin with what the cap extends: a violation.
    assert judge(boot, [file("/first")[:2] + (True,), *rows]).code == 0


def test_a_late_start_is_said_when_its_value_is_wrong_too(boot):
    wrong = (AGGREGATE[0], lists.d_ng("sha256", b"x") + lists.n_ng(b"boot_aggregate_late"), False)
    result = judge(boot, [wrong])
    assert (result.code, codes(result).count("AGGREGATE_LATE"), codes(result).count("AGGREGATE_MISMATCH")) == (1, 1, 1)
    assert codes(judge(boot, [late(AGGREGATE)])).count("AGGREGATE_LATE") == 1


def test_a_late_start_is_said_from_the_name_and_from_the_record(boot):
    words = GOOD.replace("early", "late")
    for rows in ([late(AGGREGATE), buffer("firmware_log", words)], [AGGREGATE, buffer("firmware_log", words)]):
        result = judge(boot, rows)
        assert (result.code, codes(result).count("AGGREGATE_LATE")) == (0, 1)


def quoted(boot, *accept):
    for name, source in (("quote.msg", "p256.msg"), ("quote.sig", "p256.sig"), ("ak.pub", "p256.pub")):
        write(boot / name, read(os.path.join(DATA, "quote", source)))
    return boot.run("verify", "--json", "--quote", "quote.msg", "--signature", "quote.sig", "--ak", "ak.pub", "--accept",
                    ",".join(("no-nonce", "no-reference", "no-ima-reference") + accept), "good.log", "ima.bin")


def test_violations_in_a_quoted_boot_want_to_be_accepted(boot):
    assert quoted(boot, "violations").code == 0
    result = quoted(boot)
    assert (result.code, result.json["verdict"]) == (1, "mismatch")
    assert "violations" in result.json["sentence"]
