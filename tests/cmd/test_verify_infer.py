# SPDX-License-Identifier: BSD-2-Clause
"""verify without an IMA list: PCR 10 is explained when it is what exactly one boot_aggregate entry leads to (computed here with hashlib)."""
import hashlib
import itertools
import os
import shutil
import struct
import subprocess

import pytest

from conftest import DATA, vectors, write

SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


def field(data):
    return struct.pack("<I", len(data)) + data


def template_data(template, alg, digest, name):
    if template == "ima":
        return digest + name.encode().ljust(256, b"\0")
    prefix = "ima:" if template in ("ima-ngv2", "ima-sigv2") else ""
    empty = {"ima-sig": 1, "ima-sigv2": 1, "ima-modsig": 3, "evm-sig": 7}.get(template, 0)
    return field((prefix + alg + ":").encode() + b"\0" + digest) + field(name.encode() + b"\0") + field(b"") * empty


def firmware(boot):
    """{alg: [PCR 0-9]} of the log, by the vectors."""
    pcrs = {alg: [bytes(size)] * 10 for alg, size in SIZES.items()}
    for _, pcr, kind, _, obj in vectors.events():
        for alg in SIZES:
            if kind != 3:
                pcrs[alg][pcr] = hashlib.new(alg, pcrs[alg][pcr] + hashlib.new(alg, obj).digest()).digest()
    return pcrs


def pcr10(boot, template="ima-ng", bank="sha256", last=9, name="boot_aggregate", padded=False, times=1):
    data = template_data(template, bank, hashlib.new(bank, b"".join(firmware(boot)[bank][:last + 1])).digest(), name)
    values = {alg: bytes(size) for alg, size in SIZES.items()}
    for alg, size in SIZES.items():
        digest = hashlib.sha1(data).digest().ljust(size, b"\0")[:size] if padded else hashlib.new(alg, data).digest()
        for _ in range(times):
            values[alg] = hashlib.new(alg, values[alg] + digest).digest()
    return values


def judge(boot, values, banks=tuple(SIZES)):
    lines = ["%s %d %s" % (alg, pcr, value.hex()) for alg in banks for pcr, value in enumerate(firmware(boot)[alg][:8])]
    write(boot / "values.txt", "\n".join(lines + ["%s 10 %s" % (alg, values[alg].hex()) for alg in banks]) + "\n")
    return boot.run("verify", "--json", "--pcrs", "values.txt", "good.log")


def status(result):
    return {row["status"] for row in result.json["pcrs"] if row["pcr"] == 10}


def inferred(result):
    return [f["message"] for f in result.json["findings"] if f["code"] == "AGGREGATE_INFERRED"]


@pytest.mark.parametrize("template,bank,last,name,padded", [
    (*row, name, padded) for row, name, padded in itertools.product(
        [("ima-ng", "sha256", 9), ("ima-ng", "sha256", 7), ("ima-ng", "sha1", 7), ("ima-sig", "sha384", 9), ("ima-ngv2", "sha512", 9),
         ("ima-sigv2", "sha256", 9), ("ima-modsig", "sha256", 9), ("evm-sig", "sha256", 9), ("ima", "sha1", 7)],
        ["boot_aggregate", "boot_aggregate_late"], [False, True])])
def test_pcr_10_that_one_boot_aggregate_leads_to_is_explained_and_said(boot, template, bank, last, name, padded):
    result = judge(boot, pcr10(boot, template, bank, last, name, padded))
    assert (result.code, status(result)) == (0, {"explained"})
    (message,) = inferred(result)
    codes = {f["code"] for f in result.json["findings"]}
    assert ("AGGREGATE_LATE" in codes, "AGGREGATE_LOW" in codes) == (name.endswith("late"), bank == "sha1")
    for part in ("one %s entry" % name, "template %s," % template, "bank %s," % bank, "PCR 0-%d," % last,
                 "SHA-1 digest padded" if padded else "no padding"):
        assert part in message, message
    assert "PCR 10 by a boot_aggregate that follows" in result.json["sentence"]


@pytest.mark.parametrize("banks", [("sha1",), ("sha256",), ("sha1", "sha512")])
def test_some_banks_are_enough(boot, banks):
    result = judge(boot, pcr10(boot), banks)
    assert (result.code, status(result), len(inferred(result))) == (0, {"explained"}, 1)


def test_pcr_10_that_no_single_entry_leads_to_is_not_covered(boot):
    for values in (pcr10(boot, times=2), {alg: b"\x11" * size for alg, size in SIZES.items()},
                   dict(pcr10(boot), sha1=pcr10(boot, last=7)["sha1"]), dict(pcr10(boot), sha512=bytes(64))):
        result = judge(boot, values)
        assert "explained" not in status(result) and inferred(result) == []
        assert "not covered: PCR 10" in result.json["sentence"] or result.code == 1


def test_pcr_10_that_nobody_extended_is_initial(boot):
    result = judge(boot, {alg: bytes(size) for alg, size in SIZES.items()})
    assert (result.code, status(result), inferred(result)) == (0, {"initial"}, [])


def test_another_firmware_log_does_not_lead_there(boot):
    from conftest import events, firmware_log
    other = events()
    other[2][4] += b"!"
    write(boot / "good.log", firmware_log(other))
    result = judge(boot, pcr10(boot))
    assert result.code == 1 and inferred(result) == []


def test_a_quote_of_such_a_boot_is_explained_without_any_values(boot):
    """quote.msg of tests/data is of another boot; here its digest is replaced, so that only the signature does not hold."""
    for name in ("p256.msg", "p256.sig", "p256.pub"):
        shutil.copy(os.path.join(DATA, "quote", name), boot / name)

    def judge_quote(value):
        digest = hashlib.sha256(b"".join(firmware(boot)["sha256"]) + value).digest()
        with open(os.path.join(DATA, "quote/p256.msg"), "rb") as file:
            write(boot / "p256.msg", file.read()[:-32] + digest)
        result = boot.run("verify", "--json", "--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--accept",
                          "no-nonce,no-reference,no-ima-reference", "good.log")
        return result, {f["code"] for f in result.json["findings"] if f["severity"] == "error"}

    result, errors = judge_quote(pcr10(boot)["sha256"])
    assert (errors, status(result), len(inferred(result))) == ({"QUOTE_SIGNATURE"}, {"explained"}, 1)
    result, errors = judge_quote(pcr10(boot, times=2)["sha256"])
    assert (errors, status(result), inferred(result)) == ({"QUOTE_SIGNATURE", "QUOTE_DIGEST"}, {"not-explained"}, [])
    result, errors = judge_quote(bytes(32))
    assert (errors, status(result), inferred(result)) == ({"QUOTE_SIGNATURE"}, {"initial"}, [])


def test_who_leaves_the_list_of_a_late_start_out_does_not_pass_a_quote(boot):
    """Signed here, with a key of openssl's, so that nothing else speaks against the quote."""
    openssl = shutil.which("openssl")
    subprocess.run([openssl, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", boot / "key.pem"], check=True)
    subprocess.run([openssl, "ec", "-in", boot / "key.pem", "-pubout", "-out", boot / "ak.pem"], check=True, capture_output=True)
    with open(os.path.join(DATA, "quote/p256.msg"), "rb") as file:
        message = file.read()[:-32]

    def judge_quote(name, accept=""):
        ten = pcr10(boot, name=name)["sha256"]
        write(boot / "quote.msg", message + hashlib.sha256(b"".join(firmware(boot)["sha256"]) + ten).digest())
        subprocess.run([openssl, "dgst", "-sha256", "-sign", boot / "key.pem", "-out", boot / "quote.sig", boot / "quote.msg"], check=True)
        return boot.run("verify", "--json", "--quote", "quote.msg", "--signature", "quote.sig", "--sig-scheme", "ecdsa", "--sig-hash", "sha256",
                        "--ak", "ak.pem", "--accept", "no-nonce,no-reference,no-ima-reference" + accept, "good.log")

    result = judge_quote("boot_aggregate")
    assert result.code == 0, result.out + result.err
    result = judge_quote("boot_aggregate_late")
    assert result.code == 1 and "IMA started late" in result.json["sentence"]
    assert judge_quote("boot_aggregate_late", ",late-aggregate").code == 0
