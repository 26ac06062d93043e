"""Syncs that wait or fail when a test says so, by way of a preloaded library."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

# A bound on a hang; no test waits this long for anything that works.
TIMEOUT = 60.0


class SyncFaults:
    """The faults of the servers that are started with `env`."""

    def __init__(self, directory: Path):
        """Compiles the library. Raises FileNotFoundError with the reason where there is no compiler."""
        compiler = shutil.which("cc")
        if not compiler:
            raise FileNotFoundError("there is no C compiler 'cc' to make the failing sync with")
        self.directory = directory
        library = directory / "sync_faults.so"
        source = Path(__file__).with_name("sync_faults.c")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True
        )
        self.env = {"LD_PRELOAD": str(library), "SYNC_FAULTS": str(directory)}

    def hold(self, suffix: str) -> None:
        """Lets syncs of paths that end so wait."""
        self._put("hold", suffix)

    def release(self) -> None:
        (self.directory / "hold").unlink()

    def fail(self, suffix: str) -> None:
        """Lets the next sync of a path that ends so fail."""
        self._put("fail", suffix)

    @property
    def calls(self) -> list[tuple[str, int]]:
        """All syncs so far: the path and the result."""
        lines = (self.directory / "calls").read_text().splitlines()
        return [(path, int(result)) for path, _, result in (line.rpartition(" ") for line in lines)]

    def _put(self, name: str, content: str) -> None:
        new = self.directory / f"{name}.new"
        new.write_text(content)
        new.rename(self.directory / name)


def wait_until(condition: Callable[[], bool], what: str, log: list[str]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}: {log}"
        time.sleep(0.002)
