"""HTTP as clients speak it: 100-continue, chunks, pipelining, keep-alive, and connections that end early."""

import socket

import pytest

from e2e.support.server import exchange
from e2e.support.stored import site_lines

EVENT = b'{"type":"dome","data":1}'
JSON = b"Host: localhost\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(EVENT)
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /event HTTP/1.1\r\n" + JSON + LENGTH + b"\r\n" + EVENT


def test_a_body_is_asked_for_when_the_client_waits_for_that(server, raw):
    client = raw(server.port)
    client.send(b"POST /event HTTP/1.1\r\n", JSON, LENGTH, b"Expect: 100-continue\r\n\r\n")
    assert client.answer().status == 100
    client.send(EVENT)
    assert client.answer().status == 200
    assert client.is_open()


@pytest.mark.parametrize(
    ("target", "fields", "status"),
    [
        (b"/nope", JSON + LENGTH, 404),
        (b"/event", b"Host: localhost\r\nContent-Type: text/plain\r\n" + LENGTH, 415),
        (b"/event", JSON + b"Content-Length: 2000000\r\n", 413),
        (b"/event", JSON + LENGTH + b"Origin: http://evil.example\r\n", 403),
    ],
)
def test_a_body_that_would_be_refused_is_not_asked_for(target, fields, status, server, raw):
    client = raw(server.port)
    client.send(b"POST ", target, b" HTTP/1.1\r\n", fields, b"Expect: 100-continue\r\n\r\n")
    assert client.answer().status == status
    assert client.rest() == b""


def test_requests_may_be_pipelined(server, raw):
    client = raw(server.port)
    client.send((POST + HEALTH) * 20)

    answers = [client.answer() for _ in range(40)]
    assert [answer.status for answer in answers] == [200] * 40
    assert [line["seq"] for line in site_lines(server.site_dir)] == list(range(1, 21))


def test_a_request_may_come_byte_by_byte(server, raw):
    client = raw(server.port)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in POST:
        client.send(bytes([byte]))
    assert client.answer().status == 200


@pytest.mark.parametrize("sizes", [[1] * 24, [10, 14], [24]])
def test_chunks_of_any_size_are_joined(sizes, server, raw):
    client = raw(server.port)
    client.send(b"POST /event HTTP/1.1\r\n", JSON, b"transfer-encoding: Chunked\r\n\r\n")
    start = 0
    for size in sizes:
        client.send(b'%X;extension="x"\r\n' % size, EVENT[start : start + size], b"\r\n")
        start += size
    client.send(b"0\r\nTrailer: x\r\n\r\n", HEALTH)

    assert client.answer().status == 200
    assert client.answer().body == b'{"ok":true}'


def test_a_connection_is_kept_unless_the_client_wants_it_closed(server, raw):
    kept = raw(server.port)
    kept.send(HEALTH)
    assert kept.answer().status == 200
    assert kept.is_open()

    for request in (
        HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        b"GET /health HTTP/1.0\r\n\r\n",
    ):
        closed = raw(server.port)
        closed.send(request)
        assert closed.answer().status == 200
        assert closed.rest() == b""


@pytest.mark.parametrize("sent", [POST[:-1], POST[:40], b"POST /event HTTP/1.1\r\n" + JSON])
def test_a_request_that_ends_early_records_nothing(sent, server, raw):
    client = raw(server.port)
    client.send(sent)
    client.socket.shutdown(socket.SHUT_WR)
    client.rest()

    assert server.get("/current").json == {"current": {}}


def test_a_client_that_stops_to_send_before_it_has_its_answer_harms_nobody(server, raw):
    # Such a connection is closed; whether the event is recorded before is left open, as after a lost answer.
    for _ in range(50):
        client = raw(server.port)
        client.send(POST)
        client.socket.shutdown(socket.SHUT_WR)
        client.rest()

    event = server.record("dome", 2)
    assert server.get("/current").json == {"current": {"dome": event}}
    assert [line["seq"] for line in site_lines(server.site_dir)] == list(range(1, event["seq"] + 1))


def test_more_than_the_length_is_the_next_request(server, raw):
    client = raw(server.port)
    client.send(POST, b"garbage\r\n\r\n")
    assert client.answer().status == 200
    assert client.rest() == b""
    assert len(site_lines(server.site_dir)) == 1


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json"])
def test_a_post_without_a_body_needs_no_content_type(content_type, server):
    headers = {} if content_type is None else {"Content-Type": content_type}
    connection = server.connect()
    assert exchange(connection, "POST", "/run/start", None, headers).status == 200
    assert exchange(connection, "POST", "/run/stop", b"", headers).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"POST /event HTTP/1.1\r\n" + JSON + LENGTH + b"Transfer-Encoding: chunked\r\n",
        b"POST /event HTTP/1.1\r\n" + JSON + LENGTH + b"Content-Length: 5\r\n",
        b"POST /event HTTP/1.1\r\n" + JSON + b"Content-Length: 24, 24\r\n",
        b"POST /event HTTP/1.1\r\n" + JSON + b"Content-Length : 24\r\n",
        b"POST /event HTTP/1.1\r\n" + JSON + b"X: y\r\n Content-Length: 24\r\n",
        b"POST /event HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: gzip\r\n",
        b"POST /event HTTP/1.1\n" + JSON + LENGTH,
    ],
)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(head, server, raw):
    client = raw(server.port)
    client.send(head, b"\r\n", EVENT, HEALTH)

    answer = client.answer()
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json")
    assert client.rest() == b""
    assert site_lines(server.site_dir) == []
