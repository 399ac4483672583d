# SPDX-License-Identifier: BSD-2-Clause
"""board.conf: a value of another form is refused with file and line, whatever the key; board/README.md lists the keys."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import TOP

BOARDS = os.path.join(TOP, "board")
# For each key: a value that is refused, and one that is taken.
VALUES = {
    "description": ("", "a board"),
    "arch": ("x86", "arm"),
    "debian_arch": ("armel", "armhf"),
    "cross_compile": ("arm-linux-gnueabihf", "arm-linux-gnueabihf-"),
    "uboot_defconfig": ("qemu_arm", "qemu_arm_defconfig"),
    "uboot_config": ("a.config", "a b"),
    "uboot_image": ("../u-boot.bin", "u-boot.bin"),
    "uboot_place": ("disk@32", "disk@32K"),
    "linux_config": ("", "a b"),
    "linux_image": ("vmlinux", "zImage"),
    "linux_dtb": ("../board", "maker/board"),
    "linux_dtb_loader": ("nobody", "firmware"),
    "package_file": ("trixie main arm64 name path ../first", "trixie main arm64 name path boot/first"),
    "blob": ("../one %s boot/first somewhere" % ("0" * 64), "one %s boot/first somewhere" % ("0" * 64)),
    "boot_method": ("pxe", "extlinux"),
    "fit_load": ("81000000", "0x81000000"),
    "root_filesystem": ("btrfs", "erofs"),
    "flash_size": ("64", "64M"),
    "flash_node": ("flash@0", "/spi@0/flash@0"),
    "flash_map": ("u_boot@0", "u_boot@0+896K"),
    "quote": ("maybe", "yes"),
    "boot_arguments": ("caf\u00e9", "quiet"),
    "boot_timeout": ("0", "60"),
    "console": ("uart0", "ttyS4,115200n8"),
    "recovery": ("hope", "uuu"),
    "qemu": ("kvm", "qemu-system-arm"),
    "qemu_suite": ("bookworm/backports", "bookworm-backports"),
    "qemu_machine": ("a b", "virt"),
    "qemu_cpu": ("a b", "cortex-a15"),
    "qemu_memory": ("512", "512M"),
    "qemu_firmware": ("uefi", "flash"),
    "qemu_disk": ("a b", "virtio-blk-device"),
    "qemu_tpm": ("", "tpm-tis-device"),
}
MUST = {"description": "a board", "arch": "arm", "debian_arch": "armhf", "cross_compile": "arm-linux-gnueabihf-", "uboot_defconfig": "a_defconfig",
        "linux_config": "a", "console": "ttyS0", "qemu": "qemu-system-arm", "qemu_machine": "virt", "qemu_tpm": "tpm-tis-device"}
FLASH = {"boot_method": "fit", "linux_dtb": "a", "fit_load": "0x8000", "flash_size": "4M", "flash_node": "/flash@0"}
MAP = "u_boot@0+1M env@1M+64K kernel_a@2M+64K root_a@2112K+64K kernel_b@3M+64K root_b@3136K+64K"


@pytest.fixture(name="load")
def fixture_load(tmp_path):
    """load({key: value}): what load_board makes of a board with these lines."""
    for name in ("common.sh", "conf.sh"):
        os.makedirs(tmp_path / "board/build", exist_ok=True)
        shutil.copy(os.path.join(BOARDS, "build", name), tmp_path / "board/build")
    (tmp_path / "board/one").mkdir()

    def load(values, shown="name"):
        text = "".join('%s="%s"\n' % pair for pair in values.items())
        (tmp_path / "board/one/board.conf").write_text(text, encoding="utf-8")
        script = '. "$0/board/build/common.sh"; . "$0/board/build/conf.sh"; load_board one; printf "%s" "${CONF[' + shown + ']}"'
        return subprocess.run(["bash", "-c", script, tmp_path], capture_output=True, text=True, check=False, env=dict(os.environ, PROFILE=""))
    return load


def patterns():
    with open(os.path.join(BOARDS, "build", "conf.sh"), encoding="utf-8") as file:
        return re.findall(r"^\t\[([a-z_]+)\]='", file.read().split("declare -A BOARD_DEFAULT")[0], re.M)


def test_each_key_has_its_values_here_and_its_line_in_the_readme():
    assert sorted(patterns()) == sorted(VALUES)
    with open(os.path.join(BOARDS, "README.md"), encoding="utf-8") as file:
        listed = re.findall(r"^\| `([a-z_]+)` \|", file.read(), re.M)
    assert sorted(listed) == sorted(list(VALUES) + ["inherit"])


@pytest.mark.parametrize("key", VALUES)
def test_a_value_of_another_form_is_refused_with_file_and_line(load, key):
    wrong, right = VALUES[key]
    others = {name: value for name, value in MUST.items() if name != key}
    done = load({**others, key: wrong})
    line = len(others) + 1
    assert done.returncode == 1 and "board/one/board.conf:%d: " % line in done.stderr and '%s="%s"' % (key, wrong) in done.stderr, done.stderr
    more = dict(FLASH, flash_map=MAP) if key.startswith("flash") else {}
    done = load({**others, **more, **({} if key == "flash_map" or key == "flash_size" else {key: right})}, key)
    assert done.returncode == 0, done.stderr


def test_a_key_that_is_not_known_is_refused_with_file_and_line(load):
    done = load({**MUST, "qemu_cpus": "2"})
    assert done.returncode == 1 and "board/one/board.conf:%d: unknown key qemu_cpus" % (len(MUST) + 1) in done.stderr
    assert load(MUST).stdout == "one"


@pytest.mark.parametrize("key", sorted(set(MUST) - {"qemu"}))
def test_a_key_that_must_be_given_is_missed(load, key):
    done = load({name: value for name, value in MUST.items() if name != key})
    assert done.returncode == 1 and "the key %s is missing" % key in done.stderr


def test_a_board_that_no_emulator_has_needs_no_keys_for_one(load):
    assert load({name: value for name, value in MUST.items() if not name.startswith("qemu")}).returncode == 0


def test_a_quote_is_refused_where_there_are_no_packages_for_it(load):
    done = load({**MUST, "debian_arch": "riscv64", "quote": "yes"})
    assert done.returncode == 1 and "board/one/board.conf:%d: quote=" % (len(MUST) + 1) in done.stderr, done.stderr
    assert load({**MUST, "debian_arch": "riscv64"}).returncode == load({**MUST, "quote": "yes"}).returncode == 0


def test_a_key_is_given_twice_only_where_it_makes_a_list(load):
    blobs = "one %s boot/first somewhere" % ("0" * 64), "two %s u-boot:dir/*.bin some where" % ("1" * 64)
    done = load({**MUST, "blob": '"\nblob="'.join(blobs)}, "blob")
    assert done.returncode == 0 and done.stdout == "\n".join(blobs)
    done = load({**MUST, "arch": 'arm"\narch="arm'})
    assert done.returncode == 1 and "board/one/board.conf:3: arch is given twice" in done.stderr, done.stderr


@pytest.mark.parametrize("old, new, says", (
    ("u_boot@0+1M", "u_boot@0+1025K", "u_boot does not begin and end with a sector"),
    ("env@1M", "env@1025K", "env does not begin and end with a sector"),
    ("env@1M", "env@960K", "env begins at 983040, before the partition in front of it ends"),
    ("root_b@3136K+64K", "root_b@3136K+1M", "root_b ends at 4259840, behind the end of the flash"),
    ("root_b@3136K+64K", "root_a@3136K+64K", "root_a is there twice"),
    ("root_b@3136K+64K", "data@3136K+64K", "there is no partition root_b"),
))
def test_a_flash_map_that_cannot_be_is_refused_with_file_and_line(load, old, new, says):
    assert load({**MUST, **FLASH, "flash_map": MAP}).returncode == 0
    done = load({**MUST, **FLASH, "flash_map": MAP.replace(old, new)})
    line = len(MUST) + len(FLASH) + 1
    assert done.returncode == 1 and "board/one/board.conf:%d: flash_map: %s" % (line, says) in done.stderr, done.stderr


@pytest.mark.parametrize("key", sorted(set(FLASH) - {"boot_method"} | {"flash_map"}))
def test_a_board_that_boots_a_fit_from_flash_needs_all_that_says_where(load, key):
    values = {**MUST, **FLASH, "flash_map": MAP}
    del values[key]
    done = load(values)
    assert done.returncode == 1 and "the key %s is missing" % key in done.stderr, done.stderr
