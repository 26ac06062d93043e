"""Fixtures of the conformance tests, which drive the binary that $TELEMETRY_BINARY names."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import Server


def pytest_configure(config: pytest.Config) -> None:
    path = os.environ.get("TELEMETRY_BINARY")
    if not path:
        raise pytest.UsageError("Set TELEMETRY_BINARY to the path of the telemetry binary to test.")
    if not os.access(path, os.X_OK) or os.path.isdir(path):
        raise pytest.UsageError(f"TELEMETRY_BINARY is '{path}', where there is no program: build it first.")
    # Some tests run the binary in another directory.
    os.environ["TELEMETRY_BINARY"] = os.path.abspath(path)
    # Servers on this machine are asked directly, whatever proxy leads to others.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"


def _stop_all(servers: list[Server]) -> None:
    """Stops the servers that still run, and kills what does not stop. Each has to end with status 0."""
    statuses = []
    for server in servers:
        if server.is_running:
            try:
                statuses.append(server.stop())
            finally:
                server.process.kill()
    assert all(status == 0 for status in statuses), f"exit statuses on SIGTERM: {statuses}"


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, not started yet, on the test's own site directory unless another is given."""
    servers: list[Server] = []

    def make(*flags: str, site_dir: Path = tmp_path / "site", **options) -> Server:
        servers.append(Server(site_dir, *flags, **options))
        return servers[-1]

    yield make
    _stop_all(servers)


@pytest.fixture
def server(make_server) -> Server:
    """A server on an empty site directory."""
    return make_server().start()


@pytest.fixture(scope="module")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds all that the shared server may touch, and more."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def shared_server(shared_root: Path) -> Iterator[Server]:
    """One server for a module's tests that leave no trace."""
    (shared_root / "runs").mkdir()
    server = Server(shared_root / "site", "--run-root", str(shared_root / "runs")).start()
    yield server
    _stop_all([server])
