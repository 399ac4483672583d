# SPDX-License-Identifier: BSD-2-Clause
"""Keys of a user, and what is signed with them: no boots."""
import os
import pathlib
import pty
import re
import shutil
import subprocess

import ima
import lab
import pytest

NAMES = {"ima-local-ca-key.pem", "ima-local-ca.pem", "privkey_ima.pem", "x509_ima.der", "privkey_evm.pem", "x509_evm.der", "privkey_fit.pem", "x509_fit.der"}
SCRIPT = pathlib.Path(lab.TOP, "board/build/keys.sh")


def make_keys(directory, *words, script=SCRIPT, **more):
    # The environment of whoever runs the tests is not the test's.
    env = {name: value for name, value in lab.ENV.items() if not name.startswith("BOOTCHAIN_KEYS") and name != "KEY_ALG"}
    return lab.run(script, *words, env=dict(env, BOOTCHAIN_KEYS=str(directory), **more))


@pytest.fixture(scope="module", name="made", params=("ec", "rsa"))
def fixture_made(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param) / "keys"
    done = make_keys(directory, KEY_ALG=request.param)
    assert done.returncode == 0 and done.stdout.strip() == str(directory), done.stderr
    return request.param, directory


@pytest.fixture(name="ec")
def fixture_ec(tmp_path):
    assert make_keys(tmp_path / "keys").returncode == 0
    return tmp_path / "keys"


def text_of(certificate):
    form = "DER" if certificate.suffix == ".der" else "PEM"
    return lab.must("openssl", "x509", "-inform", form, "-in", certificate, "-noout", "-text").stdout


def test_the_set_is_whole_encrypted_and_for_its_owner_only(made):
    _, directory = made
    assert {path.name for path in directory.iterdir()} == NAMES | {"passphrase"}
    assert directory.stat().st_mode & 0o777 == 0o700
    for path in directory.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
        assert "key" not in path.name or path.read_text().split("\n")[0].strip("-") == "BEGIN ENCRYPTED PRIVATE" + " KEY"


def test_certificates_are_leaves_that_the_kernel_takes_and_the_ca_is_none(made):
    algorithm, directory = made
    for name in ("x509_ima.der", "x509_evm.der"):
        text = text_of(directory / name)
        for words in ("CA:FALSE", "Digital Signature", "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier"):
            assert words in text, (name, words)
        assert "Certificate Sign" not in text and "Issuer: O = bootchain, CN = local CA" in text
        assert ("NIST CURVE: P-256" if algorithm == "ec" else "Public-Key: (3072 bit)") in text
    text = text_of(directory / "ima-local-ca.pem")
    assert "CA:TRUE" in text and "Certificate Sign" in text


def test_the_key_of_the_fit_is_rsa_whatever_the_others_are_and_a_pair(made):
    _, directory = made
    assert "Public-Key: (3072 bit)" in text_of(directory / "x509_fit.der")
    public = lab.must("openssl", "x509", "-inform", "DER", "-in", directory / "x509_fit.der", "-noout", "-pubkey").stdout
    passphrase = (directory / "passphrase").read_text().strip()
    assert public == lab.must("openssl", "pkey", "-in", directory / "privkey_fit.pem", "-passin", "env:WORD", "-pubout", env=dict(lab.ENV, WORD=passphrase)).stdout


def test_existing_keys_stay(ec):
    before = {path.name: path.read_bytes() for path in ec.iterdir()}
    assert make_keys(ec, KEY_ALG="rsa").returncode == 0
    assert {path.name: path.read_bytes() for path in ec.iterdir()} == before


@pytest.mark.parametrize("lacks", (("evm",), ("fit",), ("evm", "fit")))
def test_a_set_without_evm_or_fit_gets_it_from_the_same_ca(ec, lacks):
    for name in lacks:
        (ec / ("privkey_%s.pem" % name)).unlink()
        (ec / ("x509_%s.der" % name)).unlink()
    before = {path.name: path.read_bytes() for path in ec.iterdir()}
    done = make_keys(ec)
    assert done.returncode == 0 and {path.name for path in ec.iterdir()} == NAMES | {"passphrase"}, done.stderr
    assert {name: (ec / name).read_bytes() for name in before} == before
    assert [path.name for path in ec.parent.iterdir()] == [ec.name]


@pytest.mark.parametrize("name", sorted(NAMES - {"ima-local-ca-key.pem"}))
def test_a_set_that_is_not_whole_is_refused(ec, name):
    (ec / name).unlink()
    done = make_keys(ec)
    assert done.returncode == 1 and "holds only some of" in done.stderr


def test_the_private_key_of_the_ca_may_be_taken_away(ec):
    (ec / "ima-local-ca-key.pem").unlink()
    done = make_keys(ec)
    assert done.returncode == 0, done.stderr
    # It is missing as soon as it would have to sign.
    for name in ("privkey_evm.pem", "x509_evm.der"):
        (ec / name).unlink()
    done = make_keys(ec)
    assert done.returncode == 1 and "holds only some of" in done.stderr


def test_a_key_said_to_be_elsewhere_is_not_made(tmp_path):
    done = make_keys(tmp_path / "keys", BOOTCHAIN_IMA_KEY="pkcs11:object=ima")
    assert done.returncode == 1 and "holds only some of" in done.stderr and not (tmp_path / "keys").exists()


def test_a_certificate_of_another_ca_is_refused(ec, tmp_path):
    assert make_keys(tmp_path / "other").returncode == 0
    shutil.copy(tmp_path / "other/x509_evm.der", ec)
    done = make_keys(ec)
    assert done.returncode == 1 and "x509_evm.der is not signed by" in done.stderr


def test_keys_in_the_source_tree_are_refused():
    done = make_keys(pathlib.Path(lab.TOP, "keys"))
    assert done.returncode == 1 and "must not live in the source tree" in done.stderr and not pathlib.Path(lab.TOP, "keys").exists()


@pytest.mark.parametrize("name", ("ima-local-ca.pem", "x509_ima.der", "x509_evm.der", "x509_fit.der"))
def test_a_key_that_everybody_has_is_refused(ec, tmp_path, name):
    tree = tmp_path / "tree"
    (tree / "board/build").mkdir(parents=True)
    for file in ("keys.sh", "common.sh", "public-keys"):
        shutil.copy(pathlib.Path(lab.TOP, "board/build", file), tree / "board/build")
    assert make_keys(ec, script=tree / "board/build/keys.sh").returncode == 0
    form = "DER" if name.endswith(".der") else "PEM"
    public = lab.must("openssl", "x509", "-inform", form, "-in", ec / name, "-noout", "-pubkey").stdout
    (tmp_path / "pub.pem").write_text(public)
    lab.must("openssl", "pkey", "-pubin", "-in", tmp_path / "pub.pem", "-outform", "DER", "-out", tmp_path / "pub.der")
    digest = lab.must("sha256sum", tmp_path / "pub.der").stdout.split()[0]
    with open(tree / "board/build/public-keys", "a", encoding="utf-8") as file:
        file.write(digest + " sample key of this test\n")
    done = make_keys(ec, script=tree / "board/build/keys.sh")
    assert done.returncode == 1 and name in done.stderr and "a key that everybody has (sample key of this test)" in done.stderr


# ---- the passphrase ---------------------------------------------------------------------------------------------------

def opens(key, passphrase):
    done = lab.run("openssl", "pkey", "-in", key, "-passin", "env:WORD", "-noout", env=dict(lab.ENV, WORD=passphrase))
    return done.returncode == 0


@pytest.mark.parametrize("how", ("environment", "file"))
def test_the_passphrase_comes_from_environment_or_file(tmp_path, how):
    (tmp_path / "word").write_text("open sesame\n")
    more = {"BOOTCHAIN_KEYS_PASS": "open sesame"} if how == "environment" else {"BOOTCHAIN_KEYS_PASS_FILE": str(tmp_path / "word")}
    assert make_keys(tmp_path / "keys", **more).returncode == 0
    for name in ("ima-local-ca-key.pem", "privkey_ima.pem", "privkey_evm.pem"):
        assert opens(tmp_path / "keys" / name, "open sesame") and not opens(tmp_path / "keys" / name, "open barley")
    assert not (tmp_path / "keys/passphrase").exists()
    done = make_keys(tmp_path / "keys", "pass")
    assert done.returncode == 1 and "cannot read the passphrase" in done.stderr
    assert make_keys(tmp_path / "keys", "pass", **more).stdout == "open sesame\n"


def typed(directory, answers):
    """keys.sh on a terminal of its own, with these answers to its questions: (status, what the terminal showed)."""
    env = dict(lab.ENV, BOOTCHAIN_KEYS=str(directory), BOOTCHAIN_KEYS_PASS_FILE="-")
    env.pop("BOOTCHAIN_KEYS_PASS", None)
    pid, terminal = pty.fork()
    if not pid:
        os.execve(SCRIPT, [str(SCRIPT)], env)
    shown = b""
    answers = list(answers)
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        shown += piece
        if answers and shown.endswith(b": "):
            os.write(terminal, answers.pop(0).encode() + b"\n")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_the_passphrase_is_asked_for_twice_and_not_shown(tmp_path):
    status, shown = typed(tmp_path / "keys", ("open sesame", "open sesame"))
    assert status == 0 and "sesame" not in shown and opens(tmp_path / "keys/privkey_evm.pem", "open sesame")
    status, shown = typed(tmp_path / "none", ("open sesame", "open barley"))
    assert status == 1 and "two different passphrases" in shown and not (tmp_path / "none").exists()


def test_without_a_terminal_there_is_no_prompt(tmp_path):
    env = dict(lab.ENV, BOOTCHAIN_KEYS=str(tmp_path / "keys"), BOOTCHAIN_KEYS_PASS_FILE="-")
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=env, start_new_session=True, timeout=30)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "no terminal to ask for the passphrase" in done.stderr


# ---- what is signed ---------------------------------------------------------------------------------------------------

def rootfs(out, *words, **more):
    return lab.run(ima.ROOTFS, *words, out, env=dict(lab.ENV, **more))


@pytest.mark.parametrize("kind", ("ext4", "erofs"))
def test_a_second_build_is_the_same_file(tmp_path, kind):
    for name in ("one", "two"):
        assert rootfs(tmp_path / name, "--type", kind).returncode == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def inodes(image):
    """What debugfs says of each file, but for where its attributes are."""
    said = ima.debugfs(image, *("stat /%s" % path for path in listing(image)))
    return [line for line in said.splitlines() if re.match(r" *(Inode|User|Size|Links|[acm]time|crtime):", line) and "ACL" not in line]


def listing(image, directory=""):
    found = []
    for line in ima.debugfs(image, "ls -p /" + directory).splitlines():
        parts = line.split("/")
        if len(parts) == 8 and parts[5] not in (".", ".."):
            path = (directory + "/" if directory else "") + parts[5]
            found.append(path)
            if parts[2].startswith("04"):
                found += listing(image, path)
    return found


def test_builds_with_other_signatures_differ_in_nothing_else(tmp_path):
    for name in ("one", "two"):
        assert rootfs(tmp_path / name, "--type", "ext4", BOOTCHAIN_SIGNATURES=str(tmp_path / ("cache-" + name))).returncode == 0
    images = [tmp_path / name for name in ("one", "two")]
    assert images[0].read_bytes() != images[1].read_bytes()
    assert len(listing(images[0])) > 60 and listing(images[0]) == listing(images[1])
    assert len(inodes(images[0])) > 7 * 60 and inodes(images[0]) == inodes(images[1])
    for image in images:
        tree = tmp_path / ("tree-" + image.name)
        tree.mkdir()
        ima.debugfs(image, "rdump / %s" % tree)
    done = lab.run("diff", "-r", "--no-dereference", tmp_path / "tree-one", tmp_path / "tree-two")
    assert done.returncode == 0, done.stdout


def test_a_signature_of_the_cache_is_not_believed(tmp_path):
    cache = tmp_path / "cache"
    assert rootfs(tmp_path / "root", BOOTCHAIN_SIGNATURES=str(cache)).returncode == 0
    for path in cache.iterdir():
        one, other = path.read_text().split()
        path.write_text("%s %s\n" % (one[:-2] + ("00" if one[-2:] != "00" else "01"), other))
    done = rootfs(tmp_path / "root", BOOTCHAIN_SIGNATURES=str(cache))
    assert done.returncode == 1 and "is not one of" in done.stderr


PIN = "a pin"


@pytest.fixture(name="token")
def fixture_token(tmp_path, monkeypatch):
    """The private keys are in a token (PKCS #11), and nowhere else: {variable: value}."""
    directory = tmp_path / "keys"
    assert make_keys(directory, BOOTCHAIN_KEYS_PASS=PIN).returncode == 0
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text("directories.tokendir = %s\n" % (tmp_path / "tokens"))
    monkeypatch.setitem(lab.ENV, "SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    lab.must("softhsm2-util", "--init-token", "--free", "--label", "build", "--pin", PIN, "--so-pin", PIN)
    for number, name in enumerate(("ima", "evm")):
        private = directory / ("privkey_%s.pem" % name)
        lab.must("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", private, "-passin", "env:PIN", "-out", tmp_path / "plain.pem", env=dict(lab.ENV, PIN=PIN))
        lab.must("softhsm2-util", "--import", tmp_path / "plain.pem", "--token", "build", "--label", name, "--id", "0%d" % number, "--pin", PIN)
        (tmp_path / "plain.pem").unlink()
        private.unlink()
    (directory / "ima-local-ca-key.pem").unlink()
    return {"BOOTCHAIN_KEYS": str(directory), "BOOTCHAIN_SIGNATURES": str(tmp_path / "cache"), "BOOTCHAIN_KEYS_PASS": PIN,
            "BOOTCHAIN_IMA_KEY": "pkcs11:token=build;object=ima", "BOOTCHAIN_EVM_KEY": "pkcs11:token=build;object=evm"}


def test_a_token_signs_with_keys_that_are_in_no_file(tmp_path, token):
    done = rootfs(tmp_path / "root", "--type", "ext4", **token)
    assert done.returncode == 0 and (tmp_path / "root").exists(), done.stderr
    assert b"03" in next((tmp_path / "cache").iterdir()).read_bytes()


@pytest.mark.parametrize("change, said", (({"BOOTCHAIN_KEYS_PASS": "another pin"}, "is it the passphrase of another key"),
                                          ({"BOOTCHAIN_EVM_KEY": "pkcs11:token=build;object=ima"}, "is not one of")))
def test_a_token_with_a_wrong_pin_or_key_is_refused(tmp_path, token, change, said):
    done = rootfs(tmp_path / "root", "--type", "ext4", **dict(token, **change))
    assert done.returncode == 1 and said in done.stderr and not (tmp_path / "root").exists(), done.stderr


def keys_with(tmp_path, newline):
    """Keys whose EVM key has, or has not, a byte in its number that ends a line; its DER."""
    for number in range(200):
        directory = tmp_path / ("keys-%d" % number)
        assert make_keys(directory).returncode == 0
        env = dict(lab.ENV, PASS=(directory / "passphrase").read_text().strip())
        lab.must("openssl", "pkey", "-in", directory / "privkey_evm.pem", "-passin", "env:PASS", "-outform", "DER", "-out", tmp_path / "der", env=env)
        der = (tmp_path / "der").read_bytes()
        at = der.index(b"\x02\x01\x01\x04\x20") + 5  # ECPrivateKey (RFC 5915): version 1, 32 bytes
        if (b"\n" in der[at:at + 32]) == newline:
            return directory, der
    raise RuntimeError("no such key in 200 tries")


@pytest.mark.parametrize("what", ("PEM", "number", "number with a newline"))
def test_a_private_key_in_the_image_is_refused(tmp_path, what):
    add = tmp_path / "add/etc"
    add.mkdir(parents=True)
    directory, der = keys_with(tmp_path, what.endswith("newline"))
    if what == "PEM":
        shutil.copy(directory / "privkey_ima.pem", add / "harmless")
    else:
        (add / "harmless").write_bytes(der)
    done = rootfs(tmp_path / "root", "--add", tmp_path / "add", BOOTCHAIN_KEYS=str(directory))
    assert done.returncode == 1 and "the image would hold" in done.stderr and "/etc/harmless" in done.stderr
    assert not (tmp_path / "root").exists()
