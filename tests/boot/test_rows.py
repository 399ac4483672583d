# SPDX-License-Identifier: BSD-2-Clause
"""docs/measurements.md against real logs: each row has an event in some log, and each event has a row."""
import pathlib
import re

import lab
import replay
import ways
from lab import needs

PAGE = pathlib.Path(lab.TOP, "docs", "measurements.md")
# The rows of one boot each way; what is handed over is compared elsewhere.
NAMES = [name for name, (_, expected) in ways.WAYS.items() if expected] + ["go"]
KINDS = {getattr(replay, name): name for name in dir(replay) if name.startswith("EV_")}


def rows_of_page(text):
    """[(PCRs, type, pattern of the event's short form)] of the map that we ship."""
    part = re.search(r"^## Events of the map \"pfp\".*?(?=^##)", text, re.M | re.S)[0]
    rows = []
    for line in part.splitlines():
        cells = [cell.replace("\0", "|").strip() for cell in line.replace("\\|", "\0").strip("|").split("|")]
        if not line.startswith("|") or not re.match(r"\d", cells[0]):
            continue
        first, _, last = cells[0].partition("-")
        tags = re.findall(r"\b0\d\b", cells[2] + " " + cells[1])
        rows.append((set(range(int(first), int(last or first) + 1)), cells[2].split(",")[0], tags, cells[1], cells[3]))
    return rows


def of_row(row, event):
    """Whether the event is one that the row describes."""
    pcrs, kind, tags, what, data = row
    if event.pcr not in pcrs or KINDS.get(event.kind) != kind:
        return False
    name = ways.row_of(event)
    if kind == "EV_EVENT_TAG":
        return name[:2] in tags
    if kind == "EV_ACTION":
        return name.startswith(re.match(r"`(U-Boot: [a-z ]*)", data)[1])
    if kind == "EV_EFI_VARIABLE_DRIVER_CONFIG":
        return "`%s`" % name.split()[0] in data
    if kind == "EV_EFI_PLATFORM_FIRMWARE_BLOB2":
        return event.pcr != 4 or "`%s` NUL" % name in data
    return True


@needs(*("way-" + name for name in NAMES), "prompt")
def test_each_row_has_an_event_and_each_event_a_row(boots, left):
    rows = rows_of_page(PAGE.read_text(encoding="utf-8"))
    assert len(rows) >= 9
    events = [(name, event) for name in NAMES for event in left(name).log.events[1:]]
    events += [("prompt", event) for event in boots["prompt"].log().events[1:]]
    for name, event in events:
        assert sum(of_row(row, event) for row in rows) == 1, "%s: %s in PCR %d" % (name, ways.row_of(event), event.pcr)
    without = [row[3] for row in rows if not any(of_row(row, event) for _, event in events)]
    assert without == [], "rows without an event"
