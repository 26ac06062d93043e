"""`telemetry current` into pipes and files."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from e2e.commandline.fake_server import FakeServer, answering
from e2e.commandline.terminal import Terminal
from e2e.support.server import EXIT_TIMEOUT, binary, command, environment
from e2e.support.waiting import wait_until


@contextmanager
def _following(server, *arguments: str) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [binary(), "current", "--follow", "--interval", "0.1", "--port", str(server.port), *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _end(process: subprocess.Popen, number: int) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=EXIT_TIMEOUT)
    return process.returncode, out, err


def _restart(server) -> None:
    """Starts a server that was stopped or killed on the port that it had."""
    server.arguments[server.arguments.index("--port") + 1] = str(server.port)
    server.start()


def test_plain_text_has_all_members_and_no_control_sequences(server):
    data = {"sky": "clear", "wind": [1.50, None]}
    server.record("weather", data, meta={"station": "roof"}, ts="2026-05-20T10:00:00Z")

    shown = command("current", "--port", str(server.port))

    assert shown.returncode == 0
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert lines[0] == "weather"
    assert [line.split()[0] for line in lines[1:5]] == ["seq", "ts", "age", "meta.station"]
    assert lines[4].endswith("roof")
    assert "data          {" in lines and '"sky": "clear",' in lines and "1.5," in lines
    assert "\x1b" not in shown.stdout


def test_without_events_that_is_told(server):
    assert command("current", "--port", str(server.port)).stdout == "No current telemetry values\n"


def _hours_ahead(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_what_is_ahead_of_the_clock_is_shown_as_such(server):
    server.record("weather", 1, ts=_hours_ahead(10))
    server.record("dome", 1)

    shown = command("current", "--port", str(server.port)).stdout
    assert re.findall(r"age +(.*)", shown)[0].endswith(" ahead of the clock")
    assert shown.count("ahead of the clock") == 1
    view = json.loads(command("current", "--json", "--port", str(server.port)).stdout)["current"]
    assert 35_000 < view["weather"]["ahead_s"] <= 36_000
    assert set(view["dome"]) == {"seq", "ts", "type", "data", "meta"}
    event = json.loads(command("current", "weather", "--json", "--port", str(server.port)).stdout)
    assert 35_000 < event["ahead_s"] <= 36_000
    assert command("current", "weather", "--max-age", "9e9", "--port", str(server.port)).returncode == 1


def test_names_that_differ_in_their_code_points_only_are_two(server):
    for number, event_type in enumerate(["caf\u00e9", "cafe\u0301"]):
        server.record(event_type, number)
    with _following(server, "--json") as process:
        shown = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert [event["data"] for event in shown] == [0, 1]
        server.record("dome", 2)
        # Neither is printed again for the other.
        assert json.loads(process.stdout.readline())["data"] == 2


def test_one_type_is_shown_alone(server):
    server.record("weather", {"sky": "clear"})
    server.record("dome", {"open": True})

    shown = command("current", "dome", "--port", str(server.port)).stdout

    assert "dome" in shown and "weather" not in shown


def test_a_type_that_is_not_there_is_refused(server):
    refused = command("current", "nothing", "--port", str(server.port))

    assert refused.returncode == 1
    assert "No current event for type 'nothing'" in refused.stderr


def test_what_is_older_than_the_maximum_age_is_left_out(server):
    server.record("old", {}, ts="2001-01-01T00:00:00Z")
    server.record("new", {})

    shown = command("current", "--max-age", "3600", "--json", "--port", str(server.port))

    assert list(json.loads(shown.stdout)["current"]) == ["new"]
    assert command("current", "old", "--max-age", "3600", "--port", str(server.port)).returncode == 1


def test_control_characters_are_shown_and_not_obeyed():
    event = '{"seq":1,"ts":"\\u001bc","type":"a\\u0007","data":{"k\x7f":"\x9b31m"},"meta":{"m\\u001b":"\\u202e"}}'
    with answering('{"current":{"a":' + event + "}}") as server:
        shown = command("current", "--host", "127.0.0.1", "--port", server.port)

    assert shown.returncode == 0
    assert not any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 or c == "\u202e" for c in shown.stdout)
    for escape in ("\\u001bc", "a\\u0007", "k\\u007f", "\\u009b31m", "m\\u001b", "\\u202e"):
        assert escape in shown.stdout


def test_following_in_json_gives_a_line_for_each_change(server):
    server.record("weather", {"n": 1})
    server.record("dome", {"open": True})
    with _following(server, "--json") as process:
        first = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert {event["type"]: event["seq"] for event in first} == {"weather": 1, "dome": 2}
        server.record("weather", {"n": 2})
        assert json.loads(process.stdout.readline())["data"] == {"n": 2}

        status, out, err = _end(process, signal.SIGINT)

    assert (status, out) == (0, "")
    assert err == "telemetry: Stopped following telemetry.\n"


def test_following_plainly_gives_each_change(server):
    server.record("weather", {"n": 1})
    with _following(server, "weather") as process:
        assert process.stdout.readline() == "weather\n"
        server.record("dome", {"open": True})
        server.record("weather", {"n": 2})

        lines = iter(process.stdout.readline, "")
        seen = [line for line in iter(lambda: next(lines), "weather\n")]
        assert any('"n": 1' in line for line in seen)
        seen = [line for line in iter(lambda: next(lines), "        }\n") if line]
        status, _, _ = _end(process, signal.SIGTERM)

    assert status == 0
    assert any('"n": 2' in line for line in seen) and not any("dome" in line for line in seen)


def test_a_type_that_comes_later_is_waited_for(server):
    with _following(server, "later", "--json") as process:
        server.record("later", 7)

        assert json.loads(process.stdout.readline())["data"] == 7


def test_a_server_that_is_lost_is_told_once_and_found_again(server):
    server.record("weather", {"n": 1})
    with _following(server, "--json") as process:
        process.stdout.readline()
        server.stop(signal.SIGKILL)
        # Nobody answers any more, or an answer that was on its way was lost.
        assert re.search("No telemetry server answers|was lost", lost := process.stderr.readline()), lost
        _restart(server)
        assert "answers again" in process.stderr.readline()
        server.record("weather", {"n": 2})

        # The value that it had before is not repeated.
        assert json.loads(process.stdout.readline())["data"] == {"n": 2}


def test_following_ends_when_nobody_reads_any_more(server):
    server.record("weather", {"n": 1})
    with _following(server, "--json") as process:
        process.stdout.readline()
        process.stdout.close()
        server.record("weather", {"n": 2})

        assert process.wait(timeout=EXIT_TIMEOUT) == -signal.SIGPIPE
        process.stdout = None


def test_a_server_that_refuses_from_the_beginning_is_not_followed(server):
    with answering('{"detail":"Not for you"}', "403 Forbidden") as fake:
        refused = command("current", "--follow", "--host", "127.0.0.1", "--port", fake.port)

    assert refused.returncode == 1
    assert "Not for you" in refused.stderr


@pytest.mark.parametrize("count", [2000])
def test_many_events_are_shown_to_the_last(count, server):
    server.record("long", {f"member{n}": n for n in range(count)})

    assert f'"member{count - 1}": {count - 1}' in command("current", "--port", str(server.port)).stdout


class _Streaming:
    """A server that tells changes or, as the reference, has none to tell; it counts what it is asked."""

    def __init__(self, has_stream: bool, port: int = 0):
        self.has_stream = has_stream
        self.port = port
        self.number = 1
        self.paths: list[str] = []

    def _event(self) -> str:
        event = {"seq": self.number, "ts": "2026-05-20T10:00:00Z", "type": "a", "data": self.number, "meta": {}}
        return json.dumps(event | {"stream": "site"})

    def respond(self, connection) -> None:
        path = self.server.request.split()[1].decode()
        self.paths.append(path)
        view = f'{{"current":{{"a":{self._event()}}}}}'
        if path.startswith("/events"):
            if not self.has_stream:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            hello = '{"version":"1","cursor":"c","run_id":null}'
            frames = f"event: hello\nid: c\ndata: {hello}\n\nevent: current\nid: c\ndata: {view}\n\n"
            connection.sendall(frames.encode())
            connection.recv(1)
        else:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(view)}\r\n\r\n"
            connection.sendall(head.encode() + view.encode())

    def __enter__(self) -> "_Streaming":
        self.server = FakeServer(self.respond, port=self.port)
        self.port = self.server.port
        return self

    def __exit__(self, *_) -> None:
        self.server.__exit__()


def test_changes_are_told_by_the_server_at_once(server):
    server.record("weather", 1)
    # Nobody would wait for the next request.
    with _following(server, "--json", "--interval", "1000000") as process:
        for number in range(2, 5):
            assert json.loads(process.stdout.readline())["data"] == number - 1
            server.record("weather", number)
        assert json.loads(process.stdout.readline())["data"] == 4


def test_an_event_that_does_not_become_current_is_not_shown(server):
    server.record("weather", 1)
    with _following(server, "--json") as process:
        assert json.loads(process.stdout.readline())["data"] == 1
        server.record("weather", 2, make_current=False)
        server.record("dome", 3)
        assert json.loads(process.stdout.readline())["data"] == 3


def test_an_event_is_shown_that_became_current_together_with_one_that_did_not(server):
    server.record("weather", 0)
    lines = [{"type": "weather", "data": 1}, {"type": "weather", "data": 2, "make_current": False}]
    with _following(server, "--json") as process:
        assert json.loads(process.stdout.readline())["data"] == 0
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        assert server.post("/events", body, {"Content-Type": "application/x-ndjson"}).status == 200
        assert json.loads(process.stdout.readline())["data"] == 1


def test_a_type_that_looks_like_a_pattern_is_one_type(server):
    server.record("a", 1)
    server.record("ab", 2)
    server.record("a*", 3)
    with _following(server, "a*", "--json") as process:
        assert json.loads(process.stdout.readline())["data"] == 3
        server.record("ac", 4)
        server.record("a*", 5)
        assert json.loads(process.stdout.readline())["data"] == 5


def test_an_idle_view_asks_once():
    with _Streaming(has_stream=True) as fake, _following(fake, "--host", "127.0.0.1", "--json") as process:
        assert json.loads(process.stdout.readline())["data"] == 1
        # While another that has to ask, as often as this one may, has asked many times.
        with _Streaming(has_stream=False) as other, _following(other, "--host", "127.0.0.1", "--json"):
            wait_until(lambda: len(other.paths) > 5, "it was asked often")
        assert fake.paths == ["/events?format=sse&current=true&mode=latest"]


def test_a_server_without_a_stream_is_asked_again_and_again():
    with _Streaming(has_stream=False) as fake, _following(fake, "--host", "127.0.0.1", "--json") as process:
        assert json.loads(process.stdout.readline())["data"] == 1
        fake.number = 2
        assert json.loads(process.stdout.readline())["data"] == 2
        assert sum(path.startswith("/events") for path in fake.paths) == 1


def test_after_a_loss_it_is_followed_by_what_the_server_has_then(make_server):
    """A real server, in its place one without a stream, and a real one again."""
    server = make_server().start()
    server.record("weather", 10)
    with _following(server, "--json") as process:
        assert json.loads(process.stdout.readline())["data"] == 10
        assert server.stop() == 0
        assert "was lost" in process.stderr.readline()
        with _Streaming(has_stream=False, port=server.port) as fake:
            assert "answers again" in process.stderr.readline()
            assert json.loads(process.stdout.readline())["data"] == 1
            fake.number = 2
            assert json.loads(process.stdout.readline())["data"] == 2
        assert re.search("was lost|No telemetry server answers", process.stderr.readline())
        _restart(server)
        assert "answers again" in process.stderr.readline()
        # The value that it had before is not repeated.
        server.record("weather", 11)
        assert json.loads(process.stdout.readline())["data"] == 11


def test_what_becomes_too_old_goes_while_nothing_changes(server):
    server.record("weather", {"n": 1}, ts=_hours_ahead(0))
    with Terminal("current", "-f", "--max-age", "2", "--port", str(server.port)) as terminal:
        terminal.wait_for("No current telemetry values")
        server.record("dome", {"n": 2}, ts=_hours_ahead(1))
        server.record("dome2", {"n": 3})
        terminal.wait_for('"n": 3')
        assert '"n": 2' not in terminal.text
