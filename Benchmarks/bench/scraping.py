"""Scrapes of a server's metrics: how long they take, and what they cost those who record."""

import http.client
import json
import random
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

from . import load
from .process import BenchmarkError

WRITERS = 16
TYPES, FIELDS = 50, 100  # 5,000 values, as many as are told
PATHS = ("/metrics", "/metrics/values")
EVERY_SECONDS = 1

NOBODY, EACH_SECOND = "nobody", "each second"


def _values(rounds, server):
    """Makes as many values current as are told."""
    fields = range(FIELDS)
    lines = [
        json.dumps({"type": f"sensor {number:02}", "data": {f"field_{index}": number + index / 7 for index in fields}})
        for number in range(TYPES)
    ]
    with tempfile.NamedTemporaryFile("w", dir=rounds.directory, suffix=".ndjson") as batch:
        batch.write("\n".join(lines))
        batch.flush()
        load.requests(rounds.programs["requests"], server, "-n", 1, body=Path(batch.name), path="/events",
                      events_per_request=TYPES)  # fmt: skip


def _get(connection, path):
    connection.request("GET", path, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200 or not text.endswith(b"# EOF\n"):
        raise BenchmarkError(f"GET {path} answers {answer.status} {text[:200]!r}")
    return text


@contextmanager
def _scraped(server):
    """Somebody scrapes both routes now and then each second."""
    ended = threading.Event()
    failures = []

    def scrape():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        try:
            while True:
                for path in PATHS:
                    _get(connection, path)
                if ended.wait(EVERY_SECONDS):
                    return
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise BenchmarkError(f"a scrape failed: {failures[0]}")


def measure(rounds):
    """How long one scrape takes with 5,000 values; POST /event by 16 writers without scrapes and with one each second."""
    with rounds.telemetry("never") as server:
        _values(rounds, server)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        told = _get(connection, "/metrics/values").count(b"\ntelemetry_value{")
        connection.close()
        if told != TYPES * FIELDS:
            raise BenchmarkError(f"{told} values are told of {TYPES * FIELDS}")
        for path in PATHS:
            rounds.note(f"scrape {path}", load.wrk_get(server, path, 1, rounds.seconds))
    for sync in ("never", "always"):
        with rounds.telemetry(sync) as server:
            _values(rounds, server)
            load.wrk(server, WRITERS, 1)
            # In another order each round: a disk gets slower.
            for who in random.sample((NOBODY, EACH_SECOND), 2):
                if who == NOBODY:
                    figures = load.wrk(server, WRITERS, rounds.seconds)
                else:
                    with _scraped(server):
                        figures = load.wrk(server, WRITERS, rounds.seconds)
                rounds.note(f"scraped {sync} {who}", figures)
