"""What writers, readers and the controller share: the server as it comes and goes, and what is known of the events."""

import socket
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from e2e.support.server import REQUEST_TIMEOUT, Server
from e2e.support.waiting import TIMEOUT

# What a client sees of a server that is killed.
GONE = (OSError, HTTPException)

# The number of the event that is recorded last.
LAST = -1


class World:
    """Events are numbered by those who post them: `data.n`. The lists only grow, so their lengths are times."""

    def __init__(self, server: Server):
        self.server = server
        self.condition = threading.Condition()
        self.is_up = False
        self.is_ending = False
        self.failure: BaseException | None = None
        # The numbers of stored events, before they are sent and when they are acknowledged.
        self.sent: list[int] = []
        self.acknowledged: list[int] = []
        self.ephemeral: set[int] = set()
        # Places that a follower has seen, each with the number of the event before it.
        self.places: list[tuple[str, int]] = []

    # The server

    def start(self) -> None:
        self.server.start()
        self._set(is_up=True)

    def kill(self) -> None:
        self._set(is_up=False)
        self.server.process.kill()
        self.server.wait()

    def connect(self, receive_buffer: int | None = None) -> HTTPConnection:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=REQUEST_TIMEOUT)
        connection.sock = socket.socket()
        connection.sock.settimeout(REQUEST_TIMEOUT)
        if receive_buffer:
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            connection.sock.connect(("127.0.0.1", connection.port))
        except OSError:
            connection.close()
            raise
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    # Waiting

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Waits until a condition holds, or somebody has failed."""
        with self.condition:
            assert self.condition.wait_for(lambda: self.failure or condition(), TIMEOUT), f"waited in vain until {what}"
        if self.failure:
            raise RuntimeError("another actor has failed") from self.failure

    def wait_until_up(self) -> None:
        self.wait(lambda: self.is_up, "the server is up")

    def wait_for_events(self, count: int) -> None:
        """Waits until so many more events are acknowledged, or no more will be."""
        wanted = len(self.acknowledged) + count
        self.wait(lambda: self.is_ending or len(self.acknowledged) >= wanted, f"{wanted} events are acknowledged")

    def acknowledge(self, numbers: list[int]) -> None:
        self.acknowledged += numbers
        with self.condition:
            self.condition.notify_all()

    def end(self) -> None:
        """The writers stop."""
        self._set(is_ending=True)

    def fail(self, error: BaseException) -> None:
        self._set(failure=error, is_ending=True)
        # Whoever waits for its answer waits no more.
        self.server.process.kill()

    def _set(self, **members) -> None:
        with self.condition:
            for name, value in members.items():
                setattr(self, name, value)
            self.condition.notify_all()
