"""`GET /history/{type}/states`: which value a field had when."""

import json

import pytest

from e2e.history import asking
from e2e.history.asking import path, span_query, time_text
from e2e.history.checks import DAY
from e2e.history.oracle import Span

HOUR = 3_600_000
T0 = 1_768_000_000_000 // DAY * DAY


def _states(server, span, field):
    answer = server.get(path(span.type, "/states", field=field, **span_query(span))).json
    assert (answer["type"], answer["field"], answer["from"], answer["to"]) == (span.type, field, span.begin, span.end)
    states = [(begin, end, value) for begin, end, value in answer["states"]]
    totals = {}
    for begin, end, value in states:
        assert begin < end
        name = value if isinstance(value, str) else json.dumps(value)
        totals[name] = totals.get(name, 0) + (end - begin) / 1_000
    assert answer["totals"] == pytest.approx(totals)
    return states


@pytest.mark.parametrize("field", ["state", "locked"])
def test_states_are_what_duckdb_makes_of_the_files(field, winter_server, winter, history_choices):
    _, first, last = winter.oracle.summary("dome")
    spans = [(first, last), (first - DAY, last), (first + 5 * DAY, first + 5 * DAY + 1)]
    for _ in range(60):
        begin = history_choices.randrange(first, last)
        end = begin + history_choices.choice([1_000, HOUR, DAY, 30 * DAY])
        spans.append((begin, min(end, last)))
    for begin, end in spans:
        if begin >= end:
            continue
        span = Span("dome", begin, end)
        expected = [(since, until, json.loads(text)) for since, until, text in winter.oracle.states(span, field)]
        assert _states(winter_server, span, field) == expected, span


def test_a_boolean_is_a_state_and_a_number(winter_server, winter):
    _, first, last = winter.oracle.summary("weather")
    values = {value for _, _, value in _states(winter_server, Span("weather", first, last), "rain")}
    assert values == {True, False}


def test_states_are_clipped_and_the_value_before_is_included(server):
    moments = [(0, "open"), (10, "open"), (20, "closed"), (30, None), (40, True), (50, "closed")]
    for minute, value in moments:
        server.record("dome", {"state": value}, ts=time_text(T0 + minute * 60_000))
    asking.wait_until_complete(server, {"dome": len(moments)})

    def states(begin, end):
        span = Span("dome", T0 + begin * 60_000, T0 + end * 60_000)
        return [
            ((since - T0) / 60_000, (until - T0) / 60_000, value)
            for since, until, value in _states(server, span, "state")
        ]

    whole = [(0, 20, "open"), (20, 30, "closed"), (30, 40, None), (40, 50, True), (50, 60, "closed")]
    assert states(-100, 60) == whole
    assert states(15, 35) == [(15, 20, "open"), (20, 30, "closed"), (30, 35, None)]
    assert states(41, 42) == [(41, 42, True)]
    assert states(20, 30) == [(20, 30, "closed")]
    assert states(1_000, 2_000) == [(1_000, 2_000, "closed")]


def test_a_field_without_it_leaves_the_state_as_it_was(server):
    for minute, data in enumerate([{"state": "a"}, {"other": 1}, {"state": "a"}, {}, {"state": "b"}]):
        server.record("dome", data, ts=time_text(T0 + minute * 60_000))
    asking.wait_until_complete(server, {"dome": 5})
    span = Span("dome", T0, T0 + 5 * 60_000)
    assert _states(server, span, "state") == [(T0, T0 + 240_000, "a"), (T0 + 240_000, T0 + 300_000, "b")]


def test_a_late_event_takes_its_own_place_among_the_states(server):
    for minute, value in [(0, "a"), (30, "c"), (10, "b"), (20, "a")]:
        server.record("dome", {"state": value}, ts=time_text(T0 + minute * 60_000))
    asking.wait_until_complete(server, {"dome": 4})
    expected = [(0, 10, "a"), (10, 20, "b"), (20, 30, "a"), (30, 40, "c")]
    assert _states(server, Span("dome", T0, T0 + 40 * 60_000), "state") == [
        (T0 + begin * 60_000, T0 + end * 60_000, value) for begin, end, value in expected
    ]


def test_two_streams_of_the_same_hours_are_one_timeline(server):
    """What is late in one of two files is sorted among thousands of others."""

    def record(stream, offset, values):
        lines = (
            json.dumps(
                {
                    "type": "dome",
                    "stream": stream,
                    "ts": time_text(T0 + offset + number * 10_000),
                    "data": {"state": values[number // 50 % 2]},
                }
            )
            for number in range(2_000)
        )
        body = "".join(f"{line}\n" for line in lines).encode()
        assert server.post("/events", body, {"Content-Type": "application/x-ndjson"}).status == 200

    record("site", 0, ["open", "closed"])
    server.start_run(run_id="night")
    record("run", 5_000, ["open", "closed"])
    asking.wait_until_complete(server, {"dome": 4_000})

    states = _states(server, Span("dome", T0, T0 + 20_000_000), "state")

    assert [value for _, _, value in states] == ["open", "closed"] * 20
    assert [begin for begin, _, _ in states] == [T0 + number * 500_000 for number in range(40)]


def test_more_values_than_are_kept_are_told_and_not_cut_off(server):
    lines = "".join(
        f'{{"type":"dome","data":{{"id":"value {number}"}},"ts":"{time_text(T0 + number * 1_000)}"}}\n'
        for number in range(500)
    )
    assert server.post("/events", lines.encode(), {"Content-Type": "application/x-ndjson"}).status == 200
    asking.wait_until_complete(server, {"dome": 500})
    response = server.get(path("dome", "/states", field="id", **span_query(Span("dome", T0, T0 + DAY))))
    if response.status == 200:
        assert len(response.json["states"]) == 500
    else:
        assert response.status in (404, 422) and response.json["detail"]
