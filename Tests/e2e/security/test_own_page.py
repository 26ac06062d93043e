"""The server's own page in a browser: it may do what its token allows, however it is reached, and no other page may."""

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.security.identity import Identity
from e2e.support.server import JSON_HEADERS, REQUEST_TIMEOUT, Response, Server, exchange
from e2e.support.tokens import ADMIN, READER, bearer
from e2e.support.unix_socket import UnixConnection

PROXIED = "https://telemetry.example"


@dataclass(frozen=True)
class Way:
    """How a browser reaches a server: the origin of the page, and the `Host` that the server is sent."""

    connect: Callable[[], http.client.HTTPConnection]
    origin: str
    host: str

    def request(self, method: str, path: str, body=None, **fields: str) -> Response:
        """A request as a script of the page makes it, or with other fields: `Sec_Fetch_Site` is `Sec-Fetch-Site`."""
        sent = {"Host": self.host, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
        if method == "POST":
            sent |= {"Origin": self.origin} | JSON_HEADERS
        sent |= {name.replace("_", "-"): value for name, value in fields.items()}
        connection = self.connect()
        try:
            return exchange(connection, method, path, body, {name: value for name, value in sent.items() if value})
        finally:
            connection.close()


@pytest.fixture(params=["http", "name", "tls", "proxy", "proxy-of-localhost"])
def way(request, make_server, identity: Identity, tmp_path: Path) -> Way:
    """A server with tokens and the way to it."""
    (tmp_path / "tokens").write_text(f"{ADMIN}\n{READER} read\n")
    (tmp_path / "tokens").chmod(0o600)
    tokens = ("--token-file", str(tmp_path / "tokens"))
    path = tmp_path / "socket"
    proxied = ("--unix-socket", str(path), "--allowed-origin", PROXIED)

    def served(*flags: str) -> Server:
        return make_server(*tokens, *flags).start()

    match request.param:
        case "http":
            server = served()
            host = f"127.0.0.1:{server.port}"
            return Way(server.connect, f"http://{host}", host)
        case "name":
            # Browsers say nothing of the site to a server that is reached by a name and without TLS.
            server = served("--allowed-host", "dome.example")
            host = f"dome.example:{server.port}"
            return Way(server.connect, f"http://{host}", host)
        case "tls":
            server = served(*identity.flags)
            host = f"localhost:{server.port}"
            trust = ssl.create_default_context(cafile=str(identity.certificate))
            connect = lambda: http.client.HTTPSConnection(  # noqa: E731
                "localhost", server.port, timeout=REQUEST_TIMEOUT, context=trust
            )
            return Way(connect, f"https://{host}", host)
        case "proxy":
            served(*proxied, "--allowed-host", "telemetry.example")
            return Way(lambda: UnixConnection(path), PROXIED, "telemetry.example")
        case _:
            # A proxy that does not hand on the name that it was asked for.
            served(*proxied)
            return Way(lambda: UnixConnection(path), PROXIED, "localhost")


def test_the_page_starts_and_stops_runs(way):
    token = bearer(ADMIN)

    assert way.request("GET", "/").status == 200
    started = way.request("POST", "/run/start", {"run_id": "night"}, **token)
    assert (started.status, started.json["run_id"]) == (200, "night")
    assert way.request("GET", "/run", **token).json["run_id"] == "night"
    # A browser that tells only where a request comes from, and one that tells only the site.
    stopped = way.request("POST", "/run/stop", {}, Sec_Fetch_Site="", Sec_Fetch_Mode="", Sec_Fetch_Dest="", **token)
    assert stopped.status == 200
    assert way.request("POST", "/run/start", {}, Origin="", **token).status == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "http://evil.example", "Sec_Fetch_Site": ""},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "", "Sec_Fetch_Site": "same-site"},
        {"Origin": "http://localhost:1", "Sec_Fetch_Site": "same-site"},
        {"Host": "evil.example"},
    ],
    ids=["other", "old-browser", "opaque", "site", "same-site", "other-port", "rebound"],
)
def test_no_other_page_does(fields, way):
    token = bearer(ADMIN)
    run = way.request("POST", "/run/start", {"run_id": "night"}, **token).json

    for path in ("/run/stop", "/run/start", "/event"):
        assert way.request("POST", path, {"replace": True}, **(token | fields)).status == 403
    assert way.request("GET", "/run", **token).json["run_id"] == run["run_id"]


def test_another_scheme_or_port_of_the_same_host_is_another_origin(way):
    for origin in (
        way.origin.replace("http", "ftp"),
        f"{way.origin}0",
        way.origin.rpartition(":")[0],
        f"{way.origin}/",
    ):
        assert way.request("POST", "/run/stop", {}, Origin=origin, **bearer(ADMIN)).status == 403


def test_behind_a_proxy_the_origin_has_to_be_allowed(make_server, tmp_path):
    path = tmp_path / "socket"
    make_server("--unix-socket", str(path)).start()
    way = Way(lambda: UnixConnection(path), PROXIED, "localhost")

    refused = way.request("POST", "/run/start", {})
    assert refused.status == 403
    assert "--allowed-origin" in refused.json["detail"]


def test_the_page_asks_for_json_as_a_form_cannot(make_server):
    """A body that a form can send is none that the server takes, whoever sends it."""
    server = make_server().start()
    host = f"localhost:{server.port}"
    way = Way(server.connect, f"http://{host}", host)

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert way.request("POST", "/run/start", b"{}", Content_Type=kind).status == 415
    assert server.get("/run").status == 404
