#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Independent replay: firmware logs, IMA lists and evidence judged with hashlib and struct alone.

This is the second opinion on the command `bootchain`: it shares no code, table or test value with it, so that one
misreading of a specification cannot make both agree. The tests import it; by hand:

    replay.py log FILE [--pcrs FILE] [--ima FILE]     PCRs that a firmware log and an IMA list lead to
    replay.py fdt FILE [--rule TEXT]                  digest of a flat tree under rule fdt1 ("fdt1 /path" with TEXT)
    replay.py evidence DIR [--kernel F] [--initrd F] [--rule TEXT]    judge an evidence directory against its pcrs.txt
    replay.py corpus DIR                              every log in DIR against the FILE.pcrs beside it

Exit 0: everything asked holds. 1: it does not. 2: usage. 3: an input is missing or malformed.
"""
import hashlib
import json
import os
import sys

from flat import Cursor, Malformed, Tree

ALG_IDS = {0x0004: "sha1", 0x000B: "sha256", 0x000C: "sha384", 0x000D: "sha512"}
ALGS = tuple(ALG_IDS.values())
SIZES = {alg: hashlib.new(alg).digest_size for alg in ALGS}

# TCG PC Client Platform Firmware Profile 1.06, 10.4.1
EV_NO_ACTION = 0x00000003
EV_SEPARATOR = 0x00000004
EV_ACTION = 0x00000005
EV_EVENT_TAG = 0x00000006
EV_S_CRTM_VERSION = 0x00000008
EV_PLATFORM_CONFIG_FLAGS = 0x0000000A
EV_TABLE_OF_DEVICES = 0x0000000B
EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001
EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003
EV_EFI_BOOT_SERVICES_DRIVER = 0x80000004
EV_EFI_GPT_EVENT = 0x80000006
EV_EFI_ACTION = 0x80000007
EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000000A
EV_EFI_HANDOFF_TABLES2 = 0x8000000B
EV_EFI_VARIABLE_BOOT2 = 0x8000000C
EV_EFI_HCRTM_EVENT = 0x80000010

# docs/measurements.md: tags of EV_EVENT_TAG, and those whose digest is over the whole event field
TAG_BASE = 0x55424D00
TAG_CMDLINE = 9
TAG_OPTIONS = 10
TEXT_TAGS = (6, TAG_CMDLINE, TAG_OPTIONS)
DIGEST_IS_OF_DATA = (EV_SEPARATOR, EV_ACTION, EV_S_CRTM_VERSION, EV_PLATFORM_CONFIG_FLAGS,
                     EV_EFI_VARIABLE_DRIVER_CONFIG, EV_EFI_GPT_EVENT, EV_EFI_ACTION, EV_EFI_HANDOFF_TABLES2, EV_EFI_VARIABLE_BOOT2)
# What PCR 4 has behind its separator before another attempt to boot is measured
AGAIN = b"U-Boot: boot attempt failed"
# What the EFI stub of Linux measures into PCR 9 (drivers/firmware/efi/libstub/efistub.h), by id
STUB_TAGS = {0x8F3B22EC: "stub initrd", 0x8F3B22ED: "stub options"}
PCR_COUNT = 24
# security/integrity/ima/ima_init.c; the second when IMA started late
AGGREGATES = ("boot_aggregate", "boot_aggregate_late")
# security/integrity/ima/ima_template.c
TEMPLATE_FIELDS = {"ima": 2, "ima-ng": 2, "ima-sig": 3, "ima-ngv2": 2, "ima-sigv2": 3, "ima-buf": 3, "ima-modsig": 5, "evm-sig": 9}


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def digest(alg, data):
    return hashlib.new(alg, data).digest()


def extend(alg, value, measured):
    return digest(alg, value + measured)


# ---- firmware log ------------------------------------------------------------------------------------------------

class Event:
    def __init__(self, number, pcr, kind, digests, data):
        self.number, self.pcr, self.kind, self.digests, self.data = number, pcr, kind, digests, data

    def tag(self):
        """(id, bytes) of an EV_EVENT_TAG event."""
        cursor = Cursor(self.data)
        ident, size = cursor.unpack("<II", "event tag")
        body = cursor.take(size, "event tag")
        if cursor.left():
            raise Malformed("event %d: %d bytes behind the tag" % (self.number, cursor.left()))
        return ident, body

    def variable(self):
        """(name, data) of an event that holds UEFI_VARIABLE_DATA."""
        cursor = Cursor(self.data, 16)
        length, size = cursor.unpack("<QQ", "variable")
        name, data = cursor.take(2 * length, "variable name"), cursor.take(size, "variable data")
        if cursor.left():
            raise Malformed("event %d: %d bytes behind the variable" % (self.number, cursor.left()))
        return name.decode("utf-16-le"), data

    def blob(self):
        """(name, base, length) of an EV_EFI_PLATFORM_FIRMWARE_BLOB2 event."""
        cursor = Cursor(self.data)
        size, = cursor.unpack("<B", "blob name")
        name = cursor.take(size, "blob name")
        base, length = cursor.unpack("<QQ", "blob place")
        if cursor.left() or not name.endswith(b"\0") or b"\0" in name[:-1]:
            raise Malformed("event %d: not a blob description" % self.number)
        return name[:-1].decode("latin-1"), base, length


class FirmwareLog:
    """A parsed log: .banks, .events (Spec ID is number 0), .start of PCR 0, .end (first byte behind the events)."""

    def __init__(self, data):
        self.events, self.start, cursor = [], 0, Cursor(data)
        pcr, kind, sha1, size = cursor.unpack("<II20sI", "header")
        body = cursor.take(size, "header")
        agile = self._spec_id(body) if kind == EV_NO_ACTION else None
        self.banks, read = agile or {"sha1": 20}, self._read_agile if agile else self._read_sha1
        self.events.append(Event(0, pcr, kind, {"sha1": sha1}, body))
        self.end = cursor.pos
        while cursor.left() and not self._padding(data, cursor.pos):
            self.events.append(read(cursor, len(self.events)))
            self._note_start(self.events[-1])
            self.end = cursor.pos

    @staticmethod
    def _spec_id(body):
        """The digest sizes of a TCG_EfiSpecIDEvent; None for a log of the SHA-1 form."""
        if not body.startswith(b"Spec ID Event03\0"):
            return None
        cursor = Cursor(body, 16)
        count = cursor.unpack("<IBBBBI", "Spec ID")[5]
        if not 1 <= count <= 16:
            raise Malformed("Spec ID: %d algorithms" % count)
        banks = {}
        for _ in range(count):
            ident, size = cursor.unpack("<HH", "Spec ID algorithm")
            name = ALG_IDS.get(ident, "alg-%#x" % ident)
            if name in banks or SIZES.get(name, size) != size or not 1 <= size <= 64:
                raise Malformed("Spec ID: algorithm %s of %d bytes" % (name, size))
            banks[name] = size
        vendor, = cursor.unpack("<B", "Spec ID vendor size")
        cursor.take(vendor, "Spec ID vendor data")
        return banks

    @staticmethod
    def _padding(data, pos):
        """Zeros, or erased flash, up to the end of the area."""
        rest = data[pos:]
        return rest.count(0) == len(rest) or rest.count(0xFF) == len(rest)

    def _read_sha1(self, cursor, number):
        pcr, kind, sha1, size = cursor.unpack("<II20sI", "event %d" % number)
        return Event(number, pcr, kind, {"sha1": sha1}, cursor.take(size, "event %d" % number))

    def _read_agile(self, cursor, number):
        what = "event %d" % number
        pcr, kind, count = cursor.unpack("<III", what)
        if not 1 <= count <= len(self.banks) or pcr >= PCR_COUNT and kind != EV_NO_ACTION:
            raise Malformed("%s: PCR %d, %d digests, %d banks" % (what, pcr, count, len(self.banks)))
        digests = {}
        for _ in range(count):
            ident, = cursor.unpack("<H", what)
            name = ALG_IDS.get(ident, "alg-%#x" % ident)
            if name not in self.banks or name in digests:
                raise Malformed("%s: digest of algorithm %s" % (what, name))
            digests[name] = cursor.take(self.banks[name], what)
        size, = cursor.unpack("<I", what)
        return Event(number, pcr, kind, digests, cursor.take(size, what))

    def _note_start(self, event):
        """PFP 1.06, 10.4.5.3: who started the TPM decides what PCR 0 starts with."""
        if event.kind == EV_EFI_HCRTM_EVENT and event.pcr == 0:
            self.start = 4
        elif event.kind == EV_NO_ACTION and event.data.startswith(b"StartupLocality\0") and len(event.data) == 17:
            self.start = event.data[16]

    def replay(self, alg):
        """{pcr: value} of the PCRs that the log extends, PCR 0 always."""
        values = {0: self.start.to_bytes(SIZES[alg], "big")}
        for event in self.events:
            if event.kind != EV_NO_ACTION and alg in event.digests:
                before = values.get(event.pcr, b"\0" * SIZES[alg])
                values[event.pcr] = extend(alg, before, event.digests[alg])
        return values

    def known_banks(self):
        return [alg for alg in ALGS if alg in self.banks]


def name_of(event):
    """The row of docs/measurements.md that an event stands for; None when it is none of them."""
    if event.kind == EV_EFI_PLATFORM_FIRMWARE_BLOB2:
        return event.blob()[0]
    if event.kind == EV_EVENT_TAG:
        return STUB_TAGS.get(event.tag()[0]) or "tag %02x" % (event.tag()[0] - TAG_BASE)
    if event.kind == EV_PLATFORM_CONFIG_FLAGS and event.data.startswith(b"env-state\0"):
        return "env-state"
    return {EV_S_CRTM_VERSION: "version", EV_TABLE_OF_DEVICES: "dts", EV_ACTION: "action",
            EV_EFI_VARIABLE_DRIVER_CONFIG: "verification", EV_SEPARATOR: "separator",
            EV_EFI_BOOT_SERVICES_APPLICATION: "application", EV_EFI_BOOT_SERVICES_DRIVER: "driver", EV_EFI_GPT_EVENT: "gpt", EV_EFI_ACTION: "EFI action",
            EV_EFI_HANDOFF_TABLES2: "tables", EV_EFI_VARIABLE_BOOT2: "boot variable"}.get(event.kind)


def check_own_digests(log):
    """Problems: events of no row, or without a digest for a bank, or whose digest should be that of their data."""
    problems = ["event %d: type %#x, %d digests, %d banks" % (e.number, e.kind, len(e.digests), len(log.banks))
                for e in log.events[1:] if len(e.digests) != len(log.banks) or name_of(e) is None]
    for event in log.events[1:]:
        covers = event.kind in DIGEST_IS_OF_DATA
        if event.kind == EV_EVENT_TAG:
            covers = event.tag()[0] - TAG_BASE in TEXT_TAGS
        for alg in log.known_banks() if covers else ():
            if event.digests.get(alg) != digest(alg, event.data):
                problems.append("event %d (%s): the %s digest is not that of its data" % (
                    event.number, name_of(event), alg))
    return problems


def by_efi(log):
    """Whether an EFI application was started."""
    return any(event.kind == EV_EFI_BOOT_SERVICES_APPLICATION for event in log.events)


def may_be_late(event):
    """Whether the event may stand behind a separator: the next application, and what is said of it."""
    return event.kind in (EV_EFI_BOOT_SERVICES_APPLICATION, EV_EFI_ACTION) or name_of(event) == "tag %02x" % TAG_OPTIONS


def first_attempt(log):
    """The events up to the first that says that an attempt to boot came back."""
    for at, event in enumerate(log.events[1:], 1):
        if (event.pcr, event.kind, event.data) == (4, EV_ACTION, AGAIN):
            return log.events[1:at]
    return log.events[1:]


def check_closed(log):
    """Problems: PCR 0-7 each end with exactly one separator, of value ffffffff; 00000000 by EFI, where some events may follow.

    So it is before the first attempt to boot came back; what is measured for the next one stands behind the separators.
    """
    problems = []
    value = b"\0" * 4 if by_efi(log) else b"\xff" * 4
    for pcr in range(8):
        events = [e for e in first_attempt(log) if e.pcr == pcr and e.kind != EV_NO_ACTION]
        separators = [e.data for e in log.events[1:] if e.pcr == pcr and e.kind == EV_SEPARATOR]
        while by_efi(log) and events and may_be_late(events[-1]):
            events.pop()
        if separators != [value] or not events or events[-1].kind != EV_SEPARATOR:
            problems.append("PCR %d: separators %s, last event %s" % (
                pcr, [s.hex() for s in separators], name_of(events[-1]) if events else "none"))
    return problems


# ---- IMA list ----------------------------------------------------------------------------------------------------

class ImaEntry:
    def __init__(self, number, pcr, listed, template, fields, hashed):
        self.number, self.pcr, self.listed, self.template = number, pcr, listed, template
        self.fields, self.hashed = fields, hashed
        self.violation = not any(listed)

    def name(self):
        return self.fields[1].rstrip(b"\0").decode("latin-1") if len(self.fields) > 1 else ""

    def file_digest(self):
        """(algorithm, digest) of the first field: `sha256:` NUL digest, or `ima:` before that, or a bare digest of the old template."""
        head, colon, rest = self.fields[0].partition(b":\0")
        return (head.decode("latin-1").removeprefix("ima:"), rest) if colon else ("sha1", self.fields[0])

    def extended(self, alg):
        return b"\xff" * SIZES[alg] if self.violation else digest(alg, self.hashed)


def _ima_fields(template, cursor, what):
    """(fields, the bytes that the template digest is over) of one record."""
    if template == "ima":  # a bare SHA-1 and a name that is hashed as 256 bytes
        sha1 = cursor.take(20, what)
        name = cursor.take(cursor.unpack("<I", what)[0], what)
        return [sha1, name], sha1 + name.ljust(256, b"\0")
    data = cursor.take(cursor.unpack("<I", what)[0], what)
    inner, fields = Cursor(data), []
    while inner.left():
        fields.append(inner.take(inner.unpack("<I", what)[0], what))
    return fields, data


def _ima_read(data, size):
    """(entries, why it ended early or None)"""
    cursor, entries = Cursor(data), []
    try:
        while cursor.left():
            what = "entry %d" % (len(entries) + 1)
            pcr, = cursor.unpack("<I", what)
            listed = cursor.take(size, what)
            length, = cursor.unpack("<I", what)
            template = cursor.take(length, what)
            if pcr >= PCR_COUNT or not 1 <= length <= 64 or not template.isascii():
                raise Malformed("%s: PCR %d, template name of %d bytes" % (what, pcr, length))
            template = template.decode("ascii")
            fields, hashed = _ima_fields(template, cursor, what)
            entries.append(ImaEntry(len(entries) + 1, pcr, listed, template, fields, hashed))
    except Malformed as reason:
        return entries, str(reason)
    return entries, None


class ImaList:
    """.entries and .alg, the bank that the list was written for; the kernel does not write the latter down."""

    def __init__(self, data, whole=True):
        tried = [(alg, *_ima_read(data, SIZES[alg])) for alg in ALGS]
        good = [t for t in tried if t[1] and t[2] is None]
        if not good and not whole:
            good = sorted((t for t in tried if t[1]), key=lambda t: -len(t[1]))
        if not good:
            raise Malformed("no IMA list of any bank (%s)" % "; ".join("as %s: %s" % (t[0], t[2] or "no entry") for t in tried))
        self.alg, self.entries, self.partial = good[0]

    def check(self):
        """Problems: templates of another shape than their name says, template digests that are not of their data."""
        return ["entry %d: template %s with %d fields" % (e.number, e.template, len(e.fields)) for e in self.entries
                if len(e.fields) != TEMPLATE_FIELDS.get(e.template)] + [
            "entry %d (%s): the template digest is not that of its data" % (e.number, e.name())
            for e in self.entries if not e.violation and e.listed != digest(self.alg, e.hashed)]

    def replay(self, alg, count=None):
        values = {}
        for entry in self.entries[:count]:
            values[entry.pcr] = extend(alg, values.get(entry.pcr, b"\0" * SIZES[alg]), entry.extended(alg))
        return values


def boot_aggregate(pcrs, alg):
    """ima_calc_boot_aggregate(): PCR 0-9, but 0-7 in the SHA-1 bank. A PCR without event is as reset."""
    last = 7 if alg == "sha1" else 9
    return digest(alg, b"".join(pcrs.get(pcr, b"\0" * SIZES[alg]) for pcr in range(last + 1)))


# ---- flat tree ---------------------------------------------------------------------------------------------------


def parse_pcrs(text):
    """{alg: {pcr: value}} of lines `alg pcr hex`."""
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        try:
            alg, pcr, value = words[0], int(words[1]), bytes.fromhex(words[2])
        except (IndexError, ValueError):
            raise Malformed("line %d: not `alg pcr hex`: %s" % (number, line)) from None
        if len(words) != 3 or not 0 <= pcr < PCR_COUNT or len(value) != SIZES.get(alg, len(value)):
            raise Malformed("line %d: not `alg pcr hex`: %s" % (number, line))
        if pcr in values.setdefault(alg, {}):
            raise Malformed("line %d: %s PCR %d twice" % (number, alg, pcr))
        values[alg][pcr] = value
    if not values:
        raise Malformed("no PCR in it")
    return values


def initial(alg, pcr):
    """PTP 1.05: PCR 17-22 start as ones, the others as zeros."""
    return (b"\xff" if 17 <= pcr <= 22 else b"\0") * SIZES[alg]


def find_cut(ima, found):
    """How many entries the PCR values cover: one number for all banks and PCRs; None when there is none."""
    pcrs = {entry.pcr for entry in ima.entries}
    values = {alg: {} for alg in found if alg in ALGS}
    for count, entry in enumerate(ima.entries, 1):
        for alg, now in values.items():
            now[entry.pcr] = extend(alg, now.get(entry.pcr, b"\0" * SIZES[alg]), entry.extended(alg))
        if all(now.get(pcr, initial(alg, pcr)) == found[alg][pcr]
               for alg, now in values.items() for pcr in pcrs if pcr in found[alg]):
            return count
    return None


def judge_pcrs(found, log, ima):
    """Problems: PCR values that the firmware log and the IMA list do not lead to."""
    problems = []
    cut = find_cut(ima, found) if ima else 0
    if cut is None:
        problems.append("the IMA list leads to the PCR values found at no entry")
    for alg, values in found.items():
        if alg not in log.banks or alg not in ALGS:
            problems.append("bank %s: not in the log" % alg)
            continue
        expected = log.replay(alg)
        expected.update(ima.replay(alg, cut) if ima else {})
        for pcr, value in sorted(values.items()):
            wanted = expected.get(pcr, initial(alg, pcr))
            if value != wanted:
                problems.append("%s PCR %d: expected %s, found %s" % (alg, pcr, wanted.hex(), value.hex()))
    return problems


def judge_aggregate(log, ima):
    """Problems: the first entry is the boot_aggregate over the PCRs that the firmware log leads to."""
    entry = ima.entries[0]
    alg, value = entry.file_digest()
    if entry.name() not in AGGREGATES:
        return ["entry 1 is %s, not %s" % (entry.name(), " or ".join(AGGREGATES))]
    if alg not in log.known_banks():
        return ["boot_aggregate is in %s, which the log does not hold" % alg]
    wanted = boot_aggregate(log.replay(alg), alg)
    if value != wanted:
        return ["boot_aggregate: expected %s, found %s" % (wanted.hex(), value.hex())]
    return []


def component(log, name):
    """The one event of that name."""
    events = [event for event in log.events[1:] if name_of(event) == name]
    if len(events) != 1:
        raise Malformed("%d events `%s` in the log, not one" % (len(events), name))
    return events[0]


def judge_object(log, name, data):
    """Problems: the event's digests, in every bank, are those of these bytes."""
    event = component(log, name)
    return ["event %d (%s): the %s digest is not that of the object given" % (event.number, name, alg)
            for alg in log.known_banks() if event.digests[alg] != digest(alg, data)]


def judge_cmdline(log, cmdline, tree):
    """Problems: event, /proc/cmdline and the tree's /chosen/bootargs say the same."""
    measured = component(log, "tag 09").tag()[1]
    problems = []
    if measured != cmdline:
        problems.append("command line: measured %r, /proc/cmdline %r" % (measured, cmdline))
    bootargs = (tree.get(b"/chosen", b"bootargs") or b"").rstrip(b"\0")
    if measured != bootargs:
        problems.append("command line: measured %r, in the tree %r" % (measured, bootargs))
    return problems


def judge_options(log, cmdline):
    """Problems: the load options of the last application, and what the stub of Linux measured of them, are /proc/cmdline."""
    options = [event for event in log.events if name_of(event) == "tag %02x" % TAG_OPTIONS][-1].tag()[1]
    problems = judge_object(log, "stub options", options)
    if options.decode("utf-16-le").rstrip("\0").encode() != cmdline:
        problems.append("load options: measured %r, /proc/cmdline %r" % (options, cmdline))
    return problems


def judge_evidence(directory, objects=None, rule=b"fdt1"):
    """Problems of an evidence directory; objects = {"linux": bytes, "initrd": bytes}, rule: of the final tree. None found: []."""
    log, ima = FirmwareLog(read(directory, "firmware.log")), ImaList(read(directory, "ima.log"))
    tree = Tree(read(directory, "fdt.dtb"))
    problems = judge_pcrs(parse_pcrs(read(directory, "pcrs.txt").decode()), log, ima)
    problems += check_own_digests(log) + check_closed(log) + ima.check() + judge_aggregate(log, ima)
    if component(log, "dts").data != b"dts\0" + rule + b"\0":
        problems.append("the tree was measured under a rule other than %r: %r" % (rule, component(log, "dts").data))
    cmdline = read(directory, "cmdline.txt").rstrip(b"\n")
    if by_efi(log):
        # The stub of Linux writes into the tree before Linux shows it: only the firmware's own could be compared.
        problems += judge_options(log, cmdline)
    else:
        problems += judge_object(log, "dts", tree.rule_fdt1(rule)) + judge_cmdline(log, cmdline, tree)
    for name, data in (objects or {}).items():
        problems += judge_object(log, name, data)
        if component(log, name).blob()[2] != len(data):
            problems.append("%s: %d bytes measured, %d given" % (name, component(log, name).blob()[2], len(data)))
    return problems


def judge_corpus(directory):
    """(files judged, problems) over every FILE with a FILE.pcrs beside it."""
    count, problems = 0, []
    for parent, _, files in sorted(os.walk(directory)):
        for name in sorted(files):
            if name + ".pcrs" not in files:
                continue
            count += 1
            path = os.path.join(parent, name)
            try:
                problems += ["%s: %s" % (path, text) for text in judge_log(read(path), read(path + ".pcrs").decode())]
            except Malformed as reason:
                problems.append("%s: %s" % (path, reason))
    return count, problems


def judge_log(data, pcrs):
    """Problems of a firmware log or IMA list, known by content, against `alg pcr hex` lines.

    Of a firmware log alone PCR 10 is not judged: it is IMA's. What a list holds after its last whole entry is ignored.
    """
    try:
        log = FirmwareLog(data)
        replay, skip = log.replay, (10,)
    except Malformed:
        replay, skip = ImaList(data, whole=False).replay, ()
    problems = []
    for alg, values in parse_pcrs(pcrs).items():
        expected = replay(alg)
        for pcr, value in values.items():
            wanted = expected.get(pcr, value if pcr in skip else initial(alg, pcr))
            if wanted != value:
                problems.append("%s PCR %d: expected %s, found %s" % (alg, pcr, wanted.hex(), value.hex()))
    return problems


# ---- command -----------------------------------------------------------------------------------------------------

def command_log(path, options):
    log = FirmwareLog(read(path))
    ima = ImaList(read(options["--ima"])) if "--ima" in options else None
    if "--pcrs" in options:
        return judge_pcrs(parse_pcrs(read(options["--pcrs"]).decode()), log, ima)
    result = {}
    for alg in log.known_banks():
        values = {**log.replay(alg), **(ima.replay(alg) if ima else {})}
        result[alg] = {str(pcr): value.hex() for pcr, value in sorted(values.items())}
    print(json.dumps({"events": len(log.events), "end": log.end, "pcrs": result}, indent=1))
    return []


def command_fdt(path, options):
    data = Tree(read(path)).rule_fdt1(options.get("--rule", "fdt1").encode())
    for alg in ALGS:
        print(alg, digest(alg, data).hex())
    return []


def command_evidence(path, options):
    names = {"--kernel": "linux", "--initrd": "initrd"}
    objects = {names[key]: read(value) for key, value in options.items() if key in names}
    return judge_evidence(path, objects, options.get("--rule", "fdt1").encode())


def command_corpus(path, _):
    count, problems = judge_corpus(path)
    print("%d logs, %d problems" % (count, len(problems)))
    return problems if count else ["%s: no log with a .pcrs beside it" % path]


COMMANDS = {"log": (command_log, ("--pcrs", "--ima")), "fdt": (command_fdt, ("--rule",)),
            "evidence": (command_evidence, ("--kernel", "--initrd", "--rule")), "corpus": (command_corpus, ())}


def main(argv):
    run, allowed = COMMANDS.get(argv[0] if argv else "", (None, ()))
    if run is None or len(argv) % 2 or not all(name in allowed for name in argv[2::2]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        problems = run(argv[1], dict(zip(argv[2::2], argv[3::2])))
    except (Malformed, OSError, UnicodeDecodeError) as reason:
        print("replay.py: %s" % reason, file=sys.stderr)
        return 3
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
