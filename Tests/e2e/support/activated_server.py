"""A server that gets its listening sockets as a service manager passes them."""

import fcntl
import socket
import sys
from pathlib import Path

from e2e.support.server import Server

# LISTEN_PID must be the id of the process that becomes the server: it is set there, and the descriptors begin at 3.
_LAUNCHER = """
import os, sys
descriptors, *command = sys.argv[1:]
for place, descriptor in enumerate(map(int, descriptors.split(",")), start=3):
    os.dup2(descriptor, place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(command[0], command)
"""


class ActivatedServer(Server):
    """`telemetry run` on sockets that were made before it, and that outlive it."""

    def __init__(self, site_dir: Path, *flags: str, sockets: list[socket.socket], **options):
        env = {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(f"socket{i}" for i in range(len(sockets)))}
        super().__init__(site_dir, *flags, **options)
        self.env = (self.env or {}) | env
        # Above the places where they go, so that none is overwritten before it has been copied.
        self.passed_descriptors = tuple(_above(s.fileno(), 100) for s in sockets)
        self.launcher = (sys.executable, "-c", _LAUNCHER, ",".join(map(str, self.passed_descriptors)))


def _above(descriptor: int, least: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, least)
