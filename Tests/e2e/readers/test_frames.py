"""`GET /events` as server-sent events: what a page gets, and how it goes on."""

from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from e2e.support.frames import Frame, frames
from e2e.support.waiting import wait_until


@contextmanager
def stream(server, query="", **headers):
    """The frames of a stream, and its response."""
    with closing(server.connect()) as connection:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", f"/events{query}", headers={"Accept": "text/event-stream", **headers})
        response = connection.getresponse()
        yield frames(response), response


def _events(stream, count: int) -> list[Frame]:
    """The next events; other frames are left out."""
    found = []
    while len(found) < count:
        frame = next(stream)
        if frame.name == "message" and frame.data:
            found.append(frame)
    return found


def _numbers(stream, count: int) -> list[int]:
    return [frame.json["data"] for frame in _events(stream, count)]


def test_a_stream_begins_now_and_tells_of_each_event(server):
    server.record("weather", 1)
    with stream(server) as (events, response):
        assert response.headers["Cache-Control"] == "no-store" and response.headers["X-Accel-Buffering"] == "no"
        hello = next(events)
        assert hello.name == "hello" and hello.json["cursor"] == hello.last_id and hello.json["run_id"] is None
        server.record("weather", 2)
        stored = next(events)
        assert (stored.name, stored.has_id, stored.json["data"]) == ("message", True, 2)
        server.record("weather", 3, store_permanently=False)
        ephemeral = next(events)
        assert not ephemeral.has_id and ephemeral.json["data"] == 3
        assert ephemeral.json["store_permanently"] is False and ephemeral.json["stream"] == "site"
        server.record("weather", 4)
        assert next(events).has_id
    lines = next(server.site_dir.glob("site_*.ndjson")).read_text().splitlines()
    assert stored.data == lines[1]


def test_it_goes_on_from_the_last_id_over_a_restart(make_server):
    server = make_server().start()
    with stream(server, "?type=weather") as (events, _):
        server.record("weather", 1)
        server.record("weather", 2)
        last = _events(events, 2)[-1]
        assert server.stop() == 0
        assert [frame.name for frame in events] == ["bye"]
    server.start()
    server.record("dome", 3)
    server.record("weather", 4)

    # A page asks with the same address each time; the id goes first.
    with stream(server, "?type=weather&current=true&replay=1", Last_Event_ID=last.last_id) as (events, _):
        assert [next(events).name for _ in range(2)] == ["hello", "message"]
        server.record("weather", 5)
        assert _numbers(events, 1) == [5]


def test_the_current_view_and_what_follows_it_have_no_gap(server):
    for n in range(3):
        server.record("weather", n)
    server.record("dome", 7)
    with stream(server, "?current=true&type=weather") as (events, _):
        assert next(events).name == "hello"
        current = next(events)
        assert current.name == "current" and current.json["current"].keys() == {"weather"}
        assert current.json["current"]["weather"]["data"] == 2
        server.record("weather", 3)
        assert _numbers(events, 1) == [3]
    with stream(server, "", Last_Event_ID=current.last_id) as (events, _):
        assert _numbers(events, 1) == [3]


def test_the_latest_events_are_replayed_on_request(server):
    for n in range(5):
        server.record("weather", n)
        server.record("dome", 100 + n)
    with stream(server, "?replay=2&type=weather") as (events, _):
        assert _numbers(events, 2) == [3, 4]
        server.record("weather", 5)
        assert _numbers(events, 1) == [5]
    with stream(server, "?from=-1h&type=dome") as (events, _):
        assert _numbers(events, 5) == [100, 101, 102, 103, 104]


def test_runs_are_told_of(server):
    with stream(server, "?type=none") as (events, _):
        assert next(events).json["run_id"] is None
        server.start_run(run_id="a")
        assert (next(events).json, server.stop_run()["run_id"]) == ({"run_id": "a"}, "a")
        assert next(events).json == {"run_id": None}
    server.start_run(run_id="b")
    with stream(server, "?type=none") as (events, _):
        assert next(events).json["run_id"] == "b"


def test_only_the_latest_of_each_type_is_wanted_of_what_lies_behind(server):
    beginning = server.get("/events").headers["Telemetry-Cursor"]
    for n in range(200):
        server.record(f"type-{n % 3}", n)
    with stream(server, "?mode=latest", Last_Event_ID=beginning) as (events, _):
        assert _numbers(events, 3) == [197, 198, 199]
        server.record("type-0", 200)
        assert _numbers(events, 1) == [200]


def test_white_space_of_another_program_does_not_end_a_frame(make_server):
    server = make_server()
    server.site_dir.mkdir()
    line = '{"seq":1,\r"ts":"2020-01-01T00:00:00.000Z","stream":"site","type":"weather","data":7,"meta":{}\r}\r\n'
    (server.site_dir / "site_20200101.ndjson").write_bytes(line.encode())
    server.start()
    with stream(server, "?replay=1") as (events, _):
        assert _numbers(events, 1) == [7]
        server.record("weather", 8)
        assert _numbers(events, 1) == [8]


@pytest.mark.parametrize("given", ["nonsense", "1.0123456789abcdef.20260101.1.10.0.0.0"])
def test_an_id_that_is_of_no_use_is_told_in_the_stream(given, server):
    """A browser that gets another status than 200 never asks again."""
    server.record("weather", 1)
    with stream(server, "?current=true", Last_Event_ID=given) as (events, _):
        hello, gap, current = (next(events) for _ in range(3))
        assert (hello.name, gap.name, current.name) == ("hello", "gap", "current")
        assert gap.json["reason"] == "gone" and gap.json["detail"]
        server.record("weather", 2)
        assert _numbers(events, 1) == [2]


def test_who_is_too_far_behind_goes_on_live(server):
    beginning = server.get("/events").headers["Telemetry-Cursor"]
    batch = b"".join(b'{"type":"weather","data":{"n":%d,"pad":"%s"}}\n' % (n, b"x" * 200_000) for n in range(50))
    for _ in range(7):
        assert server.post("/events", batch, {"Content-Type": "application/x-ndjson"}).status == 200
    with stream(server, "", Last_Event_ID=beginning) as (events, _):
        hello, gap = next(events), next(events)
        assert hello.name == "hello" and gap.json["reason"] == "behind" and gap.json["after"] == beginning
        server.record("weather", 1)
        assert _numbers(events, 1) == [1]
    # One that asked for it gets all.
    with stream(server, "?from=-1h") as (events, _):
        assert [frame.json["data"]["n"] for frame in _events(events, 60)] == [n % 50 for n in range(60)]


def test_an_idle_stream_shows_that_it_lives_and_where_it_is(server):
    with stream(server, "?type=weather") as (events, response):
        assert next(events).name == "hello"
        server.record("dome", 1)
        # A frame of an id alone: a filter left out what was recorded.
        frame = next(events)
        assert (frame.has_id, frame.data) == (True, "")
        assert response.readline() == b":\n"
    page = server.get(f"/events?after={frame.last_id}")
    assert page.body == b""


@pytest.mark.parametrize(
    "query, name",
    [
        ("?order=desc", "order"),
        ("?to=-1m", "to"),
        ("?cursors=true", "cursors"),
        ("?fields=ts", "fields"),
        ("?format=ndjson&current=true", "current"),
        ("?format=ndjson&mode=latest", "mode"),
        ("?format=ndjson&replay=1", "replay"),
        ("?after=nonsense", "after"),
    ],
)
def test_what_a_stream_cannot_be_is_refused(query, name, server):
    response = server.request("GET", f"/events{query}", headers={"Accept": "text/event-stream"})
    assert response.status == 422
    assert [fault["loc"] for fault in response.json["detail"]] == [["query", name]]


def test_a_stream_costs_nothing_once_its_client_is_gone(server):
    before = len(list(_open_files(server)))
    for _ in range(5):
        with stream(server) as (events, _):
            next(events)
    wait_until(lambda: len(list(_open_files(server))) <= before, "its files are closed", server.log)


def _open_files(server):
    return Path(f"/proc/{server.process.pid}/fd").iterdir()
