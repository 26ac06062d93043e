"""Load on a server, and what it cost there."""

import json
import os
from pathlib import Path

from .process import BenchmarkError, output

LUA = Path(__file__).resolve().parent.parent / "load/post.lua"


def measured(server, connections, load):
    """Runs `load`, which returns its figures, and adds CPU time per event and resident memory of the server."""
    before, cpu = server.recorded(), server.cpu_seconds()
    figures = load()
    cpu = server.cpu_seconds() - cpu
    count = figures["count"]
    if before is not None:
        written = server.recorded() - before
        # Those in flight when the load ends are written and not counted.
        most = count + connections * figures.get("events_per_request", 1)
        if not count <= written <= most and server.is_ours:
            raise BenchmarkError(f"{server.name}: {count} events were acknowledged, {written} are in the file")
        count = written
    return figures | {"cpu_us": 1e6 * cpu / max(1, count), "resident_kb": server.resident_kb()}


def wrk(server, connections, seconds, is_closing=False):
    """The server's event, from wrk."""
    environment = os.environ | {"BENCH_BODY": server.body, "BENCH_TYPE": server.content_type}
    if is_closing:
        environment |= {"BENCH_CLOSE": "1"}
    return measured(server, connections, lambda: _run_wrk(server, server.path, connections, seconds, environment))


def wrk_get(server, path, connections, seconds):
    """GET of a path, from wrk."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BENCH_")}
    cpu = server.cpu_seconds()
    figures = _run_wrk(server, path, connections, seconds, environment)
    return figures | {"cpu_us": 1e6 * (server.cpu_seconds() - cpu) / max(1, figures["count"])}


def _run_wrk(server, path, connections, seconds, environment):
    url = f"http://127.0.0.1:{server.port}{path}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", LUA, url]
    figures = json.loads(output(command, seconds + 60, env=environment).strip().splitlines()[-1])
    if figures["refused"] or figures["failed"] or not figures["count"]:
        raise BenchmarkError(
            f"{server.name}: {figures['refused']} of {figures['count']} requests were refused, "
            f"{figures['failed']} connections failed")
    return figures


def requests(program, server, *arguments, connections=1, idle=0, body=None, path=None, events_per_request=1):
    """Requests of Benchmarks/load/requests.c; counts and rates are of events."""

    def load():
        header = f"Content-Type: {'application/x-ndjson' if events_per_request > 1 else server.content_type}"
        command = [program, "-c", connections, "-i", idle, *arguments, "-H", header, server.port]
        command += ["POST", path or server.path, body] if body else ["GET", path]
        figures = json.loads(output(command, 900))
        for key in ("count", "per_second"):
            figures[key] *= events_per_request
        return figures | {"events_per_request": events_per_request}

    return measured(server, connections, load) if body else load()
