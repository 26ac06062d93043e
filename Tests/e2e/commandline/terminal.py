"""A command in a terminal of its own, as a user sees it."""

import errno
import os
import re
import select
import time
from pathlib import Path

import pexpect
import pyte

from e2e.support.server import EXIT_TIMEOUT, binary, environment
from e2e.support.waiting import TIMEOUT

# Around each picture.
BEGIN, END = b"\x1b[?2026h", b"\x1b[?2026l"


class Terminal:
    """Runs the command under a pseudo-terminal, and keeps what an xterm would show."""

    def __init__(self, *arguments: str, columns: int = 80, rows: int = 24, env: dict[str, str] | None = None):
        self.screen = pyte.HistoryScreen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._ahead = b""
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

    def read(self, size: int = 65536) -> bool:
        """Takes in what comes within a moment, at most to the end of a picture; false when the command has ended.

        So each picture is seen whole, also on a machine that is too busy to read as fast as they are drawn.
        """
        if not self._ahead:
            # pexpect may miss what a command writes just before it ends.
            if not select.select([self.child.child_fd], [], [], 0.1)[0]:
                return True
            try:
                self._ahead = os.read(self.child.child_fd, size)
            except OSError as error:
                assert error.errno == errno.EIO, error  # nobody has the terminal open any more
                return False
        before = self.raw[1 - len(END) :]
        end = (before + self._ahead).find(END)
        length = size if end < 0 else end + len(END) - len(before)
        data, self._ahead = self._ahead[:length], self._ahead[length:]
        self.raw += data
        self.stream.feed(data)
        return True

    def wait_for(self, *texts: str) -> None:
        """Until the screen shows all of the texts, and a picture that is drawn is complete."""
        self.wait_until(lambda: self.is_drawn and all(text in self.text for text in texts), f"{texts}")

    @property
    def is_drawn(self) -> bool:
        return self.raw.rfind(BEGIN) <= self.raw.rfind(END)

    def wait_until(self, condition, what: str, size: int = 65536) -> None:
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < end, f"never: {what}\n{self.text}"
            if not self.read(size):
                assert condition(), f"ended before: {what}\n{self.text}"

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def press(self, key: str) -> None:
        self.child.send(key)

    def kill(self, number: int) -> None:
        os.kill(self.child.pid, number)

    @property
    def state(self) -> str:
        """Of the command's first thread, by proc_pid_status(5): R runs, S waits, T is stopped."""
        return re.search(r"^State:\t(.)", Path(f"/proc/{self.child.pid}/status").read_text(), re.MULTILINE)[1]

    def wait(self) -> int:
        """The exit status, once the command has ended; 128 and the signal that killed it."""
        end = time.monotonic() + EXIT_TIMEOUT
        while self.read():
            assert time.monotonic() < end, f"it did not end\n{self.text}"
        self.child.wait()
        return self.child.exitstatus if self.child.signalstatus is None else 128 + self.child.signalstatus

    def interrupt(self) -> int:
        """Ctrl-C, and the exit status."""
        self.child.sendintr()
        return self.wait()
