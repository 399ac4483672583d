# SPDX-License-Identifier: BSD-2-Clause
"""A good boot: the command and the independent replay agree, and what is in the log is what was booted."""
import re

import lab
import replay
import tpmlog
from lab import needs

BANKS = set(replay.ALGS)


@needs("good")
def test_the_guest_boots_and_sends_its_evidence(boots):
    good = boots["good"]
    assert good.status == 0 and good.stderr == ""
    assert {"pcrs.txt", "firmware.log", "ima.log", "fdt.dtb", "cmdline.txt", "evidence.json"} <= {
        path.name for path in good.evidence.iterdir()}


@needs("good")
def test_the_command_calls_a_good_boot_consistent(boots):
    status, verdict = boots["good"].verify()
    assert (status, verdict["exit"], verdict["verdict"]) == (0, 0, "consistent"), verdict
    assert verdict["schema"] == "bootchain/verdict/1" and verdict["error"] is None
    for words in ("consistent", "who signed", "freshness", "release"):
        assert words in verdict["sentence"]
    assert not [f for f in verdict["findings"] if f["severity"] == "error"]


@needs("good")
def test_every_pcr_of_every_bank_is_explained(boots):
    _, verdict = boots["good"].verify()
    status = {(p["bank"], p["pcr"]): p["status"] for p in verdict["pcrs"]}
    assert {bank for bank, _ in status} == BANKS
    for bank in BANKS:
        assert {status[bank, pcr] for pcr in (0, 1, 2, 3, 4, 5, 6, 7, 10)} == {"explained"}
        assert set(status[key] for key in status if key[0] == bank) <= {"explained", "initial"}
    by = {(p["bank"], p["pcr"]): p for p in verdict["pcrs"]}
    log = boots["good"].log()
    for pcr in range(8):
        assert by["sha256", pcr]["firmware"] == [e.number for e in log.events if e.pcr == pcr and e.kind != replay.EV_NO_ACTION]
    assert by["sha256", 10]["ima"]["first"] == 1


@needs("good")
def test_the_independent_replay_agrees_and_finds_the_files_that_were_booted(boots):
    good = boots["good"]
    assert set(good.pcrs()) == BANKS == set(good.log().banks)
    objects = {"linux": replay.read(lab.OUT, lab.IMAGE), "initrd": replay.read(lab.OUT, "initrd.gz")}
    assert replay.judge_evidence(good.evidence, objects) == []


@needs("good")
def test_command_and_independent_replay_compute_the_same_pcrs(boots):
    good = boots["good"]
    status, result = lab.tool_json("replay", good.evidence / "firmware.log", good.evidence / "ima.log")
    assert status == 0 and result["complete"]
    ima = replay.ImaList(good.read("ima.log"))
    for alg in replay.ALGS:
        expected = {**good.log().replay(alg), **ima.replay(alg)}
        assert {int(pcr): value for pcr, value in result["pcrs"][alg].items()
                if set(value) != {"0"}} == {pcr: value.hex() for pcr, value in expected.items()}


@needs("good")
def test_kernel_and_initrd_digests_are_those_of_the_files(boots):
    log = boots["good"].log()
    for name, file in (("linux", lab.IMAGE), ("initrd", "initrd.gz")):
        said = lab.must("sha256sum", "%s/%s" % (lab.OUT, file)).stdout.split()[0]
        assert replay.component(log, name).digests["sha256"].hex() == said
        assert replay.component(log, name).blob()[2] == len(replay.read(lab.OUT, file))


@needs("good")
def test_the_tree_event_is_rule_fdt1_of_what_linux_shows(boots):
    good = boots["good"]
    tree, event = replay.Tree(good.read("fdt.dtb")), replay.component(good.log(), "dts")
    assert event.data == b"dts\0fdt1\0"
    assert replay.judge_object(good.log(), "dts", tree.rule_fdt1()) == []
    # The twin: without the rule the same tree has another digest, as the seed is in it.
    assert (replay.judge_object(good.log(), "dts", good.read("fdt.dtb")) != []) == bool(lab.SEED)
    assert (tree.get(b"/chosen", b"kaslr-seed") is not None) == bool(lab.SEED)


@needs("good")
def test_the_measured_command_line_is_that_of_proc_cmdline(boots):
    good = boots["good"]
    event = replay.component(good.log(), "tag 09")
    assert event.tag() == (replay.TAG_BASE + replay.TAG_CMDLINE, good.read("cmdline.txt").rstrip(b"\n"))
    assert event.digests["sha512"] == replay.digest("sha512", event.data)


@needs("good")
def test_the_log_has_every_row_once_and_ends_with_the_separators(boots):
    log = boots["good"].log()
    rows = [(e.pcr, replay.name_of(e)) for e in log.events[1:]]
    assert rows[0] == (0, "version") and rows[-8:] == [(pcr, "separator") for pcr in range(8)]
    assert sorted(rows[1:-8]) == sorted([(1, "env-state"), (5, "tag 01"), (1, "dts"), (4, "linux"), (4, "initrd"), (4, "action"), (5, "tag 09"), *lab.ROWS])
    method = replay.component(log, "action").data.decode()
    assert re.fullmatch(r"U-Boot: boot method=%s entry=\+0x0 len=(loader|file|pe|image_size)" % lab.METHOD, method), method
    verification = next(event.data for event in log.events if replay.name_of(event) == "verification")
    assert "BootVerify".encode("utf-16-le") in verification and b";verify=" in verification


@needs("good", "again")
def test_two_boots_with_other_seeds_have_equal_pcrs_0_to_7(boots):
    good, again = boots["good"], boots["again"]
    for bank in BANKS:
        assert {p: v for p, v in good.pcrs()[bank].items() if p < 8} == {p: v for p, v in again.pcrs()[bank].items() if p < 8}
    assert replay.judge_evidence(again.evidence) == [] and again.verify()[0] == 0
    if not lab.SEED:
        return
    # Each start of QEMU makes new seeds. Linux' own view of the tree has none; QEMU's still has them.
    seeds = {lab.machine_seed(again.out), lab.machine_seed(again.out, "second.dtb")}
    assert len(seeds) == 2 and all(seeds)


@needs("good", "again", *lab.CHANGED)
def test_two_boots_at_once_do_not_disturb_each_other(boots):
    made = [boots[name] for name in ("good", "again", *lab.CHANGED)]
    pairs = [(a, b) for a in made for b in made if a.name < b.name and max(a.began, b.began) < min(a.ended, b.ended)]
    assert pairs, "no two of them ran at the same time"
    for one in {boot for pair in pairs for boot in pair}:
        assert one.status == 0 and one.verify()[0] == 0


@needs("good")
def test_tpm_commands_are_counted_and_each_event_is_extended_once_per_bank(boots, report):
    good = boots["good"]
    firmware, linux = tpmlog.split(tpmlog.commands((good.out / "swtpm.log").read_text(errors="replace")))
    assert firmware and linux
    log = good.log()
    for alg, sent in tpmlog.extends(firmware).items():
        assert sent == [(e.pcr, e.digests[alg]) for e in log.events[1:]]
    ima = replay.ImaList(good.read("ima.log"))
    sent = tpmlog.extends(linux)["sha256"]
    assert sent[:len(ima.entries)] == [(e.pcr, e.extended("sha256")) for e in ima.entries]
    report("TPM commands: %d in U-Boot (%s)" % (len(firmware), tpmlog.table(firmware)))
    report("TPM commands: %d in Linux (%s); %d together" % (len(linux), tpmlog.table(linux), len(firmware) + len(linux)))


@needs("good")
def test_u_boot_sends_one_pcr_command_for_each_event_and_few_others(boots, report):
    good = boots["good"]
    firmware, _ = tpmlog.split(tpmlog.commands((good.out / "swtpm.log").read_text(errors="replace")))
    own = [command for command in firmware if tpmlog.code(command) != tpmlog.CC_READ_CLOCK]
    pcr = [command for command in own if tpmlog.code(command) in (tpmlog.CC_PCR_EXTEND, tpmlog.CC_PCR_EVENT)]
    # The Spec ID is a record of the log, not an event that is extended.
    assert len(pcr) == len(good.log().events) - 1
    assert len(own) - len(pcr) <= 8, tpmlog.table(own)
    report("TPM commands of U-Boot: %d for as many events, %d others (stock: 272 to 343 a boot)" % (len(pcr), len(own) - len(pcr)))


@needs("good")
def test_u_boot_closes_the_platform_hierarchy_last(boots):
    firmware, _ = tpmlog.split(tpmlog.commands((boots["good"].out / "swtpm.log").read_text(errors="replace")))
    # TPM 2.0 part 3, TPM2_HierarchyControl: authHandle, authorization, enable = TPM_RH_PLATFORM, state = NO
    last = firmware[-1]
    assert tpmlog.TPM_CC[tpmlog.code(last)] == "HierarchyControl" and last[-5:] == bytes.fromhex("4000000c00"), last.hex()


@needs("good")
def test_the_users_ca_is_in_the_kernel_and_its_ima_certificate_is_loaded(boots):
    console = boots["good"].console
    certificate = lab.must("openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "multiline", "-in",
                           lab.keys() / "x509_ima.der").stdout
    name = re.search(r"commonName\s*= (.*)", certificate)[1]
    assert re.search(r"Loading compiled-in X\.509 certificates\n(.*\n){0,3}.*Loaded X\.509 cert '.*local CA", console)
    assert re.search(r"integrity: Loaded X\.509 cert '.*%s" % re.escape(name), console)
