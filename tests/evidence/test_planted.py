"""No planted secret comes out: not of a snapshot, its rendering, its notes, a report, or a message, on any way."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from trueup.catalog import load_catalog
from trueup.cli import main
from trueup.evidence import store
from trueup.evidence.collect import take_snapshot
from trueup.evidence.notes import drift_notes
from trueup.evidence.outcome import unreachable
from trueup.evidence.redact import MARK, text
from trueup.evidence.transports.base import Output
from trueup.evidence.transports.replay import ReplayTransport
from trueup.manifest import load_manifest
from trueup.vocabulary import Answer, Container, Lane, Models, Snapshot, Unit, Unreachable

from .planting import EACH, KINDS, PATHS, Planted, answered, linux_host, mac, pieces, secrets
from .test_redact import HARMLESS as HARMLESS_TEXTS
from .test_redact_runs import HARMLESS as HARMLESS_RUNS

Captured = pytest.CaptureFixture[str]
CATALOG = load_catalog()
NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
PORTS = tuple(range(4000, 4000 + EACH))
HOSTS = {"linux": linux_host, "macos": mac}
HARMLESS = tuple(dict.fromkeys(each for each in (*HARMLESS_TEXTS, *HARMLESS_RUNS) if " " not in each))
MANIFEST = f"""\
[hosts.mini]
via = "local"

[hosts.other]
addresses = ["10.0.0.2"]

[[services]]
kind = "litellm"
host = "mini"
listen = [{", ".join(f'"127.0.0.1:{port}"' for port in PORTS)}]
probes = [{", ".join(f'"{path}"' for path in PATHS)}]

[[services]]
kind = "litellm"
host = "other"
listen = ["10.0.0.2:4001"]
"""
DOCUMENT = "# Mini\n\n" + "\n\n".join(
    f"LiteLLM on mini listens on `0.0.0.0:{port}` and on port {port + 50}."
    f" `GET http://127.0.0.1:{port}/health/readiness` answers 404. `GET http://127.0.0.1:{port}/metrics` answers 200."
    for port in PORTS
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text(DOCUMENT)
    (tmp_path / "trueup.toml").write_text(MANIFEST)
    return tmp_path


def observed(transport: ReplayTransport, root: Path, now: datetime = NOW) -> Snapshot:
    return take_snapshot(load_manifest(root / "trueup.toml"), CATALOG, now=now, transport=transport)


def leaks(planted: Sequence[Planted], texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return where a secret, or twelve characters of it, stands in a text: by what was printed, and the line."""
    found = []
    for name, printed in texts:
        low = printed.lower()
        for secret in planted:
            piece = next((piece for piece in (secret.written.lower(), *pieces(secret)) if piece in low), None)
            if piece is not None:
                at = low.index(piece)
                found.append((name, printed[max(0, at - 120) : at + 60]))
    return found


def everything(root: Path, snapshots: Sequence[Snapshot], capsys: Captured, system: str) -> Iterator[tuple[str, str]]:
    """Yield all that is written and printed of these snapshots, by what wrote or printed it."""
    for snapshot in snapshots:
        notes = drift_notes(snapshot, CATALOG)
        yield "notes", "\n".join(notes)
        store.write(snapshot, root / "evidence", notes=notes)
    # what a Mac says is printed by the same code
    for arguments in commands(root) if system == "linux" else (["check", "--all"],):
        capsys.readouterr()
        main([*arguments, "--root", str(root)])
        printed = capsys.readouterr()
        yield " ".join(arguments), printed.out + printed.err
        assert printed.out, (arguments, printed.err)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.parent.name != "docs" and path.name != "trueup.toml":
            yield path.name, path.read_bytes().decode("utf-8", "backslashreplace")


def commands(root: Path) -> Iterator[list[str]]:
    rendered = str(next((root / "evidence").glob("*.md")))
    for form in ("terminal", "json", "markdown"):
        yield ["check", "--format", form, "--all"]
    yield ["check", "--evidence", rendered, "--all"]
    yield ["check", "--live", "--all"]
    yield ["import", rendered, "--out", str(root / "imported")]
    yield ["import", rendered, "--lines"]
    for form in ("path", "json", "markdown"):
        yield ["snapshot", "--format", form]
    for verb in (
        ["list"],
        ["list", "--json"],
        ["show"],
        ["show", "--json"],
        ["verify"],
        ["diff", "latest~2", "latest~1"],
    ):
        yield ["snapshot", *verb]
    yield ["snapshot", "diff", "latest~2", "latest~1", "--json"]
    for form in ("json", "jsonl", "markdown"):
        yield ["snapshot", "export", "--format", form]


@pytest.mark.parametrize("system", HOSTS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_planted_comes_out(
    kind: str, system: str, root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = secrets(kind)
    first = observed(HOSTS[system](planted, PORTS), root)
    # everything that differs between the two is told by `diff`
    second = observed(HOSTS[system](planted[::-1], PORTS), root, NOW + timedelta(hours=1))
    third = msgspec.structs.replace(second, taken_at=NOW + timedelta(hours=2))
    monkeypatch.setattr("trueup.sources.observe_now", lambda *_, **__: third)
    assert leaks(planted, everything(root, (first, second), capsys, system)) == []


@pytest.mark.parametrize("system", HOSTS)
def test_without_redaction_they_would_come_out_of_every_place(
    system: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "_redact_once", lambda told: told)
    monkeypatch.setattr(text, "_redact_word", lambda word, _: word)
    planted = secrets("hugging face", "found")  # others than above: parsers remember what they cleaned
    evidence = observed(HOSTS[system](planted, PORTS), root)
    places = {
        f"{type(seen.fact).__name__} {name}"
        for seen in evidence.observations
        for name in (*seen.fact.__struct_fields__, "raw")
        if leaks(planted, [("", str(getattr(seen.fact, name, seen.raw)))])
    }
    assert {"Listener process", "Listener raw", "Unit name", "Unit command", "Identity hostname"} <= places
    assert {"Answer location", "Answer media_type", "Models ids"} <= places
    if system == "linux":
        assert {"Container name", "Container image", "Lane handle", "Forward name", "Forward target"} <= places
        assert len(places) > 20


def test_harmless_texts_come_out_as_they_are(root: Path) -> None:
    """As a model's id, a word of a command line, a handle, a container's image; names of units have less in them."""
    assert len(HARMLESS) >= 60
    units = [each for each in HARMLESS if not set("/:=") & set(each)]
    show = "\n".join(
        f"Id={name}.service\nNames={name}.service\nLoadState=loaded\nActiveState=active\nSubState=running\n"
        f"FragmentPath=/etc/systemd/system/{name}.service\n"
        f"ExecStart={{ path=/bin/x ; argv[]=/bin/x {' '.join(HARMLESS[:30])} ; ignore_errors=no ; pid=0 }}\n"
        for name in units
    )
    rows = "".join(
        f'{{"engine":"asked","id":"{at}","name":"/c{at}","image":{msgspec.json.encode(each).decode()},"state":"running"}}\n'
        for at, each in enumerate(HARMLESS)
    )
    outputs: dict[str, Output | bytes] = {
        "uname": b"Linux mini 6.1.0\n",
        "user": b"0\n",
        "ss": f"LISTEN 0 1 127.0.0.1:{PORTS[0]} 0.0.0.0:* ino:1 cgroup:/ <->\n".encode(),
        "cmdlines": b"",
        "systemd-units": show.encode(),
        "systemd-files": b"",
        "docker": f'{{"engine":"open"}}\n{rows}'.encode(),
        "mlxctl-plain": "".join(f"{8000 + at}\tlistening\t1\t{each}\n" for at, each in enumerate(HARMLESS)).encode(),
    }
    pages = {"/v1/models": answered({"data": [{"id": each} for each in HARMLESS]})}
    evidence = observed(ReplayTransport(outputs, {("127.0.0.1", PORTS[0]): pages}), root)
    facts = [seen.fact for seen in evidence.observations]
    assert [model.id for fact in facts if isinstance(fact, Models) for model in fact.ids] == list(HARMLESS)
    assert {fact.image for fact in facts if isinstance(fact, Container)} == set(HARMLESS)
    assert [fact.handle for fact in facts if isinstance(fact, Lane)] == [
        None if each.isdigit() else each for each in HARMLESS
    ]
    found = {fact.name: fact for fact in facts if isinstance(fact, Unit)}
    assert set(found) == {f"{name}.service" for name in units}
    assert {fact.command for fact in found.values()} == {("/bin/x", *HARMLESS[:30])}
    assert MARK not in msgspec.json.encode(evidence).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_why_a_host_was_not_observed_holds_none(kind: str, root: Path, capsys: Captured) -> None:
    """What an SSH server or its client says goes through `clean`, as all that a host says."""
    planted = secrets(kind)
    said = "; ".join(f"Permission denied ({secret.written})" for secret in planted)
    seen = unreachable("other", Unreachable("login", text.clean(said)), "ssh other")
    empty = Snapshot(taken_at=NOW, title="x", origin="observed", hosts=("other",), observations=(), coverages=())
    evidence = msgspec.structs.replace(empty, observations=seen.observations, coverages=seen.coverages)
    store.write(evidence, root / "evidence", notes=drift_notes(evidence, CATALOG))
    main(["check", "--root", str(root)])
    printed = capsys.readouterr()
    files = [(path.name, path.read_text()) for path in (root / "evidence").iterdir() if path.suffix in (".json", ".md")]
    assert leaks(planted, [("check", printed.out + printed.err), *files]) == []


@pytest.mark.parametrize("key", ["plum-Tree-77", "two+plum/trees=="])
def test_a_key_that_a_service_echoes_comes_out_in_no_spelling(
    key: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Nothing but the operator's reference tells that this is a secret."""
    echoes = (key, quote(key, safe=""), base64.b64encode(f"x:{key}".encode()).decode(), key.encode().hex())
    refusals = {
        path: answered(
            {"detail": f"no such key {echo}", echo: 1, "status": echo, "got": {"key": echo}},
            f"Content-Type: application/json\r\nLocation: /login?was={'x' * 470}&k={echo}\r\n",
            401,
        )
        for path, echo in zip(("/v1/models", *PATHS), echoes * 4, strict=False)
    }
    outputs = {
        "uname": b"Linux mini 6.1.0\n",
        "user": b"0\n",
        "ss": f"LISTEN 0 1 127.0.0.1:{PORTS[0]} 0.0.0.0:*\n".encode(),
    }
    service = 'kind = "litellm"\nhost = "mini"\n'
    (root / "trueup.toml").write_text(MANIFEST.replace(service, f'{service}key = "env:GATEWAY_KEY"\n', 1))
    monkeypatch.setenv("GATEWAY_KEY", key)
    transport = ReplayTransport(outputs, {("127.0.0.1", PORTS[0]): refusals})
    evidence = observed(transport, root)
    assert sum(key.encode() in request for _, _, request in transport.requests) > 3
    assert any(isinstance(seen.fact, Answer) and seen.fact.key == "valid" for seen in evidence.observations)
    kept = [seen for seen in evidence.observations if isinstance(seen.fact, Answer) and seen.fact.key == "valid"]
    stored = msgspec.json.encode(kept).decode()
    assert not any(spelled[at : at + 6] in stored for spelled in echoes for at in range(4, len(spelled) - 9))
    assert capsys.readouterr().err == ""


def test_there_are_two_hundred_of_twenty_kinds() -> None:
    planted = [secret for kind in KINDS for secret in secrets(kind)]
    assert len(KINDS) >= 20
    assert len({secret.value for secret in planted}) == len(planted) >= 200
    assert all(len(list(pieces(secret))) >= 4 for secret in planted)
    assert planted == [secret for kind in KINDS for secret in secrets(kind)]
