"""What ordinary clients send: byte order marks, compressed bodies, a slash at the end of a path, a home directory."""

import gzip
import json
import os
import pwd
import socket
import zlib
from pathlib import Path

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text, faults, nothing_recorded
from e2e.support.server import Server, binary, command, exchange

BOM = b"\xef\xbb\xbf"
NDJSON = {"Content-Type": "application/x-ndjson"}
EVENT = b'{"type":"weather","data":1}'
UTF = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def _headers(coding: str, media_type: str = "application/json") -> dict[str, str]:
    return {"Content-Type": media_type, "Content-Encoding": coding}


def _cli(server: Server, *arguments: str, **options):
    return command(*arguments, "--host", "127.0.0.1", "--port", str(server.port), **options)


# Byte order marks


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/event", EVENT, None),
        ("/events", EVENT + b"\n" + EVENT, NDJSON),
        ("/run/start", b'{"run_id":"a"}', None),
    ],
)
def test_a_byte_order_mark_before_a_body_is_skipped(path, body, headers, server):
    assert server.post(path, BOM + body, headers).status == 200
    assert BOM not in b"".join(file.read_bytes() for file in server.site_dir.rglob("*json") if file.is_file())


@pytest.mark.parametrize("encoding", UTF)
@pytest.mark.parametrize(("path", "headers"), [("/event", None), ("/events", NDJSON), ("/run/start", None)])
def test_another_encoding_is_named(encoding, path, headers, shared_server, shared_root):
    body = EVENT.decode().encode(encoding)
    with nothing_recorded(shared_server, shared_root):
        reason = faults(shared_server.post(path, body, headers))["body", 0]["ctx"]["error"]
    assert encoding[:6].upper() in reason and "UTF-8" in reason


@pytest.mark.parametrize("body", [BOM, BOM[:2], BOM + BOM + EVENT, EVENT[:1] + BOM + EVENT[1:], b"\xef" + EVENT])
def test_a_mark_elsewhere_or_half_of_one_is_refused(body, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert shared_server.post("/event", body).status == 422


def test_post_skips_the_mark_of_a_file_and_names_another_encoding(server, tmp_path):
    for arguments, text in [
        (("--batch", "events.ndjson"), EVENT + b"\n" + EVENT),
        (("x", "--data", "@events.ndjson"), b'{"a":1}'),
    ]:
        file = tmp_path / "events.ndjson"
        file.write_bytes(BOM + text)
        done = _cli(server, "post", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        for encoding in ("utf-16", "utf-32"):
            file.write_bytes(text.decode().encode(encoding))
            done = _cli(server, "post", *arguments, cwd=tmp_path)
            assert done.returncode == 64
            assert encoding.upper() in done.stderr and "UTF-8" in done.stderr
    assert [line["type"] for line in stored.site_lines(server.site_dir)] == ["weather", "weather", "x"]


# Compressed bodies


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "identity, gzip", "gzip "])
def test_a_compressed_body_is_taken(coding, server):
    event = {"type": "weather", "data": "x" * 100_000}
    body = gzip.compress(json.dumps(event).encode())
    assert server.post("/event", body, _headers(coding)).json["data"] == event["data"]


def test_every_body_may_be_compressed(server):
    lines = b"".join(b'{"type":"a","data":%d}\n' % number for number in range(20_000))
    batch = server.post("/events", gzip.compress(lines), _headers("gzip", NDJSON["Content-Type"]))
    assert batch.json["accepted"] == 20_000
    assert server.post("/run/start", gzip.compress(b'{"run_id":"z"}'), _headers("gzip")).json["run_id"] == "z"
    assert [line["data"] for line in stored.site_lines(server.site_dir)] == list(range(20_000))


def test_a_compressed_body_may_have_members_and_come_in_pieces(server):
    parts = [gzip.compress(EVENT[:7]), gzip.compress(b""), gzip.compress(EVENT[7:])]
    assert server.post("/event", b"".join(parts), _headers("gzip")).status == 200
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        client.sendall(b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        for byte in gzip.compress(EVENT):
            client.sendall(b"1\r\n%c\r\n" % byte)
        client.sendall(b"0\r\n\r\n")
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "br, gzip", "compress"])
def test_another_coding_is_refused_and_told_what_is_taken(coding, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        answer = shared_server.post("/event", zlib.compress(EVENT), _headers(coding))
        assert f"'{coding}'" in detail_text(answer, 415) and "gzip" in detail_text(answer, 415)
        assert answer.headers["Accept-Encoding"] == "gzip"


def test_a_body_that_is_not_coded_may_say_so(server):
    assert server.post("/event", EVENT, _headers("identity")).status == 200
    # Without a body there is nothing to decode.
    assert server.request("POST", "/run/start", headers={"Content-Encoding": "br"}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        EVENT,
        gzip.compress(EVENT)[:-1],
        gzip.compress(EVENT)[:12],
        gzip.compress(EVENT)[:-8] + bytes(8),
        gzip.compress(EVENT) + b"x",
        gzip.compress(EVENT) + gzip.compress(b" ")[:-1],
        zlib.compress(EVENT),
    ],
    ids=["plain", "cut by a byte", "cut", "another sum", "more after it", "a second one that is cut", "zlib"],
)
def test_what_is_not_gzip_to_its_end_is_refused(body, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert "gzip" in detail_text(shared_server.post("/event", body, _headers("gzip")), 400)


def test_the_limit_of_a_body_counts_what_it_unpacks_to(make_server):
    server = make_server("--max-body", "64KiB").start()
    connection = server.connect()
    head, tail = b'{"type":"a","data":"', b'"}'
    for size, status in [(65_536, 200), (65_537, 413), (50_000_000, 413)]:
        body = gzip.compress(head + b"x" * (size - len(head) - len(tail)) + tail)
        assert exchange(connection, "POST", "/event", body, _headers("gzip")).status == status
    # One that unpacks to nothing is bounded as well.
    assert server.post("/event", gzip.compress(b"") * 4_000, _headers("gzip")).status == 413
    assert server.record("a")["seq"] == 2


def test_the_budget_of_all_bodies_counts_what_they_unpack_to(make_server):
    server = make_server("--max-inflight", "16MiB", "--max-batch", "16MiB").start()
    line = b'{"type":"a","data":"%s"}\n' % (b"x" * 1_000)
    body = gzip.compress(line * (12_000_000 // len(line)))
    headers = _headers("gzip", NDJSON["Content-Type"])
    head = b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:-1])
        # All that is there of the slow one has been read when so many requests that came after it are served.
        for _ in range(20):
            assert server.get("/health").status == 200
        statuses = {server.post("/events", body, headers).status for _ in range(3)}
        assert statuses == {503}
        slow.sendall(body[-1:])
        assert slow.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert server.post("/events", body, headers).status == 200


# A slash at the end of a path


@pytest.mark.parametrize(
    ("method", "path", "location"),
    [
        ("POST", "/event/", "/event"),
        ("POST", "/events/", "/events"),
        ("GET", "/current/?max_age=5", "/current?max_age=5"),
        ("GET", "/current/a%2Fb/?x=1+2&y&z=%20&=", "/current/a%2Fb?x=1+2&y&z=%20&="),
        ("GET", "/run//", "/run"),
        ("GET", "/event/", "/event"),
        ("HEAD", "/ready/", "/ready"),
    ],
)
def test_a_slash_at_the_end_is_redirected(method, path, location, shared_server):
    answer = shared_server.request(method, path, EVENT if method == "POST" else None)
    assert (answer.status, answer.headers["Location"]) == (307, location)


def test_a_redirected_event_is_recorded_by_a_client_that_follows(server):
    connection = server.connect()
    answer = exchange(connection, "POST", "/event/", EVENT)
    assert exchange(connection, "POST", answer.headers["Location"], EVENT).json["seq"] == 1


@pytest.mark.parametrize("path", ["//", "/nope/", "//evil.example/", "/event%2F", "/health/x/", "/page/"])
def test_what_is_no_endpoint_is_not_found_with_a_slash_either(path, shared_server):
    assert shared_server.get(path).status == 404


# A home directory


@pytest.mark.parametrize("by", ["environment", "option"])
def test_a_tilde_is_the_home_directory(by, tmp_path, make_server):
    home = tmp_path / "home"
    directory = tmp_path / "cwd"
    directory.mkdir()
    (home / "runs").mkdir(parents=True)
    env = {"HOME": f"{home}/", "PANOPTES_TELEMETRY_SITE_DIR": "~/site"}
    server = make_server("--run-root", "~/runs", cwd=directory, env=env, site_dir=Path("~/site"))
    if by == "environment":
        place = server.arguments.index("--site-dir")
        del server.arguments[place : place + 2]
    server.start()
    server.record("a", 1)
    server.start_run(run_dir=f"{home}/runs/r")
    assert len(stored.site_lines(home / "site")) == 1
    assert list(directory.iterdir()) == []


def test_a_tilde_and_a_name_is_that_users_home(tmp_path):
    user = pwd.getpwuid(os.getuid())
    done = command("verify", f"~{user.pw_name}/no-such-file", cwd=tmp_path)
    assert f"{user.pw_dir.rstrip('/')}/no-such-file" in done.stderr
    done = command("verify", "~no-such-user/x", cwd=tmp_path)
    assert f"{tmp_path}/~no-such-user/x" in done.stderr


def test_a_client_finds_a_socket_and_a_file_below_its_home(tmp_path, make_server):
    server = make_server("--unix-socket", "~/socket", env={"HOME": str(tmp_path)}).start()
    (tmp_path / "events").write_bytes(EVENT)
    env = {"HOME": str(tmp_path), "PANOPTES_TELEMETRY_UNIX_SOCKET": "~/socket"}
    for arguments in [("--batch", "~/events"), ("x", "--data", "@~/events"), ("x", "--unix-socket", "~/socket")]:
        assert command("post", *arguments, env=env).returncode == 0, binary()
    assert len(stored.site_lines(server.site_dir)) == 3
