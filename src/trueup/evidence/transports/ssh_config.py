"""A configuration file of ssh, read once for many hosts.

asyncssh reads and splits every line of it for every host: with a block for each host that takes the square of their
number. Blocks that name other hosts only are therefore left blank before asyncssh sees the text; which of the others
count, and what they say, stays its affair.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What is handed over through a pipe has to fit into it, for nobody reads while it is written (pipe(7), PIPE_BUF aside).
_PIPE_BYTES = 60_000
_LINES_THAT_MATTER = 200
_KEYWORD = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*)")
_PATTERN = re.compile(r'[*?!,"\'=]')


class SshConfig:
    """One configuration file; None is one's own, `~/.ssh/config`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read = path or Path("~/.ssh/config").expanduser()
        try:
            text = self._read.read_text(encoding="utf-8")
        except (OSError, ValueError):
            text = ""  # what is wrong with it is for asyncssh to say
        # A small file is not worth it; a name that changes on the way may match what was blanked.
        lines = text.splitlines()
        is_plain = len(lines) > _LINES_THAT_MATTER and "canonicalizehostname" not in text.casefold()
        self._lines = lines if is_plain else []

    @contextmanager
    def for_host(self, host: str) -> Iterator[list[str] | tuple[()]]:
        """Give what asyncssh takes as `config` for a host: the paths of files, or `()` for its default."""
        content = "\n".join(relevant(self._lines, host)).encode()
        if not self._lines or len(content) > _PIPE_BYTES:
            yield [str(self._path)] if self._path else ()
            return
        reading, writing = os.pipe()
        try:
            os.write(writing, content)
            os.close(writing)
            yield [f"/dev/fd/{reading}"]
        finally:
            os.close(reading)

    def name_in(self, message: str) -> str:
        """Put the file's own name into a message of asyncssh."""
        return re.sub(r"/dev/fd/\d+", str(self._read), message)


def relevant(lines: list[str], host: str) -> Iterator[str]:
    """Yield the lines, blank where they stand in a block that is for other hosts by name."""
    keep = True
    for line in lines:
        found = _KEYWORD.match(line)
        keyword = found[1].lower() if found else ""
        if found and keyword == "host":
            names = found[2].casefold().split()
            keep = bool(_PATTERN.search(found[2])) or host.casefold() in names
        elif keyword == "match":
            keep = True
        yield line if keep else ""
