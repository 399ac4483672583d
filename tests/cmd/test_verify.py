# SPDX-License-Identifier: BSD-2-Clause
"""verify: consistent, mismatch, usage, not judged; each bad case has its good twin."""
import hashlib
import json
import struct
import subprocess

import pytest

from conftest import COMMAND, events, firmware_log, read, vectors, volatile_events, volatile_tree, write


def codes(result):
    return {finding["code"] for finding in result.json["findings"]}


def rows(result, status):
    return {(row["bank"], row["pcr"]) for row in result.json["pcrs"] if row["status"] == status}


def test_verify_of_a_good_boot_is_consistent_and_says_what_was_not_checked(boot):
    result = boot.verify("--fdt", "good.dtb")
    assert result.code == 0
    sentence = result.out.splitlines()[-1]
    assert sentence.startswith("consistent: ")
    assert sentence.endswith("not checked: who signed, freshness, release")


def test_verify_explains_each_pcr_in_each_bank(boot):
    result = boot.verify("--json")
    assert result.code == 0
    assert result.json["schema"] == "bootchain/verdict/1"
    assert (result.json["verdict"], result.json["exit"]) == ("consistent", 0)
    assert len(rows(result, "explained")) == 4 * 9
    kernel = next(row for row in result.json["pcrs"] if (row["bank"], row["pcr"]) == ("sha256", 4))
    assert kernel["firmware"] == [3, 4, 5, 12]
    assert kernel["expected"] == kernel["found"]
    assert result.json["quote"] is None


@pytest.mark.parametrize("alg", vectors.ALGS)
def test_verify_names_the_pcr_and_bank_of_one_changed_digest_byte(boot, alg):
    digest = hashlib.new(alg, events()[2][4]).digest()
    changed = boot.change("good.log", "bad.log", read(boot / "good.log").index(digest))
    result = boot.verify("--json", log=changed)
    assert result.code == 1
    assert result.json["verdict"] == "mismatch"
    assert (alg, 4) in rows(result, "not-explained")
    assert not {(bank, pcr) for bank, pcr in rows(result, "not-explained") if pcr not in (4, 10)}
    assert "PCR_UNEXPLAINED" in codes(result)


def test_verify_of_pcrs_of_another_boot_is_a_mismatch(boot):
    other = events()
    other[2][4] += b"!"
    write(boot / "other.log", firmware_log(other))
    write(boot / "other.txt", boot.run("replay", "other.log").out)
    result = boot.run("verify", "--json", "--pcrs", "other.txt", "--firmware-log", "good.log")
    assert result.code == 1
    assert rows(result, "not-explained") == {(alg, 4) for alg in vectors.ALGS}
    assert boot.run("verify", "--pcrs", "other.txt", "--firmware-log", "other.log").code == 0


def test_verify_of_a_cut_log_cannot_be_judged(boot):
    write(boot / "cut.log", read(boot / "good.log")[:-10])
    result = boot.verify("--json", log="cut.log")
    assert result.code == 3
    assert result.json["verdict"] == "not-judged"
    assert result.json["error"]["event"] == 15
    assert result.json["error"]["where"] == "evidence"
    assert "LOG_TRUNCATED" in codes(result) or result.json["error"]["code"] == "LOG_TRUNCATED"


def test_verify_of_a_log_of_zeros_cannot_be_judged(boot):
    write(boot / "zeros.log", b"\0" * 65536)
    result = boot.verify(log="zeros.log")
    assert result.code == 3
    assert result.out.startswith("not judged: zeros.log: ")


@pytest.fixture
def stale(boot):
    """An older log stands before this boot's in one file."""
    old = events()
    old[2][4] += b"!"
    write(boot / "old.log", firmware_log(old))
    write(boot / "old.txt", boot.run("replay", "old.log").out)
    write(boot / "new.txt", boot.run("replay", "good.log").out)
    write(boot / "both.log", read(boot / "old.log") + read(boot / "good.log"))
    boot.second = len(read(boot / "old.log"))
    return boot


@pytest.mark.parametrize("pcrs", ["new.txt", "old.txt"])
def test_verify_never_believes_a_file_in_which_a_second_log_stands_behind_an_older_one(stale, pcrs):
    result = stale.run("verify", "--json", "--pcrs", pcrs, "--firmware-log", "both.log")
    assert (result.code, result.json["verdict"]) == (1, "mismatch")
    finding = next(finding for finding in result.json["findings"] if finding["code"] == "PCR_NOT_RESET")
    assert (finding["severity"], finding["event"], finding["offset"]) == ("error", 16, stale.second)
    assert "tail -c +%d" % (stale.second + 1) in finding["message"] and finding["expected"] and finding["found"]
    assert "LOG_AFTER_PADDING" not in codes(result) and "SEPARATOR_DOUBLE" not in codes(result)
    assert stale.run("verify", "--pcrs", pcrs, "--firmware-log", {"new.txt": "good.log", "old.txt": "old.log"}[pcrs]).code == 0
    write(stale / "alone.log", read(stale / "both.log")[stale.second:])     # what the hint says
    assert stale.run("verify", "--pcrs", "new.txt", "--firmware-log", "alone.log").code == 0


@pytest.mark.parametrize("words", [["show"], ["replay"], ["diff", "good.log"]])
def test_no_command_reads_on_where_a_second_log_begins(stale, words):
    result = stale.run(*words, "both.log")
    assert result.code == 3
    assert "both.log: event 16 at byte 0x%x: " % stale.second in result.err and "second log" in result.err
    assert stale.run(*words, "good.log").code == 0


def test_verify_takes_a_log_with_padding_as_it_is(boot):
    write(boot / "padded.log", read(boot / "good.log") + b"\xff" * 4096)
    assert boot.verify(log="padded.log").code == 0


def test_verify_names_a_tree_that_was_not_measured(boot):
    write(boot / "bad.dtb", vectors.make_tree(vectors.BOOTARGS.replace(b"vda2", b"vda3"), False, vectors.PADDING))
    result = boot.verify("--fdt", "bad.dtb")
    assert result.code == 1
    assert "bad.dtb" in result.out
    assert boot.verify("--fdt", "good.dtb").code == 0


def test_verify_does_not_depend_on_seeds_and_padding_of_the_tree(boot):
    offset = read(boot / "good.dtb").index(bytes(range(0x10, 0x18)))
    assert boot.verify("--fdt", boot.change("good.dtb", "seed.dtb", offset)).code == 0
    assert boot.verify("--fdt", boot.change("good.dtb", "padding.dtb", -1)).code == 0


def test_verify_leaves_out_the_nodes_that_the_event_names_and_says_so(boot):
    write(boot / "nodes.log", firmware_log(volatile_events()))
    write(boot / "nodes.txt", boot.run("replay", "nodes.log").out)
    write(boot / "other.dtb", volatile_tree(2))
    write(boot / "bad.dtb", volatile_tree(1).replace(b"vda2", b"vda3"))

    def verify(tree, *words, log="nodes.log"):
        return boot.run("verify", "--pcrs", "nodes.txt", "--firmware-log", log, "--fdt", tree, *words)

    result = verify("other.dtb")
    assert result.code == 0
    assert ("other.dtb: the final tree that was measured, but the properties of these nodes were not measured: "
            "/chosen/bootloader /soc/absent@0\n") in result.out
    assert verify("other.dtb", "--json").json["fdt"] == {
        "tree_matches": True, "rule": vectors.VOLATILE_RULE.decode(), "bootargs_match": True}
    assert verify("bad.dtb").code == 1 and "bad.dtb: NOT the final tree that was measured\n" in verify("bad.dtb").out
    # The text is covered by no digest: with another one the digest of the same tree is another one.
    write(boot / "plain.log", firmware_log(volatile_events(b"fdt1")))
    assert verify("other.dtb", log="plain.log").code == 1


@pytest.mark.parametrize("rule", [b"fdt1 chosen", b"fdt1 /", b"fdt1 /a ", b"fdt1" + b" /a" * 17, b"fdt1 /" + b"a" * 5000, b"fdt2"])
def test_verify_does_not_judge_by_a_rule_that_is_no_list_of_paths(boot, rule):
    write(boot / "nodes.log", firmware_log(volatile_events(rule)))
    write(boot / "nodes.txt", boot.run("replay", "nodes.log").out)
    write(boot / "nodes.dtb", volatile_tree(1))
    words = ("verify", "--pcrs", "nodes.txt", "--firmware-log", "nodes.log")
    result = boot.run(*words, "--fdt", "nodes.dtb")
    assert result.code == 3 and "rule of the final tree" in result.out
    assert boot.run(*words).code == 0


def test_verify_does_not_compare_a_tree_that_the_stub_of_linux_has_changed(boot):
    """Only in a boot by EFI: PCRs of the log with an application in it, without an IMA list."""
    write(boot / "efi.log", firmware_log([["app", 4, 0x80000003, b"app", b"application"]] + events()))
    for name in ("good", "efi"):
        write(boot / (name + ".txt"), boot.run("replay", name + ".log").out)
    write(boot / "stub.dts", "/dts-v1/; / { chosen { linux,uefi-system-table = <0 1>; }; };")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", boot / "stub.dtb", boot / "stub.dts"], check=True)

    def verify(name, tree):
        return boot.run("verify", "--pcrs", name + ".txt", "--firmware-log", name + ".log", "--fdt", tree)

    result = verify("efi", "stub.dtb")
    assert result.code == 0 and "stub.dtb: not compared" in result.out and "not checked: who signed, the tree, " in result.out
    assert verify("good", "stub.dtb").code == 1
    # The firmware's own tree is compared all the same.
    assert verify("efi", "good.dtb").code == 0 and "the tree, " not in verify("efi", "good.dtb").out.splitlines()[-1].split("checked:")[1]
    write(boot / "bad.dtb", vectors.make_tree(vectors.BOOTARGS.replace(b"vda2", b"vda3"), False, vectors.PADDING))
    assert verify("efi", "bad.dtb").code == 1


def test_verify_reads_what_tpm2_pcrread_prints(boot):
    text = ""
    for alg in vectors.ALGS:
        text += "  %s:\n" % alg
        for words in (line.split() for line in read(boot / "pcrs.txt").decode().splitlines()):
            if words[0] == alg:
                text += "    %-2s: 0x%s\n" % (words[1], words[2].upper())
    write(boot / "pcrread.txt", text)
    assert boot.verify(pcrs="pcrread.txt").code == 0


def test_verify_names_line_and_field_of_a_malformed_pcr_file(boot):
    write(boot / "bad.txt", read(boot / "pcrs.txt") + b"sha256 11 00ff\n")
    result = boot.verify(pcrs="bad.txt")
    assert result.code == 3
    assert result.out.startswith("not judged: bad.txt: line 38 at byte 0x")
    assert "field digest" in result.out and "expected 64 hex digits for sha256, found 00ff" in result.out


def test_verify_reads_one_input_from_standard_input(boot):
    assert boot.verify(log="-", stdin=read(boot / "good.log")).code == 0
    assert boot.verify(log="-", stdin=b"").code == 3


def test_verify_of_a_missing_file_says_which(boot):
    result = boot.verify(log="no-such.log")
    assert result.code == 3
    assert "no-such.log: cannot open it: No such file or directory" in result.out


def test_verify_keeps_to_the_banks_asked_for(boot):
    result = boot.verify("--json", "--bank", "sha256")
    assert result.code == 0
    assert {row["bank"] for row in result.json["pcrs"]} == {"sha256"}


def some_pcrs(boot, *wanted):
    """A PCR file with these (alg, PCR) of the good boot, which extends no PCR 8 and 9."""
    lines = [line for line in read(boot / "pcrs.txt").decode().splitlines() if line[0] != "#"]
    lines += ["%s %d %s" % (alg, pcr, bytes(hashlib.new(alg).digest_size).hex()) for alg in vectors.ALGS for pcr in (8, 9)]
    write(boot / "some.txt", "".join(line + "\n" for line in lines if (line.split()[0], int(line.split()[1])) in wanted))
    return "some.txt"


def test_a_boot_aggregate_of_pcrs_that_are_not_known_is_not_judged(boot):
    """It is of SHA-256's PCR 0-9: neither right nor wrong where some of these were not given."""
    def judge(*wanted):
        return boot.run("verify", "--json", "--pcrs", some_pcrs(boot, *wanted), "ima.bin")

    whole = [("sha256", pcr) for pcr in range(11)]
    result = judge(*whole)
    assert (result.code, result.json["boot_aggregate"]["found"], result.json["boot_aggregate"]["checked"]) == (0, True, True)
    for wanted in ([("sha256", 10)], whole[:8] + whole[10:], [("sha1", pcr) for pcr in range(11)]):
        result = judge(*wanted)
        assert (result.code, result.json["boot_aggregate"]["found"], result.json["boot_aggregate"]["checked"]) == (0, False, False)
        assert "AGGREGATE_UNCHECKED" in codes(result) and "AGGREGATE_MISMATCH" not in codes(result)
        assert "not checked: who signed, whose boot the IMA list is" in result.json["sentence"]
    write(boot / "wrong.txt", read(boot / some_pcrs(boot, *whole)).decode().replace("sha256 9 00", "sha256 9 01"))
    result = boot.run("verify", "--json", "--pcrs", "wrong.txt", "ima.bin")
    assert result.code == 1 and "AGGREGATE_MISMATCH" in codes(result)


def test_a_boot_aggregate_of_a_bank_that_the_firmware_log_has_not_is_not_judged(boot):
    write(boot / "sha1.log", firmware_log(events(), algs=("sha1",)))
    result = boot.run("verify", "--json", "--pcrs", some_pcrs(boot, *[("sha1", pcr) for pcr in range(11)]), "sha1.log", "ima.bin")
    assert result.code == 0 and "AGGREGATE_UNCHECKED" in codes(result) and "AGGREGATE_MISMATCH" not in codes(result)
    assert "is of a bank that the log has not" in boot.run("replay", "sha1.log", "ima.bin").out


def test_a_list_without_an_entry_is_no_list(boot):
    write(boot / "empty.bin", b"")
    result = boot.verify("--json", ima="empty.bin")
    assert (result.code, result.json["error"]["source"]) == (3, "empty.bin")
    assert "no entry at all" in result.json["sentence"]
    assert boot.verify("--ima-log", "empty.bin").code == 0      # one piece of several


def test_pieces_of_a_list_are_read_in_the_order_of_the_command_line(boot):
    first, second = [], []
    for line in boot.run("show", "--json", "ima.bin").lines[1:-1]:
        (first if line["n"] <= 2 else second).append(line)
    data = read(boot / "ima.bin")
    write(boot / "p0", data[:second[0]["offset"]])
    write(boot / "p1", data[second[0]["offset"]:])
    good = ("verify", "--pcrs", "pcrs.txt", "good.log")
    for words in (("p0", "--ima-log", "p1"), ("--ima-log", "p0", "p1"), ("p0", "p1"), ("--ima-log", "p0", "--ima-log", "p1")):
        assert boot.run(*good, *words).code == 0
    for words in (("p1", "--ima-log", "p0"), ("--ima-log", "p1", "p0"), ("p1", "p0"), ("--ima-log", "p1", "--ima-log", "p0")):
        assert boot.run(*good, *words).code == 1


@pytest.mark.parametrize("tail", ["zeros", "junk"])
def test_more_behind_a_log_than_any_area_holds_is_refused(boot, tail):
    script = '(cat good.log; %s head -c 300000000 /dev/zero | %s) | "$0" "$@"' % (
        "head -c 100 /dev/zero;" if tail == "junk" else "", "tr '\\0' x" if tail == "junk" else "cat")
    process = subprocess.run(["sh", "-c", script, COMMAND, "verify", "--json", "--pcrs", "pcrs.txt", "-"], cwd=boot.path,
                             capture_output=True, timeout=60, check=False)
    error = json.loads(process.stdout)["error"]
    assert process.returncode == 3
    assert (error["field"], error["offset"], error["event"]) == ("padding", len(read(boot / "good.log")), 16)
    write(boot / "padded.log", read(boot / "good.log") + bytes(1 << 20))
    assert boot.verify(log="padded.log").code == 0


def test_a_bank_that_the_build_cannot_hash_is_not_said_to_lack_a_log(boot):
    write(boot / "more.txt", read(boot / "pcrs.txt").decode() + "sm3_256 0 %s\n" % ("00" * 32))
    result = boot.run("verify", "--pcrs", "more.txt", "good.log", "ima.bin")
    row = next(line for line in (result.out + result.err).splitlines() if line.startswith("PCR  0    sm3_256"))
    able = "libcrypto" in boot.run("--version").out
    assert ("this build cannot hash" in row) == (not able) and "not covered by the logs given" not in row


def test_a_log_whose_digests_cover_all_data_says_that_types_are_not_covered(boot):
    """A TPM 1.2 log, which has no EV_NO_ACTION and here nothing but separators."""
    data, zeros = b"\xff" * 4, bytes(20)
    digest = hashlib.sha1(data).digest()
    write(boot / "tpm12.log", b"".join(struct.pack("<II", pcr, 4) + digest + struct.pack("<I", 4) + data for pcr in range(8)))
    write(boot / "values.txt", "".join("sha1 %d %s\n" % (pcr, hashlib.sha1(zeros + digest).hexdigest()) for pcr in range(8)))
    result = boot.run("verify", "--json", "--pcrs", "values.txt", "tpm12.log")
    assert (result.code, result.json["data_not_covered"]) == (0, [])
    assert [f["message"] for f in result.json["findings"] if f["code"] == "DATA_NOT_COVERED"] == ["event types are covered by no digest"]
