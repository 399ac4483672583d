# SPDX-License-Identifier: BSD-2-Clause
"""The kernel patch: a log that fills its area to the last byte is shown whole. Without it Linux drops the last event."""
import lab
import replay
from lab import needs


@needs("linux-alone")
def test_an_exactly_sized_log_is_shown_to_its_last_event(boots):
    shown = boots["linux-alone"].read("firmware.log")
    given = replay.read(lab.VECTOR_LOG)
    assert len(replay.FirmwareLog(shown).events) == len(replay.FirmwareLog(given).events)
    assert shown == given


@needs("good")
def test_a_log_in_a_larger_area_is_shown_to_its_last_event_and_no_further(boots):
    good = boots["good"]
    assert good.log().end == len(good.read("firmware.log"))
    size = int.from_bytes(next(value for _, name, value, _, _ in replay.Tree(good.read("fdt.dtb")).properties()
                               if name == b"linux,sml-size"), "big")
    assert size > len(good.read("firmware.log"))
