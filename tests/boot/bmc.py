# SPDX-License-Identifier: BSD-2-Clause
"""A BMC board with its TPM on an I2C bus, from the flash image that its hardware gets: signed FIT, both slots, a late and a slow TPM, a quote.

Run with BOARD=ast2600-evb, beside test_good.py.
"""
import os
import re
import shutil
import tempfile

import lab
import linux_boots
import pytest
import replay
import tpmspecs
from lab import needs

KEYS = os.path.join(lab.TOP, "board/build/keys.sh")
NONCE = "00112233445566778899aabbccddeeff"
DELAY_MS = 10
PARTS = {name: (int(at), int(size)) for name, at, size in (line.split() for line in lab.must("bash", "-c", (
    '. board/build/common.sh; . board/build/conf.sh; load_board %s; flash_parts' % lab.BOARD), cwd=lab.TOP).stdout.splitlines())}


def image():
    return replay.read(lab.OUT, "disk.img")


def part(name, data=None):
    at, size = PARTS[name]
    return (data or image())[at:at + size]


def changed_in(name, text, letter):
    """One letter of the first such text in a partition."""
    def make(out):
        at = image().index(text, PARTS[name][0])
        assert at < sum(PARTS[name])
        (out / "disk.img").write_bytes(lab.change(image(), at, ord(letter)))
        return ["--disk", out / "disk.img"]
    return make


def late(out):
    """The TPM's driver waits for another device's, which never comes."""
    shutil.copy(os.path.join(lab.OUT, "board.dtb"), out / "board.dtb")
    linux_boots.deferred(linux_boots.Tree(out / "board.dtb"))
    return lab.disk_with(out, "--tree", out / "board.dtb")


def other_key(out):
    """Everything as it is, but the FIT is signed by somebody else, with keys of the same name."""
    with tempfile.TemporaryDirectory() as keys:
        env = dict(lab.ENV, BOOTCHAIN_KEYS=os.path.join(keys, "theirs"))
        lab.must(KEYS, env=env)
        lab.must(lab.DISK, out / "disk.img", env=env)
    return ["--disk", out / "disk.img"]


lab.SPECS.update({
    "slow": lambda out: lab.proxied(out, "--delay", DELAY_MS),
    "late": late,
    "quote": lambda out: lab.disk_with(out, "--append", "bootchain.nonce=" + NONCE),
    "slot-b": lambda out: lab.disk_with(out, "--env", "slot=b"),
    "stored": lambda out: lab.disk_with(out, "--env", "verify=no\nbootargs=init=/bin/sh\nbootcmd=reset\nslot=a"),
    "fit-byte": changed_in("kernel_a", b"Uncompressing Linux", "u"),
    "fit-key": other_key,
    "root-byte": changed_in("root_a", b"# /sbin/init of the image", "%"),
})


@needs("good")
def test_the_image_is_what_the_flash_gets(boots):
    """Each part stands where the map says, both slots are the same, and the rest is erased."""
    assert boots["good"].status == 0
    assert len(image()) == int(lab.conf("flash_size")[:-1]) << 20
    files = {"u_boot": replay.read(lab.OUT, "u-boot.bin"), "root_a": replay.read(lab.OUT, "root.img"), "root_b": replay.read(lab.OUT, "root.img")}
    for name, data in files.items():
        assert part(name).startswith(data) and not part(name)[len(data):].strip(b"\xff"), name
    assert part("kernel_a") == part("kernel_b") and part("env")[4:].startswith(b"slot=a\0")
    assert not part("data").strip(b"\xff")
    used = set().union(*(range(at >> 16, (at + size) >> 16) for at, size in PARTS.values()))
    assert all(not image()[n << 16:(n + 1) << 16].strip(b"\xff") for n in range(len(image()) >> 16) if n not in used)


@needs("good")
def test_linux_sees_the_tpm_on_its_i2c_bus_and_the_partitions(boots):
    console = boots["good"].console
    assert re.search(r"tpm_tis_i2c 12-002e: 2\.0 TPM", console)
    for name, (at, size) in PARTS.items():
        assert re.search(r'0x0*%x-0x0*%x : "%s"' % (at, at + size, name), console), name
    assert "TPM-bypass" not in console and "bootchain: TPM: 2.0" in console


@needs("good", "again", "slow")
def test_three_boots_have_equal_pcrs(boots):
    values = [boots[name].pcrs() for name in ("good", "again", "slow")]
    assert values[0] == values[1] == values[2] and set(values[0]) == set(replay.ALGS)
    assert all(values[0][alg][10] != bytes(replay.SIZES[alg]) for alg in replay.ALGS)


@needs("slow")
def test_a_slow_tpm_changes_nothing_but_the_time(boots, report):
    slow = boots["slow"]
    record = tpmspecs.record_of(slow)
    assert record.lines and all(line["took"] >= DELAY_MS / 1000 for line in record.lines)
    assert slow.verify()[0] == 0 and replay.judge_evidence(slow.evidence) == [] and record.holds_what_was_extended()
    report("ast2600-evb, each TPM command 10 ms: %d commands, boot %.1f s" % (len(record.lines), slow.ended - slow.began))


@needs("good")
def test_the_key_that_verified_the_configuration_is_in_pcr_7(boots):
    """FORMATS: hint, algorithm, modulus and exponent; the modulus is that of the certificate."""
    log = boots["good"].log()
    variables = [event.variable() for event in log.events if event.pcr == 7 and event.kind == replay.EV_EFI_VARIABLE_DRIVER_CONFIG]
    assert [name for name, _ in variables] == ["BootVerify", "FitKey"]
    assert variables[0][1] == b"fit=required;verify=yes;keys=1"
    said = lab.must("openssl", "x509", "-inform", "DER", "-in", lab.keys() / "x509_fit.der", "-noout", "-modulus").stdout
    modulus = bytes.fromhex(said.strip().split("=")[1])
    assert variables[1][1] == b"fit\0sha256,rsa3072\0" + modulus + (65537).to_bytes(8, "big")


@needs("good", "late")
def test_a_tpm_that_comes_late_is_waited_for_and_said(boots):
    """The twin is the good boot, whose list begins with boot_aggregate."""
    for name, first, when in (("good", "boot_aggregate", b"early"), ("late", "boot_aggregate_late", b"late")):
        boot = boots[name]
        ima = replay.ImaList(boot.read("ima.log"))
        assert ima.entries[0].name() == first
        assert b"tpm=%s;" % when in ima.entries[1].hashed
        assert boot.verify()[0] == 0 and replay.judge_evidence(boot.evidence) == [], name
    assert "TPM-bypass" not in boots["late"].console


def verdict_of(boot, nonce):
    return lab.tool_json("verify", "--evidence", boot.evidence, "--ak", boot.evidence / "ak.pub", "--nonce", nonce,
                         "--accept", "no-reference,no-ima-reference")


@needs("quote", "good")
def test_a_quote_that_answers_the_nonce_is_explained(boots):
    boot = boots["quote"]
    assert {"quote.msg", "quote.sig", "ak.pub"} <= {path.name for path in boot.evidence.iterdir()}
    status, verdict = verdict_of(boot, NONCE)
    assert (status, verdict["verdict"]) == (0, "consistent"), verdict
    assert verdict["quote"]["nonce"] == NONCE
    status, verdict = verdict_of(boot, NONCE[::-1])
    assert status == 1 and "QUOTE_NONCE" in lab.codes(verdict), verdict
    assert not (boots["good"].evidence / "quote.msg").exists()


@needs("good", "slot-b")
def test_the_other_slot_boots_its_own_root_with_the_same_kernel(boots):
    one, other = boots["good"], boots["slot-b"]
    assert b"root=mtd:root_a " in one.read("cmdline.txt") and b"root=mtd:root_b " in other.read("cmdline.txt")
    assert other.verify()[0] == 0 and replay.judge_evidence(other.evidence) == []
    moved = {pcr for pcr in range(8) if one.pcrs()["sha256"][pcr] != other.pcrs()["sha256"][pcr]}
    assert moved == {1, 5}


@needs("good", "stored")
def test_of_the_stored_environment_only_the_slot_is_taken(boots):
    """verify=no, another command line and another boot command in the flash change nothing."""
    stored = boots["stored"]
    assert stored.status == 0 and stored.pcrs() == boots["good"].pcrs()
    assert stored.read("cmdline.txt") == boots["good"].read("cmdline.txt")


@needs("good", "fit-byte", "fit-key")
@pytest.mark.parametrize("name, says", (("fit-byte", r"[Bb]ad (Data )?[Hh]ash"), ("fit-key", r"[Ff]ailed to verify required signature")))
def test_a_fit_that_is_not_the_one_that_was_signed_does_not_start(boots, name, says):
    refused = boots[name]
    assert refused.status == 1 and re.search(says, refused.console), refused.console[-1500:]
    assert "Starting kernel" not in refused.console and "Linux version" not in refused.console
    assert "Starting kernel" in boots["good"].console and not re.search(says, boots["good"].console)


@needs("good", "root-byte")
def test_a_file_changed_in_the_flash_is_refused_by_the_kernel(boots):
    refused = boots["root-byte"]
    assert refused.status == 1 and not (refused.out / "evidence").exists()
    assert re.search(r'op=appraise_data cause=invalid-signature .*name="/sbin/init"', refused.console), refused.console[-1500:]
    assert "appraise_data" not in boots["good"].console
