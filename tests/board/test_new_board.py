# SPDX-License-Identifier: BSD-2-Clause
"""A board is one board.conf and one README: one is made from the guide in board/README.md ("A new board"), and its image built.

board/ is replaced by a copy with the new board in a name space of its own, so that the checkout stays as it is; the kernel is the one that is
built already, or comes out of the compiler cache.
"""
import json
import os
import pathlib
import re
import shutil
import sys

import pytest

from conftest import BUILD, TOP

sys.path[:0] = [os.path.join(TOP, "tests/boot"), os.path.join(TOP, "tests/replay")]
import lab  # noqa: E402  (the path is set above)

NAME = "throw-away"
OUT = pathlib.Path(BUILD, NAME, "out")
SECTIONS = ("Parts and wiring", "Build", "Flash", "First boot check", "Known problems")


def change(text, key, value):
    """board.conf with another value of a key, which may be new."""
    line = '%s="%s"\n' % (key, value)
    return re.sub('^%s=.*\n' % key, line, text, flags=re.M) if re.search("^%s=" % key, text, re.M) else text + line


@pytest.fixture(name="boards")
def fixture_boards(tmp_path):
    """A copy of board/ with the new one: that of qemu-arm64, some of it changed, as the guide says."""
    shutil.copytree(os.path.join(TOP, "board"), tmp_path / "board")
    new = tmp_path / "board" / NAME
    shutil.copytree(tmp_path / "board/qemu-arm64", new)
    conf = new / "board.conf"
    text = conf.read_text()
    for key, value in (("description", "made from the guide"), ("boot_arguments", "quiet loglevel=3"), ("recovery", "snagboot")):
        text = change(text, key, value)
    conf.write_text(text)
    (new / "README.md").write_text("# Throw-away\n" + "".join("\n## %s\n\nNone.\n" % section for section in SECTIONS))
    fragment = new / "u-boot.config"
    fragment.write_text(fragment.read_text().replace("CONFIG_BOOTDELAY=0", "CONFIG_BOOTDELAY=3"))
    return tmp_path / "board"


def make(boards, target):
    """make TARGET BOARD=throw-away, with these boards."""
    script = 'mount --bind "$0" "%s/board" || exit 99; make --no-print-directory -C "%s" %s BOARD=%s' % (TOP, TOP, target, NAME)
    return lab.in_name_space(script, boards, env=dict(os.environ, MAKEFLAGS="", V="0"), timeout=1200)


@pytest.fixture(autouse=True)
def fixture_clean():
    yield
    shutil.rmtree(os.path.join(BUILD, NAME), ignore_errors=True)


def test_a_board_made_from_the_guide_has_an_image(boards):
    done = make(boards, "image")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert json.loads((OUT / "build.json").read_text())["board"] == NAME
    assert "quiet loglevel=3" in (OUT / "extlinux.conf").read_text()
    assert "CONFIG_BOOTDELAY=3\n" in (OUT / "u-boot.config").read_text()
    # What is said of the kernel is the same: so is the kernel.
    assert (OUT / "Image").read_bytes() == pathlib.Path(BUILD, "qemu-arm64/out/Image").read_bytes()
    assert (OUT / "u-boot.bin").read_bytes() != pathlib.Path(BUILD, "qemu-arm64/out/u-boot.bin").read_bytes()
    sums = lab.must("sha256sum", "-c", "SHA256SUMS", cwd=OUT).stdout
    assert {"disk.img: OK", "disk.img.bmap: OK", "u-boot.bin: OK", "build.json: OK"} <= set(sums.splitlines())
    flash = make(boards, "flash DEVICE=%s" % boards)
    assert flash.returncode != 0 and "is neither a block device nor a file" in flash.stderr
    assert not os.path.exists(os.path.join(TOP, "board", NAME))


@pytest.mark.parametrize("key,value,says", [
    ("qemu_cpus", "2", "unknown key qemu_cpus: board/README.md lists the keys"),
    ("recovery", "usb", 'recovery="usb" is not of the form none|uuu|rpiboot|snagboot'),
    ("boot_timeout", "0", 'boot_timeout="0" is not of the form'),
])
def test_a_key_or_a_value_that_is_none_is_refused_with_file_and_line(boards, key, value, says):
    conf = boards / NAME / "board.conf"
    conf.write_text(change(conf.read_text(), key, value))
    number = next(i for i, line in enumerate(conf.read_text().splitlines(), 1) if line.startswith(key + "="))
    done = make(boards, "image")
    assert done.returncode != 0 and "board/%s/board.conf:%d: %s" % (NAME, number, says) in done.stderr, done.stderr
    assert not OUT.exists()


def test_the_readme_of_each_board_has_the_parts_that_the_guide_wants():
    for conf in pathlib.Path(TOP, "board").glob("*/board.conf"):
        text = (conf.parent / "README.md").read_text()
        assert re.findall(r"^## (Parts and wiring|Build|First boot check|Known problems)$", text, re.M) == [
            "Parts and wiring", "Build", "First boot check", "Known problems"], conf
