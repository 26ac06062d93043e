"""`GET /events` with filters, and as CSV."""

import csv
import io
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from e2e.support.server import strict_json


def _numbers(response) -> list[int]:
    assert response.status == 200, response
    return [strict_json(line)["data"] for line in response.body.splitlines()]


def _ago(**age) -> str:
    return (datetime.now(UTC) - timedelta(**age)).isoformat().replace("+00:00", "Z")


@pytest.fixture
def filled(make_server, tmp_path):
    """A server with events of two types, streams and runs, one run below a run root, and another restarted."""
    (tmp_path / "runs").mkdir()
    server = make_server("--run-root", str(tmp_path / "runs")).start()
    server.record("weather", 1)
    server.start_run(run_id="a")
    server.record("weather", 2)
    server.record("dome", 3, stream="site")
    server.stop_run()
    server.start_run(run_id="b", run_dir=str(tmp_path / "runs" / "b"))
    server.record("weather.roof", 4)
    server.record("Weather", 5)
    server.stop_run()
    assert server.stop() == 0
    server.start()
    server.start_run(run_id="a")
    server.record("dome", 6)
    return server


@pytest.mark.parametrize(
    "query, numbers",
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("type=weather", [1, 2]),
        ("type=weather*", [1, 2, 4]),
        ("type=*", [1, 2, 3, 4, 5, 6]),
        ("type=dome&type=Weather", [3, 5, 6]),
        ("type=", []),
        ("stream=site", [1, 3]),
        ("stream=run", [2, 4, 5, 6]),
        ("run=a", [2, 6]),
        ("run=b", [4, 5]),
        ("run=b&type=weather*", [4]),
        ("run=c", []),
        ("run=a&stream=run", [2, 6]),
    ],
)
def test_what_is_wanted_is_found_in_either_order_and_page_by_page(query, numbers, filled):
    assert _numbers(filled.get(f"/events?{query}")) == numbers
    assert _numbers(filled.get(f"/events?{query}&order=desc")) == numbers[::-1]
    for order in ("asc", "desc"):
        found, path = [], f"/events?{query}&order={order}&limit=1"
        while path:
            response = filled.get(path)
            found += _numbers(response)
            link = response.headers.get("Link")
            path = link and "/events" + link.partition("<")[2].partition(">")[0]
        assert found == (numbers if order == "asc" else numbers[::-1])


def test_types_are_compared_byte_for_byte(server):
    for number, name in enumerate(["é", "e\u0301", 'q"\\', "slash/"]):
        server.record(name, number)
    for number, name in enumerate(["é", "e\u0301", 'q"\\', "slash/"]):
        assert _numbers(server.get(f"/events?type={quote(name)}")) == [number]
    assert _numbers(server.get("/events?type=e*")) == [1]


def test_events_are_found_by_their_own_time_whatever_file_they_are_in(server):
    server.record("weather", 1, ts="2001-02-03T04:05:06Z")
    server.record("weather", 2)
    server.record("weather", 3, ts="2099-01-01T00:00:00+01:00")
    for order, turn in (("asc", 1), ("desc", -1)):
        found = {
            query: _numbers(server.get(f"/events?{query}&order={order}"))[::turn]
            for query in (
                "from=-1h&to=2090-01-01T00:00:00Z",
                "to=2001-02-03T04:05:06.001Z",
                "to=2001-02-03T04:05:06Z",
                "from=2001-02-03T04:05:06Z&to=2002-01-01T00:00:00Z",
                "from=2098-12-31T23:00:00Z",
                "from=2098-12-31T23:00:00.001Z",
                "from=-1h",
                f"from={_ago(hours=1)}&to={_ago(minutes=1)}",
            )
        }
        assert list(found.values()) == [[2], [1], [], [1], [3], [], [2, 3], []]


def test_csv_has_the_columns_that_are_asked_for(server):
    data = {"wind_mps": 3.50, "sky": 'cloudy, "thick"\r\nlow', "adc": [7, 8], "on": True, "off": None, "a": {"b": 1}}
    server.record("weather", data)
    server.record("dome", 5, meta={"unit": "é"})
    fields = "seq,type,data.wind_mps,data.sky,data.adc.1,data.on,data.off,data.a,meta.unit,data.a.b,stream,nothing"

    response = server.get(f"/events?format=csv&fields={fields}")

    assert response.headers.get_content_type() == "text/csv"
    assert response.body.count(b"\r\n") == 4 and response.body.endswith(b"\r\n")
    rows = list(csv.reader(io.StringIO(response.body.decode(), newline="")))
    assert rows == [
        fields.split(","),
        ["1", "weather", "3.5", data["sky"], "8", "true", "", '{"b":1}', "", "1", "site", ""],
        ["2", "dome", "", "", "", "", "", "", "é", "", "site", ""],
    ]


def test_the_columns_are_told_apart_by_bytes_and_a_row_without_a_value_is_a_row(server):
    server.record("weather", {"k\u0600": 1, "0": 2})
    server.record("weather", [7])
    body = server.get("/events?format=csv&fields=seq,data.k%D8%80,type,data.0,data.00").body.decode()
    assert body.splitlines() == ["seq,data.k\u0600,type,data.0,data.00", "1,1,weather,2,", "2,,weather,7,"]
    assert server.get("/events?format=csv&fields=data.k%D8%80").body.decode() == 'data.k\u0600\r\n1\r\n""\r\n'


def test_accept_decides_and_format_overrides(server):
    server.record("weather", {"n": 1})

    def media_type(accept: str | None, query: str = "") -> str:
        headers = {"Accept": accept} if accept else {}
        response = server.request("GET", f"/events{query}", headers=headers)
        assert response.status == 200 and "Accept" in response.headers["Vary"]
        return response.headers.get_content_type()

    assert media_type(None) == media_type("*/*") == media_type("application/json") == "application/x-ndjson"
    assert media_type("text/csv") == media_type("text/csv;q=0.9, application/x-ndjson;q=0.1") == "text/csv"
    assert media_type("text/csv", "?format=ndjson") == "application/x-ndjson"
    default = list(csv.DictReader(io.StringIO(server.get("/events?format=csv").body.decode())))
    assert json.loads(default[0]["data"]) == {"n": 1}


def test_a_follower_of_csv_gets_rows(server):
    with closing(server.connect()) as connection:
        connection.request("GET", "/events?follow=true&format=csv&fields=data&type=weather")
        response = connection.getresponse()
        assert response.readline() == b"data\r\n"
        server.record("dome", 1)
        server.record("weather", 2)
        assert response.readline() == b"2\r\n"


@pytest.mark.parametrize(
    "query, name",
    [
        ("from=yesterday", "from"),
        ("from=-1m&to=-2m", "to"),
        ("from=-1m&from=-2m", "from"),
        ("run=a&stream=site", "stream"),
        ("stream=both", "stream"),
        ("format=xml", "format"),
        ("format=csv&fields=a..b", "fields"),
        ("fields=ts", "fields"),
        ("format=csv&cursors=true", "cursors"),
        ("replay=1", "replay"),
        ("types=weather", "types"),
        ("format=sse&follow=false", "follow"),
        ("type=%ff", "type"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_place(query, name, server):
    response = server.get(f"/events?{query}")
    assert response.status == 422
    assert [fault["loc"] for fault in response.json["detail"]] == [["query", name]]


def test_a_rare_type_is_found_behind_much_else(server):
    """What is left out is not held in memory, and a long search ends as well as a short one."""
    batch = b"".join(b'{"type":"weather","data":{"pad":"%s"}}\n' % (b"x" * 10_000) for _ in range(1_000))
    server.record("dome", 1)
    for _ in range(4):
        assert server.post("/events", batch, {"Content-Type": "application/x-ndjson"}).status == 200
    server.record("dome", 2)
    assert _numbers(server.get("/events?type=dome")) == [1, 2]
    assert _numbers(server.get("/events?type=dome&order=desc")) == [2, 1]
    assert _numbers(server.get("/events?type=dome&order=desc&limit=1")) == [2]


def test_times_beyond_all_calendars_end_no_server(filled):
    response = filled.request("GET", "/events?from=-999999999d&limit=1")
    assert _numbers(response) == [1]
    link = response.headers["Link"]
    assert "from=0001-01-01T00%3A00%3A00.000Z" in link or "from=0001-01-01T00:00:00.000Z" in link, link
    assert _numbers(filled.request("GET", "/events" + link[link.index("?") : link.index(">")])) == [2]
    for text in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00%2B01:00", "9999-12-31T23:59:59-01:00"):
        assert filled.request("GET", f"/events?to={text}&limit=1").status == 422, text
    assert filled.request("GET", "/events?from=-30d&to=-999999999d").status == 422
