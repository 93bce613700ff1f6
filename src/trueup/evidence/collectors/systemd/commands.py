"""The commands that ask systemd, all of them fixed and read-only: a manager's units in memory, and those at rest.

`systemctl show` of a pattern knows the units in memory; the others are files in the manager's folders. Those are listed
by the shell, since `list-unit-files` has the manager read every file and link for every unit: 0.2 to 0.4 s of its time
where the shell takes 0.01 s.

A user's manager answers that user alone, not even root. Root therefore asks each in the user's name, over the manager's
own socket: no session is opened, and no message bus could start anything. The group is nobody's, so that the user
cannot take hold of the process that asks. A manager that stands still has three seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from trueup.evidence.transports.base import Section

PROPERTIES = (
    *("Id", "Names", "LoadState", "ActiveState", "SubState", "UnitFileState", "FragmentPath", "SourcePath"),
    *("DropInPaths", "NeedDaemonReload", "ActiveEnterTimestamp", "MainPID", "ExecMainStartTimestamp", "ExecStart"),
    *("Environment", "EnvironmentFiles", "Result", "ExecMainStatus", "Listen", "Triggers"),
)
DATES = "systemd-dates"
"""The name of the section that tells when files changed."""

_BOOTED = "[ -d /run/systemd/system ]"

# Without `--all` a pattern leaves out units that are loaded and inactive.
_SHOW = ("show", "--all", "--no-pager", f"--property={','.join(PROPERTIES)}", "--", "*.service", "*.socket")
_OWN = f'{_BOOTED} && [ -S "$XDG_RUNTIME_DIR/systemd/private" ]'

# An empty file and a link to /dev/null both mask a unit.
_FOLDERS = r"""
path=$(SYSTEMCTL show --no-pager --property=UnitPath) || exit
printf "%s\n" "$path"
set -f
for folder in ${path#UnitPath=}; do
  set +f
  for file in "$folder"/*.service "$folder"/*.socket; do
    if [ -s "$file" ]; then printf "file %s\n" "$file"
    elif [ -e "$file" ]; then printf "masked %s\n" "$file"
    fi
  done
done
"""
_USERS = r"""
[ -w /run/systemd/system ] || exit
set -- /run/user/*
[ -e "$1" ] || exit 0
mark=$(cat /proc/sys/kernel/random/uuid) || exit
files='FOLDERS'
ask() {
  printf "\n%s %s %s %s\n" "$mark" "$1" "$uid" "$name"; shift
  timeout --foreground 3 setpriv --reuid="$uid" --regid=65534 --clear-groups "$@" </dev/null; status=$?
  printf "\n%s ended %s\n" "$mark" "$status"
  return "$status"
}
export TZ=UTC
printf "%s\n" "$mark"
stat -c "%u %U" "$@" | while read -r uid name; do
  if [ "$uid" = "${SUDO_UID:-0}" ] || [ ! -S "/run/user/$uid/systemd/private" ]; then continue; fi
  export XDG_RUNTIME_DIR="/run/user/$uid"
  ask units systemctl --user SHOW && ask files sh -c "$files"
done
exit 0
"""
_STAT = 'stat -L -c "%Y %n" -- "$@"; exit 0'


def sections(units: Sequence[str] = ()) -> tuple[Section, ...]:
    """Return the sections for the system's manager, that of the user who looks, and those of others where root looks.

    `units` are names to ask for even where systemd has not loaded them.
    """
    # The zone of systemd's times is the client's: an abbreviation of the host's own could not be read.
    ask, show = ("env", "TZ=UTC", "systemctl"), (*_SHOW, *map(full_name, units))
    return (
        Section(name="systemd-units", argv=(*ask, *show), only_if=_BOOTED),
        Section(name="systemd-files", script=_folders("systemctl"), only_if=_BOOTED),
        Section(name="systemd-user-units", argv=(*ask, "--user", *show), only_if=_OWN),
        Section(name="systemd-user-files", script=_folders("systemctl --user"), only_if=_OWN),
        Section(name="systemd-users", argv=_users(), only_if=_BOOTED, root=True, timeout=10.0),
    )


def date_files(paths: Sequence[str]) -> Section:
    """Return the section that asks when files changed, links followed. It does not fail where one is not there."""
    return Section(name=DATES, argv=("sh", "-c", _STAT, "sh", *paths), root=True)


def full_name(unit: str) -> str:
    """Return a unit's name with its suffix: `litellm` is `litellm.service`."""
    return unit if unit.endswith((".service", ".socket", ".timer", ".target", ".mount")) else f"{unit}.service"


def _folders(systemctl: str) -> str:
    return _FOLDERS.replace("SYSTEMCTL", systemctl)


def _users() -> tuple[str, ...]:
    show = " ".join(f'"{word}"' for word in _SHOW)
    return ("sh", "-c", _USERS.replace("SHOW", show).replace("FOLDERS", _folders("systemctl --user")))
