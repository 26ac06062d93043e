"""TLS: what is spoken, what is refused, and how a certificate is renewed without a restart."""

import http.client
import json
import signal
import socket
import ssl

import pytest

from e2e.security.identity import Identity

CONFIGURATION = 78


def _connect(server, identity: Identity) -> http.client.HTTPSConnection:
    trust = ssl.create_default_context(cafile=str(identity.certificate))
    return http.client.HTTPSConnection("localhost", server.port, timeout=120, context=trust)


def _request(connection, method: str, path: str, body=None, **headers) -> tuple[int, dict]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.fixture
def server(make_server, identity):
    return make_server(*identity.flags).start()


def test_events_are_recorded_over_tls(server, identity):
    assert all(url.startswith("https://") for url in server.urls)
    connection = _connect(server, identity)

    body = json.dumps({"type": "dome", "data": "x" * 100_000})
    status, event = _request(connection, "POST", "/event", body, **{"Content-Type": "application/json"})
    assert status == 200
    assert _request(connection, "GET", "/current") == (200, {"current": {"dome": event}})


def test_a_client_without_tls_gets_nothing(server, raw):
    client = raw(server.port)
    client.send(b"GET /current HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert b"current" not in client.rest()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_versions_are_spoken(version, server, identity):
    trust = ssl.create_default_context(cafile=str(identity.certificate))
    trust.minimum_version = trust.maximum_version = version
    with trust.wrap_socket(socket.create_connection(("localhost", server.port)), server_hostname="localhost") as client:
        assert client.version() == version.name.replace("_", ".")


def test_a_certificate_is_renewed_while_connections_stay(server, identity, tmp_path):
    before = _connect(server, identity)
    assert _request(before, "GET", "/health")[0] == 200
    old = Identity(tmp_path, "old")
    old.replace(identity)
    identity.replace(Identity(tmp_path, "second"))

    server.process.send_signal(signal.SIGHUP)
    server.wait_for_line("Read again: certificate")

    assert _request(before, "GET", "/health")[0] == 200
    assert _request(_connect(server, identity), "GET", "/health")[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        _connect(server, old).connect()


def test_the_old_certificate_stays_when_the_new_one_cannot_be_used(server, identity, tmp_path):
    key = identity.key.read_bytes()
    identity.key.write_bytes(Identity(tmp_path, "other").key.read_bytes())

    server.process.send_signal(signal.SIGHUP)

    assert " error: " in server.wait_for_line("Cannot read again: certificate")
    identity.key.write_bytes(key)
    assert _request(_connect(server, identity), "GET", "/health")[0] == 200


def test_its_own_pages_are_those_of_https(server, identity):
    connection = _connect(server, identity)
    own = f"https://localhost:{server.port}"

    assert _request(connection, "GET", "/current", Origin=own)[0] == 200
    assert _request(connection, "GET", "/current", Origin=own.replace("https", "http"))[0] == 403


def test_a_key_that_every_user_can_read_is_refused(make_server, identity):
    identity.key.chmod(0o644)

    status, log = make_server(*identity.flags).refusal()
    assert (status, f"chmod o= {identity.key}" in log) == (CONFIGURATION, True)


def test_a_key_of_another_certificate_is_refused(make_server, identity, tmp_path):
    other = Identity(tmp_path, "other")

    status, log = make_server("--tls-certificate", str(identity.certificate), "--tls-key", str(other.key)).refusal()
    assert (status, str(other.key) in log) == (CONFIGURATION, True)


@pytest.mark.parametrize("damaged", ["certificate", "key"])
def test_what_is_no_pem_is_refused(damaged, make_server, identity):
    getattr(identity, damaged).write_text("no PEM\n")

    status, log = make_server(*identity.flags).refusal()
    assert (status, str(identity.certificate) in log) == (CONFIGURATION, True)


@pytest.mark.parametrize("flag", ["--tls-certificate", "--tls-key"])
def test_a_certificate_and_its_key_go_together(flag, make_server, identity):
    status, log = make_server(flag, str(identity.key)).refusal()
    assert (status, "go together" in log) == (64, True)
