"""History of what is recorded while it is asked for: over HTTP, in batches and one by one, in the site and in runs."""

import json
import threading

import pytest

from e2e.history import asking
from e2e.history.asking import time_text
from e2e.history.checks import DAY, check, check_all
from e2e.history.nights import events_of
from e2e.history.oracle import Oracle, Span
from e2e.support import stored
from e2e.support.waiting import wait_until

NDJSON = {"Content-Type": "application/x-ndjson"}


def _counts(oracle: Oracle) -> dict[str, int]:
    return {name: oracle.summary(name)[0] for name in oracle.types()}


def _post(server, events) -> None:
    body = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    response = server.post("/events", body.encode(), NDJSON)
    assert response.status == 200, response


def test_late_events_are_in_the_history_of_files_that_were_indexed_long_ago(
    small_winter, make_winter_server, history_choices, history_seed
):
    server = make_winter_server(site_dir=small_winter.site_dir).start()
    asking.wait_until_ready(server)
    events = list(events_of(history_seed, 3_000))
    while events:
        size = history_choices.choice([1, 1, 10, 500])
        _post(server, events[:size])
        del events[:size]

    oracle = Oracle(small_winter.site_dir)
    asking.wait_until_complete(server, _counts(oracle))
    check_all(server, oracle, history_choices)

    assert server.stop() == 0
    server.start()
    asking.wait_until_complete(server, _counts(oracle))
    check_all(server, oracle, history_choices)


def test_a_run_and_the_site_are_one_history_in_which_the_run_can_be_seen_alone(make_server, history_choices):
    server = make_server().start()
    for number in range(50):
        server.record("weather", {"v": number}, ts=time_text(1_768_000_000_000 + number * 2_000))
    for run in ("a", "b", "a"):
        started = server.start_run(run_id=run, **({"run_dir": "again"} if run == "b" else {}))
        assert started["run_id"] == run
        for number in range(50):
            stream = history_choices.choice(["run", "site"])
            ts = 1_768_000_000_000 + number * 2_000 + (1 if stream == "run" else 0) + 1_000 * ord(run[0])
            server.record("weather", {"v": history_choices.random()}, ts=time_text(ts), stream=stream)
        server.stop_run()
    oracle = Oracle(server.site_dir)
    asking.wait_until_complete(server, _counts(oracle))
    _, first, last = oracle.summary("weather")
    for run in (None, "a", "b"):
        for points in (1, 100, 10_000):
            check(server, oracle, Span("weather", first, last + 1, run), points)


def test_what_was_just_recorded_is_in_the_bucket_that_is_not_over(make_server):
    server = make_server().start()
    for number in range(1, 6):
        event = server.record("weather", {"v": number})
        now = asking.milliseconds(event["ts"])

        def is_there(now=now, number=number):
            answer = asking.history(server, Span("weather", now - DAY, now + DAY), points=1)
            return sum(row[1] for row in answer.rows.get("v", [])) == number

        wait_until(is_there, "the event is in the current bucket", server.log)


def test_complete_to_tells_until_when_nothing_is_missing(make_server):
    server = make_server().start()
    for number in range(200):
        event = server.record("weather", {"v": number})
        moment = asking.milliseconds(event["ts"])
        answer = asking.history(server, Span("weather", moment - 60_000, moment + 1_000), points=10_000)
        if answer.complete_to > moment:
            assert sum(row[1] for row in answer.rows["v"]) == number + 1


def test_asking_while_others_record_gives_what_was_there_before_and_never_too_much(make_server):
    server = make_server().start()
    begin = 1_768_000_000_000
    is_over = threading.Event()
    acknowledged = [0]
    failures = []

    def record():
        try:
            for number in range(400):
                _post(server, [{"type": "weather", "data": {"v": 1}, "ts": time_text(begin + number * 10_000)}] * 10)
                acknowledged[0] += 10
        except BaseException as error:
            failures.append(error)
        finally:
            is_over.set()

    writer = threading.Thread(target=record)
    writer.start()
    seen = 0
    while not is_over.is_set():
        response = asking.ask(server, Span("weather", begin, begin + DAY), points=100)
        if response.status == 404:
            assert seen == 0
            continue
        count = sum(row[1] for row in asking.read(response, "weather").rows.get("v", []))
        assert seen <= count <= acknowledged[0] + 10, "events were forgotten, or counted twice"
        seen = count
    writer.join()
    assert not failures
    asking.wait_until_complete(server, {"weather": 4_000})
    answer = asking.history(server, Span("weather", begin, begin + DAY), points=100)
    assert sum(row[1] for row in answer.rows["v"]) == 4_000


def test_noon_begins_another_file_and_the_history_goes_on(make_server):
    # Each event moves this clock on by a second.
    server = make_server(env={"TZ": "UTC", "POCSTIME": "2026-05-20 11:58:00"}).start()
    for number in range(240):
        server.record("weather", {"v": number})
    assert len(list(server.site_dir.glob("site_*.ndjson"))) == 2
    oracle = Oracle(server.site_dir)
    asking.wait_until_complete(server, {"weather": 240})
    _, first, last = oracle.summary("weather")
    for points in (1, 10, 10_000):
        check(server, oracle, Span("weather", first, last + 1), points)


@pytest.mark.parametrize("kind", ["the file being written", "an older file"])
def test_a_file_that_is_taken_away_is_no_history_any_more(kind, small_winter, make_winter_server, history_choices):
    server = make_winter_server(site_dir=small_winter.site_dir).start()
    asking.wait_until_ready(server)
    server.record("posted", {"v": 1})
    names = sorted(path.name for path in server.site_dir.glob("site_*.ndjson"))
    (server.site_dir / (names[-1] if kind == "the file being written" else "site_20260106.ndjson")).unlink()
    server.record("posted", {"v": 2})
    assert server.stop() == 0
    server.start()
    asking.wait_until_ready(server)
    check_all(server, Oracle(server.site_dir), history_choices, spans_per_type=1)


def test_series_beyond_the_most_are_left_out_and_told_and_their_lines_are_there(make_server):
    server = make_server("--max-series", "100").start()
    data = {f"f{number:03}": number for number in range(150)}
    for _ in range(3):
        server.record("wide", data)
    asking.wait_until_complete(server, {"wide": 3})
    listed = server.get("/types").json
    assert (listed["series_left_out"], listed["max_series"]) == (50, 100)
    assert [line["data"] for line in stored.site_lines(server.site_dir)] == [data] * 3
    oracle = Oracle(server.site_dir)
    _, first, last = oracle.summary("wide")
    answer = asking.history(server, Span("wide", first, last + 1), points=1, field=sorted(data))
    kept = [name for name, rows in answer.rows.items() if rows]
    assert len(kept) >= 100
    for name in kept:
        assert sum(row[1] for row in answer.rows[name]) == 3
