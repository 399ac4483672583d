# SPDX-License-Identifier: BSD-2-Clause
"""When the TPM comes, and what the list says of it; the record that binds the firmware log. Stock 6.12 has none of it."""
import hashlib
import re

import lab
import linux_boots
import pytest
import replay
from lab import needs

RECORD = re.compile(rb"format=(tcg2|none);sha256=([0-9a-f]{64});len=(\d+);events=(\d+);tpm=(early|late);pcr10=(zero|kexec|foreign);")


def shown(boot):
    """The IMA list as `bootchain show` has it: (name, template, file digest) of each entry."""
    done = lab.tool("show", boot.evidence / "ima.log")
    return [tuple(line.split()[i] for i in (4, 3)) for line in done.stdout.splitlines() if re.match(r"\s*\d+\s+PCR", line)]


def records(boot):
    """The texts of all firmware_log records in the list."""
    return [match.groups() for match in RECORD.finditer(boot.read("ima.log"))]


def record_is_that_of(boot, when):
    log = boot.read("firmware.log")
    return records(boot) == [(b"tcg2", hashlib.sha256(log).hexdigest().encode(), b"%d" % len(log),
                              b"%d" % len(boot.log().events), when, b"zero")]


@needs("good", "sha384")
@pytest.mark.parametrize("name", ["good", "sha384"])
def test_the_firmware_log_is_recorded_behind_boot_aggregate(boots, name):
    boot = boots[name]
    status, verdict = boot.verify()
    assert (status, verdict["verdict"]) == (0, "consistent")
    assert shown(boot)[:2] == [("boot_aggregate", "ima-sig"), ("firmware_log", "ima-buf")]
    assert record_is_that_of(boot, b"early")
    assert verdict["firmware_log_record"] == {"present": True, "match": True} and verdict["proven"]["firmware_log_bound"]


@needs("good")
def test_event_data_that_no_digest_covers_is_that_of_the_record(boots, tmp_path):
    """The address of the kernel changes in the log: no PCR tells, the record does. The good twin is above."""
    boot = boots["good"]
    raw = bytearray(boot.read("firmware.log"))
    raw[bytes(raw).index(b"linux\0") + len(b"linux\0")] ^= 1
    (tmp_path / "firmware.log").write_bytes(raw)
    changed = replay.FirmwareLog(bytes(raw))
    assert all(changed.replay(alg) == boot.log().replay(alg) for alg in boot.pcrs())
    assert hashlib.sha256(raw).hexdigest().encode() != records(boot)[0][1]
    status, verdict = boot.verify(firmware_log=tmp_path / "firmware.log")
    assert (status, verdict["verdict"], verdict["firmware_log_record"]) == (1, "mismatch", {"present": True, "match": False})
    assert all(row["status"] in ("explained", "initial") for row in verdict["pcrs"])
    wrong = [finding for finding in verdict["findings"] if finding["severity"] == "error"]
    assert [(finding["code"], finding["event"], finding["expected"]) for finding in wrong] == [
        ("FWLOG_RECORD_MISMATCH", 2, hashlib.sha256(raw).hexdigest())]


@needs("good")
def test_an_early_tpm_is_not_late(boots):
    assert "AGGREGATE_LATE" not in lab.codes(boots["good"].verify()[1])


def looks(boot):
    """What the first program has seen: {moment: (state, PCR 10)}."""
    return {moment: (state, pcr) for moment, state, pcr in
            re.findall(r"^LOOK (\w+) (\w+) \d+ ?([0-9A-Fa-f]*)\s*$", boot.console, re.M)}


@needs("gone")
def test_a_tpm_that_goes_is_told_with_the_last_extend_and_cannot_come_back(boots):
    boot = boots["gone"]
    seen = looks(boot)
    assert {moment: state for moment, (state, _) in seen.items()} == linux_boots.GONE_STATES
    digests, lost = [], False
    for line in re.findall(r"^LIST (.*)$", boot.console, re.M):
        words = line.split()
        if not lost:
            digests.append(bytes.fromhex(words[1]))
        lost = lost or words[4] == "ima_tpm"
    assert lost
    value = b"\0" * 32
    for digest in digests:
        value = hashlib.sha256(value + digest).digest()
    # Back again, it is capped on top of the list up to state=gone.
    assert seen["back"][1].lower() == hashlib.sha256(value + b"\xff" * 32).hexdigest()
