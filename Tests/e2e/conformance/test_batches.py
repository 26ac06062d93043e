"""Batches of events: one a line, all of them recorded or none."""

import json
import signal

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text, faults, nothing_recorded
from e2e.support.server import Response, Server

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
        body = _lines([{"type": "a", "data": 1}, {"type": "a", "data": 1, "stream": "run"}])
        assert detail_text(_post(shared_server, body), 404) == "No run is active"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/ld+json"])
def test_a_batch_must_be_said_to_be_ndjson(content_type, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        response = _post(shared_server, b'{"type":"a","data":1}\n', {"Content-Type": content_type})
        assert "application/x-ndjson or application/jsonl" in detail_text(response, 415)
