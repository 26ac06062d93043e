"""Compares what a server answers with what DuckDB computes from the files."""

import random
from itertools import islice

from e2e.history import asking
from e2e.history.asking import Answer, difference
from e2e.history.oracle import LENGTHS, Oracle, Span, step_of
from e2e.support.server import Server
from e2e.support.waiting import wait_until

DAY = 86_400_000


def check(server: Server, oracle: Oracle, span: Span, points: int, fields: list[str] | None = None) -> Answer:
    """One query: which buckets there are, and each number in them."""

    def ask() -> Answer | None:
        """None while the answer says that something is missing: what it found damaged is made again."""
        response = asking.ask(server, span, points=points, **({"field": fields} if fields else {}))
        if response.status == 404:
            return None
        answer = asking.read(response, span.type)
        return answer if answer.complete_from is None else None

    answer = wait_until(ask, "the history is complete", server.log)
    assert (answer.begin, answer.end) == (span.begin, span.end)
    what = f"{span} in {points} points, {answer.step} ms from {answer.source}"
    step = step_of(span, points)
    events, buckets = oracle.count(span), (span.end - span.begin) // step
    if answer.step == 0:
        expected = oracle.samples(span)
        # The span may touch two buckets more than fit into it.
        most = max(map(len, expected.values()), default=0)
        assert min(events, most) <= buckets + 2, f"{what}: {events} events are not put into {buckets} buckets"
        for path in answer.rows.keys() | expected.keys():
            if fields and path not in fields:
                continue
            found = [(row[0], *row[2:]) for row in answer.rows.get(path, [])]
            wanted = [(time, *[value] * 5) for time, value in expected.get(path, [])]
            assert found == wanted, f"{what}: {path}"
    else:
        assert answer.step == step, f"{what}: not {step} ms"
        events = oracle.count(span.widened(step))
        assert events > buckets - 1, f"{what}: {events} events could be given themselves"
        wanted = oracle.buckets(span, step)
        if fields:
            wanted = {path: buckets for path, buckets in wanted.items() if path in fields}
        found = difference(answer.buckets(), wanted)
        assert found is None, f"{what}: {found}"
    return answer


def span_of(choices: random.Random, oracle: Oracle, event_type: str, step: int, run: str | None = None):
    """A span and how many points of it make buckets of a length; where there are events, or beside them."""
    times = oracle.times(event_type, run)
    count = choices.choice([3, 7, choices.randrange(3, 500), choices.randrange(3, 4_000)])
    length = step * count - choices.randrange(0, step)
    middle = choices.choice(times)
    begin = max(middle - choices.randrange(length + 1), -DAY * 50_000)
    if choices.random() < 0.3:
        begin = begin // step * step
    points = -(-length // step)
    span = Span(event_type, begin, begin + length, run)
    assert step_of(span, points) == step
    return span, points


def _complete_types(server: Server) -> dict | None:
    """What the server tells of types, unless it tells that it does not know all: it may find damage at any time."""
    listed = server.get("/types").json
    return listed if listed["complete_from"] is None else None


def check_all(server: Server, oracle: Oracle, choices: random.Random, spans_per_type: int = 3) -> None:
    """All of each type in few and in many buckets, and some spans at random; first of all that the types are known."""
    listed = wait_until(lambda: _complete_types(server), "all is complete", server.log)
    assert {entry["type"] for entry in listed["types"]} == set(oracle.types())
    for event_type in oracle.types():
        count, first, last = oracle.summary(event_type)
        entry = next(entry for entry in listed["types"] if entry["type"] == event_type)
        assert entry["events"] == count, event_type
        whole = Span(event_type, first - 1, last + 1)
        for points in (1, 10, 1_000):
            check(server, oracle, whole, points)
        for step in islice(iter(lambda: choices.choice(LENGTHS), None), spans_per_type):
            check(server, oracle, *span_of(choices, oracle, event_type, step))
