# SPDX-License-Identifier: BSD-2-Clause
"""The log that the tree names: wherever it lies it is shown whole; what is wrong with it is said in one line, and nothing is shown.

Stock 6.12 ends with an oops where the memory has "no-map" or ends too early, and is silent otherwise.
"""
import hashlib
import re

import lab
import linux_boots
import pytest
import replay
from lab import needs
from test_linux import shown

WHOLE = "event log: 16 events, 3208 bytes"
NOTHING = {way: hashlib.sha256(b"").hexdigest() for way in ("first", "all", "small")}


def said(boot):
    """The kernel's lines about the log, in order."""
    assert not re.search(r"Oops|Call trace|WARNING:", boot.console), boot.console[-3000:]
    return re.findall(r"tpm tpm0: (event log: .*)", boot.console)


def whole(boot):
    digest = hashlib.sha256(replay.read(lab.VECTOR_LOG)).hexdigest()
    return shown(boot) == {"first": digest, "all": digest, "small": digest}


@needs("linux-alone", "log-no-map", "log-no-map-padded", "log-region", "log-region-no-map")
@pytest.mark.parametrize("name", ["linux-alone", "log-no-map", "log-no-map-padded", "log-region", "log-region-no-map"])
def test_a_log_is_shown_whole_wherever_it_lies(boots, name):
    assert said(boots[name]) == [WHOLE]
    assert whole(boots[name])


@needs("log-both", "log-not-reserved")
@pytest.mark.parametrize("name, warning", [
    ("log-both", "event log: linux,sml-base and memory-region, the latter is ignored"),
    ("log-not-reserved", "event log: memory at 0x%x is not reserved, the log may be overwritten" % linux_boots.LOG)])
def test_a_doubtful_log_is_shown_with_a_warning(boots, name, warning):
    assert said(boots[name]) == [warning, WHOLE]
    assert whole(boots[name])


@needs("linux-cut")
def test_the_warning_names_the_offset_where_a_cut_log_ends(boots):
    raw = replay.read(lab.VECTOR_LOG)
    last = replay.FirmwareLog(raw).events[-1]
    end = len(raw) - 16 - sum(2 + len(value) for value in last.digests.values()) - len(last.data)
    assert said(boots["linux-cut"]) == [
        "event log: no valid event at offset %#x, %d bytes ignored" % (end, len(raw) - 1 - end),
        "event log: 15 events, %d bytes" % end]


@needs("log-empty", "log-half", "log-size-zero", "log-size-wide", "log-size-huge", "log-nowhere", "log-over-the-end")
@pytest.mark.parametrize("name, warning", [
    ("log-empty", r"no valid header at offset 0x0, 3208 bytes ignored"),
    ("log-half", r"linux,sml-base has 0 bytes, linux,sml-size 4, not 8 and 4"),
    ("log-size-wide", r"linux,sml-base has 8 bytes, linux,sml-size 8, not 8 and 4"),
    ("log-size-zero", r"no area of 0 bytes at 0x48000000"),
    ("log-size-huge", r"no area of 4294967280 bytes at 0x48000000"),
    ("log-nowhere", r"cannot map 3208 bytes at 0xfffffff000000000"),
    ("log-over-the-end", r"no area of 4096 bytes at 0x5ffff800")])
def test_a_log_that_cannot_be_right_is_not_shown_and_said(boots, name, warning):
    assert said(boots[name]) == ["event log: " + warning]
    assert shown(boots[name]) == NOTHING


@needs("log-absent")
def test_no_log_is_no_reason_for_a_message(boots):
    assert said(boots["log-absent"]) == []
    assert shown(boots["log-absent"]) == NOTHING
