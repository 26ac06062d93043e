"""A client that sends bytes as they are given, and reads answers as they come."""

import socket
from contextlib import suppress
from dataclasses import dataclass

from e2e.support.waiting import TIMEOUT


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    def __init__(self, port: int, host: str = "127.0.0.1", source: str | None = None):
        self.socket = socket.create_connection((host, port), TIMEOUT, (source, 0) if source else None)
        self._received = b""

    def send(self, *parts: bytes) -> None:
        """Sends all that the server takes: one that has answered may have stopped to read."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(b"".join(parts))

    def answer(self) -> Answer:
        """The next answer. Fails when the connection ends before it is complete."""
        head = self._take_until(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.title(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("Content-Length", "0"))
        while len(self._received) < length:
            self._receive("in the middle of a body")
        body, self._received = self._received[:length], self._received[length:]
        return Answer(int(status_line.split(" ")[1]), headers, body)

    def rest(self) -> bytes:
        """All that comes until the server closes the connection."""
        with suppress(ConnectionResetError):
            while chunk := self.socket.recv(65536):
                self._received += chunk
        received, self._received = self._received, b""
        return received

    def is_open(self) -> bool:
        """Whether the server still serves the connection."""
        self.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return self.answer().status == 200
        except (AssertionError, ConnectionResetError):
            return False

    def follow(self) -> None:
        """Asks for the events as they come, and waits until that is answered."""
        assert self.asks_to_follow() == 200

    def asks_to_follow(self) -> int:
        """Asks for the events as they come, and gives the status of the answer."""
        self.send(b"GET /events?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return int(self._take_until(b"\r\n\r\n").split()[1])

    def hold(self) -> None:
        """Begins a request and does not end it, so that the connection is busy."""
        self.send(
            b"POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"
        )
        assert self._take_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")

    def close(self) -> None:
        self.socket.close()

    def _take_until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._receive("before an answer")
        taken, _, self._received = self._received.partition(end)
        return taken

    def _receive(self, when: str) -> None:
        chunk = self.socket.recv(65536)
        assert chunk, f"the connection was closed {when}, after {self._received!r}"
        self._received += chunk
