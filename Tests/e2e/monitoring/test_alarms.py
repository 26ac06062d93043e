"""What is watched, who is told, and values that the limits file names, as metrics."""

import re
import signal

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics

from e2e.alarms.watched import wait_for
from e2e.monitoring.prometheus import check
from e2e.monitoring.watched import LIMITS, samples, webhook
from e2e.support.server import command, taken_port
from e2e.support.waiting import wait_until


def told(server, path: str = "/metrics") -> dict[str, float]:
    return samples(server.get(path).body)


def raised(server) -> dict[str, float]:
    """Alarms that are raised, by `state severity`."""
    found = {}
    for name, value in told(server).items():
        labels = re.fullmatch(r'telemetry_alarms\{state="(\w+)",severity="(\w+)"\}', name)
        if labels and value:
            found[f"{labels[1]} {labels[2]}"] = value
    return found


def test_alarms_are_told_by_state_and_severity(make_watching_server):
    server = make_watching_server(LIMITS).start()
    server.record("weather", {"wind_mps": 3})
    wait_for(server, "wind", "ok")
    assert raised(server) == {}
    server.record("weather", {"wind_mps": 22})
    wait_for(server, "wind", "on", "critical")
    assert raised(server) == {"on critical": 1}
    assert server.post("/alarms/wind/acknowledge", {"by": "observer"}).status == 200
    assert raised(server) == {"acknowledged critical": 1}

    now = told(server)
    assert now["telemetry_alarms_pending"] == 1
    assert (
        now['telemetry_alarm_changes_total{state="on"}']
        == now['telemetry_alarm_changes_total{state="acknowledged"}']
        == 1
    )
    kinds = {kind: now[f'telemetry_limits{{kind="{kind}"}}'] for kind in ("limit", "silence", "level")}
    assert kinds == {"limit": 2, "silence": 1, "level": 1}
    assert now["telemetry_limits_events_total"] == 2
    # All that may be is told from the beginning on, so that an increase is seen.
    assert sum(name.startswith("telemetry_alarms{") for name in now) == 9
    assert check(server.get("/metrics").body) == ""


def test_an_error_budget_is_told(make_watching_server):
    server = make_watching_server(LIMITS).start()
    for is_ok in [True] * 9 + [False]:
        server.record("exposure", {"ok": is_ok})
    budget = 'telemetry_level_budget_left_ratio{level="exposures"}'
    wait_until(
        lambda: told(server)[budget] == pytest.approx(0.6), "a tenth is bad of the quarter that may be", server.log
    )


def test_limits_that_have_seen_all_are_not_behind(make_watching_server):
    server = make_watching_server(LIMITS).start()
    for number in range(300):
        server.record("weather", {"wind_mps": number % 10})
    wait_until(lambda: told(server)["telemetry_limits_events_total"] == 300, "all are compared", server.log)
    wait_until(lambda: told(server)["telemetry_limits_lag_events"] == 0, "nothing is left", server.log)
    assert told(server)["telemetry_limits_lag_seconds"] < 60


def test_a_watch_that_cannot_record_an_alarm_is_seen_to_be_behind(make_watching_server, held_calls):
    server = make_watching_server(LIMITS.replace("for = 1\n", 'for = "5s"\n'), env=held_calls.env).start()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "pending")
    held_calls.hold("sync")
    try:
        # The event of the alarm waits for the disk, and the watch for it.
        wait_until(lambda: told(server)["telemetry_limits_lag_seconds"] > 3, "it is behind", server.log)
    finally:
        held_calls.release_all()
    wait_until(lambda: told(server)["telemetry_limits_lag_seconds"] < 3, "it goes on", server.log)
    wait_for(server, "wind", "on", "critical")


def test_a_faulty_limits_file_is_told(make_watching_server, deliveries_file):
    server = make_watching_server(LIMITS).start()
    assert told(server)["telemetry_limits_file_failing"] == 0
    deliveries_file.write_text("[[limit]")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_line("Cannot read again: limits")
    now = told(server)
    assert now["telemetry_limits_file_failing"] == 1 and now['telemetry_limits{kind="limit"}'] == 2


def test_a_receiver_tells_by_its_name_what_becomes_of_messages(make_watching_server, make_receiver):
    with taken_port(is_listening=False) as port:
        server = make_watching_server(LIMITS + webhook(f"http://127.0.0.1:{port}")).start()
        assert told(server)['telemetry_delivery_failures{receiver="pager"}'] == 0
        server.record("weather", {"wind_mps": 30})
        server.wait_for_line("pager has not taken a message")
        wait_until(lambda: told(server)['telemetry_delivery_failures{receiver="pager"}'] > 0, "it fails", server.log)
        now = told(server)
        assert now['telemetry_delivery_pending{receiver="pager"}'] == 1
        assert now['telemetry_delivery_messages_total{receiver="pager",outcome="failed"}'] >= 1
        assert not any(name.startswith("telemetry_delivery_last_success") for name in now)
    make_receiver(int(port)).message(0)
    last = 'telemetry_delivery_last_success_timestamp_seconds{receiver="pager"}'
    wait_until(lambda: last in told(server), "it was taken", server.log)
    now = told(server)
    assert now['telemetry_delivery_retries_total{receiver="pager"}'] >= 1
    assert now['telemetry_delivery_messages_total{receiver="pager",outcome="taken"}'] == 1
    wait_until(lambda: told(server)['telemetry_delivery_pending{receiver="pager"}'] == 0, "nothing is left", server.log)
    assert now['telemetry_delivery_failures{receiver="pager"}'] == 0
    assert check(server.get("/metrics").body) == ""


def test_names_of_receivers_and_levels_may_be_any_text(make_watching_server):
    name = 'a "b\\ é'
    text = LIMITS.replace('name = "exposures"', f"name = '{name}'") + webhook("http://127.0.0.1:1", f"'{name}'")
    server = make_watching_server(text).start()
    body = server.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}).body
    labels = [s.labels for family in open_metrics(body.decode()) for s in family.samples]
    assert {"level": name} in labels and {"receiver": name} in labels


class TestNamedValues:
    def test_a_value_has_the_name_the_unit_and_the_labels_of_the_limits_file(self, make_watching_server, scrape):
        server = make_watching_server(LIMITS).start()
        server.record("weather", {"wind_mps": 3.5, "rain": False})
        server.record("dome", {"open": True}, ts="2026-01-01T00:00:00Z")

        text = server.get("/metrics/values").body
        assert check(text) == ""
        assert b"# HELP wind_speed_meters_per_second Wind on the mast.\n" in text
        assert b"# HELP roof_open " in text
        values = {name: value for name, value in samples(text).items() if "timestamp" not in name}
        assert values == {
            'wind_speed_meters_per_second{site="lapalma"}': 3.5,
            'telemetry_value{type="weather",field="rain"}': 0,
            "roof_open": 1,
            "telemetry_values_left_out": 0,
        }
        prometheus = scrape(server.port)
        prometheus.wait_for("wind_speed_meters_per_second", {frozenset({("site", "lapalma")}): 3.5})
        prometheus.wait_for("roof_open", {frozenset(): 1})
        limits = server.get("/limits").json
        assert [(metric["name"], metric.get("max_age_s")) for metric in limits["metrics"]] == [
            ("wind_speed_meters_per_second", None),
            ("roof_open", 0),
        ]

    def test_they_are_read_again_and_stay_when_the_file_is_faulty(self, make_watching_server, deliveries_file):
        server = make_watching_server('[[metric]]\nname = "wind"\ntype = "weather"\nfield = "wind_mps"\n').start()
        server.record("weather", {"wind_mps": 3.5})
        assert told(server, "/metrics/values")["wind"] == 3.5

        deliveries_file.write_text('[[metric]]\nname = "telemetry_wind"\ntype = "weather"\nfield = "wind_mps"\n')
        server.process.send_signal(signal.SIGHUP)
        assert f"{deliveries_file}:2:8: the metric 'telemetry_wind'" in server.wait_for_line(
            "Cannot read again: limits"
        )
        assert told(server, "/metrics/values")["wind"] == 3.5

        deliveries_file.write_text('[[metric]]\nname = "gusts"\ntype = "weather"\nfield = "wind_mps"\n')
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_line("Read again: limits")
        values = told(server, "/metrics/values")
        assert values["gusts"] == 3.5 and "wind" not in values

    def test_check_counts_them_and_tells_their_faults(self, tmp_path):
        path = tmp_path / "limits.toml"
        path.write_text(LIMITS)
        done = command("limits", "check", str(path))
        assert done.stdout == f"{path}: 2 limits, 1 silence, 1 level, 2 metrics\n"
        path.write_text('[[metric]]\nname = "wind"\nunit = "meters_per_second"\ntype = "weather"\nfield = "wind_mps"\n')
        done = command("limits", "check", str(path))
        assert done.returncode == 65
        assert done.stdout == f"{path}:2:8: the metric 'wind': its name must end in its unit, '_meters_per_second'\n"
