# SPDX-License-Identifier: BSD-2-Clause
"""Every TPM command of U-Boot goes wrong once, in every way: one boot each, with a kernel of a few instructions."""
import pathlib
import shutil
import time

import lab
import tiny
import tpmlog

KINDS = ("error", "silent", "lost", "kill")
# How much shorter U-Boot waits for an answer here: 5 seconds a silent command would make the sweep take half an hour.
TIMES = 5
TIME_LIMIT = 90
DONE = "Measured boot: strict: resetting"


class Swept:
    """One boot of the sweep: .build, .kind (None: nothing went wrong), .number, and what it left."""

    def __init__(self, sweep, build, kind=None, number=0):
        self.build, self.kind, self.number = build, kind, number
        self.name = build if kind is None else "%s-%s-%d" % (build, kind, number)
        out = sweep.directory / self.name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        words = ["--fault", "%s@%d" % (kind, number)] if kind else []
        done = lab.run(lab.BOOT, "--out", out, "--firmware", sweep.firmware[build], "--disk", sweep.disk, "--tpm-state",
                       sweep.state, "--timeout", TIME_LIMIT, *lab.proxied(out, *words))
        self.status, self.stderr = done.returncode, done.stderr
        if not (out / "console.log").exists():
            raise RuntimeError("%s did not start: %s" % (self.name, self.stderr))
        self.record = tpmlog.Record(out / "tpm.jsonl")
        self.console = (out / "console.log").read_bytes().decode("utf-8", "replace").replace("\r", "")
        self.lines = [line for line in self.console.splitlines() if line.startswith("Measured boot: ")]

    @property
    def started(self):
        return tiny.SAYS in self.console

    @property
    def command(self):
        """The name of the command that went wrong."""
        code = self.record.lines[self.number - 1]["code"]
        return tpmlog.TPM_CC.get(code, "%#x" % code)

    def story(self):
        closings = self.record.closings()
        kinds = {kind: sum(k == kind for k in closings.values()) for kind in ("good", "error", "open")}
        return "%s: status %d, %s, PCRs %s, lines %s" % (self.name, self.status, "started" if self.started else "stopped",
                                                         kinds, self.lines)


class Sweep:
    """All of its boots, made on the pool: .good {build: Swept}, .all [Swept]."""

    def __init__(self, pool, directory):
        self.directory = pathlib.Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        began = time.monotonic()
        made = {"strict": pathlib.Path(lab.OUT, "u-boot.bin"), "open": lab.open_uboot()}
        self.build_seconds, began = time.monotonic() - began, time.monotonic()
        self.firmware = {build: self.write(build + ".bin", tiny.impatient(path.read_bytes(), TIMES)) for build, path in made.items()}
        self.disk = self.directory / "disk.img"
        lab.must(lab.DISK, "--kernel", self.write("kernel", tiny.image()), "--initrd", self.write("initrd", b"initrd\n"), self.disk)
        self.state = self.directory / "state"
        self.state.mkdir()
        lab.must("swtpm_setup", "--tpm2", "--tpmstate", self.state, "--pcr-banks", "sha1,sha256,sha384,sha512")
        self.good = {build: future.result() for build, future in
                     [(build, pool.submit(Swept, self, build)) for build in self.firmware]}
        futures = [pool.submit(Swept, self, build, kind, number + 1) for build, good in self.good.items() for kind in KINDS
                   for number in range(len(good.record.lines))]
        self.all = [future.result() for future in futures]
        self.seconds = time.monotonic() - began

    def write(self, name, data):
        (self.directory / name).write_bytes(data)
        return self.directory / name

    def of(self, build, *kinds):
        return [swept for swept in self.all if swept.build == build and swept.kind in (kinds or KINDS)]
