"""A limits file, the alarms of a server, and the events of alarms that its files hold."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from e2e.support.server import Server
from e2e.support.waiting import wait_until

WIND = """
[[limit]]
name = "wind"
type = "weather"
field = "wind_mps"
warning = { above = 15, clear = 12 }
critical = { above = 20, clear = 15 }
"""

# What may follow on what, by state.
STEPS = {
    "ok": {"on"},
    "on": {"on", "acknowledged", "latched", "ok"},
    "acknowledged": {"on", "acknowledged", "ok"},
    "latched": {"on", "ok"},
}


@dataclass
class LimitsFile:
    path: Path
    text: str = ""

    def __post_init__(self):
        self.write(self.text)

    def write(self, text: str) -> str:
        self.text = text
        self.path.write_text(text)
        return str(self.path)


def alarm(server: Server, name: str) -> dict:
    """An alarm, which has to be watched."""
    (found,) = [alarm for alarm in server.get("/alarms").json["alarms"] if alarm["name"] == name]
    return found


def wait_for(server: Server, name: str, state: str, severity: str | None = None) -> dict:
    """Waits until an alarm is in a state."""

    def is_so():
        now = alarm(server, name)
        return now if (now["state"], now.get("severity")) == (state, severity) else None

    return wait_until(is_so, f"{name} is {state} {severity}", server.log)


def recorded(site_dir: Path) -> Iterator[dict]:
    """The events of alarms in the files of the site stream, in their order."""
    lines = [json.loads(line) for path in site_dir.glob("site_*.ndjson") for line in path.read_text().splitlines()]
    yield from (line for line in sorted(lines, key=lambda line: line["seq"]) if line["type"].startswith("alarm."))


def changes(site_dir: Path, name: str) -> list[tuple[str, str | None]]:
    """What became of an alarm: its states and severities as they were recorded."""
    return [
        (event["data"]["state"], event["data"].get("severity"))
        for event in recorded(site_dir)
        if event["data"]["name"] == name
    ]


def wait_for_changes(server: Server, name: str, expected: list[tuple[str, str | None]]) -> None:
    """Waits until as many changes of an alarm are recorded, and compares them."""
    wait_until(
        lambda: len(changes(server.site_dir, name)) >= len(expected), f"{name} has changed: {expected}", server.log
    )
    assert changes(server.site_dir, name) == expected


def check_chains(site_dir: Path) -> None:
    """Each alarm's changes follow on each other."""
    last: dict[str, tuple[str, str | None]] = {}
    for event in recorded(site_dir):
        data = event["data"]
        assert event["type"] == f"alarm.{data['name']}"
        before, now = last.get(data["name"], ("ok", None)), (data["state"], data.get("severity"))
        assert data["before"] == before[0], event
        assert data["state"] in STEPS[before[0]], event
        assert before != now, event
        last[data["name"]] = now
