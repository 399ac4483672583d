#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make the quotes, signatures and keys of README.md anew: swtpm is extended with the boot of ../vectors and ../ima-small, tpm2-tools do the rest."""
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NONCE = "00112233445566778899aabbccddeeff"
KEYS = {"p256": ("ecc256", "ecdsa", "sha256"), "p384": ("ecc384", "ecdsa", "sha384"), "rsassa": ("rsa2048", "rsassa", "sha256"),
        "rsapss": ("rsa2048", "rsapss", "sha256")}


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, "..", name, "make.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


vectors, ima = load("vectors"), load("ima-small")


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    if words[0].startswith("tpm2_"):  # nobody manages the three places that a TPM has
        subprocess.run(["tpm2_flushcontext", "-t"], check=True)


def extend(pcr, digests):
    run("tpm2_pcrextend", "%d:%s" % (pcr, ",".join("%s=%s" % (alg, value.hex()) for alg, value in digests.items())))


def boot():
    for _, pcr, kind, _, obj in vectors.events():
        if kind != 3:
            extend(pcr, {alg: hashlib.new(alg, obj).digest() for alg in vectors.ALGS})
    for template, data, violation in ima.entries(ima.firmware_pcrs()):
        digests = {alg: ima.template_digest(alg, template, data, violation) for alg in ima.ALGS}
        extend(10, {alg: b"\xff" * len(d) if violation else d for alg, d in digests.items()})


def quote(context, name, selection, hash_alg="sha256", nonce=NONCE, signature_format="tss", scheme="ecdsa"):
    run("tpm2_quote", "-c", context, "-l", selection, "-g", hash_alg, "-m", name + ".msg", "-s", name + ".sig", "-q", nonce, "-f",
        signature_format, "--scheme", scheme)


def make_keys():
    for name, (kind, scheme, hash_alg) in KEYS.items():
        run("tpm2_createprimary", "-C", "e", "-g", hash_alg, "-G", "%s:%s-%s:null" % (kind, scheme, hash_alg), "-c", name + ".ctx", "-a",
            "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign")
        run("tpm2_readpublic", "-c", name + ".ctx", "-f", "tss", "-o", name + ".pub")
        for form in ("tpmt", "pem", "der"):
            run("tpm2_readpublic", "-c", name + ".ctx", "-f", form, "-o", "%s.%s" % (name, form))


def make_quotes():
    for name, (_, scheme, hash_alg) in KEYS.items():
        quote(name + ".ctx", name, "sha256:0,1,2,3,4,5,6,7,8,9,10", hash_alg, scheme=scheme)
        quote(name + ".ctx", name + "-plain", "sha256:0,1,2,3,4,5,6,7,8,9,10", hash_alg, signature_format="plain", scheme=scheme)
    quote("p256.ctx", "two-banks", "sha384:10,0,1,2,3,4,5,6,7+sha1:0,10")
    quote("p256.ctx", "sha1-only", "sha1:0,1,2,3,4,5,6,7,8,9,10")
    quote("p256.ctx", "pcr-10-only", "sha256:10")
    quote("p256.ctx", "no-nonce", "sha256:0,1,2,3,4,5,6,7,8,9,10", nonce="")


def make_others():
    """A statement of the AK that is no quote, and a quote that a key signed which signs anything."""
    run("tpm2_certify", "-c", "p256.ctx", "-C", "p256.ctx", "-g", "sha256", "-o", "certify.msg", "-s", "certify.sig")
    run("tpm2_createprimary", "-C", "e", "-G", "ecc256:null:null", "-c", "open.ctx", "-a", "sensitivedataorigin|userwithauth|sign|fixedtpm|fixedparent")
    run("tpm2_readpublic", "-c", "open.ctx", "-f", "tss", "-o", "open.pub")
    with open("p256.msg", "rb") as made, open("open.msg", "wb") as forged:
        forged.write(made.read())
    run("tpm2_sign", "-c", "open.ctx", "-g", "sha256", "-s", "ecdsa", "-o", "open.sig", "open.msg")


KEPT = ["%s%s" % (name, end) for name in KEYS for end in (".msg", ".sig", "-plain.sig", ".pub", ".tpmt", ".pem", ".der")]
KEPT += ["%s-plain.msg" % name for name in KEYS]
KEPT += [name + end for name in ("two-banks", "sha1-only", "pcr-10-only", "no-nonce", "certify", "open") for end in (".msg", ".sig")]
KEPT += ["open.pub"]


def main():
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        os.mkdir("state")
        run("swtpm_setup", "--tpm2", "--tpmstate", "state", "--pcr-banks", "sha1,sha256,sha384,sha512", "--overwrite")
        with subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", "dir=state", "--flags", "startup-clear", "--server",
                               "type=unixio,path=tpm", "--ctrl", "type=unixio,path=tpm.ctrl"], stderr=subprocess.DEVNULL) as server:
            os.environ["TPM2TOOLS_TCTI"] = "swtpm:path=" + os.path.join(work, "tpm")
            try:
                while not os.path.exists("tpm.ctrl"):
                    pass
                boot()
                make_keys()
                make_quotes()
                make_others()
            finally:
                server.kill()
        for name in KEPT:
            with open(name, "rb") as source, open(os.path.join(HERE, name), "wb") as target:
                target.write(source.read())


if __name__ == "__main__":
    main()
