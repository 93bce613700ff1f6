"""Every error that Trueup raises on purpose.

    TrueupError                 base: `str(error)` is one line, what and where and what to do
    ├── UsageError              the command line asks for something that cannot be     exit 2
    ├── ConfigError             the manifest or a catalogue entry cannot be used       exit 2
    ├── DocumentError           a document that was named cannot be read               exit 2
    └── EvidenceError           evidence is missing, too old or not intact             exit 3
        └── TamperedError       a snapshot's content does not match its digest

Exit codes are part of the interface: see `ExitCode`.
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What the process's exit status says."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    EVIDENCE = 3


class TrueupError(Exception):
    """Base of all expected errors. `where` is a path or `path:line`; `hint` says what to do about it."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line} ({self.hint})" if self.hint else line


class UsageError(TrueupError):
    """The command line asks for something that cannot be."""


class ConfigError(TrueupError):
    """The manifest or a catalogue entry cannot be used."""


class DocumentError(TrueupError):
    """A document that was named cannot be read."""


class EvidenceError(TrueupError):
    """Evidence is missing, too old or not intact."""

    exit_code = ExitCode.EVIDENCE


class TamperedError(EvidenceError):
    """A snapshot's content does not match its digest."""
