# SPDX-License-Identifier: BSD-2-Clause
"""collect: the evidence directory of a machine, whose files stand below --root here."""
import hashlib
import json
import os

import pytest

from conftest import FILES, read, write

def test_collect_writes_every_file_and_says_where_it_comes_from(machine):
    result = machine.run("collect", "--root", "root", "-o", "ev")
    assert (result.code, result.err) == (0, "")
    assert sorted(os.listdir(machine / "ev")) == sorted([*FILES, "pcrs.txt", "evidence.json"])
    evidence = json.loads(read(machine / "ev/evidence.json"))
    assert evidence["schema"] == "bootchain/evidence/1"
    assert (evidence["hostname"], evidence["missing"]) == ("board", [])
    assert evidence["ima"] == {"list": "/" + FILES["ima.log"], "pieces": 1}
    for name, path in FILES.items():
        data = read(machine / ("ev/" + name))
        assert data == machine.content[name]
        assert evidence["files"][name] == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "source": "/" + path}


def test_collected_evidence_is_consistent(machine):
    assert machine.run("collect", "-q", "--root", "root", "-o", "ev").code == 0
    assert machine.verify("--fdt", "ev/fdt.dtb", pcrs="ev/pcrs.txt", log="ev/firmware.log", ima="ev/ima.log").code == 0


def test_collect_keeps_to_the_pcrs_asked_for(machine):
    assert machine.run("collect", "--root", "root", "--pcrs", "sha256:0-3,10+sha1:7", "-o", "ev").code == 0
    lines = [line.split()[:2] for line in read(machine / "ev/pcrs.txt").decode().splitlines()]
    assert lines == [["sha1", "7"]] + [["sha256", str(pcr)] for pcr in (0, 1, 2, 3, 10)]


def test_collect_refuses_a_directory_that_exists(machine):
    os.mkdir(machine / "ev")
    result = machine.run("collect", "--root", "root", "-o", "ev")
    assert result.code == 2
    assert "ev exists already" in result.err and os.listdir(machine / "ev") == []


def test_collect_notes_what_is_missing_and_why(machine):
    os.unlink(machine / ("root/" + FILES["build.json"]))
    os.unlink(machine / ("root/" + FILES["firmware.log"]))
    result = machine.run("collect", "--root", "root", "-o", "ev")
    assert result.code == 0
    missing = {row["file"]: row["why"] for row in json.loads(read(machine / "ev/evidence.json"))["missing"]}
    assert set(missing) == {"build.json", "firmware.log"}
    assert "No such file or directory" in missing["build.json"]
    assert "build.json" in result.err


@pytest.mark.parametrize("broken", ["no tpm", "empty pcr", "no lists", "list is a directory", "list cannot be opened", "no build", "no such pcr", "no parent"])
def test_collect_that_fails_leaves_no_directory_behind(machine, broken):
    words, output = ["collect", "--root", "root"], "ev"
    if broken == "no tpm":
        os.rename(machine / "root/sys/class/tpm/tpm0", machine / "away")
    elif broken == "empty pcr":
        write(machine / "root/sys/class/tpm/tpm0/pcr-sha256/4", "")
    elif broken == "no lists":
        os.unlink(machine / ("root/" + FILES["ima.log"]))
        os.unlink(machine / ("root/" + FILES["firmware.log"]))
    elif broken == "list is a directory":
        os.unlink(machine / ("root/" + FILES["ima.log"]))
        os.mkdir(machine / ("root/" + FILES["ima.log"]))
    elif broken == "list cannot be opened":
        os.unlink(machine / ("root/" + FILES["ima.log"]))
        os.symlink(os.path.basename(FILES["ima.log"]), machine / ("root/" + FILES["ima.log"]))
    elif broken == "no build":
        words += ["--build", "no-such.json"]
    elif broken == "no such pcr":
        words += ["--pcrs", "sha256:23"]
    else:
        output = "no/such/ev"
    before = sorted(os.listdir(machine.path))
    result = machine.run(*words, "-o", output)
    assert (result.code, result.out) == (3, "")
    assert result.err
    assert sorted(os.listdir(machine.path)) == before


def test_collect_writes_its_description_as_json(machine):
    result = machine.run("collect", "--json", "--root", "root", "-o", "ev")
    assert result.code == 0
    assert result.out.encode() == read(machine / "ev/evidence.json")


@pytest.mark.parametrize("words", [(), ("-o",), ("-o", "ev", "more"), ("-o", "ev", "--pcrs", "sha256"), ("-o", "ev", "--pcrs", "md5:1"),
                                   ("-o", "ev", "--pcrs", "sha256:24"), ("-o", "ev", "--pcrs", "sha1:1+"), ("-o", "ev", "--bank", "sha1")])
def test_collect_with_wrong_options_exits_2(machine, words):
    result = machine.run("collect", "--root", "root", *words)
    assert (result.code, result.out) == (2, "")
    assert not os.path.exists(machine / "ev")
