"""An index without room: recording goes on, and history is right again by itself when there is room."""

from pathlib import Path

import pytest

from e2e.history import asking
from e2e.history.checks import check_all
from e2e.history.nights import ZONE, Nights
from e2e.history.oracle import Oracle
from e2e.support import stored
from e2e.support.privileges import not_permitted
from e2e.support.scarcity import Mounts, fill, install_wrapper
from e2e.support.server import binary
from e2e.support.waiting import wait_until


class SmallIndex:
    """A small file system where the index is, most of it taken by a ballast."""

    def __init__(self, index: Path, size: int):
        index.mkdir(parents=True, exist_ok=True)
        self.mounts = Mounts(index, size)
        self.command = self.mounts.command
        self._ballast = self.mounts.seen(index) / "ballast"
        self._ballast.write_bytes(bytes(size - 16_384))

    def make_room(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def small_index(small_winter, tmp_path, monkeypatch):
    index = small_winter.site_dir / ".telemetry/index"
    for path in index.iterdir():
        path.unlink()
    try:
        place = SmallIndex(index, 16 << 20)
    except PermissionError as error:
        not_permitted(error)
    monkeypatch.setenv("TELEMETRY_BINARY", install_wrapper(tmp_path, place.command, binary()))
    yield place
    place.mounts.close()


def test_without_room_for_the_index_recording_goes_on_and_with_room_history_is_right_again(
    small_index, small_winter, make_winter_server, history_choices
):
    server = make_winter_server(site_dir=small_winter.site_dir).start()

    for number in range(50):
        server.record("posted", {"v": number})
    ready = server.get("/ready")
    assert ready.status == 200 and ready.json["ready"] is True
    assert ready.json["history"] == "behind"
    # What is asked meanwhile is answered from the lines, or is said to be incomplete; it is never wrong in silence.
    answer = server.get(asking.path("posted", points=1, **{"from": "-1d"}))
    assert answer.status in (200, 404, 503)

    small_index.make_room()
    asking.wait_until_ready(server)
    oracle = Oracle(small_winter.site_dir)
    asking.wait_until_complete(server, {name: oracle.summary(name)[0] for name in oracle.types()})
    check_all(server, oracle, history_choices, spans_per_type=1)


def test_without_room_at_all_what_was_acknowledged_is_in_the_history_later(small_disk, make_server, history_choices):
    server = make_server(site_dir=small_disk.site_dir, env={"TZ": ZONE}).start()
    acknowledged = fill(server)
    assert server.get("/ready").json["history"] in ("ready", "behind")

    small_disk.make_room(server)
    acknowledged += [server.record("fill", {"n": number}) for number in range(20)]

    wait_until(lambda: server.get("/ready").status == 200, "there is room", server.log)
    asking.wait_until_complete(server, {"fill": len(acknowledged)})
    assert len(stored.site_lines(small_disk.seen_site_dir)) == len(acknowledged)
    check_all(server, Oracle(small_disk.seen_site_dir), history_choices)


def test_files_that_were_there_before_are_indexed_by_themselves(history_seed, tmp_path, make_winter_server):
    Nights(history_seed, share=0.2).write(tmp_path / "site")
    server = make_winter_server().start()
    seen = []

    def is_ready():
        ready = server.get("/ready")
        assert ready.status == 200
        seen.append(ready.json["history"])
        # It records meanwhile.
        server.record("posted", {"v": len(seen)})
        return seen[-1] == "ready"

    wait_until(is_ready, "the files are indexed", server.log)
    assert set(seen) <= {"behind", "ready"}
    asking.wait_until_complete(server, {"posted": len(seen)})
