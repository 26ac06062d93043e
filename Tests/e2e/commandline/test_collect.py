"""`telemetry collect`: how this machine does, as events."""

import json
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from e2e.commandline.fake_server import silent
from e2e.support.server import EXIT_TIMEOUT, Server, binary, command, environment, strict_json
from e2e.support.tokens import READER, WRITER
from e2e.support.unix_socket import request
from e2e.support.waiting import TIMEOUT, wait_until

REFUSED, USAGE, UNAVAILABLE = 1, 64, 69
OF_THE_SERVER = ("requests_sec", "p99_ms", "error_rate", "active_backends")


class Collector:
    """`telemetry collect` as a service, whose log is read as it comes."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None):
        self.process = subprocess.Popen(
            [binary(), "collect", "--name", "dome", *arguments],
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)
            self._lines.put(line)

    def wait_for(self, text: str) -> str:
        while text not in (line := self._lines.get(timeout=TIMEOUT)):
            pass
        return line

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(timeout=EXIT_TIMEOUT)
        self._reader.join(timeout=EXIT_TIMEOUT)
        return status

    def log_with(self, text: str) -> list[str]:
        return [line for line in self.log if text in line]


@pytest.fixture
def collect() -> Iterator[Callable[..., Collector]]:
    collectors: list[Collector] = []

    def start(*arguments: str, **options) -> Collector:
        collectors.append(Collector(*arguments, **options))
        return collectors[-1]

    yield start
    for collector in collectors:
        collector.process.kill()
        collector.process.wait(timeout=EXIT_TIMEOUT)


def _samples(server: Server) -> list[dict]:
    lines = [line for file in sorted(server.site_dir.glob("site_*.ndjson")) for line in file.read_text().splitlines()]
    return [event for event in map(strict_json, lines) if event["type"].startswith("host.")]


def _wait_for_samples(server: Server, count: int, collector: Collector) -> list[dict]:
    wait_until(lambda: len(_samples(server)) >= count, f"there are {count} samples", collector.log)
    return _samples(server)


def test_a_sample_is_printed_without_a_server(tmp_path):
    done = command("collect", "--print", "--unix-socket", str(tmp_path / "nothing"))

    assert done.returncode == 0, done
    assert done.stderr == ""
    sample = strict_json(done.stdout)
    assert sample["uptime_seconds"] > 0
    assert sample["load"]["load1"] >= 0
    assert 0 <= sample["cpu"]["used_percent"] <= 100
    assert 0 < sample["memory"]["available_bytes"] <= sample["memory"]["total_bytes"]
    root = next(disk for disk in sample["disks"] if disk["attributes"]["mount"] == "/")
    assert root["total_bytes"] >= root["available_bytes"] > 0
    assert isinstance(sample["clock"]["synchronized"], bool)
    assert not set(OF_THE_SERVER) & set(sample)


def test_one_sample_is_recorded_under_the_name_of_the_machine(server):
    done = command("collect", "--once", "--port", str(server.port))

    assert done.returncode == 0, done
    (sample,) = _samples(server)
    assert sample["type"] == f"host.{socket.gethostname()}"
    assert done.stdout == f"{sample['type']}: seq 1, {sample['ts']}\n"
    assert server.get(f"/current/{sample['type']}").json["ts"] == sample["ts"]


def test_a_sample_stays_in_the_site_stream_during_a_run(server):
    server.start_run(run_id="night")

    done = command("collect", "--once", "--json", "--name", "dome", "--port", str(server.port))

    assert done.returncode == 0, done
    assert strict_json(done.stdout)["type"] == "host.dome"
    assert [sample["during"]["run_id"] for sample in _samples(server)] == ["night"]
    assert (server.site_dir / "night" / "telemetry.ndjson").read_text() == ""


def test_the_numbers_of_the_server_on_this_machine_are_told(server, collect):
    collector = collect("--interval", "0.1", "--port", str(server.port))
    _wait_for_samples(server, 1, collector)
    before = len(_samples(server))
    for _ in range(20):
        server.get("/health")
    samples = _wait_for_samples(server, before + 3, collector)
    assert collector.end() == 0

    for sample in samples:
        assert {name for name in OF_THE_SERVER if isinstance(sample["data"][name], int | float)} == set(OF_THE_SERVER)
        assert sample["data"]["active_backends"] == len(server.urls)
        assert sample["data"]["error_rate"] == 0
    assert max(sample["data"]["requests_sec"] for sample in samples) > 0
    assert max(sample["data"]["p99_ms"] for sample in samples) > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_samples_are_recorded_until_a_signal_comes(server, collect, number):
    collector = collect("--interval", "0.1", "--port", str(server.port))
    samples = _wait_for_samples(server, 3, collector)

    assert collector.end(number) == 0
    assert {sample["type"] for sample in samples} == {"host.dome"}
    times = [sample["ts"] for sample in _samples(server)]
    assert times == sorted(set(times))
    assert "Recording host.dome" in collector.log[0]
    assert "Stopped" in collector.log[-1]
    assert len(collector.log) == 2


def test_samples_are_kept_while_the_server_is_away(make_server, collect, tmp_path):
    path = tmp_path / "socket"
    server = make_server("--unix-socket", str(path)).start()
    collector = collect("--interval", "0.1", "--unix-socket", str(path))
    _wait_for_samples(server, 1, collector)
    server.stop()
    collector.wait_for("No telemetry server answers")
    known = [sample["ts"] for sample in _samples(server)]
    # What is taken meanwhile no server sees; that some was taken shows when one is back.
    server.start()
    back = collector.wait_for("takes samples again")
    samples = _wait_for_samples(server, len(known) + 2, collector)
    assert collector.end() == 0

    times = [sample["ts"] for sample in samples]
    assert times[: len(known)] == known
    assert times == sorted(set(times)), "each once, with its own time, in its order"
    assert int(back.split(": ")[2].split()[0]) >= 1
    # However long it lasts.
    assert len(collector.log_with("No telemetry server answers")) == 1


def test_a_server_that_refuses_the_token_is_told_once_and_asked_again(make_server, token_file, collect, tmp_path):
    server = make_server("--token-file", str(token_file)).start()
    collector = collect("--interval", "0.1", "--port", str(server.port), env={"PANOPTES_TELEMETRY_TOKEN": READER})
    collector.wait_for("(403)")
    token_file.write_text(f"{READER} write\n")
    server.process.send_signal(signal.SIGHUP)

    collector.wait_for("takes samples again")
    assert collector.end() == 0
    assert len(collector.log_with("(403)")) == 1


def test_a_token_that_may_write_is_enough(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()

    done = command("collect", "--once", "--port", str(server.port), env={"PANOPTES_TELEMETRY_TOKEN": WRITER})

    assert done.returncode == 0, done
    assert _samples(server)[0]["data"]["active_backends"] >= 1


class Recorder:
    """A server that records batches, and answers each with what a function says, or not at all."""

    def __init__(self, answer: Callable[[int], int | None]):
        recorder = self
        self.batches: list[list[dict]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                if self.path == "/current/host.dome" and recorder.batches:
                    self._reply(200, recorder.batches[-1][-1] | {"seq": 1, "meta": {}})
                else:
                    self._reply(404, {"detail": "Not Found"})

            def do_POST(self) -> None:  # noqa: N802
                lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
                recorder.batches.append([json.loads(line) for line in lines])
                status = answer(len(recorder.batches))
                if status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                else:
                    self._reply(status, {"accepted": len(lines)} if status == 200 else {"detail": "no"})

            def _reply(self, status: int, body: dict) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = str(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()


def _wait_for_batches(recorder: Recorder, count: int, collector: Collector) -> None:
    wait_until(lambda: len(recorder.batches) >= count, f"there are {count} batches", collector.log)


def test_a_sample_whose_answer_was_lost_is_not_recorded_twice(collect):
    with Recorder(lambda number: None if number == 1 else 200) as recorder:
        collector = collect("--interval", "0.1", "--host", "127.0.0.1", "--port", recorder.port)
        _wait_for_batches(recorder, 3, collector)
        assert collector.end() == 0

    times = [event["ts"] for batch in recorder.batches for event in batch]
    assert times == sorted(set(times))
    assert len(collector.log_with("was lost")) == 1


def test_what_would_never_be_taken_is_thrown_away_and_told(collect):
    with Recorder(lambda number: 422 if number == 1 else 200) as recorder:
        collector = collect("--interval", "0.1", "--host", "127.0.0.1", "--port", recorder.port)
        _wait_for_batches(recorder, 3, collector)
        assert collector.end() == 0

    times = [event["ts"] for batch in recorder.batches for event in batch]
    assert times == sorted(set(times)), "the first was not sent again"
    assert "1 sample thrown away" in collector.log_with("(422)")[0]


def test_a_server_without_metrics_is_told_once_and_its_numbers_left_out(collect):
    with Recorder(lambda _: 200) as recorder:
        collector = collect("--interval", "0.1", "--host", "127.0.0.1", "--port", recorder.port)
        _wait_for_batches(recorder, 3, collector)
        assert collector.end() == 0

    assert not [event for batch in recorder.batches for event in batch if set(OF_THE_SERVER) & set(event["data"])]
    assert len(collector.log_with("without the server's own numbers")) == 1


def test_a_server_that_hangs_does_not_keep_the_collector_from_ending(collect):
    with silent() as server:
        collector = collect("--interval", "0.1", "--timeout", "0.5", "--host", "127.0.0.1", "--port", server.port)
        collector.wait_for("No answer came")
        assert collector.end() == 0

    assert "not recorded" in collector.log[-2]


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        (["--interval", "0"], "--interval must be from 0.1 to 3600"),
        (["--interval", "3601"], "--interval must be from 0.1 to 3600"),
        (["--interval", "nan"], "--interval must be from 0.1 to 3600"),
        (["--name", ""], "--name must have 1 to 251 bytes"),
        (["--name", "x" * 252], "--name must have 1 to 251 bytes"),
        (["--name", "a\nb"], "--name must have 1 to 251 bytes and no control characters"),
        (["--json"], "--json goes with --once or --print"),
        (["--once", "--print"], "not both"),
    ],
)
def test_a_wrong_option_is_explained(arguments, explanation):
    failed = command("collect", *arguments)

    assert failed.returncode == USAGE
    assert explanation in failed.stderr


def test_a_refusal_of_one_sample_is_told(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()

    failed = command("collect", "--once", "--port", str(server.port))

    assert failed.returncode == REFUSED
    assert "401" in failed.stderr


def test_metrics_tell_of_all_requests_of_all_listeners(make_server, tmp_path):
    path = tmp_path / "socket"
    server = make_server("--unix-socket", str(path), "--http-threads", "2").start()
    for _ in range(5):
        server.get("/health")
        request(path, "GET", "/nothing")

    answer = server.get("/metrics")

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.body.decode().splitlines()
    assert f"telemetry_listeners {len(server.urls)}" in lines
    assert 'telemetry_http_requests_total{code="2xx",method="GET",route="/health"} 5' in lines
    assert 'telemetry_http_requests_total{code="4xx",method="other",route="other"} 5' in lines
    assert 'telemetry_http_request_duration_seconds_bucket{le="+Inf"} 5' in lines
