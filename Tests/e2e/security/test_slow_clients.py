"""Clients that keep the server waiting. Each is told or cut off in a bounded time; the others are served meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.support.stored import site_lines
from e2e.support.waiting import wait_until

JSON = b"Host: localhost\r\nContent-Type: application/json\r\n"
HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"POST /event HTTP/1.1\r\n" + JSON + b"Content-Length: 21\r\n\r\n"
CHUNKS = b"POST /event HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def _trickling(client, byte: bytes) -> Iterator[None]:
    """Sends a byte over and over, until the block ends."""
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(0.2):
            client.send(byte)

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def hasty(make_server) -> Callable:
    """A server that waits for seconds where others wait for half a minute."""
    return make_server("--idle-timeout", "1", "--request-timeout", "1").start()


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HEAD, BODY, BODY + b'{"type"', CHUNKS, CHUNKS + b"5\r\nab"])
def test_a_silent_connection_is_closed(sent, hasty, raw):
    client = raw(hasty.port)
    client.send(sent)

    rest = client.rest()
    assert rest == b"" or rest.startswith(b"HTTP/1.1 408 ")
    assert hasty.get("/current").json == {"current": {}}


@pytest.mark.parametrize(
    ("sent", "byte"),
    [(b"", b"G"), (b"GET /", b"x"), (HEAD + b"X: ", b"x"), (HEAD, b"a:b\r\n"), (BODY, b""), (CHUNKS, b"1\r\nx\r\n")],
    ids=["method", "target", "header", "headers", "body", "chunks"],
)
def test_a_request_that_trickles_in_is_ended_and_told(sent, byte, make_server, raw):
    if sent == BODY:
        sent, byte = BODY.replace(b"21", b"1000"), b"x"
    # A trickle that a busy machine halts for a moment is no silence yet.
    server = make_server("--idle-timeout", "3", "--request-timeout", "3").start()
    client = raw(server.port)
    client.send(sent)

    with _trickling(client, byte):
        rest = client.rest()

    assert rest.startswith(b"HTTP/1.1 408 ") and b'{"detail":"' in rest
    server.wait_for_line("took too long")
    assert server.get("/health").status == 200


def test_many_slow_clients_do_not_keep_others_waiting(make_server, raw):
    server = make_server().start()
    slow = [raw(server.port) for _ in range(400)]
    for index, client in enumerate(slow):
        client.send([HEAD, BODY, CHUNKS, b"G"][index % 4])

    for number in range(50):
        assert server.record("dome", number)["seq"] == number + 1
    assert len(site_lines(server.site_dir)) == 50


def test_a_connection_that_is_used_stays(make_server):
    connection = make_server("--idle-timeout", "3", "--request-timeout", "1").start().connect()
    # In all longer than a request may take and silence may last, each time much shorter.
    for _ in range(12):
        connection.request("GET", "/health")
        assert connection.getresponse().read() == b'{"ok":true}'
        time.sleep(0.3)
    connection.close()


def _is_established(server_port: int, client_port: int) -> bool:
    """Whether the server's end of a connection is open, by `proc_net(5)`."""
    ends = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    wanted = (f"{server_port:04X}", f"{client_port:04X}", "01")
    return any((local[-4:], remote[-4:], state) == wanted for local, remote, state in ends)


def test_a_client_that_never_reads_is_cut_off(hasty, raw):
    hasty.record("big", "x" * 1_000_000)
    client = raw(hasty.port)
    client_port = client.socket.getsockname()[1]
    assert _is_established(hasty.port, client_port)

    client.send(b"GET /current HTTP/1.1\r\nHost: localhost\r\n\r\n" * 30)

    wait_until(lambda: not _is_established(hasty.port, client_port), "the connection is closed", hasty.log)
    assert client.rest().count(b"HTTP/1.1 200") < 30
    assert hasty.get("/health").status == 200
