"""A sync that fails: nothing is acknowledged any more, and the server ends for another to take its place."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import dropwhile, pairwise
from pathlib import Path

import pytest

from e2e.support import stored
from e2e.support.server import Response, Server, exchange
from e2e.support.sync_faults import SyncFaults
from e2e.support.waiting import wait_until

CLIENTS = 16
# A bound on a server that goes on; none that works is asked so often.
LIMIT = 1_000
IO_ERROR = 74
MODES = ["always", "interval", "never"]


def _check_ended(server: Server) -> None:
    wait_until(lambda: not server.is_running, "the server ended", server.log)
    assert server.wait() == IO_ERROR, server.log
    assert any(" critical: " in line for line in server.log), server.log


def _check_restart(server: Server, acknowledged: list[dict]) -> None:
    """The server comes back with what it acknowledged, and with numbers after all that are in the file."""
    server.start()
    assert server.get("/ready").status == 200
    lines = stored.site_lines(server.site_dir)
    highest = max((line["seq"] for line in lines), default=0)
    assert [event["data"] for event in acknowledged] == [line["data"] for line in lines][: len(acknowledged)]
    assert server.record("dome", "after", stream="site")["seq"] == highest + 1
    seqs = [line["seq"] for line in stored.site_lines(server.site_dir)]
    assert all(a < b for a, b in pairwise(seqs)), seqs


def _make(make_server, sync_faults: SyncFaults, mode: str) -> Server:
    return make_server("--sync", mode, env=sync_faults.env).start()


def _file(server: Server) -> Path:
    (path,) = server.site_dir.glob("site_*.ndjson")
    return path


def test_all_who_wait_for_a_sync_that_fails_are_refused_and_the_server_ends(make_server, sync_faults):
    server = _make(make_server, sync_faults, "always")
    acknowledged = [server.record("dome", 0)]
    path = _file(server)

    sync_faults.hold(".ndjson")
    with ThreadPoolExecutor(CLIENTS) as pool:
        event = {"type": "dome", "data": 1}
        posted = [pool.submit(server.post, "/event", event) for _ in range(CLIENTS)]
        wait_until(lambda: path.read_bytes().count(b"\n") == 1 + CLIENTS, "all are in the file", server.log)
        sync_faults.fail(".ndjson")
        sync_faults.release()
        answers = [post.result() for post in posted]

    for answer in answers:
        assert answer.status == 503 and answer.json["detail"], answer
    _check_ended(server)
    _check_restart(server, acknowledged)


def test_nothing_is_acknowledged_after_a_sync_failed(make_server, sync_faults):
    server = _make(make_server, sync_faults, "always")
    connection = server.connect()
    connection.connect()
    answers: list[Response] = []

    with suppress(ConnectionError, http.client.HTTPException):
        while len(answers) < LIMIT:
            if len(answers) == 10:
                sync_faults.fail(".ndjson")
            answers.append(exchange(connection, "POST", "/event", {"type": "dome", "data": len(answers)}))
    connection.close()

    assert [answer.status for answer in answers[:11]] == 10 * [200] + [503]
    assert all(answer.status == 503 for answer in answers[10:]), answers[10:]
    _check_ended(server)
    _check_restart(server, [answer.json for answer in answers[:10]])


def test_a_sync_of_each_second_that_fails_ends_the_server(make_server, sync_faults):
    server = _make(make_server, sync_faults, "interval")
    acknowledged = [server.record("dome", 0)]

    # However long the second event takes, the next sync waits for it.
    sync_faults.hold(".ndjson")
    acknowledged.append(server.record("dome", 1))
    sync_faults.fail(".ndjson")
    sync_faults.release()

    _check_ended(server)
    _check_restart(server, acknowledged)


@pytest.mark.parametrize("mode", ["always", "interval"])
def test_a_sync_that_failed_is_never_tried_again(mode, make_server, sync_faults):
    server = _make(make_server, sync_faults, mode)
    server.record("dome", 0)

    sync_faults.fail(".ndjson")
    server.post("/event", {"type": "dome", "data": 1})
    _check_ended(server)

    (path, _), *later = dropwhile(lambda call: call[1] == 0, sync_faults.calls)
    assert path == str(_file(server))
    assert path not in [name for name, _ in later], f"synced again after the failure: {later}"


@pytest.mark.parametrize("mode", MODES)
def test_a_run_whose_last_sync_fails_is_not_acknowledged_to_have_stopped(mode, make_server, sync_faults):
    server = _make(make_server, sync_faults, mode)
    run = server.start_run(run_id="night")
    server.record("dome", 0)

    sync_faults.fail("telemetry.ndjson")
    response = server.post("/run/stop")

    assert response.status == 503, response
    _check_ended(server)
    server.start()
    assert server.get("/run").json == run
    assert server.get("/current/dome").json["data"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_a_sync_that_fails_while_a_run_starts_ends_the_server(mode, make_server, sync_faults):
    server = _make(make_server, sync_faults, mode)
    acknowledged = [server.record("dome", 0)]

    sync_faults.fail(".ndjson")
    response = server.post("/run/start", {"run_id": "night"})

    assert response.status == 503, response
    _check_ended(server)
    _check_restart(server, acknowledged)


def _post_until_checkpoint(server: Server, sync_faults: SyncFaults) -> None:
    """Posts large events until they bring about a checkpoint, or are refused."""

    def checkpoints() -> int:
        return sum(path == f"{server.site_dir}/.telemetry/checkpoint.json.new" for path, _ in sync_faults.calls)

    event = {"type": "dome", "data": "x" * 200_000}
    assert server.post("/event", event).status == 200
    before = checkpoints()
    for _ in range(LIMIT):
        if server.post("/event", event).status != 200 or checkpoints() > before:
            return
    pytest.fail("there was no checkpoint")


def test_a_sync_that_fails_for_a_checkpoint_ends_the_server(make_server, sync_faults, tmp_path):
    # The same events bring about the same syncs: from one server it is known which to let fail in another.
    model = _make(make_server, sync_faults, "always")
    _post_until_checkpoint(model, sync_faults)
    paths = [path for path, _ in sync_faults.calls]
    last_checkpoint = max(index for index, path in enumerate(paths) if path.endswith("checkpoint.json.new"))
    number = sum(path.endswith(".ndjson") for path in paths[:last_checkpoint])
    sync_faults.env["SYNC_FAULTS_SKIP"] = str(number - 1)
    sync_faults.fail(".ndjson")

    server = make_server(env=sync_faults.env, site_dir=tmp_path / "other").start()
    with suppress(ConnectionError, http.client.HTTPException):
        _post_until_checkpoint(server, sync_faults)

    assert (str(_file(server)), -1) in sync_faults.calls
    _check_ended(server)


@pytest.mark.parametrize("mode", ["interval", "never"])
def test_a_last_sync_that_fails_when_the_server_is_stopped_is_told_by_its_exit_status(mode, make_server, sync_faults):
    server = _make(make_server, sync_faults, mode)
    acknowledged = [server.record("dome", 0)]

    sync_faults.fail(".ndjson")
    server.process.terminate()

    _check_ended(server)
    _check_restart(server, acknowledged)


def test_an_event_whose_new_file_may_not_be_in_its_directory_is_refused_and_the_server_ends(make_server, sync_faults):
    server = _make(make_server, sync_faults, "always")

    sync_faults.fail(str(server.site_dir))
    response = server.post("/event", {"type": "dome", "data": 0})

    assert response.status == 503, response
    _check_ended(server)
    _check_restart(server, [])
