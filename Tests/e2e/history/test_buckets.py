"""Each number of each bucket is the one that DuckDB computes from the files."""

import pytest

from e2e.history import asking
from e2e.history.asking import difference
from e2e.history.checks import DAY, check, check_all, span_of
from e2e.history.nights import NAMES, RUNS, WIDE_TYPES
from e2e.history.oracle import LENGTHS, Span

ORDINARY = ["slow", "weather", "mount", "mixed.kinds", "burst", "late", "guiding", "dome"]
ODD = ["scalar", "old", "leap", "damaged", *NAMES]
HOUR = 3_600_000


def _name(step: int) -> str:
    return f"{step} ms"


@pytest.mark.parametrize("step", LENGTHS, ids=_name)
@pytest.mark.parametrize("event_type", ORDINARY)
def test_every_bucket_of_every_length_is_what_duckdb_makes_of_the_files(
    event_type, step, winter_server, winter, history_choices
):
    for _ in range(3):
        check(winter_server, winter.oracle, *span_of(history_choices, winter.oracle, event_type, step))


@pytest.mark.parametrize("event_type", ODD)
def test_names_and_data_of_all_kinds_have_a_history(event_type, winter_server, winter, history_choices):
    oracle = winter.oracle
    _, first, last = oracle.summary(event_type)
    for points in (1, 5, 50, 1_000, 10_000):
        check(winter_server, oracle, Span(event_type, first, last + 1), points)
    for _ in range(10):
        check(winter_server, oracle, *span_of(history_choices, oracle, event_type, history_choices.choice(LENGTHS)))


def test_5000_series_have_a_history(winter_server, winter):
    oracle = winter.oracle
    for number in range(WIDE_TYPES):
        event_type = f"wide {number:02}"
        assert len(oracle.numeric_fields(event_type)) == 200
        _, first, last = oracle.summary(event_type)
        for points in (1, 4, 1_000):
            answer = check(winter_server, oracle, Span(event_type, first, last + 1), points)
            assert len(answer.rows) == 200


def test_all_types_are_right_in_few_and_in_many_buckets(winter_server, winter, history_choices):
    check_all(winter_server, winter.oracle, history_choices)


@pytest.mark.parametrize("event_type", ["guiding", "weather"])
@pytest.mark.parametrize("day", RUNS, ids=str)
def test_the_history_of_a_run_is_that_of_its_own_events(event_type, day, winter_server, winter, history_choices):
    run = f"run {day:%Y%m%d}"
    times = winter.oracle.times(event_type, run)
    for points in (1, 20, 300, 5_000):
        check(winter_server, winter.oracle, Span(event_type, times[0] - HOUR, times[-1] + HOUR, run), points)
    for _ in range(10):
        step = history_choices.choice([step for step in LENGTHS if step <= DAY])
        check(winter_server, winter.oracle, *span_of(history_choices, winter.oracle, event_type, step, run))


def test_a_run_without_times_is_shown_whole(winter_server, winter):
    run = f"run {RUNS[0]:%Y%m%d}"
    times = winter.oracle.times("guiding", run)
    response = winter_server.get(asking.path("guiding", run=run, points=50))
    answer = asking.read(response, "guiding")
    assert answer.begin <= times[0] and answer.end >= times[-1]
    span = Span("guiding", answer.begin, answer.end, run)
    assert difference(answer.buckets(), winter.oracle.buckets(span, answer.step)) is None
    assert sum(bucket[0] for bucket in answer.buckets()["rms"].values()) == len(times)


@pytest.mark.parametrize("event_type", ["weather", "mount", "late", "slow"])
def test_zooming_out_gives_what_the_finer_buckets_add_up_to(event_type, winter_server, winter, history_choices):
    """From the events themselves to days, each level from the one before. No file is looked at."""
    middle = history_choices.choice(winter.oracle.times(event_type))
    begin = middle // (32 * DAY) * (32 * DAY)
    # Lengths of spans, and the two lengths of buckets whose answers have to agree.
    levels = [
        (HOUR, 1_000, 60_000),
        (4 * HOUR, 15_000, 60_000),
        (DAY, 60_000, 900_000),
        (4 * DAY, 60_000, 900_000),
        (4 * DAY, 900_000, 4 * HOUR),
        (32 * DAY, 900_000, 4 * HOUR),
        (32 * DAY, HOUR, DAY),
        (32 * DAY, 4 * HOUR, 8 * DAY),
    ]
    for length, fine, coarse in levels:
        start = begin if length == 32 * DAY else middle // length * length
        span = Span(event_type, start, start + length)
        one, other = (_answer(winter_server, span, step) for step in (fine, coarse))
        assert other.step in (0, coarse)
        found = difference(_merged(one, coarse), _merged(other, coarse))
        assert found is None, f"{span}: {one.step} ms from {one.source}, {other.step} ms from {other.source}: {found}"


def _answer(server, span, step):
    return asking.history(server, span, points=min(10_000, (span.end - span.begin) // step))


def _merged(answer, step):
    """An answer's buckets put together to longer ones."""
    merged = {}
    for path, rows in answer.rows.items():
        buckets = {}
        for time, n, least, mean, greatest, first, last in rows:
            start = time // step * step
            if start in buckets:
                n0, least0, mean0, greatest0, first0, _ = buckets[start]
                mean = (n0 * mean0 + n * mean) / (n0 + n)
                n, least, greatest, first = n0 + n, min(least0, least), max(greatest0, greatest), first0
            buckets[start] = (n, least, mean, greatest, first, last)
        if buckets:
            merged[path] = buckets
    return merged


def test_times_far_beyond_what_was_recorded_change_nothing(winter_server, winter):
    for event_type in ("slow", "old"):
        for begin, end in ((-62_135_596_800_000, 253_402_300_799_000), (0, 4_102_444_800_000)):
            answer = asking.history(winter_server, Span(event_type, begin, end), points=500)
            wanted = winter.oracle.buckets(Span(event_type, begin, end), answer.step or 1)
            assert difference(answer.buckets(), wanted) is None
    for begin, end in ((4_000_000_000_000, 4_000_000_600_000), (-3 * DAY, -2 * DAY)):
        answer = asking.history(winter_server, Span("slow", begin, end))
        assert answer.buckets() == {} and (answer.begin, answer.end) == (begin, end)


def test_values_near_the_greatest_double_have_an_answer_that_is_json(server):
    for value in (1.7e308, 1.6e308, 1.5e308, -1.7e308):
        for _ in range(3):
            server.record("large", {"v": value})
    asking.wait_until_complete(server, {"large": 12})
    now = asking.milliseconds(server.record("large", {"v": 1})["ts"])
    for points in (1, 10_000):
        answer = asking.history(server, Span("large", now - DAY, now + DAY), points=points)
        rows = answer.rows["v"]
        assert sum(row[1] for row in rows) == 13
        assert min(row[2] for row in rows) == -1.7e308 and max(row[4] for row in rows) == 1.7e308
        # Their sum may be no number any more, and then there is no mean.
        assert all(row[3] is None or row[2] <= row[3] <= row[4] for row in rows)
