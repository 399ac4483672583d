# SPDX-License-Identifier: BSD-2-Clause
"""The rules of CONTRIBUTING.md that a machine can check: each function takes contents and returns what is wrong with them."""
import os
import re

MAX_LINES = 600
# The only installed header (one include, one page to read) holds every function with its errors.
LONGER = {"tools/include/bootchain.h": 1000}
# Not ours to shape, or no place for a comment in the format.
SPDX_EXEMPT = re.compile(r"(^LICENSES/|\.(md|patch|json|dtb|pcrs|txt|out|expected|in)$|(^|/)\.gitignore$|^tests/(data|fuzz|cmd)/.*)")
LENGTH_EXEMPT = re.compile(r"(\.patch$|^LICENSES/|^tests/data/)")
SPDX = re.compile(r"SPDX-License-Identifier: [A-Za-z0-9.-]+( (OR|AND|WITH) [A-Za-z0-9.-]+)*( \*/)?$")

# Paths that exist on one machine only. Written in pieces, so that this file does not hold them itself.
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/" + r"(work|home|Users)/[\w.-]+" + r"|\.\./" + r"shared\b")
PRIVATE_KEY = re.compile("-----BEGIN " + "[A-Z ]*PRIVATE KEY-----")
HOST_NAME = re.compile(r"https?://([\w.-]+)")
# This machine, and names in prose and links; an archive or mirror must come from the user's own apt configuration.
HOSTS_ALLOWED = re.compile(r"^127\.0\.0\.1$|(^|\.)(kernel\.org|denx\.de|trustedcomputinggroup\.org|github\.com|spdx\.org|example\.(org|com)|debian\.org)$")
FETCHES = re.compile(r"\b(wget|curl)\b|git clone|apt-helper|download-file")


def spdx_problems(name, text):
    """The first line, or the one after `#!`, names the licence."""
    if SPDX_EXEMPT.search(name) and not name.endswith((".c", ".h", ".py", ".sh", ".mk")):
        return []
    lines = text.splitlines()[:3]
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    # scdoc wants the page's name and section in the first line.
    first = lines[2:] if name.endswith(".scd") else lines[:1]
    return [] if first and SPDX.search(first[0]) else ["%s: no SPDX line first" % name]


def length_problems(name, text):
    lines = text.count("\n")
    most = LONGER.get(name, MAX_LINES)
    return ["%s: %d lines, at most %d" % (name, lines, most)] if lines > most and not LENGTH_EXEMPT.search(name) else []


def machine_problems(name, text):
    """Paths of one machine, private keys, hosts that a script would fetch from."""
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        where = "%s:%d: " % (name, number)
        # tests/data holds logs of real machines: names in them are evidence, not configuration.
        if MACHINE_PATHS.search(line) and not name.startswith("tests/data/"):
            problems.append(where + "a path that only one machine has")
        if PRIVATE_KEY.search(line):
            problems.append(where + "a private key")
        for host in HOST_NAME.findall(line):
            if FETCHES.search(line) or not name.endswith((".md", ".patch", ".txt", ".1", ".scd")) and not HOSTS_ALLOWED.search(host):
                problems.append(where + "the host " + host)
    return problems


def whitespace_problems(name, text):
    if name.endswith(".patch") or name.startswith(("tests/data/", "tests/fuzz/corpus/", "LICENSES/", "tests/cmd/")):
        return []
    problems = ["%s:%d: space at the end of the line" % (name, n)
                for n, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
    return problems + (["%s: no newline at the end" % name] if text and not text.endswith("\n") else [])


def anchors(text):
    """The anchors that the headings of a markdown page get."""
    names = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", text, re.M):
        names.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return names


def link_problems(name, text, exists, read):
    """Links between the pages that lead nowhere; links to the web are not followed."""
    problems, prose = [], re.sub(r"```.*?```", "", text, flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        if not exists(path):
            problems.append("%s: the link to %s leads nowhere" % (name, target))
        elif anchor and path.endswith(".md") and anchor not in anchors(read(path)):
            problems.append("%s: no heading for the link to %s" % (name, target))
    return problems
