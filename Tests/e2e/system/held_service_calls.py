"""Calls of the service on its files that wait, by way of the preloaded library of the life cycle suite."""

from pathlib import Path

from e2e.support.held_calls import HeldCallsFiles
from e2e.system.machine import Machine

_DIRECTORY = "/run/held-calls"
_LIBRARY = "/usr/local/lib/held_calls.so"


class HeldServiceCalls(HeldCallsFiles):
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

    @property
    def directory(self) -> Path:
        """It is another one after the machine has been booted again."""
        return self._machine.seen(_DIRECTORY)
