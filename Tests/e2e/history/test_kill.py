"""kill -9 at random moments: while files are indexed for the first time, and while events are recorded."""

import json
import threading
import time
from contextlib import suppress
from http.client import HTTPException

from e2e.history import asking
from e2e.history.checks import check_all
from e2e.history.nights import events_of
from e2e.history.oracle import Oracle
from e2e.support.server import Server, exchange

ROUNDS = 8
GONE = (OSError, HTTPException)


def _kill(server: Server) -> None:
    server.process.kill()
    server.wait()


def _moment(choices) -> float:
    """Seconds, soon as often as late."""
    moment = 10 ** choices.uniform(-2.5, 0.4)
    print(f"killed after {moment:.4f} s")
    return moment


def _right(server: Server, choices) -> None:
    asking.wait_until_ready(server)
    oracle = Oracle(server.site_dir)
    asking.wait_until_complete(server, {name: oracle.summary(name)[0] for name in oracle.types()})
    check_all(server, oracle, choices, spans_per_type=1)


def test_files_are_indexed_to_the_end_by_a_server_that_is_killed_again_and_again(
    small_winter, make_winter_server, history_choices
):
    index = small_winter.site_dir / ".telemetry/index"
    for path in index.iterdir():
        path.unlink()
    server = make_winter_server(site_dir=small_winter.site_dir)
    for _ in range(ROUNDS):
        server.start()
        # Somewhere in it; nothing waits for this.
        time.sleep(_moment(history_choices))
        _kill(server)
    server.start()
    _right(server, history_choices)


def test_files_are_indexed_to_the_end_by_a_server_that_is_stopped_again_and_again(
    large_day, make_winter_server, history_choices
):
    """A stop keeps what was read, and no line is read twice."""
    server = make_winter_server(site_dir=large_day)
    for _ in range(2 * ROUNDS):
        server.start()
        # Somewhere in it; nothing waits for this.
        time.sleep(_moment(history_choices) / 4)
        assert server.stop() == 0
    server.start()
    _right(server, history_choices)


def test_a_large_file_is_indexed_to_its_end(large_day, make_winter_server, history_choices):
    server = make_winter_server(site_dir=large_day).start()
    _right(server, history_choices)


def test_history_is_right_after_a_server_was_killed_while_it_recorded(
    small_winter, make_winter_server, history_choices, history_seed
):
    server = make_winter_server(site_dir=small_winter.site_dir)
    events = list(events_of(history_seed, 200_000))
    run = None
    for number in range(ROUNDS):
        server.start()
        if number % 3 == 0:
            run = server.start_run(run_id=f"killed {number}", replace=True)
        is_over = threading.Event()
        clients = [
            threading.Thread(target=_post, args=(server, events[client :: 2 * ROUNDS], number, is_over))
            for client in (2 * number, 2 * number + 1)
        ]
        for client in clients:
            client.start()
        time.sleep(_moment(history_choices))
        _kill(server)
        is_over.set()
        for client in clients:
            client.join()
        if history_choices.random() < 0.4:
            server.start()
            _right(server, history_choices)
            _kill(server)
    server.start()
    assert server.get("/run").json["run_id"] == run["run_id"]
    server.stop_run()
    _right(server, history_choices)


def _post(server: Server, events: list[dict], seed: int, is_over: threading.Event) -> None:
    connection = server.connect()
    with suppress(*GONE):
        while events and not is_over.is_set():
            size = 1 if seed % 2 else 100
            body = "".join(json.dumps(event) + "\n" for event in events[:size])
            del events[:size]
            response = exchange(connection, "POST", "/events", body.encode(), {"Content-Type": "application/x-ndjson"})
            assert response.status == 200, response
    connection.close()
