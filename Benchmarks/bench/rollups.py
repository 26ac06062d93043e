"""What it costs to see the past: a year, a month, a day and an hour in 1,000 points, beside DuckDB and InfluxDB.

A month of 8 types with five fields each second, 4 GB, and a year of the same each minute; both are written as files, which
the server then indexes for the first time.
"""

import datetime
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from .process import BenchmarkError, output
from .servers import InfluxDB, Telemetry

TYPES = 8
FIELDS = ("wind_mps", "temperature_c", "humidity", "pressure_hpa", "sky_c")
POINTS = 1_000
DAY = 86_400
# A name, its length in seconds, and which of the two sets of files it is looked for in.
SPANS = (("year", 365 * DAY, "year"), ("month", 30 * DAY, "month"), ("day", DAY, "month"), ("hour", 3_600, "month"))
QUERIES = 41
COLD = 7
# Lines of InfluxDB's protocol in a request.
LINES = 10_000


def measure(programs, binary, peers, directory, say, scale=1.0):
    """Takes twenty minutes and 8 GB, most of it for InfluxDB to load a month."""
    work = Path(tempfile.mkdtemp(dir=directory))
    try:
        return _Rollups(programs["readings"], binary, peers, work, say, scale).measure()
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Rollups:
    def __init__(self, program, binary, peers, work, say, scale):
        self.program, self.binary, self.peers, self.work, self.say = program, binary, peers, work, say
        # All ends a few days ago, at noon in UTC, where files end.
        noon = datetime.datetime.combine(
            datetime.date.today() - datetime.timedelta(days=3), datetime.time(12), datetime.timezone.utc)  # fmt: skip
        self.end = int(noon.timestamp())
        days = max(1, round(30 * scale))
        self.sets = {"month": (days, 1_000), "year": (max(days, round(365 * scale)), 60_000)}
        self.choices = random.Random(18)
        self.starts = 0

    def measure(self):
        found = {"sets": {name: self.index(name) for name in self.sets}, "spans": {}}
        for name, length, files in SPANS:
            length = min(length, self.sets[files][0] * DAY)
            found["spans"][name] = {"seconds": length, **self.ours(name, length, files)}
        if self.peers["duckdb"].exists():
            for name, length, files in SPANS:
                found["spans"][name] |= self.duckdb(name, min(length, self.sets[files][0] * DAY), files)
        if (self.peers["root"] / "usr/bin/influxd").exists():
            for files in self.sets:
                self.influxdb(files, found)
        return found

    def site(self, name):
        return self.work / name

    def start(self, name):
        self.starts += 1
        return Telemetry(
            self.binary, self.work / f"server {self.starts}", sync="never", site=self.site(name), timeout=300)

    # The first build

    def index(self, name):
        days, interval = self.sets[name]
        site = self.site(name)
        site.mkdir()
        self.say(f"rollups: writing the files of {days} days, an event each {interval / 1_000:g} s")
        begin = self.end - days * DAY
        command = [self.program, "-t", TYPES, "-i", interval, begin, days, site]
        written = json.loads(output(command, 900))
        _sync(site)
        self.say(f"rollups: first build over {written['events']:,} events, {written['bytes'] / 1e9:.2f} GB")
        server = self.start(name)
        try:
            begin = time.monotonic()
            server.wait_for_history()
            seconds = time.monotonic() - begin + server.ready_ms / 1_000
            cpu = server.cpu_seconds()
            resident = server.resident_kb()
        finally:
            server.stop()
        # What was written until its end, with all that a stop leaves.
        size = index_bytes(site)
        return written | {
            "days": days,
            "seconds": seconds,
            "cpu_seconds": cpu,
            "events_per_second": written["events"] / seconds,
            "events_per_cpu_second": written["events"] / cpu,
            "index_bytes": size,
            "of_ndjson": size / written["bytes"],
            "write_bytes": server.written_bytes,
            "written_of_index": server.written_bytes / size if size else 0,
            "resident_kb": resident,
        }

    # This server

    def queries(self, length, files, count):
        """Spans at random within the files, in milliseconds, and types."""
        begin = self.end - self.sets[files][0] * DAY
        for _ in range(count):
            start = begin + self.choices.randrange(max(1, self.end - length - begin + 1))
            yield f"sensor {self.choices.randrange(TYPES)}", start * 1_000, (start + length) * 1_000

    def ours(self, name, length, files):
        self.say(f"rollups: a {name}")
        server = self.start(files)
        try:
            server.wait_for_history()
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
            queries = list(self.queries(length, files, QUERIES))
            first = [_time(lambda query=query: _history(connection, *query)) for query in queries]
            warm = [_time(lambda query=query: _history(connection, *query)) for query in queries]
            one = [_time(lambda query=query: _history(connection, *query, FIELDS[0])) for query in queries]
            answer = json.loads(_history(connection, *queries[0]))
            connection.close()
        finally:
            server.stop()
        cold = []
        for query in self.queries(length, files, COLD):
            server = self.start(files)
            try:
                server.wait_for_history()
                forget(self.site(files))
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
                cold.append(_time(lambda connection=connection, query=query: _history(connection, *query)))
                connection.close()
            finally:
                server.stop()
        buckets = [len(field["t"]) for field in answer["fields"].values()]
        return {
            "step": answer["step"],
            "source": answer["source"],
            "buckets": max(buckets),
            "first_ms": first,
            "warm_ms": warm,
            "one_field_ms": one,
            "cold_ms": cold,
        }

    # DuckDB, on the files

    def duckdb(self, name, length, files):
        self.say(f"rollups: a {name} by DuckDB")
        site = self.site(files)
        times = []
        for event_type, begin, end in self.queries(length, files, 1 if length > 2 * DAY else 5):
            # Only the files that have any of it.
            days = range((begin // 1_000 - DAY // 2) // DAY, (end // 1_000 - DAY // 2) // DAY + 1)
            names = [f"site_{datetime.date(1970, 1, 1) + datetime.timedelta(days=day):%Y%m%d}.ndjson" for day in days]
            query = {
                "files": [str(site / name) for name in names if (site / name).exists()],
                "type": event_type,
                "begin": begin,
                "end": end,
                "step": max(1, (end - begin) // POINTS),
                "fields": FIELDS,
            }
            script = Path(__file__).with_name("duckdb_query.py")
            answer = json.loads(output([self.peers["duckdb"], script, json.dumps(query)], 1_800))
            times.append(answer["ms"])
        return {"duckdb_ms": times, "duckdb_kb": answer["resident_kb"]}

    # InfluxDB

    def influxdb(self, files, found):
        days, interval = self.sets[files]
        server = InfluxDB(self.peers["root"], self.work / f"influxdb {files}")
        try:
            self.say(f"rollups: InfluxDB loads the {files}")
            begin = time.monotonic()
            self.load(server, days, interval)
            loading = time.monotonic() - begin
            for name, length, of in SPANS:
                if of != files:
                    continue
                length = min(length, days * DAY)
                step = found["spans"][name]["step"]
                self.say(f"rollups: a {name} by InfluxDB")
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
                count = QUERIES if length <= DAY else 9
                queries = list(self.queries(length, files, count))
                for fields, key in ((FIELDS, "influxdb_ms"), (FIELDS[:1], "influxdb_one_field_ms")):
                    times = [
                        _time(lambda query=query, fields=fields: _influxdb(connection, *query, step, fields))
                        for query in queries
                    ]
                    found["spans"][name][key] = times
                connection.close()
            size = sum(path.stat().st_size for path in server.directory.rglob("*") if path.suffix in (".tsm", ".wal"))
            found["sets"][files] |= {"influxdb_loading_s": loading, "influxdb_bytes": size}
            server.stop()
        finally:
            server.process.kill()
            server.process.wait()
            shutil.rmtree(server.directory, ignore_errors=True)

    def load(self, server, days, interval):
        command = [self.program, "-l", "-t", TYPES, "-i", interval, self.end - days * DAY, days]
        process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        try:
            while True:
                lines = [line for _, line in zip(range(LINES), process.stdout)]
                if not lines:
                    break
                connection.request("POST", "/write?db=bench", b"".join(lines))
                response = connection.getresponse()
                body = response.read()
                if response.status != 204:
                    raise BenchmarkError(f"influxdb answers {response.status} {body[:200]!r}")
        finally:
            process.kill()
            process.wait()
            connection.close()


def index_bytes(site):
    return sum(path.stat().st_size for path in (site / ".telemetry/index").rglob("*") if path.is_file())


def forget(directory):
    """Has the kernel drop what it holds of all files."""
    for path in directory.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def _sync(directory):
    for path in directory.glob("*.ndjson"):
        with path.open() as lines:
            os.fsync(lines)


def _time(work):
    """Milliseconds."""
    start = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - start) / 1e6


def _history(connection, event_type, begin, end, field=None):
    query = {"from": _text(begin), "to": _text(end), "points": POINTS} | ({"field": field} if field else {})
    connection.request("GET", f"/history/{urllib.parse.quote(event_type)}?{urllib.parse.urlencode(query)}")
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise BenchmarkError(f"GET /history/{event_type}?{query} answers {response.status} {body[:200]!r}")
    return body


def _influxdb(connection, event_type, begin, end, step, fields):
    what = ",".join(f'{name}("{field}")' for field in fields for name in ("min", "max", "mean", "count"))
    group = f" GROUP BY time({max(1, round(step * 1_000))}ms) fill(none)" if step else ""
    if not step:
        what = ",".join(f'"{field}"' for field in fields)
    text = f'SELECT {what} FROM "{event_type}" WHERE time >= {begin}ms AND time < {end}ms{group}'
    connection.request("GET", "/query?" + urllib.parse.urlencode({"db": "bench", "q": text, "epoch": "ms"}))
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or b'"error"' in body[:1_000] or b'"values"' not in body:
        raise BenchmarkError(f"influxdb answers {response.status} {body[:300]!r} to {text}")
    return body


def _text(moment):
    time = datetime.datetime.fromtimestamp(moment / 1_000, datetime.timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{moment % 1_000:03}Z"


def targets(found, add):
    """The targets of the history; `add` takes what, values, word, limit and digits."""
    for name, span in found["spans"].items():
        add(f"a {name} of five fields in {span['buckets']} points, warm, ms", span["warm_ms"], "at most", 20, 1)
        add("the same, cold, ms", span["cold_ms"], "at most", 150, 1)
        if "influxdb_ms" in span:
            ratio = statistics.median(span["influxdb_ms"]) / statistics.median(span["warm_ms"])
            add("the same, warm: time of InfluxDB's answer, of this", [ratio], "at least", 1, 1)
    month = found["sets"]["month"]
    add("first build: events of five fields a second of CPU", [month["events_per_cpu_second"]], "at least", 100_000, 0)
    add("first build of 10 million events, s", [1e7 / month["events_per_second"]], "at most", 30, 1)
    add("index of 1 Hz data, of its NDJSON, %", [100 * month["of_ndjson"]], "at most", 4, 2)
    add("bytes written for it, of its size", [month["written_of_index"]], "at most", 2.5, 2)


def text(found):
    """The tables."""
    lines = ["| five fields in some 1,000 points | step, s | from | warm, ms | one field, ms | cold, ms | InfluxDB 1.6, ms "
             "| one field, ms | DuckDB 2.0 on the files, ms |", "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip

    def median(span, key, digits=1):
        return f"{statistics.median(span[key]):,.{digits}f}" if key in span else ""

    for name, span in found["spans"].items():
        cells = [name, f"{span['step']:g}", span["source"], median(span, "warm_ms"), median(span, "one_field_ms"),
                 median(span, "cold_ms"), median(span, "influxdb_ms"), median(span, "influxdb_one_field_ms"),
                 median(span, "duckdb_ms", 0)]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines.append("")
    for name, files in found["sets"].items():
        lines.append(
            f"The {name}: {files['events']:,} events of five fields in {files['days']} files, {files['bytes'] / 1e9:.2f} GB, "
            f"indexed in {files['seconds']:.1f} s ({files['events_per_second']:,.0f} events a second, "
            f"{files['events_per_cpu_second']:,.0f} a second of CPU); the index is {files['index_bytes'] / 1e6:.1f} MB, "
            f"{100 * files['of_ndjson']:.2f} % of the files, for which {files['write_bytes'] / 1e6:.1f} MB were written."
            + (f" InfluxDB loaded it in {files['influxdb_loading_s']:.0f} s, and has {files['influxdb_bytes'] / 1e6:.0f} MB."
               if "influxdb_bytes" in files else ""))  # fmt: skip
    return lines + [""]
