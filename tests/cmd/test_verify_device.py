# SPDX-License-Identifier: BSD-2-Clause
"""verify --device: the AK of an enrolled device, and whether the quote is newer than the last one."""
import json
import struct

import pytest

from conftest import read, write
from test_verify_quote import ACCEPT, NONCE, errors, quoted

__all__ = ["quoted"]


def device(boot, last=None, **more):
    content = {"schema": "bootchain/device/1", "ak": read(boot / "p256.pub").hex(), "note": "ignored"}
    if last is not None:
        content["last"] = last
    write(boot / "device.json", json.dumps({**content, **more}))


def check(boot, *words, quote="p256.msg", sig="p256.sig"):
    return boot.run("verify", "--json", "--quote", quote, "--signature", sig, "--device", "device.json", "--nonce", NONCE, *ACCEPT, *words,
                    "good.log", "ima.bin")


def test_the_ak_of_an_enrolled_device_is_said_to_be_so(quoted):
    device(quoted)
    result = check(quoted)
    assert (result.code, result.json["proven"]["ak"]) == (0, "enrolled")
    assert "quote by the AK enrolled" in result.json["sentence"]
    other = check(quoted, quote="p384.msg", sig="p384.sig")
    assert other.code == 1 and other.json["proven"]["ak"] == "none" and "QUOTE_SIGNATURE" in errors(other)


def times(boot):
    """Clock, resets and restarts of the quote, read from its bytes (Part 2, 10.12.8)."""
    message = read(boot / "p256.msg")
    at = 6
    for _ in range(2):
        at += 2 + struct.unpack(">H", message[at:at + 2])[0]
    return dict(zip(("clock", "resets", "restarts"), struct.unpack(">QII", message[at:at + 16])))


@pytest.mark.parametrize("change,old", [
    ({}, False), ({"clock": -1}, False), ({"clock": 1}, True), ({"resets": 1}, True), ({"restarts": 1}, True),
    ({"resets": 1, "clock": -1}, True), ({"resets": 1, "restarts": 0, "clock": 0}, True)])
def test_a_quote_that_is_older_than_the_last_one_is_named(quoted, change, old):
    now = times(quoted)
    last = {key: max(now[key] + change.get(key, 0), 0) for key in now}
    device(quoted, last)
    result = check(quoted)
    assert (result.code, "QUOTE_OLD" in errors(result)) == (int(old), old)


def test_after_a_reset_the_clock_may_be_anything(quoted):
    """More resets than last time: newer, whatever restarts and clock say."""
    now = times(quoted)
    assert now["resets"] > 0 or pytest.fail("the quote of the test data is from before the first reset")
    device(quoted, {"clock": now["clock"] + 10 ** 6, "resets": now["resets"] - 1, "restarts": now["restarts"] + 5})
    assert check(quoted).code == 0


@pytest.mark.parametrize("content", [
    b"", b"[]", b"{}", b"text", b'{"schema":"bootchain/device/2"}', b'{"schema":"bootchain/device/1"}', b'{"schema":"bootchain/device/1","ak":"0g"}',
    b'{"schema":"bootchain/device/1","ak":7}', b'{"schema":"bootchain/device/1","ak":"00"}', b'{"schema":"bootchain/device/1","ak":"' + b"00" * 2000 + b'"}'])
def test_a_device_file_that_is_none_is_not_judged_and_named(quoted, content):
    write(quoted / "device.json", content)
    result = check(quoted)
    assert result.code == 3
    assert (result.json["error"]["source"], result.json["error"]["where"]) == ("device.json", "local")


@pytest.mark.parametrize("last", [7, {}, {"clock": 1, "resets": 1}, {"clock": -1, "resets": 1, "restarts": 1}, {"clock": 1, "resets": 2 ** 32, "restarts": 1},
                                  {"clock": "1", "resets": 1, "restarts": 1}])
def test_a_last_quote_that_is_none_is_not_judged(quoted, last):
    device(quoted, last)
    result = check(quoted)
    assert result.code == 3 and "device.json" in result.json["sentence"]


def test_the_key_comes_from_one_place(quoted):
    device(quoted)
    assert check(quoted, "--ak", "p256.pub").code == 2
    assert quoted.run("verify", "--pcrs", "pcrs.txt", "--device", "device.json", "good.log").code == 2
