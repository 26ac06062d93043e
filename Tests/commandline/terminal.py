"""A command in a terminal of its own, as a user sees it."""

import os
import signal
import time
from pathlib import Path

import pexpect
import pyte

from server import EXIT_TIMEOUT, binary, environment

# Bounds a hang; no test waits this long for anything that works.
TIMEOUT = 30.0


class Terminal:
    """Runs the command under a pseudo-terminal, and keeps what an xterm would show."""

    def __init__(self, *arguments: str, columns: int = 80, rows: int = 24, env: dict[str, str] | None = None):
        self.screen = pyte.HistoryScreen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(
            binary(),
            list(arguments),
            env=environment({"TERM": "xterm-256color"} | (env or {})),
            dimensions=(rows, columns),
            timeout=TIMEOUT,
        )

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_) -> None:
        self.child.close(force=True)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def read(self) -> bool:
        """Takes in what comes within a moment; false when the command has ended."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.stream.feed(data)
        return True

    def wait_for(self, *texts: str) -> None:
        """Until the screen shows all of the texts, and a picture that is drawn is complete."""
        self.wait_until(lambda: self.is_drawn and all(text in self.text for text in texts), f"{texts}")

    @property
    def is_drawn(self) -> bool:
        return self.raw.count(b"\x1b[?2026h") == self.raw.count(b"\x1b[?2026l")

    def wait_until(self, condition, what: str) -> None:
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < end, f"never: {what}\n{self.text}"
            if not self.read():
                assert condition(), f"ended before: {what}\n{self.text}"

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def press(self, key: str) -> None:
        self.child.send(key)

    def kill(self, number: int) -> None:
        os.kill(self.child.pid, number)

    @property
    def is_stopped(self) -> bool:
        return "State:\tT" in Path(f"/proc/{self.child.pid}/status").read_text()

    def wait(self) -> int:
        """The exit status, once the command has ended; 128 and the signal that killed it."""
        end = time.monotonic() + EXIT_TIMEOUT
        while self.read():
            assert time.monotonic() < end, f"it did not end\n{self.text}"
        self.child.wait()
        return self.child.exitstatus if self.child.signalstatus is None else 128 + self.child.signalstatus

    def interrupt(self) -> int:
        """Ctrl-C, and the exit status."""
        self.kill(signal.SIGINT) if not self.child.isalive() else self.child.sendintr()
        return self.wait()
