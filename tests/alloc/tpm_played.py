#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that gives the answers of another one again, so that a command can be run a thousand times and find the same TPM each time.

tpm_played.py record SOCKET FILE   commands from standard input to swtpm's socket; FILE gets them with their answers
tpm_played.py play FILE            the answer of FILE to each command from standard input; TPM_RC_FAILURE to others
"""
import json
import os
import socket
import struct
import sys


def read_exactly(read, size):
    data = b""
    while len(data) < size:
        part = read(size - len(data))
        if not part:
            sys.exit(0)
        data += part
    return data


def read_message(read):
    head = read_exactly(read, 10)
    return head + read_exactly(read, struct.unpack(">I", head[2:6])[0] - 10)


def main(mode, *words):
    known, tpm = {}, socket.socket(socket.AF_UNIX)
    if mode == "play":
        with open(words[0], encoding="ascii") as file:
            known = json.load(file)
    else:
        tpm.connect(words[0])
    while True:
        command = read_message(lambda size: os.read(0, size))
        if mode == "record":
            tpm.sendall(command)
            known[command.hex()] = read_message(tpm.recv).hex()
            with open(words[1], "w", encoding="ascii") as file:
                json.dump(known, file)
        os.write(1, bytes.fromhex(known.get(command.hex(), "80010000000a00000101")))


main(*sys.argv[1:])
