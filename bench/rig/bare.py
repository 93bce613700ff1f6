"""The least that does the job: list the listening sockets once, ask every URL at once, compare with what is wanted.

    python bare.py PORT/PATH ...

Ends with 1 and a line each for ports that do not listen and URLs that do not answer 200. Nothing but the standard
library; nothing is kept, recognised, redacted or written. It is the floor for a program that starts Python.
"""

from __future__ import annotations

import asyncio
import sys

SECONDS = 3.0


async def listening() -> set[int]:
    """Return the ports that listen on this machine."""
    process = await asyncio.create_subprocess_exec("ss", "-H", "-tln", stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    return {int(line.split()[3].rpartition(b":")[2]) for line in printed.splitlines()}


async def status_of(port: int, path: str) -> int:
    """Return the status of `GET path`, 0 where nothing answers."""
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n".encode())
            first = await reader.readline()
            await reader.read()
            writer.close()
            return int(first.split()[1])
    except (OSError, TimeoutError, IndexError, ValueError):
        return 0


async def main(wanted: list[tuple[int, str]]) -> int:
    """Check everything at once and print what is amiss."""
    sockets, statuses = await asyncio.gather(listening(), asyncio.gather(*(status_of(*each) for each in wanted)))
    amiss = [f"port {port} does not listen" for port, _ in wanted if port not in sockets]
    amiss += [
        f"{port}{path} answers {status}" for (port, path), status in zip(wanted, statuses, strict=True) if status != 200
    ]
    print("\n".join(amiss) or "all well")
    return bool(amiss)


if __name__ == "__main__":
    pairs = [word.partition("/") for word in sys.argv[1:]]
    sys.exit(asyncio.run(main([(int(port), f"/{path}") for port, _, path in pairs])))
