# SPDX-License-Identifier: BSD-2-Clause
"""What the checks over the repository share: its files, and ways to run a tool."""
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def tracked_files():
    """The files that belong to the project: git's list, or all files but build/ in an unpacked archive."""
    done = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True, check=False)
    if done.returncode == 0 and done.stdout:
        names = done.stdout.decode().split("\0")[:-1]
    else:
        names = [os.path.relpath(os.path.join(parent, name), TOP)
                 for parent, _, files in os.walk(TOP) for name in files]
        names = [n for n in names if not n.startswith(("build/", ".git/"))]
    return sorted(n for n in names if os.path.lexists(os.path.join(TOP, n)))


def contents(name):
    with open(os.path.join(TOP, name), "rb") as file:
        return file.read()


def is_text(name):
    return b"\0" not in contents(name)[:8192]


def expect_none(problems):
    """Fail with every problem, one a line."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture(scope="session")
def files():
    return [name for name in tracked_files() if not os.path.islink(os.path.join(TOP, name))]


@pytest.fixture(scope="session")
def texts(files):
    return [name for name in files if is_text(name)]


@pytest.fixture(scope="session")
def build():
    return os.environ.get("BOOTCHAIN_BUILD", os.path.join(TOP, "build"))
