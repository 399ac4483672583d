# SPDX-License-Identifier: BSD-2-Clause
"""swtpm in a directory, spoken to in raw commands (TPM 2.0 Part 3); nothing else is needed."""
import os
import socket
import struct
import subprocess
import time

PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 1, 0)
ALGS = {"sha1": 0x4, "sha256": 0xB, "sha384": 0xC, "sha512": 0xD}
ENDORSEMENT, OWNER = 0x4000000B, 0x40000001


class Tpm:
    def __init__(self, directory):
        self.path = os.path.join(directory, "tpm")
        state = os.path.join(directory, "tpm-state")
        os.mkdir(state)
        subprocess.run(["swtpm_setup", "--tpm2", "--tpmstate", state, "--pcr-banks", ",".join(ALGS), "--overwrite"], check=True,
                       capture_output=True, timeout=60)
        self.process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + state, "--flags", "startup-clear", "--server",
                                         "type=unixio,path=" + self.path, "--ctrl", "type=unixio,path=" + self.path + ".ctrl"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(400):
            if os.path.exists(self.path + ".ctrl") and self.listens():
                return
            time.sleep(0.05)
        raise RuntimeError("swtpm does not start")

    def listens(self):
        """Its socket is there a moment before anybody listens."""
        with socket.socket(socket.AF_UNIX) as tpm:
            return tpm.connect_ex(self.path) == 0

    def close(self):
        self.process.kill()
        self.process.wait()

    def tcti(self, log, *words):
        """Through the proxy: each command its own log line, and one of them made to fail."""
        return "cmd:/usr/bin/python3 -B %s %s %s %s" % (os.path.join(os.path.dirname(os.path.abspath(__file__)), "tpm_proxy.py"), self.path,
                                                     log, " ".join(map(str, words)))

    def ask(self, code, handles, parameters, auth=True):
        body = b"".join(struct.pack(">I", handle) for handle in handles) + (PASSWORD if auth else b"") + parameters
        with socket.socket(socket.AF_UNIX) as tpm:
            tpm.connect(self.path)
            tpm.sendall(struct.pack(">HII", 0x8002 if auth else 0x8001, 10 + len(body), code) + body)
            answer = tpm.recv(65536)
        result = struct.unpack(">I", answer[6:10])[0]
        assert result == 0, "command %x: %x" % (code, result)
        return answer[10:]

    def extend(self, pcr, digests):
        self.ask(0x182, [pcr], struct.pack(">I", len(digests)) + b"".join(struct.pack(">H", ALGS[alg]) + digest
                                                                          for alg, digest in digests.items()))

    def create_primary(self, public):
        sensitive = struct.pack(">HHH", 4, 0, 0)
        answer = self.ask(0x131, [ENDORSEMENT], sensitive + struct.pack(">H", len(public)) + public + struct.pack(">HI", 0, 0))
        return struct.unpack(">I", answer[:4])[0]

    def make_persistent(self, handle, persistent):
        self.ask(0x120, [OWNER, handle], struct.pack(">I", persistent))
        self.ask(0x165, [], struct.pack(">I", handle), auth=False)

    def transient(self):
        """Handles of keys that somebody left behind."""
        answer = self.ask(0x17A, [], struct.pack(">III", 1, 0x80000000, 16), auth=False)
        return struct.unpack(">I", answer[5:9])[0]
