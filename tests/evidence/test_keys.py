"""Keys by reference: where they come from, and that nothing else learns them."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

import pytest

from trueup.evidence.keys import keys_of
from trueup.manifest import Manifest, Service


def keys(reference: str, *listen: str) -> tuple[dict[tuple[str, int], str], list[str]]:
    service = Service(kind="litellm", host="mini", listen=listen or ("127.0.0.1:4000",), key=reference)
    told: list[str] = []
    return keys_of(Manifest(services=(service,)), "mini", told.append), told


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER", " abc\n")
    assert keys("env:MASTER", "127.0.0.1:4000", "*:4001") == (
        {("litellm", 4000): "abc", ("litellm", 4001): "abc"},
        [],
    )


def test_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc\n")
    assert keys(f"file:{tmp_path / 'key'}")[0] == {("litellm", 4000): "abc"}


def test_from_a_command_without_a_shell() -> None:
    printing = shlex.join([sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; x"])
    assert keys(f"command:{printing}")[0] == {("litellm", 4000): "$HOME; x"}


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:NO_SUCH_VARIABLE", "the environment variable NO_SUCH_VARIABLE is not set"),
        ("file:/no/such/file", "/no/such/file cannot be read: No such file or directory"),
        ("file:/dev/null", "file:/dev/null is empty"),
        ("command:false", "`false` failed with status 1"),
        ("command:no-such-program-anywhere", "cannot be run: No such file or directory"),
        ("command:'", "cannot be run"),
        ("command:printf a\\\\nb", "holds no key"),
    ],
)
def test_a_key_that_cannot_be_had_is_told_and_the_service_asked_without(reference: str, why: str) -> None:
    found, told = keys(reference)
    assert found == {}
    assert len(told) == 1
    assert told[0].startswith("litellm on mini is asked without its key: ")
    assert why in told[0]


def test_a_service_without_a_declared_port_is_sent_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER", "abc")
    told: list[str] = []
    manifest = Manifest(services=(Service(kind="litellm", host="mini", key="env:MASTER"),))
    assert keys_of(manifest, "mini", told.append) == {}
    assert "declared ports only" in told[0]


def test_what_a_command_prints_is_in_no_message(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret-one\nsecret-two\n")
    assert "secret" not in "".join(keys(f"command:cat {tmp_path / 'key'}")[1])


def test_commands_end_with_the_deadline() -> None:
    services = tuple(
        Service(kind="own", host="mini", listen=(f"127.0.0.1:{port}",), key="command:sleep 5") for port in (1, 2, 3)
    )
    told: list[str] = []
    started = time.monotonic()
    assert keys_of(Manifest(services=services), "mini", told.append, deadline=started + 0.3) == {}
    assert time.monotonic() - started < 2
    assert len(told) == 3


def test_a_secret_in_a_command_is_not_told() -> None:
    secret = "sk-" + "kv93hfKQ0sbT7wZ2xL8cPq4N"
    _, (told,) = keys(f"command:false --token {secret}")
    assert secret not in told
    assert "failed with status 1" in told
