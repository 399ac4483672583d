# SPDX-License-Identifier: BSD-2-Clause
"""For replay.py: bytes that are read with each length checked, and the flat tree with rule fdt1."""
import struct

FDT_BEGIN, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 1, 2, 3, 4, 9
# U-Boot's bounds, so that nothing is judged by a rule that it would not have measured by.
RULE_MAX, PATHS_MAX = 1023, 16
SEEDS = {b"kaslr-seed": range(8, 9), b"rng-seed": range(1, 65)}


class Malformed(ValueError):
    """An input that does not have the form it should have."""


class Cursor:
    """Reads forward in bytes and never past their end."""

    def __init__(self, data, offset=0):
        self.data, self.pos = data, offset

    def left(self):
        return len(self.data) - self.pos

    def take(self, count, what):
        if count > self.left():
            raise Malformed("%s at byte %d: %d bytes wanted, %d left" % (what, self.pos, count, self.left()))
        piece = self.data[self.pos:self.pos + count]
        self.pos += count
        return piece

    def unpack(self, fmt, what):
        return struct.unpack(fmt, self.take(struct.calcsize(fmt), what))


def rule_paths(rule):
    """The paths of "fdt1 /chosen/bootloader /soc/a@1"."""
    if rule.split(b" ")[0] != b"fdt1":
        raise Malformed("the tree was measured under a rule other than fdt1: %r" % rule)
    paths = rule.split(b" ")[1:]
    if len(rule) > RULE_MAX or len(paths) > PATHS_MAX:
        raise Malformed("rule fdt1: %d paths in %d bytes" % (len(paths), len(rule)))
    for path in paths:
        if path[:1] != b"/" or not all(path[1:].split(b"/")):
            raise Malformed("rule fdt1: %r is no path" % path)
    return paths


class Tree:
    """A flat tree: .properties() walks it, .rule_fdt1() gives the bytes that the event's digest is over."""

    def __init__(self, data):
        header = Cursor(data).unpack(">10I", "tree header")
        magic, self.total, self.structs, self.strings, self.reserve = header[:5]
        self.strings_size, self.structs_size = header[8], header[9]
        if magic != 0xD00DFEED or header[5] < 17 or self.total > len(data):
            raise Malformed("no flat tree of version 17 (magic %08x, %d of %d bytes)" % (magic, len(data), self.total))
        self.blob = bytes(data[:self.total])
        self.blocks = ((0, 40), (self.reserve, self._reserve_end()), (self.structs, self.structs + self.structs_size),
                       (self.strings, self.strings + self.strings_size))
        if max(end for _, end in self.blocks) > self.total:
            raise Malformed("tree: blocks %s in %d bytes" % (self.blocks, self.total))

    def _reserve_end(self):
        cursor = Cursor(self.blob, self.reserve)
        while cursor.unpack(">QQ", "tree reservations") != (0, 0):
            pass
        return cursor.pos

    def nodes(self):
        """The path of each node."""
        return [path for path, name, *_ in self._walk() if name is None]

    def properties(self):
        """Yields (path, name, value, offset of the record, offset behind it)."""
        return (item for item in self._walk() if item[1] is not None)

    def _walk(self):
        """As properties(), and for each node the same with None for name and value."""
        path, cursor = [], Cursor(self.blob[:self.structs + self.structs_size], self.structs)
        while True:
            start = cursor.pos
            token, = cursor.unpack(">I", "tree token")
            if token == FDT_BEGIN:
                name = self._string(cursor.data, cursor.pos)
                cursor.take((len(name) + 4) & ~3, "node name")
                path.append(name)
                yield b"/".join(path) or b"/", None, None, start, cursor.pos
            elif token == FDT_END_NODE and path:
                path.pop()
            elif token == FDT_PROP and path:
                size, offset = cursor.unpack(">II", "property")
                value = cursor.take(size, "property value")
                cursor.take(-size % 4, "property value")
                yield b"/".join(path) or b"/", self._string(self.blob, self.strings + offset), value, start, cursor.pos
            elif token == FDT_END and not path:
                return
            elif token != FDT_NOP:
                raise Malformed("tree: token %#x at byte %d" % (token, start))

    @staticmethod
    def _string(data, offset):
        end = data.find(b"\0", offset)
        if end < 0:
            raise Malformed("tree: no end of the name at byte %d" % offset)
        return data[offset:end]

    def get(self, path, name):
        """The value of a property; the first of several, None when there is none."""
        return next((value for where, what, value, _, _ in self.properties() if (where, what) == (path, name)), None)

    def rule_fdt1(self, rule=b"fdt1"):
        paths, out, seen = rule_paths(rule), bytearray(self.blob), set()
        for path in paths:
            if self.nodes().count(path) > 1:
                raise Malformed("rule fdt1: there are two nodes %r" % path)
        for path, name, value, start, end in self.properties():
            if path == b"/chosen" and name in SEEDS:
                if name in seen or len(value) not in SEEDS[name]:
                    raise Malformed("rule fdt1: /chosen/%s is double or has %d bytes" % (name.decode(), len(value)))
                seen.add(name)
            elif path not in paths:
                continue
            out[start:end] = struct.pack(">I", FDT_NOP) * ((end - start) // 4)
        padding = bytearray(b"\0" * self.total)
        for start, end in self.blocks:
            padding[start:end] = out[start:end]
        return bytes(padding)


# ---- PCR values and verdicts -------------------------------------------------------------------------------------
