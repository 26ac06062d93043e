"""Clocks that go back or were wrong by years, and zones that change: numbers go on, and no file is out of order."""

import random
import signal
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from e2e.durability.oracle import public
from e2e.support import stored
from e2e.support.server import Server

NOON = datetime(2026, 5, 20, 12)
ZONES = ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"]

either_ending = pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
with_and_without_checkpoint = pytest.mark.parametrize("is_checkpoint_lost", [False, True], ids=["", "no checkpoint"])


def _set_clock(server: Server, instant: datetime, zone: str = "UTC") -> Server:
    server.env = {"TZ": zone, "POCSTIME": instant.strftime("%Y-%m-%d %H:%M:%S")}
    return server


def _restart(
    server: Server,
    instant: datetime,
    zone: str = "UTC",
    ending: signal.Signals = signal.SIGTERM,
    is_checkpoint_lost: bool = False,
) -> None:
    server.stop(ending)
    if is_checkpoint_lost:
        (server.site_dir / ".telemetry" / "checkpoint.json").unlink()
    _set_clock(server, instant, zone).start()


def _seqs(server: Server) -> dict[str, list[int]]:
    """The numbers in each day's file, by its day."""
    return {
        path.removeprefix("site_").removesuffix(".ndjson"): [line["seq"] for line in lines]
        for path, lines in stored.files(server.site_dir).items()
    }


@either_ending
@with_and_without_checkpoint
@pytest.mark.parametrize(
    ("before", "after", "zone", "expected"),
    [
        (timedelta(hours=3), timedelta(hours=2), "UTC", {"20260520": [1, 2]}),
        (timedelta(minutes=30), timedelta(minutes=-30), "UTC", {"20260520": [1, 2]}),
        (timedelta(minutes=1), timedelta(hours=-23), "UTC", {"20260520": [1, 2]}),
        (timedelta(minutes=30), timedelta(minutes=31), "America/New_York", {"20260520": [1, 2]}),
        (timedelta(hours=-2), timedelta(hours=-1), "Asia/Tokyo", {"20260519": [1], "20260520": [2]}),
        (timedelta(hours=1), timedelta(days=-2), "UTC", {"20260520": [1], "20260518": [2]}),
        (timedelta(hours=1), timedelta(days=365), "UTC", {"20260520": [1], "20270520": [2]}),
        (timedelta(days=3650), timedelta(hours=1), "UTC", {"20360517": [1], "20260520": [2]}),
    ],
    ids=[
        "an hour back",
        "over noon",
        "almost a day back",
        "west",
        "east",
        "two days back",
        "a year on",
        "ten years back",
    ],
)
def test_a_closed_day_is_opened_again_only_when_the_clock_is_off_by_more_than_a_day(
    before, after, zone, expected, ending, is_checkpoint_lost, make_server
):
    server = _set_clock(make_server(), NOON + before).start()
    server.record("dome", 1)

    _restart(server, NOON + after, zone, ending, is_checkpoint_lost)
    event = server.record("dome", 2)

    assert _seqs(server) == expected
    assert server.get("/current/dome").json == event


@either_ending
@with_and_without_checkpoint
def test_a_day_that_is_closed_stays_closed_when_the_clock_goes_back_over_noon(ending, is_checkpoint_lost, make_server):
    server = _set_clock(make_server(), NOON - timedelta(seconds=2)).start()
    for number in range(4):
        server.record("dome", number)

    _restart(server, NOON - timedelta(hours=1), "UTC", ending, is_checkpoint_lost)
    server.record("dome", 4)

    assert _seqs(server) == {"20260519": [1, 2], "20260520": [3, 4, 5]}


@either_ending
@with_and_without_checkpoint
def test_a_file_of_the_future_does_not_attract_later_events(ending, is_checkpoint_lost, make_server):
    server = _set_clock(make_server(), NOON + timedelta(days=3650)).start()
    server.record("dome", 1)

    for number in range(3):
        _restart(server, NOON + timedelta(hours=number), "UTC", ending, is_checkpoint_lost)
        server.record("dome", number)

    assert _seqs(server) == {"20360517": [1], "20260520": [2, 3, 4]}


@either_ending
def test_a_run_goes_on_when_the_clock_goes_back_before_its_start(ending, make_server):
    server = _set_clock(make_server(), NOON).start()
    run = server.start_run(run_id="night")
    server.record("dome", 1)

    _restart(server, NOON - timedelta(days=3), "America/New_York", ending)

    assert server.get("/run").json == run
    event = server.record("dome", 2)
    assert event["seq"] == 2
    assert server.get("/current/dome").json == event
    stopped = server.stop_run()
    assert [line["seq"] for line in stored.run_lines(stopped)] == [1, 2]
    assert [known["events"] for known in server.get("/runs").json["runs"]] == [2]


def test_an_event_of_the_future_has_no_age_and_is_not_fresh(make_server):
    server = _set_clock(make_server(), NOON).start()
    server.record("dome", 1)

    _restart(server, NOON - timedelta(hours=1))

    response = server.get("/current/dome")
    assert response.status == 200
    # RFC 9111, 5.1: delta-seconds are not negative.
    assert "Age" not in response.headers
    assert server.get("/current/dome?max_age=10").status == 404


def _wander(choices: random.Random, now: datetime) -> datetime:
    seconds = choices.choice([1, 3_600, 86_400, 40 * 86_400, 3 * 365 * 86_400])
    return now + timedelta(seconds=round(seconds * choices.uniform(-1, 1)))


def test_whatever_the_clock_does_numbers_rise_and_nothing_is_lost(make_server, choices):
    now = NOON
    server = _set_clock(make_server(), now).start()
    events = []

    for _ in range(20):
        events += [server.record("dome", number) for number in range(choices.randrange(4))]
        now = _wander(choices, now)
        ending = choices.choice([signal.SIGTERM, signal.SIGKILL])
        _restart(server, now, choices.choice(ZONES), ending, choices.random() < 0.3)

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    for day, seqs in _seqs(server).items():
        assert all(a < b for a, b in pairwise(seqs)), (day, seqs)
    lines = sorted(stored.site_lines(server.site_dir), key=lambda line: line["seq"])
    assert [public(line) for line in lines] == events
    assert server.get("/current/dome").json == events[-1]
