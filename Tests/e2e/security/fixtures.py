"""Fixtures of the security suite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.security.identity import Identity
from e2e.security.network import Network
from e2e.security.raw_client import RawClient
from e2e.support.privileges import not_permitted


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    """A certificate and its key, for servers that are started with its `flags`."""
    return Identity(tmp_path, "first")


@pytest.fixture
def network() -> Iterator[Network]:
    """A network of this test's own, where servers may listen beyond loopback."""
    try:
        network = Network()
    except PermissionError as error:
        not_permitted(error)
    yield network
    network.leave()


@pytest.fixture
def raw() -> Iterator[Callable[..., RawClient]]:
    """Connects to a server and sends bytes as they are given."""
    clients: list[RawClient] = []

    def connect(port: int, **options) -> RawClient:
        clients.append(RawClient(port, **options))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
