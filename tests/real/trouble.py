"""What is done to hosts of a fleet so that they misbehave."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from tests.hosts.host import Host
from tests.hosts.network import Network

FOREVER = "#!/bin/sh\nexec sleep 31536000\n"
"""A program that never ends by itself."""

STUBBORN = "#!/bin/sh\ntrap '' HUP INT TERM USR1 PIPE\nwhile :; do sleep 31536000; done\n"
"""One that cannot be asked to end either."""

ENDLESS = "#!/bin/sh\nexec yes 'LISTEN 0 128 127.0.0.1:4000 0.0.0.0:*'\n"
NOISE = "#!/bin/sh\nexec head -c 300000 /dev/urandom\n"
ESCAPES = (
    "#!/bin/sh\nprintf 'LISTEN 0 128 127.0.0.1:4000 0.0.0.0:* users:((\"\\033[31m\\033]0;x\\007\",pid=1,fd=3))\\n'\n"
)
"""A listener whose process has a name that would repaint a terminal."""


_BABBLE = """
import os, socket, threading
def talk(connection):
    try:
        while True:
            connection.sendall(os.urandom(65536))
    except OSError:
        pass
server = socket.create_server(("", 22))
while True:
    threading.Thread(target=talk, args=[server.accept()[0]], daemon=True).start()
"""


def set_clock_ahead(host: Host, seconds: int) -> None:
    """Let a host believe that it is later."""
    replace(host, "date", f"#!/bin/bash\nprintf -v now '%(%s)T' -1\necho $((now + {seconds}))\n")


def replace(host: Host, program: str, text: str) -> None:
    """Let a host have another program under a name, and nobody else: the mount is in the host's own namespace."""
    path = host.run(["sh", "-c", f"command -v {program}"]).strip()
    host.run(["sh", "-c", f"cat >/mnt/{program} && chmod 755 /mnt/{program}"], told=text)
    host.run(["mount", "--bind", f"/mnt/{program}", host.run(["readlink", "-f", path]).strip()])


def stop_answering(host: Host) -> None:
    """Let a host's ssh server take connections and say nothing, ever."""
    for pid, words in host.processes().items():
        if "[listener]" in words:
            os.kill(pid, signal.SIGSTOP)


def kill(host: Host) -> None:
    """End everything on a host at once; its address stays."""
    for pid in host.processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def babble(net: Network, host: Host) -> None:
    """Let something that is no ssh server talk without end to whoever connects to the host's port of ssh."""
    kill(host)
    argv = ["ip", "netns", "exec", host.place.namespace, sys.executable, "-c", _BABBLE]
    net.start(f"{host.name}-babble", argv)
    wait_for(lambda: b"SSH" not in _first_bytes(host))


def unplug(host: Host) -> None:
    """Take a host off the network."""
    host.run(["ip", "link", "set", "eth0", "down"])


def processes_of_ours(host: Host) -> list[str]:
    """Return what runs on a host besides what makes it one."""
    own = ("unshare ", "sshd: /usr/sbin/sshd -D ")
    return [words for words in host.processes().values() if not words.startswith(own)]


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str] | None = None, within: float = 20) -> None:
    """Wait until something is the case, which has to be while a process still runs."""
    until = time.monotonic() + within
    while not condition():
        assert process is None or process.poll() is None, "it ended before"
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.01)


def _first_bytes(host: Host) -> bytes:
    with suppress(OSError), socket.create_connection((host.address, 22), timeout=1) as connection:
        return connection.recv(4)
    return b"SSH"
