"""The changes of alarms that a site directory has recorded."""

import json
from pathlib import Path


def recorded(site_dir: Path) -> dict[str, dict]:
    """The events of alarms in all files, by the id under which they are told."""
    changes = {}
    for path in sorted(site_dir.glob("site_*.ndjson")):
        for line in path.read_bytes().splitlines():
            event = json.loads(line)
            if event["type"].startswith("alarm."):
                changes[f"site/{path.name}/{event['seq']}"] = event
    return changes
