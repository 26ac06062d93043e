"""Pagers: they walk through the log in small pages, forwards or backwards, from one of its ends or from any place."""

import json
import random
from contextlib import closing
from dataclasses import dataclass, field

from e2e.readers.world import GONE, World
from e2e.support.server import exchange


@dataclass
class Walk:
    """What was read page by page."""

    order: str
    # The number of the event before the place where it began; None when that was an end of the log.
    after: int | None
    numbers: list[int] = field(default_factory=list)
    # Whether there was no further page.
    is_through: bool = False


class Pager:
    def __init__(self, world: World, choices: random.Random):
        self.world = world
        self.choices = choices
        self.walks: list[Walk] = []

    def run(self) -> None:
        while not self.world.is_ending:
            # Something new, so that walks are spread over the whole time.
            self.world.wait_for_events(200)
            order = self.choices.choice(("asc", "desc"))
            cursor, number = None, None
            if self.world.places and self.choices.random() < 0.7:
                cursor, number = self.choices.choice(self.world.places)
            self.walks.append(Walk(order, number))
            self._walk(self.walks[-1], cursor)

    def _walk(self, walk: Walk, cursor: str | None) -> None:
        for _ in range(self.choices.randrange(1, 20)):
            limit = self.choices.choice((1, 7, 100, 400))
            has_cursors = self.choices.random() < 0.5
            path = f"/events?order={walk.order}&limit={limit}"
            path += ("&cursors=true" if has_cursors else "") + (f"&after={cursor}" if cursor else "")
            self.world.wait_until_up()
            try:
                with closing(self.world.connect()) as connection:
                    response = exchange(connection, "GET", path)
            except GONE:
                continue
            if response.status == 410:
                return
            assert response.status == 200, response
            lines = [json.loads(line) for line in response.body.splitlines()]
            events = [line["event"] for line in lines] if has_cursors else lines
            assert len(events) <= limit
            walk.numbers += [event["data"]["n"] for event in events]
            cursor = response.headers["Telemetry-Cursor"]
            if "Link" not in response.headers:
                # Its cursor may be beyond its last line: in a run that has no events yet.
                walk.is_through = True
                return
            if has_cursors:
                assert cursor == lines[-1]["cursor"]
            assert len(events) == limit
