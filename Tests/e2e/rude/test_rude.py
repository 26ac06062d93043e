"""Rude clients cost the others nothing: not while they are there, and not afterwards."""

import os
import socket
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from e2e.rude.rude_clients import RUDENESSES, Rudeness
from e2e.support.server import REQUEST_TIMEOUT, Server, exchange, strict_json

# What a server may keep of them, in bytes.
MEMORY = 10 * 1024 * 1024


def _descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def _resident(server: Server) -> int:
    """In bytes."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _warm_up(connection: HTTPConnection) -> None:
    """Makes values that are worth to be asked for, and whatever a server makes once."""
    for number in range(200):
        event = {"type": f"type-{number % 20}", "data": {"pad": "x" * 1_000}}
        assert exchange(connection, "POST", "/event", event).status == 200


def _check_service(connection: HTTPConnection) -> None:
    event = exchange(connection, "POST", "/event", {"type": "good", "data": 1})
    assert event.status == 200, event
    assert exchange(connection, "GET", "/current/good").json["seq"] == event.json["seq"]


def _wait_for_answer(reader: socket.socket) -> None:
    """Until the server has begun to answer; nothing of it is read."""
    assert reader.recv(1, socket.MSG_PEEK)


def test_many_slow_readers_share_the_view_that_they_read(make_server):
    server = make_server().start()
    with closing(server.connect()) as connection, ExitStack() as stack:
        for number in range(16):
            event = {"type": f"type-{number}", "data": "x" * 1_000_000}
            assert exchange(connection, "POST", "/event", event).status == 200
        assert len(exchange(connection, "GET", "/current").body) > 16_000_000
        resident = _resident(server)

        for _ in range(20):
            reader = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=REQUEST_TIMEOUT))
            reader.sendall(b"GET /current HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _wait_for_answer(reader)
        # They have the view between them, and not 320 MB of copies.
        assert _resident(server) <= resident + MEMORY

        # What they read stays as it was, however the view changes meanwhile.
        event = {"type": "type-0", "data": "y" * 1_000_000}
        assert exchange(connection, "POST", "/event", event).status == 200
        answer = HTTPResponse(reader)
        answer.begin()
        events = strict_json(answer.read())["current"]
        assert [event["data"] for event in events.values()] == ["x" * 1_000_000] * 16
        assert exchange(connection, "GET", "/current").json["current"]["type-0"]["data"] == "y" * 1_000_000
    assert server.stop() == 0


@pytest.mark.parametrize("rudeness", RUDENESSES, ids=lambda rudeness: rudeness.__name__)
def test_a_well_behaved_client_is_served_and_nothing_is_left_behind(rudeness: Rudeness, make_server):
    server = make_server().start()
    with closing(server.connect()) as connection:
        _warm_up(connection)
        descriptors = _descriptors(server)
        resident = _resident(server)

        with closing(rudeness(server.port)) as rude:
            for _ in rude:
                _check_service(connection)

        # The server finds out soon that they have gone; the number is a bound on a hang.
        for _ in range(100_000):
            _check_service(connection)
            if (left := _descriptors(server)) <= descriptors:
                break
        assert left == descriptors
        assert _resident(server) <= resident + MEMORY
    assert server.stop() == 0
