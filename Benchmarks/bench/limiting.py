"""Limits that watch what is recorded: whether they keep up, and what they cost those who record."""

import http.client
import json
import random
import re
import time
from contextlib import ExitStack

from . import load
from .process import BenchmarkError
from .servers import EVENT

# 500 in all: of each of 50 types eight fields, that it is heard of, and the share of its events that are good.
TYPES, FIELDS = 50, 8
LIMITS = TYPES * (FIELDS + 2)
EVENTS_PER_SECOND = 50_000
BATCHES_PER_SECOND = 50
SHORTEST_SECONDS = 5
LOOK_EVERY_SECONDS = 0.2
CATCH_UP_SECONDS = 60

WRITERS = 16
WITHOUT, WITH = "without limits", f"{LIMITS} limits"

_LIMIT = """
[[limit]]
name = "{name}"
type = "{type}"
field = "{field}"
for = 3
warning = {{ above = 1e6, clear = 9e5 }}
critical = {{ above = 2e6, clear = 1e6 }}
"""
_OTHERS = """
[[silence]]
name = "{type} is heard of"
type = "{type}"
after = "1h"

[[level]]
name = "{type} is good"
type = "{type}"
good = "data.ok == true and data.field_0 < 1e6"
target = 99
"""


def _limits():
    """Of the load below, and of what wrk posts. None of them is broken: nothing but events is recorded."""
    tables = [_LIMIT.format(name=f"weather {field}", type="weather", field=field)
              for field in json.loads(EVENT)["data"] if field != "sky"]  # fmt: skip
    for number in range(TYPES):
        sensor = f"sensor {number:02}"
        for index in range(FIELDS):
            tables.append(_LIMIT.format(name=f"{sensor} {index}", type=sensor, field=f"field_{index}"))
        tables.append(_OTHERS.format(type=sensor))
    return "".join(tables)


def _batch():
    """As many events as come in one batch, of all types in turn."""
    lines = []
    for number in range(EVENTS_PER_SECOND // BATCHES_PER_SECOND):
        data = {f"field_{index}": number + index / 7 for index in range(FIELDS)} | {"ok": True}
        lines.append(json.dumps({"type": f"sensor {number % TYPES:02}", "data": data}, separators=(",", ":")))
    return "\n".join(lines).encode()


def _seen(connection):
    """How far limits are behind, in seconds and in events, and how many events they have seen."""
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    names = ("telemetry_limits_lag_seconds", "telemetry_limits_lag_events", "telemetry_limits_events_total")
    found = [re.search(rf"^{name} (\S+)$", text, re.MULTILINE) for name in names]
    if not all(found):
        raise BenchmarkError("GET /metrics tells nothing of limits")
    return [float(match[1]) for match in found]


def keeping_up(rounds):
    """50,000 events a second in batches, which 500 limits are about: how far those are behind."""
    limits = rounds.directory / "limits.toml"
    limits.write_text(_limits())
    batch, seconds = _batch(), max(rounds.seconds, SHORTEST_SECONDS)
    with rounds.server_with("never", ["--limits", limits]) as server, ExitStack() as stack:
        poster, watcher = (http.client.HTTPConnection("127.0.0.1", server.port, timeout=60) for _ in range(2))
        for connection in (poster, watcher):
            stack.callback(connection.close)
        lags, posted = [], 0
        cpu, start = server.cpu_seconds(), time.monotonic()
        next_look = start
        while posted < seconds * BATCHES_PER_SECOND:
            # Each batch has its moment; a server that is late is given those that are due at once.
            due = start + posted / BATCHES_PER_SECOND
            time.sleep(max(0, due - time.monotonic()))
            poster.request("POST", "/events", batch, {"Content-Type": "application/x-ndjson"})
            answer = poster.getresponse()
            if answer.status != 200:
                raise BenchmarkError(f"POST /events answers {answer.status} {answer.read()[:200]!r}")
            answer.read()
            posted += 1
            if time.monotonic() >= next_look:
                lags.append(_seen(watcher))
                next_look += LOOK_EVERY_SECONDS
        end = time.monotonic()
        count = posted * (EVENTS_PER_SECOND // BATCHES_PER_SECOND)
        while _seen(watcher)[2] < count:
            if time.monotonic() > end + CATCH_UP_SECONDS:
                raise BenchmarkError(f"limits have seen {_seen(watcher)[2]:.0f} of {count} events a minute later")
            time.sleep(0.001)
        caught_up = time.monotonic() - end
        figures = {
            "count": count, "per_second": count / (end - start), "lag_s": max(lag[0] for lag in lags),
            "lag_events": max(lag[1] for lag in lags), "catch_up_ms": 1e3 * caught_up,
            "cpu_us": 1e6 * (server.cpu_seconds() - cpu) / count, "resident_kb": server.resident_kb(),
        }  # fmt: skip
        rounds.note("limits keep up", figures)


def recording(rounds):
    """POST /event by 16 writers, of an event that limits are about, with limits and without, by turns."""
    limits = rounds.directory / "limits.toml"
    limits.write_text(_limits())
    for sync in ("never", "always"):
        with ExitStack() as stack:
            servers = {WITHOUT: stack.enter_context(rounds.telemetry(sync)),
                       WITH: stack.enter_context(rounds.server_with(sync, ["--limits", limits]))}  # fmt: skip
            for server in servers.values():
                load.wrk(server, WRITERS, 1)
            for who in random.sample(list(servers), 2):
                rounds.note(f"limited {sync} {who}", load.wrk(servers[who], WRITERS, rounds.seconds))


def measure(rounds):
    keeping_up(rounds)
    recording(rounds)
