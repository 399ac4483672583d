# SPDX-License-Identifier: BSD-2-Clause
"""The ways to boot: what lies on the disk for each, and what its log must say. U-Boot alone, with the tiny kernel.

The guest's RAM is a file, so what U-Boot left there is read when the machine is off: the log, and the tree that was handed over.
"""
import gzip
import os
import pathlib
import struct
import zlib

import lab
import replay
import tiny
import tpmlog

KERNEL, INITRD, FIT, PACKED = (lab.RAM + at for at in (0x400000, 0x4000000, 0x6000000, 0x8000000))
TREE, OVERLAY, SCRIPT, TEXT = (lab.RAM + at for at in (0x3000000, 0x3800000, 0x200000, 0x300000))
# The stored environment, whole: U-Boot takes this one and none of its own.
ENVIRONMENT = {
    "bootcmd": "bootflow scan -b virtio", "bootargs": "", "stdin": "serial", "stdout": "serial", "stderr": "serial",
    "fdt_addr": "%#x" % lab.RAM, "scriptaddr": "%#x" % SCRIPT, "pxefile_addr_r": "%#x" % TEXT, "kernel_addr_r": "%#x" % KERNEL,
    "ramdisk_addr_r": "%#x" % INITRD, "fdt_addr_r": "%#x" % TREE, "fdtoverlay_addr_r": "%#x" % OVERLAY,
    "kernel_comp_addr_r": "%#x" % PACKED, "kernel_comp_size": "0x1000000", "loadaddr": "%#x" % FIT, "bootcount": "1", "colour": "blue",
}
# U-Boot for riscv64 stores no environment: a script has to say what differs.
STORES = lab.BOARD != "qemu-riscv64"
OWN = () if STORES else ("setenv kernel_addr_r %x" % KERNEL, "setenv ramdisk_addr_r %x" % INITRD, "setenv fdt_addr ${fdtcontroladdr}")
# The defaults of CONFIG_MEASURED_BOOT_ENV_STATE that this environment has.
STATE = ("bootcount", "stdin", "stdout", "stderr")
BOOTARGS = "console=ttyAMA0 from=%s"
OVERLAY_SOURCE = '/dts-v1/;\n/plugin/;\n/ { fragment@0 { target-path = "/"; __overlay__ { colour = "%s"; }; }; };\n'
LOAD = "load virtio ${devnum}:${distro_bootpart} "


def script(*lines):
    return "\n".join(("setenv fdt_high; setenv initrd_high",) + OWN + lines) + "\n"


def loads(**files):
    """Lines that load files to the addresses that variables name: kernel_addr_r="kernel"."""
    return ["%s${%s} /%s" % (LOAD, variable, name) for variable, name in files.items()]


def plain(*more, kernel="kernel", boot="booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}"):
    return script("setenv bootargs " + BOOTARGS % "script", *more, *loads(kernel_addr_r=kernel, ramdisk_addr_r="initrd"), boot)


def fit_script(*boot):
    return script("setenv bootargs " + BOOTARGS % "script", *loads(loadaddr="image.fit"), *boot)


EXTLINUX = """default one
label one
  linux /kernel
  initrd /initrd
  fdt /machine.dtb
  fdtoverlays /overlay.dtbo
  append %s
""" % (BOOTARGS % "extlinux")


# ---- files ----------------------------------------------------------------------------------------------------------

def mkimage(*words):
    return lab.must(pathlib.Path(lab.BUILD, lab.BOARD, "u-boot", "tools", "mkimage"), *words,
                    env=dict(lab.ENV, SOURCE_DATE_EPOCH="1735689600"))


def put(out, name, data):
    (out / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return out / name


def put_script(out, text):
    put(out, "boot.cmd", text)
    mkimage("-A", lab.conf("arch"), "-T", "script", "-C", "none", "-d", out / "boot.cmd", out / "boot.scr")


def put_machine(out):
    """The machine's own tree without its seeds, which are others each time; packed.dtb has no room in it."""
    lab.tree_of_machine(out)
    for name in ("kaslr-seed", "rng-seed"):
        lab.must("fdtput", "-d", out / "machine.dtb", "/chosen", name)
    lab.must("dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", out / "packed.dtb", out / "machine.dtb")


def put_overlay(out, colour="blue"):
    put(out, "overlay.dts", OVERLAY_SOURCE % colour)
    lab.must("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", out / "overlay.dtbo", out / "overlay.dts")


def put_disk(out, files):
    """An MBR, one FAT partition from 1 MiB on, with these files: {path on it: file}."""
    disk, sectors = out / "disk.img", 32 << 11
    entry = struct.pack("<B3xB3xII", 0x80, 0x0C, 2048, sectors)
    with open(disk, "wb") as file:
        file.write(bytes(446) + entry + bytes(48) + b"\x55\xaa")
        file.truncate((2048 + sectors) * 512)
    lab.must("mkfs.vfat", "--invariant", "--offset", 2048, disk, sectors // 2)
    for directory in sorted({str(pathlib.PurePath(path).parent) for path in files if "/" in path}):
        lab.must("mmd", "-i", "%s@@1M" % disk, "::" + directory)
    for path, file in files.items():
        lab.must("mcopy", "-i", "%s@@1M" % disk, out / file, "::" + path)
    return ["--disk", disk]


def put_environment(out, **changed):
    """What U-Boot stores in the second flash: CRC, then name=value with NUL each, and one NUL more."""
    text = b"".join(b"%s=%s\0" % (name.encode(), value.encode()) for name, value in {**ENVIRONMENT, **changed}.items() if value)
    data = (text + b"\0").ljust(0x40000 - 4, b"\0")
    with open(put(out, "flash", struct.pack("<I", zlib.crc32(data)) + data), "r+b") as file:
        file.truncate(64 << 20)
    return ["--qemu", "-drive", "--qemu", "if=pflash,unit=1,format=raw,file=%s" % (out / "flash")]


def in_file(out):
    """The guest's RAM as a file."""
    return [word for part in ("-object", "memory-backend-file,id=ram,size=%d,mem-path=%s,share=on" % (lab.memory_size(), out / "ram"),
                              "-machine", "memory-backend=ram") for word in ("--qemu", part)]


# ---- the FIT --------------------------------------------------------------------------------------------------------

FIT_IMAGE = """%s { description = "%s"; data = /incbin/("%s"); type = "%s"; arch = "arm64"; os = "linux"; compression = "none"; %s
 hash-1 { algo = "sha256"; }; };"""
FIT_CONF = '%s { description = "%s"; kernel = "kernel-1"; ramdisk = "ramdisk-1"; fdt = "fdt-1"; %s };'
SIGNATURE = 'signature-1 { algo = "sha256,rsa2048"; key-name-hint = "%s"; sign-images = "kernel", "ramdisk", "fdt"; };'


def fit_source(entry=KERNEL, load=KERNEL, signed="", loadable=False):
    images = [
        ("kernel-1", "kernel", "kernel", "load = <%#x>; entry = <%#x>;" % (load, entry)),
        ("ramdisk-1", "initrd", "ramdisk", ""),
        ("fdt-1", "packed.dtb", "flat_dt", ""),
    ]
    more = SIGNATURE % signed if signed else ""
    if loadable:
        images.append(("extra-1", "extra", "firmware", "load = <%#x>;" % PACKED))
        more = 'loadables = "extra-1"; ' + more
    body = "".join(FIT_IMAGE % (name, name, file, kind, place) for name, file, kind, place in images)
    confs = "".join(FIT_CONF % (name, name, more) for name in ("conf-1", "conf-2"))
    return ('/dts-v1/;\n/ { description = "ways"; #address-cells = <1>; images { %s }; configurations { default = "conf-1"; %s }; };\n'
            % (body, confs))


def put_key(out, name):
    lab.must("openssl", "req", "-batch", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name,
             "-keyout", out / (name + ".key"), "-out", out / (name + ".crt"))


def put_fit(out, key=None, trusted=None, **words):
    """image.fit; with a key it is signed, and the control tree of this boot demands `trusted` (this key if not said)."""
    put_machine(out)
    put(out, "extra", b"a loadable\n")
    for name in {key, trusted or key} - {None}:
        put_key(out, name)
        put(out, name + ".its", fit_source(signed=name, **words))
        tree = ["-K", out / "machine.dtb", "-r"] if name == (trusted or key) else []
        mkimage("-f", out / (name + ".its"), "-k", out, *tree, out / (name + ".fit"))
    if key:
        os.rename(out / (key + ".fit"), out / "image.fit")
        return ["--dtb", out / "machine.dtb"]
    put(out, "image.its", fit_source(**words))
    mkimage("-f", out / "image.its", out / "image.fit")
    return []


# ---- one boot -------------------------------------------------------------------------------------------------------

def way(out, text=None, conf=None, files=(), environment=None, kernel=None, prepare=lambda out: []):
    """A boot whose disk has kernel and initrd, boot.scr or extlinux.conf, and the files named that prepare() has made."""
    put(out, "kernel", kernel or tiny.image())
    put(out, "initrd", b"initrd\n")
    words = prepare(out) or []
    there = {name: name for name in ("kernel", "initrd", *files)}
    if text:
        put_script(out, text)
        there["boot.scr"] = "boot.scr"
    if conf:
        put(out, "extlinux.conf", conf)
        there["extlinux/extlinux.conf"] = "extlinux.conf"
    words += put_disk(out, there) + in_file(out)
    if STORES:
        words += put_environment(out, **(environment or {}))
    return words + lab.proxied(out) + ["--timeout", "60"]


class Left:
    """What a boot left in RAM and in the TPM: .logs [(address, bytes)], .trees, .record; the file is removed."""

    def __init__(self, boot):
        path = boot.out / "ram"
        if not path.exists():
            raise RuntimeError("the boot `%s` was looked at before" % boot.name)
        self.boot, self.record = boot, tpmlog.Record(boot.out / "tpm.jsonl")
        pieces = list(pieces_of(path))
        self.logs, self.trees = list(logs_in(pieces)), list(trees_in(pieces))
        path.unlink()

    @property
    def log(self):
        assert len(self.logs) == 1, "%d logs in RAM\n%s" % (len(self.logs), self.boot.console[-2000:])
        return replay.FirmwareLog(self.logs[0][1])

    def rows(self):
        """{pcr: [row]} without the separators, in the order of the log."""
        found = {pcr: [] for pcr in range(8)}
        for event in self.log.events[1:]:
            if event.kind != replay.EV_SEPARATOR:
                found[event.pcr].append(row_of(event))
        return found

    def handed_over(self):
        """The one tree whose bytes, by rule fdt1, are those that were measured."""
        wanted = replay.component(self.log, "dts").digests["sha256"]
        return next((tree for tree in self.trees if digest_of(tree) == wanted), None)


def digest_of(tree):
    try:
        return replay.digest("sha256", tree.rule_fdt1())
    except replay.Malformed:
        return None


def eventlog_agrees(found, directory):
    """tpm2_eventlog reads the log that a boot left, without a warning, and comes to the TPM's values."""
    (directory / "log").write_bytes(found.logs[0][1][:found.log.end])
    done = lab.run("tpm2_eventlog", directory / "log", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("EventNum:") == len(found.log.events)
    for pcr in range(8):
        assert "%d  : 0x%s" % (pcr, found.record.pcrs["sha256"][pcr].hex()) in done.stdout


def row_of(event):
    """An event in a word or two: its text, or its tag and name, or the name of its row."""
    if event.kind in (replay.EV_ACTION, replay.EV_EFI_ACTION):
        return event.data.decode()
    if event.kind == replay.EV_EVENT_TAG:
        tag, body = event.tag()
        if not 0 < tag - replay.TAG_BASE < 256:
            return "%08x %s" % (tag, body.split(b"\0")[0].decode("latin-1"))
        if tag - replay.TAG_BASE == replay.TAG_OPTIONS:
            return "0a " + body.decode("utf-16-le").rstrip("\0")
        return "%02x %s" % (tag - replay.TAG_BASE, body.split(b"\0")[0].decode("latin-1"))
    if event.kind in (replay.EV_EFI_VARIABLE_DRIVER_CONFIG, replay.EV_EFI_VARIABLE_BOOT2):
        name, data = event.variable()
        if name not in ("BootVerify", "FitKey"):
            return name
        return "%s %s" % (name, (data if name == "BootVerify" else data.split(b"\0")[0]).decode("latin-1"))
    return replay.name_of(event)


def pieces_of(path):
    """(address, bytes) of what was written in a sparse file."""
    with open(path, "rb", buffering=0) as file:
        end = 0
        while True:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:  # there is no more
                return
            end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            yield lab.RAM + start, os.pread(file.fileno(), end - start, start)


def found_in(pieces, wanted):
    for base, data in pieces:
        at = data.find(wanted)
        while at >= 0:
            yield base, data, at
            at = data.find(wanted, at + 1)


def logs_in(pieces):
    head = struct.pack("<II20x", 0, replay.EV_NO_ACTION)
    for base, data, at in found_in(pieces, b"Spec ID Event03\0"):
        if data[max(at - 32, 0):at - 4] == head:
            yield base + at - 32, data[at - 32:at - 32 + 65536]


def trees_in(pieces):
    for _, data, at in found_in(pieces, b"\xd0\x0d\xfe\xed"):
        try:
            yield replay.Tree(data[at:at + (4 << 20)])
        except replay.Malformed:
            pass


# ---- the table ------------------------------------------------------------------------------------------------------

METHOD = "U-Boot: boot method=%s os=linux arch=arm64 entry=+0x%x len=%s"
BOOTI = METHOD % ("booti", 0, "image_size")
SCR = "02 /boot.scr"
NO_KEYS = "BootVerify fit=none;verify=yes;keys=0"


class Expected:
    """The rows that a way must have in PCR 2, 4, 5 and 7; those of PCR 0 and 1 are the same for all. before: PCR 4's of an earlier attempt."""

    def __init__(self, config, method, kernel=True, loadables=(), verify=(NO_KEYS,), bootargs="script", before=()):
        self.rows = {
            0: ["version"], 1: ["env-state", "dts"], 2: list(loadables), 3: [],
            4: [*before, *(["linux", "initrd"] if kernel else []), method],
            5: ["01 env", *config, "09 " + (BOOTARGS % bootargs if bootargs else "")], 6: [], 7: list(verify),
        }


def put_packed(out):
    put(out, "kernel.gz", gzip.compress((out / "kernel").read_bytes(), mtime=0))


def put_elf(out):
    """The kernel as the one segment of an ELF file for arm64 (ELF-64: header, program header, bytes)."""
    kernel = (out / "kernel").read_bytes()
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 183, 1, KERNEL, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    put(out, "kernel.elf", header + struct.pack("<IIQQQQQQ", 1, 7, 120, KERNEL, KERNEL, len(kernel), len(kernel), 1) + kernel)


def put_application(out, spoiled=False):
    """A standalone application of one instruction, which returns; spoiled: its uImage has another checksum than its bytes."""
    put(out, "app", tiny.RETURN)
    mkimage("-A", "arm64", "-O", "u-boot", "-T", "standalone", "-C", "none", "-a", "%#x" % PACKED, "-e", "%#x" % PACKED, "-d", out / "app", out / "app.uimage")
    if spoiled:
        data = replay.read(out / "app.uimage")
        put(out, "app.uimage", lab.change(data, len(data) - 1, data[-1] ^ 1))


def put_uimage(out):
    mkimage("-A", "arm64", "-O", "linux", "-T", "kernel", "-C", "none", "-a", "%#x" % KERNEL, "-e", "%#x" % KERNEL, "-d", out / "kernel",
            out / "kernel.uimage")


def put_extlinux(out, **words):
    put_machine(out)
    put_overlay(out, **words)


def put_own_log(out):
    put_extlinux(out)
    tpm = next(path for path, name, value, _, _ in replay.Tree((out / "machine.dtb").read_bytes()).properties()
               if name == b"compatible" and b"tcg,tpm-tis-mmio" in value).decode()
    lab.must("fdtput", "-c", out / "machine.dtb", "/other-tpm")
    lab.must("fdtput", "-t", "s", out / "machine.dtb", "/other-tpm", "compatible", "tcg,tpm-tis-mmio")
    for node in (tpm, "/other-tpm"):
        lab.must("fdtput", "-t", "x", out / "machine.dtb", node, "linux,sml-base", 0, "%#x" % PACKED)
        lab.must("fdtput", "-t", "x", out / "machine.dtb", node, "linux,sml-size", "0x10000")


def put_qfw(out):
    return [word for part in ("-kernel", out / "kernel", "-initrd", out / "initrd", "-append", BOOTARGS % "qfw") for word in ("--qemu", part)]


# Addresses of QEMU's user network; it answers TFTP itself.
PXE = {"bootcmd": "pxe get; pxe boot", "ipaddr": "10.0.2.15", "serverip": "10.0.2.2", "ethaddr": "52:54:00:12:34:56"}


def put_pxe(out):
    (out / "tftp" / "pxelinux.cfg").mkdir(parents=True)
    put(out, "tftp/pxelinux.cfg/default", "default one\nlabel one\n  linux kernel\n  initrd initrd\n  append %s\n" % (BOOTARGS % "pxe"))
    for name in ("kernel", "initrd"):
        put(out, "tftp/" + name, (out / name).read_bytes())
    return [word for part in ("-netdev", "user,id=net,tftp=%s" % (out / "tftp"), "-device", "virtio-net-device,netdev=net")
            for word in ("--qemu", part)]


OVERLAID = ("machine.dtb", "overlay.dtbo")
UENV = "colour=red\nuenvcmd=booti ${kernel_addr_r} ${ramdisk_addr_r}:${ramsize} ${fdt_addr}\nbootargs=%s\n" % (BOOTARGS % "uenv")
WITH_UENV = script(*loads(kernel_addr_r="kernel", ramdisk_addr_r="initrd"), "setenv ramsize ${filesize}",
                   *loads(scriptaddr="uEnv.txt"), "env import -t ${scriptaddr} ${filesize}", "run uenvcmd")


def put_uenv(out, text=UENV):
    put(out, "uEnv.txt", text)


def changed(text, old, new):
    assert text.count(old) == 1, (text, old)
    return text.replace(old, new)


FIT_FILES = {"files": ["image.fit"], "prepare": put_fit}
FIT_CONFIG = [SCR, "05 %x" % FIT, "06 conf-1", "07 fdt-1"]
BOOTM = METHOD % ("bootm", 0, "file")
SUBCOMMANDS = ["bootm start ${loadaddr}"] + ["bootm " + word for word in ("loados", "ramdisk", "fdt", "prep", "go")]
# The key that the image is signed with is in the control tree as a required one.
ONE_KEY = ["BootVerify fit=required;verify=yes;keys=1", "FitKey ours"]


def fit_way(*boot, **words):
    # What is refused comes back to the script, which then ends the boot.
    return dict(text=fit_script(*boot or ["bootm ${loadaddr}"], "reset"), files=["image.fit"], prepare=lambda out: put_fit(out, **words))


# VxWorks gets its words at an address that a variable names.
BOOTVX = dict(text=script(*loads(loadaddr="kernel.elf"), "setenv bootaddr %x" % PACKED, "bootvx ${loadaddr}"), files=["kernel.elf"], prepare=put_elf)

FDT_SET = ("fdt addr ${fdt_addr}", "fdt resize 1000", "fdt set / colour blue")

STANDALONE = BOOTM.replace("os=linux", "os=u-boot")
AGAIN = "U-Boot: boot attempt failed"
# All is loaded before: where U-Boot stopped the disk, nothing can be read.
TWICE = plain("setenv autostart yes", *loads(loadaddr="app.uimage"),
              boot="bootm ${loadaddr}\nbooti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}")

# The last 16 MiB of RAM, where U-Boot has moved itself to.
ON_UBOOT = lab.RAM + lab.memory_size() - (16 << 20)

# name: (what way() is given, Expected or None)
WAYS = {
    "booti": (dict(text=plain()), Expected([SCR], BOOTI)),
    "booti-gz": (dict(text=plain(kernel="kernel.gz"), files=["kernel.gz"], prepare=put_packed), Expected([SCR], METHOD % ("booti", 0, "file"))),
    "extlinux": (dict(conf=EXTLINUX, files=OVERLAID, prepare=put_extlinux),
                 Expected(["03 /extlinux/extlinux.conf", "07 /machine.dtb", "08 /overlay.dtbo"], BOOTI, bootargs="extlinux")),
    "uenv": (dict(text=WITH_UENV, files=["uEnv.txt"], prepare=put_uenv), Expected([SCR, "04 %#x" % SCRIPT], BOOTI, bootargs="uenv")),
    "fdt-set": (dict(text=plain(*FDT_SET)), Expected([SCR], BOOTI)),
    "uimage": (dict(text=plain(kernel="kernel.uimage", boot="bootm ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}"),
                    environment={"kernel_addr_r": "%#x" % FIT}, files=["kernel.uimage"], prepare=put_uimage),
               Expected([SCR, "05 %x" % FIT], BOOTM)),
    # A first attempt that was entered came back, or was not entered at all.
    "returned": (dict(text=TWICE, files=["app.uimage"], prepare=lambda out: put_application(out) or lab.with_open_uboot()),
                 Expected([SCR, "05 %x" % FIT, "09 " + BOOTARGS % "script"], BOOTI, verify=[NO_KEYS] * 2, before=["linux", STANDALONE, AGAIN])),
    "not-entered": (dict(text=TWICE, files=["app.uimage"], prepare=lambda out: put_application(out, spoiled=True)),
                    Expected([SCR, "05 %x" % FIT], BOOTI)),
    "fit": (fit_way(), Expected(FIT_CONFIG, BOOTM)),
    "fit-steps": (fit_way(*SUBCOMMANDS), Expected(FIT_CONFIG, BOOTM)),
    "qfw": (dict(environment={"bootcmd": "bootflow scan -b qfw"}, prepare=put_qfw), Expected([], BOOTI, bootargs="qfw")),
    "pxe": (dict(environment=PXE, prepare=put_pxe), Expected(["03 %#x" % TEXT], BOOTI, bootargs="pxe")),
    # Its tree names a log of its own, at the TPM and elsewhere.
    "own-log": (dict(conf=EXTLINUX, files=OVERLAID, prepare=put_own_log),
                Expected(["03 /extlinux/extlinux.conf", "07 /machine.dtb", "08 /overlay.dtbo"], BOOTI, bootargs="extlinux")),
    "fit-signed": (fit_way(key="ours"), Expected(FIT_CONFIG, BOOTM, verify=ONE_KEY)),
    # Each changes one thing of its twin above.
    "variable": (dict(text=plain(), environment={"colour": "red"}), Expected([SCR], BOOTI)),
    "counter": (dict(text=plain(), environment={"bootcount": "2"}), Expected([SCR], BOOTI)),
    "script-line": (dict(text=plain("true")), Expected([SCR], BOOTI)),
    "extlinux-line": (dict(conf=changed(EXTLINUX, "default one", "default one\ntimeout 0"), files=OVERLAID, prepare=put_extlinux),
                      Expected(["03 /extlinux/extlinux.conf", "07 /machine.dtb", "08 /overlay.dtbo"], BOOTI, bootargs="extlinux")),
    "overlay-byte": (dict(conf=EXTLINUX, files=OVERLAID, prepare=lambda out: put_extlinux(out, colour="blua")),
                     Expected(["03 /extlinux/extlinux.conf", "07 /machine.dtb", "08 /overlay.dtbo"], BOOTI, bootargs="extlinux")),
    "uenv-line": (dict(text=WITH_UENV, files=["uEnv.txt"], prepare=lambda out: put_uenv(out, changed(UENV, "red", "ret"))),
                  Expected([SCR, "04 %#x" % SCRIPT], BOOTI, bootargs="uenv")),
    "fit-configuration": (fit_way("bootm ${loadaddr}#conf-2"), Expected([word.replace("conf-1", "conf-2") for word in FIT_CONFIG], BOOTM)),
    # U-Boot enters an arm64 Image at its start, whatever the FIT says.
    "fit-entry": (fit_way(entry=KERNEL + 0x40), Expected(FIT_CONFIG, BOOTM)),
    "fit-other-key": (fit_way(key="theirs"), Expected(FIT_CONFIG, BOOTM, verify=[ONE_KEY[0], "FitKey theirs"])),
    "fit-verify-no": (dict(fit_way(key="ours"), environment={"verify": "no"}), Expected(
        FIT_CONFIG, BOOTM, verify=[ONE_KEY[0].replace("verify=yes", "verify=no")])),
    "fit-loadable": (fit_way(loadable=True), Expected(FIT_CONFIG, BOOTM, loadables=["extra-1"])),
    # Refused: these do not start.
    "go": (dict(text=script(*loads(kernel_addr_r="kernel"), "go ${kernel_addr_r}")), None),
    "bootelf": (dict(text=script(*loads(loadaddr="kernel.elf"), "setenv autostart yes", "bootelf ${loadaddr}"), files=["kernel.elf"], prepare=put_elf), None),
    "bootvx": (dict(BOOTVX), None),
    "bootvx-open": (dict(BOOTVX, prepare=lambda out: put_elf(out) or lab.with_open_uboot()), None),
    "returned-strict": (dict(text=TWICE, files=["app.uimage"], prepare=put_application), None),
    "fit-untrusted": (fit_way(key="theirs", trusted="ours"), None),
    "fit-placed": (fit_way(load=ON_UBOOT, entry=ON_UBOOT), None),
    "fdt-set-other": (dict(text=plain(*(line.replace("blue", "blua") for line in FDT_SET))), Expected([SCR], BOOTI)),
}
SPECS = {"way-" + name: (lambda words: lambda out: way(out, **words))(words) for name, (words, _) in WAYS.items()}
