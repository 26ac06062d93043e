"""What clients give for `ts`: every reader makes times of it, after as many lines as it may have looked at before."""

from datetime import UTC, datetime

import pytest

from e2e.json import readers
from e2e.json.readers import strict_json
from e2e.support.refusals import faults, nothing_recorded

# More than DuckDB looks at to find out types.
ORDINARY_LINES = 21_000

# As given, and as stored where that is another text.
ACCEPTED = {
    "2026-05-20T22:14:03Z": None,
    "2026-05-20T22:14:03.1Z": None,
    "2026-05-20T22:14:03.123456Z": None,
    "2026-05-20T22:14:03.123456789Z": None,
    "2026-05-20 22:14:03Z": None,
    "2026-05-20T22:14:03+00:00": None,
    "2026-05-20T22:14:03.5-10:00": None,
    "2026-05-20T22:14:03-00:00": None,
    "2026-05-20T22:14:03+14:00": None,
    "2026-05-20T22:14:03-23:59": None,
    "1969-12-31T23:59:59.999Z": None,
    "2026-05-20t22:14:03Z": "2026-05-20T22:14:03Z",
    "2026-05-20T22:14:03z": "2026-05-20T22:14:03Z",
    "2026-05-20t22:14:03.25z": "2026-05-20T22:14:03.25Z",
    "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
    "2016-12-31t18:59:60.5-05:00": "2016-12-31T19:00:00.5-05:00",
    "2026-05-20T22:14:03." + "1" * 40 + "Z": "2026-05-20T22:14:03." + "1" * 18 + "Z",
}

# Of these pandas makes no times when others in the file have nanoseconds.
FAR_AWAY = {"0001-01-01T00:00:00Z": None, "9999-12-31T23:59:59.999Z": None}

REFUSED = [
    "2026-05-20T22:14:60Z",
    "2026-05-20T23:59:60Z",
    "2026-06-30T23:59:60+02:00",
    "2026-06-30T23:58:60Z",
    "0000-06-30T00:00:00Z",
    "0001-01-01T00:30:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:60Z",
]


@pytest.mark.parametrize("times", [ACCEPTED, FAR_AWAY], ids=["near", "far away"])
def test_every_reader_makes_times_of_what_is_accepted(times, server):
    batch = b'{"type":"ordinary","data":1}\n' * ORDINARY_LINES
    assert server.post("/events", batch, {"Content-Type": "application/x-ndjson"}).status == 200
    for given, stored in times.items():
        assert server.record("time", ts=given)["ts"] == (stored or given)

    (path,) = server.site_dir.glob("site_*.ndjson")
    readers.read_times(path)
    for line in path.read_bytes().splitlines()[-len(times) :]:
        datetime.fromisoformat(strict_json(line)["ts"]).astimezone(UTC)


@pytest.mark.parametrize("ts", REFUSED)
def test_what_some_reader_makes_no_time_of_is_refused(ts, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        (fault,) = faults(shared_server.post("/event", {"type": "a", "data": 1, "ts": ts})).values()
        assert fault["loc"] == ["body", "ts"] and "RFC 3339" in fault["msg"]
