"""What a start finds that is not as the server left it: the journal names it, and so do `/ready` and `/runs`."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from e2e.support import stored
from e2e.support.server import Server


def _notices(server: Server) -> list[str]:
    """Those of `/ready`; each is in the journal and in `/runs` as well."""
    notices = server.get("/ready").json.get("notices", [])
    assert set(notices) <= set(server.get("/runs").json.get("notices", []))
    assert all(any(notice in line for line in server.log) for notice in notices)
    return notices


def _site_file(server: Server) -> Path:
    (file,) = server.site_dir.glob("site_*.ndjson")
    return file


@pytest.fixture
def stopped(server: Server) -> Server:
    """A server that was stopped while the run `night` was active; `start` starts it again."""
    server.record("weather", 1)
    server.record("weather", 2)
    server.start_run(run_id="night")
    server.record("dome", 3)
    server.record("dome", 4)
    assert _notices(server) == []
    server.stop()
    return server


@pytest.mark.parametrize("contents", [b"", b"{", b'{"version":99}', b"\0" * 64])
def test_a_checkpoint_that_cannot_be_used_is_told(contents, stopped):
    path = stopped.site_dir / ".telemetry" / "checkpoint.json"
    path.write_bytes(contents)

    stopped.start()

    (notice,) = _notices(stopped)
    assert str(path) in notice and "damaged" in notice
    assert stopped.get("/run").json["run_id"] == "night"
    stopped.stop()
    stopped.start()
    assert _notices(stopped) == []


def test_a_run_that_ends_because_nothing_tells_of_it_is_told(stopped):
    (stopped.site_dir / ".telemetry" / "checkpoint.json").write_bytes(b"{")
    (stopped.site_dir / "night" / "run.json").write_bytes(b"{")

    stopped.start()

    assert stopped.get("/run").status == 404
    checkpoint, run = _notices(stopped)
    assert "checkpoint.json" in checkpoint
    assert str(stopped.site_dir / "night" / "run.json") in run and "night is listed by the lines" in run


@pytest.mark.parametrize("place", ["site", "run"])
def test_what_was_found_at_the_end_of_a_file_is_told(place, stopped):
    path = _site_file(stopped) if place == "site" else stopped.site_dir / "night" / "telemetry.ndjson"
    with path.open("ab") as file:
        file.write(b'{"seq":5,"ts":"20')

    stopped.start()

    (notice,) = _notices(stopped)
    assert str(path) in notice and "torn" in notice


@pytest.mark.parametrize("place", ["site", "run"])
def test_damaged_lines_of_the_files_in_use_are_told(place, stopped):
    path = _site_file(stopped) if place == "site" else stopped.site_dir / "night" / "telemetry.ndjson"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b"#" * 200 + b"\n" + second)
    (stopped.site_dir / ".telemetry" / "checkpoint.json").unlink()

    stopped.start()

    (notice,) = _notices(stopped)
    assert str(path) in notice and "1 damaged line, the first at byte" in notice


@pytest.mark.parametrize("is_cut", [False, True], ids=["gone", "cut"])
@pytest.mark.parametrize("place", ["site", "run"])
def test_a_file_that_was_taken_away_is_told(place, is_cut, stopped):
    path = _site_file(stopped) if place == "site" else stopped.site_dir / "night" / "telemetry.ndjson"
    if is_cut:
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    else:
        path.unlink()

    stopped.start()

    (notice,) = _notices(stopped)
    assert str(path) in notice and ("is not what the checkpoint was made of" if is_cut else "is gone") in notice


def test_an_epoch_that_cannot_be_used_is_told_and_the_checkpoint_believed(stopped):
    path = stopped.site_dir / ".telemetry" / "epoch"
    path.write_text("1\n")

    stopped.start()

    (notice,) = _notices(stopped)
    assert str(path) in notice and "cursors from before are refused" in notice


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_checkpoint_of_another_site_is_not_believed(ending, make_server, tmp_path):
    """Though the lengths of the files are the same."""
    servers = [make_server(site_dir=tmp_path / name).start() for name in ("here", "there")]
    here, there = servers
    for number, server in enumerate(servers):
        server.record("weather", number)
        server.record("only here" if server is here else "only else", number)
        server.record("focus", number, store_permanently=False)
        server.stop(ending)
    assert _site_file(here).stat().st_size == _site_file(there).stat().st_size
    shutil.copy(there.site_dir / ".telemetry" / "checkpoint.json", here.site_dir / ".telemetry" / "checkpoint.json")

    here.start()

    (notice,) = _notices(here)
    assert "checkpoint.json was made in another site directory" in notice
    current = {name: event["data"] for name, event in here.get("/current").json["current"].items()}
    assert current == {"weather": 0, "only here": 0}
    assert here.record("weather", 5)["seq"] == 3
    assert [line["seq"] for line in stored.lines(_site_file(here))] == [1, 2, 3]
    here.stop(signal.SIGKILL)
    here.start()
    assert _notices(here) == []


def test_a_copied_site_believes_its_copied_checkpoint(make_server, tmp_path):
    server = make_server(site_dir=tmp_path / "here").start()
    server.record("focus", 1, store_permanently=False)
    server.stop()
    shutil.copytree(server.site_dir, tmp_path / "copy")

    copy = make_server(site_dir=tmp_path / "copy").start()

    assert copy.get("/current/focus").json["data"] == 1
    assert _notices(copy) == []


def test_a_checkpoint_of_an_older_server_is_believed(server):
    server.record("focus", 1, store_permanently=False)
    server.stop()
    path = server.site_dir / ".telemetry" / "checkpoint.json"
    checkpoint = json.loads(path.read_text())
    assert checkpoint.pop("epoch") == (server.site_dir / ".telemetry" / "epoch").read_text().strip()
    path.write_text(json.dumps(checkpoint))

    server.start()

    assert server.get("/current/focus").json["data"] == 1
    assert _notices(server) == []
