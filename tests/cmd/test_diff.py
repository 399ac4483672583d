# SPDX-License-Identifier: BSD-2-Clause
"""diff: the component that differs between two boots, in words."""
import struct

from conftest import events, firmware_log, read, vectors, volatile_events, volatile_tree, write


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


def test_diff_leaves_out_the_nodes_that_both_events_name(boot):
    for name, rule in (("good", vectors.VOLATILE_RULE), ("plain", b"fdt1"), ("cut", b"fdt1 /" + b"a" * 5000)):
        write(boot / (name + ".log"), firmware_log(volatile_events(rule)))
    write(boot / "good.dtb", volatile_tree(1))
    write(boot / "new.dtb", volatile_tree(2))
    result = boot.run("diff", "good.log", "good.log", "--fdt", "good.dtb", "new.dtb")
    assert (result.code, result.out.split(":")[0]) == (0, "no difference")
    write(boot / "bad.dtb", volatile_tree(1).replace(b"vda2", b"vda3"))
    result = boot.run("diff", "good.log", "good.log", "--fdt", "good.dtb", "bad.dtb")
    assert result.code == 1 and "/chosen/bootargs, word 2: root=/dev/vda2 -> root=/dev/vda3" in result.out
    # One log says that the node was measured: then it is one of the differences.
    result = boot.run("diff", "good.log", "plain.log", "--fdt", "good.dtb", "new.dtb")
    assert result.code == 1 and "/chosen/bootloader/count differs" in result.out
    assert boot.run("diff", "good.log", "cut.log", "--fdt", "good.dtb", "new.dtb").code == 3


def test_diff_names_missing_and_added_events(boot):
    def change(rows):
        del rows[3]
        rows.insert(4, ["prompt", 4, 5, b"U-Boot: command line entered", b"U-Boot: command line entered"])
    make(boot, "new.log", change)
    result = boot.run("diff", "good.log", "new.log")
    assert result.code == 1
    assert "PCR 4: initrd is missing (initrd, 1000 bytes at 0x2000000)\n" in result.out
    assert "PCR 4: action was added (U-Boot: command line entered)\n" in result.out


def piece(tag, name, data, held=True):
    return list(("piece",) + vectors.file_event(tag, name, data, held))


def texts(boot, good, new):
    """What diff prints when these rows of PCR 5 stand before the separators."""
    for name, row in (("one.log", good), ("two.log", new)):
        write(boot / name, firmware_log(events()[:6] + [row] + events()[6:]))
    result = boot.run("diff", "one.log", "two.log")
    assert result.code == (good != new)
    return result.out.splitlines()


MENU = b"default one\nlabel one\n  kernel /Image\n  append quiet panic=%d root=/dev/vda2\n"


def test_diff_names_the_line_of_a_text_that_differs(boot):
    menu = piece(3, b"/extlinux.conf", MENU % 1)
    assert texts(boot, menu, menu)[0].startswith("no difference")
    out = texts(boot, menu, piece(3, b"/extlinux.conf", MENU % 2))
    assert out[0] == "PCR 5: boot menu file differs, line 4: ...panic=1 root=/dev/vda2 -> ...panic=2 root=/dev/vda2"
    out = texts(boot, menu, piece(3, b"/extlinux.conf", MENU % 1 + b"timeout 3\n"))
    assert out[0] == "PCR 5: boot menu file differs, line 5 was added: timeout 3"
    out = texts(boot, menu, piece(3, b"/extlinux.conf", (MENU % 1)[:-len(b"  append quiet panic=1 root=/dev/vda2\n")]))
    assert out[0] == "PCR 5: boot menu file differs, line 4 is missing:   append quiet panic=1 root=/dev/vda2"
    out = texts(boot, piece(2, b"/boot.scr", b"setenv a 1\nboot\n"), piece(2, b"/boot.scr", b"setenv a 2\nboot\n"))
    assert out[0] == "PCR 5: script differs, line 1: ...1 -> ...2"


def test_diff_names_no_line_of_what_the_event_does_not_hold_or_what_is_no_text(boot):
    out = texts(boot, piece(3, b"/extlinux.conf", MENU % 1, False), piece(3, b"/extlinux.conf", MENU % 2, False))
    assert out[0] == "PCR 5: boot menu file differs"
    out = texts(boot, piece(2, b"/boot.scr", b"\x1b[31m\na\n"), piece(2, b"/boot.scr", b"\x1b[31m\nb\n"))
    assert "line" not in out[0] and "\x1b" not in "".join(out)


def test_diff_names_the_variables_of_an_environment(boot):
    env = b"bootcmd=run a\nbootdelay=2\ntext=one\\\ntwo\n"
    new = b"bootcmd=run b\nextra=1\ntext=one\\\nthree\n"
    assert texts(boot, piece(1, b"env", env), piece(1, b"env", env))[0].startswith("no difference")
    out = texts(boot, piece(1, b"env", env), piece(1, b"env", new))
    assert [line for line in out if line.startswith("PCR 5")][:4] == [
        "PCR 5: environment, variable bootcmd: run a -> run b",
        "PCR 5: environment, variable bootdelay is missing: 2",
        "PCR 5: environment, variable extra was added: 1",
        "PCR 5: environment, variable text: one\\\\\\x0atwo -> one\\\\\\x0athree",
    ]
    result = boot.run("diff", "--json", "one.log", "two.log").json
    assert [f["code"] for f in result["findings"]] == ["REF_ENV_VARIABLE"] * 4
    out = texts(boot, piece(1, b"env", b"boot=1\nboot2=2\n"), piece(1, b"env", b"boot2=2\n"))
    assert [line for line in out if line.startswith("PCR 5:")] == ["PCR 5: environment, variable boot is missing: 1"]


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


def ccel_log(first):
    spec_id = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 12, 48, 0)
    log = struct.pack("<II20sI", 1, 3, b"", len(spec_id)) + spec_id
    for register, digest in ((1, first), (2, b"b")):
        log += struct.pack("<IIIH", register, 0x80000008, 1, 12) + digest * 48 + struct.pack("<I", 0)
    return log


def test_diff_of_two_ccel_logs_counts_registers(boot):
    write(boot / "good.ccel", ccel_log(b"a"))
    write(boot / "new.ccel", ccel_log(b"x"))
    result = boot.run("diff", "good.ccel", "new.ccel")
    assert result.code == 1 and "PCR" not in result.out
    assert result.out.splitlines()[0] == "register 1: firmware differs"
    assert result.out.splitlines()[-2:] == [
        "register 1 differs; register 2 is the same", "the numbers are measurement registers: 0 MRTD, 1-4 RTMR 0-3"]
    assert boot.run("diff", "--json", "good.ccel", "new.ccel").json["pcr_is"] == "register"
    assert boot.run("diff", "--json", "good.log", "good.log").json["pcr_is"] == "pcr"
    refused = boot.run("diff", "good.log", "new.ccel")
    assert refused.code == 3 and "new.ccel: it is of measurement registers (CCEL)" in refused.err


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
