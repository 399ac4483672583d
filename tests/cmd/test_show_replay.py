# SPDX-License-Identifier: BSD-2-Clause
"""show and replay: what is in a log, and the PCR values that it leads to."""
import hashlib
import json
import os
import struct

import pytest

from conftest import DATA, events, firmware_log, read, vectors, write


def vector_pcrs():
    """{alg: {pcr: hex}} of events.txt."""
    pcrs = {"sha1": {}, "sha256": {}, "sha384": {}, "sha512": {}}
    with open(os.path.join(DATA, "vectors/events.txt"), encoding="ascii") as file:
        for words in (line.split() for line in file):
            if words[0] == "pcr":
                for alg, value in zip(pcrs, words[2:]):
                    pcrs[alg][words[1]] = value
    return pcrs


def test_replay_gives_the_pcrs_of_the_vectors_in_every_bank(boot):
    result = boot.run("replay", "--json", "good.log")
    assert result.code == 0
    assert result.json["schema"] == "bootchain/replay/1"
    assert result.json["pcrs"] == vector_pcrs()
    assert result.json["firmware_events"] == 16 and result.json["ima_entries"] == 0
    assert result.json["complete"] is True


def test_replay_prints_lines_that_verify_takes(boot):
    result = boot.run("replay", "good.log", "ima.bin")
    assert result.code == 0
    write(boot / "replayed.txt", result.out)
    assert boot.verify(pcrs="replayed.txt").code == 0


def test_replay_reads_standard_input(boot):
    piped = boot.run("replay", "-", stdin=read(boot / "good.log"))
    assert piped.code == 0
    assert piped.out == boot.run("replay", "good.log").out


def test_replay_keeps_to_the_banks_asked_for(boot):
    result = boot.run("replay", "--json", "--bank", "sha384", "good.log")
    assert result.json["pcrs"] == {"sha384": vector_pcrs()["sha384"]}


def test_replay_of_a_cut_log_prints_what_it_read_and_exits_3(boot):
    write(boot / "cut.log", read(boot / "good.log")[:-10])
    result = boot.run("replay", "--json", "cut.log")
    assert result.code == 3
    assert result.json["complete"] is False
    assert result.json["pcrs"]["sha256"]["0"] == vector_pcrs()["sha256"]["0"]
    assert "event 15 at byte 0x" in result.err and "cut.log" in result.err


def test_show_writes_one_json_object_a_line(boot):
    result = boot.run("show", "--json", "good.log")
    assert result.code == 0
    header, *records, end = result.lines
    assert header["schema"] == "bootchain/show/1"
    assert header["banks"] == ["sha1", "sha256", "sha384", "sha512"]
    assert [record["n"] for record in records] == list(range(16))
    assert end == {"end": True, "records": 16, "complete": True, "findings": []}
    for record, (_, pcr, kind, data, _obj) in zip(records[1:], events()):
        assert (record["pcr"], record["type_id"], record["data_hex"]) == (pcr, kind, data.hex())
    assert records[1]["digest_matches_data"] is True
    assert records[3]["digest_matches_data"] is None


def test_show_selects_pcrs(boot):
    result = boot.run("show", "--json", "--pcr", "4-5", "good.log")
    assert {record["pcr"] for record in result.lines[1:-1]} == {4, 5}
    assert len(result.lines) == 2 + 6


def test_show_prints_the_kernel_event(boot):
    result = boot.run("show", "good.log")
    assert result.code == 0
    lines = [line for line in result.out.splitlines() if "EV_EFI_PLATFORM_FIRMWARE_BLOB2" in line]
    assert "linux, 4096 bytes at 0x1000000" in lines[0]


def test_show_names_the_event_whose_digest_is_not_that_of_its_data(boot):
    offset = read(boot / "good.log").index(b"method=booti")
    good = boot.run("show", "--json", "good.log")
    bad = boot.run("show", "--json", boot.change("good.log", "bad.log", offset))
    assert [record["digest_matches_data"] for record in good.lines[1:-1]].count(False) == 0
    assert [record["n"] for record in bad.lines[1:-1] if record["digest_matches_data"] is False] == [5]
    assert any(finding["code"] == "DIGEST_DATA" for record in bad.lines[1:-1] for finding in record["findings"])


UNSAFE = "\x1b\x7f\u0080\u009b\u009f\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"


def test_no_json_has_a_character_that_a_terminal_obeys_and_none_is_lost(boot):
    rows = events()
    rows[4][3] = rows[4][4] = ("U-Boot: boot " + UNSAFE + " \u00e4\u00a0\u20ac\U0001f600 end").encode()
    name = "log" + UNSAFE.replace("\x1b", "")
    write(boot / name, firmware_log(rows))
    result = boot.run("show", "--json", name)
    assert result.code == 0 and not set(UNSAFE) & set(result.out)
    assert result.lines[0]["source"] == name
    assert any(line.get("data") == rows[4][3].decode() for line in result.lines)
    assert "\u00e4\u00a0\u20ac\U0001f600 end" in result.out      # what is harmless stays as it is
    write(boot / name, firmware_log(rows)[:-1])
    result = boot.run("replay", "--json", name)
    assert result.code == 3 and not set(UNSAFE) & set(result.out)
    assert result.json["error"]["source"] == name == result.json["sources"][0]["path"]


def test_show_escapes_control_characters(boot):
    rows = events()
    rows[4][3] = rows[4][4] = b"U-Boot: \x1b[2J\x07 \xe2\x80\xae \xff boot"
    write(boot / "hostile.log", firmware_log(rows))
    for words in (("show",), ("show", "--json"), ("show", "--color", "always", "--pcr", "4")):
        result = boot.run(*words, "hostile.log")
        assert result.code == 0
        data = result.out.replace("\x1b[0m", "").replace("\x1b[1m", "")
        assert "\x1b[2J" not in data and "\x07" not in data and "\u202e" not in data


def test_show_escapes_names_of_an_ima_list(boot):
    text = boot.run("show", "ima.bin")
    assert text.code == 0
    assert "/not-utf8-\\xff\\x1b[2J" in text.out and "\x1b" not in text.out
    entry = boot.run("show", "--json", "ima.bin").lines[-2]
    assert bytes.fromhex(entry["name_hex"]) == b"/not-utf8-\xff\x1b[2J"


def test_show_of_zeros_says_so_and_exits_3(boot):
    write(boot / "zeros.log", b"\0" * 4096)
    result = boot.run("show", "zeros.log")
    assert result.code == 3
    assert "zeros.log" in result.err and len(result.err.splitlines()) == 1


def test_show_of_an_empty_or_unknown_file_exits_3(boot):
    for name, data in (("empty", b""), ("text", b"hello, this is no log\n" * 10)):
        write(boot / name, data)
        assert boot.run("show", name).code == 3


def sha1_log(rows):
    """Records of TPM 1.2: rows of (pcr, type, data); the digest is that of the data."""
    return b"".join(struct.pack("<II", pcr, kind) + hashlib.sha1(data).digest() + struct.pack("<I", len(data)) + data
                    for pcr, kind, data in rows)


def test_a_sha1_log_is_shown_and_replayed(boot):
    rows = [(0, 8, b"1.0\0"), (4, 5, b"Calling INT 19h"), (4, 4, b"\0" * 4)]
    write(boot / "tpm12.log", sha1_log(rows))
    value = b"\0" * 20
    for _, _, data in rows[1:]:
        value = hashlib.sha1(value + hashlib.sha1(data).digest()).digest()
    result = boot.run("replay", "--json", "tpm12.log")
    assert result.code == 0
    assert result.json["sources"][0]["format"] == "tcg1"
    assert list(result.json["pcrs"]) == ["sha1"] and result.json["pcrs"]["sha1"]["4"] == value.hex()
    shown = boot.run("show", "--json", "tpm12.log").lines
    assert [record["n"] for record in shown[1:-1]] == [0, 1, 2]
    assert all(record["digest_matches_data"] for record in shown[1:-1])
    assert "SHA-1 firmware log" in boot.run("show", "tpm12.log").out


def test_a_startup_locality_counts_in_a_log_without_spec_id(boot):
    note = struct.pack("<II", 0, 3) + b"\0" * 20 + struct.pack("<I", 17) + b"StartupLocality\0\3"
    write(boot / "tpm12.log", note + sha1_log([(0, 8, b"1.0\0")]))
    value = hashlib.sha1(b"\0" * 19 + b"\3" + hashlib.sha1(b"1.0\0").digest()).hexdigest()
    result = boot.run("replay", "--json", "tpm12.log")
    assert result.json["pcrs"]["sha1"]["0"] == value
    assert result.json["initial"]["sha1"]["0"]["reason"] == "locality 3"


def ccel_log(first, alg, digest):
    spec_id = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, alg, len(digest), 0)
    log = struct.pack("<II20sI", first, 3, b"", len(spec_id)) + spec_id
    for register in (1, 1, 2, 3):
        log += struct.pack("<IIIH", register, 4, 1, alg) + digest + struct.pack("<I", 4) + b"\0" * 4
    return log


def test_a_ccel_log_says_that_its_pcrs_are_registers(boot):
    write(boot / "ccel", ccel_log(0, 12, hashlib.sha384(b"\0" * 4).digest()))
    shown = boot.run("show", "ccel")
    assert shown.code == 0 and "1-4 RTMR 0-3" in shown.out
    assert "SEPARATOR" not in shown.out.replace("EV_SEPARATOR", "")  # PCRs 1 and 7 share a register: neither doubled nor missing
    assert boot.run("show", "--json", "ccel").lines[0]["pcr_is"] == "register"
    replayed = boot.run("replay", "ccel")
    assert replayed.code == 0 and "measurement registers: 0 MRTD, 1-4 RTMR 0-3" in replayed.out
    assert boot.run("show", "--json", "good.log").lines[0]["pcr_is"] == "pcr"


def test_the_register_log_of_a_csv_guest_is_read_and_its_numbers_are_named(boot):
    write(boot / "csv", ccel_log(1, 0x12, b"\x21" * 32))
    shown = boot.run("show", "csv")
    assert "CCEL" in shown.out and "PCR n is measurement register n: n is RTMR n of a CSV guest" in shown.out and "MRTD" not in shown.out
    assert boot.run("show", "--json", "csv").lines[0]["pcr_is"] == "register"
    replayed = boot.run("replay", "csv")
    assert replayed.code == 0 and "n is RTMR n of a CSV guest" in replayed.out
    write(boot / "sha256", ccel_log(1, 11, b"\x21" * 32))
    refused = boot.run("show", "sha256")
    assert refused.code == 3 and "pcrIndex" in refused.err and "expected 0, or the one bank sha384 or sm3" in refused.err


def agile_log(banks, rows):
    """banks: (id, hashlib name); rows: (pcr, type, data), digests over the data, zeros for EV_NO_ACTION."""
    sizes = [(number, hashlib.new(name).digest_size) for number, name in banks]
    spec_id = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(banks))
    spec_id += b"".join(struct.pack("<HH", *size) for size in sizes) + b"\0"
    log = struct.pack("<II20sI", 0, 3, b"", len(spec_id)) + spec_id
    for pcr, kind, data in rows:
        log += struct.pack("<III", pcr, kind, len(banks))
        for number, name in banks:
            digest = hashlib.new(name, data).digest()
            log += struct.pack("<H", number) + (b"\0" * len(digest) if kind == 3 else digest)
        log += struct.pack("<I", len(data)) + data
    return log


BANKS = [(4, "sha1"), (11, "sha256"), (12, "sha384"), (13, "sha512"), (18, "sm3"), (0x27, "sha3_256"), (0x28, "sha3_384"), (0x29, "sha3_512")]


def test_replay_knows_every_bank_of_the_algorithm_registry(boot):
    write(boot / "all.log", agile_log(BANKS, [(4, 5, b"one"), (4, 5, b"two")]))
    result = boot.run("replay", "--json", "all.log")
    assert result.code == 0
    expected = {}
    for _, name in BANKS:
        value = b"\0" * hashlib.new(name).digest_size
        for data in (b"one", b"two"):
            value = hashlib.new(name, value + hashlib.new(name, data).digest()).digest()
        expected["sm3_256" if name == "sm3" else name] = {"4": value.hex()}
    assert result.json["pcrs"] == expected


def test_a_note_is_never_extended(boot):
    """EV_NO_ACTION: SP800-155 events with PCR 0xffffffff or 0, and one that carries a digest."""
    note = b"SP800-155 Event\0" + bytes(20)
    plain = agile_log(BANKS[:2], [(0, 8, b"v1\0")])
    noted = agile_log(BANKS[:2], [(0xFFFFFFFF, 3, note), (0, 3, note), (0, 8, b"v1\0")])
    write(boot / "plain.log", plain)
    write(boot / "noted.log", noted)
    write(boot / "digest.log", noted.replace(struct.pack("<H", 4) + bytes(20), struct.pack("<H", 4) + b"x" * 20))
    expected = boot.run("replay", "--json", "plain.log").json["pcrs"]
    for name in ("noted.log", "digest.log"):
        result = boot.run("replay", "--json", name)
        assert result.code == 0 and result.json["pcrs"] == expected
    assert "manifest 00000000-0000" in boot.run("show", "noted.log").out


def test_show_reads_a_device_path_and_prints_unknown_data_as_hex(boot):
    path = bytes([4, 4, 8, 0]) + "x\0".encode("utf-16-le") + bytes([0x7F, 0xFF, 4, 0])
    rows = [(4, 0x80000003, struct.pack("<QQQQ", 4096, 10, 0, len(path)) + path), (4, 0x80000099, b"\1\2\xff")]
    write(boot / "efi.log", agile_log(BANKS[1:2], rows))
    result = boot.run("show", "efi.log")
    assert result.code == 0
    assert "EFI application: x, 10 bytes at 0x1000" in result.out
    assert "0x80000099" in result.out and ": 0102ff  [" in result.out


def ima_pcrs(lists, alg):
    """{pcr: hex} after the entries (pcr, template data, violation) of several pieces; a violation extends ff...ff."""
    values = {}
    for pcr, data, violation in lists:
        digest = b"\xff" * hashlib.new(alg).digest_size if violation else hashlib.new(alg, data).digest()
        values[pcr] = hashlib.new(alg, values.get(pcr, bytes(len(digest))) + digest).digest()
    return {str(pcr): value.hex() for pcr, value in values.items()}


def template_data(name, order="<"):
    fields = (b"sha256:\0" + hashlib.sha256(name).digest(), name + b"\0")
    return b"".join(struct.pack(order + "I", len(one)) + one for one in fields)


def binary_entry(pcr, data, order="<", alg="sha256"):
    return struct.pack(order + "I", pcr) + hashlib.new(alg, data).digest() + struct.pack(order + "I", 6) + b"ima-ng" + \
        struct.pack(order + "I", len(data)) + data


def ascii_entry(pcr, data, name):
    return b"%2d %s ima-ng sha256:%s %s\n" % (
        pcr, hashlib.sha256(data).hexdigest().encode(), hashlib.sha256(name).hexdigest().encode(), name)


def test_an_ima_list_of_any_form_gives_the_pcrs_of_its_entries(boot):
    """Little-endian, big-endian and ascii; PCR 10 and others."""
    names = [(10, b"boot_aggregate"), (11, b"/a"), (10, b"/b c"), (4, b"/d")]
    little = [(pcr, template_data(name), False) for pcr, name in names]
    big = [(pcr, template_data(name, ">"), False) for pcr, name in names]
    forms = {"little": (little, b"".join(binary_entry(pcr, data) for pcr, data, _ in little)),
             "big": (big, b"".join(binary_entry(pcr, data, ">") for pcr, data, _ in big)),
             "ascii": (little, b"".join(ascii_entry(pcr, data, name) for (pcr, data, _), (_, name) in zip(little, names)))}
    for form, (entries, data) in forms.items():
        write(boot / form, data)
        result = boot.run("replay", "--json", form)
        assert result.code == 0 and not result.json["findings"], form
        for alg in ("sha1", "sha256", "sha384", "sha512"):
            assert result.json["pcrs"][alg] == ima_pcrs(entries, alg), form
        shown = boot.run("show", "--json", form).lines
        assert [record["name"] for record in shown[1:-1]] == [name.decode() for _, name in names]
        assert shown[0]["byte_order"] == ("big" if form == "big" else "little")
    assert "ascii IMA list" in boot.run("show", "ascii").out
    assert "of a big-endian machine" in boot.run("show", "big").out


def test_pieces_of_an_ima_list_count_on_in_their_order(boot):
    entries = [(10, template_data(b"/%d" % number), False) for number in range(6)]
    records = [binary_entry(pcr, data) for pcr, data, _ in entries]
    for name, part in (("ima.000", records[:2]), ("ima.001", records[2:3]), ("ima.002", records[3:])):
        write(boot / name, b"".join(part))
    result = boot.run("replay", "--json", "ima.000", "ima.001", "ima.002")
    assert result.json["pcrs"]["sha256"] == ima_pcrs(entries, "sha256")
    assert [source["records"] for source in result.json["sources"]] == [2, 1, 3]
    shown = boot.run("show", "--json", "ima.000", "ima.001", "ima.002").lines
    assert [line["n"] for line in shown if "n" in line] == [1, 2, 3, 4, 5, 6]
    assert boot.run("replay", "--json", "ima.001", "ima.000", "ima.002").json["pcrs"] != result.json["pcrs"]


def test_an_sm3_list_is_replayed_in_its_own_bank(boot):
    entries = [(10, template_data(b"/sm3"), False)]
    write(boot / "sm3.ima", binary_entry(10, entries[0][1], alg="sm3"))
    result = boot.run("replay", "--json", "sm3.ima")
    assert result.code == 0 and not result.json["findings"]
    assert result.json["pcrs"]["sm3_256"] == ima_pcrs(entries, "sm3")


def test_an_ascii_line_of_an_unknown_template_extends_only_its_own_bank(boot):
    data = template_data(b"/a")
    digest = hashlib.sha256(b"whatever it was").digest()
    write(boot / "list", ascii_entry(10, data, b"/a") + b"10 %s future 00 11\n" % digest.hex().encode())
    result = boot.run("replay", "--json", "list")
    value = hashlib.sha256(bytes(32) + hashlib.sha256(data).digest()).digest()
    assert result.code == 0
    assert result.json["pcrs"] == {"sha1": {}, "sha256": {"10": hashlib.sha256(value + digest).hexdigest()}, "sha384": {}, "sha512": {}}


def test_the_ascii_list_beside_the_golden_log_is_consistent_with_its_pcrs(boot):
    write(boot / "ima.txt", read(os.path.join(DATA, "ima-small/list-sha256.txt")))
    # The unknown template's data cannot be put together again, so the other banks are not explained.
    result = boot.verify("--bank", "sha256", ima="ima.txt")
    assert result.code == 0, result.out
    every = boot.verify(ima="ima.txt")
    assert every.code == 3 and "one that is known, in an ascii list, found unheard-of" in every.out and "entry 13" in every.out
    data = read(boot / "ima.txt").replace(b" /init\n", b" /exit\n")
    write(boot / "changed.txt", data)
    changed = boot.verify("--bank", "sha256", ima="changed.txt")
    assert changed.code == 1 and "entry 2" in changed.out + changed.err


def systemd_record(pcr, string, kind="phase", algs=("sha1", "sha256"), **more):
    """As systemd-pcrextend writes it: RS, one object, newline."""
    digests = [{"hashAlg": alg, "digest": hashlib.new(alg, string.encode()).hexdigest()} for alg in algs]
    record = dict({"pcr": pcr, "digests": digests, "content_type": "systemd",
                   "content": {"string": string, "bootId": "0" * 32, "timestamp": 17, "eventType": kind}}, **more)
    return b"\x1e" + json.dumps(record).encode() + b"\n"


def extended(alg, *strings):
    value = bytes(hashlib.new(alg).digest_size)
    for string in strings:
        value = hashlib.new(alg, value + hashlib.new(alg, string.encode()).digest()).digest()
    return value.hex()


def test_the_log_of_systemd_is_shown_and_replayed(boot):
    nv = json.loads(systemd_record(0, "product-id:x", "product-id").decode().strip("\x1e\n"))
    nv["nv_index"] = 0x1D10200
    del nv["pcr"]
    log = systemd_record(11, "enter-initrd") + systemd_record(11, "leave-initrd") + systemd_record(15, "machine-id:0", "machine-id")
    write(boot / "tpm2-measure.log", log + b"\x1e" + json.dumps(nv).encode() + b"\n")
    result = boot.run("replay", "--json", "tpm2-measure.log")
    assert result.code == 0 and not result.json["findings"]
    assert result.json["sources"][0]["format"] == "cel-json" and result.json["cel_records"] == 4
    assert result.json["pcrs"] == {alg: {"11": extended(alg, "enter-initrd", "leave-initrd"), "15": extended(alg, "machine-id:0")}
                                   for alg in ("sha1", "sha256")}
    shown = boot.run("show", "--json", "tpm2-measure.log").lines
    assert [record["digest_matches_data"] for record in shown[1:-1]] == [True] * 4
    assert shown[1]["text"] == "phase: enter-initrd" and shown[4]["nv_index"] == 0x1D10200 and shown[4]["pcr"] is None
    assert "NV index 0x01d10200" in boot.run("show", "tpm2-measure.log").out


def test_a_register_that_systemd_extends_is_called_one(boot):
    """On a TDX guest: RTMR 2, number 3 in a CCEL log; beside it a record of a PCR."""
    record = json.loads(systemd_record(11, "ready", algs=("sha384",)).decode().strip("\x1e\n"))
    write(boot / "pcr.log", json.dumps(record))
    del record["pcr"]
    write(boot / "both.log", json.dumps(dict(record, rtmr=2)) + read(boot / "pcr.log").decode())
    assert [line.get("pcr_is") for line in boot.run("show", "--json", "both.log").lines[1:-1]] == ["register", None]
    shown, replayed = boot.run("show", "both.log").out, boot.run("replay", "both.log")
    assert "register  3" in shown and "PCR 11" in shown
    assert replayed.code == 0 and "measurement registers: 0 MRTD, 1-4 RTMR 0-3" in replayed.out
    assert "register" not in boot.run("show", "pcr.log").out + boot.run("replay", "pcr.log").out


def test_a_changed_string_of_systemd_is_named_but_a_secret_is_not(boot):
    changed = systemd_record(11, "enter-initrd").replace(b"enter-initrd", b"enter-initrx")
    secret = systemd_record(15, "cryptsetup:root:uuid", "volume-key").replace(b"cryptsetup:root", b"cryptsetup:rxxt")
    write(boot / "log", systemd_record(11, "ready") + changed + secret)
    shown = boot.run("show", "--json", "log").lines
    assert [record["digest_matches_data"] for record in shown[1:-1]] == [True, False, None]
    assert shown[2]["findings"][0]["code"] == "DIGEST_DATA"
    assert boot.run("replay", "log").code == 0


def tlv(kind, value):
    return struct.pack(">BI", kind, len(value)) + value


def tlv_record(number, pcr, content, data, algs=((4, "sha1"), (11, "sha256"))):
    digests = b"".join(tlv(ident, hashlib.new(name, data).digest()) for ident, name in algs)
    return tlv(0, struct.pack(">Q", number)) + tlv(1, bytes([pcr])) + tlv(3, digests) + content


def test_a_canonical_event_log_in_tlv_is_shown_and_replayed_with_its_firmware_log(boot):
    """Behind the golden firmware log: an event of the firmware, an entry of IMA, a string of systemd, content of another."""
    template = template_data(b"/init")
    rows = [(12, tlv(5, tlv(0, struct.pack(">I", 5)) + tlv(1, b"go")), b"go"),
            (10, tlv(7, tlv(0, b"ima-ng") + tlv(1, template)), template),
            (11, tlv(9, b"enter-initrd"), b"enter-initrd"), (13, tlv(80, b"xyz"), b"anything")]
    algs = [(4, "sha1"), (11, "sha256"), (12, "sha384"), (13, "sha512")]
    write(boot / "cel", b"".join(tlv_record(i, pcr, content, data, algs) for i, (pcr, content, data) in enumerate(rows)))
    result = boot.run("replay", "--json", "cel", "good.log")
    assert result.code == 0
    expected = vector_pcrs()
    for _, alg in algs:
        for pcr, _, data in rows:
            expected[alg][str(pcr)] = hashlib.new(alg, bytes(hashlib.new(alg).digest_size) + hashlib.new(alg, data).digest()).hexdigest()
    assert result.json["pcrs"] == expected
    shown = boot.run("show", "--json", "cel").lines
    assert shown[0]["format"] == "cel-tlv" and shown[0]["banks"] == [alg for _, alg in algs]
    assert [record["text"] for record in shown[1:-1]] == ["EV_ACTION: go", "ima-ng: /init", "enter-initrd", "xyz"]
    assert [record["digest_matches_data"] for record in shown[1:-1]] == [True, True, True, None]
    write(boot / "cut", read(boot / "cel")[:-1])
    cut = boot.run("show", "cut")
    assert cut.code == 3 and "record 3" in cut.err and "INCOMPLETE" in cut.out


def test_the_example_of_the_cel_specification_is_read(boot):
    """CEL 1.0, 5.3, in an array."""
    write(boot / "cel.json", b'''[{"content":{"event_type":"EV_COMPACT_HASH","event_data":
"44656c6c20436f6e66696775726174696f6e20496e666f726d6174696f6e2032"},"content_type":"pcclient_std","pcr":6,"recnum":2,
"digests":[{"hashAlg":"sha1","digest":"bac9a8935b720760bcdea2faae75152f5d1e4bea"},
{"hashAlg":"sha256","digest":"d18bf8d221a3a3b08774c8d077328c4b2ca205e4f1618ad4bac2b5786f453bc7"}]}]''')
    record = boot.run("show", "--json", "cel.json").lines[1]
    assert (record["pcr"], record["recnum"], record["text"]) == (6, 2, "EV_COMPACT_HASH: Dell Configuration Information 2")
    digest = bytes.fromhex("d18bf8d221a3a3b08774c8d077328c4b2ca205e4f1618ad4bac2b5786f453bc7")
    result = boot.run("replay", "--json", "cel.json")
    assert result.json["pcrs"]["sha256"] == {"6": hashlib.sha256(bytes(32) + digest).hexdigest()}


def test_json_of_every_command_is_json(boot):
    for words in (("replay", "--json", "good.log", "ima.bin"), ("diff", "--json", "good.log", "good.log")):
        assert boot.run(*words).code == 0
        json.loads(boot.run(*words).out)


@pytest.mark.parametrize("size,said", [(16 << 20, "expected at most 16 MiB"), (33_600_000, "a newline within 32 MiB"), (60_000_000, "a newline within 32 MiB")])
def test_a_line_of_an_ascii_list_has_a_limit_however_it_is_read(boot, size, said):
    def line(name):
        data = b"".join(struct.pack("<I", len(part)) + part for part in (b"sha1:\0" + bytes(20), name + b"\0"))
        return b"10 %s ima-ng sha1:%s %s\n" % (hashlib.sha1(data).hexdigest().encode(), b"0" * 40, name)

    write(boot / "long.txt", line(b"/a") + line(b"/" + b"x" * size))
    result = boot.run("replay", "long.txt")
    assert result.code == 3 and "entry 2 at byte" in result.err and said in result.err
    write(boot / "good.txt", line(b"/a") + line(b"/" + b"x" * (1 << 20)))
    assert (boot.run("replay", "good.txt").code, boot.run("replay", "good.txt").err) == (0, "")


FIELDS = ("source", "offset", "event", "field", "expected", "found", "message")
LOCALITY = ["locality", 0, vectors.EV_NO_ACTION, b"StartupLocality\0\3", b""]


def cel_of(rows):
    """The events as canonical event log in JSON."""
    return json.dumps([{"recnum": number, "pcr": pcr, "content_type": "pcclient_std", "content": {"event_type": kind, "event_data": data.hex()},
                        "digests": [{"hashAlg": "sha256", "digest": hashlib.sha256(what).hexdigest()}]}
                       for number, (_, pcr, kind, data, what) in enumerate(rows)])


@pytest.mark.parametrize("name, data, counter", [
    ("empty", b"", "event 0"), ("zeros", bytes(100), "event 0"), ("text", b"hello\n", "event 0"),
    ("cut.log", lambda boot: read(boot / "good.log")[:-3], "event 15"), ("cut.ima", lambda boot: read(boot / "ima.bin")[:-3], "entry"),
    ("late.log", lambda boot: firmware_log(events()[:2] + [LOCALITY]), None),
    ("late.cel", lambda boot: cel_of([["v", 0, 8, b"v", b"v"], LOCALITY]), None),
])
@pytest.mark.parametrize("words", [("replay",), ("show",), ("verify", "--pcrs", "pcrs.txt")])
def test_a_refusal_names_file_offset_event_field_expected_and_found(boot, words, name, data, counter):
    write(boot / name, data(boot) if callable(data) else data)
    result = boot.run(words[0], "--json", *words[1:], name)
    if counter is None and words[0] == "show":      # which does not extend
        assert result.code == 0
        return
    assert result.code == 3
    if words[0] == "show":
        counter, result = counter or "event", boot.run("show", name)
        assert name + ": " + counter in result.err and ", expected " in result.err and ", found " in result.err
        return
    assert [field for field in FIELDS if result.json["error"][field] is None] == []
    assert result.json["error"]["source"] == name


def test_an_ascii_list_with_carriage_returns_is_called_that(boot):
    with open(os.path.join(DATA, "ima-small/list-sha256.txt"), "rb") as file:
        text = file.read()
    write(boot / "list.txt", text)
    write(boot / "crlf.txt", text.replace(b"\n", b"\r\n"))
    assert boot.run("replay", "list.txt").code == 0
    result = boot.run("replay", "crlf.txt")
    assert result.code == 3
    assert "crlf.txt: entry 1 at byte 0x%x: field line: " % text.index(b"\n") in result.err and "carriage return" in result.err
