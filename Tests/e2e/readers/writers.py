"""Writers: single events and batches, some for the site, some ephemeral, for as long as the world lasts."""

import json
import random
from contextlib import closing

from e2e.readers.world import GONE, World
from e2e.support.server import JSON_HEADERS, Response, exchange

_NDJSON = {"Content-Type": "application/x-ndjson"}
# The numbers of a writer begin at its own multiple of this.
_NUMBERS = 1_000_000


class Writer:
    def __init__(self, world: World, choices: random.Random, place: int):
        self.world = world
        self.choices = choices
        self.name = f"writer-{place}"
        self.next_number = (place + 1) * _NUMBERS

    def run(self) -> None:
        while not self.world.is_ending:
            self.world.wait(lambda: self.world.is_up or self.world.is_ending, "the server is up")
            try:
                with closing(self.world.connect()) as connection:
                    while not self.world.is_ending:
                        self._post(connection)
            except GONE:
                # It was killed; what was not answered may be recorded or not.
                continue

    def _post(self, connection) -> None:
        events = [self._event() for _ in range(self.choices.choice((1, 1, 2, 8, 20)))]
        stored = [event["data"]["n"] for event in events if event.get("store_permanently", True)]
        self.world.ephemeral.update({event["data"]["n"] for event in events} - set(stored))
        self.world.sent += stored
        if len(events) == 1:
            response = exchange(connection, "POST", "/event", events[0], JSON_HEADERS)
        else:
            body = "".join(json.dumps(event) + "\n" for event in events).encode()
            response = exchange(connection, "POST", "/events", body, _NDJSON)
        check(response)
        self.world.acknowledge(stored)

    def _event(self) -> dict:
        self.next_number += 1
        event = {"type": self.name, "data": {"n": self.next_number, "pad": "x" * self.choices.randrange(300)}}
        kind = self.choices.random()
        if kind < 0.3:
            event["stream"] = "site"
        elif kind < 0.4:
            event["store_permanently"] = False
        return event


def check(response: Response) -> None:
    assert response.status == 200, response
