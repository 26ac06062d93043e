"""Directories that are links, copies, or not where they were."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text
from e2e.support.server import Server


def _active(server: Server) -> str | None:
    """The id of the active run, on which `/run`, `/runs` and `/ready` agree; None when there is none."""
    answer = server.get("/run")
    run_id = answer.json["run_id"] if answer.status == 200 else None
    listed = [run["run_id"] for run in server.get("/runs").json["runs"] if run["stopped_at"] is None]
    assert listed == ([run_id] if run_id else [])
    assert server.get("/ready").json["run_active"] == bool(run_id)
    return run_id


def _notice(server: Server, *texts: str) -> str:
    """The one notice of the start, which has these texts; the journal, `/ready` and `/runs` have it."""
    (notice,) = server.get("/ready").json["notices"]
    assert notice in server.get("/runs").json["notices"]
    assert any(notice in line for line in server.log)
    assert all(text in notice for text in texts), notice
    return notice


def _notice_of(server: Server, *texts: str) -> None:
    """One of the notices of the start has these texts."""
    assert any(all(text in notice for text in texts) for notice in server.get("/ready").json["notices"])


def _payloads(path: Path) -> list:
    return [line["data"] for line in stored.lines(path)]


def _as_older_servers_wrote(site_dir: Path, run_dir: Path) -> None:
    """Puts the checkpoint and the run's `run.json` into the form that has absolute paths."""
    path = site_dir / ".telemetry" / "checkpoint.json"
    checkpoint = json.loads(path.read_text())
    for name in ("epoch", "starting", "highest_number"):
        del checkpoint[name]
    for name in ("run", "replaced"):
        checkpoint[name].pop("description", None)
    checkpoint |= {"version": 1, "run": checkpoint["run"] | {"place": str(run_dir)}}
    path.write_text(json.dumps(checkpoint) + "\n")
    path = run_dir / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"run_dir": str(run_dir)}) + "\n")


def _stopped_in_a_run(make_server, as_recorded) -> tuple[Server, dict]:
    """A server that was stopped while the run `night` was active, with one event."""
    server = make_server().start()
    run = server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    as_recorded(server.site_dir, Path(run["run_dir"]))
    return server, run


@pytest.fixture(params=[False, True], ids=["", "by an older server"])
def as_recorded(request):
    """Leaves what a server wrote as it is, or as an older one would have written it."""
    return _as_older_servers_wrote if request.param else lambda site_dir, run_dir: None


# Symbolic links


def test_a_site_directory_may_be_a_link(make_server, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to("disk")
    server = make_server(site_dir=tmp_path / "data").start()

    server.record("dome", 1)
    run = server.start_run(run_id="night")
    server.record("dome", 2)
    server.stop(signal.SIGKILL)
    server.start()

    assert server.get("/ready").status == 200
    assert server.get("/run").json == run
    assert server.record("dome", 3)["seq"] == 2
    assert run["run_dir"] == str(tmp_path / "data" / "night")
    assert _payloads(tmp_path / "disk" / "night" / "telemetry.ndjson") == [2, 3]
    assert [line["data"] for line in stored.site_lines(tmp_path / "disk")] == [1]


def test_a_server_by_the_link_and_one_by_the_real_path_do_not_both_record(make_server, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to("disk")
    make_server(site_dir=tmp_path / "data").start()

    status, log = make_server(site_dir=tmp_path / "disk").refusal()

    assert (status, "held by" in log) == (75, True)


def test_a_link_to_another_directory_is_followed_and_one_to_nothing_is_refused(make_server, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    link = tmp_path / "data"
    link.symlink_to("first")
    server = make_server(site_dir=link).start()
    server.record("dome", 1)

    link.unlink()
    link.symlink_to("third")
    assert str(link) in detail_text(server.post("/event", {"type": "dome", "data": 2}), 503)
    assert server.get("/ready").status == 503
    link.unlink()
    link.symlink_to("second")

    assert server.record("dome", 3)["seq"] == 2
    assert [line["data"] for line in stored.site_lines(tmp_path / "second")] == [3]
    status, _ = make_server(site_dir=tmp_path / "second").refusal()
    assert status == 75


@pytest.mark.parametrize("given", ["link", "disk"])
@pytest.mark.parametrize("asked", ["link", "disk"])
def test_a_run_root_is_one_directory_by_whatever_path(given, asked, make_server, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    server = make_server("--run-root", str(tmp_path / given)).start()

    run = server.start_run(run_id="m42", run_dir=str(tmp_path / asked / "2026" / "m42"))
    server.record("dome", 1)
    server.stop(signal.SIGKILL)
    server.start()

    assert server.get("/run").json == run
    assert run["run_dir"] == str(tmp_path / given / "2026" / "m42")
    assert _payloads(tmp_path / "disk" / "2026" / "m42" / "telemetry.ndjson") == [1]
    assert len(server.get("/runs").json["runs"]) == 1


def test_a_run_by_a_link_within_the_site_directory_is_the_one_of_the_real_path(make_server, tmp_path):
    server = make_server().start()
    (server.site_dir / "2026").mkdir()
    (server.site_dir / "now").symlink_to("2026")

    server.start_run(run_id="a", run_dir="now/a")
    server.record("dome", 1)
    server.stop_run()
    run = server.start_run(run_id="a", run_dir="2026/a")

    assert run["run_dir"] == str(server.site_dir / "2026" / "a")
    assert server.record("dome", 2)["seq"] == 2
    assert {listed["run_dir"] for listed in server.get("/runs").json["runs"]} == {run["run_dir"]}


# Copies, and what was moved


@pytest.mark.parametrize("is_copied_live", [True, False], ids=["while it records", "while it is stopped"])
def test_a_server_on_a_copy_leaves_the_original_alone(is_copied_live, as_recorded, make_server, tmp_path):
    original = make_server(site_dir=tmp_path / "a").start()
    original.start_run(run_id="night")
    original.record("dome", "a")
    if not is_copied_live:
        original.stop()
    as_recorded(tmp_path / "a", tmp_path / "a" / "night")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    before = stored.tree(tmp_path / "a")

    copy = make_server(site_dir=tmp_path / "b").start()
    assert _active(copy) == "night"
    assert copy.get("/run").json["run_dir"] == str(tmp_path / "b" / "night")
    assert copy.record("dome", "b")["seq"] == 2
    copy.stop_run()

    assert stored.tree(tmp_path / "a") == before
    assert _payloads(tmp_path / "b" / "night" / "telemetry.ndjson") == ["a", "b"]


def test_a_site_directory_that_was_moved_keeps_its_run(as_recorded, make_server, tmp_path):
    server = make_server(site_dir=tmp_path / "old").start()
    server.start_run(run_id="night", meta={"observer": "x"})
    server.record("dome", 1)
    server.stop(signal.SIGKILL)
    as_recorded(tmp_path / "old", tmp_path / "old" / "night")
    (tmp_path / "new").mkdir()
    (tmp_path / "old").rename(tmp_path / "new" / "site")

    server = make_server(site_dir=tmp_path / "new" / "site").start()

    assert _active(server) == "night"
    assert server.get("/run").json["meta"] == {"observer": "x", "run_id": "night"}
    assert server.record("dome", 2)["seq"] == 2
    assert not (tmp_path / "old").exists()


def test_what_is_on_disk_has_no_absolute_path(make_server, tmp_path):
    (tmp_path / "runs").mkdir()
    server = make_server("--run-root", str(tmp_path / "runs")).start()
    server.start_run(run_id="a", run_dir="2026/a")
    server.start_run(run_id="b", run_dir=str(tmp_path / "runs" / "b"), replace=True)
    server.record("dome", 1)
    server.stop()

    files = [path for path in tmp_path.rglob("*.json") if path.is_file()]
    assert len(files) == 3
    assert not [path for path in files if str(tmp_path) in path.read_text()]
    assert json.loads((server.site_dir / "2026" / "a" / "run.json").read_text())["run_dir"] == "2026/a"
    assert json.loads((tmp_path / "runs" / "b" / "run.json").read_text())["run_dir"] == "b"


def test_a_run_whose_directory_was_renamed_goes_on_there_and_that_is_said(as_recorded, make_server):
    server, run = _stopped_in_a_run(make_server, as_recorded)
    (server.site_dir / "night").rename(server.site_dir / "first night")

    server.start()

    _notice(server, "night", str(server.site_dir / "first night"))
    assert _active(server) == "night"
    assert server.record("dome", 2)["seq"] == 2
    assert not (server.site_dir / "night").exists()
    server.stop(signal.SIGKILL)
    server.start()
    assert _active(server) == "night"
    assert "notices" not in server.get("/ready").json


@pytest.mark.parametrize("is_checkpoint_lost", [False, True], ids=["", "without the checkpoint"])
def test_a_copy_of_the_active_run_is_not_a_second_active_one(is_checkpoint_lost, make_server):
    server = make_server().start()
    run = server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    for name in ("a copy", "night.bak", "z"):
        shutil.copytree(server.site_dir / "night", server.site_dir / name)
    if is_checkpoint_lost:
        (server.site_dir / ".telemetry" / "checkpoint.json").unlink()

    server.start()

    assert _active(server) == "night"
    assert server.get("/run").json == run
    assert len(server.get("/runs").json["runs"]) == 4
    server.record("dome", 2)
    assert [json.loads(line)["data"] for line in server.get("/events").body.splitlines()] == [1, 2]
    assert _payloads(server.site_dir / "night" / "telemetry.ndjson") == [1, 2]
    server.stop_run()
    server.stop()
    (server.site_dir / ".telemetry" / "checkpoint.json").unlink()
    server.start()
    assert _active(server) is None


def test_a_run_that_is_nowhere_has_ended_and_that_is_said(as_recorded, make_server):
    server, run = _stopped_in_a_run(make_server, as_recorded)
    shutil.rmtree(run["run_dir"])

    server.start()

    _notice(server, "night", "not active any more")
    assert _active(server) is None
    assert "run_id" not in server.record("dome", 2)["meta"]
    assert not Path(run["run_dir"]).exists()


def test_a_server_writes_into_no_run_root_that_it_was_not_given(as_recorded, make_server, tmp_path):
    root = tmp_path / "runs"
    root.mkdir()
    server = make_server("--run-root", str(root)).start()
    run = server.start_run(run_id="night", run_dir=str(root / "night"))
    server.record("dome", 1)
    server.stop()
    as_recorded(server.site_dir, root / "night")
    before = stored.tree(root)

    server = make_server().start()

    _notice(server, "night", "not active any more")
    assert _active(server) is None
    assert "run_id" not in server.record("dome", 2)["meta"]
    server.stop()
    assert stored.tree(root) == before
    again = make_server("--run-root", str(root)).start()
    assert again.start_run(run_id="night", run_dir=run["run_dir"])["run_dir"] == run["run_dir"]
    assert again.record("dome", 3)["seq"] == 2


def test_a_run_root_that_was_moved_is_found_by_its_new_path(as_recorded, make_server, tmp_path):
    (tmp_path / "old").mkdir()
    server = make_server("--run-root", str(tmp_path / "old")).start()
    server.start_run(run_id="night", run_dir=str(tmp_path / "old" / "night"))
    server.record("dome", 1)
    server.stop()
    as_recorded(server.site_dir, tmp_path / "old" / "night")
    (tmp_path / "old").rename(tmp_path / "new")

    server = make_server("--run-root", str(tmp_path / "new")).start()

    assert _active(server) == "night"
    assert server.record("dome", 2)["seq"] == 2
    assert _payloads(tmp_path / "new" / "night" / "telemetry.ndjson") == [1, 2]


def test_two_servers_that_share_a_run_root_do_not_both_record_a_run(make_server, tmp_path):
    (tmp_path / "runs").mkdir()
    flags = ("--run-root", str(tmp_path / "runs"))
    original = make_server(*flags, site_dir=tmp_path / "a").start()
    original.start_run(run_id="night", run_dir=str(tmp_path / "runs" / "night"))
    original.record("dome", "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")

    copy = make_server(*flags, site_dir=tmp_path / "b").start()

    _notice(copy, "night", "held by another server")
    assert copy.get("/run").status == 404
    copy.record("dome", "b")
    refused = copy.post("/run/start", {"run_id": "night", "run_dir": str(tmp_path / "runs" / "night")})
    assert "another server" in detail_text(refused, 503)
    assert original.record("dome", "a")["seq"] == 2
    assert _payloads(tmp_path / "runs" / "night" / "telemetry.ndjson") == ["a", "a"]
    original.stop_run()
    copy.start_run(run_id="night", run_dir=str(tmp_path / "runs" / "night"))
    assert copy.record("dome", "b")["seq"] == 3


def test_a_site_directory_that_was_copied_into_itself_is_another_server_s(make_server, tmp_path):
    server = make_server(site_dir=tmp_path / "a").start()
    server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "a" / "copy")
    copy = make_server(site_dir=tmp_path / "a" / "copy").start()
    assert _active(copy) == "night"
    shutil.rmtree(tmp_path / "a" / "night")

    server.start()

    _notice_of(server, "night", "held by another server")
    assert _active(server) is None
    server.record("dome", 2)
    assert copy.record("dome", 2)["seq"] == 2


def test_a_link_in_a_copied_checkpoint_leads_nowhere_outside(make_server, tmp_path):
    server = make_server().start()
    server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    (server.site_dir / "night").rename(tmp_path / "outside")
    (server.site_dir / "night").symlink_to(tmp_path / "outside")
    before = stored.tree(tmp_path / "outside")

    server.start()

    _notice(server, "night", "not active any more")
    server.record("dome", 2)
    assert stored.tree(tmp_path / "outside") == before
    os.unlink(server.site_dir / "night")


@pytest.mark.parametrize("swapped", ["night", "nights"])
def test_a_link_that_takes_the_place_of_the_run_s_directory_leads_nowhere_outside(swapped, make_server, tmp_path):
    outside = tmp_path / "outside"
    (outside / "night").mkdir(parents=True)
    server = make_server().start()
    server.start_run(run_id="night", run_dir="nights/night")
    server.record("dome", 1)
    place = server.site_dir / ("nights/night" if swapped == "night" else "nights")
    place.rename(place.with_name("kept"))
    place.symlink_to(outside / "night" if swapped == "night" else outside)

    detail_text(server.post("/event", {"type": "dome", "data": 2}), 503)
    assert server.post("/run/stop").status == 503
    assert [path for path in outside.rglob("*") if path.is_file()] == []

    place.unlink()
    place.with_name("kept").rename(place)
    server.record("dome", 3)
    stopped = server.stop_run()
    assert [line["data"] for line in stored.run_lines(stopped)] == [1, 3]


def test_a_link_to_another_server_s_run_is_no_way_into_it(make_server, tmp_path):
    root = tmp_path / "runs"
    root.mkdir()
    first, second = (
        make_server("--run-root", str(root), site_dir=tmp_path / name).start() for name in ("first", "second")
    )
    for server, name in ((first, "a"), (second, "b")):
        server.start_run(run_id="night", run_dir=str(root / name))
        server.record("dome", 1)
    theirs = (root / "b" / "telemetry.ndjson").read_bytes(), (root / "b" / "run.json").read_bytes()
    (root / "a").rename(root / "kept")
    (root / "a").symlink_to("b")

    detail_text(first.post("/event", {"type": "dome", "data": 2}), 503)
    assert first.post("/run/stop").status == 503
    assert ((root / "b" / "telemetry.ndjson").read_bytes(), (root / "b" / "run.json").read_bytes()) == theirs


def test_nothing_is_made_in_a_directory_that_another_server_holds(make_server, tmp_path):
    link = tmp_path / "link"
    (tmp_path / "real").mkdir()
    link.symlink_to("real")
    server = make_server(site_dir=link).start()
    server.start_run(run_id="night")
    server.record("dome", 1)
    other = make_server(site_dir=tmp_path / "other").start()
    other.record("dome", 5)
    before = sorted(other.site_dir.rglob("*"))
    link.unlink()
    link.symlink_to("other")

    detail_text(server.post("/event", {"type": "dome", "data": 2}), 503)
    assert sorted(other.site_dir.rglob("*")) == before


def test_a_copy_of_the_active_run_is_listed_with_its_events(make_server):
    server = make_server().start()
    server.start_run(run_id="night")
    for number in range(5):
        server.record("dome", number)
    shutil.copytree(server.site_dir / "night", server.site_dir / "copy")
    assert server.stop(signal.SIGKILL) != 0
    server.start()

    events = {Path(run["run_dir"]).name: run["events"] for run in server.get("/runs").json["runs"]}
    assert events == {"night": 5, "copy": 5}
