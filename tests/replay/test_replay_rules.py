# SPDX-License-Identifier: BSD-2-Clause
"""Rules of the independent replay one by one, each beside its good twin, with expected values written out here."""
import hashlib
import struct

import pytest
import replay
from test_replay import VECTORS, Vectors, ima_entry, make_evidence

ZERO, ONES = b"\0" * 32, b"\xff" * 32


@pytest.fixture(scope="module")
def raw():
    return replay.read(VECTORS, "measured-boot.log")


@pytest.fixture(scope="module")
def vectors():
    return Vectors()


def event(pcr, kind, data, digested=None):
    out = struct.pack("<III", pcr, kind, 4)
    for ident, alg in replay.ALG_IDS.items():
        out += struct.pack("<H", ident) + replay.digest(alg, data if digested is None else digested)
    return out + struct.pack("<I", len(data)) + data


def head(raw):
    return raw[:32 + len(replay.FirmwareLog(raw).events[0].data)]


def problems_of(raw, rule):
    return rule(replay.FirmwareLog(raw))


def test_an_hcrtm_event_starts_pcr_0_with_4(raw):
    measured = event(0, replay.EV_EFI_HCRTM_EVENT, b"HCRTM\0")
    expected = hashlib.sha256(b"\0" * 31 + b"\x04" + hashlib.sha256(b"HCRTM\0").digest()).digest()
    assert replay.FirmwareLog(head(raw) + measured).replay("sha256")[0] == expected
    plain = event(0, replay.EV_S_CRTM_VERSION, b"HCRTM\0")
    assert replay.FirmwareLog(head(raw) + plain).replay("sha256")[0] != expected


def test_a_spec_id_with_a_wrong_digest_size_or_count_is_malformed(raw):
    at = 32 + 24
    for offset, value in ((at + 4 + 2, 21), (at, 0), (at, 17), (at + 4, 0x0B)):
        changed = bytearray(raw)
        changed[offset] = value
        with pytest.raises(replay.Malformed, match="Spec ID"):
            replay.FirmwareLog(changed)


def test_an_event_tag_of_kind_text_must_have_the_digest_of_its_whole_field(raw):
    good = struct.pack("<II", replay.TAG_BASE + 9, 3) + b"a=b"
    assert problems_of(head(raw) + event(5, replay.EV_EVENT_TAG, good), replay.check_own_digests) == []
    assert len(problems_of(head(raw) + event(5, replay.EV_EVENT_TAG, good, b"a=b"), replay.check_own_digests)) == 4
    # A file's digest is over the object, which the event need not hold.
    file = struct.pack("<II", replay.TAG_BASE + 2, 7) + b"a.scr\0x"
    assert problems_of(head(raw) + event(5, replay.EV_EVENT_TAG, file, b"object"), replay.check_own_digests) == []


def test_pcrs_that_are_not_closed_once_with_ones_are_problems(raw):
    assert problems_of(raw, replay.check_closed) == []
    again = event(3, replay.EV_SEPARATOR, b"\xff" * 4)
    after = event(3, replay.EV_ACTION, b"late")
    error = event(3, replay.EV_SEPARATOR, b"\x01\0\0\0")
    for more in (again, after, error):
        assert len(problems_of(raw + more, replay.check_closed)) == 1
    assert len(problems_of(raw[:-len(again)], replay.check_closed)) == 1


def test_another_attempt_is_measured_behind_the_separators_and_gets_none(raw):
    again, late = event(4, replay.EV_ACTION, replay.AGAIN), event(3, replay.EV_ACTION, b"late")
    separator = event(3, replay.EV_SEPARATOR, b"\xff" * 4)
    assert problems_of(raw + again + late, replay.check_closed) == []
    # Its own separator, something before it is said, and a first attempt that was not closed: PCR 3; PCR 7; all.
    for wrong in (raw + again + separator, raw + late + again, raw[:-len(separator)] + again + late):
        assert len(problems_of(wrong, replay.check_closed)) == 1
    assert len(problems_of(head(raw) + again + raw[len(head(raw)):], replay.check_closed)) == 8
    # Only that text says it, and only in PCR 4.
    for other in (event(4, replay.EV_ACTION, replay.AGAIN + b"\0"), event(5, replay.EV_ACTION, replay.AGAIN)):
        assert len(problems_of(raw + other + late, replay.check_closed)) == 2


def test_a_violation_extends_ones_whatever_its_data(vectors):
    entry = ima_entry("sha256", 10, "/tmp/x", ZERO, violation=True)
    found = replay.ImaList(entry)
    assert found.replay("sha256")[10] == hashlib.sha256(ZERO + ONES).digest()
    assert found.replay("sha1")[10] == hashlib.sha1(b"\0" * 20 + b"\xff" * 20).digest()


def test_the_old_template_hashes_the_name_as_256_bytes():
    sha1, name = hashlib.sha1(b"file").digest(), b"/bin/sh"
    template = hashlib.sha1(sha1 + name + b"\0" * (256 - len(name))).digest()
    record = struct.pack("<I", 10) + template + struct.pack("<I3s", 3, b"ima") + sha1 + struct.pack("<I", len(name)) + name
    found = replay.ImaList(record)
    assert found.check() == [] and found.entries[0].name() == "/bin/sh" and found.entries[0].file_digest() == ("sha1", sha1)
    assert found.replay("sha1")[10] == hashlib.sha1(b"\0" * 20 + template).digest()


def test_boot_aggregate_covers_pcr_0_to_9_and_in_sha1_0_to_7():
    pcrs = {pcr: bytes([pcr + 1]) * 32 for pcr in range(10)}
    assert replay.boot_aggregate(pcrs, "sha256") == hashlib.sha256(b"".join(pcrs[p] for p in range(10))).digest()
    short = {pcr: value[:20] for pcr, value in pcrs.items()}
    assert replay.boot_aggregate(short, "sha1") == hashlib.sha1(b"".join(short[p] for p in range(8))).digest()
    del pcrs[8], pcrs[9]
    assert replay.boot_aggregate(pcrs, "sha256") == hashlib.sha256(b"".join(pcrs[p] for p in range(8)) + ZERO * 2).digest()


def test_seeds_outside_chosen_are_measured(vectors):
    data = vectors.objects["tree"]
    assert data.count(b"chosen\0\0") == 1
    other = data.replace(b"chosen\0\0", b"chosem\0\0")
    seed = bytes(range(0x80, 0xA0))
    assert seed in replay.Tree(other).rule_fdt1() and seed not in replay.Tree(data).rule_fdt1()


def test_two_seeds_of_one_name_are_an_error(vectors):
    data = vectors.objects["tree"]
    names = {prop[1]: prop[3] + 8 for prop in replay.Tree(data).properties()}
    changed = bytearray(data)
    at, other = names[b"kaslr-seed"], names[b"rng-seed"]
    changed[at:at + 4] = data[other:other + 4]
    with pytest.raises(replay.Malformed, match="rng-seed is double"):
        replay.Tree(changed).rule_fdt1()


def test_the_first_entry_must_be_boot_aggregate(vectors, raw):
    log, value = replay.FirmwareLog(raw), replay.boot_aggregate(vectors.pcrs["sha256"], "sha256")
    assert replay.judge_aggregate(log, replay.ImaList(ima_entry("sha256", 10, "boot_aggregate", value))) == []
    assert replay.judge_aggregate(log, replay.ImaList(ima_entry("sha256", 10, "boot_aggregate_late", value))) == []
    assert replay.judge_aggregate(log, replay.ImaList(ima_entry("sha256", 10, "boot_aggregatf", value))) != []
    assert replay.judge_aggregate(log, replay.ImaList(ima_entry("sha256", 10, "boot_aggregate", value[:16] * 2))) != []


def test_the_length_of_a_blob_must_be_that_of_the_object(tmp_path, vectors, raw):
    at = raw.index(b"\x06linux\0") + 7 + 8
    longer = raw[:at] + struct.pack("<Q", 4097) + raw[at + 8:]
    make_evidence(tmp_path, vectors, longer)
    objects = {"linux": vectors.objects["kernel"]}
    assert replay.judge_evidence(tmp_path, objects) == ["linux: 4097 bytes measured, 4096 given"]
    make_evidence(tmp_path, vectors, raw)
    assert replay.judge_evidence(tmp_path, objects) == []


def test_event_proc_cmdline_and_tree_must_say_the_same(vectors, raw):
    log, tree, words = replay.FirmwareLog(raw), vectors.objects["tree"], vectors.objects["bootargs"]
    assert replay.judge_cmdline(log, words, replay.Tree(tree)) == []
    assert len(replay.judge_cmdline(log, words + b" x", replay.Tree(tree))) == 1
    assert len(replay.judge_cmdline(log, words, replay.Tree(tree.replace(b"ro ima", b"rw ima")))) == 1


def test_a_corpus_list_may_end_inside_an_entry_and_evidence_may_not():
    whole = ima_entry("sha1", 10, "a", ZERO) + ima_entry("sha1", 10, "b", ZERO)
    pcrs = "sha1 10 " + replay.ImaList(whole).replay("sha1")[10].hex()
    assert replay.judge_log(whole + b"\x0a", pcrs) == [] and replay.judge_log(whole, pcrs) == []
    with pytest.raises(replay.Malformed):
        replay.ImaList(whole + b"\x0a")


def test_evidence_of_a_boot_that_left_a_pcr_open_has_a_problem(tmp_path, vectors, raw):
    """The log explains the PCRs, but PCR 7 could still be extended by anybody: a replay alone does not see that."""
    cut = raw[:-len(event(7, replay.EV_SEPARATOR, b"\xff" * 4))]
    open_boot = Vectors()
    for alg in replay.ALGS:
        open_boot.pcrs[alg] = replay.FirmwareLog(cut).replay(alg)
    make_evidence(tmp_path, open_boot, cut)
    assert replay.judge_evidence(tmp_path) == ["PCR 7: separators [], last event verification"]
