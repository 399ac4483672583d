# SPDX-License-Identifier: BSD-2-Clause
"""Boots by EFI, and those that only look for it. An application of a few instructions stands for Linux in all but two of them.

They start from the stored environment; the disk has a GPT, as the image's.
"""
import lab
import tiny
import ways
from ways import BOOTARGS

# Which of the two disks the boot disk is, as U-Boot counts.
DISK = "virtio 1:1"
# Where genimage puts the one partition.
PARTITION = 34 * 512
PLAIN = ("load %s ${kernel_addr_r} /Image" % DISK, "load %s ${fdt_addr_r} /machine.dtb" % DISK)
START = "setenv bootargs " + BOOTARGS % "efi", "bootefi ${kernel_addr_r} ${fdt_addr_r}"
MANAGER = ("load %s ${fdt_addr_r} /machine.dtb" % DISK,
           "efidebug boot add -b 1 label %s /Image -i %s /initrd.gz -s '%s'" % (DISK, DISK, BOOTARGS % "manager"),
           "efidebug boot order 1", "bootefi bootmgr ${fdt_addr_r}")


def lines(*words):
    return {"bootcmd": "; ".join(words)}


def changed(words, old, new):
    """The same commands with one of them changed."""
    assert sum(word.count(old) for word in words) == 1, (words, old)
    return [word.replace(old, new) for word in words]


def put_disk(out, kernel):
    ways.put_machine(out)
    ways.put(out, "kernel", kernel)
    ways.put(out, "initrd", b"initrd\n")
    lab.must(lab.DISK, "--kernel", out / "kernel", "--initrd", out / "initrd", out / "disk.img")


def signed_parts(image):
    """What Microsoft's Authenticode digest of a PE file is over: all but its checksum and the entry of its certificates; here, no signature."""
    at = int.from_bytes(image[60:64], "little") + 24
    checksum, certificates = at + 64, at + 112 + 4 * 8
    return image[:checksum] + image[checksum + 4:certificates] + image[certificates + 8:]


def efi(out, commands, kernel=None, tree=None, environment=None, firmware=lambda out: []):
    put_disk(out, kernel or tiny.application())
    if tree:
        lab.must("fdtput", "-t", "s", out / "machine.dtb", "/", "model", tree)
    ways.put(out, "driver.efi", tiny.driver())
    lab.must("mcopy", "-i", "%s@@%d" % (out / "disk.img", PARTITION), out / "machine.dtb", out / "driver.efi", "::")
    return (firmware(out) + ["--disk", out / "disk.img"] + ways.put_environment(out, **lines(*commands), **(environment or {})) + ways.in_file(out) +
            lab.proxied(out) + ["--timeout", "90"])


BOOTI = ("load %s ${ramdisk_addr_r} /initrd.gz" % DISK, "booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr_r}")
WAYS = {
    "efi": dict(commands=PLAIN + START),
    "efi-manager": dict(commands=MANAGER),
    # The application is not the first: another one was there before, and returned.
    "efi-again": dict(commands=(PLAIN[1], "bootefi hello ${fdt_addr_r}", PLAIN[0], START[0], "bootefi ${kernel_addr_r}")),
    # A driver is there first; or an application, and then the boot is another one.
    "efi-driver": dict(commands=("load %s ${kernel_addr_r} /driver.efi" % DISK, PLAIN[1], *START, PLAIN[0], "bootefi ${kernel_addr_r}")),
    "efi-returned": dict(commands=PLAIN + START[:1] + ("bootefi hello ${fdt_addr_r}",) + BOOTI, kernel=tiny.image(),
                         firmware=lambda out: lab.with_open_uboot()),
    # EFI is looked for, and then the boot is another one.
    "efi-looked": dict(commands=PLAIN + START[:1] + ("efidebug boot dump",) + BOOTI, kernel=tiny.image()),
    "efi-not-looked": dict(commands=PLAIN + START[:1] + BOOTI, kernel=tiny.image()),
    # Each changes one thing of its twin above.
    "efi-options": dict(commands=PLAIN + ("setenv bootargs " + BOOTARGS % "efj",) + START[1:]),
    "efi-binary": dict(commands=PLAIN + START, kernel=tiny.application(says="tiny kernel: Started")),
    "efi-tree": dict(commands=PLAIN + START, tree="another"),
    "efi-manager-options": dict(commands=changed(MANAGER, "=manager", "=manages")),
}

# The image itself by the boot manager, with its initrd by LoadFile2.
LINUX = "console=ttyAMA0 rootfstype=ramfs ima_policy=tcb panic=1"


def linux(out):
    words = changed(MANAGER[1:], BOOTARGS % "manager", LINUX)
    return (ways.put_environment(out, **lines(*changed(words, "${fdt_addr_r}", "${fdt_addr}"))) + lab.proxied(out))


SPECS = {"way-" + name: (lambda words: lambda out: efi(out, **words))(words) for name, words in WAYS.items()}
SPECS["efi-linux"] = linux
