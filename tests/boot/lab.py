# SPDX-License-Identifier: BSD-2-Clause
"""The boots of these tests: what each one is given, how it is run, what it left behind."""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time

import pytest
import replay

needs = pytest.mark.needs

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("BOOTCHAIN_BUILD") or os.path.join(TOP, "build")
BOARD = os.environ.get("BOARD") or "qemu-arm64"
OUT = os.path.join(BUILD, BOARD, "out")
TOOL = os.path.join(BUILD, "tools", "bootchain")
BOOT = os.path.join(TOP, "board/run/boot.sh")
DISK = os.path.join(TOP, "board/image/disk.sh")
ENV = dict(os.environ, BOARD=BOARD, V="0")


def conf(key, file=BOARD + "/board"):
    """A value of board.conf, or of what it inherits."""
    values = dict(re.findall(r'^([a-z_]+)="(.*)"$', pathlib.Path(TOP, "board", file + ".conf").read_text(encoding="utf-8"), re.M))
    return values[key] if key in values else conf(key, values["inherit"])


IMAGE = conf("linux_image")
VECTOR_LOG = os.path.join(TOP, "tests/data/vectors/measured-boot.log")
# An emulated boot takes ten seconds on an idle machine; a busy one gets ten times that.
PATIENCE = 180


class Boot:
    """What a run of boot.sh left: .status, .stderr, .out, .seconds, .began (monotonic)."""

    def __init__(self, name, out, began, done):
        self.name, self.out, self.began = name, pathlib.Path(out), began
        self.ended, self.status, self.stderr = time.monotonic(), done.returncode, done.stderr

    @property
    def console(self):
        path = self.out / "console.log"
        return path.read_bytes().decode("utf-8", "replace").replace("\r", "") if path.exists() else ""

    @property
    def evidence(self):
        path = self.out / "evidence"
        if not path.is_dir():
            tail = "\n".join(self.console.splitlines()[-25:])
            pytest.fail("boot `%s` sent no evidence (status %d)\n%s\n%s" % (self.name, self.status, self.stderr, tail), pytrace=False)
        return path

    def read(self, name):
        return (self.evidence / name).read_bytes()

    def log(self):
        return replay.FirmwareLog(self.read("firmware.log"))

    def pcrs(self):
        return replay.parse_pcrs(self.read("pcrs.txt").decode())

    def verify(self, **replaced):
        """bootchain verify --json over the evidence, with some of its files replaced: (exit, verdict)."""
        files = {"pcrs": "pcrs.txt", "firmware_log": "firmware.log", "ima_log": "ima.log", "fdt": "fdt.dtb"}
        words = []
        for option, name in files.items():
            path = replaced.get(option, self.evidence / name)
            words += ["--" + option.replace("_", "-"), str(path)] if path else []
        return tool_json("verify", *words)


def tool(*words):
    return subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          errors="backslashreplace", timeout=60)


def tool_json(command, *words):
    done = tool(command, "--json", *words)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        pytest.fail("bootchain %s (exit %d) wrote no JSON: %s%s" % (command, done.returncode, done.stdout, done.stderr))


def codes(verdict):
    return {finding["code"] for finding in verdict["findings"]}


def run(*words, **more):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          **{"env": ENV, "timeout": PATIENCE + 60, **more})


def must(*words, **more):
    done = run(*words, **more)
    if done.returncode:
        raise RuntimeError("%s: status %d: %s" % (words[0], done.returncode, done.stderr))
    return done


# ---- what is changed for a boot: each function fills the boot's directory and returns words for boot.sh -------------

def change(data, at, value):
    """The same bytes with one replaced; it must really be another one."""
    assert data[at] != value
    return data[:at] + bytes([value]) + data[at + 1:]


def disk_with(out, *words):
    must(DISK, *words, out / "disk.img")
    return ["--disk", out / "disk.img"]


def kernel_changed(out):
    """One letter of the banner: the kernel prints it, so the changed one is seen to run. A zImage has it packed: a letter of what unpacks it."""
    image = replay.read(OUT, IMAGE)
    at = image.rindex(b"Linux version %d." % 6 if IMAGE == "Image" else b"Linux...\0")
    (out / IMAGE).write_bytes(change(image, at, ord("l")))
    return disk_with(out, "--kernel", out / IMAGE)


def initrd_changed(out):
    """One byte of gzip's time stamp: the files inside are the same."""
    initrd = replay.read(OUT, "initrd.gz")
    (out / "initrd.gz").write_bytes(change(initrd, 4, initrd[4] ^ 1))
    return disk_with(out, "--initrd", out / "initrd.gz")


def extlinux_conf():
    return replay.read(OUT, "extlinux.conf").decode()


def cmdline_changed(out):
    conf = extlinux_conf()
    assert conf.count("panic=1") == 1
    (out / "extlinux.conf").write_text(conf.replace("panic=1", "panic=2"))
    return disk_with(out, "--extlinux", out / "extlinux.conf")


def tree_of_machine(out):
    """The machine's own tree, as another start of QEMU writes it: with other seeds, and laid out a little differently."""
    must(BOOT, "--out", out, "--dump-dtb", out / "machine.dtb")
    return ["--dtb", out / "machine.dtb"]


def tree_changed(out):
    """One letter of the model's name."""
    tree_of_machine(out)
    data = (out / "machine.dtb").read_bytes()
    at = next(start for path, name, _, start, _ in replay.Tree(data).properties() if (path, name) == (b"/", b"model")) + 12
    (out / "changed.dtb").write_bytes(change(data, at, data[at] ^ 0x20))
    return ["--dtb", out / "changed.dtb"]


# Documentation/arch/arm64/booting.rst: text_offset, image_size and flags of the header; flag bit 3 clear = near the start of RAM
ARM64_HEADER = struct.Struct("<QQQ")


def kernel_placed_on_uboot(out):
    """A header that wants the last 16 MiB of RAM, where U-Boot has moved itself to."""
    image = bytearray(replay.read(OUT, "Image"))
    memory = memory_size()
    ARM64_HEADER.pack_into(image, 8, memory - (16 << 20), 16 << 20, ARM64_HEADER.unpack_from(image, 8)[2] & ~8)
    (out / "Image").write_bytes(image)
    return disk_with(out, "--kernel", out / "Image") + ["--timeout", "40"]


def memory_size():
    size = conf("qemu_memory")
    return int(size[:-1]) << {"M": 20, "G": 30}[size[-1]]


PROXY = os.path.join(TOP, "tests/boot/tpmproxy.py")
LINUX = os.path.join(TOP, "tests/boot/linux.sh")
UBOOT = os.path.join(TOP, "tests/boot/uboot.sh")


def proxied(out, *words):
    """The TPM behind the proxy, which gets these words and leaves its record in the boot's directory."""
    return [word for part in (PROXY, "--record", out / "tpm.jsonl", *words) for word in ("--tpm-proxy", part)]


def another_uboot(name, *symbols):
    """A U-Boot of the board with some symbols set otherwise; made when an input has changed."""
    must(UBOOT, name, *symbols, timeout=900)
    return pathlib.Path(BUILD, "check", "u-boot", name, "u-boot.bin")


def open_uboot():
    """The one that is not strict: it goes on after a failure. Several boots share it."""
    return another_uboot("open", "CONFIG_MEASURED_BOOT_STRICT=n")


def with_open_uboot():
    return ["--firmware", open_uboot()]


def another_linux(name, *words):
    """A kernel of the board with more fragments, or without our series; made when an input has changed."""
    must(LINUX, name, *words, timeout=3600)
    return pathlib.Path(BUILD, "check", "linux", name, "Image")


# Where RAM begins. Where linux_alone() puts things from there on; the kernel wants 2 MiB alignment (booting.rst).
RAM = 0x80000000 if BOARD == "qemu-riscv64" else 0x40000000
KERNEL_AT, TREE_AT, INITRD_AT, LOG_AT = 0x200000, 0x3000000, 0x4000000, 0x8000000


def jump(tree, kernel):
    """A firmware of six arm64 instructions: x0 = tree, x1-x3 = 0, branch to the kernel."""
    return struct.pack("<6IQQ", 0x580000C0, 0x580000E4, 0xAA1F03E1, 0xAA1F03E2, 0xAA1F03E3, 0xD61F0080, tree, kernel)


# Instead of the image's own /init: a reader that takes a short read for the end, and one that reads until there is none.
READ_INIT = """#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
mount -t securityfs securityfs /sys/kernel/security
log=/sys/kernel/security/tpm0/binary_bios_measurements
set -- $(dd if=$log bs=65536 count=1 2>/dev/null | sha256sum) $(cat $log | sha256sum) $(dd if=$log bs=97 2>/dev/null | sha256sum)
printf 'READ first %s all %s small %s\\n' "$1" "$3" "$5"
poweroff -f
"""


def initrd_with(out, init, name="init", *others):
    """The image's initrd with another /init, or a program beside it: of two archives the later one's files stay."""
    (out / name).write_text(init)
    (out / name).chmod(0o755)
    must("sh", "-c", "printf '%s\\n' \"$@\" | cpio --quiet -o -H newc -R 0:0 | gzip -n >more.gz", "sh", name, *others, cwd=out)
    (out / "initrd.gz").write_bytes(replay.read(OUT, "initrd.gz") + (out / "more.gz").read_bytes())
    return out / "initrd.gz"


def linux_alone(out, missing=0, log=None, initrd_file=None, append="", image=None):
    """No U-Boot: Linux is started with a tree that names an exactly sized log, which QEMU has put into RAM."""
    log, initrd_file = log or replay.read(VECTOR_LOG), initrd_file or initrd_with(out, READ_INIT)
    initrd = pathlib.Path(initrd_file).read_bytes()
    (out / "log").write_bytes(log)
    (out / "firmware").write_bytes(jump(RAM + TREE_AT, RAM + KERNEL_AT))
    tree_of_machine(out)
    tree, place = out / "machine.dtb", "/reserved-memory/tpm-event-log@%x" % (RAM + LOG_AT)
    tpm = next(path for path, name, value, _, _ in replay.Tree(tree.read_bytes()).properties()
               if name == b"compatible" and b"tcg,tpm-tis-mmio" in value).decode()

    def put(node, name, *cells):
        must("fdtput", "-t", "x", tree, node, name, *("%#x" % cell for cell in cells))

    must("fdtput", "-c", tree, "/reserved-memory", place)
    put("/reserved-memory", "#address-cells", 2)
    put("/reserved-memory", "#size-cells", 2)
    put("/reserved-memory", "ranges")
    put(place, "reg", 0, RAM + LOG_AT, 0, 0x1000)
    put(tpm, "linux,sml-base", 0, RAM + LOG_AT)
    put(tpm, "linux,sml-size", len(log) - missing)
    put("/chosen", "linux,initrd-start", 0, RAM + INITRD_AT)
    put("/chosen", "linux,initrd-end", 0, RAM + INITRD_AT + len(initrd))
    must("fdtput", "-t", "s", tree, "/chosen", "bootargs", (re.search(r"^\s*append (.*)$", extlinux_conf(), re.M)[1] + " " + append).strip())
    words = ["--firmware", out / "firmware"]
    for file, at in ((image or os.path.join(OUT, "Image"), KERNEL_AT), (tree, TREE_AT), (initrd_file, INITRD_AT), (out / "log", LOG_AT)):
        words += ["--qemu", "-device", "--qemu", "loader,force-raw=on,addr=%#x,file=%s" % (RAM + at, file)]
    return words


def guest_that_hangs(out):
    """A firmware of one instruction: branch to itself."""
    (out / "firmware").write_bytes(struct.pack("<I", 0x14000000))
    return ["--firmware", out / "firmware", "--timeout", "3"]


SPECS = {
    "good": lambda out: [],
    "again": lambda out: [],
    "dumped": tree_of_machine,
    "kernel": kernel_changed,
    "initrd": initrd_changed,
    "cmdline": cmdline_changed,
    "dtb": tree_changed,
    "placed": kernel_placed_on_uboot,
    "no-tpm": lambda out: ["--tpm", "none"],
    "dead-tpm": lambda out: ["--tpm", "dead"],
    "linux-alone": linux_alone,
    "linux-cut": lambda out: linux_alone(out, missing=1),
    "hang": guest_that_hangs,
}


# How `boot method=` calls this board's way to boot, which of the changes above are made on it, and the rows of its files and keys.
EXTLINUX = [(5, "tag 03"), (7, "verification")]
SIGNED_FIT = [(5, "tag 05"), (5, "tag 06"), (5, "tag 07"), (7, "verification"), (7, "verification")]
FACTS = {
    "qemu-arm64": ("booti os=linux arch=arm64", ["cmdline", "dtb", "initrd", "kernel"], EXTLINUX),
    "qemu-arm": ("bootz os=linux arch=arm", ["cmdline", "kernel"], EXTLINUX),
    "qemu-riscv64": ("booti os=linux arch=riscv", ["cmdline", "dtb", "initrd", "kernel"], EXTLINUX),
    "ast2600-evb": ("bootm os=linux arch=arm", [], SIGNED_FIT),
}
METHOD, CHANGED, ROWS = FACTS.get(BOARD, FACTS["qemu-arm64"])
# The seed, another one each time, in the trees that QEMU itself writes. Linux takes rng-seed out of the tree that it shows; kaslr-seed, which is
# U-Boot's on RISC-V, out of the TPM, it only zeroes.
SEED = {"qemu-arm64": b"kaslr-seed", "qemu-arm": b"kaslr-seed", "qemu-riscv64": b"rng-seed"}.get(BOARD)

# What a person types: each is a make command with everything built, and one or two boots.
MAKES = {"make-run": ["run"], "make-run-tampered": ["run", "TAMPER=initrd"]}


class Made:
    """What `make` said and how long it took."""

    def __init__(self, seconds, done):
        self.seconds, self.status, self.stdout, self.stderr = seconds, done.returncode, done.stdout, done.stderr


def made(name, _):
    began = time.monotonic()
    done = run("make", "--no-print-directory", "-C", TOP, *MAKES[name], env=dict(ENV, MAKEFLAGS=""), timeout=3 * PATIENCE)
    return Made(time.monotonic() - began, done)


def boot(name, directory):
    if name in MAKES:
        return made(name, directory)
    out = pathlib.Path(directory, name)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    words = SPECS[name](out)
    if "--timeout" not in words:
        words += ["--timeout", str(PATIENCE)]
    began = time.monotonic()
    return Boot(name, out, began, run(BOOT, "--out", out, *words))


# ---- what several tests ask ----------------------------------------------------------------------------------------

def machine_seed(out, name="machine.dtb"):
    """The seed in a tree that QEMU wrote; made by one more start of QEMU when it is not there."""
    if not (out / name).exists():
        must(BOOT, "--out", out / "dump", "--dump-dtb", out / name)
    return replay.Tree((out / name).read_bytes()).get(b"/chosen", SEED)


def keys():
    return pathlib.Path(must(os.path.join(TOP, "board/build/keys.sh")).stdout.strip())


def says_differs(text, component):
    """Whether a line of `bootchain diff` begins with the component's name."""
    return any(line.lstrip(" *-").startswith(component) for line in text.splitlines())


def in_name_space(script, directory, **more):
    """Run a shell script that may mount things, with $0 = directory; 99 is its word for a mount that failed."""
    # Root needs no name space of users, which a chroot could not make.
    own = "-m" if os.geteuid() == 0 else "-rm"
    done = run("unshare", own, "bash", "-c", script, directory, **more)
    if done.returncode == 99 or done.stderr.startswith("unshare:"):
        raise RuntimeError("cannot mount anything for a test: name spaces are off on this machine: %s" % done.stderr.strip())
    return done


def on_full_disk(directory, command, **more):
    """Run a shell command with 256 KiB of tmpfs on directory ($0)."""
    directory.mkdir()
    return in_name_space('mount -t tmpfs -o size=256k none "$0" || exit 99; ' + command, directory, **more)
