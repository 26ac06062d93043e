"""The alarms of a server on its page: told on every view, seen and acknowledged on their own."""

import json

import pytest

from e2e.alarms.watched import WIND, alarm, wait_for
from e2e.browser.page.test_hostile_values import IS_UNTOUCHED, MARKUP
from e2e.browser.page.visit import DRAWN, THEMES, WIDTHS
from e2e.support.server import JSON_HEADERS, Server
from e2e.support.tokens import ADMIN, READER, bearer
from e2e.support.waiting import wait_until

ALL = (
    WIND
    + """summary = "The wind is too strong for an open roof"
labels = { site = "lapalma" }
latched = true

[[limit]]
name = "rain"
type = "weather"
field = "sky"
critical = { is = ["rain", "snow"] }

[[limit]]
name = "frost"
type = "weather"
field = "temp_c"
for = "1h"
warning = { below = 0 }

[[limit]]
name = "rise"
type = "weather"
field = "temp_c"
change_over = "10m"
watch = { above = 5 }

[[limit]]
name = "dew"
type = "weather"
field = "dew_c"
warning = { above = 10 }

[[limit]]
name = "pressure"
type = "weather"
field = "pressure_hpa"
warning = { below = 700 }

[[silence]]
name = "dome"
type = "dome"
after = "1h"

[[level]]
name = "exposures"
type = "exposure"
good = "data.ok == true"
target = 90
min_events = 1000
"""
)
CALM = {"wind_mps": 5, "sky": "clear", "temp_c": 3, "pressure_hpa": "broken"}
CARD = "document.querySelector('.alarm[data-name={}]')"
GROUP = "document.querySelector('section[aria-label={}]:not([hidden])')"
# Tones are counted, and not heard.
SILENT = """
    tones = 0;
    OscillatorNode.prototype.start = () => { tones += 1; };
    OscillatorNode.prototype.stop = () => {};
"""


def card(name: str) -> str:
    return CARD.format(json.dumps(name))


def group(title: str) -> str:
    return GROUP.format(json.dumps(title))


@pytest.fixture
def watching(make_server, limits_file) -> Server:
    server = make_server("--limits", limits_file.write(ALL)).start()
    server.record("weather", CALM)
    server.record("dome", {"state": "open"})
    for number in range(100):
        server.record("exposure", {"ok": number % 20 != 0})
    return server


@pytest.fixture
def alarmed(watching) -> Server:
    """A server with an alarm in each state."""
    watching.record("weather", CALM | {"wind_mps": 22})
    wait_for(watching, "wind", "on", "critical")
    watching.record("weather", CALM | {"sky": "rain", "temp_c": -3})
    wait_for(watching, "rain", "on", "critical")
    wait_for(watching, "wind", "latched", "critical")
    watching.post("/alarms/rain/acknowledge", {"by": "Ada", "why": "closing the roof"})
    watching.record("weather", CALM | {"sky": "rain", "temp_c": -3, "wind_mps": 16})
    wait_for(watching, "wind", "on", "warning")
    wait_for(watching, "frost", "pending")
    return watching


def test_what_is_critical_is_told_on_every_view(watching, visit):
    one = visit(watching, "#runs")
    one.wait("document.querySelector('.badge').dataset.state === 'live'")
    one.wait("[...document.querySelectorAll('.nav a')].some(e => e.textContent.startsWith('Alarms'))")
    assert one.evaluate("document.querySelector('.count').hidden")
    watching.record("weather", CALM | {"wind_mps": 22})
    one.wait_for_text("critical: wind", ".verdict")
    one.wait_for_text("1", ".count")
    one.wait("document.title.startsWith('✖ Runs')")
    one.click(".verdict a", "critical: wind")
    one.wait(f"{group('On')} && {card('wind')}.innerText.includes('22 m/s is above 20')")
    watching.record("weather", CALM)
    one.wait(f"{group('Over, and not acknowledged')} && document.title.startsWith('Alarms')")
    one.wait("!document.querySelector('.verdict').innerText.includes('critical')")


def test_what_is_out_of_limits_comes_first_and_is_marked(watching, visit):
    watching.record("weather", CALM | {"sky": "rain", "wind_mps": 16})
    wait_for(watching, "wind", "on", "warning")
    one = visit(watching)
    types = "[...document.querySelectorAll('.card h2')].map(e => e.textContent)"
    one.wait("document.querySelector('.card[data-severity=critical]')")
    one.wait(f"{types}.join() === 'weather,dome,exposure'")
    one.wait_for_text("critical rain: sky is what it should not be", ".card-alarms")
    marked = "[...document.querySelectorAll('.readings dd[data-severity]')].map(e => e.dataset.severity).join()"
    one.wait(f"{marked} === 'warning,critical'")
    assert "▲" in one.text(".readings dt") and one.violations() == []
    watching.record("weather", CALM)
    one.wait("document.querySelector('.card-alarms').hidden && !document.querySelector('.readings dd[data-severity]')")


def test_an_alarm_is_acknowledged_by_keys_with_who_and_why(watching, visit):
    watching.record("weather", CALM | {"sky": "rain"})
    wait_for(watching, "rain", "on", "critical")
    one = visit(watching, "#events")
    one.wait(DRAWN["#events"])
    one.press("g")
    one.press("a")
    one.wait(card("rain"))
    for _ in range(30):
        one.press("Tab")
        if one.evaluate("document.activeElement.getAttribute('aria-label') === 'Acknowledge rain…'"):
            break
    one.press("Enter")
    one.wait("document.activeElement.name === 'by'")
    assert one.violations() == []
    one.press("Enter")
    assert one.evaluate("document.querySelector('dialog[open]') !== null")  # nobody's is none
    one.page.call("Input.insertText", text="Ada")
    one.press("Tab")
    one.page.call("Input.insertText", text="closing the roof")
    one.press("Enter")
    one.wait(f"{group('Acknowledged')} && {card('rain')}.innerText.includes('Acknowledged by Ada')")
    assert "closing the roof" in one.text(".alarm") and one.evaluate("document.querySelector('.count').hidden")
    told = alarm(watching, "rain")["acknowledged"]
    assert (told["by"], told["why"]) == ("Ada", "closing the roof")
    one.wait_for_text("critical: rain (acknowledged)", ".verdict")
    assert not one.evaluate("document.title").startswith("✖")
    # The next time the name is there.
    watching.record("weather", CALM | {"wind_mps": 16})
    one.click(".alarm button")
    one.wait("document.querySelector('dialog input[name=by]').value === 'Ada'")


def test_each_state_has_its_place_and_says_why(alarmed, visit):
    one = visit(alarmed, "#alarms")
    one.wait(DRAWN["#alarms"])
    one.wait(f"{group('On')}?.contains({card('wind')}) && {group('Acknowledged')}?.contains({card('rain')})")
    assert one.evaluate(f"{group('Pending: not for long enough yet')}.contains({card('frost')})")
    wind = one.evaluate(f"{card('wind')}.innerText")
    for text in ("▲ warning", "16 m/s is above 15", "too strong for an open roof", "site=lapalma"):
        assert text in wind
    assert one.evaluate(f"{card('wind')}.querySelector('p a').getAttribute('href')") == "#/weather?field=wind_mps"
    alarmed.record("weather", CALM)
    one.wait(f"{group('Over, and not acknowledged')}?.contains({card('wind')})")
    one.wait_for_text("rain", "section[aria-label='Recently over']")
    one.click(".alarm button")
    one.type("dialog input[name=by]", "Ada")
    one.press("Enter")
    one.wait("!document.querySelector('.alarm')")
    one.wait_for_text("Nothing is out of limits", ".alarms-calm")
    one.wait("document.querySelectorAll('section[aria-label=\"Recently over\"] tbody tr').length === 2")


def test_what_is_watched_is_listed_with_how_it_is(alarmed, visit):
    one = visit(alarmed, "#alarms")
    one.wait(DRAWN["#alarms"])
    one.wait("document.querySelector('.budget')")
    rows = one.evaluate("""Object.fromEntries(
        [...document.querySelectorAll("section[aria-label='What is watched'] tbody tr")]
            .map(row => [row.cells[0].textContent, row.innerText.replace(/\\s+/g, ' ')]))""")
    for name, texts in {
        "wind": ["critical above 20 m/s", "warning above 15 m/s", "stays until acknowledged", "16 m/s"],
        "rain": ["acknowledged", "rain or snow"],
        "frost": ["pending", "below 0 °C", "for 1 h"],
        "rise": ["ok", "by how much it changes within 10 min"],
        "dew": ["no such field in the last event"],
        "pressure": ["broken: not a number"],
        "dome": ["not heard of for 1 h", "heard of"],
        "exposures": ["90 % good over 28 d", "from 1000 events on", "50 % of the error budget left"],
    }.items():
        for text in texts:
            assert text in rows[name], rows[name]


def test_a_value_that_is_too_old_is_stale(make_server, limits_file, visit):
    server = make_server("--limits", limits_file.write(WIND + 'stale_after = "1m"\n')).start()
    server.record("weather", CALM, ts="2026-01-01T00:00:00Z")
    one = visit(server, "#alarms")
    one.wait_for_text("5 m/s, stale: ", "section[aria-label='What is watched']")


def test_whoever_may_only_read_sees_all_and_is_told(make_server, limits_file, token_file, visit):
    server = make_server("--limits", limits_file.write(WIND), "--token-file", str(token_file)).start()
    response = server.post("/event", {"type": "weather", "data": CALM | {"wind_mps": 22}}, JSON_HEADERS | bearer(ADMIN))
    assert response.status == 200
    one = visit(server, "#alarms", token=READER)
    one.wait(card("wind"))
    one.wait_for_text("Acknowledging needs a token of an administrator")
    assert one.evaluate("document.querySelector('.alarm button')") is None
    one.click("button", "Enter token")
    one.type("dialog input", ADMIN)
    one.press("Enter")
    one.click(".alarm button", "Acknowledge")
    one.type("dialog input[name=by]", "Ada")
    one.press("Enter")
    one.wait(group("Acknowledged"))
    one.wait("!document.body.innerText.includes('needs a token')")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "--limits FILE"),
        ("", "The limits file watches nothing yet"),
        ("[[limit]]\nname = 3\n", "limits.toml:2:8"),
    ],
    ids=["none", "empty", "faulty"],
)
def test_without_limits_it_says_how_to_have_some(text, told, make_server, limits_file, visit):
    flags = [] if text is None else ["--limits", limits_file.write(text)]
    one = visit(make_server(*flags).start(), "#alarms")
    one.wait_for_text("No limits are configured")
    one.wait_for_text(told)
    assert one.overflow() + one.violations() == []
    one.go("#/", "!document.querySelector('.alarms-view')")
    has_entry = one.evaluate("[...document.querySelectorAll('.nav a')].some(e => e.textContent.startsWith('Alarms'))")
    assert has_entry is (text is not None)


def test_other_limits_are_shown_when_they_are_read(watching, limits_file, visit):
    one = visit(watching, "#alarms")
    one.wait_for_text("rise", "section[aria-label='What is watched']")
    limits_file.write(WIND)
    watching.process.send_signal(1)
    wait_until(lambda: len(watching.get("/alarms").json["alarms"]) == 1, "they are read", watching.log)
    one.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody comes back to the tab
    one.wait("document.querySelectorAll('section[aria-label=\"What is watched\"] tbody tr').length === 1")


def test_a_sound_is_off_until_it_is_switched_on_and_then_comes_from_one_tab(watching, visit):
    first = visit(watching, "#alarms", script=SILENT)
    second = visit(watching, "#/", profile=first.profile, script=SILENT)

    def is_critical(isOn: bool) -> None:
        watching.record("weather", CALM | {"sky": "rain" if isOn else "clear"})
        for one in (second, first):
            one.look()
            one.wait(f"document.title.startsWith('✖') === {json.dumps(isOn)}")

    first.wait(DRAWN["#alarms"])
    is_critical(True)
    assert (first.evaluate("tones"), second.evaluate("tones")) == (0, 0)
    is_critical(False)
    assert not first.evaluate("document.querySelector('[role=switch]').checked")
    first.press_mouse("[role=switch]")  # browsers play nothing before somebody has done something
    second.press_mouse("main")
    first.wait("tones === 3")  # it is heard once, to know it
    is_critical(True)
    wait_until(lambda: first.evaluate("tones") + second.evaluate("tones") == 6, "one plays it", watching.log)
    # A warning makes none, nor what was critical already.
    watching.record("weather", CALM | {"sky": "rain", "wind_mps": 16})
    for one in (second, first):
        one.look()
        one.wait_for_text("2", ".count")
    assert first.evaluate("tones") + second.evaluate("tones") == 6
    first.press_mouse("[role=switch]")
    is_critical(False)
    is_critical(True)
    assert first.evaluate("tones") + second.evaluate("tones") == 6


def test_hostile_names_and_reasons_are_text(make_server, limits_file, visit):
    name = f"{MARKUP[:90]}\u202e"
    limit = {"name": name, "type": MARKUP, "field": "__proto__"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in limit.items()]
    lines += [f"summary = {json.dumps(MARKUP)}", f"labels = {{ __proto__ = {json.dumps(MARKUP)} }}"]
    lines += [f"critical = {{ is = [{json.dumps(MARKUP)}] }}"]
    server = make_server("--limits", limits_file.write("[[limit]]\n" + "\n".join(lines))).start()
    server.record(MARKUP, {"__proto__": MARKUP})
    wait_for(server, name, "on", "critical")
    one = visit(server, "#alarms")
    one.wait("document.querySelector('.alarm button')")
    one.click(".alarm button")
    one.type("dialog input[name=by]", MARKUP)
    one.type("dialog input[name=why]", MARKUP)
    one.press("Enter")
    one.wait(group("Acknowledged"))
    assert one.evaluate("document.querySelector('.alarm').textContent").count("<script>") >= 3
    for place, drawn in (
        ("#alarms", DRAWN["#alarms"]),
        ("#/", "document.querySelector('.card-alarms li')"),
        ("#events", DRAWN["#events"]),
    ):
        one.go(place, drawn)
        assert one.evaluate(IS_UNTOUCHED) and one.overflow() + one.violations() == []


def test_alarms_are_without_fault_in_all_themes_and_widths(alarmed, visit):
    found = []
    one = visit(alarmed, "#alarms")
    for view, drawn in (
        ("#alarms", "document.querySelector('.alarm') && document.querySelector('.budget')"),
        ("#/", "document.querySelector('.card-alarms li')"),
        ("#/weather?field=wind_mps&field=temp_c&field=sky&from=-15m", "document.querySelector('.limit-words li')"),
    ):
        one.go(view, drawn)
        for theme in THEMES:
            one.set_theme(theme)
            for width in WIDTHS:
                one.resize(width)
                one.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                found += [f"{view} {theme} {width}: {fault}" for fault in one.overflow() + one.violations()]
                one.screenshot(f"alarms-{view.partition('?')[0].strip('#/') or 'now'}-{theme}-{width}")
    assert found == [], "\n".join(found)


def test_a_plot_has_the_limits_of_its_fields_and_when_they_were_passed(alarmed, visit):
    one = visit(alarmed, "#/weather?field=wind_mps&field=temp_c&field=sky&from=-15m")
    one.wait("document.querySelectorAll('.limit-words li').length === 5")
    words = one.evaluate("[...document.querySelectorAll('.limit-words li')].map(e => e.textContent)")
    assert words[:2] == ["✖ critical above 20 m/s", "▲ warning above 15 m/s"]
    assert words[-1] == "✖ critical rain or snow"
    base = "document.querySelector('script[src$=\"app.js\"]').src"
    lines = one.evaluate(
        f"import(new URL('core/limits.js', {base})).then(m => m.linesOf('weather', 'wind_mps').map(l => l.value))"
    )
    assert lines == [20, 15]
    spans = one.evaluate(f"""import(new URL('views/alarmspans.js', {base})).then(m =>
        m.loadAlarmSpans('weather', ['wind_mps'], Date.now() - 900e3, Date.now()))""")
    assert [span["isKnown"] for span in spans] == [False, True, False]
    assert all(span["from"] <= span["to"] and span["field"] == "wind_mps" for span in spans)


LITTLE = """
    const ask = fetch;
    fetch = async (...request) => {
        const answer = await ask(...request);
        if (!String(request[0]).endsWith('/ready')) return answer;
        return Response.json({ ...await answer.json(), disk: { free_bytes: 4213399552, size_bytes: 100e9 } });
    };
"""


def test_what_is_free_on_the_disk_is_told_and_little_is_a_warning(server, visit):
    one = visit(server)
    one.wait(r"/disk \d+ % free \([\d.]+ [kMGTP]B\)/.test(document.querySelector('.verdict').innerText)")
    assert server.get("/ready").json["disk"]["free_bytes"] > 0
    little = visit(server, script=LITTLE, locale="en-GB")
    little.wait_for_text("▲ disk 4 % free (4.2 GB)", ".verdict .warn")
    assert little.violations() == []
