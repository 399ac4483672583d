# SPDX-License-Identifier: BSD-2-Clause
"""bootz on 32-bit ARM and booti on 64-bit RISC-V, with a kernel of a few instructions: what is measured, and where it lies.

Run with BOARD=qemu-arm or BOARD=qemu-riscv64. The tree of the one has addresses of two cells, its U-Boot's own have one; the other runs below OpenSBI.
"""
import struct

import lab
import pytest
import replay
import tiny
import ways
from lab import needs
from test_ways import each
from ways import INITRD, KERNEL

# U-Boot is near the end of RAM.
ON_UBOOT, LOW = lab.RAM + lab.memory_size() - (8 << 20), lab.RAM + (128 << 20)
# The kernel for a place behind the start of RAM, the command and the architecture; an initrd_high that leaves it in place; what is said of a
# ramdisk on the kernel, and where there is no tree: one resets then, the other stays where it is.
KERNELS = {
    "qemu-arm": (lambda offset: tiny.zimage(), "bootz", "arm", "f" * 8, "RD image overlaps OS image",
                 "FDT and ATAGS support not compiled in\n\nresetting"),
    "qemu-riscv64": (tiny.riscv_image, "booti", "riscv", "f" * 16, "ramdisk at %x" % KERNEL, "Device tree not found"),
}
make, COMMAND, ARCH, IN_PLACE, OVERLAP, NO_TREE = KERNELS[lab.BOARD]
BOOT = COMMAND + " ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}"
# {name: the script's lines}; where the initrd lies at the end, None: somewhere below U-Boot
GOOD = {
    "plain": ([BOOT], None),
    "no-initrd": ([COMMAND + " ${kernel_addr_r} - ${fdt_addr}"], None),
    "in-place": (["setenv initrd_high " + IN_PLACE, BOOT], INITRD),
    "limited": (["setenv initrd_high %x" % LOW, BOOT], None),
    "low-memory": (["setenv bootm_size 8000000", BOOT], None),
}
# {name: the lines, and what U-Boot says}
REFUSED = {
    # A zImage is started where it lies; an Image says where it wants to be.
    "kernel-on-uboot": ([BOOT.replace("${kernel_addr_r}", "%x" % ON_UBOOT)], "cannot be placed at"),
    "initrd-on-kernel": (["setenv initrd_high " + IN_PLACE, COMMAND + " ${kernel_addr_r} ${kernel_addr_r}:1000 ${fdt_addr}"], OVERLAP),
    # There is no other way to say which board this is.
    "no-tree": ([COMMAND + " ${kernel_addr_r} ${ramdisk_addr_r}:${filesize}"], NO_TREE),
}


def spec(name):
    lines, _ = {**GOOD, **REFUSED}[name]
    offset, more = KERNEL - lab.RAM, []
    if name == "kernel-on-uboot":
        offset, more = ON_UBOOT - lab.RAM, ["cp.b ${kernel_addr_r} %x 1000" % ON_UBOOT]
    # What is refused comes back to the script, which then ends the boot, or hangs.
    text = ways.plain(*lines[:-1], boot="\n".join(more + lines[-1:] + ["reset"]))
    return lambda out: ways.way(out, text=text, kernel=make(offset)) + ["--until", "### ERROR ### Please RESET"]


lab.SPECS.update({"way-" + name: spec(name) for name in [*GOOD, *REFUSED]})


@pytest.mark.parametrize("name", each(GOOD))
def test_the_log_has_the_rows_of_this_way(left, name):
    found = left(name)
    assert tiny.SAYS in found.boot.console and "Measured boot: failed" not in found.boot.console
    rows = found.rows()
    assert rows[4][:-1] == (["linux"] if name == "no-initrd" else ["linux", "initrd"])
    assert rows[4][-1].startswith("U-Boot: boot method=%s os=linux arch=%s entry=+0x0 len=" % (COMMAND, ARCH))
    assert rows[5] == ["01 env", "02 /boot.scr", "09 " + ways.BOOTARGS % "script"] and rows[1] == ["env-state", "dts"]
    assert rows[7] == [ways.NO_KEYS]


@pytest.mark.parametrize("name", each(GOOD))
def test_the_tpm_holds_what_the_log_says_and_digests_are_those_of_the_files(left, name):
    found = left(name)
    assert found.record.holds_what_was_extended() and replay.check_own_digests(found.log) + replay.check_closed(found.log) == []
    for alg in replay.ALGS:
        assert found.log.replay(alg) == {pcr: found.record.pcrs[alg][pcr] for pcr in range(8)}
    for row, file in (("linux", "kernel"),) + ((("initrd", "initrd"),) if name != "no-initrd" else ()):
        said = lab.must("sha256sum", found.boot.out / file).stdout.split()[0]
        assert replay.component(found.log, row).digests["sha256"].hex() == said


@pytest.mark.parametrize("name", each(GOOD))
def test_the_initrd_lies_where_the_variables_say(left, name):
    found = left(name)
    if name == "no-initrd":
        assert tiny.SAYS in found.boot.console
        return
    _, at, size = replay.component(found.log, "initrd").blob()
    assert size == len(b"initrd\n")
    wanted = GOOD[name][1]
    assert at == wanted if wanted else at > INITRD
    assert {"limited": at < LOW, "low-memory": at < lab.RAM + (128 << 20)}.get(name, True)
    assert replay.component(found.log, "linux").blob()[1] == KERNEL


@pytest.mark.parametrize("name", each(GOOD))
def test_the_tree_handed_over_names_the_log_with_two_cells(left, name):
    found = left(name)
    tree = found.handed_over()
    assert tree, "no tree in RAM is the one that was measured"
    (base,) = [value for _, prop, value, _, _ in tree.properties() if prop == b"linux,sml-base"]
    assert struct.unpack(">Q", base)[0] == found.logs[0][0]
    if name != "no-initrd":
        _, at, size = replay.component(found.log, "initrd").blob()
        start, end = (int.from_bytes(tree.get(b"/chosen", b"linux,initrd-" + which), "big") for which in (b"start", b"end"))
        assert (start, end) == (at, at + size)


@pytest.mark.parametrize("name", [pytest.param(n, marks=needs("way-" + n, "way-plain")) for n in REFUSED])
def test_what_has_no_place_is_refused(left, name):
    found = left(name)
    assert tiny.SAYS not in found.boot.console and "Starting kernel" not in found.boot.console
    assert REFUSED[name][1] in found.boot.console, found.boot.console[-1500:]
    assert tiny.SAYS in left("plain").boot.console
