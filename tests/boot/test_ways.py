# SPDX-License-Identifier: BSD-2-Clause
"""Each way to boot is measured as docs/measurements.md says, and what somebody changes moves the row that it must move."""
import struct

import lab
import pytest
import replay
import tiny
import ways
from lab import needs


def each(names):
    return [pytest.param(name, marks=needs("way-" + name)) for name in names]


GOOD = [name for name, (_, expected) in ways.WAYS.items() if expected]


@pytest.mark.parametrize("name", each(GOOD))
def test_the_log_has_the_rows_of_this_way_in_their_order(left, name):
    found = left(name)
    assert tiny.SAYS in found.boot.console and "Measured boot: failed" not in found.boot.console
    assert found.rows() == ways.WAYS[name][1].rows


@pytest.mark.parametrize("name", each(GOOD))
def test_the_tpm_holds_what_the_log_says_in_every_bank(left, name):
    found = left(name)
    log = found.log
    assert set(log.banks) == set(replay.ALGS) and found.record.holds_what_was_extended()
    problems = replay.check_own_digests(log) + replay.check_closed(log)
    for alg in replay.ALGS:
        values = log.replay(alg)
        problems += ["%s PCR %d" % (alg, pcr) for pcr in range(8) if values[pcr] != found.record.pcrs[alg][pcr]]
        sent = [(pcr, value) for pcr, values in found.record.extended()[alg].items() for value in values if pcr < 8]
        assert sent == sorted(((e.pcr, e.digests[alg]) for e in log.events[1:]), key=lambda pair: pair[0])
    assert problems == []


@pytest.mark.parametrize("name", each(GOOD))
def test_digests_are_those_of_the_files_and_of_the_tree_handed_over(left, name):
    found = left(name)
    files = {"linux": "kernel", "initrd": "initrd", "07 fdt-1": "packed.dtb", "04 %#x" % ways.SCRIPT: "uEnv.txt",
             "extra-1": "extra", "03 %#x" % ways.TEXT: "tftp/pxelinux.cfg/default"}
    # What an attempt before it was given is compared elsewhere.
    events = found.log.events[1 + len(replay.first_attempt(found.log)):] or found.log.events[1:]
    for event in events:
        row = ways.row_of(event)
        file = row.split("/")[-1] if "/" in row else files.get(row)
        if file:
            said = lab.must("sha256sum", found.boot.out / file).stdout.split()[0]
            assert event.digests["sha256"].hex() == said, row
    tree = found.handed_over()
    assert tree, "no tree in RAM is the one that was measured"
    assert replay.judge_object(found.log, "dts", tree.rule_fdt1()) == []
    # It names the log's place, and its command line is the one in PCR 5.
    (base,) = [value for _, prop, value, _, _ in tree.properties() if prop == b"linux,sml-base"]
    assert struct.unpack(">Q", base)[0] == found.logs[0][0]
    (cmdline,) = [event.tag()[1] for event in events if replay.name_of(event) == "tag 09"]
    assert cmdline == tree.get(b"/chosen", b"bootargs").rstrip(b"\0")


@pytest.mark.parametrize("name", each(GOOD))
def test_tpm2_eventlog_reads_the_log_without_a_warning(left, name, tmp_path):
    ways.eventlog_agrees(left(name), tmp_path)


@pytest.mark.parametrize("name", each(GOOD[:1]))
def test_the_stored_environment_is_split_by_the_list_of_state(left, name):
    log = left(name).log
    lines = {name: "%s=%s\n" % (name, value) for name, value in ways.ENVIRONMENT.items() if value}
    lines["fdtcontroladdr"] = next(line + "\n" for line in replay.component(log, "env-state").data.decode().splitlines()
                                   if "fdtcontroladdr=" in line).split("\0")[-1]
    state = [name for name in sorted(lines) if name in ways.STATE or name.endswith("addr")]
    assert replay.component(log, "env-state").data.decode() == "env-state\0" + "".join(lines[name] for name in state)
    text = "".join(lines[name] for name in sorted(lines) if name not in state).encode()
    assert replay.component(log, "tag 01").digests["sha256"] == replay.digest("sha256", text)
    assert replay.component(log, "tag 01").tag()[1] == b"env\0" + text


# What changes one thing: its twin, the PCRs that move, and the rows with other digests. (Where PCR 1 moves, the tree does, too.)
CONTAINER = "05 %x" % ways.FIT
MOVES = {
    "variable": ("booti", {5}, {"01 env"}),
    "counter": ("booti", {1}, {"env-state"}),
    "script-line": ("booti", {5}, {"02 /boot.scr"}),
    "extlinux-line": ("extlinux", {5}, {"03 /extlinux/extlinux.conf"}),
    "overlay-byte": ("extlinux", {1, 5}, {"08 /overlay.dtbo", "dts"}),
    "uenv-line": ("uenv", {5}, {"04 %#x" % ways.SCRIPT}),
    "fdt-set-other": ("fdt-set", {1, 5}, {"02 /boot.scr", "dts"}),
    # U-Boot writes the name into /chosen, too.
    "fit-configuration": ("fit", {1, 5}, {"02 /boot.scr", "06 conf-1", "06 conf-2", "dts"}),
    "fit-entry": ("fit", {5}, {CONTAINER}),
    # The tree handed over is that of the FIT, not the control tree that has the keys.
    "fit-other-key": ("fit-signed", {5, 7}, {CONTAINER, "FitKey ours", "FitKey theirs"}),
    "fit-verify-no": ("fit-signed", {5, 7}, {CONTAINER, "01 env", *ways.ONE_KEY, ways.ONE_KEY[0].replace("=yes", "=no")}),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=needs("way-" + n, "way-" + MOVES[n][0])) for n in MOVES])
def test_one_change_moves_the_row_that_it_is_about(left, name):
    twin, pcrs, rows = MOVES[name]
    before, after = left(twin), left(name)
    assert {pcr for pcr in range(8) if before.record.pcrs["sha256"][pcr] != after.record.pcrs["sha256"][pcr]} == pcrs
    one, other = ({ways.row_of(e): e.digests for e in found.log.events[1:]} for found in (before, after))
    assert {row for row in one.keys() | other.keys() if one.get(row) != other.get(row)} == rows


@pytest.mark.parametrize("name, says", [pytest.param(*p, marks=needs("way-" + p[0], "way-fit-signed", "way-fit")) for p in (
    ("fit-untrusted", "Failed to verify required signature"), ("fit-placed", "): U-Boot at %x" % ways.ON_UBOOT))])
def test_what_is_refused_does_not_start(left, name, says):
    found = left(name)
    assert says in found.boot.console and "Starting kernel" not in found.boot.console and tiny.SAYS not in found.boot.console
    # The twins: signed with the key that is demanded, and loaded elsewhere.
    assert all(tiny.SAYS in left(twin).boot.console and says not in left(twin).boot.console for twin in ("fit-signed", "fit"))


@needs("way-returned", "way-not-entered")
def test_what_came_back_is_told_from_what_is_booted_next(left):
    log = left("returned").log
    first = replay.first_attempt(log)
    assert [ways.row_of(e) for e in first if e.pcr == 4] == ["linux", ways.STANDALONE, "separator"]
    assert [e.kind for e in first[-8:]] == [replay.EV_SEPARATOR] * 8 and {e.pcr for e in first[-8:]} == set(range(8))
    (app,) = [e for e in first if ways.row_of(e) == "linux"]
    assert app.digests["sha256"].hex() == lab.must("sha256sum", left("returned").boot.out / "app").stdout.split()[0]
    assert ways.row_of(log.events[1 + len(first)]) == ways.AGAIN
    # The twin: what was not entered is no attempt. It has used its container, and PCR 4 is that of the boot alone.
    twin = left("not-entered")
    assert "Bad Data CRC" in twin.boot.console
    assert ways.AGAIN not in twin.rows()[4] and len(replay.first_attempt(twin.log)) == len(twin.log.events) - 1


@needs("way-returned")
def test_the_command_says_that_there_was_an_attempt_before(left, tmp_path):
    found = left("returned")
    (tmp_path / "log").write_bytes(found.logs[0][1][:found.log.end])
    (tmp_path / "pcrs").write_text("".join("sha256 %d %s\n" % (pcr, found.record.pcrs["sha256"][pcr].hex()) for pcr in range(8)))
    status, verdict = lab.tool_json("verify", "--pcrs", tmp_path / "pcrs", tmp_path / "log")
    assert status == 0 and {"BOOT_RETRIED", "EVENT_AFTER_SEPARATOR"} <= lab.codes(verdict), verdict


@needs("way-returned-strict", "way-returned")
def test_strict_makes_no_other_attempt(left):
    found = left("returned-strict")
    assert tiny.SAYS not in found.boot.console and tiny.SAYS in left("returned").boot.console
    assert "Measured boot: failed: boot attempt failed" in found.boot.console and "Measured boot: strict: resetting" in found.boot.console
    assert found.rows()[4] == ["linux", ways.STANDALONE, ways.AGAIN]
    assert set(found.record.closings().values()) == {"error"} and found.record.holds_what_was_extended()
    for alg in replay.ALGS:
        assert found.log.replay(alg) == {pcr: found.record.pcrs[alg][pcr] for pcr in range(8)}


@needs("way-bootvx-open", "way-bootvx")
def test_without_strict_what_u_boot_cannot_know_runs_behind_the_caps(left):
    found = left("bootvx-open")
    assert tiny.SAYS in found.boot.console and tiny.SAYS not in left("bootvx").boot.console
    assert found.boot.console.index("Measured boot: PCR 0-7 capped") < found.boot.console.index("## Starting vxWorks")
    assert found.rows()[4] == ["U-Boot: unmeasured payload bootvx"] and set(found.record.closings().values()) == {"error"}


@pytest.mark.parametrize("name", each(("go", "bootelf", "bootvx")))
def test_what_u_boot_cannot_know_is_named_and_does_not_start(left, name):
    """Every image that we ship is strict: PCR 0-7 are capped, and nothing runs. The twin is each good way."""
    found = left(name)
    assert tiny.SAYS not in found.boot.console and "Measured boot: strict: resetting" in found.boot.console
    assert found.rows()[4] == ["U-Boot: unmeasured payload " + name]
    assert set(found.record.closings().values()) == {"error"} and found.record.holds_what_was_extended()
    for alg in replay.ALGS:
        assert found.log.replay(alg) == {pcr: found.record.pcrs[alg][pcr] for pcr in range(8)}
