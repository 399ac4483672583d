# SPDX-License-Identifier: BSD-2-Clause
"""Whole images of boards that QEMU does not have: each is a kernel of its own, so `make check-full` builds them."""
import json
import os
import pathlib
import struct
import subprocess

import conftest
import pytest

TOP, BUILD = pathlib.Path(conftest.TOP), pathlib.Path(conftest.BUILD)


def image(board):
    # Nobody's own files, so that every machine builds the same.
    env = dict(os.environ, V="0", BOARD=board, BOOTCHAIN_BLOBS=os.devnull)
    done = subprocess.run([str(TOP / "board/run/run.sh"), "image"], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return BUILD / board / "out", done


def words(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module", name="rpi4")
def fixture_rpi4():
    return image("rpi4")[0]


def boot_partition(out):
    """{name: bytes} of the files in the boot partition."""
    with open(out / "disk.img", "rb") as disk:      # UEFI 2.10, 5.3: entries of 128 bytes from block 2 on; first block, last, attributes, name
        table = disk.read(64 << 10)
    entries = [struct.unpack_from("<32xQ16x72s", table, at) for at in range(1024, 1024 + 4 * 128, 128)]
    (start,) = [first for first, name in entries if name.decode("utf-16-le").rstrip("\0") == "boot"]
    where = "%s@@%d" % (out / "disk.img", start * 512)
    listed = [name for name in words("mdir", "-/", "-b", "-i", where, "::").splitlines() if not name.endswith("/")]
    return {name[3:]: subprocess.run(["mtype", "-i", where, name], capture_output=True, check=True).stdout for name in listed}


def test_the_card_of_the_raspberry_pi_has_all_that_its_firmware_reads(rpi4):
    files = boot_partition(rpi4)
    assert {"config.txt", "start4.elf", "fixup4.dat", "bl31.bin", "u-boot.bin", "bcm2711-rpi-4-b.dtb", "Image", "initrd.gz",
            "extlinux/extlinux.conf"} == set(files)
    named = dict(line.split("=") for line in files["config.txt"].decode().splitlines() if line and not line.startswith("#"))
    for key in ("armstub", "kernel", "device_tree"):
        assert files[named[key]], key
    assert files["u-boot.bin"] == (rpi4 / "u-boot.bin").read_bytes()


def test_the_tree_is_the_firmwares_and_has_the_tpm(rpi4, tmp_path):
    files = boot_partition(rpi4)
    assert b"fdt" not in files["extlinux/extlinux.conf"]
    (tmp_path / "tree").write_bytes(files["bcm2711-rpi-4-b.dtb"])
    assert "tcg,tpm_tis-spi" in words("fdtget", tmp_path / "tree", "/tpm-spi/tpm@0", "compatible")


def test_build_json_names_the_files_of_others(rpi4):
    built = json.loads((rpi4 / "build.json").read_text())
    assert set(built["blobs"]) == {"boot/bl31.bin", "boot/start4.elf", "boot/fixup4.dat"}


def test_without_the_vendors_file_all_but_the_disk_is_built_and_it_is_said():
    out, done = image("imx8mp-venice")
    assert "missing: firmware-imx-8.25-27879f8.bin: from NXP" in done.stderr and "no disk.img" in done.stderr
    assert not (out / "disk.img").exists()
    for name in ("u-boot.bin", "Image", "root.img", "initrd.gz", "board.dtb", "SHA256SUMS"):
        assert (out / name).stat().st_size, name
    assert "\tfdt /imx8mp-venice-gw74xx.dtb\n" in (out / "extlinux.conf").read_text()
    assert "tcg,tpm_tis-spi" in words("fdtget", out / "board.dtb", "/soc@0/bus@30800000/spba-bus@30800000/spi@30820000/tpm@0", "compatible")
