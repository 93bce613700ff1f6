"""Write docs/catalogue.md and docs/catalogue/*.md from the built-in entries of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trueup.catalog import Probe, Reply, ServiceKind
from trueup.catalog.load import BUILT_IN

DOCS = Path(__file__).resolve().parents[1] / "docs"

_INDEX = """\
# The catalogue

What Trueup knows about each kind of service stands in one entry: what people call it, its default ports and units,
which of its paths are worth asking, and what each answer means with and without a key. These pages are written from
the entries in `src/trueup/catalog/` by `make docs`.

{table}

## Names

Names are matched as whole words, in any case; a hyphen is part of a word, so a model handle `mlx-small` does not name
MLX. Some longer phrases hold a name and speak of something else ("Prometheus metrics" of a gateway): they name nothing.
A manifest adds names of your own with `names` of a `[[services]]` table ([manifest](manifest.md)).

## Probes

Without a key, Trueup asks the paths of a kind with GET. A path that is marked with **costs** can wake, load or pay for
a model when it is let in: it is asked only after another path of the same service has refused a request without a key,
so that it will be refused as well.

## Adding a kind

Another package adds kinds with an entry point of the group `trueup.catalog`. It names a `ServiceKind`, or an iterable
of them:

```toml
# pyproject.toml of the package
[project.entry-points."trueup.catalog"]
piper = "my_stack.piper:KIND"
```

```python
# my_stack/piper.py
from trueup.catalog import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

KIND = ServiceKind(
    key="piper",
    names=("Piper", "Piper server"),
    summary="Turns text into speech.",
    source=("piper 1.4, asked by hand",),
    ports=(PortRange(10200, 10200),),
    units=("piper.service",),
    hints=("piper",),
    probes=(
        Probe(
            path="/health",
            role="health",
            no_key=Reply(status=200, meaning="the process answers", media_type="application/json"),
            signature=Signature(json_keys=("status",)),
        ),
    ),
)
```

An entry that does not load, is not sound, or takes a key or name that another kind has is refused with the name of its
package. A service that needs no entry is declared in the manifest with a `kind` of your own.
"""


def files() -> dict[Path, str]:
    """Return the content of every generated page."""
    pages = {DOCS / "catalogue" / f"{kind.key}.md": page_of(kind) for kind in BUILT_IN}
    return {DOCS / "catalogue.md": _INDEX.format(table=_index_table()), **pages}


def page_of(kind: ServiceKind) -> str:
    """Return the page of one kind."""
    head = (f"# {kind.title}", "", kind.summary, "")
    return "\n".join([*head, *_facts(kind), "", *_probes(kind), *_cautions(kind), *_source(kind)])


def _index_table() -> str:
    rows = [
        f"| [{kind.title}](catalogue/{kind.key}.md) | `{kind.key}` | {_ports(kind)} | {kind.summary} |"
        for kind in BUILT_IN
    ]
    return "\n".join(["| kind | key | default ports | what it is |", "|---|---|---|---|", *rows])


def _facts(kind: ServiceKind) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    yield f"| key | `{kind.key}` |"
    yield f"| names | {', '.join(kind.names)} |"
    if kind.not_names:
        yield f"| not meant by | {', '.join(kind.not_names)} |"
    yield f"| default ports | {_ports(kind)} |"
    bind = "every interface" if kind.default_bind == "*" else f"`{kind.default_bind}`"
    yield f"| binds, unless told otherwise | {bind} |"
    yield f"| usual units | {_codes(kind.units)} |"
    yield f"| seen in a process by | {_codes(kind.hints)} |"
    if kind.model_ids:
        yield f"| ids in `/v1/models` | {kind.model_ids} |"
    yield f"| one model on one port | {'yes' if kind.is_lane else 'no'} |"


def _probes(kind: ServiceKind) -> Iterator[str]:
    yield "## What its answers mean"
    for probe in kind.probes:
        yield ""
        costs = f", **costs**: asked only after `{probe.after_refusal}` refused" if probe.costs else ""
        yield f"### `GET {probe.path}` ({probe.role}{costs})"
        yield ""
        yield "| key sent | status | media type | meaning |"
        yield "|---|---|---|---|"
        for key, reply in _replies(probe):
            yield f"| {key} | {reply.status} | {reply.media_type or ''} | {reply.meaning} |"
        sign = probe.signature
        if sign is not None:
            what = (
                f"the keys {_codes(sign.json_keys)}"
                if sign.json_keys
                else f"a text that begins with `{sign.text_prefix}`"
            )
            yield ""
            yield f"A success bears {what}."


def _replies(probe: Probe) -> Iterator[tuple[str, Reply]]:
    if probe.wrong_key is None and probe.valid_key is None:
        yield "any or none", probe.no_key
    else:
        yield "none", probe.no_key
        yield "wrong", probe.wrong_key or probe.no_key
        yield "valid", probe.valid_key or probe.no_key
    for reply in probe.also:
        yield "(also known)", reply


def _cautions(kind: ServiceKind) -> Iterator[str]:
    if kind.cautions:
        yield ""
        yield "## Beware"
        yield ""
        yield from (f"- {caution}" for caution in kind.cautions)


def _source(kind: ServiceKind) -> Iterator[str]:
    yield ""
    yield "## Source"
    yield ""
    yield from (f"- {source}" for source in kind.source)
    yield ""


def _ports(kind: ServiceKind) -> str:
    return ", ".join(str(ports) for ports in kind.ports)


def _codes(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
