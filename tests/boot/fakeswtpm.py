#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the proxy's own tests need of swtpm: the control channel, and a TPM with one bank. fakeswtpm.py SOCKET TRACE LATE

It answers TPM2_PCR_Extend (as if one digest of SHA-256 were in it) and TPM2_PCR_Read, and says yes to all else.
Every control command and every TPM command is written to TRACE, one a line: `control NUMBER` or `tpm CODE`.
Its socket has its name LATE seconds before it listens, as swtpm's has on a busy machine.
"""
import hashlib
import socket
import struct
import sys
import threading
import time

SET_DATAFD, PCR_EXTEND, PCR_READ, SHA256 = 16, 0x182, 0x17E, 0x0B


class Fake:
    def __init__(self, path, trace, late):
        self.trace = open(trace, "w", encoding="ascii")
        self.pcrs = [bytes(32)] * 24
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        time.sleep(float(late))
        self.listener.listen(1)

    def say(self, *words):
        self.trace.write("%s %d\n" % words)
        self.trace.flush()

    def answer(self, command):
        (code,) = struct.unpack_from(">I", command, 6)
        self.say("tpm", code)
        body = b""
        if code == PCR_EXTEND:
            (pcr,) = struct.unpack_from(">I", command, 10)
            self.pcrs[pcr] = hashlib.sha256(self.pcrs[pcr] + command[-32:]).digest()
        if code == PCR_READ:
            alg, first = struct.unpack_from(">H", command, 14)[0], int.from_bytes(command[17:20], "little")
            read = [p for p in range(24) if first >> p & 1] if alg == SHA256 else []
            chosen = [struct.pack(">HB3s", SHA256, 3, command[17:20])] if read else []
            body = struct.pack(">II", 0, len(chosen)) + b"".join(chosen) + struct.pack(">I", len(read))
            body += b"".join(struct.pack(">H", 32) + self.pcrs[p] for p in read)
        return struct.pack(">HII", 0x8001, 10 + len(body), 0) + body

    def serve_data(self, sock):
        while command := sock.recv(4096):
            sock.sendall(self.answer(command))

    def run(self):
        control, _ = self.listener.accept()
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
            if not message:
                return
            (number,) = struct.unpack_from(">I", message)
            self.say("control", number)
            if number == SET_DATAFD:
                data = socket.socket(fileno=descriptors[0])
                threading.Thread(target=self.serve_data, args=(data,), daemon=True).start()
            control.sendall(bytes(4))


Fake(*sys.argv[1:]).run()
