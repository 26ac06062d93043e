"""Beyond loopback nothing is open to everyone, unless that was asked for."""

import socket

import pytest

from e2e.support.activated_server import ActivatedServer
from e2e.support.refusals import detail_text
from e2e.support.tokens import ADMIN

CONFIGURATION = 78


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_a_server_that_everyone_could_reach_does_not_start(host, network, make_server, tmp_path):
    status, log = make_server("--host", host).refusal()

    assert status == CONFIGURATION
    assert "--token-file" in log and "--trust-network" in log and host in log
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_the_network_can_be_trusted_and_a_warning_is_logged(how, network, make_server):
    flags = ["--trust-network"] if how == "flag" else []
    env = {"PANOPTES_TELEMETRY_TRUST_NETWORK": "1"} if how == "environment" else None
    server = make_server("--host", network.addresses[0], *flags, env=env).start()

    server.process.poll()
    assert any(" warning: " in line and "Anyone" in line for line in server.log)


def test_with_tokens_it_starts_and_warns_that_they_travel_in_clear(network, make_server, token_file, raw):
    server = make_server("--host", network.addresses[0], "--token-file", str(token_file)).start()
    client = raw(server.port, host=network.addresses[0])

    client.send(b"GET /current HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n")
    assert client.answer().status == 401
    client.send(f"GET /current HTTP/1.1\r\nHost: 192.0.2.1\r\nAuthorization: Bearer {ADMIN}\r\n\r\n".encode())
    assert client.answer().status == 200
    assert any(" warning: " in line and "in clear" in line for line in server.log)


def test_a_passed_socket_counts_as_what_it_is_bound_to(network, tmp_path):
    with socket.create_server((network.addresses[0], 0)) as listening:
        server = ActivatedServer(tmp_path / "site", sockets=[listening])
        server.spawn()
        assert server.wait() == CONFIGURATION
    assert any("--token-file" in line for line in server.log)


def test_shutdown_is_for_this_machine_also_with_a_token(network, make_server, token_file, raw):
    server = make_server("--host", "0.0.0.0", "--token-file", str(token_file)).start()
    shutdown = f"POST /shutdown HTTP/1.1\r\nHost: 192.0.2.1\r\nAuthorization: Bearer {ADMIN}\r\n\r\n".encode()
    remote = raw(server.port, host=network.addresses[0], source=network.addresses[1])
    remote.send(shutdown)
    assert remote.answer().status == 403
    assert server.is_running

    local = raw(server.port)
    local.send(shutdown)
    assert local.answer().status == 200
    assert server.wait() == 0


def test_shutdown_can_be_switched_off(make_server):
    server = make_server("--no-shutdown").start()

    assert "--no-shutdown" in detail_text(server.post("/shutdown"), 403)
    assert server.get("/health").status == 200


def test_each_address_beyond_this_machine_has_so_many_connections(network, make_server, raw):
    server = make_server(
        "--host", network.addresses[0], "--trust-network", "--max-connections-per-address", "3"
    ).start()
    first, second = network.addresses
    clients = [raw(server.port, host=first, source=second) for _ in range(3)]
    for client in clients:
        client.hold()

    assert not raw(server.port, host=first, source=second).is_open()
    assert "3 from 192.0.2.2 (--max-connections-per-address)" in server.wait_for_line("Connection refused")
    assert raw(server.port, host=first, source=first).is_open()

    clients.pop().close()
    while not (newcomer := raw(server.port, host=first, source=second)).is_open():
        pass

    # One that is idle makes room, if it is of the same address.
    other = raw(server.port, host=first, source=first)
    assert other.is_open()
    assert raw(server.port, host=first, source=second).is_open()
    assert newcomer.rest() == b""
    assert other.is_open()


def test_a_client_beyond_this_machine_takes_the_place_of_none_on_it(network, make_server, raw):
    server = make_server("--host", "0.0.0.0", "--trust-network", "--max-connections", "2").start()
    local = [raw(server.port) for _ in range(2)]
    assert all(client.is_open() for client in local)

    assert not raw(server.port, host=network.addresses[0], source=network.addresses[1]).is_open()
    assert all(client.is_open() for client in local)
