"""The programs that read a server's files: Python, jq, pandas, Polars and DuckDB.

The first ones give the `data` of the lines by their seq. Those of `AS_THEY_COME` are told nothing of the file, and give
the `data` of its last line.
"""

import subprocess
from functools import partial
from pathlib import Path

import duckdb
import pandas
import polars

from e2e.support import server

# Members of one name are accepted: what the readers make of them is what is looked at.
strict_json = partial(server.strict_json, names_may_repeat=True)


def python(path: Path) -> dict[int, object]:
    return {line["seq"]: line["data"] for line in map(strict_json, path.read_bytes().splitlines())}


def jq(path: Path) -> dict[int, object]:
    output = subprocess.run(["jq", "--compact-output", "[.seq, .data]", path], check=True, capture_output=True).stdout
    return dict(map(strict_json, output.splitlines()))


def duckdb_text(path: Path) -> dict[int, object]:
    """`data` as DuckDB keeps it in a column of the type JSON."""
    rows = duckdb.execute(
        "SELECT seq, data FROM read_ndjson($path, columns = {seq: 'BIGINT', data: 'JSON'})", {"path": str(path)}
    ).fetchall()
    # A JSON null is one of SQL.
    return {seq: text and strict_json(text) for seq, text in rows}


def pandas_as_it_comes(path: Path) -> object:
    return pandas.read_json(path, lines=True)["data"].iloc[-1]


def polars_as_it_comes(path: Path) -> object:
    return polars.read_ndjson(path)["data"][-1]


def duckdb_as_it_comes(path: Path) -> object:
    query = "SELECT data FROM read_ndjson($path, sample_size = -1)"
    return duckdb.execute(query, {"path": str(path)}).fetchall()[-1][0]


AS_THEY_COME = {"pandas": pandas_as_it_comes, "Polars": polars_as_it_comes, "DuckDB": duckdb_as_it_comes}


def read_times(path: Path) -> None:
    """Has each reader make times of all `ts` of a file, which is longer than what DuckDB looks at to find out types."""
    times = pandas.read_json(path, lines=True)["ts"]
    assert pandas.to_datetime(times, format="ISO8601", utc=True).notna().all()
    assert polars.read_ndjson(path)["ts"].str.to_datetime(time_zone="UTC").null_count() == 0
    query = "SELECT typeof(ts), count(ts) FROM read_ndjson($path) GROUP BY ALL"
    ((kind, count),) = duckdb.execute(query, {"path": str(path)}).fetchall()
    assert (kind, count) == ("TIMESTAMP WITH TIME ZONE", len(times)) or (kind, count) == ("TIMESTAMP", len(times))
