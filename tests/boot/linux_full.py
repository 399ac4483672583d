# SPDX-License-Identifier: BSD-2-Clause
"""Boots of other kernels than the image's, for `make check-full`: without our series, and with lockdep; and with a TPM 1.2."""
import functools
import os

import lab
import linux_late
import replay

LOCKDEP = os.path.join(lab.TOP, "tests/kernel/lockdep.config")


@functools.lru_cache(None)
def stock():
    return lab.another_linux("stock", "--stock")


@functools.lru_cache(None)
def lockdep():
    return lab.another_linux("lockdep", LOCKDEP)


# ---- programs are started in a loop while the TPM comes or goes, two processors, lockdep watches ------------------------

# The kernel starts this one for each of its devices; the first one stays, and tells it to start no others. Every program that it
# starts is another file, a copy: EVM lets nobody change the mode of a file here, until /init has told it that no other key comes.
PROGRAM = "#!/bin/sh\n"
HELPER = """#!/bin/sh
export PATH=/bin
mkdir /storm 2>/dev/null || exit 0
mkdir /storm/sys
mount -t sysfs sysfs /storm/sys
echo >/storm/sys/kernel/uevent_helper
i=0
while [ ! -e /storm/stop ]; do
	i=$((i + 1))
	cp /program /storm/$i
	printf '# %d\\n' $i >>/storm/$i
	/storm/$i
done
: >/storm/stopped
"""
LOOK = "while read -r line; do echo \"LOCKDEP $line\"; done </proc/lockdep_stats\n"
# Runs when the initcalls are done; the storm goes on for some more programs.
CALM = """#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
count() { cat /sys/kernel/security/ima/runtime_measurements_count; }
end=$(($(count) + 20))
while [ $(count) -lt $end ]; do :; done
: >/storm/stop
while [ ! -e /storm/stopped ]; do :; done
%s
umount /sys/kernel/security /sys /storm/sys /proc
exec /init
""" % LOOK


def second_cpu(tree):
    """Another processor like the first one."""
    properties = [(name.decode(), value) for path, name, value, _, _ in replay.Tree(tree.path.read_bytes()).properties()
                  if path == b"/cpus/cpu@0" and name not in (b"phandle", b"reg")]
    tree.add("/cpus/cpu@1")
    tree.put("/cpus/cpu@1", "reg", 1)
    tree.put_string("/cpus/cpu@1", "enable-method", "psci")
    for name, value in properties:
        tree.put_string("/cpus/cpu@1", name, value.rstrip(b"\0").decode())


def watched(**words):
    """A boot of the kernel with lockdep and with two processors."""
    make = linux_late.boot_of(kernel=lockdep, changes=[second_cpu, *words.pop("changes", ())], **words)
    return lambda out: make(out) + ["--qemu", "-smp", "--qemu", "2"]


def storm(append, until):
    """The same with programs that the kernel starts during the initcalls, and a TPM that arrives when the console says this."""
    make = watched(first=CALM, beside=["helper", "program"], append=append, proxy=["--fault", "held@1"])

    def with_helper(out):
        for name, text in (("helper", HELPER), ("program", PROGRAM)):
            (out / name).write_text(text)
            (out / name).chmod(0o755)
        return make(out) + [word for part in ("--console", out / "console.log", "--until", until) for word in ("--tpm-proxy", part)]
    return with_helper


WATCHED = {
    "storm-late": storm(linux_late.ASYNC + " ima_tpm_wait=120000", "ima: waiting up to"),
    # IMA runs by then, and some programs with it.
    "storm-bypass": storm(linux_late.ASYNC, "integrity: Loading X.509 certificate: /etc/keys/x509_evm.der"),
    "storm-unbound": watched(first=linux_late.UNBIND.replace("poweroff -f", LOOK + "poweroff -f")),
    "storm-reset": watched(first=linux_late.SLEEP.replace("mount -t sysfs", "mount -t proc proc /proc; mount -t sysfs")
                           .replace("umount", LOOK + "umount /proc; umount"), proxy=["--forgets"]),
}
# The kernel's own tests of lockdep: the splats of those that are about mutexes are printed.
SPLATS = "debug_locks_verbose=4"

# ---- a TPM 1.2 ------------------------------------------------------------------------------------------------------------

# There is nothing in the evidence that the command knows of: the list and the PCRs go to the console.
TPM12 = """#!/bin/sh
export PATH=/bin
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
ima=/sys/kernel/security/ima
echo "LOOK $(cat $ima/tpm_state)"
while read -r line; do echo "LIST $line"; done <$ima/ascii_runtime_measurements_sha1
while read -r line; do echo "PCRS $line"; done </sys/class/tpm/tpm0/device/pcrs
poweroff -f
"""


def tpm12(out):
    words = lab.linux_alone(out, initrd_file=lab.initrd_with(out, TPM12, "first"), append="rdinit=/first")
    return words + ["--tpm", "1.2"]


lab.SPECS.update({
    "stock": linux_late.boot_of(kernel=stock),
    "ours": linux_late.boot_of(),
    "splats": watched(append=SPLATS, first=linux_late.STATE),
    "tpm12": tpm12,
    **WATCHED,
})
