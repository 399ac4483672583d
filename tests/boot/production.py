# SPDX-License-Identifier: BSD-2-Clause
"""PROFILE=production: the kernel that no word on the command line weakens. `make check-full` builds it in a directory of its own."""
import ima
import lab
import pytest
from lab import needs

DENIED = "Permission denied"
WORDS = "ima_policy=tcb bootchain.signed-policy=embedded"
lab.SPECS.update({
    "production": lambda out: [],
    "production-tries": ima.ima_boot(WORDS + " ima_appraise=off evm=fix", "production"),
    "production-unsigned": ima.ima_boot(WORDS.replace("embedded", "unsigned"), "production"),
})


@needs("production")
def test_the_image_runs_and_the_verdict_holds(boots):
    boot = boots["production"]
    assert boot.verify()[1]["verdict"] == "consistent" and "bootchain: policy: /root/etc/ima/embedded" in boot.console


@needs("production-tries")
@pytest.mark.parametrize("name", ("content", "unsigned", "mode"))
def test_no_word_turns_appraisal_off(boots, name):
    boot = boots["production-tries"]
    assert b"ima_appraise=off" in boot.read("cmdline.txt")
    status, said = ima.tries(boot)[name]
    assert status == 126 and DENIED in said
    assert ima.tries(boot)["good"] == (0, "ran good")


@needs("production-tries")
def test_no_second_policy_and_no_other_key_for_evm(boots):
    said = ima.tries(boots["production-tries"])
    # It can be read, and not written any more.
    assert said["policy-signed"][0] != 0 and "Device or resource busy" in said["policy-signed"][1] and said["policy-there"][0] == 0
    assert said["evm-hmac"][0] != 0 and "Operation not permitted" in said["evm-hmac"][1]
    assert said["evm"] == (0, "2")


@needs("production-tries")
def test_the_kernel_is_locked_down(boots):
    assert "[integrity]" in ima.tries(boots["production-tries"])["lockdown"][1]


@needs("production-unsigned")
def test_an_unsigned_policy_is_refused(boots):
    boot = boots["production-unsigned"]
    assert boot.status == 1 and "bootchain: failed: the kernel refuses the policy /root/etc/ima/unsigned" in boot.console
