"""One roll-up by DuckDB over NDJSON files: duckdb_query.py QUERY, a JSON object. Run by a Python that has duckdb.

Prints {"ms","rows","resident_kb"}; the time is that of the query, without the start of Python.
"""

import json
import resource
import sys
import time

import duckdb


def main():
    query = json.loads(sys.argv[1])
    members = ", ".join(f"{name} DOUBLE" for name in query["fields"])
    columns = f"{{ts: 'TIMESTAMP', type: 'VARCHAR', data: 'STRUCT({members})'}}"
    aggregates = ", ".join(
        f"count({field}), min({field}), avg({field}), max({field})"
        for field in (f"data.{name}" for name in query["fields"]))  # fmt: skip
    text = f"""
        SELECT epoch_ms(ts) // $step * $step AS t, {aggregates}
        FROM read_ndjson($files, columns = {columns})
        WHERE type = $type AND ts >= make_timestamp($begin * 1000) AND ts < make_timestamp($end * 1000)
        GROUP BY t ORDER BY t"""
    parameters = {name: query[name] for name in ("files", "type", "begin", "end", "step")}
    start = time.perf_counter_ns()
    rows = duckdb.execute(text, parameters).fetchall()
    elapsed = (time.perf_counter_ns() - start) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ms": elapsed, "rows": len(rows), "resident_kb": peak}))


if __name__ == "__main__":
    main()
