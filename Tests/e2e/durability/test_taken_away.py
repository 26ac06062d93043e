"""Files and directories that are taken away under the running server."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.durability.oracle import public
from e2e.support import stored
from e2e.support.refusals import detail_text
from e2e.support.server import Server


def _rename(path: Path) -> Path:
    """As logrotate does."""
    return path.rename(path.with_name(path.name + ".1"))


def _cut(path: Path) -> Path:
    """As logrotate does with `copytruncate`."""
    copy = Path(shutil.copy(path, path.with_name(path.name + ".1")))
    os.truncate(path, 0)
    return copy


def _replace(path: Path) -> Path:
    """As an editor does."""
    copy = _rename(path)
    shutil.copy(copy, path)
    return copy


TAKE_AWAY: list[Callable[[Path], Path | None]] = [Path.unlink, _rename, _cut, _replace]
STREAMS = ["site", "run"]


def _start(make_server, stream: str) -> Server:
    server = make_server().start()
    if stream == "run":
        server.start_run(run_id="night")
    return server


def _file(server: Server, stream: str) -> Path:
    """The one file of the stream."""
    (path,) = server.site_dir.glob("site_*.ndjson" if stream == "site" else "night/telemetry.ndjson")
    return path


def _numbers(path: Path) -> list[tuple]:
    return [(line["seq"], line["data"]) for line in stored.lines(path)]


# What a killed server had not noticed it cannot know: it is killed after the next event.
@pytest.mark.parametrize("is_restarted", [False, True], ids=["", "and the server was restarted"])
@pytest.mark.parametrize("take_away", TAKE_AWAY, ids=lambda function: function.__name__.strip("_"))
@pytest.mark.parametrize("stream", STREAMS)
def test_the_event_after_a_file_was_taken_away_is_at_its_path_with_the_next_number(
    stream, take_away, is_restarted, make_server
):
    server = _start(make_server, stream)
    for number in (1, 2):
        server.record("dome", number)
    current = server.get("/current").json
    path = _file(server, stream)

    taken = take_away(path)
    kept = _numbers(path) if path.exists() else []
    if is_restarted:
        server.stop()
        server.start()
    current_after = server.get("/current").json
    event = server.record("dome", 3)

    assert event["seq"] == 3
    assert current_after == current
    assert _numbers(path) == [*kept, (3, 3)]
    assert taken is None or _numbers(taken) == [(1, 1), (2, 2)]
    assert server.get("/current/dome").json == event
    server.stop(signal.SIGKILL)
    server.start()
    assert server.get("/current/dome").json == event
    assert server.record("dome", 4)["seq"] == 4


@pytest.mark.parametrize("stream", STREAMS)
def test_events_stay_readable_when_a_file_was_cut_in_the_middle_of_a_line(stream, make_server):
    server = _start(make_server, stream)
    for number in (1, 2):
        server.record("dome", number)
    path = _file(server, stream)
    os.truncate(path, path.stat().st_size - 10)

    events = [server.record("dome", number) for number in (3, 4)]

    assert [event["seq"] for event in events] == [3, 4]
    written = path.read_bytes().splitlines()
    assert [line for line in written if b'"data":3' in line or b'"data":4' in line] == written[-2:]
    (path.parent / "readable.ndjson").write_bytes(b"\n".join(written[-2:]) + b"\n")
    assert [public(line) for line in stored.lines(path.parent / "readable.ndjson")] == events


@pytest.mark.parametrize("stream", STREAMS)
def test_a_directory_in_the_place_of_a_file_is_refused_until_it_is_gone(stream, make_server):
    server = _start(make_server, stream)
    server.record("dome", 1)
    path = _file(server, stream)
    path.unlink()
    path.mkdir()

    assert str(path) in detail_text(server.post("/event", {"type": "dome", "data": 2}), 503)
    ready = server.get("/ready")
    assert ready.status == 503 and ready.json["reason"], ready
    path.rmdir()

    assert server.get("/ready").status == 200
    assert server.record("dome", 3)["seq"] == 2
    assert _numbers(path) == [(2, 3)]


def test_a_replacement_that_fails_leaves_the_run_that_was_active(make_server):
    server = make_server().start()
    run = server.start_run(run_id="first")
    (server.site_dir / "second" / "telemetry.ndjson").mkdir(parents=True)

    assert detail_text(server.post("/run/start", {"run_id": "second", "replace": True}), 503)

    assert server.get("/run").json == run
    assert server.record("dome", 1)["meta"]["run_id"] == "first"


@pytest.mark.parametrize("asked", ["/event", "/run/stop"])
def test_a_run_directory_that_was_removed_is_made_anew_and_tells_of_the_run(asked, make_server):
    server = make_server().start()
    run = server.start_run(run_id="night", meta={"observer": "x"})
    server.record("dome", 1)
    before = server.get("/current").json

    shutil.rmtree(run["run_dir"])

    assert server.get("/current").json == before
    if asked == "/event":
        assert server.record("dome", 2)["seq"] == 2
        assert _numbers(_file(server, "run")) == [(2, 2)]
        server.stop(signal.SIGKILL)
        server.start()
        assert server.get("/run").json == run
        assert server.record("dome", 3)["seq"] == 3
    server.stop_run()
    (known,) = server.get("/runs").json["runs"]
    assert known["run_id"] == "night" and known["meta"] == run["meta"] and known["stopped_at"]
    assert (Path(run["run_dir"]) / "run.json").exists()


def _delete(directory: Path) -> None:
    shutil.rmtree(directory)


def _move(directory: Path) -> None:
    directory.rename(directory.with_name("elsewhere"))


def _bring_back(directory: Path) -> None:
    elsewhere = directory.with_name("elsewhere")
    if elsewhere.exists():
        elsewhere.rename(directory)
    else:
        directory.mkdir()


@pytest.mark.parametrize("is_run_active", [False, True], ids=["", "during a run"])
@pytest.mark.parametrize("take_away", [_delete, _move])
def test_a_site_directory_that_is_gone_is_answered_with_503_until_it_is_back(take_away, is_run_active, make_server):
    server = _start(make_server, "run" if is_run_active else "site")
    site = server.record("dome", 1, stream="site")
    current = server.get("/current").json
    run = server.get("/run").body

    take_away(server.site_dir)

    for _ in range(2):
        refusal = server.post("/event", {"type": "dome", "data": 2})
        assert str(server.site_dir) in detail_text(refusal, 503)
        ready = server.get("/ready")
        assert ready.status == 503 and str(server.site_dir) in ready.json["reason"], ready
        assert server.get("/current").json == current
        assert server.get("/run").body == run
    assert not server.site_dir.exists()
    _bring_back(server.site_dir)

    assert server.record("dome", 3, stream="site")["seq"] == site["seq"] + 1
    assert server.get("/ready").status == 200
    if is_run_active:
        assert server.record("dome", 4)["seq"] == 1
        assert _numbers(_file(server, "run")) == [(1, 4)]
    assert _numbers(_file(server, "site"))[-1] == (2, 3)


@pytest.mark.parametrize("take_away", [_delete, _move])
def test_a_run_does_not_start_when_the_site_directory_is_gone(take_away, make_server):
    server = make_server().start()

    take_away(server.site_dir)

    assert str(server.site_dir) in detail_text(server.post("/run/start", {"run_id": "night"}), 503)
    assert server.get("/run").status == 404
    assert not server.site_dir.exists()


@pytest.mark.parametrize("take_away", [_delete, _move])
def test_a_run_whose_site_directory_is_gone_stays_active_when_it_cannot_be_stopped(take_away, make_server):
    server = make_server().start()
    run = server.start_run(run_id="night")

    take_away(server.site_dir)

    assert str(server.site_dir) in detail_text(server.post("/run/stop"), 503)
    assert server.get("/run").json == run
    _bring_back(server.site_dir)
    server.stop_run()
    assert [known["run_id"] for known in server.get("/runs").json["runs"] if known["stopped_at"]] == ["night"]
