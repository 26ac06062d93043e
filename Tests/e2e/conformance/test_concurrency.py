"""Two client programs post at once while runs start and stop."""

import json
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from e2e.support import stored
from e2e.support.server import Server, exchange

SEED = 20260520
CONNECTIONS_PER_CLIENT = 16
EVENTS_PER_CONNECTION = 300
# A bound on a hang; a busy disk makes them slow.
CLIENT_TIMEOUT = 600


def _start_client(server: Server, name: str) -> subprocess.Popen:
    script = Path(__file__).parent / "posting_client.py"
    arguments = [server.port, name, CONNECTIONS_PER_CLIENT, EVENTS_PER_CONNECTION, SEED]
    client = subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert client.stdout.readline() == "ready\n"
    return client


def _start_and_stop_runs(server: Server, outputs: list[Future]) -> list[dict]:
    """Starts, stops and replaces runs for as long as the clients post, and posts some events of its own between."""
    choices = random.Random(SEED)
    connection = server.connect()
    acknowledged = []

    def call(path: str, body=None) -> dict:
        response = exchange(connection, "POST", path, body)
        assert response.status == 200, response
        return response.json

    def post_some() -> None:
        for _ in range(choices.randrange(1, 12)):
            data = {"id": f"conductor-{len(acknowledged)}"}
            event = call("/event", {"type": "conductor", "data": data})
            acknowledged.append({"id": data["id"], "seq": event["seq"], "run_id": event["meta"].get("run_id")})

    while not all(output.done() for output in outputs):
        call("/run/start")
        post_some()
        if choices.random() < 0.5:
            call("/run/start", {"replace": True})
            post_some()
        call("/run/stop")
        post_some()
    connection.close()
    return acknowledged


@pytest.mark.parametrize("threads", ["1", "4"])
def test_each_acknowledged_event_is_in_exactly_one_file_once_while_runs_start_and_stop(threads, make_server):
    server = make_server("--http-threads", threads).start()
    clients = [_start_client(server, name) for name in ("north", "south")]
    try:
        with ThreadPoolExecutor(len(clients)) as pool:
            outputs = [pool.submit(client.communicate, "begin\n", CLIENT_TIMEOUT) for client in clients]
            acknowledged = _start_and_stop_runs(server, outputs)
        for client, output in zip(clients, outputs, strict=True):
            acknowledged += json.loads(output.result()[0])
            assert client.returncode == 0
    finally:
        for client in clients:
            client.kill()
            client.wait()
    runs = server.get("/runs").json["runs"]
    assert server.stop() == 0

    site = stored.site_lines(server.site_dir)
    by_run = {run["run_id"]: stored.run_lines(run) for run in runs}
    everything = site + [line for lines in by_run.values() for line in lines]

    # The test would show nothing if the clients had recorded into one stream only.
    for client in ("north", "south"):
        recorded_in = [any(line["type"].startswith(client) for line in lines) for lines in (site, *by_run.values())]
        assert recorded_in[0] and sum(recorded_in) > 10

    assert Counter(line["data"]["id"] for line in everything) == Counter(event["id"] for event in acknowledged)
    assert {(line["data"]["id"], line["seq"], line["meta"].get("run_id")) for line in everything} == {
        (event["id"], event["seq"], event["run_id"]) for event in acknowledged
    }

    assert [line["seq"] for line in site] == list(range(1, len(site) + 1))
    assert all(line["stream"] == "site" and "run_id" not in line["meta"] for line in site)
    for run in runs:
        lines = by_run[run["run_id"]]
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1)), run
        assert all(line["stream"] == "run" and line["meta"]["run_id"] == run["run_id"] for line in lines), run
        assert run["events"] == len(lines), run
        assert run["stopped_at"] is not None, run


def test_a_connection_sees_its_own_events_in_its_own_order(server):
    connection = server.connect()
    for number in range(50):
        posted = exchange(connection, "POST", "/event", {"type": "own", "data": number}).json
        assert exchange(connection, "GET", "/current/own").json == posted
    connection.close()

    assert [line["data"] for line in stored.site_lines(server.site_dir)] == list(range(50))
