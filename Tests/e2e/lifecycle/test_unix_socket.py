"""`--unix-socket`: beside TCP or in its place, over stale files and beside living servers."""

import os
import signal
import socket
import stat
from pathlib import Path

import pytest

from e2e.support.server import Server, command
from e2e.support.unix_socket import request

UNAVAILABLE = 69
USAGE = 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "telemetry.sock"


def _refusal(*flags: str, site_dir: Path) -> tuple[int, str]:
    result = command("run", "--host", "localhost", "--port", "0", "--site-dir", str(site_dir), *flags)
    return result.returncode, result.stderr


def test_it_is_served_beside_tcp_and_both_see_the_same(make_server, path):
    server = make_server("--unix-socket", str(path)).start()

    event = request(path, "POST", "/event", {"type": "dome", "data": 1}).json

    assert event["seq"] == 1
    assert server.get("/current/dome").json == event
    assert f"unix:{path}" in next(line for line in server.log if "Listening on" in line)


def test_without_tcp_it_is_all_that_is_served(make_server, path):
    server = make_server("--no-tcp", "--unix-socket", str(path))
    server.spawn()
    line = server.wait_for_line("Listening on ")

    assert line.rstrip().endswith(f"Listening on unix:{path}")
    assert request(path, "GET", "/ready").json["ready"] is True
    assert server.stop() == 0


def test_no_tcp_alone_leaves_nothing_to_listen_on(tmp_path):
    status, text = _refusal("--no-tcp", site_dir=tmp_path / "site")

    assert status == USAGE
    assert "--unix-socket" in text


@pytest.mark.parametrize(("flags", "mode"), [((), 0o660), (("--socket-mode", "0600"), 0o600)], ids=["default", "0600"])
def test_its_permissions_are_those_asked_for_whatever_the_umask_is(flags, mode, make_server, path):
    before = os.umask(0o077)
    try:
        make_server("--unix-socket", str(path), *flags).start()
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("mode", ["rw", "1777", "888", "-1"])
def test_a_mode_that_is_none_is_refused(mode, path, tmp_path):
    status, text = _refusal("--unix-socket", str(path), f"--socket-mode={mode}", site_dir=tmp_path / "site")

    assert status == USAGE
    assert "--socket-mode" in text


def test_its_clients_may_stop_the_server_and_its_file_goes_with_it(make_server, path):
    server = make_server("--unix-socket", str(path)).start()

    assert request(path, "POST", "/shutdown").json == {"shutting_down": True}

    assert server.wait() == 0
    assert not path.exists()


def test_the_socket_of_a_killed_server_is_replaced(make_server, path):
    server = make_server("--unix-socket", str(path)).start()
    server.stop(signal.SIGKILL)
    assert path.is_socket()

    server.start()

    assert request(path, "GET", "/health").json == {"ok": True}


def test_a_socket_that_a_server_answers_on_is_left_to_it(make_server, path, tmp_path):
    make_server("--unix-socket", str(path)).start()

    status, text = _refusal("--unix-socket", str(path), site_dir=tmp_path / "other")

    assert status == UNAVAILABLE
    assert str(path) in text and "a server listens there" in text
    assert request(path, "GET", "/health").json == {"ok": True}


def test_a_socket_whose_server_is_busy_is_left_to_it(path, tmp_path):
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))

        status, text = _refusal("--unix-socket", str(path), site_dir=tmp_path / "site")

    assert status == UNAVAILABLE
    assert "a server listens there" in text
    assert path.is_socket()


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_what_is_no_socket_is_never_removed(kind, path, tmp_path):
    if kind == "file":
        path.write_text("precious")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")

    status, text = _refusal("--unix-socket", str(path), site_dir=tmp_path / "site")

    assert status == UNAVAILABLE
    assert "it is no socket" in text
    assert path.is_symlink() if kind == "link" else path.exists()


def test_the_file_of_another_server_that_took_the_place_is_not_removed(make_server, path):
    server = make_server("--unix-socket", str(path)).start()
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()

        assert server.stop() == 0

        assert path.is_socket()


def test_a_path_that_is_too_long_is_said_to_be(tmp_path):
    path = "/tmp/" + 103 * "x"

    status, text = _refusal("--unix-socket", path, site_dir=tmp_path / "site")

    assert status == UNAVAILABLE
    assert "at most 107 bytes, this one has 108" in text


def test_the_longest_path_works(make_server, tmp_path):
    path = Path("/tmp/" + f"{os.getpid()}-".ljust(102, "x"))
    server: Server = make_server("--unix-socket", str(path)).start()
    try:
        assert request(path, "GET", "/health").json == {"ok": True}
    finally:
        assert server.stop() == 0
    assert not path.exists()


def test_a_page_of_another_origin_is_refused_here_too(make_server, path):
    make_server("--unix-socket", str(path)).start()

    headers = {"Origin": "http://evil.example", "Content-Type": "application/json"}

    assert request(path, "POST", "/event", {"type": "dome", "data": 1}, headers).status == 403
