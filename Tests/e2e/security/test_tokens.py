"""Bearer tokens: who may do what, and which files are taken."""

import os
import signal

import pytest

from e2e.support.refusals import detail_text
from e2e.support.tokens import ADMIN, READER, WRITER, bearer, private_file
from e2e.support.unix_socket import request as unix_request

EVENT = {"type": "dome", "data": 1}
READING = [("GET", path) for path in ("/current", "/current/dome", "/run", "/runs", "/openapi.json", "/nope")]
WRITING = [("POST", "/event"), ("POST", "/events")]
ADMINISTERING = [("POST", path) for path in ("/run/start", "/run/stop", "/shutdown")]


def _status(server, method: str, path: str, headers: dict[str, str]) -> int:
    return server.request(method, path, headers=headers).status


@pytest.fixture
def guarded(make_server, token_file):
    return make_server("--token-file", str(token_file)).start()


@pytest.mark.parametrize(("method", "path"), READING + WRITING + ADMINISTERING)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("unknown-0123456789abcdef"),
        bearer(READER[:-1]),
        bearer(READER + "x"),
        bearer(READER.upper()),
        bearer(""),
        {"Authorization": f"Basic {ADMIN}"},
        {"Authorization": ADMIN},
        {"Authorization": f"Bearer{ADMIN}"},
        {"Authorization": f"Bearer {ADMIN} x"},
        {"X-Authorization": f"Bearer {ADMIN}"},
    ],
    ids=["none", "unknown", "shorter", "longer", "capitals", "empty", "basic", "bare", "joined", "more", "elsewhere"],
)
def test_nothing_is_done_without_a_known_token(method, path, headers, guarded):
    answer = guarded.request(method, path, headers=headers)

    assert detail_text(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_health_and_readiness_need_no_token(guarded):
    assert guarded.get("/health").status == 200
    assert guarded.get("/ready").status == 200


@pytest.mark.parametrize(
    ("token", "refused"), [(READER, WRITING + ADMINISTERING), (WRITER, ADMINISTERING)], ids=["read", "write"]
)
def test_a_token_allows_so_much_and_no_more(token, refused, guarded):
    for method, path in refused:
        assert token.split("-")[0][:4] in detail_text(guarded.request(method, path, headers=bearer(token)), 403)
    assert guarded.is_running
    assert _status(guarded, "GET", "/current", bearer(token)) == 200


def test_writing_needs_a_token_that_may_write(guarded):
    json = {"Content-Type": "application/json"}
    assert guarded.post("/event", EVENT, bearer(READER) | json).status == 403
    assert guarded.post("/event", EVENT, bearer(WRITER) | json).status == 200
    assert guarded.post("/event", EVENT, {"authorization": f"bearer   {ADMIN}"} | json).status == 200
    assert guarded.post("/run/start", {}, bearer(ADMIN) | json).status == 200


def test_two_tokens_in_one_request_are_malformed(guarded, raw):
    client = raw(guarded.port)
    client.send(
        b"GET /current HTTP/1.1\r\nHost: localhost\r\n",
        *[f"Authorization: Bearer {token}\r\n".encode() for token in (ADMIN, READER)],
        b"\r\n",
    )
    assert client.answer().status == 400


def test_a_unix_socket_is_guarded_by_its_permissions(make_server, token_file, tmp_path):
    path = tmp_path / "telemetry.sock"
    server = make_server("--token-file", str(token_file), "--unix-socket", str(path)).start()

    assert server.get("/current").status == 401
    assert unix_request(path, "GET", "/current").status == 200


def test_the_file_can_be_named_by_the_environment_or_be_a_credential(make_server, token_file, tmp_path):
    (tmp_path / "credentials").mkdir()
    private_file(tmp_path / "credentials" / "telemetry-token", token_file.read_text(), 0o400)
    for env in (
        {"PANOPTES_TELEMETRY_TOKEN_FILE": str(token_file)},
        {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")},
    ):
        server = make_server(env=env).start()
        assert server.get("/current").status == 401
        assert _status(server, "GET", "/current", bearer(READER)) == 200
        server.stop()


def test_a_token_file_that_every_user_can_read_is_refused(make_server, token_file):
    token_file.chmod(0o644)

    status, log = make_server("--token-file", str(token_file)).refusal()

    assert status == 78
    assert "644" in log and f"chmod o= {token_file}" in log


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "openssl rand"),
        ("# nothing else\n", "openssl rand"),
        ("short\n", "at least 16"),
        (f"{READER} reed\n", "read, write or admin"),
        (f"{READER} read write\n", "read, write or admin"),
        (f"{READER}\n{READER} read\n", "line 2"),
        ("pass phrase with blanks\n", "at least 16"),
        ("tøken-0123456789abcdef\n", "letters"),
    ],
)
def test_a_token_file_with_a_fault_is_refused(text, hint, make_server, tmp_path):
    path = private_file(tmp_path / "tokens", text)

    status, log = make_server("--token-file", str(path)).refusal()

    assert status == 78
    assert str(path) in log and hint in log


@pytest.mark.parametrize("kind", ["missing", "directory", "fifo"])
def test_what_is_no_file_is_refused(kind, make_server, tmp_path):
    path = tmp_path / "tokens"
    if kind == "directory":
        path.mkdir(0o700)
    if kind == "fifo":
        os.mkfifo(path, 0o600)

    status, log = make_server("--token-file", str(path)).refusal()
    assert (status, str(path) in log) == (78, True)


def test_the_tokens_are_read_again_on_sighup(guarded, token_file):
    fresh = "fresh-0123456789abcdef"
    private_file(token_file, f"{fresh} read\n")
    guarded.process.send_signal(signal.SIGHUP)
    guarded.wait_for_line("Read again: tokens")

    assert _status(guarded, "GET", "/current", bearer(READER)) == 401
    assert _status(guarded, "GET", "/current", bearer(fresh)) == 200


@pytest.mark.parametrize("damage", ["fault", "mode", "missing"])
def test_the_old_tokens_stay_when_the_new_ones_cannot_be_used(damage, guarded, token_file):
    if damage == "fault":
        private_file(token_file, "x\n")
    elif damage == "mode":
        token_file.chmod(0o666)
    else:
        token_file.unlink()
    guarded.process.send_signal(signal.SIGHUP)

    line = guarded.wait_for_line("Cannot read again: tokens")
    assert " error: " in line and str(token_file) in line
    assert _status(guarded, "GET", "/current", bearer(READER)) == 200
    assert guarded.get("/current").status == 401


def test_refused_tokens_are_logged_without_the_token(guarded):
    guarded.request("GET", "/current", headers=bearer("unknown-0123456789abcdef"))

    assert "/current" in guarded.wait_for_line("Request refused")
    guarded.stop()
    assert not any("0123456789abcdef" in line for line in guarded.log)
