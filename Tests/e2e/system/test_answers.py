"""The service as its clients ask it: each endpoint by curl, and the commands."""

import json
from http.client import HTTPResponse

import pytest

from e2e.system.machine import PORT, STATE, Machine

BASE = f"localhost:{PORT}"
JSON = ("--header", "Content-Type: application/json")


def _curl(machine: Machine, *arguments: str):
    return json.loads(machine.curl(*arguments))


def _post(machine: Machine, path: str, body) -> dict:
    return _curl(machine, *JSON, "--data", json.dumps(body), f"{BASE}{path}")


def test_curl_gets_an_answer_of_each_endpoint(machine):
    assert _curl(machine, f"{BASE}/health") == {"ok": True}
    assert _curl(machine, f"{BASE}/ready")["ready"] is True
    assert _post(machine, "/event", {"type": "weather", "data": {"sky": "clear"}})["seq"] == 1
    batch = '{"type":"power","data":1}\n{"type":"power","data":2}\n'
    accepted = _curl(
        machine, "--header", "Content-Type: application/x-ndjson", "--data-binary", batch, f"{BASE}/events"
    )
    assert accepted == {"accepted": 2, "first_seq": 2, "last_seq": 3}
    assert _post(machine, "/run/start", {"run_id": "night"})["run_dir"] == f"{STATE}/night"
    assert _curl(machine, f"{BASE}/run")["run_id"] == "night"
    assert [run["run_id"] for run in _curl(machine, f"{BASE}/runs")["runs"]] == ["night"]
    assert set(_curl(machine, f"{BASE}/current")["current"]) == {"weather", "power"}
    assert _curl(machine, f"{BASE}/current/power")["data"] == 2
    assert _post(machine, "/run/stop", {})["run_id"] == "night"
    assert _curl(machine, f"{BASE}/openapi.json")["openapi"].startswith("3.1")
    assert _post(machine, "/shutdown", {}) == {"shutting_down": True}
    machine.wait_for_state("inactive")


@pytest.mark.parametrize("address", [f"http://127.0.0.1:{PORT}", f"http://[::1]:{PORT}"])
def test_both_loopback_addresses_answer(address, machine):
    assert _curl(machine, f"{address}/health") == {"ok": True}


def test_a_malformed_request_is_answered_in_json(machine):
    # The server takes the place of a function of the library: the build of the package must not hide it.
    connection = machine.connect()
    connection.connect()
    connection.sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n")
    response = HTTPResponse(connection.sock)
    response.begin()

    assert (response.status, response.headers.get_content_type()) == (400, "application/json")
    assert json.loads(response.read())["detail"]


def test_the_command_asks_the_service(machine):
    machine.record("weather", {"sky": "clear"})

    assert json.loads(machine.output("telemetry", "ready", "--json"))["ready"] is True
    assert "clear" in machine.output("telemetry", "current")
    assert machine.run("runuser", "-u", "telemetry-server", "--", "telemetry", "verify", STATE).stdout


def test_a_unix_socket_below_run_is_for_the_group(machine):
    (machine.root / "etc/default/telemetry-server").write_text(
        'TELEMETRY_OPTIONS="--unix-socket /run/telemetry-server/telemetry.sock"\n'
    )
    machine.systemctl("restart", "telemetry-server")
    machine.run("useradd", "--groups", "telemetry-server", "alice")
    machine.run("useradd", "bob")
    ask = ("curl", "--silent", "--unix-socket", "/run/telemetry-server/telemetry.sock", "http://localhost/health")

    assert machine.output("setpriv", "--reuid=alice", "--regid=alice", "--init-groups", *ask) == '{"ok":true}'
    assert machine.run("setpriv", "--reuid=bob", "--regid=bob", "--init-groups", *ask, check=False).returncode != 0


def test_tokens_are_asked_for_and_read_again_by_a_reload(machine):
    (machine.root / "etc/default/telemetry-server").write_text("PANOPTES_TELEMETRY_TOKEN_FILE=/etc/tokens\n")
    tokens = machine.root / "etc/tokens"
    tokens.write_text("first-token-of-the-test\n")
    machine.run("chown", "root:telemetry-server", "/etc/tokens")
    machine.run("chmod", "640", "/etc/tokens")
    machine.systemctl("restart", "telemetry-server")

    def status(token: str) -> str:
        code = ("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
        return machine.output(*code, "--header", f"Authorization: Bearer {token}", f"{BASE}/current")

    assert (status("first-token-of-the-test"), status("second-token-of-the-test")) == ("200", "401")
    tokens.write_text("second-token-of-the-test\n")
    machine.systemctl("reload", "telemetry-server")
    assert (status("first-token-of-the-test"), status("second-token-of-the-test")) == ("401", "200")
