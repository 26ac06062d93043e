"""How a browser comes to the server's own page, and what the page may do there."""

import json

import pytest

from e2e.browser.chromium import Page
from e2e.support.server import Server

POST = "fetch('PATH', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}).then(a => a.status)"


@pytest.fixture
def server(make_server) -> Server:
    return make_server().start()


def _follow(page: Page, url: str) -> None:
    """Goes to another page as a link does."""
    page.evaluate(f"location = {json.dumps(url)}; null")
    page.wait_for_event("Page.loadEventFired")


def test_a_link_of_another_site_leads_to_the_page(server, chromium, hostile_site):
    """A view is an address that people send to each other, in mails and in wikis."""
    page = chromium.open(f"{hostile_site.origin('mail')}/")
    address = f"http://127.0.0.1:{server.port}/#/weather?field=wind_mps"

    _follow(page, address)

    assert page.evaluate("location.href") == address
    assert page.evaluate("document.title") != "Cat pictures"
    assert not any("Request refused" in line for line in server.log)


def test_a_link_of_another_site_leads_to_nothing_else(server, chromium, hostile_site):
    page = chromium.open(f"{hostile_site.origin('mail')}/")

    _follow(page, f"http://127.0.0.1:{server.port}/current")

    assert "made the request" in page.evaluate("document.body.textContent")


def test_the_page_starts_and_stops_runs(server, chromium):
    page = chromium.open(f"http://127.0.0.1:{server.port}/")

    assert page.evaluate(POST.replace("PATH", "run/start")) == 200
    assert server.get("/run").json["run_id"] == "001"
    assert page.evaluate(POST.replace("PATH", "run/stop")) == 200
    assert server.get("/run").status == 404


def test_the_page_runs_no_script_but_its_own(server, chromium):
    page = chromium.open(f"http://127.0.0.1:{server.port}/")

    refused = page.evaluate("""
        new Promise(done => {
            const reports = [];
            document.addEventListener('securitypolicyviolation', event => {
                reports.push(event.effectiveDirective);
                if (reports.length === 4) done(reports.sort());
            });
            const inline = document.createElement('script');
            inline.textContent = 'window.broken = true';
            const styled = document.createElement('p');
            styled.setAttribute('style', 'color: red');
            const foreign = document.createElement('script');
            foreign.src = 'http://evil.example/x.js';
            document.body.append(inline, styled, foreign);
            const frame = document.createElement('iframe');
            frame.src = 'http://evil.example/';
            document.body.append(frame);
        })""")

    assert refused == ["frame-src", "script-src-elem", "script-src-elem", "style-src-attr"]
    assert page.evaluate("window.broken") is None
