"""The Python client of the reference, unchanged, does every call of its documentation."""

import os
from datetime import datetime

import numpy as np
import pytest
from astropy import units as u
from astropy.time import Time
from panoptes.utils.telemetry import TelemetryClient, TelemetryClientError, TelemetryEvent

from e2e.support import stored


@pytest.fixture
def client(server) -> TelemetryClient:
    return TelemetryClient(host="localhost", port=server.port)


def test_health_and_readiness_are_told(client):
    assert client.health() == {"ok": True}

    ready = client.ready()
    assert (ready["ready"], ready["run_active"]) == (True, False)


def test_the_server_is_found_through_the_environment(server, monkeypatch):
    monkeypatch.setenv("PANOPTES_TELEMETRY_HOST", "127.0.0.1")
    monkeypatch.setenv("PANOPTES_TELEMETRY_PORT", str(server.port))

    assert TelemetryClient().health() == {"ok": True}


def test_each_listening_address_serves_the_client(server):
    for address in server.urls:
        assert TelemetryClient(base_url=address).health() == {"ok": True}


def test_a_posted_event_comes_back_and_is_current(client):
    event = client.post_event("weather", {"sky": "clear", "wind_mps": 2.1}, meta={"source": "test"})

    assert isinstance(event, TelemetryEvent)
    assert (event.seq, event.type, event.data) == (1, "weather", {"sky": "clear", "wind_mps": 2.1})
    assert event.meta == {"source": "test"}
    assert (event["_id"], event["date"]) == ("1", event.ts)
    assert client.current_event("weather") == event
    assert client.get_current("weather") == event
    assert client.current() == {"weather": event}


def test_each_type_has_its_own_current_event(client):
    client.post_event("weather", {"t": 1})
    power = client.post_event("power", {"v": 12.6})
    weather = client.post_event("weather", {"t": 2})

    assert client.current() == {"weather": weather, "power": power}


def test_an_event_that_is_not_made_current_is_stored_only(client, server):
    client.post_event("weather", {"t": 1}, make_current=False)

    assert client.current() == {}
    assert [line["data"] for line in stored.site_lines(server.site_dir)] == [{"t": 1}]


def test_a_type_without_event_has_no_current_one(client):
    assert client.get_current("weather") is None

    with pytest.raises(TelemetryClientError) as refusal:
        client.current_event("weather")
    assert (refusal.value.status_code, refusal.value.detail) == (404, "No current event for type 'weather'")


def test_insert_current_records_and_shows_and_answers_with_the_number(client, server):
    assert client.insert_current("weather", {"sky": "clear"}) == "1"

    assert client.get_current("weather")["data"] == {"sky": "clear"}
    assert [line["data"] for line in stored.site_lines(server.site_dir)] == [{"sky": "clear"}]


def test_insert_current_without_storing_shows_and_leaves_the_file_alone(client, server):
    numbers = [client.insert_current("weather", {"n": n}, store_permanently=n != 2) for n in (1, 2, 3)]
    assert numbers == ["1", "2", "3"]
    client.insert_current("ephemeral", {"n": 4}, store_permanently=False)

    assert client.get_current("ephemeral").data == {"n": 4}
    lines = stored.site_lines(server.site_dir)
    assert [(line["seq"], line["data"]) for line in lines] == [(1, {"n": 1}), (3, {"n": 3})]


def test_insert_records_and_leaves_the_current_view_alone(client, server):
    assert client.insert("weather", {"sky": "clear"}) == "1"

    assert client.get_current("weather") is None
    assert len(stored.site_lines(server.site_dir)) == 1


def test_find_finds_nothing_and_clear_current_clears_nothing(client):
    number = client.insert_current("weather", {"sky": "clear"})

    assert client.find("weather", number) is None
    client.clear_current("weather")
    assert client.get_current("weather").data == {"sky": "clear"}


@pytest.mark.parametrize(
    ("arguments", "run_id", "place"),
    [
        pytest.param({}, "001", "site/001", id="no arguments"),
        pytest.param({"run_id": "20260520_M42"}, "20260520_M42", "site/20260520_M42", id="run_id"),
        pytest.param({"run_dir": "runs/m42"}, "001", "site/runs/m42", id="relative run_dir"),
        pytest.param(
            {"run_dir": "runs/m42", "run_id": "m42"}, "m42", "site/runs/m42", id="relative run_dir and run_id"
        ),
        pytest.param({"run_dir": "<tmp>/data/m42", "run_id": "m42"}, "m42", "data/m42", id="absolute run_dir"),
        pytest.param({"meta": {"observer": "x"}}, "001", "site/001", id="meta"),
        pytest.param({"meta": {"run_id": "m-1", "observer": "x"}}, "m-1", "site/m-1", id="run_id in meta"),
        pytest.param({"run_id": "a", "meta": {"run_id": "b", "n": 1}}, "a", "site/a", id="run_id and meta"),
    ],
)
def test_a_run_is_started_and_recorded_and_stopped(arguments, run_id, place, make_server, tmp_path):
    (tmp_path / "data").mkdir()
    server = make_server("--run-root", str(tmp_path / "data")).start()
    client = TelemetryClient(host="localhost", port=server.port)
    if "run_dir" in arguments:
        arguments = arguments | {"run_dir": arguments["run_dir"].replace("<tmp>", str(tmp_path))}

    run = client.start_run(**arguments)
    assert (run["run_id"], run["run_dir"]) == (run_id, str(tmp_path / place))
    assert run["meta"] == arguments.get("meta", {}) | {"run_id": run_id}
    assert client.get_run() == run
    assert client.ready()["run_active"] is True

    event = client.post_event("status", {"state": "observing"}, meta={"source": "test"})
    assert (event.seq, event.meta) == (1, {"source": "test", "run_id": run_id})
    assert client.stop_run() == run
    assert client.ready()["run_active"] is False
    assert client.post_event("status", {"state": "idle"}).meta == {}

    assert [line["data"] for line in stored.run_lines(run)] == [{"state": "observing"}]
    assert [line["data"] for line in stored.site_lines(server.site_dir)] == [{"state": "idle"}]


def test_refusals_reach_the_program_with_status_and_detail(client):
    for call in (client.get_run, client.stop_run):
        with pytest.raises(TelemetryClientError) as refusal:
            call()
        assert (refusal.value.status_code, refusal.value.detail) == (404, "No run is active")

    client.start_run(run_id="a")
    with pytest.raises(TelemetryClientError) as refusal:
        client.start_run(run_id="b")
    assert (refusal.value.status_code, refusal.value.detail) == (409, "A run is already active")

    with pytest.raises(TelemetryClientError) as refusal:
        client.post_event("", {})
    assert refusal.value.status_code == 422
    assert "type" in refusal.value.detail


def test_quantities_and_arrays_and_times_round_trip(client):
    data = {
        "altitude": 45 * u.deg,
        "elevation": 3397.5 * u.m,
        "exposure": 10 * u.s,
        "wind_speed": 3.25 * u.m / u.s,
        "site": {"latitude": 19.54 * u.deg, "name": "Mauna Kea – ✓ 🔭"},
        "integers": np.arange(10),
        "floats": np.linspace(0.0, 1.0, 7) / 3,
        "image": np.eye(3),
        "taken": Time("2026-05-20T10:00:00.125"),
    }

    for event in (client.post_event("camera", data), client.current_event("camera"), client.current()["camera"]):
        for name in ("altitude", "elevation", "exposure", "wind_speed"):
            assert event.data[name] == data[name]
            assert event.data[name].unit == data[name].unit
        assert event.data["site"]["latitude"] == 19.54 * u.deg
        assert event.data["site"]["name"] == "Mauna Kea – ✓ 🔭"
        for name in ("integers", "floats", "image"):
            np.testing.assert_array_equal(np.array(event.data[name]), data[name])
        assert event.data["taken"] == datetime(2026, 5, 20, 10, 0, 0, 125000)


def test_the_simulated_time_of_the_client_is_the_time_of_the_stored_event(client, server, monkeypatch):
    monkeypatch.setenv("POCSTIME", "2016-08-13 20:03:01")

    events = [client.post_event("weather", {"n": n}) for n in range(2)]

    times = ["2016-08-13T20:03:01.000Z", "2016-08-13T20:03:02.000Z"]
    assert [event.ts for event in events] == times
    assert [line["ts"] for line in stored.site_lines(server.site_dir)] == times
    assert client.current_event("weather").ts == times[1]
    assert os.environ["POCSTIME"] == "2016-08-13T20:03:03.000"


def test_shutdown_ends_the_server_in_good_order(client, server):
    client.post_event("weather", {"sky": "clear"})

    assert client.shutdown() == {"shutting_down": True}

    assert server.wait() == 0
    assert [line["data"] for line in stored.site_lines(server.site_dir)] == [{"sky": "clear"}]
