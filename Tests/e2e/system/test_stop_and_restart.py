"""How the service stops when it is asked to, and goes on when it is not."""

import http.client
import threading
from pathlib import Path

import pytest

from e2e.support.waiting import wait_until
from e2e.system.held_service_calls import HeldServiceCalls
from e2e.system.machine import PORT, SERVICE, SOCKET, STATE, Machine

REQUESTS = 1_000
RESTARTS = 5


@pytest.mark.parametrize("command", ["systemctl stop telemetry-server", "telemetry stop"])
def test_a_stop_is_final_also_when_a_client_comes(command, machine):
    machine.record("weather", 1)

    machine.run("sh", "-c", command)

    _check_stopped(machine)


def test_sigterm_stops_the_service_for_good(machine):
    machine.systemctl("kill", "--kill-who=main", "--signal=TERM", SERVICE)

    _check_stopped(machine)


def test_a_shutdown_that_a_client_asks_for_is_final(machine):
    assert machine.post("/shutdown", {}).json == {"shutting_down": True}

    _check_stopped(machine)


def _check_stopped(machine: Machine) -> None:
    machine.wait_for_state("inactive")
    machine.wait_for_state("inactive", SOCKET)
    with pytest.raises(ConnectionRefusedError):
        machine.get("/health")
    assert machine.state() == "inactive"
    assert machine.property("Result") == "success"
    assert machine.property("NRestarts") == "0"
    # SIGKILL would be told by another result; systemd's own clock says how long it took.
    seconds = _seconds(machine, "InactiveEnterTimestampMonotonic") - _seconds(machine, "ActiveExitTimestampMonotonic")
    assert seconds < 2
    machine.systemctl("start", SERVICE)
    assert machine.get("/ready").status == 200


def _seconds(machine: Machine, timestamp: str) -> float:
    return int(machine.property(timestamp)) / 1_000_000


def test_no_request_is_refused_while_the_service_restarts(machine):
    answered: list[int] = []
    failures: list[str] = []

    def post_all() -> None:
        for number in range(REQUESTS):
            try:
                response = machine.post("/event", {"type": "count", "data": number})
                assert response.status == 200, response
            except (AssertionError, OSError, http.client.HTTPException) as error:
                failures.append(f"request {number}: {error!r}")
            answered.append(number)

    client = threading.Thread(target=post_all)
    client.start()
    for number in range(1, RESTARTS + 1):
        due = number * REQUESTS // (RESTARTS + 1)
        wait_until(lambda due=due: len(answered) >= due, f"{due} requests are answered")
        machine.systemctl("restart", SERVICE)
    client.join()

    assert failures == []
    assert [line["data"] for line in machine.site_lines()] == list(range(REQUESTS))


def _lose_checkpoint(machine: Machine, history: bytes = b"") -> None:
    """Stops the service, and has the next one read a history."""
    machine.record("weather", 0)
    machine.systemctl("stop", SERVICE)
    state = machine.seen(STATE)
    (state / ".telemetry" / "checkpoint.json").unlink()
    (path,) = state.glob("site_*.ndjson")
    with path.open("ab") as file:
        file.write(history)


def test_systemctl_start_returns_when_the_server_answers(machine, held_service_calls: HeldServiceCalls):
    _lose_checkpoint(machine)
    machine.drop_in(*held_service_calls.settings)
    held_service_calls.hold("read")

    start = machine.start("systemctl", "start", SERVICE)
    wait_until(lambda: machine.property("StatusText") == "Starting", "the server has begun to recover")
    client = machine.start("curl", "--silent", f"http://127.0.0.1:{PORT}/current/weather")
    wait_until(lambda: _connected(machine), "the client is connected")
    assert machine.state() == "activating"
    assert start.poll() is None and client.poll() is None
    held_service_calls.release("read")

    assert start.wait(timeout=60) == 0, start.stdout.read()
    assert machine.state() == "active"
    assert machine.get("/ready").status == 200
    assert '"data":0' in client.communicate(timeout=60)[0]


def _connected(machine: Machine) -> bool:
    """Whether a connection to the server is established; see proc_pid_net(5)."""
    lines = Path(f"/proc/{machine.init}/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return any(remote.endswith(f":{PORT:04X}") and state == "01" for _, _, remote, state, *_ in fields)


def test_a_recovery_that_gets_on_may_take_longer_than_a_start(machine, held_service_calls: HeldServiceCalls):
    line = b'{"seq":%d,"ts":"2026-05-20T22:00:00.000Z","stream":"site","type":"old","data":"%s","meta":{}}\n'
    history = b"".join(line % (number, b"x" * 1_000) for number in range(2, 2_002))
    _lose_checkpoint(machine, history)
    machine.drop_in(*held_service_calls.settings, "TimeoutStartSec=3")
    held_service_calls.slow_down("read", 100)

    start = machine.start("systemctl", "start", SERVICE)
    recovering = wait_until(lambda: _recovering(machine), "the status tells of the recovery")

    assert start.wait(timeout=60) == 0, start.stdout.read()
    assert recovering.endswith(" read")
    assert _seconds(machine, "ActiveEnterTimestampMonotonic") - _seconds(machine, "ExecMainStartTimestampMonotonic") > 3
    assert machine.record("weather", 1)["seq"] == 2_002


def _recovering(machine: Machine) -> str | None:
    status = machine.property("StatusText")
    return status if "Recovering" in status else None


def test_a_reload_is_waited_for_and_keeps_the_process(machine):
    machine.record("weather", 1)
    process = machine.property("MainPID")

    machine.systemctl("reload", SERVICE)

    assert machine.state() == "active"
    assert machine.property("MainPID") == process
    assert machine.get("/current/weather").json["data"] == 1


def test_a_site_directory_that_is_not_there_yet_is_waited_for_also_while_clients_try(machine):
    machine.drop_in("[Service]", "ReadWritePaths=-/srv/telemetry")
    (machine.root / "etc/default/telemetry-server").write_text("PANOPTES_TELEMETRY_SITE_DIR=/srv/telemetry\n")
    assert machine.run("systemctl", "restart", SERVICE, check=False).returncode != 0

    # More than a socket unit lets through in two seconds: it must not give up for good.
    failures = 0
    while failures < 30 or int(machine.property("NRestarts")) < 3:
        failures += (
            machine.run("curl", "--silent", "--max-time", "0.2", f"localhost:{PORT}/health", check=False).returncode
            != 0
        )
    machine.run("install", "--directory", "--owner=telemetry-server", "/srv/telemetry")

    machine.wait_for_state("active")
    assert wait_until(lambda: machine.state(SOCKET) == "active", "the socket is back")
    assert machine.record("weather", 1)["seq"] == 1
