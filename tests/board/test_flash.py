# SPDX-License-Identifier: BSD-2-Clause
"""make flash: what is refused, what is asked, and that what was written is there. The devices are loop devices where this machine
allows them, and files; what a disk that is built in looks like stands in a directory like /sys."""
import hashlib
import os
import re
import shutil
import subprocess

import pytest

from conftest import TOP

FLASH = os.path.join(TOP, "board/flash/flash.sh")
MB = 1 << 20


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=60, **more)


def tool_path(directory, without):
    """A PATH with all programs but one."""
    os.makedirs(directory)
    for place in ("/usr/bin", "/usr/sbin", "/bin", "/sbin"):
        for name in os.listdir(place):
            if name != without and not os.path.lexists(os.path.join(directory, name)):
                os.symlink(os.path.join(place, name), os.path.join(directory, name))
    return str(directory)


class Image:
    """An image of 6 MiB with two islands, its map and its sums, where flash.sh looks for those of a board."""

    def __init__(self, path, board="qemu-arm64"):
        self.board, self.out = board, path / board / "out"
        self.env = dict(os.environ, BOOTCHAIN_BUILD=str(path), BOARD=board)
        self.out.mkdir(parents=True)
        with open(self.out / "disk.img", "wb") as file:
            file.truncate(6 * MB)
            file.write(b"head" * 1024)
            file.seek(4 * MB)
            file.write(b"data" * 5000)
        self.seal()

    def seal(self):
        subprocess.run(["bmaptool", "create", "-o", self.out / "disk.img.bmap", self.out / "disk.img"], check=True, capture_output=True)
        sums = "".join("%s  %s\n" % (hashlib.sha256((self.out / name).read_bytes()).hexdigest(), name) for name in ("disk.img", "disk.img.bmap"))
        (self.out / "SHA256SUMS").write_text(sums)

    @property
    def bytes(self):
        return (self.out / "disk.img").read_bytes()

    def flash(self, device, answer=None, **more):
        answer = os.path.basename(os.path.realpath(device)) if answer is None else answer
        return run(FLASH, device, input=answer + "\n", env=dict(self.env, **more))


@pytest.fixture
def image(tmp_path):
    return Image(tmp_path / "build")


class Card:
    """What is written to: a loop device if this machine has them for us, else the file behind it; .read() is what is on it."""

    def __init__(self, file):
        self.file = file
        done = run("losetup", "--find", "--show", "--partscan", file)
        self.loop = done.stdout.strip() if done.returncode == 0 else None
        self.path = self.loop or str(file)

    def read(self):
        return self.file.read_bytes()

    def close(self):
        if self.loop:
            run("losetup", "--detach", self.loop)


@pytest.fixture
def card(tmp_path):
    file = tmp_path / "card"
    file.write_bytes(b"\xee" * 8 * MB)
    one = Card(file)
    yield one
    one.close()


def holds(image, card):
    """The islands are there; with a map the rest of the card is as it was."""
    data = card.read()
    return data[:4096] == b"head" * 1024 and data[4 * MB:4 * MB + 20000] == b"data" * 5000


def test_an_image_is_written_and_compared(image, card):
    done = image.flash(card.path)
    assert done.returncode == 0, done.stderr
    assert holds(image, card) and "written and compared" in done.stdout
    assert os.path.basename(card.path) in done.stdout and "6291456 bytes" in done.stdout


def test_without_bmaptool_every_byte_is_written_and_compared(image, card, tmp_path):
    done = image.flash(card.path, PATH=tool_path(tmp_path / "bin", "bmaptool"))
    assert done.returncode == 0, done.stderr
    assert card.read()[:6 * MB] == image.bytes and "compared: 6291456 of 6291456 bytes" in done.stdout


def test_a_card_that_loses_what_is_written_is_found(image, card, tmp_path):
    """dd says that it has written all, and one byte is another one afterwards."""
    for name in ("dd", "bmaptool"):
        path = tool_path(tmp_path / ("bin-" + name), name)
        fake = tmp_path / ("bin-" + name) / name
        fake.write_text("#!/bin/bash\n/usr/bin/%s \"$@\" || exit\nprintf X | /usr/bin/dd of='%s' bs=1 seek=%d conv=notrunc status=none\n" % (
            name, card.path, 4 * MB + 100))
        fake.chmod(0o755)
        if name == "dd":
            os.unlink(os.path.join(path, "bmaptool"))
        done = image.flash(card.path, PATH=path)
        assert done.returncode == 1 and "does not hold what was written" in done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("answer", ["", "yes", "loop", "/dev/loop0"])
def test_another_answer_than_the_name_writes_nothing(image, card, answer):
    done = image.flash(card.path, answer=answer)
    assert done.returncode == 1 and "nothing was written" in done.stderr
    assert card.read() == b"\xee" * 8 * MB


def test_no_answer_at_all_writes_nothing(image, card):
    done = run(FLASH, card.path, env=image.env, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "nothing was written" in done.stderr and card.read() == b"\xee" * 8 * MB


def test_a_file_is_written_without_being_a_device(image, tmp_path):
    file = tmp_path / "file.img"
    file.write_bytes(b"old")
    assert image.flash(file).returncode == 0 and file.read_bytes() == image.bytes


@pytest.mark.parametrize("what", ["nothing", "absent", "directory", "fifo", "image"])
def test_what_is_no_device_is_refused(image, tmp_path, what):
    path = {"nothing": "", "absent": tmp_path / "absent", "directory": tmp_path, "fifo": tmp_path / "fifo", "image": image.out / "disk.img"}[what]
    if what == "fifo":
        os.mkfifo(path)
    done = image.flash(path, answer="x")
    says = {"nothing": "which device? make flash BOARD=qemu-arm64 DEVICE=", "absent": "there is no ", "image": "is the image itself"}
    assert done.returncode == 1 and says.get(what, "neither a block device nor a file") in done.stderr


def test_an_image_that_is_not_there_or_not_whole_is_refused(image, card):
    data = bytearray(image.bytes)
    data[0] ^= 1
    (image.out / "disk.img").write_bytes(data)
    assert "not what SHA256SUMS says" in image.flash(card.path).stderr
    os.unlink(image.out / "disk.img")
    assert "run `make image BOARD=qemu-arm64` first" in image.flash(card.path).stderr
    assert card.read() == b"\xee" * 8 * MB


# ---- which devices are refused ------------------------------------------------------------------------------------------------

CHECK = 'set -euo pipefail; . "$0/board/flash/device.sh"; device_problem "$@"'
SECTORS = 16384


class Sys:
    """A directory like /sys with a card of two partitions, sdx, beside a disk that is built in, vdx; and files like those of /proc."""

    def __init__(self, path):
        self.path = path
        for name, removable in (("sdx", 1), ("vdx", 0)):
            disk = path / "devices" / name
            self.put(disk, {"size": SECTORS, "removable": removable, "ro": 0, "dev": "8:%d" % (16 * removable)})
            for number in (1, 2):
                self.put(disk / ("%s%d" % (name, number)), {"size": 8, "partition": number, "dev": "8:%d" % (16 * removable + number)})
                (disk / ("%s%d" % (name, number)) / "holders").mkdir()
            (disk / "holders").mkdir()
            (path / "class/block").mkdir(parents=True, exist_ok=True)
            for link in (name, name + "1", name + "2"):
                target = disk if link == name else disk / link
                os.symlink(target, path / "class/block" / link)
        self.mounts, self.swaps = path / "mountinfo", path / "swaps"
        self.mounts.write_text("22 1 252:1 / / rw - ext4 /dev/vda1 rw\n23 22 0:5 / /dev rw - devtmpfs none rw\n")
        self.swaps.write_text("Filename Type Size Used Priority\n/dev/zram0 partition 1 0 -2\n")

    @staticmethod
    def put(directory, values):
        directory.mkdir(parents=True)
        for name, value in values.items():
            (directory / name).write_text("%s\n" % value)

    def mount(self, line):
        self.mounts.write_text(self.mounts.read_text() + line + "\n")

    def problem(self, name="sdx", size=SECTORS * 512):
        done = run("bash", "-c", CHECK, TOP, self.path, self.mounts, self.swaps, name, size)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return done.stdout.strip()


@pytest.fixture
def system(tmp_path):
    return Sys(tmp_path / "sys")


def test_a_card_that_nobody_uses_and_that_is_large_enough_is_taken(system):
    assert system.problem() == ""


@pytest.mark.parametrize("line,says", [
    ("30 22 8:16 / /mnt rw - vfat /dev/sdx rw", "sdx is mounted on /mnt: unmount it first"),
    ("30 22 8:17 / /media/a rw - vfat /dev/sdx1 rw", "sdx is mounted on /media/a: unmount it first"),
    ("30 22 0:44 /sub /srv rw shared:1 - btrfs /dev/sdx2 rw", "sdx is mounted on /srv: unmount it first"),
    ("30 22 8:18 / / rw - ext4 /dev/root rw", "sdx holds the system that runs here"),
])
def test_a_card_that_is_mounted_is_refused(system, line, says):
    system.mount("29 22 8:1 / /other rw - ext4 /dev/vdx1 rw")
    assert system.problem() == ""
    system.mount(line)
    assert system.problem() == says


def test_a_disk_that_is_built_in_is_refused_and_a_card_in_a_slot_is_not(system):
    assert "vdx is built into this machine" in system.problem("vdx")
    (system.path / "devices/vdx/device").mkdir()
    (system.path / "devices/vdx/device/type").write_text("MMC\n")
    assert "vdx is built into this machine" in system.problem("vdx")
    (system.path / "devices/vdx/device/type").write_text("SD\n")
    assert system.problem("vdx") == ""


def test_a_partition_is_refused_and_its_disk_named(system):
    assert system.problem("sdx1") == "sdx1 is a partition: name the whole disk, sdx"


def test_a_card_that_is_too_small_read_only_or_not_there_is_refused(system):
    assert system.problem(size=SECTORS * 512 + 1) == "sdx is too small: it has 8388608 bytes, the image 8388609"
    (system.path / "devices/sdx/ro").write_text("1\n")
    assert "sdx is read-only" in system.problem()
    assert system.problem("sdy") == "there is no block device sdy" and system.problem("") == "there is no block device"


def test_swap_space_and_a_part_of_something_larger_are_refused(system):
    system.swaps.write_text(system.swaps.read_text() + "/dev/sdx22 partition 1 0 -2\n")
    assert system.problem() == ""
    (system.path / "devices/sdx/sdx2/holders/dm-3").mkdir()
    assert system.problem() == "sdx2 is in use by dm-3"
    system.swaps.write_text(system.swaps.read_text() + "/dev/sdx1 partition 1 0 -2\n")
    assert system.problem() == "sdx1 is swap space of this machine"


def test_the_disks_of_this_machine_itself_are_refused(image):
    """Whatever is mounted, built in or too small here: nothing but a loop device could be written."""
    for name in sorted(os.listdir("/sys/class/block")):
        if not name.startswith("loop"):
            done = run("bash", "-c", CHECK, TOP, "/sys", "/proc/self/mountinfo", "/proc/swaps", name, 1 << 60)
            assert done.stdout.startswith(name + " "), name


# ---- the way of its own that a processor has ------------------------------------------------------------------------------------

@pytest.mark.parametrize("word", ["uuu", "rpiboot", "snagboot", "none"])
def test_the_recovery_way_of_the_board_is_told(image, card, tmp_path, word):
    """A copy of board/ with the key in the board's file."""
    shutil.copytree(os.path.join(TOP, "board"), tmp_path / "tree/board")
    conf = tmp_path / "tree/board/qemu-arm64/board.conf"
    conf.write_text(re.sub("^recovery=.*\n", "", conf.read_text(), flags=re.M) + 'recovery="%s"\n' % word)
    script = tmp_path / "tree/board/flash/flash.sh"
    done = run(script, card.path, input=os.path.basename(card.path) + "\n", env=image.env)
    assert done.returncode == 0, done.stderr
    asked = run(script, env=image.env)
    assert asked.returncode == 1 and "which device?" in asked.stderr
    for said in (done.stdout, asked.stdout):
        assert ("By cable instead" in said) == (word != "none")
        assert {"uuu": "uuu -b emmc_all", "rpiboot": "rpiboot", "snagboot": "snagrecover", "none": ""}[word] in said


def test_make_flash_hands_the_device_on(image):
    done = run("make", "-s", "-C", TOP, "flash", "DEVICE=/nowhere", env=dict(image.env, MAKEFLAGS=""))
    assert done.returncode != 0 and "there is no /nowhere" in done.stderr
