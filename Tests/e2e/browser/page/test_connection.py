"""The page and its stream: live, stale, lost, come back, and shared by the tabs of a browser."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from e2e.support.activated_server import ActivatedServer
from e2e.support.waiting import wait_until

BADGE = "document.querySelector('.badge').dataset.state"
MODULE = "new URL('core/NAME.js', document.querySelector('script[src$=\"app.js\"]').src)"
RECEIVED = f"import({MODULE}).then(m => m.live.received)".replace("NAME", "live")
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


def test_the_log_says_where_events_are_missing(lasting_server, visit):
    lasting_server.record("weather", 1001)
    one = visit(lasting_server, "#events")
    one.may_fail = {"ERR_", "503", "502"}
    one.wait("document.querySelectorAll('.row').length === 1")
    assert lasting_server.stop() == 0
    for file in lasting_server.site_dir.glob("site_*.ndjson"):
        file.unlink()
    lasting_server.start()
    one.wait_for_text("Events are missing here", ".log")
    lasting_server.record("weather", 1002)
    one.wait("document.querySelector('.log > li').textContent.includes('1002')")
    lines = one.evaluate("[...document.querySelectorAll('.log > li')].map(e => e.textContent)")
    assert len(lines) == 3 and "missing" in lines[1] and "1001" in lines[2]


# A page that is told to be hidden, and whose timers of a minute are run by the test.
MOVABLE = """
    let isHidden = false;
    Object.defineProperty(Document.prototype, 'hidden', { get: () => isHidden });
    const minutes = new Map(), start = setTimeout, stop = clearTimeout;
    setTimeout = (run, ms, ...rest) => {
        const timer = start(run, ms, ...rest);
        if (ms === 60_000) { stop(timer); minutes.set(timer, run); }
        return timer;
    };
    clearTimeout = timer => { minutes.delete(timer); stop(timer); };
    hide = value => { isHidden = value; document.dispatchEvent(new Event('visibilitychange')); };
    passMinute = () => { const due = [...minutes.values()]; minutes.clear(); for (const run of due) run(); };
"""


def test_the_stream_is_let_go_while_hidden_for_a_minute_and_resumed_where_it_was(server, visit):
    server.record("weather", {"wind_mps": 1})
    one = visit(server, script=MOVABLE)
    one.wait(f"{FIGURE} === '1' && {BADGE} === 'live'")
    one.evaluate("hide(true)")
    one.evaluate("hide(false)")
    one.evaluate("passMinute()")
    assert one.evaluate(BADGE) == "live"  # it was looked at again in time
    one.evaluate("hide(true)")
    one.evaluate("passMinute()")
    one.wait(f"{BADGE} === 'catching-up'")
    wait_until(lambda: "telemetry_followers 0" in server.get("/metrics").body.decode(), "nobody follows", server.log)
    assert _streams(one) == 1
    server.record("weather", {"wind_mps": 2})
    one.evaluate("hide(false)")
    one.wait(f"{FIGURE} === '2' && {BADGE} === 'live'")
    assert _streams(one) == 2
    # By its cursor: what is current did not come once more as a whole, only what was missed.
    assert one.evaluate(RECEIVED) == 1


def test_the_stream_is_kept_while_hidden_where_alarms_sound(server, visit):
    one = visit(server, script=MOVABLE)
    one.wait(f"{BADGE} === 'live'")
    one.evaluate(f"import({MODULE}).then(m => m.settings.set('alarms.sound', true))".replace("NAME", "settings"))
    one.evaluate("hide(true)")
    one.evaluate("passMinute()")
    server.record("weather", {"wind_mps": 2})
    wait_until(lambda: one.evaluate(RECEIVED) == 1, "it has come", server.log)
    assert (one.evaluate(BADGE), _streams(one)) == ("live", 1)


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
