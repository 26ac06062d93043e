"""Servers that misbehave."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress


class FakeServer:
    """Answers each connection with what a function makes of its socket, in a thread of its own."""

    def __init__(self, respond: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None, port: int = 0):
        self.respond = respond
        self.tls = tls
        self.asked = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = str(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "FakeServer":
        return self

    def __exit__(self, *_) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._secured(connection) as connection:
            self.request = connection.recv(65536)
            self.asked.set()
            self.respond(connection)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection


def answering(body: str, status: str = "200 OK", tls: ssl.SSLContext | None = None) -> FakeServer:
    """A server that gives every request the same answer."""
    content = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return FakeServer(lambda connection: connection.sendall(head.encode() + content), tls)


def silent() -> FakeServer:
    """A server that takes requests and never answers."""
    return FakeServer(lambda connection: connection.recv(1))


def breaking_off() -> FakeServer:
    """A server that dies in the middle of its answer."""
    return FakeServer(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"))
