# SPDX-License-Identifier: BSD-2-Clause
"""docs/measurements.md against real logs: each row has an event in some log, and each event has a row."""
import pathlib
import re

import lab
import replay
import test_efi
import ways
from lab import needs

PAGE = pathlib.Path(lab.TOP, "docs", "measurements.md")
# The rows of one boot each way; what is handed over is compared elsewhere.
NAMES = [name for name, (_, expected) in ways.WAYS.items() if expected] + ["go"]
EFI = list(test_efi.ROWS)
KINDS = {getattr(replay, name): name for name in dir(replay) if name.startswith("EV_")}


def rows_of_page(text, heading="Events of the map \"pfp\""):
    """[(PCRs, type, tags, what, event data)] of one part of the page."""
    part = re.search(r"^##+ %s.*?(?=^##)" % heading, text, re.M | re.S)[0]
    rows = []
    for line in part.splitlines():
        cells = [cell.replace("\0", "|").strip() for cell in line.replace("\\|", "\0").strip("|").split("|")]
        if not line.startswith("|") or not re.match(r"\d", cells[0]):
            continue
        first, _, last = cells[0].partition("-")
        tags = re.findall(r"\b0[0-9a-f]\b", cells[2] + " " + cells[1])
        rows.append((set(range(int(first), int(last or first) + 1)), cells[2].split(",")[0], tags, cells[1], cells[3]))
    return rows


def of_row(row, event):
    """Whether the event is one that the row describes."""
    pcrs, kind, tags, what, data = row
    if event.pcr not in pcrs or KINDS.get(event.kind) != kind:
        return False
    name = ways.row_of(event)
    if kind == "EV_EVENT_TAG":
        return name[:2] in tags or "0x%s," % name[:8].upper() in data
    if kind in ("EV_EFI_ACTION", "EV_EFI_VARIABLE_BOOT2"):
        return "`%s`" % re.sub("^Boot[0-9A-F]{4}$", "Boot####", name) in data
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


@needs(*("way-" + name for name in [*EFI, *test_efi.OTHERS, "booti"]), "efi-linux")
def test_each_row_of_efi_has_an_event_and_each_event_of_efi_a_row(boots, left):
    text = PAGE.read_text(encoding="utf-8")
    rows = rows_of_page(text, "EFI")
    assert len(rows) >= 9
    events = [(name, event) for name in EFI for event in left(name).log.events[1:]]
    events += [("efi-linux", event) for event in boots["efi-linux"].log().events[1:]]
    for name, event in events:
        assert sum(of_row(row, event) for row in rows) == 1, "%s: %s in PCR %d" % (name, ways.row_of(event), event.pcr)
    without = [row[3] for row in rows if not any(of_row(row, event) for _, event in events)]
    assert without == [], "rows without an event"
    seen = {ways.row_of(event) for _, event in events}
    for _, kind, _, what, data in rows:
        if kind in ("EV_EFI_ACTION", "EV_EFI_VARIABLE_DRIVER_CONFIG"):
            assert set(re.findall("`([^`]*)`", data)) <= seen, what
    # When the boot is another one in the end, each event has its row in one of the tables.
    for event in [event for name in test_efi.OTHERS for event in left(name).log.events[1:]]:
        assert any(of_row(row, event) for row in rows + rows_of_page(text)), ways.row_of(event)
