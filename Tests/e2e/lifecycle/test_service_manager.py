"""What the server tells the service manager: readiness, progress, state, reloads, the end, and that it is alive."""

import http.client
import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from e2e.lifecycle.service_manager import ServiceManager
from e2e.support import stored
from e2e.support.server import Server, exchange
from e2e.support.waiting import wait_until

# How long a server may take to stop, in seconds: what is promised, and not what was measured.
STOP_LIMIT = 2.0
IO_ERROR = 74
CLIENTS = 8
# In seconds; it also makes the state known sooner.
WATCHDOG = 2.0


def _write_history(site_dir: Path, lines: int) -> None:
    """A site file of so many lines, without a checkpoint: a start reads all of it."""
    site_dir.mkdir(parents=True)
    event = {"ts": "2026-05-20T22:00:00.000Z", "stream": "site", "type": "dome", "data": "x" * 1_000, "meta": {}}
    text = "".join(json.dumps({"seq": seq, **event}) + "\n" for seq in range(1, lines + 1))
    (site_dir / "site_20260520.ndjson").write_text(text)


def test_ready_is_told_once_and_every_listener_answers_then(make_server, manager: ServiceManager, tmp_path):
    server = make_server("--unix-socket", str(tmp_path / "s.sock"), env=manager.env)
    server.spawn()
    told = manager.wait_for_ready()
    server.wait_for_line("Listening on ")

    assert told["STATUS"].startswith("Recording site stream")
    assert not any("READY" in told for told in manager.notifications[:-1])
    assert server.stop() == 0
    assert not any("READY" in told for told in manager.take_all())


def test_ready_waits_for_a_long_recovery_which_tells_how_far_it_is(make_server, manager, held_calls, tmp_path):
    _write_history(tmp_path / "site", 2_000)
    held_calls.slow_down("read", 150)
    server: Server = make_server(env=manager.env | held_calls.env)
    server.spawn()

    extensions = [manager.wait_for(lambda told: "EXTEND_TIMEOUT_USEC" in told, "to wait") for _ in range(2)]
    held_calls.release("read")
    manager.wait_for_ready()

    assert all(int(told["EXTEND_TIMEOUT_USEC"]) >= 10_000_000 for told in extensions)
    progress = [re.fullmatch(r"Recovering: (\S+) (kB|MB) of (\S+ \wB) read", told["STATUS"]) for told in extensions]
    assert all(progress), extensions
    first, second = (float(match[1]) * {"kB": 1, "MB": 1_000}[match[2]] for match in progress)
    assert first < second < 2_200
    assert {match[3] for match in progress} == {"2.2 MB"}
    server.wait_for_line("Listening on ")
    assert server.stop() == 0


def test_a_recovery_that_does_not_get_on_is_not_given_more_time(make_server, manager, held_calls, tmp_path):
    _write_history(tmp_path / "site", 100)
    held_calls.hold("read")
    server = make_server(env=manager.env | held_calls.env)
    server.spawn()
    manager.wait_for_status("Starting")

    # Three times as long as it takes to ask for more time.
    assert not manager.receive(timeout=3.5), manager.notifications
    held_calls.release("read")
    manager.wait_for_ready()
    assert server.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_long_recovery_is_left_at_once_and_begun_again_by_the_next_start(
    number, make_server, manager, held_calls, tmp_path
):
    _write_history(tmp_path / "site", 2_000)
    path = tmp_path / "site" / "site_20260520.ndjson"
    before = path.read_bytes()
    socket_path = tmp_path / "s.sock"
    held_calls.hold("read")
    server = make_server("--unix-socket", str(socket_path), env=manager.env | held_calls.env)
    server.spawn()
    manager.wait_for_status("Starting")

    began = time.monotonic()
    assert server.stop(number) == 0

    assert time.monotonic() - began < STOP_LIMIT
    assert manager.take_all()[-1]["STOPPING"] == "1"
    assert path.read_bytes() == before
    assert not socket_path.exists()
    held_calls.release("read")
    server.start()
    assert server.record("dome", 1)["seq"] == 2_001


def test_the_status_tells_what_is_recorded(make_server, manager):
    clock = {"POCSTIME": "2026-05-20 22:00:00", "TZ": "UTC"}
    server = make_server(env=manager.watching(WATCHDOG) | clock).start()
    assert manager.wait_for_ready()["STATUS"] == "Recording site stream: no event since the start"

    server.record("dome", 1)
    text = manager.wait_for_status("1 event ")
    assert re.fullmatch(r"Recording site stream site_20260520\.ndjson: 1 event since the start, last \d s ago", text)

    run = server.start_run(run_id="20260520_M42")
    manager.wait_for_status("Recording run 20260520_M42: no event")
    for number in range(1_234):
        server.record("dome", number)
    text = manager.wait_for_status("1,234 events")
    assert re.fullmatch(r"Recording run 20260520_M42: 1,234 events, last \d s ago", text)

    server.stop_run()
    assert manager.wait_for_status("site_20260520.ndjson").endswith("1 event since the start")
    assert run["run_id"] == "20260520_M42"


def test_a_status_holds_one_line_whatever_a_client_names_a_run(make_server, manager):
    server = make_server(env=manager.watching(WATCHDOG)).start()
    server.start_run(run_id="a\u2028b\u202ec")

    assert manager.wait_for_status("Recording run").startswith("Recording run a\\u{2028}b\\u{202e}c: ")
    assert all(set(told) <= {"READY", "STATUS", "WATCHDOG"} for told in manager.notifications)


def test_a_failing_disk_is_told_and_that_it_works_again_without_anybody_asking(make_server, manager, tmp_path):
    server = make_server(env=manager.watching(WATCHDOG)).start()
    server.record("dome", 1)
    moved = server.site_dir.rename(tmp_path / "unmounted")
    assert server.post("/event", {"type": "dome", "data": 2}).status == 503

    text = manager.wait_for_status("Cannot record: ")
    assert str(server.site_dir) in text and "No such file or directory" in text
    moved.rename(server.site_dir)

    assert manager.wait_for_status("Recording site stream")
    server.wait_for_line("Recording works again")


def test_hangup_is_told_as_a_reload_and_its_end(make_server, manager):
    server = make_server(env=manager.env).start()
    manager.wait_for_ready()
    before = time.monotonic()

    server.process.send_signal(signal.SIGHUP)

    told = manager.wait_for(lambda told: "RELOADING" in told, "of a reload")
    assert told["RELOADING"] == "1"
    assert before <= int(told["MONOTONIC_USEC"]) / 1_000_000 <= time.monotonic()
    assert manager.wait_for_ready()["STATUS"].startswith("Recording ")
    assert server.get("/health").status == 200


def test_hangup_reads_the_verbosity_again(make_server, manager, tmp_path):
    file = tmp_path / "environment"
    file.write_text("# how much is logged\nPANOPTES_TELEMETRY_VERBOSE=0\n")
    server = make_server("--environment-file", str(file), env=manager.env | {"PANOPTES_TELEMETRY_VERBOSE": "1"}).start()
    manager.wait_for_ready()

    def reload() -> None:
        server.process.send_signal(signal.SIGHUP)
        manager.wait_for(lambda told: "RELOADING" in told, "of a reload")
        manager.wait_for_ready()

    server.record("quiet", 1)
    file.write_text('PANOPTES_TELEMETRY_VERBOSE="1"\n')
    reload()
    server.record("loud", 2)
    server.wait_for_line("Event 2 of type loud")
    file.write_text("")
    reload()
    server.record("quiet", 3)
    file.unlink()
    reload()
    server.record("environment", 4)
    server.wait_for_line("Event 4 of type environment")
    assert not any("type quiet" in line for line in server.log)


def test_stopping_is_told_before_the_end(make_server, manager):
    server = make_server(env=manager.env).start()
    manager.wait_for_ready()

    began = time.monotonic()
    assert server.stop() == 0

    assert time.monotonic() - began < STOP_LIMIT
    assert manager.take_all()[-1] == {"STOPPING": "1", "STATUS": "Stopping"}


def test_a_client_that_does_not_read_does_not_hold_up_the_stop(make_server, manager, tmp_path):
    path = tmp_path / "s.sock"
    server = make_server("--unix-socket", str(path), env=manager.env).start()
    connections = [server.connect() for _ in range(3)]
    for connection in connections:
        connection.putrequest("POST", "/event")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b'{"type":')

    began = time.monotonic()
    assert server.stop() == 0

    assert time.monotonic() - began < STOP_LIMIT
    for connection in connections:
        connection.close()


def _beats(manager: ServiceManager, seconds: float) -> int:
    """How many signs of life come in so many seconds."""
    end = time.monotonic() + seconds
    count = 0
    while manager.receive(max(0, end - time.monotonic())):
        count += "WATCHDOG" in manager.notifications[-1]
    return count


def _is_beat(told: dict[str, str]) -> bool:
    return told.get("WATCHDOG") == "1"


def test_signs_of_life_come_twice_in_each_interval(make_server, manager):
    server = make_server(env=manager.watching(WATCHDOG)).start()
    manager.wait_for_ready()
    times = []
    for _ in range(6):
        manager.wait_for(_is_beat, "of life")
        times.append(time.monotonic())

    assert max(b - a for a, b in zip(times, times[1:], strict=False)) < WATCHDOG
    assert server.stop() == 0


def test_without_a_watchdog_there_are_none(make_server, manager):
    server = make_server(env=manager.env).start()
    manager.wait_for_ready()

    assert _beats(manager, 3.0) == 0
    assert server.is_running


@pytest.mark.parametrize(
    ("call", "part"), [("sync", "the commit thread"), ("write", "the recorder")], ids=["commit", "recorder"]
)
def test_they_end_while_a_part_hangs_which_is_named_and_go_on_when_it_does(
    call, part, make_server, manager, held_calls
):
    server = make_server(env=manager.watching(WATCHDOG) | held_calls.env).start()
    server.record("dome", 0)
    manager.wait_for(_is_beat, "of life")

    held_calls.hold(call)
    connection = server.connect()
    connection.request("POST", "/event", b'{"type":"dome","data":1}', {"Content-Type": "application/json"})

    line = server.wait_for_line(f"No answer from {part} ")
    assert re.search(r"for \d s; the service manager ends the server after 2 s", line) and " error: " in line
    assert manager.wait_for_status(f"no answer from {part}") == f"Cannot record: no answer from {part}"
    manager.take_all()
    assert _beats(manager, 2 * WATCHDOG) == 0

    held_calls.release(call)
    manager.wait_for(_is_beat, "of life")
    server.wait_for_line(f"Answers again: {part}")
    assert connection.getresponse().status == 200
    connection.close()
    assert manager.wait_for_status("Recording site stream")


def test_they_go_on_while_a_disk_does_not_say_which_runs_there_are(make_server, manager, held_calls):
    env = manager.watching(WATCHDOG) | held_calls.env | {"HELD_SUFFIX": "run.json"}
    server = make_server(env=env).start()
    server.start_run(run_id="a")
    # What it learns of runs it keeps: a new process reads run.json when it is first asked.
    server.stop()
    server.start()
    manager.take_all()
    manager.wait_for(_is_beat, "of life")
    held_calls.hold("read")
    connection = server.connect()
    connection.request("GET", "/runs")

    # A worker waits, and the thread that serves connections does not.
    assert _beats(manager, 2 * WATCHDOG) >= 4
    assert server.get("/health").status == 200
    server.record("dome", 1)

    held_calls.release("read")
    assert connection.getresponse().status == 200
    connection.close()


def test_they_end_while_the_process_is_stopped_and_go_on_after(make_server, manager):
    server = make_server(env=manager.watching(WATCHDOG)).start()
    manager.wait_for(_is_beat, "of life")

    server.process.send_signal(signal.SIGSTOP)
    # Until then a thread may go on, and a sign of life come.
    os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)
    manager.take_all()
    assert _beats(manager, 2 * WATCHDOG) == 0

    server.process.send_signal(signal.SIGCONT)
    manager.wait_for(_is_beat, "of life")
    assert server.record("dome", 1)["seq"] == 1


def test_they_go_on_while_the_disk_cannot_be_written(make_server, manager, tmp_path):
    server = make_server(env=manager.watching(WATCHDOG)).start()
    server.record("dome", 1)
    moved = server.site_dir.rename(tmp_path / "unmounted")
    assert server.post("/event", {"type": "dome", "data": 2}).status == 503
    manager.wait_for_status("Cannot record")

    assert _beats(manager, 2 * WATCHDOG) >= 4
    moved.rename(server.site_dir)


def test_they_go_on_while_all_connections_are_in_use_and_idle(make_server, manager):
    server = make_server("--http-threads", "2", env=manager.watching(WATCHDOG)).start()
    connections = [server.connect() for _ in range(400)]
    for connection in connections:
        connection.connect()

    assert _beats(manager, 2 * WATCHDOG) >= 4
    for connection in connections:
        connection.close()


def test_a_server_that_hangs_is_stopped_all_the_same(make_server, manager, held_calls):
    server = make_server(env=manager.env | held_calls.env).start()
    server.record("dome", 0)
    held_calls.hold("sync")
    connection = server.connect()
    connection.request("POST", "/event", b'{"type":"dome","data":1}', {"Content-Type": "application/json"})
    # It is in the file, and waits for the disk.
    (path,) = server.site_dir.glob("site_*.ndjson")
    wait_until(lambda: path.read_bytes().count(b"\n") == 2, "the event is in the file", server.log)

    assert server.stop() == IO_ERROR

    assert any("Stopped without an answer from the commit thread" in line for line in server.log)
    held_calls.release("sync")
    server.start()
    assert server.get("/current/dome").json["data"] == 1
    connection.close()


def test_a_server_that_is_stopped_while_a_slow_disk_is_busy_ends_in_order(make_server, held_calls):
    server = make_server(env=held_calls.env).start()
    server.record("dome", "first")
    held_calls.slow_down("sync", 1_500)
    acknowledged = []

    def post() -> None:
        """Posts until the server refuses to be connected to: there is always an event on its way to the disk."""
        connection = server.connect()
        with suppress(ConnectionError, http.client.HTTPException):
            while True:
                answer = exchange(connection, "POST", "/event", {"type": "dome", "data": None})
                assert answer.status == 200, answer
                acknowledged.append(answer.json["seq"])

    with ThreadPoolExecutor(CLIENTS) as pool:
        posting = [pool.submit(post) for _ in range(CLIENTS)]
        wait_until(lambda: len(acknowledged) >= CLIENTS, "as many events as clients are on disk", server.log)
        status = server.stop()
        for client in posting:
            client.result()

    assert status == 0, server.log
    held_calls.release("sync")
    lines = stored.site_lines(server.site_dir)
    assert set(acknowledged) <= {line["seq"] for line in lines}
