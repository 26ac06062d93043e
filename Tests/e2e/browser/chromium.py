"""A headless Chromium, driven over its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/."""

import base64
import json
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from e2e.support.waiting import TIMEOUT


class Chromium:
    """A browser with a profile of its own."""

    def __init__(self, profile: Path, *options: str):
        program = shutil.which("chromium")
        assert program, "there is no chromium: scripts/install-dependencies --tests installs it"
        ours, theirs = socket.socketpair()
        arguments = ["--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"]
        # As root it runs without its sandbox only; the pages are these tests' own.
        arguments += ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        # A proxy of the environment would be asked for the names that lead to this machine.
        arguments += ["--no-proxy-server"]
        # It reads from descriptor 3 and writes to 4.
        pipes = f'exec "$@" 3<&{theirs.fileno()} 4>&{theirs.fileno()}'
        self._log = (profile / "chromium.log").open("w+")
        self._process = subprocess.Popen(
            ["bash", "-c", pipes, "chromium", program, *arguments, *options],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        theirs.close()
        ours.settimeout(TIMEOUT)
        self._socket = ours
        self._received = b""
        self._last_id = 0
        self._events: list[dict] = []

    def new_profile(self) -> str:
        """A profile without cookies, storage and locks of the others, for `open`; it ends with the browser."""
        return self.call("Target.createBrowserContext")["browserContextId"]

    def open(self, url: str, profile: str | None = None) -> "Page":
        """Opens a page and waits until it is loaded."""
        where = {"browserContextId": profile} if profile else {}
        target = self.call("Target.createTarget", url="about:blank", **where)["targetId"]
        page = Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"], target)
        page.call("Page.enable")
        page.navigate(url)
        return page

    def call(self, method: str, session: str | None = None, **parameters) -> dict:
        """Calls a method of the protocol and waits for its result."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._socket.sendall(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._last_id:
                assert "error" not in answer, f"{method} {parameters}: {answer['error']}"
                return answer["result"]
            self._events.append(answer)

    def wait_for_event(self, method: str, session: str) -> dict:
        """The next event of this kind, which may have come already."""
        while True:
            for event in self._events:
                if event.get("method") == method and event.get("sessionId") == session:
                    self._events.remove(event)
                    return event["params"]
            self._events.append(self._receive())

    def take_events(self, session: str) -> list[dict]:
        """All events of a tab that have come and were not waited for, with `method` and `params`."""
        taken = [event for event in self._events if event.get("sessionId") == session]
        self._events = [event for event in self._events if event.get("sessionId") != session]
        return taken

    def _receive(self) -> dict:
        while b"\0" not in self._received:
            piece = self._socket.recv(1 << 16)
            if not piece:
                self._log.seek(0)
                raise AssertionError(f"Chromium has gone:\n{self._log.read()}")
            self._received += piece
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def close(self) -> None:
        try:
            self.call("Browser.close")
            self._process.wait(TIMEOUT)
        finally:
            self._process.kill()
            self._socket.close()
            self._log.close()


class Page:
    """A tab."""

    def __init__(self, chromium: Chromium, session: str, target: str):
        self._chromium = chromium
        self._session = session
        self._target = target

    def call(self, method: str, **parameters) -> dict:
        return self._chromium.call(method, self._session, **parameters)

    def wait_for_event(self, method: str) -> dict:
        return self._chromium.wait_for_event(method, self._session)

    def take_events(self) -> list[dict]:
        return self._chromium.take_events(self._session)

    def close(self) -> None:
        self._chromium.call("Target.closeTarget", targetId=self._target)

    def navigate(self, url: str) -> None:
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, f"{url}: {answer}"
        self.wait_for_event("Page.loadEventFired")

    def serve(
        self, url: str, html: str, scripts: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Opens a page that this test gives in the place of the server at the URL.

        `scripts` are those that it loads, by their names beside it; `headers` go with the page.
        """
        contents = {url: ("text/html", html)}
        contents |= {url + name: ("text/javascript", script) for name, script in (scripts or {}).items()}
        self.call("Fetch.enable", patterns=[{"urlPattern": pattern} for pattern in contents])
        # Page.navigate would wait for the answer.
        self.evaluate(f"location = {json.dumps(url)}; null")
        for _ in contents:
            request = self.wait_for_event("Fetch.requestPaused")
            kind, text = contents[request["request"]["url"]]
            fields = {"Content-Type": kind, **(headers or {})}
            self.call(
                "Fetch.fulfillRequest",
                requestId=request["requestId"],
                responseCode=200,
                responseHeaders=[{"name": name, "value": value} for name, value in fields.items()],
                body=base64.b64encode(text.encode()).decode(),
            )
        self.wait_for_event("Page.loadEventFired")
        self.call("Fetch.disable")

    def evaluate(self, script: str):
        """The value of an expression; of a promise, once it is settled."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")
