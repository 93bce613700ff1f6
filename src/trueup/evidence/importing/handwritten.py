"""What a person wrote, read into a book: statement by statement, each line accounted for."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from trueup.evidence.importing.account import Account
from trueup.evidence.importing.book import BY_HAND, Book, Draft
from trueup.evidence.importing.headings import Section, sections_of
from trueup.evidence.importing.lines import Outcome
from trueup.evidence.importing.readers import read as read_statement
from trueup.evidence.importing.statements import LONGEST_STATEMENT, Statement, statements_of
from trueup.evidence.importing.telling import looks_factual, names_something_checkable, restated, speaks_of_documents
from trueup.reading.markdown import Document
from trueup.vocabulary import Identity, Models

Verdict = tuple[Outcome, list[Draft]]


def read_handwritten(document: Document, book: Book, account: Account, path: str, skip: AbstractSet[int]) -> None:
    """Read every statement that does not stand on a line in `skip`."""
    told: list[tuple[range, Outcome, list[Draft]]] = [
        (range(section.line, section.line + 1), "heading", _identity(section, book))
        for section in dict.fromkeys(sections_of(document, book.lexicon))
        if section.line and section.line not in skip
    ]
    for statement in statements_of(document, book.lexicon):
        if statement.first_line not in skip:
            outcome, drafts = _understand(statement, book)
            told.append((range(statement.first_line, statement.last_line + 1), outcome, drafts))
    for numbers, outcome, drafts in told:
        full = [draft for draft in drafts if not _is_empty(draft)]
        ids = [draft.observation(path).id for draft in full]
        for number in numbers:
            account.add(number, outcome if full or not drafts else "not understood", ids)
    for number in account.open_lines():
        # what the Markdown parser gives no block for (raw HTML, a table's header, fences) is never evidence
        unread = number not in skip and names_something_checkable(account.lines[number - 1], book)
        account.add(number, "not understood" if unread else "prose")
    book.drafts[:] = [draft for draft in book.drafts if not _is_empty(draft)]


def _identity(section: Section, book: Book) -> list[Draft]:
    """A heading such as `Studio (macOS)` says which operating system the host has."""
    if section.host is None or section.os is None:
        return []
    if book.find(section.host, None, Identity):
        return []
    return [book.add(Draft(section.host, None, Identity(os=section.os), BY_HAND, section.heading, section.line))]


def _understand(statement: Statement, book: Book) -> Verdict:
    if len(statement.text) > LONGEST_STATEMENT:
        return "not understood", []
    if speaks_of_documents(statement):
        return "prose", []
    drafts = read_statement(statement, book) if statement.host else []
    if drafts:
        new = any(draft.fresh for draft in drafts)
        for draft in drafts:
            draft.fresh = False
        return ("observed" if new else "restates"), drafts
    if again := restated(statement, book):
        return "restates", again
    return ("not understood" if looks_factual(statement) else "prose"), []


def _is_empty(draft: Draft) -> bool:
    """A list of ids that was announced and never came is no fact."""
    return isinstance(draft.fact, Models) and not draft.fact.ids
