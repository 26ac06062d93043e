"""Clients that follow events: how many there may be, beside which others, and until when."""

import signal
from contextlib import closing

import pytest

from e2e.support.frames import frames
from e2e.support.tokens import ADMIN, READER, bearer, private_file

FOLLOW = b"GET /events?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _refusal(client) -> tuple[bool, bytes]:
    """Whether one more follower is told to come again later, and why."""
    client.send(FOLLOW)
    answer = client.answer()
    return answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer.body


def test_so_many_may_follow_and_the_next_one_when_one_has_left(make_server, raw):
    server = make_server("--max-followers", "2").start()
    followers = [raw(server.port) for _ in range(2)]
    for follower in followers:
        follower.follow()

    late = raw(server.port)
    is_told, detail = _refusal(late)
    assert is_told and b"there are 2 (--max-followers)" in detail
    assert "there are 2 (--max-followers)" in server.wait_for_line("Follower refused")
    # It is served all else.
    assert late.is_open()
    followers.pop().close()
    while raw(server.port).asks_to_follow() == 503:
        pass


def test_who_follows_takes_the_place_of_no_connection(make_server, raw):
    server = make_server("--max-connections", "2", "--max-followers", "8").start()
    for _ in range(8):
        raw(server.port).follow()

    for _ in range(2):
        raw(server.port).hold()
    assert not raw(server.port).is_open()
    assert "there are 2 (--max-connections)" in server.wait_for_line("Connection refused")


def test_a_connection_that_has_followed_is_one_like_others(server):
    server.record("weather", 1)
    with closing(server.connect()) as connection:
        for _ in range(3):
            connection.request("GET", "/events?follow=true&replay=1&limit=1")
            assert connection.getresponse().read().count(b"\n") == 1
            connection.request("GET", "/health")
            assert connection.getresponse().read()


def test_so_many_may_follow_from_one_address(network, make_server, raw):
    server = make_server("--host", network.addresses[0], "--trust-network", "--max-followers-per-address", "2").start()
    first, second = network.addresses
    for _ in range(2):
        raw(server.port, host=first, source=second).follow()

    is_told, detail = _refusal(raw(server.port, host=first, source=second))
    assert is_told and b"2 from 192.0.2.2 (--max-followers-per-address)" in detail
    raw(server.port, host=first, source=first).follow()


@pytest.mark.parametrize("limit", [40, 64])
def test_with_few_descriptors_followers_leave_room_for_those_who_record(limit, make_server, raw):
    server = make_server()
    server.launcher = ("prlimit", f"--nofile={limit}", "--")
    server.start()
    statuses = set()
    followers = []
    while 503 not in statuses:
        followers.append(raw(server.port))
        statuses.add(followers[-1].asks_to_follow())
    assert 200 in statuses
    writer = raw(server.port)
    assert writer.is_open()
    assert server.record("weather", 1)["seq"] == 1
    assert server.start_run(run_id="a")["run_id"] == "a"


def test_who_follows_with_a_token_that_is_revoked_is_told_so_and_ended(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()
    with closing(server.connect()) as page, closing(server.connect()) as lines, closing(server.connect()) as admin:
        page.request("GET", "/events?format=sse", headers=bearer(READER))
        events = frames(page.getresponse())
        assert next(events).name == "hello"
        lines.request("GET", "/events?follow=true", headers=bearer(READER))
        followed = lines.getresponse()
        admin.request("GET", "/events?follow=true", headers=bearer(ADMIN))
        kept = admin.getresponse()
        private_file(token_file, f"{ADMIN} admin\n")
        server.process.send_signal(signal.SIGHUP)

        (farewell,) = events
        assert farewell.name == "bye" and "revoked" in farewell.json["reason"]
        # It ends as a whole body does.
        assert followed.read() == b""
        event = {"type": "weather", "data": 2}
        assert server.post("/event", event, bearer(ADMIN) | {"Content-Type": "application/json"}).status == 200
        assert b"weather" in kept.readline()
