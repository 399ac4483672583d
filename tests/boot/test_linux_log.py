# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel says of the log that the tree names: one line for what it found, one for what is wrong with it.

Stock 6.12 ends with an oops where the memory has "no-map" or ends too early, and is silent otherwise. That a log is shown
whole, in each of its forms, is in test_linux_late.py; here are the lines, and the boots that are about something else.
"""
import re

import lab
import linux_boots
import linux_late
import pytest
import replay
from lab import needs

WARNINGS = {
    "both": "linux,sml-base and memory-region, the latter is ignored",
    "not_reserved": "memory at 0x%x is not reserved, the log may be overwritten" % linux_boots.LOG,
    "empty": "no valid header at offset 0x0, %d bytes ignored",
    "half": "linux,sml-base has 0 bytes, linux,sml-size 4, not 8 and 4",
    "size_wide": "linux,sml-base has 8 bytes, linux,sml-size 8, not 8 and 4",
    "size_zero": "no area of 0 bytes at 0x48000000",
    "size_huge": "no area of 4294967280 bytes at 0x48000000",
    "nowhere": "cannot map %d bytes at 0xfffffff000000000",
    "over_the_end": "no area of 4096 bytes at 0x5ffff800",
}


def start_of_last_event(log):
    last = replay.FirmwareLog(log).events[-1]
    return len(log) - 16 - sum(2 + len(value) for value in last.digests.values()) - len(last.data)


def warning(form, log):
    """What the kernel has to say of this form of the tree (a function that changes it); an empty list for a good one."""
    if form.__name__ == "cut":
        end = start_of_last_event(log)
        return ["event log: no valid event at offset %#x, %d bytes ignored" % (end, len(log) - 1 - end)]
    text = WARNINGS.get(form.__name__)
    return ["event log: " + (text % len(log) if "%d" in text else text)] if text else []


def said_of_log(boot):
    """The kernel's lines about the log, in order."""
    assert not re.search(r"Oops|Call trace|WARNING:", boot.console), boot.console[-3000:]
    return re.findall(r"tpm tpm0: (event log: .*)", boot.console)


@needs("linux-alone")
def test_a_good_log_is_one_line(boots):
    assert said_of_log(boots["linux-alone"]) == ["event log: 16 events, 3208 bytes"]


@needs("linux-cut")
def test_the_warning_names_the_offset_where_a_cut_log_ends(boots):
    raw = replay.read(lab.VECTOR_LOG)
    end = start_of_last_event(raw)
    assert said_of_log(boots["linux-cut"]) == [
        "event log: no valid event at offset %#x, %d bytes ignored" % (end, len(raw) - 1 - end),
        "event log: 15 events, %d bytes" % end]


@needs(*linux_late.WITHOUT)
@pytest.mark.parametrize("name", linux_late.WITHOUT)
def test_a_log_that_cannot_be_right_is_not_shown_and_said(boots, name):
    boot = boots[name]
    assert said_of_log(boot) == warning(linux_late.WITHOUT[name], (boot.out / "played").read_bytes())
    assert not (boot.evidence / "firmware.log").exists() or boot.read("firmware.log") == b""
