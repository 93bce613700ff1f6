"""What must not change a verdict: line breaks, line endings, list markers, table padding, text that is no claim."""

from __future__ import annotations

import textwrap
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from tests.canon.reading_claims import claims_in, short

from trueup.vocabulary import Claim

SENTENCES = st.sampled_from(
    [
        "LiteLLM listens on 127.0.0.1:4000.",
        "The OptiLLM proxy runs on the Studio at port 4020 (LAN-exposed).",
        "LiteLLM's `/health` answers 401 without a key; `/health/readiness` needs none.",
        "Grafana on the Mini uses port 3001 and is localhost only.",
        "We plan to move SearXNG to port 8899.",
        "Each MLX lane's `/v1/models` returns a snapshot path, not a handle.",
        "Restart `open-webui.service` on the Mini.",
        "Nothing here is a claim.",
    ]
)


def said(claims: tuple[Claim, ...]) -> Counter[tuple[str, str]]:
    return Counter((short(claim), claim.modality.value) for claim in claims)


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.integers(20, 200))
def test_reflowing_a_paragraph(sentences: list[str], width: int) -> None:
    text = " ".join(sentences)
    wrapped = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    assert said(claims_in(text)) == said(claims_in(wrapped))


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.sampled_from(["-", "*", "+"]))
def test_list_markers_and_line_endings(sentences: list[str], marker: str) -> None:
    listed = "# Mini\n\n" + "".join(f"- {sentence}\n" for sentence in sentences)
    other = listed.replace("\n- ", f"\n{marker} ").replace("\n", "\r\n")
    assert said(claims_in(listed)) == said(claims_in(other))
    assert [claim.span.line for claim in claims_in(listed)] == [claim.span.line for claim in claims_in(other)]


@given(st.integers(1, 30), st.integers(0, 8))
def test_table_padding_and_text_around(pad: int, blank: int) -> None:
    tight = "| Service | Host | Port |\n|---|---|---|\n| LiteLLM | Mini | 4000 |\n"
    loose = f"Words.\n{chr(10) * (blank + 1)}" + tight.replace(" | ", f"{' ' * pad}| ")
    assert said(claims_in(tight)) == said(claims_in(loose))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for claim in claims_in(text):
        assert claim.span.line >= 1
        assert (claim.span.line, claim.span.column) <= (claim.span.end_line, claim.span.end_column)


PIECES = st.sampled_from(
    [
        *("LiteLLM", "Mini", "`", "**", "|", "\n", "\n\n", "# ", "- ", "```sh\n", "curl ", ":4000", "127.0.0.1:4000"),
        *(
            "http://127.0.0.1:4000/health",
            " without a key",
            " 401",
            "/v1/models",
            "mlx-*",
            "(",
            ")",
            ", ",
            ". ",
            "not ",
        ),
        *("→ ", "---|---\n", "~~", "systemctl restart ", "a.service", "ssh mini ", "\\\n", "if ", "> "),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_mixture_of_shapes_can_be_read(text: str) -> None:
    ids = [claim.id for claim in claims_in(text)]
    assert len(ids) == len(set(ids))
