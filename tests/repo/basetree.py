# SPDX-License-Identifier: BSD-2-Clause
"""A git tree of a base release, cut down to the files that our patches touch and what checkpatch needs.

`git am` looks at no other file, so that this is as good as the whole tree and takes seconds instead of minutes.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess

from conftest import TOP

CHECKPATCH = ("scripts/checkpatch.pl", "scripts/spelling.txt", "scripts/const_structs.checkpatch", ".checkpatch.conf",
              "include/linux/kernel.h")
SERIES = {"uboot": "u-boot-patches/patches", "linux": "kernel/patches"}
AUTHOR = ("-c", "user.name=check", "-c", "user.email=check@example.org", "-c", "gc.auto=0", "-c", "core.autocrlf=false")


def patches(kind):
    return sorted(glob.glob(os.path.join(TOP, SERIES[kind], "*.patch")))


def touched(files):
    """The files that must be there before the patches are applied."""
    names = set()
    for file in files:
        with open(file, encoding="utf-8") as text:
            names |= set(re.findall(r"^--- a/(\S+)$", text.read(), re.M))
    return sorted(names)


def git(tree, *words, check=True):
    return subprocess.run(["git", "-C", tree, *AUTHOR, *words], capture_output=True, text=True, check=check)


def unpack(kind, archive, wanted, tree):
    """Write the wanted files of the release's archive into tree; `git am` misses those that the release does not have."""
    if kind == "linux":  # a Debian package around the tar archive
        source = "dpkg-deb --fsys-tarfile '%s' | tar -xO --wildcards '*/linux-source-*.tar.xz' | xz -dc" % archive
    else:
        source = "bzip2 -dc '%s'" % archive
    first = subprocess.run(["bash", "-c", source + " 2>/dev/null | tar -t 2>/dev/null | head -n 1"], capture_output=True,
                           text=True, check=True).stdout
    with open(tree + ".names", "w", encoding="utf-8") as file:
        file.writelines("%s/%s\n" % (first.split("/")[0], name) for name in wanted)
    subprocess.run(["bash", "-c", "%s | tar -x -C '%s' --strip-components=1 -T '%s' 2>'%s' || true" % (
        source, tree, tree + ".names", tree + ".missing")], check=True)


def make(kind, build):
    """A clean git tree of the base release for this series; made again only when the series touches other files."""
    line = subprocess.run([os.path.join(TOP, "board/build/fetch.sh"), kind], capture_output=True, text=True, check=True).stdout
    archive, sha256, _ = line.split()
    wanted = sorted(set(touched(patches(kind))) | set(CHECKPATCH))
    stamp = hashlib.sha256(" ".join([sha256, *wanted]).encode()).hexdigest()
    tree = os.path.join(build, "check", "base-" + kind)
    mark = os.path.join(tree, ".git", "bootchain-stamp")
    if not (os.path.exists(mark) and open(mark, encoding="utf-8").read() == stamp):
        shutil.rmtree(tree, ignore_errors=True)
        os.makedirs(tree)
        unpack(kind, archive, wanted, tree)
        git(tree, "init", "-q", "-b", "base")
        git(tree, "add", "-A", "-f")
        git(tree, "commit", "-q", "-m", "base")
        git(tree, "tag", "base")
        with open(mark, "w", encoding="utf-8") as file:
            file.write(stamp)
    git(tree, "am", "--abort", check=False)
    git(tree, "reset", "-q", "--hard", "base")
    git(tree, "clean", "-qfdx")
    return tree


def apply(tree, files):
    """Apply in order; (number applied, what git said)."""
    git(tree, "am", "--abort", check=False)
    git(tree, "reset", "-q", "--hard", "base")
    for number, file in enumerate(files):
        done = git(tree, "am", "-q", file, check=False)
        if done.returncode:
            git(tree, "am", "--abort", check=False)
            return number, done.stdout + done.stderr
    return len(files), ""


def checkpatch(tree, file):
    """Errors and warnings of the release's own checkpatch, run as its maintainers run it."""
    command = ["perl", "scripts/checkpatch.pl", "--no-tree", "--no-color", "--terse", "--show-types", "--no-summary",
               # The reviewers decide on MAINTAINERS; a tree without history knows no commit of a Fixes: line.
               "--ignore", "FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID", file]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return [os.path.basename(line) for line in lines if not re.search(r": CHECK:", line)]
