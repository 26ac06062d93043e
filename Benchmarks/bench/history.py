"""What many events cost: memory, the price of the next event, and the start of a server that has them."""

import os
import shutil
import statistics
import tempfile
from pathlib import Path

from . import load
from .rounds import BATCH
from .servers import EVENT, Telemetry

EVENTS = 10_000_000
SAMPLE = 10_000
REPETITIONS = 61
STARTS = 15


def measure(programs, binary, batch, directory, say, scale=1.0):
    """Takes four minutes and 2 GB."""
    work = Path(tempfile.mkdtemp(dir=directory))
    try:
        return _measure(programs["requests"], binary, batch, work, say, max(SAMPLE, int(scale * EVENTS)))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _measure(program, binary, batch, work, say, events):
    event = work / "event.json"
    event.write_text(EVENT)
    names = iter(range(1_000))
    running = []

    def start(site=None):
        running.append(Telemetry(binary, work / f"server {next(names)}", sync="never", site=site))
        return running[-1]

    def sample(server):
        figures = load.requests(program, server, "-n", SAMPLE, connections=16, body=event)
        return figures["cpu_us"]

    try:
        server = start()
        idle_kb = server.resident_kb()
        server.stop()

        say(f"history: {events:,} events")
        site = work / "site"
        server = start(site)
        requests = load.requests(
            program, server, "-n", events // BATCH, connections=4, body=batch, path="/events", events_per_request=BATCH)
        full_kb = server.resident_kb()
        # The kernel would put them on disk while the next events are measured.
        for file in site.glob("*.ndjson"):
            with file.open() as lines:
                os.fsync(lines)
        # By turns: the machine changes more in a minute than the server does.
        say("history: the first 10,000 events of others, and 10,000 of this one, by turns")
        first, later = [], []
        for _ in range(REPETITIONS):
            other = start()
            first.append(sample(other))
            other.stop()
            later.append(sample(server))
        server.stop()
        size = sum(file.stat().st_size for file in site.glob("*.ndjson"))

        say("history: starts")
        starts = {"empty": [], "full": []}
        for _ in range(STARTS):
            for name, place in (("empty", None), ("full", site)):
                server = start(place)
                starts[name].append(server.ready_ms)
                server.stop()
        say("history: a start without a checkpoint")
        (site / ".telemetry/checkpoint.json").unlink()
        server = start(site)
        scan_ms = server.ready_ms
        server.stop()
    finally:
        for server in running:
            server.process.kill()
            server.process.wait()
    return {
        "events": events,
        "bytes": size,
        "events_per_second": requests["per_second"],
        "idle_kb": idle_kb,
        "full_kb": full_kb,
        "first_cpu_us": statistics.median(first),
        "later_cpu_us": statistics.median(later),
        "start_empty_ms": statistics.median(starts["empty"]),
        "start_full_ms": statistics.median(starts["full"]),
        "start_scan_ms": scan_ms,
        "samples": {"first_cpu_us": first, "later_cpu_us": later, "starts_ms": starts},
    }
