"""A `run.json` that cannot be used, after a crash of the file system say."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.support import stored
from e2e.support.server import Server, command
from e2e.support.waiting import wait_until


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _put_another_in_its_place(path: Path) -> None:
    path.write_text('{"target":"M42","exposures":[1,2,3]}\n')


def _put_that_of_another_run_in_its_place(path: Path) -> None:
    described = json.loads(path.read_text()) | {"run_id": "other", "stopped_at": "2030-01-01T00:00:00.000Z"}
    described["log"]["order"] += 1_000
    path.write_text(json.dumps(described) + "\n")


def _put_a_directory_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: list[Callable[[Path], None]] = [
    _empty,
    _tear,
    _fill_with_zeros,
    _put_another_in_its_place,
    _put_that_of_another_run_in_its_place,
    _put_a_directory_in_its_place,
    Path.unlink,
]
# A whole `run.json` of another run that was stopped cannot be told from the right one without the lines.
DAMAGE_OF_A_STOPPED_RUN = [damage for damage in DAMAGE if damage is not _put_that_of_another_run_in_its_place]
damaged = pytest.mark.parametrize("damage", DAMAGE, ids=lambda function: function.__name__.strip("_"))


def _runs(server: Server) -> list[tuple]:
    return [(run["run_id"], run["stopped_at"] is None, run["events"]) for run in server.get("/runs").json["runs"]]


@damaged
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("count", [0, 2])
def test_the_active_run_goes_on(damage, ending, count, make_server):
    server = make_server().start()
    run = server.start_run(run_id="night", meta={"observer": "x"})
    for number in range(count):
        server.record("dome", number)
    server.stop(ending)
    path = server.site_dir / "night" / "run.json"
    damage(path)
    left = path.read_bytes() if path.is_file() else b""

    server.start()

    (notice,) = server.get("/ready").json["notices"]
    assert str(path) in notice and "night goes on" in notice
    assert notice in server.get("/runs").json["notices"]
    assert any(notice in line for line in server.log)
    assert server.get("/run").json == run
    assert _runs(server) == [("night", True, count)]
    assert server.record("dome", count)["seq"] == count + 1
    # What stood there is kept.
    kept = path.with_name("run.json.damaged")
    assert (kept.read_bytes() if kept.is_file() else b"") == left
    server.stop(signal.SIGKILL)
    server.start()
    assert server.get("/run").json == run
    assert "notices" not in server.get("/ready").json
    server.stop_run()
    assert _runs(server) == [("night", False, count + 1)]
    assert command("verify", str(server.site_dir)).returncode == 0


@damaged
def test_the_active_run_has_ended_when_its_lines_are_not_there(damage, make_server):
    server = make_server().start()
    server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    damage(server.site_dir / "night" / "run.json")
    (server.site_dir / "night" / "telemetry.ndjson").unlink()

    server.start()

    notices = server.get("/ready").json["notices"]
    assert any("night" in notice and "not active any more" in notice for notice in notices)
    assert all(any(notice in line for line in server.log) for notice in notices)
    assert server.get("/run").status == 404
    assert "run_id" not in server.record("dome", 2)["meta"]


@pytest.mark.parametrize("damage", DAMAGE_OF_A_STOPPED_RUN, ids=lambda function: function.__name__.strip("_"))
def test_a_run_that_was_stopped_is_listed_and_read_by_its_lines(damage, make_server):
    server = make_server().start()
    server.start_run(run_id="first")
    server.record("dome", 1)
    server.record("dome", 2)
    server.stop_run()
    server.start_run(run_id="second")
    server.record("dome", 3)
    server.stop()
    path = server.site_dir / "first" / "run.json"
    damage(path)

    server.start()

    assert sorted(_runs(server)) == [("first", False, 2), ("second", True, 1)]
    (notice,) = server.get("/runs").json["notices"]
    assert str(path) in notice
    # The index of history looks for runs as the server starts.
    wait_until(lambda: any(notice in line for line in server.log), "the notice in the log", server.log)
    read = [json.loads(line)["data"] for line in server.get("/events").body.splitlines()]
    assert read == [1, 2, 3]


@damaged
def test_a_run_that_is_started_on_it_keeps_what_was_there(damage, make_server):
    server = make_server().start()
    server.start_run(run_id="first", run_dir="shared")
    server.record("dome", 1)
    server.stop_run()
    server.stop()
    path = server.site_dir / "shared" / "run.json"
    damage(path)
    left = path.read_bytes() if path.is_file() else b""
    server.start()

    server.start_run(run_id="second", run_dir="shared")
    server.record("dome", 2)

    assert _runs(server)[0] == ("second", True, 1)
    first = "other" if damage is _put_that_of_another_run_in_its_place else "first"
    assert _runs(server)[1:] == [(first, False, 1)]
    if first == "first":
        kept = path.with_name("run.json.damaged")
        assert (kept.read_bytes() if kept.is_file() else b"") == left
    assert [line["data"] for line in stored.lines(path.with_name("telemetry.ndjson"))] == [1, 2]


@pytest.mark.parametrize("name", [".telemetry/checkpoint.json", ".telemetry/epoch", "site_20260520.ndjson"])
@pytest.mark.parametrize("damage", [_empty, _tear, _fill_with_zeros], ids=lambda function: function.__name__.strip("_"))
def test_whatever_of_the_state_is_damaged_is_named(damage, name, make_server):
    server = make_server(env={"TZ": "UTC", "POCSTIME": "2026-05-20 22:00:00"}).start()
    server.record("dome", 1)
    server.stop()
    damage(server.site_dir / name)

    server.start()

    assert any(f"{server.site_dir}/{name}" in line for line in server.log), server.log
    assert server.record("dome", 2)["seq"] >= 1


def test_a_file_that_is_gone_is_named(make_server):
    server = make_server(env={"TZ": "UTC", "POCSTIME": "2026-05-20 22:00:00"}).start()
    server.record("dome", 1)
    server.stop()
    (server.site_dir / "site_20260520.ndjson").unlink()

    server.start()

    assert any("site_20260520.ndjson" in line and "is gone" in line for line in server.log), server.log
    assert server.record("dome", 2)["seq"] == 2


def test_a_checkpoint_and_a_run_file_that_are_both_damaged_are_named(make_server):
    server = make_server().start()
    server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    (server.site_dir / ".telemetry" / "checkpoint.json").write_bytes(b"")
    (server.site_dir / "night" / "run.json").write_bytes(b"")

    server.start()

    assert _runs(server) == [("night", False, 1)]
    for name in ("checkpoint.json", "night/run.json"):
        assert any(name in line for line in server.log), server.log
    assert "run_id" not in server.record("dome", 2)["meta"]
