# SPDX-License-Identifier: BSD-2-Clause
"""tests/check.py counts what suites print, and makes a failure of whatever hides one."""
import importlib.util
import os
import subprocess
import sys

import pytest
from conftest import TOP

CHECK = os.path.join(TOP, "tests", "check.py")


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check", CHECK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("text,counts", [
    ("26 passed in 6.66s", (26, 0)),
    ("======= 1 failed, 25 passed, 2 skipped, 3 warnings, 1 error in 71.02s (0:01:11) =======", (25, 4)),
    ("no tests ran in 0.01s", (0, 0)),
    ("ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no TPM\n1..3", (1, 2)),
    ("[==========] tests: 3 test(s) run.\n[  PASSED  ] 2 test(s).\n[  FAILED  ] tests: 1 test(s), listed below:\n"
     "[  FAILED  ] some_test\n\n 1 FAILED TEST(S)", (2, 1)),
    ("ut: 11 passed, 2 failed", (11, 2)),
    ("not ok - fuzz_x\nok computer\npassed 3", (0, 1)),
])
def test_counts_of_known_formats(check, text, counts):
    assert check.count(text) == counts


def run(tmp_path, *words):
    env = dict(os.environ, BOOTCHAIN_BUILD=str(tmp_path), V="0")
    return subprocess.run([sys.executable, "-B", CHECK, *words], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script,counts,exit_status", [
    ("echo 'ok 1 - a'", "1 passed, 0 failed", 0),
    ("echo 'ok 1 - a'; exit 3", "1 passed, 1 failed", 1),
    ("true", "0 passed, 1 failed", 1),
    ("echo 'ok 1 - a'; echo 'not ok 2 - b'", "1 passed, 1 failed", 1),
    ("echo 'ok 1 - a # skip'", "0 passed, 1 failed", 1),
])
def test_a_suite_counts_as_failed_unless_it_ran_and_passed(tmp_path, script, counts, exit_status):
    assert run(tmp_path, "suite", "p", "s", "--", "/bin/sh", "-c", script).returncode == 0
    done = run(tmp_path, "sum", "p")
    assert (done.stdout, done.returncode) == ("check-p: %s\n" % counts, exit_status)


def test_a_program_that_is_missing_is_a_failed_suite(tmp_path):
    done = run(tmp_path, "suite", "p", "s", "--", "/nonexistent/program")
    assert "No such file" in done.stdout and run(tmp_path, "sum", "p").returncode == 1


def make_that(tmp_path, script):
    fake = tmp_path / "make"
    fake.write_text("#!/bin/sh\nfor target; do :; done\n" + script)
    fake.chmod(0o755)
    env = dict(os.environ, BOOTCHAIN_BUILD=str(tmp_path), MAKE=str(fake), V="0")
    return subprocess.run([sys.executable, "-B", CHECK, "parts", "--limit", "45", "one", "two"], env=env,
                          capture_output=True, text=True, check=False)


def test_a_part_that_stops_does_not_stop_the_others_and_is_counted(tmp_path):
    suite = "%s -B %s suite ${target#check-} s -- /bin/echo 'ok 1 - x'" % (sys.executable, CHECK)
    good = make_that(tmp_path, "case $target in deps|check-build) ;; *) %s;; esac" % suite)
    assert good.stdout.endswith("\n2 passed, 0 failed\n") and good.returncode == 0
    bad = make_that(tmp_path, "case $target in deps|check-build) ;; check-one) exit 2;; *) %s;; esac" % suite)
    assert bad.stdout.endswith("\n1 passed, 1 failed\n") and bad.returncode == 1


def test_a_build_that_fails_ends_the_check(tmp_path):
    done = make_that(tmp_path, "[ $target != check-build ]")
    assert done.stdout.endswith("\n0 passed, 1 failed\n") and done.returncode == 1 and "check-one" not in done.stdout
