"""Testing what is stored: digest, name, place in the chain, rendering, signatures.

A *problem* means that something is not as it was written or is missing; a *note* is worth knowing and no fault: two
branches that were merged leave two ends of the chain, and a rendering can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from trueup.errors import EvidenceError
from trueup.evidence.render import NOTES_HEADING, render
from trueup.evidence.store.chain import Link, links_of
from trueup.evidence.store.folder import SIGNATURES, is_there
from trueup.evidence.store.reading import parse, read
from trueup.evidence.store.sealing import stem_of
from trueup.evidence.store.trust import Trusted, signers_of
from trueup.vocabulary import Snapshot

_OWN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z-[0-9a-f]{12}")


class Verified(NamedTuple):
    """What testing one file came to."""

    path: Path
    digest: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verify(
    paths: Iterable[Path], trusted: Trusted | None = None, *, reading: Callable[[Path], Snapshot]
) -> list[Verified]:
    """Test stored snapshots, each within the folder where it lies.

    With trusted keys, each has to bear a signature by one of them. `reading` reads a rendering back. Raises
    EvidenceError where a folder cannot be listed.
    """
    chains: dict[Path, _Chain] = {}
    verified = []
    for path in paths:
        if path.parent not in chains:
            chains[path.parent] = _Chain(links_of(path.parent))
        verified.append(_verify(path, chains[path.parent], trusted, reading))
    return verified


class _Chain:
    """The links of one folder, found by the digest on either side."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.by_digest: dict[str, list[str]] = {}
        self.followers: dict[str, list[str]] = {}
        for link in links:
            self.by_digest.setdefault(link.digest, []).append(link.name)
            self.followers.setdefault(link.previous, []).append(link.name)


def _verify(path: Path, chain: _Chain, trusted: Trusted | None, reading: Callable[[Path], Snapshot]) -> Verified:
    try:
        content = read(path, only_file=True)
        snapshot = parse(content, path)
    except EvidenceError as error:
        return Verified(path, "", (str(error.what),))
    problems, notes = list[str](), list[str]()
    if _OWN_NAME.fullmatch(path.stem) and path.stem != stem_of(snapshot):
        problems.append(f"the file was renamed: it was written as {stem_of(snapshot)}.json")
    _verify_place(snapshot, path.name, chain, problems, notes)
    _verify_rendering(path.with_suffix(".md"), snapshot, reading, problems, notes)
    _verify_signatures(path, content, snapshot, trusted, problems, notes)
    return Verified(path, snapshot.digest, tuple(problems), tuple(notes))


def _verify_place(snapshot: Snapshot, name: str, chain: _Chain, problems: list[str], notes: list[str]) -> None:
    if snapshot.previous and snapshot.previous not in chain.by_digest:
        problems.append(f"the snapshot before it is missing: {_named(snapshot.previous)}, which {name} follows")
    others = [other for other in chain.followers.get(snapshot.previous, []) if other != name]
    if others and snapshot.previous:
        notes.append(f"the chain forks: {_listed(others)} also follows {_named(snapshot.previous)}")
    elif others:
        notes.append(f"the chain has several beginnings: {_listed(others)} follows none either")
    copies = [other for other in chain.by_digest.get(snapshot.digest, []) if other != name]
    if copies:
        notes.append(f"the same snapshot is also there as {_listed(copies)}")


def _verify_rendering(
    path: Path, snapshot: Snapshot, reading: Callable[[Path], Snapshot], problems: list[str], notes: list[str]
) -> None:
    """People read the rendering, so it has to say what the snapshot says; drift notes are derived and not tested."""
    if not is_there(path):
        notes.append("its rendering is missing: `trueup snapshot show` prints it")
        return
    try:
        text = read(path, only_file=True).decode().replace("\r\n", "\n")
        expected = render(snapshot)
        if text == expected or text.startswith(f"{expected}\n## {NOTES_HEADING}\n"):
            return
        # Another version may have laid it out in another way.
        same = _said(reading(path)) == _said(snapshot)
    except (EvidenceError, UnicodeDecodeError):
        same = False
    if same:
        notes.append("its rendering states the same facts in another layout, or with more words")
    else:
        problems.append("its rendering does not say the same: `trueup snapshot show` prints what it should say")


def _said(snapshot: Snapshot) -> object:
    facts = {(each.id, each.by) for each in snapshot.observations}
    return snapshot.taken_at, snapshot.hosts, facts, set(snapshot.coverages)


def _verify_signatures(
    path: Path,
    content: bytes,
    snapshot: Snapshot,
    trusted: Trusted | None,
    problems: list[str],
    notes: list[str],
) -> None:
    envelope = path.with_suffix("").with_name(path.stem + SIGNATURES)
    if not is_there(envelope):
        if trusted is not None:
            problems.append("it bears no signature")
        return
    try:
        signers: Mapping[str, str | None] = signers_of(envelope, content, snapshot, path.name, trusted)
    except EvidenceError as error:
        problems.append(f"{envelope.name}: {error.what}")
        return
    good = [f"{keyid} ({who})" if who else keyid for keyid, who in signers.items() if who is not None]
    if good:
        notes.append(f"signed by {', '.join(good)}")
    elif trusted is not None:
        problems.append(f"no trusted key signed it, only {', '.join(signers)}")
    else:
        notes.append(f"bears signatures that were not tested: {', '.join(signers)} (name a key with `--key`)")


def _named(digest: str) -> str:
    return digest[:12]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
