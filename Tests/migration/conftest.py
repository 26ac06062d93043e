"""Fixtures of the migration tests, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(_TESTS / "conformance"), str(_TESTS / "durability")]

from scarcity import Mounts  # noqa: E402

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _TESTS / "conformance/conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An empty directory for a PanFileDB."""
    path = tmp_path / "json_store" / "panoptes"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    """Where to migrate to; not made yet."""
    return tmp_path / "telemetry" / "migrated"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Mounts]:
    """A file system of a megabyte on `tmp_path`/disk."""
    directory = tmp_path / "disk"
    directory.mkdir()
    try:
        mounts = Mounts(directory, 1 << 20)
    except PermissionError as error:
        pytest.skip(str(error))
    yield mounts
    mounts.close()
