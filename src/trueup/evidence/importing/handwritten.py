"""What a person wrote, read into a book: statement by statement, each line accounted for."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from trueup.evidence.importing.account import Account
from trueup.evidence.importing.book import BY_HAND, Book, Draft
from trueup.evidence.importing.clauses import Clause, clauses_of
from trueup.evidence.importing.headings import Section, sections_of
from trueup.evidence.importing.lines import Outcome
from trueup.evidence.importing.readers import read as read_statement
from trueup.evidence.importing.statements import LONGEST_STATEMENT, Statement, statements_of
from trueup.evidence.importing.telling import (
    looks_factual,
    names_something_checkable,
    restated,
    speaks_of_documents,
    why_not,
)
from trueup.reading.markdown import Document
from trueup.vocabulary import Answer, Identity, Models


@dataclass(frozen=True)
class Verdict:
    """What a clause came to; `reason` says why it was not understood."""

    outcome: Outcome
    drafts: list[Draft] = field(default_factory=list)
    reason: str = ""


def read_handwritten(document: Document, book: Book, account: Account, path: str, skip: AbstractSet[int]) -> None:
    """Read every statement that does not stand on a line in `skip`."""
    answered: dict[str, list[Draft]] = {}
    told: list[tuple[range, Verdict, str]] = [
        (range(section.line, section.line + 1), Verdict("heading", _identity(section, book)), "")
        for section in dict.fromkeys(sections_of(document, book.lexicon))
        if section.line and section.line not in skip
    ]
    for statement in statements_of(document, book.lexicon):
        if statement.first_line not in skip:
            numbers = range(statement.first_line, statement.last_line + 1)
            verdicts = _understand(statement, book)
            told += [(numbers, verdict, statement.block) for verdict in verdicts]
            for draft in (draft for verdict in verdicts for draft in verdict.drafts):
                if isinstance(draft.fact, Answer | Models) and draft.fact.url in statement.label:
                    answered.setdefault(statement.label, []).append(draft)
    for numbers, verdict, block in told:
        if verdict.outcome == "not understood" and answered.get(block):
            # what this line asked is answered by the items below it
            verdict = Verdict("restates", list(dict.fromkeys(answered[block])))
        full = [draft for draft in verdict.drafts if not _is_empty(draft)]
        ids = [draft.observation(path).id for draft in full]
        for number in numbers:
            outcome = verdict.outcome if full or not verdict.drafts else "not understood"
            account.add(number, outcome, ids, verdict.reason or "unknown form")
    for number in account.open_lines():
        # what the Markdown parser gives no block for (raw HTML, a table's header, fences) is never evidence
        unread = number not in skip and names_something_checkable(account.lines[number - 1], book)
        account.add(number, "not understood" if unread else "prose", reason="unknown form")
    book.drafts[:] = [draft for draft in book.drafts if not _is_empty(draft)]


def _identity(section: Section, book: Book) -> list[Draft]:
    """A heading such as `Studio (macOS)` says which operating system the host has."""
    if section.host is None or section.os is None:
        return []
    if book.find(section.host, None, Identity):
        return []
    return [book.add(Draft(section.host, None, Identity(os=section.os), BY_HAND, section.heading, section.line))]


def _understand(statement: Statement, book: Book) -> list[Verdict]:
    """Read a statement clause by clause, so that none is lost behind another."""
    if len(statement.text) > LONGEST_STATEMENT:
        return [Verdict("not understood", reason="unknown form")]
    if speaks_of_documents(statement):
        return [Verdict("prose")]
    return [_judge(clause, book) for clause in clauses_of(statement)]


def _judge(clause: Clause, book: Book) -> Verdict:
    statement = clause.statement
    if clause.mood == "wished":
        return Verdict("prose")
    denied = clause.mood == "denied"
    drafts = read_statement(statement, book, denied=denied) if statement.host else []
    if drafts:
        new = any(draft.fresh for draft in drafts)
        for draft in drafts:
            draft.fresh = False
        return Verdict("observed" if new else "restates", drafts)
    if clause.contrast:
        return Verdict("prose")
    if not denied and (again := restated(statement, book)):
        return Verdict("restates", again)
    return Verdict("not understood", reason=why_not(statement)) if looks_factual(statement) else Verdict("prose")


def _is_empty(draft: Draft) -> bool:
    """A list of ids that was announced and never came is no fact."""
    return isinstance(draft.fact, Models) and not draft.fact.ids
