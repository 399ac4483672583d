# SPDX-License-Identifier: BSD-2-Clause
"""The independent replay against the golden vectors, and against copies of them with one thing wrong."""
import os
import struct
import subprocess
import sys

import flat
import pytest
import replay

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "vectors")
EVENT_NAMES = {"version": "version", "tree": "dts", "kernel": "linux", "initrd": "initrd", "method": "action",
               "cmdline": "tag 09", "verify": "verification", "separator": "separator"}


def pattern(factor, start, length):
    return bytes((factor * i + start) & 0xFF for i in range(length))


class Vectors:
    """events.txt, read here a second time so that no reader is trusted alone."""

    def __init__(self):
        self.objects, self.events, self.pcrs = {}, [], {alg: {} for alg in replay.ALGS}
        self.extras = []
        for line in replay.read(VECTORS, "events.txt").decode().splitlines():
            words = line.split()
            if words[0] == "object":
                self.objects[words[1]] = (bytes.fromhex(words[3]) if words[2] == "hex"
                                          else pattern(*map(int, words[3:])))
            elif words[0] in ("event", "extra"):
                rows = self.events if words[0] == "event" else self.extras
                rows.append((words[1], int(words[2]), int(words[3], 16), bytes.fromhex(words[4]),
                             dict(zip(replay.ALGS, map(bytes.fromhex, words[5:])))))
            elif words[0] == "pcr":
                for alg, value in zip(replay.ALGS, words[2:]):
                    self.pcrs[alg][int(words[1])] = bytes.fromhex(value)


@pytest.fixture(scope="module")
def vectors():
    return Vectors()


@pytest.fixture(scope="module")
def raw():
    return replay.read(VECTORS, "measured-boot.log")


def ima_entry(alg, pcr, name, file_digest, digest_alg="sha256", violation=False):
    """A record of template ima-ng as security/integrity/ima/ima_fs.c writes it."""
    fields = (digest_alg.encode() + b":\0" + file_digest, name.encode() + b"\0")
    data = b"".join(struct.pack("<I", len(field)) + field for field in fields)
    listed = b"\0" * replay.SIZES[alg] if violation else replay.digest(alg, data)
    return struct.pack("<I", pcr) + listed + struct.pack("<I", 6) + b"ima-ng" + struct.pack("<I", len(data)) + data


def objects_of(vectors):
    return {"linux": vectors.objects["kernel"], "initrd": vectors.objects["initrd"]}


def make_evidence(directory, vectors, raw, alg="sha256"):
    """The evidence of a machine that booted the vectors: list with boot_aggregate, a file and a violation."""
    aggregate = replay.boot_aggregate(vectors.pcrs["sha256"], "sha256")
    ima = (ima_entry(alg, 10, "boot_aggregate", aggregate)
           + ima_entry(alg, 10, "/sbin/init", replay.digest("sha256", b"init"))
           + ima_entry(alg, 10, "/tmp/log", replay.digest("sha256", b"x"), violation=True))
    files = {"firmware.log": raw, "ima.log": ima, "fdt.dtb": vectors.objects["tree"],
             "cmdline.txt": vectors.objects["bootargs"] + b"\n"}
    lines = []
    for bank in replay.ALGS:
        values = dict(vectors.pcrs[bank])
        values[10] = replay.ImaList(ima).replay(bank)[10]
        values.update({8: b"\0" * replay.SIZES[bank], 17: b"\xff" * replay.SIZES[bank]})
        lines += ["%s %d %s" % (bank, pcr, value.hex()) for pcr, value in values.items()]
    files["pcrs.txt"] = ("\n".join(lines) + "\n").encode()
    for name, data in files.items():
        (directory / name).write_bytes(data)
    return files


def test_the_golden_vectors_are_what_their_script_writes():
    script = os.path.join(VECTORS, "make.py")
    done = subprocess.run([sys.executable, "-B", script, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_log_holds_the_documented_events_in_order(vectors, raw):
    log = replay.FirmwareLog(raw)
    found = [(e.pcr, e.kind, e.data, e.digests) for e in log.events[1:]]
    assert found == [event[1:] for event in vectors.events]
    assert [replay.name_of(e) for e in log.events[1:]] == [EVENT_NAMES[event[0]] for event in vectors.events]
    assert log.end == len(raw) and replay.check_own_digests(log) == [] and replay.check_closed(log) == []


@pytest.mark.parametrize("alg", replay.ALGS)
def test_the_log_leads_to_the_documented_pcrs(vectors, raw, alg):
    assert replay.FirmwareLog(raw).replay(alg) == vectors.pcrs[alg]


def test_the_events_that_the_log_does_not_hold_have_the_digests_of_their_data(vectors, raw):
    head = raw[:32 + len(replay.FirmwareLog(raw).events[0].data)]
    names = {}
    for name, pcr, kind, data, digests in vectors.extras:
        event = struct.pack("<III", pcr, kind, len(digests))
        for ident, alg in replay.ALG_IDS.items():
            event += struct.pack("<H", ident) + digests[alg]
        log = replay.FirmwareLog(head + event + struct.pack("<I", len(data)) + data)
        assert replay.check_own_digests(log) == [], name
        names[name] = replay.name_of(log.events[1])
    assert names["options"] == names["options-none"] == "tag 0a" and names["tree-volatile"] == "dts"


def test_the_load_options_of_the_vectors_are_the_command_line_in_utf_16(vectors):
    options, none = ({extra[0]: extra[3] for extra in vectors.extras}[name] for name in ("options", "options-none"))
    assert options[:8] == struct.pack("<II", replay.TAG_BASE + replay.TAG_OPTIONS, len(options) - 8)
    assert options[8:].decode("utf-16-le") == vectors.objects["bootargs"].decode() + "\0"
    assert none == struct.pack("<II", replay.TAG_BASE + replay.TAG_OPTIONS, 0)


def test_padding_behind_the_last_event_ends_the_log(vectors, raw):
    for padding in (b"\0" * 100, b"\xff" * 33):
        log = replay.FirmwareLog(raw + padding)
        assert log.end == len(raw) and log.replay("sha256") == vectors.pcrs["sha256"]
    with pytest.raises(replay.Malformed):
        replay.FirmwareLog(raw + b"\0" * 40 + b"\x01" + b"\0" * 40)


def test_the_log_cut_anywhere_is_malformed_or_lacks_whole_events(raw):
    whole = replay.FirmwareLog(raw)
    ends, pos = {}, 0
    for event in whole.events:
        pos += 32 + len(event.data) if event.number == 0 else 16 + len(event.data) + sum(
            2 + size for size in whole.banks.values())
        ends[pos] = event.number + 1
    for length in range(len(raw)):
        try:
            log = replay.FirmwareLog(raw[:length])
        except replay.Malformed:
            continue
        # Cut in zeros that open an event, the rest reads as padding; the events before it are all there.
        assert log.end in ends and len(log.events) == ends[log.end] < len(whole.events)


def test_each_bit_of_each_digest_moves_its_pcr_and_no_other(vectors, raw):
    pos = 32 + len(replay.FirmwareLog(raw).events[0].data)
    for _, pcr, _, data, digests in vectors.events:
        at = pos + 12
        for alg in replay.ALGS:
            changed = bytearray(raw)
            changed[at + 2 + pos % replay.SIZES[alg]] ^= 1 << (pos % 8)
            found = {bank: replay.FirmwareLog(changed).replay(bank) for bank in replay.ALGS}
            moved = {(b, p) for b in replay.ALGS for p in range(8) if found[b][p] != vectors.pcrs[b][p]}
            assert moved == {(alg, pcr)}
            at += 2 + len(digests[alg])
        pos = at + 4 + len(data)
    assert pos == len(raw)


def test_startup_locality_is_the_start_of_pcr_0(raw):
    log = replay.FirmwareLog(raw)
    head = raw[:32 + len(log.events[0].data)]
    body = b"StartupLocality\0\x03"
    event = struct.pack("<III", 0, replay.EV_NO_ACTION, 4)
    for ident, alg in replay.ALG_IDS.items():
        event += struct.pack("<H", ident) + b"\0" * replay.SIZES[alg]
    event += struct.pack("<I", len(body)) + body
    assert replay.FirmwareLog(head + event).replay("sha1")[0] == b"\0" * 19 + b"\x03"
    assert replay.FirmwareLog(head).replay("sha1")[0] == b"\0" * 20


def test_objects_have_the_digests_of_their_events(vectors, raw):
    log = replay.FirmwareLog(raw)
    for name, event in (("kernel", "linux"), ("initrd", "initrd")):
        data = vectors.objects[name]
        assert replay.judge_object(log, event, data) == []
        assert len(replay.judge_object(log, event, data[:-1] + bytes([data[-1] ^ 1]))) == 4
        assert replay.component(log, event).blob()[2] == len(data)


def test_rule_fdt1_gives_the_digest_of_the_tree_event(vectors, raw):
    log, data = replay.FirmwareLog(raw), vectors.objects["tree"]
    assert replay.judge_object(log, "dts", replay.Tree(data).rule_fdt1()) == []
    assert len(replay.judge_object(log, "dts", data)) == 4
    assert replay.Tree(data).get(b"/chosen", b"bootargs") == vectors.objects["bootargs"] + b"\0"


def test_rule_fdt1_hides_the_seeds_and_the_padding_only(vectors):
    data = vectors.objects["tree"]
    tree = replay.Tree(data)
    hidden = set(range(tree.blocks[-1][1], len(data)))
    for path, name, _, start, end in tree.properties():
        if path == b"/chosen" and name in flat.SEEDS:
            # The record's three leading words decide what it is: changing those is another tree.
            hidden |= set(range(start + 12, end))
    good = tree.rule_fdt1()
    for pos in range(len(data)):
        changed = bytearray(data)
        changed[pos] ^= 0x01
        try:
            same = replay.Tree(changed).rule_fdt1() == good
        except replay.Malformed:
            same = False
        assert same == (pos in hidden), pos


def test_rule_fdt1_refuses_a_double_seed_and_a_seed_of_another_size(vectors):
    data = vectors.objects["tree"]
    for name, size in ((b"kaslr-seed", 4), (b"rng-seed", 0)):
        where = next(p[3] for p in replay.Tree(data).properties() if p[1] == name)
        old = struct.unpack_from(">I", data, where + 4)[0]
        changed = bytearray(data)
        struct.pack_into(">I", changed, where + 4, size)
        for word in range(where + 12 + size, where + 12 + old, 4):
            struct.pack_into(">I", changed, word, flat.FDT_NOP)
        with pytest.raises(replay.Malformed, match=name.decode()):
            replay.Tree(changed).rule_fdt1()
    props = {p[1]: p[3] for p in replay.Tree(data).properties()}
    changed = bytearray(data)
    changed[props[b"rng-seed"] + 8:props[b"rng-seed"] + 12] = data[props[b"kaslr-seed"] + 8:props[b"kaslr-seed"] + 12]
    with pytest.raises(replay.Malformed, match="kaslr-seed"):
        replay.Tree(changed).rule_fdt1()


def test_rule_fdt1_with_nodes_gives_the_digest_of_the_event_that_names_them(vectors):
    data = vectors.objects["tree-volatile"]
    _, _, _, event, digests = next(extra for extra in vectors.extras if extra[0] == "tree-volatile")
    rule = event[4:-1]
    assert rule == b"fdt1 /chosen/bootloader /soc/absent@0"
    for alg in replay.ALGS:
        assert replay.digest(alg, replay.Tree(data).rule_fdt1(rule)) == digests[alg]
        assert replay.digest(alg, replay.Tree(data).rule_fdt1()) != digests[alg]


def test_rule_fdt1_hides_the_properties_of_the_nodes_that_it_names_and_no_others(vectors):
    data = vectors.objects["tree-volatile"]
    tree = replay.Tree(data)
    rules = {b"fdt1": (), b"fdt1 /chosen/bootloader": (b"/chosen/bootloader",), b"fdt1 /chosen/bootloader@0": (b"/chosen/bootloader@0",),
             b"fdt1 /bootloader /chosen/boot": (), b"fdt1 /memory@40000000 /chosen": (b"/memory@40000000", b"/chosen")}
    for rule, paths in rules.items():
        image = tree.rule_fdt1(rule)
        for path, name, _, start, end in tree.properties():
            hidden = path in paths or (path == b"/chosen" and name in flat.SEEDS)
            assert (image[start:end] == b"\0\0\0\x04" * ((end - start) // 4)) == hidden, (rule, path, name)


@pytest.mark.parametrize("rule", [
    b"", b"fdt", b"fdt2", b"fdt10", b"fdt1 ", b"fdt1  /a", b"fdt1 /a ", b"fdt1 /a  /b", b"fdt1 a", b"fdt1 /", b"fdt1 //a", b"fdt1 /a/",
    b"fdt1 /a//b", b"fdt1 /a b", b"fdt1,/a", b"fdt1/a", b"fdt1 /a /", b"fdt1" + b" /a" * 17, b"fdt1 /" + b"a" * 1018])
def test_a_rule_that_is_no_list_of_paths_is_malformed(vectors, rule):
    tree = replay.Tree(vectors.objects["tree"])
    for good in (b"fdt1 /a/b /c", b"fdt1" + b" /a" * 16, b"fdt1 /" + b"a" * 1017):
        assert tree.rule_fdt1(good) == tree.rule_fdt1()
    with pytest.raises(replay.Malformed, match="rule"):
        tree.rule_fdt1(rule)


def test_a_path_that_leads_to_two_nodes_is_malformed(vectors):
    data = vectors.objects["tree-volatile"].replace(b"bootloader@0\0\0\0\0", b"bootloader\0\0\0\0\0\4")
    assert replay.Tree(data).rule_fdt1(b"fdt1 /chosen/bootloader/config")
    with pytest.raises(replay.Malformed, match="two nodes"):
        replay.Tree(data).rule_fdt1(b"fdt1 /chosen/bootloader")


def test_evidence_under_another_rule_than_the_one_expected_has_a_problem(tmp_path, vectors, raw):
    make_evidence(tmp_path, vectors, raw)
    assert replay.judge_evidence(tmp_path, objects_of(vectors), b"fdt1") == []
    assert len(replay.judge_evidence(tmp_path, objects_of(vectors), b"fdt1 /soc")) == 1


@pytest.mark.parametrize("alg", replay.ALGS)
def test_good_evidence_has_no_problem(tmp_path, vectors, raw, alg):
    make_evidence(tmp_path, vectors, raw, alg)
    assert replay.judge_evidence(tmp_path, objects_of(vectors)) == []
    assert replay.ImaList(replay.read(tmp_path, "ima.log")).alg == alg


@pytest.mark.parametrize("name", ["firmware.log", "ima.log", "fdt.dtb", "cmdline.txt", "pcrs.txt"])
def test_evidence_with_one_bit_changed_has_a_problem(tmp_path, vectors, raw, name):
    files = make_evidence(tmp_path, vectors, raw)
    tree = replay.Tree(vectors.objects["tree"])
    free = set(range(tree.blocks[-1][1], tree.total)) if name == "fdt.dtb" else set()
    for path, prop, _, start, end in tree.properties() if name == "fdt.dtb" else ():
        if path == b"/chosen" and prop in flat.SEEDS:
            free |= set(range(start + 12, end))
    data, objects = files[name], objects_of(vectors)
    for pos in (p for p in range(0, len(data), 5) if p not in free):
        changed = data[:pos] + bytes([data[pos] ^ 0x04]) + data[pos + 1:]
        (tmp_path / name).write_bytes(changed)
        try:
            problems = replay.judge_evidence(tmp_path, objects)
        except (replay.Malformed, UnicodeDecodeError):
            continue
        # No digest covers the Spec ID's class and version, where a blob was placed, or what a violation is about.
        assert problems or covered_by_no_digest(name, pos, files), pos


def covered_by_no_digest(name, pos, files):
    if name == "ima.log":
        return pos >= len(files[name]) - len(ima_entry("sha256", 10, "/tmp/log", b"\0" * 32)) + 36
    if name != "firmware.log":
        return False
    log = replay.FirmwareLog(files[name])
    at = 32 + len(log.events[0].data)
    if pos < at:
        return pos < 28 or pos >= 32 + 16
    for event in log.events[1:]:
        data_at = at + 16 + sum(2 + size for size in log.banks.values())
        if pos < data_at + len(event.data):
            return event.kind == replay.EV_EFI_PLATFORM_FIRMWARE_BLOB2 and pos >= data_at
        at = data_at + len(event.data)
    return False


def test_entries_behind_the_cut_are_not_judged_and_a_missing_entry_is(tmp_path, vectors, raw):
    files = make_evidence(tmp_path, vectors, raw)
    late = ima_entry("sha256", 10, "/bin/late", replay.digest("sha256", b"late"))
    (tmp_path / "ima.log").write_bytes(files["ima.log"] + late)
    assert replay.judge_evidence(tmp_path) == []
    first = len(ima_entry("sha256", 10, "boot_aggregate", b"\0" * 32))
    (tmp_path / "ima.log").write_bytes(files["ima.log"][:first])
    assert any("IMA list" in text for text in replay.judge_evidence(tmp_path))


def test_a_boot_aggregate_of_other_pcrs_is_a_problem(tmp_path, vectors, raw):
    files = make_evidence(tmp_path, vectors, raw)
    zeros = ima_entry("sha256", 10, "boot_aggregate", b"\0" * 32)
    (tmp_path / "ima.log").write_bytes(zeros + files["ima.log"][len(zeros):])
    assert any("boot_aggregate" in text for text in replay.judge_evidence(tmp_path))


def test_the_command_tells_good_mismatch_and_malformed_by_its_exit(tmp_path, vectors, raw, capsys):
    make_evidence(tmp_path, vectors, raw)
    (tmp_path / "kernel").write_bytes(vectors.objects["kernel"])
    assert replay.main(["evidence", str(tmp_path), "--kernel", str(tmp_path / "kernel")]) == 0
    (tmp_path / "kernel").write_bytes(b"another")
    assert replay.main(["evidence", str(tmp_path), "--kernel", str(tmp_path / "kernel")]) == 1
    (tmp_path / "firmware.log").write_bytes(raw[:-1])
    assert replay.main(["evidence", str(tmp_path)]) == 3
    assert replay.main(["evidence", str(tmp_path), "--kernel"]) == replay.main([]) == 2
    assert "event 15 at byte" in capsys.readouterr().err


def test_the_corpus_is_judged_file_by_file(tmp_path, vectors, raw):
    lines = "".join("sha256 %d %s\n" % (pcr, value.hex()) for pcr, value in vectors.pcrs["sha256"].items())
    for name in ("good.bin", "bad.bin"):
        (tmp_path / name).write_bytes(raw)
        (tmp_path / (name + ".pcrs")).write_text(lines)
    (tmp_path / "alone.bin").write_bytes(b"no pcrs beside it")
    assert replay.judge_corpus(tmp_path) == (2, [])
    (tmp_path / "bad.bin.pcrs").write_text("sha256 4 " + "00" * 32 + "\n")
    count, problems = replay.judge_corpus(tmp_path)
    assert count == 2 and len(problems) == 1 and "bad.bin: sha256 PCR 4" in problems[0]
