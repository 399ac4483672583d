# SPDX-License-Identifier: BSD-2-Clause
"""One byte changed: exactly the PCRs of that row move, and the component is named. The twin is the good boot."""
import os

import flat
import lab
import pytest
import replay
from lab import needs

# docs/measurements.md: the command line stands in the tree too
MOVED = {"kernel": {4}, "initrd": {4}, "cmdline": {1, 5}, "dtb": {1}}
EVENTS = {"kernel": {"linux"}, "initrd": {"initrd"}, "cmdline": {"dts", "tag 03", "tag 09"}, "dtb": {"dts"}}
# How `bootchain diff` calls them
NAMES = {"kernel": "kernel", "initrd": "initrd", "cmdline": "command line", "dtb": "tree"}
# What each is compared with: a tree that is handed to QEMU is laid out differently from the one that it keeps to itself.
TWIN = {"kernel": "good", "initrd": "good", "cmdline": "good", "dtb": "dumped"}
each = pytest.mark.parametrize("what", [pytest.param(name, marks=needs(TWIN[name], name)) for name in lab.CHANGED])


def diff(old, new, *more):
    return lab.tool("diff", old.evidence / "firmware.log", new.evidence / "firmware.log", *more,
                    "--fdt", old.evidence / "fdt.dtb", new.evidence / "fdt.dtb")


@each
def test_exactly_the_pcrs_of_the_row_move(boots, what):
    good, changed = boots[TWIN[what]].pcrs(), boots[what].pcrs()
    for bank in replay.ALGS:
        moved = {pcr for pcr in range(10) if good[bank][pcr] != changed[bank][pcr]}
        assert moved == MOVED[what], bank


@each
def test_exactly_the_events_of_the_row_have_other_digests(boots, what):
    good, changed = boots[TWIN[what]].log(), boots[what].log()
    assert [replay.name_of(e) for e in good.events] == [replay.name_of(e) for e in changed.events]
    other = {replay.name_of(a) for a, b in zip(good.events, changed.events) if a.digests != b.digests}
    assert other == EVENTS[what]


@each
def test_the_changed_boot_is_consistent_in_itself(boots, what):
    """What was really used was measured: a replay alone cannot see the change, and must not."""
    changed = boots[what]
    assert changed.verify()[0] == 0 and replay.judge_evidence(changed.evidence) == []


def differing_properties(old, new):
    """(path, name) of the properties that the two final trees do not share; the seeds are not measured."""
    sets = [{(path, name, value) for path, name, value, _, _ in replay.Tree(boot.read("fdt.dtb")).properties()
             if not (path == b"/chosen" and name in flat.SEEDS)} for boot in (old, new)]
    return {(path, name) for path, name, _ in sets[0] ^ sets[1]}


@each
def test_diff_against_the_good_boot_names_the_component(boots, what):
    good, changed = boots[TWIN[what]], boots[what]
    done = diff(good, changed)
    assert done.returncode == 1 and done.stderr == ""
    assert NAMES[what] in done.stdout
    for other in set(NAMES.values()) - {NAMES[what]} - ({"tree"} if what == "cmdline" else set()):
        assert not lab.says_differs(done.stdout, other), done.stdout
    if what == "dtb":
        assert "model" in done.stdout and "layout" not in done.stdout
        assert differing_properties(good, changed) == {(b"/", b"model")}
    if what == "cmdline":
        assert "panic=1" in done.stdout and "panic=2" in done.stdout


@needs("good", "again")
def test_diff_of_two_good_boots_finds_nothing(boots):
    done = diff(boots["good"], boots["again"])
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@each
def test_the_good_log_does_not_explain_the_changed_boots_pcrs(boots, what):
    good, changed = boots[TWIN[what]], boots[what]
    status, verdict = good.verify(pcrs=changed.evidence / "pcrs.txt")
    assert (status, verdict["verdict"]) == (1, "mismatch") and "PCR_UNEXPLAINED" in lab.codes(verdict)
    wrong = {p["pcr"] for p in verdict["pcrs"] if p["status"] == "not-explained" and p["pcr"] < 10}
    assert wrong == MOVED[what]
    assert replay.judge_pcrs(changed.pcrs(), good.log(), None)


@needs("kernel")
def test_the_changed_kernel_is_the_one_that_ran(boots):
    assert "] linux version 6." in boots["kernel"].console or lab.IMAGE == "zImage"
    digest = replay.component(boots["kernel"].log(), "linux").digests["sha256"]
    assert digest == replay.digest("sha256", replay.read(boots["kernel"].out, lab.IMAGE))
    assert digest != replay.digest("sha256", replay.read(lab.OUT, lab.IMAGE))


@pytest.mark.parametrize("what", lab.CHANGED)
def test_make_run_knows_every_change(what):
    """The same four words that README names for `make run TAMPER=`."""
    done = lab.run("make", "-n", "-C", lab.TOP, "run", "TAMPER=" + what, env=dict(lab.ENV, MAKEFLAGS=""))
    assert done.returncode == 0, done.stderr
    wrong = lab.run("make", "-C", lab.TOP, "run", "TAMPER=nothing-such", env=dict(os.environ, MAKEFLAGS=""))
    assert wrong.returncode and "kernel" in wrong.stdout + wrong.stderr
