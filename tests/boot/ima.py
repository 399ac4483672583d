# SPDX-License-Identifier: BSD-2-Clause
"""Boots in which IMA and EVM appraise: one root filesystem with a file for each case, changed behind the kernel's back.

Nothing is changed by a program that the kernel sees: debugfs writes into the image, as somebody with the flash chip in hand would.
"""
import atexit
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

import lab
import replay

ROOTFS = pathlib.Path(lab.TOP, "board", "image", "rootfs.sh")
GUEST = pathlib.Path(lab.TOP, "tests", "boot", "guest")
DEBUGFS_PATH = {"PATH": lab.ENV["PATH"] + ":/usr/sbin:/sbin"}
BLOCK = 4096
SCRIPT = "#!/bin/sh\necho ran %s\n"
# Programs that are called by their name in /opt.
PROGRAMS = ("good", "unsigned", "of-user", "content", "hash-old", "hash-new", "other-key", "owner", "mode", "group", "never-used", "package")
CLEARED = ("opt/unsigned", "opt/of-user", "opt/group", "opt/never-used", "opt/hash-old", "opt/hash-new", "etc/machine-id", "etc/random-seed", "etc/ld.so.cache", "etc/ima/unsigned",
           "lib/aarch64-linux-gnu/libkeyutils.so.1")
USER = 1000

APPRAISE_TCB = "ima_policy=tcb ima_policy=appraise_tcb"
EMBEDDED = "ima_policy=tcb bootchain.policy=embedded"


def debugfs(image, *commands):
    done = subprocess.run(["debugfs", "-w", "-f", "/dev/stdin", str(image)], input="\n".join(commands) + "\n", capture_output=True, text=True,
                          check=False, env=dict(lab.ENV, **DEBUGFS_PATH))
    # It says what it does not like on stderr, behind its version, and ends with 0.
    said = [line for line in done.stderr.splitlines() if not line.startswith("debugfs ")]
    if done.returncode or said:
        raise RuntimeError("debugfs: %s" % said)
    return done.stdout


def set_byte(image, path, at, value):
    """One byte of a file, in its block."""
    block = int(re.findall(r"^(\d+)$", debugfs(image, "bmap /%s %d" % (path, at // BLOCK)), re.M)[0])
    with open(image, "r+b") as file:
        file.seek(block * BLOCK + at % BLOCK)
        old = file.read(1)
        assert old != value and len(value) == 1
        file.seek(-1, 1)
        file.write(value)


def set_attribute(image, path, name, value, work):
    (work / "value").write_bytes(value)
    debugfs(image, "ea_set -f %s /%s security.%s" % (work / "value", path, name))


def attribute(image, path, name, work):
    debugfs(image, "ea_get -f %s /%s security.%s" % (work / "got", path, name))
    return (work / "got").read_bytes()


def hash_label(data):
    """IMA_XATTR_DIGEST_NG, sha256 (Linux: security/integrity/integrity.h)."""
    return b"\x04\x04" + hashlib.sha256(data).digest()


def other_key(work, data):
    """security.ima for these bytes, made with a key that no CA has signed."""
    lab.must("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", work / "other.pem")
    (work / "file").write_bytes(data)
    lab.must("evmctl", "ima_sign", "-a", "sha256", "--sigfile", "--key", work / "other.pem", work / "file")
    return (work / "file.sig").read_bytes()


def make_root(work):
    """The root filesystem of all these boots."""
    add = work / "add"
    for directory in ("opt/next", "etc/ima", "sbin"):
        (add / directory).mkdir(parents=True)
    for name in PROGRAMS:
        (add / "opt" / name).write_text(SCRIPT % name)
        (add / "opt" / name).chmod(0o755)
    (add / "opt/next/package").write_text(SCRIPT % "the next package")
    (add / "opt/next/package").chmod(0o755)
    for name, text in (("read-by-root", "r\n"), ("read-by-user", "u\n"), ("signed.conf", "s\n"), ("machine-id", "uninitialized\n"),
                       ("random-seed", "1\n"), ("ld.so.cache", "2\n"),
                       ("ima/unsigned", "dont_appraise fowner=0\n")):
        (add / "etc" / name).write_text(text)
    shutil.copy(GUEST / "ima_checks.sh", add / "sbin/init")
    shutil.copy(pathlib.Path(lab.TOP, "board/image/system"), add / "sbin/system")
    for name in ("init", "system"):
        (add / "sbin" / name).chmod(0o755)
    image = work / "root.img"
    words = [word for path in CLEARED for word in ("--clear", path)]
    lab.must(ROOTFS, "--type", "ext4", "--add", add, *words, image)
    # The package's builder signs the next version; the files with its attributes are signed in turn, by a second pass.
    for name in ("ima", "evm"):
        (add / "opt/next" / ("package." + name)).write_text(attribute(image, "opt/next/package", name, work).hex() + "\n")
    lab.must(ROOTFS, "--type", "ext4", "--add", add, *words, image)

    good, bad = (SCRIPT % "content").encode(), b"C"
    set_byte(image, "opt/content", good.index(b"content"), bad)
    for name in ("hash-old", "hash-new"):
        old = (SCRIPT % name).encode()
        new = old.replace(b"hash", b"Hash")
        set_byte(image, "opt/" + name, old.index(b"hash"), b"H")
        set_attribute(image, "opt/" + name, "ima", hash_label(old if name == "hash-old" else new), work)
    set_attribute(image, "opt/other-key", "ima", other_key(work, (SCRIPT % "other-key").encode()), work)
    debugfs(image, "sif /opt/owner uid %d" % USER, "sif /opt/of-user uid %d" % USER, "sif /opt/mode mode 0100775", "sif /opt/group gid %d" % USER)
    return image


ROOT_LOCK = threading.Lock()


def root():
    """Made once a session."""
    work = pathlib.Path(lab.BUILD, "check", "boot", "ima-root")
    with ROOT_LOCK:
        if not getattr(root, "made", None):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            root.made = make_root(work)
    return root.made


def conf_with(words, test):
    conf = lab.extlinux_conf()
    profile = re.search(r"^%s (.*)$" % os.environ.get("PROFILE", "enforce"), pathlib.Path(lab.TOP, "board/image/profiles").read_text(encoding="utf-8"), re.M)[1]
    assert conf.count(profile) == 1
    return conf.replace(profile, "%s bootchain.test=%s rw" % (words, test))


def ima_boot(words, test, initrd=None, kernel=None):
    def make(out):
        (out / "extlinux.conf").write_text(conf_with(words, test))
        more = ["--initrd", initrd(out)] if initrd else []
        more += ["--kernel", kernel(out)] if kernel else []
        return lab.disk_with(out, "--extlinux", out / "extlinux.conf", "--root", root(), *more)
    return make


def initrd_plus(out, files):
    """The image's initrd with other files: {path: (bytes, mode)}; of two archives the later one's stay."""
    top = out / "more"
    for path, (data, mode) in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(data)
        (top / path).chmod(mode)
    lab.must("sh", "-c", "find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | gzip -n >../more.gz", cwd=top)
    (out / "initrd.gz").write_bytes(replay.read(lab.OUT, "initrd.gz") + (out / "more.gz").read_bytes())
    return out / "initrd.gz"


def without_evm(out):
    """EVM stays off without a certificate."""
    return initrd_plus(out, {"etc/keys/x509_evm.der": (b"", 0o644)})


def another_ca(out, names=("ima",), length=None):
    """A CA and certificates of somebody else, as `make keys` makes them: {name: bytes}; a CA of this length in DER."""
    # Outside the source tree, as `make keys` wants it.
    elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="bootchain-test-"))
    atexit.register(shutil.rmtree, elsewhere, True)
    for number in range(200):
        there = elsewhere / str(number)
        lab.must(pathlib.Path(lab.TOP, "board/build/keys.sh"), env=dict(lab.ENV, BOOTCHAIN_KEYS=str(there)))
        lab.must("openssl", "x509", "-in", there / "ima-local-ca.pem", "-outform", "DER", "-out", there / "ca.der")
        ca = (there / "ca.der").read_bytes()
        if length in (None, len(ca)):
            return {"ca": ca, "keys": there, **{name: (there / ("x509_%s.der" % name)).read_bytes() for name in names}}
    raise RuntimeError("no CA of %s bytes in 200 tries" % length)


def untrusted_certificate(out):
    return initrd_plus(out, {"etc/keys/x509_ima.der": (another_ca(out)["ima"], 0o644)})


# A program of the initramfs before its own /init: keys that the kernel does not load itself.
KEYCTL_INIT = """#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
%s
umount /sys/kernel/security
umount /sys
umount /proc
exec /init.image
"""
CERTIFICATES = """for name in ima evm; do
	keyctl padd asymmetric "" %:.$name </etc/certificates/x509_$name.der || echo "keyctl failed: $name"
done"""
# EVM's key for HMACs; a new one each boot is enough here. (Documentation/security/keys/trusted-encrypted.rst)
HMAC_KEY = """keyctl add user kmk 0123456789abcdef0123456789abcdef @u >/dev/null || echo "keyctl failed: kmk"
keyctl add encrypted evm-key "new user:kmk 64" @u >/dev/null || echo "keyctl failed: evm-key"
keyctl link @u @s
printf 1 >/sys/kernel/security/evm || echo "evm failed"
"""


def with_keyctl(out, script, more):
    sysroot = pathlib.Path(lab.must(pathlib.Path(lab.TOP, "board/build/fetch.sh"), "sysroot", "arm64").stdout.strip())
    files = {"init": ((KEYCTL_INIT % script).encode(), 0o755),
             "init.image": (pathlib.Path(lab.TOP, "board/image/init").read_bytes(), 0o755), **more}
    for name, to in (("keyctl", "bin"), ("ld-linux-aarch64.so.1", "lib"), ("libc.so.6", "lib"), ("libkeyutils.so.1", "lib")):
        found = next(path for path in sorted(sysroot.rglob(name)) if path.is_file())
        files["%s/%s" % (to, name)] = (found.read_bytes(), 0o755)
    return initrd_plus(out, files)


def loaded_by_keyctl(out):
    more = {}
    for name in ("ima", "evm"):
        more["etc/keys/x509_%s.der" % name] = (b"", 0o644)
        more["etc/certificates/x509_%s.der" % name] = ((lab.keys() / ("x509_%s.der" % name)).read_bytes(), 0o644)
    return with_keyctl(out, CERTIFICATES, more)


def with_hmac_key(out):
    return with_keyctl(out, HMAC_KEY, {})


def kept(words, test, before=None, initrd=None):
    """The root filesystem is a disk of its own that keeps what is written; `before` is the boot that wrote it."""
    def make(out):
        image = out / "kept.img"
        if before:
            earlier = pathlib.Path(lab.BUILD, "check", "boot", "runs", before, "kept.img")
            shutil.copy(earlier, image)
        else:
            shutil.copy(root(), image)
        conf = conf_with(words, test)
        assert conf.count("root=PARTLABEL=root ") == 1
        (out / "extlinux.conf").write_text(conf.replace("root=PARTLABEL=root ", "root=/dev/vda "))
        more = ["--initrd", initrd(out)] if initrd else []
        return lab.disk_with(out, "--extlinux", out / "extlinux.conf", *more) + [
            word for part in ("-drive", "if=none,id=kept,format=raw,file=%s" % image, "-device", "virtio-blk-device,drive=kept") for word in ("--qemu", part)]
    return make


def swapped_ca(out):
    """Somebody else's CA in the kernel, where the user's is, and files that he has signed: what only a verifier can see."""
    ca = replay.read(lab.keys(), "ima-local-ca.pem")
    (out / "ca.pem").write_bytes(ca)
    lab.must("openssl", "x509", "-in", out / "ca.pem", "-outform", "DER", "-out", out / "ca.der")
    ours = (out / "ca.der").read_bytes()
    theirs = another_ca(out, ("ima", "evm"), len(ours))
    image = replay.read(lab.OUT, "Image")
    assert image.count(ours) == 1
    (out / "Image").write_bytes(image.replace(ours, theirs["ca"]))
    initrd_plus(out, {"etc/keys/x509_%s.der" % name: (theirs[name], 0o644) for name in ("ima", "evm")})
    lab.must(ROOTFS, out / "root.img", env=dict(lab.ENV, BOOTCHAIN_KEYS=str(theirs["keys"])))
    return lab.disk_with(out, "--kernel", out / "Image", "--initrd", out / "initrd.gz", "--root", out / "root.img")


def erofs(out):
    lab.must(ROOTFS, "--type", "erofs", out / "root.img")
    return lab.disk_with(out, "--root", out / "root.img")


def without_tpm(out):
    """U-Boot goes on without a TPM, as that of the image does not."""
    return ima_boot(EMBEDDED, "log")(out) + ["--tpm", "none"] + lab.with_open_uboot()


SPECS = {
    "ima-no-tpm": without_tpm,
    "ima-tcb": ima_boot("ima_policy=tcb", "tcb"),
    "ima-union": ima_boot(APPRAISE_TCB, "union"),
    "ima-hash": ima_boot(APPRAISE_TCB, "hash", initrd=without_evm),
    "ima-embedded": ima_boot(EMBEDDED, "embedded"),
    "ima-group": ima_boot(EMBEDDED + "-group", "group"),
    "ima-log": ima_boot(EMBEDDED + " ima_appraise=log", "log"),
    "ima-off": ima_boot(EMBEDDED + " ima_appraise=off", "off"),
    "ima-untrusted": ima_boot(EMBEDDED, "tcb", initrd=untrusted_certificate),
    "ima-keyctl": ima_boot(EMBEDDED, "group", initrd=loaded_by_keyctl),
    "ima-fix": kept("ima_appraise=fix " + APPRAISE_TCB, "fix", initrd=without_evm),
    "ima-fixed": kept(APPRAISE_TCB, "fixed", before="ima-fix", initrd=without_evm),
    "ima-evm-fix": kept("ima_appraise=fix evm=fix " + APPRAISE_TCB, "evmfix", initrd=with_hmac_key),
    "ima-update": kept(EMBEDDED, "update"),
    "ima-updated": kept(EMBEDDED, "updated", before="ima-update"),
    "ima-swapped-ca": swapped_ca,
    "ima-erofs": erofs,
}
# A boot that goes on where another one ended.
AFTER = {"ima-fixed": "ima-fix", "ima-updated": "ima-update"}


def tries(boot):
    """{name: (status, text)}, the last of each name."""
    found = re.findall(r"^TRY (\S+) (\d+) ?(.*?) *$", boot.console, re.M)
    assert found, "the guest tried nothing\n" + boot.console[-3000:]
    return {name: (int(status), text) for name, status, text in found}


def policy_shown(boot):
    text = re.search(r"^POLICY begin\n(.*?)^POLICY end$", boot.console, re.M | re.S)[1]
    return [line.strip() for line in text.splitlines() if line.strip()]


def policy_file(name):
    text = pathlib.Path(lab.TOP, "kernel", "policy", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def audit(boot, name):
    """[(operation, cause)] of the kernel's audit messages about a file."""
    return re.findall(r'op=(\S+) cause=(\S+) .*?name="[^"]*%s"' % re.escape(name), boot.console)


def paths(boot):
    return [entry.name() for entry in replay.ImaList(boot.read("ima.log")).entries]
