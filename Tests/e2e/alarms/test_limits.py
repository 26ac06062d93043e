"""The life of an alarm over HTTP."""

import signal

import pytest

from e2e.alarms.watched import WIND, alarm, check_chains, recorded, wait_for, wait_for_changes
from e2e.support.waiting import wait_until


@pytest.fixture
def watching(make_server, limits_file):
    """Starts a server with limits."""

    def start(text: str, *flags: str, **options):
        return make_server("--limits", limits_file.write(text), *flags, **options).start()

    return start


def acknowledge(server, name, **members):
    return server.post(f"/alarms/{name}/acknowledge", members)


def test_an_alarm_is_raised_gets_worse_is_acknowledged_and_is_over(watching):
    server = watching(WIND)
    assert alarm(server, "wind")["state"] == "ok"

    server.record("weather", {"wind_mps": 16})
    assert wait_for(server, "wind", "on", "warning")["value"] == 16
    server.record("weather", {"wind_mps": 22.5})
    worse = wait_for(server, "wind", "on", "critical")
    assert (worse["value"], worse["reason"]) == (22.5, "is above 20")

    answer = acknowledge(server, "wind", by="observer", why="the dome is closed")
    assert answer.status == 200 and answer.json["state"] == "acknowledged"
    assert answer.json["acknowledged"]["why"] == "the dome is closed"

    server.record("weather", {"wind_mps": 13})  # Within its limits, but not back.
    wait_for(server, "wind", "acknowledged", "warning")
    server.record("weather", {"wind_mps": 11})
    wait_for(server, "wind", "ok")
    wait_for_changes(
        server,
        "wind",
        [
            ("on", "warning"),
            ("on", "critical"),
            ("acknowledged", "critical"),
            ("acknowledged", "warning"),
            ("ok", None),
        ],
    )
    check_chains(server.site_dir)


def test_changes_are_current_events_of_the_site_stream_also_while_a_run_is_active(watching):
    server = watching(WIND)
    server.start_run()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    wait_until(lambda: list(recorded(server.site_dir)), "the alarm is recorded", server.log)
    (event,) = recorded(server.site_dir)
    assert event["stream"] == "site"
    assert server.get("/current/alarm.wind").json["data"] == event["data"]


def test_a_latched_alarm_waits_until_somebody_has_seen_it(watching):
    server = watching(WIND + "latched = true\n")
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    server.record("weather", {"wind_mps": 1})
    wait_for(server, "wind", "latched", "critical")
    assert acknowledge(server, "wind", by="observer").json["state"] == "ok"
    server.record("weather", {"wind_mps": 30})
    assert "acknowledged" not in wait_for(server, "wind", "on", "critical")
    check_chains(server.site_dir)


def test_there_is_nothing_to_acknowledge_of_an_alarm_that_is_ok_or_unknown(watching):
    server = watching(WIND)
    assert acknowledge(server, "wind", by="observer").json["state"] == "ok"
    assert acknowledge(server, "rain", by="observer").status == 404
    assert acknowledge(server, "wind", by=["observer"]).status == 422
    wait_for_changes(server, "wind", [])


def test_only_what_is_raised_is_listed_when_asked_for(watching):
    server = watching(WIND + WIND.replace('"wind"', '"gusts"').replace("wind_mps", "gusts_mps"))
    server.record("weather", {"wind_mps": 30, "gusts_mps": 3})
    wait_for(server, "wind", "on", "critical")
    assert [alarm["name"] for alarm in server.get("/alarms?raised=true").json["alarms"]] == ["wind"]
    assert [alarm["name"] for alarm in server.get("/alarms").json["alarms"]] == ["wind", "gusts"]


def test_a_field_that_is_gone_or_becomes_text_clears_nothing(watching):
    server = watching(WIND + 'missing = "watch"\n')
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    for data in [{}, {"wind_mps": "calm"}, {"wind_mps": None}, None, []]:
        server.record("weather", data)
    server.record("weather", {"wind_mps": 14})
    wait_for(server, "wind", "on", "warning")
    wait_for_changes(server, "wind", [("on", "critical"), ("on", "warning")])


def test_late_events_change_nothing_and_the_future_lets_later_ones_count(watching):
    server = watching(WIND)
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    server.record("weather", {"wind_mps": 1}, ts="2020-01-01T00:00:00Z")
    server.record("weather", {"wind_mps": 14}, ts="2099-01-01T00:00:00Z")
    wait_for(server, "wind", "on", "warning")
    server.record("weather", {"wind_mps": 1})
    wait_for(server, "wind", "ok")
    wait_for_changes(server, "wind", [("on", "critical"), ("on", "warning"), ("ok", None)])


def test_a_latest_event_from_the_future_makes_nobody_deaf(make_server, limits_file):
    server = make_server().start()
    server.record("weather", {"wind_mps": 1}, ts="2099-01-01T00:00:00Z")
    assert server.stop() == 0
    server.arguments += ["--limits", limits_file.write(WIND)]
    server.start()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")


def test_an_event_that_does_not_say_whether_a_limit_is_enabled_clears_nothing(watching):
    server = watching(WIND + "enabled_when = \"data.roof == 'open'\"\n")
    server.record("weather", {"wind_mps": 30, "roof": "open"})
    wait_for(server, "wind", "on", "critical")
    for roof in [{}, {"roof": None}]:
        server.record("weather", {"wind_mps": 30} | roof)
    server.record("weather", {"wind_mps": 16})
    wait_for(server, "wind", "on", "critical")
    server.record("weather", {"wind_mps": 30, "roof": "closed"})
    wait_for(server, "wind", "ok")
    wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])


def test_limits_tell_all_that_the_file_says(watching):
    more = """
enabled_when = { type = "dome", that = "data.roof == 'open'" }
missing = "alarm"
stale_after = "2m"
stale = "critical"
labels = { site = "lapalma" }

[[level]]
name = "exposures"
type = "exposure"
good = "data.ok"
target = 99
"""
    limits = watching(WIND + more).get("/limits").json
    (wind,) = limits["limits"]
    assert wind["enabled_when"] == {"type": "dome", "that": "data.roof == 'open'"}
    assert (wind["missing"], wind["stale_after_s"], wind["stale"]) == ("warning", 120, "critical")
    assert wind["labels"] == {"site": "lapalma"}
    assert limits["levels"][0]["good"] == "data.ok"


def test_what_is_watched_during_a_run_is_over_with_it(watching):
    server = watching(WIND + "during_run = true\n")
    server.record("weather", {"wind_mps": 30})
    server.start_run()
    server.record("weather", {"wind_mps": 16})
    wait_for(server, "wind", "on", "warning")
    server.stop_run()
    wait_for(server, "wind", "ok")
    wait_for_changes(server, "wind", [("on", "warning"), ("ok", None)])


def test_limits_of_many_types_are_all_seen(watching):
    names = [f"sensor {number}" for number in range(20)]
    server = watching("".join(WIND.replace('"wind"', f'"{name}"').replace("weather", name) for name in names))
    for name in names:
        server.record(name, {"wind_mps": 30})
        server.record("unwatched", {"wind_mps": 30})
    for name in names:
        wait_for(server, name, "on", "critical")


def test_a_type_with_characters_that_json_escapes_is_watched(watching):
    server = watching(WIND.replace('"weather"', "'a \"b\\ é'"))
    server.record('a "b\\ é', {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")


class TestReload:
    def reload(self, server, text: str) -> str:
        server.process.send_signal(signal.SIGHUP)
        return server.wait_for_line(text)

    def test_other_limits_are_used_and_what_is_on_stays_on(self, watching, limits_file):
        server = watching(WIND)
        server.record("weather", {"wind_mps": 30})
        wait_for(server, "wind", "on", "critical")
        rain = WIND.replace('"wind"', '"rain"').replace("wind_mps", "rain_mm").replace("weather", "rain")
        limits_file.write(WIND + rain)
        self.reload(server, "Read again: limits")
        assert alarm(server, "wind")["state"] == "on"
        server.record("rain", {"rain_mm": 30})
        wait_for(server, "rain", "on", "critical")
        server.record("weather", {"wind_mps": 3})
        wait_for(server, "wind", "ok")
        wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])

    def test_a_faulty_file_is_refused_and_the_limits_stay(self, watching, limits_file):
        server = watching(WIND)
        limits_file.write(WIND + "fro = 3\n")
        assert f"{limits_file.path}:8:7: " in self.reload(server, "Cannot read again: limits")
        assert "has no 'fro'" in server.get("/limits").json["faults"][0]
        server.record("weather", {"wind_mps": 30})
        wait_for(server, "wind", "on", "critical")

        limits_file.write(WIND)
        self.reload(server, "Read again: limits")
        assert server.get("/limits").json["faults"] == []

    def test_an_alarm_that_nobody_watches_any_more_is_over(self, watching, limits_file):
        server = watching(WIND)
        server.record("weather", {"wind_mps": 30})
        wait_for(server, "wind", "on", "critical")
        limits_file.write("")
        self.reload(server, "Read again: limits")
        server.wait_for_line("is not watched any more")
        wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])
        check_chains(server.site_dir)


class TestFaultyAtStart:
    def test_the_server_records_and_tells_all_faults(self, watching):
        server = watching(WIND + 'fro = 3\nmissing = "bad"\n')
        log = "".join(server.log)
        assert ":8:7: " in log and ":9:11: " in log
        assert len(server.get("/limits").json["faults"]) == 2
        server.record("weather", {"wind_mps": 30})
        assert server.get("/ready").status == 200
        assert server.get("/alarms").json == {"alarms": []}

    def test_the_limits_are_used_once_the_file_is_mended(self, watching, limits_file):
        server = watching("[[limit]")
        limits_file.write(WIND)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_line("Read again: limits")
        server.record("weather", {"wind_mps": 30})
        wait_for(server, "wind", "on", "critical")

    def test_alarms_from_before_stay_as_they_were_recorded(self, watching, limits_file):
        server = watching(WIND)
        server.record("weather", {"wind_mps": 30})
        wait_for(server, "wind", "on", "critical")
        assert server.stop() == 0
        limits_file.write("[[limit]")
        server.start()
        server.record("weather", {"wind_mps": 31})
        limits_file.write(WIND)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_line("Read again: limits")
        wait_for(server, "wind", "on", "critical")
        server.record("weather", {"wind_mps": 3})
        wait_for(server, "wind", "ok")
        wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])

    def test_a_file_that_is_not_there_is_no_reason_not_to_record(self, make_server, tmp_path):
        server = make_server("--limits", str(tmp_path / "nothing.toml")).start()
        server.record("weather", {"wind_mps": 30})
        assert "nothing.toml" in server.get("/limits").json["faults"][0]


def test_without_limits_nothing_is_watched(server):
    assert server.get("/alarms").json == {"alarms": []}
    assert server.get("/limits").json == {"limits": [], "silences": [], "levels": [], "metrics": [], "faults": []}
    assert acknowledge(server, "wind", by="observer").status == 404
