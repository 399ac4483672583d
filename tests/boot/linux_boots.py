# SPDX-License-Identifier: BSD-2-Clause
"""Boots for the tests of the kernel series: what the tree says of the firmware log, and of when the TPM comes."""
import lab
import replay

# Where linux_alone() puts the log, and memory behind it that is not reserved.
LOG = lab.RAM + lab.LOG_AT
AREA = 0x1000


class Tree:
    """The tree of a boot, changed in place."""

    def __init__(self, path):
        self.path = path
        properties = list(replay.Tree(path.read_bytes()).properties())
        self.tpm = next(path for path, name, value, _, _ in properties
                        if name == b"compatible" and b"tcg,tpm-tis-" in value).decode()
        self.phandle = max(int.from_bytes(value, "big") for _, name, value, _, _ in properties if name == b"phandle")
        self.log = "/reserved-memory/tpm-event-log@%x" % LOG

    def put(self, node, name, *cells):
        lab.must("fdtput", "-t", "x", self.path, node, name, *("%#x" % cell for cell in cells))

    def put_string(self, node, name, text):
        lab.must("fdtput", "-t", "s", self.path, node, name, text)

    def add(self, *nodes):
        lab.must("fdtput", "-c", self.path, *nodes)

    def remove(self, node, *names):
        """Properties of a node, or the node itself."""
        lab.must("fdtput", "-d" if names else "-r", self.path, node, *names)

    def number(self, node):
        """Give the node a phandle."""
        self.phandle += 1
        self.put(node, "phandle", self.phandle)
        return self.phandle


def no_map(tree):
    tree.put(tree.log, "no-map")


def no_map_padded(tree):
    no_map(tree)
    tree.put(tree.tpm, "linux,sml-size", AREA)


def region(tree):
    """A memory-region instead of address and size: the area is larger than the log."""
    tree.remove(tree.tpm, "linux,sml-base", "linux,sml-size")
    tree.put(tree.tpm, "memory-region", tree.number(tree.log))


def region_no_map(tree):
    region(tree)
    no_map(tree)


def both(tree):
    """Both forms at once; the region is another one, without a log."""
    other = "/reserved-memory/other@%x" % (LOG + AREA)
    tree.add(other)
    tree.put(other, "reg", 0, LOG + AREA, 0, AREA)
    tree.put(tree.tpm, "memory-region", tree.number(other))


def not_reserved(tree):
    tree.remove("/reserved-memory")


def empty(tree):
    """A reserved area that holds no log."""
    tree.put(tree.log, "reg", 0, LOG, 0, 2 * AREA)
    tree.put(tree.tpm, "linux,sml-base", 0, LOG + AREA)


def absent(tree):
    tree.remove(tree.tpm, "linux,sml-base", "linux,sml-size")


def half(tree):
    tree.remove(tree.tpm, "linux,sml-base")


def size_zero(tree):
    tree.put(tree.tpm, "linux,sml-size", 0)


def size_wide(tree):
    """A size of two cells."""
    tree.put(tree.tpm, "linux,sml-size", 0, AREA)


def size_huge(tree):
    tree.put(tree.tpm, "linux,sml-size", 0xfffffff0)


def nowhere(tree):
    """An address that no machine has."""
    tree.put(tree.tpm, "linux,sml-base", 0xfffffff0, 0)


def over_the_end(tree):
    """The area begins in memory and ends behind it."""
    tree.put(tree.tpm, "linux,sml-base", 0, lab.RAM + lab.memory_size() - AREA // 2)
    tree.put(tree.tpm, "linux,sml-size", AREA)


def with_tree(change, init=None):
    """A boot of the image, by U-Boot, with the machine's tree and the first program changed."""
    def make(out):
        words = lab.tree_of_machine(out)
        change(Tree(out / "machine.dtb"))
        return words + (lab.disk_with(out, "--initrd", lab.initrd_with(out, init)) if init else [])
    return make


def as_it_is(_):
    pass


def deferred(tree):
    """The TPM needs the clock, whose driver comes later, or a network interface, which has none here: its probe is put off until
    late_initcall."""
    supplier = next(path for path, name, value, _, _ in replay.Tree(tree.path.read_bytes()).properties()
                    if name == b"compatible" and (b"arm,pl031" in value or b"aspeed,ast2600-mac" in value)).decode()
    tree.put(tree.tpm, "test-supply", tree.number(supplier))


# What the kernel says of the TPM, before and after its driver is taken away and given back.
GONE_INIT = """#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
mount -t securityfs securityfs /sys/kernel/security
ima=/sys/kernel/security/ima
cd /sys/bus/platform/drivers/tpm_tis || poweroff -f
look() { echo "LOOK $1 $(cat $ima/tpm_state) $(cat /sys/class/tpm/tpm*/pcr-sha256/10 2>/dev/null)"; }
look before
set -- *.tpm_tis
echo "$1" >unbind
look gone
echo "$1" >bind
look back
while read -r line; do echo "LIST $line"; done <$ima/ascii_runtime_measurements_sha256
poweroff -f
"""

GONE_STATES = {"before": "active", "gone": "lost", "back": "lost"}

lab.SPECS.update({
    "sha384": lambda out: ["--banks", "sha384"],
    "gone": with_tree(as_it_is, init=GONE_INIT),
})
