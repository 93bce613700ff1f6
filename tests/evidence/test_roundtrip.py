"""Snapshot → Markdown → snapshot gives the same back, whatever text the hosts sent."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import get_args

import msgspec
import pytest
from hypothesis import Phase, example, find, given, settings

from trueup.catalog import load_catalog
from trueup.errors import EvidenceError
from trueup.evidence.importing import import_markdown
from trueup.evidence.importing.lines import ImportResult
from trueup.evidence.notes import drift_notes
from trueup.evidence.phrases import NotAPhraseError, put, take
from trueup.evidence.quoting import code, uncode, unwords, words
from trueup.evidence.render import render
from trueup.evidence.wording import fact as read_fact
from trueup.evidence.wording import phrase
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Answer, Fact, Listener, Observation, Snapshot, observe

from .strategies import KINDS, facts, maybe, snapshots, texts

CATALOG = load_catalog()
LEXICON = Lexicon.build(CATALOG, Manifest())
SMALL = Snapshot(
    taken_at=datetime(2026, 4, 1, 10, tzinfo=UTC),
    title="Two facts",
    origin="observed",
    hosts=("attic",),
    observations=(
        observe("attic", Listener("::1", 4000, process="litellm"), by="ss", service="litellm"),
        observe("attic", Answer("GET", "http://[::1]:4000/health", status=401), by="GET http://[::1]:4000/health"),
    ),
    coverages=(),
)


def read_back(text: str) -> ImportResult:
    return import_markdown(text, path="snapshot.md", lexicon=LEXICON, empty=True)


def essence(observation: Observation) -> tuple[object, ...]:
    return observation.id, observation.host, observation.service, observation.fact, observation.by


@settings(max_examples=300, deadline=None)
@given(snapshots)
def test_a_rendered_snapshot_imports_to_the_same(snapshot: Snapshot) -> None:
    result = read_back(render(snapshot, drift_notes(snapshot, CATALOG)))
    again = result.snapshot
    assert Counter(map(essence, again.observations)) == Counter(map(essence, snapshot.observations))
    assert Counter(again.coverages) == Counter(snapshot.coverages)
    assert Counter(again.costs) == Counter(snapshot.costs)
    assert (again.taken_at, again.title, again.hosts) == (snapshot.taken_at, snapshot.title, snapshot.hosts)
    assert (again.origin, again.previous) == (snapshot.origin, snapshot.previous)
    assert not result.not_understood


@pytest.mark.parametrize(
    "title", ["Walk, 2026-04-01", "2026-04-01 — walk", "2025-01-02 — walk of 2026-04-01", "2026-04-01", "Walk"]
)
def test_a_title_with_a_date_comes_back(title: str) -> None:
    text = render(msgspec.structs.replace(SMALL, title=title))
    assert read_back(text).snapshot.title == title


@settings(max_examples=300, deadline=None)
@given(facts, maybe)
def test_every_fact_reads_back_from_its_line(fact: Fact, service: str | None) -> None:
    line = put(phrase(fact, service))
    assert "\n" not in line
    taken = take(line)
    assert taken.service == service
    assert read_fact(taken) == fact


def test_the_strategies_know_every_kind_and_field() -> None:
    assert set(KINDS) == set(get_args(Fact))
    for kind, strategy in KINDS.items():
        for info in msgspec.structs.fields(kind):
            if not info.required:
                find(strategy, partial(_differs, info), settings=settings(phases=[Phase.generate]))


def _differs(info: msgspec.structs.FieldInfo, fact: Fact) -> bool:
    return bool(getattr(fact, info.name) != info.default)


@settings(max_examples=300, deadline=None)
@given(texts)
@example("")
@example(" ")
@example("`|\\`")
def test_quoting_loses_nothing_and_shows_nothing_odd(text: str) -> None:
    span = code(text)
    assert span.isprintable()
    assert span.count("`") == 2
    assert "|" not in span
    assert uncode(span[1:-1]) == text
    assert unwords(words(text)) == text


@pytest.mark.parametrize(
    "line",
    [
        "",
        "litellm listens on 4000",
        "`127.0.0.1:port`",
        "`127.0.0.1:4000` (LiteLLM, mostly)",
        "`127.0.0.1:4000` — pid `many`",
        "`127.0.0.1:4000` — protocol `carrier pigeon`",
        "`GET http://x/` => ok",
        "`GET http://x/` => 200 — values `{`",
        "No listener — ports `a lot`",
        "Unit `x` — command `'`",
        "Unit `x` — started `yesterday`",
        "Unit `x` — started `2026-04-01T10:00:00`",
        "Container `x` — engine `docker`; state `running`",
        "Container `x` — engine `docker`; image `y`; state `running`; ports `http`",
        "Container `x` — engine `docker`; image `y`; state `running`; ports `a:b->80/tcp`",
        "Forward `*:80` — via `carrier pigeon`; reach `any`",
        "Forward `*:80` — via `caddy`",
        "Connection to `studio` at `10.0.0.7:4020` likely",
        "Connection to `studio` at `10.0.0.7` open",
        "Could not be observed, stopped at lunch — error `x`",
        "Could not be observed, stopped at login",
        "Identity — seconds that its clock is ahead `many`",
    ],
)
def test_lines_of_another_form_are_refused_not_misread(line: str) -> None:
    with pytest.raises(NotAPhraseError):
        read_fact(take(line))


def test_carriage_returns_of_another_system_do_no_harm() -> None:
    text = render(SMALL).replace("\n", "\r\n")
    assert set(map(essence, read_back(text).snapshot.observations)) == set(map(essence, SMALL.observations))


def test_a_line_that_a_person_added_is_read_too() -> None:
    text = render(SMALL)
    host_heading = next(line for line in text.split("\n") if line.startswith("## "))
    added = text.replace(host_heading, f"{host_heading}\n\nNothing listens on port 4999.\n")
    result = read_back(added)
    assert len(result.snapshot.observations) == len(SMALL.observations) + 1
    assert set(map(essence, SMALL.observations)) < set(map(essence, result.snapshot.observations))


def test_damaged_words_about_the_snapshot_itself_are_refused() -> None:
    text = render(msgspec.structs.replace(SMALL, previous="ab" * 32))
    for old, new, says in (
        ("schemas/snapshot/1", "schemas/snapshot/7", "unknown schema"),
        ("- Taken at `2026", "- Taken at `never", "not a time"),
        ("- Taken at `", "- Seized at `", "`Taken at` is missing"),
        ("00Z`", "00`", "no zone"),
        ("Previous `ab", "Previous `xy", "not the digest"),
    ):
        assert old in text
        with pytest.raises(EvidenceError, match=says):
            read_back(text.replace(old, new))
