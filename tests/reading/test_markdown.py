"""Blocks, their contexts, and above all that every character knows where it stands in the source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trueup.reading.markdown import Block, Document, Text, read

PIECES = st.sampled_from(
    [
        "# Mini\n",
        "## é — ü\n",
        "- **LiteLLM**: `127.0.0.1:4000` (x)\n",
        "  wrapped line\n",
        "  - nested `code` item\n",
        "1. one\n",
        "| a | b |\n|---|---|\n| `x` \\| y | [l](http://h:1/p) |\n",
        "> quoted &amp; **bold**\n",
        "```sh\ncurl http://127.0.0.1:1/ \\\n  -H x\n```\n",
        "~~old~~ `` a ` b `` text\n",
        "\n",
        "\r\n",
        "<!-- note -->\n",
        "<br/>\n",
        "---\n",
        "plain words.\n",
        "\t tab\n",
    ]
)


def texts_of(document: Document) -> list[Text]:
    found = [block.text for block in document.blocks]
    return found + [cell for block in document.blocks for row in block.rows for cell in row]


@given(st.lists(PIECES | st.text(max_size=20), max_size=14).map("".join))
def test_every_character_knows_its_place(source: str) -> None:
    document = read(source)
    for text in texts_of(document):
        for start, at, exact in text.segments:
            stop = next((other for other, *_ in text.segments if other > start), len(text.text))
            if exact and text.text[start:stop] != "\n":
                # White space may differ: a line break in a code span reads as a space.
                assert document.source[at : at + stop - start].split() == text.text[start:stop].split()
                assert text.source(start) == at


@given(st.text())
def test_any_text_is_a_document(source: str) -> None:
    document = read(source)
    for block in document.blocks:
        assert 0 <= block.start <= block.end <= len(document.source)
        line, column = document.position(block.start)
        assert line >= 1
        assert column >= 1


def only(source: str, kind: str) -> list[Block]:
    return [block for block in read(source).blocks if block.kind == kind]


def test_positions_count_characters_not_bytes() -> None:
    document = read("é — ü `x`\n\nß `127.0.0.1:4000`\n")
    text = document.blocks[1].text
    assert document.position(text.source(text.text.index("127"))) == (3, 4)


def test_headings_open_and_close() -> None:
    source = "# A\n\n## B\n\nx\n\n## C\n\n### D\n\ny\n\n# E\n\nz\n"
    paths = [[h.text.text for h in block.context.headings] for block in only(source, "paragraph")]
    assert paths == [["A", "B"], ["A", "C", "D"], ["E"]]


def test_items_know_their_parents_and_introduction() -> None:
    blocks = only("On the Mini:\n\n- one\n  - two\n\n    more\n- three\n", "item")
    assert [block.text.text for block in blocks] == ["one", "two", "three"]
    assert [item.text for item in blocks[1].context.items] == ["one"]
    assert blocks[0].context.intro is not None
    assert blocks[0].context.intro.text == "On the Mini:"
    assert blocks[2].context.intro is not None


def test_an_introduction_does_not_outlive_its_section() -> None:
    blocks = only("On the Mini:\n\n# Next\n\n- one\n", "item")
    assert blocks[0].context.intro is None


def test_a_wrapped_item_is_one_text() -> None:
    (block,) = only("- **Mini**: LiteLLM :4000,\n  Grafana :3001\n", "item")
    assert block.text.text == "Mini: LiteLLM :4000,\nGrafana :3001"


def test_table_cells_are_unescaped_and_placed() -> None:
    document = read("| a | b |\n|---|---|\n| x \\| y | `127.0.0.1` |\n")
    (table,) = [block for block in document.blocks if block.kind == "table"]
    cell = table.rows[1][0]
    assert cell.text == "x | y"
    bind = table.rows[1][1]
    assert document.position(bind.source(0)) == (3, 13)


def test_an_unclosed_fence_is_told() -> None:
    assert [block.closed for block in only("```sh\na\n```\n\n```sh\nb\n", "code")] == [True, False]


def test_comments_and_front_matter_are_no_text() -> None:
    document = read("---\nport: 4000\n---\n\n<!-- LiteLLM on 4001 -->\n\nreal\n")
    assert [block.text.text for block in document.blocks] == ["real"]
