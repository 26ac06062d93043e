"""What reading the past costs: paging through many events, the latest, and those of a minute."""

import datetime
import http.client
import json
import shutil
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from .process import BenchmarkError, output, wait_until
from .servers import EVENT, Telemetry, free_port

EVENTS = 10_000_000
LEAST_EVENTS = 100_000
REPETITIONS = 5
QUERIES = 21
TYPES = 20
# The most that the server gives at once.
PAGE = 100_000


def measure(programs, binary, directory, say, scale=1.0):
    """Takes two minutes and 2 GB."""
    work = Path(tempfile.mkdtemp(dir=directory))
    try:
        return _Paging(programs["pages"], binary, work, say, max(LEAST_EVENTS, int(scale * EVENTS))).measure()
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Paging:
    def __init__(self, program, binary, work, say, events):
        self.program = program
        self.binary = binary
        self.work = work
        self.say = say
        self.events = events
        self.site = work / "site"
        # From noon to noon, some days ago.
        self.noon = datetime.datetime.combine(
            datetime.date.today() - datetime.timedelta(days=9), datetime.time(12), datetime.timezone.utc)  # fmt: skip
        self.file = self.site / f"site_{self.noon:%Y%m%d}.ndjson"
        self.starts = 0

    def measure(self):
        self.say(f"paging: writing {self.events:,} events")
        self.site.mkdir()
        self.write_lines()
        size = self.file.stat().st_size
        self.say(f"paging: {size / 1e9:.2f} GB, beside cat | nc, by turns")
        server = self.start()
        try:
            before_kb = server.resident_kb()
            rates, floors, cpus = [], [], []
            for _ in range(REPETITIONS):
                floors.append(self.cat()["bytes_per_second"])
                cpu = server.cpu_seconds()
                pages = self.page_through(server, size)
                rates.append(pages["bytes_per_second"])
                cpus.append((server.cpu_seconds() - cpu) / size * 1e9)
            pages_kb = server.resident_kb()
            self.say("paging: the latest, and a minute")
            latest = self.times(server, "order=desc&limit=100")
            first = self.times(server, "limit=100")
            minute = self.minute()
            cold = self.times(server, minute, 1)
            warm = self.times(server, minute)
            minute_events = self.answer(server, minute).count(b"\n")
            narrow = self.times(server, f"{minute}&type=sensor+07")
            rare = self.times(server, "type=rare", 3)
            end_kb = server.resident_kb()
        finally:
            server.process.kill()
            server.process.wait()
        return {
            "events": self.events,
            "bytes": size,
            "mb_per_second": [rate / 1e6 for rate in rates],
            "cat_nc_mb_per_second": [rate / 1e6 for rate in floors],
            "of_cat_nc": [rate / floor for rate, floor in zip(rates, floors)],
            "cpu_s_per_gb": cpus,
            "latest_ms": latest,
            "first_ms": first,
            "minute_cold_ms": cold,
            "minute_warm_ms": warm,
            "minute_events": minute_events,
            "minute_type_ms": narrow,
            "rare_type_ms": rare,
            "before_kb": before_kb,
            "pages_kb": pages_kb,
            "end_kb": end_kb,
        }

    # The file

    def write_lines(self):
        """Lines as the server would have written them, spread over the day."""
        data = json.dumps(json.loads(EVENT)["data"], separators=(",", ":"))
        tails = [
            f'Z","stream":"site","type":"sensor {number:02}","data":{data},"meta":{{}}}}\n' for number in range(TYPES)]
        day = 86_400_000
        with open(self.file, "w", buffering=1 << 20) as file:
            start, second, stamp = 0, -1, ""
            while start < self.events:
                lines = []
                for number in range(start, min(start + 10_000, self.events)):
                    elapsed = number * day // self.events
                    if elapsed // 1_000 != second:
                        second = elapsed // 1_000
                        stamp = f"{self.noon + datetime.timedelta(seconds=second):%Y-%m-%dT%H:%M:%S}"
                    lines.append(f'{{"seq":{number + 1},"ts":"{stamp}.{elapsed % 1_000:03}{tails[number % TYPES]}')
                file.write("".join(lines))
                start += len(lines)

    def start(self):
        self.starts += 1
        return Telemetry(self.binary, self.work / f"server {self.starts}", sync="never", site=self.site, timeout=120)

    # Paging

    def page_through(self, server, size):
        figures = json.loads(output([self.program, server.port, f"/events?limit={PAGE}"], 600))
        if figures["bytes"] != size:
            raise BenchmarkError(f"{size:,} bytes of events are in the file, and {figures['bytes']:,} on its pages")
        return figures

    def cat(self):
        """The same bytes through `cat FILE | nc`."""
        port = free_port()
        command = f"cat '{self.file}' | exec nc -N -l 127.0.0.1 {port}"
        sender = subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL)
        try:
            wait_until(lambda: _listens(port), "nc listens", 10)
            return json.loads(output([self.program, port], 600))
        finally:
            sender.kill()
            sender.wait()

    # Queries

    def minute(self):
        begin = self.noon + datetime.timedelta(hours=17, minutes=3)
        bounds = (("from", begin), ("to", begin + datetime.timedelta(minutes=1)))
        query = urllib.parse.urlencode({name: f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in bounds})
        return f"{query}&limit={PAGE}"

    def answer(self, server, query):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        try:
            return _ask(connection, query)
        finally:
            connection.close()

    def times(self, server, query, count=QUERIES):
        """The milliseconds that each of some requests on one connection takes, to the last byte."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.connect()
        times = []
        try:
            for _ in range(count):
                start = time.perf_counter_ns()
                _ask(connection, query)
                times.append((time.perf_counter_ns() - start) / 1e6)
        finally:
            connection.close()
        return times


def _ask(connection, query):
    connection.request("GET", f"/events?{query}")
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise BenchmarkError(f"GET /events?{query} answers {response.status} {body[:200]!r}")
    return body


def _listens(port):
    """Whether somebody listens; a connection would be the one that nc waits for."""
    return f"0100007F:{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()
