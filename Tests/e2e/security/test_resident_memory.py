"""What a request needed is given back when it has ended, so that no client makes the server large for ever."""

import re
from pathlib import Path

import pytest

from e2e.support.server import Server

NDJSON = {"Content-Type": "application/x-ndjson"}
MEMBERS = b'{"type":"a","data":1%s}' % (b',"":0' * 3_000_000)
EVENTS = b'{"type":"a","data":[1,2,3]}\n' * 300_000
ELEMENTS = b'{"type":"a","make_current":false,"data":[%s0]}' % (b"0," * 4_000_000)


def _resident(server: Server) -> int:
    """In kB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())[1])


@pytest.mark.parametrize("body", [MEMBERS, EVENTS, ELEMENTS], ids=["many members", "many events", "many elements"])
def test_a_large_batch_leaves_little_behind(body, make_server):
    server = make_server("--sync", "never").start()
    assert server.post("/events", b'{"type":"a","data":1}', headers=NDJSON).status == 200
    before = _resident(server)

    assert server.post("/events", body, headers=NDJSON).status == 200
    # The next answer comes after the memory of the request before it was freed.
    assert server.get("/health").status == 200

    assert _resident(server) - before < 6_000
