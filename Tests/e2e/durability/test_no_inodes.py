"""A file system with room and without inodes: no file can be made, and that is what is said."""

import os
import signal

import pytest

from e2e.support.refusals import detail_text


@pytest.fixture
def without_inodes(small_disk):
    """Takes all inodes of the small disk that are free, but for so many."""

    def take(but: int = 0) -> None:
        directory = small_disk.mounts.directory
        status = os.statvfs(small_disk.mounts.seen(directory))
        used = status.f_files - status.f_ffree
        small_disk.mounts.run("mount", "-o", f"remount,nr_inodes={used + but}", directory)

    return take


def test_where_no_file_can_be_made_that_is_told(small_disk, without_inodes, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    server.record("weather", 1)
    without_inodes()

    told = detail_text(server.post("/run/start", {"run_id": "a"}), 507)
    assert "no inodes free" in told and str(small_disk.site_dir) in told
    ready = server.get("/ready")
    assert (ready.status, "no inodes free" in ready.json["reason"]) == (503, True)
    line = server.wait_for_line("Cannot record")
    assert "no inodes free" in line and "disk full" not in line

    # There is room in the file that is there.
    server.record("weather", 2)
    small_disk.mounts.run("mount", "-o", "remount,nr_inodes=1000", small_disk.mounts.directory)
    assert server.start_run(run_id="a")["run_id"] == "a"


@pytest.mark.parametrize("is_replacing", [False, True], ids=["", "replacing"])
@pytest.mark.parametrize("free", range(6))
def test_a_run_is_started_with_all_that_it_needs_or_not_at_all(
    free, is_replacing, small_disk, without_inodes, make_server
):
    server = make_server(site_dir=small_disk.site_dir).start()
    server.record("weather", 1)
    if is_replacing:
        server.start_run(run_id="old")
        server.record("dome", 1)
    without_inodes(but=free)

    response = server.post("/run/start", {"run_id": "new", "replace": is_replacing})
    status = response.status

    assert status == 200 or "no inodes free" in detail_text(response, 507)
    active = "new" if status == 200 else "old" if is_replacing else None
    if active != "new":
        assert not (small_disk.seen_site_dir / "new").exists()
    # There is room in the files that are there.
    server.record("weather", 2, stream="site")
    assert server.record("dome", 2)["meta"].get("run_id") == active
    assert server.get("/ready").json["run_active"] == bool(active)
    server.stop(signal.SIGKILL)

    server.start()

    run = server.get("/run")
    assert (run.json["run_id"] if run.status == 200 else None) == active
    assert server.get("/current/dome").json["data"] == 2
    server.record("weather", 3, stream="site")
    server.record("dome", 3)
    assert server.get("/ready").status == 200
    small_disk.mounts.run("mount", "-o", "remount,nr_inodes=1000", small_disk.mounts.directory)
    assert server.get("/ready").status == 200
    assert "notices" not in server.get("/ready").json
    if active:
        server.stop_run()


def test_a_checkpoint_that_cannot_be_written_is_told_and_hinders_nobody(small_disk, without_inodes, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    server.record("weather", 1)
    server.stop()
    without_inodes()

    server.start()

    assert any("The checkpoint cannot be written" in line for line in server.log)
    assert server.record("weather", 2)["seq"] == 2
    ready = server.get("/ready")
    (notice,) = ready.json["notices"]
    assert ready.status == 200 and "checkpoint cannot be written (no inodes free" in notice
