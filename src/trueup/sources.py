"""Where a check's two sides come from: a root's manifest, and the evidence that is named, newest or observed now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from trueup.catalog import Catalog
from trueup.errors import EvidenceError
from trueup.manifest import Manifest, find_manifest, load_manifest
from trueup.vocabulary import Snapshot

_WRITTEN = (".md", ".markdown")


def manifest_of(root: Path, config: Path | None) -> Manifest:
    """Return the manifest that is named, else the one of the root, else an empty one."""
    found = config or find_manifest(root)
    return load_manifest(found) if found else Manifest()


def observe_now(
    root: Path,
    manifest: Manifest,
    catalog: Catalog,
    *,
    only: Sequence[str] = (),
    seconds: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Snapshot:
    """Observe the hosts of the manifest (`only` those named) now, within so many seconds, and seal what was seen."""
    from trueup.evidence.collect import SECONDS, take_snapshot

    now = datetime.now(UTC)
    taken = take_snapshot(manifest, catalog, now=now, only=only, seconds=seconds or SECONDS, root=root, tell=tell)
    # Imported by now, while the hosts answered.
    from trueup.evidence import store

    return store.seal(taken)


def read_evidence(
    path: Path, manifest: Manifest, catalog: Catalog, *, tell: Callable[[str], None] | None = None
) -> Snapshot:
    """Return the snapshot in a file: stored as JSON, or written by a person as Markdown.

    `tell` is called where lines of a person look like facts and were not understood. Raises EvidenceError where the
    file is missing, not intact, or holds no evidence.
    """
    if path.suffix.lower() not in _WRITTEN:
        from trueup.evidence import store

        return store.load(path)
    from trueup.evidence.importing import import_markdown
    from trueup.reading.lexicon import Lexicon

    imported = import_markdown(read_text(path), path=str(path), lexicon=Lexicon.build(catalog, manifest))
    missed = len(imported.not_understood)
    if missed and tell is not None:
        lines = "1 line looks like a fact and was" if missed == 1 else f"{missed} lines look like facts and were"
        tell(f"{path}: {lines} not understood: `trueup import --lines` shows what became of each line")
    return imported.snapshot


def read_text(path: Path) -> str:
    """Return a snapshot that a person wrote. Raises EvidenceError where it cannot be read as UTF-8 text."""
    from trueup.evidence import store

    try:
        with path.open("rb") as file:
            content = file.read(store.SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise EvidenceError("no such snapshot", where=str(path)) from error
    except OSError as error:
        raise EvidenceError(f"cannot read the snapshot: {error.strerror}", where=str(path)) from error
    if len(content) > store.SIZE_LIMIT:
        raise EvidenceError(f"larger than {store.SIZE_LIMIT // 2**20} MiB", where=str(path), hint="this is no snapshot")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise EvidenceError(f"not UTF-8 text (byte {error.start + 1})", where=str(path)) from error


def named_below(root: Path, path: Path) -> str:
    """Return what to call a file in a snapshot that will be committed: its path below the root, else its name alone."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def newest_evidence(directory: Path) -> Path | None:
    """Return the file with the latest date in its name, JSON or written by a person; None where there is none."""
    return next(_newest_first(directory), None)


def newest_telling(directory: Path, hosts: Iterable[str], manifest: Manifest, catalog: Catalog) -> dict[str, Path]:
    """Return for each host the newest file that tells of it; a host that none of all files tells of is left out.

    Files that cannot be used as evidence are passed over.
    """
    from trueup.evidence.store.index import Index

    missing, found = set(hosts), dict[str, Path]()
    with Index(directory) as index:
        for path in _newest_first(directory) if missing else ():
            if path.suffix == ".json" and missing.isdisjoint(index.entry(path.name).tells):
                continue
            with suppress(EvidenceError):
                snapshot = read_evidence(path, manifest, catalog)
                told = {host for host in missing if snapshot.tells_of(host)}
                found |= dict.fromkeys(told, path)
                missing -= told
            if not missing:
                break
    return found


def _newest_first(directory: Path) -> Iterator[Path]:
    """Yield the files that may be evidence by their names, the latest date first.

    A Markdown file beside a JSON file of the same name is that one's rendering, not evidence of its own. What is no
    file, such as a pipe, is only read when it is named.
    """
    from trueup.evidence.store.folder import dated_names

    names = dated_names(directory)
    stored = {name.removesuffix(".json") for name in names if name.endswith(".json")}
    for name in reversed(names):
        if name.endswith(".json") or name.removesuffix(".md") not in stored:
            path = directory / name
            if not _is_special(path):
                yield path


def _is_special(path: Path) -> bool:
    """Tell whether this is a pipe, a device, a socket or a folder; what cannot be told is left to fail when read."""
    try:
        return not path.is_file() and path.exists()
    except OSError:
        return False
