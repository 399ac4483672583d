# SPDX-License-Identifier: BSD-2-Clause
"""Runs build/tools/bootchain on files of one boot: the golden firmware log, the small IMA list, their PCRs and their tree."""
import hashlib
import importlib.util
import json
import os
import struct
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMAND = os.path.abspath(os.environ.get("BOOTCHAIN", os.path.join(TOP, "build/tools/bootchain")))
DATA = os.path.join(TOP, "tests/data")


def load_vectors():
    spec = importlib.util.spec_from_file_location("vectors", os.path.join(DATA, "vectors/make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


vectors = load_vectors()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def events():
    return [list(event) for event in vectors.events()]


def volatile_tree(count, nop=False):
    """A tree whose firmware counts boots in it; nop: as rule fdt1 with vectors.VOLATILE_RULE's nodes leaves it."""
    return vectors.make_tree(vectors.BOOTARGS, nop, b"", count, nop)


def volatile_events(rule=vectors.VOLATILE_RULE):
    """The events of a boot in which such a tree was measured by the rule."""
    rows = events()
    rows[1][3], rows[1][4] = b"dts\0" + rule + b"\0", volatile_tree(1, True)
    return rows


def digest_of(alg, row):
    """Of the object; the object may be a function of the bank that gives the digest. EV_NO_ACTION has zeros."""
    if callable(row[4]):
        return row[4](alg)
    return bytes(hashlib.new(alg).digest_size) if row[2] == vectors.EV_NO_ACTION else hashlib.new(alg, row[4]).digest()


def firmware_log(rows, algs=vectors.ALGS):
    """Records as docs/measurements.md says; rows as make.py's events(): name, pcr, type, event data, object."""
    log = bytearray(vectors.spec_id(algs))
    for row in rows:
        _, pcr, kind, data, _ = row
        log += struct.pack("<III", pcr, kind, len(algs))
        for alg in algs:
            log += struct.pack("<H", vectors.ALG_IDS[alg]) + digest_of(alg, row)
        log += struct.pack("<I", len(data)) + data
    return bytes(log)


class Result:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout.decode(), process.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Boot:
    """A directory with the files of one boot, and the command run in it."""

    def __init__(self, path):
        self.path = str(path)
        write(self / "good.log", read(os.path.join(DATA, "vectors/measured-boot.log")))
        write(self / "ima.bin", read(os.path.join(DATA, "ima-small/list-sha1.bin")))
        write(self / "pcrs.txt", read(os.path.join(DATA, "ima-small/pcrs.txt")))
        write(self / "good.dtb", vectors.make_tree(vectors.BOOTARGS, False, vectors.PADDING))

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def run(self, *words, stdin=b"", env=(), raw=False):
        process = subprocess.run([COMMAND, *words], cwd=self.path, input=stdin, capture_output=True, timeout=60,
                                 env=dict(os.environ, LC_ALL="C.UTF-8", **dict(env)), check=False)
        return process if raw else Result(process)

    def verify(self, *words, pcrs="pcrs.txt", log="good.log", ima="ima.bin", **more):
        return self.run("verify", "--pcrs", pcrs, "--firmware-log", log, "--ima-log", ima, *words, **more)

    def change(self, name, new, offset):
        """A copy of a file with one byte changed."""
        data = bytearray(read(self / name))
        data[offset] ^= 1
        write(self / new, bytes(data))
        return new


@pytest.fixture
def boot(tmp_path):
    return Boot(tmp_path)


FILES = {
    "firmware.log": "sys/kernel/security/tpm0/binary_bios_measurements",
    "ima.log": "sys/kernel/security/ima/binary_runtime_measurements",
    "fdt.dtb": "sys/firmware/fdt",
    "cmdline.txt": "proc/cmdline",
    "ima-policy.txt": "sys/kernel/security/ima/policy",
    "build.json": "etc/bootchain/build.json",
}


@pytest.fixture
def machine(boot):
    """A root directory with everything that collect reads."""
    content = {
        "firmware.log": read(boot / "good.log"), "ima.log": read(boot / "ima.bin"), "fdt.dtb": read(boot / "good.dtb"),
        "cmdline.txt": vectors.BOOTARGS + b"\n", "ima-policy.txt": b"measure func=BPRM_CHECK\n", "build.json": b"{}\n",
    }
    for name, path in FILES.items():
        os.makedirs(os.path.dirname(boot / "root" + "/" + path), exist_ok=True)
        write(boot / ("root/" + path), content[name])
    for alg, pcr, value in (line.split() for line in read(boot / "pcrs.txt").decode().splitlines() if line[0] != "#"):
        os.makedirs(boot / ("root/sys/class/tpm/tpm0/pcr-" + alg), exist_ok=True)
        write(boot / ("root/sys/class/tpm/tpm0/pcr-%s/%s" % (alg, pcr)), value.upper() + "\n")
    os.makedirs(boot / "root/proc/sys/kernel")
    write(boot / "root/proc/sys/kernel/hostname", "board\n")
    boot.content = content
    return boot
