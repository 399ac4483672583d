# SPDX-License-Identifier: BSD-2-Clause
"""Somebody stops autoboot and types: that is in PCR 4 before the first command, and nothing takes it out again."""
import functools

import lab
import replay
import tpmspecs
from lab import needs

ENTERED = b"U-Boot: command line entered"


def typed_pcrs(boot, path):
    """PCRs as the proxy read them, as the file that `bootchain verify` takes."""
    found = tpmspecs.record_of(boot).pcrs
    path.write_text("".join("%s %d %s\n" % (alg, pcr, value.hex()) for alg, values in found.items() for pcr, value in enumerate(values)))
    return path


def everything_else(log):
    """All but the prompt; and but the digest of the tree, which says where the log is: it was needed sooner."""
    return [(e.pcr, e.kind, e.digests if e.pcr != 1 else e.data) for e in log.events if e.data != ENTERED]


@needs("good", "prompt")
def test_the_prompt_is_an_event_before_everything_else_in_pcr_4(boots):
    log = boots["prompt"].log()
    in_pcr4 = [event for event in log.events[1:] if event.pcr == 4]
    assert (in_pcr4[0].kind, in_pcr4[0].data) == (replay.EV_ACTION, ENTERED)
    assert everything_else(log) == everything_else(boots["good"].log())
    assert replay.judge_evidence(boots["prompt"].evidence) == []


@needs("good", "prompt")
def test_the_same_files_booted_from_the_prompt_are_not_the_good_boot(boots):
    status, verdict = boots["good"].verify(pcrs=boots["prompt"].evidence / "pcrs.txt")
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert {p["pcr"] for p in verdict["pcrs"] if p["status"] == "not-explained" and p["pcr"] not in (1, 10)} == {4}
    # The twin: against its own log it is explained, and the finding says what it was.
    status, verdict = boots["prompt"].verify()
    assert status == 0 and "PROMPT" in lab.codes(verdict), verdict
    assert "PROMPT" not in lab.codes(boots["good"].verify()[1])


@needs("good", "prompt")
def test_diff_names_the_prompt(boots):
    done = lab.tool("diff", *(boots[name].evidence / "firmware.log" for name in ("good", "prompt")))
    assert done.returncode == 1 and ENTERED.decode() in done.stdout, done.stdout + done.stderr


@needs("good", "forge")
def test_extending_by_hand_what_a_good_boot_extends_does_not_make_a_good_boot(boots, tmp_path):
    digests, good, forged = tpmspecs.good_pcr4(), boots["good"], tpmspecs.record_of(boots["forge"])
    # The twin: these digests alone are the good value, and every one of them was extended.
    assert functools.reduce(functools.partial(replay.extend, "sha256"), digests, bytes(32)) == good.pcrs()["sha256"][4]
    assert forged.extended()["sha256"][4][-4:] == digests
    assert forged.pcrs["sha256"][4] != good.pcrs()["sha256"][4]
    status, verdict = good.verify(pcrs=typed_pcrs(boots["forge"], tmp_path / "pcrs.txt"), ima_log=None)
    assert (status, verdict["verdict"]) == (1, "mismatch")
    assert ("sha256", 4) in {(p["bank"], p["pcr"]) for p in verdict["pcrs"] if p["status"] == "not-explained"}
