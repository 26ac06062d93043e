"""Clients that are slow, broken or hostile.

Each is a generator: it does one more thing that is rude each time it is asked for the next, for as often as it has
something to do, and hangs up when it is closed.
"""

import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

_POST = b"POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
_EVENT = b'{"type":"rude","data":1}'
_GET = b"GET /current HTTP/1.1\r\nHost: localhost\r\n\r\n"

# What a server does to such a client.
_GONE = (BlockingIOError, ConnectionError)

Rudeness = Callable[[int], Iterator[None]]


@contextmanager
def _connections(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, which never block."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.setblocking(False)
            connections.append(connection)
        yield connections


def _send(connections: list[socket.socket], data: bytes) -> None:
    for connection in connections:
        with suppress(*_GONE):
            connection.send(data)


def slow_headers(port: int) -> Iterator[None]:
    """400 that send one byte of a header after the other: slowloris."""
    with _connections(port, 400) as connections:
        _send(connections, b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        for _ in range(20):
            _send(connections, b"x")
            yield


def slow_bodies(port: int) -> Iterator[None]:
    """100 that send one byte of a long body after the other."""
    with _connections(port, 100) as connections:
        _send(connections, _POST + b"Content-Length: 1000000\r\n\r\n")
        for _ in range(20):
            _send(connections, b" ")
            yield


def half_closed(port: int) -> Iterator[None]:
    """They close their side before a request, within one, and after one."""
    for request in (b"", b"GET /cur", _POST + b"Content-Length: 100\r\n\r\n{", _POST + b"\r\n", _GET):
        with _connections(port, 40) as connections:
            _send(connections, request)
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
            yield


def short_bodies(port: int) -> Iterator[None]:
    """100 that announce more than they send, and wait."""
    with _connections(port, 100) as connections:
        _send(connections, _POST + b"Content-Length: 1000\r\n\r\n" + _EVENT)
        for _ in range(5):
            yield


def long_bodies(port: int) -> Iterator[None]:
    """They announce less than they send."""
    for _ in range(5):
        with _connections(port, 20) as connections:
            _send(connections, _POST + b"Content-Length: 5\r\n\r\n" + _EVENT * 1_000)
            yield


def resets(port: int) -> Iterator[None]:
    """10,000 that connect and reset, with and without a request."""
    for count in range(100):
        with _connections(port, 100) as connections:
            if count % 2:
                _send(connections, _GET)
            for connection in connections:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        yield


def garbage(port: int) -> Iterator[None]:
    """Requests with garbage between them and after them, all at once."""
    choices = random.Random(6)
    for _ in range(20):
        with _connections(port, 10) as connections:
            _send(connections, _GET * 3 + choices.randbytes(3_000) + _GET * 3 + choices.randbytes(30_000))
            yield


def no_readers(port: int) -> Iterator[None]:
    """20 that ask and ask, and never read an answer."""
    with _connections(port, 20) as connections:
        for _ in range(50):
            _send(connections, _GET * 200)
            yield


RUDENESSES: list[Rudeness] = [
    slow_headers, slow_bodies, half_closed, short_bodies, long_bodies, resets, garbage, no_readers,
]  # fmt: skip


# Those that together have no more connections than a server takes.
TOGETHER = [slow_headers, half_closed, long_bodies, resets, garbage, no_readers]
