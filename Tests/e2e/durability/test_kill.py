"""kill -9 at a random moment under load: all that was acknowledged is there after a restart."""

import http.client
import json
import random
import subprocess
import time
from dataclasses import dataclass, field

import pytest

from e2e.durability import oracle
from e2e.durability.load import Load
from e2e.support.server import JSON_HEADERS, Server, binary, environment, exchange

ROUNDS = 12
MODES = ["always", "interval", "never"]


def _check(server: Server, load: Load) -> None:
    found = oracle.check_files(load.attempts, server.site_dir)
    oracle.check_current(load.attempts, found, server.get("/current").json["current"])


def _moments(choices: random.Random) -> list[int]:
    """After how many acknowledgements to kill, in each round: soon as often as late."""
    return [round(10 ** choices.uniform(0, 3)) for _ in range(ROUNDS)]


@pytest.mark.parametrize("mode", MODES)
def test_a_killed_server_comes_back_with_all_it_acknowledged_and_with_its_run(mode, make_server, choices):
    server = make_server("--sync", mode).start()
    run = server.start_run(run_id="night", meta={"observer": "x"})
    load = Load(choices)

    for acknowledgements in _moments(choices):
        load.run(server, acknowledgements)
        server.start()

        _check(server, load)
        assert oracle.check_runs(server, [run["run_id"]]) == run
        assert server.get("/ready").status == 200


def test_a_server_killed_after_a_checkpoint_in_the_midst_of_events_comes_back(make_server, choices):
    server = make_server().start()
    run = server.start_run(run_id="night")
    # Checkpoints are written after some megabytes.
    load = Load(choices, size=200_000)

    for _ in range(4):
        load.run(server, choices.randrange(100, 300))
        server.start()

        _check(server, load)
        assert oracle.check_runs(server, [run["run_id"]]) == run


def test_a_server_killed_while_it_recovers_comes_back_at_the_next_start(make_server, choices):
    server = make_server().start()
    run = server.start_run(run_id="night")
    load = Load(choices)

    for _ in range(4):
        load.run(server, choices.randrange(1, 100))
        for _ in range(5):
            for path in server.site_dir.rglob("*.ndjson"):
                with path.open("ab") as file:
                    file.write(b'{"seq":1000000,"ts":"2026-')
            _start_and_kill(server, choices.uniform(0, 0.04))
        server.start()

        _check(server, load)
        assert oracle.check_runs(server, [run["run_id"]]) == run


def _start_and_kill(server: Server, seconds: float) -> None:
    process = subprocess.Popen(
        [binary(), *server.arguments],
        env=environment(server.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # Somewhere in the start; nothing waits for this.
    time.sleep(seconds)
    process.kill()
    process.wait()


@dataclass
class _Conductor:
    """Starts, stops and replaces runs, and knows which may be active after the server was killed."""

    choices: random.Random
    number: int = 0
    active: str | None = None
    possible: list[str | None] = field(default_factory=lambda: [None])
    stopped: list[str] = field(default_factory=list)

    def conduct(self, server: Server) -> None:
        """Some changes of runs, and the request of one more, whose answer nobody waits for."""
        connection = server.connect()
        for _ in range(self.choices.randrange(6)):
            path, body = self._next()
            response = exchange(connection, "POST", path, body)
            assert response.status == 200, response
            self.settle(self.possible[1])
        self._send_only(connection, *self._next())
        # Somewhere in the writes and renames that it takes; nothing waits for this.
        time.sleep(self.choices.uniform(0, 0.006))

    def _next(self) -> tuple[str, dict]:
        if self.active and self.choices.random() < 0.4:
            self.possible = [self.active, None]
            return "/run/stop", {}
        self.number += 1
        run_id = f"r{self.number:04}"
        self.possible = [self.active, run_id]
        return "/run/start", {"run_id": run_id, "replace": self.active is not None}

    def settle(self, active: str | None) -> None:
        if self.active and active != self.active:
            self.stopped.append(self.active)
        self.active = active
        self.possible = [active]

    @staticmethod
    def _send_only(connection: http.client.HTTPConnection, path: str, body: dict) -> None:
        connection.request("POST", path, body=json.dumps(body), headers=JSON_HEADERS)


@pytest.mark.parametrize("mode", MODES)
def test_a_server_killed_while_it_starts_and_stops_runs_comes_back_with_the_one_or_the_other(
    mode, make_server, choices
):
    server = make_server("--sync", mode).start()
    load = Load(choices)
    conductor = _Conductor(choices)

    for _ in range(ROUNDS):
        load.run(server, choices.randrange(1, 100), lambda: conductor.conduct(server))
        server.start()

        _check(server, load)
        active = oracle.check_runs(server, conductor.possible, conductor.stopped)
        conductor.settle(active and active["run_id"])
