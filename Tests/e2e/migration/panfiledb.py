"""PanFileDB stores as tests make them, and what both migrations make of them."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from panoptes.utils.telemetry.migrate import migrate as reference_migrate

from e2e.support.server import command, strict_json


def record(record_id: str, date: str | None, data=None, collection: str = "weather", **members) -> bytes:
    """A line as PanFileDB writes it: Python's JSON, which may hold NaN."""
    values = {"_id": record_id, "data": data, "type": collection} | ({} if date is None else {"date": date}) | members
    return json.dumps(values).encode() + b"\n"


def migrate(source: Path, dest: Path, *flags: str, **options) -> CompletedProcess:
    return command("migrate", "--source", str(source), "--dest", str(dest), *flags, **options)


def summary(source: Path, dest: Path, *flags: str) -> dict:
    """Migrates, which has to succeed, and gives the report."""
    ended = migrate(source, dest, "--json", *flags)
    assert ended.returncode == 0, ended
    return strict_json(ended.stdout)


@dataclass
class Migrated:
    """The site files of a destination, parsed, and the bytes of all other files."""

    days: dict[str, list[dict]] = field(default_factory=dict)
    others: dict[str, bytes] = field(default_factory=dict)

    @property
    def by_id(self) -> dict:
        """The records, without their numbers, by their id and with the name of their file."""
        return {
            event["meta"]["original_id"]: (name, {key: value for key, value in event.items() if key != "seq"})
            for name, events in self.days.items()
            for event in events
        }

    @property
    def order(self) -> dict[str, list]:
        """The ids of each file's records."""
        return {name: [event["meta"]["original_id"] for event in events] for name, events in self.days.items()}


def read(dest: Path) -> Migrated:
    """What this project's migration wrote: each line is strict JSON and says that it is of the site stream."""
    migrated = Migrated()
    for path in sorted(dest.iterdir()):
        content = path.read_bytes()
        if not re.fullmatch(r"site_\d{8}\.ndjson", path.name):
            migrated.others[path.name] = content
            continue
        assert content.endswith(b"\n")
        # Members that stand twice are kept in the payload, as Python takes them: the last counts.
        events = [strict_json(line, names_may_repeat=True) for line in content.split(b"\n")[:-1]]
        assert all(event.pop("stream") == "site" for event in events)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        migrated.days[path.name] = events
    return migrated


def reference(source: Path, dest: Path) -> Migrated:
    """What the reference's migration makes of the same store."""
    reference_migrate(source, dest)
    return Migrated(
        {path.name: [json.loads(line) for line in path.read_text().split("\n")[:-1]] for path in sorted(dest.iterdir())}
    )
