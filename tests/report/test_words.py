from __future__ import annotations

from typing import get_args

import pytest

from trueup.report.words import counted, statement_words, subject_words
from trueup.vocabulary import (
    AuthIs,
    BoundTo,
    Endpoint,
    HasUnit,
    ListsIds,
    Observable,
    PortIs,
    Reach,
    ReachIs,
    RunsOn,
    Serves,
    Statement,
    Subject,
    UrlIs,
)

WORDS = [
    (PortIs(port=4000), "port 4000"),
    (BoundTo(address="127.0.0.1"), "127.0.0.1"),
    (BoundTo(address="::1", port=4000), "[::1]:4000"),
    (ReachIs(reach=Reach.LOOPBACK), "reached from its own host only"),
    (ReachIs(reach=Reach.ANY, port=9000), "reached from everywhere on port 9000"),
    (RunsOn(host="mini"), "on mini"),
    (RunsOn(host="mini", present=False), "not on mini"),
    (HasUnit(name="a.service"), "unit a.service"),
    (HasUnit(name="a.service", path="/etc/a"), "unit a.service from /etc/a"),
    (Endpoint(path="/health", status=200), "GET /health answers 200 without a key"),
    (Endpoint(path="/health", key="valid"), "GET /health answers with success with a valid key"),
    (
        Endpoint(path="/x", method="POST", port=1, status=401, key="unstated"),
        "POST /x on port 1 answers 401 with a key",
    ),
    (AuthIs(required=True), "the API asks for a key"),
    (AuthIs(required=False, path="/health", port=4000), "/health on port 4000 asks for no key"),
    (Serves(handle="mlx-a", port=8100), "mlx-a on port 8100"),
    (ListsIds(kind="handle", example="mlx-*"), "/v1/models lists handles such as mlx-*"),
    (UrlIs(scheme="http", host="mini", port=3000, path="/x"), "http://mini:3000/x"),
    (Observable(via="ssh"), "observed over ssh"),
]


@pytest.mark.parametrize(("statement", "words"), WORDS, ids=[words for _, words in WORDS])
def test_a_statement_is_said_in_few_words(statement: Statement, words: str) -> None:
    assert statement_words(statement) == words


def test_every_kind_of_statement_has_words() -> None:
    assert {type(statement) for statement, _ in WORDS} == set(get_args(Statement))


def test_a_subject_says_what_of_it_is_known() -> None:
    assert subject_words(Subject(service="litellm", host="mini")) == "litellm on mini"
    assert subject_words(Subject(service="litellm")) == "litellm"
    assert subject_words(Subject(host="mini")) == "on mini"
    assert subject_words(Subject()) == ""


def test_counting_knows_the_singular() -> None:
    assert [counted(number, "claim") for number in (0, 1, 2)] == ["0 claims", "1 claim", "2 claims"]


@pytest.mark.parametrize("example", ["handles", "Handle", "ids"])
def test_a_kind_of_ids_is_no_example_of_itself(example: str) -> None:
    assert statement_words(ListsIds("handle", example, 8100)) == "/v1/models on port 8100 lists handles"
    assert statement_words(ListsIds("handle", "mlx-x")) == "/v1/models lists handles such as mlx-x"
