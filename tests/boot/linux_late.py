# SPDX-License-Identifier: BSD-2-Clause
"""Boots of Linux alone in which a TPM comes early, late, too late, goes, or never comes, over each kind of log and banks.

There is no U-Boot in them: the proxy plays the events of a golden log to the TPM, as a firmware would have done, and QEMU puts
that log where the tree says. A TPM is late in two ways, both without a change to the kernel: its driver waits for the clock's
(deferred), or probes beside the initcalls (driver_async_probe=) a TPM whose first answer takes three seconds.
"""
import hashlib
import os
import shutil
import struct

import lab
import linux_boots
import replay

BANKS = {"one": "sha256", "all": "sha1,sha256,sha384,sha512", "sha384": "sha384"}
LATE = ["--fault", "late@1"]
# Behind the last initcall on a busy machine, too.
TOO_LATE = ["--fault", "late@1:6000"]
ASYNC = "driver_async_probe=tpm_tis"
WAIT_MS, SHORT_WAIT_MS = 20000, 1000
CUT = 1


def log_of(banks):
    """The golden log with these banks only."""
    log = replay.FirmwareLog(replay.read(lab.VECTOR_LOG))
    wanted = {ident: name for ident, name in replay.ALG_IDS.items() if name in banks.split(",")}
    spec = log.events[0].data
    vendor = spec[28 + 4 * len(log.banks):]
    spec = spec[:24] + struct.pack("<I", len(wanted)) + b"".join(
        struct.pack("<HH", ident, replay.SIZES[name]) for ident, name in wanted.items()) + vendor
    whole = struct.pack("<II20sI", 0, replay.EV_NO_ACTION, b"", len(spec)) + spec
    for event in log.events[1:]:
        whole += struct.pack("<III", event.pcr, event.kind, len(wanted)) + b"".join(
            struct.pack("<H", ident) + event.digests[name] for ident, name in wanted.items())
        whole += struct.pack("<I", len(event.data)) + event.data
    return whole


def padded(tree):
    tree.put(tree.tpm, "linux,sml-size", linux_boots.AREA)


def cut(tree):
    size = int.from_bytes(next(value for _, name, value, _, _ in replay.Tree(tree.path.read_bytes()).properties()
                               if name == b"linux,sml-size"), "big")
    tree.put(tree.tpm, "linux,sml-size", size - CUT)


# What the kernel is to see of the log, and the form in which the tree gives it to each of TPMS.
FORMS = {
    "exact": (linux_boots.not_reserved, linux_boots.as_it_is, linux_boots.both, linux_boots.as_it_is, linux_boots.as_it_is),
    "padded": (padded, linux_boots.region, padded, linux_boots.region, padded),
    "cut": (cut,) * 5,
    "no-map": (linux_boots.no_map, linux_boots.no_map_padded, linux_boots.region_no_map, linux_boots.no_map, linux_boots.no_map_padded),
    "none": (linux_boots.absent, linux_boots.empty, linux_boots.half, linux_boots.size_zero, linux_boots.size_wide),
}
LOGS = tuple(FORMS)
# The ways to see none that are left over are those of boots that need no log.
WITHOUT = {"sleep": linux_boots.nowhere, "sleep-reset": linux_boots.over_the_end, "waited-in-vain": linux_boots.size_huge}

# Programs are started in a loop, each a file of its own; meanwhile the driver of the TPM is taken away. The TPM's values then
# come from the proxy, as the guest cannot read them any more.
UNBIND = """#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
mount -t securityfs securityfs /sys/kernel/security
mount -t tmpfs tmpfs /run
# EVM is told that no other key comes: until then nobody may change the mode of a file without attributes.
printf 0x80000002 >/sys/kernel/security/evm
mkdir /run/evidence /new
cat /sys/kernel/security/tpm0/binary_bios_measurements >/run/evidence/firmware.log
storm() {
	i=0
	while [ ! -e /run/stop ]; do
		i=$((i + 1))
		printf '#!/bin/sh\\n# %d\\n' $i >/new/$i
		chmod 755 /new/$i
		/new/$i
		[ $i != 20 ] || : >/run/started
	done
	: >/run/stopped
}
storm &
while [ ! -e /run/started ]; do :; done
cd /sys/bus/platform/drivers/tpm_tis
set -- *.tpm_tis
echo "$1" >unbind
count=$(cat /sys/kernel/security/ima/runtime_measurements_count)
while [ $(cat /sys/kernel/security/ima/runtime_measurements_count) -lt $((count + 10)) ]; do :; done
: >/run/stop
while [ ! -e /run/stopped ]; do :; done
cat /sys/kernel/security/ima/binary_runtime_measurements_sha1 >/run/evidence/ima.log
cd /run/evidence
tar -cf /run/evidence.tar firmware.log ima.log
set -- $(sha256sum /run/evidence.tar) $(wc -c </run/evidence.tar)
for serial in /sys/block/*/serial; do
	disk=${serial%/serial}
	[ "$(cat $serial)" != evidence ] || dd if=/run/evidence.tar of=/dev/${disk##*/} bs=64k conv=fsync 2>/dev/null
done
printf 'bootchain: evidence sent, %s bytes, sha256 %s\\n' $3 $1
poweroff -f
"""

# What is said of the TPM in the first program, when there may be none.
STATE = """#!/bin/sh
export PATH=/bin
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
echo "LOOK $(cat /sys/kernel/security/ima/tpm_state)"
while read -r line; do echo "LIST $line"; done </sys/kernel/security/ima/ascii_runtime_measurements_sha1
poweroff -f
"""


def boot_of(banks="all", append="", first=None, beside=(), proxy=(), changes=(), kernel=None):
    """A function that makes the words of such a boot; changes: functions that change the tree; first: a program that runs
    instead of the image's /init, with files beside; kernel: a function that makes another Image."""
    def make(out):
        whole = log_of(BANKS[banks])
        (out / "played").write_bytes(whole)
        initrd = lab.initrd_with(out, first, "first", *beside) if first else lab.OUT + "/initrd.gz"
        words = lab.linux_alone(out, log=whole, initrd_file=initrd, append=append + (" rdinit=/first" if first else ""),
                                image=kernel and kernel())
        tree = linux_boots.Tree(out / "machine.dtb")
        for change in changes:
            change(tree)
        return words + ["--banks", BANKS[banks]] + lab.proxied(out, "--played", out / "played", *proxy)
    return make


# What a TPM does, as arguments of boot_of().
TPMS = {
    "early": {},
    "deferred": {"changes": [linux_boots.deferred]},
    "late": {"append": "%s ima_tpm_wait=%d" % (ASYNC, WAIT_MS), "proxy": LATE},
    "bypass": {"append": ASYNC, "proxy": TOO_LATE},
    "unbound": {"first": UNBIND},
}
# The template is IMA's default one, but here. The old one can only hold an aggregate of the SHA-1 bank.
TEMPLATES = {
    ("early", "all", "padded"): "ima",
    ("early", "one", "exact"): "ima-ng",
    ("early", "sha384", "cut"): "ima-ngv2",
    ("early", "one", "no-map"): "ima-sigv2",
    ("early", "all", "none"): "ima-buf",
    ("late", "one", "padded"): "ima-modsig",
    ("late", "all", "cut"): "evm-sig",
}


def name_of(tpm, banks, log):
    return "tpm-%s-%s-%s" % (tpm, banks, log)


def form_of(tpm, log):
    return FORMS[log][list(TPMS).index(tpm)]


def template_of(*combination):
    return TEMPLATES.get(combination, "ima-sig")


def combined(tpm, banks, log):
    words = dict(TPMS[tpm])
    words["changes"] = [form_of(tpm, log), *words.get("changes", ())]
    if (tpm, banks, log) in TEMPLATES:
        words["append"] = words.get("append", "") + " ima_template=" + TEMPLATES[tpm, banks, log]
    return boot_of(banks, **words)


FULL = [(tpm, banks, log) for tpm in TPMS for banks in BANKS for log in LOGS]
lab.SPECS.update({name_of(*combination): combined(*combination) for combination in FULL})


def pairwise():
    """Each TPM with each log; the banks go round, so that each meets each TPM and each log."""
    banks = list(BANKS)
    return [(tpm, banks[(i + j) % len(banks)], log) for i, tpm in enumerate(TPMS) for j, log in enumerate(LOGS)]


def no_driver(tree):
    """The tree has a TPM behind a bus for which this kernel has no driver."""
    tree.put_string(tree.tpm, "compatible", "tcg,tpm_tis-spi")


def disabled(tree):
    tree.put_string(tree.tpm, "status", "disabled")


lab.SPECS.update({
    "never": boot_of(append="ima_tpm_wait=%d" % SHORT_WAIT_MS, first=STATE, changes=[no_driver]),
    "disabled": boot_of(append="ima_tpm_wait=%d" % SHORT_WAIT_MS, first=STATE, changes=[disabled]),
    "waited-in-vain": boot_of(append="%s ima_tpm_wait=%d" % (ASYNC, SHORT_WAIT_MS), proxy=TOO_LATE,
                              changes=[WITHOUT["waited-in-vain"]]),
})

# Each kernel starts the next one while its command line says so; the last one sends the evidence.
KEXEC = """#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
line=$(cat /proc/cmdline)
case $line in
*kexec=2*) /kexec /Image /sys/firmware/initrd "${line%kexec=2*}kexec=1${line#*kexec=2}" ;;
*kexec=1*) /kexec /Image /sys/firmware/initrd "${line%kexec=1*}kexec=0${line#*kexec=1}" ;;
*) umount /sys /proc; exec /init ;;
esac
echo "kexec: status $?"
mount -t devtmpfs devtmpfs /dev
poweroff -f
"""


def kexec(out):
    """Three kernels, one after the other."""
    lab.must(os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-") + "gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-static", "-nostdlib",
             "-ffreestanding", "-o", out / "kexec", os.path.join(lab.TOP, "tests/boot/guest/kexec.c"))
    shutil.copy(os.path.join(lab.OUT, "Image"), out / "Image")
    return boot_of(append="retain_initrd kexec=2", first=KEXEC, beside=("kexec", "Image"))(out)


# ---- root extends a list of its own ---------------------------------------------------------------------------------

def invented_entry(name, digest):
    """An entry ima-ng of a list of the SHA-256 bank: (bytes of the list, what is extended)."""
    data = b"".join(struct.pack("<I", len(field)) + field for field in (b"sha256:\0" + digest, name.encode() + b"\0"))
    extended = hashlib.sha256(data).digest()
    return struct.pack("<I32sI", 10, extended, 6) + b"ima-ng" + struct.pack("<I", len(data)) + data, extended


def invented_list():
    """What a machine would have that started IMA with the TPM, and then ran one good program."""
    pcrs = replay.FirmwareLog(log_of("sha256")).replay("sha256")
    return [invented_entry("boot_aggregate", replay.boot_aggregate(pcrs, "sha256")),
            invented_entry("/sbin/init", hashlib.sha256(b"a good program").digest())]


def extend_by_hand(digest):
    """A shell command: TPM2_PCR_Extend of PCR 10 through /dev/tpm0."""
    body = struct.pack(">I", 10) + struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0) + struct.pack(">IH", 1, 0x0B) + digest
    command = struct.pack(">HII", 0x8002, 10 + len(body), 0x182) + body
    return "printf '%s' >&3; dd bs=4096 count=1 <&3 2>/dev/null >/answer\n" % "".join("\\%03o" % byte for byte in command)


def forging():
    return ("#!/bin/sh\nexport PATH=/bin\nmount -t devtmpfs devtmpfs /dev\nexec 3<>/dev/tpm0\n" +
            "".join(extend_by_hand(extended) for _, extended in invented_list()) + "exec 3>&-\numount /dev\nexec /init\n")


# The machine sleeps for two seconds.
SLEEP = """#!/bin/sh
export PATH=/bin
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
echo +2 >/sys/class/rtc/rtc0/wakealarm
echo freeze >/sys/power/state
echo "LOOK $(cat /sys/kernel/security/ima/tpm_state)"
umount /sys/kernel/security /sys
exec /init
"""

# IMA's first command to the TPM: it reads the PCRs for boot_aggregate.
FIRST_READ = 6

lab.SPECS.update({
    "kexec": kexec,
    "forged": boot_of("one", append=ASYNC, proxy=TOO_LATE, first=forging()),
    "violation": boot_of(proxy=["--fault", "error@%d" % FIRST_READ]),
    "sleep": boot_of(first=SLEEP, changes=[WITHOUT["sleep"]]),
    "sleep-reset": boot_of(first=SLEEP, proxy=["--forgets"], changes=[WITHOUT["sleep-reset"]]),
})
