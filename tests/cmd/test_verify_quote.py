# SPDX-License-Identifier: BSD-2-Clause
"""verify with a quote: who signed, is it fresh, is it a quote, over which PCRs; each bad case has its good twin."""
import io
import json
import os
import shutil
import struct
import tarfile

import pytest

from conftest import DATA, read, write

QUOTES = os.path.join(DATA, "quote")
NONCE = "00112233445566778899aabbccddeeff"
ACCEPT = ("--accept", "no-reference,no-ima-reference,violations")


@pytest.fixture
def quoted(boot):
    for name in os.listdir(QUOTES):
        if not name.endswith((".py", ".md")):
            shutil.copy(os.path.join(QUOTES, name), boot / name)
    zeros = "".join("%s %d %s\n" % (alg, pcr, "00" * size) for alg, size in (("sha1", 20), ("sha256", 32), ("sha384", 48), ("sha512", 64))
                    for pcr in (8, 9))
    write(boot / "all.txt", read(boot / "pcrs.txt").decode() + zeros)
    return boot


def check(boot, *words, quote="p256.msg", sig="p256.sig", ak="p256.pub", nonce=NONCE, logs=("good.log", "ima.bin"), accept=ACCEPT, **more):
    words += ("--nonce", nonce) if nonce else ()
    return boot.run("verify", "--json", "--quote", quote, "--signature", sig, "--ak", ak, *accept, *words, *logs, **more)


def errors(result):
    return {f["code"] for f in result.json["findings"] if f["severity"] == "error"}


@pytest.mark.parametrize("kind", ["p256", "p384", "rsassa", "rsapss"])
@pytest.mark.parametrize("form", ["pub", "tpmt", "pem", "der"])
def test_a_quote_of_tpm2_tools_is_consistent_but_never_verified_without_a_reference(quoted, kind, form):
    result = check(quoted, quote=kind + ".msg", sig=kind + ".sig", ak=kind + "." + form)
    assert result.code == 0, result.out
    verdict = result.json
    assert verdict["verdict"] == "consistent"
    assert verdict["proven"] == {"signature": True, "fresh": True, "ak": "given", "firmware_log_bound": False, "reference": False,
                                 "ima_reference": False, "root_of_trust": None}
    assert verdict["accepted"] == ["no-reference", "no-ima-reference", "violations"]
    checked = form in ("pub", "tpmt")
    assert verdict["quote"]["ak_attributes_checked"] == checked
    assert ("the AK's attributes" in verdict["sentence"]) != checked
    assert verdict["sentence"].endswith("release") and "freshness" not in verdict["sentence"] and "who signed" not in verdict["sentence"]
    assert verdict["quote"]["nonce"] == NONCE and verdict["quote"]["banks"] == {"sha256": list(range(11))}
    assert {row["status"] for row in verdict["pcrs"]} == {"explained", "initial"}
    assert verdict["ima"]["covered"] == 14


@pytest.mark.parametrize("kind,scheme,alg", [("p256", "ecdsa", "sha256"), ("p384", "ecdsa", "sha384"), ("rsassa", "rsassa", "sha256"),
                                             ("rsapss", "rsapss", "sha256")])
def test_a_plain_signature_wants_its_scheme_and_hash(quoted, kind, scheme, alg):
    files = {"quote": kind + "-plain.msg", "sig": kind + "-plain.sig", "ak": kind + ".pub"}
    assert check(quoted, "--sig-scheme", scheme, "--sig-hash", alg, **files).code == 0
    assert check(quoted, **files).code in (1, 3)
    assert check(quoted, "--sig-scheme", scheme, **files).code == 2
    assert check(quoted, "--sig-scheme", scheme, "--sig-hash", "md5", **files).code == 2
    assert check(quoted, "--sig-scheme", "hmac", "--sig-hash", alg, **files).code == 2


def test_a_quote_in_a_tpm2b_is_the_same(quoted):
    message = read(quoted / "p256.msg")
    write(quoted / "sized.msg", struct.pack(">H", len(message)) + message)
    assert check(quoted, quote="sized.msg").code == 0


def test_the_pcr_values_given_must_be_those_that_were_quoted(quoted):
    result = check(quoted, "--pcrs", "all.txt")
    assert result.code == 0
    assert {row["bank"] for row in result.json["pcrs"] if row["status"] == "not-quoted"} == {"sha1", "sha384", "sha512"}
    text = read(quoted / "all.txt").decode().splitlines()
    row = next(n for n, line in enumerate(text) if line.startswith("sha256 4 "))
    text[row] = "sha256 4 " + "11" * 32
    write(quoted / "other.txt", "\n".join(text) + "\n")
    assert "QUOTE_DIGEST" in errors(check(quoted, "--pcrs", "other.txt"))
    result = check(quoted, "--pcrs", "pcrs.txt")        # without PCR 8 and 9
    assert result.code == 3 and "sha256" in result.json["error"]["found"] and result.json["error"]["source"] == "pcrs.txt"


def test_the_place_in_the_list_where_the_quote_was_made_is_found(quoted):
    """Entries after the quote are not covered; a list that was cut before it explains nothing."""
    write(quoted / "longer.bin", read(quoted / "ima.bin") + read(quoted / "ima.bin"))
    result = check(quoted, logs=("good.log", "longer.bin"))
    assert result.json["ima"] == {"entries": 28, "covered": 14, "after_quote": 14, "violations": 2}
    assert result.code == 0
    offset = next(json.loads(line)["offset"] for line in quoted.run("show", "--json", "ima.bin").out.splitlines() if '"n":14,' in line)
    write(quoted / "shorter.bin", read(quoted / "ima.bin")[:offset])
    result = check(quoted, logs=("good.log", "shorter.bin"))
    assert (result.code, errors(result)) == (1, {"QUOTE_DIGEST"})
    assert result.json["pcrs"][0]["found"] is None


BAD = [
    # what, changed arguments, codes
    ("another nonce", {"nonce": "00"}, {"QUOTE_NONCE"}),
    ("a longer nonce", {"nonce": NONCE + "00"}, {"QUOTE_NONCE"}),
    ("another key of the kind", {"ak": "open.pub"}, {"QUOTE_SIGNATURE", "AK_ATTRIBUTES"}),
    ("a key of another kind", {"ak": "rsassa.pub"}, {"QUOTE_SIGNATURE"}),
    ("a key of another curve", {"ak": "p384.pem"}, {"QUOTE_SIGNATURE"}),
    ("another scheme of the same key size", {"ak": "rsapss.pub", "quote": "rsassa.msg", "sig": "rsassa.sig"}, {"QUOTE_SIGNATURE"}),
    ("another quote's signature", {"sig": "two-banks.sig"}, {"QUOTE_SIGNATURE"}),
    ("no quote", {"quote": "certify.msg", "sig": "certify.sig"}, {"QUOTE_TYPE"}),
    ("a key that signs anything", {"quote": "open.msg", "sig": "open.sig", "ak": "open.pub"}, {"AK_ATTRIBUTES"}),
    ("sha1 only", {"quote": "sha1-only.msg", "sig": "sha1-only.sig"}, {"BANK_WEAK"}),
    ("one PCR only", {"quote": "pcr-10-only.msg", "sig": "pcr-10-only.sig"}, {"QUOTE_SELECTION"}),
    ("no nonce in it", {"quote": "no-nonce.msg", "sig": "no-nonce.sig"}, {"QUOTE_NONCE"}),
]


@pytest.mark.parametrize("changed,codes", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_quote_that_does_not_hold_is_a_mismatch_with_its_code(quoted, changed, codes):
    result = check(quoted, **changed)
    assert (result.code, result.json["verdict"]) == (1, "mismatch")
    assert errors(result) == codes
    assert check(quoted).code == 0


def test_every_changed_byte_of_the_message_is_noticed(quoted):
    message = read(quoted / "p256.msg")
    for at in range(len(message)):
        bad = bytearray(message)
        bad[at] ^= 1
        write(quoted / "bad.msg", bytes(bad))
        result = check(quoted, quote="bad.msg")
        assert result.code in (1, 3), at
        assert result.json["verdict"] in ("mismatch", "not-judged")
        if result.code == 1:
            assert "QUOTE_SIGNATURE" in errors(result), at
            assert result.json["proven"]["signature"] is False and result.json["proven"]["fresh"] is False


def test_every_changed_byte_of_signature_and_key_is_noticed(quoted):
    for name, option in (("p256.sig", "sig"), ("p256.pub", "ak")):
        data = read(quoted / name)
        for at in range(len(data)):
            bad = bytearray(data)
            bad[at] ^= 0x10
            write(quoted / "bad", bytes(bad))
            result = check(quoted, **{option: "bad"})
            # authPolicy is empty; attributes that an AK may have either way are its owner's business
            attributes = name == "p256.pub" and at in range(6, 10) or name == "p256.pub" and at in (4, 5)
            assert result.code in ((0, 1, 3) if attributes else (1, 3)), (name, at)


@pytest.mark.parametrize("name", ["p256.msg", "p256.sig", "p256.pub"])
def test_an_input_that_is_cut_cannot_be_judged_and_is_named(quoted, name):
    write(quoted / "cut", read(quoted / name)[:-1])
    result = check(quoted, **{{"p256.msg": "quote", "p256.sig": "sig", "p256.pub": "ak"}[name]: "cut"})
    assert (result.code, result.json["verdict"]) == (3, "not-judged")
    error = result.json["error"]
    assert error["source"] == "cut" and error["field"] and error["expected"] and error["found"] and error["offset"] is not None
    assert error["where"] == ("local" if name == "p256.pub" else "evidence")


def test_sha1_can_be_accepted(quoted):
    accept = ("--accept", "no-reference,no-ima-reference,sha1,violations")
    result = check(quoted, quote="sha1-only.msg", sig="sha1-only.sig", accept=accept)
    assert result.code == 0 and result.json["accepted"] == ["no-reference", "no-ima-reference", "sha1", "violations"]


def test_without_a_nonce_it_is_not_fresh(quoted):
    accept = ("--accept", "no-nonce,no-reference,no-ima-reference,violations")
    result = check(quoted, nonce=None, accept=accept)
    assert (result.code, result.json["proven"]["fresh"]) == (0, False)
    assert "freshness" in result.json["sentence"]


def test_a_changed_event_is_not_in_the_quote(quoted):
    from conftest import events, firmware_log
    other = events()
    other[2][4] += b"!"
    write(quoted / "other.log", firmware_log(other))
    result = check(quoted, logs=("other.log", "ima.bin"))
    assert result.code == 1 and "QUOTE_DIGEST" in errors(result)


@pytest.mark.parametrize("words", [
    ("--quote", "p256.msg", "--signature", "p256.sig", "--nonce", NONCE, "good.log", *ACCEPT),                       # no AK
    ("--quote", "p256.msg", "--ak", "p256.pub", "--nonce", NONCE, "good.log", *ACCEPT),                              # no signature
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "good.log", *ACCEPT),                     # no nonce
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", NONCE, *ACCEPT),               # no log
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", NONCE, "good.log"),            # no reference
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", NONCE, "good.log", "--accept", "no-reference"),
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", "0", "good.log", *ACCEPT),
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", "xx", "good.log", *ACCEPT),
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", "00" * 67, "good.log", *ACCEPT),
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", NONCE, "--bank", "sha256", "good.log", *ACCEPT),
    ("--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", NONCE, "good.log", "--accept", "everything"),
    ("--pcrs", "pcrs.txt", "--nonce", NONCE, "good.log"),
    ("--pcrs", "pcrs.txt", "--ak", "p256.pub", "good.log"),
    ("--pcrs", "pcrs.txt", "--accept", "sha1", "good.log"),
    ("--evidence", "ev", "--ak", "p256.pub", "--nonce", NONCE, "good.log", *ACCEPT),
    ("--evidence", "ev", "--ak", "p256.pub", "--nonce", NONCE, "--pcrs", "pcrs.txt", *ACCEPT),
    ("--evidence", "ev", "--nonce", NONCE, *ACCEPT),
    ("--evidence", "ev", "--ak", "p256.pub", *ACCEPT),
    ("--evidence", "ev", "--ak", "p256.pub", "--nonce", NONCE),
    ("--evidence", "-", "--ak", "-", "--nonce", NONCE, *ACCEPT),
])
def test_a_wanted_input_that_is_missing_or_clashes_is_a_usage_error(quoted, words):
    result = quoted.run("verify", *words)
    assert (result.code, result.out) == (2, ""), result.err
    assert result.err.startswith("bootchain verify: ")


@pytest.mark.parametrize("option", ["--reference", "--ima-reference"])
def test_a_reference_is_refused_in_a_sentence_until_it_can_be_read(quoted, option):
    result = quoted.run("verify", "--quote", "p256.msg", "--signature", "p256.sig", "--ak", "p256.pub", "--nonce", NONCE, option, "release.json",
                        "good.log", *ACCEPT)
    assert (result.code, result.out) == (2, "")
    assert "release.json: this version reads no references" in result.err


# ---- evidence ----

PARTS = {"quote.msg": "p256.msg", "quote.sig": "p256.sig", "ak.pub": "p256.pub", "pcrs.txt": "all.txt", "firmware.log": "good.log",
         "ima.log": "ima.bin", "fdt.dtb": "good.dtb"}


def make_evidence(boot, directory="ev", **changed):
    import hashlib
    os.makedirs(boot / directory)
    files = {}
    for name, source in dict(PARTS, **changed).items():
        if source is None:
            continue
        data = read(boot / source)
        write(boot / directory + "/" + name, data)
        files[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "source": ""}
    write(boot / directory + "/evidence.json", json.dumps({"schema": "bootchain/evidence/1", "files": files}))
    return directory


def judge(boot, evidence="ev", *words, ak="p256.pub", **more):
    return boot.run("verify", "--json", "--evidence", evidence, "--ak", ak, "--nonce", NONCE, *ACCEPT, *words, **more)


def archive(boot, directory="ev", form=tarfile.USTAR_FORMAT, names=None, prefix=""):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        if prefix == "./":
            tar.add(boot / directory, arcname="./", recursive=False)
        for name in names or sorted(os.listdir(boot / directory)):
            tar.add(boot / directory + "/" + name, arcname=prefix + name)
    return out.getvalue()


@pytest.mark.parametrize("as_tar", [False, True, "gnu", "dot"])
def test_evidence_is_judged_as_its_files_are(quoted, as_tar):
    make_evidence(quoted)
    form = tarfile.GNU_FORMAT if as_tar == "gnu" else tarfile.USTAR_FORMAT
    stdin = archive(quoted, form=form, prefix="./" if as_tar == "dot" else "") if as_tar else b""
    result = judge(quoted, "-" if as_tar else "ev", stdin=stdin)
    assert (result.code, result.json["verdict"]) == (0, "consistent"), result.out
    assert result.json["fdt"] == {"tree_matches": True, "rule": "fdt1", "bootargs_match": True}
    assert result.json["proven"]["signature"] and result.json["proven"]["fresh"]


def test_the_ak_in_the_evidence_is_compared_and_never_trusted(quoted):
    make_evidence(quoted, **{"quote.msg": "rsassa.msg", "quote.sig": "rsassa.sig", "ak.pub": "rsassa.pub"})
    result = judge(quoted)
    assert result.code == 1 and errors(result) == {"AK_UNKNOWN", "QUOTE_SIGNATURE"}
    assert judge(quoted, ak="rsassa.pub").code == 0
    assert errors(judge(quoted, ak="p256.pem")) == {"AK_UNKNOWN", "QUOTE_SIGNATURE"}
    copy = bytearray(read(quoted / "p256.pub"))
    copy[9] ^= 0x40     # the same key, but with another policy who may use it
    write(quoted / "copy.pub", bytes(copy))
    make_evidence(quoted, "attributes", **{"ak.pub": "copy.pub"})
    assert errors(judge(quoted, "attributes")) == {"AK_UNKNOWN"}
    assert judge(quoted, "attributes", ak="p256.pem").code == 0
    make_evidence(quoted, "without", **{"ak.pub": None})
    assert judge(quoted, "without").code == 0


@pytest.mark.parametrize("missing", ["quote.msg", "quote.sig"])
def test_evidence_without_a_quote_cannot_be_judged(quoted, missing):
    make_evidence(quoted, **{missing: None})
    result = judge(quoted)
    assert (result.code, result.json["error"]["where"]) == (3, "evidence")
    assert missing == result.json["error"]["expected"] and result.json["error"]["source"] == "ev"


def spoil(boot, how):
    """Evidence that is refused, and where."""
    make_evidence(boot)
    if how == "a file of another size":
        write(boot / "ev/pcrs.txt", read(boot / "ev/pcrs.txt") + b"#")
    elif how == "another file":
        boot.change("ev/ima.log", "ev/ima.log", 9)
    elif how == "one is not listed":
        write(boot / "ev/build.json", b"{}")
    elif how == "one is not there":
        os.remove(boot / "ev/firmware.log")
    elif how == "an unknown one":
        write(boot / "ev/more", b"")
        return "ev"
    elif how == "a directory":
        os.remove(boot / "ev/fdt.dtb")
        os.mkdir(boot / "ev/fdt.dtb")
        return "ev/fdt.dtb"
    elif how == "no json":
        write(boot / "ev/evidence.json", b"{]")
    else:
        described = json.loads(read(boot / "ev/evidence.json"))
        described.update({"another schema": {"schema": "bootchain/evidence/9"}, "no schema": {"schema": 1}, "files of no form": {"files": []},
                          "a file of no form": {"files": {"ima.log": {"size": "1", "sha256": ""}}}, "no list": {"missing": 1},
                          "no reason": {"missing": [{"file": "build.json"}]},
                          "twice": {"missing": [{"file": "build.json", "why": ""}] * 2}}[how])
        write(boot / "ev/evidence.json", json.dumps(described))
    return "ev/evidence.json"


@pytest.mark.parametrize("how", ["a file of another size", "another file", "one is not listed", "one is not there", "an unknown one", "a directory",
                                 "no json", "another schema", "no schema", "files of no form", "a file of no form", "no list", "no reason", "twice"])
def test_a_refusal_of_evidence_names_file_field_expected_and_found(quoted, how):
    """An offset only where there is one: mostly a file as a whole is meant."""
    source = spoil(quoted, how)
    result = judge(quoted)
    assert (result.code, result.json["error"]["where"], result.json["error"]["source"]) == (3, "evidence", source)
    assert all(result.json["error"][field] for field in ("field", "expected", "found"))
    assert (result.json["error"]["offset"] is not None) == (how == "no json")


@pytest.mark.parametrize("option,data", [("quote", b""), ("sig", b""), ("ak", b""), ("quote", b"x" * 2000), ("sig", b"x"), ("ak", b"x" * 70000),
                                         ("ak", "point"), ("pcrs", b""), ("pcrs", b"\n"), ("pcrs", b"x"), ("pcrs", b"sha256 4 00\n")])
def test_a_refusal_of_a_quote_a_key_or_pcr_values_names_file_field_expected_and_found(quoted, option, data):
    if data == "point":
        data = read(quoted / "p256.pub")[:-1] + b"\0"       # no longer on the curve
    write(quoted / "bad", data)
    more = ("--pcrs", "bad") if option == "pcrs" else ()
    result = check(quoted, *more, **({} if more else {option: "bad"}))
    assert (result.code, result.json["error"]["source"]) == (3, "bad")
    assert all(result.json["error"][field] for field in ("field", "expected", "found"))
    assert (result.json["error"]["offset"] is not None) == ("point" not in result.json["error"]["expected"])


def test_evidence_without_pcr_values_is_judged_by_its_logs(quoted):
    make_evidence(quoted, **{"pcrs.txt": None})
    assert judge(quoted).code == 0
    make_evidence(quoted, "fw", **{"pcrs.txt": None, "ima.log": None})
    assert errors(judge(quoted, "fw")) == {"QUOTE_DIGEST"}
    make_evidence(quoted, "ima", **{"firmware.log": None})
    assert judge(quoted, "ima").code == 0
    make_evidence(quoted, "nothing", **{"firmware.log": None, "ima.log": None})
    assert judge(quoted, "nothing").code == 3


def test_evidence_that_was_changed_after_it_was_written_cannot_be_judged(quoted):
    make_evidence(quoted)
    write(quoted / "ev/firmware.log", read(quoted / "good.log") + b"\0")
    result = judge(quoted)
    assert result.code == 3 and "firmware.log" in result.json["error"]["message"]


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


@pytest.mark.parametrize("change,field", [
    (lambda tar: tar[:700], "content"), (lambda tar: b"", "header"), (lambda tar: flip(tar, 0), "header"), (lambda tar: flip(tar, 130), "header"),
    (lambda tar: tar[:-10240] if len(tar) > 20480 else tar[:512], None), (lambda tar: tar + tar, "end"),
])
def test_an_archive_that_is_malformed_cannot_be_judged(quoted, change, field):
    make_evidence(quoted)
    data = archive(quoted)
    assert judge(quoted, "-", stdin=data).code == 0
    result = judge(quoted, "-", stdin=change(data))
    assert (result.code, result.json["error"]["where"]) == (3, "evidence")
    assert field in (None, result.json["error"]["field"])


def test_an_archive_holds_flat_plain_known_files_only(quoted):
    make_evidence(quoted)
    for make, field in ((lambda tar: tar.add(quoted / "ev/pcrs.txt", arcname="ev/pcrs.txt"), "name"),
                        (lambda tar: tar.add(quoted / "ev/pcrs.txt", arcname="../pcrs.txt"), "name"),
                        (lambda tar: tar.add(quoted / "ev/pcrs.txt", arcname="a" * 90 + "/" + "pcrs.txt"), None),
                        (lambda tar: tar.add(quoted / "ev", arcname="ev", recursive=False), "typeflag"),
                        (lambda tar: tar.add(quoted / "link", arcname="pcrs.txt"), "typeflag"),
                        (lambda tar: [tar.add(quoted / "ev/pcrs.txt", arcname="pcrs.txt") for _ in "ab"], None)):
        if not os.path.islink(quoted / "link"):
            os.symlink("ev/pcrs.txt", quoted / "link")
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            make(tar)
        result = judge(quoted, "-", stdin=out.getvalue())
        assert result.code == 3
        assert field in (None, result.json["error"]["field"])


def test_an_archive_above_64_mib_is_refused_before_it_is_read(quoted):
    make_evidence(quoted)
    info = tarfile.TarInfo("ima.log")
    info.size = (64 << 20) + 1
    result = judge(quoted, "-", stdin=info.tobuf(tarfile.USTAR_FORMAT))
    assert (result.code, result.json["error"]["field"]) == (3, "size")


def make_pieces(boot, directory, names, **more):
    """The list in three pieces, under these names."""
    data = read(boot / "ima.bin")
    offsets = {line["n"]: line["offset"] for line in boot.run("show", "--json", "ima.bin").lines if "n" in line}
    pieces = [data[:offsets[4]], data[offsets[4]:offsets[9]], data[offsets[9]:]]
    for name, piece in zip(names, pieces):
        write(boot / name, piece)
    return make_evidence(boot, directory, **{"ima.log": None, **{name: name for name in names}, **more})


def test_a_list_in_pieces_is_one_list(quoted):
    names = ["ima.%03d.log" % n for n in range(3)]
    make_pieces(quoted, "ev", names)
    result = judge(quoted)
    assert (result.code, result.json["ima"]["covered"]) == (0, 14), result.out
    assert judge(quoted, "-", stdin=archive(quoted)).code == 0
    for bad in (["ima.000.log", "ima.002.log", "ima.003.log"], ["ima.001.log", "ima.002.log", "ima.003.log"]):
        result = judge(quoted, make_pieces(quoted, bad[0] + bad[1], bad))
        assert result.code == 3 and "but later ones" in result.json["error"]["found"]
    result = judge(quoted, make_pieces(quoted, "both", names, **{"ima.log": "ima.bin"}))
    assert (result.code, result.json["error"]["found"]) == (3, "both")
    result = judge(quoted, make_pieces(quoted, "turned", [names[1], names[0], names[2]]))
    assert result.code in (1, 3)
    assert judge(quoted, make_pieces(quoted, "named", ["ima.00.log", *names[1:]])).code == 3
