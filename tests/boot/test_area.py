# SPDX-License-Identifier: BSD-2-Clause
"""An area for the log that the control tree names: a place of some size, never a log to go on with."""
import struct

import pytest
import replay
import tpmspecs
from lab import needs

SMALLEST, OWN = 8192, 65536


def place_of_log(boot):
    """(address, size) that Linux was given."""
    tree = replay.Tree(boot.read("fdt.dtb"))
    base, size = ([value for _, name, value, _, _ in tree.properties() if name == wanted] for wanted in (b"linux,sml-base", b"linux,sml-size"))
    assert len(base) == len(size) == 1
    return struct.unpack(">Q", base[0])[0], struct.unpack(">I", size[0])[0]


@pytest.mark.parametrize("size", [pytest.param(n, marks=needs("area-%d" % n)) for n in (64, 4096, 8192)])
@needs("good")
def test_an_area_is_used_when_it_is_large_enough(boots, size):
    boot = boots["area-%d" % size]
    assert boot.verify()[0] == 0 and replay.judge_evidence(boot.evidence) == []
    at, given = place_of_log(boot)
    assert ((at, given) == (tpmspecs.AREA_AT, size)) if size >= SMALLEST else (at != tpmspecs.AREA_AT and given == OWN)
    # The tree, in PCR 1, names the area; all else is as without one.
    pcrs, good = boot.pcrs()["sha256"], boots["good"].pcrs()["sha256"]
    assert {pcr for pcr in range(8) if pcrs[pcr] != good[pcr]} == {1}


@pytest.mark.parametrize("size", [pytest.param(n, marks=needs("area-%d" % n)) for n in (2048, 8191)])
def test_an_area_that_is_too_small_counts_as_none(boots, size):
    boot = boots["area-%d" % size]
    assert "tiny kernel: started" in boot.console and "Measured boot: failed" not in boot.console
    assert set(tpmspecs.record_of(boot).closings().values()) == {"good"}


@needs("area-8192", "area-stale")
def test_a_longer_log_of_an_earlier_boot_in_the_area_leaves_nothing(boots):
    fresh, stale = boots["area-8192"], boots["area-stale"]
    left = replay.FirmwareLog((stale.out / "stale").read_bytes())
    log = stale.log()
    assert len(left.events) > len(log.events), "the stale log is not longer"
    assert [(e.pcr, e.kind, e.digests) for e in log.events] == [(e.pcr, e.kind, e.digests) for e in fresh.log().events]
    assert not stale.read("firmware.log")[log.end:].strip(b"\0")
    # Linux shows no more than it can read; it would say what lies behind.
    assert "event log: %d events, " % len(log.events) in stale.console and "no valid event" not in stale.console
    assert stale.verify()[0] == 0 and stale.pcrs()["sha256"][0] == fresh.pcrs()["sha256"][0]
