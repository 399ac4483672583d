# SPDX-License-Identifier: BSD-2-Clause
"""A machine in order, as a directory for `bootchain doctor --root`: made from words, so that a test can change one of them."""
import hashlib
import os
import struct

from conftest import digest_of, events, firmware_log, vectors, write

SECURITY, TPM = "sys/kernel/security/", "sys/class/tpm/tpm0/"
BOOTARGS = b"console=ttyAMA0 ima_policy=tcb panic=1"
KEYS = """0a1b2c3d I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1
0b1b2c3d I------     1 perm 1f0b0000     0     0 keyring   .ima: 1
0c1b2c3d I------     1 perm 1f0b0000     0     0 keyring   .evm: 1
0d1b2c3d I------     1 perm 1f030000     0     0 asymmetri IMA signing key: X509.ecdsa 4667b1c7 []
"""
POLICY = "measure func=BPRM_CHECK \nappraise func=BPRM_CHECK appraise_type=imasig \n"
KERNEL_LOG = "[    0.000000] Linux version 6.12.117\n[    1.9] ima: Allocated hash algorithm: sha256\n[    2.0] integrity: Loaded X.509 cert\n"


def be32(*values):
    return b"".join(struct.pack(">I", value) for value in values)


def pad4(data):
    return data + bytes(-len(data) % 4)


def tree(nodes, nop=False):
    """A flat tree of {path: {property: bytes}}, parents before children; nop: as rule fdt1 has it, without the seeds in /chosen."""
    strings, block, depth = b"", b"", 0
    for path, properties in nodes.items():
        level = 0 if path == "/" else path.count("/")
        block += be32(2) * (depth - level) + be32(1) + pad4(path.rpartition("/")[2].encode() + b"\0")
        depth = level + 1
        for name, value in properties.items():
            if name.encode() + b"\0" not in strings:
                strings += name.encode() + b"\0"
            record = be32(3, len(value), strings.index(name.encode() + b"\0")) + pad4(value)
            seed = nop and path == "/chosen" and name in ("kaslr-seed", "rng-seed")
            block += be32(4) * (len(record) // 4) if seed else record
    block += be32(2) * depth + be32(9)
    head = 40 + 16
    return be32(0xD00DFEED, head + len(block) + len(strings), head, head + len(block), 40, 17, 16, 0, len(strings), len(block)) + bytes(16) + \
        block + strings


def field(data):
    return struct.pack("<I", len(data)) + data


class Machine:
    """What the machine has; write() makes the files. PCR values follow from `rows` and `entries`, unless `logged` says what the log tells."""

    def __init__(self, boot):
        self.boot, self.files, self.log_end = boot, {}, b""
        self.nodes = {"/": {"compatible": b"test\0"}, "/chosen": {"kaslr-seed": bytes(8), "bootargs": BOOTARGS + b"\0"},
                      "/tpm@1000": {"compatible": b"vendor,chip\0tcg,tpm-tis-mmio\0", "linux,sml-base": bytes(8)}}
        self.files.update({
            "proc/cmdline": BOOTARGS + b"\n", "proc/keys": KEYS, "var/log/dmesg": KERNEL_LOG, TPM + "tpm_version_major": "2\n",
            SECURITY + "ima/policy": POLICY, SECURITY + "ima/tpm_state": "active 812\n", SECURITY + "evm": "2", SECURITY + "lsm": "capability",
            "sys/class/rtc/rtc0/name": "pl031\n",
        })
        self.bootargs = BOOTARGS
        self.rows = self.logged = self.entries = None
        self.template, self.alg, self.name, self.record, self.violation = "ima-sig", "sha256", b"boot_aggregate", "early", False
        self.banks, self.shift_pcr = ("sha1", "sha256"), None
        self.aggregate = None

    def replace(self, **rows):
        """The rows of a good boot, some with other bytes: name = (event data, object), or None to leave it out."""
        cmdline = vectors.tagged(9, self.bootargs)
        more = {"tree": (b"dts\0fdt1\0", tree(self.nodes, nop=True)), "cmdline": (cmdline, cmdline), **rows}
        out = []
        for name, pcr, kind, data, obj in events():
            if more.get(name, True) is not None:
                out.append([name, pcr, kind, *more.get(name, (data, obj))])
        return out

    def firmware(self, alg, rows):
        pcrs = {pcr: bytes(hashlib.new(alg).digest_size) for pcr in range(24)}
        for row in rows:
            if row[2] != vectors.EV_NO_ACTION:
                pcrs[row[1]] = hashlib.new(alg, pcrs[row[1]] + digest_of(alg, row)).digest()
        return pcrs

    def ima(self, rows, log):
        """[(template, data, violation)]"""
        pcrs = self.firmware("sha256" if self.alg != "sha1" else "sha1", rows)
        over = b"".join(pcrs[pcr] for pcr in range(10 if self.alg != "sha1" else 8))
        aggregate = self.aggregate if self.aggregate is not None else hashlib.new(self.alg, over).digest()
        sig = field(b"") if "sig" in self.template else b""

        def entry(name, digest):
            return self.template, field(self.alg.encode() + b":\0" + digest) + field(name + b"\0") + sig, False
        out = [entry(self.name, aggregate)]
        if self.record:
            text = b"format=tcg2;sha256=%s;len=%d;events=%d;tpm=%s;pcr10=zero;" % (
                hashlib.sha256(log).hexdigest().encode(), len(log), len(rows) + 1, self.record.encode())
            out.append(("ima-buf", field(b"sha256:\0" + hashlib.sha256(text).digest()) + field(b"firmware_log\0") + field(text), False))
        out.append(entry(b"/sbin/init", hashlib.new(self.alg, b"init").digest()))
        if self.violation:
            out.append((*entry(b"/var/log/x", bytes(hashlib.new(self.alg).digest_size))[:2], True))
        return out

    def write(self):
        rows = self.rows or self.replace()
        log = firmware_log(self.logged or rows)
        entries = self.entries or self.ima(rows, log)
        listed = b""
        for template, data, violation in entries:
            digest = bytes(20) if violation else hashlib.sha1(data).digest()
            listed += struct.pack("<I20sI", 10, digest, len(template)) + template.encode() + field(data)
        files = {"sys/firmware/fdt": tree(self.nodes), SECURITY + "tpm0/binary_bios_measurements": log + self.log_end,
                 SECURITY + "ima/binary_runtime_measurements": listed}
        for alg in self.banks:
            pcrs = self.firmware(alg, rows)
            for template, data, violation in entries:
                size = hashlib.new(alg).digest_size
                extended = b"\xff" * size if violation else hashlib.new(alg, data).digest()
                pcrs[10] = hashlib.new(alg, pcrs[10] + extended).digest()
            if self.shift_pcr:
                pcrs = self.shift_pcr(alg, pcrs)
            files.update({TPM + "pcr-%s/%d" % (alg, pcr): value.hex().upper() + "\n" for pcr, value in pcrs.items() if not 17 <= pcr <= 22})
        for name, data in {**files, **self.files}.items():
            path = self.boot / ("root/" + name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if data is not None:
                write(path, data)
        driver = self.boot / ("root/" + TPM + "device")
        os.makedirs(driver, exist_ok=True)
        if not os.path.lexists(driver + "/driver"):
            os.symlink("../../../../bus/platform/drivers/tpm_tis", driver + "/driver")

    def examine(self, *words):
        self.write()
        return self.boot.run("doctor", "--json", "--root", "root", *words)


def statuses(result):
    return {check["name"]: check["status"] for check in result.json["checks"]}


def message(result, name):
    return next(check["message"] for check in result.json["checks"] if check["name"] == name)
