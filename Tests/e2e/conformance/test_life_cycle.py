"""Runs from start to stop, what goes where meanwhile, and what a restart keeps."""

import signal
from datetime import UTC, datetime

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text
from e2e.support.server import strict_json


def _seqs(lines: list[dict]) -> list[tuple]:
    return [(line["seq"], line["data"]) for line in lines]


@pytest.mark.parametrize("is_checkpoint_lost", [False, True], ids=["", "without its checkpoint"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_the_run_and_the_current_view_and_the_numbers(ending, is_checkpoint_lost, make_server):
    server = make_server(env={"TZ": "UTC", "POCSTIME": "2026-05-20 22:00:00"}).start()
    server.record("weather", 1)
    server.record("power", 2)
    server.start_run(run_id="night", meta={"observer": "x"})
    server.record("weather", 3)
    server.record("weather", 4, make_current=False)
    server.record("dome", 5, stream="site")
    questions = ("/run", "/runs", "/current")
    before = {path: server.get(path).json for path in questions}

    server.stop(ending)
    if is_checkpoint_lost:
        (server.site_dir / ".telemetry" / "checkpoint.json").unlink(missing_ok=True)
    server.start()

    assert {path: server.get(path).json for path in questions} == before
    current = before["/current"]["current"]
    assert {name: event["data"] for name, event in current.items()} == {"weather": 3, "power": 2, "dome": 5}
    assert server.get("/ready").json["run_active"] is True
    assert server.record("weather", 6)["seq"] == 3
    assert server.record("dome", 7, stream="site")["seq"] == 4
    run = server.stop_run()
    assert _seqs(stored.run_lines(run)) == [(1, 3), (2, 4), (3, 6)]
    assert _seqs(stored.site_lines(server.site_dir)) == [(1, 1), (2, 2), (3, 5), (4, 7)]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_the_current_events_of_a_run_that_was_stopped(ending, make_server):
    server = make_server().start()
    server.start_run(run_id="a")
    event = server.record("camera", 1)
    server.stop_run()
    runs = server.get("/runs").json

    server.stop(ending)
    server.start()

    assert server.get("/current").json == {"current": {"camera": event}}
    assert server.get("/runs").json == runs
    assert detail_text(server.get("/run"), 404) == "No run is active"


def test_a_value_that_was_not_stored_comes_back_after_a_clean_stop(make_server):
    server = make_server().start()
    event = server.record("weather", 1, store_permanently=False)

    assert server.stop() == 0
    server.start()

    assert server.get("/current/weather").json == event
    assert server.record("weather", 2)["seq"] == 2


def test_the_latest_event_of_a_type_stays_current_when_a_run_stops(server):
    server.record("weather", "before")
    server.start_run(run_id="a")
    during = server.record("weather", "during")
    server.stop_run()
    assert server.get("/current").json == {"current": {"weather": during}}

    server.start_run(run_id="b")
    assert server.get("/current/weather").json == during


def test_the_latest_event_of_a_type_is_current_whichever_stream_it_is_in(server):
    server.start_run(run_id="a")
    server.record("weather", "run")
    site = server.record("weather", "site", stream="site")
    assert server.get("/current/weather").json == site

    run = server.record("weather", "run again")
    assert server.get("/current").json == {"current": {"weather": run}}


def test_an_event_for_the_site_stays_in_the_site_stream_during_a_run(server):
    server.record("weather", 1)
    run = server.start_run(run_id="a")
    server.record("weather", 2)
    event = server.record("weather", 3, stream="site", meta={"source": "roof"})

    assert (event["seq"], event["meta"]) == (2, {"source": "roof"})
    assert _seqs(stored.site_lines(server.site_dir)) == [(1, 1), (2, 3)]
    assert _seqs(stored.run_lines(run)) == [(1, 2)]
    assert {line["stream"] for line in stored.site_lines(server.site_dir)} == {"site"}


def test_events_of_a_site_type_stay_in_the_site_stream_during_a_run(make_server):
    server = make_server("--site-type", "weather", "--site-type", "power").start()
    run = server.start_run(run_id="a")
    for event_type in ("weather", "camera", "power"):
        server.record(event_type, event_type)

    assert _seqs(stored.site_lines(server.site_dir)) == [(1, "weather"), (2, "power")]
    assert _seqs(stored.run_lines(run)) == [(1, "camera")]


def test_each_run_counts_from_one_and_the_site_goes_on(server):
    assert server.record("a")["seq"] == 1
    for run_id in ("x", "y"):
        server.start_run(run_id=run_id)
        assert [server.record("a")["seq"] for _ in range(2)] == [1, 2]
        server.stop_run()
    assert server.record("a")["seq"] == 2


def test_a_run_that_is_taken_up_again_goes_on_in_its_file(server):
    for data in ("first", "second"):
        run = server.start_run(run_id="a")
        server.record("status", data)
        server.stop_run()

    assert _seqs(stored.run_lines(run)) == [(1, "first"), (2, "second")]


def test_replace_stops_the_active_run_and_starts_another_in_one_step(server):
    server.start_run(run_id="a")
    server.record("status", "in a")
    assert detail_text(server.post("/run/start", {"run_id": "b", "replace": False}), 409) == "A run is already active"

    run = server.start_run(run_id="b", replace=True)
    assert run["run_id"] == "b"
    assert server.get("/run").json == run
    assert server.record("status", "in b")["meta"] == {"run_id": "b"}

    newest, oldest = server.get("/runs").json["runs"]
    assert (newest["run_id"], newest["stopped_at"], newest["events"]) == ("b", None, 1)
    assert (oldest["run_id"], oldest["events"]) == ("a", 1)
    assert oldest["stopped_at"] is not None


def test_replace_starts_a_run_when_none_is_active(server):
    assert server.start_run(run_id="a", replace=True)["run_id"] == "a"


def test_the_runs_are_listed_newest_first(make_server):
    server = make_server(env={"POCSTIME": "2026-05-20 22:00:00"}).start()
    assert server.get("/runs").json == {"runs": []}
    started = {}
    for run_id, events in (("m31", 2), ("a", 0), ("m42", 1)):
        started[run_id] = server.start_run(run_id=run_id, meta={"target": run_id}, replace=True)
        for _ in range(events):
            server.record("status")
    server.record("current only", store_permanently=False)

    runs = server.get("/runs").json["runs"]

    assert [(run["run_id"], run["events"]) for run in runs] == [("m42", 1), ("a", 0), ("m31", 2)]
    for run in runs:
        assert set(run) == {"run_id", "run_dir", "meta", "started_at", "stopped_at", "events"}
        assert {name: run[name] for name in started[run["run_id"]]} == started[run["run_id"]]
    assert runs[0]["stopped_at"] is None
    assert all(run["started_at"] < run["stopped_at"] for run in runs[1:])


def test_the_times_of_a_run_are_those_of_the_clock(server):
    before = datetime.now(UTC).replace(microsecond=0)
    server.start_run(run_id="a")
    server.stop_run()

    [run] = server.get("/runs").json["runs"]
    started, stopped = (datetime.fromisoformat(run[name]) for name in ("started_at", "stopped_at"))
    assert before <= started <= stopped <= datetime.now(UTC)


def test_a_run_is_described_by_the_file_beside_its_events(server):
    run = server.start_run(run_id="a", meta={"observer": "x"})
    server.record("status")
    server.stop_run()

    described = strict_json((server.site_dir / "a" / "run.json").read_bytes())
    [listed] = server.get("/runs").json["runs"]
    # Beside what clients see it has where the run stands in the log, and how long its file is.
    assert {name: described.pop(name) for name in ("length", "log")}.keys() == {"length", "log"}
    # It may be moved with its site directory, so it does not say where that is.
    assert described == listed | {"run_dir": "a"}
    assert (described["run_id"], described["meta"], described["events"]) == ("a", run["meta"], 1)


def test_the_next_number_comes_after_the_directories_and_the_ids_of_known_runs(server):
    (server.site_dir / "040").mkdir()
    server.start_run(run_id="0041", run_dir="runs/m42")
    assert server.start_run(replace=True)["run_id"] == "042"

    (server.site_dir / "1999").mkdir()
    assert server.start_run(replace=True)["run_id"] == "2000"
