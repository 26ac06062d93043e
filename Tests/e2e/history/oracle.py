"""What DuckDB computes from the leaves of the files.

DuckDB and pandas are imported where they are used: a Debian that is booted to test the package has neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.history import leaves

if TYPE_CHECKING:
    import duckdb

# The lengths of buckets that there are, in milliseconds.
STEPS = [
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(1_000 * seconds for seconds in (1, 2, 5, 10, 15, 30)),
    *(60_000 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3_600_000 * hours for hours in (1, 2, 4, 8, 12)),
    *(86_400_000 * 2**power for power in range(23)),
]
# Those that make more than one bucket of a winter.
LENGTHS = [step for step in STEPS if step <= 32 * 86_400_000]

# n, min, mean, max, first and last, by the beginning of the bucket.
Buckets = dict[int, tuple[int, float, float, float, float, float]]


@dataclass(frozen=True)
class Span:
    """A type's events from a time until before another one, in milliseconds since 1970; of one run, if it is named."""

    type: str
    begin: int
    end: int
    run: str | None = None

    def widened(self, step: int) -> Span:
        """The whole buckets that a span touches."""
        return Span(self.type, self.begin // step * step, -(-self.end // step) * step, self.run)


def step_of(span: Span, points: int) -> int:
    """How long buckets are that make about so many points of a span."""
    return next(step for step in STEPS if step * points >= span.end - span.begin)


@dataclass
class Oracle:
    """The log of a site directory as DuckDB sees it."""

    site_dir: Path
    database: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        import duckdb
        import pandas

        self.database = duckdb.connect(config={"threads": 2})
        events, values = leaves.read(self.site_dir)
        for name, table in (("event", events), ("leaf", values)):
            frame = pandas.DataFrame(vars(table))
            if name == "leaf":
                frame["value"] = frame["value"].astype("float64")
            self.database.register("frame", frame)
            # By type, so that a query for one reads little.
            self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM frame ORDER BY type, place")
            self.database.unregister("frame")

    def types(self) -> list[str]:
        return [name for (name,) in self._rows("SELECT DISTINCT type FROM event ORDER BY type")]

    def numeric_fields(self, event_type: str) -> list[str]:
        rows = self._rows(
            "SELECT DISTINCT path FROM leaf WHERE type = $type AND value IS NOT NULL ORDER BY path", type=event_type
        )
        return [path for (path,) in rows]

    def summary(self, event_type: str) -> tuple[int, int, int]:
        """The number of a type's events, and the least and the greatest time."""
        ((count, first, last),) = self._rows(
            "SELECT count(*), min(ts), max(ts) FROM event WHERE type = $type", type=event_type
        )
        return count, first, last

    def kinds(self, event_type: str) -> dict[str, set[str]]:
        """The kinds of values that each field has had; texts that are too long for a state are none."""
        rows = self._rows(
            """SELECT path, list(DISTINCT kind) FROM leaf
               WHERE type = $type AND (value IS NOT NULL OR text IS NOT NULL) GROUP BY path""",
            type=event_type,
        )
        return {path: set(kinds) for path, kinds in rows}

    def times(self, event_type: str, run: str | None = None) -> list[int]:
        rows = self._rows(
            "SELECT ts FROM event WHERE type = $type AND ($run IS NULL OR run = $run) ORDER BY ts",
            type=event_type,
            run=run,
        )
        return [ts for (ts,) in rows]

    def count(self, span: Span) -> int:
        ((count,),) = self._rows(
            """SELECT count(*) FROM event
               WHERE type = $type AND ts >= $begin AND ts < $end AND ($run IS NULL OR run = $run)""",
            **vars(span),
        )
        return count

    def buckets(self, span: Span, step: int) -> dict[str, Buckets]:
        """Of each numeric field that has any, all whole buckets that the span touches."""
        rows = self._rows(
            """SELECT path, ts - ((ts % $step) + $step) % $step AS t, count(*), min(value), favg(value), max(value),
                      first(value ORDER BY ts, place), last(value ORDER BY ts, place)
               FROM leaf
               WHERE type = $type AND value IS NOT NULL AND ts >= $begin AND ts < $end AND ($run IS NULL OR run = $run)
               GROUP BY ALL ORDER BY path, t""",
            step=step,
            **vars(span.widened(step)),
        )
        found: dict[str, Buckets] = {}
        for path, time, *rest in rows:
            found.setdefault(path, {})[time] = tuple(rest)
        return found

    def samples(self, span: Span) -> dict[str, list[tuple[int, float]]]:
        """Of each numeric field its values, by time; those of one time as they were recorded."""
        rows = self._rows(
            """SELECT path, ts, value FROM leaf
               WHERE type = $type AND value IS NOT NULL AND ts >= $begin AND ts < $end AND ($run IS NULL OR run = $run)
               ORDER BY path, ts, place""",
            **vars(span),
        )
        found: dict[str, list[tuple[int, float]]] = {}
        for path, time, value in rows:
            found.setdefault(path, []).append((time, value))
        return found

    def states(self, span: Span, path: str) -> list[tuple[int, int, str]]:
        """The values that a field has one after another within a span, as JSON. Each lasts until another one comes."""
        return self._rows(
            """WITH value AS (
                   SELECT ts, place, text, lag(text) OVER (ORDER BY ts, place) AS before FROM leaf
                   WHERE type = $type AND path = $path AND text IS NOT NULL AND ($run IS NULL OR run = $run)),
               change AS (
                   SELECT ts AS since, lead(ts, 1, $end) OVER (ORDER BY ts, place) AS until, text FROM value
                   WHERE before IS NULL OR before != text)
               SELECT greatest(since, $begin), least(until, $end), text FROM change
               WHERE since < $end AND until > $begin AND until > since ORDER BY since""",
            path=path,
            **vars(span),
        )

    def _rows(self, query: str, **parameters) -> list[tuple]:
        return self.database.execute(query, parameters).fetchall()
