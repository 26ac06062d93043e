"""`/telemetry/history` and `/telemetry/hosts` as the history store of the reference answers them.

The facts are those of its public source: paths, parameters, ranges with their labels and resolutions, members, and the
texts and statuses of errors, which are plain text. It shows the first sample of each bucket; here that is the mean,
and the least, the greatest and the number of samples stand beside it.
"""

import time
from datetime import UTC, datetime

import pytest

PREFIXES = ["", "/api/v1"]
SAMPLE = {"requests_sec": 12.5, "p99_ms": 3.1, "error_rate": 0.0, "active_backends": 2}


def _now(step: int) -> int:
    """When the bucket began that is going on, in seconds since 1970."""
    return int(time.time()) // step * step


def _record(server, name: str, data, seconds: float) -> None:
    ts = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    server.record(name, data, ts=ts)


def _row(seconds: int, **columns) -> dict:
    """A row whose fields have such samples in it."""
    row = {"ts": seconds}
    for name, samples in columns.items():
        row |= {
            name: sum(samples) / len(samples),
            f"{name}_min": min(samples),
            f"{name}_max": max(samples),
            f"{name}_n": len(samples),
        }
    return row


@pytest.mark.parametrize("prefix", PREFIXES)
def test_without_hosts_there_is_an_empty_list(prefix, server):
    assert server.get(f"{prefix}/telemetry/hosts").json == {"hosts": []}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_hosts_are_listed_by_their_names(prefix, server):
    for name in ("host.b.example", "host.a.example", "weather", "host.weather"):
        server.record(name, {"load": 1})
    assert server.get(f"{prefix}/telemetry/hosts").json == {"hosts": ["a.example", "b.example", "weather"]}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("", "1 hour"),
        ("&range=", "1 hour"),
        ("&range=30m", "30 minutes"),
        ("&range=1h", "1 hour"),
        ("&range=6h", "6 hours"),
        ("&range=24h", "24 hours"),
        ("&range=7d", "7 days"),
        ("&range=1y&other=x", "1 year"),
    ],
)
def test_a_host_that_is_not_known_has_no_samples(query, label, prefix, server):
    server.record("host.H", SAMPLE)
    answer = server.get(f"{prefix}/telemetry/history?host=unknown{query}")
    assert answer.json == {"host": "unknown", "range": label, "samples": []}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "host parameter required"),
        ("?host=", "host parameter required"),
        ("?host=%20", "host parameter required"),
        ("?host&range=1h", "host parameter required"),
        ("?range=5x", "host parameter required"),
        ("?host=H&range=5x", "invalid range; use 30m, 1h, 6h, or 24h"),
        ("?host=H&range=0h", "invalid range; use 30m, 1h, 6h, or 24h"),
        ("?host=H&range=1H", "invalid range; use 30m, 1h, 6h, or 24h"),
        ("?host=H&range=59s", "invalid range; use 30m, 1h, 6h, or 24h"),
    ],
)
def test_what_is_wrong_is_answered_with_the_text_of_the_reference(query, text, prefix, server):
    answer = server.get(f"{prefix}/telemetry/history{query}")
    assert (answer.status, answer.body) == (400, f"{text}\n".encode())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_sample_has_the_members_of_the_reference_in_their_order(prefix, server):
    start = _now(60) - 600
    _record(server, "host.H", SAMPLE, start + 20)

    answer = server.get(f"{prefix}/telemetry/history?host=%20H%20").json
    assert list(answer) == ["host", "range", "samples"]
    (sample,) = answer["samples"]
    assert [name for name in sample if name in {"ts", *SAMPLE}] == ["ts", *SAMPLE]
    assert sample == _row(start, **{name: [value] for name, value in SAMPLE.items()})


@pytest.mark.parametrize(
    ("given", "step"),
    [("30m", 60), ("1h", 60), ("6h", 300), ("24h", 900), ("7d", 3_600), ("30d", 14_400), ("1y", 172_800)],
)
def test_rows_are_means_aligned_at_their_beginning_and_a_spike_is_seen(given, step, server):
    # Two whole buckets that are over; further ones that are before the range are not there.
    now = time.time()
    first = _now(step) - 2 * step
    for offset, value in [(0, 1), (step / 2, 100), (step - 1, 4)]:
        _record(server, "host.H", {"requests_sec": value}, first + offset)
    _record(server, "host.H", {"requests_sec": 7, "note": "text"}, first + step + 1)
    _record(server, "host.H", {"requests_sec": 5}, now - 2 * 366 * 86_400)
    _record(server, "host.H", {"sky": "clear"}, first + step + 2)

    assert server.get(f"/telemetry/history?host=H&range={given}").json["samples"] == [
        _row(first, requests_sec=[1, 100, 4]),
        _row(first + step, requests_sec=[7]),
    ]


def test_the_row_that_has_begun_is_there(server):
    server.record("host.H", {"load": 2})
    assert [sample["load"] for sample in server.get("/telemetry/history?host=H").json["samples"]] == [2]


def test_every_type_is_a_host_and_that_of_a_host_goes_before(server):
    server.record("dome", {"az": 1, "open": True})
    server.record("weather", {"wind_mps": 1})
    server.record("host.weather", {"load": 2})

    (dome,) = server.get("/telemetry/history?host=dome").json["samples"]
    assert dome == _row(dome["ts"], az=[1], open=[1])
    (weather,) = server.get("/telemetry/history?host=weather").json["samples"]
    assert weather == _row(weather["ts"], load=[2])
    # Also by the whole name of its type.
    assert server.get("/telemetry/history?host=host.weather").json["samples"] == [weather]
