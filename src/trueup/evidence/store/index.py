"""What the stored files hold, remembered in an SQLite file beside them, so that any number of them is searched quickly.

The files are the truth. A row counts only while its file has the size, times and inode that it had when it was read,
and while the row itself is intact. An index that is missing, damaged, locked, of another program or in a folder that
nobody may write is no error: then the files are read. Removing it loses nothing.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from trueup.errors import EvidenceError
from trueup.evidence.store.folder import DERIVED, derived
from trueup.evidence.store.reading import parse, read
from trueup.vocabulary import Word

if TYPE_CHECKING:
    import sqlite3

FILE = "index.sqlite"
# Below so many files that had to be read, reading them again is quicker than asking SQLite.
WORTH_KEEPING = 16
_SCHEMA = "CREATE TABLE entry (name TEXT PRIMARY KEY, state TEXT, content BLOB, seal BLOB) WITHOUT ROWID"
_LOCK_SECONDS = 0.2
_QUERY_SECONDS = 2.0
# A file that changed so lately may change again without its times telling it.
_SETTLED_NS = 2_000_000_000


class Entry(Word, frozen=True, kw_only=True):
    """What a stored file holds, in short.

    `tells` are the hosts that it tells of; `problem` says why it holds nothing.
    """

    digest: str = ""
    previous: str = ""
    taken_at: datetime | None = None
    title: str = ""
    origin: str = ""
    hosts: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    observations: int = 0
    problem: str = ""


class Index:
    """The entries of one folder, for as long as the context lasts; what was read anew is remembered at its end."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / DERIVED / FILE
        self._database: sqlite3.Connection | None = None
        self._asked = False
        self._new: dict[str, tuple[str, Entry]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None and self._new and (self._database or len(self._new) >= WORTH_KEEPING):
                self._remember()
        finally:
            self._forget_database()

    def entry(self, name: str) -> Entry:
        """Return what a stored file of the folder holds; never raises for what the file is."""
        path = self._directory / name
        try:
            state = _state(path)
        except OSError as error:
            return Entry(problem=f"cannot read the snapshot: {error.strerror}")
        known = self._known(name, state)
        if known is not None:
            return known
        try:
            content = read(path, only_file=True)
        except EvidenceError as error:
            return Entry(problem=error.what)
        found = _entry_of(content, path)
        self._new[name] = (state, found)
        return found

    def _known(self, name: str, state: str) -> Entry | None:
        if not self._asked:
            self._asked = True
            self._database = self._open()
        if self._database is None:
            return None
        import sqlite3

        try:
            question = "SELECT state, content, seal FROM entry WHERE name = ?"
            row = self._database.execute(question, (os.fsencode(name),)).fetchone()
        except sqlite3.Error:
            self._forget_database()
            return None
        if row is None or row[0] != state or not isinstance(row[1], bytes) or row[2] != _seal(name, state, row[1]):
            return None
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(row[1], type=Entry)
        return None

    def _open(self) -> sqlite3.Connection | None:
        """Return the index that is there, if it is ours and in order."""
        try:
            if not stat.S_ISDIR(self._path.parent.lstat().st_mode) or not stat.S_ISREG(self._path.lstat().st_mode):
                return None
        except OSError:
            return None
        import sqlite3

        database = None
        try:
            database = _connect(self._path)
            if database.execute("SELECT sql FROM sqlite_master").fetchall() == [(_SCHEMA,)]:
                return database
        except sqlite3.Error:
            pass
        if database is not None:
            database.close()
        return None

    def _forget_database(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None

    def _remember(self) -> None:
        """Write what was read anew into the index, made anew where it is not in order. Trouble is no error."""
        import sqlite3

        now = time.time_ns()
        rows = [
            (os.fsencode(name), state, content, _seal(name, state, content))
            for name, (state, found) in self._new.items()
            if now - _changed_ns(state) > _SETTLED_NS
            for content in (msgspec.json.encode(found),)
        ]
        with suppress(sqlite3.Error, OSError):
            database = self._database or self._make()
            try:
                with database:
                    there = [name for (name,) in database.execute("SELECT name FROM entry")]
                    gone = [(name,) for name in there if not self._is_there(name)]
                    database.executemany("DELETE FROM entry WHERE name = ?", gone)
                    database.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)
            finally:
                database.close()
                self._database = None

    def _is_there(self, name: object) -> bool:
        return isinstance(name, bytes) and (self._directory / os.fsdecode(name)).exists()

    def _make(self) -> sqlite3.Connection:
        derived(self._directory)
        for name in (FILE, f"{FILE}-journal"):
            with suppress(FileNotFoundError):
                self._path.with_name(name).unlink()
        database = _connect(self._path)
        database.execute(_SCHEMA)
        return database


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3

    database = sqlite3.connect(path, timeout=_LOCK_SECONDS)
    deadline = time.monotonic() + _QUERY_SECONDS
    # A foreign file may hold what never ends.
    database.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    database.execute("PRAGMA trusted_schema = OFF")
    # Nothing here has to outlive a power cut; a row that did not is noticed by its seal.
    database.execute("PRAGMA synchronous = OFF")
    return database


def _state(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"


def _changed_ns(state: str) -> int:
    return max(map(int, state.split(":")[1:3]))


def _seal(name: str, state: str, content: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((os.fsencode(name), state.encode(), content))).digest()[:16]


def _entry_of(content: bytes, path: Path) -> Entry:
    try:
        snapshot = parse(content, path)
    except EvidenceError as error:
        return Entry(problem=error.what)
    mentioned = {each.host for entries in (snapshot.observations, snapshot.coverages) for each in entries}
    return Entry(
        digest=snapshot.digest,
        previous=snapshot.previous,
        taken_at=snapshot.taken_at,
        title=snapshot.title,
        origin=snapshot.origin,
        hosts=snapshot.hosts,
        tells=tuple(sorted(filter(snapshot.tells_of, mentioned))),
        observations=len(snapshot.observations),
    )
