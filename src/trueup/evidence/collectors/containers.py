"""Containers of Docker and Podman: image, state, restart policy, network mode, published ports against inner ones.

Each engine is asked only where it already runs: a socket that systemd keeps would start dockerd, and Podman, which has
no daemon, writes the state of a fresh start on its first command after a boot. Whatever it is asked, Podman opens its
own database and locks for writing, and takes the locks: no other command of a look does so. A template prints what is
kept, so that no environment leaves the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from trueup.evidence.collectors.look import Look, Seen, does_not_apply, text_of, trouble
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section

# One JSON object a line; the two engines spell the id and the image differently.
_KEPT = (
    '{{"engine":"asked","id":{{{{json .{id}}}}},"name":{{{{json .Name}}}},"image":{{{{json .{image}}}}},'
    '"state":{{{{json .State.Status}}}},"restart":{{{{json .HostConfig.RestartPolicy.Name}}}},'
    '"network":{{{{json .HostConfig.NetworkMode}}}},"bound":{{{{json .HostConfig.PortBindings}}}},'
    '"ports":{{{{json .NetworkSettings.Ports}}}}}}'
)
_SAY = """say() { printf '{"engine":"%s"}\\n' "$1"; }
holds() { pid= comm=; { read -r pid <"$1"; read -r comm <"/proc/$pid/comm"; } 2>/dev/null; [ "$comm" = "$2" ]; }
"""
# An engine of the system, those of users (root sees all), those of a Mac. Only those under /run can be waiting sockets.
_DOCKER = f"""{_SAY}
for socket in /run/docker.sock /run/user/[0-9]*/docker.sock \\
  "$HOME"/.docker/run/docker.sock "$HOME"/.colima/*/docker.sock "$HOME"/.orbstack/run/docker.sock; do
  [ -S "$socket" ] || continue
  if [ ! -w "$socket" ]; then say denied; continue; fi
  case $socket in /run/*)
    if ! holds "${{socket%sock}}pid" dockerd && [ ! -d /sys/fs/cgroup/system.slice/snap.docker.dockerd.service ]
    then say resting; continue; fi
  esac
  if ! ids=$(docker -H "unix://$socket" ps --all --quiet --no-trunc); then say failed; continue; fi
  say open
  [ -z "$ids" ] || docker -H "unix://$socket" inspect --type container --format \\
    '{_KEPT.format(id="Id", image="Config.Image")}' $ids || say failed
done
exit 0"""
_PODMAN_LIST = f"""
if ! ids=$(podman ps --all --quiet --no-trunc); then say failed; exit 0; fi
say open
[ -z "$ids" ] || podman container inspect --format '{_KEPT.format(id="ID", image="ImageName")}' $ids || say failed
exit 0"""
_PODMAN_ROOT = f"""{_SAY}
for used in /run/user/[1-9]*/libpod/tmp/alive; do
  if [ -e "$used" ] && [ ! -O "$used" ]; then say others; break; fi
done
if [ ! -w /run/libpod/alive ]; then say resting; exit 0; fi
{_PODMAN_LIST}"""
# Without its waiting process, Podman would start one that stays.
_PODMAN_OWN = f"""{_SAY}
for used in /run/user/[1-9]*/libpod/tmp/alive; do
  if [ -O "$used" ] && holds "${{used%alive}}pause.pid" podman; then
    export XDG_RUNTIME_DIR="${{used%/libpod/tmp/alive}}"
    {_PODMAN_LIST}
  fi
done
say resting
exit 0"""

_LIMIT = 4 * 1024 * 1024
DOCKER = Section(
    name="docker", argv=("sh", "-c", _DOCKER), only_if="command -v docker >/dev/null", root=True, limit=_LIMIT
)
PODMAN = Section(
    name="podman",
    argv=("sh", "-c", _PODMAN_ROOT),
    only_if="command -v podman >/dev/null",
    system="linux",
    root=True,
    limit=_LIMIT,
)
PODMAN_OWN = Section(
    name="podman-own", script=_PODMAN_OWN, only_if="command -v podman >/dev/null", system="linux", limit=_LIMIT
)
SECTIONS = (DOCKER, PODMAN, PODMAN_OWN)

_ROWS = 2000
_PORTS = 1000


class _Engine(NamedTuple):
    """What asking one engine came to; `doubts` are why it is not everything, `asked` whether anything was told."""

    seen: tuple[Seen, ...] = ()
    asked: bool = False
    doubts: tuple[str, ...] = ()


_SAID = {
    "denied": "{engine} may not be asked by this user",
    "resting": "{engine} is not running, and nothing was done to start it",
    "failed": "{engine} did not answer in full",
    "others": "{engine}: containers of other users are not looked at",
    "more": "{engine} told of more than is kept",
}


def read_containers(outputs: Mapping[str, Output]) -> Look:
    """Read the containers of every engine that is installed; complete only where each of them told all.

    Without root, Podman shows one's own containers only. Sources: docker-inspect(1), podman-container-inspect(1);
    captured on Docker 20.10 (clients 20.10 and 28.2) and Podman 4.3.
    """
    found = [_docker(outputs), *([_podman(outputs)] if PODMAN.name in outputs else [])]
    installed = [engine for engine in found if engine is not None]
    if not installed:
        return Look((), "none", "no container engine is installed")
    seen = tuple(each for engine in installed for each in engine.seen)
    doubts = "; ".join(dict.fromkeys(doubt for engine in installed for doubt in engine.doubts))
    if not any(engine.asked for engine in installed):
        return Look((), "none", doubts)
    return Look(seen, "partial", doubts) if doubts else Look(seen, "complete")


def _docker(outputs: Mapping[str, Output]) -> _Engine | None:
    output = outputs.get(DOCKER.name)
    if does_not_apply(output):
        return None
    engine = _read(output, "docker")
    if not engine.asked and not engine.doubts:
        return _Engine(doubts=(_SAID["resting"].format(engine="docker"),))
    return engine


def _podman(outputs: Mapping[str, Output]) -> _Engine | None:
    """Root's containers and one's own are two lists; where the looker is root there is but one."""
    output = outputs[PODMAN.name]
    if output.status is None and output.problem is not None and not output.stdout:
        return None if does_not_apply(output) else _Engine(doubts=(f"podman: {output.problem}",))
    roots, own = _read(output, "podman"), _read(outputs.get(PODMAN_OWN.name), "podman")
    if output.as_root:
        kept = {each.fact: each for each in (*own.seen, *roots.seen)}
        doubts = roots.doubts if roots.asked or not own.asked else ()
        return _Engine(tuple(kept.values()), roots.asked or own.asked, doubts)
    return _Engine(own.seen, own.asked, (*own.doubts, "without root, podman shows one's own containers only"))


def _read(output: Output | None, engine: Literal["docker", "podman"]) -> _Engine:
    if output is None:
        return _Engine(doubts=(f"{engine} was not asked",))
    # Their types cost as much to make as the rest of this module, and most hosts have no engine.
    from trueup.evidence.collectors.engines import container_of, row_of

    found: dict[tuple[str, str], Seen] = {}
    words: dict[str, None] = {}
    broken = 0
    for line in text_of(output).split("\n"):
        row = row_of(line)
        if row is None:
            broken += bool(line.strip())
        elif not row.id:
            words[row.engine] = None
        elif len(found) >= _ROWS or len(row.ports or row.bound or ()) > _PORTS:
            words["more"] = None
        else:
            found.setdefault(
                (row.name, row.id), Seen(container_of(row, engine), f"{engine} inspect", clean(line, 1000))
            )
    doubts = [_SAID[word].format(engine=engine) for word in words if word in _SAID]
    if broken:
        doubts.append(f"{engine}: {broken} lines were not understood")
    if output.status != 0 or output.truncated:
        doubts.append(f"{engine}: {output.problem}" if output.problem else trouble(output, engine))
    seen = tuple(found[key] for key in sorted(found))
    return _Engine(seen, "open" in words, tuple(doubts))
