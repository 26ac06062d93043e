"""HTTP over a unix socket."""

import http.client
import socket
from pathlib import Path

from e2e.support.server import REQUEST_TIMEOUT, Response, exchange


class UnixConnection(http.client.HTTPConnection):
    """A connection to the socket at a path."""

    def __init__(self, path: Path):
        super().__init__("localhost", timeout=REQUEST_TIMEOUT)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def request(path: Path, method: str, target: str, body=None, headers=None) -> Response:
    """One request over a connection of its own."""
    connection = UnixConnection(path)
    try:
        return exchange(connection, method, target, body, headers)
    finally:
        connection.close()
