# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that is early, late, too late, goes, or never comes, over every kind of log: what the list, PCR 10 and the verdicts say.

Each pair of two of the three (TPM, banks, log) is in `make check`; FULL=1 boots every combination.
"""
import hashlib
import os
import re

import lab
import linux_late
import pytest
import replay
import tpmspecs
from lab import needs
from linux_late import name_of
from test_linux_log import said_of_log, start_of_last_event, warning
from test_linux_tpm import records, shown

COMBINATIONS = linux_late.FULL if os.environ.get("FULL") else linux_late.pairwise()
FIRST = {"early": "boot_aggregate", "unbound": "boot_aggregate", "deferred": "boot_aggregate_late", "late": "boot_aggregate_late",
         "bypass": "boot_aggregate_late"}
COMBINED = pytest.mark.parametrize("tpm, banks, log", [
    pytest.param(*combination, marks=needs(name_of(*combination)), id="-".join(combination)) for combination in COMBINATIONS])


def played(boot):
    return replay.FirmwareLog((boot.out / "played").read_bytes())


def seen_log(boot, log):
    """The bytes that the kernel should show: all of the log, that without its last event, or none."""
    whole = (boot.out / "played").read_bytes()
    return {"cut": whole[:start_of_last_event(whole)], "none": b""}.get(log, whole)


def held(boot):
    """What the TPM held when the list was collected, {alg: {pcr: bytes}}; with its driver gone, what it holds at the end."""
    if (boot.evidence / "pcrs.txt").exists():
        return boot.pcrs()
    return {alg: dict(enumerate(values)) for alg, values in tpmspecs.record_of(boot).pcrs.items()}


def capped(alg, value):
    return replay.extend(alg, value, b"\xff" * replay.SIZES[alg])


def names(ima):
    return [entry.name() for entry in ima.entries]


def entries_of(verdict, code):
    """The entries that findings of this code name."""
    return [finding["event"] for finding in verdict["findings"] if finding["code"] == code]


@COMBINED
def test_the_list_begins_with_the_aggregate_and_the_record(boots, tpm, banks, log):
    boot = boots[name_of(tpm, banks, log)]
    first = [name for name, _ in shown(boot)[:2]]
    if tpm == "bypass":
        assert first[0] == FIRST[tpm] and records(boot) == []
        return
    assert first == [FIRST[tpm], "firmware_log"]
    ima = replay.ImaList(boot.read("ima.log"))
    assert [entry.template for entry in ima.entries[:2]] == [linux_late.template_of(tpm, banks, log), "ima-buf"]
    raw = seen_log(boot, log)
    events = len(replay.FirmwareLog(raw).events) if raw else 0
    assert records(boot) == [(b"tcg2" if raw else b"none", hashlib.sha256(raw).hexdigest().encode(), b"%d" % len(raw), b"%d" % events,
                              b"late" if tpm in ("deferred", "late") else b"early", b"zero")]


@COMBINED
def test_the_log_is_shown_and_what_is_wrong_with_it_is_said(boots, tpm, banks, log):
    """Whatever form the tree gives it, and whenever the TPM comes."""
    boot = boots[name_of(tpm, banks, log)]
    raw = seen_log(boot, log)
    if (boot.evidence / "firmware.log").exists():
        assert boot.read("firmware.log") == raw
    else:
        assert log == "none"
    found = ["event log: %d events, %d bytes" % (len(replay.FirmwareLog(raw).events), len(raw))] if raw else []
    assert said_of_log(boot) == warning(linux_late.form_of(tpm, log), (boot.out / "played").read_bytes()) + found


@COMBINED
def test_pcr_10_holds_what_the_list_says_and_nothing_else(boots, tpm, banks, log):
    """By the independent replay, in every bank."""
    boot = boots[name_of(tpm, banks, log)]
    ima = replay.ImaList(boot.read("ima.log"))
    assert ima.check() == []
    found = held(boot)
    count = replay.find_cut(ima, found)
    assert set(found) == set(linux_late.BANKS[banks].split(","))
    if tpm != "bypass":
        assert count is not None and count >= 2
    if tpm == "unbound":
        count = names(ima).index("ima_tpm") + 1
        assert b"state=gone" in ima.entries[count - 1].hashed
        assert count > 20 and len(ima.entries) >= count + 10
    for alg, values in found.items():
        zero = b"\0" * replay.SIZES[alg]
        wanted = capped(alg, zero) if tpm == "bypass" else ima.replay(alg, count)[10]
        assert values[10] == wanted, alg
        # The others are as the firmware left them.
        expected = played(boot).replay(alg)
        assert all(values[pcr] == expected.get(pcr, zero) for pcr in range(10)), alg


@COMBINED
def test_boot_aggregate_is_that_of_the_pcrs_whatever_the_log_is(boots, tpm, banks, log):
    boot = boots[name_of(tpm, banks, log)]
    ima = replay.ImaList(boot.read("ima.log"))
    if tpm == "bypass":
        assert set(ima.entries[0].file_digest()[1]) == {0}
        return
    alg = "sha384" if banks == "sha384" else "sha1" if linux_late.template_of(tpm, banks, log) == "ima" else "sha256"
    assert replay.judge_aggregate(played(boot), ima) == []
    assert ima.entries[0].file_digest() == (alg, replay.boot_aggregate(held(boot)[alg], alg))


@COMBINED
def test_the_command_judges_it(boots, tmp_path, tpm, banks, log):
    boot = boots[name_of(tpm, banks, log)]
    pcrs = tmp_path / "pcrs.txt"
    pcrs.write_text("".join("%s %d %s\n" % (alg, pcr, value.hex()) for alg, values in held(boot).items() for pcr, value in values.items()
                            if pcr <= 10))
    firmware = boot.evidence / "firmware.log"
    status, verdict = boot.verify(fdt=None, pcrs=pcrs, firmware_log=firmware if log != "none" else None)
    found = lab.codes(verdict)
    consistent = log != "cut" and tpm not in ("bypass", "unbound")
    assert (status, verdict["verdict"]) == ((0, "consistent") if consistent else (1, "mismatch"))
    wrong = {row["pcr"] for row in verdict["pcrs"] if row["status"] == "not-explained"}
    assert wrong == ({7} if log == "cut" else set()) | ({10} if tpm == "bypass" else set())
    assert ("IMA_BYPASS" in found, "IMA_TPM_GONE" in found) == (tpm == "bypass", tpm == "unbound")
    assert ("AGGREGATE_LATE" in found) == (FIRST[tpm] == "boot_aggregate_late")
    # The record is of the log that the kernel had, which is also the one that was cut. Without a log nothing is compared.
    present, match = tpm != "bypass", True if tpm != "bypass" and log != "none" else None
    assert verdict["firmware_log_record"] == {"present": present, "match": match}
    assert verdict["proven"]["firmware_log_bound"] == (consistent and log != "none")
    assert not consistent or ("PCR 0-7" in verdict["sentence"].partition("not covered")[2]) == (log == "none")
    # What came when the TPM had gone is in the list, and was not extended.
    ima = verdict["ima"]
    if tpm == "unbound":
        assert entries_of(verdict, "IMA_TPM_GONE") == [ima["covered"]] and ima["entries"] >= ima["covered"] + 10
    elif tpm != "bypass":
        assert ima["covered"] == ima["entries"]


@needs(name_of("late", "all", "exact"), name_of("early", "one", "exact"))
@pytest.mark.parametrize("name, late", [(name_of("late", "all", "exact"), True), (name_of("early", "one", "exact"), False)])
def test_a_late_start_is_a_warning_without_a_quote(boots, name, late):
    verdict = boots[name].verify(fdt=None)[1]
    assert [finding["severity"] for finding in verdict["findings"] if finding["code"] == "AGGREGATE_LATE"] == ["warning"] * late


def said(boot, text):
    return re.search(r"\[ *(\d+\.\d+)\] ima: " + text, boot.console)


@needs(name_of("late", "all", "exact"), name_of("early", "one", "exact"))
def test_a_late_tpm_is_waited_for_and_no_longer_than_it_takes(boots):
    late, early = boots[name_of("late", "all", "exact")], boots[name_of("early", "one", "exact")]
    assert said(late, "waiting up to %d ms for the TPM" % linux_late.WAIT_MS)
    assert not said(early, "waiting")
    assert late.ended - late.began < linux_late.WAIT_MS / 1000 + 60


@needs("waited-in-vain")
def test_a_wait_that_was_too_short_ends_in_bypass_and_a_cap(boots):
    boot = boots["waited-in-vain"]
    began, ended = (float(said(boot, text)[1]) for text in ("waiting up to", "No TPM chip found"))
    assert 0.9 * linux_late.SHORT_WAIT_MS < 1000 * (ended - began) < 3 * linux_late.SHORT_WAIT_MS
    assert said(boot, "tpm0 came too late, PCR 10 is capped")
    assert b"state=bypass" in boot.read("ima.log")
    status, verdict = boot.verify(fdt=None, firmware_log=None)
    assert status == 1 and names(replay.ImaList(boot.read("ima.log"))).index("ima_tpm") + 1 in entries_of(verdict, "IMA_BYPASS")
    assert all(values[10] == capped(alg, b"\0" * replay.SIZES[alg]) for alg, values in held(boot).items())


@needs("never", "disabled")
@pytest.mark.parametrize("name, waits", [("never", True), ("disabled", False)])
def test_a_tpm_that_never_comes_is_waited_for_if_it_may_be_used(boots, name, waits):
    boot = boots[name]
    assert re.search(r"^LOOK none \d+$", boot.console, re.M)
    assert bool(said(boot, "waiting up to %d ms" % linux_late.SHORT_WAIT_MS)) == waits
    assert said(boot, "No TPM chip found")
    first = re.search(r"^LIST (.*)$", boot.console, re.M)[1].split()
    assert first[3] == "sha256:" + "0" * 64 and first[4] == "boot_aggregate_late"


def whole(boot):
    """The list and what it leads to: every entry up to where it was collected, in every bank."""
    ima = replay.ImaList(boot.read("ima.log"))
    assert ima.check() == []
    count = replay.find_cut(ima, boot.pcrs())
    assert count and len(ima.entries) - count < 3
    return ima


@needs("kexec")
def test_three_kernels_one_after_the_other_have_one_list(boots):
    boot = boots["kexec"]
    ima, log = whole(boot), boot.read("firmware.log")
    assert log == (boot.out / "played").read_bytes()
    at = [i for i, name in enumerate(names(ima)) if name == "boot_aggregate"]
    assert len(at) == 3 and [names(ima)[i + 1] for i in at] == ["firmware_log"] * 3
    assert len({ima.entries[i].file_digest() for i in at}) == 1
    digest = hashlib.sha256(log).hexdigest().encode()
    assert [(record[1], record[4], record[5]) for record in records(boot)] == [
        (digest, b"early", origin) for origin in (b"zero", b"kexec", b"kexec")]
    status, verdict = boot.verify(fdt=None)
    assert (status, verdict["proven"]["firmware_log_bound"]) == (0, True)


@needs("violation")
def test_a_pcr_that_cannot_be_read_is_a_violation_and_not_a_wrong_digest(boots):
    boot = boots["violation"]
    ima = whole(boot)
    assert ima.entries[0].violation and ima.entries[0].name() == "boot_aggregate"
    assert said(boot, "No boot_aggregate, recording a violation")
    assert records(boot)[0][5] == b"foreign"
    status, verdict = boot.verify(fdt=None)
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert entries_of(verdict, "IMA_VIOLATION") == [1] and entries_of(verdict, "FWLOG_RECORD_MISMATCH") == [2]


@needs("forged")
def test_root_cannot_extend_an_invented_list_after_bypass(boots, tmp_path):
    boot = boots["forged"]
    invented = linux_late.invented_list()
    (tmp_path / "ima.log").write_bytes(b"".join(entry for entry, _ in invented))
    value = b"\0" * 32
    for _, extended in invented:
        value = replay.extend("sha256", value, extended)
    # Without the cap it would do: the same list beside the value that it leads to.
    (tmp_path / "pcrs.txt").write_text("".join("sha256 %d %s\n" % (pcr, (value if pcr == 10 else found).hex())
                                               for pcr, found in held(boot)["sha256"].items()))
    assert boot.verify(fdt=None, ima_log=tmp_path / "ima.log", pcrs=tmp_path / "pcrs.txt")[1]["verdict"] == "consistent"
    status, verdict = boot.verify(fdt=None, ima_log=tmp_path / "ima.log")
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert {row["pcr"] for row in verdict["pcrs"] if row["status"] == "not-explained"} == {10}
    assert "IMA_BYPASS" in lab.codes(verdict) and "PCR_UNEXPLAINED" not in lab.codes(verdict)
    # The kernel's own list says it itself.
    status, verdict = boot.verify(fdt=None)
    assert status == 1 and names(replay.ImaList(boot.read("ima.log"))).index("ima_tpm") + 1 in entries_of(verdict, "IMA_BYPASS")
    # It was really extended, on top of the cap.
    value = capped("sha256", b"\0" * 32)
    for _, extended in invented:
        value = replay.extend("sha256", value, extended)
    assert held(boot)["sha256"][10] == value


@needs("sleep", "sleep-reset")
def test_a_tpm_that_lost_its_pcrs_while_the_machine_slept_is_capped(boots):
    kept, lost = boots["sleep"], boots["sleep-reset"]
    assert re.search(r"^LOOK active \d+$", kept.console, re.M) and b"ima_tpm" not in kept.read("ima.log")
    whole(kept)
    assert re.search(r"^LOOK lost \d+$", lost.console, re.M) and b"state=reset" in lost.read("ima.log")
    assert all(values[10] == capped(alg, b"\0" * replay.SIZES[alg]) for alg, values in held(lost).items())
    assert "IMA_TPM_GONE" not in lab.codes(kept.verify(fdt=None, firmware_log=None)[1])
    status, verdict = lost.verify(fdt=None, firmware_log=None)
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert entries_of(verdict, "IMA_TPM_GONE") == [names(replay.ImaList(lost.read("ima.log"))).index("ima_tpm") + 1]


def evmctl(*words):
    done = lab.run("evmctl", *words)
    return done.returncode, done.stdout + done.stderr


@needs(name_of("late", "one", "none"), name_of("deferred", "all", "exact"))
@pytest.mark.parametrize("name, alg", [(name_of("late", "one", "none"), "sha256"), (name_of("deferred", "all", "exact"), "sha256")])
def test_evmctl_verifies_our_lists(boots, tmp_path, name, alg):
    """ima-evm-utils, which knows nothing of our records: PCR 10 from the list, and boot_aggregate from the PCRs."""
    boot = boots[name]
    values = dict(boot.pcrs()[alg])
    for altered in (False, True):
        if altered:
            values[10], values[0] = bytes(31) + b"\1", bytes(31) + b"\1"
        pcrs = tmp_path / ("pcrs-%d" % altered)
        pcrs.write_text("".join("PCR-%02d: %s\n" % (pcr, values[pcr].hex().upper()) for pcr in range(24)))
        status, said_by = evmctl("ima_measurement", "--ignore-violations", "--pcrs", "%s,%s" % (alg, pcrs), boot.evidence / "ima.log")
        assert (status == 0) != altered, said_by
        status, said_by = evmctl("ima_boot_aggregate", "--pcrs", "%s,%s" % (alg, pcrs))
        first = replay.ImaList(boot.read("ima.log")).entries[0].file_digest()[1].hex()
        assert (first in said_by) != altered, said_by
