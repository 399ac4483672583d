#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the parts of `make check`, count every test of every suite, and let no failure pass unseen.

    check.py suite PART NAME -- COMMAND...   run one suite; its counts go to build/check/PART/NAME.result
    check.py parts [--limit MINUTES] PART... run `make check-PART` for each and end with `N passed, N failed`
    check.py sum PART                        exit 1 unless every suite of PART passed (the end of `make check-PART`)

A suite that ran no test, that ended with an error although no test of it failed, or that skipped a test counts as failed.
"""
import os
import re
import shutil
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = os.path.join(os.environ.get("BOOTCHAIN_BUILD", os.path.join(TOP, "build")), "check")
# What comes before the tests: each is a make target, timed like a part, and fatal when it fails.
BEFORE = ("deps", "check-build")
SHOWN_LINES, SHOWN_WIDTH = 30, 200


def count(text):
    """(passed, failed) over everything in the output that reports tests: pytest, TAP, cmocka, U-Boot's ut."""
    passed = failed = 0
    for line in text.splitlines():
        if re.match(r"=* ?\d+ (passed|failed|error|errors|skipped|xfailed|xpassed|deselected)\b.* in [\d.]+s", line):
            words = dict((word, int(n)) for n, word in re.findall(r"(\d+) ([a-z]+)", line))
            passed += words.pop("passed", 0)
            failed += sum(n for word, n in words.items() if word not in ("warning", "warnings", "deselected"))
        elif re.match(r"ok \d+\b", line):
            skipped = re.search(r"# *skip", line, re.I)
            passed, failed = passed + (not skipped), failed + bool(skipped)
        elif re.match(r"not ok\b", line):
            failed += 1
        elif match := re.match(r"\[  PASSED  \] (\d+) test", line):
            passed += int(match[1])
        elif match := re.match(r"\[  (?:FAILED|SKIPPED)  \] [^:]*: (\d+) test", line):
            failed += int(match[1])
        elif match := re.match(r"ut: (\d+) passed, (\d+) failed", line):
            passed, failed = passed + int(match[1]), failed + int(match[2])
    return passed, failed


def run_logged(command, log):
    """The exit status of the command; its output goes to the log, and to the screen with V=1."""
    with open(log, "wb") as out:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as reason:
            out.write(("%s: %s\n" % (command[0], reason.strerror)).encode())
            return 127
        for line in process.stdout:
            out.write(line)
            if os.environ.get("V") == "1":
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
        return process.wait()


def suite(part, name, command):
    directory = os.path.join(RESULTS, part)
    os.makedirs(directory, exist_ok=True)
    log, began = os.path.join(directory, name + ".log"), time.monotonic()
    status = run_logged(command, log)
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    passed, failed = count(text)
    why = ""
    if status and not failed:
        failed, why = 1, "it ended with status %d" % status
    elif passed + failed == 0:
        failed, why = 1, "it ran no test"
    with open(os.path.join(directory, name + ".result"), "w", encoding="utf-8") as file:
        file.write("%d %d\n" % (passed, failed))
    print("  %-28s %5d passed %4d failed %7.1f s" % (
        part + "/" + name, passed, failed, time.monotonic() - began), flush=True)
    for line in text.splitlines():
        if line.startswith("report: "):
            print("    " + line[len("report: "):])
    if failed:
        # The names first: what a test shows of its values can be long.
        lines = text.splitlines()
        lines = [line for line in lines if re.match("(FAILED|ERROR|not ok)\\b", line)] + lines[-SHOWN_LINES:]
        print("".join("    %s\n" % line[:SHOWN_WIDTH] for line in lines), end="")
        print("  %s/%s failed%s: all of its output is in %s" % (part, name, why and ": " + why, log), flush=True)
    return 0


def results(part):
    """(passed, failed) summed over the suites of a part."""
    passed = failed = 0
    directory = os.path.join(RESULTS, part)
    for name in sorted(os.listdir(directory) if os.path.isdir(directory) else ()):
        if name.endswith(".result"):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                numbers = file.read().split()
            passed, failed = passed + int(numbers[0]), failed + int(numbers[1])
    return passed, failed


def clear(part):
    shutil.rmtree(os.path.join(RESULTS, part), ignore_errors=True)
    os.makedirs(os.path.join(RESULTS, part), exist_ok=True)


def make(target):
    command = [os.environ.get("MAKE", "make"), "--no-print-directory", "-C", TOP, target]
    return subprocess.call(command, stdin=subprocess.DEVNULL)


def save_status():
    """What git says before anything is built; tests/repo compares with it afterwards."""
    os.makedirs(RESULTS, exist_ok=True)
    out = subprocess.run(["git", "-C", TOP, "status", "--porcelain"], capture_output=True, check=False)
    if out.returncode == 0:
        with open(os.path.join(RESULTS, "status-before"), "wb") as file:
            file.write(out.stdout)


def parts(names, limit):
    began, times = time.monotonic(), []
    passed = failed = 0
    save_status()
    for name in BEFORE + tuple(names):
        start = time.monotonic()
        print("== %s" % name, flush=True)
        clear(name)
        status = make(name if name in BEFORE else "check-" + name)
        good, bad = results(name)
        if status and not bad:
            print("  make %s stopped (status %d): its messages above say why" % (name, status))
            bad = 1
        passed, failed = passed + good, failed + bad
        times.append((name, time.monotonic() - start))
        if status and name in BEFORE:
            break
    total = time.monotonic() - began
    print("times: %s; together %d:%02d" % (
        ", ".join("%s %d:%02d" % (name, t // 60, t % 60) for name, t in times), total // 60, total % 60))
    if limit and total > limit * 60:
        print("make check took more than %d minutes" % limit)
        failed += 1
    print("%d passed, %d failed" % (passed, failed), flush=True)
    return 1 if failed or not passed else 0


def main(argv):
    if len(argv) > 4 and argv[0] == "suite" and argv[3] == "--":
        return suite(argv[1], argv[2], argv[4:])
    if len(argv) == 2 and argv[0] == "sum":
        passed, failed = results(argv[1])
        print("check-%s: %d passed, %d failed" % (argv[1], passed, failed))
        return 1 if failed or not passed else 0
    if len(argv) == 2 and argv[0] == "clear":
        clear(argv[1])
        return 0
    if len(argv) > 1 and argv[0] == "parts":
        names, limit = argv[1:], 0
        if names[0] == "--limit":
            limit, names = int(names[1]), names[2:]
        return parts(names, limit)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
