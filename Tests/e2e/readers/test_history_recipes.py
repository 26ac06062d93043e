"""What docs/history.md shows is run as it stands there, and all of it gives the same numbers."""

import csv
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e.readers.recipes import recipe, recipes
from e2e.support.server import EXIT_TIMEOUT, Server, command, environment
from e2e.support.waiting import wait_until

PAGE = "history.md"
COUNT = 4_000

# Of n, min, mean, max, first and last.
MEAN = 2


@pytest.fixture
def server(make_server) -> Server:
    server = make_server().start()
    start = datetime(2026, 5, 20, tzinfo=UTC)
    choices = random.Random(20260520)
    lines = []
    for number in range(COUNT):
        # Within the day, some of them late, some at the same instant, some with an offset.
        moment = start + timedelta(seconds=number * 86_400 // COUNT - choices.choice([0, 0, 0, min(number, 5_000)]))
        ts = moment.isoformat(timespec="milliseconds")
        wind = choices.choice([choices.uniform(-5, 30), choices.randrange(40), True, False, None, "12", 1e-7, -0.0])
        lines.append(json.dumps({"type": "weather", "ts": ts, "data": {"wind_mps": wind, "sky": "clear"}}))
        if number % 7 == 0:
            lines.append(json.dumps({"type": "dome", "ts": ts, "data": {"wind_mps": 99}}))
    body = "\n".join(lines).encode()
    assert server.post("/events", body, {"Content-Type": "application/x-ndjson"}).status == 200

    def indexed() -> bool:
        return [found["events"] for found in server.get("/types").json["types"] if found["type"] == "weather"] == [
            COUNT
        ]

    wait_until(indexed, "the events are indexed", server.log)
    return server


def _python(script: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=EXIT_TIMEOUT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _buckets(text: str) -> list[tuple[datetime, list[float]]]:
    """The start of each bucket, and its six numbers."""
    rows = [row for row in csv.reader(text.splitlines()) if row][1:]
    return [(datetime.fromisoformat(row[0]).replace(tzinfo=UTC), [float(cell) for cell in row[1:]]) for row in rows]


def test_all_recipes_are_run():
    assert set(recipes(PAGE)) == {"Programs", "The same from the files"}


def test_the_files_give_the_same_numbers_as_the_server(server, tmp_path):
    (tmp_path / "telemetry").symlink_to(server.site_dir)
    duckdb, pandas = recipe("The same from the files", server, PAGE)
    (programs,) = recipe("Programs", server, PAGE)

    answered = _buckets(_python(programs, tmp_path))

    _python(duckdb, tmp_path)
    assert len(answered) == 96
    for found in (_buckets((tmp_path / "wind.csv").read_text()), _buckets(_python(pandas, tmp_path))):
        assert [time for time, _ in found] == [time for time, _ in answered]
        for (time, numbers), (_, expected) in zip(found, answered, strict=True):
            # The order of adding is free.
            assert numbers[MEAN] == pytest.approx(expected[MEAN], rel=1e-12), time
            assert numbers[:MEAN] + numbers[MEAN + 1 :] == expected[:MEAN] + expected[MEAN + 1 :], time


def test_the_types_are_those_that_the_page_shows(server):
    shown = command("types", "weather", "--port", str(server.port)).stdout.splitlines()
    assert [line.split()[0] for line in shown] == ["weather", "sky", "wind_mps"]
