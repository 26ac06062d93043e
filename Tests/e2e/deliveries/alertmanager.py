"""Debian's Alertmanager, on loopback, with a receiver of this test's behind it."""

import json
import queue
import re
import subprocess
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path

from e2e.support.waiting import wait_until

_STARTUP_TIMEOUT = 120.0


class Alertmanager:
    """Groups alerts by the label `site`, and tells a webhook."""

    def __init__(self, directory: Path, webhook: str, port: int = 0):
        self.directory = directory
        self.config = directory / "alertmanager.yml"
        self.config.write_text(
            f"""
route:
  receiver: test
  group_by: [site]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 4h
receivers:
  - name: test
    webhook_configs:
      - url: {webhook}
        send_resolved: true
"""
        )
        self.port = port
        self.log: list[str] = []

    def start(self) -> "Alertmanager":
        self.process = subprocess.Popen(
            [
                "prometheus-alertmanager",
                f"--config.file={self.config}",
                f"--storage.path={self.directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        addresses: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(addresses,), daemon=True).start()
        address = None
        with suppress(queue.Empty):
            address = addresses.get(timeout=_STARTUP_TIMEOUT)
        assert address, f"Alertmanager did not start: {''.join(self.log)}"
        self.port = int(address.rpartition(":")[2])
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def _read(self, addresses: queue.Queue) -> None:
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r'msg="Listening on" address=(\S+)', line):
                addresses.put(found[1])
        addresses.put(None)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def alerts(self) -> dict[tuple[str, str], dict]:
        """What is on, by name and severity."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts?active=true", timeout=60) as answer:
            alerts = json.loads(answer.read())
        return {(alert["labels"]["alertname"], alert["labels"]["severity"]): alert for alert in alerts}

    def wait_for(self, *wanted: tuple[str, str]) -> dict[tuple[str, str], dict]:
        """Waits until exactly these are on, beside the watchdog."""
        alerts: dict = {}

        def is_so() -> bool:
            alerts.clear()
            alerts.update(self.alerts())
            return alerts.keys() == {("Watchdog", "none"), *wanted}

        wait_until(is_so, f"{wanted} are on")
        return alerts
