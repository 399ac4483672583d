# SPDX-License-Identifier: BSD-2-Clause
"""CORPUS=DIR: logs of other machines, replayed by both against the FILE.pcrs beside them. Without CORPUS there is nothing here."""
import json
import os
import subprocess

import pytest
import replay

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TOOL = os.path.join(os.environ.get("BOOTCHAIN_BUILD") or os.path.join(TOP, "build"), "tools", "bootchain")
CORPUS = os.environ.get("CORPUS") or ""
NOTES = ("README", "README.md", "LICENSE")


def corpus_files():
    found = []
    for parent, _, names in sorted(os.walk(CORPUS)):
        found += [os.path.join(parent, n) for n in sorted(names) if n not in NOTES and not n.endswith(".pcrs")]
    return found


FILES = corpus_files() if CORPUS else []
WITH_PCRS = [f for f in FILES if os.path.exists(f + ".pcrs")]
# No placeholder test: a parameter set that is empty would count as skipped.
if CORPUS:
    @pytest.fixture(scope="module", params=WITH_PCRS, ids=lambda f: os.path.relpath(f, CORPUS))
    def known(request):
        return request.param, replay.parse_pcrs(replay.read(request.param + ".pcrs").decode())

    def replayed(file):
        return subprocess.run([TOOL, "replay", "--json", file], capture_output=True, text=True, check=False, timeout=60)

    def test_the_corpus_is_not_empty():
        assert WITH_PCRS, "%s has no log with a .pcrs beside it" % CORPUS

    def test_the_independent_replay_leads_to_the_known_pcrs(known):
        assert replay.judge_log(replay.read(known[0]), replay.read(known[0] + ".pcrs").decode()) == []

    def test_the_command_leads_to_the_known_pcrs(known):
        """A log that breaks off is exit 3, with the PCRs of what was whole."""
        done = replayed(known[0])
        assert done.returncode in (0, 3), done.stderr
        found = json.loads(done.stdout)["pcrs"]
        wrong = {(alg, pcr): found.get(alg, {}).get(str(pcr)) for alg, values in known[1].items() for pcr, value in values.items()
                 if found.get(alg, {}).get(str(pcr), replay.initial(alg, pcr).hex()) != value.hex() and not other_log(found, alg, pcr)}
        assert wrong == {}

    def other_log(found, alg, pcr):
        """PCR 10 beside a firmware log is IMA's: that list is not there."""
        return pcr == 10 and "10" not in found.get(alg, {}) and "0" in found.get(alg, {})

    @pytest.mark.parametrize("file", FILES, ids=lambda f: os.path.relpath(f, CORPUS))
    def test_the_command_reads_or_refuses_every_file(file):
        done = replayed(file)
        assert done.returncode in (0, 3), "exit %d: %s" % (done.returncode, done.stderr)
        assert (done.returncode == 0) == json.loads(done.stdout)["complete"]
        assert done.returncode == 0 or done.stderr
