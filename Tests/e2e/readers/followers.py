"""Followers: cut at random moments and resumed by their cursors, over restarts of the server."""

import json
import random
import socket
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse

from e2e.readers.world import GONE, LAST, World
from e2e.support.frames import frames
from e2e.support.server import Response, exchange


@dataclass(frozen=True)
class Event:
    number: int
    # Within a stream the numbers of the server ascend: the site, or a run by its id.
    stream: str
    seq: int

    @staticmethod
    def of(line: dict) -> "Event":
        return Event(line["data"]["n"], line["meta"].get("run_id", ""), line["seq"])


@dataclass
class Life:
    """What a follower read from one beginning on, in one piece, however often it was cut."""

    name: str
    # How many events were acknowledged before it asked to begin; those are not in it. None where it began with
    # the first event.
    acknowledged_before: int | None
    # How many events had been sent when it had begun: all later ones are in it.
    sent_before: int
    events: list[Event] = field(default_factory=list)
    # Whether it was not ended by a file that was taken away.
    is_whole: bool = False
    cuts: int = 0
    # Where it went on: how many events it had, and the cursor.
    joints: list[tuple[int, str]] = field(default_factory=list)


class _Gone(Exception):
    """The server does not go on from the cursor: a file was taken away."""


class Follower:
    def __init__(self, world: World, choices: random.Random, name: str):
        self.world = world
        self.choices = choices
        self.name = name
        # For one connection.
        self.is_slow = False
        self.lives: list[Life] = []
        self._size = 0

    def run(self) -> None:
        while not (self.lives and self.lives[-1].is_whole):
            try:
                cursor = self._begin_with_pages() if self.choices.random() < 0.5 else self._begin_now()
                while not self.lives[-1].is_whole:
                    cursor = self._follow(cursor)
                    self._stay_away()
            except _Gone:
                continue

    @property
    def _life(self) -> Life:
        return self.lives[-1]

    # Beginning

    def _begin_now(self) -> str:
        """Begins with what is recorded from now on, and is cut at once."""
        while True:
            self.world.wait_until_up()
            before = len(self.world.acknowledged)
            with suppress(*GONE), closing(self.world.connect()) as connection:
                connection.request("GET", "/events?follow=true&cursors=true")
                response = connection.getresponse()
                assert response.status == 200, (response.status, response.read())
                if self.world.is_ending:
                    # The last event may have been recorded before it began.
                    return self._begin_with_pages()
                self.lives.append(Life(self.name, before, len(self.world.sent)))
                return response.headers["Telemetry-Cursor"]

    def _begin_with_pages(self) -> str:
        """Reads all there is, page by page."""
        self.lives.append(Life(f"{self.name}, from the first event", None, 0))
        path = "/events?cursors=true&limit=1000"
        cursor = None
        while True:
            response = self._get(path + (f"&after={cursor}" if cursor else ""))
            lines = [json.loads(line) for line in response.body.splitlines()]
            self._life.events += [Event.of(line["event"]) for line in lines]
            # A page that is longer than its header can tell has its cursors in its lines.
            cursor = response.headers["Telemetry-Cursor"] or lines[-1]["cursor"]
            if self._has_last:
                self._life.is_whole = True
                return cursor
            if "Telemetry-Cursor" in response.headers and "Link" not in response.headers:
                return cursor

    def _get(self, path: str) -> Response:
        while True:
            self.world.wait_until_up()
            with suppress(*GONE), closing(self.world.connect()) as connection:
                response = exchange(connection, "GET", path)
                if response.status == 410:
                    raise _Gone
                assert response.status == 200, response
                return response

    # Following

    def _follow(self, cursor: str) -> str:
        """Follows until it is cut, and gives the place where it goes on."""
        self.world.wait_until_up()
        patience = self.choices.choice((0, 1, 50, 2_000, 5_000))
        self.is_slow = self.choices.random() < 0.2
        with suppress(*GONE), closing(self.world.connect(4_096 if self.is_slow else None)) as connection:
            self._life.joints.append((len(self._life.events), cursor))
            events = self._frames if self.choices.random() < 0.5 else self._lines
            for count, (place, line) in enumerate(events(connection, cursor)):
                cursor = place
                self._life.events.append(event := Event.of(line))
                if count % 97 == 0:
                    self.world.places.append((cursor, event.number))
                if self._has_last:
                    self._life.is_whole = True
                    break
                if count == patience and not self.world.is_ending:
                    self._cut(connection)
                    break
        return cursor

    def _lines(self, connection: HTTPConnection, cursor: str) -> Iterator[tuple[str, dict]]:
        """The stored events of an NDJSON stream, each with its cursor."""
        connection.request("GET", f"/events?follow=true&cursors=true&after={cursor}")
        response = connection.getresponse()
        if response.status == 410:
            raise _Gone
        assert response.status == 200, (response.status, response.read())
        assert response.headers["Telemetry-Cursor"] == cursor
        # A line that is not whole was cut, and comes again.
        while (line := self._read(response)).endswith(b"\n"):
            entry = json.loads(line)
            if "cursor" in entry:
                yield entry["cursor"], entry["event"]
            else:
                self._check_ephemeral(entry["event"])
            self._be_slow(len(line))

    def _frames(self, connection: HTTPConnection, cursor: str) -> Iterator[tuple[str, dict]]:
        """The stored events of a stream of server-sent events, each with its cursor."""
        connection.request("GET", "/events?format=sse", headers={"Last-Event-ID": cursor})
        response = connection.getresponse()
        for frame in frames(response, self._read):
            if frame.name == "gap":
                assert frame.json["reason"] in ("gone", "ephemeral"), frame
                if frame.json["reason"] == "gone":
                    raise _Gone
            elif frame.name == "message" and frame.has_id and frame.data:
                yield frame.last_id, frame.json
            elif frame.name == "message" and frame.data:
                self._check_ephemeral(frame.json)
            self._be_slow(len(frame.data))

    def _check_ephemeral(self, event: dict) -> None:
        assert event["store_permanently"] is False and event["data"]["n"] in self.world.ephemeral, event

    def _be_slow(self, size: int) -> None:
        """Lets time pass now and then, if it is slow on this connection."""
        self._size += size
        if self.is_slow and self._size > 16_384:
            self._size = 0
            self.world.wait_for_events(100)

    def _read(self, response: HTTPResponse) -> bytes:
        try:
            return response.readline()
        except TimeoutError as error:
            joint, count = self._life.joints[-1], len(self._life.events)
            last = self._life.events[-1:]
            raise AssertionError(f"{self.name} gets no event after {last}, {count}; it went on at {joint}") from error

    def _cut(self, connection: HTTPConnection) -> None:
        """Goes away in one of the ways in which clients do: with a reset, with half a close, or with a whole one."""
        self._life.cuts += 1
        way = self.choices.randrange(3)
        if way == 0:
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif way == 1:
            connection.sock.shutdown(socket.SHUT_WR)

    def _stay_away(self) -> None:
        self.world.wait_for_events(self.choices.choice((0, 0, 10, 500)))

    @property
    def _has_last(self) -> bool:
        return bool(self._life.events) and self._life.events[-1].number == LAST
