"""Markdown → Snapshot: rendered lines first, then what a person wrote, and an account of every line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePath

import msgspec

from trueup.errors import EvidenceError
from trueup.evidence.importing.account import Account
from trueup.evidence.importing.book import Book
from trueup.evidence.importing.coverage import coverages_of
from trueup.evidence.importing.handwritten import read_handwritten
from trueup.evidence.importing.headings import hosts_by_their_look, hosts_of, sections_of, with_hosts
from trueup.evidence.importing.hiding import hidden, hide
from trueup.evidence.importing.lines import ImportResult
from trueup.evidence.importing.rendered import read_rendered
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Document, read
from trueup.vocabulary import Snapshot, unique

LONGEST_RENDERED = 128 * 1024 * 1024
LONGEST_HANDWRITTEN = 512 * 1024
_DATE = re.compile(
    r"(?<!\d)(?P<date>\d{4}-\d{2}-\d{2})(?:[T ]+(?P<time>\d{2}:\d{2}(?::\d{2})?)\s*(?P<zone>Z|UTC|[+-]\d{2}:\d{2})?)?"
)
_DATE_LINE = re.compile(r"^\W*(?:date|taken|captured|observed|as of)\b.*", re.IGNORECASE | re.MULTILINE)
_LEADING_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}\s*[—–:-]*\s*")


def import_markdown(text: str, *, path: str, lexicon: Lexicon, empty: bool = False) -> ImportResult:
    """Read a snapshot that is written as Markdown; `path` is where it stands, for messages and provenance.

    The snapshot comes back unsealed and without secrets. Raises EvidenceError where no date can be found, the text is
    too large to be a snapshot, a rendered snapshot's own lines about itself are damaged, or, unless it may be `empty`,
    a person's text gives no host or no observation.
    """
    _refuse(len(text) > LONGEST_RENDERED, path)
    lines = text.replace("\r\n", "\n").split("\n")
    account = Account(lines)
    rendered = read_rendered(lines, path)
    if rendered is None:
        snapshot = _handwritten("\n".join(lines), path, lexicon, account)
    else:
        for number, (outcome, ids) in rendered.outcomes.items():
            account.add(number, outcome, ids)
        snapshot = rendered.snapshot()
        if account.open_lines():
            snapshot = _with_additions(snapshot, "\n".join(lines), path, lexicon, account)
    result = hidden(ImportResult(snapshot, account.settled()))
    if not empty:
        result.refuse_empty(path)
    return result


def _handwritten(text: str, path: str, lexicon: Lexicon, account: Account) -> Snapshot:
    _refuse(len(text) > LONGEST_HANDWRITTEN, path)
    document = read(text)
    taken_at = _taken_at(document, path)
    told = hosts_of(document, lexicon)
    guessed = {} if told else hosts_by_their_look(document, lexicon)
    book = Book(with_hosts(lexicon, told or guessed))
    read_handwritten(document, book, account, path, skip=frozenset())
    sections = sections_of(document, book.lexicon)
    stated = {draft.host: None for draft in book.drafts}
    # a heading that only looks like a host's name is one where facts stand below it
    named = (section.host for section in sections if section.host and (told or section.host in stated))
    hosts = tuple(dict.fromkeys((*named, *stated)))
    return Snapshot(
        taken_at=taken_at,
        title=_title(document, path),
        origin="imported",
        hosts=hosts,
        observations=unique(draft.observation(path) for draft in book.drafts),
        coverages=coverages_of(book, sections, hosts),
    )


def _with_additions(snapshot: Snapshot, text: str, path: str, lexicon: Lexicon, account: Account) -> Snapshot:
    """Add what a person has written into a rendered snapshot."""
    _refuse(len(text) > LONGEST_HANDWRITTEN, path)
    document = read(text)
    book = Book(with_hosts(lexicon, {host.lower(): host for host in snapshot.hosts if host.strip()}))
    read_handwritten(document, book, account, path, skip=frozenset(account.outcomes))
    added = (draft.observation(path) for draft in book.drafts)
    return msgspec.structs.replace(snapshot, observations=unique((*snapshot.observations, *added)))


def _refuse(too_large: bool, path: str) -> None:
    if too_large:
        raise EvidenceError("too large for a snapshot that a person wrote", where=path, hint="import its JSON file")


def _taken_at(document: Document, path: str) -> datetime:
    """The date in the title, in a line that says when, or in the file's name; midnight UTC without a time."""
    titles = [block.text.text for block in document.blocks if block.kind == "heading"][:1]
    told = [match.group() for match in _DATE_LINE.finditer(document.source[:4000])]
    for place in (*titles, *told, PurePath(path).name):
        for match in _DATE.finditer(place):
            zone = match["zone"] or "Z"
            try:
                written = f"{match['date']}T{match['time'] or '00:00'}{'Z' if zone == 'UTC' else zone}"
                return datetime.fromisoformat(written).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
    hint = "put the date, such as 2026-02-09, into the title or the file's name"
    raise EvidenceError("the snapshot says no date", where=path, hint=hint)


def _title(document: Document, path: str) -> str:
    titles = [block.text.text.strip() for block in document.blocks if block.kind == "heading"]
    return _LEADING_DATE.sub("", hide(titles[0])) if titles else PurePath(path).stem
