"""Debian's prometheus and promtool, on the metrics of a server."""

import json
import re
import subprocess
import threading
import urllib.parse
import urllib.request
from pathlib import Path

from e2e.support.server import EXIT_TIMEOUT, REQUEST_TIMEOUT
from e2e.support.waiting import wait_until

# The configuration of docs/monitoring.md, but for the times and the address, and without rules.
_CONFIGURATION = """
global: {{scrape_interval: 100ms, scrape_timeout: 100ms}}
scrape_configs:
  - job_name: telemetry
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
{authorization}
  - job_name: telemetry-values
    metrics_path: /metrics/values
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
{authorization}
"""


def configuration(port: int, token_file: Path | None = None) -> str:
    """Of a prometheus that scrapes both routes of a server every 100 ms."""
    authorization = f"    authorization: {{credentials_file: {token_file}}}" if token_file else ""
    return _CONFIGURATION.format(port=port, authorization=authorization)


class Prometheus:
    """A prometheus of its own, on a free port of loopback and with its data in a directory of the test."""

    def __init__(self, directory: Path, configuration: Path):
        directory.mkdir()
        self.process = subprocess.Popen(
            [
                "/usr/bin/prometheus",
                f"--config.file={configuration}",
                f"--storage.tsdb.path={directory / 'data'}",
                "--web.listen-address=127.0.0.1:0",
            ],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = wait_until(self._address, "prometheus is ready", self.log)

    def _read(self) -> None:
        self.log.extend(iter(self.process.stderr.readline, ""))

    def _address(self) -> str | None:
        """Where it listens; nothing while it answers no queries."""
        log = "".join(self.log)
        assert self.process.poll() is None, log
        found = re.search(r'msg="?Listening on"? address=(\S+)', log)
        return f"http://{found[1]}" if found and "Server is ready to receive web requests" in log else None

    def query(self, expression: str) -> dict[frozenset, float]:
        """What an expression gives now: values by their labels, but for those that name the target."""
        result = self._get("query?" + urllib.parse.urlencode({"query": expression}))["result"]
        values = {}
        for sample in result:
            labels = {k: v for k, v in sample["metric"].items() if k not in ("instance", "job", "__name__")}
            values[frozenset(labels.items())] = float(sample["value"][1])
        assert len(values) == len(result)
        return values

    def wait_for(self, expression: str, expected: dict[frozenset, float]) -> None:
        last = {}

        def holds() -> bool:
            last.clear()
            last.update(self.query(expression))
            return last == expected

        try:
            wait_until(holds, f"{expression} is as expected")
        except AssertionError:
            assert last == expected  # It shows how they differ.
            raise

    def wait_until_answered(self, expression: str) -> None:
        wait_until(lambda: self.query(expression), f"{expression} has an answer")

    def targets(self) -> list[dict]:
        return self._get("targets")["activeTargets"]

    def rules(self) -> list[dict]:
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str) -> dict:
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}", timeout=REQUEST_TIMEOUT) as answer:
            return json.load(answer)["data"]

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=EXIT_TIMEOUT)
        finally:
            self.process.kill()
            self._reader.join(timeout=EXIT_TIMEOUT)
            self.process.stderr.close()


def check(text: bytes) -> str:
    """What `promtool check metrics` finds in a text; nothing when it is well."""
    done = subprocess.run(
        ["/usr/bin/promtool", "check", "metrics"], input=text, capture_output=True, timeout=EXIT_TIMEOUT
    )
    found = (done.stdout + done.stderr).decode()
    assert done.returncode == 0 or found, done
    return found
