#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make keys, certificates and signatures of README.md anew (openssl, evmctl), and with --list only the list from what is stored."""
import hashlib
import importlib.util
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# file: key and hash of its signature; its content is its name
FILES = {"p256": ("p256", "sha256"), "p384": ("p384", "sha384"), "rsa": ("rsa", "sha256"), "rsa512": ("rsa", "sha512"), "other": ("other", "sha256")}
KEYS = {"p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "other": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}


def load_small():
    spec = importlib.util.spec_from_file_location("ima_small", os.path.join(HERE, "../ima-small/make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


small = load_small()


def stored(name):
    with open(os.path.join(HERE, name), "rb") as file:
        return file.read()


def signed(name, sig=None, alg=None):
    """(template, data, violation) of a file of FILES, as the kernel lists it."""
    alg = alg or FILES[name][1]
    sig = stored(name + ".sig") if sig is None else sig
    return ("ima-sig", small.d_ng(alg, name.encode()) + small.n_ng(b"/usr/bin/" + name.encode()) + small.field(sig), False)


def verity_digest():
    return b"\x33" * 32


def entries():
    buffer = small.d_ng("sha256", b"6.12") + small.n_ng(b"kernel_version") + small.field(b"6.12")
    verity = small.field(b"verity:sha256:\0" + verity_digest()) + small.n_ng(b"/usr/bin/verity") + small.field(stored("verity.sig"))
    violation = small.field(b"sha256:\0" + bytes(32)) + small.n_ng(b"/var/log/written") + small.field(b"")
    return [small.entries(small.firmware_pcrs())[0], *[signed(name) for name in ("p256", "p384", "rsa", "rsa512")], ("ima-buf", buffer, False),
            ("ima-sigv2", verity, False), ("ima-sig", violation, True)]


def build(rows):
    """A binary list with SHA-256 template digests."""
    out = b""
    for template, data, violation in rows:
        out += struct.pack("<I", 10) + small.template_digest("sha256", template, data, violation) + small.field(template.encode())
        out += small.field(data)
    return out


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificate(key, name, extension):
    config = "[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\n" + extension + "\n"
    with open("x509.conf", "w", encoding="ascii") as out:
        out.write(config)
    run("openssl", "req", "-x509", "-new", "-key", key + ".key", "-subj", "/CN=" + name, "-days", "36500", "-config", "x509.conf", "-outform", "DER",
        "-out", name + ".der")


def make_verity(key):
    """Version 3 over struct ima_file_id: evmctl 1.4 cannot, so openssl does."""
    with open("digest", "wb") as out:
        out.write(hashlib.sha256(b"\x06\x04" + verity_digest()).digest())
    run("openssl", "pkeyutl", "-sign", "-inkey", key + ".key", "-in", "digest", "-out", "signature")
    with open("signature", "rb") as file:
        sig = file.read()
    with open("p256.sig", "rb") as file:
        key_id = file.read()[3:7]
    with open("verity.sig", "wb") as out:
        out.write(b"\x06\x03\x04" + key_id + struct.pack(">H", len(sig)) + sig)


def make_all():
    for key, words in KEYS.items():
        run("openssl", "genpkey", *words, "-out", key + ".key")
        make_certificate(key, key, "subjectKeyIdentifier=hash\nbasicConstraints=critical,CA:FALSE")
    make_certificate("p256", "no-key-id", "basicConstraints=critical,CA:FALSE")
    make_certificate("p256", "other-key-id", "subjectKeyIdentifier=0102030405060708")
    run("openssl", "x509", "-inform", "DER", "-in", "p256.der", "-out", "p256.pem")
    for name, (key, alg) in FILES.items():
        with open(name, "wb") as out:
            out.write(name.encode())
        run("evmctl", "ima_sign", "--sigfile", "-a", alg, "--key", key + ".key", name)
    make_verity("p256")
    kept = [name + ".sig" for name in [*FILES, "verity"]] + [key + ".der" for key in [*KEYS, "no-key-id", "other-key-id"]] + ["p256.pem"]
    for name in kept:
        with open(name, "rb") as source, open(os.path.join(HERE, name), "wb") as target:
            target.write(source.read())


def main():
    if "--list" not in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as work:
            os.chdir(work)
            make_all()
    with open(os.path.join(HERE, "list.bin"), "wb") as out:
        out.write(build(entries()))


if __name__ == "__main__":
    main()
