"""What clients may ask for, and what they are told when it is too much."""

import re
import select
from pathlib import Path

import pytest

from e2e.support.refusals import detail_text, faults, nothing_recorded
from e2e.support.server import exchange
from e2e.support.waiting import TIMEOUT

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
JSON = b"Host: localhost\r\nContent-Type: application/json\r\n"


def _event(size: int) -> bytes:
    head, tail = b'{"type":"big","data":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def test_a_header_of_up_to_32_kib_is_taken(shared_server, raw):
    client = raw(shared_server.port)
    client.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * 32_000, b"\r\n\r\n")
    assert client.answer().status == 200
    assert client.is_open()


@pytest.mark.parametrize("size", [33_000, 40_000, 60_000, 1_000_000])
def test_a_longer_header_is_refused(size, shared_server, raw):
    client = raw(shared_server.port)
    client.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * size, b"\r\n\r\n", HEALTH)
    answer = client.answer()
    assert (answer.status, b"32768" in answer.body, answer.headers["Content-Type"]) == (431, True, "application/json")
    assert client.rest() == b""


@pytest.mark.parametrize("fields", [1, 20, 100, 250])
def test_a_header_is_served_or_refused_and_never_without_an_answer(fields, shared_server, raw):
    statuses = []
    for size in range(8_000, 34_000, 40):
        client = raw(shared_server.port)
        lines = [b"X%d: %s\r\n" % (number, b"x" * (size // fields)) for number in range(fields)]
        client.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", *lines, b"\r\n")
        statuses.append(client.answer().status)
    assert statuses == sorted(statuses) and set(statuses) == {200, 431}


@pytest.mark.parametrize("target", [b"/" + b"x" * 1_000_000, b"/current?" + b"a=b&" * 50_000])
def test_a_longer_target_is_refused(target, shared_server, raw):
    client = raw(shared_server.port)
    client.send(b"GET ", target, b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert client.answer().status == 431


def test_a_refused_body_that_is_short_leaves_the_connection_usable(shared_server):
    connection = shared_server.connect()
    too_long = exchange(connection, "POST", "/run/start", b"x" * 100, {"Content-Type": "text/plain"})
    assert too_long.status == 415
    assert exchange(connection, "GET", "/health").status == 200


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_long_body_is_answered_before_its_end(framing, shared_server, shared_root, raw):
    with nothing_recorded(shared_server, shared_root):
        client = raw(shared_server.port)
        if framing == "length":
            client.send(b"POST /event HTTP/1.1\r\n", JSON, b"Content-Length: 1000000000\r\n\r\n", b"{")
        else:
            client.send(b"POST /event HTTP/1.1\r\n", JSON, b"Transfer-Encoding: chunked\r\n\r\n")
            client.send(*[b"10000\r\n", b" " * 65536, b"\r\n"] * 40)
        answer = client.answer()
        assert (answer.status, b"1048576" in answer.body) == (413, True)
        assert client.rest() == b""


def test_the_limits_can_be_changed(make_server, raw):
    server = make_server("--max-body", "2KiB", "--max-header", "1024", "--max-json-depth", "3", "--max-meta", "1KiB")
    server.start()

    assert server.post("/event", _event(2_048)).status == 200
    assert "2048" in detail_text(server.post("/event", _event(2_049)), 413)
    assert server.request("GET", "/health", headers={"X": "x" * 2_000}).status == 431
    assert server.post("/event", b'{"type":"a","data":[[1]]}').status == 200
    assert server.post("/event", b'{"type":"a","data":[[[1]]]}').status == 422
    assert server.post("/event", {"type": "a", "data": 1, "meta": {"x": "y" * 1_100}}).status == 422


@pytest.mark.parametrize(
    "flags",
    [
        ("--max-body", "0"),
        ("--max-body", "1TB"),
        ("--max-body", "-1"),
        ("--max-connections", "0"),
        ("--idle-timeout", "0"),
        ("--request-timeout", "x"),
        ("--max-json-depth", "10000"),
        ("--max-types", "0"),
        ("--max-inflight", "0"),
        ("--max-inflight", "1MiB"),
        ("--max-inflight", "16777215"),
        ("--max-batch", "257MiB"),
        ("--max-body", "1GiB", "--max-batch", "1MiB"),
    ],
    ids=" ".join,
)
def test_a_limit_that_makes_no_sense_is_refused(flags, make_server):
    status, log = make_server(*flags).refusal()
    assert (status, flags[0] in log) == (64, True)


@pytest.mark.parametrize("path", ["/event", "/run/start"])
def test_a_meta_of_more_than_64_kib_is_refused(path, shared_server, shared_root):
    members = {"type": "a", "data": 1} if path == "/event" else {}
    with nothing_recorded(shared_server, shared_root):
        found = faults(shared_server.post(path, {**members, "meta": {"x": "y" * 65_536}}))
        assert "65536" in found["body", "meta"]["msg"]


def test_a_meta_of_64_kib_is_taken(server):
    meta = {"x": "y" * (65_536 - len('{"x":""}'))}
    assert server.record("a", 1, meta=meta)["meta"] == meta


def test_a_client_that_invents_types_is_refused_and_the_others_go_on(make_server):
    server = make_server("--max-types", "3").start()
    for event_type in ("a", "b", "c"):
        server.record(event_type, 1)

    refused = faults(server.post("/event", {"type": "d", "data": 1}))
    assert "--max-types" in refused["body", "type"]["msg"]
    batch = b'{"type":"a","data":2}\n{"type":"e","data":1}\n'
    assert server.post("/events", batch, {"Content-Type": "application/x-ndjson"}).status == 422

    assert server.record("a", 3)["seq"] == 4
    assert server.record("z", 1, make_current=False)["seq"] == 5
    assert set(server.get("/current").json["current"]) == {"a", "b", "c"}


def test_a_batch_is_counted_as_a_whole(make_server):
    server = make_server("--max-types", "3").start()
    ndjson = {"Content-Type": "application/x-ndjson"}
    four = b"".join(b'{"type":"%d","data":1}\n' % i for i in range(4))

    assert server.post("/events", four, ndjson).status == 422
    assert server.get("/current").json == {"current": {}}
    assert server.post("/events", four[: -len(b'{"type":"3","data":1}\n')] * 2, ndjson).status == 200
    assert server.post("/event", {"type": "x", "data": 1}).status == 422


def test_a_view_that_would_become_too_large_is_refused(make_server):
    server = make_server("--max-current", "10KiB").start()
    server.record("a", "x" * 5_000)
    server.record("b", "x" * 4_000)

    assert "--max-current" in faults(server.post("/event", {"type": "c", "data": "x" * 2_000}))["body", "data"]["msg"]
    assert "--max-current" in faults(server.post("/event", {"type": "b", "data": "x" * 6_000}))["body", "data"]["msg"]
    assert server.record("a", "x" * 100)["data"] == "x" * 100
    assert server.record("b", "x" * 6_000)["seq"] == 4


def test_ephemeral_events_count_too(make_server):
    server = make_server("--max-current", "10KiB").start()
    server.record("a", "x" * 6_000)

    assert server.post("/event", {"type": "a", "data": "x" * 6_000, "store_permanently": False}).status == 422
    assert server.record("a", "x" * 6_000)["seq"] == 2


@pytest.mark.parametrize("clean", [True, False], ids=["stopped", "killed"])
def test_after_a_restart_a_view_over_the_limits_goes_on(clean, make_server):
    server = make_server().start()
    for number in range(5):
        server.record(f"type {number}", "x" * 1_000)
    view = server.get("/current").json
    server.stop() if clean else server.process.kill()
    server.wait() if not clean else None

    server = make_server("--max-types", "3", "--max-current", "4KiB").start()

    assert server.get("/current").json == view
    assert server.record("type 4", "y" * 1_000)["seq"] == 6
    assert server.record("type 0", "z")["seq"] == 7
    assert server.post("/event", {"type": "new", "data": 1}).status == 422
    assert server.post("/event", {"type": "type 0", "data": "x" * 3_000}).status == 422


def test_connections_in_all_are_limited_over_all_sockets(make_server, raw):
    server = make_server("--max-connections", "4").start()
    clients = [raw(server.port) for _ in range(4)]
    for client in clients:
        client.hold()

    for host in ("127.0.0.1", "::1") if len(server.urls) == 2 else ("127.0.0.1",):
        assert not raw(server.port, host=host).is_open()
    line = server.wait_for_line("Connection refused")
    assert "there are 4 (--max-connections)" in line and " notice: " in line
    clients.pop().close()
    while not raw(server.port).is_open():
        pass


def test_the_connection_that_was_idle_for_the_longest_makes_room(make_server, raw):
    server = make_server("--max-connections", "3").start()
    busy = raw(server.port)
    busy.hold()
    idle = [raw(server.port) for _ in range(2)]
    assert all(client.is_open() for client in idle)

    for _ in range(5):
        newcomer = raw(server.port)
        assert newcomer.is_open()
        ended, _, _ = select.select([client.socket for client in idle], [], [], TIMEOUT)
        assert [end.recv(1) for end in ended] == [b""]
        idle = [client for client in idle if client.socket not in ended] + [newcomer]
    line = server.wait_for_line("Connection ended")
    assert "idle for the longest" in line and "there are 3 (--max-connections)" in line and " notice: " in line
    idle[0].send(b"POST /event HTTP/1.1\r\n", JSON, b"Content-Length: 21\r\n\r\n", b'{"type":"x","data":1}')
    assert idle[0].answer().status == 200
    busy.send(b'{"type":"y","data":"' + b"." * 78 + b'"}')
    assert busy.answer().status == 200


@pytest.mark.parametrize("limit", [32, 64, 200])
def test_with_few_descriptors_clients_are_served_and_events_recorded(limit, make_server, raw):
    server = make_server()
    server.launcher = ("prlimit", f"--nofile={limit}", "--")
    server.start()
    assert any(f" warning: The limit of {limit} open files" in line for line in server.log)

    crowd = [raw(server.port) for _ in range(2 * limit)]
    for number in range(1, 20):
        assert server.record("weather", number)["seq"] == number
        # Each opens files: those of recording are kept for it. With very few there is no room for so many of them.
        if limit >= 64:
            crowd.append(raw(server.port))
            crowd[-1].send(b"GET /events?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert server.start_run(run_id="a")["run_id"] == "a"
    assert server.record("weather", 20)["seq"] == 1
    assert server.get("/ready").status == 200
    assert len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) < limit


def test_the_limit_of_descriptors_is_raised_as_far_as_it_may_be(make_server):
    server = make_server()
    server.launcher = ("prlimit", "--nofile=64:4096", "--")
    server.start()
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    assert re.search(r"Max open files +4096 +4096", limits)
    assert not any("open files" in line for line in server.log)


def test_bodies_that_are_too_long_together_are_refused_and_the_events_go_on(make_server, raw):
    server = make_server("--max-inflight", "16MiB").start()
    head = (
        b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n"
    )
    slow = raw(server.port)
    slow.send(head % (16 << 20), b"{")

    # The header of the slow one is there when the server has served a request that came after it.
    assert server.get("/health").status == 200
    refused = raw(server.port)
    refused.send(head % (2 << 20), b"{")
    answer = refused.answer()
    assert (answer.status, answer.headers["Retry-After"], b"--max-inflight" in answer.body) == (503, "1", True)
    server.record("weather", 1)

    slow.close()
    line = b'{"type":"a","data":"%s"}\n' % (b"x" * 1_000)
    for _ in range(1_000):
        answer = server.post("/events", line * 2_000, {"Content-Type": "application/x-ndjson"})
        if answer.status == 200:
            break
        assert answer.status == 503
    assert answer.json["accepted"] == 2_000


def test_what_a_large_batch_took_is_given_back(make_server):
    server = make_server().start()

    def resident() -> int:
        """In bytes."""
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10

    line = b'{"type":"a","data":1}\n'
    server.record("a", 1)
    before = resident()
    for _ in range(3):
        answer = server.post("/events", line * ((16 << 20) // len(line)), {"Content-Type": "application/x-ndjson"})
        assert answer.status == 200
    assert resident() < before + (16 << 20)
