# SPDX-License-Identifier: BSD-2-Clause
"""Completion for bash: it offers what --help lists, and nothing else."""
import os
import re
import subprocess

import pytest

from conftest import COMMAND, TOP

COMPLETION = os.path.join(TOP, "tools/completion/bootchain")
COMMANDS = ["show", "replay", "verify", "collect", "diff", "doctor"]
SCRIPT = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bootchain; printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words, cwd=TOP):
    """What is offered for the last word."""
    done = subprocess.run(["bash", "--norc", "-c", SCRIPT, "bash", COMPLETION, "bootchain", *words], cwd=cwd, capture_output=True,
                          text=True, check=True)
    assert not done.stderr
    return sorted(set(done.stdout.split()))


def run_help(*words):
    return subprocess.run([COMMAND, *words, "--help"], capture_output=True, text=True, check=True).stdout


def test_every_command_is_offered():
    listed = re.findall(r"^  (\w+) ", run_help().split("Commands:")[1].split("Common options:")[0], re.M)
    assert listed == COMMANDS
    assert complete("") == sorted(listed + ["--help", "--version"])
    assert complete("ver") == ["verify"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_offered_are_those_of_help(name):
    described = re.findall(r"^  (?:-\w, )?(--[a-z][a-z-]*)", run_help(name), re.M)
    assert complete(name, "--") == sorted(set(described))


@pytest.mark.parametrize("option,start,offered", [
    ("--color", "a", ["always", "auto"]), ("--bank", "sha1", ["sha1"]), ("--bank", "sha1,sha5", ["sha1,sha512"]),
    ("--accept", "no-n", ["no-nonce"]), ("--accept", "sha1,vio", ["sha1,violations"]), ("--sig-scheme", "rsap", ["rsapss"]), ("--nonce", "0", []),
])
def test_words_that_an_option_takes_are_offered(option, start, offered):
    assert complete("verify", option, start) == offered


def test_every_word_of_accept_is_known_to_the_command(boot):
    for word in complete("verify", "--accept", ""):
        said = boot.run("verify", "--accept", word).err
        assert "no such word" not in said, word
    assert "no such word" in boot.run("verify", "--accept", "everything").err


def test_all_else_is_files(tmp_path):
    (tmp_path / "firmware.log").write_text("")
    (tmp_path / "fdt.dtb").write_text("")
    assert complete("verify", "--pcrs", "f", cwd=tmp_path) == ["fdt.dtb", "firmware.log"]
    assert complete("show", "fi", cwd=tmp_path) == ["firmware.log"]
