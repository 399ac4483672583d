# SPDX-License-Identifier: BSD-2-Clause
"""Boots by EFI: one log, which starts and ends once, and which Linux gets by EFI's table; what is changed moves its row."""

import efi
import lab
import pytest
import replay
import tiny
import tpmlog
from lab import needs

KEYS = ["SecureBoot", "PK", "KEK", "db", "dbx", "DeployedMode", "AuditMode"]
CALLING, RETURNING = ("%s EFI Application from Boot Option" % word for word in ("Calling", "Returning from"))
EXIT = ["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"]
OPTIONS = "0a console=ttyAMA0 from="
MEDIA = ["BootOrder", "Boot0000", "Boot0001"]


def expected(options, boot=MEDIA, application=("application", CALLING), first=(), drivers=(), gpt=("gpt",)):
    return {0: ["version"], 1: ["env-state", "dts", *boot, "tables"], 2: list(drivers), 3: [], 4: list(application),
            5: ["01 env", *first, options, *gpt, *EXIT], 6: [], 7: KEYS}


ROWS = {
    "efi": expected(OPTIONS + "efi"),
    "efi-options": expected(OPTIONS + "efj"),
    "efi-binary": expected(OPTIONS + "efi"),
    "efi-tree": expected(OPTIONS + "efi"),
    "efi-manager": expected(OPTIONS + "manager", boot=["BootOrder", "Boot0001"]),
    "efi-manager-options": expected(OPTIONS + "manages", boot=["BootOrder", "Boot0001"]),
    # The partition table is that of the first application's disk; a built-in one comes from none.
    "efi-again": expected(OPTIONS + "efi", first=["0a "], application=("application", CALLING, RETURNING, "application"), gpt=()),
    "efi-driver": expected(OPTIONS + "efi", first=[OPTIONS + "efi"], drivers=["driver"]),
}
# Those whose boot is another one in the end.
OTHERS = ["efi-looked", "efi-returned"]


def each(names):
    return [pytest.param(name, marks=needs("way-" + name)) for name in names]


@pytest.mark.parametrize("name", each(ROWS))
def test_the_log_of_efi_has_these_rows_in_their_order(left, name):
    found = left(name)
    assert tiny.SAYS.lower() in found.boot.console.lower() and "Measured boot: failed" not in found.boot.console
    assert found.rows() == ROWS[name]


@pytest.mark.parametrize("name", each([*ROWS, *OTHERS]))
def test_the_tpm_holds_what_the_log_of_efi_says_in_every_bank(left, name):
    found = left(name)
    log = found.log
    assert set(log.banks) == set(replay.ALGS) and found.record.holds_what_was_extended()
    assert replay.check_own_digests(log) + replay.check_closed(log) == []
    for alg in replay.ALGS:
        values = log.replay(alg)
        assert all(values[pcr] == found.record.pcrs[alg][pcr] for pcr in range(8)), alg
        sent = sorted((pcr, value) for pcr, all_sent in found.record.extended()[alg].items() for value in all_sent)
        assert sent == sorted((e.pcr, e.digests[alg]) for e in log.events[1:])


@pytest.mark.parametrize("name", each([*ROWS, *OTHERS]))
def test_tpm2_eventlog_reads_the_log_of_efi_without_a_warning(left, name, tmp_path):
    efi.ways.eventlog_agrees(left(name), tmp_path)


@pytest.mark.parametrize("name", each([*ROWS, "efi-looked"]))
def test_efi_costs_one_command_for_each_event_and_few_others_and_closes_the_hierarchy_last(left, name):
    found = left(name)
    codes = [tpmlog.code(command) for command in found.record.commands()]
    own = [code for code in codes if code not in (tpmlog.CC_PCR_EXTEND, tpmlog.CC_PCR_EVENT)]
    assert len(codes) - len(own) == len(found.log.events) - 1 and len(own) <= 8
    assert tpmlog.TPM_CC[codes[-1]] == "HierarchyControl" and codes.count(codes[-1]) == 1
    # What is in PCR 0-7 is compared once, when these are closed.
    assert sum(tpmlog.TPM_CC[code] == "PCR_Read" for code in codes) == 1


@pytest.mark.parametrize("name", each([name for name in ROWS if name != "efi-again"]))
def test_the_tree_of_efi_is_measured_as_it_is_handed_over(left, name):
    found = left(name)
    tree = found.handed_over()
    assert tree, "no tree in RAM is the one that was measured"
    assert replay.judge_object(found.log, "dts", tree.rule_fdt1()) == []
    # By EFI's table, and not by the tree, the OS learns of the log.
    assert not [prop for _, prop, _, _, _ in tree.properties() if prop.startswith(b"linux,sml-")]


@needs("way-efi-looked", "way-efi-not-looked")
def test_to_look_for_efi_adds_its_keys_to_pcr_7_and_nothing_else(left):
    looked, not_looked = left("efi-looked"), left("efi-not-looked")
    assert tiny.SAYS in looked.boot.console and tiny.SAYS in not_looked.boot.console
    before, after = not_looked.rows(), looked.rows()
    assert after.pop(7) == KEYS + before.pop(7) and before == after
    assert set(looked.record.closings().values()) == set(not_looked.record.closings().values()) == {"good"}
    # Only the command that looks is another one in the environment; the tree is the same, as the log did not move.
    assert {pcr for pcr in range(8) if looked.record.pcrs["sha256"][pcr] != not_looked.record.pcrs["sha256"][pcr]} == {5, 7}


# What changes one thing: its twin, the PCRs that move, and the rows with other digests. U-Boot writes bootargs into the tree, too.
MOVES = {
    "efi-options": ("efi", {1, 5}, {"01 env", OPTIONS + "efi", OPTIONS + "efj", "dts"}),
    "efi-binary": ("efi", {4}, {"application"}),
    "efi-tree": ("efi", {1}, {"dts"}),
    "efi-driver": ("efi", {2, 5}, {"01 env", "driver"}),
    "efi-manager-options": ("efi-manager", {1, 5}, {"01 env", OPTIONS + "manager", OPTIONS + "manages", "Boot0001"}),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=needs("way-" + n, "way-" + MOVES[n][0])) for n in MOVES])
def test_one_change_moves_the_row_of_efi_that_it_is_about(left, name):
    twin, pcrs, rows = MOVES[name]
    before, after = left(twin), left(name)
    assert {pcr for pcr in range(8) if before.record.pcrs["sha256"][pcr] != after.record.pcrs["sha256"][pcr]} == pcrs
    one, other = ({efi.ways.row_of(e): e.digests for e in found.log.events[1:]} for found in (before, after))
    assert {row for row in one.keys() | other.keys() if one.get(row) != other.get(row)} == rows


@needs("way-efi-returned", "way-efi-looked")
def test_an_application_that_came_back_is_told_from_what_is_booted_next(left):
    found, twin = left("efi-returned"), left("efi-looked")
    assert tiny.SAYS in found.boot.console and tiny.SAYS in twin.boot.console
    rows = found.rows()
    assert rows[4] == ["application", CALLING, RETURNING, efi.ways.AGAIN, *twin.rows()[4]]
    assert efi.ways.AGAIN not in twin.rows()[4]
    # For the next one everything is measured that is measured without EFI, and not a second time what is said once.
    assert rows[1][-1] == "dts" and rows[1].count("dts") == 2 and rows[7] == twin.rows()[7] and rows[0] == ["version"]
    assert rows[5][0] == "01 env" and rows[5][-1] == twin.rows()[5][-1]


@needs("way-efi-driver")
def test_the_digest_of_a_driver_is_that_of_its_file(left):
    found = left("efi-driver")
    assert replay.judge_object(found.log, "driver", efi.signed_parts(replay.read(found.boot.out, "driver.efi"))) == []


# ---- Linux ----------------------------------------------------------------------------------------------------------

@needs("efi-linux")
def test_the_independent_replay_explains_linux_by_efi(boots):
    boot = boots["efi-linux"]
    assert boot.status == 0 and replay.judge_evidence(boot.evidence) == []


@needs("efi-linux")
def test_the_command_calls_linux_by_efi_consistent(boots):
    status, verdict = boots["efi-linux"].verify()
    assert (status, verdict["verdict"]) == (0, "consistent"), verdict["sentence"]
    assert not [f for f in verdict["findings"] if f["severity"] == "error"]
    states = {(p["bank"], p["pcr"]): p["status"] for p in verdict["pcrs"]}
    assert {states[bank, pcr] for bank in replay.ALGS for pcr in (*range(8), 9, 10)} == {"explained"}
    assert verdict["firmware_log_record"]["match"] is True


@needs("efi-linux")
def test_the_events_of_the_stub_follow_those_of_the_firmware(boots):
    boot = boots["efi-linux"]
    log = boot.log()
    assert replay.judge_object(log, "stub initrd", replay.read(lab.OUT, "initrd.gz")) == []
    places = {replay.name_of(event): event.number for event in log.events[1:]}
    assert places["separator"] < min(places["stub initrd"], places["stub options"])
    # Behind them only that boot services end.
    assert [efi.ways.row_of(event) for event in log.events[-2:]] == EXIT and len(log.events) == max(
        places["stub initrd"], places["stub options"]) + 3


@needs("efi-linux")
def test_the_digest_of_the_kernel_is_that_of_the_signed_parts_of_its_file(boots):
    image = replay.read(lab.OUT, "Image")
    assert replay.judge_object(boots["efi-linux"].log(), "application", efi.signed_parts(image)) == []
