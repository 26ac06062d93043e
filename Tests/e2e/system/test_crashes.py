"""A server that dies or hangs: systemd starts it again, and it goes on with all that it acknowledged."""

import http.client
import threading

import pytest

from e2e.support.waiting import wait_until
from e2e.system.held_service_calls import HeldServiceCalls
from e2e.system.machine import SERVICE, Machine, strict_json

CLIENTS = 4


class Load:
    """Clients that post events until nothing is answered, and note what was acknowledged."""

    def __init__(self, machine: Machine):
        self.acknowledged: list[dict] = []
        self._machine = machine
        self._threads = [threading.Thread(target=self._post, args=(name,)) for name in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _post(self, name: int) -> None:
        connection = self._machine.connect(timeout=5)
        number = 0
        try:
            while True:
                number += 1
                body = b'{"type":"load","data":[%d,%d]}' % (name, number)
                connection.request("POST", "/event", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                content = response.read()
                if response.status != 200:
                    return
                self.acknowledged.append(strict_json(content))
        except (OSError, http.client.HTTPException):
            connection.close()

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.acknowledged) >= count, f"{count} events are acknowledged")

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture
def load(machine: Machine) -> Load:
    """Load on a server with an active run."""
    machine.start_run(run_id="night", meta={"observer": "x"})
    load = Load(machine)
    load.wait_for(100)
    return load


def _check_nothing_is_lost(machine: Machine, load: Load) -> None:
    """All that was acknowledged is there, once, under its number; the run goes on."""
    assert machine.get("/ready").json["run_active"] is True
    run = machine.get("/run").json
    assert (run["run_id"], run["meta"]["observer"]) == ("night", "x")
    machine.record("after", 1)
    lines = machine.lines("night/telemetry.ndjson")
    seqs = [line["seq"] for line in lines]
    assert seqs == sorted(set(seqs))
    stored = {line["seq"]: line["data"] for line in lines}
    lost = [event for event in load.acknowledged if stored.get(event["seq"]) != event["data"]]
    assert lost == []


@pytest.mark.parametrize("signal", ["KILL", "SEGV"])
def test_a_server_that_dies_is_started_again(signal, machine, load):
    machine.systemctl("kill", "--kill-who=main", f"--signal={signal}", SERVICE)

    load.end()
    machine.wait_for_restarts(1)
    _check_nothing_is_lost(machine, load)


# systemd waits so long for a sign of life.
SHORT_WATCHDOG = "WatchdogSec=2"


def test_the_watchdog_ends_a_server_that_is_stopped_in_its_tracks(machine):
    machine.drop_in("[Service]", SHORT_WATCHDOG)
    machine.systemctl("restart", SERVICE)
    machine.start_run(run_id="night", meta={"observer": "x"})
    load = Load(machine)
    load.wait_for(100)

    machine.systemctl("kill", "--kill-who=main", "--signal=STOP", SERVICE)

    machine.wait_for_restarts(1)
    load.end()
    _check_watchdog_did_it(machine)
    _check_nothing_is_lost(machine, load)


def test_the_watchdog_ends_a_server_whose_commits_hang(machine, held_service_calls: HeldServiceCalls):
    machine.drop_in(*held_service_calls.settings, SHORT_WATCHDOG)
    machine.systemctl("restart", SERVICE)
    machine.start_run(run_id="night", meta={"observer": "x"})
    load = Load(machine)
    load.wait_for(100)

    held_service_calls.hold("sync")
    wait_until(
        lambda: machine.state() != "active" or machine.property("NRestarts") != "0", "the watchdog has ended the server"
    )
    held_service_calls.release("sync")

    machine.wait_for_restarts(1)
    load.end()
    _check_watchdog_did_it(machine)
    _check_nothing_is_lost(machine, load)


def test_the_watchdog_leaves_a_server_alone_that_has_nothing_to_do(machine):
    machine.drop_in("[Service]", SHORT_WATCHDOG)
    machine.systemctl("restart", SERVICE)
    process = machine.property("MainPID")

    def seconds_alive() -> float:
        sign = int(machine.property("WatchdogTimestampMonotonic"))
        return (sign - int(machine.property("ExecMainStartTimestampMonotonic"))) / 1_000_000

    wait_until(lambda: seconds_alive() > 2 * 2, "there are signs of life for twice as long as systemd waits for one")

    assert machine.property("MainPID") == process
    assert machine.property("NRestarts") == "0"


def _check_watchdog_did_it(machine: Machine) -> None:
    messages = [entry["MESSAGE"] for entry in machine.journal("UNIT=" + SERVICE, "_PID=1")]
    assert any("Watchdog timeout" in message for message in messages), messages
