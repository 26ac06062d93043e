"""What somebody does with the page: sends addresses, saves files, works by keys alone, in another language and zone."""

import json

import pytest

from e2e.browser.page.visit import DRAWN
from e2e.support.server import strict_json
from e2e.support.waiting import wait_until

FOCUS = """
    (e => e === document.body ? '' : `${e.getAttribute('aria-label')} ${e.textContent}`)(document.activeElement)"""
IS_SEEN = "document.activeElement.matches(':focus-visible') || document.activeElement === document.body"
SHOWN = """
    JSON.stringify([...document.querySelectorAll('[aria-pressed=true], .board h2, .board h3, .board figure')]
        .map(e => e.getAttribute('aria-label') ?? e.textContent.slice(0, 20)))"""
SCROLLED = """
    (scrollTo(0, document.body.scrollHeight),
        document.querySelectorAll('.log-edge')[1].textContent.includes('first event'))"""
TO_UTC = """
    {
        const times = [...document.querySelectorAll('.menu select')].find(e => e.querySelector('[value=utc]'));
        times.value = 'utc';
        times.dispatchEvent(new Event('change'));
    }"""


def test_the_address_of_a_type_shows_the_same_in_another_tab(nights, visit):
    first = visit(nights, "#/weather")
    first.wait(DRAWN["#/TYPE"])
    first.click(".ranges button", "1 h")
    first.wait("location.hash.includes('from=-1h')")
    place = first.evaluate("location.hash")
    second = visit(nights, place)
    second.wait(DRAWN["#/TYPE"])
    second.wait(f"{SHOWN} === {json.dumps(first.evaluate(SHOWN))}")
    assert second.evaluate("location.hash") == place


def test_the_address_of_the_log_shows_the_same_in_another_tab(nights, visit):
    first = visit(nights, "#events")
    first.wait(DRAWN["#events"])
    first.type(".log-type", "mou*")
    first.press("Enter")
    first.wait("location.hash.includes('type=mou')")
    first.type(".log-bar [data-filter]", "SLEWING")
    first.wait("location.hash.includes('q=SLEWING') && document.querySelector('.row')")
    second = visit(nights, first.evaluate("location.hash"))
    second.wait(DRAWN["#events"])
    rows = second.evaluate("[...document.querySelectorAll('.row')].map(e => e.textContent)")
    assert rows and all("mount" in row and "slewing" in row for row in rows)


def test_the_log_jumps_to_a_time_and_reads_on_in_both_directions(nights, visit):
    one = visit(nights, "#events")
    one.wait(DRAWN["#events"])
    ts = strict_json(nights.get("/events?limit=1000").body.splitlines()[-1])["ts"]
    one.go(f"#events?at={ts}", "document.querySelector('.row.is-sought')")
    assert one.evaluate("document.querySelector('.row.is-sought time').dateTime") < ts
    one.wait("document.querySelectorAll('.row').length > 300")
    times = one.evaluate("[...document.querySelectorAll('.row time')].map(e => e.dateTime)")
    assert times == sorted(times, reverse=True) and times[0] > ts
    one.click(".log-newer")
    one.wait("!location.hash.includes('at=') && document.querySelector('.log-newer').hidden")


def test_the_log_scrolls_back_to_the_first_event_and_stays_bounded(nights, visit):
    one = visit(nights, "#events")
    one.wait(DRAWN["#events"])
    one.wait(SCROLLED)
    assert one.evaluate("document.querySelectorAll('.row').length") <= 2000
    one.click(".log-newer")
    one.wait("document.querySelector('.log-newer').hidden && scrollY === 0")


def test_a_paused_log_counts_what_comes(server, visit):
    server.record("weather", 1)
    one = visit(server, "#events")
    one.wait(DRAWN["#events"])
    one.press(" ")
    one.wait_for_text("Resume", ".log-bar")
    for number in range(3):
        server.record("weather", number)
    one.wait_for_text("3 new", ".log-newer")
    assert one.evaluate("document.querySelectorAll('.row').length") == 1
    one.press(" ")
    one.wait("document.querySelectorAll('.row').length === 4")


def test_a_record_shows_numbers_as_they_were_written(server, visit):
    server.record("clock", {"unix_ns": 1764337403123456789, "zone": "UTC"})
    one = visit(server, "#events")
    one.wait(DRAWN["#events"])
    one.press("j")
    one.press("Enter")
    one.wait_for_text("1764337403123456789", ".record .json")
    assert one.violations() == []
    one.press("Escape")
    one.wait("!document.querySelector('.record')")


@pytest.mark.parametrize("button", ["Copy JSON", "Copy line"])
def test_a_record_is_copied_as_json_or_as_it_was_recorded(button, server, visit, chromium):
    recorded = server.record("clock", {"unix_ns": 1764337403123456789, "note": "é\n"})
    one = visit(server, "#events")
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    chromium.call("Browser.grantPermissions", permissions=permissions, browserContextId=one.profile)
    one.wait(DRAWN["#events"])
    one.click(".row")
    one.wait("document.querySelector('.record .leaf')")
    one.look()
    one.click(".record button", button)
    one.wait_for_text(f"{button.removeprefix('Copy ').capitalize()} copied".replace("Json", "JSON"), ".record")
    copied = one.evaluate("navigator.clipboard.readText()")
    assert "1764337403123456789" in copied
    assert strict_json(copied)["data"] == recorded["data"]
    assert ("\n" in copied) is (button == "Copy JSON")


@pytest.mark.parametrize(
    "place, kind, start",
    [
        ("#/weather", "Events, CSV", b"ts,"),
        ("#/weather", "Plotted values, CSV", None),
        ("#/weather", "Events, NDJSON", b'{"seq":'),
        ("#/weather", "Picture, PNG", b"\x89PNG"),
        ("#events", "CSV", b"seq,ts,stream,type,data,meta"),
        ("#events", "NDJSON", b'{"seq":'),
    ],
)
def test_a_download_has_what_is_shown(place, kind, start, nights, visit, chromium, tmp_path):
    one = visit(nights, place)
    one.wait(DRAWN["#/TYPE" if "weather" in place else "#events"])
    chromium.call(
        "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path), browserContextId=one.profile
    )
    if "weather" in place:
        one.click("summary", "Download")
    one.click("button", kind)
    found = wait_until(
        lambda: [path for path in tmp_path.iterdir() if path.is_file() and not path.name.endswith(".crdownload")],
        "a file",
    )
    content = found[0].read_bytes()
    assert len(content) > 1000
    assert start is None or content.startswith(start), content[:100]


def test_numbers_and_times_are_those_of_the_reader(server, visit):
    server.record("weather", {"pressure_hpa": 1234.5}, ts="2026-01-02T03:04:05.678Z")
    one = visit(server, "#events", locale="de-DE", zone="Asia/Tokyo")
    one.wait(DRAWN["#events"])
    assert "1.234,5" in one.text(".row") or "1234,5" in one.text(".row")
    assert "12:04:05" in one.text(".row")
    one.set_theme("dark")
    one.evaluate(TO_UTC)
    one.wait("document.querySelector('.row time').textContent.includes('03:04:05')")


def test_nothing_moves_for_those_who_want_less_motion(nights, visit):
    one = visit(nights, reduced_motion=True)
    one.wait(DRAWN["#/"])
    nights.record("weather", {"wind_mps": 9.5, "gust_mps": 9.0, "temp_c": 1.0, "sky": "clear"})
    one.wait("document.body.innerText.includes('9.5')")
    assert one.evaluate("document.getAnimations().filter(a => a.playState === 'running').length") == 0


def test_all_views_are_reached_and_used_by_keys_alone(nights, visit):
    one = visit(nights)
    one.wait(DRAWN["#/"])
    one.press("Tab")
    assert "Skip" in one.evaluate(FOCUS)
    seen = set()
    for _ in range(14):
        one.press("Tab")
        seen.add(one.evaluate(FOCUS))
        assert one.evaluate(IS_SEEN)
    assert any("Events" in name for name in seen) and any("Settings" in name for name in seen)
    for keys, place in (("ge", "#events"), ("gr", "#runs"), ("gn", "#/")):
        for key in keys:
            one.press(key)
        one.wait(f"location.hash === {json.dumps(place)} || (location.hash || '#/') === {json.dumps(place)}")
        one.wait(DRAWN[place])
    one.press("?")
    one.wait_for_text("Keys", "dialog")
    one.press("Escape")
    one.wait("!document.querySelector('dialog')")
    one.press("/")
    one.wait("document.activeElement.matches('[data-filter]')")


def test_damaged_lines_are_told_in_the_log(make_server, visit):
    server = make_server().start()
    for number in range(3):
        server.record("weather", number)
    server.stop()
    (file,) = server.site_dir.glob("site_*.ndjson")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1].replace(b'"type"', b'"ty\xffe"') + lines[2])
    server.start()
    one = visit(server, "#events")
    one.wait_for_text("1 damaged line was left out near here", ".log")
    assert one.evaluate("document.querySelectorAll('.row').length") == 2
