# SPDX-License-Identifier: BSD-2-Clause
"""EFI with keys: which PCR tells of them and of the mode, and that U-Boot starts what a key knows and nothing else.

No disk brings keys into U-Boot; they are built in. The U-Boot of these boots has a long text in their place, which each boot replaces.
"""
import struct
import uuid
import zlib

import efi
import lab
import pytest
import replay
import test_rows
import tiny
import ways
from lab import needs
from test_efi import KEYS, ROWS, each

PLACE = "Licenses/gpl-2.0.txt"
SYMBOLS = ("CONFIG_EFI_SECURE_BOOT=y", "CONFIG_EFI_VARIABLES_PRESEED=y", 'CONFIG_EFI_VAR_SEED_FILE="%s"' % PLACE)
# UEFI 2.10, 3.3, 32.4.1 and 32.6.1
GLOBAL, DATABASE, CERT_X509, CERT_SHA256 = (uuid.UUID(text).bytes_le for text in (
    "8be4df61-93ca-11d2-aa0d-00e098032b8c", "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
    "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", "c1c41626-504c-4092-aca9-41f936934328"))
# Boot services and run time; for keys: stored, and written with a signature and a time
VOLATILE, AUTHENTICATED = 0x06, 0x27
APPLICATION, OTHER = tiny.application(), tiny.application(says="tiny kernel: Started")


def signatures(kind, data):
    """An EFI_SIGNATURE_LIST of one signature; who owns it does not matter."""
    return kind + struct.pack("<III", 28 + 16 + len(data), 0, 16 + len(data)) + bytes(16) + data


def variables(*all_of_them):
    """U-Boot's file of variables (include/efi_variable.h), of (name, GUID, attributes, data)."""
    body = b""
    for name, guid, attributes, data in all_of_them:
        body += struct.pack("<IIQ", len(data), attributes, 0) + guid + name.encode("utf-16-le") + b"\0\0" + data
        body = body.ljust(len(body) + 7 & ~7, b"\0")
    return struct.pack("<Q8sII", 0, b"UbEfiVa\1", 24 + len(body), zlib.crc32(body)) + body


def keys(out, known):
    """{name: (GUID, data)}: one owner, and a database that knows one file."""
    ways.put_key(out, "owner")
    lab.must("openssl", "x509", "-in", out / "owner.crt", "-outform", "DER", "-out", out / "owner.der")
    owner = signatures(CERT_X509, replay.read(out / "owner.der"))
    return {"PK": (GLOBAL, owner), "KEK": (GLOBAL, owner),
            "db": (DATABASE, signatures(CERT_SHA256, replay.digest("sha256", efi.signed_parts(known))))}


def spec(known=None, deployed=False):
    def firmware(out):
        found = [(name, guid, AUTHENTICATED, data) for name, (guid, data) in keys(out, known).items()] if known else []
        found += [("DeployedMode", GLOBAL, VOLATILE, b"\1")] if deployed else []
        image = lab.another_uboot("efi-keys", *SYMBOLS).read_bytes()
        text = replay.read(lab.BUILD, "check", "u-boot", "efi-keys.build", "source", PLACE)
        seed = ways.put(out, "seed", variables(*found)).read_bytes().ljust(len(text), b"\0")
        assert image.count(text) == 1 and len(seed) == len(text)
        return ["--firmware", ways.put(out, "u-boot.bin", image.replace(text, seed))]
    return lambda out: efi.efi(out, (*efi.PLAIN, *efi.START, "reset"), firmware=firmware)


DEPLOYED = ["DeployedMode", "AuditMode"]
# {name: its boot, and whether the mode is in PCR 1}
BOOTS = {
    "efi-deployed": (spec(APPLICATION, True), True),
    "efi-user": (spec(APPLICATION), False),
    "efi-setup": (spec(), False),
    "efi-unknown": (spec(OTHER, True), True),
}
STARTED = [name for name in BOOTS if name != "efi-unknown"]
lab.SPECS.update({"way-" + name: boot for name, (boot, _) in BOOTS.items()})


def values(found):
    """{name: data} of the variables that tell of the keys and of the mode."""
    return dict(event.variable() for event in found.log.events[1:] if event.kind == replay.EV_EFI_VARIABLE_DRIVER_CONFIG)


@pytest.mark.parametrize("name", each(STARTED))
def test_the_mode_is_in_pcr_1_when_deployed_and_in_pcr_7_if_not(left, name):
    found = left(name)
    assert tiny.SAYS in found.boot.console and "failed" not in found.boot.console
    rows, expected = found.rows(), dict(ROWS["efi"])
    if BOOTS[name][1]:
        expected[1] = [expected[1][0], *DEPLOYED, *expected[1][1:]]
        expected[7] = [key for key in KEYS if key not in DEPLOYED]
    assert rows == expected


@pytest.mark.parametrize("name", each(BOOTS))
def test_what_is_measured_of_the_keys_is_what_is_there(left, name):
    found = left(name)
    there = replay.read(found.boot.out, "seed")
    value = values(found)
    with_keys = name != "efi-setup"
    assert (value["SecureBoot"], value["DeployedMode"], value["AuditMode"]) == (
        bytes([with_keys]), bytes([BOOTS[name][1]]), b"\0")
    for key in ("PK", "KEK", "db"):
        assert bool(value[key]) == with_keys and value[key] in there, key
    assert value["dbx"] == b""


@pytest.mark.parametrize("name", each(STARTED))
def test_the_tpm_holds_what_the_log_with_keys_says_in_every_bank(left, name, tmp_path):
    found = left(name)
    assert found.record.holds_what_was_extended() and replay.check_own_digests(found.log) + replay.check_closed(found.log) == []
    for alg in replay.ALGS:
        assert found.log.replay(alg) == {pcr: found.record.pcrs[alg][pcr] for pcr in range(8)}
    ways.eventlog_agrees(found, tmp_path)


@needs("way-efi-unknown", "way-efi-deployed")
def test_what_no_key_knows_is_not_started(left):
    found = left("efi-unknown")
    assert tiny.SAYS not in found.boot.console and "Image not authenticated" in found.boot.console
    assert tiny.SAYS in left("efi-deployed").boot.console


@needs("way-efi-deployed")
def test_each_row_of_the_deployed_mode_has_an_event(left):
    rows = test_rows.rows_of_page(test_rows.PAGE.read_text(encoding="utf-8"), "In deployed mode")
    events = left("efi-deployed").log.events[1:]
    found = [ways.row_of(event) for row in rows for event in events if test_rows.of_row(row, event)]
    assert found == DEPLOYED and len(rows) == 1
