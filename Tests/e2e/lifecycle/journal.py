"""The journal as a service sees it: a socket that gets entries in journald's native protocol."""

import select
import socket
import struct
import sys
import time
from pathlib import Path

from e2e.support.scarcity import Mounts
from e2e.support.waiting import TIMEOUT

# Runs a command whose standard error is what $JOURNAL_STREAM names, as systemd starts a service.
_CONNECTED = """
import os, sys
stream = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{stream.st_dev}:{stream.st_ino + int(sys.argv[1])}"
os.execv(sys.argv[2], sys.argv[2:])
"""


class Journal:
    """A journal in a mount name space of its own, for servers that are started with one of its launchers."""

    def __init__(self, run: Path = Path("/run")):
        """Raises PermissionError with the reason where mounts are not permitted."""
        self._mounts = Mounts(run, 1 << 20)
        directory = self._mounts.seen(run / "systemd" / "journal")
        directory.mkdir(parents=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(directory / "socket"))
        self.entries: list[dict[str, bytes]] = []
        self.launcher = (*self._mounts.command, sys.executable, "-c", _CONNECTED, "0")
        # Standard error is another stream than the one that the variable names.
        self.launcher_beside = (*self._mounts.command, sys.executable, "-c", _CONNECTED, "1")

    def wait_for(self, text: str) -> dict[str, bytes]:
        """The next entry whose message holds `text`."""
        deadline = time.monotonic() + TIMEOUT
        while self._receive(max(0, deadline - time.monotonic())):
            if text.encode() in self.entries[-1]["MESSAGE"]:
                return self.entries[-1]
        raise AssertionError(f"the journal did not get {text!r}: {self.entries}")

    def take_all(self) -> list[dict[str, bytes]]:
        while self._receive(0):
            pass
        return self.entries

    def _receive(self, timeout: float) -> bool:
        if not select.select([self._socket], [], [], timeout)[0]:
            return False
        self.entries.append(_parse(self._socket.recv(1 << 20)))
        return True

    def close(self) -> None:
        self._socket.close()
        self._mounts.close()


def _parse(datagram: bytes) -> dict[str, bytes]:
    """The fields of an entry: `NAME=value` lines, or a name, a length and that many bytes."""
    fields: dict[str, bytes] = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        name, sign, value = line.partition(b"=")
        if not sign:
            (length,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8 : 8 + length], rest[9 + length :]
        assert name.decode() not in fields, f"{name!r} occurs twice"
        fields[name.decode()] = value
        datagram = rest
    return fields
