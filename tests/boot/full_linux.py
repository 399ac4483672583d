# SPDX-License-Identifier: BSD-2-Clause
"""`make check-full`: TPM commands of a boot, stock against ours; lockdep, while programs start and the TPM comes or goes; TPM 1.2."""
import hashlib
import re

import lab
import linux_full
import pytest
import replay
import tpmlog
import tpmspecs
from lab import needs
from test_linux_late import capped, held, names, said, whole

INIT = "/init"
# What lockdep, and others that watch over locks, begin their reports with.
SPLAT = re.compile(r"(?:WARNING|BUG|INFO): .*|.*possible \w+(?: \w+)? dependency detected|.*self-detected stall.*")


# ---- TPM commands ---------------------------------------------------------------------------------------------------------

def before_init(boot):
    """The commands of Linux before it extends PCR 10 with its first program."""
    ima = replay.ImaList(boot.read("ima.log"))
    entry = next(entry for entry in ima.entries if entry.name() == INIT)
    wanted = (10, replay.digest("sha1", entry.hashed))
    commands = tpmspecs.record_of(boot).commands()
    at = next(i for i, command in enumerate(commands) if wanted in tpmlog.extends([command])["sha1"])
    return commands[:at]


@needs("stock", "ours")
def test_a_boot_takes_fewer_tpm_commands_than_stock(boots, report):
    """Up to the first program, four banks, the same options but those of the series."""
    stock, ours = before_init(boots["stock"]), before_init(boots["ours"])
    for name, commands in (("stock", stock), ("ours", ours)):
        report("TPM commands of Linux up to init, %s: %d (%s)" % (name, len(commands), tpmlog.table(commands)))
    assert len(ours) < len(stock)
    # PCR 0-9 one by one, against PCR 0-10 with two commands; one entry more, the record.
    reads, extends = ([[tpmlog.TPM_CC.get(tpmlog.code(command)) for command in commands].count(kind) for commands in (stock, ours)]
                      for kind in ("PCR_Read", "PCR_Extend"))
    assert reads == [10, 2] and extends[1] == extends[0] + 1
    assert "firmware_log" not in names(replay.ImaList(boots["stock"].read("ima.log")))


# ---- lockdep ----------------------------------------------------------------------------------------------------------------

def splats(boot):
    """What was reported; and lockdep must still be on at the end, as it says so itself."""
    text = re.sub(r"^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ", "", boot.console, flags=re.M)
    return [line for line in text.splitlines() if SPLAT.fullmatch(line)]


def stormed(ima):
    """Numbers of the programs of the storm that are in the list, in its order; none twice."""
    found = [int(name.rpartition("/")[2]) for name in names(ima) if re.fullmatch(r"/(?:storm|new)/\d+", name)]
    assert len(set(found)) == len(found)
    return found


@needs(*linux_full.WATCHED)
@pytest.mark.parametrize("name", linux_full.WATCHED)
def test_lockdep_has_nothing_to_say(boots, name):
    boot = boots[name]
    assert re.search(r"Good, all +\d+ testcases passed!", boot.console)
    assert "Brought up 1 node, 2 CPUs" in boot.console
    assert splats(boot) == []
    assert re.search(r"^LOCKDEP debug_locks: +1$", boot.console, re.M), boot.console[-2000:]


@needs("splats")
def test_a_splat_is_seen(boots):
    """The kernel's own tests take locks in the wrong order, and are told to print what lockdep says of it."""
    assert any("circular locking dependency" in line for line in splats(boots["splats"]))


@needs("storm-late")
def test_programs_that_start_while_the_tpm_arrives_are_in_the_list_and_in_pcr_10(boots):
    boot = boots["storm-late"]
    ima = whole(boot)
    assert said(boot, "waiting up to") and names(ima)[:2] == ["boot_aggregate_late", "firmware_log"]
    found = stormed(ima)
    # The first ones ran before there was a TPM, or IMA; from there on, none is missing.
    assert found[0] > 1 and len(found) >= 20
    assert found == list(range(found[0], found[-1] + 1))
    assert boot.verify(fdt=None)[0] == 0


@needs("storm-bypass")
def test_programs_that_start_while_a_tpm_arrives_too_late_are_not_extended(boots):
    boot = boots["storm-bypass"]
    ima = replay.ImaList(boot.read("ima.log"))
    assert ima.check() == []
    at = names(ima).index("ima_tpm")
    assert b"state=bypass" in ima.entries[at].hashed
    before, after = (sum(name.startswith("/storm/") for name in part) for part in (names(ima)[:at], names(ima)[at:]))
    assert before > 0 and after >= 20 and len(stormed(ima)) == before + after
    assert all(values[10] == capped(alg, b"\0" * replay.SIZES[alg]) for alg, values in held(boot).items())
    assert "IMA_BYPASS" in lab.codes(boot.verify(fdt=None)[1])


@needs("storm-unbound")
def test_programs_that_start_while_the_tpm_goes_are_extended_up_to_the_record(boots):
    boot = boots["storm-unbound"]
    ima = replay.ImaList(boot.read("ima.log"))
    count = names(ima).index("ima_tpm") + 1
    assert ima.check() == [] and b"state=gone" in ima.entries[count - 1].hashed
    assert len(stormed(ima)) >= 20 and len(ima.entries) >= count + 10
    assert all(values[10] == ima.replay(alg, count)[10] for alg, values in held(boot).items())


@needs("storm-reset")
def test_a_tpm_that_lost_its_pcrs_is_capped(boots):
    boot = boots["storm-reset"]
    assert b"state=reset" in boot.read("ima.log")
    assert all(values[10] == capped(alg, b"\0" * replay.SIZES[alg]) for alg, values in held(boot).items())


# ---- TPM 1.2 ------------------------------------------------------------------------------------------------------------------

@needs("tpm12")
def test_a_tpm_1_2_is_used_and_its_record_tells_of_no_log(boots):
    boot = boots["tpm12"]
    assert re.search(r"^LOOK active \d+$", boot.console, re.M)
    entries = [line.split() for line in re.findall(r"^LIST (.*)$", boot.console, re.M)]
    pcrs = [bytes.fromhex(value) for value in re.findall(r"^PCRS PCR-\d\d: (.*)$", boot.console, re.M)]
    assert [entry[4] for entry in entries[:2]] == ["boot_aggregate", "firmware_log"]
    # No firmware has extended anything: PCR 0-7 are zeros, and this is their digest.
    assert entries[0][3] == "sha1:" + hashlib.sha1(b"".join(pcrs[:8])).hexdigest()
    text = bytes.fromhex(entries[1][5])
    assert text == b"format=none;sha256=%s;len=0;events=0;tpm=early;pcr10=zero;" % hashlib.sha256(b"").hexdigest().encode()
    value = bytes(20)
    for entry in entries:
        value = hashlib.sha1(value + bytes.fromhex(entry[1])).digest()
    assert pcrs[10] == value != bytes(20)
