"""Snapshots that people wrote, read into observations: the first one of all, others in other words, and anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.catalog import load_catalog
from trueup.errors import EvidenceError, TrueupError
from trueup.evidence.importing import ImportResult, import_markdown
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import (
    Absent,
    Answer,
    Coverage,
    Fact,
    Identity,
    Lane,
    Listener,
    ModelId,
    Models,
    PortRange,
    Route,
    Unit,
)

from .accounts import account_of
from .seed_table import BEGIN, END, seed_table

LEXICON = Lexicon.build(load_catalog(), Manifest())
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SEED = ROOT.parent / "shared" / "seed" / "2026-02-09-reality-snapshot.md"
HANDWRITTEN = sorted((HERE / "handwritten").glob("*.md"))


def read(text: str, path: str = "2026-03-01-notes.md") -> ImportResult:
    return import_markdown(text, path=path, lexicon=LEXICON, empty=True)


def facts(result: ImportResult, host: str) -> dict[Fact, str | None]:
    return {seen.fact: seen.service for seen in result.snapshot.observations if seen.host == host}


@pytest.fixture(scope="module")
def seed() -> ImportResult:
    if not SEED.is_file():
        pytest.skip("the first snapshot is not here: ../shared/seed")
    return read(SEED.read_text(), SEED.name)


# ---------------------------------------------------------------- the first snapshot


def test_the_seed_is_dated_and_every_line_is_understood(seed: ImportResult) -> None:
    assert seed.snapshot.taken_at == datetime(2026, 2, 9, tzinfo=UTC)
    assert seed.snapshot.hosts == ("mini", "studio")
    assert seed.snapshot.origin == "imported"
    assert seed.not_understood == ()
    assert [line.number for line in seed.lines] == [
        number for number, line in enumerate(SEED.read_text().split("\n"), 1) if line.strip()
    ]


def test_every_factual_line_of_the_seed_gives_observations(seed: ImportResult) -> None:
    factual = {13, 14, 15, 18, 19, 20, 23, 26, 29, 32, *range(36, 42), 46, 49, 50, 51, 54, 57, 60, 65, 66}
    factual |= {*range(70, 74), 75, 78, 81, 82, 83, 85, 89, 92, 93, 95}
    assert {line.number for line in seed.lines if line.ids} - {8, 62} == factual


def test_the_seed_s_facts_about_mini(seed: ImportResult) -> None:
    flags = ("--host", "127.0.0.1", "--port", "4000", "--detailed_debug")
    path = "/etc/systemd/system/litellm-orch.service"
    json = "application/json"
    keys = (("device", "GPU"), ("models", 9), ("status", "ok"))
    base = "http://127.0.0.1"
    expected: dict[Fact, str | None] = {
        Identity(os="ubuntu"): None,
        Unit("litellm-orch.service", path=path, command=flags, command_partial=True): "litellm",
        Unit("ov-server.service", load="loaded", enabled="enabled"): "openvino",
        Absent("service", name="optillm"): "optillm",
        Absent("listener", ports=PortRange(4020, 4020)): "optillm",
        Absent("unit", name="optillm-proxy.service"): "optillm",
        Listener("127.0.0.1", 8888): "searxng",
        Listener("0.0.0.0", 9000, process="python"): "openvino",
        Answer("GET", f"{base}:4000/health", status=401): "litellm",
        Answer("GET", f"{base}:4000/health/readiness", media_type=json): "litellm",
        Answer(
            "GET", f"{base}:9000/health", media_type=json, shape=("device", "models", "status"), scalars=keys
        ): "openvino",
        Answer("GET", f"{base}:9090/-/ready", text="Prometheus Server is Ready."): "prometheus",
        Route("boost", "optillm"): "litellm",
    }
    assert expected.items() <= facts(seed, "mini").items()
    assert len(facts(seed, "mini")) == 23


def test_the_seed_s_facts_about_studio(seed: ImportResult) -> None:
    listing = (("object", "list"),)
    expected: dict[Fact, str | None] = {
        Identity(os="macos"): None,
        Listener("0.0.0.0", 4020): "optillm",
        Answer(
            "GET",
            "http://127.0.0.1:4020/v1/models",
            media_type="application/json",
            shape=("data", "object"),
            scalars=listing,
        ): "optillm",
        Lane(8100, "listening", "mlx-gpt-oss-120b-mxfp4-q4"): "mlx",
        Lane(8103, "listening", "pchamart-schematron8b-mlx-8bit"): "mlx",
        Absent("listener", ports=PortRange(8104, 8139)): "mlx",
        **{Listener("*", port, process="python3.1"): "mlx" for port in range(8100, 8104)},
    }
    found = facts(seed, "studio")
    assert expected.items() <= found.items()
    assert len(found) == 13
    [models] = [fact for fact in found if isinstance(fact, Models)]
    assert found[models] == "mlx"
    assert models.partial
    assert [model.kind for model in models.ids] == ["path"]


def test_the_seed_s_coverage_claims_no_more_than_it_says(seed: ImportResult) -> None:
    extents = {(c.host, c.collector, c.ports): c.extent for c in seed.snapshot.coverages}
    assert extents["mini", "listeners", ()] == "partial"
    assert extents["mini", "listeners", (PortRange(4020, 4020),)] == "complete"
    assert extents["studio", "listeners", ()] == "partial"
    assert extents["studio", "listeners", (PortRange(8104, 8139),)] == "complete"
    assert extents["studio", "lanes", (PortRange(8100, 8139),)] == "complete"
    assert {extent for (_, _, ports), extent in extents.items() if not ports} == {"partial"}


def test_the_seed_s_provenance(seed: ImportResult) -> None:
    by = {seen.fact: (seen.by, seen.source) for seen in seed.snapshot.observations}
    assert by[Listener("*", 8100, process="python3.1")] == ("lsof", f"{SEED.name}:78")
    assert by[Lane(8101, "listening", "mlx-qwen3-next-80b-mxfp4-a3b-instruct")] == ("mlxctl status", f"{SEED.name}:71")


def test_the_table_in_the_docs_is_what_the_importer_does(seed: ImportResult) -> None:
    page = (ROOT / "docs" / "snapshots.md").read_text()
    table = page.partition(BEGIN)[2].partition(END)[0].strip()
    assert table == seed_table(seed), "the table is out of date: put this one into docs/snapshots.md"


# ---------------------------------------------------------------- other people's


@pytest.mark.parametrize("path", HANDWRITTEN, ids=[path.stem for path in HANDWRITTEN])
def test_snapshots_in_other_words(path: Path) -> None:
    assert account_of(read(path.read_text(), path.name)) == path.with_suffix(".account").read_text()


def on_host(text: str) -> dict[Fact, str | None]:
    return facts(read(f"# 2026-03-01 (box)\n\n## Box (Linux)\n\n{text}\n"), "box")


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("LiteLLM listens on `127.0.0.1:4000`.", Listener("127.0.0.1", 4000)),
        ("LiteLLM is bound to [::]:4000.", Listener("::", 4000)),
        ("LiteLLM listens on port 4000 on all interfaces.", Listener("*", 4000)),
        ("No listener on port 4000.", Absent("listener", ports=PortRange(4000, 4000))),
        ("Ports 8104-8139: nothing listening.", Absent("listener", ports=PortRange(8104, 8139))),
        ("8105 and above are idle (up to 8110).", None),
        ("`litellm.service` is disabled and inactive (dead).", None),
        ("LiteLLM is not installed.", Absent("service", name="litellm")),
        ("`GET http://127.0.0.1:4000/health` → connection refused", None),
        ("`http://127.0.0.1:4000/health` returns 401", Answer("GET", "http://127.0.0.1:4000/health", status=401)),
        ("LiteLLM should listen on `127.0.0.1:4000`.", None),
        ("The docs say that LiteLLM listens on `127.0.0.1:4000`.", None),
        ("We plan: LiteLLM will move to port 4001.", None),
    ],
)
def test_single_lines(line: str, fact: Fact | None) -> None:
    found = {seen: service for seen, service in on_host(line).items() if not isinstance(seen, Identity)}
    if fact is not None:
        assert list(found) == [fact]
    elif "should" in line or "docs" in line or "will" in line:
        assert found == {}
    else:
        assert len(found) == 1


def test_more_ids_in_one_line() -> None:
    found = on_host("`GET http://127.0.0.1:11434/v1/models` lists `a:1b`, `org/b` and `/models/c`, not `d`.")
    ids = (ModelId("a:1b", "handle"), ModelId("org/b", "repository"), ModelId("/models/c", "path"))
    assert Models("http://127.0.0.1:11434/v1/models", ids) in found


def test_a_list_of_all_listeners_is_complete_coverage() -> None:
    result = read("# 2026-03-01\n\n## Box (Linux)\n\n### All listening sockets\n\n- `127.0.0.1:4000` (litellm)\n")
    assert [(c.collector, c.extent) for c in result.snapshot.coverages] == [
        ("identity", "partial"),
        ("listeners", "complete"),
    ]


def test_the_same_said_twice_is_one_observation_and_a_restatement() -> None:
    text = "# 2026-03-01\n\n## Box (Linux)\n\n- LiteLLM listens on `[::1]:4000`\n- LiteLLM listens on `[::1]:4000`\n"
    result = read(text)
    assert [line.outcome for line in result.lines[2:]] == ["observed", "restates"]
    assert result.lines[2].ids == result.lines[3].ids


@pytest.mark.parametrize(
    "line",
    [
        "Somewhere 10.0.0.1:5432 is involved.",
        "- `/etc/systemd/system/x.service.d` looked odd",
        "| 127.0.0.1:1 | 2 |",
        "LiteLLM returns strange things.",
        "<div>LiteLLM listens on 127.0.0.1:4000</div>",
    ],
)
def test_what_looks_like_a_fact_and_is_not_understood_is_reported(line: str) -> None:
    result = read(f"# 2026-03-01 (box)\n\n## Box\n\n{line}\n")
    assert [seen for seen in result.snapshot.observations if not isinstance(seen.fact, Identity)] == []
    assert [entry.text for entry in result.not_understood] == [line]


def test_a_code_span_is_a_unit_s_name_only_where_the_line_is_about_a_unit() -> None:
    def units(line: str) -> list[str]:
        return [fact.name for fact in on_host(f"### Services\n\n{line}") if isinstance(fact, Unit)]

    assert units("- `ollama` is active (running)") == ["ollama"]
    assert units("- Unit `ollama`") == ["ollama"]
    assert units("- `ollama` was upgraded in May") == []
    assert units("- The firewall says `active` and is enabled") == []


def test_facts_without_a_host_are_reported() -> None:
    result = read("# 2026-03-01\n\nLiteLLM listens on `127.0.0.1:4000`.\n")
    assert result.snapshot.observations == ()
    assert [line.number for line in result.not_understood] == [3]


# ---------------------------------------------------------------- dates, sizes, anything


@pytest.mark.parametrize(
    ("text", "path", "taken_at"),
    [
        ("# 2026-03-01 evening", "x.md", datetime(2026, 3, 1, tzinfo=UTC)),
        ("# Notes\n\nTaken: 2026-03-01 18:30 +02:00", "x.md", datetime(2026, 3, 1, 16, 30, tzinfo=UTC)),
        ("# Notes", "notes/2026-03-01-box.md", datetime(2026, 3, 1, tzinfo=UTC)),
        ("# 2026-99-99", "2026-03-01.md", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_dates(text: str, path: str, taken_at: datetime) -> None:
    assert read(text, path).snapshot.taken_at == taken_at


def test_no_date_and_too_much_text_are_refused_in_one_line() -> None:
    with pytest.raises(EvidenceError, match="says no date"):
        read("# Notes", "notes.md")
    with pytest.raises(EvidenceError, match="too large"):
        read("a" * (512 * 1024 + 1))
    many = "\n".join(f"- `127.0.0.1:{port}` (x) listens" for port in range(1, 6_000))
    with pytest.raises(EvidenceError, match="more than"):
        read(f"# 2026-03-01\n\n## Box (Linux)\n\n{many}\n")


_WORDS = st.sampled_from(
    [
        *(
            "LiteLLM",
            "MLX",
            "mini",
            "`127.0.0.1:4000`",
            "*:<port>",
            "8100–8103",
            "8104+",
            "through",
            "idle",
            "listening",
        ),
        *(
            "no",
            "not",
            "`x.service`",
            "ExecStart:",
            "`--port '`",
            "GET",
            "http://x:1/v1/models",
            "returns",
            "=>",
            "401",
        ),
        *(
            "JSON:",
            "{a:1,...}",
            "e.g.:",
            "alias",
            "→",
            "|",
            "\n##",
            "\n-",
            "\n",
            "```",
            "handle",
            "]",
            ")",
            "(",
            ";",
            ".",
        ),
        *(
            "/etc/systemd/system/x.service",
            "99999",
            "0",
            "`{`",
            "\x00",
            "\u2028",
            "running",
            "on",
            "the",
            "65535",
            "all",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_WORDS | st.text(max_size=6), max_size=60))
def test_no_text_gives_anything_but_a_result_or_our_own_error(words: list[str]) -> None:
    text = " ".join(words)
    rendered = (
        "Rendered by Trueup from `https://trueup.dev/schemas/snapshot/1`:\n\n- Taken at `2026-03-01T10:00:00Z`\n\n"
    )
    for whole in (
        text,
        f"# 2026-03-01\n\n## mini (macOS)\n\n### Listening lanes\n\n{text}",
        f"{rendered}## Mini — evidence\n\nSeen by `x`:\n\n- {text}\n- `1.1.1.1:1` — {text}\n- Unit `x`\n  - {text}",
    ):
        try:
            result = read(whole)
        except TrueupError as error:
            assert "\n" not in str(error)  # noqa: PT017 (which error it is matters less than its form)
        else:
            assert all(isinstance(coverage, Coverage) for coverage in result.snapshot.coverages)
            known = {seen.id for seen in result.snapshot.observations}
            assert {ident for line in result.lines for ident in line.ids} <= known
