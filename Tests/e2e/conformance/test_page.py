"""The page and its files as a browser is sent them, and what the page is told of the server."""

import gzip
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from e2e.support.server import Response, Server
from e2e.support.tokens import ADMIN, READER, WRITER, bearer
from e2e.support.unix_socket import request as unix_request

ROOT = Path(__file__).parents[3]
WEB = ROOT / "Sources/TelemetryPage/Web"
FILES = sorted(str(path.relative_to(WEB)) for path in WEB.rglob("*") if path.is_file() and path.name != "index.html")

WITH_LEAP_SECONDS = pytest.mark.skipif(not Path("/usr/share/zoneinfo/right").is_dir(), reason="tzdata is without these")

GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def _directory(server: Server) -> str:
    """Where the page's files are, as the page has it."""
    found = set(re.findall(r'"(page/[0-9a-f]{16})/', server.get("/").body.decode()))
    assert len(found) == 1
    return f"/{found.pop()}"


def test_the_page_is_served_to_everyone_and_looked_for_again_each_time(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()

    page = server.get("/")

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.body.decode() == (WEB / "index.html").read_text().replace("PAGE_FILES", _directory(server)[1:])
    assert server.request("GET", "/", headers={"If-None-Match": page.headers["ETag"]}).status == 304


def test_its_files_are_those_of_the_source_and_kept_for_ever(server):
    directory = _directory(server)
    for name in FILES:
        answer = server.get(f"{directory}/{name}")
        assert answer.status == 200, name
        assert answer.body == _sent(name)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        assert answer.headers.get_content_type() == kind


def _sent(name: str) -> bytes:
    """A file without the lines that are comments, and without indentation."""
    text = (WEB / name).read_text()
    if name.endswith((".js", ".css")):
        text = re.sub(r"^ */\*.*?\*/$", "", text, flags=re.DOTALL | re.MULTILINE)
        lines = [line.lstrip(" ") for line in text.split("\n")]
        text = "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
    return text.encode()


def test_they_are_small(server):
    """A phone in the dome has them soon, over whatever network there is."""
    plain = [server.get(path) for path in _paths(server)]
    sent = [server.request("GET", path, headers=GZIP) for path in _paths(server)]

    assert sum(len(answer.body) for answer in plain) < 300_000
    assert sum(len(answer.body) for answer in sent) < 100_000
    for one, other in zip(plain, sent, strict=True):
        assert other.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(other.body) == one.body
        assert one.headers["ETag"] != other.headers["ETag"]


def _paths(server: Server) -> list[str]:
    directory = _directory(server)
    return ["/", *(f"{directory}/{name}" for name in FILES)]


@pytest.mark.parametrize("path", ["/", "/app.js", "/core/api.js"])
def test_head_and_304_have_the_fields_and_no_body(path, server):
    path = path if path == "/" else _directory(server) + path
    answer = server.request("GET", path, headers=GZIP)
    head = server.request("HEAD", path, headers=GZIP)
    again = server.request("GET", path, headers=GZIP | {"If-None-Match": f'"x", {answer.headers["ETag"]}'})

    assert (head.status, head.body, again.status, again.body) == (200, b"", 304, b"")
    assert head.headers["Content-Length"] == str(len(answer.body))
    for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
        assert answer.headers[name] == head.headers[name] == again.headers[name]


def test_a_file_of_another_version_is_not_found(server):
    for path in (
        "/page/0123456789abcdef/app.js",
        f"{_directory(server)}/nothing.js",
        f"{_directory(server)}/index.html",
    ):
        answer = server.get(path)
        assert answer.status == 404
        assert isinstance(answer.json["detail"], str)
        assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/", "/page/0123456789abcdef/app.js", "/server"])
def test_a_rebound_name_gets_nothing_of_it(path, server):
    assert server.request("GET", path, headers={"Host": "evil.example:6562"}).status == 403


def test_a_link_of_another_site_leads_to_the_page_and_not_to_data(server):
    """A view is an address, which is sent to others: browsers say of a link in a mail that another site led here."""
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert server.request("GET", "/", headers=link).status == 200
    for refused in (link | {"Sec-Fetch-Dest": "iframe"}, link | {"Origin": "http://evil.example"}):
        assert server.request("GET", "/", headers=refused).status == 403
    for path in ("/current", "/server", "/events", f"{_directory(server)}/app.js"):
        assert server.request("GET", path, headers=link).status == 403


def test_only_what_is_the_same_for_all_may_be_kept(server):
    server.record("weather", {"wind_mps": 4.2, "sky": "clear"}, ts="2026-05-20T22:00:00Z")
    server.start_run(run_id="night")
    span = "from=2026-05-20T21:00:00Z&to=2026-05-20T23:00:00Z"
    nobody = ["/current", "/current/weather", "/current/other", "/run", "/runs", "/types", "/server", "/metrics"]
    nobody += ["/events", "/events?format=csv", "/events?order=desc&limit=1", "/telemetry/hosts", "/events?after=x"]
    for path in nobody:
        assert server.get(path).headers["Cache-Control"] == "no-store", path
    for path in ("/history/weather?", "/history/weather?format=csv&", "/history/weather/states?field=sky&"):
        path += span
        answer = server.get(path)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store"), path
        assert server.request("GET", path, headers={"If-None-Match": answer.headers["ETag"]}).status == 304
    assert server.get("/history/nothing").headers["Cache-Control"] == "no-store"


def _told(answer: Response) -> dict:
    assert answer.status == 200
    return {name: answer.json[name] for name in ("needs_token", "scopes")}


def test_the_server_tells_what_it_is(make_server):
    server = make_server("--no-history", env={"TZ": "Pacific/Honolulu"}).start()

    assert server.get("/server").json == {
        "version": server.get("/ready").json["version"],
        "host": socket.gethostname().lower(),
        "time_zone": "Pacific/Honolulu",
        "needs_token": False,
        "scopes": ["read", "write", "admin"],
        "history": False,
        "alarms": False,
    }


def test_the_server_tells_whether_it_may_have_alarms(make_server, tmp_path):
    limits = tmp_path / "limits.toml"
    limits.write_text("")

    assert make_server("--limits", str(limits)).start().get("/server").json["alarms"] is True


def test_those_who_may_read_are_told_what_is_free_on_the_disk(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()

    assert "disk" not in server.get("/ready").json
    told = server.request("GET", "/ready", headers=bearer(READER))
    size = os.statvfs(server.site_dir)
    assert told.json["disk"]["size_bytes"] == (size.f_blocks - size.f_bfree + size.f_bavail) * size.f_frsize
    assert 0 < told.json["disk"]["free_bytes"] <= told.json["disk"]["size_bytes"]
    assert told.headers["Cache-Control"] == "no-store"
    assert server.request("GET", "/ready", headers={"Authorization": "Bearer unknown"}).status == 200


def test_it_tells_a_client_what_its_token_allows(make_server, token_file, tmp_path):
    path = tmp_path / "socket"
    server = make_server("--token-file", str(token_file), "--unix-socket", str(path)).start()
    scopes = ["read", "write", "admin"]

    assert _told(server.get("/server")) == {"needs_token": True, "scopes": []}
    for token, count in ((READER, 1), (WRITER, 2), (ADMIN, 3)):
        told = _told(server.request("GET", "/server", headers=bearer(token)))
        assert told == {"needs_token": True, "scopes": scopes[:count]}
    assert _told(unix_request(path, "GET", "/server")) == {"needs_token": False, "scopes": scopes}


@pytest.mark.parametrize(
    "authorization", ["Bearer unknown-0123456789abcdef", f"Bearer {READER}x", f"Basic {ADMIN}", ""]
)
def test_a_wrong_token_is_told_to_be_wrong(authorization, make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()

    answer = server.request("GET", "/server", headers={"Authorization": authorization})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/Asia/Kathmandu", "Asia/Kathmandu"),
        pytest.param("right/Asia/Kathmandu", "Asia/Kathmandu", marks=WITH_LEAP_SECONDS),
        ("", "UTC"),
        ("HST10", "-10:00"),
        ("<+0545>-5:45", "+05:45"),
        ("Nowhere/Atall", "+00:00"),
        ("Europe", "+00:00"),
    ],
)
def test_the_time_zone_is_the_one_that_noon_is_found_with(zone, told, make_server):
    server = make_server(env={"TZ": zone, "POCSTIME": "2026-05-20T12:00:00Z"}).start()

    assert server.get("/server").json["time_zone"] == told


@pytest.mark.parametrize("environment", [{}, {"TZ": ":/etc/localtime"}], ids=["unset", "file"])
def test_without_a_variable_the_time_zone_is_the_machines(environment, make_server, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    server = make_server(env=environment).start()

    place = Path("/etc/localtime")
    if place.is_symlink():
        machine = str(place.readlink()).rpartition("zoneinfo/")[2]
    else:
        # The zone has no name here, or there is no file and it is UTC.
        machine = subprocess.run(["date", "+%:z"], capture_output=True, text=True, check=True).stdout.strip()
        machine = machine if place.exists() else "UTC"
    assert server.get("/server").json["time_zone"] == machine
