#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""setup.py DIR COMMAND: the files that the scenarios of alloc.c read, in the empty directory DIR. COMMAND is bootchain."""
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPIES = {
    "good.log": "data/vectors/measured-boot.log", "ima.bin": "data/ima-small/list-sha1.bin", "ima.txt": "data/ima-small/list-sha256.txt",
    "pcrs.txt": "data/ima-small/pcrs.txt", "signed.bin": "data/ima-sig/list.bin", "p256.der": "data/ima-sig/p256.der",
    "p384.der": "data/ima-sig/p384.der", "rsa.der": "data/ima-sig/rsa.der", "sha1.log": "fuzz/corpus/tcg_log/sha1-records",
    "efi.log": "fuzz/corpus/tcg_log/every-efi-decoder", "tlv.cel": "fuzz/corpus/cel/tlv", "json.cel": "fuzz/corpus/cel/systemd",
}
# Of the AK p256 the files have the names that evidence has.
COPIES.update({"quote.msg": "data/quote/p256.msg", "quote.sig": "data/quote/p256.sig", "ak.pub": "data/quote/p256.pub",
               "rsa.msg": "data/quote/rsapss.msg", "rsa.sig": "data/quote/rsapss.sig", "rsa.pem": "data/quote/rsapss.pem"})
ZEROS = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


def write(name, data):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def read(name):
    with open(name, "rb") as file:
        return file.read()


def make_trees():
    spec = importlib.util.spec_from_file_location("vectors", TESTS + "/data/vectors/make.py")
    vectors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(vectors)
    write("good.dtb", vectors.make_tree(vectors.BOOTARGS, False, vectors.PADDING))
    write("other.dtb", vectors.make_tree(vectors.BOOTARGS + b" debug", False, vectors.PADDING))


def make_pcrs(values):
    """As tpm2_pcrread prints them, with one that the logs do not lead to, and in a machine's /sys."""
    wrong = ["%s %s %s\n" % (alg, pcr, "11" * (len(value) // 2) if pcr == "4" else value) for alg, pcr, value in values]
    write("wrong.txt", "".join(wrong))
    write("pcrread.txt", "".join(
        "%s:\n%s" % (bank, "".join("  %s: 0x%s\n" % (pcr, value) for alg, pcr, value in values if alg == bank)) for bank in ZEROS))
    for alg, pcr, value in values:
        write("root/sys/class/tpm/tpm0/pcr-%s/%s" % (alg, pcr), value + "\n")


def make_machine():
    write("root/sys/kernel/security/tpm0/binary_bios_measurements", read("good.log"))
    write("root/sys/kernel/security/ima/binary_runtime_measurements", read("ima.bin"))
    write("root/sys/firmware/fdt", read("good.dtb"))
    write("root/proc/cmdline", "console=ttyAMA0\n")
    write("root/proc/sys/kernel/hostname", "board\n")
    write("root/proc/keys", "0b1b2c3d I------     1 perm 1f0b0000     0     0 keyring   .ima: 1\n")
    write("root/var/log/dmesg", "Linux version 6.12\n")
    write("root/sys/kernel/security/evm", "2")
    write("root/sys/kernel/security/ima/policy", "measure func=BPRM_CHECK\n")
    write("root/sys/kernel/security/ima/tpm_state", "active 1\n")


def make_evidence():
    parts = {"quote.msg": "quote.msg", "quote.sig": "quote.sig", "ak.pub": "ak.pub", "pcrs.txt": "all.txt", "firmware.log": "good.log",
             "ima.log": "ima.bin", "fdt.dtb": "good.dtb"}
    files = {}
    for name, source in parts.items():
        data = read(source)
        write("evidence/" + name, data)
        files[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "source": source}
    write("evidence/evidence.json", json.dumps({"schema": "bootchain/evidence/1", "files": files}))
    with tarfile.open("evidence.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(os.listdir("evidence")):
            tar.add("evidence/" + name, arcname=name)


def record_tpm(command):
    """tpm.json: what a TPM answers to the commands of one collect."""
    sys.path.insert(0, TESTS + "/cmd")
    swtpm = importlib.import_module("tpm").Tpm(".")
    shutil.copy(TESTS + "/alloc/tpm_played.py", "tpm.py")
    try:
        subprocess.run([command, "collect", "--root", "root", "--nonce", "00112233445566778899aabbccddeeff", "--tcti",
                        "cmd:/usr/bin/python3 -B tpm.py record %s tpm.json" % swtpm.path, "-o", "new"], check=True, capture_output=True)
        shutil.rmtree("new")
    finally:
        swtpm.close()


def main(directory, command):
    os.chdir(directory)
    for name, source in COPIES.items():
        shutil.copy(os.path.join(TESTS, source), name)
    make_trees()
    values = [line.split() for line in read("pcrs.txt").decode().splitlines() if not line.startswith("#")]
    make_pcrs(values)
    write("all.txt", read("pcrs.txt").decode() + "".join("%s %d %s\n" % (alg, pcr, "00" * size) for alg, size in ZEROS.items() for pcr in (8, 9)))
    write("signed.txt", subprocess.run([command, "replay", "--bank", "sha256", "good.log", "signed.bin"], check=True, capture_output=True).stdout)
    # The same boot without its last event: a separator, with four digests and four bytes of data.
    write("shorter.log", read("good.log")[:-(12 + 4 * 2 + 20 + 32 + 48 + 64 + 4 + 4)])
    make_machine()
    make_evidence()
    record_tpm(command)


if __name__ == "__main__":
    main(*sys.argv[1:])
