"""The telemetry binary as a test sees it: a process to start and stop, and an address to talk to."""

import http.client
import json
import os
import queue
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

# Bounds on a hang; no test waits this long for anything that works, however busy the machine is.
STARTUP_TIMEOUT = 120.0
EXIT_TIMEOUT = 120.0
REQUEST_TIMEOUT = 120.0

# What the programs under test look at beside PANOPTES_*, and who runs these tests may have set: that a service manager
# runs them, how their terminal is, how they like it.
_AMBIENT = {"POCSTIME", "NO_COLOR", "COLUMNS", "LINES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS"}
_AMBIENT |= {"LISTEN_PID", "LISTEN_FDNAMES", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY"}

JSON_HEADERS = {"Content-Type": "application/json"}


def binary() -> str:
    return os.environ["TELEMETRY_BINARY"]


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would change the server's behaviour, and with `extra`.

    With $TELEMETRY_PERTURB the server overwrites memory that it frees, and whoever still reads it finds something else.
    """
    kept = {k: v for k, v in os.environ.items() if k not in _AMBIENT and not k.startswith("PANOPTES_")}
    perturbed = {"MALLOC_PERTURB_": "165"} if "TELEMETRY_PERTURB" in os.environ else {}
    return kept | perturbed | (extra or {})


def command(*arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """Runs a subcommand to its end."""
    return subprocess.run(
        [binary(), *arguments], env=environment(env), cwd=cwd, capture_output=True, text=True, timeout=EXIT_TIMEOUT
    )


@contextmanager
def taken_port(is_listening: bool) -> Iterator[str]:
    """A port of 127.0.0.1 that nobody else gets: with a listener, or with none."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if is_listening:
            taken.listen()
        yield str(taken.getsockname()[1])


def strict_json(text: str | bytes, names_may_repeat: bool = False):
    """Parses JSON as the strictest of readers: no NaN, no Infinity, UTF-8 only, and no member twice.

    Of members of one name, if they may be, the last one counts.
    """

    def refuse_constant(name):
        raise ValueError(f"{name} is not JSON")

    def unique(pairs):
        members = dict(pairs)
        if len(members) != len(pairs) and not names_may_repeat:
            raise ValueError(f"a member occurs twice: {pairs}")
        return members

    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique)


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self):
        assert self.headers.get_content_type() == "application/json", f"{self.status} {self.headers} {self.body!r}"
        return strict_json(self.body)


def exchange(connection: http.client.HTTPConnection, method: str, path: str, body=None, headers=None) -> Response:
    """One request and its answer. A body that is no bytes is sent as JSON; `headers` replace the content type."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    if headers is None:
        headers = JSON_HEADERS if body is not None else {}
    # A server may refuse a body before it has read all of it: the answer tells.
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return Response(answer.status, answer.headers, answer.read())


class Server:
    """`telemetry run` on a free port, for one site directory. It can be stopped and started again."""

    # What runs the binary, and which descriptors it inherits.
    launcher: tuple[str, ...] = ()
    passed_descriptors: tuple[int, ...] = ()

    def __init__(self, site_dir: Path, *flags: str, env: dict[str, str] | None = None, cwd: Path | None = None):
        self.site_dir = site_dir
        self.arguments = ["run", "--host", "localhost", "--port", "0", "--site-dir", str(site_dir), *flags]
        self.env = env
        self.cwd = cwd
        self.process: subprocess.Popen | None = None
        self.log: list[str] = []

    def start(self) -> "Server":
        self.spawn()
        line = self.wait_for_line("Listening on ")
        # http://127.0.0.1:40123, https://[::1]:40123, unix:/run/telemetry.sock
        self.urls = line.rpartition("Listening on ")[2].split()
        assert self.urls, f"no address in {line!r}"
        ports = [int(url.rpartition(":")[2]) for url in self.urls if re.match("https?://", url)]
        self.port = ports[0] if ports else None
        return self

    def refusal(self) -> tuple[int, str]:
        """The exit status of a server that does not start, and what it says."""
        self.spawn()
        return self.wait(), "".join(self.log)

    def spawn(self) -> None:
        """Starts the process, and does not wait until it listens."""
        self.process = subprocess.Popen(
            [*self.launcher, binary(), *self.arguments],
            env=environment(self.env),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=self.passed_descriptors,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr, self._lines), daemon=True)
        self._reader.start()

    def _read_log(self, stream, lines: queue.Queue) -> None:
        for line in stream:
            self.log.append(line)
            lines.put(line)
        lines.put(None)

    def wait_for_line(self, text: str) -> str:
        """The next line of the log that holds `text`."""
        with suppress(queue.Empty):
            while (line := self._lines.get(timeout=STARTUP_TIMEOUT)) is not None:
                if text in line:
                    return line
        raise AssertionError(f"The server did not log {text!r}:\n{''.join(self.log)}")

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Asks the server to end, and gives its exit status."""
        self.process.send_signal(signal_number)
        return self.wait()

    def wait(self) -> int:
        """The exit status of a server that was asked to end."""
        status = self.process.wait(timeout=EXIT_TIMEOUT)
        self._reader.join(timeout=EXIT_TIMEOUT)
        self.process.stderr.close()
        return status

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_TIMEOUT)

    def request(self, method: str, path: str, body=None, headers=None) -> Response:
        connection = self.connect()
        try:
            return exchange(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path: str) -> Response:
        return self.request("GET", path)

    def post(self, path: str, body=None, headers=None) -> Response:
        return self.request("POST", path, body, headers)

    def record(self, event_type: str, data=None, **members) -> dict:
        """Posts an event that has to be accepted."""
        response = self.post("/event", {"type": event_type, "data": data, **members})
        assert response.status == 200, response
        return response.json

    def start_run(self, **members) -> dict:
        """Starts a run that has to be accepted."""
        response = self.post("/run/start", members)
        assert response.status == 200, response
        return response.json

    def stop_run(self) -> dict:
        response = self.post("/run/stop")
        assert response.status == 200, response
        return response.json
