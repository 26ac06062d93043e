"""The text of both routes in both formats, as promtool and the parser of Prometheus' own Python client read it."""

import collections
import json

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus_text

from e2e.monitoring.prometheus import check

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
ROUTES = ["/metrics", "/metrics/values"]

# Types and fields may be any text, but for control characters in a type.
HOSTILE = [
    "weather",
    'a"b',
    "back\\slash",
    "é",
    "e\u0301",
    '{x="y"} 1',
    "# EOF",
    "a,b=c",
    "\U0001f52d",
    " ",
    "\\n",
    "}",
]
HOSTILE_FIELDS = [*HOSTILE, "new\nline", "tab\t", "\r", "\x01", "nul\0", "\u2028", ""]


@pytest.fixture
def hostile_server(make_server):
    server = make_server().start()
    for number, name in enumerate(HOSTILE):
        server.record(name, {field: number + index / 8 for index, field in enumerate(HOSTILE_FIELDS)} | {"text": "x"})
    server.record("twice", None)
    twice = b'{"type":"twice","data":{"a":1,"a":2,"b":{"c":3},"b.c":4}}'
    assert server.post("/event", twice, headers={"Content-Type": "application/json"}).status == 200
    server.get("/no-such-path")
    return server


def _get(server, route: str, accept: str = "*/*"):
    answer = server.request("GET", route, headers={"Accept": accept})
    assert answer.status == 200
    return answer


@pytest.mark.parametrize("route", ROUTES)
def test_promtool_finds_nothing(hostile_server, route):
    answer = _get(hostile_server, route)

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert check(answer.body) == ""


@pytest.mark.parametrize("route", ROUTES)
def test_an_openmetrics_parser_takes_it(hostile_server, route):
    answer = _get(hostile_server, route, OPEN_METRICS)

    assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    families = list(open_metrics(answer.body.decode()))
    assert all(family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("accept", ["text/plain", OPEN_METRICS])
def test_no_series_stands_twice(hostile_server, route, accept):
    lines = [line for line in _get(hostile_server, route, accept).body.split(b"\n") if not line.startswith(b"#")]

    series = collections.Counter(line.rpartition(b" ")[0] for line in lines)
    assert [name for name, count in series.items() if count > 1] == []


@pytest.mark.parametrize("route", ROUTES)
def test_both_formats_make_the_same_series(hostile_server, route):
    """What Prometheus stores must not depend on the format that it happens to ask for."""

    def series(families) -> set:
        return {(s.name, frozenset(s.labels.items())) for family in families for s in family.samples}

    text = series(prometheus_text(_get(hostile_server, route).body.decode()))
    assert text == series(open_metrics(_get(hostile_server, route, OPEN_METRICS).body.decode()))


def test_hostile_names_come_back_as_they_were_posted(hostile_server):
    families = open_metrics(_get(hostile_server, "/metrics/values", OPEN_METRICS).body.decode())
    values = {
        (sample.labels["type"], sample.labels["field"]): sample.value
        for family in families
        if family.name == "telemetry_value"
        for sample in family.samples
    }

    expected = {
        # Data without a name on the way is called as data that is a number itself.
        (name, field or "value"): number + index / 8
        for number, name in enumerate(HOSTILE)
        for index, field in enumerate(HOSTILE_FIELDS)
    }
    assert values == expected | {("twice", "a"): 2, ("twice", "b.c"): 4}


def test_labels_are_routes_and_never_paths(hostile_server):
    hostile_server.get("/current/weather")
    hostile_server.get("/secret%20path")

    samples = [s for f in prometheus_text(_get(hostile_server, "/metrics").body.decode()) for s in f.samples]
    routes = {(s.labels["method"], s.labels["route"]) for s in samples if s.name == "telemetry_http_requests_total"}
    document = hostile_server.get("/openapi.json").json
    assert routes == {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    } | {("other", "other")}
    counts = {
        (s.labels["route"], s.labels["code"]): s.value for s in samples if s.name == "telemetry_http_requests_total"
    }
    assert counts["/current/{type}", "2xx"] == 1
    assert counts["other", "4xx"] == 2


def test_buckets_are_cumulative_and_end_with_the_count(hostile_server):
    histograms = collections.defaultdict(dict)
    for family in open_metrics(_get(hostile_server, "/metrics", OPEN_METRICS).body.decode()):
        for sample in family.samples if family.type == "histogram" else []:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            key = (family.name, *sorted(labels.items()))
            histograms[key][float(sample.labels["le"]) if "le" in sample.labels else sample.name] = sample.value

    assert {name for name, *_ in histograms} >= {"telemetry_record_duration_seconds", "telemetry_sync_duration_seconds"}
    for (name, *_), values in histograms.items():
        bounds = [bound for bound in values if isinstance(bound, float)]
        counts = [values[bound] for bound in bounds]
        assert bounds == sorted(bounds) and bounds[-1] == float("inf")
        assert counts == sorted(counts) and counts[-1] == values[f"{name}_count"]
    posted = histograms["telemetry_record_duration_seconds", ("route", "/event")]
    assert posted["telemetry_record_duration_seconds_count"] == len(HOSTILE) + 2


def test_head_has_no_body(server):
    answer = server.request("HEAD", "/metrics/values")

    assert (answer.status, answer.body) == (200, b"")


def test_values_beyond_the_limit_are_counted_and_logged_once(make_server):
    server = make_server().start()
    for number in range(3):
        server.record(f"t{number}", {f"f{field}": field for field in range(2000)})

    for _ in range(2):
        lines = _get(server, "/metrics/values").body.decode().splitlines()
        assert sum(line.startswith("telemetry_value{") for line in lines) == 5000
        assert "telemetry_values_left_out 1000" in lines
    assert server.stop() == 0
    assert sum("1000 more are left out" in line for line in server.log) == 1


def test_an_old_value_is_left_out_and_its_time_stays(make_server):
    server = make_server("--metrics-max-age", "60").start()
    server.record("old", {"a": 1}, ts="2026-01-01T00:00:00Z")
    server.record("new", {"a": 2})
    server.record("ahead", {"a": 3}, ts="2999-01-01T00:00:00Z")

    text = _get(server, "/metrics/values").body.decode()
    assert [line for line in text.splitlines() if line.startswith("telemetry_value{")] == [
        'telemetry_value{type="new",field="a"} 2.0'
    ]
    assert 'telemetry_value_timestamp_seconds{type="old"} 1767225600.000' in text.splitlines()
    assert server.stop() == 0

    again = make_server("--metrics-max-age", "0").start()
    text = _get(again, "/metrics/values").body.decode()
    assert sum(line.startswith("telemetry_value{") for line in text.splitlines()) == 3


def test_json_numbers_are_told_with_all_their_digits(server):
    numbers = [0, -0.0, 1e-7, 1.5e300, -123456.789, 2**53 - 1, 0.1 + 0.2, 5e-324]
    server.record("n", {f"f{index}": number for index, number in enumerate(numbers)})

    samples = [s for f in open_metrics(_get(server, "/metrics/values", OPEN_METRICS).body.decode()) for s in f.samples]
    told = [s.value for s in samples if s.name == "telemetry_value"]
    assert told == json.loads(json.dumps(numbers))
