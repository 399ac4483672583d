# SPDX-License-Identifier: BSD-2-Clause
"""This host fails, not the guest: one sentence that says what happened and what to do, a status, and nothing left behind."""
import os
import re
import shutil
import signal
import struct
import subprocess
import time

import fetches
import lab
import pytest
from lab import needs

HANG = struct.pack("<I", 0x14000000)  # arm64: branch to itself


def sentence(done, *words):
    """The message is one or a few lines for people, has these words, and is no trace of a shell or a traceback."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode != 0, done.stdout
    assert 1 <= len(lines) <= 20 and "Traceback" not in done.stderr and "unbound variable" not in done.stderr, done.stderr
    for word in words:
        assert re.search(word, done.stderr, re.I), "no `%s` in: %s" % (word, done.stderr)


def path_without(directory, *hidden):
    """A PATH on which some programs are not to be found; all others are."""
    directory.mkdir()
    for parent in os.environ["PATH"].split(":"):
        for name in os.listdir(parent) if os.path.isdir(parent) else ():
            if name not in hidden and not (directory / name).is_symlink():
                (directory / name).symlink_to(os.path.join(parent, name))
    return str(directory)


def children_in(mark):
    """Processes whose command line holds this text; ours is the directory that only one test uses."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                line = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if mark in line and int(pid) != os.getpid():
            found.append((int(pid), line))
    return found


def default_interrupt():
    """What a terminal gives its programs: where the tests run in the background, SIGINT is ignored, and bash cannot trap that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


# ---- the guest hangs, somebody presses Ctrl-C ------------------------------------------------------------------------

@needs("hang", "good")
def test_a_guest_that_hangs_is_stopped_by_the_time_limit(boots):
    hang = boots["hang"]
    assert hang.status == 124 and 3 <= hang.ended - hang.began < 60
    assert re.search(r"did not end within 3 s", hang.stderr) and str(hang.out) in hang.stderr
    assert not children_in(str(hang.out))
    assert boots["good"].status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_when_a_boot_is_interrupted(tmp_path, number):
    firmware = tmp_path / "firmware"
    firmware.write_bytes(HANG)
    short = tmp_path / "t"
    short.mkdir()
    env = dict(lab.ENV, TMPDIR=str(short))
    process = subprocess.Popen([lab.BOOT, "--out", tmp_path / "out", "--firmware", firmware, "--timeout", "100"], env=env,
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
                               preexec_fn=default_interrupt)

    def started():
        return {"qemu", "swtpm"} <= {name for name in ("qemu", "swtpm") for _, line in children_in(str(short))
                                     if re.match(r"\S*%s" % name, line)}
    assert until(started, 60), children_in(str(short))
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal sends it to all of the foreground
    else:
        os.kill(process.pid, number)
    assert process.wait(30) != 0
    process.stderr.close()
    gone, left = until(lambda: not children_in(str(short)), 15), children_in(str(short))
    for pid, _ in left:
        os.kill(pid, signal.SIGKILL)
    assert gone, left
    # Killed outright the script cannot tidy up, but what it started has ended; otherwise its directory is gone too.
    assert number == signal.SIGKILL or not list(short.iterdir())


def test_an_interrupted_disk_leaves_no_half_made_file(tmp_path):
    target = tmp_path / "disk.img"
    process = subprocess.Popen([lab.DISK, target], env=lab.ENV, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)
    assert not target.exists() or target.stat().st_size == os.path.getsize(lab.OUT + "/disk.img")
    assert lab.run(lab.DISK, target).returncode == 0
    assert target.read_bytes() == lab.replay.read(lab.OUT, "disk.img")


# ---- a program is missing, or dies -----------------------------------------------------------------------------------

@pytest.mark.parametrize("program,package", [("qemu-system-aarch64", "qemu-system-arm"), ("swtpm", "swtpm"),
                                             ("swtpm_setup", "swtpm-tools")])
def test_a_missing_program_is_named_with_its_package(tmp_path, program, package):
    path = path_without(tmp_path / "bin", program)
    assert shutil.which("sed", path=path) and not shutil.which(program, path=path)
    done = lab.run(lab.BOOT, "--out", tmp_path / "out", env=dict(lab.ENV, PATH=path))
    sentence(done, re.escape(program) + " is missing", package, "make deps")
    assert done.returncode == 3


def test_a_missing_compiler_is_named_with_its_package(tmp_path):
    path = path_without(tmp_path / "bin", "aarch64-linux-gnu-gcc")
    for script in ("uboot.sh", "linux.sh"):
        done = lab.run(os.path.join(lab.TOP, "board/build", script), env=dict(lab.ENV, PATH=path))
        sentence(done, "aarch64-linux-gnu-gcc is missing", "gcc-aarch64-linux-gnu", "make deps")


@pytest.mark.parametrize("program", ["qemu-system-aarch64", "swtpm", "swtpm_setup"])
def test_a_program_that_dies_is_said_to_have_died(tmp_path, program):
    path = path_without(tmp_path / "bin", program)
    fake = tmp_path / "bin" / program
    fake.write_text("#!/bin/sh\necho it broke >&2\nexit 7\n")
    fake.chmod(0o755)
    short = tmp_path / "t"
    short.mkdir()
    done = lab.run(lab.BOOT, "--out", tmp_path / "out", "--timeout", "20", env=dict(lab.ENV, PATH=path, TMPDIR=str(short)))
    sentence(done, "qemu" if "qemu" in program else "swtpm")
    assert done.returncode == 3 and not list(short.iterdir())


def test_wrong_options_are_a_usage_error(tmp_path):
    for words in ((), ("--out",), ("--nothing-such", "x"), ("--out", tmp_path, "--tpm", "maybe"), ("--out", tmp_path, "--banks", "md5")):
        done = lab.run(lab.BOOT, *words)
        assert done.returncode == 2 and "usage:" in done.stderr
    for words in (("run", "TAMPER=nothing-such"), ("run", "BOARD=nothing-such"), ("image", "BOARD=../x")):
        done = lab.run("make", "-C", lab.TOP, *words, env=dict(lab.ENV, MAKEFLAGS=""))
        sentence(done, words[1].split("=")[1])


# ---- the disk is full ------------------------------------------------------------------------------------------------

def test_a_full_disk_is_named_and_leaves_no_half_made_disk_image(tmp_path):
    done = lab.on_full_disk(tmp_path / "full", '"%s" "$0/disk.img"; s=$?; [ ! -e "$0/disk.img" ] || exit 98; exit $s' % lab.DISK)
    sentence(done, "space|full")
    assert done.returncode not in (0, 98)


def test_a_full_disk_is_named_by_a_boot(tmp_path):
    firmware = tmp_path / "firmware"
    firmware.write_bytes(HANG)
    command = '"%s" --out "%s" --firmware "%s" --timeout 5' % (lab.BOOT, tmp_path / "out", firmware)
    done = lab.on_full_disk(tmp_path / "full", "head -c 250K /dev/zero >\"$0/filler\"; TMPDIR=$0 " + command)
    sentence(done, "space|full")
    assert done.returncode == 3


@needs("fetch-full")
def test_a_full_disk_is_named_by_a_fetch_and_nothing_is_cached(boots):
    done = boots["fetch-full"].done
    sentence(done, "space|full")
    assert done.returncode not in (0, 98)


# ---- downloads -------------------------------------------------------------------------------------------------------

def test_a_whole_cache_needs_no_network(tmp_path):
    whole = fetches.put(tmp_path, lab.replay.read(fetches.cached()))
    done = lab.run(fetches.FETCH, "uboot", env=fetches.offline(tmp_path))
    assert done.returncode == 0 and done.stdout.split()[0] == str(whole)


@needs("fetch-empty")
def test_without_a_network_a_fetch_says_so_and_leaves_nothing(boots):
    sentence(boots["fetch-empty"].done, "network", "again|check")
    assert boots["fetch-empty"].files() == []


@needs("fetch-spoiled", "fetch-cut")
@pytest.mark.parametrize("what", ["fetch-spoiled", "fetch-cut"])
def test_a_file_with_a_wrong_checksum_is_never_used(boots, what):
    """One byte changed; cut short. It is removed, and as nothing can be fetched the step fails."""
    fetch = boots[what]
    sentence(fetch.done, "SHA-256", "removed", "network")
    assert fetch.done.stdout == "" and fetch.files() == []


def test_missing_packages_are_told_with_the_line_that_installs_them(tmp_path):
    """Nobody to ask for a password, no root: the line is printed and the check stops. All there: it says nothing."""
    deps = os.path.join(lab.TOP, "board/build/deps.sh")
    done = lab.run(deps)
    assert (done.returncode, done.stderr) == (0, "")
    path = path_without(tmp_path / "bin", "dpkg-query", "sudo", "id")
    for name, script in (("dpkg-query", "exit 1"), ("id", "echo 1000")):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n%s\n" % script)
        (tmp_path / "bin" / name).chmod(0o755)
    done = lab.run(deps, env=dict(lab.ENV, PATH=path))
    sentence(done, "run the line above")
    assert re.search(r"^(sudo )?apt-get install .*\bswtpm\b", done.stdout, re.M)
    # A board's own list comes on top, for that board only.
    own = lab.run(deps, env=dict(lab.ENV, PATH=path, BOARD="qemu-riscv64"))
    assert re.search(r"apt-get install .*\bgcc-riscv64-linux-gnu\b.* swtpm\b", own.stdout) and "riscv64" not in done.stdout


def test_another_release_is_said_to_be_untested_and_is_no_obstacle(tmp_path):
    deps, release = os.path.join(lab.TOP, "board/build/deps.sh"), tmp_path / "os-release"
    release.write_text('ID=debian\nVERSION_ID="13"\n')
    done = lab.in_name_space('mount --bind "$0" /etc/os-release || exit 99; "%s"' % deps, release)
    assert done.returncode == 0 and re.search("not tested on debian 13 .*going on", done.stdout), done
    assert "not tested" not in lab.run(deps).stdout
