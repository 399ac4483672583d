#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the small inputs of tcg_log, ima_log, cel and verify beside this file: one event of every decoder, one entry of every template."""
import hashlib
import json
import os
import shutil
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
LISTS = os.path.join(HERE, "..", "..", "data", "ima-small")
UNKNOWN = 0x7777
TWO, ONE, STRANGE = [(4, 20), (11, 32)], [(11, 32)], [(UNKNOWN, 24), (11, 32)]
BOOTVERIFY = bytes.fromhex("b9731de684a3cc4aaeab82e828f3628b")
LOCALITY = b"StartupLocality\0\3"


def spec_id(banks, vendor=b""):
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 2, 2, len(banks))
    data += b"".join(struct.pack("<HH", *bank) for bank in banks) + bytes([len(vendor)]) + vendor
    return struct.pack("<II", 0, 3) + b"\0" * 20 + struct.pack("<I", len(data)) + data


def event(pcr, kind, data, banks, measured=None):
    record = struct.pack("<III", pcr, kind, len(banks))
    for alg, size in banks:
        digest = hashlib.new({4: "sha1", 11: "sha256"}.get(alg, "sha256"), data if measured is None else measured).digest()
        record += struct.pack("<H", alg) + (digest if alg != UNKNOWN else b"w" * size)
    return record + struct.pack("<I", len(data)) + data


def tag(number, data):
    return struct.pack("<II", 0x55424D00 + number, len(data)) + data


def blob(name):
    return bytes([len(name) + 1]) + name + b"\0" + struct.pack("<QQ", 4096, 10)


def every_decoder():
    key = BOOTVERIFY + struct.pack("<QQ", 6, 11) + "FitKey".encode("utf-16-le") + b"dev\0rsa\0\1\2\3"
    log = spec_id(ONE) + event(0, 3, LOCALITY, ONE) + event(0, 8, b"U-Boot\0", ONE)
    log += event(4, 0x8000000A, blob(b"linux"), ONE, b"k") + event(4, 0x8000000A, blob(b"linux"), ONE)
    log += event(5, 6, tag(9, b"quiet"), ONE) + event(5, 6, tag(2, b"a.scr\0run x"), ONE, b"run x")
    log += event(1, 11, b"dts\0fdt1\0", ONE, b"t") + event(7, 0x80000001, key, ONE)
    log += event(4, 5, b"U-Boot: command line entered", ONE) + event(4, 5, b"U-Boot: unmeasured payload go \x1b[2J", ONE)
    log += b"".join(event(pcr, 4, b"\xff" * 4, ONE) for pcr in range(8))
    return log + event(4, 4, b"\1\0\0\0", ONE) + event(1, 10, b"env-state\0a=1\n", ONE)


def sha1_event(pcr, kind, data):
    digest = b"\0" * 20 if kind == 3 else hashlib.sha1(data).digest()
    return struct.pack("<II", pcr, kind) + digest + struct.pack("<I", len(data)) + data


def sha1_log():
    spec = b"Spec ID Event02" + struct.pack("<xIBBBBB", 0, 2, 1, 0, 2, 2) + b"ve"
    log = sha1_event(0, 3, spec) + sha1_event(0, 3, LOCALITY) + sha1_event(0, 8, b"1.0\0")
    variable = bytes(range(16)) + struct.pack("<QQ", 1, 2) + b"B\0ab"
    log += struct.pack("<II", 7, 0x80000001) + hashlib.sha1(b"ab").digest() + struct.pack("<I", len(variable)) + variable
    return log + sha1_event(4, 5, b"Calling INT 19h") + sha1_event(4, 4, b"\0" * 4)


def ccel(alg=12, digest=hashlib.sha384(b"\0" * 4).digest()):
    log = spec_id([(alg, len(digest))])
    for register in (1, 2, 3, 4):
        log += struct.pack("<IIIH", register, 4, 1, alg) + digest + struct.pack("<I", 4) + b"\0" * 4
    return log


def utf16(text):
    return text.encode("utf-16-le")


def node(kind, subtype, data=b""):
    return struct.pack("<BBH", kind, subtype, 4 + len(data)) + data


def every_efi_decoder():
    """Device paths, variables, images, tables, and the tags of others, as tests/unit/test_tcg_decode.c has them one by one."""
    guid, end = bytes(range(16)), node(0x7F, 0xFF)
    disk = struct.pack("<IQQ", 1, 2048, 4096) + guid + b"\2\2"
    path = node(2, 1, b"\xd0\x41\x03\x0a\0\0\0\0") + node(1, 1, b"\0\3") + node(3, 18, b"\0\0\xff\xff\0\0") + node(4, 1, disk)
    path += node(4, 4, utf16("\\EFI\0")) + node(3, 11, bytes(33)) + node(1, 4, guid + b"x") + node(9, 9, b"?") + end
    option = struct.pack("<IH", 1, len(path)) + utf16("boot\0") + path + b"more"

    def variable(name, data):
        return guid + struct.pack("<QQ", len(name), len(data)) + utf16(name) + data
    lists = bytes.fromhex("2616c4c14c509240aca941f936934328") + struct.pack("<III", 76, 0, 48) + bytes(48)
    gpt = b"EFI PART" + bytes(48) + guid + struct.pack("<QIIIQ", 2, 128, 128, 0, 1) + bytes(56) + utf16("root\0") + bytes(62)
    tables = struct.pack("<Q", 1) + guid + bytes(8)
    rows = [(1, 0x80000002, variable("Boot0001", option)), (1, 0x80000002, variable("BootOrder", b"\1\0")),
            (7, 0x80000001, variable("SecureBoot", b"\1")), (7, 0x80000001, variable("db", lists)),
            (7, 0x800000E0, variable("db", guid + b"cert")), (4, 0x80000003, struct.pack("<QQQQ", 1, 2, 3, len(path)) + path),
            (5, 0x80000006, gpt), (1, 0x80000009, tables), (1, 0x8000000B, b"\4Tdx\0" + tables),
            (0, 3, b"SP800-155 Event2" + struct.pack("<I", 343) + guid + b"\2A\0\2B\0\2C\0\2D\0"), (2, 0x800000E1, b"SPDM Device Sec\0\1\0x"), (0, 17, b"GCE NonHostInfo\0\4" + bytes(15)),
            (8, 13, b"grub_cmd: x\0"), (12, 13, utf16("quiet\0")), (9, 6, struct.pack("<II", 0x8F3B22EC, 5) + b"Linux"),
            (12, 6, struct.pack("<IIIIII", 0x40010001, 16, 0x70001, 8, 0x610062, 0x630064)), (0, 12, b"\1\0\0\0")]
    return spec_id(ONE) + b"".join(event(pcr, kind, data, ONE) for pcr, kind, data in rows)


def windows():
    items = struct.pack("<IIIIQ", 0x40010001, 16, 0x20002, 8, 7) + struct.pack("<IIH", 0x70001, 2, 0x61)
    return event(12, 6, items, ONE) + event(11, 12, b"\x10\0\0\0", ONE) + event(12, 4, b"WBCL", ONE)


def ima_entry(template, data):
    return struct.pack("<I", 10) + b"\x11" * 20 + struct.pack("<I", len(template)) + template + data


def ascii_without_blank():
    """Of ima-sig, without a signature, and without the blank that stands before it: an editor cut it."""
    lines = b""
    for name in (b"boot_aggregate", b"/a b"):
        data = b"".join(struct.pack("<I", len(one)) + one for one in (b"sha1:\0" + b"\x11" * 20, name + b"\0", b""))
        lines += b"10 %s ima-sig sha1:%s %s\n" % (hashlib.sha1(data).hexdigest().encode(), b"11" * 20, name)
    return lines


def tlv(kind, value):
    return struct.pack(">BI", kind, len(value)) + value


def cel_tlv():
    """Each kind of content, an NV index and a register in place of a PCR."""
    template = struct.pack("<I", 6) + b"sha1:\0" + struct.pack("<I", 2) + b"a\0"
    rows = [tlv(5, tlv(0, struct.pack(">I", 5)) + tlv(1, b"go")), tlv(7, tlv(0, b"ima-ng") + tlv(1, template)), tlv(9, b"ready"),
            tlv(4, b"\0\1"), tlv(80, b"x"), tlv(80, tlv(0, b"image"))]
    log = b""
    for number, content in enumerate(rows):
        place = {4: tlv(2, struct.pack(">I", 0x1D10200)), 5: tlv(108, b"\4")}.get(number, tlv(1, b"\x0b"))
        digests = tlv(4, hashlib.sha1(b"go").digest()) + tlv(11, hashlib.sha256(b"ready").digest())
        log += tlv(0, struct.pack(">Q", number)) + place + tlv(3, digests) + content
    return log


def cel_json():
    digests = [{"hashAlg": "sha256", "digest": hashlib.sha256(b"ready").hexdigest()}, {"hashAlg": "0x0004", "digest": "00" * 20}]
    contents = [("systemd", {"string": "ready", "eventType": "phase"}), ("pcclient_std", {"event_type": "EV_ACTION", "event_data": "676f"}),
                ("ima_template", {"template_name": "ima-ng", "template_data": "06000000736861313a00020000006100"}), ("cel", {"type": 1})]
    records = [{"pcr": 11, "recnum": n, "digests": digests, "content_type": name, "content": content} for n, (name, content) in enumerate(contents)]
    return [json.dumps(record).encode() for record in records]


def verify(todo, at, first, second=b""):
    """fuzz_verify.c: boot with every step (0), without one (1), with one twice (2), or up to it (3)."""
    return struct.pack("<BBH", todo, at, len(first)) + first + second


def small_boot():
    """Three events of PCR 4, a closed PCR 0, and a list of two entries."""
    log = spec_id(ONE) + b"".join(event(4, 5, data, ONE) for data in (b"a", b"b", b"c")) + event(0, 4, b"\xff" * 4, ONE)
    entries = [b"".join(struct.pack("<I", len(one)) + one for one in (b"sha1:\0" + b"\x11" * 20, name)) for name in (b"/a\0", b"/b\0")]
    return log, b"".join(struct.pack("<I", 10) + hashlib.sha1(data).digest() + struct.pack("<I", 6) + b"ima-ng" + struct.pack("<I", len(data)) + data
                         for data in entries)


def systemd_log():
    """Nothing is wrong with it."""
    return b"".join(json.dumps({"pcr": 11, "digests": [{"hashAlg": alg, "digest": hashlib.new(alg, word.encode()).hexdigest()} for alg in ("sha1", "sha256")],
                                "content_type": "systemd", "content": {"string": word, "eventType": "phase"}}).encode() for word in ("ready", "final"))


def verdicts():
    log, entries = small_boot()
    closed = spec_id(ONE) + event(4, 5, b"a", ONE) + b"".join(event(pcr, 4, b"\xff" * 4, ONE) for pcr in range(8))
    records = b"".join(b"\x1e" + record + b"\n" for record in cel_json()[:2])
    return {
        "verify/dropped": verify(1, 2, log), "verify/doubled": verify(2, 2, log), "verify/stopped": verify(3, 3, log), "verify/list": verify(1, 6, log, entries),
        "verify/list-first": verify(0, 0, entries, log), "verify/records": verify(1, 1, records), "verify/sha1": verify(2, 3, sha1_log()),
        # but for the PCR value nothing is wrong with these
        "verify/closed-good": verify(0, 0, closed), "verify/closed-dropped": verify(1, 1, closed),
        "verify/systemd-good": verify(0, 0, systemd_log()), "verify/systemd-doubled": verify(2, 1, systemd_log()),
        "verify/two-logs": verify(0, 0, spec_id(ONE) + log[69:120], log), "verify/tlv": verify(1, 1, cel_tlv()[:400]),
    }


def inputs():
    closed = event(0, 4, b"\0" * 4, ONE)
    aggregate = struct.pack("<I", 6) + b"sha1:\0" + struct.pack("<I", 15) + b"boot_aggregate\0"
    return {
        "tcg_log/spec-id-only": spec_id(TWO),
        "tcg_log/spec-id-with-a-digest": spec_id(ONE)[:8] + b"\x5a" * 20 + spec_id(ONE)[28:] + closed,
        "tcg_log/vendor-and-unknown-bank": spec_id(STRANGE, b"abc") + event(4, 5, b"go", STRANGE),
        "tcg_log/every-decoder": every_decoder(),
        "tcg_log/every-efi-decoder": every_efi_decoder(),
        "tcg_log/padding-and-stale-record": spec_id(ONE) + closed + b"\0" * 64 + closed,
        "tcg_log/hcrtm-then-locality": spec_id(ONE) + event(0, 0x80000010, b"HCRTM", ONE) + event(0, 3, LOCALITY, ONE),
        "tcg_log/sha1-records": sha1_log(),
        "tcg_log/sha1-padding-and-stale-record": sha1_event(4, 5, b"go") + b"\0" * 40 + sha1_event(4, 5, b"go"),
        "tcg_log/registers": ccel(),
        "tcg_log/registers-of-tdx": b"\1" + ccel()[1:],
        "tcg_log/registers-of-csv": b"\1" + ccel(18, b"\x21" * 32)[1:],
        "tcg_log/txt": spec_id(ONE) + event(17, 0x402, b"h" * 36, ONE) + event(18, 0x410, b"", ONE, b"k"),
        "tcg_log/windows": spec_id(ONE) + windows(),
        "tcg_log/zeros": b"\0" * 128,
        "tcg_log/fewer-digests-than-banks": spec_id(TWO) + event(0, 5, b"x", ONE),
        "cel/tlv": cel_tlv(),
        "cel/tlv-unknown-place": cel_tlv().replace(tlv(1, b"\x0b"), tlv(109, b"\4"), 1),
        "cel/json-array": b"[" + b",".join(cel_json()) + b"]",
        "cel/systemd": b"".join(b"\x1e" + record + b"\n" for record in cel_json()[:2]) + b'\x1e{"nv_index":1,"digests":[]}\n',
        "cel/deep": b'{"a":' * 20,
        "ima_log/aggregate-without-digest": ima_entry(b"ima-ng", struct.pack("<I", len(aggregate)) + aggregate),
        "ima_log/longest-name-of-ima": ima_entry(b"ima", b"\x22" * 20 + struct.pack("<I", 255) + b"n" * 255),
        "ima_log/ascii-without-its-last-blank": ascii_without_blank(),
        "ima_log/empty": b"",
    }


for path, content in [*inputs().items(), *verdicts().items()]:
    os.makedirs(os.path.dirname(os.path.join(HERE, path)), exist_ok=True)
    with open(os.path.join(HERE, path), "wb") as file:
        file.write(content)
for bank in ("sha1", "sha256"):
    shutil.copyfile(os.path.join(LISTS, "list-%s.bin" % bank), os.path.join(HERE, "ima_log", "every-template-%s" % bank))
shutil.copyfile(os.path.join(LISTS, "list-sha256-be.bin"), os.path.join(HERE, "ima_log", "every-template-big-endian"))
shutil.copyfile(os.path.join(LISTS, "list-sha256.txt"), os.path.join(HERE, "ima_log", "every-template-ascii"))
