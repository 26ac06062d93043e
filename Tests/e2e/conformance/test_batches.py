"""Batches of events: one a line, all of them recorded or none."""

import json
import signal

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text, faults, nothing_recorded
from e2e.support.server import Response, Server, command

NDJSON = {"Content-Type": "application/x-ndjson"}
LIMIT = 16 << 20


def _lines(events: list[dict]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def _post(server: Server, body: bytes, headers=NDJSON) -> Response:
    return server.post("/events", body, headers)


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/jsonl", "Application/X-NDJSON; a=b"])
def test_a_batch_is_recorded_line_by_line_with_numbers_that_follow_one_another(content_type, server):
    server.record("dome", 0)
    events = [{"type": "dome" if number % 2 else "weather", "data": {"n": number}} for number in range(1, 1_001)]

    response = _post(server, _lines(events), {"Content-Type": content_type})

    assert response.status == 200
    assert response.json == {"accepted": 1_000, "first_seq": 2, "last_seq": 1_001}
    recorded = stored.site_lines(server.site_dir)[1:]
    assert [(line["seq"], line["type"], line["data"]) for line in recorded] == [
        (seq, event["type"], event["data"]) for seq, event in enumerate(events, 2)
    ]
    assert len({line["ts"] for line in recorded}) == 1
    assert server.get("/current/weather").json["data"] == {"n": 1_000}
    assert server.get("/current/dome").json["data"] == {"n": 999}


def test_an_acknowledged_batch_survives_a_kill(server):
    events = [{"type": f"type {number % 20}", "data": number} for number in range(5_000)]
    assert _post(server, _lines(events)).status == 200
    current = server.get("/current").json

    server.stop(signal.SIGKILL)
    server.start()

    assert [line["data"] for line in stored.site_lines(server.site_dir)] == list(range(5_000))
    assert server.get("/current").json == current
    assert server.record("dome")["seq"] == 5_001


def test_during_a_run_each_event_of_a_batch_goes_where_it_would_go_alone(make_server):
    server = make_server("--site-type", "weather").start()
    run = server.start_run(run_id="night")

    batch = _post(
        server,
        _lines(
            [
                {"type": "camera", "data": 1},
                {"type": "weather", "data": 2},
                {"type": "camera", "data": 3, "stream": "site"},
                {"type": "camera", "data": 4},
            ]
        ),
    ).json

    assert batch == {"accepted": 4, "first_seq": None, "last_seq": None}
    assert [(line["seq"], line["data"], line["meta"]) for line in stored.run_lines(run)] == [
        (1, 1, {"run_id": "night"}),
        (2, 4, {"run_id": "night"}),
    ]
    assert [(line["seq"], line["data"]) for line in stored.site_lines(server.site_dir)] == [(1, 2), (2, 3)]
    assert server.get("/current/camera").json["data"] == 4
    assert _post(server, _lines([{"type": "camera", "data": 5}])).json["first_seq"] == 3


def test_each_faulty_line_is_named_and_none_is_recorded(shared_server, shared_root):
    body = b'{"type":"a","data":1}\n\n{"type":5}\r\n{"type":"a","data":NaN}\n{"type":"a","data":2}'

    with nothing_recorded(shared_server, shared_root):
        found = faults(_post(shared_server, body))
        assert list(found) == [("body", 3, "type"), ("body", 3, "data"), ("body", 4, 19)]
        assert found["body", 3, "type"]["input"] == 5


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\n"])
def test_a_batch_without_an_event_is_refused(body, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert ("body",) in faults(_post(shared_server, body))


def test_a_batch_for_a_run_that_is_not_active_is_refused(shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        for_run = _lines([{"type": "a", "data": 1, "stream": "run"}])
        six = _lines([{"type": "a", "data": 1}]) * 6
        for body, line in [(for_run, 1), (b"\n\r\n" + for_run, 3), (six + for_run, 7)]:
            answer = _post(shared_server, body)
            assert answer.status == 404
            assert [(fault["loc"], fault["msg"]) for fault in answer.json["detail"]] == [
                (["body", line, "stream"], "No run is active")
            ]


def test_what_would_make_the_current_view_too_large_is_named_by_its_line(make_server):
    server = make_server("--max-types", "2", "--max-current", "2KiB").start()
    server.record("a", 1)
    server.record("b", 1)
    one, other, third = (b'{"type":"%c","data":1}\n' % name for name in b"abc")
    long = b'{"type":"a","data":"%s"}\n' % (b"x" * 3_000)
    for before, line in [(b"", 1), (b"\n \n", 3), (one * 6 + other, 8), (b"\r\n" + one + b"\n", 4)]:
        assert list(faults(_post(server, before + third + one))) == [("body", line, "type")]
        assert list(faults(_post(server, before + long + one))) == [("body", line, "data")]


def test_all_lines_that_would_make_the_current_view_too_large_are_named(make_server):
    server = make_server("--max-types", "2", "--max-current", "2KiB").start()
    server.record("a", 1)
    lines = [{"type": name, "data": 1} for name in ("b", "c", "a", "d", "c")] + [{"type": "a", "data": "x" * 3_000}]
    for before, first in [(b"", 1), (b"\n\r\n", 3)]:
        found = faults(_post(server, before + _lines(lines)))
        assert list(found) == [
            ("body", first + n, member) for n, member in [(1, "type"), (3, "type"), (4, "type"), (5, "data")]
        ]
        assert [found["body", first + n, "type"]["input"] for n in (1, 3, 4)] == ["c", "d", "c"]

    # Nothing of it was taken in.
    assert set(server.get("/current").json["current"]) == {"a"}
    assert _post(server, _lines(lines[:1])).status == 200


def test_of_very_many_types_too_many_the_first_are_named(make_server):
    server = make_server("--max-types", "1").start()
    found = _post(server, _lines([{"type": f"t{n}", "data": 1} for n in range(1_001)])).json["detail"]
    assert [fault["loc"] for fault in found[:-1]] == [["body", n, "type"] for n in range(2, 102)]
    assert found[-1]["msg"] == "At least 101 lines have faults; those of the first 100 are listed"


def test_post_names_the_line_of_the_file_that_was_refused(make_server, tmp_path):
    server = make_server("--max-types", "1").start()
    file = tmp_path / "events"
    for last in ({"type": "b", "data": 1}, {"type": "a", "data": 1, "stream": "run"}):
        file.write_bytes(_lines([{"type": "a", "data": 1}] * 2_002 + [last]))
        done = command("post", "--batch", str(file), "--port", str(server.port))
        assert done.returncode == 1
        assert "line 2003, " in done.stderr and "2000 events before" in done.stderr


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/ld+json"])
def test_a_batch_must_be_said_to_be_ndjson(content_type, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        response = _post(shared_server, b'{"type":"a","data":1}\n', {"Content-Type": content_type})
        assert "application/x-ndjson or application/jsonl" in detail_text(response, 415)
