# SPDX-License-Identifier: BSD-2-Clause
"""Boots are made once, two at a time, and shared by all tests that name them with @needs(...)."""
import functools
import os
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "replay")]

import efi  # noqa: E402  (the path is set above)
import fetches  # noqa: E402
import ima  # noqa: E402
import lab  # noqa: E402
import sweep as sweeping  # noqa: E402
import tpmspecs  # noqa: E402
import ways  # noqa: E402

AT_A_TIME = 2
lab.SPECS.update(tpmspecs.SPECS)
lab.SPECS.update(ways.SPECS)
lab.SPECS.update(ima.SPECS)
lab.SPECS.update(efi.SPECS)
REPORTS = []


class Boots:
    """boots["name"] waits for that boot and gives its lab.Boot; all of a session are started in the order of first need."""

    def __init__(self, names, directory):
        self.pool, self.waiting = ThreadPoolExecutor(AT_A_TIME), ThreadPoolExecutor(len(fetches.JOBS) + len(ima.AFTER))
        self.directory, self.futures = directory, {}
        for name in names:
            self.start(name)

    def start(self, name):
        if name in self.futures:
            return
        if name in ima.AFTER:
            self.start(ima.AFTER[name])
            self.futures[name] = self.waiting.submit(self.after, self.futures[ima.AFTER[name]], name)
        elif name in fetches.JOBS:
            self.futures[name] = self.waiting.submit(fetches.job, name, self.directory)
        else:
            self.futures[name] = self.pool.submit(lab.boot, name, self.directory)

    def after(self, earlier, name):
        earlier.result()
        return self.pool.submit(lab.boot, name, self.directory).result()

    def __getitem__(self, name):
        return self.futures[name].result()

    def stop(self):
        self.pool.shutdown(cancel_futures=True)
        self.waiting.shutdown(cancel_futures=True)


def needed(items):
    names = []
    for item in items:
        for mark in item.iter_markers("needs"):
            names += [name for name in mark.args if name not in names]
    return names


@pytest.fixture(scope="session")
def boots(request):
    directory = pathlib.Path(lab.BUILD, "check", "boot", "runs" if lab.BOARD == "qemu-arm64" else "runs-" + lab.BOARD)
    made = Boots(needed(request.session.items), directory)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def sweep(boots):
    return sweeping.Sweep(boots.pool, pathlib.Path(lab.BUILD, "check", "boot", "sweep"))


@pytest.fixture(scope="session")
def left(boots):
    """left("booti"): what that way to boot left in RAM and TPM, read once."""
    return functools.lru_cache(None)(lambda name: ways.Left(boots["way-" + name]))


@pytest.fixture
def report():
    """Lines for the summary of `make check`: numbers worth reading, not verdicts."""
    return REPORTS.append


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(*names): the boots of lab.SPECS that the test looks at")


def pytest_terminal_summary(terminalreporter):
    for line in REPORTS:
        terminalreporter.write_line("report: " + line)
