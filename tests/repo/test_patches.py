# SPDX-License-Identifier: BSD-2-Clause
"""Both series: names, trailers, checkpatch, and that each patch applies to the untouched release."""
import os
import re

import allowed
import basetree
import pytest
from conftest import TOP, contents, expect_none

KINDS = sorted(basetree.SERIES)
STATUS = re.compile(r"^Upstream-Status: (Pending|Submitted \[.+\]|Backport \[.+\]|Inappropriate \[.+\])$", re.M)
SIGNED = re.compile(r"^Signed-off-by: .+ <[^<>@\s]+@[^<>@\s]+>$", re.M)


def name_problems(names):
    """NNNN-what-it-does.patch, each number once, in the order of the names."""
    problems = ["%s: not NNNN-what-it-does.patch" % n for n in names if not re.fullmatch(r"\d{4}-[A-Za-z0-9._-]+\.patch", n)]
    numbers = [n[:4] for n in names]
    return problems + ["number %s is used twice" % n for n in sorted(set(numbers)) if numbers.count(n) > 1]


def text_problems(name, text):
    """What `git format-patch -N --zero-commit --no-signature` writes, with our trailers."""
    head = text.split("\n---\n", 1)[0]
    problems = []
    if not text.startswith("From " + "0" * 40 + " "):
        problems.append("%s: has a commit hash: export it with --zero-commit" % name)
    if not re.search(r"^Subject: \[PATCH\] \S+: ", head, re.M):
        problems.append("%s: the subject is not `[PATCH] area: what`" % name)
    if re.search(r"^-- \n[\d.]+", text, re.M):
        problems.append("%s: has a signature: export it with --no-signature" % name)
    if len(STATUS.findall(head)) != 1:
        problems.append("%s: needs one line Upstream-Status: Pending, Submitted [where], Backport [what] or Inappropriate [why]" % name)
    if not SIGNED.search(head):
        problems.append("%s: no Signed-off-by" % name)
    if len(head.split("\n\n")) < 3:
        problems.append("%s: the message does not say why" % name)
    return problems


GOOD = """From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A <a@example.org>
Date: Mon, 1 Jan 2024 00:00:00 +0000
Subject: [PATCH] tpm: do a thing

Why it is done.

Upstream-Status: Pending
Signed-off-by: A <a@example.org>
---
 a | 1 +
"""


def test_rules_find_what_they_forbid():
    assert text_problems("x", GOOD) == [] and name_problems(["0010-a.patch", "0020-b.patch"]) == []
    for old, new in (("0" * 40, "1" * 40), ("tpm: ", ""), ("[PATCH]", "[PATCH 1/2]"), ("Pending", "Inappropriate"),
                     ("Signed-off-by", "Acked-by"), ("Why it is done.\n\n", ""), (" a | 1 +\n", " a | 1 +\n-- \n2.39.5\n")):
        assert text_problems("x", GOOD.replace(old, new)), old
    assert name_problems(["1-a.patch"]) and name_problems(["0010-a.patch", "0010-b.patch"])


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_trailers_of_the_series(kind):
    files = basetree.patches(kind)
    assert files, "no patch in " + basetree.SERIES[kind]
    problems = name_problems([os.path.basename(f) for f in files])
    for file in files:
        problems += text_problems(os.path.basename(file), contents(os.path.relpath(file, TOP)).decode())
    expect_none(problems)


@pytest.fixture(scope="module", params=KINDS)
def series(request, build):
    return basetree.make(request.param, build), basetree.patches(request.param)


def spoil(file, tmp_path, change):
    """A copy of a patch with one added line changed."""
    with open(file, encoding="utf-8") as text:
        lines = text.read().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if re.match(r"[ -]\S*[a-z]{3}", line) and any(
        part.startswith("@@") for part in lines[:n])) if change == "context" else next(
        n for n, line in enumerate(lines) if re.match(r"\+\t", line))
    lines[at] = lines[at][0] + ("not in the release\n" if change == "context" else "\t  \tx=( 1 );  \n")
    copy = tmp_path / "spoiled.patch"
    copy.write_text("".join(lines))
    return str(copy)


def test_each_patch_applies_to_the_untouched_release(series, tmp_path):
    tree, files = series
    applied, said = basetree.apply(tree, [*files[:-1], spoil(files[-1], tmp_path, "context")])
    assert applied == len(files) - 1 and said
    applied, said = basetree.apply(tree, files)
    assert applied == len(files), "%s: %s" % (files[applied], said)


def test_checkpatch_has_no_error_and_no_warning(series, tmp_path):
    tree, files = series
    code = next(file for file in files if re.search(r"^\+\t", contents(os.path.relpath(file, TOP)).decode(), re.M))
    assert basetree.checkpatch(tree, spoil(code, tmp_path, "style"))
    expect_none([line for file in files for line in basetree.checkpatch(tree, file) if not allowed.stands(line)])


def test_the_copy_of_the_golden_vectors_in_the_series_is_the_one_in_tests_data(build):
    tree, files = basetree.make("uboot", build), basetree.patches("uboot")
    assert basetree.apply(tree, files)[0] == len(files)
    copies = basetree.git(tree, "grep", "-l", "^# Written by make.py", check=False).stdout.split()
    assert copies, "no copy of events.txt in the U-Boot series"
    for name in copies:
        with open(os.path.join(tree, name), "rb") as file:
            assert file.read() == contents("tests/data/vectors/events.txt"), name
