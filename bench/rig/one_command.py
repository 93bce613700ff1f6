"""The least that can be done over ssh: connect to every host at once with asyncssh and run one command on each.

    python one_command.py COMMAND HOST ...

Hosts are found as `~/.ssh/config` says, and their keys checked. It is the floor for a look at many hosts.
"""

from __future__ import annotations

import asyncio
import sys

import asyncssh


async def run(host: str, command: str) -> None:
    """Connect, run, wait for its end; raises where it fails."""
    async with asyncssh.connect(host) as connection:
        await connection.run(command, check=True)


async def main(command: str, hosts: list[str]) -> None:
    """All hosts at once."""
    await asyncio.gather(*(run(host, command) for host in hosts))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
