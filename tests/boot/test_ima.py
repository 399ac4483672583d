# SPDX-License-Identifier: BSD-2-Clause
"""IMA and EVM on the running system: each behaviour with its exact error, what the audit message says, and its good twin."""
import json
import re

import ima
import lab
import pytest
from lab import needs

DENIED, NOT_PERMITTED, RAN = "Permission denied", "Operation not permitted", "ran "


def refused(boot, name, cause, text=DENIED):
    """It did not run, with this errno, and the audit message has this cause."""
    status, said = ima.tries(boot)[name]
    assert status in (126, 1, 127) and text in said and RAN not in said, (status, said)
    assert ("appraise_data", cause) in ima.audit(boot, "/opt/" + name), (name, ima.audit(boot, "/opt/" + name))


def ran(boot, *names):
    for name in names:
        status, said = ima.tries(boot)[name]
        assert status == 0 and said.startswith(RAN), (name, status, said)


# ---- measuring ------------------------------------------------------------------------------------------------------

@needs("ima-tcb")
def test_tcb_measures_what_is_executed_mapped_and_read_by_root_and_nothing_else(boots):
    boot = boots["ima-tcb"]
    ran(boot, "run")
    listed = ima.paths(boot)
    assert {"/opt/good", "/bin/getfattr", "/etc/read-by-root"} <= set(listed)
    assert any(path.endswith("/libc.so.6") for path in listed)
    status, said = ima.tries(boot)["read-user"]
    assert (status, said) == (0, "u") and "/etc/read-by-user" not in listed


@needs("ima-tcb", "ima-union")
@pytest.mark.parametrize("name, files", (("ima-tcb", ["tcb"]), ("ima-union", ["tcb", "appraise-tcb"])))
def test_our_policy_files_are_what_the_kernel_has_built_in(boots, name, files):
    """Several ima_policy= are a union: measuring comes first, then appraising."""
    shown = ima.policy_shown(boots[name])
    assert [re.sub(r"\s+", " ", line) for line in shown] == [rule for file in files for rule in ima.policy_file(file)]


# ---- appraise_tcb ---------------------------------------------------------------------------------------------------

@needs("ima-union")
def test_appraise_tcb_refuses_files_of_root_without_a_label(boots):
    boot = boots["ima-union"]
    refused(boot, "unsigned", "missing-hash")
    ran(boot, "good", "of-user")
    assert ima.tries(boot)["read-signed"][0] == 0


@needs("ima-union", "ima-embedded")
def test_appraise_tcb_is_too_strict_for_data_that_change_and_the_embedded_policy_is_not(boots):
    strict, embedded = ima.tries(boots["ima-union"]), ima.tries(boots["ima-embedded"])
    for name in ("machine-id", "random-seed", "ld.so.cache"):
        assert strict["read-" + name][0] == 1 and DENIED in strict["read-" + name][1]
        assert embedded["write-" + name][0] == 0 and embedded["read-" + name] == (0, "0123456789abcdef")


@needs("ima-union")
def test_a_signed_file_cannot_be_opened_for_writing(boots):
    said = ima.tries(boots["ima-union"])
    assert said["write-signed"][0] != 0 and DENIED in said["write-signed"][1]
    assert said["read-signed"] == (0, "s")
    assert said["write-new"][0] == 0


@needs("ima-union")
def test_content_changed_offline_is_refused(boots):
    refused(boots["ima-union"], "content", "invalid-signature")
    ran(boots["ima-union"], "good")


@needs("ima-hash")
def test_where_only_hashes_are_used_a_file_changed_with_its_hash_runs(boots):
    """Why there are signatures: the hash is in the attribute, and who changes the file changes that, too."""
    boot = boots["ima-hash"]
    refused(boot, "hash-old", "invalid-hash")
    status, said = ima.tries(boot)["hash-new"]
    assert (status, said) == (0, "ran Hash-new")
    # A signature is refused if its key is not the kernel's, also where EVM does not look first.
    refused(boot, "other-key", "invalid-signature")
    assert ima.tries(boot)["evm"] == (0, "0")


# ---- the embedded policy, EVM -----------------------------------------------------------------------------------------

@needs("ima-embedded")
def test_what_is_not_signed_or_changed_is_refused(boots):
    boot = boots["ima-embedded"]
    ran(boot, "good", "good-still")
    for name, cause in (("unsigned", "IMA-signature-required"), ("content", "invalid-signature"), ("other-key", "invalid-fail-immutable"),
                        ("owner", "invalid-fail-immutable")):
        refused(boot, name, cause)


@needs("ima-embedded")
def test_metadata_changed_offline_is_refused_with_eacces_and_may_be_put_back(boots):
    """Linux 6.12 says EACCES when such a file is used, not EPERM; a change of metadata that do not fit anyhow is allowed."""
    boot = boots["ima-embedded"]
    assert ("appraise_data", "invalid-fail-immutable") in ima.audit(boot, "/opt/mode")
    said = [line for line in boot.console.splitlines() if line.startswith("TRY mode ")]
    assert len(said) == 2 and DENIED in said[0] and said[1].startswith("TRY mode 0 ran mode")
    assert ima.tries(boot)["mode-back"][0] == 0


@needs("ima-embedded")
def test_evm_is_on_and_metadata_of_signed_files_cannot_be_changed(boots):
    said = ima.tries(boots["ima-embedded"])
    assert said["evm"] == (0, "2")
    for name in ("chmod", "chown", "setxattr"):
        assert said[name][0] == 1 and NOT_PERMITTED in said[name][1], (name, said[name])
    assert said["chmod-same"][0] == 0


@needs("ima-embedded")
def test_attributes_are_shown_on_the_target(boots):
    status, said = ima.tries(boots["ima-embedded"])["attributes"]
    # IMA: signature, version 2, sha256; EVM: portable signature, version 2, sha256
    assert status == 0 and re.search(r"security\.ima=0x030204[0-9a-f]{100,}", said) and re.search(r"security\.evm=0x050204[0-9a-f]{100,}", said)


@needs("ima-embedded")
def test_an_unsigned_library_is_refused_and_a_signed_one_is_not(boots):
    said = ima.tries(boots["ima-embedded"])
    assert said["library-unsigned"] == (
        127, "keyctl: error while loading shared libraries: libkeyutils.so.1: failed to map segment from shared object")
    assert ("appraise_data", "IMA-signature-required") in ima.audit(boots["ima-embedded"], "/libkeyutils.so.1")
    assert said["library"][0] == 0


@needs("ima-embedded")
def test_memory_is_no_way_around_and_interpreters_are(boots):
    said = ima.tries(boots["ima-embedded"])
    assert said["tmpfs"][0] == 126 and DENIED in said["tmpfs"][1]
    # The limit that kernel/policy/README.md states.
    assert said["interpreted"] == (0, "ran unsigned")


@needs("ima-embedded")
def test_the_next_policy_must_be_signed_and_is_appended(boots):
    boot = boots["ima-embedded"]
    said = ima.tries(boot)
    for name in ("policy-text", "policy-unsigned"):
        assert said[name][0] != 0 and DENIED in said[name][1], (name, said[name])
    assert said["policy-signed"][0] == 0
    assert [re.sub(r"\s+", " ", line) for line in ima.policy_shown(boot)] == ima.policy_file("embedded") + ima.policy_file("appraise-all")
    assert said["all-good"] == (0, "ran good") and said["all-unsigned"][0] == 126 and DENIED in said["all-unsigned"][1]
    assert said["all-library"][0] == 0 and "libkeyutils.so.1: failed to map" in said["all-library-unsigned"][1]


@needs("ima-group")
def test_files_of_the_excepted_group_may_change_and_others_not(boots):
    boot = boots["ima-group"]
    ran(boot, "good", "group")
    assert ima.tries(boot)["group"][1] == "ran group more"
    refused(boot, "unsigned", "IMA-signature-required")


@needs("ima-log")
def test_log_runs_everything_and_says_what_it_would_refuse(boots):
    boot = boots["ima-log"]
    ran(boot, "good", "unsigned", "mode")
    assert ima.tries(boot)["content"] == (0, "ran Content")
    assert ("appraise_data", "invalid-signature") in ima.audit(boot, "/opt/content")
    assert not ima.audit(boot, "/opt/good")


@needs("ima-off")
def test_off_runs_everything(boots):
    """With a policy loaded later Linux 6.12 looks all the same, and says what it would refuse."""
    boot = boots["ima-off"]
    ran(boot, "good", "unsigned", "mode")
    assert ima.tries(boot)["content"] == (0, "ran Content")
    # It is part of what firmware measured.
    assert b"ima_appraise=off" in boot.read("cmdline.txt")


# ---- keys -----------------------------------------------------------------------------------------------------------

@needs("ima-untrusted", "good")
def test_a_certificate_that_the_ca_has_not_signed_is_not_loaded(boots):
    boot = boots["ima-untrusted"]
    assert "integrity: Problem loading X.509 certificate -126" in boot.console and boot.status == 1
    # Nothing is signed with a key that the kernel has: not even /sbin/init runs.
    assert "integrity: Request for unknown key" in boot.console and "switch_root: can't execute '/sbin/init': " + DENIED in boot.console
    assert not (boot.out / "evidence").exists()
    assert "Problem loading X.509" not in boots["good"].console


@needs("ima-keyctl")
def test_the_initramfs_can_load_the_certificates_with_keyctl(boots):
    boot = boots["ima-keyctl"]
    assert "keyctl failed" not in boot.console
    ran(boot, "good")
    refused(boot, "unsigned", "IMA-signature-required")


@needs("ima-swapped-ca", "good")
def test_a_ca_swapped_with_all_its_signatures_passes_appraisal_and_shows_in_the_firmware_log(boots):
    """Why the two worlds are joined: appraisal trusts the kernel's CA, and who replaces that is seen by the verifier only."""
    boot, good = boots["ima-swapped-ca"], boots["good"]
    assert boot.status == 0 and not ima.audit(boot, "/sbin/init")
    assert boot.verify()[1]["verdict"] == "consistent"
    status, verdict = boot.verify(firmware_log=good.evidence / "firmware.log")
    assert status == 1 and 4 in {finding.get("pcr") for finding in verdict["findings"]}
    said = lab.tool("diff", good.evidence / "firmware.log", boot.evidence / "firmware.log").stdout
    assert lab.says_differs(said, "PCR 4: kernel"), said


# ---- a root that is written ------------------------------------------------------------------------------------------

@needs("ima-fix", "ima-fixed")
def test_fix_labels_what_is_used_and_enforce_then_enforces(boots):
    fix, fixed = boots["ima-fix"], boots["ima-fixed"]
    ran(fix, "unsigned")
    assert ima.hash_label((ima.SCRIPT % "unsigned").encode()).hex() in ima.tries(fix)["label"][1]
    ran(fixed, "unsigned")
    refused(fixed, "never-used", "missing-hash")
    assert "ima_appraise=fix" not in fixed.console


@needs("ima-fix", "ima-fixed")
def test_fix_never_replaces_a_signature(boots):
    fix, fixed = boots["ima-fix"], boots["ima-fixed"]
    assert "security.ima=0x030204" in ima.tries(fix)["signature"][1]
    refused(fixed, "content", "invalid-signature")


@needs("ima-evm-fix", "ima-fix")
def test_evm_fix_with_a_key_for_hmacs_labels_what_is_used(boots):
    """Type 02 is an HMAC: such a file's metadata may be changed, its HMAC follows. Without evm=fix and key there is none."""
    boot = boots["ima-evm-fix"]
    assert "failed" not in boot.console
    said = ima.tries(boot)
    ran(boot, "unsigned")
    assert re.search(r"security\.evm=0x02[0-9a-f]{40}\b", said["label"][1]) and said["chmod"][0] == 0
    assert "security.evm=0x05" in said["signature"][1]
    assert "security.evm" not in ima.tries(boots["ima-fix"])["label"][1]


@needs("ima-update", "ima-updated")
def test_a_package_is_updated_while_the_system_runs_and_after_a_reboot(boots):
    update, updated = boots["ima-update"], boots["ima-updated"]
    before, after = re.findall(r"^TRY package 0 (.*?) *$", update.console, re.M)
    assert (before, after) == ("ran package", "ran the next package")
    said = ima.tries(update)
    assert said["unlabelled"][0] == 126 and said["set-ima"][0] == said["set-evm"][0] == 0
    assert ima.tries(updated)["package"] == (0, "ran the next package")


@needs("ima-no-tpm", "ima-embedded")
def test_without_a_tpm_appraisal_goes_on_and_it_is_said_that_there_is_none(boots):
    boot = boots["ima-no-tpm"]
    assert "ima: No TPM chip found, activating TPM-bypass!" in boot.console and "bootchain: TPM: none" in boot.console
    ran(boot, "good")
    refused(boot, "unsigned", "IMA-signature-required")
    # There is nothing that could be proved, so no evidence is sent.
    assert boot.status == 1 and "bootchain collect: nothing in /sys/class/tpm: no TPM" in boot.console
    assert "bootchain: TPM: 2.0" in boots["ima-embedded"].console


# ---- doctor on the target -----------------------------------------------------------------------------------------------

def doctor(boot):
    """(exit, {check: status}, {check: message}) of `bootchain doctor --json` in the guest."""
    status, said = ima.tries(boot)["doctor"]
    checks = json.loads(said)["checks"]
    return status, {check["name"]: check["status"] for check in checks}, {check["name"]: check["message"] for check in checks}


@needs("ima-embedded")
def test_doctor_finds_the_machine_in_order_and_knows_all_of_it(boots):
    status, found, says = doctor(boots["ima-embedded"])
    assert (status, {name: (what, says[name]) for name, what in found.items() if what != "ok"}) == (0, {})
    assert "driver tpm_tis" in says["tpm"] and "sha1, sha256, sha384, sha512" in says["tpm-banks"]
    assert "the firmware log is the one that the kernel recorded" in says["log-replays"]


@needs("ima-log", "ima-embedded")
def test_doctor_names_a_command_line_that_weakens_appraisal(boots):
    status, found, says = doctor(boots["ima-log"])
    assert (status, {name for name, what in found.items() if what != "ok"}) == (1, {"cmdline-appraise"})
    assert says["cmdline-appraise"].endswith("ima_appraise=log")


@needs("ima-no-tpm", "ima-embedded")
def test_doctor_says_that_there_is_no_tpm_and_what_the_tree_says(boots):
    status, found, says = doctor(boots["ima-no-tpm"])
    assert status == 1 and {name for name, what in found.items() if what == "error"} == {"tpm", "ima-tpm"}
    assert "the tree has none" in says["tpm"] and found["log-replays"] == found["tpm-platform"] == "unknown"


# ---- the image ------------------------------------------------------------------------------------------------------

@needs("good", "ima-erofs")
@pytest.mark.parametrize("name", ("good", "ima-erofs"))
def test_the_image_runs_from_its_signed_root_and_the_verdict_holds(boots, name):
    boot = boots[name]
    listed = ima.paths(boot)
    assert "/sbin/init" in listed and "/bin/bootchain" in listed and "bootchain: policy: /etc/ima/embedded" in boot.console
    assert boot.verify()[1]["verdict"] == "consistent"
    done = lab.tool("verify", "--json", "--pcrs", boot.evidence / "pcrs.txt", "--firmware-log", boot.evidence / "firmware.log", "--ima-log",
                    boot.evidence / "ima.log", "--cert", lab.keys() / "x509_ima.der")
    findings = json.loads(done.stdout)["findings"]
    # What the initramfs ran has no attributes; everything behind the switch to the root has a good signature.
    switch = len(listed) - listed[::-1].index("/sbin/init")
    assert {finding["code"] for finding in findings} == {"IMA_UNSIGNED"}
    assert all(finding["event"] < switch for finding in findings) and len(listed) > switch


@pytest.mark.parametrize("name", ("lax", "#", "m.*", "log fix", "/"))
def test_a_profile_that_is_none_is_refused(name):
    done = lab.run(lab.TOP + "/board/image/image.sh", env=dict(lab.ENV, PROFILE=name))
    assert done.returncode == 1 and "PROFILE=%s is not known: use one of measure fix log enforce production" % name in done.stderr
