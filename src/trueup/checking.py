"""One check from end to end: lexicon → canon → judgements, and what has to be known besides them.

This is what `trueup check` does, without its printing, for everything else that wants the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from trueup.canon import Canon, declared_claims, read_documents
from trueup.catalog import Catalog, load_catalog
from trueup.errors import ConfigError, EvidenceError, ExitCode
from trueup.judge import RULE_NAMES, judge
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.sources import named_below, newest_telling
from trueup.vocabulary import Judgement, Lane, Modality, RunsOn, Severity, Snapshot, Verdict, Word


class Checked(Word, frozen=True, kw_only=True):
    """What a check came to: every claim with its verdict, in the order of the documents.

    `documents` counts the documents that were read, `notes` says what a reader of the verdicts has to know besides
    them, `fail_on` is the severity from which a finding counts, `too_old` tells that the evidence passed its age.
    """

    documents: int
    judgements: tuple[Judgement, ...]
    snapshot: Snapshot | None
    fail_on: Severity
    too_old: bool = False
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Judgement, ...]:
        """What a report lists."""
        return tuple(judgement for judgement in self.judgements if judgement.is_finding)

    @property
    def judged(self) -> int:
        """How many claims got a verdict."""
        return len(self.judgements) - sum(self.unjudged.values())

    @property
    def unjudged(self) -> dict[str, int]:
        """Why claims got no verdict: reason → number of claims, the most frequent first."""
        reasons = Counter(each.reason for each in self.judgements if each.verdict is Verdict.UNJUDGED)
        return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: evidence that is too old comes before findings, since it puts them in doubt."""
        if self.too_old:
            return ExitCode.EVIDENCE
        counted = any((each.severity or Severity.LOW).rank <= self.fail_on.rank for each in self.findings)
        return ExitCode.FINDINGS if counted else ExitCode.CLEAN


def check(
    root: Path,
    paths: Sequence[Path],
    manifest: Manifest,
    snapshot: Snapshot | None,
    *,
    catalog: Catalog | None = None,
    now: datetime | None = None,
    fail_on: Severity | None = None,
) -> Checked:
    """Judge the documents under `root` (all that the manifest names, or only `paths`) by the snapshot.

    Without a snapshot the documents are still held against each other. Raises TrueupError subclasses for what cannot
    be read, and for severities of rules that are none; `now` is the clock that the snapshot's age is measured with.
    """
    for name in manifest.check.severity:
        if name not in RULE_NAMES:
            raise ConfigError(f"[check.severity] names no rule: {name!r}", hint=f"rules: {', '.join(RULE_NAMES)}")
    catalog = catalog or load_catalog()
    lexicon = Lexicon.build(
        catalog,
        manifest,
        hosts=snapshot.hosts if snapshot else (),
        handles=_handles(snapshot) if snapshot else (),
    )
    canon = read_documents(root, paths, manifest, lexicon)
    too_old = snapshot is not None and _passed(manifest.evidence.limit, snapshot.taken_at, now or datetime.now(UTC))
    claims = (*canon.claims, *declared_claims(manifest, named_below(root, Path(manifest.source))))
    judgements = judge(claims, snapshot, lexicon, manifest, too_old=too_old)
    return Checked(
        documents=len(canon.documents),
        judgements=tuple(sorted(judgements, key=_place)),
        snapshot=snapshot,
        fail_on=fail_on or manifest.check.fail_on,
        too_old=too_old,
        notes=(
            *_notes(canon, snapshot, manifest, too_old=too_old),
            *_unseen_hosts(root, judgements, snapshot, manifest, catalog),
        ),
    )


def _handles(snapshot: Snapshot) -> set[str]:
    """The handles that lane controllers showed: documents use them as names."""
    facts = (observation.fact for observation in snapshot.observations)
    return {fact.handle for fact in facts if isinstance(fact, Lane) and fact.handle is not None}


def _passed(limit: timedelta | None, taken_at: datetime, now: datetime) -> bool:
    return limit is not None and now - taken_at > limit


def _notes(canon: Canon, snapshot: Snapshot | None, manifest: Manifest, *, too_old: bool) -> Iterator[str]:
    if snapshot is None:
        yield "there is no evidence: nothing was observed, the documents were only held against each other"
    if snapshot is not None and too_old:
        date, limit = snapshot.taken_at.date().isoformat(), manifest.evidence.max_age
        yield f"the evidence of {date} is older than {limit}: observe again with `trueup snapshot`"
    if not canon.documents:
        yield "no document was read"
    for skipped in canon.skipped:
        yield f"{skipped.path} was not read: {skipped.reason}"


def _unseen_hosts(
    root: Path, judgements: Sequence[Judgement], snapshot: Snapshot | None, manifest: Manifest, catalog: Catalog
) -> Iterator[str]:
    """Name the declared hosts that documents speak of and this evidence does not, and the file that does."""
    if snapshot is None:
        return
    spoken = {host for each in judgements if _waits(each) for host in _hosts_of(each)}
    unseen = [host.name for host in manifest.hosts if host.name in spoken and not snapshot.tells_of(host.name)]
    folder, elsewhere = Path(manifest.evidence.directory), dict[str, Path]()
    with suppress(EvidenceError):
        elsewhere = newest_telling(root / folder, unseen, manifest, catalog)
    for host in unseen:
        told = f"; {(folder / elsewhere[host].name).as_posix()} tells of it" if host in elsewhere else ""
        yield f"no evidence of {host}: what is said of it was not judged{told}"


def _waits(judgement: Judgement) -> bool:
    """Tell whether only evidence was missing: what is not said of now is never judged."""
    return judgement.verdict is Verdict.UNJUDGED and judgement.claim.modality is Modality.ASSERTED


def _hosts_of(judgement: Judgement) -> set[str | None]:
    statement = judgement.claim.statement
    return {judgement.claim.subject.host, statement.host if isinstance(statement, RunsOn) else None}


def _place(judgement: Judgement) -> tuple[str, int, int, str]:
    span = judgement.claim.span
    return span.path, span.line, span.column, judgement.claim.id
