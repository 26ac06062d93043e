"""Calls of the service on its files that wait, by way of the preloaded library of the life-cycle tests."""

from pathlib import Path

from machine import Machine

_DIRECTORY = "/run/held-calls"
_LIBRARY = "/usr/local/lib/held_calls.so"


class HeldCalls:
    """Where the library is told what to do. It is loaded when the service starts with `settings` in a drop-in."""

    settings = (
        "[Service]",
        f"Environment=LD_PRELOAD={_LIBRARY} HELD_CALLS={_DIRECTORY} HELD_SUFFIX=.ndjson",
    )

    def __init__(self, machine: Machine, library: Path):
        self._machine = machine
        target = machine.root / _LIBRARY.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(library.read_bytes())
        machine.run("install", "--directory", "--mode=0755", _DIRECTORY)

    def hold(self, call: str) -> None:
        """Lets each `read`, `write` or `sync` wait until it is released."""
        self._put(call, "")

    def slow_down(self, call: str, milliseconds: int) -> None:
        """Lets each call wait for so long."""
        self._put(call, str(milliseconds))

    def release(self, call: str) -> None:
        self._machine.seen(f"{_DIRECTORY}/{call}").unlink()

    def _put(self, call: str, content: str) -> None:
        new = self._machine.seen(f"{_DIRECTORY}/{call}.new")
        new.write_text(content)
        new.rename(new.with_suffix(""))
