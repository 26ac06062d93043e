"""A file system with room and without inodes: no file can be made, and that is what is said."""

import os

import pytest

from e2e.support.refusals import detail_text


@pytest.fixture
def without_inodes(small_disk):
    """Takes all inodes of the small disk that are free."""

    def take() -> None:
        directory = small_disk.mounts.directory
        status = os.statvfs(small_disk.mounts.seen(directory))
        used = status.f_files - status.f_ffree
        small_disk.mounts.run("mount", "-o", f"remount,nr_inodes={used}", directory)

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
