# SPDX-License-Identifier: BSD-2-Clause
"""`make install` leaves a command that runs, a library that a program can be built against, and a manual page."""
import os
import re
import subprocess

import pytest

from conftest import TOP

DATA = os.path.join(TOP, "tests/data")
LOGS = [os.path.join(DATA, name) for name in ("vectors/measured-boot.log", "ima-small/list-sha1.bin", "ima-small/pcrs.txt")]


def example():
    """The program of libbootchain(3) as a reader sees it: out of the page that is installed."""
    page = subprocess.run(["scdoc"], input=open(os.path.join(TOP, "tools/man/libbootchain.3.scd"), "rb").read(), check=True, capture_output=True)
    text = re.search(r"\.nf\n(?:\.RS 4\n)?(.*?)\n(?:\.fi|\.RE)", page.stdout.decode(), re.S)[1]
    return re.sub(r"\\(.)", lambda match: {"e": "\\", "&": ""}.get(match[1], match[1]), text)


def run(*words, **more):
    env = dict(os.environ, MAKEFLAGS="", MAKELEVEL="", **more)
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, env=env).stdout


def test_what_make_install_leaves_can_be_used(tmp_path):
    root = tmp_path / "root"
    run("make", "-C", TOP, "install", "DESTDIR=%s" % root, "PREFIX=/usr")
    log = os.path.join(TOP, "tests/data/vectors/measured-boot.log")
    assert "16 events" in run(root / "usr/bin/bootchain", "show", log)
    assert (root / "usr/share/man/man1/bootchain.1").read_text().count(".SH") > 3
    assert (root / "usr/share/man/man3/libbootchain.3").read_text().count(".SH") > 3
    assert "complete -F" in (root / "usr/share/bash-completion/completions/bootchain").read_text()
    # Nothing but what PREFIX names, and no part of the checkout in it.
    assert [path.name for path in root.iterdir()] == ["usr"]
    assert TOP not in (root / "usr/lib/pkgconfig/bootchain.pc").read_text()


def test_another_prefix_is_in_the_next_pkg_config_file(tmp_path):
    for prefix in ("/usr", "/opt/bootchain"):
        run("make", "-C", TOP, "install", "DESTDIR=%s" % tmp_path, "PREFIX=%s" % prefix)
        lines = (tmp_path / prefix[1:] / "lib/pkgconfig/bootchain.pc").read_text().splitlines()
        assert lines[0] == "prefix=%s" % prefix


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_the_example_of_the_manual_judges_as_the_command_does(tmp_path, kind):
    root = tmp_path / "root"
    run("make", "-C", TOP, "install", "DESTDIR=%s" % root, "PREFIX=/usr")
    (tmp_path / "program.c").write_text(example())
    # A sysroot of pkg-config does for its paths what DESTDIR did.
    pkg = {"PKG_CONFIG_PATH": str(root / "usr/lib/pkgconfig")}
    flags = run("pkg-config", "--define-variable=prefix=%s/usr" % root, *(["--static"] if kind == "static" else []), "--cflags", "--libs",
                "bootchain", **pkg).split()
    if kind == "static":
        flags = [flag if flag != "-lbootchain" else "-l:libbootchain.a" for flag in flags]
    run("gcc", "-Wall", "-Wextra", "-Werror", "-o", tmp_path / "program", tmp_path / "program.c", *flags)
    where = {"LD_LIBRARY_PATH": str(root / "usr/lib")} if kind == "shared" else {}
    said = run(tmp_path / "program", *LOGS, **where)
    judged = subprocess.run([root / "usr/bin/bootchain", "verify", "--pcrs", LOGS[2], *LOGS[:2]], check=True, capture_output=True, text=True)
    assert said.startswith("consistent: ") and said.split() == judged.stdout[judged.stdout.index("consistent: "):].split()
    done = subprocess.run([tmp_path / "program", "no-such-log", *LOGS[1:]], env=dict(os.environ, **where), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "") and "no-such-log" in done.stderr
