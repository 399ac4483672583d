# SPDX-License-Identifier: BSD-2-Clause
"""The C code: no warning from two compilers with both hash libraries, nothing from cppcheck, exported = documented."""
import os
import re
import subprocess

import pytest
from conftest import TOP, contents, expect_none

HEADERS = ("tools/include/bootchain.h",)
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
# What cppcheck cannot know: that callers outside exist, and that system headers are there.
CPPCHECK = ["--enable=warning,performance,portability", "--inline-suppr", "--error-exitcode=1", "--quiet", "--std=c11",
            "--suppress=missingIncludeSystem", "-D_GNU_SOURCE", "-Itools/include", "-Itools/lib", "-Itools/cmd"]
BAD_C = """#include <stdlib.h>
int main(int argc, char **argv) { int unused; char *p = malloc(4); if (argc > 1) p[7] = *argv[1]; return 0; }
"""


def run(*words, **more):
    return subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)


@pytest.mark.parametrize("compiler,crypto", [("gcc", "libcrypto"), ("gcc", "mbedtls"), ("clang", "libcrypto")])
def test_the_tools_build_without_a_warning(build, compiler, crypto, tmp_path):
    bad = tmp_path / "bad.c"
    bad.write_text(BAD_C)
    assert run(compiler, *WARNINGS, "-fsyntax-only", str(bad)).returncode, "the compiler does not warn at all"
    directory = "%s/check/tools-%s-%s" % (build, compiler, crypto)
    done = run("make", "-s", "tools", "BUILD=" + directory, "CC=" + compiler, "CRYPTO=" + crypto,
               "CFLAGS=" + " ".join(WARNINGS), env=dict(os.environ, MAKEFLAGS=""))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" not in done.stderr
    shown = run(directory + "/bootchain", "--version")
    assert shown.returncode == 0 and shown.stdout.startswith("bootchain ")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_c_code_of_the_tests_has_no_warning(files, compiler):
    names = [n for n in files if n.startswith("tests/") and n.endswith(".c")]
    assert names
    problems = []
    for name in names:
        done = run(compiler, *WARNINGS, "-std=c11", "-D_GNU_SOURCE", "-Itools/include", "-Itools", "-Itools/lib", "-Itools/cmd",
                   "-Itests/unit", "-Itests/fuzz", "-fsyntax-only", name)
        problems += [done.stderr] if done.returncode else []
    expect_none(problems)


def test_cppcheck_finds_nothing(files, tmp_path):
    bad = tmp_path / "bad.c"
    bad.write_text(BAD_C)
    assert run("cppcheck", *CPPCHECK, str(bad)).returncode == 1
    sources = [n for n in files if n.endswith(".c") and n.startswith("tools/")]
    assert sources
    done = run("cppcheck", *CPPCHECK, *sources)
    expect_none(done.stderr.splitlines() if done.returncode else [])


def exported(library, *options):
    """The symbols that a library gives to others, with their nm type."""
    out = run("nm", "--defined-only", *options, library)
    assert out.returncode == 0, out.stderr
    return {words[2]: words[1] for words in map(str.split, out.stdout.splitlines()) if len(words) == 3 and words[1].isupper()}


def declared(header):
    """The functions that the header declares, and those of them that follow no comment in their paragraph."""
    blocks = re.split(r"\n\s*\n", header)
    names, bare = set(), set()
    for block in blocks:
        code = re.sub(r"/\*.*?\*/", "", block, flags=re.S)
        found = set(re.findall(r"^BC_API\b[^;{]*?\b(bc_\w+)\s*\(", code, re.M))
        names |= found
        bare |= found if "/*" not in block else set()
    return names, bare


def test_the_library_exports_what_the_header_documents_and_no_more(build):
    names, bare = declared("/* Says so. */\nBC_API int bc_a(int a);\nBC_API const char *bc_b(\n\tint b);\n\nBC_API int bc_c(void);\n")
    assert (names, bare) == ({"bc_a", "bc_b", "bc_c"}, {"bc_c"})
    documented, without_comment = declared("\n\n".join(contents(header).decode() for header in HEADERS))
    symbols = {n for n, kind in exported(build + "/tools/libbootchain.so.0", "-D", "--without-symbol-versions").items() if kind != "A"}
    expect_none(["exported but not in the header: " + n for n in sorted(symbols - documented)]
                + ["in the header but not exported: " + n for n in sorted(documented - symbols)]
                + ["no comment above it in the header: " + n for n in sorted(without_comment)])


def test_every_global_symbol_begins_with_bc(build):
    symbols = exported(build + "/tools/libbootchain.a", "-g")
    assert "bc_error_set" in symbols
    expect_none([n for n in sorted(symbols) if not n.startswith("bc_")])


def test_the_library_has_no_writable_static_data(build, tmp_path):
    """STYLE: several threads may use it. Relocated constants (.data.rel.ro) are read-only at run time."""
    def writable(library):
        out = run("objdump", "-t", library)
        assert out.returncode == 0
        return sorted({line.split()[-1] for line in out.stdout.splitlines()
                       if re.search(r"\s\.(data|bss)(\.(?!rel\.ro)\S+)?\s+0*[1-9a-f]", line) and " d " not in line})
    source, thing = tmp_path / "a.c", tmp_path / "a.o"
    source.write_text("int counter = 3; int zero; const int *const fine[] = { &counter };\n")
    assert run("gcc", "-fPIC", "-fno-common", "-c", "-o", str(thing), str(source)).returncode == 0
    assert writable(str(thing)) == ["counter", "zero"]
    expect_none(writable(build + "/tools/libbootchain.a"))
