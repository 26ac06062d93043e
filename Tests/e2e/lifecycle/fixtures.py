"""Fixtures of the life cycle suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.lifecycle.journal import Journal
from e2e.lifecycle.service_manager import ServiceManager
from e2e.support.held_calls import HeldCalls
from e2e.support.privileges import not_permitted


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    """What gets the notifications of servers that are started with its `env`."""
    manager = ServiceManager(tmp_path / "notify.sock")
    yield manager
    manager.close()


@pytest.fixture
def journal() -> Iterator[Journal]:
    """A journal, for servers that are started with one of its launchers."""
    try:
        journal = Journal()
    except PermissionError as error:
        not_permitted(error)
    yield journal
    journal.close()


@pytest.fixture
def held_calls(tmp_path: Path) -> Iterator[HeldCalls]:
    """Calls that wait, for servers that are started with its `env`."""
    directory = tmp_path / "held"
    directory.mkdir()
    calls = HeldCalls(directory)
    yield calls
    calls.release_all()
