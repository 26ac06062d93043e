"""The command, and with it the Swift client, against a server that asks for a token over TLS."""

import subprocess

import pytest

from e2e.security.identity import Identity
from e2e.support.server import command
from e2e.support.tokens import ADMIN, READER

REFUSED = 1
UNREACHABLE = 69


@pytest.fixture
def server(make_server, identity, token_file):
    return make_server(*identity.flags, "--token-file", str(token_file)).start()


@pytest.fixture
def telemetry(server, identity):
    def run(*arguments: str, token: str | None = None, trust: Identity = identity) -> subprocess.CompletedProcess:
        where = ["--url", f"https://localhost:{server.port}", "--ca-file", str(trust.certificate)]
        return command(*arguments, *where, env={"PANOPTES_TELEMETRY_TOKEN": token} if token else None)

    return run


def test_an_event_is_posted_and_shown(telemetry):
    posted = telemetry("post", "weather", "sky=clear", token=ADMIN)
    assert (posted.returncode, posted.stderr) == (0, "")
    assert "clear" in telemetry("current", "weather", token=READER).stdout


@pytest.mark.parametrize(("token", "status"), [(None, "401"), ("not-the-token-of-it", "401"), (READER, "403")])
def test_who_may_not_is_told_so(token, status, telemetry):
    posted = telemetry("post", "weather", token=token)
    assert posted.returncode == REFUSED
    assert status in posted.stderr


def test_readiness_needs_no_token(telemetry):
    assert telemetry("ready").returncode == 0


def test_a_certificate_that_is_not_trusted_is_not_used(telemetry, tmp_path):
    posted = telemetry("post", "weather", token=ADMIN, trust=Identity(tmp_path, "other"))
    assert posted.returncode == UNREACHABLE
    assert "certificate" in posted.stderr.lower()
    assert telemetry("current", "--json", token=ADMIN).stdout == '{"current":{}}\n'
