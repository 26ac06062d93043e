"""What history costs those that record: each figure beside the same server with --no-history, by turns."""

import datetime
import http.client
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from . import load
from .process import BenchmarkError
from .rollups import FIELDS, index_bytes
from .servers import Telemetry

ROUNDS = 7
SECONDS = 2
CONNECTIONS = 16
# Events that are recorded as fast as they are taken, in batches.
EVENTS = 2_000_000
BATCH = 1_000
# How many types of how many fields, for so many series.
SERIES = {1_000: (10, 100), 16_384: (128, 128)}
# Each type has so many events for the memory, a minute apart.
MINUTES = 240

WITH, WITHOUT = (), ("--no-history",)


def measure(binary, directory, say, scale=1.0):
    """Takes five minutes."""
    work = Path(tempfile.mkdtemp(dir=directory))
    try:
        return _Indexing(binary, work, say, scale).measure()
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Indexing:
    def __init__(self, binary, work, say, scale):
        self.binary, self.work, self.say, self.scale = binary, work, say, scale
        self.starts = 0

    def measure(self):
        return {
            "recording": {sync: self.recording(sync) for sync in ("never", "always")},
            "live": self.live(),
            "memory": self.memory(),
        }

    def start(self, flags, sync="never"):
        self.starts += 1
        return Telemetry(self.binary, self.work / f"server {self.starts}", sync=sync, flags=flags)

    def recording(self, sync):
        """POST /event by 16 clients: rate, p99 and CPU, with history and without."""
        rounds = []
        for turn in range(ROUNDS):
            self.say(f"indexing: --sync {sync}, round {turn + 1} of {ROUNDS}")
            figures = {}
            for flags in (WITH, WITHOUT) if turn % 2 == 0 else (WITHOUT, WITH):
                server = self.start(flags, sync)
                try:
                    load.wrk(server, CONNECTIONS, 1)
                    figures[flags] = load.wrk(server, CONNECTIONS, SECONDS)
                finally:
                    server.stop()
                    shutil.rmtree(server.directory)
            rounds.append({"with": figures[WITH], "without": figures[WITHOUT]})
        return rounds

    def live(self):
        """Batches one after another, whose times are a second apart: is the index as fast, and what does it write?"""
        found = {}
        events = max(BATCH, int(self.scale * EVENTS))
        # Made before the clock runs: that takes longer than to record them.
        batches = [_batch(number, BATCH) for number in range(0, events, BATCH)]
        for name, flags in (("with", WITH), ("without", WITHOUT)):
            self.say(f"indexing: {events:,} events in batches, {name} history")
            server = self.start(flags)
            try:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
                cpu, begin = server.cpu_seconds(), time.monotonic()
                for batch in batches:
                    _post(connection, batch)
                recorded = time.monotonic() - begin
                if flags == WITH:
                    _wait_for(server, connection, events)
                indexed = time.monotonic() - begin
                cpu = server.cpu_seconds() - cpu
                resident = server.resident_kb()
                connection.close()
            finally:
                server.stop()
            found[name] = {
                "events": events,
                "recorded_s": recorded,
                "indexed_s": indexed,
                "cpu_us": 1e6 * cpu / events,
                "write_bytes": server.written_bytes,
                "ndjson_bytes": sum(path.stat().st_size for path in server.site.glob("*.ndjson")),
                "index_bytes": index_bytes(server.site),
                "resident_kb": resident,
            }
            shutil.rmtree(server.directory)
        return found

    def memory(self):
        """Resident memory of a server that has just started, and of one whose history has so many series."""
        found = {"idle": {}}
        for name, flags in (("with", WITH), ("without", WITHOUT)):
            server = self.start(flags)
            time.sleep(2)
            found["idle"][name] = server.resident_kb()
            server.stop()
        for series, (types, fields) in SERIES.items():
            found[series] = {}
            for name, flags in (("with", WITH), ("without", WITHOUT)):
                self.say(f"indexing: memory with {series:,} series, {name} history")
                server = self.start(flags)
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
                    peak = 0
                    for minute in range(MINUTES):
                        _post(connection, _wide(minute, types, fields))
                        peak = max(peak, server.resident_kb())
                    if flags == WITH:
                        _wait_for(server, connection, types * MINUTES)
                    found[series][name] = server.resident_kb()
                    found[series][f"{name}_peak"] = max(peak, found[series][name])
                    connection.close()
                finally:
                    server.stop()
                    shutil.rmtree(server.directory)
        return found


def _post(connection, body):
    connection.request("POST", "/events", body, {"Content-Type": "application/x-ndjson"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise BenchmarkError(f"POST /events answers {response.status} {answer[:200]!r}")


def _wait_for(server, connection, events, timeout=600):
    """Waits until so many events are in the history."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        connection.request("GET", "/types")
        types = json.loads(connection.getresponse().read())["types"]
        if sum(entry["events"] for entry in types) >= events and server.ready()["history"] == "ready":
            return
        time.sleep(0.02)
    raise BenchmarkError(f"{server.name}: {events} events are not in the history after {timeout} s")


def _begin():
    noon = datetime.datetime.combine(
        datetime.date.today() - datetime.timedelta(days=9), datetime.time(12), datetime.timezone.utc)  # fmt: skip
    return noon


def _batch(first, count):
    """Events of eight types with five fields, each type's a second apart."""
    begin, lines = _begin(), []
    for number in range(first, first + count):
        ts = begin + datetime.timedelta(seconds=number // 8)
        values = ",".join(f'"{field}":{(number * (place + 3) % 9_973) / 100}' for place, field in enumerate(FIELDS))
        lines.append(f'{{"type":"sensor {number % 8}","ts":"{ts:%Y-%m-%dT%H:%M:%SZ}","data":{{{values}}}}}\n')
    return "".join(lines).encode()


def _wide(minute, types, fields):
    ts = _begin() + datetime.timedelta(minutes=minute)
    lines = []
    for number in range(types):
        values = ",".join(f'"field_{place:03}":{minute + place / 8}' for place in range(fields))
        lines.append(f'{{"type":"wide {number:03}","ts":"{ts:%Y-%m-%dT%H:%M:%SZ}","data":{{{values}}}}}\n')
    return "".join(lines).encode()


def targets(found, add):
    """The targets of what history costs; `add` takes what, values, word, limit and digits."""
    for sync, rounds in found["recording"].items():
        where = f"`POST /event`, `--sync {sync}`, {CONNECTIONS} connections, of that with `--no-history`"
        add(f"{where}: rate", _ratios(rounds, "per_second"), "at least", 0.95)
        add(f"{where}: p99", _ratios(rounds, "p99_us"), "at most", 1.2)
    live = found["live"]["with"]
    rate = live["events"] / live["indexed_s"]
    add("events of five fields recorded and indexed a second, in batches of 1,000", [rate], "at least", 100_000, 0)
    extra = live["write_bytes"] - found["live"]["without"]["write_bytes"]
    add("bytes written for the index meanwhile, of its size", [extra / max(1, live["index_bytes"])], "at most", 2.5, 2)
    for series, limit in ((1_000, 8), (16_384, 24)):
        memory = found["memory"][series]
        more = (memory["with"] - memory["without"]) * 1.024e-3
        add(f"resident memory with {series:,} series, beyond that with `--no-history`, MB", [more], "at most", limit, 1)
    for name, limit, words in (("with", 20, "with history"), ("without", 16, "with `--no-history`")):
        add(f"resident memory, idle, {words}, MB", [found["memory"]["idle"][name] * 1.024e-3], "at most", limit, 1)


def text(found):
    """The figures that are no targets."""
    one, other = found["live"]["with"], found["live"]["without"]
    lines = [
        f"{one['events']:,} events of five fields in batches of 1,000: recorded in {one['recorded_s']:.1f} s and in the history "
        f"after {one['indexed_s']:.1f} s, with {one['cpu_us']:.2f} µs of CPU an event; {other['recorded_s']:.1f} s and "
        f"{other['cpu_us']:.2f} µs with `--no-history`. The index is {one['index_bytes'] / 1e6:.1f} MB of "
        f"{one['ndjson_bytes'] / 1e6:.0f} MB; {one['write_bytes'] / 1e6:.0f} MB were written, and "
        f"{other['write_bytes'] / 1e6:.0f} MB with `--no-history`."]  # fmt: skip
    for sync, rounds in found["recording"].items():
        cpu = statistics.median(_ratios(rounds, "cpu_us"))
        lines.append(f"`--sync {sync}`: an event takes {cpu:.2f} times the CPU that it takes with `--no-history`.")
    for series in SERIES:
        memory = {key: value * 1.024e-3 for key, value in found["memory"][series].items()}
        lines.append(
            f"{series:,} series: {memory['with']:.1f} MB, {memory['with_peak']:.1f} MB at most; with `--no-history` "
            f"{memory['without']:.1f} and {memory['without_peak']:.1f} MB.")  # fmt: skip
    return [" ".join(lines), ""]


def _ratios(rounds, key):
    return [figures["with"][key] / figures["without"][key] for figures in rounds]
