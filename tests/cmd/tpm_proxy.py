#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""TPM commands from standard input to a socket of swtpm, and its answers back, but for the one that is to go wrong.

tpm_proxy.py SOCKET LOG [MODE N]: LOG gets the code of each command. MODE for the Nth command: error, gone, short, code (another command's
answer); or extend: PCR 10 is extended after each of the first N quotes.
"""
import os
import socket
import struct
import sys


def read_exactly(size):
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            sys.exit(0)
        data += part
    return data


def ask(tpm, command):
    tpm.sendall(command)
    answer = b""
    while len(answer) < 10 or len(answer) < struct.unpack(">I", answer[2:6])[0]:
        answer += tpm.recv(65536)
    return answer


def main():
    path, log = sys.argv[1:3]
    mode, which = (sys.argv[3], int(sys.argv[4])) if len(sys.argv) > 3 else ("", 0)
    tpm = socket.socket(socket.AF_UNIX)
    tpm.connect(path)
    count = quotes = 0
    while True:
        head = read_exactly(10)
        code = struct.unpack(">I", head[6:])[0]
        command = head + read_exactly(struct.unpack(">I", head[2:6])[0] - 10)
        count += 1
        with open(log, "a", encoding="ascii") as out:
            out.write("%x\n" % code)
        if mode == "error" and count == which:
            answer = struct.pack(">HII", 0x8001, 10, 0x101)
        elif mode == "gone" and count == which:
            sys.exit(0)
        else:
            answer = ask(tpm, command)
        if mode == "short" and count == which:
            answer = answer[:2] + struct.pack(">I", 12) + answer[6:12]
        if mode == "extend" and code == 0x158 and quotes < which:
            quotes += 1
            ask(tpm, bytes.fromhex("8002 00000041 00000182 0000000a 00000009 40000009 0000 01 0000 00000001 000b" + "77" * 32))
        os.write(1, answer)


main()
