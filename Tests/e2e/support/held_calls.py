"""Calls on files that wait while a test says so, by way of a preloaded library."""

from pathlib import Path

from e2e.support.preloaded import build_library, put_whole


class HeldCallsFiles:
    """The files by which the library is told what to do, in `directory`."""

    directory: Path

    def hold(self, call: str) -> None:
        """Lets each `read`, `write` or `sync` wait until it is released."""
        put_whole(self.directory / call, "")

    def slow_down(self, call: str, milliseconds: int) -> None:
        """Lets each call wait for so long."""
        put_whole(self.directory / call, str(milliseconds))

    def release(self, call: str) -> None:
        (self.directory / call).unlink()

    def release_all(self) -> None:
        for call in ("read", "write", "sync"):
            (self.directory / call).unlink(missing_ok=True)


class HeldCalls(HeldCallsFiles):
    """The calls of the servers that are started with `env`."""

    def __init__(self, directory: Path):
        self.directory = directory
        library = build_library("held_calls", directory)
        self.env = {"LD_PRELOAD": str(library), "HELD_CALLS": str(directory), "HELD_SUFFIX": ".ndjson"}
