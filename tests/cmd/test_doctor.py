# SPDX-License-Identifier: BSD-2-Clause
"""bootchain doctor on copies of machines: each finding is caused once, beside its good twin, the machine in order; hostile copies."""
import hashlib
import os
import re
import shutil
import struct

import pytest

import tpm as swtpm
from conftest import TOP, read, vectors, write
from doctor import KEYS, POLICY, SECURITY, TPM, Machine, message, statuses, tree

PLATFORM = {"tpm-platform": "unknown"}      # with --root no TPM is asked
ROW = re.compile(r'ROW\(\w+, "([a-z-]+)", (ERROR|WARNING|NOTE), (true|false)')


@pytest.fixture
def machine(boot):
    return Machine(boot)


def rows_of_source():
    return ROW.findall(read(os.path.join(TOP, "tools/cmd/doctor_rows.c")).decode())


def test_a_machine_in_order_has_no_finding(machine):
    result = machine.examine()
    assert (result.code, result.err) == (0, "")
    assert result.json["schema"] == "bootchain/doctor/1" and result.json["exit"] == 0
    assert [check["name"] for check in result.json["checks"]] == [row[0] for row in rows_of_source()]
    assert {name: status for name, status in statuses(result).items() if status != "ok"} == PLATFORM
    assert all(check["advice"] is None for check in result.json["checks"])


def word(machine, text):
    machine.files["proc/cmdline"] = machine.bootargs + b" " + text.encode() + b"\n"


def bootargs(machine, text):
    """The same words measured, so that only they are wrong."""
    machine.bootargs = text.encode()
    machine.nodes["/chosen"]["bootargs"] = machine.bootargs + b"\0"
    machine.files["proc/cmdline"] = machine.bootargs + b"\n"


def blob(label):
    """The digest is that of the label: what stock U-Boot does with a kernel that it never hashes."""
    return label + b"\0"


def not_hashed(machine):
    data = next(row[3] for row in machine.replace() if row[0] == "kernel")
    machine.rows = machine.replace(kernel=(data, b"linux\0"))


def append(machine, *row):
    machine.rows = machine.replace()
    machine.rows.insert(len(machine.rows) - 8, list(row))


def action(machine, text):
    append(machine, "action", 4, vectors.EV_ACTION, text, text)


def two_logs(machine):
    """The PCRs hold the events of a boot before this one, too."""
    before, machine.logged = machine.replace(), machine.replace()
    machine.rows = before + machine.logged


def separator(data):
    def change(machine):
        machine.rows = machine.replace()
        at = next(i for i, row in enumerate(machine.rows) if row[0] == "separator" and row[1] == 4)
        machine.rows[at:at + 1] = [["separator", 4, vectors.EV_SEPARATOR, data, data]] if data else []
    return change


def late_event(machine):
    machine.rows = machine.replace() + [["late", 5, vectors.EV_S_CRTM_VERSION, b"x", b"x"]]


def seeds_in_pcr(machine):
    """The tree of a U-Boot without rule fdt1."""
    machine.rows = machine.replace(tree=(b"dts\0", b"the tree with its seeds"))


def zero_pcr10(machine):
    machine.shift_pcr = lambda alg, pcrs: {**pcrs, 10: bytes(len(pcrs[10]))}


def other_pcr(number):
    def change(machine):
        machine.shift_pcr = lambda alg, pcrs: {**pcrs, number: hashlib.new(alg, pcrs[number]).digest()}
    return change


def file(name, data):
    return lambda machine: machine.files.__setitem__(name, data)


def prop(node, name, value=b"\0\0\0\1", **others):
    return lambda machine: machine.nodes.setdefault(node, {"compatible": b"x\0"}).update({name: value, **others})


def without(name):
    """The file is not there."""
    def change(machine):
        machine.files[name] = None
    return change


def attribute(**values):
    return lambda machine: [setattr(machine, name, value) for name, value in values.items()]


def tree_changed(machine):
    machine.rows = machine.replace()
    machine.nodes["/"]["model"] = b"changed\0"


def bootargs_changed(machine):
    """The final tree was measured as it is, but as the command line another one."""
    other = vectors.tagged(9, b"console=ttyAMA0")
    machine.rows = machine.replace(cmdline=(other, other))


def sha1_only(machine):
    machine.banks = ("sha1",)


def no_keyring(name):
    return file("proc/keys", "".join(line + "\n" for line in KEYS.splitlines() if " %s: " % name not in line))


E, W, N = "error", "warning", "note"
# (check, its status, what the message says, what changes the good machine, what else it moves)
CASES = [
    ("tpm-version", E, "1", file(TPM + "tpm_version_major", "1\n"), {}),
    ("tpm-banks", E, "sha1", sha1_only, {}),
    ("tpm-reset", E, "PCR 0", two_logs, {"log-replays": E, "ima-replays": E, "log-bound": "unknown"}),
    ("tpm-reset-line", E, "/tpm@1000 has reset-gpios", prop("/tpm@1000", "reset-gpios"), {}),
    ("tpm-reset-line", E, "gpio-reset", prop("/tpm@1000", "gpio-reset"), {}),
    ("tpm-reset-line", E, "/tpm@1000 has resets", prop("/tpm@1000", "resets"), {}),
    ("tpm-reset-line", E, "/gpio: gpio-line-names names", prop("/gpio", "gpio-line-names", b"led\0TPM_RST_N\0"), {}),
    ("tpm-reset-line", E, "/tpm-rst-hog: gpio-hog", prop("/tpm-rst-hog", "gpio-hog", b""), {}),
    ("tpm-reset-line", E, "/sys/class/gpio/TPM_RST", file("sys/class/gpio/TPM_RST/value", "1\n"), {}),
    ("log", E, "it is empty", file(SECURITY + "tpm0/binary_bios_measurements", b""), None),
    ("log-banks", E, "sm3", attribute(banks=("sha1", "sha256", "sm3")), {"log-bound": "unknown"}),
    ("log-replays", E, "PCR 4", other_pcr(4), {"tpm-reset": "unknown", "log-bound": "unknown"}),
    ("log-complete", E, "own label", not_hashed, {"log-bound": "unknown"}),
    ("log-complete", E, "measures the kernel", lambda m: setattr(m, "rows", m.replace(kernel=None)), {}),
    ("log-complete", E, "measures the command line", lambda m: setattr(m, "rows", m.replace(cmdline=None)), {}),
    ("log-complete", E, "measures the tree", lambda m: setattr(m, "rows", m.replace(tree=None)), {"log-tree": "unknown"}),
    ("log-complete", E, "go", lambda m: action(m, b"U-Boot: unmeasured payload go"), {}),
    ("log-closed", E, "no separator", separator(None), {"log-bound": "unknown"}),
    ("log-closed", E, "failure", separator(b"\1\0\0\0"), {"log-bound": "unknown"}),
    ("log-order", W, "after the PCR was closed", late_event, {}),
    ("log-order", W, "padding", attribute(log_end=bytes(64) + b"stale"), {}),
    ("log-prompt", W, "command line", lambda m: action(m, b"U-Boot: command line entered"), {}),
    ("log-prompt", W, "attempt", lambda m: action(m, b"U-Boot: boot attempt failed"), {}),
    ("log-tree", E, "not the one that was measured", tree_changed, {"log-bound": "unknown"}),
    ("log-tree", E, "bootargs", bootargs_changed, {"log-bound": "unknown"}),
    ("log-bound", N, "no firmware_log", attribute(record=None), {}),
    ("seeds-measured", W, "with its seeds", seeds_in_pcr, {"log-tree": "unknown"}),
    ("kaslr-seed", N, "no kaslr-seed", lambda m: m.nodes["/chosen"].pop("kaslr-seed"), {}),
    ("ima-tpm", E, "nothing was extended", zero_pcr10, {"log-bound": "unknown"}),
    ("ima-tpm", E, "boot_aggregate is zero", attribute(aggregate=bytes(32)), {"log-bound": "unknown"}),
    ("ima-tpm", E, "bypass 2000", file(SECURITY + "ima/tpm_state", "bypass 2000\n"), {}),
    ("ima-tpm", E, "lost", file(SECURITY + "ima/tpm_state", "lost 9000\n"), {}),
    ("ima-tpm", E, "activating TPM-bypass", file("var/log/dmesg", "Linux version 6\nima: No TPM chip found, activating TPM-bypass!\n"), {}),
    ("ima-early", W, "boot_aggregate_late", attribute(name=b"boot_aggregate_late"), {}),
    ("ima-early", W, "late", attribute(record="late"), {}),
    ("ima-replays", E, "no entry", other_pcr(10), {"log-bound": "unknown"}),
    ("ima-replays", E, "in no bank", attribute(aggregate=b"\1" * 32), {"log-bound": "unknown"}),
    ("ima-hash", W, "sha1", attribute(alg="sha1"), {}),
    ("ima-template", N, "ima-ng", attribute(template="ima-ng"), {}),
    ("ima-policy", E, "0 rules", file(SECURITY + "ima/policy", ""), {"ima-appraise": N}),
    ("ima-policy", E, "1 rules", file(SECURITY + "ima/policy", "dont_measure fsmagic=1\n"), {"ima-appraise": N}),
    ("ima-appraise", N, "refuses nothing", file(SECURITY + "ima/policy", POLICY.splitlines()[0] + "\n"), {}),
    ("ima-violations", W, "violation", attribute(violation=True), {}),
    ("evm", W, "state 0", file(SECURITY + "evm", "0"), {}),
    ("evm", W, "the kernel has none", without(SECURITY + "evm"), {"evm-strict": "unknown"}),
    ("evm-strict", W, "state 6", file(SECURITY + "evm", "6"), {}),
    ("keys-ca", W, "not there", no_keyring(".builtin_trusted_keys"), {}),
    ("keys-ima", W, "is empty", file("proc/keys", KEYS.replace(".ima: 1", ".ima: empty")), {}),
    ("keys-evm", W, "is empty", file("proc/keys", KEYS.replace(".evm: 1", ".evm: empty")), {}),
    ("keys-refused", E, "-126", file("var/log/dmesg", "Linux version 6\nintegrity: Problem loading X.509 certificate -126\n"), {}),
    ("keys-refused", E, "x509_evm.der", file("var/log/dmesg", "Linux version 6\nintegrity: Unable to open file: /etc/keys/x509_evm.der (-2)\n"), {}),
    ("cmdline-appraise", E, "ima_appraise=fix", lambda m: word(m, "ima_appraise=fix"), {}),
    ("cmdline-appraise", E, "ima_appraise=log", lambda m: word(m, '"ima_appraise=log"'), {}),
    ("cmdline-appraise", E, "=offline", lambda m: word(m, "ima-appraise=offline"), {}),
    ("cmdline-evm", E, "evm=fix", lambda m: word(m, "evm=fix"), {}),
    ("cmdline-hash", W, "ima_hash=sha1", lambda m: word(m, "ima_hash=sha1"), {}),
    ("cmdline-hash", W, "ima_template=ima", lambda m: word(m, "ima_template=ima"), {}),
    ("cmdline-policy", W, "no ima_policy=", lambda m: bootargs(m, "console=ttyAMA0 -- ima_policy=tcb"), {}),
    ("cmdline-lsm", W, "lsm=lockdown,yama", lambda m: word(m, "lsm=lockdown,yama"), {}),
    ("cmdline-kaslr", W, "nokaslr", lambda m: word(m, "nokaslr"), {}),
]


@pytest.mark.parametrize("check,status,says,change,also", CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_finding_is_caused_and_nothing_else_is(machine, check, status, says, change, also):
    change(machine)
    result = machine.examine()
    found = {name: what for name, what in statuses(result).items() if what != "ok"}
    assert found.pop(check) == status
    assert says in message(result, check), message(result, check)
    if also is not None:
        assert found == {**PLATFORM, **also}
    assert result.code == (1 if status == E else 0)
    row = next(one for one in result.json["checks"] if one["name"] == check)
    assert row["advice"] and row["severity"] == status
    text = machine.boot.run("doctor", "-q", "--root", "root")
    assert text.code == result.code and "to do: " + row["advice"] in text.out


def test_the_page_has_every_check_with_its_weight():
    page = read(os.path.join(TOP, "docs/formats.md")).decode()
    documented = re.findall(r"^\| `([a-z-]+)`(\\\*)? \| (error|warning|note) \| \S", page, re.M)
    assert documented == [(name, "\\*" if needed == "true" else "", severity.lower()) for name, severity, needed in rows_of_source()]


def test_every_check_is_caused_by_a_test_here():
    elsewhere = {"tpm": "no_tpm", "ima": "no_ima", "tpm-platform": "swtpm"}
    assert {case[0] for case in CASES} | set(elsewhere) == {row[0] for row in rows_of_source()}
    assert {(case[0], case[1]) for case in CASES} <= {(name, severity.lower()) for name, severity, _ in rows_of_source()}


@pytest.mark.parametrize("words", ["ima_appraise=enforce", "evm=strict", "ima_hash=sha256 ima_template=ima-sig", "lsm=yama,integrity", "nokaslrx",
                                   "-- ima_appraise=off", "x.ima_appraise=off"])
def test_words_of_the_command_line_that_weaken_nothing_are_no_finding(machine, words):
    word(machine, words)
    result = machine.examine()
    assert result.code == 0 and {name for name, what in statuses(result).items() if what != "ok"} == set(PLATFORM)


def test_an_exported_line_of_another_name_is_no_finding(machine):
    machine.files["sys/class/gpio/gpio17/value"] = "1\n"
    machine.nodes["/gpio"] = {"gpio-line-names": b"led\0", "gpio-hog": b""}
    assert machine.examine().code == 0


@pytest.mark.parametrize("rule,found", [("fdt1 /chosen/bootloader", {}), ("fdt1 chosen", {"log-tree": "unknown"}), ("fdt1 /" + "a" * 2000, {"log-tree": "unknown"})],
                         ids=("list", "no list", "too long"))
def test_a_rule_of_the_tree_that_cannot_be_applied_takes_nothing_else_with_it(machine, rule, found):
    machine.rows = machine.replace(tree=(b"dts\0" + rule.encode() + b"\0", tree(machine.nodes, nop=True)))
    result = machine.examine()
    assert {name: what for name, what in statuses(result).items() if what != "ok"} == {**PLATFORM, **found} and result.code == 0


def no_tpm(machine):
    machine.write()
    shutil.rmtree(machine.boot / "root/sys/class/tpm")
    return machine.boot.run("doctor", "--json", "--root", "root")


@pytest.mark.parametrize("nodes,says", [
    ({}, "the tree has one (/tpm@1000, vendor,chip), but no driver has taken it"), ({"status": b"disabled\0"}, "one that is disabled"), (None, "the tree has none"),
])
def test_a_machine_without_a_tpm_is_told_what_the_tree_says(machine, nodes, says):
    if nodes is None:
        del machine.nodes["/tpm@1000"]
    else:
        machine.nodes["/tpm@1000"].update(nodes)
    result = no_tpm(machine)
    assert result.code == 1 and statuses(result)["tpm"] == E and says in message(result, "tpm")
    assert {statuses(result)[name] for name in ("tpm-banks", "tpm-reset", "log-replays", "ima-replays", "ima-tpm")} == {"unknown"}


def test_a_kernel_without_ima_is_an_error(machine):
    machine.write()
    shutil.rmtree(machine.boot / ("root/" + SECURITY + "ima"))
    result = machine.boot.run("doctor", "--json", "--root", "root")
    assert result.code == 1 and statuses(result)["ima"] == E
    assert statuses(result)["log-replays"] == "ok" and statuses(result)["ima-replays"] == "unknown"


def test_a_tree_that_names_no_log_is_told_from_one_that_does(machine):
    machine.write()
    shutil.rmtree(machine.boot / ("root/" + SECURITY + "tpm0"))
    result = machine.boot.run("doctor", "--json", "--root", "root")
    assert result.code == 1 and "the tree says where it is" in message(result, "log")
    del machine.nodes["/tpm@1000"]["linux,sml-base"]
    machine.write()
    shutil.rmtree(machine.boot / ("root/" + SECURITY + "tpm0"))
    assert "the tree does not say" in message(machine.boot.run("doctor", "--json", "--root", "root"), "log")


# ---- what cannot be read is unknown --------------------------------------------------------------------------------------------

LOG, LIST = SECURITY + "tpm0/binary_bios_measurements", SECURITY + "ima/binary_runtime_measurements"
# What each file alone knows.
ONLY_FROM = {
    "proc/cmdline": {"cmdline-appraise", "cmdline-evm", "cmdline-hash", "cmdline-policy", "cmdline-lsm", "cmdline-kaslr"},
    "proc/keys": {"keys-ca", "keys-ima", "keys-evm"}, "var/log/dmesg": {"keys-refused"}, TPM + "tpm_version_major": {"tpm-version"},
    SECURITY + "evm": {"evm", "evm-strict"}, "sys/firmware/fdt": {"tpm-reset-line", "kaslr-seed", "log-tree"},
    LOG: {"log", "log-banks", "log-replays", "log-complete", "log-closed", "log-order", "log-prompt", "log-tree", "log-bound", "tpm-reset", "seeds-measured"},
    LIST: {"ima-tpm", "ima-early", "ima-replays", "ima-hash", "ima-template", "ima-violations", "log-bound"},
}
NEEDED = {"proc/cmdline", LOG, LIST}


def is_directory(path):
    os.mkdir(path)


def is_dangling(path):
    os.symlink("nowhere", path)


def leads_out(path):
    os.symlink("/proc/self/status", path)


def leads_far_out(path):
    os.symlink("../" * 40 + "etc/passwd", path)


def is_fifo(path):
    os.mkfifo(path)


def is_device(path):
    os.symlink("/dev/zero", path)


def loops(path):
    os.symlink(os.path.basename(path), path)


@pytest.mark.parametrize("spoil", [is_directory, is_dangling, leads_out, leads_far_out, is_fifo, is_device, loops])
@pytest.mark.parametrize("name", ONLY_FROM)
def test_a_file_that_cannot_be_read_is_unknown_and_never_ok(machine, name, spoil):
    machine.write()
    os.unlink(machine.boot / ("root/" + name))
    spoil(machine.boot / ("root/" + name))
    result = machine.boot.run("doctor", "--json", "--root", "root")
    unknown = {check for check, status in statuses(result).items() if status != "ok"}
    assert unknown == ONLY_FROM[name] | set(PLATFORM), message(result, sorted(ONLY_FROM[name])[0])
    assert set(statuses(result).values()) == {"ok", "unknown"}
    assert result.code == (3 if name in NEEDED else 0)
    assert "root:" not in result.out      # of /etc/passwd


@pytest.mark.parametrize("spoil", [is_fifo, leads_out, is_device])
def test_pcr_values_that_lead_out_or_block_are_not_opened(machine, spoil):
    machine.write()
    os.unlink(machine.boot / ("root/" + TPM + "pcr-sha256/4"))
    spoil(machine.boot / ("root/" + TPM + "pcr-sha256/4"))
    result = machine.boot.run("doctor", "--json", "--root", "root")
    assert result.code == 3 and statuses(result)["tpm-banks"] == "unknown" and "pcr-sha256/4" in message(result, "tpm-banks")
    assert statuses(result)["log-replays"] == "unknown"


def test_links_within_the_copy_are_followed(machine):
    machine.write()
    os.makedirs(machine.boot / ("root/" + SECURITY + "integrity"))
    os.rename(machine.boot / ("root/" + SECURITY + "ima"), machine.boot / ("root/" + SECURITY + "integrity/ima"))
    os.symlink("integrity/ima", machine.boot / ("root/" + SECURITY + "ima"))
    result = machine.boot.run("doctor", "--json", "--root", "root/../root/.")
    assert result.code == 0 and statuses(result)["ima-replays"] == "ok"


@pytest.mark.parametrize("name", [*ONLY_FROM, SECURITY + "ima/policy", SECURITY + "ima/tpm_state", TPM + "pcr-sha256/4"])
@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"\x1b[2J\n" * 20, bytes(range(256)) * 8, b"A" * (1 << 21)],
                         ids=["empty", "zeros", "escapes", "every byte", "huge"])
def test_hostile_content_neither_crashes_nor_reaches_the_terminal(machine, name, content):
    machine.write()
    write(machine.boot / ("root/" + name), content)
    result = machine.boot.run("doctor", "--json", "--root", "root")
    assert result.code in (0, 1, 3) and result.err == "" and len(result.json["checks"]) == len(rows_of_source())
    text = machine.boot.run("doctor", "--color", "never", "--root", "root")
    assert text.code == result.code and not re.search(r"[^\n -~]", text.out)


def test_a_log_that_ends_in_the_middle_is_not_judged(machine):
    machine.write()
    whole = read(machine.boot / ("root/" + LOG))
    write(machine.boot / ("root/" + LOG), whole[:-1])
    result = machine.boot.run("doctor", "--json", "--root", "root")
    assert result.code == 3 and {statuses(result)[name] for name in ONLY_FROM[LOG]} == {"unknown"}
    assert "ends inside this record" in message(result, "log-replays")


def test_securityfs_that_is_not_mounted_is_unknown(machine):
    machine.write()
    shutil.rmtree(machine.boot / ("root/" + SECURITY))
    os.mkdir(machine.boot / ("root/" + SECURITY))
    result = machine.boot.run("doctor", "--json", "--root", "root")
    assert result.code == 3 and set(statuses(result).values()) == {"ok", "unknown"}
    for name in ("log", "ima", "ima-policy", "evm"):
        assert "securityfs is not mounted" in message(result, name)


def test_an_empty_copy_says_that_nothing_is_known(boot):
    os.mkdir(boot / "empty")
    result = boot.run("doctor", "--json", "--root", "empty")
    assert result.code == 3 and set(statuses(result).values()) == {"unknown"}


def test_keyrings_that_only_root_sees_are_unknown(machine):
    machine.files["proc/keys"] = "0a1b2c3d I--Q---     4 perm 1f3f0000  1000 65534 keyring   _ses: 1\n"
    result = machine.examine()
    assert result.code == 0 and "as root" in message(result, "keys-ima") and statuses(result)["keys-ca"] == "unknown"


def test_a_kernel_log_without_its_beginning_proves_nothing(machine):
    machine.files["var/log/dmesg"] = "[ 999.0] something else\n"
    assert statuses(machine.examine())["keys-refused"] == "unknown"


def test_a_policy_that_cannot_be_read_is_told_by_the_list(machine):
    machine.files[SECURITY + "ima/policy"] = None
    result = machine.examine()
    assert result.code == 0 and statuses(result)["ima-policy"] == "ok" and statuses(result)["ima-appraise"] == "unknown"


# ---- the command line of the command --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("words", [("word",), ("--root", "nowhere"), ("--root",), ("--tcti",), ("--json=1",), ("--root", "root", "--tpm", "x")])
def test_wrong_options_exit_2(machine, words):
    machine.write()
    result = machine.boot.run("doctor", *words)
    assert (result.code, result.out) == (2, "") and result.err


def test_colours_and_quiet_are_as_everywhere(machine):
    word(machine, "nokaslr")
    machine.write()
    loud = machine.boot.run("doctor", "--color", "always", "--root", "root").out
    assert "\x1b[33mwarning \x1b[0m cmdline-kaslr" in loud and "\x1b[32mok" in loud
    quiet = machine.boot.run("doctor", "-q", "--root", "root").out
    assert "\x1b" not in quiet and not re.search(r"^ok ", quiet, re.M) and len(quiet.splitlines()) == 4


def test_another_tpm_can_be_named_here_too(machine):
    machine.write()
    for path in (TPM, SECURITY + "tpm0"):
        os.rename(machine.boot / ("root/" + path), machine.boot / ("root/" + path.rstrip("/").replace("tpm0", "tpm5")))
    assert machine.boot.run("doctor", "--root", "root", "--tpm", "tpm5").code == 0
    assert machine.boot.run("doctor", "--root", "root", "--tpm", "tpm0").code == 2


# ---- the platform hierarchy: a TPM (swtpm) is asked -------------------------------------------------------------------------------

RH_PLATFORM, RH_NULL = 0x4000000C, 0x40000007
HIERARCHY_CONTROL, CHANGE_AUTH, CLEAR = 0x121, 0x129, 0x126


@pytest.fixture
def tpm(machine):
    machine.write()
    one = swtpm.Tpm(machine.boot.path)
    yield one
    one.close()


def platform(machine, tpm, *words):
    result = machine.boot.run("doctor", "--json", "--root", "root", "--tcti", tpm.tcti(machine.boot / "commands", *words))
    return result, statuses(result)["tpm-platform"], message(result, "tpm-platform")


def test_an_open_platform_hierarchy_is_an_error_and_nothing_is_left_behind(machine, tpm):
    result, status, _ = platform(machine, tpm)
    assert (result.code, status) == (1, E)
    sessions = tpm.ask(0x17A, [], struct.pack(">III", 1, 0x03000000, 16), auth=False)
    assert struct.unpack(">I", sessions[5:9])[0] == 0 and tpm.transient() == 0
    assert len(read(machine.boot / "commands").split()) == 4


def test_a_platform_hierarchy_with_an_authorization_value_is_in_order(machine, tpm):
    tpm.ask(CHANGE_AUTH, [RH_PLATFORM], struct.pack(">H4s", 4, b"word"))
    result, status, says = platform(machine, tpm)
    assert (result.code, status) == (0, "ok") and "with an authorization value" in says


def test_a_platform_hierarchy_that_is_disabled_is_in_order(machine, tpm):
    tpm.ask(HIERARCHY_CONTROL, [RH_PLATFORM], struct.pack(">IB", RH_PLATFORM, 0))
    result, status, says = platform(machine, tpm)
    assert (result.code, status) == (0, "ok") and "enabled" not in says
    assert len(read(machine.boot / "commands").split()) == 1


@pytest.mark.parametrize("how,command", [(how, command) for how in ("error", "gone", "short") for command in (1, 2, 3, 4)][:-1])
def test_a_tpm_that_fails_is_unknown(machine, tpm, how, command):
    """The answer to the fourth command, TPM2_FlushContext, is too short already."""
    result, status, _ = platform(machine, tpm, how, command)
    assert (result.code, status) == (0, "unknown")


def test_a_tpm_that_cannot_be_reached_is_unknown(machine):
    machine.write()
    result = machine.boot.run("doctor", "--json", "--root", "root", "--tcti", "swtpm:path=/nowhere")
    assert (result.code, statuses(result)["tpm-platform"]) == (0, "unknown") and "swtpm" in message(result, "tpm-platform")
