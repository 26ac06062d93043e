"""Pipes in the place of files: nothing waits for their other end, and what should be there is made up for."""

import os
import signal

import pytest

from e2e.support.server import command


def _replace_by_pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize("name", ["checkpoint.json", "checkpoint.json.new", "epoch", "epoch.new", "lock", "probe"])
def test_a_pipe_in_the_place_of_a_state_file_holds_up_no_start(name, server):
    server.record("weather", 1)
    server.stop()
    _replace_by_pipe(server.site_dir / ".telemetry" / name)

    server.start()

    assert server.record("weather", 2)["seq"] == 2
    assert server.get("/ready").status == 200
    assert len(server.get("/events").body.splitlines()) == 2
    assert server.stop() == 0
    assert command("verify", str(server.site_dir)).returncode == 0


@pytest.mark.parametrize("name", ["checkpoint.json", "checkpoint.json.new", "epoch", "epoch.new", "lock", "probe"])
def test_a_directory_in_the_place_of_a_state_file_hinders_no_recording(name, server):
    server.record("weather", 1)
    server.stop()
    path = server.site_dir / ".telemetry" / name
    path.unlink(missing_ok=True)
    path.mkdir()

    server.start()

    assert [server.record("weather", n)["seq"] for n in range(2, 12)] == list(range(2, 12))
    ready = server.get("/ready")
    assert ready.status == 200
    if name.startswith("checkpoint"):
        assert any("The checkpoint cannot be written" in notice for notice in ready.json["notices"])
    server.stop(signal.SIGKILL)
    assert sum(str(path) in line for line in server.log) < 5
    server.start()
    assert server.record("weather", 12)["seq"] == 12
    assert server.get("/current/weather").json["data"] == 12


@pytest.mark.parametrize("name", ["run.json", "telemetry.ndjson"])
@pytest.mark.parametrize("is_active", [False, True])
def test_a_pipe_in_the_place_of_a_file_of_a_run_holds_up_nothing(name, is_active, server):
    server.start_run(run_id="night")
    server.record("dome", 1)
    server.record("weather", 1, stream="site")
    if not is_active:
        server.stop_run()
    server.stop()
    _replace_by_pipe(server.site_dir / "night" / name)

    server.start()

    assert [run["run_id"] for run in server.get("/runs").json["runs"]] == ["night"]
    refused = is_active and name == "telemetry.ndjson"
    assert server.get("/events").status == (503 if refused else 200)
    assert server.record("weather", 2, stream="site")["seq"] == 2
    response = server.post("/event", {"type": "dome", "data": 2})
    assert response.status == (503 if refused else 200)
    assert not refused or "not a regular file" in response.json["detail"]


def test_a_pipe_in_the_place_of_a_site_file_is_named(server):
    server.record("weather", 1)
    (file,) = server.site_dir.glob("site_*.ndjson")
    server.stop()
    _replace_by_pipe(file)

    server.start()

    response = server.post("/event", {"type": "weather", "data": 2})
    assert response.status == 503 and f"{file}: not a regular file" in response.json["detail"]
    file.unlink()
    assert server.record("weather", 3)["seq"] == 2
