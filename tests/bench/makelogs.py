# SPDX-License-Identifier: BSD-2-Clause
"""The logs that the bench of the command reads: made of counters, so that they are the same each time."""
import hashlib
import struct

BANKS = (("sha1", 4), ("sha256", 11), ("sha384", 12))
# The digest of an EV_ACTION must be that of its data, so each is checked.
EV_ACTION, EV_NO_ACTION = 5, 3


def field(data):
    return struct.pack("<I", len(data)) + data


def ima_list(path, entries, alg):
    """ima-ng entries with template digests in alg; paths as long as they are on Debian."""
    with open(path, "wb") as file:
        for n in range(entries):
            digest = hashlib.sha256(b"%d" % n).digest()
            data = field(b"sha256:\0" + digest) + field(b"/usr/lib/x86_64-linux-gnu/modules/%07d.so\0" % n)
            file.write(struct.pack("<I", 10) + hashlib.new(alg, data).digest() + field(b"ima-ng") + field(data))


def firmware_log(path, events):
    """Crypto-agile log of three banks; the data of an event has 64 to 191 bytes."""
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(BANKS))
    spec += b"".join(struct.pack("<HH", number, hashlib.new(alg).digest_size) for alg, number in BANKS) + b"\0"
    with open(path, "wb") as file:
        file.write(struct.pack("<II20xI", 0, EV_NO_ACTION, len(spec)) + spec)
        for n in range(events):
            data = b"event %057d" % n + b"." * (n % 128)
            file.write(struct.pack("<III", n % 8, EV_ACTION, len(BANKS)))
            file.write(b"".join(struct.pack("<H", number) + hashlib.new(alg, data).digest() for alg, number in BANKS) + field(data))
