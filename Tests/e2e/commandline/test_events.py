"""`telemetry events`: what was recorded, and what is being recorded."""

import json
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from e2e.commandline.fake_server import answering
from e2e.commandline.terminal import Terminal
from e2e.support.frames import frames
from e2e.support.server import EXIT_TIMEOUT, binary, command, environment
from e2e.support.tokens import READER
from e2e.support.waiting import TIMEOUT


def _shown(server, *arguments: str) -> subprocess.CompletedProcess:
    done = command("events", "--port", str(server.port), *arguments)
    assert done.returncode == 0, done
    return done


def _numbers(text: str) -> list:
    return [json.loads(line)["data"] for line in text.splitlines()]


class Follower:
    """`telemetry events --follow` into pipes, whose lines are read as they come."""

    def __init__(self, process: subprocess.Popen):
        self.process = process
        self._err: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def _read_errors(self) -> None:
        for line in self.process.stderr:
            self._err.put(line)

    def numbers(self, count: int) -> list:
        return [json.loads(self.process.stdout.readline())["data"] for _ in range(count)]

    def note(self) -> str:
        """The next line on standard error."""
        return self._err.get(timeout=TIMEOUT)

    def has_note(self) -> bool:
        return not self._err.empty()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(number)
        rest = self.process.stdout.read()
        return self.process.wait(timeout=EXIT_TIMEOUT), rest


@contextmanager
def _following(server, *arguments: str) -> Iterator[Follower]:
    process = subprocess.Popen(
        [binary(), "events", "--follow", "--json", "--port", str(server.port), *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Follower(process)
    finally:
        process.kill()
        process.wait(timeout=EXIT_TIMEOUT)
        process.stdout.close()


def _restart(server, number: int = signal.SIGTERM) -> None:
    server.stop(number)
    server.arguments[server.arguments.index("--port") + 1] = str(server.port)
    server.start()


def test_an_event_is_a_line_with_its_time_its_place_its_type_and_its_data(server):
    server.record("weather", {"sky": "clear", "wind": 2.25}, ts="2026-05-20T10:00:00Z")
    server.start_run(run_id="M42")
    server.record("dome", [1, None], ts="2026-05-20T10:00:01Z")

    lines = _shown(server).stdout.splitlines()

    assert [line.split() for line in lines] == [
        ["2026-05-20T10:00:00Z", "site", "weather", '{"sky":"clear","wind":2.25}'],
        ["2026-05-20T10:00:01Z", "M42", "dome", "[1,null]"],
    ]


def test_json_is_the_lines_of_the_files(server):
    server.record("weather", {"sky": "clear"}, make_current=False)
    server.record("dome", 1.25, meta={"a": "é"})

    assert _shown(server, "--json").stdout == next(server.site_dir.glob("site_*.ndjson")).read_text()


def test_csv_has_the_columns_that_are_asked_for(server):
    server.record("weather", {"sky": 'a "b",\nc', "wind": 2.25})
    server.record("dome", 1)

    assert _shown(server, "--csv", "type,data.wind,data.sky").stdout.splitlines() == [
        "type,data.wind,data.sky",
        'weather,2.25,"a ""b"",',
        'c"',
        "dome,,",
    ]
    assert _shown(server, "--csv", "").stdout.splitlines()[0] == "seq,ts,stream,type,data,meta"
    assert _shown(server, "--csv", "seq", "--reverse", "--limit", "1").stdout.splitlines() == ["seq", "2"]


def test_events_are_chosen_by_type_time_run_and_stream(server):
    server.record("weather", 1, ts="2001-01-01T00:00:00Z")
    server.start_run(run_id="M42")
    server.record("weather_roof", 2)
    server.record("dome", 3, stream="site")

    def chosen(*arguments: str) -> list:
        return _numbers(_shown(server, "--json", *arguments).stdout)

    assert chosen() == [1, 2, 3]
    assert chosen("weather*") == [1, 2]
    assert chosen("weather", "dome") == [1, 3]
    assert chosen("--since", "-1h") == [2, 3]
    assert chosen("--until", "-1h") == [1]
    assert chosen("--since", "2001-01-01T00:00:00Z", "--until", "2002-01-01T00:00:00Z") == [1]
    assert chosen("--run", "M42") == [2]
    assert chosen("--stream", "site") == [1, 3]
    assert chosen("--reverse", "--limit", "2") == [3, 2]


def test_after_a_limit_the_place_to_go_on_from_is_told(server):
    for number in range(1, 6):
        server.record("n", number)

    first = _shown(server, "--json", "--limit", "2")
    after = re.search(r"--after (\S+)", first.stderr)[1]

    assert _numbers(first.stdout) == [1, 2]
    rest = _shown(server, "--json", "--after", after)
    assert (_numbers(rest.stdout), rest.stderr) == ([3, 4, 5], "")


@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_a_place_of_another_site_is_refused(server, make_server, tmp_path, follow):
    server.record("n", 1)
    after = re.search(r"--after (\S+)", _shown(server, "--limit", "1").stderr)[1]
    other = make_server(site_dir=tmp_path / "other").start()

    refused = command("events", "--port", str(other.port), "--after", after, *follow)

    assert refused.returncode == 1
    assert "(410)" in refused.stderr and "another site directory" in refused.stderr


@pytest.mark.parametrize("follow", [[], ["--follow"]])
@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed"])
def test_a_server_without_a_log_is_told(status, follow):
    with answering('{"detail":"Not Found"}', status) as server:
        refused = command("events", "--host", "127.0.0.1", "--port", server.port, *follow)

    assert refused.returncode == 1
    assert "GET /events" in refused.stderr and "older" in refused.stderr


def test_what_the_server_refuses_is_told(server):
    refused = command("events", "--port", str(server.port), "--since", "yesterday")

    assert refused.returncode == 1
    assert "query.from: Input should be an RFC 3339 timestamp" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--limit", "0"],
        ["--after", "a b"],
        ["--csv", "ts", "--json"],
        ["--follow", "--csv", "ts"],
        ["--follow", "--reverse"],
        ["--follow", "--until", "-1h"],
        ["--stream", "both"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments):
    assert command("events", *arguments).returncode == 64


def test_a_token_is_asked_for(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()
    for arguments in ([], ["--follow", "--since", "-1h", "--limit", "1"]):
        refused = command("events", "--port", str(server.port), *arguments)
        assert refused.returncode == 1 and "(401)" in refused.stderr
    token = {"PANOPTES_TELEMETRY_TOKEN": READER}
    assert command("events", "--port", str(server.port), env=token).returncode == 0


def test_following_shows_what_is_recorded_from_now_on(server):
    server.record("weather", 0)
    with _following(server, "weather", "--since", "-1h") as follower:
        assert follower.numbers(1) == [0]
        server.record("dome", 1)
        server.record("weather", 2, store_permanently=False)
        server.record("weather", 3)
        assert follower.numbers(2) == [2, 3]

        status, rest = follower.end()

        assert (status, rest) == (0, "")
        assert follower.note().startswith("telemetry: Stopped following telemetry. Go on with --after ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_leaves_nothing_out_and_shows_nothing_twice(number, server):
    server.record("n", 0)
    with _following(server, "n", "--since", "-1h") as follower:
        assert follower.numbers(1) == [0]
        recorded = 0
        for _ in range(3):
            for _ in range(5):
                recorded += 1
                server.record("n", recorded)
            _restart(server, number)
            server.record("other", -1)
            recorded += 1
            server.record("n", recorded)
            assert follower.numbers(6) == list(range(recorded - 5, recorded + 1))
            # Once lost and once found.
            lost, found = follower.note(), follower.note()
            assert re.search("was lost|No telemetry server answers", lost) and "Trying again" in lost
            assert "answers again" in found
        assert not follower.has_note()

        status, rest = follower.end(signal.SIGTERM)
        assert (status, rest) == (0, "")
        after = re.search(r"--after (\S+)", follower.note())[1]
    server.record("n", recorded + 1)
    assert _numbers(_shown(server, "n", "--json", "--after", after).stdout) == [recorded + 1]


def test_a_place_that_is_far_behind_is_followed_without_leaving_anything_out(server):
    server.record("n", 0)
    after = re.search(r"--after (\S+)", _shown(server, "--limit", "1").stderr)[1]
    count = 70
    for number in range(count):
        server.record("n", {"number": number, "text": "x" * 1_000_000})
    connection = server.connect()
    connection.request("GET", f"/events?format=sse&after={after}")
    # So far that the server would leave it out.
    stream = frames(connection.getresponse())
    assert [next(stream).name, next(stream).name] == ["hello", "gap"]
    connection.close()

    arguments = ["--follow", "--after", after, "--limit", str(count), "--json"]
    shown = command("events", "--port", str(server.port), *arguments)
    assert shown.returncode == 0
    assert [data["number"] for data in _numbers(shown.stdout)] == list(range(count))


def test_following_ends_at_its_limit(server):
    for number in range(3):
        server.record("n", number)

    shown = command("events", "--port", str(server.port), "-f", "--since", "-1h", "--limit", "2", "--json")

    assert shown.returncode == 0 and _numbers(shown.stdout) == [0, 1]
    after = re.search(r"--after (\S+)", shown.stderr)[1]
    assert _numbers(_shown(server, "--json", "--after", after).stdout) == [2]


def test_it_ends_quietly_when_nobody_reads_any_more(server):
    for number in range(1_000):
        server.record("n", {"number": number, "text": "x" * 1_000})
    script = f"{binary()} events --port {server.port} | head -n 1; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(
        ["bash", "-c", script], env=environment(), capture_output=True, text=True, timeout=EXIT_TIMEOUT
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[1] == str(128 + signal.SIGPIPE)


def test_an_idle_follower_ends_too_when_nobody_reads_any_more(server):
    server.record("n", 0)
    with _following(server, "--since", "-1h") as follower:
        assert follower.numbers(1) == [0]
        follower.process.stdout.close()

        assert follower.process.wait(timeout=EXIT_TIMEOUT) == -signal.SIGPIPE
        assert not follower.has_note()


def test_a_reader_that_takes_nothing_can_be_given_up(server):
    with _following(server, "--since", "-1h") as follower:
        # More than a pipe holds.
        for number in range(100):
            server.record("n", {"number": number, "text": "x" * 10_000})
        follower.process.stdout.readline()
        follower.process.send_signal(signal.SIGINT)
        assert follower.process.wait(timeout=EXIT_TIMEOUT) == 0


def test_a_terminal_has_a_coloured_line_for_each_that_fits(server):
    server.record("weather", {"sky": "klar \u00e9", "wind": 2.25, "ok": True}, ts="2026-05-20T10:00:00Z")
    server.record("long", {"text": "望遠鏡" * 100, "\u001b[2J": 1})
    with Terminal("events", "--port", str(server.port)) as terminal:
        assert terminal.wait() == 0
        lines = [line.rstrip() for line in terminal.screen.display if line.strip()]
        assert len(lines) == 2
        assert lines[0] == '2026-05-20T10:00:00Z  site  weather   sky="klar \u00e9" wind=2.25 ok=true'
        assert lines[1].endswith("…")
        assert re.search(rb"\x1b\[[0-9;]+m", terminal.raw)
        assert b"\x1b[2J" not in terminal.raw
    for env, arguments in (({"NO_COLOR": "1"}, []), ({}, ["--json"]), ({"TERM": "dumb"}, [])):
        with Terminal("events", "weather", "--port", str(server.port), *arguments, env=env) as terminal:
            assert terminal.wait() == 0
            assert "weather" in terminal.text and b"\x1b" not in terminal.raw


def test_following_on_a_terminal_ends_with_ctrl_c(server):
    server.record("weather", {"n": 1})
    with Terminal("events", "-f", "--since", "-1h", "--port", str(server.port), columns=120) as terminal:
        terminal.wait_until(lambda: "n=1" in terminal.text, "the first event")
        server.record("weather", {"n": 2})
        terminal.wait_until(lambda: "n=2" in terminal.text, "the second event")
        assert terminal.interrupt() == 0
        assert "Stopped following telemetry." in terminal.text
