"""Gather the built-in entries and those of other packages into one `Catalog`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from trueup.catalog.consistency import problems_of
from trueup.catalog.entry import ServiceKind
from trueup.catalog.grafana import KIND as GRAFANA
from trueup.catalog.litellm import KIND as LITELLM
from trueup.catalog.llama_cpp import KIND as LLAMA_CPP
from trueup.catalog.mlx import KIND as MLX
from trueup.catalog.ollama import KIND as OLLAMA
from trueup.catalog.open_webui import KIND as OPEN_WEBUI
from trueup.catalog.openvino import KIND as OPENVINO
from trueup.catalog.optillm import KIND as OPTILLM
from trueup.catalog.prometheus import KIND as PROMETHEUS
from trueup.catalog.searxng import KIND as SEARXNG
from trueup.catalog.vllm import KIND as VLLM
from trueup.errors import ConfigError
from trueup.vocabulary import Word

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "trueup.catalog"

BUILT_IN = (
    LITELLM,
    OPEN_WEBUI,
    PROMETHEUS,
    GRAFANA,
    SEARXNG,
    OPENVINO,
    OPTILLM,
    MLX,
    OLLAMA,
    LLAMA_CPP,
    VLLM,
)


class Catalog(Word, frozen=True):
    """All kinds of service that are known, the built-in ones first."""

    kinds: tuple[ServiceKind, ...]

    def get(self, key: str) -> ServiceKind | None:
        """Return the kind with this key, None when there is none."""
        return next((kind for kind in self.kinds if kind.key == key), None)

    def by_port(self, port: int) -> tuple[ServiceKind, ...]:
        """Return the kinds that use this port by default; several kinds may share one."""
        return tuple(kind for kind in self.kinds if any(port in ports for ports in kind.ports))


def load_catalog() -> Catalog:
    """Return the built-in kinds and those that installed packages add.

    Raises ConfigError, naming the distribution, for an entry that cannot be loaded, is not a sound `ServiceKind`, or
    takes a key or name that another kind already has.
    """
    kinds = list(BUILT_IN)
    if not _others_add_kinds():
        return Catalog(tuple(kinds))
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP), key=lambda point: (_distribution(point), point.name)):
        for kind in _kinds_of(point):
            _admit(kind, kinds, f"entry point {point.name!r} of {_distribution(point)}")
            kinds.append(kind)
    return Catalog(tuple(kinds))


def _others_add_kinds() -> bool:
    """Tell whether an installed distribution names entry points of ours.

    Importing `importlib.metadata` and letting it read them all takes longer than a whole look at a machine, so the
    files are looked through for our group first. What is no folder, such as a zip file on the path, is left to it.
    """
    for place in sys.path:
        try:
            with os.scandir(place or ".") as entries:
                infos = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        except NotADirectoryError:
            return True
        except OSError:
            continue
        if any(_names_our_group(f"{info}/entry_points.txt") for info in infos):
            return True
    return False


def _names_our_group(file: str) -> bool:
    try:
        with open(file, "rb") as text:  # noqa: PTH123 - a Path for each of hundreds is what this avoids
            return GROUP.encode() in text.read()
    except OSError:
        return False


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed distribution"


def _kinds_of(point: EntryPoint) -> tuple[ServiceKind, ...]:
    where = f"entry point {point.name!r} of {_distribution(point)}"
    try:
        loaded = point.load()
        if isinstance(loaded, Iterator):
            raise TypeError("an iterator gives its kinds only once")
        found = (loaded,) if isinstance(loaded, ServiceKind) else tuple(loaded)
    # Whatever another package's import does must not become our traceback.
    except (Exception, SystemExit) as error:
        raise ConfigError(
            f"the catalogue entry {point.value!r} does not load: {type(error).__name__}: {_one_line(error)}",
            where=where,
            hint="mend or uninstall that package",
        ) from error
    for kind in found:
        if not isinstance(kind, ServiceKind):
            raise ConfigError(
                f"{point.value!r} gives {type(kind).__name__}, not a ServiceKind",
                where=where,
                hint="name a trueup.catalog.ServiceKind or an iterable of them",
            )
    return found


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _admit(kind: ServiceKind, known: Iterable[ServiceKind], where: str) -> None:
    for problem in problems_of(kind):
        raise ConfigError(f"the kind {kind.key!r} is not sound: {problem}", where=where)
    taken = {name.casefold() for name in (*kind.names, *kind.not_names)}
    for other in known:
        if other.key == kind.key:
            raise ConfigError(
                f"the kind {kind.key!r} is already in the catalogue", where=where, hint="choose a new key"
            )
        shared = taken & {name.casefold() for name in (*other.names, *other.not_names)}
        if shared:
            raise ConfigError(
                f"the kind {kind.key!r} is called {min(shared)!r}, as {other.key!r} is",
                where=where,
                hint="choose names of its own",
            )
