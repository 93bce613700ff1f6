from __future__ import annotations

import contextlib
import tomllib

from hypothesis import given
from hypothesis import strategies as st
from tests.manifest.toml_texts import paths_of, toml_texts

from trueup.manifest.toml_lines import KeyPath, lines_of


@given(toml_texts())
def test_every_path_that_tomllib_finds_has_the_line_it_was_written_at(written: tuple[str, dict[KeyPath, int]]) -> None:
    text, expected = written
    lines = lines_of(text)
    assert set(lines) == paths_of(tomllib.loads(text))
    assert {path: lines[path] for path in expected} == expected


@given(st.text(alphabet="a1=.[]{},\"'#\\ \n", max_size=60))
def test_any_text_ends_and_valid_texts_agree_with_tomllib(text: str) -> None:
    lines: dict[KeyPath, int] = {}
    with contextlib.suppress(ValueError):
        lines = lines_of(text)
    with contextlib.suppress(tomllib.TOMLDecodeError):
        assert set(lines) == paths_of(tomllib.loads(text))


def test_a_table_that_only_its_children_name_has_their_line() -> None:
    assert lines_of("\n[a.b]\nc.d = 1\n") == {("a",): 2, ("a", "b"): 2, ("a", "b", "c"): 3, ("a", "b", "c", "d"): 3}


def test_arrays_of_tables_are_counted_within_their_parent() -> None:
    lines = lines_of("[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]\nc = 1\n")
    assert lines[("a", 0, "b", 1)] == 3
    assert lines[("a", 1, "b", 0, "c")] == 6
