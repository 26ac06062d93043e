"""Many connections that post events of all kinds until the server is gone, and what they were answered."""

import http.client
import itertools
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from e2e.support.server import Response, Server, exchange
from e2e.support.waiting import TIMEOUT

CONNECTIONS = 32
# What a client sees of a server that is killed.
GONE = (ConnectionError, http.client.HTTPException)

# How events differ. Those of "mixed" go to both streams during a run.
KINDS = (
    {"type": "weather"},
    {"type": "camera"},
    {"type": "mixed"},
    {"type": "mixed", "stream": "site"},
    {"type": "dome", "stream": "site"},
    {"type": "power", "make_current": False},
    {"type": "weather", "make_current": False},
    {"type": "camera", "store_permanently": False},
    {"type": "guiding", "store_permanently": False},
)


@dataclass
class Attempt:
    """One event that was posted. `sent` and `settled` are readings of one clock that all clients share."""

    request: dict
    sent: int
    settled: int | None = None
    answer: dict | None = None

    @property
    def id(self) -> str:
        return self.request["data"]["id"]

    @property
    def is_stored(self) -> bool:
        return self.request.get("store_permanently", True)

    @property
    def makes_current(self) -> bool:
        return self.request.get("make_current", True)


@dataclass
class Load:
    """Posts to a server that is started again and again, and keeps what it was answered in all its lives."""

    choices: random.Random
    # How long an event may be, in bytes.
    size: int = 300
    attempts: dict[str, Attempt] = field(default_factory=dict)
    _clock: itertools.count = field(default_factory=itertools.count)
    _round: int = 0

    def run(self, server: Server, acknowledgements: int, conduct: Callable[[], None] | None = None) -> None:
        """Posts until so many events are acknowledged and `conduct` is through, then kills the server."""
        self._round += 1
        wanted = threading.Semaphore(0)
        unexpected: list[Response] = []
        seeds = [self.choices.random() for _ in range(CONNECTIONS)]
        clients = [
            threading.Thread(target=self._post, args=(server, number, seed, wanted, unexpected), daemon=True)
            for number, seed in enumerate(seeds)
        ]
        for client in clients:
            client.start()
        try:
            for _ in range(acknowledgements):
                assert wanted.acquire(timeout=TIMEOUT), f"no answer: {unexpected[:1]} {server.log[-20:]}"
            if conduct:
                conduct()
        finally:
            server.process.kill()
            for client in clients:
                client.join(TIMEOUT)
        server.wait()
        killed = next(self._clock)
        for attempt in self.attempts.values():
            if attempt.settled is None:
                attempt.settled = killed
        assert not unexpected, unexpected[0]

    def _post(self, server: Server, number: int, seed: float, wanted: threading.Semaphore, unexpected: list) -> None:
        choices = random.Random(seed)
        connection = server.connect()
        with suppress(*GONE):
            connection.connect()
            for count in itertools.count():
                data = {"id": f"{self._round}-{number}-{count}", "pad": "x" * choices.randrange(self.size)}
                attempt = Attempt(choices.choice(KINDS) | {"data": data}, next(self._clock))
                self.attempts[attempt.id] = attempt
                response = exchange(connection, "POST", "/event", attempt.request)
                if response.status != 200:
                    unexpected.append(response)
                    return
                attempt.settled = next(self._clock)
                attempt.answer = response.json
                wanted.release()
        connection.close()
