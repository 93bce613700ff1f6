"""No secret of a snapshot that a person wrote is kept or shown, wherever it stands and whatever fact it is in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from trueup.catalog import load_catalog
from trueup.cli import main
from trueup.evidence.importing import import_markdown
from trueup.evidence.importing.hiding import hidden
from trueup.evidence.importing.lines import ImportResult
from trueup.evidence.redact import MARK
from trueup.evidence.render import render
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Answer, Fact, Snapshot, Unit, observe

from .strategies import facts, snapshots

Captured = pytest.CaptureFixture[str]
LEXICON = Lexicon.build(load_catalog(), Manifest())
B62 = "Qx7Rv2Lm9Tz4Wn8Kc3Jp6Hd5"
# Each kind of secret: the piece that must not be seen, and how it is written.
KINDS = {
    "openai key": (f"sk-{B62}", "{}"),
    "anthropic key": (f"sk-ant-api03-{B62}", "{}"),
    "hugging face": (f"hf_{B62}", "{}"),
    "github": (f"ghp_{B62}{B62[:12]}", "{}"),
    "github fine-grained": (f"github_pat_{B62}", "{}"),
    "gitlab": (f"glpat-{B62}", "{}"),
    "slack": (f"xoxb-12345-{B62}", "{}"),
    "aws": ("AKIAQX7RV2LM9TZ4WN8K", "{}"),
    "google": (f"AIza{B62}{B62[:11]}", "{}"),
    "json web token": (f"eyJhbGciOiJIUzI1.{B62}.{B62}", "{}"),
    "groq": (f"gsk_{B62}", "{}"),
    "nvidia": (f"nvapi-{B62}", "{}"),
    "perplexity": (f"pplx-{B62}", "{}"),
    "npm": (f"npm_{B62}{B62[:12]}", "{}"),
    "tailscale": (f"tskey-auth-{B62}", "{}"),
    "vault": (f"hvs.{B62}", "{}"),
    "flag and value": ("plum-Tree-77", "--api-key {}"),
    "flag with =": ("plum-Tree-77", "--password={}"),
    "quoted flag": ("plum-Tree-77", "--db-password '{}'"),
    "variable": ("plum-Tree-77", "LITELLM_MASTER_KEY={}"),
    "secret variable": ("plum-Tree-77", "CLIENT_SECRET={}"),
    "bearer header": ("plum-Tree-77", "Authorization: Bearer {}"),
    "url user": ("plum-Tree-77", "postgresql://grafana:{}@127.0.0.1:5432/db"),
    "query": ("plum-Tree-77", "http://127.0.0.1:3000/api?token={}"),
    "query key": ("plum-Tree-77", "http://127.0.0.1:4000/x?a=1&api_key={}"),
    "cookie": ("plum-Tree-77", "Cookie: session={}"),
    "curl user": ("plum-Tree-77", "-u admin:{}"),
    "json member": ("plum-Tree-77", '{{"client_secret": "{}"}}'),
    "bare json": ("plum-Tree-77", '{{access_token:"{}"}}'),
    "named in prose": ("plum-Tree-77", "password: {}"),
}
PLACES = {
    "title": "# 2026-03-01 {}\n\n## Box (Linux)\n\n- `127.0.0.1:4000` (litellm)",
    "title with a fact": "# 2026-03-01 box: {}\n\n## Box (Linux)\n\n- `127.0.0.1:4000` (litellm)",
    "exec start": "LiteLLM:\n- Unit: `litellm.service`\n- ExecStart: `/usr/bin/litellm --port 4000 {}`",
    "exec start below": "LiteLLM:\n- Unit: `litellm.service`\n- ExecStart:\n  - `--port 4000`\n  - `{}`",
    "bare exec start": "LiteLLM:\n- Unit: `litellm.service`\n- ExecStart=/usr/bin/litellm {}",
    "table": "| unit | ExecStart |\n|---|---|\n| litellm.service | `/usr/bin/litellm {}` |",
    "answer": "- `GET http://127.0.0.1:4000/health` => 401 {}",
    "text answer": '- `GET http://127.0.0.1:4000/health` => 200 "ready {}"',
    "json answer": '- `GET http://127.0.0.1:4000/health` => `{{"status": "ok", "note": "{}"}}`',
    "curl": "- `curl -s -H '{}' http://127.0.0.1:4000/health` => 401",
    "listener": "- LiteLLM listens on `127.0.0.1:4000` ({})",
    "process": "- `127.0.0.1:4000` — litellm {}",
    "pasted": '```\nLISTEN 0 9 127.0.0.1:4000 0.0.0.0:* users:(("litellm",pid=1,fd=3)) {}\n```',
    "models": "Ids at `http://127.0.0.1:4000/v1/models`:\n\n- `qwen3`\n- `{}`",
    "absent": "No listener on port 4000 {}",
    "route": "The alias `boost` of LiteLLM points to OptiLLM {}",
    "not understood": "LiteLLM returns strange things: {}",
    "prose": "Somebody noted {} here. LiteLLM listens on 127.0.0.1:4000.",
    "heading": "### Health {}\n\n- `127.0.0.1:4000` (litellm)",
    "html": "<div>127.0.0.1:4000 {}</div>\n\n- `127.0.0.1:4000` (litellm)",
    "two spans": "- LiteLLM listens on `127.0.0.1:4000` with `{}`",
    "bold": "- LiteLLM listens on **127.0.0.1:4000** with **{}**",
}


def whole(body: str) -> str:
    if not body.startswith("# "):
        body = f"# 2026-03-01\n\n## Box (Linux)\n\n- `127.0.0.1:9090` (prometheus)\n\n{body}"
    return body + "\n"


def shown(text: str, folder: Path, capsys: Captured) -> str:
    """Everything that importing this text stores or prints."""
    path = folder / "notes.md"
    path.write_text(text)
    out = folder / "out"
    capsys.readouterr()
    main(["import", str(path), "--out", str(out), "--root", str(folder)])
    main(["import", str(path), "--lines", "--root", str(folder)])
    printed = capsys.readouterr()
    stored = [file.read_text() for file in sorted(out.glob("2*"))]
    for file in out.glob("2*"):
        file.unlink()
    assert stored, "nothing was stored, so nothing is shown"
    assert len(printed.out.splitlines()) > 3
    return "\n".join((*stored, printed.out, printed.err))


@pytest.mark.parametrize("place", PLACES)
def test_no_kind_of_secret_is_kept_or_shown(place: str, tmp_path: Path, capsys: Captured) -> None:
    leaks = []
    for kind, (secret, form) in KINDS.items():
        everything = shown(whole(PLACES[place].format(form.format(secret))), tmp_path, capsys)
        if secret in everything:
            leaks.append((kind, [line for line in everything.split("\n") if secret in line][:3]))
    assert leaks == []


@pytest.mark.parametrize(
    "written",
    [
        "- Password: `plum-Tree-77`",
        "- **Password:** plum-Tree-77",
        "- **API key**: `plum-Tree-77`",
        "- Master key = plum-Tree-77",
        "- LiteLLM runs with `--api-key` `plum-Tree-77`",
        "LiteLLM listens on 127.0.0.1:4000, password:\nplum-Tree-77",
        "```\nlitellm --port 4000 \\\n  --api-key \\\n  plum-Tree-77\n```",
        "```xml\n<string>--api-key</string>\n<string>plum-Tree-77</string>\n```",
        "| variable | value |\n|---|---|\n| `LITELLM_MASTER_KEY` | `plum-Tree-77` |",
        "| service | address | password |\n|---|---|---|\n| Grafana | 127.0.0.1:3000 | plum-Tree-77 |",
        "LiteLLM:\n- Unit: `litellm.service`\n- ExecStart:\n  - `--api-key`\n  - `plum-Tree-77`",
        "LiteLLM:\n- Unit: `litellm.service`\n- ExecStart: `--api-key` `plum-Tree-77`",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEplumTree77/plum+Tree\nplumTree77BBBB==\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_as_people_write_them_in_markdown(written: str, tmp_path: Path, capsys: Captured) -> None:
    everything = shown(whole(written), tmp_path, capsys)
    assert "plum" not in everything
    assert MARK in everything


def test_what_is_no_secret_stays() -> None:
    text = whole(
        "- `GET http://127.0.0.1:4000/v1/models` => 401 without a key, 200 with the master key\n"
        "- API key: required\n\n| request | key | answer |\n|---|---|---|\n"
        "| GET http://127.0.0.1:4000/health | valid | 200 |\n"
    )
    result = import_markdown(text, path="x.md", lexicon=LEXICON)
    assert MARK not in "\n".join(line.text for line in result.lines)
    assert not any(MARK in (seen.raw or "") for seen in result.snapshot.observations)


def test_a_body_with_a_secret_keeps_its_shape_and_its_other_values() -> None:
    body = '{"status": "ok", "master_key": "plum-Tree-77", "api_key": 771234, "token": true}'
    text = whole(f"- `GET http://127.0.0.1:4000/health` => `{body}`")
    result = import_markdown(text, path="x.md", lexicon=LEXICON)
    [answer] = [seen.fact for seen in result.snapshot.observations if isinstance(seen.fact, Answer)]
    assert answer.shape == ("api_key", "master_key", "status", "token")
    assert answer.scalars == (("status", "ok"), ("token", True))


def test_ids_of_lines_are_those_of_the_redacted_observations() -> None:
    text = whole("LiteLLM:\n- Unit: `litellm.service`\n- ExecStart: `/usr/bin/litellm --api-key plum-Tree-77`")
    result = import_markdown(text, path="x.md", lexicon=LEXICON)
    known = {seen.id for seen in result.snapshot.observations}
    assert {ident for line in result.lines for ident in line.ids} == known
    for seen in result.snapshot.observations:
        assert seen.id == observe(seen.host, seen.fact, by=seen.by, service=seen.service).id


def planted(value: object, secret: str) -> object:
    """Put a secret into every text of a fact, however deep."""
    if isinstance(value, str):
        return f"{value} {secret}"
    if isinstance(value, tuple):
        return tuple(planted(item, secret) for item in value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value, **{name: planted(getattr(value, name), secret) for name in value.__struct_fields__}
        )
    return value


@settings(max_examples=200, deadline=None)
@given(facts)
def test_every_text_of_every_fact_is_redacted(fact: Fact) -> None:
    secret = f"sk-{B62}"
    full = planted(fact, secret)
    assert isinstance(full, Fact)
    seen = observe(secret, full, by=secret, service=secret, raw=secret, source=secret)
    taken_at = import_markdown(whole(""), path="x.md", lexicon=LEXICON).snapshot
    snapshot = msgspec.structs.replace(taken_at, title=secret, hosts=(secret,), observations=(seen,))
    kept = hidden(ImportResult(snapshot, ()))
    assert secret not in msgspec.json.encode(kept.snapshot).decode()


@settings(max_examples=150, deadline=None)
@given(snapshots)
def test_hiding_twice_is_hiding_once(snapshot: Snapshot) -> None:
    once = hidden(ImportResult(snapshot, ()))
    assert hidden(once) == once
    assert dataclasses.asdict(once)["lines"] == ()


def test_a_rendered_snapshot_with_secrets_that_somebody_made_is_redacted_too() -> None:
    unit = Unit("litellm.service", command=("/usr/bin/litellm", "--api-key", "plum-Tree-77"))
    empty = import_markdown(whole(""), path="x.md", lexicon=LEXICON).snapshot
    text = render(msgspec.structs.replace(empty, observations=(observe("box", unit, by="systemctl"),)))
    assert "plum" in text
    result = import_markdown(text, path="x.md", lexicon=LEXICON)
    assert "plum" not in msgspec.json.encode(result.snapshot).decode()
    assert "plum" not in "\n".join(line.text for line in result.lines)
