# SPDX-License-Identifier: BSD-2-Clause
"""What is changed for the boots that are about the TPM, its log and the prompt; as in lab.SPECS."""
import hashlib
import struct

import lab
import replay
import sweep as sweeping
import tiny
import tpmlog

# Where a control tree puts the log: RAM that nothing else on this board wants.
AREA_AT = lab.RAM + 0xF000000
SCRATCH = lab.RAM + 0x8000000
METHOD = b"U-Boot: boot method=booti os=linux arch=arm64 entry=+0x0 len=pe"
# Numbers of commands in U-Boot's part that go wrong before a real Linux: the start, an event, a separator.
FAULTS = {"error": 5, "silent": 8, "lost": 10}


def record_of(boot):
    return tpmlog.Record(boot.out / "tpm.jsonl")


# ---- a tiny kernel: U-Boot alone, and sooner ------------------------------------------------------------------------

def tiny_disk(out, **kernel):
    (out / "kernel").write_bytes(tiny.image(**kernel))
    (out / "initrd").write_bytes(b"initrd\n")
    return lab.disk_with(out, "--kernel", out / "kernel", "--initrd", out / "initrd")


# ---- the machine is reset, the TPM is or is not ---------------------------------------------------------------------

RESETS = ["--qemu", "-action", "--qemu", "reboot=reset"]


def warm(out, *words):
    return tiny_disk(out, reset_once=True) + RESETS + lab.proxied(out, *words)


def warm_kept(out):
    return warm(out, "--not-reset") + lab.with_open_uboot()


def warm_kept_strict(out):
    """Strict would reset again and again, as the TPM is the same each time."""
    return warm(out, "--not-reset") + ["--until", sweeping.DONE]


# ---- the control tree names an area for the log ---------------------------------------------------------------------

def area(out, size):
    lab.tree_of_machine(out)
    tree, place = out / "machine.dtb", "/reserved-memory/tpm-event-log@%x" % AREA_AT
    tpm = next(path for path, name, value, _, _ in replay.Tree(tree.read_bytes()).properties()
               if name == b"compatible" and b"tcg,tpm-tis-mmio" in value).decode()

    def put(node, name, *cells):
        lab.must("fdtput", "-t", "x", tree, node, name, *("%#x" % cell for cell in cells))

    lab.must("fdtput", "-c", tree, "/reserved-memory", place)
    put("/reserved-memory", "#address-cells", 2)
    put("/reserved-memory", "#size-cells", 2)
    put("/reserved-memory", "ranges")
    put(place, "reg", 0, AREA_AT, 0, size)
    put(tpm, "linux,sml-base", 0, AREA_AT)
    put(tpm, "linux,sml-size", size)
    return ["--dtb", tree]


def long_log(size):
    """A well-formed log that fills the area but for a few bytes: the golden one, its events again and again."""
    log = replay.read(lab.VECTOR_LOG)
    first = replay.FirmwareLog(log).events[0]
    head = log[:32 + len(first.data)]
    whole, log = head, log[len(head):].rstrip(b"\0")
    while len(whole) + len(log) < size:
        whole += log
    return whole


def area_stale(out):
    """What an earlier boot left in the area: longer than the log that is to come."""
    (out / "stale").write_bytes(long_log(8192))
    return area(out, 8192) + ["--qemu", "-device", "--qemu", "loader,force-raw=on,addr=%#x,file=%s" % (AREA_AT, out / "stale")]


# ---- somebody types at the console ----------------------------------------------------------------------------------

def typed(out, *lines):
    # The first key stops autoboot, the rest of its line is an empty command.
    (out / "typed").write_text("x\n" + "".join(line + "\n" for line in lines))
    return ["--type", out / "typed"]


def prompt(out):
    """The command that autoboot would have run."""
    return typed(out, "bootflow scan -b virtio")


def good_pcr4():
    """The digests that a good boot extends PCR 4 with; anybody who has the release has them."""
    parts = [replay.read(lab.OUT, "Image"), replay.read(lab.OUT, "initrd.gz"), METHOD, tpmlog.SEPARATORS["good"]]
    return [hashlib.sha256(part).digest() for part in parts]


def forge(out):
    """PCR 4 is given by hand what a good boot gives it."""
    lines = ["tpm2 autostart"]
    for digest in good_pcr4():
        lines += ["mw.q %x %x" % (SCRATCH + 8 * n, word) for n, word in enumerate(struct.unpack("<4Q", digest))]
        lines += ["tpm2 pcr_extend 4 0x%x sha256" % SCRATCH]
    return typed(out, *lines, "reset") + lab.proxied(out)


def fault(out, kind):
    return lab.with_open_uboot() + lab.proxied(out, "--fault", "%s@%d" % (kind, FAULTS[kind]))


SPECS = {
    "warm": warm,
    "warm-kept": warm_kept,
    "warm-kept-strict": warm_kept_strict,
    "area-64": lambda out: area(out, 64),
    "area-4096": lambda out: area(out, 4096),
    "area-8192": lambda out: area(out, 8192),
    "area-2048": lambda out: area(out, 2048) + tiny_disk(out) + lab.proxied(out),
    "area-8191": lambda out: area(out, 8191) + tiny_disk(out) + lab.proxied(out),
    "area-stale": area_stale,
    "prompt": prompt,
    "forge": forge,
    **{"fault-" + kind: (lambda kind: lambda out: fault(out, kind))(kind) for kind in FAULTS},
}
