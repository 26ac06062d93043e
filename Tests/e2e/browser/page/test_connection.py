"""The page and its stream: live, stale, lost, come back, and shared by the tabs of a browser."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from e2e.support.activated_server import ActivatedServer
from e2e.support.waiting import wait_until

BADGE = "document.querySelector('.badge').dataset.state"
FIGURE = "document.querySelector('.card .figure')?.textContent"


def _streams(one) -> int:
    """How often a tab has asked for the stream of what is current."""
    one.collect()
    return sum("/events?current=true" in request for request in one.requests)


@pytest.fixture
def lasting_server(tmp_path):
    """A server whose address outlives it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ActivatedServer(tmp_path / "site", sockets=[listener]).start()
        yield server
        if server.is_running:
            server.stop()


def test_what_is_recorded_appears(server, visit):
    server.record("weather", {"wind_mps": 1})
    one = visit(server)
    one.wait(f"{FIGURE} === '1'")
    server.record("weather", {"wind_mps": 2})
    one.wait(f"{FIGURE} === '2'")
    server.record("dome", {"state": "open"})
    one.wait_for_text("dome", "main")
    one.go("#events", "document.querySelectorAll('.row').length === 3")
    server.record("weather", {"wind_mps": 4321})
    one.wait("document.querySelector('.row').textContent.includes('4321')")


def test_what_passes_is_marked_as_not_stored(server, visit):
    one = visit(server, "#events")
    one.wait_for_text("No events")
    server.record("weather", 1)
    one.wait("document.querySelector('.row')")
    server.record("weather", 2, store_permanently=False)
    one.wait_for_text("not stored", ".row")


def test_a_silent_type_is_stale_and_the_verdict_says_for_how_long(server, visit):
    then = datetime.now(UTC) - timedelta(hours=1)
    for second in range(10):
        ts = (then + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        server.record("weather", {"wind_mps": second}, ts=ts)
    one = visit(server)
    one.wait("document.querySelector('.card.is-stale')")
    one.wait(r"/weather silent for (59 min|1 h)/.test(document.querySelector('.verdict').innerText)")
    one.screenshot("stale")


def test_a_lost_connection_is_told_and_comes_back(lasting_server, visit):
    lasting_server.record("weather", {"wind_mps": 1})
    one = visit(lasting_server)
    one.may_fail = {"ERR_", "503", "502"}
    one.wait(f"{BADGE} === 'live' && {FIGURE} === '1'")
    assert lasting_server.stop() == 0
    one.wait(f"{BADGE} === 'lost'")
    one.wait_for_text("Lost since", ".badge")
    one.wait("document.documentElement.dataset.connection === 'lost'")
    assert one.violations() == []
    one.screenshot("lost")
    lasting_server.start()
    lasting_server.record("weather", {"wind_mps": 2})
    one.wait(f"{BADGE} === 'live' && {FIGURE} === '2'")


def test_the_log_goes_on_after_a_restart_without_a_gap_or_a_double(lasting_server, visit):
    lasting_server.record("weather", 1001)
    one = visit(lasting_server, "#events")
    one.may_fail = {"ERR_", "503", "502"}
    one.wait("document.querySelectorAll('.row').length === 1")
    assert lasting_server.stop() == 0
    lasting_server.start()
    for number in range(1002, 1006):
        lasting_server.record("weather", number)
    one.wait("document.querySelectorAll('.row').length >= 5")
    rows = one.evaluate("[...document.querySelectorAll('.row-data')].map(e => e.textContent)")
    assert rows == ["1005", "1004", "1003", "1002", "1001"]


def test_tabs_share_one_stream_and_the_others_go_on_when_its_tab_is_closed(server, visit):
    server.record("weather", {"wind_mps": 1})
    first = visit(server)
    first.wait(f"{FIGURE} === '1'")
    second = visit(server, profile=first.profile)
    second.wait(f"{FIGURE} === '1' && {BADGE} === 'live'")
    server.record("weather", {"wind_mps": 2})
    for one in (second, first):
        one.look()
        one.wait(f"{FIGURE} === '2'")
    assert (_streams(first), _streams(second)) == (1, 0)
    first.evaluate("location = 'about:blank'; null")
    second.look()
    wait_until(lambda: _streams(second) == 1, "the other tab follows")
    server.record("weather", {"wind_mps": 3})
    second.wait(f"{FIGURE} === '3' && {BADGE} === 'live'")
