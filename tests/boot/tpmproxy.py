#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands between QEMU (-tpmdev emulator) and swtpm: records every TPM command, and delays, fails or withholds some.

    tpmproxy.py --tpm SOCKET --listen SOCKET --record FILE [--delay MS] [--fault KIND@N]... [--not-reset]
                [--played FILE] [--forgets] [--console FILE --until TEXT]

QEMU connects to --listen as it would to swtpm's control socket. --fault makes command N go wrong. They count from 1
and from the machine's start: what QEMU itself asks before that, to see what TPM it has, is passed on and not recorded.

    error@N or error@N:CODE   it is not executed, its answer is this code (hexadecimal; default 101, TPM_RC_FAILURE)
    silent@N                  it is not executed and not answered; after the firmware has cancelled it, the TPM works again
    lost@N                    it is executed, its answer is lost; after the firmware has cancelled it, the TPM works again
    mute@N                    it is not executed and never answered, so no other follows
    kill@N                    swtpm is killed when it arrives
    late@N or late@N:MS       it is executed, and answered after that many milliseconds (default 3000)
    held@N                    it is executed, and answered when FILE has TEXT (--console, --until)

--delay: a command takes this long at least (10 ms stands for a real TPM on an SPI bus).
--not-reset: a reset of the machine does not reset the TPM.
--played: before command 1, the TPM is started and gets the events of this firmware log; those commands are not recorded.
--forgets: a TPM that was told to keep its state while the machine sleeps loses it: after that command it is switched off
and on, started anew, and has no PCRs any more.

FILE is JSON Lines; times are seconds of the monotonic clock:
    {"n", "at", "took", "code", "command", "answer", "executed", "fault"}   one line for each command
    {"pcrs": {alg: [hex of PCR 0, ...]} or null}                            last: what swtpm holds when QEMU lets go of it
"""
import argparse
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "replay"))

import replay  # noqa: E402  (the path is set above)

# swtpm's tpm_ioctl.h, "commands used by the UnixIO and socket interfaces"
CMD_INIT, CMD_SHUTDOWN, CMD_CANCEL, CMD_STOP, CMD_SET_DATAFD, CMD_SET_BUFFERSIZE = 2, 3, 9, 14, 16, 17
# What QEMU sends when the machine starts or is reset.
AT_RESET = (CMD_STOP, CMD_SET_BUFFERSIZE, CMD_INIT)
HEADER = struct.Struct(">HII")
NO_SESSIONS, CC_PCR_READ, RC_FAILURE, RC_CANCELED = 0x8001, 0x17E, 0x101, 0x909
BANKS = {"sha1": 0x04, "sha256": 0x0B, "sha384": 0x0C, "sha512": 0x0D}
PCR_COUNT, MOST_BYTES, CONNECT_LIMIT = 24, 65536, 10
KINDS = ("error", "silent", "lost", "mute", "kill", "late", "held")
LATE_MS = 3000
# TPM2_Startup(CLEAR); TPM2_Shutdown(STATE); the authorization of a TPM2_PCR_Extend: an empty password.
STARTUP_CLEAR, SHUTDOWN_STATE = bytes.fromhex("80010000000c00000144" "0000"), bytes.fromhex("80010000000c00000145" "0001")
NO_PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
SESSIONS, CC_PCR_EXTEND = 0x8002, 0x182


def read_exactly(sock, count):
    """That many bytes, or None when the other side has closed."""
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            return None
        data += more
    return data


def read_message(sock):
    """A TPM command or answer as its header tells its length; None at the end, or when that is no header."""
    header = read_exactly(sock, HEADER.size)
    if header is None:
        return None
    size = HEADER.unpack(header)[1]
    if not HEADER.size <= size <= MOST_BYTES:
        return None
    rest = read_exactly(sock, size - HEADER.size)
    return None if rest is None else header + rest


def failure(code):
    return HEADER.pack(NO_SESSIONS, HEADER.size, code)


class Fault:
    def __init__(self, text):
        match = re.fullmatch(r"(%s)@([1-9]\d*)(?::([0-9a-f]+))?" % "|".join(KINDS), text)
        if not match or match[3] and match[1] not in ("error", "late"):
            raise argparse.ArgumentTypeError("`%s` is no fault: KIND@N with KIND one of %s" % (text, ", ".join(KINDS)))
        self.kind, self.number, self.code = match[1], int(match[2]), int(match[3] or "%x" % RC_FAILURE, 16)
        self.delay = int(match[3] or LATE_MS) / 1000 if self.kind == "late" else 0


class Tpm:
    """Our end of the data channel: one command at a time, whoever sends it."""

    def __init__(self):
        self.sock, self.far_end = socket.socketpair()
        self.lock = threading.Lock()

    def execute(self, command):
        """The answer, or None when swtpm has gone."""
        with self.lock:
            try:
                self.sock.sendall(command)
                return read_message(self.sock)
            except OSError:
                return None

    def pcrs(self):
        """{alg: [hex]} of every bank that is active; None when the TPM has gone or is not started."""
        banks = {}
        for alg, number in BANKS.items():
            values = []
            while len(values) < PCR_COUNT:
                wanted = ((1 << 8) - 1 << len(values)).to_bytes(3, "little")
                answer = self.execute(struct.pack(">HIIIHB3s", NO_SESSIONS, 20, CC_PCR_READ, 1, number, 3, wanted))
                if answer is None or HEADER.unpack_from(answer)[2]:
                    return None
                more = digests(answer)
                if not more:
                    break
                values += more
            if values:
                banks[alg] = values
        return banks


def digests(answer):
    """The TPML_DIGEST of an answer to TPM2_PCR_Read; empty when its selection is (a bank that is not active)."""
    at = HEADER.size + 4
    (selections,), at = struct.unpack_from(">I", answer, at), at + 4
    for _ in range(selections):
        at += 3 + answer[at + 2]
    (count,), at = struct.unpack_from(">I", answer, at), at + 4
    found = []
    for _ in range(count):
        (size,) = struct.unpack_from(">H", answer, at)
        found.append(answer[at + 2:at + 2 + size].hex())
        at += 2 + size
    return found


def connect(path):
    """swtpm's socket has its name for a moment before swtpm listens."""
    sock = socket.socket(socket.AF_UNIX)
    end = time.monotonic() + CONNECT_LIMIT
    while True:
        try:
            sock.connect(path)
            return sock
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


class Proxy:
    def __init__(self, options):
        self.options, self.record = options, open(options.record, "w", encoding="ascii")
        self.qemu, self.swtpm, self.tpm = None, None, None
        self.number, self.cancelled = 0, threading.Event()
        self.first_answers, self.ended = {}, False
        self.lock = threading.Lock()

    def note(self, **fields):
        with self.lock:
            if not self.ended:
                self.record.write(json.dumps(fields) + "\n")
                self.record.flush()

    # ---- data channel: a thread of its own, as a command may be withheld while QEMU cancels it

    def serve_data(self, qemu):
        while (command := read_message(qemu)) is not None:
            if CMD_INIT in self.first_answers:
                if self.number == 0 and self.options.played:
                    self.play(replay.FirmwareLog(replay.read(self.options.played)))
                self.number += 1
                answer = self.handle(command)
            else:
                answer = self.tpm.execute(command)
            try:
                if answer is None:
                    break
                qemu.sendall(answer)
            except OSError:
                break
        # QEMU sees what it sees when swtpm ends.
        qemu.close()

    def handle(self, command):
        """Execute, fail or withhold one command: its answer, or None when there is no TPM any more."""
        number, began = self.number, time.monotonic()
        fault = next((f for f in self.options.fault if f.number == number), None)
        kind = fault and fault.kind
        self.cancelled.clear()
        if kind == "kill":
            self.kill_swtpm()
        answer = None
        if kind == "held":
            self.wait_for_console()
        if kind in (None, "lost", "late", "held"):
            time.sleep(fault.delay if kind == "late" else self.options.delay / 1000)
            answer = self.tpm.execute(command)
        given = failure(fault.code) if kind == "error" else answer
        self.note(n=number, at=began, took=time.monotonic() - began, code=HEADER.unpack_from(command)[2], command=command.hex(),
                  answer=given.hex() if given is not None and kind != "lost" else None,
                  executed=answer is not None and HEADER.unpack_from(answer)[2] == 0, fault=kind)
        if self.options.forgets and command == SHUTDOWN_STATE:
            self.ask(struct.pack(">II", CMD_INIT, 0))
            self.tpm.execute(STARTUP_CLEAR)
        if kind in ("silent", "lost"):
            self.cancelled.wait()
            return failure(RC_CANCELED)
        if kind == "mute":
            threading.Event().wait()
        return given

    def wait_for_console(self):
        while self.options.until.encode() not in replay.read(self.options.console):
            time.sleep(0.1)

    def play(self, log):
        """What a firmware does that leaves this log."""
        self.must(STARTUP_CLEAR)
        for event in log.events:
            if event.kind == replay.EV_NO_ACTION:
                continue
            digests_of = b"".join(struct.pack(">H", BANKS[alg]) + value for alg, value in event.digests.items())
            body = struct.pack(">I", event.pcr) + NO_PASSWORD + struct.pack(">I", len(event.digests)) + digests_of
            self.must(HEADER.pack(SESSIONS, HEADER.size + len(body), CC_PCR_EXTEND) + body)

    def must(self, command):
        answer = self.tpm.execute(command)
        if answer is None or HEADER.unpack_from(answer)[2]:
            raise RuntimeError("the TPM refuses %s: %s" % (command.hex(), answer and answer.hex()))

    def kill_swtpm(self):
        """The process that listens at the other end of the control channel."""
        credentials = self.swtpm.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid = struct.unpack("3i", credentials)[0]
        os.kill(pid, signal.SIGKILL)

    # ---- control channel

    def serve_control(self):
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.qemu, MOST_BYTES, 1)
            if not message:
                return
            (command,) = struct.unpack_from(">I", message)
            if command == CMD_SHUTDOWN:
                self.finish()
            elif command == CMD_CANCEL:
                self.cancelled.set()
            elif self.options.not_reset and command in AT_RESET and CMD_INIT in self.first_answers:
                self.qemu.sendall(self.first_answers[command])
                continue
            answer = self.take_data_channel(message, descriptors) if command == CMD_SET_DATAFD else self.ask(message)
            if not answer:
                return
            self.first_answers[command] = answer
            self.qemu.sendall(answer)

    def ask(self, message, descriptors=()):
        socket.send_fds(self.swtpm, [message], descriptors)
        return self.swtpm.recv(MOST_BYTES)

    def take_data_channel(self, message, descriptors):
        """QEMU hands over its end of the data channel: keep it, and give swtpm an end of ours."""
        if not descriptors:
            return None
        self.tpm = Tpm()
        answer = self.ask(message, [self.tpm.far_end.fileno()])
        self.tpm.far_end.close()
        threading.Thread(target=self.serve_data, args=(socket.socket(fileno=descriptors[0]),), daemon=True).start()
        return answer

    def finish(self):
        """The last line of the record; once."""
        self.note(pcrs=self.tpm.pcrs() if self.tpm else None)
        with self.lock:
            self.ended = True

    def run(self):
        self.swtpm = connect(self.options.tpm)
        listener = socket.socket(socket.AF_UNIX)
        # Under its name only when it listens: who sees it can connect.
        listener.bind(self.options.listen + ".new")
        listener.listen(1)
        os.rename(self.options.listen + ".new", self.options.listen)
        self.qemu, _ = listener.accept()
        try:
            self.serve_control()
        except OSError:
            pass  # One of the two has gone; that is the end of the other's channel too.
        finally:
            self.finish()


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tpm", required=True)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--record", required=True)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--fault", type=Fault, action="append", default=[])
    parser.add_argument("--not-reset", action="store_true")
    parser.add_argument("--played")
    parser.add_argument("--forgets", action="store_true")
    parser.add_argument("--console")
    parser.add_argument("--until")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Proxy(parser.parse_args(argv)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
