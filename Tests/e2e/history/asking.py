"""Asks a server for its history, and reads the answers."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from urllib.parse import quote, urlencode

from e2e.history.leaves import milliseconds
from e2e.history.oracle import Buckets, Span
from e2e.support.server import Response, Server
from e2e.support.waiting import wait_until

MEMBERS = ("n", "min", "mean", "max", "first", "last")

# What `source` may be, with the length of its buckets in milliseconds.
SOURCES = {"raw": 0, "1m": 60_000, "15m": 900_000, "4h": 14_400_000}


@dataclass(frozen=True)
class Answer:
    """`GET /history/{type}`. Times and `step` are in milliseconds."""

    begin: int
    end: int
    step: int
    source: str
    complete_from: int | None
    complete_to: int
    # Each with as many rows as there are buckets: time, n, min, mean, max, first, last.
    rows: dict[str, list[tuple]]
    gaps: list[list[int]]

    def buckets(self) -> dict[str, Buckets]:
        """Of each field that has any."""
        return {path: {row[0]: row[1:] for row in rows} for path, rows in self.rows.items() if rows}


def time_text(moment: int) -> str:
    """RFC 3339, to the millisecond."""
    time = datetime(1970, 1, 1) + timedelta(milliseconds=moment)
    return f"{time.year:04}-{time:%m-%dT%H:%M:%S}.{moment % 1_000:03}Z"


def path(event_type: str, suffix: str = "", **query) -> str:
    return f"/history/{quote(event_type, safe='')}{suffix}?{urlencode(query, doseq=True)}"


def span_query(span: Span) -> dict:
    query = {"from": time_text(span.begin), "to": time_text(span.end)}
    return query | ({"run": span.run} if span.run else {})


def ask(server: Server, span: Span, **query) -> Response:
    return server.get(path(span.type, **span_query(span), **query))


def read(response: Response, event_type: str) -> Answer:
    """Reads an answer, whose form has to be right."""
    assert response.status == 200, response
    answer = response.json
    assert answer["type"] == event_type
    assert answer["source"] in SOURCES
    rows = {}
    for name, field in answer["fields"].items():
        assert list(field) == ["t", *MEMBERS], field.keys()
        assert len({len(column) for column in field.values()}) == 1, f"{name} has columns of several lengths"
        rows[name] = list(zip(*field.values(), strict=True))
    step = round(answer["step"] * 1_000)
    for name, found in rows.items():
        times = [row[0] for row in found]
        assert times == sorted(times), f"{name} is not in the order of times"
        if step:
            assert len(set(times)) == len(times), f"{name} has a bucket twice"
            assert all(time % step == 0 for time in times), f"{name} has buckets that are not at multiples of {step} ms"
            assert answer["source"] == "raw" or step % SOURCES[answer["source"]] == 0
        else:
            assert answer["source"] == "raw" and all(row[1] == 1 for row in found)
    return Answer(
        answer["from"],
        answer["to"],
        step,
        answer["source"],
        answer["complete_from"],
        answer["complete_to"],
        rows,
        answer["gaps"],
    )


def history(server: Server, span: Span, **query) -> Answer:
    return read(ask(server, span, **query), span.type)


def read_csv(response: Response) -> dict[str, list[tuple]]:
    """The rows of each field, as those of an ``Answer``."""
    assert response.status == 200, response
    assert response.headers.get_content_type() == "text/csv"
    header, *lines = csv.reader(io.StringIO(response.body.decode(), newline=""))
    assert header == ["time", "field", *MEMBERS]
    rows: dict[str, list[tuple]] = {}
    for time, name, count, *values in lines:
        moment = milliseconds(time)
        assert moment is not None, f"{time!r} is not RFC 3339"
        rows.setdefault(name, []).append((moment, int(count), *map(float, values)))
    return rows


def difference(found: dict[str, Buckets], expected: dict[str, Buckets]) -> str | None:
    """The first difference between two answers; None when there is none. A mean may differ in its tenth digit."""
    for name in sorted(found.keys() | expected.keys()):
        mine, theirs = found.get(name, {}), expected.get(name, {})
        for time in sorted(mine.keys() | theirs.keys()):
            if not _is_same(mine.get(time), theirs.get(time)):
                return (
                    f"{name!r} at {time} ({time_text(time)}): answered {mine.get(time)}, "
                    f"in the files {theirs.get(time)}"
                )
    return None


def _is_same(found: tuple | None, expected: tuple | None) -> bool:
    if found is None or expected is None:
        return False
    count, least, mean, greatest, *ends = found
    if (count, least, greatest, *ends) != (expected[0], expected[1], expected[3], *expected[4:]):
        return False
    # A sum of large numbers that take each other away has no tenth digit.
    slack = 1e-9 * abs(expected[2]) + 1e-15 * count * max(abs(least), abs(greatest), 0.0)
    return abs(mean - expected[2]) <= slack and slack < inf


def wait_until_ready(server: Server) -> None:
    """Waits until all files are indexed."""
    wait_until(lambda: server.get("/ready").json["history"] == "ready", "history is ready", server.log)


def wait_until_complete(server: Server, counts: dict[str, int]) -> None:
    """Waits until so many events of each type are in the index."""

    def is_complete():
        known = {entry["type"]: entry["events"] for entry in server.get("/types").json["types"]}
        return all(known.get(name, 0) >= count for name, count in counts.items())

    wait_until_ready(server)
    wait_until(is_complete, f"the index holds {counts}", server.log)
