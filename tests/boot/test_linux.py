# SPDX-License-Identifier: BSD-2-Clause
"""The kernel patch: a log that fills its area to the last byte is shown whole, and no byte behind it is.

Stock 6.12 leaves the last event to a second read(), which a program that takes a short read for the end never makes; and an
event that the area cuts off it shows with the bytes behind the area.
"""
import hashlib
import re

import lab
import replay
from lab import needs


def shown(boot):
    """SHA-256 of what the readers in the guest got: first (one large read), all (until the end), small (many reads)."""
    line = re.search(r"^READ first (\w+) all (\w+) small (\w+)$", boot.console, re.M)
    assert line, boot.console[-1500:] + boot.stderr
    return dict(zip(("first", "all", "small"), line.groups()))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@needs("linux-alone")
def test_an_exactly_sized_log_is_shown_to_its_last_event_by_every_way_of_reading(boots):
    whole = sha256(replay.read(lab.VECTOR_LOG))
    assert shown(boots["linux-alone"]) == {"first": whole, "all": whole, "small": whole}


@needs("linux-cut")
def test_an_event_that_the_area_cuts_off_is_not_shown(boots):
    raw = replay.read(lab.VECTOR_LOG)
    log = replay.FirmwareLog(raw)
    last = 16 + sum(2 + len(value) for value in log.events[-1].digests.values()) + len(log.events[-1].data)
    before = sha256(raw[:-last])
    assert shown(boots["linux-cut"]) == {"first": before, "all": before, "small": before}


@needs("good")
def test_a_log_in_a_larger_area_is_shown_to_its_last_event_and_no_further(boots):
    good = boots["good"]
    assert good.log().end == len(good.read("firmware.log"))
    size = int.from_bytes(next(value for _, name, value, _, _ in replay.Tree(good.read("fdt.dtb")).properties()
                               if name == b"linux,sml-size"), "big")
    assert size > len(good.read("firmware.log"))
