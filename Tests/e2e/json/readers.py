"""The programs that read a server's files: Python, jq and DuckDB. Each gives the `data` of the lines by their seq."""

import subprocess
from functools import partial
from pathlib import Path

import duckdb

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


def duckdb_columns(path: Path) -> int:
    """How many lines DuckDB reads when it finds out the types of all columns by itself."""
    query = "SELECT count(*) FROM read_ndjson($path, sample_size = -1)"
    return duckdb.execute(query, {"path": str(path)}).fetchone()[0]
