# SPDX-License-Identifier: BSD-2-Clause
"""The commands that README names, as a person types them."""
import re

from lab import needs


@needs("make-run")
def test_make_run_ends_with_a_verdict(boots, report):
    run = boots["make-run"]
    assert run.status == 0, run.stdout + run.stderr
    steps = [tuple(map(int, m)) for m in re.findall(r"^\[ *(\d+)/(\d+)\]", run.stdout, re.M)]
    assert steps and [n for n, _ in steps] == list(range(1, steps[-1][1] + 1)), steps
    for words in ("consistent: ", "not checked: who signed, freshness, release"):
        assert words in run.stdout, run.stdout
    for bank in ("sha1", "sha256", "sha384", "sha512"):
        assert re.search(r"\b%s\b" % bank, run.stdout)
    report("make run, warm: %.0f s" % run.seconds)


@needs("make-run", "make-run-tampered")
def test_make_run_with_a_changed_part_ends_with_a_mismatch_that_names_it(boots):
    run = boots["make-run-tampered"]
    assert run.status != 0 and boots["make-run"].status == 0
    assert "mismatch: PCR 4" in run.stdout and "initrd" in run.stdout.split("What differs")[-1], run.stdout + run.stderr
    assert "consistent: " not in run.stdout
