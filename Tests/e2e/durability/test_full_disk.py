"""A full disk: what is refused is refused clearly, what was acknowledged stays, and recording resumes by itself."""

import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from e2e.durability.oracle import public
from e2e.support import stored
from e2e.support.refusals import detail_text
from e2e.support.scarcity import available, fill
from e2e.support.server import Server

CLIENTS = 8


def _reason(server: Server) -> str:
    """Why the server says that it is not ready."""
    response = server.get("/ready")
    assert response.status == 503, f"/ready says {response.status} {response.body!r} when nothing can be recorded"
    assert response.json["ready"] is False
    assert response.json["reason"]
    return response.json["reason"]


def _recorded(place) -> list[dict]:
    return [public(line) for line in stored.site_lines(place.seen_site_dir)]


def test_a_refusal_names_the_directory_and_the_bytes_that_are_left(place, make_server):
    server = make_server(site_dir=place.site_dir).start()
    refusals = []

    fill(server, refusals.append)

    for response in refusals:
        text = detail_text(response, 507)
        assert str(place.site_dir) in text and re.search(r"\d+ bytes", text), text


def test_a_refusal_tells_how_many_bytes_are_left(small_disk, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    refusals = []

    fill(server, refusals.append)

    left = re.search(r"(\d+) bytes", detail_text(refusals[-1], 507))
    assert int(left[1]) == available(small_disk.seen_site_dir)


def test_what_was_acknowledged_stays_and_what_is_asked_is_answered_while_the_disk_is_full(place, make_server):
    server = make_server(site_dir=place.site_dir).start()
    run = server.start_run(run_id="night")
    dome = server.record("dome", 1)

    acknowledged = fill(server, stream="site")

    for _ in range(3):
        assert server.post("/event", {"type": "dome", "data": 2, "stream": "site"}).status == 507
        assert server.get("/current").json["current"] == {"dome": dome, "fill": acknowledged[-1]}
        assert server.get("/run").json == run
        assert server.get("/health").status == 200
    assert _recorded(place) == acknowledged


@pytest.mark.parametrize(
    "asked", [("/ready",), ("/ready", "/current"), ()], ids=lambda paths: " ".join(paths) or "idle"
)
def test_recording_resumes_by_itself_when_there_is_room_and_no_number_is_left_out(asked, place, make_server):
    server = make_server(site_dir=place.site_dir).start()
    acknowledged = fill(server)

    place.make_room(server)
    answers = [server.get(path).status for path in asked]
    acknowledged += [server.record("fill", number) for number in range(5)]

    assert answers == [200 for _ in asked]
    assert server.get("/ready").json["ready"] is True
    assert [event["seq"] for event in acknowledged] == list(range(1, len(acknowledged) + 1))
    assert _recorded(place) == acknowledged


def test_the_server_is_not_ready_for_as_long_as_the_disk_is_full(place, make_server):
    server = make_server(site_dir=place.site_dir).start()
    fill(server)

    for _ in range(3):
        assert _reason(server)
        assert server.post("/event", {"type": "fill", "data": {"pad": "x" * 5_000}}).status == 507


def test_an_ephemeral_event_is_answered_or_refused_and_never_written_while_the_disk_is_full(place, make_server):
    server = make_server(site_dir=place.site_dir).start()
    acknowledged = fill(server)

    response = server.post("/event", {"type": "mount", "data": 1, "store_permanently": False})

    assert response.status in (200, 507), response
    assert server.get("/current/mount").status == (200 if response.status == 200 else 404)
    assert _recorded(place) == acknowledged


def test_nothing_is_lost_when_many_clients_fill_the_disk_at_once(place, make_server):
    server = make_server(site_dir=place.site_dir).start()

    with ThreadPoolExecutor(CLIENTS) as pool:
        posted = [pool.submit(fill, server) for _ in range(CLIENTS)]
        acknowledged = sorted((event for events in posted for event in events.result()), key=lambda event: event["seq"])

    assert [event["seq"] for event in acknowledged] == list(range(1, len(acknowledged) + 1))
    assert _recorded(place) == acknowledged
    assert server.get("/current/fill").json == acknowledged[-1]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("is_torn", [False, True], ids=["", "with a torn line"])
def test_a_server_starts_on_a_full_disk_and_records_when_there_is_room(ending, is_torn, place, make_server):
    server = make_server(site_dir=place.site_dir).start()
    acknowledged = fill(server)
    current = server.get("/current").json
    server.stop(ending)
    if is_torn:
        _tear(place)

    server.start()

    assert server.get("/current").json == current
    assert detail_text(server.post("/event", {"type": "fill", "data": {"pad": "x" * 5_000}}), 507)
    place.make_room(server)
    acknowledged.append(server.record("fill", 1))
    assert acknowledged[-1]["seq"] == len(acknowledged)
    assert server.get("/ready").status == 200
    assert _recorded(place) == acknowledged


def test_a_day_that_begins_while_the_disk_is_full_is_recorded_when_there_is_room(place, make_server):
    # Each event moves this clock on by a second, also one that is refused.
    server = make_server(site_dir=place.site_dir, env={"TZ": "UTC", "POCSTIME": "2026-05-20 11:55:00"}).start()
    acknowledged = fill(server)
    assert acknowledged[-1]["ts"] < "2026-05-20T11:59"

    answers = [server.post("/event", {"type": "fill", "data": {"pad": "x" * 5_000}}) for _ in range(300)]
    acknowledged += [answer.json for answer in answers if answer.status == 200]
    assert {answer.status for answer in answers} <= {200, 507}
    place.make_room(server)
    acknowledged += [server.record("fill", number) for number in range(3)]

    assert [event["seq"] for event in acknowledged] == list(range(1, len(acknowledged) + 1))
    assert _recorded(place) == acknowledged
    last = stored.lines(place.seen_site_dir / "site_20260520.ndjson")
    assert [line["data"] for line in last[-3:]] == [0, 1, 2]


def _tear(place) -> None:
    """Ends the site file with a piece of a line, if that takes no more room than there is."""
    (path,) = place.seen_site_dir.glob("site_*.ndjson")
    with path.open("ab", buffering=0) as file:
        file.write(b"{")


def test_a_run_does_not_start_on_a_full_disk_and_starts_when_there_is_room(small_disk, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    acknowledged = fill(server)

    for _ in range(2):
        assert str(small_disk.site_dir) in detail_text(server.post("/run/start", {"run_id": "night"}), 507)
        assert server.get("/run").status == 404
        assert server.get("/runs").json == {"runs": []}
    assert _reason(server)
    small_disk.make_room(server)
    run = server.start_run(run_id="night")

    assert server.get("/run").json == run
    assert server.record("dome", 1)["seq"] == 1
    assert _recorded(small_disk) == acknowledged


def test_a_refused_replacement_leaves_the_run_that_was_active(small_disk, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    run = server.start_run(run_id="first")
    fill(server)

    assert detail_text(server.post("/run/start", {"run_id": "second", "replace": True}), 507)

    assert server.get("/run").json == run
    assert [(known["run_id"], known["stopped_at"]) for known in server.get("/runs").json["runs"]] == [("first", None)]


@pytest.mark.parametrize("ending", [None, signal.SIGKILL], ids=["", "and is killed"])
def test_a_run_that_is_stopped_on_a_full_disk_is_stopped_or_still_active(ending, small_disk, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    run = server.start_run(run_id="night")
    acknowledged = fill(server)

    response = server.post("/run/stop")

    if ending:
        server.stop(ending)
        server.start()
    if response.status == 200:
        assert server.get("/run").status == 404
    else:
        assert str(small_disk.site_dir) in detail_text(response, 507)
        assert server.get("/run").json == run
        small_disk.make_room(server)
        server.stop_run()
    assert server.get("/current/fill").json == acknowledged[-1]
    (known,) = server.get("/runs").json["runs"]
    assert known["stopped_at"] and known["events"] == len(acknowledged)
    lines = stored.lines(small_disk.seen_site_dir / "night" / "telemetry.ndjson")
    assert [public(line) for line in lines] == acknowledged


def test_a_read_only_disk_is_answered_with_503_until_it_is_writable_again(small_disk, make_server):
    server = make_server(site_dir=small_disk.site_dir).start()
    small_disk.mounts.make_read_only(small_disk.site_dir)

    for path, body in [("/event", {"type": "dome", "data": 1}), ("/run/start", {"run_id": "night"})]:
        assert "Read-only file system" in detail_text(server.post(path, body), 503)
        assert "Read-only file system" in _reason(server)
    assert server.get("/current").json == {"current": {}}
    assert server.get("/run").status == 404
    small_disk.mounts.make_writable(small_disk.site_dir)

    assert server.get("/ready").status == 200
    event = server.record("dome", 1)
    assert event["seq"] == 1
    assert _recorded(small_disk) == [event]
