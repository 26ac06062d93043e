"""Who may what: tokens, runs by their buttons, and what pages of others get of this one."""

import json

import pytest

from e2e.browser.page.visit import DRAWN, address
from e2e.support.server import JSON_HEADERS, Server
from e2e.support.tokens import ADMIN, READER, bearer

FRAME = """
    new Promise(done => {
        const frame = document.createElement('iframe');
        frame.onload = () => done('loaded');
        frame.src = 'URL';
        document.body.append(frame);
    })"""
DATA = ["/current", "/current/weather", "/events", "/types", "/history/weather?field=wind_mps", "/runs", "/server"]


@pytest.fixture
def guarded(make_server, token_file) -> Server:
    server = make_server("--token-file", str(token_file)).start()
    response = server.post("/event", {"type": "weather", "data": {"wind_mps": 5.5}}, JSON_HEADERS | bearer(ADMIN))
    assert response.status == 200
    return server


def test_a_token_is_asked_for_and_a_wrong_one_is_told(guarded, visit):
    one = visit(guarded)
    one.may_fail = {"401"}
    one.wait("document.querySelector('dialog[open] input')")
    assert one.violations() == []
    one.screenshot("token")
    one.type("dialog input", "nobodys-token")
    one.press("Enter")
    one.wait_for_text("does not know this token", "dialog")
    one.type("dialog input", READER)
    one.press("Enter")
    one.wait(DRAWN["#/"])
    assert one.evaluate("[...Object.values(localStorage)].join().includes('reader-')") is False
    assert READER not in one.evaluate("location.href")


def test_a_token_that_may_read_sees_all_and_has_no_buttons(guarded, visit):
    one = visit(guarded, token=READER)
    one.wait(DRAWN["#/"])
    one.wait("document.querySelector('.badge').dataset.state === 'live'")
    assert one.evaluate("[...document.querySelectorAll('button')].filter(b => /run/i.test(b.textContent)).length") == 0
    for place, drawn in (("#events", DRAWN["#events"]), ("#/weather", "document.querySelector('.field-list li')")):
        one.go(place, drawn)


def test_a_run_is_started_and_stopped_by_buttons_that_ask(guarded, visit):
    one = visit(guarded, token=ADMIN)
    # The page may ask for the run just when it has been stopped.
    one.may_fail = {f"404 (Not Found) http://127.0.0.1:{guarded.port}/run"}
    one.click("button", "Start run")
    one.wait("document.querySelector('dialog[open]')")
    assert one.violations() == []
    assert guarded.request("GET", "/run", headers=bearer(READER)).status == 404
    one.type("dialog input[name=run_id]", "night7")
    one.type("dialog textarea", "target=M31")
    one.click("dialog button[type=submit]")
    one.wait_for_text("night7", ".verdict")
    run = guarded.request("GET", "/run", headers=bearer(READER)).json
    assert run["run_id"] == "night7" and run["meta"]["target"] == "M31"

    one.click("button", "Stop run")
    one.wait_for_text("Stop run night7?", "dialog")
    assert guarded.request("GET", "/run", headers=bearer(READER)).status == 200
    one.press("Escape")
    one.wait("!document.querySelector('dialog')")
    assert guarded.request("GET", "/run", headers=bearer(READER)).status == 200
    one.click("button", "Stop run")
    one.click("dialog button.danger")
    one.wait_for_text("no run", ".verdict")

    one.collect()
    changes = [request.split()[0] for request in one.requests if "/run/" in request]
    assert changes == ["POST", "POST"]
    for path in ("/run/start", "/run/stop"):
        assert guarded.request("GET", path, headers=bearer(ADMIN)).status == 405


def test_data_is_kept_by_no_cache(nights):
    for path in DATA:
        assert nights.get(path).headers["Cache-Control"] == "no-store", path


def test_the_page_cannot_be_framed(server, chromium, hostile_site):
    server.record("weather", {"wind_mps": 5})
    page = chromium.open(f"{hostile_site.origin('clickjacker')}/")
    page.evaluate(FRAME.replace("URL", address(server)))
    tree = page.call("Page.getFrameTree")["frameTree"]
    frames = [child["frame"]["url"] for child in tree.get("childFrames", [])]
    assert address(server) not in frames, frames
    answer = server.get("/")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_page_of_another_origin_reads_nothing_of_it(server, chromium, hostile_site):
    page = chromium.open(f"{hostile_site.origin('reader')}/")
    for path in ("", "server", "current"):
        read = f"fetch({json.dumps(address(server) + path)}).then(a => a.text(), () => 'refused')"
        assert page.evaluate(read) == "refused"
