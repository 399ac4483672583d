# SPDX-License-Identifier: BSD-2-Clause
"""show, replay, verify and collect of the machine they run on: which TPM, TPM 1.2, the log and registers of a confidential virtual machine.
The machine's own files stand below --root here."""
import hashlib
import json
import os
import shutil
import struct

import pytest

from conftest import events, firmware_log, read, vectors, write
from test_verify_explain import pcr_lines

SECURITYFS = "root/sys/kernel/security/"
CLASS = "root/sys/class/tpm/"
CCEL = "root/sys/firmware/acpi/tables/data/CCEL"
REGISTERS = "root/sys/devices/virtual/misc/tdx_guest/measurements/"


def test_the_machine_s_own_logs_explain_its_own_pcrs(machine):
    result = machine.run("verify", "--root", "root")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1].startswith("consistent: 16 firmware events and 14 IMA entries explain PCR 0-7,10")
    write(machine / (CLASS + "tpm0/pcr-sha256/4"), "11" * 32 + "\n")
    assert machine.run("verify", "--root", "root").code == 1


def test_show_and_replay_read_the_machine_s_own_logs(machine):
    lines = machine.run("show", "--json", "--root", "root").lines
    assert [line["format"] for line in lines if "format" in line] == ["tcg2", "ima-binary"]
    replayed = machine.run("replay", "--json", "--root", "root").json
    assert (replayed["firmware_events"], replayed["ima_entries"]) == (16, 14)


def test_what_the_machine_lacks_is_said_and_nothing_at_all_is_usage(machine):
    os.unlink(machine / (SECURITYFS + "tpm0/binary_bios_measurements"))
    result = machine.run("show", "--root", "root")
    assert result.code == 0 and "this machine has no firmware log" in result.err
    os.makedirs(machine / "empty")
    for words in (("show",), ("replay",), ("verify",)):
        assert machine.run(*words, "--root", "empty").code == 2
    assert machine.run("collect", "--root", "empty", "-o", "ev").code == 3
    shutil.rmtree(machine / CLASS)
    result = machine.run("verify", "--root", "root")
    assert (result.code, result.out) == (2, "") and "this machine has no TPM" in result.err


def second_tpm(machine, log=None, number=1):
    """A TPM of another number with its own PCR values, and a log of its own when there is one."""
    rows = events()
    rows[4] = ["method", 4, vectors.EV_ACTION, b"another", b"another"]
    name = "tpm%d" % number
    for alg, pcr, value in (line.split() for line in pcr_lines(rows).splitlines()):
        os.makedirs(machine / (CLASS + "%s/pcr-%s" % (name, alg)), exist_ok=True)
        write(machine / (CLASS + "%s/pcr-%s/%s" % (name, alg, pcr)), value + "\n")
    if log:
        os.makedirs(machine / (SECURITYFS + name))
        write(machine / (SECURITYFS + name + "/binary_bios_measurements"), firmware_log(rows))


def test_of_two_tpms_the_first_with_a_log_is_taken_and_said(machine):
    second_tpm(machine, log=False, number=2)
    result = machine.run("verify", "--root", "root")
    assert result.code == 0 and "2 TPMs, tpm0 is used" in result.err
    os.unlink(machine / (SECURITYFS + "ima/binary_runtime_measurements"))
    os.rename(machine / (SECURITYFS + "tpm0"), machine / "away")
    second_tpm(machine, log=True, number=2)
    second_tpm(machine, log=True, number=10)
    result = machine.run("verify", "--root", "root")
    assert result.code == 0 and "3 TPMs, tpm2 is used" in result.err
    assert machine.run("-q", "verify").code == 2 and "TPMs" not in machine.run("verify", "-q", "--root", "root").err


def test_another_tpm_can_be_named(machine):
    os.unlink(machine / (SECURITYFS + "ima/binary_runtime_measurements"))
    second_tpm(machine, log=True)
    assert machine.run("verify", "--root", "root", "--tpm", "tpm1").code == 0
    assert "another" in machine.run("show", "--root", "root", "--tpm", "tpm1").out
    assert "another" not in machine.run("show", "--root", "root", "--tpm", "tpm0").out
    assert machine.run("collect", "-q", "--root", "root", "--tpm", "tpm1", "-o", "ev").code == 0
    assert read(machine / "ev/firmware.log") == read(machine / (SECURITYFS + "tpm1/binary_bios_measurements"))
    described = json.loads(read(machine / "ev/evidence.json"))["files"]
    assert described["firmware.log"]["source"] == "/sys/kernel/security/tpm1/binary_bios_measurements"
    assert described["pcrs.txt"]["source"] == "/sys/class/tpm/tpm1"
    for name in ("tpm7", "tpm", "../tpm0", "tpm0/x", "0"):
        assert machine.run("verify", "--root", "root", "--tpm", name).code == 2


def test_collect_finds_a_tpm_that_is_not_the_first(machine):
    os.rename(machine / (CLASS + "tpm0"), machine / (CLASS + "tpm3"))
    os.rename(machine / (SECURITYFS + "tpm0"), machine / (SECURITYFS + "tpm3"))
    assert machine.run("collect", "-q", "--root", "root", "-o", "ev").code == 0
    assert read(machine / "ev/firmware.log") == machine.content["firmware.log"]


@pytest.mark.parametrize("words", [("show", "good.log"), ("replay", "good.log"), ("verify", "--pcrs", "pcrs.txt", "good.log"),
                                   ("diff", "good.log", "good.log")])
def test_root_and_tpm_are_for_the_machine_s_own_logs(machine, words):
    assert machine.run(*words).code == 0
    for more in (("--root", "root"), ("--tpm", "tpm0")):
        result = machine.run(*words, *more)
        assert (result.code, result.out) == (2, "")


# ---- TPM 1.2 ----

def sha1_log(rows):
    log = b""
    for _, pcr, kind, data, obj in rows:
        log += struct.pack("<II", pcr, kind) + hashlib.sha1(obj).digest() + struct.pack("<I", len(data)) + data
    return log


@pytest.mark.parametrize("where", ["pcrs", "device/pcrs"])
def test_a_machine_with_tpm_12_is_judged_in_sha1(machine, where):
    rows = events()
    shutil.rmtree(machine / (CLASS + "tpm0"))
    os.unlink(machine / (SECURITYFS + "ima/binary_runtime_measurements"))
    write(machine / (SECURITYFS + "tpm0/binary_bios_measurements"), sha1_log(rows))
    values = {int(pcr): value for alg, pcr, value in (line.split() for line in pcr_lines(rows).splitlines()) if alg == "sha1"}
    text = "".join("PCR-%02d: %s \n" % (pcr, " ".join(values.get(pcr, "ff" * 20 if 17 <= pcr <= 22 else "00" * 20)[i:i + 2].upper()
                                                  for i in range(0, 40, 2))) for pcr in range(24))
    os.makedirs(os.path.dirname(machine / (CLASS + "tpm0/" + where)))
    write(machine / (CLASS + "tpm0/" + where), text)
    result = machine.run("verify", "--json", "--root", "root").json
    assert result["verdict"] == "consistent"
    assert {(row["bank"], row["status"]) for row in result["pcrs"] if row["pcr"] < 8} == {("sha1", "explained")}
    write(machine / (CLASS + "tpm0/" + where), text.replace("PCR-04: ", "PCR-04: 00 ", 1))
    refused = machine.run("verify", "--root", "root")
    assert refused.code == 3 and "line 5" in refused.out and "20 bytes of two hex digits" in refused.out
    write(machine / (CLASS + "tpm0/" + where), text.replace("PCR-04: ", "PCR-04: 0g ", 1))
    assert "bytes of two hex digits" in machine.run("verify", "--root", "root").out
    write(machine / (CLASS + "tpm0/" + where), text.replace("PCR-04: %s" % values[4][:2].upper(), "PCR-04: %02X" % (int(values[4][:2], 16) ^ 1), 1))
    assert machine.run("verify", "--root", "root").code == 1


# ---- confidential virtual machine ----

def guest(machine, rows):
    """No TPM: the log in an ACPI table, filled up with ff, and its registers."""
    shutil.rmtree(machine / CLASS)
    shutil.rmtree(machine / SECURITYFS)
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, 1) + struct.pack("<HH", 12, 48) + b"\0"
    log = struct.pack("<II", 1, 3) + bytes(20) + struct.pack("<I", len(data)) + data
    values = [bytes(48) for _ in range(4)]
    for index, kind, obj in rows:
        digest = hashlib.sha384(obj).digest()
        log += struct.pack("<IIIH", index, kind, 1, 12) + digest + struct.pack("<I", len(obj)) + obj
        values[index - 1] = hashlib.sha384(values[index - 1] + digest).digest()
    os.makedirs(os.path.dirname(machine / CCEL))
    write(machine / CCEL, log + b"\xff" * 4096)
    os.makedirs(machine / REGISTERS)
    write(machine / (REGISTERS + "mrtd:sha384"), b"\x42" * 48)
    write(machine / (REGISTERS + "mrowner"), bytes(48))
    for number, value in enumerate(values):
        write(machine / (REGISTERS + "rtmr%d:sha384" % number), value)


ROWS = [(1, 8, b"version"), (2, 5, b"action one"), (1, 4, bytes(4)), (2, 4, bytes(4)), (3, 5, b"of the loader")]


def test_a_guest_without_a_tpm_is_judged_by_its_table_and_registers(machine):
    guest(machine, ROWS)
    result = machine.run("verify", "--json", "--root", "root")
    assert (result.code, result.json["verdict"]) == (0, "consistent")
    assert {row["pcr"]: row["status"] for row in result.json["pcrs"]} == {1: "explained", 2: "explained", 3: "explained", 4: "initial"}
    assert "register" in machine.run("show", "--json", "--root", "root").lines[0]["pcr_is"]
    write(machine / (REGISTERS + "rtmr1:sha384"), b"\x01" * 48)
    assert machine.run("verify", "--root", "root").code == 1
    write(machine / (REGISTERS + "rtmr1:sha384"), b"\x01" * 47)
    cut = machine.run("verify", "--root", "root")
    assert cut.code == 3 and "rtmr1:sha384" in cut.out


def test_the_log_of_a_tpm_comes_before_the_table(machine):
    content = read(machine / (SECURITYFS + "tpm0/binary_bios_measurements"))
    shutil.copytree(machine / "root", machine / "copy")
    guest(machine, ROWS)
    shutil.copytree(machine / "copy", machine / "root", dirs_exist_ok=True)
    assert machine.run("verify", "--root", "root").code == 0
    assert machine.run("collect", "-q", "--root", "root", "-o", "ev").code == 0
    assert read(machine / "ev/firmware.log") == content


def test_collect_takes_table_and_registers_of_a_guest(machine):
    guest(machine, ROWS)
    assert machine.run("collect", "-q", "--root", "root", "-o", "ev").code == 0
    described = json.loads(read(machine / "ev/evidence.json"))["files"]
    assert described["firmware.log"]["source"].endswith("/CCEL")
    assert [line.split()[:2] for line in read(machine / "ev/pcrs.txt").decode().splitlines()] == [["sha384", str(i)] for i in range(1, 5)]
    assert machine.run("verify", "--pcrs", "ev/pcrs.txt", "ev/firmware.log").code == 0
