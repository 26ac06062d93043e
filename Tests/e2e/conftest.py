"""What all suites have in common: the program under test, and servers of it. A suite's own fixtures are in its folder.

All suites but `system` drive the binary that $TELEMETRY_BINARY names; `system` drives the package that
scripts/system-test installs in a booted Debian.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.support.server import Server
from e2e.support.tokens import TOKEN_FILE, private_file

pytest_plugins = [
    "e2e.alarms.fixtures",
    "e2e.browser.fixtures",
    "e2e.browser.page.fixtures",
    "e2e.deliveries.fixtures",
    "e2e.durability.fixtures",
    "e2e.history.fixtures",
    "e2e.lifecycle.fixtures",
    "e2e.migration.fixtures",
    "e2e.monitoring.fixtures",
    "e2e.otlp.fixtures",
    "e2e.readers.fixtures",
    "e2e.security.fixtures",
    "e2e.system.fixtures",
]

_SUITES = Path(__file__).parent
_SYSTEM = "system"
_SYSTEM_VARIABLES = ("TELEMETRY_PACKAGE", "TELEMETRY_SYSTEM_CACHE", "TELEMETRY_CONTAINERS")


def pytest_configure(config: pytest.Config) -> None:
    # What runs and is mounted is taken away by fixtures, also when this is ended by a signal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Servers on this machine are asked directly, whatever proxy leads to others.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sees to it that what the chosen suites test is there."""
    system = [item for item in items if item.path.relative_to(_SUITES).parts[0] == _SYSTEM]
    others = [item for item in items if item not in system]
    if others:
        _check_binary()
    missing = [variable for variable in _SYSTEM_VARIABLES if not os.environ.get(variable)]
    if system and missing:
        if not others:
            raise pytest.UsageError(f"{missing[0]} is not set: run scripts/system-test.")
        # All suites were asked for; these are for scripts/system-test.
        config.hook.pytest_deselected(items=system)
        items[:] = others


def _check_binary() -> None:
    path = os.environ.get("TELEMETRY_BINARY")
    if not path:
        raise pytest.UsageError("Set TELEMETRY_BINARY to the path of the telemetry binary to test.")
    if not os.access(path, os.X_OK) or os.path.isdir(path):
        raise pytest.UsageError(f"TELEMETRY_BINARY is '{path}', where there is no program: build it first.")
    # Some tests run the binary in another directory.
    os.environ["TELEMETRY_BINARY"] = os.path.abspath(path)


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


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """One token of each kind, for the server's user only."""
    return private_file(tmp_path / "tokens", TOKEN_FILE)
