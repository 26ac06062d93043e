"""Fixtures of the security tests, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(_TESTS / "conformance"), str(_TESTS / "lifecycle")]

from network import Network  # noqa: E402
from raw_client import RawClient  # noqa: E402
from secured_server import SecuredServer  # noqa: E402
from tokens import ADMIN, READER, WRITER  # noqa: E402

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _TESTS / "conformance" / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server
server = _conformance.server
shared_root = _conformance.shared_root
shared_server = _conformance.shared_server


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """One token of each kind, for the server's user only."""
    path = tmp_path / "tokens"
    path.write_text(f"# who may do what\n\n{READER} read\n{WRITER}\twrite\n{ADMIN}\n")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


@pytest.fixture
def make_secured(tmp_path: Path) -> Iterator[Callable[..., SecuredServer]]:
    """Makes servers, not started yet, that may listen elsewhere than on loopback, and over TLS."""
    servers: list[SecuredServer] = []

    def make(*flags: str, **options) -> SecuredServer:
        servers.append(SecuredServer(tmp_path / "site", *flags, **options))
        return servers[-1]

    yield make
    _conformance._stop_all(servers)


@pytest.fixture
def network() -> Iterator[Network]:
    """A network of this test's own, where servers may listen beyond loopback."""
    try:
        network = Network()
    except PermissionError as error:
        pytest.skip(str(error))
    yield network
    network.leave()


@pytest.fixture
def raw(request: pytest.FixtureRequest) -> Iterator[Callable[..., RawClient]]:
    """Connects to a server and sends bytes as they are given."""
    clients: list[RawClient] = []

    def connect(port: int, **options) -> RawClient:
        clients.append(RawClient(port, **options))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
