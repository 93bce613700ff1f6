"""Signatures: the specification's own vector, keys that ssh-keygen made, an agent, and another implementation."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey
from tests.evidence.store.folders import a_snapshot, hour, leftovers, verify

from trueup.errors import EvidenceError, TrueupError, UsageError
from trueup.evidence.store import envelope, load, write
from trueup.evidence.store.agent import Agent
from trueup.evidence.store.keys import KeyFile, fingerprint
from trueup.evidence.store.signing import sign
from trueup.evidence.store.trust import Trusted, allowed_signers, public_key

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")
needs_agent = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="ssh-agent is not here")


def no_passphrase() -> str:
    raise AssertionError("nobody should be asked")


def make_key(folder: Path, name: str = "key", *, passphrase: str = "", kind: str = "ed25519") -> Path:
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", f"{name}@test", "-f", path], check=True)
    return path


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return write(a_snapshot(), tmp_path / "evidence")[0]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path)


def problems(path: Path, trusted: Trusted | None) -> tuple[str, ...]:
    (found,) = verify([path], trusted)
    return found.problems


def sign_with(path: Path, key: Path) -> Path:
    return sign(path, KeyFile(key, no_passphrase))


# ---------------------------------------------------------------- the form


def test_the_encoding_is_that_of_the_specification() -> None:
    """https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md, Test Vectors."""
    encoded = envelope.pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    x = 46950820868899156662930047687818585632848591499744589407958293238635476079160
    y = 5640078356564379163099075877009565129882514886557779369047442380624545832820
    raw = base64.b64decode("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==")
    signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    theirs = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    theirs.verify(signature, encoded, ec.ECDSA(SHA256()))


@given(kind=st.text(), body=st.binary())
def test_the_encoding_is_that_of_another_implementation(kind: str, body: bytes) -> None:
    assert envelope.pae(kind, body) == TheirEnvelope(body, kind, {}).pae()


@needs_ssh
def test_another_implementation_accepts_what_is_signed(stored: Path, key: Path, tmp_path: Path) -> None:
    fields = json.loads(sign_with(stored, key).read_bytes())
    shown = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True, check=True).stdout.split()[1]
    assert [signature["keyid"] for signature in fields["signatures"]] == [shown]
    public = load_ssh_public_key(key.with_suffix(".pub").read_bytes())
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    theirs = SSlibKey(shown, "ed25519", "ed25519", {"public": raw})
    held = TheirEnvelope.from_dict(fields)
    assert list(held.verify([theirs], 1)) == [shown]
    statement = json.loads(held.payload)
    assert statement == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": stored.name, "digest": {"sha256": hashlib.sha256(stored.read_bytes()).hexdigest()}}],
        "predicateType": "https://trueup.dev/attestations/snapshot/1",
        "predicate": {"digest": load(stored).digest, "taken_at": "2026-02-09T12:00:00Z", "hosts": ["mini"]},
    }
    other = load_ssh_public_key(make_key(tmp_path, "other").with_suffix(".pub").read_bytes())
    wrong = other.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    with pytest.raises(VerificationError):
        held.verify([SSlibKey(shown, "ed25519", "ed25519", {"public": wrong})], 1)


@given(
    content=st.binary(max_size=300)
    | st.builds(
        lambda x: json.dumps(x).encode(),
        st.recursive(
            st.none() | st.text(max_size=5) | st.sampled_from(["payload", "payloadType", "signatures", "sig"]),
            lambda x: (
                st.lists(x, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["payload", "payloadType", "signatures", "sig", "keyid"]), x, max_size=4
                )
            ),
        ),
    )
)
def test_any_bytes_are_an_envelope_or_one_clear_error(content: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        assert envelope.parse(content).signatures


# ---------------------------------------------------------------- signing and verifying


@needs_ssh
def test_a_signature_by_a_trusted_key_is_told(stored: Path, key: Path) -> None:
    written = sign_with(stored, key)
    assert written.name == f"{stored.stem}.dsse.json"
    (found,) = verify([stored], public_key(key.with_suffix(".pub")))
    assert found.problems == ()
    assert found.notes == (f"signed by {fingerprint(KeyFile(key, no_passphrase).public)} (key@test)",)
    (unchecked,) = verify([stored])
    assert unchecked.problems == ()
    assert "were not tested" in unchecked.notes[0]
    assert leftovers(stored.parent) == []


@needs_ssh
def test_signatures_accumulate_and_a_key_signs_once(stored: Path, key: Path, tmp_path: Path) -> None:
    other = make_key(tmp_path, "other")
    first = sign_with(stored, key).read_bytes()
    assert sign_with(stored, key).read_bytes() == first
    both = json.loads(sign_with(stored, other).read_bytes())["signatures"]
    assert both[:1] == json.loads(first)["signatures"]
    assert len(both) == 2
    for each in (key, other):
        assert problems(stored, public_key(each.with_suffix(".pub"))) == ()


@needs_ssh
def test_without_a_trusted_signature_it_is_a_problem(stored: Path, key: Path, tmp_path: Path) -> None:
    trusted = public_key(make_key(tmp_path, "other").with_suffix(".pub"))
    assert problems(stored, trusted) == ("it bears no signature",)
    sign_with(stored, key)
    assert problems(stored, trusted)[0].startswith("no trusted key signed it, only SHA256:")


@needs_ssh
@pytest.mark.parametrize("part", ["sig", "keyid", "payload", "payloadType"])
def test_a_changed_envelope_is_a_problem(part: str, stored: Path, key: Path, tmp_path: Path) -> None:
    target = sign_with(stored, key)
    trusted = public_key(key.with_suffix(".pub"))
    fields = json.loads(target.read_bytes())
    if part == "sig":
        raw = bytearray(base64.b64decode(fields["signatures"][0]["sig"]))
        raw[5] ^= 1
        fields["signatures"][0]["sig"] = base64.b64encode(raw).decode()
    elif part == "keyid":  # who it names counts for nothing
        fields["signatures"][0]["keyid"] = "SHA256:somebody-else"
    elif part == "payload":
        other = write(a_snapshot(hour(1)), tmp_path / "other")[0]
        fields["payload"] = json.loads(sign_with(other, key).read_bytes())["payload"]
    else:
        fields["payloadType"] = "text/plain"
    target.write_text(json.dumps(fields))
    said = problems(stored, trusted)
    assert len(said) == (0 if part == "keyid" else 1), said


@needs_ssh
def test_an_envelope_of_another_snapshot_is_a_problem(stored: Path, key: Path) -> None:
    later = write(a_snapshot(hour(1)), stored.parent)[0]
    shutil.copy(sign_with(stored, key), later.with_name(f"{later.stem}.dsse.json"))
    assert "is about another file" in problems(later, public_key(key.with_suffix(".pub")))[0]
    with pytest.raises(EvidenceError, match="signatures of another content"):
        sign_with(later, key)


@needs_ssh
def test_a_snapshot_that_is_not_intact_is_not_signed(stored: Path, key: Path) -> None:
    stored.write_bytes(stored.read_bytes().replace(b"4000", b"4001"))
    with pytest.raises(EvidenceError, match="does not match its digest"):
        sign_with(stored, key)
    assert not list(stored.parent.glob("*.dsse.json"))


@needs_ssh
def test_base64_of_either_alphabet_is_read(stored: Path, key: Path) -> None:
    target = sign_with(stored, key)
    target.write_text(target.read_text().replace("+", "-").replace("vnd.in-toto-json", "vnd.in-toto+json"))
    assert problems(stored, public_key(key.with_suffix(".pub"))) == ()


# ---------------------------------------------------------------- keys


@needs_ssh
def test_a_passphrase_is_asked_for(stored: Path, tmp_path: Path) -> None:
    locked = make_key(tmp_path, "locked", passphrase="plum tree")
    sign(stored, KeyFile(locked, lambda: "plum tree"))
    assert problems(stored, public_key(locked.with_suffix(".pub"))) == ()
    with pytest.raises(UsageError, match="with its right passphrase"):
        KeyFile(locked, lambda: "pear tree")


@needs_ssh
def test_what_is_no_private_key_is_told(tmp_path: Path, key: Path) -> None:
    cases = {
        make_key(tmp_path, "rsa", kind="rsa"): "not an Ed25519 key",
        key.with_suffix(".pub"): "this is a public key",
        tmp_path / "none": "cannot read the key",
        tmp_path: "cannot read the key",
    }
    for content in (b"", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", b"\xff" * 99, b"x" * 99_999):
        path = tmp_path / hashlib.sha256(content).hexdigest()
        path.write_bytes(content)
        cases[path] = "cannot use this key|no file of keys"
    for path, says in cases.items():
        with pytest.raises(UsageError, match=says) as caught:
            KeyFile(path, lambda: "x")
        assert "\n" not in str(caught.value)


@needs_ssh
def test_allowed_signers_are_read_as_ssh_reads_them(stored: Path, key: Path, tmp_path: Path) -> None:
    sign_with(stored, key)
    kind, encoded, _ = key.with_suffix(".pub").read_text().split()
    other = make_key(tmp_path, "other").with_suffix(".pub").read_text()
    signers = tmp_path / "allowed_signers"

    def says(line: str) -> tuple[str, ...]:
        signers.write_text(f"# who may\n\nother@test {other}{line}\n")
        return problems(stored, allowed_signers(signers))

    for good in (
        f"me@test {kind} {encoded} a comment",
        f'"me@test,you@test" {kind} {encoded}',
        f'me@test namespaces="git,trueup" {kind} {encoded}',
        f'me@test namespaces="*" {kind} {encoded}',
        f'me@test valid-after="20260209Z",valid-before="20260210Z" {kind} {encoded}',
        f'me@test valid-after="20200101120000" {kind} {encoded}',
    ):
        assert says(good) == (), good
    for bad in (
        f"#me@test {kind} {encoded}",
        f'me@test namespaces="git" {kind} {encoded}',
        f"me@test cert-authority {kind} {encoded}",
        f'me@test valid-after="20260209120001Z" {kind} {encoded}',
        f'me@test valid-before="20260209Z" {kind} {encoded}',
        f"me@test {kind} {encoded[:-4]}",
        f"{kind} {encoded}",
    ):
        assert says(bad) != (), bad
    with pytest.raises(UsageError, match="not a time"):
        says(f'me@test valid-after="tomorrow" {kind} {encoded}')
    signers.write_text("me@test ssh-rsa AAAA\n")
    with pytest.raises(UsageError, match="allows no Ed25519 key"):
        allowed_signers(signers)


# ---------------------------------------------------------------- an agent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it tells its socket once that is there
        yield str(path)
        process.terminate()


def add(agent: str, key: Path) -> None:
    subprocess.run(["ssh-add", "-q", key], check=True, env={**os.environ, "SSH_AUTH_SOCK": agent}, capture_output=True)


@needs_ssh
@needs_agent
def test_an_agent_signs(stored: Path, key: Path, agent: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such Ed25519 key"):
        Agent(agent, "")
    add(agent, make_key(tmp_path, "rsa", kind="rsa"))
    add(agent, key)
    sign(stored, Agent(agent, ""))
    assert problems(stored, public_key(key.with_suffix(".pub"))) == ()
    other = make_key(tmp_path, "other")
    add(agent, other)
    with pytest.raises(UsageError, match="2 Ed25519 keys of the agent are meant"):
        Agent(agent, "")
    wanted = fingerprint(KeyFile(other, no_passphrase).public)
    sign(stored, Agent(agent, wanted[:14]))
    assert problems(stored, public_key(other.with_suffix(".pub"))) == ()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        struct.pack(">I", 1) + b"\x05",
        struct.pack(">I", 5) + b"\x0c\xff\xff\xff\xff",
        struct.pack(">I", 9) + b"\x0c\0\0\0\1\xff\xff\xff\xff",
        struct.pack(">I", 500) + b"\x0c" * 20,
        b"SSH-2.0-OpenSSH_10.0\r\n",
    ],
)
def test_what_is_no_agent_is_one_clear_line(answer: bytes, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(TrueupError) as caught:
            Agent(str(path), "")
        server.join()
    assert "\n" not in str(caught.value)


def test_no_agent_at_all_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot ask the agent: No such file"):
        Agent(str(tmp_path / "none"), "")
