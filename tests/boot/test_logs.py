# SPDX-License-Identifier: BSD-2-Clause
"""Evidence of a good boot with one file spoiled: exit and code of docs/formats.md. The twin is the good boot's own verdict."""
import lab
import pytest
import replay
from lab import needs


def end_of_event(log, number):
    """The offset behind an event."""
    at = 32 + len(log.events[0].data)
    for event in log.events[1:number + 1]:
        at += 16 + sum(2 + len(value) for value in event.digests.values()) + len(event.data)
    return at


def spoiled(tmp_path, boots, data):
    (tmp_path / "firmware.log").write_bytes(data)
    return boots["good"].verify(firmware_log=tmp_path / "firmware.log")


@needs("good")
def test_a_log_that_is_cut_inside_an_event_cannot_be_judged(tmp_path, boots):
    raw, log = boots["good"].read("firmware.log"), boots["good"].log()
    assert boots["good"].verify()[0] == 0
    for number in (1, 2, 5, len(log.events) - 1):
        for length in (end_of_event(log, number) - 1, end_of_event(log, number - 1) + 11):
            status, verdict = spoiled(tmp_path, boots, raw[:length])
            assert (status, verdict["exit"], verdict["verdict"]) == (3, 3, "not-judged")
            error = verdict["error"]
            assert (error["where"], error["code"], error["event"]) == ("evidence", "LOG_TRUNCATED", number)
            with pytest.raises(replay.Malformed):
                replay.FirmwareLog(raw[:length])


@needs("good")
def test_a_log_without_its_last_event_does_not_explain_the_pcrs(tmp_path, boots):
    raw, log = boots["good"].read("firmware.log"), boots["good"].log()
    last = log.events[-1]
    status, verdict = spoiled(tmp_path, boots, raw[:end_of_event(log, last.number - 1)])
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert lab.codes(verdict) & {"PCR_UNEXPLAINED", "PCR_AHEAD"} and "SEPARATOR_MISSING" in lab.codes(verdict)
    assert {p["pcr"] for p in verdict["pcrs"] if p["status"] == "not-explained" and p["pcr"] < 8} == {last.pcr}


@needs("good")
@pytest.mark.parametrize("length", [0, 1, 31, 3000, 65536])
def test_a_log_of_zeros_cannot_be_judged(tmp_path, boots, length):
    status, verdict = spoiled(tmp_path, boots, b"\0" * length)
    assert (status, verdict["verdict"]) == (3, "not-judged")
    assert (verdict["error"]["where"], verdict["error"]["code"]) == ("evidence", "LOG_NO_SPEC_ID")


@needs("good")
def test_one_bit_of_a_digest_in_the_log_is_a_mismatch_in_that_bank_only(tmp_path, boots):
    raw, log = bytearray(boots["good"].read("firmware.log")), boots["good"].log()
    event = replay.component(log, "linux")
    at = bytes(raw).index(event.digests["sha384"])
    raw[at + 7] ^= 0x10
    status, verdict = spoiled(tmp_path, boots, bytes(raw))
    assert (status, verdict["verdict"]) == (1, "mismatch") and "PCR_UNEXPLAINED" in lab.codes(verdict)
    assert {(p["bank"], p["pcr"]) for p in verdict["pcrs"] if p["status"] == "not-explained"} == {("sha384", 4)}


@needs("good", "kernel")
def test_pcrs_of_another_boot_are_a_mismatch(boots):
    status, verdict = boots["good"].verify(pcrs=boots["kernel"].evidence / "pcrs.txt")
    assert (status, verdict["exit"], verdict["verdict"]) == (1, 1, "mismatch")
    assert "PCR_UNEXPLAINED" in lab.codes(verdict) and verdict["sentence"].startswith("mismatch: PCR 4")


@needs("good", "dtb")
def test_the_tree_of_another_boot_is_a_mismatch(boots):
    status, verdict = boots["good"].verify(fdt=boots["dtb"].evidence / "fdt.dtb")
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert [f["event"] for f in verdict["findings"] if f["code"] == "DIGEST_DATA"] == [
        replay.component(boots["good"].log(), "dts").number]


@needs("good", "kernel")
def test_the_ima_list_of_another_boot_is_a_mismatch(boots):
    status, verdict = boots["good"].verify(ima_log=boots["kernel"].evidence / "ima.log")
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert lab.codes(verdict) & {"AGGREGATE_MISMATCH", "PCR_UNEXPLAINED"}


@needs("good")
def test_verify_without_pcrs_is_a_usage_error(boots):
    done = lab.tool("verify", "--firmware-log", boots["good"].evidence / "firmware.log")
    assert done.returncode == 2 and "--pcrs" in done.stderr and done.stdout == ""


@needs("good")
def test_a_file_that_is_not_there_cannot_be_judged(tmp_path, boots):
    status, verdict = boots["good"].verify(firmware_log=tmp_path / "nothing")
    assert status == 3 and verdict["error"]["source"].endswith("nothing")
