"""The plots of a type: what they draw, and what is done with them by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from e2e.browser.page.visit import DRAWN, Visit
from e2e.browser.page.world import batch
from e2e.support.server import Server
from e2e.support.waiting import wait_until

SILENT = (timedelta(hours=3), timedelta(hours=2))  # ago
PRESSED = "[...document.querySelectorAll('.plot-tools [aria-pressed=true]')].map(e => e.textContent).join()"


@pytest.fixture(scope="module")
def wind(shared_server) -> Server:
    """A server with wind every two seconds of four hours, and an hour of silence; every hundredth value is a gust."""
    now = datetime.now(UTC)
    events = []
    for second in range(4 * 3600, 0, -2):
        age = timedelta(seconds=second)
        if not SILENT[1] <= age <= SILENT[0]:
            ts = (now - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            data = {"mps": 30 if second % 200 == 0 else 5 + second % 3, "open": second % 1200 < 600}
            events.append({"type": "wind", "ts": ts, "data": data})
    batch(shared_server, events)
    return shared_server


def module(name: str) -> str:
    """The expression of one of the page's own modules."""
    return f"import(new URL('views/{name}.js', document.querySelector('script[src$=\"app.js\"]').src))"


def drawn(visit: Visit, points: int) -> list[list]:
    """What a plot of the wind draws: [time, [least, mean, greatest]], null for the end of a line."""
    return visit.evaluate(f"""(async () => {{
        const {{ History, columnOf }} = await {module("history")};
        const span = {{ from: Date.now() - 4 * 3600e3, to: Date.now(), points: {points}, interval: 2000 }};
        const history = await History.load("wind", ["mps"], span);
        const {{ x, y }} = columnOf({{ history, field: "mps" }});
        return x.map((time, index) => [time, Number.isNaN(y[index][1]) ? null : y[index]]);
    }})()""")


@pytest.mark.parametrize("points", [16, 100, 1000, 10_000])
def test_a_line_ends_where_nothing_was_recorded(points, wind, visit):
    rows = drawn(visit(wind, "#/wind"), points)
    silent = [(datetime.now(UTC) - ago).timestamp() * 1000 for ago in SILENT]
    middle = sum(silent) / 2
    before = max(index for index, (time, band) in enumerate(rows) if band and time < middle)
    after = min(index for index, (time, band) in enumerate(rows) if band and time > middle)
    assert rows[before + 1 : after], rows[before : after + 1]
    assert all(band is None for _, band in rows[before + 1 : after])
    # Nowhere else: the wind was recorded all the time.
    assert sum(band is None for _, band in rows) == 1


@pytest.mark.parametrize("points", [16, 1000])
def test_no_gust_is_lost_in_a_band(points, wind, visit):
    rows = drawn(visit(wind, "#/wind"), points)
    assert max(band[2] for _, band in rows if band) == 30
    assert min(band[0] for _, band in rows if band) == 5
    assert [time for time, _ in rows] == sorted(time for time, _ in rows)


def test_an_address_is_a_view(wind, visit):
    one = visit(wind, "#/wind?field=mps&from=2026-05-20T10:00:00Z&to=2026-05-20T11:00:00Z", zone="UTC", locale="en-GB")
    one.wait(DRAWN["#/TYPE"])
    assert one.text(".span-text") == "20 May 2026, 10:00:00 – 11:00:00"
    assert one.evaluate(PRESSED) == ""
    one.click(".segments button", "1 h")
    one.wait("location.hash === '#/wind?field=mps&from=-1h'")
    assert one.evaluate(PRESSED) == "Live,1 h"
    # A place in the history of the browser for each change would make its way back a long one.
    assert one.evaluate("history.length") == 2


def test_what_comes_is_at_the_right_edge(wind, visit):
    one = visit(wind, "#/wind?field=mps&field=open&from=-15m")
    one.wait("(document.querySelector('.state-now')?.textContent ?? '–') !== '–'")
    wind.record("wind", {"mps": 17.25, "open": True})
    one.wait_for_text("17.25", ".readout")
    one.wait_for_text("true", ".timeline")
    wind.record("wind", {"mps": 17.5, "open": False})
    one.wait_for_text("false", ".timeline")


def test_keys_move_a_plot(wind, visit):
    one = visit(wind, "#/wind?field=mps&from=-1h")
    one.wait(DRAWN["#/TYPE"])
    one.evaluate("document.querySelector('.plot').focus()")
    one.press("ArrowLeft")
    one.wait("location.hash.includes('to=')")
    one.press("l")
    one.wait("location.hash.endsWith('from=-1h')")
    one.press("+")
    one.wait("location.hash.endsWith('from=-30m')")
    one.press("0")
    one.wait(f"{PRESSED} === 'Live'")


def test_a_drag_zooms(wind, visit):
    one = visit(wind, "#/wind?field=mps&from=-4h")
    one.wait(DRAWN["#/TYPE"])
    box = one.evaluate("document.querySelector('.plot-touch').getBoundingClientRect().toJSON()")
    for kind, part in {"mousePressed": 0.3, "mouseMoved": 0.45, "mouseReleased": 0.6}.items():
        place = {"x": box["x"] + box["width"] * part, "y": box["y"] + box["height"] / 2}
        one.page.call("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **place)
    one.wait("location.hash.includes('to=')")
    hours = one.evaluate("""(() => {
        const params = new URLSearchParams(location.hash.split('?')[1]);
        return (Date.parse(params.get('to')) - Date.parse(params.get('from'))) / 3600e3;
    })()""")
    assert 1 < hours < 2


def test_a_plot_has_a_table(wind, visit):
    one = visit(wind, "#/wind?field=mps&field=open&from=-4h")
    one.wait(DRAWN["#/TYPE"])
    one.press("t")
    one.wait("document.querySelectorAll('.plot-tables tbody tr').length > 100")
    captions = one.evaluate("[...document.querySelectorAll('.plot-tables caption')].map(e => e.textContent)")
    assert captions[1:] == ["open: time in each state", "open: states, the latest first"]
    assert one.violations() == []


FILES = {
    "Plotted values, CSV": ("history.csv", b"time,field,n,min,mean,max,first,last"),
    "Events, CSV": ("events.csv", b"ts,data.mps,data.open"),
    "Events, NDJSON": ("events.ndjson", b'{"seq":'),
    "Picture, PNG": ("plot.png", b"\x89PNG"),
}


@pytest.mark.parametrize("item", FILES)
def test_what_is_shown_is_downloaded(item, wind, visit, chromium, tmp_path):
    one = visit(wind, "#/wind?field=mps&from=-1h")
    one.wait(DRAWN["#/TYPE"])
    place = {"downloadPath": str(tmp_path), "browserContextId": one.profile}
    chromium.call("Browser.setDownloadBehavior", behavior="allow", **place)
    one.click(".plot-tools summary")
    one.click(".menu-items button", item)
    ending, beginning = FILES[item]
    found = wait_until(lambda: list(tmp_path.glob(f"wind*{ending}")), ending, [one.text])
    assert found[0].read_bytes().startswith(beginning)


def test_the_first_event_of_a_type_brings_its_plot(wind, visit):
    one = visit(wind, "#/rain")
    one.wait_for_text("Nothing of this type")
    wind.record("rain", {"mm": 0.25})
    one.wait(DRAWN["#/TYPE"])
    one.wait_for_text("0.25", ".readout")


def test_without_a_history_the_latest_values_are_left(make_server, visit):
    server = make_server("--no-history").start()
    server.record("rain", {"mm": 0.25})
    one = visit(server, "#/rain")
    one.may_fail = {"404"}
    one.wait_for_text("keeps no history")
    one.wait_for_text("0.25", ".fields")


def test_a_field_that_comes_later_is_found(wind, visit):
    wind.record("hail", {"mm": 1})
    one = visit(wind, "#/hail")
    one.wait(DRAWN["#/TYPE"])
    wind.record("hail", {"mm": 2, "count": 7})
    one.wait_for_text("count", ".fields")
