"""A booted system with the server's package: what an operator types, and what a client asks."""

import ctypes
import http.client
import json
import os
import socket
import threading
from pathlib import Path

from e2e.support.server import Response, exchange, strict_json
from e2e.support.waiting import wait_until
from e2e.system.container import Container

SERVICE = "telemetry-server.service"
SOCKET = "telemetry-server.socket"
COLLECTOR = "telemetry-collect.service"
STATE = "/var/lib/telemetry-server"
PORT = 6562
REQUEST_TIMEOUT = 120.0
_CLONE_NEWNET = 0x40000000


class Connection(http.client.HTTPConnection):
    """A connection from within the container's network."""

    def __init__(self, init: int, timeout: float):
        super().__init__("localhost", PORT, timeout=timeout)
        self._init = init

    def connect(self) -> None:
        # A socket belongs to the network that its thread was in when it was made.
        def connect_inside() -> None:
            try:
                with open(f"/proc/{self._init}/ns/net") as network:
                    if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                self.sock = socket.create_connection(("127.0.0.1", PORT), timeout=self.timeout)
            except OSError as caught:
                errors.append(caught)

        errors: list[OSError] = []
        thread = threading.Thread(target=connect_inside)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]


class Machine(Container):
    """All that the tests do with the service."""

    def install(self, package: Path, collects: bool = False) -> str:
        """apt install, as a user types it; apt's success says nothing of the service.

        Samples of the machine would come between the events that a test counts: they are not taken unless that is said.
        """
        if not collects:
            self.systemctl("mask", "--runtime", COLLECTOR)
        copy = self.root / "root" / package.name
        copy.write_bytes(package.read_bytes())
        options = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes", *options]
        return self.output(*apt, "install", f"/root/{package.name}")

    # The service

    def systemctl(self, *arguments: str) -> str:
        return self.output("systemctl", *arguments)

    def property(self, name: str, unit: str = SERVICE) -> str:
        return self.systemctl("show", "--value", f"--property={name}", unit)

    def state(self, unit: str = SERVICE) -> str:
        """As systemctl is-active says: active, inactive, failed, activating, deactivating."""
        return self.property("ActiveState", unit)

    def wait_for_state(self, state: str, unit: str = SERVICE) -> None:
        wait_until(lambda: self.state(unit) == state, f"{unit} is {state}")

    def wait_for_restarts(self, number: int) -> None:
        """Waits until systemd has started the failed service again so often, and it runs."""
        wait_until(
            lambda: int(self.property("NRestarts")) >= number and self.state() == "active",
            f"the service was started again for the {number}. time and runs",
        )

    def drop_in(self, *lines: str, unit: str = SERVICE) -> None:
        """Adds to the unit as systemctl edit does."""
        directory = self.root / "etc" / "systemd" / "system" / f"{unit}.d"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "override.conf").write_text("\n".join(lines) + "\n")
        self.systemctl("daemon-reload")

    def journal(self, *arguments: str) -> list[dict]:
        """Entries of the journal, of the service unless the arguments say otherwise."""
        self.run("journalctl", "--sync")
        lines = self.output("journalctl", "--output=json", "--all", *(arguments or ("--unit", SERVICE)))
        return [json.loads(line) for line in lines.split("\n") if line]

    # Its clients

    def connect(self, timeout: float = REQUEST_TIMEOUT) -> Connection:
        return Connection(self.init, timeout)

    def request(self, method: str, path: str, body=None, timeout: float = REQUEST_TIMEOUT) -> Response:
        connection = self.connect(timeout)
        try:
            return exchange(connection, method, path, body)
        finally:
            connection.close()

    def get(self, path: str, **options) -> Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body=None, **options) -> Response:
        return self.request("POST", path, body, **options)

    def record(self, event_type: str, data=None, **members) -> dict:
        """Posts an event that has to be accepted."""
        response = self.post("/event", {"type": event_type, "data": data, **members})
        assert response.status == 200, response
        return response.json

    def start_run(self, **members) -> dict:
        """Starts a run that has to be accepted."""
        response = self.post("/run/start", members)
        assert response.status == 200, response
        return response.json

    def curl(self, *arguments: str) -> str:
        """What curl prints that has to succeed."""
        return self.output("curl", "--silent", "--show-error", "--fail", *arguments)

    def lines(self, path: str) -> list[dict]:
        """The events of a file of the state directory: each line ends with a newline and is strict JSON."""
        content = self.seen(os.path.join(STATE, path)).read_bytes()
        assert content.endswith(b"\n") or not content, f"{path} has a torn line: {content[-200:]!r}"
        return [strict_json(line) for line in content.splitlines()]

    def site_lines(self) -> list[dict]:
        """The events of the site stream."""
        names = sorted(path.name for path in self.seen(STATE).glob("site_*.ndjson"))
        return [line for name in names for line in self.lines(name)]
