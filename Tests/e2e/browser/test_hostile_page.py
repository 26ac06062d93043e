"""What a page of another site tries on the server of the machine its visitor sits at, in a real browser."""

import pytest

from e2e.support.server import Response, Server

FORGED = '{"type":"weather","data":{"sky":"forged"}}'

# What a page tries, as a script that ends when the browser has given its all. SERVER is the server's address.
ATTEMPTS = {
    "form-stop": """
        document.body.innerHTML = '<form method="POST" action="http://SERVER/run/stop"></form>';
        document.forms[0].submit()""",
    "form-shutdown": """
        document.body.innerHTML = '<form method="POST" action="http://SERVER/shutdown"></form>';
        document.forms[0].submit()""",
    # A form whose one field is JSON, when a line of it is taken as text.
    "form-text": """
        document.body.innerHTML =
            '<form method="POST" enctype="text/plain" action="http://SERVER/event" target="frame">' +
            `<input name='{"type":"weather","data":"forged","x":"' value='"}'></form><iframe name="frame"></iframe>`;
        document.forms[0].submit()""",
    "fetch-stop": "fetch('http://SERVER/run/stop', {method: 'POST', mode: 'no-cors'}).then(String, String)",
    "fetch-shutdown": """
        fetch('http://SERVER/shutdown', {method: 'POST', mode: 'no-cors', keepalive: true}).then(String, String)""",
    "fetch-no-cors": f"""
        fetch('http://SERVER/event', {{method: 'POST', mode: 'no-cors', body: '{FORGED}'}}).then(String, String)""",
    "fetch-json": f"""
        fetch('http://SERVER/event', {{
            method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: '{FORGED}',
        }}).then(String, String)""",
    "fetch-credentials": """
        fetch('http://SERVER/run/stop', {method: 'POST', mode: 'no-cors', credentials: 'include'}).then(String, String)
        """,
    "beacon": "navigator.sendBeacon('http://SERVER/run/stop')",
    "beacon-event": f"navigator.sendBeacon('http://SERVER/event', '{FORGED}')",
    "request": """
        new Promise(done => {
            const request = new XMLHttpRequest();
            request.onloadend = () => done(request.status);
            request.open('POST', 'http://SERVER/run/stop');
            request.send();
        })""",
    "image": """
        new Promise(done => {
            const image = new Image();
            image.onload = image.onerror = done;
            image.src = 'http://SERVER/current';
        }).then(() => 'done')""",
    "script": """
        new Promise(done => {
            const script = document.createElement('script');
            script.onload = script.onerror = done;
            script.src = 'http://SERVER/current';
            document.body.append(script);
        }).then(() => 'done')""",
    "frame": """
        new Promise(done => {
            const frame = document.createElement('iframe');
            frame.onload = done;
            frame.src = 'http://SERVER/current';
            document.body.append(frame);
        }).then(() => 'done')""",
    # To have its buttons clicked.
    "frame-page": """
        new Promise(done => {
            const frame = document.createElement('iframe');
            frame.onload = done;
            frame.src = 'http://SERVER/#/';
            document.body.append(frame);
        }).then(() => 'done')""",
    # A form that leads to the page, as a link may: it is sent with an origin.
    "form-page": """
        document.body.innerHTML = '<form method="POST" action="http://SERVER/"></form>';
        document.forms[0].submit()""",
    "web-socket": """
        new Promise(done => {
            const socket = new WebSocket('ws://SERVER/event');
            socket.onopen = socket.onerror = done;
        }).then(() => 'done')""",
    "event-source": """
        new Promise(done => {
            const source = new EventSource('http://SERVER/events');
            source.onopen = source.onerror = () => { source.close(); done('done'); };
        })""",
}

# The same, by a page whose name its owner has rebound to this machine: for the browser it is the server's own page.
REBOUND_ATTEMPTS = {
    "stop": ("POST", "/run/stop", "fetch('/run/stop', {method: 'POST'}).then(answer => answer.status)"),
    "shutdown": ("POST", "/shutdown", "fetch('/shutdown', {method: 'POST'}).then(answer => answer.status)"),
    "forge": (
        "POST",
        "/event",
        f"""
        fetch('/event', {{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: '{FORGED}'}})
            .then(answer => answer.status)""",
    ),
    "read": ("GET", "/current", "fetch('/current').then(answer => answer.status)"),
    "follow": ("GET", "/events", "fetch('/events?follow=true').then(answer => answer.status)"),
}


@pytest.fixture
def server(make_server) -> Server:
    """A server with an active run and a weather reading on which a roof may open."""
    server = make_server().start()
    server.start_run(run_id="night")
    server.record("weather", {"sky": "rain"})
    return server


def _state(server: Server) -> list[Response]:
    answers = [server.get(path) for path in ("/run", "/runs", "/current")]
    return [(answer.status, answer.json) for answer in answers]


def _refusals(server: Server, origin: str) -> list[str]:
    return [line for line in server.log if "Request refused" in line and origin in line]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_page_of_another_site_changes_nothing_and_is_logged_once(attempt, server, chromium, hostile_site):
    before = _state(server)
    origin = hostile_site.origin(attempt)
    page = chromium.open(f"{origin}/")

    page.evaluate(ATTEMPTS[attempt].replace("SERVER", f"127.0.0.1:{server.port}"))

    line = server.wait_for_line("Request refused")
    assert origin in line and " notice" in line
    assert _state(server) == before
    assert server.is_running
    assert server.stop() == 0
    assert len(_refusals(server, origin)) == 1, server.log


@pytest.mark.parametrize("attempt", REBOUND_ATTEMPTS)
def test_a_page_with_a_rebound_name_changes_nothing_and_is_logged_once(attempt, server, chromium):
    method, path, script = REBOUND_ATTEMPTS[attempt]
    before = _state(server)
    origin = f"http://rebound.example:{server.port}"
    page = chromium.open("about:blank")
    # It was loaded when the name was still that of a machine elsewhere.
    page.serve(f"{origin}/", '<!DOCTYPE html><title>Cat pictures</title><link rel="icon" href="data:,">')

    status = page.evaluate(script)

    line = server.wait_for_line(f"path={path}")
    assert "Request refused" in line and " notice" in line and "rebound.example" in line and f"method={method}" in line
    assert status == 403
    assert _state(server) == before
    assert server.stop() == 0
    assert sum(f"path={path}" in line for line in _refusals(server, "rebound.example")) == 1, server.log


def test_a_page_of_an_allowed_origin_may(make_server, chromium, hostile_site):
    origin = hostile_site.origin("dashboard")
    server = make_server("--allowed-origin", origin).start()
    run = server.start_run(run_id="night")
    page = chromium.open(f"{origin}/")

    page.evaluate(ATTEMPTS["fetch-stop"].replace("SERVER", f"127.0.0.1:{server.port}"))

    assert server.get("/run").status == 404
    assert server.get("/runs").json["runs"][0]["run_id"] == run["run_id"]
    assert not _refusals(server, origin)
