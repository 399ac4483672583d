# SPDX-License-Identifier: BSD-2-Clause
"""collect with a nonce: the quote of a TPM (swtpm), and what happens when the TPM fails at any command."""
import hashlib
import importlib.util
import io
import os
import struct
import subprocess
import tarfile
import threading

import pytest

import tpm as swtpm
from conftest import DATA, FILES, events, read, vectors, write

NONCE = "a0" * 20
ACCEPT = ("--accept", "no-reference,no-ima-reference,violations")
QUOTE_FILES = ["ak.pub", "quote.msg", "quote.sig"]
# TPMA_OBJECT of the AK template, and the template itself: type, nameAlg, attributes, policy, symmetric, ECDSA SHA-256, P-256, no KDF, point.
AK = 0x00050472


def template(attributes):
    return struct.pack(">HHIHHHHHHHH", 0x23, 0xB, attributes, 0, 0x10, 0x18, 0xB, 0x3, 0x10, 0, 0)


def load_ima():
    spec = importlib.util.spec_from_file_location("ima_small", os.path.join(DATA, "ima-small/make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def booted(machine):
    """A machine whose TPM has seen the boot of its logs."""
    ima = load_ima()
    tpm = swtpm.Tpm(machine.path)
    try:
        for _, pcr, kind, _, obj in events():
            if kind != 3:
                tpm.extend(pcr, {alg: hashlib.new(alg, obj).digest() for alg in vectors.ALGS})
        for name, data, violation in ima.entries(ima.firmware_pcrs()):
            digests = {alg: ima.template_digest(alg, name, data, violation) for alg in vectors.ALGS}
            tpm.extend(10, {alg: b"\xff" * len(digest) if violation else digest for alg, digest in digests.items()})
        machine.tpm = tpm
        yield machine
    finally:
        tpm.close()


def collect(boot, *words, proxy=(), nonce=NONCE, output="ev"):
    if os.path.exists(boot / "commands"):
        os.unlink(boot / "commands")
    return boot.run("collect", "--root", "root", "--nonce", nonce, "--tcti", boot.tpm.tcti(boot / "commands", *proxy), *words, "-o", output)


def commands(boot):
    return read(boot / "commands").decode().split()


def verify(boot, evidence="ev", ak="ev/ak.pub", nonce=NONCE, **more):
    return boot.run("verify", "--json", "--evidence", evidence, "--ak", ak, "--nonce", nonce, *ACCEPT, **more)


@pytest.mark.parametrize("alg,scheme", [(None, "ecdsa"), ("ecc", "ecdsa"), ("rsa", "rsassa")])
def test_a_quote_collected_is_consistent_with_the_logs_beside_it(booted, alg, scheme):
    result = collect(booted, *(("--ak-alg", alg) if alg else ()))
    assert (result.code, result.err) == (0, "")
    assert set(QUOTE_FILES) < set(os.listdir(booted / "ev"))
    assert [line.split()[:2] for line in read(booted / "ev/pcrs.txt").decode().splitlines()] == [["sha256", str(n)] for n in range(11)]
    result = verify(booted)
    assert result.code == 0, result.out
    assert result.json["quote"]["scheme"] == scheme and result.json["quote"]["ak_attributes_checked"]
    assert result.json["proven"]["signature"] and result.json["proven"]["fresh"]
    assert verify(booted, nonce="a0" * 19 + "a1").code == 1
    assert booted.tpm.transient() == 0      # the AK was flushed


@pytest.mark.parametrize("text,lacking", [("no library\n", "libtss2-tctildr.so.0"), (None, "Tss2_TctiLdr_Initialize")])
def test_a_machine_whose_tpm2_tss_is_not_whole_reads_logs_and_says_why_it_cannot_ask_a_tpm(machine, text, lacking):
    library = "libtss2-tctildr.so.0"
    os.mkdir(machine / "lib")
    if text:
        write(os.path.join(machine / "lib", library), text.encode())
    else:       # a library of that name, without its functions
        subprocess.run(["gcc", "-shared", "-x", "c", os.devnull, "-o", os.path.join(machine / "lib", library)], check=True)
    env = {"LD_LIBRARY_PATH": machine / "lib"}
    for nonce, code in (((), 0), (("--nonce", NONCE), 3)):
        result = machine.run("collect", "--root", "root", *nonce, "-o", "ev%d" % code, env=env)
        assert result.code == code, result.err
    assert "libraries of tpm2-tss, and %s cannot be loaded" % lacking in result.err
    assert not os.path.exists(machine / "ev3")


def test_the_evidence_says_what_was_quoted_but_not_the_nonce(booted):
    assert collect(booted, "--pcrs", "sha256:0-10+sha1:10").code == 0
    text = read(booted / "ev/evidence.json").decode()
    assert '"quote":{"banks":{"sha256":[0,1,2,3,4,5,6,7,8,9,10],"sha1":[10]}}' in text
    assert NONCE not in text
    assert verify(booted).code == 0


def test_the_evidence_can_be_sent_through_a_pipe(booted):
    assert collect(booted).code == 0
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(booted / "ev", arcname=".")
    assert verify(booted, "-", stdin=out.getvalue()).code == 0


def test_the_ak_made_is_the_same_each_time_and_the_quote_is_not(booted):
    assert collect(booted).code == 0 and collect(booted, output="again", nonce="00").code == 0
    assert read(booted / "ev/ak.pub") == read(booted / "again/ak.pub")
    assert read(booted / "ev/quote.msg") != read(booted / "again/quote.msg")
    assert verify(booted, "again", nonce="00").code == 0


def test_the_quote_is_taken_before_the_lists_are_read(booted):
    """A list that was read before the quote could not explain PCR 10, which grows while the TPM is asked."""
    lists, asked = [booted / ("root/" + FILES[name]) for name in ("firmware.log", "ima.log")], []

    def serve(path, data):
        with open(path, "wb") as fifo:      # waits for whoever reads
            asked.append("158" in commands(booted))
            fifo.write(data)

    threads = []
    for path in lists:
        data = read(path)
        os.unlink(path)
        os.mkfifo(path)
        threads.append(threading.Thread(target=serve, args=(path, data), daemon=True))
        threads[-1].start()
    assert collect(booted).code == 0
    for thread in threads:
        thread.join(10)
    assert asked == [True, True]
    assert verify(booted).code == 0


def test_pcrs_that_change_behind_the_quote_are_quoted_again(booted):
    result = collect(booted, proxy=("extend", 2))
    assert result.code == 0
    assert commands(booted).count("158") == 3
    matching = verify(booted)
    assert matching.code == 1       # the list does not have those two entries, and the values read are those quoted
    assert "QUOTE_DIGEST" not in {f["code"] for f in matching.json["findings"]}
    result = collect(booted, proxy=("extend", 100), output="never")
    assert result.code == 3 and "changed" in result.err and not os.path.exists(booted / "never")
    assert booted.tpm.transient() == 0


@pytest.mark.parametrize("mode", ["error", "gone", "short"])
def test_a_tpm_that_fails_at_any_command_leaves_no_directory(booted, mode):
    assert collect(booted, output="good").code == 0
    count = len(commands(booted))
    assert count >= 5       # CreatePrimary, Quote, two or more of PCR_Read, FlushContext
    before = sorted([*os.listdir(booted.path), "commands"])
    for number in range(1, count + 1):
        result = collect(booted, proxy=(mode, number))
        assert (result.code, result.out) == (3, ""), number
        assert result.err.startswith("bootchain collect: ") and result.err.count("\n") <= 2, result.err
        assert sorted({*os.listdir(booted.path), "commands"}) == sorted(set(before))


def test_no_tpm_is_said(booted):
    result = booted.run("collect", "--root", "root", "--nonce", NONCE, "--tcti", "device:/no/such/tpm", "-o", "ev")
    assert (result.code, result.out) == (3, "")
    assert "/no/such/tpm" in result.err and not os.path.exists(booted / "ev")


def test_a_pcr_or_bank_that_the_tpm_lacks_is_said(booted):
    result = collect(booted, "--pcrs", "sha256:0-10+sm3_256:0")
    assert (result.code, result.out) == (3, "")
    assert not os.path.exists(booted / "ev")


def test_a_persistent_ak_is_used_when_it_is_one(booted):
    booted.tpm.make_persistent(booted.tpm.create_primary(template(AK)), 0x81010010)
    booted.tpm.make_persistent(booted.tpm.create_primary(template(AK & ~0x10000)), 0x81010011)
    assert collect(booted, "--ak-handle", "0x81010010").code == 0
    assert "131" not in commands(booted)    # nothing was created
    assert verify(booted).code == 0
    result = collect(booted, "--ak-handle", "0x81010011", output="open")
    assert result.code == 3 and "not restricted" in result.err
    assert "158" not in commands(booted)    # not even asked
    result = collect(booted, "--ak-handle", "0x81010012", output="absent")
    assert result.code == 3 and "ReadPublic" in result.err
    assert not os.path.exists(booted / "open") and not os.path.exists(booted / "absent")


@pytest.mark.parametrize("name", ["ev.tar", "-"])
def test_an_archive_that_collect_wrote_is_judged_as_the_directory(booted, name):
    result = booted.run("collect", "--root", "root", "--nonce", NONCE, "--tcti", booted.tpm.tcti(booted / "commands"), "-o", name, raw=True)
    assert result.returncode == 0
    if name == "-":
        write(booted / "ev.tar", result.stdout)
    assert collect(booted).code == 0
    for evidence, stdin in (("ev.tar", b""), ("-", read(booted / "ev.tar"))):
        assert verify(booted, evidence, stdin=stdin).code == 0
        assert verify(booted, evidence, nonce="00", stdin=stdin).code == 1


def test_a_command_line_in_the_evidence_is_said_not_to_be_checked(booted):
    assert collect(booted).code == 0
    os.unlink(booted / ("root/" + FILES["cmdline.txt"]))
    assert collect(booted, output="without").code == 0
    for evidence, said in (("ev", True), ("without", False)):
        result = verify(booted, evidence)
        assert result.code == 0 and ("cmdline.txt, release" in result.json["sentence"]) == said


@pytest.mark.parametrize("nonce", ["a5", "a5" * 64])
def test_the_longest_nonce_that_collect_takes_is_one_that_verify_takes(booted, nonce):
    assert collect(booted, nonce=nonce).code == 0
    assert verify(booted, nonce=nonce).code == 0 and verify(booted, nonce=nonce[:-2] + "a6").code == 1
    result = collect(booted, nonce="a5" * 65, output="longer")
    assert result.code == 2 and "1 to 64 bytes" in result.err


@pytest.mark.parametrize("words", [
    ("--nonce", ""), ("--nonce", "abc"), ("--nonce", "zz"), ("--nonce", "00" * 65), ("--nonce", "00" * 66), ("--ak-alg", "rsa"), ("--tcti", "device"),
    ("--ak-handle", "0x81000001"), ("--nonce", "00", "--ak-handle", "0x80000001"), ("--nonce", "00", "--ak-handle", "x"),
    ("--nonce", "00", "--ak-alg", "dsa"), ("--nonce", "00", "--ak-alg", "rsa", "--ak-handle", "0x81000001"),
])
def test_a_quote_with_wrong_options_exits_2(machine, words):
    result = machine.run("collect", "--root", "root", *words, "-o", "ev")
    assert (result.code, result.out) == (2, "")
    assert not os.path.exists(machine / "ev")
