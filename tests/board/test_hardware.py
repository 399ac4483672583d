# SPDX-License-Identifier: BSD-2-Clause
"""Boards that QEMU does not have: what is built for them here, and what somebody has to bring."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import conftest
import pytest

TOP = pathlib.Path(conftest.TOP)
HARDWARE = ("rpi4", "imx8mp-venice")
SHELL_ARCHIVE = """#!/bin/sh
[ "$*" = "--auto-accept --force" ] || exit 1
mkdir -p archive-1.0/firmware
for name in one two other; do echo $name >archive-1.0/firmware/$name.bin; done
"""


def run(*words, **env):
    """A script with these variables; what the caller of the tests has built elsewhere is not meant."""
    base = {name: value for name, value in os.environ.items() if name not in ("BOARD", "BOOTCHAIN_BLOBS")}
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, env=dict(base, V="0", **env))


def must(*words, **env):
    done = run(*words, **env)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(name="tree")
def fixture_tree(tmp_path):
    """A copy of board/ with a board that wants files of others, and a place for these."""
    shutil.copytree(TOP / "board", tmp_path / "tree/board")
    shutil.copytree(TOP / "board/rpi4", tmp_path / "tree/board/other")
    (tmp_path / "blobs").mkdir()
    return tmp_path


def gather(tree, *lines):
    conf = tree / "tree/board/other/board.conf"
    kept = [line for line in (TOP / "board/rpi4/board.conf").read_text(encoding="utf-8").splitlines() if not line.startswith("package_file")]
    conf.write_text("\n".join(kept + list(lines)) + "\n", encoding="utf-8")
    return run(tree / "tree/board/build/blobs.sh", BOARD="other", BOOTCHAIN_BLOBS=str(tree / "blobs"),
               BOOTCHAIN_BUILD=str(tree / "build")), tree / "build/other/blobs"


def blob(tree, name, data, place):
    (tree / "blobs" / name).write_bytes(data)
    return 'blob="%s %s %s a vendor, by mail"' % (name, hashlib.sha256(data).hexdigest(), place)


def test_a_file_that_somebody_brought_goes_to_its_place(tree):
    done, out = gather(tree, blob(tree, "one", b"1", "boot/first"), blob(tree, "two", b"2", "u-boot/second"))
    assert done.returncode == 0 and not done.stderr
    assert (out / "boot/first").read_bytes() == b"1" and (out / "u-boot/second").read_bytes() == b"2"
    assert json.loads((out / "blobs.json").read_text()) == {"boot/first": hashlib.sha256(b"1").hexdigest(), "u-boot/second": hashlib.sha256(b"2").hexdigest()}
    assert (out / "missing").read_text() == ""


def test_a_file_that_is_missing_is_named_with_its_source_and_place(tree):
    line = blob(tree, "one", b"1", "boot/first")
    (tree / "blobs/one").unlink()
    done, out = gather(tree, line)
    assert done.returncode == 0 and "missing: one: from a vendor, by mail; put it into %s" % (tree / "blobs") in done.stderr
    assert hashlib.sha256(b"1").hexdigest() in (out / "missing").read_text()


def test_another_file_of_that_name_is_refused(tree):
    line = blob(tree, "one", b"1", "boot/first")
    (tree / "blobs/one").write_bytes(b"2")
    done, out = gather(tree, line)
    assert done.returncode == 1 and "is not the file that board/other/board.conf means" in done.stderr and not out.exists()


def test_of_an_archive_that_unpacks_itself_the_named_files_are_taken(tree):
    done, out = gather(tree, blob(tree, "archive-1.0.bin", SHELL_ARCHIVE.encode(), "u-boot:firmware/t*.bin"))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (out / "u-boot").iterdir()) == ["two.bin"]


def test_an_archive_without_these_files_or_that_fails_is_refused(tree):
    done, _ = gather(tree, blob(tree, "archive-1.0.bin", SHELL_ARCHIVE.encode(), "u-boot:firmware/*.elf"))
    assert done.returncode == 1 and "has no firmware/*.elf" in done.stderr
    done, _ = gather(tree, blob(tree, "archive-1.0.bin", b"exit 3\n", "u-boot:firmware/*.bin"))
    assert done.returncode == 1 and "could not unpack itself" in done.stderr


def test_two_files_at_one_place_are_refused(tree):
    done, _ = gather(tree, blob(tree, "one", b"1", "boot/first"), blob(tree, "two", b"2", "boot/first"))
    assert done.returncode == 1 and "two files are to be at boot/first" in done.stderr


@pytest.mark.parametrize("how", ("run", "shell"))
def test_a_real_board_cannot_be_run_here(how):
    done = run(TOP / "board/run/run.sh", how, BOARD="rpi4")
    assert done.returncode == 1 and "rpi4 is a real board and runs nowhere else" in done.stderr


# ---- U-Boot -----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module", name="uboots")
def fixture_uboots():
    made = {}
    for board in HARDWARE:
        # Nobody's own files, so that every machine builds the same.
        must(TOP / "board/build/blobs.sh", BOARD=board, BOOTCHAIN_BLOBS=os.devnull)
        must(TOP / "board/build/uboot.sh", BOARD=board)
        made[board] = pathlib.Path(conftest.BUILD, board)
    return made


@pytest.mark.parametrize("board", HARDWARE)
def test_uboot_is_built_with_the_series_and_its_tpm(uboots, board):
    config = (uboots[board] / "out/u-boot.config").read_text()
    for symbol in ("MEASURED_BOOT_STRICT", "MEASURED_BOOT_MAP_PFP", "MEASURED_BOOT_CLOSE_PLATFORM", "TPM2_TIS_SPI") + (("SOFT_SPI",) if board == "rpi4" else ()):
        assert "\nCONFIG_%s=y\n" % symbol in config
    assert ('VOLATILE_NODES="/chosen/bootloader"' in config) == (board == "rpi4")
    binary = (uboots[board] / "out/u-boot.bin").read_bytes()
    assert b"Measured boot: " in binary and b"U-Boot 2025.01" in binary
    built = json.loads((uboots[board] / "out/u-boot.json").read_text())
    assert len(built["patches"]) == len(list((TOP / "u-boot-patches/patches").glob("*.patch"))) and built["sha256"] == hashlib.sha256(binary).hexdigest()


@pytest.fixture(name="kernels_tree")
def fixture_kernels_tree(tmp_path):
    """The tree of the Raspberry Pi in the kernel's source, with symbols, as its build makes it."""
    source = next(path for path in sorted((pathlib.Path(conftest.BUILD) / "src").glob("linux-*")) if path.is_dir())
    must("cpp", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp", "-I", source / "include", "-I", source / "scripts/dtc/include-prefixes",
         source / "arch/arm64/boot/dts/broadcom/bcm2711-rpi-4-b.dts", "-o", tmp_path / "tree.dts")
    must("dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", tmp_path / "kernel.dtb", tmp_path / "tree.dts")
    return tmp_path / "kernel.dtb"


def test_the_overlay_gives_the_tree_a_tpm_that_both_find(kernels_tree, tmp_path):
    must("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "tpm.dtbo", TOP / "board/rpi4/linux.dtso")
    must("fdtoverlay", "-i", kernels_tree, "-o", tmp_path / "tree.dtb", tmp_path / "tpm.dtbo")
    assert must("fdtget", tmp_path / "tree.dtb", "/tpm-spi", "compatible").stdout == "spi-gpio\n"
    assert "tcg,tpm_tis-spi" in must("fdtget", tmp_path / "tree.dtb", "/tpm-spi/tpm@0", "compatible").stdout
    gpio = must("fdtget", tmp_path / "tree.dtb", "/soc/gpio@7e200000", "phandle").stdout.strip()
    for name, pin, low in (("sck", 11, 0), ("mosi", 10, 0), ("miso", 9, 0), ("cs", 7, 1)):
        assert must("fdtget", tmp_path / "tree.dtb", "/tpm-spi", name + "-gpios").stdout.split() == [gpio, str(pin), str(low)]
