"""System calls that wait while a test says so, by way of a preloaded library."""

import shutil
import subprocess
from pathlib import Path


class HeldCalls:
    """The calls of the servers that are started with `env`."""

    def __init__(self, directory: Path):
        """Compiles the library. Raises FileNotFoundError with the reason where there is no compiler."""
        compiler = shutil.which("cc")
        if not compiler:
            raise FileNotFoundError("there is no C compiler 'cc' to make the calls wait with")
        self.directory = directory
        library = directory / "held_calls.so"
        source = Path(__file__).with_name("held_calls.c")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True
        )
        self.env = {"LD_PRELOAD": str(library), "HELD_CALLS": str(directory), "HELD_SUFFIX": ".ndjson"}

    def hold(self, call: str) -> None:
        """Lets each `read`, `write` or `sync` wait until it is released."""
        (self.directory / call).write_text("")

    def slow_down(self, call: str, milliseconds: int) -> None:
        """Lets each call wait for so long."""
        new = self.directory / f"{call}.new"
        new.write_text(str(milliseconds))
        new.rename(self.directory / call)

    def release(self, call: str) -> None:
        (self.directory / call).unlink()
