"""How far the questions over HTTP went: the coverages of `http` and `models`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trueup.evidence.collectors.inquiry import MODELS_PATHS, Asked
from trueup.evidence.transports.base import LATE
from trueup.vocabulary import Coverage, PortRange


def asked_coverages(host: str, asked: Sequence[Asked], sleeping: Sequence[int]) -> Iterator[Coverage]:
    """Yield both coverages. `sleeping` are ports that were not asked, because that would have started a service."""
    reasons = [f"not asked on {said_ports(sleeping)}: it would start a service that is at rest"] if sleeping else []
    if late := [each for each in asked if _came_late(each)]:
        reasons.append(f"{LATE} before {len(late)} of {len(asked)} addresses were asked")
    unheard: dict[str, list[int]] = {}
    for each in asked:
        if each.unheard is not None and each not in late:
            unheard.setdefault(each.unheard, []).append(each.target.port)
    reasons += [f"{said_ports(ports)}: {error}" for error, ports in unheard.items()]
    done = [each for each in asked if each.service and each not in late]
    yield _http(host, done, reasons)
    yield _models(host, done, reasons)


def said_ports(ports: Iterable[int]) -> str:
    """Put ports into words: `port 80`, `ports 80, 8100-8103`."""
    windows = ranges(ports)
    several = len(windows) > 1 or windows[0].first != windows[0].last
    return f"{'ports' if several else 'port'} {', '.join(map(str, windows))}"


def ranges(ports: Iterable[int]) -> tuple[PortRange, ...]:
    """Return ports as the fewest ranges."""
    found: list[PortRange] = []
    for port in sorted(set(ports)):
        if found and found[-1].last == port - 1:
            found[-1] = PortRange(found[-1].first, port)
        else:
            found.append(PortRange(port, port))
    return tuple(found)


def _http(host: str, done: Sequence[Asked], reasons: Sequence[str]) -> Coverage:
    """Complete only where every path that is known of every service was asked, and an answer came to its end."""
    answered = [each for each in done if any(answer.status is not None for answer in each.answers)]
    reasons = [*reasons]
    if silent := [each for each in done if any(answer.error is not None for answer in each.answers)]:
        reasons.append(f"no whole answer from {said_ports(each.target.port for each in silent)}")
    reasons += [
        f"not asked on port {each.target.port}: {', '.join(each.withheld)}" for each in answered if each.withheld
    ]
    if not answered:
        return Coverage(
            host=host, collector="http", extent="none", reason=_joined(reasons) or "no service was recognised"
        )
    return Coverage(
        host=host,
        collector="http",
        extent="partial" if reasons else "complete",
        ports=ranges(each.target.port for each in answered),
        reason=_joined(reasons),
    )


def _models(host: str, done: Sequence[Asked], reasons: Sequence[str]) -> Coverage:
    """Complete only where every service that was asked for its models listed all of them."""
    asked = [each for each in done if any(answer.url.endswith(MODELS_PATHS) for answer in each.answers)]
    listed = [each for each in asked if each.models]
    if not listed:
        reason = _joined(reasons) or "no service listed its models"
        return Coverage(host=host, collector="models", extent="none", reason=reason)
    reasons = [*reasons]
    if without := [each for each in asked if not each.models]:
        reasons.append(f"no list from {said_ports(each.target.port for each in without)}")
    if cut := [each for each in listed if any(models.partial for models in each.models)]:
        reasons.append(f"not the whole list from {said_ports(each.target.port for each in cut)}")
    return Coverage(
        host=host,
        collector="models",
        extent="partial" if reasons else "complete",
        ports=ranges(each.target.port for each in listed),
        reason=_joined(reasons),
    )


def _came_late(asked: Asked) -> bool:
    return asked.unheard == LATE or any(answer.error == LATE for answer in asked.answers)


def _joined(reasons: Sequence[str]) -> str | None:
    return "; ".join(reasons) or None
