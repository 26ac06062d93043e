"""Syncs that wait or fail when a test says so, by way of a preloaded library."""

from pathlib import Path

from e2e.support.preloaded import build_library, put_whole


class SyncFaults:
    """The faults of the servers that are started with `env`."""

    def __init__(self, directory: Path):
        self.directory = directory
        library = build_library("sync_faults", directory)
        self.env = {"LD_PRELOAD": str(library), "SYNC_FAULTS": str(directory)}

    def hold(self, suffix: str) -> None:
        """Lets syncs of paths that end so wait."""
        put_whole(self.directory / "hold", suffix)

    def release(self) -> None:
        (self.directory / "hold").unlink()

    def fail(self, suffix: str) -> None:
        """Lets the next sync of a path that ends so fail."""
        put_whole(self.directory / "fail", suffix)

    @property
    def calls(self) -> list[tuple[str, int]]:
        """All syncs so far: the path and the result."""
        lines = (self.directory / "calls").read_text().splitlines()
        return [(path, int(result)) for path, _, result in (line.rpartition(" ") for line in lines)]
