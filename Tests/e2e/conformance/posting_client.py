"""A client program: posts events over several kept connections at once and prints what was acknowledged.

Usage: posting_client.py PORT NAME CONNECTIONS EVENTS SEED

It says "ready" when all connections stand, begins when it reads a line, and prints a JSON list of
{"id", "seq", "run_id"} for the acknowledged events. Any other answer than 200 ends it with a failure.
"""

import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection


def post_events(connection: HTTPConnection, name: str, count: int, seed: str) -> list[dict]:
    choices = random.Random(seed)
    acknowledged = []
    for number in range(count):
        event = {"type": name, "data": {"id": f"{name}-{number}", "pad": "x" * choices.randrange(400)}}
        if choices.random() < 0.2:
            event["stream"] = "site"
        if choices.random() < 0.1:
            event["make_current"] = False
        connection.request("POST", "/event", json.dumps(event), {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{event} was answered with {response.status} {body!r}")
        public = json.loads(body)
        acknowledged.append({"id": event["data"]["id"], "seq": public["seq"], "run_id": public["meta"].get("run_id")})
    return acknowledged


def main() -> None:
    port, name, connection_count, event_count, seed = sys.argv[1:]
    connections = [HTTPConnection("127.0.0.1", int(port), timeout=120) for _ in range(int(connection_count))]
    for connection in connections:
        connection.connect()
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(len(connections)) as pool:
        posts = [
            pool.submit(post_events, connection, f"{name}-{number}", int(event_count), f"{seed}-{name}-{number}")
            for number, connection in enumerate(connections)
        ]
    json.dump([acknowledgement for post in posts for acknowledgement in post.result()], sys.stdout)


if __name__ == "__main__":
    main()
