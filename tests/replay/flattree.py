# SPDX-License-Identifier: BSD-2-Clause
"""What the independent replay reads bytes and flat trees with; rule fdt1."""
import struct


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


FDT_BEGIN, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 1, 2, 3, 4, 9
SEEDS = {b"kaslr-seed": range(8, 9), b"rng-seed": range(1, 65)}


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

    def properties(self):
        """Yields (path, name, value, offset of the record, offset behind it)."""
        path, cursor = [], Cursor(self.blob[:self.structs + self.structs_size], self.structs)
        while True:
            start = cursor.pos
            token, = cursor.unpack(">I", "tree token")
            if token == FDT_BEGIN:
                name = self._string(cursor.data, cursor.pos)
                cursor.take((len(name) + 4) & ~3, "node name")
                path.append(name)
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

    def rule_fdt1(self):
        out, seen = bytearray(self.blob), set()
        for path, name, value, start, end in self.properties():
            if path != b"/chosen" or name not in SEEDS:
                continue
            if name in seen or len(value) not in SEEDS[name]:
                raise Malformed("rule fdt1: /chosen/%s is double or has %d bytes" % (name.decode(), len(value)))
            seen.add(name)
            out[start:end] = struct.pack(">I", FDT_NOP) * ((end - start) // 4)
        padding = bytearray(b"\0" * self.total)
        for start, end in self.blocks:
            padding[start:end] = out[start:end]
        return bytes(padding)
