# SPDX-License-Identifier: BSD-2-Clause
"""bootchain(1): its examples run, and it has every option and every finding code."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import COMMAND, DATA, TOP, read, write

SOURCE = read(os.path.join(TOP, "tools/man/bootchain.1.scd")).decode()
EXAMPLES = re.findall(r"```\n(.*?)\n```", SOURCE, re.S)


def test_the_examples_of_the_manual_page_run(boot):
    assert len(EXAMPLES) == 8
    os.rename(boot / "good.log", boot / "measured-boot.log")
    os.rename(boot / "good.dtb", boot / "fdt.dtb")
    for path, name in (("sys/kernel/security/tpm0/binary_bios_measurements", "measured-boot.log"), ("sys/firmware/fdt", "fdt.dtb")):
        os.makedirs(os.path.dirname(boot / ("machine/" + path)), exist_ok=True)
        shutil.copy(boot / name, boot / ("machine/" + path))
    for name, source in (("quote.msg", "p256.msg"), ("quote.sig", "p256.sig"), ("ak.pub", "p256.pub")):
        shutil.copy(os.path.join(DATA, "quote", source), boot / name)
    os.makedirs(boot / "machine/sys/class/tpm/tpm0/pcr-sha1")
    write(boot / "machine/sys/class/tpm/tpm0/pcr-sha1/0", "00" * 20)
    environment = dict(os.environ, PATH=os.path.dirname(COMMAND) + ":" + os.environ["PATH"])
    for example in EXAMPLES:
        process = subprocess.run(["sh", "-c", example], cwd=boot.path, env=environment, capture_output=True, timeout=60, check=False)
        assert process.returncode == 0, (example, process.stderr)


@pytest.mark.parametrize("name", ["show", "replay", "verify", "collect", "diff", "doctor"])
def test_the_manual_page_has_every_option_of(boot, name):
    page = SOURCE.replace("*", "")
    for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", boot.run(name, "--help").out):
        assert option in page, option


def test_the_manual_page_explains_every_finding_code():
    documented = re.findall(r"^\*([A-Z_]+)\* \((error|warning|note)\)\n\t\S", SOURCE, re.M)
    rows = re.findall(r"ROW\((\w+), (\w+),", read(os.path.join(TOP, "tools/lib/finding.c")).decode())
    rows = [row for row in rows if row[0].isupper()]
    assert documented == [(code, severity.lower()) for code, severity in rows]
    assert len(documented) > 50


def test_the_manual_page_is_well_formed():
    process = subprocess.run(["scdoc"], input=SOURCE.encode(), capture_output=True, check=False)
    assert (process.returncode, process.stderr) == (0, b"")
    assert b".SH EXAMPLES" in process.stdout
