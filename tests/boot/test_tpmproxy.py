# SPDX-License-Identifier: BSD-2-Clause
"""The proxy alone, between a fake swtpm and these tests as QEMU: each fault does what it is called, and nothing else."""
import hashlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

import pytest

HERE = pathlib.Path(__file__).parent
INIT, SHUTDOWN, CANCEL, STOP, SET_DATAFD, SET_BUFFERSIZE = 2, 3, 9, 14, 16, 17
EXTEND, READ_CLOCK = 0x182, 0x181
PATIENCE = 20


class Machine:
    """The proxy with a fake TPM behind it; we are QEMU in front of it."""

    def __init__(self, directory, *words, late=0):
        self.directory, self.words, self.late = pathlib.Path(directory), words, late

    def __enter__(self):
        self.fake = self.start(HERE / "fakeswtpm.py", self.path("swtpm"), self.path("trace"), str(self.late), until="swtpm")
        self.proxy = self.start(HERE / "tpmproxy.py", "--tpm", self.path("swtpm"), "--listen", self.path("proxy"), "--record",
                                self.path("record"), *self.words, until="proxy")
        self.control = self.connect("proxy")
        self.data, far_end = socket.socketpair()
        self.data.settimeout(PATIENCE)
        socket.send_fds(self.control, [struct.pack(">I", SET_DATAFD)], [far_end.fileno()])
        assert self.control.recv(100) == bytes(4)
        far_end.close()
        return self

    def __exit__(self, *_):
        for sock in (self.control, self.data):
            sock.close()
        for process in (self.proxy, self.fake):
            process.kill()
            process.wait()

    def path(self, name):
        return str(self.directory / name)

    def start(self, program, *words, until):
        process = subprocess.Popen([sys.executable, str(program), *words])
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.path(until)):
            assert process.poll() is None and time.monotonic() < end, "%s did not start" % program
            time.sleep(0.01)
        return process

    def connect(self, name):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE)
        sock.connect(self.path(name))
        return sock

    def ask(self, *numbers):
        for number in numbers:
            self.control.sendall(struct.pack(">I", number))
            assert self.control.recv(100) == bytes(4)

    def send(self, code, body=b""):
        self.data.sendall(struct.pack(">HII", 0x8001, 10 + len(body), code) + body)

    def answer(self, within=PATIENCE):
        """The answer's code; None when there is none in time, "closed" when the TPM has gone."""
        self.data.settimeout(within)
        try:
            got = self.data.recv(4096)
        except socket.timeout:
            return None
        return struct.unpack_from(">I", got, 6)[0] if got else "closed"

    def extend(self, value, **more):
        self.send(EXTEND, struct.pack(">I", 4) + bytes([value]) * 32)
        return self.answer(**more)

    def end(self):
        """QEMU lets go: the lines of the record, and what PCR 4 holds."""
        self.control.close()
        assert self.proxy.wait(PATIENCE) == 0
        lines = [json.loads(line) for line in pathlib.Path(self.path("record")).read_text().splitlines()]
        pcrs = lines[-1]["pcrs"]
        return lines[:-1], pcrs and pcrs["sha256"][4]

    def trace(self):
        return pathlib.Path(self.path("trace")).read_text().split("\n")


def extended(*values):
    pcr = bytes(32)
    for value in values:
        pcr = hashlib.sha256(pcr + bytes([value]) * 32).digest()
    return pcr.hex()


@pytest.fixture
def machine():
    """A factory; sockets have short names only, so the directory is not pytest's."""
    made = []

    def make(*words, init=True, **more):
        directory = tempfile.TemporaryDirectory(prefix="bootchain.")
        one = Machine(directory.name, *words, **more).__enter__()
        made.append((one, directory))
        if init:
            one.ask(STOP, SET_BUFFERSIZE, INIT)
        return one
    yield make
    for one, directory in made:
        one.__exit__()
        directory.cleanup()


def test_without_a_fault_everything_passes_and_is_recorded(machine):
    one = machine()
    assert [one.extend(v) for v in (1, 2)] == [0, 0]
    lines, pcr = one.end()
    assert pcr == extended(1, 2)
    assert [(l["n"], l["code"], l["executed"], l["fault"]) for l in lines] == [(1, EXTEND, True, None), (2, EXTEND, True, None)]
    assert lines[1]["command"].endswith("02" * 32) and lines[1]["answer"].startswith("8001")
    assert 0 <= lines[0]["took"] <= lines[1]["at"] - lines[0]["at"]


def test_a_swtpm_that_does_not_listen_yet_is_waited_for(machine):
    assert machine(late=2).extend(1) == 0


def test_what_qemu_asks_before_the_machine_starts_is_not_counted(machine):
    one = machine("--fault", "error@1", init=False)
    one.send(READ_CLOCK)
    assert one.answer() == 0
    one.ask(INIT)
    assert [one.extend(1), one.extend(2)] == [0x101, 0]
    assert [(l["n"], l["fault"]) for l in one.end()[0]] == [(1, "error"), (2, None)]


def test_an_answer_is_held_until_the_console_has_the_text(machine, tmp_path):
    console = tmp_path / "console"
    console.write_text("[ 1.0] something else\n")
    one = machine("--fault", "held@2", "--console", str(console), "--until", "waiting for it")
    assert [one.extend(1), one.extend(2, within=1)] == [0, None]
    console.write_text("[ 2.0] waiting for it\n")
    assert one.answer() == 0
    lines, pcr = one.end()
    assert pcr == extended(1, 2) and [line["fault"] for line in lines] == [None, "held"]


@pytest.mark.parametrize("fault,code", [("error@2", 0x101), ("error@2:922", 0x922)])
def test_an_error_is_answered_once_and_the_command_not_executed(machine, fault, code):
    one = machine("--fault", fault)
    assert [one.extend(v) for v in (1, 2, 3)] == [0, code, 0]
    lines, pcr = one.end()
    assert pcr == extended(1, 3) and [l["executed"] for l in lines] == [True, False, True]


@pytest.mark.parametrize("fault,left", [("silent@2", (1, 3)), ("lost@2", (1, 2, 3))])
def test_an_answer_is_withheld_until_the_command_is_cancelled(machine, fault, left):
    one = machine("--fault", fault)
    assert one.extend(1) == 0 and one.extend(2, within=0.5) is None
    one.ask(CANCEL)
    assert one.answer() == 0x909 and one.extend(3) == 0
    lines, pcr = one.end()
    assert pcr == extended(*left) and lines[1]["answer"] is None and lines[1]["executed"] == (2 in left)


def test_a_mute_tpm_stays_mute_and_keeps_its_pcrs(machine):
    one = machine("--fault", "mute@2")
    assert one.extend(1) == 0 and one.extend(2, within=0.3) is None
    one.ask(CANCEL)
    assert one.answer(within=0.3) is None
    assert one.end()[1] == extended(1)


def test_a_killed_swtpm_closes_the_channel(machine):
    one = machine("--fault", "kill@2")
    assert one.extend(1) == 0 and one.extend(2) == "closed"
    assert one.fake.wait(PATIENCE) == -9
    lines, pcr = one.end()
    assert pcr is None and [l["executed"] for l in lines] == [True, False]


def test_a_delay_is_kept_for_each_command(machine):
    one = machine("--delay", "60")
    began = time.monotonic()
    assert [one.extend(v) for v in (1, 2)] == [0, 0]
    assert time.monotonic() - began >= 0.12 and all(l["took"] >= 0.06 for l in one.end()[0])


@pytest.mark.parametrize("words,inits", [((), 2), (("--not-reset",), 1)])
def test_a_tpm_that_is_not_reset_does_not_hear_of_the_reset(machine, words, inits):
    one = machine(*words)
    one.ask(STOP, SET_BUFFERSIZE, INIT)
    assert one.extend(1) == 0
    one.ask(SHUTDOWN)
    trace = one.trace()
    assert [trace.count("control %d" % n) for n in (STOP, SET_BUFFERSIZE, INIT, SHUTDOWN)] == [inits, inits, inits, 1]


def test_the_pcrs_are_read_before_the_tpm_is_shut_down(machine):
    one = machine()
    one.extend(7)
    one.ask(SHUTDOWN)
    trace = one.trace()
    assert trace.index("control %d" % SHUTDOWN) > max(n for n, line in enumerate(trace) if line == "tpm %d" % 0x17E)
    assert one.end()[1] == extended(7)


@pytest.mark.parametrize("fault", ["silent", "silent@0", "lost@x", "nothing@1", "kill@1:5"])
def test_a_word_that_is_no_fault_is_refused(fault):
    done = subprocess.run([sys.executable, str(HERE / "tpmproxy.py"), "--tpm", "x", "--listen", "y", "--record", os.devnull,
                           "--fault", fault], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "is no fault" in done.stderr
