"""The servers that are measured: this one, the floor, and those that a user might take instead."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from .process import BenchmarkError, count_lines, cpu_seconds, end, resident_kb, wait_until, written_bytes

EVENT = json.dumps(
    {
        "type": "weather",
        "data": {"sky": "clear", "wind_kph": 12.5, "humidity": 61.25, "temperature_c": 11.125, "counter": 12345},
    },
    separators=(",", ":"),
)


def zone_without_noon():
    """A time zone in which it is at least six hours to noon: no new site file begins in the middle."""
    return "UTC12" if 6 <= time.gmtime().tm_hour < 18 else "UTC0"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server. It writes below `directory`, which is its own."""

    name = ""

    #: Whether it must have recorded all that it acknowledged, and nothing else.
    is_ours = False
    path = "/event"
    body = EVENT
    content_type = "application/json"

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True)
        self.log = open(self.directory / "log", "w+b")
        self.process = None
        self.port = None

    def spawn(self, command, **options):
        options = {"stdout": self.log, "stderr": self.log, "stdin": subprocess.DEVNULL} | options
        self.process = subprocess.Popen([str(word) for word in command], **options)

    def log_text(self):
        return (self.directory / "log").read_text(errors="replace")

    def wait_for(self, condition):
        def is_up():
            if self.process.poll() is not None:
                raise BenchmarkError(f"{self.name} has ended:\n{self.log_text()[-2000:]}")
            return condition()

        return wait_until(is_up, f"{self.name} starts")

    def answers(self, path):
        """Whether it answers a GET with 2xx."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5):
                return True
        except OSError:
            return False

    def recorded(self):
        """How many events are in its files; None when that cannot be counted."""
        return None

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def resident_kb(self):
        return resident_kb(self.process.pid)

    def stop(self):
        status = end(self.process)
        self.log.close()
        return status


class Telemetry(Server):
    """The server of this checkout; `ready_ms` is the time from before its exec to its READY=1.

    When it was stopped, `written_bytes` is what it has had written to disks.
    """

    is_ours = True

    def __init__(self, binary, directory, sync="always", site=None, timeout=60, flags=()):
        super().__init__(directory)
        self.name = f"telemetry --sync {sync}"
        self.site = Path(site) if site else self.directory / "site"
        # No systemd of this session shall hear of it; the socket needs no file.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.bind("")  # an abstract address that the kernel chooses
            notify.settimeout(timeout)
            environment = {key: value for key, value in os.environ.items() if not key.startswith("PANOPTES_")}
            environment |= {"NOTIFY_SOCKET": "@" + notify.getsockname()[1:].decode(), "TZ": zone_without_noon()}
            command = [binary, "run", "--host", "127.0.0.1", "--port", "0", "--site-dir", self.site, "--sync", sync,
                       *flags]  # fmt: skip
            start = time.perf_counter_ns()
            self.spawn(command, env=environment)
            try:
                while b"READY=1" not in notify.recv(4096):
                    pass
            except socket.timeout:
                raise BenchmarkError(f"the server is not ready after {timeout} s:\n{self.log_text()}") from None
            self.ready_ms = (time.perf_counter_ns() - start) / 1e6
        listening = re.search(r"http://127\.0\.0\.1:(\d+)", self.log_text())
        if not listening:
            raise BenchmarkError(f"the server does not say where it listens:\n{self.log_text()}")
        self.port = int(listening[1])

    def recorded(self):
        return count_lines(self.site.glob("site_*.ndjson"))

    def line_bytes(self):
        """How long the line of an event is, once one was posted."""
        file = next(self.site.glob("site_*.ndjson"))
        with open(file, "rb") as lines:
            return len(lines.readline())

    def ready(self):
        """The answer of GET /ready."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=60) as response:
            return json.load(response)

    def wait_for_history(self, timeout=1_800):
        """Waits until all files are indexed."""
        wait_until(lambda: self.ready()["history"] == "ready", "all files are indexed", timeout)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            # It is looked at when it has ended, and before it is waited for.
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            wait_until(lambda: os.waitid(os.P_PID, self.process.pid, options), f"{self.name} stops")
            self.written_bytes = written_bytes(self.process.pid)
        status = super().stop()
        if status != 0:
            raise BenchmarkError(f"the server ended with status {status}: {self.log_text()[-4000:]}")


class Floor(Server):
    """Benchmarks/floor/post-event.c"""

    is_ours = True

    def __init__(self, program, directory, line_bytes, answer_bytes, is_synced=False):
        super().__init__(directory)
        self.name = "floor, group commit" if is_synced else "floor"
        self.file = self.directory / "lines"
        command = [program, self.file, line_bytes, answer_bytes, *(["sync"] if is_synced else [])]
        self.line_bytes = line_bytes
        self.spawn(command, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def recorded(self):
        return self.file.stat().st_size // self.line_bytes


class Reference(Server):
    """The server of panoptes-utils, as `panoptes-utils telemetry run` starts it."""

    name = "panoptes-utils 0.5.3"

    def __init__(self, python, directory):
        super().__init__(directory)
        self.port = free_port()
        # The whole command line tool needs Python 3.12; its telemetry part does not.
        code = "from panoptes.utils.cli.telemetry import app; app()"
        command = [python, "-c", code, "run", "--host", "127.0.0.1", "--port", self.port, "--site-dir",
                   self.directory / "site"]  # fmt: skip
        self.spawn(command, start_new_session=True)
        self.wait_for(lambda: self.answers("/ready"))

    def cpu_seconds(self):
        return sum(cpu_seconds(pid) for pid in self._pids())

    def resident_kb(self):
        return max(resident_kb(pid) for pid in self._pids())

    def _pids(self):
        """The process that was started, and the one that serves."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(int(child) for child in children)]

    def recorded(self):
        return count_lines(self.directory.glob("site/site_*.ndjson"))

    def stop(self):
        children = self._pids()[1:]
        status = super().stop()
        # The one that serves outlives the one that started it.
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return status


class InfluxDB(Server):
    """Debian's influxdb, with its own configuration but for where it listens and writes."""

    name = "influxdb 1.6"
    path = "/write?db=bench"
    body = 'weather sky="clear",wind_kph=12.5,humidity=61.25,temperature_c=11.125,counter=12345i'
    content_type = "text/plain"

    def __init__(self, root, directory):
        super().__init__(directory)
        self.port = free_port()
        places = {
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "INFLUXDB_META_DIR": self.directory / "meta",
            "INFLUXDB_DATA_DIR": self.directory / "data",
            "INFLUXDB_DATA_WAL_DIR": self.directory / "wal",
            "INFLUXDB_REPORTING_DISABLED": "true",
        }
        command = [root / "usr/bin/influxd", "-config", root / "etc/influxdb/influxdb.conf"]
        self.spawn(command, env=os.environ | {key: str(value) for key, value in places.items()})
        self.wait_for(lambda: self.answers("/ping"))
        query = f"http://127.0.0.1:{self.port}/query?q=CREATE%20DATABASE%20bench"
        urllib.request.urlopen(urllib.request.Request(query, method="POST"), timeout=10).close()


class Pushgateway(Server):
    """Debian's prometheus-pushgateway, which keeps the latest values in memory and writes nothing."""

    name = "prometheus-pushgateway 1.5"
    path = "/metrics/job/bench"
    body = "wind_kph 12.5\nhumidity 61.25\ntemperature_c 11.125\ncounter 12345\n"
    content_type = "text/plain"

    def __init__(self, root, directory):
        super().__init__(directory)
        self.port = free_port()
        self.spawn([root / "usr/bin/prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{self.port}"])
        self.wait_for(lambda: self.answers("/-/ready"))
