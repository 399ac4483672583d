# SPDX-License-Identifier: BSD-2-Clause
"""The repository keeps its own rules. Each rule is first shown to find what it forbids."""
import glob
import os
import subprocess

import style
from conftest import TOP, contents, expect_none


def text_of(name):
    return contents(name).decode("utf-8", "replace")


def over(texts, rule):
    return [problem for name in texts for problem in rule(name, text_of(name))]


def test_every_file_names_its_licence_first(texts):
    assert style.spdx_problems("a.sh", "#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n") == []
    assert style.spdx_problems("a.c", "/* SPDX-License-Identifier: BSD-2-Clause */\n") == []
    assert style.spdx_problems("a.sh", "#!/bin/sh\n\n") and style.spdx_problems("a.c", "int a;\n")
    assert style.spdx_problems("a.1.scd", "a(1)\n\n; SPDX-License-Identifier: BSD-2-Clause\n") == []
    assert style.spdx_problems("a.1.scd", "a(1)\n\n# NAME\n")
    assert style.spdx_problems("tests/cmd/run.sh", "#!/bin/sh\ntrue\n")
    expect_none(over(texts, style.spdx_problems))


def test_no_file_is_longer_than_600_lines(texts):
    assert style.length_problems("a.c", "\n" * 600) == [] and style.length_problems("a.c", "\n" * 601)
    expect_none(over(texts, style.length_problems))


def test_no_machine_path_host_or_private_key_is_in_the_tree(texts):
    for bad in ("cd /wo" + "rk/main", "x=/ho" + "me/me/y", "CORPUS=.." + "/sha" + "red/logs",
                "-----BEGIN EC " + "PRIVATE KEY-----", "curl https:" + "//deb.deb" + "ian.org/x", "U=http:" + "//mirror.test/"):
        assert style.machine_problems("a.sh", bad), bad
    for good in ("build/wo" + "rk/x", "$HOME/wo" + "rk", "see https:" + "//docs.kernel.org/x"):
        assert style.machine_problems("a.md", good) == [], good
    # .ci/run alone may look for a corpus beside the clone.
    expect_none(over([name for name in texts if name != ".ci/run"], style.machine_problems))


def test_no_space_ends_a_line_and_a_newline_ends_a_file(texts):
    assert style.whitespace_problems("a.c", "x \n") and style.whitespace_problems("a.c", "x")
    expect_none(over(texts, style.whitespace_problems))


def test_links_between_pages_lead_somewhere(texts):
    page = "# One two\n[a](b.md) [c](#one-two) [d](https:" + "//example.org/) `[x](y)`\n"
    assert style.link_problems("a.md", page, lambda p: p in ("a.md", "b.md"), lambda p: page) == []
    assert len(style.link_problems("a.md", page + "[e](#three)", lambda p: p == "a.md", lambda p: page)) == 2
    problems = []
    for name in texts:
        if name.endswith(".md"):
            problems += style.link_problems(name, text_of(name), lambda p: os.path.exists(os.path.join(TOP, p)), text_of)
    expect_none(problems)


def shell_scripts(texts):
    return [name for name in texts if name.endswith(".sh")
            or text_of(name).split("\n", 1)[0].startswith(("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash"))]


def test_shellcheck_finds_nothing(texts, tmp_path):
    bad = tmp_path / "bad.sh"
    bad.write_text("#!/bin/sh\nrm $1\n")
    assert subprocess.run(["shellcheck", str(bad)], capture_output=True, check=False).returncode == 1
    # SC2015: `test && good || die` is meant as it reads, since die does not return.
    done = subprocess.run(["shellcheck", "-x", "--source-path=SCRIPTDIR", "--exclude=SC2015", *shell_scripts(texts)], cwd=TOP,
                          capture_output=True, text=True, check=False)
    expect_none((done.stdout + done.stderr).splitlines() or ["status %d" % done.returncode] * done.returncode)


def test_every_script_can_be_parsed_and_run(texts):
    problems = []
    for name in texts:
        text = text_of(name)
        runnable = os.access(os.path.join(TOP, name), os.X_OK)
        if name.endswith(".py"):
            try:
                compile(text, name, "exec")
            except SyntaxError as reason:
                problems.append("%s: %s" % (name, reason))
        if text.startswith("#!") and not runnable and not name.endswith(".patch"):
            problems.append("%s: has an interpreter line but cannot be run" % name)
    expect_none(problems)


def test_pyflakes_finds_nothing(texts):
    done = subprocess.run(["/usr/bin/python3", "-B", "-m", "pyflakes", *[n for n in texts if n.endswith(".py")]], cwd=TOP,
                          capture_output=True, text=True, check=False)
    expect_none((done.stdout + done.stderr).splitlines() or ["status %d" % done.returncode] * done.returncode)


def test_the_build_left_git_status_as_it_was(build):
    done = subprocess.run(["git", "-C", TOP, "status", "--porcelain"], capture_output=True, text=True, check=False)
    if done.returncode:  # an unpacked archive: what the build may write to is build/ alone
        assert not glob.glob(os.path.join(TOP, "tools", "**", "*.o"), recursive=True)
        return
    before = os.path.join(build, "check", "status-before")
    now = set(done.stdout.splitlines())
    if os.path.exists(before):
        expect_none(sorted(now - set(text_of(before).splitlines())))
    else:  # this part run alone: somebody may be editing, but a new file is a build's
        expect_none(sorted(line for line in now if line.startswith("??")))
