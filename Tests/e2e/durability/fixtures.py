"""Fixtures of the durability suite; migration tries the mounts as well, and lifecycle the failing syncs."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.support.privileges import not_permitted
from e2e.support.scarcity import LimitedFiles, Mounts, SmallDisk, install_wrapper
from e2e.support.server import binary
from e2e.support.sync_faults import SyncFaults


@pytest.fixture
def choices(request: pytest.FixtureRequest) -> random.Random:
    """A source of random choices. Its seed is printed when the test fails; $DURABILITY_SEED replays it."""
    seed = os.environ.get("DURABILITY_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nDURABILITY_SEED={seed}")
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[int], Mounts]]:
    """Mounts a file system of so many bytes on `tmp_path`/disk, for the commands that are run by way of it."""
    mounted: list[Mounts] = []

    def make(size: int) -> Mounts:
        directory = tmp_path / "disk"
        directory.mkdir()
        try:
            mounted.append(Mounts(directory, size))
        except PermissionError as error:
            not_permitted(error)
        return mounted[-1]

    yield make
    for mounts in mounted:
        mounts.close()


def _installed(place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TELEMETRY_BINARY", install_wrapper(tmp_path, place.command, binary()))
    return place


@pytest.fixture
def small_disk(mount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    """A small disk. Servers that are started see it."""
    mounts = mount(SmallDisk.size)
    return _installed(SmallDisk(mounts.directory, mounts), tmp_path, monkeypatch)


@pytest.fixture
def limited_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LimitedFiles:
    """A limit on the size of files, for servers that are started."""
    return _installed(LimitedFiles(tmp_path), tmp_path, monkeypatch)


@pytest.fixture(params=["small_disk", "limited_files"])
def place(request: pytest.FixtureRequest) -> SmallDisk | LimitedFiles:
    """Each place where the room runs out."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def sync_faults(tmp_path: Path) -> SyncFaults:
    """Syncs that fail, for servers that are started with its `env`."""
    directory = tmp_path / "faults"
    directory.mkdir()
    return SyncFaults(directory)
