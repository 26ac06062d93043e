"""What an answer is beside its numbers: its forms, its `ETag`, its gaps, and the types that there are."""

import re

import pytest

from e2e.history import asking
from e2e.history.asking import difference, path, read_csv, span_query, time_text
from e2e.history.checks import DAY, check, span_of
from e2e.history.oracle import LENGTHS, Span
from e2e.support.refusals import detail_text, faults

HOUR = 3_600_000
T0 = 1_768_000_000_000 // DAY * DAY


@pytest.mark.parametrize("event_type", ["weather", "mount", 'quote"d', "comma,equals={}", "late", "slow"])
def test_csv_has_the_same_rows_as_json(event_type, winter_server, winter, history_choices):
    for _ in range(5):
        span, points = span_of(history_choices, winter.oracle, event_type, history_choices.choice(LENGTHS))
        answer = asking.history(winter_server, span, points=points)
        expected = {name: rows for name, rows in answer.rows.items() if rows}

        assert read_csv(asking.ask(winter_server, span, points=points, format="csv")) == expected
        by_accept = winter_server.request(
            "GET", path(event_type, **span_query(span), points=points), headers={"Accept": "text/csv"}
        )
        assert read_csv(by_accept) == expected


def test_named_fields_are_given_in_the_order_of_the_query_and_nothing_else(winter_server, winter):
    _, first, last = winter.oracle.summary("mount")
    names = ["value{core=1,hot=true,mode=user}", "mount.ra", "adc.7", "adc.8", "nothing"]
    answer = check(winter_server, winter.oracle, Span("mount", first, last + 1), 100, names)
    assert list(answer.rows) == names
    assert answer.rows["nothing"] == answer.rows["adc.8"] == []


def test_all_numeric_fields_are_given_when_none_is_named(winter_server, winter):
    for event_type in ("weather", "mount", "mixed.kinds", "scalar"):
        _, first, last = winter.oracle.summary(event_type)
        answer = asking.history(winter_server, Span(event_type, first, last + 1), points=10)
        assert sorted(answer.rows) == winter.oracle.numeric_fields(event_type)


def test_types_tells_of_each_type_what_the_files_hold(winter_server, winter):
    listed = winter_server.get("/types").json
    assert listed["complete_from"] is None
    assert (listed["series_left_out"], listed["max_series"]) == (0, 16_384)
    types = {entry["type"]: entry for entry in listed["types"]}
    assert [entry["type"] for entry in listed["types"]] == sorted(types, key=lambda name: name.encode())
    assert sorted(types) == sorted(winter.oracle.types())
    for name, entry in types.items():
        count, first, last = winter.oracle.summary(name)
        found = entry["events"], asking.milliseconds(entry["first"]), asking.milliseconds(entry["last"])
        assert found == (count, first, last), name
        kinds = {field["path"]: set(field["kinds"]) for field in entry["fields"]}
        assert kinds == winter.oracle.kinds(name), name
    assert types["slow"]["interval_ms"] == HOUR


def test_the_last_value_of_a_field_is_the_current_events(server):
    data = {"wind": 4.25, "sky": "clear ☂", "open": True, "door": None, "adc": [1, 2]}
    server.record("weather", data)
    server.record("weather", data | {"wind": 1e300, "once": 1})
    server.record("weather", data)
    asking.wait_until_complete(server, {"weather": 3})
    (entry,) = server.get("/types").json["types"]
    assert [(field["path"], field["last"]) for field in entry["fields"]] == [
        ("adc.0", 1),
        ("adc.1", 2),
        ("door", None),
        ("once", None),
        ("open", True),
        ("sky", "clear ☂"),
        ("wind", 4.25),
    ]


def test_an_answer_that_has_not_changed_is_not_sent_again(winter_server, winter):
    _, first, last = winter.oracle.summary("weather")
    for query in ({"points": 10}, {"points": 1_000}, {"format": "csv"}, {"points": 10, "run": "run 20260106"}):
        target = path("weather", **span_query(Span("weather", first, last)), **query)
        response = winter_server.get(target)
        tag = response.headers["ETag"]
        assert response.status == 200 and tag
        again = winter_server.request("GET", target, headers={"If-None-Match": tag})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
        other = winter_server.request("GET", target, headers={"If-None-Match": '"other"'})
        assert other.status == 200 and _without_progress(other.body) == _without_progress(response.body)


def test_a_tag_is_of_one_query_only(winter_server, winter):
    _, first, last = winter.oracle.summary("weather")
    spans = [Span("weather", first, last), Span("weather", first, last - 1), Span("slow", first, last)]
    queries = [{}, {"points": 10}, {"format": "csv"}, {"field": "rain"}, {"run": "run 20260106"}]
    bodies = {}
    for span in spans:
        for query in queries:
            response = asking.ask(winter_server, span, **query)
            if response.status == 200:
                body = _without_progress(response.body)
                assert bodies.setdefault(response.headers["ETag"], body) == body


def _without_progress(body: bytes) -> bytes:
    """An answer without how far the index had come: that may be later each time."""
    return re.sub(rb'"complete_to": ?\d+,', b"", body)


def test_a_span_that_is_over_keeps_its_tag_while_others_are_recorded_and_loses_it_to_a_late_event(server):
    for minute in range(120):
        server.record("weather", {"v": minute}, ts=time_text(T0 + minute * 60_000))
    asking.wait_until_complete(server, {"weather": 120})
    target = path("weather", **span_query(Span("weather", T0, T0 + HOUR)), points=10)
    tag = server.get(target).headers["ETag"]

    server.record("weather", {"v": 1})
    server.record("dome", {"v": 1}, ts=time_text(T0 + 1_000))
    asking.wait_until_complete(server, {"weather": 121, "dome": 1})
    assert server.request("GET", target, headers={"If-None-Match": tag}).status == 304

    server.record("weather", {"v": 1_000}, ts=time_text(T0 + 1_000))
    asking.wait_until_complete(server, {"weather": 122})
    response = server.request("GET", target, headers={"If-None-Match": tag})
    assert response.status == 200
    assert max(row[4] for row in asking.read(response, "weather").rows["v"]) == 1_000


def test_gaps_are_where_nothing_came_for_long(server):
    """An event each second, none from 01:00 to 03:30, and none for 20 s at 04:00."""
    moments = [second for second in range(0, 5 * 3_600, 10) if not 3_600 <= second < 12_600]
    moments = [second for second in moments if not 14_400 <= second < 14_480]
    lines = "".join(
        f'{{"type":"weather","data":{{"v":{second}}},"ts":"{time_text(T0 + second * 1_000)}"}}\n' for second in moments
    )
    response = server.post("/events", lines.encode(), {"Content-Type": "application/x-ndjson"})
    assert response.status == 200
    asking.wait_until_complete(server, {"weather": len(moments)})

    def gaps(begin, end, **query):
        found = asking.history(server, Span("weather", T0 + begin * 1_000, T0 + end * 1_000), **query).gaps
        return [((start - T0) / 1_000, (stop - T0) / 1_000) for start, stop in found]

    long, short = (3_590.0, 12_600.0), (14_390.0, 14_480.0)
    assert gaps(0, 18_000, points=10_000) == [long, short]
    assert gaps(0, 18_000, points=10_000, gap="30s") == [long, short]
    assert gaps(0, 18_000, points=10_000, gap="10m") == [long]
    assert gaps(0, 18_000, points=10_000, gap="1d") == []
    # However wide the buckets are.
    assert gaps(0, 18_000, points=300, gap="30m") == [long]
    assert gaps(0, 18_000, points=20, gap="1h") == [long]


def test_what_is_not_known_is_404_and_says_what(winter_server, winter):
    span = Span("nothing", T0, T0 + DAY)
    assert "nothing" in detail_text(asking.ask(winter_server, span), 404)
    assert "no such run" in detail_text(asking.ask(winter_server, Span("weather", T0, T0 + DAY, "no such run")), 404)
    assert winter_server.get(path("nothing", "/states", field="a", **span_query(span))).status == 404


@pytest.mark.parametrize(
    ("query", "loc"),
    [
        ({"points": 0}, "points"),
        ({"points": 10_001}, "points"),
        ({"points": "many"}, "points"),
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30T00:00:00Z"}, "to"),
        ({"gap": "5"}, "gap"),
        ({"gap": "soon"}, "gap"),
        ({"format": "xml"}, "format"),
        ({"step": 60}, "step"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, None),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, None),
    ],
    ids=str,
)
def test_a_faulty_query_is_refused_with_its_parameter(query, loc, winter_server):
    response = winter_server.get(path("weather", **query))
    (fault,) = faults(response).values()
    assert loc is None or fault["loc"] == ["query", loc]


def test_states_need_a_field(winter_server):
    (fault,) = faults(winter_server.get(path("dome", "/states"))).values()
    assert fault["loc"] == ["query", "field"]


def test_without_times_the_last_24_hours_are_given(server):
    server.record("weather", {"v": 1}, ts=time_text(T0))
    recent = [server.record("weather", {"v": number}) for number in range(3)]
    asking.wait_until_complete(server, {"weather": 4})
    answer = asking.read(server.get("/history/weather"), "weather")
    assert answer.end - answer.begin == DAY
    assert sum(row[1] for row in answer.rows["v"]) == 3
    assert answer.begin < asking.milliseconds(recent[0]["ts"]) <= answer.end
    relative = asking.read(server.get(path("weather", **{"from": "-2h", "to": "-1h"})), "weather")
    assert relative.end - relative.begin == HOUR and relative.rows["v"] == []


def test_zoomed_answers_of_one_span_count_the_same_events(winter_server, winter):
    _, first, last = winter.oracle.summary("weather")
    begin, end = first // (128 * DAY) * 128 * DAY, (last // (128 * DAY) + 1) * 128 * DAY
    counts = {
        sum(row[1] for row in asking.history(winter_server, Span("weather", begin, end), points=points).rows["rain"])
        for points in (1, 2, 4, 64, 512, 10_000)
    }
    assert len(counts) == 1


def test_history_can_be_switched_off(make_server):
    server = make_server("--no-history").start()
    server.record("weather", {"v": 1})
    assert server.get("/ready").json["history"] == "off"
    assert not (server.site_dir / ".telemetry/index").exists()
    assert server.get("/history/weather").status in (404, 503)
    assert server.get("/types").status in (404, 503)


def test_difference_sees_what_differs():
    one = {"v": {0: (2, 1.0, 1.5, 2.0, 1.0, 2.0)}}
    assert difference(one, one) is None
    for place, value in enumerate((3, 0.0, 1.5001, 2.5, 0.0, 9.0)):
        row = list(one["v"][0])
        row[place] = value
        assert "'v' at 0" in difference({"v": {0: tuple(row)}}, one)
    assert difference({}, one) and difference(one, {})
