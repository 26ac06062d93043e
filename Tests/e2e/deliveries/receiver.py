"""Who is told: an HTTP server that keeps what it is sent, and answers what a test wants."""

import json
import threading
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from e2e.support.waiting import wait_until


@dataclass(frozen=True)
class Telling:
    """One message, and what was answered."""

    path: str
    headers: Message
    body: dict
    status: int

    @property
    def alarms(self) -> list[dict]:
        return self.body["alarms"]

    @property
    def states(self) -> list[str]:
        """Of each alarm `name state`, and its severity if it has any."""
        return [" ".join([alarm["name"], alarm["state"], alarm.get("severity", "")]).strip() for alarm in self.alarms]

    @property
    def ids(self) -> list[str]:
        """Of all changes that it tells."""
        return [change["id"] for alarm in self.alarms for change in [*alarm.get("earlier", []), alarm]]


class Receiver:
    """Listens until it is stopped. While `hangs` it answers nobody."""

    def __init__(self, port: int = 0):
        self.told: list[Telling] = []
        self.statuses: list[int] = []  # of the next messages; then 200
        self.location = ""
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.may_answer.wait()
                with receiver._lock:
                    status = receiver.statuses.pop(0) if receiver.statuses else 200
                    receiver.told.append(Telling(self.path, self.headers, body, status))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()

            def log_message(self, *_):
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()

    def message(self, number: int) -> Telling:
        """The message of a number, from 0, once it is there."""
        return wait_until(lambda: len(self.told) > number and self.told[number], f"message {number} is told")

    def wait_for(self, state: str) -> Telling:
        """The first message with an alarm in a state, such as `wind on critical`."""

        def find():
            return next((telling for telling in list(self.told) if state in telling.states), None)

        return wait_until(find, f"'{state}' is told")
