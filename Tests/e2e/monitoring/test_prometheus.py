"""Debian's prometheus scrapes a real server; what it has recorded is what was posted."""

from e2e.support.server import JSON_HEADERS
from e2e.support.tokens import READER
from e2e.support.waiting import wait_until


def _series(**labels: str) -> frozenset:
    return frozenset(labels.items())


def test_recorded_values_equal_what_was_posted(server, scrape):
    prometheus = scrape(server.port)
    expected = {}
    for number in range(40):
        data = {
            "wind_mps": number + 0.125,
            "rain": number % 2 == 0,
            "deep": {"a": [number, -number / 7]},
            "sky": "clear",
        }
        name = ["weather", 'q"\\', "é", "{a} 1"][number % 4]
        server.record(name, data)
        expected |= {
            _series(type=name, field="wind_mps"): data["wind_mps"],
            _series(type=name, field="rain"): float(data["rain"]),
            _series(type=name, field="deep.a.0"): float(number),
            _series(type=name, field="deep.a.1"): -number / 7,
        }

    prometheus.wait_for("telemetry_value", expected)
    prometheus.wait_for(
        'telemetry_events_total{outcome="recorded"}',
        {_series(stream="site", outcome="recorded"): 40, _series(stream="run", outcome="recorded"): 0},
    )
    prometheus.wait_for('telemetry_last_seq{stream="site"}', {_series(stream="site"): 40})
    prometheus.wait_for("telemetry_record_group_events_sum", {frozenset(): 40})
    times = prometheus.query("telemetry_value_timestamp_seconds")
    assert set(times) == {_series(type=name) for name in ["weather", 'q"\\', "é", "{a} 1"]}
    assert all(target["health"] == "up" and target["lastError"] == "" for target in prometheus.targets())


def test_a_silent_type_keeps_its_time_and_loses_its_values(make_server, scrape):
    server = make_server("--metrics-max-age", "3600").start()
    server.record("silent", {"a": 1}, ts="2026-01-01T00:00:00Z")
    server.record("alive", {"a": 2})
    prometheus = scrape(server.port)

    prometheus.wait_for("telemetry_value", {_series(type="alive", field="a"): 2})
    silent = prometheus.query("time() - telemetry_value_timestamp_seconds > 3600")
    assert set(silent) == {_series(type="silent")}


def test_a_server_with_tokens_wants_one_that_may_read(make_server, token_file, tmp_path, scrape):
    server = make_server("--token-file", str(token_file)).start()
    credentials = tmp_path / "credentials"
    credentials.write_text(READER)

    prometheus = scrape(server.port, token_file=credentials)
    prometheus.wait_for("telemetry_run_active", {frozenset(): 0})
    assert server.get("/metrics").status == server.get("/metrics/values").status == 401


def test_open_metrics_need_no_token(make_server, token_file, scrape):
    server = make_server("--token-file", str(token_file), "--open-metrics").start()

    prometheus = scrape(server.port)
    prometheus.wait_for("telemetry_run_active", {frozenset(): 0})
    # All else is as before.
    assert server.get("/current").status == 401
    headers = {"Authorization": f"Bearer {READER}"}
    paths = server.request("GET", "/openapi.json", headers=headers).json["paths"]
    assert "security" not in paths["/metrics"]["get"] and "401" not in paths["/metrics/values"]["get"]["responses"]
    assert paths["/current"]["get"]["security"] == [{"token": ["read"]}]


def test_a_full_disk_shows(make_server):
    server = make_server()
    # A file may not become longer, as on a disk that is full.
    server.launcher = ("prlimit", "--fsize=65536")
    server.start()
    while server.post("/event", {"type": "a", "data": "x" * 4096}).status == 200:
        pass

    lines = server.get("/metrics").body.decode().splitlines()
    assert 'telemetry_recorder_state{state="no_room"} 1' in lines
    assert 'telemetry_recorder_state{state="recording"} 0' in lines
    assert 'telemetry_record_refusals_total{reason="no_room"} 1' in lines


def test_a_follower_that_does_not_read_shows_how_far_it_is_behind(server):
    def lag() -> dict[str, float]:
        lines = server.get("/metrics").body.decode().splitlines()
        samples = (line.rpartition(" ") for line in lines if line.startswith("telemetry_follower"))
        return {name: float(value) for name, _, value in samples}

    connection = server.connect()
    try:
        connection.request("GET", "/events?follow=true")
        answer = connection.getresponse()
        server.record("first")
        assert answer.readline()
        wait_until(lambda: lag()["telemetry_followers_behind"] == 0, "it has all")
        assert lag()["telemetry_followers"] == 1

        recorded = 0
        while lag()["telemetry_follower_lag_events"] < 5:
            server.record("much", "x" * 500_000)
            recorded += 1
            assert recorded < 1000
        assert lag()["telemetry_followers_behind"] == 1
        assert lag()["telemetry_follower_lag_events"] <= recorded

        for _ in range(recorded):
            assert answer.readline()
        wait_until(lambda: lag()["telemetry_followers_behind"] == 0, "it has all again")
        assert lag()["telemetry_follower_lag_events"] == 0
    finally:
        connection.close()
    wait_until(lambda: lag()["telemetry_followers"] == 0, "it is gone")


def test_a_sync_that_hangs_does_not_keep_metrics_from_being_told(make_server, held_calls):
    def lines(path: str = "/metrics") -> list[str]:
        return server.get(path).body.decode().splitlines()

    server = make_server(env=held_calls.env).start()
    server.record("a", 1)
    held_calls.hold("sync")
    connection = server.connect()
    try:
        connection.request("POST", "/event", body=b'{"type":"a","data":2}', headers=JSON_HEADERS)
        written = 'telemetry_events_total{stream="site",outcome="recorded"} 2'
        wait_until(lambda: written in lines(), "it is written")
        # It waits for the disk, so nobody is told of it.
        assert 'telemetry_last_seq{stream="site"} 1' in lines()
        assert 'telemetry_value{type="a",field="value"} 1.0' in lines("/metrics/values")
        held_calls.release("sync")
        assert connection.getresponse().status == 200
    finally:
        held_calls.release_all()
        connection.close()
    assert 'telemetry_last_seq{stream="site"} 2' in lines()
    assert 'telemetry_value{type="a",field="value"} 2.0' in lines("/metrics/values")
