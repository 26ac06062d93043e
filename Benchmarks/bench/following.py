"""Clients that follow what is recorded, and what they cost those that record and the server."""

import json
import random
import socket
import time
from contextlib import ExitStack, contextmanager

from . import load
from .process import BenchmarkError, output, voluntary_switches
from .servers import EVENT

FOLLOWERS = 100
WRITERS = 16
# Longer than what the server lets pass before it sends a comment to a page.
IDLE_SECONDS = 16
EVENTS = 500

NOBODY = "nobody"
ANOTHER_TYPE = f"{FOLLOWERS} of another type"
NEVER_READS = "one that never reads"
ALL = (NOBODY, ANOTHER_TYPE, NEVER_READS)


class Follower:
    """A connection that follows, and reads nothing unless it is asked to."""

    def __init__(self, port, query, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(30)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET /events?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            # The body begins later, with what is recorded.
            piece = self.socket.recv(1)
            if not piece:
                raise BenchmarkError(f"GET /events?{query}: the server closed the connection")
            head += piece
        if not head.startswith(b"HTTP/1.1 200"):
            raise BenchmarkError(f"GET /events?{query} answers {head.decode()}")

    def close(self):
        self.socket.close()


@contextmanager
def followers(server, count, query):
    """So many clients that follow what a query asks for."""
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            follower = Follower(server.port, query)
            stack.callback(follower.close)
            found.append(follower)
        yield found


@contextmanager
def readers(server, who):
    """Those who follow while others record."""
    count, query = {
        NOBODY: (0, ""),
        ANOTHER_TYPE: (FOLLOWERS, "follow=true&type=another"),
        NEVER_READS: (1, "follow=true"),
    }[who]
    with followers(server, count, query):
        yield


def recording(rounds):
    """POST /event by 16 writers while nobody follows, while 100 wait for another type, while one does not read."""
    for sync in ("never", "always"):
        with rounds.telemetry(sync) as server:
            load.wrk(server, WRITERS, 1)
            # In another order each round: the first is measured on the shortest file, and a disk gets slower.
            for who in random.sample(ALL, len(ALL)):
                with readers(server, who):
                    rounds.note(f"followed {sync} {who}", load.wrk(server, WRITERS, rounds.seconds))


def waiting(rounds):
    """What 100 followers cost while nothing is recorded, half of them pages; and when an event reaches 100."""
    event = rounds.directory / "event.json"
    event.write_text(EVENT)
    with rounds.telemetry("never") as server:
        rounds.say("nobody follows")
        load.requests(rounds.programs["requests"], server, "-n", EVENTS, connections=WRITERS, body=event)
        rounds.note("idle nobody", _idle(server))
        with followers(server, FOLLOWERS // 2, "follow=true"), followers(server, FOLLOWERS // 2, "format=sse"):
            # Each has got something, so that whatever it takes is there.
            load.requests(rounds.programs["requests"], server, "-n", EVENTS, connections=WRITERS, body=event)
            time.sleep(1)
            rounds.say(f"{FOLLOWERS} follow")
            rounds.note("idle followers", _idle(server))
    for sync in ("never", "always"):
        with rounds.telemetry(sync) as server:
            command = [rounds.programs["follow"], "-f", FOLLOWERS, "-n", EVENTS, server.port, event]
            rounds.note(f"event to followers {sync}", json.loads(output(command, 120)))


def _idle(server):
    cpu, switches = server.cpu_seconds(), voluntary_switches(server.process.pid)
    time.sleep(IDLE_SECONDS)
    return {
        "cpu_ms_per_second": 1_000 * (server.cpu_seconds() - cpu) / IDLE_SECONDS,
        "switches_per_second": (voluntary_switches(server.process.pid) - switches) / IDLE_SECONDS,
        "resident_kb": server.resident_kb(),
    }
