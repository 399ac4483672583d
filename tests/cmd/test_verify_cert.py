# SPDX-License-Identifier: BSD-2-Clause
"""verify --cert: signatures of files in an IMA list, made by evmctl."""
import hashlib
import importlib.util
import os
import shutil

import pytest

from conftest import DATA, read, write

SIGS = os.path.join(DATA, "ima-sig")
GOOD = ("--cert", "p256.der", "--cert", "p384.der", "--cert", "rsa.der")
CODES = {"IMA_BAD_SIGNATURE", "IMA_UNKNOWN_KEY", "IMA_UNSIGNED"}


def load():
    spec = importlib.util.spec_from_file_location("ima_sig", os.path.join(SIGS, "make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


signed = load()


@pytest.fixture
def files(boot):
    for name in os.listdir(SIGS):
        if name.endswith((".der", ".pem", ".bin")):
            shutil.copy(os.path.join(SIGS, name), boot / name)
    return boot


def judge(boot, *words, rows=None, cert=GOOD):
    write(boot / "list.bin", signed.build(rows if rows is not None else signed.entries()))
    write(boot / "values.txt", boot.run("replay", "--bank", "sha256", "good.log", "list.bin").out)
    return boot.run("verify", "--json", "--pcrs", "values.txt", *cert, *words, "good.log", "list.bin")


def findings(result):
    return [(f["code"], f["event"], f["message"].split(":")[0]) for f in result.json["findings"] if f["code"] in CODES]


def with_first(rows):
    return [signed.entries()[0], *rows]


def test_files_signed_with_evmctl_are_counted(files):
    assert signed.build(signed.entries()) == read(os.path.join(SIGS, "list.bin"))
    result = judge(files)
    assert (result.code, findings(result)) == (0, []), result.out
    ima = result.json["ima"]
    assert {key: ima[key] for key in ("signed", "unsigned", "bad_signature", "unknown_key", "signature_unchecked")} == {
        "signed": 5, "unsigned": 0, "bad_signature": 0, "unknown_key": 0, "signature_unchecked": 0}
    assert "5 files are signed by the keys given" in result.json["sentence"]


def test_files_behind_the_place_that_the_pcrs_stand_for_are_not_counted_as_signed(files):
    rows = with_first([signed.signed("p256"), signed.signed("p384"), signed.signed("rsa")])
    write(files / "list.bin", signed.build(rows))
    write(files / "short.bin", signed.build(rows[:3]))
    write(files / "values.txt", files.run("replay", "--bank", "sha256", "good.log", "short.bin").out)
    for name, last in (("short.bin", "3"), ("list.bin", "4")):
        result = files.run("verify", "--json", "--pcrs", "values.txt", *GOOD, "good.log", name)
        assert result.code == 0, result.out
        assert result.json["ima"]["signed"] == 2 and "2 files are signed by the keys given" in result.json["sentence"]
        assert result.json["ima"]["entries"] == int(last)


def test_without_certificates_nothing_is_said_about_signatures(files):
    result = judge(files, cert=())
    assert result.code == 0 and "signed" not in result.json["ima"] and "signed by" not in result.json["sentence"].replace("who signed", "")


def test_a_certificate_may_be_pem_and_may_lack_its_key_identifier(files):
    rows = with_first([signed.signed("p256")])
    for cert in ("p256.pem", "p256.der", "no-key-id.der"):
        assert judge(files, rows=rows, cert=("--cert", cert)).code == 0
    result = judge(files, rows=rows, cert=("--cert", "other-key-id.der"))   # the same key under another name
    assert (result.code, findings(result)) == (1, [("IMA_UNKNOWN_KEY", 2, "/usr/bin/p256")])
    named = bytearray(signed.stored("p256.sig"))
    named[3:7] = bytes.fromhex("05060708")
    assert judge(files, rows=with_first([signed.signed("p256", bytes(named))]), cert=("--cert", "other-key-id.der")).code == 0


def changed(name, at, value=None):
    sig = bytearray(signed.stored(name + ".sig"))
    sig[at] = sig[at] ^ 1 if value is None else value
    return bytes(sig)


def digest_as(prefix, digest, sig, template="ima-sig"):
    """A file whose digest stands in the list under this name."""
    return (template, signed.small.field(prefix + b":\0" + digest) + signed.small.n_ng(b"/usr/bin/x") + signed.small.field(signed.stored(sig)), False)


P256 = hashlib.sha256(b"p256").digest()
BAD = {
    "a digest of another hash of the same size": (lambda: digest_as(b"sha3-256", P256, "p256.sig"), "IMA_BAD_SIGNATURE"),
    "a file's signature on a fs-verity digest": (lambda: digest_as(b"verity:sha256", P256, "p256.sig", "ima-sigv2"), "IMA_BAD_SIGNATURE"),
    "a fs-verity signature on a file's digest": (lambda: digest_as(b"sha256", signed.verity_digest(), "verity.sig"), "IMA_BAD_SIGNATURE"),
    "the same in a template that tells them apart": (lambda: digest_as(b"ima:sha256", signed.verity_digest(), "verity.sig", "ima-sigv2"),
                                                     "IMA_BAD_SIGNATURE"),
    "key that was not given": (lambda: signed.signed("other"), "IMA_UNKNOWN_KEY"),
    "no signature": (lambda: signed.signed("p256", b""), "IMA_UNSIGNED"),
    "signature of another file": (lambda: signed.signed("rsa", signed.stored("p256.sig")), "IMA_BAD_SIGNATURE"),
    "last byte of ECDSA": (lambda: signed.signed("p256", changed("p256", -1)), "IMA_BAD_SIGNATURE"),
    "last byte of RSA": (lambda: signed.signed("rsa", changed("rsa", -1)), "IMA_BAD_SIGNATURE"),
    "one byte less": (lambda: signed.signed("rsa", signed.stored("rsa.sig")[:-1]), "IMA_BAD_SIGNATURE"),
    "one byte more": (lambda: signed.signed("rsa", signed.stored("rsa.sig") + b"\0"), "IMA_BAD_SIGNATURE"),
    "header only": (lambda: signed.signed("rsa", signed.stored("rsa.sig")[:9]), "IMA_BAD_SIGNATURE"),
    "another hash in its header": (lambda: signed.signed("p256", changed("p256", 2, 6)), "IMA_BAD_SIGNATURE"),
    "another hash in the list": (lambda: signed.signed("p256", alg="sha512"), "IMA_BAD_SIGNATURE"),
    "a hash that nobody knows": (lambda: signed.signed("p256", changed("p256", 2, 99)), "IMA_BAD_SIGNATURE"),
    "type of fs-verity on a file": (lambda: signed.signed("p256", b"\x06\x03" + signed.stored("p256.sig")[2:]), "IMA_BAD_SIGNATURE"),
    "no signature at all in it": (lambda: signed.signed("p256", b"\x01" + bytes(20)), "IMA_BAD_SIGNATURE"),
    "a list without signatures": (lambda: ("ima-ng", signed.small.d_ng("sha256", b"x") + signed.small.n_ng(b"/usr/bin/x"), False),
                                  "IMA_UNSIGNED"),
}


@pytest.mark.parametrize("make,code", BAD.values(), ids=BAD)
def test_a_signature_that_does_not_hold_is_a_mismatch_that_names_the_file(files, make, code):
    result = judge(files, rows=[*signed.entries(), make()])
    assert result.code == 1
    (found,) = findings(result)
    assert found[:2] == (code, 9) and found[2].startswith("/usr/bin/")
    assert result.json["ima"]["signed"] == 5


@pytest.mark.parametrize("at", range(2, 80, 7))
def test_a_changed_byte_of_an_fs_verity_signature_is_noticed(files, at):
    rows = signed.entries()
    template, data, violation = rows[6]
    sig = signed.stored("verity.sig")
    start = data.index(sig)
    bad = data[:start + at] + bytes([data[start + at] ^ 1]) + data[start + at + 1:]
    result = judge(files, rows=[*rows[:6], (template, bad, violation)])
    assert result.code == 1 and findings(result)[0][2] == "/usr/bin/verity"


def file_with(template, rest):
    return (template, signed.small.d_ng("sha256", b"x") + signed.small.n_ng(b"/usr/bin/x") + rest, False)


@pytest.mark.parametrize("row", [
    file_with("ima-sig", signed.small.field(b"\x05\x02\x04" + bytes(64))),   # EVM's
    file_with("ima-sig", signed.small.field(b"\x03\x01" + bytes(80))),       # version 1
    file_with("ima-modsig", signed.small.field(b"") + signed.small.d_ng("sha256", b"m") + signed.small.field(b"PKCS7")),
], ids=["EVM", "version 1", "appended"])
def test_a_signature_of_a_kind_that_cannot_be_checked_counts_as_none(files, row):
    result = judge(files, rows=with_first([row]))
    assert (result.code, findings(result)) == (1, [("IMA_UNSIGNED", 2, "/usr/bin/x")])
    assert (result.json["ima"]["signed"], result.json["ima"]["unsigned"], result.json["ima"]["signature_unchecked"]) == (0, 0, 1)


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n", None])
def test_a_certificate_that_cannot_be_read_is_named(files, content):
    write(files / "bad.der", read(files / "p256.der")[:-1] if content is None else content)
    result = judge(files, "--cert", "bad.der")
    assert (result.code, result.json["verdict"]) == (3, "not-judged")
    assert (result.json["error"]["source"], result.json["error"]["where"]) == ("bad.der", "local")
    assert judge(files, "--cert", "p256.pem").code == 0


def test_certificates_without_a_list_are_a_usage_error(files):
    write(files / "values.txt", files.run("replay", "good.log").out)
    result = files.run("verify", "--pcrs", "values.txt", "--cert", "p256.der", "good.log")
    assert (result.code, result.out) == (2, "") and "no IMA list" in result.err
