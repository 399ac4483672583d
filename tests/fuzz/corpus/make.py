#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the small inputs beside this file, but for those of tcg_log and ima_log (make_logs.py)."""
import hashlib
import importlib.util
import io
import json
import os
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("vectors", os.path.join(HERE, "../../data/vectors/make.py"))
VECTORS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(VECTORS)

SHA1, SHA256 = "01" * 20, "ab" * 32


def evidence(files, **more):
    return json.dumps(dict({"schema": "bootchain/evidence/1", "tool": "bootchain", "files": files}, **more)).encode() + b"\n"


def entry(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "source": "/sys/class/tpm/tpm0"}


def quoted(name):
    with open(os.path.join(HERE, "../../data/quote", name), "rb") as file:
        return file.read()


def quotes():
    """Of ../../data/quote: each form once."""
    message = quoted("two-banks.msg")
    return {
        "quote/p256": quoted("p256.msg"), "quote/two-banks": message, "quote/certify": quoted("certify.msg"),
        "quote/tpm2b": len(message).to_bytes(2, "big") + message,
        "key/p384": quoted("p384.pub"), "key/rsa-tpmt": quoted("rsassa.tpmt"), "key/ecc-der": quoted("p256.der"),
        "key/rsa-der": quoted("rsapss.der"), "key/ecc-pem": quoted("p256.pem"),
        "sig/ecdsa": quoted("p256.sig"), "sig/ecdsa-plain": quoted("p384-plain.sig"), "sig/rsapss": quoted("rsapss.sig"),
    }


def signatures():
    """Of ../../data/ima-sig: certificates and sig fields."""
    names = {"key/cert-ecc": "p256.der", "key/cert-pem": "p256.pem", "key/cert-rsa": "rsa.der", "key/cert-without-key-id": "no-key-id.der",
             "ima_sig/ecdsa": "p256.sig", "ima_sig/rsa": "rsa.sig", "ima_sig/verity": "verity.sig"}
    return {name: quoted(os.path.join("../ima-sig", source)) for name, source in names.items()}


def archive(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0") + b"\0" * 1024  # small enough for every cut and flip


def archives():
    lines = b"sha1 0 00\n"
    return {
        "evidence_tar/good": archive({"pcrs.txt": lines, "evidence.json": evidence({"pcrs.txt": entry(lines)})}),
        "evidence_tar/no-files": archive({"./evidence.json": evidence({})}), "evidence_tar/unknown": archive({"x": b""}),
        "evidence_tar/twice": archive({"pcrs.txt": lines, "./pcrs.txt": lines}),
    }


def inputs():
    tree = VECTORS.make_tree(b"quiet", False, b"\xa5" * 8)
    nodes = VECTORS.make_tree(b"quiet", False, b"", 1)
    good = {"pcrs.txt": entry(b"sha1 0 00\n")}
    return {
        "pcr_text/lines": ("# note\nsha1 0 %s\nsha256 23 %s # note\n" % (SHA1, SHA256)).encode(),
        "pcr_text/pcrread": ("  sha1:\n    0 : 0x%s\n    10: 0x%s\n  sha256:\n    9 : 0x%s\n" % (SHA1, SHA1, SHA256.upper())).encode(),
        "pcr_text/twice": ("sha1 0 %s\nsha1 0 %s\n" % (SHA1, SHA1)).encode(),
        "pcr_text/tpm12": "".join("PCR-%02d: %s \n" % (i, " ".join("%02X" % (i * 7 + j & 255) for j in range(20))) for i in range(3)).encode(),
        "pcr_text/not-a-bank": b"md5:\n 0 : 0x00\n",
        "fdt_rule/vector": VECTORS.make_tree(VECTORS.BOOTARGS, False, VECTORS.PADDING),
        "fdt_rule/small": tree,
        "fdt_rule/blanked": VECTORS.make_tree(b"quiet", True, b""),
        "fdt_rule/nodes": VECTORS.VOLATILE_RULE + b"\0" + nodes,
        "fdt_rule/nodes-twice": b"fdt1 /chosen/bootloader /chosen/bootloader /chosen /chosen/bootloader/config\0" + nodes,
        "fdt_rule/nodes-many": b"fdt1" + b" /chosen" * 16 + b"\0" + nodes,
        "fdt_rule/nodes-root": b"fdt1 /\0" + nodes,
        "fdt_rule/nodes-long": b"fdt1 " + b"/chosen" * 145 + b"\0" + nodes,
        "fdt_rule/zeros": b"\0" * 64,
        "evidence/good": evidence(good, missing=[{"file": "fdt.dtb", "why": "No such file or directory"}]),
        "evidence/unknown-member": evidence(good, later={"a": [1, {"b": None}]}),
        "evidence/not-there": evidence({"ima.log": entry(b"")}),
        "evidence/deep": b'{"schema":' + b"[" * 40 + b"\n",
    }


for name, data in [*inputs().items(), *quotes().items(), *archives().items(), *signatures().items()]:
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
