"""The oracle of the kill tests notices what it is there for."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.durability import oracle
from e2e.durability.load import Load
from e2e.support import stored

Lines = list[bytes]


def _lose_one(lines: Lines) -> Lines:
    return lines[:5] + lines[6:]


def _repeat_last(lines: Lines) -> Lines:
    return [*lines, lines[-1]]


def _repeat_last_with_a_new_number(lines: Lines) -> Lines:
    last = json.loads(lines[-1])
    return [*lines, json.dumps(last | {"seq": last["seq"] + 1}).encode() + b"\n"]


def _swap(lines: Lines) -> Lines:
    return [*lines[:5], lines[6], lines[5], *lines[7:]]


def _tear(lines: Lines) -> Lines:
    return [*lines, lines[-1][:20]]


def _damage(lines: Lines) -> Lines:
    return [*lines[:5], b"{" + lines[5], *lines[6:]]


def _change(lines: Lines) -> Lines:
    return [*lines[:5], lines[5].replace(b'"id":"', b'"more":1,"id":"'), *lines[6:]]


def _shift_numbers(lines: Lines) -> Lines:
    events = [json.loads(line) for line in lines]
    return [json.dumps(event | {"seq": event["seq"] + 1}).encode() + b"\n" for event in events]


DAMAGES: list[Callable[[Lines], Lines]] = [
    _lose_one,
    _repeat_last,
    _repeat_last_with_a_new_number,
    _swap,
    _tear,
    _damage,
    _change,
    _shift_numbers,
]


@pytest.fixture
def load(make_server, choices) -> Load:
    """What was posted to a server until it was killed."""
    server = make_server().start()
    server.start_run(run_id="night")
    load = Load(choices)
    load.run(server, 200)
    # Whole files, and those as they are answered from.
    server.start()
    load.site_dir, load.current = server.site_dir, server.get("/current").json["current"]
    server.stop()
    return load


def _file(load: Load, stream: str) -> Path:
    (path,) = load.site_dir.glob("site_*.ndjson" if stream == "site" else "night/telemetry.ndjson")
    return path


@pytest.mark.parametrize("stream", ["site", "run"])
def test_the_oracle_notices_damage_of_a_file(stream, load):
    path = _file(load, stream)
    lines = path.read_bytes().splitlines(keepends=True)
    # Line 5 was acknowledged: all but the last that each connection sent were.
    oracle.check_files(load.attempts, load.site_dir)

    for damage in DAMAGES:
        path.write_bytes(b"".join(damage(lines)))
        with pytest.raises((AssertionError, ValueError)):
            oracle.check_files(load.attempts, load.site_dir)
            pytest.fail(f"{damage.__name__} was not noticed", pytrace=False)


def test_the_oracle_notices_a_current_event_that_is_older_or_missing_or_no_current_event(load):
    found = oracle.check_files(load.attempts, load.site_dir)
    oracle.check_current(load.attempts, found, load.current)
    weather = [line for line in stored.run_lines({"run_dir": load.site_dir / "night"}) if line["type"] == "weather"]

    def notices(current: dict[str, dict]) -> bool:
        try:
            oracle.check_current(load.attempts, found, current)
        except AssertionError:
            return True
        return False

    assert notices({name: event for name, event in load.current.items() if name != "weather"})
    assert notices(load.current | {"weather": oracle.public(weather[0])})
    older = [line for line in weather if line["seq"] < load.current["weather"]["seq"] and "make_current" not in line]
    assert notices(load.current | {"weather": oracle.public(older[0])})
    ephemeral = next(a.answer for a in load.attempts.values() if not a.is_stored and a.answer)
    assert notices(load.current | {ephemeral["type"]: ephemeral})
