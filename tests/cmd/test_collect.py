# SPDX-License-Identifier: BSD-2-Clause
"""collect: the evidence directory of a machine, whose files stand below --root here."""
import hashlib
import json
import os
import subprocess
import tarfile

import pytest

from conftest import COMMAND, FILES, read, write

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


def archive_of(boot, name):
    with tarfile.open(boot / name, "r:") as tar:
        return tar.getmembers(), {member.name: tar.extractfile(member).read() for member in tar}


def collect_as_archive(machine, name):
    """To a file, or to standard output and from there into a file."""
    result = machine.run("collect", "--root", "root", "-o", name, raw=True)
    if name == "-":
        write(machine / name, result.stdout)
    else:
        assert os.stat(machine / name).st_mode & 0o7777 == 0o600 and result.stdout.startswith(b"ev.tar: ")
    return result


@pytest.mark.parametrize("name", ["ev.tar", "-"])
def test_collect_writes_an_archive_with_the_files_of_the_directory(machine, name):
    assert machine.run("collect", "--root", "root", "-o", "ev").code == 0
    assert collect_as_archive(machine, name).returncode == 0
    members, files = archive_of(machine, name)
    described = json.loads(files.pop("evidence.json"))
    assert described["files"] == json.loads(read(machine / "ev/evidence.json"))["files"]
    assert [member.name for member in members] == ["pcrs.txt", *FILES, "evidence.json"]
    assert files == {file: read(machine / "ev/" + file) for file in files}
    for member in members:
        assert (member.isreg(), member.mode, member.uid, member.gid, member.uname, member.gname, member.mtime) == (True, 0o600, 0, 0, "", "", 0)
    data = read(machine / name)
    assert data[257:265] == b"ustar\00000" and len(data) % 512 == 0 and data[-1024:] == bytes(1024)


def test_an_archive_is_there_as_a_whole_or_not_at_all(machine):
    os.unlink(machine / ("root/" + FILES["ima.log"]))
    os.mkdir(machine / ("root/" + FILES["ima.log"]))
    before = sorted(os.listdir(machine.path))
    assert machine.run("collect", "--root", "root", "-o", "ev.tar").code == 3
    assert machine.run("collect", "--root", "root", "-o", "no/such/ev.tar").code == 3
    result = machine.run("collect", "--root", "root", "-o", "-")
    assert (result.code, result.out) == (3, "")
    assert sorted(os.listdir(machine.path)) == before
    write(machine / "ev.tar", "mine")
    assert machine.run("collect", "--root", "root", "-o", "ev.tar").code == 2 and read(machine / "ev.tar") == b"mine"
    result = machine.run("collect", "--json", "--root", "root", "-o", "-")
    assert (result.code, result.out) == (2, "")


def test_collect_says_when_standard_output_is_full(machine):
    with open("/dev/full", "wb") as full:
        process = subprocess.run([COMMAND, "collect", "--root", "root", "-o", "-"], cwd=machine.path, stdout=full, stderr=subprocess.PIPE, check=False)
    assert process.returncode == 3 and b"standard output: cannot write it: No space left" in process.stderr


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
