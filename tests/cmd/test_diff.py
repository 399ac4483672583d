# SPDX-License-Identifier: BSD-2-Clause
"""diff: the component that differs between two boots, in words."""
from conftest import events, firmware_log, read, vectors, write


def make(boot, name, change):
    """The golden log with some of its events changed."""
    rows = events()
    change(rows)
    write(boot / name, firmware_log(rows))


def test_diff_of_a_log_with_itself_finds_nothing(boot):
    result = boot.run("diff", "good.log", "good.log", "--fdt", "good.dtb", "good.dtb")
    assert (result.code, result.err) == (0, "")
    assert result.out == "no difference: 16 events in sha256, sha1, sha384, sha512, and the trees\n"


def test_diff_names_the_kernel(boot):
    def change(rows):
        rows[2][4] = rows[2][4][:-1] + b"x"
    make(boot, "new.log", change)
    result = boot.run("diff", "good.log", "new.log")
    assert result.code == 1
    assert result.out.splitlines()[0] == "PCR 4: kernel differs (linux, 4096 bytes at 0x1000000)"
    assert result.out.splitlines()[1].startswith("    good  sha256:7486da8f1e13943f")
    assert result.out.splitlines()[-1] == "PCR 4 differs; PCR 0, 1, 2, 3, 5, 6 and 7 are the same"


def test_diff_names_word_and_property_of_a_command_line(boot):
    args = vectors.BOOTARGS.replace(b"vda2", b"vda3") + b" \x1b[31m"

    def change(rows):
        rows[1][4] = vectors.make_tree(args, True, b"\0" * len(vectors.PADDING))
        rows[5][3] = rows[5][4] = vectors.tagged(9, args)
    make(boot, "new.log", change)
    write(boot / "new.dtb", vectors.make_tree(args, False, vectors.PADDING))
    result = boot.run("diff", "good.log", "new.log", "--fdt", "good.dtb", "new.dtb")
    assert result.code == 1
    assert "PCR 5: command line, word 2: root=/dev/vda2 -> root=/dev/vda3\n" in result.out
    assert "PCR 5: command line, word 5 was added: \\x1b[31m\n" in result.out
    assert "PCR 1: /chosen/bootargs, word 2: root=/dev/vda2 -> root=/dev/vda3\n" in result.out
    assert "\x1b" not in result.out
    without = boot.run("diff", "good.log", "new.log")
    assert "/chosen" not in without.out and "--fdt" in without.out


def test_diff_names_missing_and_added_events(boot):
    def change(rows):
        del rows[3]
        rows.insert(4, ["prompt", 4, 5, b"U-Boot: command line entered", b"U-Boot: command line entered"])
    make(boot, "new.log", change)
    result = boot.run("diff", "good.log", "new.log")
    assert result.code == 1
    assert "PCR 4: initrd is missing (initrd, 1000 bytes at 0x2000000)\n" in result.out
    assert "PCR 4: action was added (U-Boot: command line entered)\n" in result.out


def test_diff_takes_another_load_address_for_a_note(boot):
    def change(rows):
        rows[2][3] = vectors.blob2(b"linux", 0x2000000, 4096)
    make(boot, "new.log", change)
    result = boot.run("diff", "good.log", "new.log")
    assert result.code == 0
    assert result.out.startswith("note: PCR 4: kernel has the digest of the good log, but other event data\n")


def test_diff_refuses_to_call_a_foreign_tree_the_measured_one(boot):
    write(boot / "new.dtb", vectors.make_tree(b"other", False, b""))
    result = boot.run("diff", "good.log", "good.log", "--fdt", "good.dtb", "new.dtb")
    assert result.code == 1
    assert "new.dtb is not the tree that event 2 of its log measured" in result.out


def test_diff_writes_json(boot):
    def change(rows):
        rows[2][4] += b"x"
        rows[5][3] = rows[5][4] = vectors.tagged(9, b"quiet")
    make(boot, "new.log", change)
    result = boot.run("diff", "--json", "good.log", "new.log")
    assert result.code == 1
    report = result.json
    assert (report["schema"], report["exit"], report["error"]) == ("bootchain/diff/1", 1, None)
    assert (report["differ"], report["same"]) == ([4, 5], [0, 1, 2, 3, 6, 7])
    assert [finding["code"] for finding in report["findings"]] == ["REF_COMPONENT"] + 4 * ["REF_CMDLINE_WORD"]


def test_diff_of_a_malformed_log_exits_3_and_names_it(boot):
    write(boot / "cut.log", read(boot / "good.log")[:1000])
    result = boot.run("diff", "--json", "good.log", "cut.log")
    assert result.code == 3
    assert result.json["error"]["source"] == "cut.log"
    assert "cut.log: event 5 at byte 0x3d3" in result.err
    assert boot.run("diff", "good.log", "good.log", "--fdt", "good.dtb", "good.log").code == 3


def test_diff_wants_two_logs_and_two_trees(boot):
    for words in (("good.log",), ("good.log", "good.log", "good.log"), ("good.log", "good.log", "--fdt", "good.dtb"), ("-", "-")):
        result = boot.run("diff", *words)
        assert (result.code, result.out) == (2, "")
        assert len(result.err.splitlines()) == 1
