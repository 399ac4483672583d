# SPDX-License-Identifier: BSD-2-Clause
"""`make install` leaves a command that runs, a library that a program can be built against, and a manual page."""
import os
import subprocess

from conftest import TOP

PROGRAM = """
#include <bootchain.h>
#include <stdio.h>

int main(void)
{
	struct bc_error err;
	char text[200];

	bc_error_set(&err, BC_E_INPUT, "seen by a program");
	bc_error_text(&err, text, sizeof(text));
	return puts(text) < 0;
}
"""


def run(*words, **more):
    env = dict(os.environ, MAKEFLAGS="", MAKELEVEL="", **more)
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, env=env).stdout


def test_what_make_install_leaves_can_be_used(tmp_path):
    root = tmp_path / "root"
    run("make", "-C", TOP, "install", "DESTDIR=%s" % root, "PREFIX=/usr")
    log = os.path.join(TOP, "tests/data/vectors/measured-boot.log")
    assert "16 events" in run(root / "usr/bin/bootchain", "show", log)
    assert (root / "usr/share/man/man1/bootchain.1").read_text().count(".SH") > 3

    (tmp_path / "program.c").write_text(PROGRAM)
    pkg = {"PKG_CONFIG_PATH": str(root / "usr/lib/pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(root)}
    flags = run("pkg-config", "--cflags", "--libs", "bootchain", **pkg).split()
    assert "-lbootchain" in flags
    run("gcc", tmp_path / "program.c", "-o", tmp_path / "program", "-I%s/usr/include" % root, "-L%s/usr/lib" % root, *flags)
    said = run(tmp_path / "program", LD_LIBRARY_PATH=str(root / "usr/lib"))
    assert "seen by a program" in said
    # Nothing but what PREFIX names, and no part of the checkout in it.
    assert [path.name for path in root.iterdir()] == ["usr"]
    assert TOP not in (root / "usr/lib/pkgconfig/bootchain.pc").read_text()


def test_another_prefix_is_in_the_next_pkg_config_file(tmp_path):
    for prefix in ("/usr", "/opt/bootchain"):
        run("make", "-C", TOP, "install", "DESTDIR=%s" % tmp_path, "PREFIX=%s" % prefix)
        lines = (tmp_path / prefix[1:] / "lib/pkgconfig/bootchain.pc").read_text().splitlines()
        assert lines[0] == "prefix=%s" % prefix
