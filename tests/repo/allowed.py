# SPDX-License-Identifier: BSD-2-Clause
"""Warnings of checkpatch that stand, each with its reason: (part of the patch's name, type) -> why."""

ALLOWED = {
    ("tell-the-OS-where-the-event-log-is", "LIVETREE"): "the OS's tree is flat, and is read with libfdt",
    ("measure-what-is-handed-over", "PREFER_IF"): "lines that move as they are",
    ("do-not-ignore-a-failed-measurement", "ENOTSUPP"): "what the code around it returns",
    ("measure-into-PCR-0-7", "LEADING_SPACE"): "the lines of an asm() statement line up, as elsewhere",
    ("measure-into-PCR-0-7", "AVOID_EXTERNS"): "the symbol is defined by .incbin in the same file",
    ("name-the-boot_aggregate-of-a-late-start", "STATIC_CONST_CHAR_ARRAY"): "used in other files, as the name beside it",
    ("pass-the-event-log-on-where-Linux-can-map", "LIVETREE"): "the OS's tree is flat, and is read with libfdt",
    ("continue-the-log-that-the-bloblist-holds", "LONG_LINE_STRING"): "a line of the console stays in one piece",
    ("find-a-TPM-that-was-not-reset", "LONG_LINE_STRING"): "a line of the console stays in one piece",
    ("add-a-command-that-shows", "LONG_LINE_STRING"): "a line of the console stays in one piece",
    ("add-a-command-that-shows", "CMD_TEST"): "its test is in the patch, beside those of measured boot",
    ("have-several-PCR-banks", "PREFER_IF"): "the hash is not there to be called without its option",
    ("let-the-TPM-hash-the-separators", "ENOTSUPP"): "what the code around it returns",
    ("let-each-TPM-command-fail", "CMD_TEST"): "a subcommand of ut, which is the test",
}


def stands(line):
    """Whether a line of checkpatch is one of those."""
    return any(part in line.split(":", 1)[0] and ": WARNING:%s:" % kind in line for part, kind in ALLOWED)
