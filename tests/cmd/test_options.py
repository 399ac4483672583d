# SPDX-License-Identifier: BSD-2-Clause
"""Options, help and messages that all commands share."""
import os
import subprocess

import pytest

from conftest import COMMAND

COMMANDS = ["show", "replay", "verify", "collect", "diff"]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_one_line_and_exit_2(boot, name):
    result = boot.run(name, "--no-such-option", "good.log")
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert "--no-such-option" in result.err and "--help" in result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_usage_and_common_options(boot, name):
    result = boot.run(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: bootchain %s" % name)
    assert "--json" in result.out


def test_help_lists_every_command(boot):
    result = boot.run("--help")
    assert result.code == 0
    for name in COMMANDS:
        assert "\n  %s" % name in result.out


@pytest.mark.parametrize("words", [(), ("no-such-command",), ("sh\x1b[2Jow",), ("show", "--bank", "md5", "good.log"),
                                   ("show", "--color", "pink", "good.log"), ("show", "--json=yes", "good.log"), ("show", "--pcr", "24", "good.log"),
                                   ("show", "--bank")])
def test_wrong_usage_exits_2_with_one_harmless_line(boot, words):
    result = boot.run(*words)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert "\x1b" not in result.err


@pytest.mark.parametrize("words", [("show", "no\x1bsuch"), ("replay", "no\x1bsuch"), ("diff", "no\x1bsuch", "good.log"),
                                   ("verify", "--pcrs", "no\x1bsuch", "good.log")])
def test_a_missing_file_exits_3_and_its_name_is_escaped(boot, words):
    result = boot.run(*words)
    assert result.code == 3
    assert "no\\x1bsuch" in result.out + result.err and "\x1b" not in result.out + result.err


def test_a_full_disk_is_not_taken_for_success(boot):
    with open("/dev/full", "wb") as full:
        process = subprocess.run([COMMAND, "replay", "good.log"], cwd=boot.path, stdout=full, stderr=subprocess.PIPE, check=False)
    assert process.returncode == 3
    assert b"No space left on device" in process.stderr


def test_colour_is_for_terminals_unless_asked_for(boot):
    os.chmod(boot / "good.log", 0o600)
    assert "\x1b[" not in boot.run("verify", "--pcrs", "pcrs.txt", "good.log", "ima.bin").out
