# SPDX-License-Identifier: BSD-2-Clause
"""docs/bring-up.md quotes console lines: each is a string of the series, of what they apply to, of the image, or a finding."""
import os
import re

import pytest

from conftest import BUILD, TOP

PAGE = os.path.join(TOP, "docs/bring-up.md")
# Where a line may come from: the series, the image's scripts, the commands; then the sources that were built.
OURS = ("u-boot-patches/patches", "kernel/patches", "board/image")
SOURCES = {"u-boot-": ("cmd", "lib", "boot", "common", "drivers/tpm", "arch/arm/lib"), "linux-": ("drivers/char/tpm", "security", "certs", "init")}
# Fixed characters that a format must have to be told from any other.
FEWEST = 4


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def quoted(text):
    """The lines that the page says a console shows: first cells of tables headed "console", and the lines that are set apart."""
    lines, console = [], False
    for line in text.splitlines():
        if line.startswith("| console "):
            console = True
        elif not line.startswith("|"):
            console = False
        elif console:
            lines += re.findall(r"`([^`]+)`", line.split(" | ")[0])
        if re.match(r"    [^=#\s]", line) and "$" not in line:
            lines.append(line.strip())
    return lines


def strings(text, shell):
    """The strings in a source as a console shows them: those that stand one behind the other are one, what differs is the reader's …."""
    if shell:
        found = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
        return {re.sub(r"\$\{[^}]*\}|\$\w+|\$\*", "…", one) for one in found}
    found = re.findall(r'"((?:[^"\\\n]|\\.)*)"', re.sub(r'"\s*\n?\s*"', "", text))
    return {re.sub(r"%[-#0-9]*(?:ll|l|z|h)?[a-zA-Z]", "…", one.replace("\\n", "").replace('\\"', '"')) for one in found}


def fits(line, known):
    """Is the line what one of these formats prints? What stands for its … is a … here, too, or another of the strings."""
    # What driver and kernel print in front of a line, and the image's `say` and `fail`.
    line = re.sub(r"^(ima|integrity|tpm tpm0|tpm_tis…|bootchain: failed): ", "", line)
    for one in known:
        fixed = one.split("…")
        if sum(len(part.strip()) for part in fixed) < FEWEST or not all(part in line for part in fixed):
            continue
        match = re.fullmatch("(.*?)".join(re.escape(part) for part in fixed), line)
        if match and all(group.strip() in ("", "…") or group in known for group in match.groups()):
            return True
    return False


def files(directory, endings):
    for parent, _, names in os.walk(directory):
        for name in sorted(names):
            if name.endswith(endings) or not endings:
                yield os.path.join(parent, name)


@pytest.fixture(scope="module")
def known():
    """Every string of them."""
    found = set()
    for directory in OURS:
        for path in files(os.path.join(TOP, directory), ""):
            text = read(path)
            if path.endswith(".patch"):
                text = "\n".join(line[1:] for line in text.splitlines() if line.startswith("+"))
            found |= strings(text, shell=directory == "board/image")
    for name in sorted(os.listdir(os.path.join(BUILD, "src"))):
        for prefix, directories in SOURCES.items():
            for part in directories if name.startswith(prefix) else ():
                for path in files(os.path.join(BUILD, "src", name, part), (".c", ".h")):
                    found |= strings(read(path), shell=False)
    return found


def test_each_console_line_is_one_that_is_printed(known):
    lines = quoted(read(PAGE))
    assert len(lines) > 40
    assert [line for line in lines if not fits(line, known)] == [], "not printed by anybody"


@pytest.mark.parametrize("line", ["Measured boot: failed: no TPN: … (error …)", "ima: No TPM chip found, activating TPM bypass!", "…",
                                  "Measured boot: … events, PCR 0-8 closed, … ms (hash …, TPM …)", "tpm tpm0: event log: … bytes, … events"])
def test_a_line_that_nobody_prints_is_found(known, line):
    assert not fits(line, known)


def test_finding_codes_and_checks_on_the_page_are_known():
    page = read(PAGE)
    known = set(re.findall(r"ROW\((\w+),", read(os.path.join(TOP, "tools/lib/finding.c"))))
    codes = set(re.findall(r"`(?!CONFIG_)([A-Z]+(?:_[A-Z]+)+)`", page))
    assert codes and codes <= known
    assert "`tpm-reset`" in page and '"tpm-reset"' in read(os.path.join(TOP, "tools/cmd/doctor_rows.c"))
