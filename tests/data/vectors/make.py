#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write events.txt and measured-boot.log from docs/measurements.md, with hashlib and struct alone.

Shares nothing with U-Boot or the library: it is the third opinion that both are compared with.
`make.py --check` compares with the files that are here instead of writing them.
"""
import hashlib
import os
import struct
import sys

ALGS = ("sha1", "sha256", "sha384", "sha512")
ALG_IDS = {"sha1": 0x4, "sha256": 0xB, "sha384": 0xC, "sha512": 0xD}
EV_NO_ACTION, EV_SEPARATOR, EV_ACTION, EV_EVENT_TAG = 0x3, 0x4, 0x5, 0x6
EV_S_CRTM_VERSION, EV_PLATFORM_CONFIG_FLAGS, EV_TABLE_OF_DEVICES = 0x8, 0xA, 0xB
EV_EFI_VARIABLE_DRIVER_CONFIG, EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x80000001, 0x8000000A
BOOTVERIFY_GUID = "e61d73b9-a384-4acc-aeab-82e828f3628b"
NOP, BEGIN, END_NODE, PROP, END = 4, 1, 2, 3, 9


def be32(value):
    return struct.pack(">I", value)


def pad4(data):
    return data + b"\0" * (-len(data) % 4)


def make_tree(bootargs, nop_seeds, padding, bootloader=None, nop_bootloader=False):
    """A flat tree with both seeds in /chosen; nop_seeds and zero padding give rule fdt1's image of it.

    bootloader: a number, for a tree whose firmware leaves it in /chosen/bootloader, which nop_bootloader leaves out, too.
    """
    strings, offsets = b"", {}

    def prop(name, data, nop=False):
        nonlocal strings
        if name not in offsets:
            offsets[name] = len(strings)
            strings += name.encode() + b"\0"
        record = be32(PROP) + be32(len(data)) + be32(offsets[name]) + pad4(data)
        if nop or nop_seeds and name in ("kaslr-seed", "rng-seed"):
            return be32(NOP) * (len(record) // 4)
        return record

    struct_block = be32(BEGIN) + pad4(b"\0")
    struct_block += prop("compatible", b"bootchain,vector\0")
    struct_block += prop("#address-cells", be32(2)) + prop("#size-cells", be32(2))
    struct_block += be32(BEGIN) + pad4(b"chosen\0")
    struct_block += prop("kaslr-seed", bytes(range(0x10, 0x18)))
    struct_block += prop("bootargs", bootargs + b"\0")
    struct_block += prop("rng-seed", bytes(range(0x80, 0xA0)))
    if bootloader is not None:
        struct_block += be32(BEGIN) + pad4(b"bootloader\0")
        struct_block += prop("count", be32(bootloader), nop_bootloader) + prop("rsts", b"\x10\x00\x01", nop_bootloader)
        struct_block += prop("signed", b"", nop_bootloader)
        struct_block += be32(BEGIN) + pad4(b"config\0") + prop("count", be32(1)) + be32(END_NODE)
        struct_block += be32(END_NODE) + be32(BEGIN) + pad4(b"bootloader@0\0") + prop("count", be32(2)) + be32(END_NODE)
    struct_block += be32(END_NODE)
    struct_block += be32(BEGIN) + pad4(b"memory@40000000\0")
    struct_block += prop("device_type", b"memory\0")
    struct_block += prop("reg", struct.pack(">QQ", 0x40000000, 0x40000000))
    struct_block += be32(END_NODE) + be32(END_NODE) + be32(END)

    reserve = struct.pack(">QQ", 0, 0)
    off_reserve = 40
    off_struct = off_reserve + len(reserve)
    off_strings = off_struct + len(struct_block)
    total = off_strings + len(strings) + len(padding)
    header = struct.pack(">10I", 0xD00DFEED, total, off_struct, off_strings, off_reserve,
                         17, 16, 0, len(strings), len(struct_block))
    return header + reserve + struct_block + strings + padding


def pattern(factor, start, length):
    return bytes((factor * i + start) & 0xFF for i in range(length))


def blob2(name, base, length):
    name += b"\0"
    return struct.pack("<B", len(name)) + name + struct.pack("<QQ", base, length)


def efi_guid(text):
    a, b, c, d, e = text.split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


def variable_data(guid, name, data):
    return efi_guid(guid) + struct.pack("<QQ", len(name), len(data)) + name.encode("utf-16-le") + data


def tagged(tag, data):
    return struct.pack("<II", 0x55424D00 + tag, len(data)) + data


VERSION = b"U-Boot 2025.01 (vector)\0"
BOOTARGS = b"console=ttyAMA0 root=/dev/vda2 ro ima_policy=tcb"
METHOD = b"U-Boot: boot method=booti os=linux arch=arm64 entry=+0x0 len=file"
PADDING = b"\xa5" * 40
KERNEL = (7, 3, 4096)
INITRD = (13, 5, 1000)
LOADABLE = (17, 9, 500)
VOLATILE_RULE = b"fdt1 /chosen/bootloader /soc/absent@0"
BOOTLOADER = 41
OPTIONS = (BOOTARGS.decode() + "\0").encode("utf-16-le")
KERNEL_BASE, INITRD_BASE, LOADABLE_BASE = 0x1000000, 0x2000000, 0x3000000


def events():
    """(name, pcr, type, event data, bytes that the digest is over), in log order."""
    tree = make_tree(BOOTARGS, True, b"\0" * len(PADDING))
    verify = variable_data(BOOTVERIFY_GUID, "BootVerify", b"fit=none;verify=yes;keys=0")
    cmdline = tagged(9, BOOTARGS)
    rows = [
        ("version", 0, EV_S_CRTM_VERSION, VERSION, VERSION),
        ("tree", 1, EV_TABLE_OF_DEVICES, b"dts\0fdt1\0", tree),
        ("kernel", 4, EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob2(b"linux", KERNEL_BASE, KERNEL[2]), pattern(*KERNEL)),
        ("initrd", 4, EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob2(b"initrd", INITRD_BASE, INITRD[2]), pattern(*INITRD)),
        ("method", 4, EV_ACTION, METHOD, METHOD),
        ("cmdline", 5, EV_EVENT_TAG, cmdline, cmdline),
        ("verify", 7, EV_EFI_VARIABLE_DRIVER_CONFIG, verify, verify),
    ]
    rows += [("separator", pcr, EV_SEPARATOR, b"\xff" * 4, b"\xff" * 4) for pcr in range(8)]
    return rows


def file_event(tag, name, data, text=True):
    """A piece of configuration: the digest is over the object, which the event repeats unless it is too long."""
    return 5, EV_EVENT_TAG, tagged(tag, name + b"\0" + (data if text else b"")), data


def extras():
    """(name, pcr, type, event data, bytes that the digest is over) of events before the hand-over."""
    state = b"env-state\0bootcount=3\nethaddr=02:00:00:00:00:01\nserial#=0042\n"
    env = b"bootcmd=run a\\\\; run b\nbootdelay=2\ntext=one\\\ntwo\n"
    script = b"setenv bootargs ro\nbooti ${kernel_addr_r}\n"
    extlinux = b"default one\nlabel one\n  kernel /Image\n"
    header = pattern(11, 7, 64)
    conf = tagged(6, b"conf-1")
    rsa = variable_data(BOOTVERIFY_GUID, "FitKey",
                        b"dev\0sha256,rsa2048\0" + pattern(3, 200, 256) + struct.pack(">Q", 65537))
    ecdsa = variable_data(BOOTVERIFY_GUID, "FitKey",
                          b"prod\0sha256,ecdsa256\0" + pattern(5, 1, 32) + pattern(5, 2, 32))
    payload = b"U-Boot: unmeasured payload go"
    volatile = make_tree(BOOTARGS, True, b"\0" * len(PADDING), BOOTLOADER, True)
    return [
        ("env-state", 1, EV_PLATFORM_CONFIG_FLAGS, state, state),
        ("env",) + file_event(1, b"env", env),
        ("script",) + file_event(2, b"/boot.scr", script),
        ("extlinux",) + file_event(3, b"/extlinux/extlinux.conf", extlinux),
        ("import",) + file_event(4, b"42000000", b"bootargs=ro\n"),
        ("container",) + file_event(5, b"40000000", header),
        ("fit-conf", 5, EV_EVENT_TAG, conf, conf),
        ("tree-file",) + file_event(7, b"a.dtb", make_tree(BOOTARGS, False, b"")),
        ("overlay",) + file_event(8, b"a.dtbo", b""),
        ("fit-key-rsa", 7, EV_EFI_VARIABLE_DRIVER_CONFIG, rsa, rsa),
        ("fit-key-ecdsa", 7, EV_EFI_VARIABLE_DRIVER_CONFIG, ecdsa, ecdsa),
        ("loadable", 2, EV_EFI_PLATFORM_FIRMWARE_BLOB2, blob2(b"tee-1", LOADABLE_BASE, LOADABLE[2]), pattern(*LOADABLE)),
        ("tree-volatile", 1, EV_TABLE_OF_DEVICES, b"dts\0" + VOLATILE_RULE + b"\0", volatile),
        ("options", 5, EV_EVENT_TAG, tagged(0x0A, OPTIONS), tagged(0x0A, OPTIONS)),
        ("options-none", 5, EV_EVENT_TAG, tagged(0x0A, b""), tagged(0x0A, b"")),
        ("payload", 4, EV_ACTION, payload, payload),
    ]


def spec_id(algs=ALGS):
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 2, 2, len(algs))
    for alg in algs:
        data += struct.pack("<HH", ALG_IDS[alg], hashlib.new(alg).digest_size)
    data += b"\0"
    return struct.pack("<II", 0, EV_NO_ACTION) + b"\0" * 20 + struct.pack("<I", len(data)) + data


def digests(data):
    return [hashlib.new(alg, data).digest() for alg in ALGS]


def build():
    text = [
        "# SPDX-License-Identifier: BSD-2-Clause",
        "# Written by make.py. Events of docs/measurements.md over small known objects.",
        "# object <name> pattern <factor> <start> <length>    byte i = (factor * i + start) mod 256",
        "# object <name> hex <bytes>",
        "# event  <name> <pcr> <type> <event data> <%s>    in log order" % "> <".join(ALGS),
        "# extra  the same, for an event that this log does not hold",
        "# pcr    <index> <%s>    after the last event" % "> <".join(ALGS),
        "object kernel pattern %d %d %d" % KERNEL,
        "object initrd pattern %d %d %d" % INITRD,
        "object loadable pattern %d %d %d" % LOADABLE,
        "object tree hex " + make_tree(BOOTARGS, False, PADDING).hex(),
        "object tree-volatile hex " + make_tree(BOOTARGS, False, PADDING, BOOTLOADER).hex(),
        "object bootargs hex " + BOOTARGS.hex(),
    ]
    log = spec_id()
    pcrs = {alg: [b"\0" * hashlib.new(alg).digest_size for _ in range(8)] for alg in ALGS}
    for name, pcr, kind, data, obj in events():
        values = digests(obj)
        text.append("event %s %d 0x%08x %s %s" % (name, pcr, kind, data.hex(), " ".join(v.hex() for v in values)))
        log += struct.pack("<III", pcr, kind, len(ALGS))
        for alg, value in zip(ALGS, values):
            log += struct.pack("<H", ALG_IDS[alg]) + value
            pcrs[alg][pcr] = hashlib.new(alg, pcrs[alg][pcr] + value).digest()
        log += struct.pack("<I", len(data)) + data
    error = struct.pack("<I", 1)
    text.append("extra separator-error 0 0x%08x %s %s" % (EV_SEPARATOR, error.hex(), " ".join(v.hex() for v in digests(error))))
    for name, pcr, kind, data, obj in extras():
        values = digests(obj)
        text.append("extra %s %d 0x%08x %s %s" % (name, pcr, kind, data.hex(), " ".join(v.hex() for v in values)))
    for pcr in range(8):
        text.append("pcr %d %s" % (pcr, " ".join(pcrs[alg][pcr].hex() for alg in ALGS)))
    return ("\n".join(text) + "\n").encode(), log


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    status = 0
    for name, data in zip(("events.txt", "measured-boot.log"), build()):
        path = os.path.join(here, name)
        if "--check" in sys.argv[1:]:
            with open(path, "rb") as f:
                if f.read() != data:
                    print("%s is not what make.py writes" % path, file=sys.stderr)
                    status = 1
        else:
            with open(path, "wb") as f:
                f.write(data)
    return status


if __name__ == "__main__":
    sys.exit(main())
