# SPDX-License-Identifier: BSD-2-Clause
"""Fetches that must fail. Each waits for retries most of its time, so all run beside the boots."""
import os
import shutil

import lab
import replay

FETCH = os.path.join(lab.TOP, "board/build/fetch.sh")
# Nothing listens on this port, so every connection is refused.
NO_NETWORK = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}


def offline(cache=None):
    return dict(lab.ENV, **NO_NETWORK, **({"XDG_CACHE_HOME": str(cache)} if cache else {}))


def cached():
    """The tarball of U-Boot in the real cache, put there by whatever built the images."""
    done = lab.must(FETCH, "uboot", env=offline())
    return done.stdout.split()[0]


def put(out, data):
    """A cache of its own with this file as the tarball."""
    path = out / "bootchain" / os.path.basename(cached())
    path.parent.mkdir()
    path.write_bytes(data)
    return path


def fetch_empty(out):
    return lab.run(FETCH, "uboot", env=offline(out))


def fetch_spoiled(out):
    data = replay.read(cached())
    put(out, lab.change(data, len(data) // 2, data[len(data) // 2] ^ 1))
    return lab.run(FETCH, "uboot", env=offline(out))


def fetch_cut(out):
    put(out, replay.read(cached())[:100000])
    return lab.run(FETCH, "uboot", env=offline(out))


def fetch_full(out):
    command = 'XDG_CACHE_HOME=$0 "%s" uboot; s=$?; find "$0" -name "u-boot_*" | grep . && exit 98; exit $s' % FETCH
    return lab.on_full_disk(out / "full", command)


JOBS = {"fetch-empty": fetch_empty, "fetch-spoiled": fetch_spoiled, "fetch-cut": fetch_cut, "fetch-full": fetch_full}


class Fetch:
    def __init__(self, out, done):
        self.out, self.done = out, done

    def files(self):
        """What is in the cache that could be taken for a download."""
        return sorted(f.name for f in self.out.rglob("*") if f.is_file() and ("u-boot" in f.name or ".part" in f.name))


def job(name, directory):
    out = directory / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    return Fetch(out, JOBS[name](out))
