#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command against a floor program, evmctl and tpm2_eventlog, in one run: CPU seconds and peak memory.

    logs.py [--rounds N] [--ima N] [--tcg N] [--json]

What is compared, and what the numbers are: README.md beside this file.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import makelogs

TOP = pathlib.Path(__file__).resolve().parents[2]
OUT = TOP / "build/bench/logs"
COMMAND = TOP / "build/tools/bootchain"
SMALL = 34 << 10
# What the issue asks for: share of the floor, bytes, seconds.
SHARE, MEMORY, SMALL_SECONDS = 0.9, 8 << 20, 0.004


def build(name, *libraries):
    """The program of NAME.c beside this file."""
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", OUT / name,
                    pathlib.Path(__file__).with_name(name + ".c"), *libraries], check=True)
    return OUT / name


def measure(words):
    """(CPU seconds, bytes of peak memory, stdout) of one run."""
    done = subprocess.run([OUT / "usage", *words], capture_output=True, check=False)
    if done.returncode:
        sys.exit("%s: exit %d" % (" ".join(map(str, words)), done.returncode))
    seconds, kib = done.stderr.split()[-2:]
    return float(seconds), int(kib) * 1024, done.stdout


def pcr_lines(said):
    return sorted(line for line in said.decode().splitlines() if line and line[0] != "#")


class Contender:
    def __init__(self, name, *words):
        self.name, self.words, self.seconds, self.memory, self.said = name, words, [], 0, b""

    def run(self):
        seconds, memory, self.said = measure(self.words)
        self.seconds.append(seconds)
        self.memory = max(self.memory, memory)


def tables(arguments, floor):
    """(title, [contenders]); the floor is the first, ours the second, and both must say the same PCRs."""
    ima, ima_sha1, tcg = (OUT / name for name in ("ima-sha256.bin", "ima-sha1.bin", "firmware.log"))
    makelogs.ima_list(ima, arguments.ima, "sha256")
    makelogs.ima_list(ima_sha1, arguments.ima // 10, "sha1")
    makelogs.firmware_log(tcg, arguments.tcg)
    (OUT / "pcrs.txt").write_text("".join("sha256: %02d: %s\n" % (pcr, "00" * 32) for pcr in range(24)))
    evmctl = [Contender("evmctl ima_measurement", "sh", "-c", "evmctl ima_measurement --pcrs sha256,%s %s || :" % (OUT / "pcrs.txt", ima_sha1))]
    yaml = [Contender("tpm2_eventlog", "tpm2_eventlog", tcg)]
    return [
        ("%d ima-ng entries, template digests and chain in sha256" % arguments.ima,
         [Contender("floor", floor, "ima", "sha256", ima), Contender("bootchain replay", COMMAND, "replay", "--bank", "sha256", ima)]),
        ("%d ima-ng entries, template digests in sha1, chains in sha1 and sha256" % (arguments.ima // 10),
         [Contender("floor", floor, "ima", "sha1,sha256", ima_sha1),
          Contender("bootchain replay", COMMAND, "replay", "--bank", "sha1,sha256", ima_sha1), *(evmctl if shutil.which("evmctl") else [])]),
        ("%d crypto-agile events, digests and chains in sha1, sha256, sha384" % arguments.tcg,
         [Contender("floor", floor, "tcg", tcg), Contender("bootchain replay", COMMAND, "replay", tcg),
          *(yaml if shutil.which("tpm2_eventlog") else [])]),
    ]


def compare(title, contenders, rounds):
    for turn in range(rounds):
        for contender in contenders:
            # The others take minutes: once is enough to see by how much.
            if turn == 0 or contender in contenders[:2]:
                contender.run()
    if pcr_lines(contenders[0].said) != pcr_lines(contenders[1].said):
        sys.exit("%s: the floor and the command lead to different PCRs" % title)
    return {"log": title, "contenders": [{"name": c.name, "cpu_seconds": round(statistics.median(c.seconds), 4), "runs": len(c.seconds),
                                          "peak_bytes": c.memory, "share": round(statistics.median(contenders[0].seconds) /
                                                                                 statistics.median(c.seconds), 3)} for c in contenders]}


def small_log(rounds):
    """Median CPU seconds of the whole process for a log of 34 KiB, loading its libraries included."""
    path = OUT / "small.log"
    makelogs.firmware_log(path, SMALL // 250)
    return path.stat().st_size, statistics.median(measure([COMMAND, "replay", path])[0] for _ in range(20 * rounds))


def print_table(results, size, seconds):
    print("| CPU seconds (median) | of the floor | peak memory | |\n|---|---|---|---|")
    for result in results:
        print("| | | | **%s** |" % result["log"])
        for row in result["contenders"]:
            print("| %.3f | %.2f | %.1f MiB | %s |" % (row["cpu_seconds"], row["share"], row["peak_bytes"] / 2 ** 20, row["name"]))
    print("| %.4f | | | **log of %d bytes**: bootchain replay, whole process |" % (seconds, size))
    ours = [result["contenders"][1] for result in results]
    for row, result in zip(ours, results):
        if row["share"] < SHARE:
            print("below the bar of %.1f of the floor: %s (%.2f)" % (SHARE, result["log"], row["share"]))
    if max(row["peak_bytes"] for row in ours) > MEMORY or seconds > SMALL_SECONDS:
        print("above the bars of %d MiB and %.0f ms" % (MEMORY >> 20, SMALL_SECONDS * 1000))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--ima", type=int, default=1000000, help="entries of the IMA list")
    parser.add_argument("--tcg", type=int, default=200000, help="events of the firmware log")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    build("usage")
    floor = build("floor", "-lcrypto")
    results = [compare(title, contenders, arguments.rounds) for title, contenders in tables(arguments, floor)]
    size, seconds = small_log(arguments.rounds)
    if arguments.json:
        print(json.dumps({"tables": results, "small_log": {"bytes": size, "cpu_seconds": round(seconds, 5)}}))
    else:
        print_table(results, size, seconds)


if __name__ == "__main__":
    main()
