"""Units: names of systemd units and launchd jobs, and their files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.canon.clauses import Clause
from trueup.canon.statements.bound import Bound, bound
from trueup.canon.subjects import speakers, subject_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.vocabulary import HasUnit, Subject

# "LiteLLM is `x.service`", "its unit is …", "LiteLLM: `x.service`": the unit that runs the service.
_ITS_UNIT = re.compile(
    r"(?:[\s`*'’:=,—–|()-]|\b(?:s|is|as|by|under|in|the|an?|runs?|managed|called|named|user"
    r"|unit|service|systemd|launchd|label|job)\b)*",
    re.IGNORECASE,
)
_UNIT_WORD = re.compile(r"\b(?:its|the) (?:systemd |launchd |user )?(?:unit|label|job)\b|\bunit\b", re.IGNORECASE)


def find(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """Yield the units of a clause. One that is only mentioned beside a service (a timer, a dependency) is nobody's."""
    files = {_unit_name(mention.value): mention for mention in clause.of("file") if _unit_name(mention.value)}
    for name, mention in files.items():
        yield bound(clause, HasUnit(name, mention.value), _subject(name, mention, clause, lexicon), mention)
    for mention in clause.of("unit"):
        if mention.value not in files:
            subject = _subject(mention.value, mention, clause, lexicon)
            yield bound(clause, HasUnit(mention.value), subject, mention)


def _subject(name: str, mention: Mention, clause: Clause, lexicon: Lexicon) -> Subject:
    subject = subject_of(mention, clause, lexicon)
    owner = lexicon.unit_owner(name)
    if owner is not None or _is_its_own(name, mention, clause):
        return subject
    return Subject(None, subject.host)


def _is_its_own(name: str, mention: Mention, clause: Clause) -> bool:
    if name.endswith((".timer", ".target", ".socket")):
        return False
    if clause.role == "unit":
        return True
    text = clause.text.flat
    before = [service for service in speakers(clause) if service.end <= mention.start]
    if before:
        return bool(_ITS_UNIT.fullmatch(text[before[-1].end : mention.start]))
    return bool(_UNIT_WORD.search(text, clause.start, mention.start))


def _unit_name(path: str) -> str:
    """The unit that a file defines: a systemd file's base name, a launchd plist's label; empty when it is neither."""
    base = path.rpartition("/")[2]
    if "*" in path or "{" in path:
        return ""
    if base.endswith((".service", ".socket", ".timer")) and "/systemd/" in path:
        return base
    return base.removesuffix(".plist") if base.endswith(".plist") and "/Launch" in path else ""
