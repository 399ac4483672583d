#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stock U-Boot against ours, in one run: TPM commands, time from U-Boot's start to the kernel's, and how much of it is hashing.

    boot.py [--rounds N] [--json]

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
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "boot"), str(HERE.parent / "replay")]

import lab  # noqa: E402  (the path is set above)
import replay  # noqa: E402
import tiny  # noqa: E402
import tpmlog  # noqa: E402
import tpmspecs  # noqa: E402

DELAYS = (0, 10)
PCR_COMMANDS = (tpmlog.CC_PCR_EXTEND, tpmlog.CC_PCR_EVENT)
BANNER = b"U-Boot 20"


class Contender:
    """A U-Boot of the table: its name, its file, and whether its measuring is one piece, so that hashing can be told apart."""

    def __init__(self, name, firmware, whole=True):
        self.name, self.firmware, self.whole, self.runs = name, firmware, whole, {delay: [] for delay in DELAYS}


class Run:
    """One boot: .commands [lines of the proxy's record], .seconds, .hashing (None where it cannot be told)."""

    def __init__(self, out, contender, delay, words):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        began, ended = self.boot(out, contender, delay, words)
        self.seconds = ended - began
        self.lines = tpmlog.Record(out / "tpm.jsonl").lines
        self.hashing = self.gaps() if contender.whole else None

    def boot(self, out, contender, delay, words):
        """When the banner and when the kernel's line came on the console, in seconds of the monotonic clock."""
        process = subprocess.Popen([str(w) for w in (lab.BOOT, "--out", out, "--firmware", contender.firmware, "--timeout", 100, *words,
                                                     *lab.proxied(out, "--delay", delay))], env=lab.ENV, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seen, text, console = [], b"", out / "console.log"
        for wanted in (BANNER, tiny.SAYS.encode()):
            while wanted not in text:
                ended = process.poll() is not None
                time.sleep(0.002)
                text = console.read_bytes() if console.exists() else b""
                if ended and wanted not in text:
                    raise RuntimeError("%s did not come to its kernel: %s" % (contender.name, console))
            seen.append(time.monotonic())
        process.wait()
        return seen

    def pcr_lines(self):
        return [line for line in self.lines if line["code"] in PCR_COMMANDS]

    def gaps(self):
        """Between one answer and the next command U-Boot hashes, or does what it does before every command: its median."""
        first, last = self.pcr_lines()[0]["n"], self.pcr_lines()[-1]["n"]
        pairs = zip(self.lines[first - 1:last - 1], self.lines[first:last])
        gaps = [after["at"] - before["at"] - before["took"] for before, after in pairs]
        usual = statistics.median(gaps)
        return sum(max(0, gap - usual) for gap in gaps)


def contenders():
    def other(name, *words):
        return lab.another_uboot(name, "--stock", *words)
    return [Contender("stock v2025.01, as it comes", other("stock-efi", "CONFIG_EFI_LOADER=y", 'CONFIG_BOOTCOMMAND="bootflow scan -lb"'), whole=False),
            Contender("stock v2025.01, no EFI", other("stock")),
            Contender("ours", pathlib.Path(lab.OUT, "u-boot.bin"))]


def prepare(directory):
    """Words for boot.sh that all boots have: a tree with an area for the log, which stock needs, and a kernel that ends at once."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "kernel").write_bytes(tiny.image(length=os.path.getsize(os.path.join(lab.OUT, "Image"))))
    state = directory / "state"
    state.mkdir()
    lab.must("swtpm_setup", "--tpm2", "--tpmstate", state, "--pcr-banks", ",".join(replay.ALGS))
    return [*tpmspecs.area(directory, 65536), *lab.disk_with(directory, "--kernel", directory / "kernel"), "--tpm-state", state]


def result(contender, delay):
    runs = contender.runs[delay]
    seconds = [run.seconds for run in runs]
    hashing = [run.hashing for run in runs if run.hashing is not None]
    return {"u_boot": contender.name, "delay_ms": delay, "commands": statistics.median(len(run.lines) for run in runs),
            "pcr_commands": statistics.median(len(run.pcr_lines()) for run in runs), "seconds": statistics.median(seconds),
            "seconds_least": min(seconds), "seconds_most": max(seconds), "hashing_seconds": statistics.median(hashing) if hashing else None}


def table(results):
    lines = ["| U-Boot | a command takes | TPM commands | of these for PCRs | seconds (least-most) | hashing |", "|---|---|---|---|---|---|"]
    for row in results:
        hashing = row["hashing_seconds"]
        share = "" if hashing is None else "%.2f s, %.0f %%" % (hashing, 100 * hashing / row["seconds"])
        lines.append("| %s | %s | %d | %d | %.2f (%.2f-%.2f) | %s |" % (
            row["u_boot"], "%d ms" % row["delay_ms"] if row["delay_ms"] else "as swtpm is", row["commands"], row["pcr_commands"],
            row["seconds"], row["seconds_least"], row["seconds_most"], share))
    return "\n".join(lines)


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    directory = pathlib.Path(lab.BUILD, "check", "bench")
    words, made = prepare(directory), contenders()
    for number in range(options.rounds):
        for contender in made:
            for delay in DELAYS:
                contender.runs[delay].append(Run(directory / "run", contender, delay, words))
        print("round %d of %d" % (number + 1, options.rounds), file=sys.stderr)
    results = [result(contender, delay) for delay in DELAYS for contender in made]
    sizes = {name: os.path.getsize(os.path.join(lab.OUT, name)) for name in ("Image", "initrd.gz")}
    if options.json:
        print(json.dumps({"schema": "bootchain/bench-boot/1", "rounds": options.rounds, "banks": replay.ALGS,
                          "kernel_bytes": sizes["Image"], "initrd_bytes": sizes["initrd.gz"], "results": results}, indent=1))
    else:
        print(table(results))


if __name__ == "__main__":
    main(sys.argv[1:])
