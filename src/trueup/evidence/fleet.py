"""Observe many hosts over SSH at once, each with one connection, and this machine beside them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.errors import ConfigError
from trueup.evidence.collectors.recognise import Known
from trueup.evidence.observing import observe_host
from trueup.evidence.outcome import Seen, seen_of, unreachable
from trueup.evidence.perform import perform_over
from trueup.evidence.transports.connecting import ConnectError, connect, goal_of
from trueup.evidence.transports.ssh import SshTransport
from trueup.evidence.transports.ssh_config import SshConfig
from trueup.vocabulary import Unreachable

if TYPE_CHECKING:
    from trueup.catalog import Catalog
    from trueup.manifest import Host, Manifest


def observe_fleet(
    manifest: Manifest,
    catalog: Catalog,
    hosts: Sequence[Host],
    local: Callable[[], Seen | str] | None,
    *,
    keys: Mapping[str, Mapping[tuple[str, int], str]],
    deadline: float,
    root: Path | None,
) -> list[Seen | str]:
    """Observe every host, and this machine by calling `local` beside them; return what became of each, `local` first.

    A host that cannot be reached is one observation of that; it keeps no other waiting. Raises ConfigError where the
    manifest names a configuration of ssh that is not there.
    """
    named = manifest.evidence.ssh_config
    path = (root or Path()) / named if named else None
    if path is not None and not path.is_file():
        hint = "mend `ssh_config` in the manifest's [evidence], or leave it out to read ~/.ssh/config"
        raise ConfigError("no such configuration of ssh", where=str(path), hint=hint)
    config = SshConfig(path)

    async def one(host: Host) -> Seen:
        known = Known(host.name, manifest, catalog)
        return await _observe(known, host, config, keys.get(host.name, {}), deadline)

    async def all_of_them() -> list[Seen | str]:
        asyncio.get_running_loop().set_default_executor(_Threads(len(hosts) + 1))
        here = [asyncio.to_thread(local)] if local else []
        return list(await asyncio.gather(*here, *(one(host) for host in hosts)))

    # Everything of a look lives until its end: looking for garbage meanwhile would only cost a tenth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return asyncio.run(all_of_them())
    finally:
        if collecting:
            gc.enable()


class _Threads(ThreadPoolExecutor):
    """One thread for each name that is looked up: nobody waits for another's resolver, and the end waits for none."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - as in the parent
        """Leave lookups that still run to themselves; the system's resolver cannot be interrupted."""
        super().shutdown(wait=False, cancel_futures=True)


async def _observe(
    known: Known, host: Host, config: SshConfig, keys: Mapping[tuple[str, int], str], deadline: float
) -> Seen:
    target = host.ssh or host.name
    by = f"ssh {target}"
    try:
        connection = await connect(goal_of(target), config, deadline=deadline)
    except ConnectError as error:
        return unreachable(host.name, error.fact, by)
    transport = SshTransport(connection, deadline=deadline, sudo=host.sudo)
    try:
        evidence = await perform_over(observe_host(known, keys=keys), transport)
    except Exception as error:  # noqa: BLE001 - a mistake of ours about one host must not cost what was seen of the others
        return unreachable(host.name, Unreachable("look", f"trueup failed: {type(error).__name__}"), by)
    finally:
        await transport.close()
    if not transport.usage.commands:
        why = "time ran out" if time.monotonic() >= deadline else "no shell (/bin/sh) answered there"
        return unreachable(host.name, Unreachable("look", why), by)
    return seen_of(host.name, evidence, transport.usage)
