"""Every request of the recorded transcript of the reference, replayed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.support import stored
from e2e.support.server import JSON_HEADERS, command

SCENARIOS = {
    scenario["name"]: scenario for scenario in json.loads((Path(__file__).parent / "transcript.json").read_text())
}

# A simulated clock, so that no scenario is torn apart by the noon of the machine that runs it. It is not the day of the
# client's timestamps: a file is chosen by the server's clock.
ENVIRONMENT = {"POCSTIME": "2026-03-10 18:00:00", "TZ": "UTC"}
DAY = "20260310"


@dataclass(frozen=True)
class Difference:
    expected: Any
    reason: str


READY = "the version is this server's own, and it tells how far its history is and what is free on the disk"
HEAD = "HEAD works wherever GET does, so Allow names it"
NOT_CURRENT = "a line that was not made current says so, that the current view can be rebuilt exactly"

# Where this server differs on purpose: scenario and step (counted from 0) and what of the answer, or scenario and file
# and line (counted from 0). Everything that is not listed here is as the reference has it.
DIFFERENCES = {
    ("health and readiness", 1, "response"): Difference(
        {"ready": True, "run_active": False, "version": "<version>", "history": "<history>", "disk": "<disk>"}, READY
    ),
    ("a run from start to stop", 3, "response"): Difference(
        {"ready": True, "run_active": True, "version": "<version>", "history": "<history>", "disk": "<disk>"}, READY
    ),
    ("a run from start to stop", 8, "response"): Difference(
        {"ready": True, "run_active": False, "version": "<version>", "history": "<history>", "disk": "<disk>"}, READY
    ),
    ("refusals", 13, "allow"): Difference("GET, HEAD", HEAD),
    ("refusals", 14, "allow"): Difference("GET, HEAD", HEAD),
    ("make_current false", "site/site_<day>.ndjson", 0): Difference(
        {"seq": 1, "ts": "<ts>", "stream": "site", "make_current": False, "type": "weather", "data": 1, "meta": {}},
        NOT_CURRENT,
    ),
    ("lax booleans", "site/site_<day>.ndjson", 0): Difference(
        {"seq": 1, "ts": "<ts>", "stream": "site", "make_current": False, "type": "a", "data": 1, "meta": {}},
        NOT_CURRENT,
    ),
    ("lax booleans", "site/site_<day>.ndjson", 1): Difference(
        {"seq": 2, "ts": "<ts>", "stream": "site", "make_current": False, "type": "b", "data": 1, "meta": {}},
        NOT_CURRENT,
    ),
}


def expected(key: tuple, recorded: Any) -> Any:
    difference = DIFFERENCES.get(key)
    return difference.expected if difference else recorded


def mask(value: Any, root: Path, version: str) -> Any:
    """What the server said, with the transcript's masks in place of what differs from one time to the next."""
    if isinstance(value, dict):
        masked = {name: mask(member, root, version) for name, member in value.items()}
        told = {"disk": "<disk>"} if set(value.get("disk") or ()) == {"free_bytes", "size_bytes"} else {}
        return masked | told | ({"history": "<history>"} if value.get("history") in ("ready", "behind") else {})
    if isinstance(value, list):
        return [mask(member, root, version) for member in value]
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
        return "<ts>"
    if value == version:
        return "<version>"
    return value.replace(str(root / "site"), "<site>").replace(str(root), "<root>")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_scenario_is_answered_and_recorded_as_by_the_reference(name, make_server, tmp_path):
    scenario = SCENARIOS[name]
    version = command("--version").stdout.strip()
    for directory in scenario.get("dirs", []):
        (tmp_path / "site" / directory).mkdir(parents=True)
    server = make_server(env=ENVIRONMENT).start()

    observed, recorded = {}, {}
    for index, step in enumerate(scenario["steps"]):
        body = step["body"].encode() if "body" in step else None
        headers = step.get("headers", JSON_HEADERS if body is not None else {})
        response = server.request(step["method"], step["path"], body, headers)
        observed[index, "status"] = response.status
        observed[index, "response"] = mask(response.json, tmp_path, version)
        observed[index, "allow"] = response.headers["Allow"]
        for part in ("status", "response", "allow"):
            recorded[index, part] = expected((name, index, part), step.get(part))
    assert observed == recorded

    assert server.stop() == 0
    stored_files = stored.files(tmp_path).items()
    # The file of a run is made when the run starts, and not with its first event.
    files = {path.replace(DAY, "<day>"): mask(lines, tmp_path, version) for path, lines in stored_files if lines}
    assert sorted(files) == sorted(scenario["files"])
    for path, lines in scenario["files"].items():
        # The order of a line's members is part of the format; that of `data` and `meta` is the client's.
        assert [list(line.items()) for line in files[path]] == [
            list(expected((name, path, number), line).items()) for number, line in enumerate(lines)
        ]


@pytest.mark.parametrize("key", DIFFERENCES, ids=str)
def test_the_listed_difference_is_one_from_the_transcript(key):
    name, place, part = key
    scenario = SCENARIOS[name]
    reference = scenario["steps"][place].get(part) if isinstance(place, int) else scenario["files"][place][part]

    assert reference is not None
    assert DIFFERENCES[key].expected != reference
    assert DIFFERENCES[key].reason
