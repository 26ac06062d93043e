"""What is measured in each round: every part starts its servers, loads them one after another, and stops them."""

import json
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import following, limiting, load, scraping
from .process import output
from .servers import EVENT, Floor, InfluxDB, Pushgateway, Reference, Telemetry

CONNECTIONS = (1, 16, 64, 256)
BATCH = 1_000
TYPES = 20


class Rounds:
    """Measures the parts; each figure is kept under the name of its row and, if it has any, its connections."""

    def __init__(self, programs, binary, peers, directory, seconds, say):
        self.programs = programs
        self.binary = binary
        self.peers = peers
        self.directory = Path(directory)
        self.seconds = seconds
        self.say = say
        self.line_bytes, self.answer_bytes, self.current_bytes = self._sizes()
        self.batch = self.directory / "batch.ndjson"
        self.batch.write_text(f"{EVENT}\n" * BATCH)
        self.parts = {
            "events-never": lambda: self.events("never", is_synced=False),
            "events-interval": lambda: self.events("interval"),
            "events-always": lambda: self.events("always", is_synced=True),
            "closing": self.closing,
            "peers": self.peer_servers,
            "batches": self.batches,
            "current": self.current,
            "connections": self.many_connections,
            "latency": self.latency,
            "followed": lambda: following.recording(self),
            "followers": lambda: following.waiting(self),
            "scraped": lambda: scraping.measure(self),
            "limited": lambda: limiting.measure(self),
        }

    def run(self, parts):
        """One round."""
        self.figures = {}
        for part in parts:
            if part in self.parts:
                self.say(part)
                self.parts[part]()
        return self.figures

    # The servers

    @contextmanager
    def server(self, make, *arguments, **options):
        place = Path(tempfile.mkdtemp(dir=self.directory))
        server = make(*arguments, place / "server", **options)
        try:
            yield server
            server.stop()
        finally:
            server.process.kill()
            server.process.wait()
            shutil.rmtree(place, ignore_errors=True)

    def telemetry(self, sync):
        return self.server(Telemetry, self.binary, sync=sync)

    def server_with(self, sync, flags):
        return self.server(Telemetry, self.binary, sync=sync, flags=flags)

    def floor(self, is_synced=False):
        def make(program, directory):
            return Floor(program, directory, self.line_bytes, self.answer_bytes, is_synced)

        return self.server(make, self.programs["post-event"])

    def _sizes(self):
        """The bytes of a line, of its answer, and of the answer to GET /current, for the floor to do the same."""
        with self.telemetry("never") as server:
            self._post(server, EVENT)
            line = server.line_bytes()
            answer = self._length(server, "/current/weather")
            for number in range(TYPES):
                self._post(server, EVENT.replace("weather", f"sensor {number:02}"))
            return line, answer, self._length(server, "/current")

    @staticmethod
    def _post(server, body):
        command = ["curl", "-sSf", "-o", "/dev/null", "-H", "Content-Type: application/json", "-d", body]
        output([*command, f"http://127.0.0.1:{server.port}/event"])

    @staticmethod
    def _length(server, path):
        return len(output(["curl", "-sSf", f"http://127.0.0.1:{server.port}{path}"]))

    # The parts

    def note(self, name, figures, connections=None):
        self.figures[f"{name} {connections}" if connections else name] = figures

    def events(self, sync, is_synced=None):
        """POST /event on keep-alive connections, beside the floor that does the same."""
        with ExitStack() as stack:
            server = stack.enter_context(self.telemetry(sync))
            floor = None if is_synced is None else stack.enter_context(self.floor(is_synced))
            for connections in CONNECTIONS:
                self.note(f"event {sync}", load.wrk(server, connections, self.seconds), connections)
                if floor:
                    self.note(f"floor {sync}", load.wrk(floor, connections, self.seconds), connections)
        if is_synced:
            command = [self.programs["append-sync"], self.directory, self.seconds, self.line_bytes]
            self.note("write + fdatasync", json.loads(output(command, 60)))

    def closing(self):
        """POST /event with a connection for each request."""
        for sync in ("never", "interval", "always"):
            with ExitStack() as stack:
                server = stack.enter_context(self.telemetry(sync))
                floor = None if sync == "interval" else stack.enter_context(self.floor(sync == "always"))
                for connections in CONNECTIONS:
                    self.note(
                        f"closing {sync}", load.wrk(server, connections, self.seconds, is_closing=True), connections)
                    if floor:
                        figures = load.wrk(floor, connections, self.seconds, is_closing=True)
                        self.note(f"closing floor {sync}", figures, connections)

    def peer_servers(self):
        """The servers that a user might take instead."""
        makers = {
            "reference": (Reference, self.peers["python"]),
            "influxdb": (InfluxDB, self.peers["root"]),
            "pushgateway": (Pushgateway, self.peers["root"]),
        }
        for name, (make, what) in makers.items():
            with self.server(make, what) as server:
                for connections in CONNECTIONS:
                    self.note(name, load.wrk(server, connections, self.seconds), connections)
                self.note(f"closing {name}", load.wrk(server, 16, self.seconds, is_closing=True), 16)

    def batches(self):
        """POST /events, beside a loop that only parses and writes."""
        program = self.programs["requests"]
        for sync in ("never", "always"):
            with self.telemetry(sync) as server:
                figures = load.requests(
                    program, server, "-t", self.seconds, connections=4, body=self.batch, path="/events",
                    events_per_request=BATCH)  # fmt: skip
                self.note(f"batches {sync}", figures)
        command = [self.programs["parse-append"], self.directory, self.seconds, BATCH, EVENT]
        self.note("simdjson + write", json.loads(output([*command, self.line_bytes], 60)))
        self.note("simdjson + write as it came", json.loads(output(command, 60)))

    def current(self):
        """GET /current with 20 types, beside the floor that answers as many bytes."""
        with self.telemetry("never") as server, self.floor() as floor:
            for number in range(TYPES):
                self._post(server, EVENT.replace("weather", f"sensor {number:02}"))
            size = self._length(server, "/current")
            for connections in (16,):
                self.note("current", load.wrk_get(server, "/current", connections, self.seconds), connections)
                figures = load.wrk_get(floor, f"/current?{size}", connections, self.seconds)
                self.note("current floor", figures, connections)

    def many_connections(self):
        """512 connections, of which half are idle, against 64."""
        program = self.programs["requests"]
        event = self.directory / "event.json"
        event.write_text(EVENT)
        with self.telemetry("never") as server:
            for name, connections, idle in (("64", 64, 0), ("256 + 256 idle", 256, 256)):
                figures = load.requests(
                    program, server, "-t", self.seconds, connections=connections, idle=idle, body=event)  # fmt: skip
                self.note(f"connections {name}", figures)

    def latency(self):
        """One client that waits for each answer, durably, beside what that cannot be less than."""
        program = self.programs["requests"]
        event = self.directory / "event.json"
        event.write_text(EVENT)
        with self.telemetry("always") as server:
            self.note("latency event", load.requests(program, server, "-t", self.seconds, body=event))
            self.note("latency health", load.requests(program, server, "-t", self.seconds, path="/health"))
        command = [self.programs["append-sync"], self.directory, self.seconds, self.line_bytes]
        self.note("latency write + fdatasync", json.loads(output(command, 60)))
