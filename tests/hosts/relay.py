"""Carry frames between two interfaces, each some time later: a long link, where the kernel has no netem.

Run as a program: `relay.py NEAR FAR SECONDS`. Frames come with the header that tells of checksums and segments which
the sending kernel left for later, and go on with it, so that nothing has to be computed here.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import time
from collections import deque

# From linux/if_packet.h; Python's socket module has no names for them.
_SOL_PACKET = 263
_ADD_MEMBERSHIP, _VNET_HEADER, _IGNORE_OUTGOING = 1, 15, 23
_PROMISCUOUS = 1
_EVERY_PROTOCOL = 0x0003
_LARGEST = 10 + 14 + 65536


def relay(near: str, far: str, seconds: float) -> None:
    """Carry frames both ways until ended."""
    ends = _open(near), _open(far)
    waiting: deque[tuple[float, socket.socket, bytes]] = deque()
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for readable in select.select(ends, (), (), timeout)[0]:
            other = ends[1] if readable is ends[0] else ends[0]
            waiting.append((time.monotonic() + seconds, other, readable.recv(_LARGEST)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, frame = waiting.popleft()
            end.send(frame)


def _open(interface: str) -> socket.socket:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    end.setsockopt(_SOL_PACKET, _VNET_HEADER, 1)
    end.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
    membership = struct.pack("iHH8s", socket.if_nametoindex(interface), _PROMISCUOUS, 0, b"")
    end.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, membership)
    end.bind((interface, _EVERY_PROTOCOL))
    return end


if __name__ == "__main__":
    relay(sys.argv[1], sys.argv[2], float(sys.argv[3]))
