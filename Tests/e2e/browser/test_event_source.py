"""A page follows what is recorded by `EventSource`, if it is one that may."""

import socket
from collections.abc import Iterator

import pytest

from e2e.browser.chromium import Page
from e2e.browser.hostile_site import HostileSite
from e2e.support.activated_server import ActivatedServer
from e2e.support.server import Server
from e2e.support.waiting import wait_until

PAGE = '<!DOCTYPE html><title>Follower</title><link rel="icon" href="data:,"><script src="follower.js"></script>'
POLICY = {"Content-Security-Policy": "default-src 'self'; img-src data:"}

# What a page that follows has got, in `numbers`, and how often it was connected, in `connections`.
FOLLOWER = """
    const numbers = [], gaps = [];
    let connections = 0;
    const source = new EventSource("/events?type=weather&current=true");
    source.onopen = () => { connections += 1; };
    source.addEventListener("current", frame => {
        for (const event of Object.values(JSON.parse(frame.data).current)) numbers.push(event.data);
    });
    source.addEventListener("gap", frame => gaps.push(frame.data));
    source.onmessage = frame => numbers.push(JSON.parse(frame.data).data);
"""

# Follows, and ends when the browser has given up.
FOREIGN_FOLLOWER = """
    new Promise(done => {
        const source = new EventSource('URL', {withCredentials: CREDENTIALS});
        source.onmessage = frame => { source.close(); done(frame.data); };
        source.onerror = () => done(source.readyState === EventSource.CLOSED ? 'refused' : 'tries again');
    })"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that outlives the servers on it: clients find them at the same address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def server(tmp_path, listener) -> Iterator[Server]:
    server = ActivatedServer(tmp_path / "site", sockets=[listener]).start()
    yield server
    assert server.stop() == 0


def _wait_for(page: Page, numbers: list[int], server: Server) -> None:
    wait_until(lambda: page.evaluate("numbers.length") >= len(numbers), f"the page has got {numbers}", server.log)
    assert page.evaluate("numbers") == numbers


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_page_follows_over_restarts_without_a_gap_or_a_double(is_killed, server, chromium):
    server.record("weather", 0)
    page = chromium.open("about:blank")
    page.serve(f"http://127.0.0.1:{server.port}/", PAGE, {"follower.js": FOLLOWER}, POLICY)
    _wait_for(page, [0], server)

    expected = [0]
    for connection in range(1, 4):
        wait_until(lambda count=connection: page.evaluate("connections") >= count, "the page is connected", server.log)
        # Those before the stop may reach the page or not; those after the start come before it is connected again.
        expected += range(10 * connection, 10 * connection + 10)
        for number in expected[-10:-5]:
            server.record("weather", number)
        if is_killed:
            server.process.kill()
            server.wait()
        else:
            assert server.stop() == 0
        server.start()
        server.record("dome", None)
        for number in expected[-5:]:
            server.record("weather", number)
    _wait_for(page, expected, server)
    assert page.evaluate("gaps") == [] and page.evaluate("connections") == 4


def test_the_policy_of_the_page_is_in_force(server, chromium, hostile_site):
    page = chromium.open("about:blank")
    page.serve(f"http://127.0.0.1:{server.port}/", PAGE, {"follower.js": FOLLOWER}, POLICY)
    violation = """
        new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            new EventSource('URL/events');
        })"""
    assert page.evaluate(violation.replace("URL", hostile_site.origin("elsewhere"))) == "connect-src"


@pytest.fixture(scope="module")
def neighbour() -> Iterator[HostileSite]:
    """Another server of this machine: a page of it is of the same site, but of another origin."""
    site = HostileSite("127.0.0.1")
    yield site
    site.close()


def _status(page: Page, url: str) -> int:
    """What the server has answered, whatever the browser lets the page see of it."""
    while (request := page.wait_for_event("Network.requestWillBeSent"))["request"]["url"] != url:
        pass
    while (answer := page.wait_for_event("Network.responseReceivedExtraInfo"))["requestId"] != request["requestId"]:
        pass
    return answer["statusCode"]


@pytest.mark.parametrize("credentials", ["false", "true"])
@pytest.mark.parametrize("is_neighbour", [False, True])
def test_a_page_of_another_origin_is_refused(is_neighbour, credentials, server, chromium, hostile_site, neighbour):
    server.record("weather", "secret")
    origin = f"http://127.0.0.1:{neighbour.port}" if is_neighbour else hostile_site.origin("follower")
    page = chromium.open(f"{origin}/")
    page.call("Network.enable")

    url = f"http://127.0.0.1:{server.port}/events?replay=1"
    verdict = page.evaluate(FOREIGN_FOLLOWER.replace("URL", url).replace("CREDENTIALS", credentials))

    assert verdict == "refused"
    assert _status(page, url) == 403
    line = server.wait_for_line("Request refused")
    assert origin in line and "path=/events" in line
