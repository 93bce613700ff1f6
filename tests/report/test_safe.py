from __future__ import annotations

import pyromark
from hypothesis import given
from hypothesis import strategies as st

from trueup.report.safe import code, one_line

HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=60) | st.text(alphabet="`\\<>[]()!|*_ a\n\x1b\u202e")


@given(HOSTILE)
def test_one_line_is_printable_and_one_line(text: str) -> None:
    shown = one_line(text)
    assert all(character.isprintable() or character in "\u00a0\u3000" or character.isspace() for character in shown)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_controls_are_shown_as_escapes() -> None:
    assert one_line("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"
    assert one_line("two\n  lines") == "two lines"


def test_long_text_is_cut() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


@given(HOSTILE)
def test_nothing_gets_out_of_a_code_span(text: str) -> None:
    events = list(pyromark.events(f"- x {code(text)} y\n"))
    codes = [event["Code"] for event in events if isinstance(event, dict) and "Code" in event]
    assert codes == ([one_line(text)] if one_line(text) else [])
    assert not any(isinstance(event, dict) and {"Html", "InlineHtml"} & event.keys() for event in events)
