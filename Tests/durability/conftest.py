"""Fixtures of the durability tests, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_CONFORMANCE = Path(__file__).parent.parent / "conformance"
sys.path.insert(0, str(_CONFORMANCE))

from scarcity import LimitedFiles, Mounts, SmallDisk, install_wrapper  # noqa: E402
from sync_faults import SyncFaults  # noqa: E402

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _CONFORMANCE / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server
server = _conformance.server


@pytest.fixture
def choices(request: pytest.FixtureRequest) -> random.Random:
    """A source of random choices. Its seed is printed when the test fails; $DURABILITY_SEED replays it."""
    seed = os.environ.get("DURABILITY_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nDURABILITY_SEED={seed}")
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture
def mounts(tmp_path: Path) -> Iterator[Mounts]:
    """A small file system on `tmp_path`/disk."""
    directory = tmp_path / "disk"
    directory.mkdir()
    try:
        mounts = Mounts(directory, SmallDisk.size)
    except PermissionError as error:
        pytest.skip(str(error))
    yield mounts
    mounts.close()


def _installed(place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TELEMETRY_BINARY", install_wrapper(tmp_path, place.command, os.environ["TELEMETRY_BINARY"]))
    return place


@pytest.fixture
def small_disk(mounts: Mounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    """A small disk. Servers that are started see it."""
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
    try:
        return SyncFaults(directory)
    except FileNotFoundError as error:
        pytest.skip(str(error))
