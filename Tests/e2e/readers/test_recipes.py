"""What docs/reading.md shows is run as it stands there."""

import csv
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.readers.recipes import recipe, recipes
from e2e.support.activated_server import ActivatedServer
from e2e.support.server import EXIT_TIMEOUT, Server, environment
from e2e.support.waiting import wait_until

HEADINGS = {"curl and jq", "pandas", "Polars", "DuckDB", "A page", "Python"}
WEATHER = [("clear", 3.5), ("clear", 4.25), ("cloudy", 11)]


@pytest.fixture
def server(make_server) -> Server:
    server = make_server().start()
    _record_weather(server)
    server.record("dome", {"open": True})
    return server


def _record_weather(server: Server) -> list[dict]:
    return [server.record("weather", {"sky": sky, "wind_mps": wind}) for sky, wind in WEATHER]


def _output(command: list[str], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=EXIT_TIMEOUT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _shell(script: str, cwd: Path) -> list[str]:
    return _output(["bash", "-euo", "pipefail", "-c", script], cwd).splitlines()


def _python(script: str, cwd: Path) -> str:
    return _output([sys.executable, "-c", script], cwd)


@contextmanager
def _running(command: list[str], cwd: Path) -> Iterator[subprocess.Popen]:
    """A program that does not end by itself; its output is text."""
    # With a session of its own, so that what a shell has started can be ended with it.
    with subprocess.Popen(
        command, cwd=cwd, env=environment(), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _has_output(process: subprocess.Popen) -> bool:
    """Whether there is something to read soon."""
    return bool(select.select([process.stdout], [], [], 0.05)[0])


def test_all_recipes_are_run():
    assert set(recipes()) == HEADINGS


def test_curl_and_jq_show_the_last_hour_and_the_latest(server, tmp_path):
    hour, latest, *_ = recipe("curl and jq", server)
    assert [line.split("\t")[1] for line in _shell(hour, tmp_path)] == ["3.5", "4.25", "11"]
    assert [json.loads(line)[1] for line in _shell(latest, tmp_path)] == ["dome", "weather", "weather", "weather"]


# A page that has its cursor in the header, and those that are too long for it.
@pytest.mark.parametrize("count", [1_000, 25_000])
def test_curl_pages_through_a_run(count, server, tmp_path):
    server.start_run(run_id="night")
    lines = [json.dumps({"type": "count", "data": number}) for number in range(count)]
    body = "\n".join(lines).encode()
    assert server.post("/events", body, {"Content-Type": "application/x-ndjson"}).status == 200
    server.stop_run()
    pages = recipe("curl and jq", server)[2]

    found = [json.loads(line) for line in _shell(pages, tmp_path)]

    assert [(seq, data) for seq, _, data in found] == [(number + 1, number) for number in range(count)]


def test_curl_and_jq_follow(server, tmp_path):
    follow = recipe("curl and jq", server)[3]
    with _running(["bash", "-c", follow], tmp_path) as process:
        # Its first event may be recorded before it follows.
        while not _has_output(process):
            server.record("weather", {"sky": "clear", "wind_mps": 0.5})
        assert process.stdout.readline().endswith(" 0.5 m/s\n")


def test_pandas_reads_csv(server, tmp_path):
    rows = list(csv.DictReader(_python(*recipe("pandas", server), tmp_path).splitlines()))
    assert sum(int(row["count"]) for row in rows) == len(WEATHER)
    assert max(float(row["max"]) for row in rows) == 11


def test_polars_reads_ndjson(server, tmp_path):
    rows = list(csv.DictReader(_python(*recipe("Polars", server), tmp_path).splitlines()))
    assert [float(row["wind_mps"]) for row in rows] == [3.5, 4.25, 11]
    assert all("T" in row["ts"] for row in rows)


def test_duckdb_reads_ndjson(server, tmp_path):
    fetch, query = recipe("DuckDB", server)
    _shell(fetch, tmp_path)
    _python(query, tmp_path)
    assert (tmp_path / "sky.csv").read_text() == "sky,events,most\nclear,2,4.25\ncloudy,1,11.0\n"


def test_a_page_shows_what_is_current_and_what_comes(server, chromium):
    script, html = recipe("A page", server)
    page = chromium.open("about:blank")
    page.serve(f"http://127.0.0.1:{server.port}/", html, {"weather.js": script})

    lines = "[...document.querySelectorAll('li')].map(line => line.textContent)"
    wait_until(lambda: page.evaluate(f"{lines}.length") == 1, "the page shows what is current", server.log)
    server.record("weather", {"sky": "rain", "wind_mps": 20})
    wait_until(lambda: page.evaluate(f"{lines}.length") == 2, "the page shows what comes", server.log)

    current, rain = page.evaluate(lines)
    assert current.endswith(" cloudy, 11 m/s") and rain.endswith(" rain, 20 m/s")


def test_python_gets_each_event_once_over_restarts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ActivatedServer(tmp_path / "site", sockets=[listener]).start()
        script = tmp_path / "follow.py"
        script.write_text(*recipe("Python", server))
        command = [sys.executable, str(script)]
        try:
            expected, found = [], []

            def record() -> None:
                expected.append(str(len(expected)))
                server.record("weather", {"wind_mps": int(expected[-1])})

            def read(process: subprocess.Popen) -> None:
                while len(found) < len(expected):
                    line = process.stdout.readline()
                    assert line, "the program has ended"
                    found.append(line.split()[1])

            with _running(command, tmp_path) as process:
                # What is recorded before it follows is not for it.
                while not _has_output(process):
                    record()
                found += expected[: int(process.stdout.readline().split()[1]) + 1]
                read(process)
                for _ in range(3):
                    record()
                    server.process.kill()
                    server.wait()
                    server.start()
                    record()
                    read(process)
                # It is ended when it has written down where it is.
                wait_until(lambda: _last_cursor(tmp_path) == _end(server), "the place is kept", server.log)
            record()
            with _running(command, tmp_path) as process:
                read(process)
                record()
                read(process)
            assert found == expected
        finally:
            server.process.kill()
            server.wait()


def _last_cursor(directory: Path) -> str:
    path = directory / "weather.cursor"
    return path.read_text() if path.exists() else ""


def _end(server: Server) -> str:
    return json.loads(server.get("/events?cursors=true").body.splitlines()[-1])["cursor"]
