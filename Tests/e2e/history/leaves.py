"""What the files of a site directory hold, walked line by line and value by value: nothing here is the server's code.

Each number, boolean, string and null of an event's `data` is a leaf: its path as docs/history.md names fields, its time
in milliseconds since 1970, and where it stands among all that was recorded.
"""

import json
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

# How many elements of an array are fields.
ELEMENTS = 8
# How long a text may be that counts as a state, in bytes.
TEXT = 64

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)


@dataclass
class Leaves:
    """A table, column by column."""

    type: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    ts: list[int] = field(default_factory=list)
    # A number or, of a boolean, 0 or 1.
    value: list[float | None] = field(default_factory=list)
    # JSON, of what is a state.
    text: list[str | None] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    run: list[str] = field(default_factory=list)


@dataclass
class Events:
    type: list[str] = field(default_factory=list)
    ts: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    run: list[str] = field(default_factory=list)


def milliseconds(ts: str) -> int | None:
    """Of a time of RFC 3339: digits after the millisecond are dropped, a leap second is the second after it."""
    match = _TIME.fullmatch(ts)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(match[number]) for number in range(1, 7))
    try:
        datetime(year, month, day, hour, minute)
    except ValueError:
        return None
    offset = 0 if match[8] else (int(match[10]) * 3_600 + int(match[11]) * 60) * (-1 if match[9] == "-" else 1)
    seconds = timegm((year, month, day, hour, minute, 0)) + second - offset
    return seconds * 1_000 + int(((match[7] or "") + "000")[:3])


def read(site_dir: Path) -> tuple[Events, Leaves]:
    """All events of a site directory, and their leaves."""
    events, leaves = Events(), Leaves()
    files = [(path, "") for path in sorted(site_dir.glob("site_*.ndjson"))]
    for path in sorted(site_dir.rglob("telemetry.ndjson")):
        files.append((path, json.loads(path.with_name("run.json").read_text())["run_id"]))
    place = 0
    for path, run in files:
        for line in path.read_bytes().split(b"\n")[:-1]:
            place += 1
            event = _event(line)
            if not event:
                continue
            event_type, ts, data = event
            events.type.append(event_type)
            events.ts.append(ts)
            events.place.append(place)
            events.run.append(run)
            for leaf_path, leaf in walk(data):
                leaves.type.append(event_type)
                leaves.path.append(leaf_path)
                leaves.ts.append(ts)
                leaves.place.append(place)
                leaves.run.append(run)
                kind, value, text = _read(leaf)
                leaves.kind.append(kind)
                leaves.value.append(value)
                leaves.text.append(text)
    return events, leaves


def _event(line: bytes) -> tuple[str, int, object] | None:
    """Type, time and data; None for a line that is damaged."""

    def refuse(name):
        raise ValueError(name)

    try:
        event = json.loads(line.decode(), parse_constant=refuse)
    except ValueError:
        return None
    members = {"seq": int, "ts": str, "stream": str, "type": str, "meta": dict}
    if not isinstance(event, dict) or any(not isinstance(event.get(name), kind) for name, kind in members.items()):
        return None
    ts = milliseconds(event["ts"])
    if "data" not in event or ts is None:
        return None
    return event["type"], ts, event["data"]


def _read(leaf: object) -> tuple[str, float | None, str | None]:
    if isinstance(leaf, bool):
        return "boolean", float(leaf), json.dumps(leaf)
    if isinstance(leaf, int | float):
        return "number", float(leaf), None
    if leaf is None:
        return "null", None, "null"
    return "string", None, json.dumps(leaf, ensure_ascii=False) if len(leaf.encode()) <= TEXT else None


def walk(data: object) -> Iterator[tuple[str, object]]:
    """The leaves of an event's data, each with its path."""
    for names, labels, leaf in _walk((), {}, data):
        text = ",".join(f"{name}={_label(labels[name])}" for name in sorted(labels))
        yield (".".join(names) or "value") + (f"{{{text}}}" if labels else ""), leaf


def _walk(names: tuple[str, ...], labels: dict, value: object) -> Iterator[tuple[tuple[str, ...], dict, object]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _walk((*names, name), labels, member)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            if _is_labelled(element):
                # OTLP's `points` say nothing that the labels do not.
                own = names[:-1] if names and names[-1] == "points" else names
                rest = {name: member for name, member in element.items() if name != "attributes"}
                yield from _walk(own, labels | element["attributes"], rest)
            elif index < ELEMENTS:
                yield from _walk((*names, str(index)), labels, element)
    else:
        yield names, labels, value


def _is_labelled(element: object) -> bool:
    attributes = element.get("attributes") if isinstance(element, dict) else None
    return isinstance(attributes, dict) and not any(isinstance(value, dict | list) for value in attributes.values())


def _label(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
