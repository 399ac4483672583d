# SPDX-License-Identifier: BSD-2-Clause
"""A kernel of a few instructions for the boots that are about U-Boot alone: it says a line and switches the machine off."""
import struct

SAYS = "tiny kernel: started"
# Where the kernel that resets the machine once leaves its mark: RAM that U-Boot does not use.
MARK_AT, MARK = 0x5000, 0xB007
# QEMU "virt": the first UART. PSCI (Arm DEN 0022): SYSTEM_OFF; SYSTEM_RESET is the next number.
UART, SYSTEM_OFF = 0x0900, 0x84000008
MOVZ_X, MOVZ_W, MOVK_W, HIGH = 0xD2800000, 0x52800000, 0x72800000, 1 << 21


# An arm64 program that only returns.
RETURN = struct.pack("<I", 0xD65F03C0)


def move(what, register, value):
    return what | (value << 5) | register


def program(says=SAYS, before=(), reset_once=False):
    """Its bytes: after these instructions, if any, it says the line and switches the machine off."""
    code = [
        move(MOVZ_X | HIGH, 1, UART),
        0x10000002,              # adr x2, text: its distance is put in below
        0x38401443,              # ldrb w3, [x2], 1
        0x34000063,              # cbz w3, three on
        0x39000023,              # strb w3, [x1]
        0x17FFFFFD,              # b three back
        move(MOVZ_W, 7, 0),
    ]
    if reset_once:
        code += [
            move(MOVZ_X | HIGH, 4, MARK_AT),
            0xB9400085,          # ldr w5, [x4]
            move(MOVZ_W, 6, MARK),
            0xB9000086,          # str w6, [x4]
            0x6B0600BF,          # cmp w5, w6
            0x1A9F07E7,          # cset w7, ne
        ]
    code += [
        move(MOVZ_W, 0, SYSTEM_OFF & 0xFFFF),
        move(MOVK_W | HIGH, 0, SYSTEM_OFF >> 16),
        0x0B070000,              # add w0, w0, w7
        0xD4000002,              # hvc 0
        0x14000000,              # b here
    ]
    code[1] |= (len(code) - 1) << 5
    code = [*before, *code]
    return struct.pack("<%dI" % len(code), *code) + ("\r\n%s\r\n" % says).encode() + b"\0"


def image(reset_once=False, length=0):
    """An arm64 Image (Documentation/arch/arm64/booting.rst), padded to length; reset_once: the first time it resets instead."""
    body = program(reset_once=reset_once)
    size = max(length, 64 + len(body))
    # flags: 4 KiB pages, anywhere in RAM
    header = struct.pack("<IIQQQ24xII", 0x14000010, 0, 0, size, 0xA, 0x644D5241, 0)
    return (header + body).ljust(size, b"\0")


# The same for 32-bit ARM.
ARM32 = (
    0xE3A01409,                  # mov r1, UART << 16
    0xE28F201C,                  # adr r2, text
    0xE4D23001,                  # ldrb r3, [r2], 1
    0xE3530000,                  # cmp r3, 0
    0x15C13000,                  # strbne r3, [r1]
    0x1AFFFFFB,                  # bne three back
    0xE3000008, 0xE3480400,      # movw, movt r0, SYSTEM_OFF
    0xE1400070,                  # hvc 0
    0xEAFFFFFE,                  # b here
)


# The same for 64-bit RISC-V, in supervisor mode. SBI 2.0, chapter 10: system reset; type and reason 0: shut down.
RISCV = (
    0x100005B7,                  # lui a1, UART of "virt" >> 12
    0x00000617, 0x03860613,      # auipc a2, 0; addi a2, a2, text - here
    0x00064683,                  # lbu a3, 0(a2)
    0x00068863,                  # beqz a3, four on
    0x00D58023,                  # sb a3, 0(a1)
    0x00160613,                  # addi a2, a2, 1
    0xFF1FF06F,                  # j four back
    0x535258B7, 0x3548889B,      # lui a7, 0x53525; addiw a7, a7, 0x354
    0x00000813, 0x00000513,      # li a6, 0; li a0, 0
    0x00000593, 0x00000073,      # li a1, 0; ecall
    0x0000006F,                  # j here
)


def riscv_image(offset=0x400000, says=SAYS):
    """A riscv Image (Documentation/arch/riscv/boot-image-header.rst) that lies so far behind the start of RAM."""
    body = struct.pack("<%dI" % len(RISCV), *RISCV) + ("\r\n%s\r\n" % says).encode() + b"\0"
    # j code; place, size, flags, version 0.2, both magics
    return struct.pack("<IIQQQIIQQII", 0x0400006F, 0, offset, 64 + len(body), 0, 2, 0, 0, int.from_bytes(b"RISCV\0\0\0", "little"),
                       int.from_bytes(b"RSC\5", "little"), 0) + body


def zimage(says=SAYS):
    """A zImage (Documentation/arch/arm/booting.rst): eight nops, a branch over the header, magic, start, end, byte order."""
    body = struct.pack("<10I", *ARM32) + ("\r\n%s\r\n" % says).encode() + b"\0"
    body = body.ljust(len(body) + 3 & ~3, b"\0")
    return struct.pack("<8I", *[0xE1A00000] * 8) + struct.pack("<5I", 0xEA000003, 0x016F2818, 0, 52 + len(body), 0x04030201) + body


# UEFI 2.10, 4.4 and 7.2: GetMemoryMap and ExitBootServices, called with a map on the stack.
EXIT_BOOT_SERVICES = (
    0xAA0003F3,                  # mov x19, x0: the image
    0xF9403034,                  # ldr x20, [x1, 96]: the boot services
    0xD14013FF,                  # sub sp, sp, 16384
    0x5287E009, 0xF90003E9,      # mov w9, 0x3f00; str x9, [sp]: size of the map
    0x910003E0, 0x910103E1,      # mov x0, sp; add x1, sp, 64: the map
    0x910023E2, 0x910043E3,      # add x2, sp, 8: its key; add x3, sp, 16
    0x910063E4,                  # add x4, sp, 24
    0xF9401E89, 0xD63F0120,      # ldr x9, [x20, 56]; blr x9
    0xF94007E1, 0xAA1303E0,      # ldr x1, [sp, 8]; mov x0, x19
    0xF9407689, 0xD63F0120,      # ldr x9, [x20, 232]; blr x9
)


def application(says=SAYS):
    """An EFI application: it ends boot services, then does what the kernel does."""
    return pe(program(says, EXIT_BOOT_SERVICES), 10)


def driver():
    """An EFI driver for boot services, which stays and does nothing."""
    return pe(struct.pack("<I", move(MOVZ_X, 0, 0)) + RETURN, 11)


def pe(body, subsystem):
    """A PE32+ file of one section (Microsoft's PE format)."""
    raw = len(body) + 511 & ~511
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0xAA64, 1, 0, 0, 0, 240, 0x0206)
    # entry and first byte of the code at 4096; sections of 4096 in memory and 512 in the file
    head = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 0, 0, raw, 0, 0, 4096, 4096, 0, 4096, 512, 0, 0, 0, 0, 0, 0, 0,
                       8192, 512, 0, subsystem, 0, 0, 0, 0, 0, 0, 16)
    section = struct.pack("<8sIIIIIIHHI", b".text", len(body), 4096, raw, 512, 0, 0, 0, 0, 0x60000020)
    return (dos + coff + head + bytes(128) + section).ljust(512, b"\0") + body.ljust(raw, b"\0")


# QEMU's default for the generic timer of its arm64 processors, in Hz.
CLOCK = 62500000


def impatient(firmware, times):
    """The same U-Boot, told that the timer is slower than it is: it waits for a TPM that is silent only 1/times as long.

    Its first instruction, a branch, becomes one to four instructions behind it that set CNTFRQ_EL0 and go where it went.
    """
    assert firmware[3] >> 2 == 0x14 >> 2, "the first instruction is no branch"
    (first,) = struct.unpack_from("<I", firmware)
    at = (len(firmware) + (1 << 20)) & ~0xFFFF  # beyond its BSS
    target = (first & 0x3FFFFFF) * 4
    value = CLOCK // times
    stub = struct.pack("<4I", move(MOVZ_X, 9, value & 0xFFFF), move(0xF2800000 | HIGH, 9, value >> 16), 0xD51BE009,
                       0x14000000 | ((target - at - 12) // 4 & 0x3FFFFFF))
    return struct.pack("<I", 0x14000000 | at // 4) + firmware[4:].ljust(at - 4, b"\0") + stub
