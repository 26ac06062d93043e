"""Fixtures of the life cycle tests, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(_TESTS / "conformance"), str(_TESTS / "durability")]

from held_calls import HeldCalls  # noqa: E402
from service_manager import ServiceManager  # noqa: E402
from sync_faults import SyncFaults  # noqa: E402

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _TESTS / "conformance" / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server
server = _conformance.server


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    """What gets the notifications of servers that are started with its `env`."""
    manager = ServiceManager(tmp_path / "notify.sock")
    yield manager
    manager.close()


@pytest.fixture
def held_calls(tmp_path: Path) -> Iterator[HeldCalls]:
    """Calls that wait, for servers that are started with its `env`."""
    directory = tmp_path / "held"
    directory.mkdir()
    try:
        calls = HeldCalls(directory)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    yield calls
    for call in ("read", "write", "sync"):
        (directory / call).unlink(missing_ok=True)


@pytest.fixture
def sync_faults(tmp_path: Path) -> SyncFaults:
    """Syncs that fail, for servers that are started with its `env`."""
    directory = tmp_path / "faults"
    directory.mkdir()
    try:
        return SyncFaults(directory)
    except FileNotFoundError as error:
        pytest.skip(str(error))
