"""What can be asked of the history, and who may: spans, runs, many fields, tokens, and a server without any."""

from datetime import UTC, datetime

import pytest

from e2e.support.refusals import detail_text, faults
from e2e.support.server import command
from e2e.support.tokens import READER
from e2e.support.waiting import wait_until

NDJSON = {"Content-Type": "application/x-ndjson"}
HOUR = 3_600_000

# 2026-05-20T10:00:00Z, in milliseconds.
T0 = 1_779_271_200_000


def _ts(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _history(server, query: str, name: str = "weather") -> dict:
    answer = server.get(f"/history/{name}?{query}")
    assert answer.status == 200, answer
    return answer.json


def _span(begin: int, end: int) -> str:
    return f"from={_ts(begin)}&to={_ts(end)}"


@pytest.fixture
def minutes(server):
    """A server with an hour of one event a minute."""
    for minute in range(60):
        server.record("weather", {"wind_mps": minute / 4, "dome": {"az": minute}}, ts=_ts(T0 + minute * 60_000))
    return server


def test_an_hour_is_answered_in_buckets_and_minutes_with_the_events_themselves(minutes):
    answer = _history(minutes, _span(T0, T0 + HOUR) + "&points=4")
    assert (answer["type"], answer["from"], answer["to"], answer["step"]) == ("weather", T0, T0 + HOUR, 900)
    assert list(answer["fields"]) == ["dome.az", "wind_mps"]
    assert answer["fields"]["dome.az"] == {
        "t": [T0 + quarter * 900_000 for quarter in range(4)],
        "n": [15] * 4,
        "min": [0, 15, 30, 45],
        "mean": [7, 22, 37, 52],
        "max": [14, 29, 44, 59],
        "first": [0, 15, 30, 45],
        "last": [14, 29, 44, 59],
    }
    assert (answer["complete_from"], answer["complete_to"]) == (None, T0 + HOUR)

    answer = _history(minutes, _span(T0 + 600_000, T0 + 660_001) + "&field=wind_mps")
    assert (answer["step"], answer["source"]) == (0, "raw")
    assert answer["fields"] == {
        "wind_mps": {
            "t": [T0 + 600_000, T0 + 660_000],
            "n": [1, 1],
            **{name: [2.5, 2.75] for name in ("min", "mean", "max", "first", "last")},
        }
    }


def test_fields_stand_in_the_order_of_the_request_and_one_without_values_is_empty(minutes):
    fields = _history(minutes, _span(T0, T0 + HOUR) + "&points=1&field=wind_mps&field=none&field=dome.az")["fields"]
    assert list(fields) == ["wind_mps", "none", "dome.az"]
    assert fields["none"] == {name: [] for name in ("t", "n", "min", "mean", "max", "first", "last")}


def test_what_was_just_recorded_is_in_the_answer(server):
    for number in range(1, 6):
        server.record("weather", {"wind_mps": number})
        answer = _history(server, "")
        assert answer["to"] - answer["from"] == 24 * HOUR
        assert answer["fields"]["wind_mps"]["max"][-1] == number
        assert server.get("/types").json["types"][0]["events"] == number


@pytest.mark.parametrize(
    "query", ["from=0001-01-01T00:00:00Z", "to=2100-01-01T00:00:00Z&from=-30d", "from=-999999999d"]
)
def test_a_span_may_go_beyond_what_there_is(query, server):
    server.record("weather", {"wind_mps": 1})
    assert sum(_history(server, query)["fields"]["wind_mps"]["n"]) == 1


def test_a_run_has_its_own_history(server):
    server.record("weather", {"wind_mps": 1}, ts=_ts(T0 - 1_000))
    server.start_run(run_id="a b")
    for second in range(3):
        server.record("weather", {"wind_mps": 10 + second}, ts=_ts(T0 + second * 1_000))
        server.record("weather", {"wind_mps": 99}, ts=_ts(T0 + second * 1_000), stream="site")
    server.record("dome", {"shutter": "open"}, ts=_ts(T0 + 5_000))
    server.stop_run()
    # It is looked at within a second or so.
    wait_until(lambda: server.get("/history/weather?run=a%20b").status == 200, "the run is known", server.log)

    answer = _history(server, "run=a%20b")
    # The span of the run: its last event is in it.
    assert (answer["from"], answer["to"]) == (T0, T0 + 5_001)
    assert answer["fields"]["wind_mps"]["mean"] == [10, 11, 12]
    assert _history(server, f"run=a%20b&from={_ts(T0 + 1_000)}")["fields"]["wind_mps"]["mean"] == [11, 12]
    states = server.get("/history/dome/states?field=shutter&run=a%20b").json
    assert states["states"] == [[T0 + 5_000, T0 + 5_001, "open"]]

    assert "'b'" in detail_text(server.get("/history/weather?run=b"), 404)
    assert "'none'" in detail_text(server.get("/history/none?run=a%20b"), 404)


def test_states_last_until_the_next_one_and_include_the_one_before(server):
    for second, value in [(-60, "closed"), (10, "open"), (20, "open"), (40, None), (50, True)]:
        server.record("dome", {"shutter": value}, ts=_ts(T0 + second * 1_000))

    answer = server.get(f"/history/dome/states?field=shutter&{_span(T0, T0 + 60_000)}")
    assert answer.json == {
        "type": "dome",
        "field": "shutter",
        "from": T0,
        "to": T0 + 60_000,
        "states": [
            [T0, T0 + 10_000, "closed"],
            [T0 + 10_000, T0 + 40_000, "open"],
            [T0 + 40_000, T0 + 50_000, None],
            [T0 + 50_000, T0 + 60_000, True],
        ],
        "totals": {"closed": 10, "open": 30, "null": 10, "true": 10},
    }
    assert "'none'" in detail_text(server.get("/history/dome/states?field=none"), 404)
    assert set(faults(server.get("/history/dome/states?points=5"))) == {("query", "field"), ("query", "points")}


def test_a_type_is_percent_encoded(server):
    for name, encoded in [("a/b", "a%2Fb"), ("é ü", "%C3%A9%20%C3%BC"), ("states", "states")]:
        server.record(name, {"v": 1, "s": "x"})
        assert _history(server, "", encoded)["type"] == name
        assert server.get(f"/history/{encoded}/states?field=s").json["type"] == name


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("points=0", {"points"}),
        ("points=10001", {"points"}),
        ("from=yesterday&gap=5", {"from", "gap"}),
        ("from=-1h&to=-2h", {"to"}),
        ("from=2100-01-01T00:00:00Z", {"from"}),
        ("format=xml&limit=5", {"format", "limit"}),
    ],
)
def test_every_fault_of_a_query_is_told(query, names, minutes):
    assert {place[1] for place in faults(minutes.get(f"/history/weather?{query}"))} == names


def test_no_answer_has_more_than_two_hundred_thousand_buckets(server):
    fields = {f"f{number}": number for number in range(1_000)}
    lines = "".join(
        f'{{"type":"wide","ts":"{_ts(T0 + second * 1_000)}","data":{str(fields).replace(chr(39), chr(34))}}}\n'
        for second in range(400)
    )
    assert server.post("/events", lines.encode(), NDJSON).status == 200

    answer = _history(server, _span(T0, T0 + 400_000), "wide")
    assert len(answer["fields"]) == 1_000
    # 200 points for each field are steps of 2 s.
    assert answer["step"] == 2
    assert {len(field["t"]) for field in answer["fields"].values()} == {200}
    assert _history(server, _span(T0, T0 + 400_000) + "&field=f1&field=f2", "wide")["step"] == 0
    samples = server.get("/telemetry/history?host=wide&range=1y").json["samples"]
    assert sum(sample["f7_n"] for sample in samples) == 400


def test_who_has_an_answer_is_told_so_with_its_length(minutes):
    target = f"/history/weather?{_span(T0, T0 + HOUR)}&points=4"
    first = minutes.get(target)
    again = minutes.request("GET", target, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["Content-Length"] == first.headers["Content-Length"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "no-store"
    head = minutes.request("HEAD", target)
    assert (head.status, head.headers["ETag"]) == (200, first.headers["ETag"])


PATHS = ["/types", "/history/a", "/history/a/states?field=b"]
HOST_PATHS = [f"{prefix}/telemetry/{path}" for prefix in ("", "/api/v1") for path in ("history?host=a", "hosts")]


def test_a_server_without_history_names_the_option(make_server, tmp_path):
    server = make_server("--no-history").start()
    server.record("a", {"b": 1})

    assert server.get("/ready").json["history"] == "off"
    for path in PATHS:
        assert "--no-history" in detail_text(server.get(path), 404)
    for path in HOST_PATHS:
        answer = server.get(path)
        assert answer.status == 404 and b"--no-history" in answer.body
        assert answer.headers.get_content_type() == "text/plain"
    assert server.stop() == 0
    assert not (server.site_dir / ".telemetry" / "index").exists()


def test_history_takes_a_token_that_may_read(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()
    for path in [*PATHS, *HOST_PATHS]:
        answer = server.get(path)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="telemetry"')
        assert server.request("GET", path, headers={"Authorization": f"Bearer {READER}"}).status in (200, 404)


def test_fields_beyond_the_limit_are_counted(make_server):
    server = make_server("--max-series", "2").start()
    server.record("a", {"b": 1, "c": 2, "d": 3, "e": 4})

    types = server.get("/types").json
    assert (types["series_left_out"], types["max_series"]) == (2, 2)
    assert len(types["types"][0]["fields"]) == 2


@pytest.mark.parametrize("count", ["0", "-1", "x", "1000001"])
def test_a_limit_that_is_none_is_refused(count, tmp_path):
    refused = command("run", "--site-dir", str(tmp_path / "site"), f"--max-series={count}")
    assert refused.returncode == 64 and "max-series" in refused.stderr


def test_a_start_over_files_answers_as_the_server_before(minutes):
    target = f"/history/weather?{_span(T0, T0 + HOUR)}&points=4"
    body = minutes.get(target).body
    assert minutes.stop() == 0
    minutes.start()
    wait_until(lambda: minutes.get("/ready").json["history"] == "ready", "history is ready", minutes.log)
    assert minutes.get(target).body == body
