"""`GET /events` over real connections: where the cursor is, what a follower gets, and what a slow one costs."""

import json
import socket
import subprocess
from contextlib import ExitStack, closing
from urllib.parse import urljoin

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text
from e2e.support.server import Server, strict_json
from e2e.support.waiting import wait_until

NDJSON = {"Content-Type": "application/x-ndjson"}


def _record_batch(server: Server, numbers: range, pad: int = 0) -> None:
    events = ({"type": "weather", "data": {"n": n, "pad": "x" * pad}} for n in numbers)
    body = "".join(json.dumps(event) + "\n" for event in events).encode()
    assert server.post("/events", body, NDJSON).status == 200


def _curl(server: Server, path: str, *options: str) -> tuple[dict[str, str], bytes]:
    """What a person gets: the header fields, trailers among them, and the body."""
    url = f"http://127.0.0.1:{server.port}{path}"
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--dump-header", "/dev/stderr", *options, url]
    run = subprocess.run(command, capture_output=True, check=True)
    lines = (line.partition(": ") for line in run.stderr.decode().splitlines() if ": " in line)
    return {name: value for name, _, value in lines}, run.stdout


def test_a_page_is_the_lines_on_disk(server):
    server.record("weather", 1)
    server.start_run(run_id="a")
    server.record("weather", 2)
    server.record("dome", 3, stream="site")
    server.record("dome", 4, store_permanently=False)

    response = server.get("/events")

    assert response.headers.get_content_type() == "application/x-ndjson"
    assert [strict_json(line)["data"] for line in response.body.splitlines()] == [1, 2, 3]
    in_files = [line for path in server.site_dir.rglob("*.ndjson") for line in path.read_bytes().splitlines()]
    assert sorted(response.body.splitlines()) == sorted(in_files)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_links_lead_through_the_log(order, server):
    _record_batch(server, range(1_000))
    numbers, url = [], f"/events?limit=300&order={order}"
    while True:
        response = server.get(url)
        numbers += [strict_json(line)["data"]["n"] for line in response.body.splitlines()]
        if "Link" not in response.headers:
            break
        target, parameters = response.headers["Link"].split(">; ")
        assert parameters == 'rel="next"'
        url = urljoin(url, target.removeprefix("<"))

    assert numbers == list(range(1_000) if order == "asc" else reversed(range(1_000)))


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_curl_shows_where_a_page_ends_that_is_too_long_for_its_header_to_say(order, server):
    _record_batch(server, range(10_000), pad=100)

    headers, body = _curl(server, f"/events?limit=9000&order={order}")

    assert headers["Transfer-Encoding"] == "chunked" and headers["Telemetry-Damaged-Lines"] == "0"
    rest = server.get(f"/events?after={headers['Telemetry-Cursor']}&order={order}").body.splitlines()
    lines = body.splitlines() + rest
    assert (len(body.splitlines()), len(rest)) == (9_000, 1_000)
    assert lines[:: 1 if order == "asc" else -1] == (
        next(server.site_dir.glob("site_*.ndjson")).read_bytes().splitlines()
    )


def test_a_follower_gets_what_is_recorded_and_ends_with_the_server(make_server):
    server = make_server().start()
    server.record("weather", 1)
    with closing(server.connect()) as connection:
        connection.request("GET", "/events?follow=true")
        response = connection.getresponse()
        assert response.headers["Cache-Control"] == "no-store"
        beginning = response.headers["Telemetry-Cursor"]
        for n in range(2, 5):
            server.record("weather", n)
            assert strict_json(response.readline())["data"] == n

        assert server.stop() == 0
        assert response.read() == b""
    server.start()
    page = server.get(f"/events?after={beginning}")
    assert [strict_json(line)["data"] for line in page.body.splitlines()] == [2, 3, 4]


def test_a_limit_ends_a_follower(server):
    server.record("weather", 0)
    beginning = server.get("/events").headers["Telemetry-Cursor"]
    _record_batch(server, range(1, 5))

    headers, body = _curl(server, f"/events?follow=true&limit=3&cursors=true&after={beginning}")

    lines = [strict_json(line) for line in body.splitlines()]
    assert [line["event"]["data"]["n"] for line in lines] == [1, 2, 3]
    assert headers["Telemetry-Cursor"] == lines[-1]["cursor"]


def test_http_1_0_gets_a_long_page_to_its_end(server):
    _record_batch(server, range(5_000), pad=100)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /events?limit=5000 HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65_536), b""))

    header, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in header and len(body.splitlines()) == 5_000


@pytest.mark.parametrize("query", ["", "limit=9000", "follow=true"])
def test_head_has_no_body(query, server):
    _record_batch(server, range(9_000), pad=100)

    response = server.request("HEAD", f"/events?{query}")

    assert (response.status, response.body) == (200, b"")


def test_damaged_lines_are_counted(make_server):
    server = make_server().start()
    server.record("weather", 1)
    server.stop()
    path = next(server.site_dir.glob("site_*.ndjson"))
    line = path.read_text()
    # 0 is no number that this server gives, but other programs may.
    odd = line.replace('"seq":1,', '"seq":0,')
    path.with_name("site_20200101.ndjson").write_text("{bad\n" + odd + "\0\0\n" + "x" * 300_000 + "\n")
    server.start()

    for order in ("asc", "desc"):
        response = server.get(f"/events?order={order}")
        seqs = [strict_json(line)["seq"] for line in response.body.splitlines()]
        assert sorted(seqs) == [0, 1] and response.headers["Telemetry-Damaged-Lines"] == "3"
        first = server.get(f"/events?order={order}&limit=1")
        rest = server.get(f"/events?order={order}&after={first.headers['Telemetry-Cursor']}")
        assert [strict_json(line)["seq"] for line in (first.body + rest.body).splitlines()] == seqs


def test_a_cursor_whose_file_is_gone_is_refused(server):
    server.record("weather", 1)
    cursor = server.get("/events").headers["Telemetry-Cursor"]
    path = next(server.site_dir.glob("site_*.ndjson"))
    path.unlink()
    wait_until(lambda: server.record("weather", 2) and path.exists(), "the file is made anew", server.log)

    for query in ("", "&follow=true", "&order=desc"):
        assert path.name in detail_text(server.get(f"/events?after={cursor}{query}"), 410)


def test_followers_that_do_not_read_cost_little_memory(server):
    """Each has a buffer, and what is recorded meanwhile is in files only."""
    _record_batch(server, range(1_000), pad=1_000)
    cursor = server.get("/events?limit=1").headers["Telemetry-Cursor"]

    def resident() -> int:
        with open(f"/proc/{server.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

    with ExitStack() as stack:
        before = resident()
        for _ in range(20):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(f"GET /events?follow=true&after={cursor} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            client.recv(100)
        for start in range(0, 30_000, 3_000):
            _record_batch(server, range(start, start + 3_000), pad=1_000)
        # Others are served, and 30 MB are in the file.
        assert len(stored.site_lines(server.site_dir)) == 31_000
        assert server.get("/events?order=desc&limit=1").status == 200
        grown = resident() - before
    # A buffer of 256 KiB, a piece of the file of 128 KiB, a piece that did not fit of 64 KiB; and the batches.
    assert grown < 20 * 512 + 30_000, f"{grown} kB more"
