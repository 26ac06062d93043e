"""Sockets that systemd passes: served in place of --host and --port, and usable after the server is gone."""

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.support.activated_server import ActivatedServer
from e2e.support.unix_socket import request

CONFIGURATION = 78


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield listening


@pytest.fixture
def unix(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "passed.sock"))
        listening.listen()
        yield listening


@pytest.fixture
def activate(tmp_path: Path) -> Iterator[Callable[..., ActivatedServer]]:
    servers: list[ActivatedServer] = []

    def make(*sockets: socket.socket, flags: tuple[str, ...] = ()) -> ActivatedServer:
        servers.append(ActivatedServer(tmp_path / "site", *flags, sockets=list(sockets)))
        return servers[-1]

    yield make
    for server in servers:
        if server.is_running:
            server.stop(signal.SIGKILL)


def test_passed_sockets_replace_host_and_port(activate, tcp, unix):
    server = activate(tcp, unix).start()

    assert server.urls == [f"http://127.0.0.1:{tcp.getsockname()[1]}", f"unix:{unix.getsockname()}"]
    event = server.record("dome", 1)
    assert request(Path(unix.getsockname()), "GET", "/current/dome").json == event
    assert server.stop() == 0


def test_a_unix_socket_of_its_own_is_served_beside_them(activate, tcp, tmp_path):
    server = activate(tcp, flags=("--unix-socket", str(tmp_path / "own.sock"))).start()

    assert request(tmp_path / "own.sock", "GET", "/health").status == 200
    assert server.get("/health").status == 200


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_passed_sockets_outlive_the_server(ending, threads, activate, tcp, unix):
    server = activate(tcp, unix, flags=("--http-threads", threads)).start()
    assert server.record("dome", 1)["seq"] == 1
    path = Path(unix.getsockname())

    for seq in (2, 4):
        server.stop(ending)
        assert path.is_socket(), "the service manager's socket was removed"
        # A client that comes while no server runs is answered by the next one.
        with socket.create_connection(tcp.getsockname()) as early:
            early.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            server.start()
            assert early.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
        assert server.record("dome", 1)["seq"] == seq
        assert request(path, "POST", "/event", {"type": "dome", "data": 1}).json["seq"] == seq + 1


@pytest.mark.parametrize("kind", ["datagram", "not listening", "file"])
def test_a_descriptor_that_cannot_be_served_is_refused_by_name(kind, activate, tcp, tmp_path):
    wrong = {
        "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "not listening": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "file": lambda: (tmp_path / "file").open("w"),
    }[kind]()
    with wrong:
        server = activate(tcp, wrong)
        server.spawn()
        assert server.wait() == CONFIGURATION
    assert "descriptor 4 ('socket1')" in "".join(server.log) and "ListenStream=" in "".join(server.log)


def test_sockets_passed_to_another_process_are_not_taken(make_server):
    server = make_server(env={"LISTEN_FDS": "1", "LISTEN_PID": "1"}).start()

    assert server.get("/health").status == 200
