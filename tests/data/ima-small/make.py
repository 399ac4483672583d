#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the IMA lists and the PCR values of README.md from Linux's description of them; shares nothing with the library."""
import hashlib
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ALGS = ("sha1", "sha256", "sha384", "sha512")
FF = b"\xff"


def field(data):
    return struct.pack("<I", len(data)) + data


def d_ng(alg, data):
    return field(alg.encode() + b":\0" + hashlib.new(alg, data).digest())


def n_ng(name):
    return field(name + b"\0")


def firmware_pcrs():
    """{alg: [PCR 0-7]} of ../vectors/events.txt."""
    pcrs = {alg: [b""] * 8 for alg in ALGS}
    with open(os.path.join(HERE, "..", "vectors", "events.txt"), encoding="ascii") as text:
        for line in text:
            words = line.split()
            if words and words[0] == "pcr":
                for alg, value in zip(ALGS, words[2:]):
                    pcrs[alg][int(words[1])] = bytes.fromhex(value)
    return pcrs


def entries(pcrs):
    """(template, data, violation) in list order; the data of "ima" has no length in front."""
    aggregate = hashlib.sha256(b"".join(pcrs["sha256"]) + b"\0" * 64).digest()
    signature = bytes([3, 2, 4]) + bytes(range(60))
    evm = d_ng("sha256", b"evm") + n_ng(b"/usr/bin/evm") + field(b"\x05\x02" + signature)
    evm += n_ng(b"security.ima|security.capability") + field(struct.pack("<II", 33, 20)) + field(b"v" * 53)
    evm += field(struct.pack("<I", 0)) + field(struct.pack("<I", 0)) + field(struct.pack("<H", 0o100755))
    name = b"/old/name with blanks"
    return [
        ("ima-ng", field(b"sha256:\0" + aggregate) + n_ng(b"boot_aggregate"), False),
        ("ima-ng", d_ng("sha256", b"init") + n_ng(b"/init"), False),
        ("ima-sig", d_ng("sha256", b"sh") + n_ng(b"/bin/sh") + field(signature), False),
        ("ima-sig", d_ng("sha256", b"unsigned") + n_ng(b"/bin/unsigned") + field(b""), False),
        ("ima-buf", d_ng("sha256", b"6.12") + n_ng(b"kernel_version") + field(b"6.12"), False),
        ("ima-ng", field(b"sha256:\0" + b"\0" * 32) + n_ng(b"/var/log/written"), True),
        ("ima", hashlib.sha1(b"old").digest() + field(name), False),
        ("ima-ngv2", field(b"verity:sha256:\0" + b"\x11" * 32) + n_ng(b"/usr/bin/verity"), False),
        ("ima-sigv2", field(b"ima:sha512:\0" + b"\x22" * 64) + n_ng(b"/usr/bin/sigv2") + field(signature), False),
        ("ima-modsig", d_ng("sha256", b"mod") + n_ng(b"/lib/m.ko") + field(b"") + d_ng("sha1", b"m") + field(b"PKCS7"), False),
        ("evm-sig", evm, False),
        ("n-ng|d-ng", n_ng(b"/turned/round") + d_ng("sha256", b"turn"), False),
        ("unheard-of", field(b"one") + field(b"two"), False),
        ("ima-ng", d_ng("sha256", b"\xff") + n_ng(b"/not-utf8-\xff\x1b[2J"), False),
    ]


def template_digest(alg, template, data, violation):
    if violation:
        return b"\0" * hashlib.new(alg).digest_size
    if template == "ima":
        data = data[:20] + data[24:] + b"\0" * (256 - len(data[24:]))
    return hashlib.new(alg, data).digest()


# What each field looks like in an ascii list: digest with its algorithm, name, hex, number.
FORMS = {"ima-ng": "dn", "ima-sig": "dnx", "ima-buf": "dnx", "ima-ngv2": "dn", "ima-sigv2": "dnx", "ima-modsig": "dnxdx",
         "evm-sig": "dnxnxxuuu", "n-ng|d-ng": "nd", "unheard-of": "xx"}


def split(template, data):
    """The fields of template data."""
    if template == "ima":
        return [data[:20], data[24:]]
    fields = []
    while data:
        size, = struct.unpack_from("<I", data)
        fields.append(data[4:4 + size])
        data = data[4 + size:]
    return fields


def big_endian(template, data):
    """The same data as a big-endian machine stores and hashes it; its numbers are zeros and a mode, which stay as they are."""
    fields = split(template, data)
    if template == "ima":
        return fields[0] + struct.pack(">I", len(fields[1])) + fields[1]
    return b"".join(struct.pack(">I", len(one)) + one for one in fields)


def ascii_field(form, data):
    if form == "d":
        names, _, digest = data.partition(b"\0")
        return names + digest.hex().encode()
    return {"n": data.rstrip(b"\0"), "x": data.hex().encode(), "u": b"%d" % int.from_bytes(data, "little")}[form]


def ascii_line(alg, template, data, violation):
    digest = template_digest(alg, template, data, violation).hex().encode()
    fields = split(template, data)
    forms = "xn" if template == "ima" else FORMS[template]
    return b"%2d %s %s" % (10, digest, template.encode()) + b"".join(
        b" " + ascii_field(form, one) for form, one in zip(forms, fields)) + b"\n"


def other_lists(pcrs):
    """One list in the byte order of a big-endian machine, one as text, and their common form."""
    turned, text = b"", b""
    for template, data, violation in entries(pcrs):
        other = big_endian(template, data)
        digest = template_digest("sha256", template, other, violation)
        turned += struct.pack(">I", 10) + digest + struct.pack(">I", len(template)) + template.encode()
        turned += other if template == "ima" else struct.pack(">I", len(other)) + other
        text += ascii_line("sha256", template, data, violation)
    return {"list-sha256-be.bin": turned, "list-sha256.txt": text}


def build():
    pcrs = firmware_pcrs()
    lists = {"sha1": b"", "sha256": b""}
    pcr10 = {alg: b"\0" * hashlib.new(alg).digest_size for alg in ALGS}
    for template, data, violation in entries(pcrs):
        for alg in ALGS:
            digest = template_digest(alg, template, data, violation)
            if alg in lists:
                lists[alg] += struct.pack("<I", 10) + digest + field(template.encode())
                lists[alg] += data if template == "ima" else field(data)
            pcr10[alg] = hashlib.new(alg, pcr10[alg] + (FF * len(digest) if violation else digest)).digest()
    text = "# PCR 0-7 of ../vectors/events.txt, PCR 10 of the list; written by make.py\n"
    for alg in ALGS:
        for pcr, value in enumerate(pcrs[alg]):
            text += "%s %d %s\n" % (alg, pcr, value.hex())
        text += "%s 10 %s\n" % (alg, pcr10[alg].hex())
    return {**other_lists(pcrs), "list-sha1.bin": lists["sha1"], "list-sha256.bin": lists["sha256"], "pcrs.txt": text.encode()}


def main():
    status = 0
    for name, data in build().items():
        path = os.path.join(HERE, name)
        if "--check" not in sys.argv[1:]:
            with open(path, "wb") as out:
                out.write(data)
            continue
        with open(path, "rb") as found:
            if found.read() != data:
                print("%s is not what make.py writes" % path, file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
