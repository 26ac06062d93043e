"""A service manager as a service sees it: a datagram socket that gets its notifications."""

import select
import socket
import time
from pathlib import Path

from e2e.support.waiting import TIMEOUT


class ServiceManager:
    """The receiving end of $NOTIFY_SOCKET."""

    def __init__(self, path: Path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.env = {"NOTIFY_SOCKET": str(path)}
        # All that came, in order: the assignments of one datagram are one entry.
        self.notifications: list[dict[str, str]] = []

    def watching(self, interval: float) -> dict[str, str]:
        """The environment of a service with a watchdog of so many seconds."""
        return self.env | {"WATCHDOG_USEC": str(round(interval * 1_000_000))}

    def receive(self, timeout: float = 0) -> bool:
        """Takes in a notification, and tells whether one came in time."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return False
        lines = self.socket.recv(65_536).decode().split("\n")
        self.notifications.append(dict(line.split("=", 1) for line in lines if line))
        return True

    def wait_for(self, condition, what: str) -> dict[str, str]:
        """The next notification of which `condition` holds."""
        deadline = time.monotonic() + TIMEOUT
        while self.receive(max(0, deadline - time.monotonic())):
            if condition(self.notifications[-1]):
                return self.notifications[-1]
        raise AssertionError(f"the service manager was not told {what}: {self.notifications}")

    def wait_for_ready(self) -> dict[str, str]:
        return self.wait_for(lambda told: told.get("READY") == "1", "that the service is ready")

    def wait_for_status(self, *texts: str) -> str:
        """The next status that holds all of the texts."""
        told = self.wait_for(lambda told: all(text in told.get("STATUS", "") for text in texts), f"of {texts}")
        return told["STATUS"]

    def take_all(self) -> list[dict[str, str]]:
        """What has come and was not looked at yet."""
        seen = len(self.notifications)
        while self.receive():
            pass
        return self.notifications[seen:]

    def close(self) -> None:
        self.socket.close()
