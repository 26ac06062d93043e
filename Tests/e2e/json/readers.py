"""The programs that read a server's files: Python, jq and DuckDB. Each gives the `data` of the lines by their seq."""

import json
import subprocess
from pathlib import Path

import duckdb


def strict_json(text: str | bytes) -> object:
    """Parses JSON as Python does, without what Python adds to it. Of members of one name the last one counts."""

    def refuse_constant(name):
        raise ValueError(f"{name} is not JSON")

    return json.loads(text.decode() if isinstance(text, bytes) else text, parse_constant=refuse_constant)


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
