"""Find, read and validate `trueup.toml`."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from pathlib import Path
from typing import Any

import msgspec

from trueup.errors import ConfigError
from trueup.manifest.agreement import check_agreement
from trueup.manifest.convert import convert_table
from trueup.manifest.problem import Problem
from trueup.manifest.tables import Host, Manifest, ManifestFile
from trueup.manifest.toml_lines import KeyPath, lines_of

FILE_NAME = "trueup.toml"
MAX_BYTES = 1024 * 1024

# tomllib needs memory by the square of the parts of a dotted key: gigabytes for a key of 50 kB.
_ENDLESS_KEY = re.compile(r"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){40}""")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)\Z")


def find_manifest(root: Path) -> Path | None:
    """Return the manifest that stands directly in `root`, None when there is none."""
    path = root / FILE_NAME
    return path if os.path.lexists(path) else None


def load_manifest(path: Path) -> Manifest:
    """Read and validate a manifest.

    Raises ConfigError, with `path:line` where the line is known, when it cannot be read, is not TOML in UTF-8, is
    larger than 1 MiB, or says something that cannot be.
    """
    where = str(path)
    try:
        # A pipe or device would block or never end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError("the manifest is not a file", where=where)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"the manifest cannot be read: {reason}", where=where) from error
    if len(content) > MAX_BYTES:
        raise ConfigError("the manifest is larger than 1 MiB", where=where, hint="a manifest is a few hundred lines")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError("the manifest is not text in UTF-8", where=f"{where}:{line}") from None
    return msgspec.structs.replace(parse_manifest(text, where), source=where)


def parse_manifest(text: str, where: str) -> Manifest:
    """Validate the text of a manifest; `where` names it in errors. Raises ConfigError as `load_manifest` does."""
    values = _parse(text, where)
    try:
        file = convert_table(values, ManifestFile)
        check_agreement(file)
    except Problem as problem:
        line = _line_of(problem.path, text)
        raise ConfigError(problem.what, where=f"{where}:{line}" if line else where, hint=problem.hint) from None
    lines = lines_of(text) if any(host.via == "ssh" for host in file.hosts.values()) else {}
    hosts = tuple(
        Host(name=name, line=lines.get(("hosts", name), 0), **_fields(host)) for name, host in file.hosts.items()
    )
    # One spelling, so that a document's folder can be compared with it.
    directory = posixpath.normpath(file.evidence.directory)
    settled = {"hosts": hosts, "evidence": msgspec.structs.replace(file.evidence, directory=directory)}
    return Manifest(**_fields(file) | settled)


def _parse(text: str, where: str) -> dict[str, Any]:
    import tomllib

    endless = _ENDLESS_KEY.search(text)
    if endless:
        deep = text.count("\n", 0, endless.start()) + 1
        raise ConfigError("the manifest is nested too deeply", where=f"{where}:{deep}")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError("the manifest is nested too deeply", where=where) from None
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        what = " ".join(_AT_LINE.sub("", str(error)).split())
        line = int(found[1]) if found else text.count("\n") + 1 if "end of document" in what else None
        raise ConfigError(
            f"not valid TOML: {what}",
            where=f"{where}:{line}" if line else where,
            hint=f"column {found[2]}" if found else None,
        ) from None
    # Python refuses to read integers of thousands of digits, and tomllib lets that through as it is.
    except ValueError:
        raise ConfigError("not valid TOML: a number is too long", where=where) from None


def _line_of(path: KeyPath, text: str) -> int | None:
    """Return the line of the key, or of the nearest table around it."""
    lines = lines_of(text)
    around = (path[:length] for length in range(len(path), 0, -1))
    return next((lines[part] for part in around if part in lines), None)


def _fields(table: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(table, name) for name in table.__struct_fields__}
