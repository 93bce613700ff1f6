"""The one script that a host runs: every section in turn, its output between marks that nobody on the host can guess.

The script is sent on standard input of a POSIX `sh`, so it stands in no process list. It is one function, so that
nothing runs before all of it has arrived. Its commands read `/dev/null`; what the observer sends after the script goes
to a watcher, a subshell that waits for it:

- a line is a *nudge*: the command that runs now is ended (`SIGUSR1` to the process group; the script itself traps it),
  and the script goes on with the next one;
- the end of the input means that the observer is gone: the whole process group is killed, so that nothing stays behind.
  So it is at the end of the script.

Time and size are limited by the observer, by nudging, and a section costs the host one process and no more.

A mark is the record separator, the nonce, a letter and words: `B i` begins section i (on both streams), `E i status
root` ends it, `S i why` says why it was skipped, `T` stands before the output of `times`, and `Z` (on both streams) is
the end.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from trueup.evidence.transports.base import Section

SEPARATOR = b"\x1e"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin:/run/current-system/sw/bin"
NICENESS = 10
SHELL = ("nice", "-n", str(NICENESS), "/bin/sh", "-s")
COMMAND = f'exec /usr/bin/env -i HOME="$HOME" LC_ALL=C PATH={PATH} {" ".join(SHELL)}'
"""What a login shell of any kind is asked for: nothing of its profile reaches the script but `HOME`."""

NUDGE = b"next\n"
SKIPPED = {
    "missing": "{program} is not installed",
    "system": "this is another system's command",
    "only_if": "it does not apply here",
    "unless": "it was not needed",
}

_SYSTEM_NAMES = {"linux": "Linux", "macos": "Darwin"}

_HEAD = r"""
main() {
trap : USR1
# Only a process group that is this script's own may be sent a signal.
if [ -r "/proc/$$/stat" ]; then read -r _ _ _ _ group _ <"/proc/$$/stat"; else group=$$; fi
[ "$group" = "$$" ] || group=
signal() { if [ -n "$group" ]; then kill -s "$1" -- "-$group"; elif [ "$1" = KILL ]; then kill -s KILL "$$"; fi; }
exec 3<&0 </dev/null
( trap '' USR1; exec >/dev/null 2>&1; while read -r word <&3; do signal USR1; done; signal KILL ) &
exec 3<&-
# Linux tells by files what elsewhere takes a process each.
USER_ID=
if [ -r "/proc/$$/status" ]; then
  while read -r name _ effective _; do [ "$name" = Uid: ] && USER_ID=$effective; done <"/proc/$$/status"
fi
[ -n "$USER_ID" ] || USER_ID=$(id -u)
if { read -r SYSTEM && read -r hostname <&4 && read -r release <&5; } 2>/dev/null \
  </proc/sys/kernel/ostype 4</proc/sys/kernel/hostname 5</proc/sys/kernel/osrelease; then
  UNAME="$SYSTEM $hostname $release"
else
  UNAME=$(uname -snr); SYSTEM=${UNAME%% *}
fi
root=0; [ "$USER_ID" = 0 ] && root=1
if [ -z "$XDG_RUNTIME_DIR" ] && [ -d "/run/user/$USER_ID" ]; then export XDG_RUNTIME_DIR="/run/user/$USER_ID"; fi
begin() { printf '\036%s B %s\n' "$nonce" "$1"; printf '\036%s B %s\n' "$nonce" "$1" >&2; }
end() { printf '\036%s E %s %s %s\n' "$nonce" "$1" "$2" "$3"; }
# What was not needed counts as done for what would stand in for it.
skip() { printf '\036%s S %s %s\n' "$nonce" "$1" "$2"; status=; [ "$2" != unless ] || status=0; }
run() {
  number=$1; shift
  if ! command -v "$1" >/dev/null 2>&1; then skip "$number" missing; return; fi
  begin "$number"; "$@"; status=$?; end "$number" "$status" "$root"
}
"""
_AS_ROOT = r"""
run_as_root() {
  number=$1; shift
  if [ "$root" = 1 ]; then run "$number" "$@"; return; fi
  if ! command -v "$1" >/dev/null 2>&1; then skip "$number" missing; return; fi
  begin "$number"; sudo -n -- "$@"; status=$?; end "$number" "$status" 1
  [ "$status" = 0 ] || run "$number" "$@"
}
"""
_TAIL = r"""
printf '\036%s T\n' "$nonce"
times
printf '\036%s Z\n' "$nonce"
printf '\036%s Z\n' "$nonce" >&2
signal KILL
}
main
"""


def compose(sections: Sequence[Section], nonce: str, *, sudo: bool = False) -> bytes:
    """Return the script that runs the sections in their order. `sudo` lets those that see more as root try `sudo -n`.

    `nonce` is a fresh random word of letters and digits. Raises ValueError where a section's argument holds NUL or a
    section waits for one that does not come before it.
    """
    names = [section.name for section in sections]
    lines = [f"nonce={nonce}", _HEAD.strip("\n")]
    if sudo:
        lines.append(_AS_ROOT.strip("\n"))
    for number, section in enumerate(sections):
        lines += _lines(number, section, names[:number], sudo=sudo)
    lines.append(_TAIL.strip("\n"))
    script = "\n".join(lines) + "\n"
    if "\0" in script:
        raise ValueError("a section's argument holds a NUL character")
    # What is no UTF-8 in a path of a host was read with backslashes; other text goes out as it is.
    return script.encode("utf-8", "backslashreplace")


def _lines(number: int, section: Section, earlier: Sequence[str], *, sudo: bool) -> Iterator[str]:
    conditions = list(_conditions(section, earlier))
    for at, (test, why) in enumerate(conditions):
        yield f"{'elif' if at else 'if'} ! {{ {test}; }}; then skip {number} {why}"
    if conditions:
        yield "else"
    yield from _command(number, section, sudo=sudo)
    if conditions:
        yield "fi"
    yield f"status_{number}=$status"


def _conditions(section: Section, earlier: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the tests that have to succeed, each with the word that says why the section was skipped."""
    if section.system is not None:
        yield f'[ "$SYSTEM" = {_SYSTEM_NAMES[section.system]} ]', "system"
    if section.unless is not None and section.unless in earlier:
        yield f'[ "$status_{earlier.index(section.unless)}" != 0 ]', "unless"
    if section.only_if is not None:
        yield section.only_if, "only_if"


def _command(number: int, section: Section, *, sudo: bool) -> Iterator[str]:
    if section.argv:
        yield f"{'run_as_root' if sudo and section.root else 'run'} {number} {shlex.join(section.argv)}"
        return
    yield f"begin {number}"
    if section.says:
        yield f'printf \'%s\\n\' "${section.says}"; status=0; end {number} 0 "$root"'
        return
    yield f"( {section.script}\n)"
    yield f'status=$?; end {number} "$status" "$root"'
