# SPDX-License-Identifier: BSD-2-Clause
"""TPM commands out of swtpm's own log (--log level=20) or the proxy's record: exact, and free of what the guest believes."""
import functools
import json
import pathlib
import re
import struct

import replay

TPM_CC = {0x13C: "PCR_Event", 0x144: "Startup", 0x143: "SelfTest", 0x145: "Shutdown", 0x17A: "GetCapability",
          0x17B: "GetRandom", 0x17E: "PCR_Read", 0x182: "PCR_Extend", 0x181: "ReadClock", 0x121: "HierarchyControl"}
CC_PCR_EXTEND, CC_PCR_EVENT, CC_GET_CAPABILITY, CC_SELF_TEST = 0x182, 0x13C, 0x17A, 0x143
# QEMU's own question, before the machine starts: which TPM is this?
CC_READ_CLOCK = 0x181
# TPM_CAP_TPM_PROPERTIES, TPM_PT_TOTAL_COMMANDS: what Linux asks first of a TPM (tpm2_probe()), and U-Boot never.
FIRST_OF_LINUX = struct.pack(">II", 6, 0x129)
HEX_LINE = re.compile(r"^(?:\s*[0-9A-Fa-f]{2}){1,16}\s*$")


def commands(text):
    """The commands' bytes, in order."""
    found, current = [], None
    for line in text.splitlines():
        if "SWTPM_IO_Read" in line:
            current = bytearray()
            found.append(current)
        elif current is not None and HEX_LINE.match(line):
            current += bytes.fromhex(line)
        else:
            current = None
    return [bytes(command) for command in found if len(command) >= 10]


def code(command):
    return struct.unpack_from(">HII", command)[2]


def split(all_commands):
    """(those of the firmware, those of Linux)"""
    for number, command in enumerate(all_commands):
        if code(command) == CC_GET_CAPABILITY and command[10:18] == FIRST_OF_LINUX:
            return all_commands[:number], all_commands[number:]
    return all_commands, []


def extends(some_commands):
    """{alg: [(pcr, digest)]} of all TPM2_PCR_Extend and TPM2_PCR_Event commands, in order."""
    found = {alg: [] for alg in replay.ALGS}
    for command in some_commands:
        if code(command) not in (CC_PCR_EXTEND, CC_PCR_EVENT):
            continue
        cursor = replay.Cursor(command, 10)
        pcr, auth_size = cursor.unpack(">II", "extend")
        cursor.take(auth_size, "authorization")
        if code(command) == CC_PCR_EVENT:
            data = cursor.take(cursor.unpack(">H", "event size")[0], "event")
            for alg in replay.ALGS:
                found[alg].append((pcr, replay.digest(alg, data)))
            continue
        for _ in range(cursor.unpack(">I", "digest count")[0]):
            alg = replay.ALG_IDS[cursor.unpack(">H", "algorithm")[0]]
            found[alg].append((pcr, cursor.take(replay.SIZES[alg], "digest")))
    return found


class Record:
    """What tpmproxy.py wrote about one boot: .lines (a dict for each command) and .pcrs ({alg: [bytes]} or None)."""

    def __init__(self, path):
        lines = [json.loads(line) for line in pathlib.Path(path).read_text(encoding="ascii").splitlines()]
        if not lines or "pcrs" not in lines[-1]:
            raise ValueError("%s has no last line: the proxy was stopped before its end" % path)
        found = lines.pop()["pcrs"]
        self.lines = lines
        self.pcrs = found and {alg: [bytes.fromhex(value) for value in values] for alg, values in found.items()}

    def commands(self):
        return [bytes.fromhex(line["command"]) for line in self.lines]

    def extended(self):
        """{alg: {pcr: [digest]}} of what the TPM has executed, whatever the guest was told."""
        done = extends([bytes.fromhex(line["command"]) for line in self.lines if line["executed"]])
        return {alg: {pcr: [value for at, value in sent if at == pcr] for pcr in range(replay.PCR_COUNT)} for alg, sent in done.items()}

    def holds_what_was_extended(self):
        """Whether swtpm's PCRs are what the executed commands lead to; true for a TPM that has gone."""
        for alg, by_pcr in self.extended().items():
            for pcr, values in by_pcr.items():
                value = functools.reduce(functools.partial(replay.extend, alg), values, replay.initial(alg, pcr))
                if self.pcrs and self.pcrs[alg][pcr] != value:
                    return False
        return True

    def closings(self):
        """{(alg, pcr): "good", "error" or "open"} for PCR 0-7: by which separator the last extend of each closes it."""
        kinds = {(alg, replay.digest(alg, value)): name for alg in replay.ALGS for name, value in SEPARATORS.items()}
        return {(alg, pcr): kinds.get((alg, values[-1] if values else None), "open")
                for alg, by_pcr in self.extended().items() for pcr, values in by_pcr.items() if pcr < 8}


# docs/measurements.md
SEPARATORS = {"good": b"\xff" * 4, "error": b"\x01\0\0\0"}


def table(some_commands):
    """`14 GetCapability, 52 PCR_Extend`, most frequent first."""
    names = [TPM_CC.get(code(command), "%#x" % code(command)) for command in some_commands]
    return ", ".join("%d %s" % (names.count(name), name) for name in sorted(set(names), key=lambda n: (-names.count(n), n)))
