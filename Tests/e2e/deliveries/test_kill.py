"""kill -9 at random moments: no change of an alarm is lost, and what is told twice has the same id."""

import threading
import time
from collections import Counter
from contextlib import suppress
from http.client import HTTPException

from e2e.deliveries.changes import recorded
from e2e.deliveries.fixtures import limits
from e2e.deliveries.test_webhooks import webhook
from e2e.support.server import Server
from e2e.support.waiting import wait_until

ROUNDS = 12
NAMES = ("wind", "rain", "roof", "power")


def _record_until(ends: threading.Event, server: Server, choices) -> None:
    """Records values that raise alarms and end them. The server may be killed meanwhile."""
    # To http.client a connection that broke while it sent is an AttributeError.
    with suppress(OSError, HTTPException, AttributeError):
        while not ends.is_set():
            server.post("/event", {"type": choices.choice(NAMES), "data": {"value": choices.choice([1, 17, 30])}})
            time.sleep(choices.uniform(0, 0.02))


def test_an_alarm_is_still_on_after_a_kill_right_after_the_first_start(make_watching_server, receiver):
    server = make_watching_server(webhook(receiver.url) + limits("wind", "rain")).start()
    server.record("wind", {"value": 30})
    assert receiver.message(0).states == ["wind on critical"]
    server.process.kill()
    server.wait()
    server.start()
    server.record("rain", {"value": 30})
    receiver.wait_for("rain on critical")
    server.record("wind", {"value": 1})
    receiver.wait_for("wind ok")
    states = [(event["data"]["name"], event["data"]["state"]) for event in recorded(server.site_dir).values()]
    assert states == [("wind", "on"), ("rain", "on"), ("wind", "ok")]


def test_each_change_is_told_over_kills_and_none_again_that_was_taken(
    make_watching_server, receiver, deliveries_file, delivery_choices
):
    server = make_watching_server("")
    for number in range(ROUNDS):
        # Each life of the server tells another path, whose messages are told apart.
        deliveries_file.write_text(webhook(f"{receiver.url}/{number}") + limits(*NAMES))
        receiver.statuses = [delivery_choices.choice([200, 200, 503]) for _ in range(20)]
        server.start()
        ends = threading.Event()
        writer = threading.Thread(target=_record_until, args=(ends, server, delivery_choices))
        writer.start()
        # Somewhere in it, soon as often as late; nothing waits for this.
        time.sleep(10 ** delivery_choices.uniform(-1.5, 0.6))
        server.process.kill()
        server.wait()
        ends.set()
        writer.join()

    receiver.statuses = []
    deliveries_file.write_text(webhook(f"{receiver.url}/{ROUNDS}") + limits(*NAMES))
    server.start()
    for name in NAMES:
        server.record(name, {"value": 30})
        server.record(name, {"value": 1})

    def told() -> set[str]:
        return {change for telling in list(receiver.told) if telling.status == 200 for change in telling.ids}

    def is_over() -> bool:
        changes = recorded(server.site_dir)
        last = {event["data"]["name"]: event["data"]["state"] for event in changes.values()}
        return last == dict.fromkeys(NAMES, "ok") and told() == changes.keys()

    wait_until(is_over, "all that was recorded is told")
    assert server.stop() == 0

    # What a life has told and heard of before its last message, no later one tells.
    taken: set[str] = set()
    for number in range(ROUNDS + 1):
        life = [telling for telling in receiver.told if telling.path == f"/{number}"]
        accepted = [telling for telling in life if telling.status == 200]
        counts = Counter(change for telling in accepted for change in telling.ids)
        assert all(count == 1 for count in counts.values())
        for telling in life:
            assert not taken & set(telling.ids)
        for telling in accepted[:-1]:
            taken |= set(telling.ids)
