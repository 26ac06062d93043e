"""What clients may record, and the page has to show as text: markup, names of JavaScript's own, far too much."""

import json

import pytest

from e2e.browser.page.visit import DRAWN
from e2e.browser.page.world import batch

STEP = "document.documentElement.dataset.pwned='1'"
MARKUP = f'<img src=x onerror="{STEP}"><script>{STEP}</script>'
NAMES = [
    MARKUP,
    "\u202eevil\u2066",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "a/b?c#d&e=%2F%",
    "x" * 256,
    "javascript:alert(1)",
    "🔭",
]
VALUES = [MARKUP, "\u202egnp.exe", "__proto__", "é" * 5, "x" * 1_000_000]
IS_UNTOUCHED = (
    "document.documentElement.dataset.pwned === undefined && !document.querySelector('main img, main script')"
)


def hostile_data() -> dict:
    data = {name: index for index, name in enumerate(NAMES)}
    return (
        data | {f"value {index}": value for index, value in enumerate(VALUES)} | {"deep": [[[{"__proto__": {"a": 1}}]]]}
    )


@pytest.fixture
def hostile_server(server):
    for name in NAMES:
        batch(server, [{"type": name, "data": hostile_data(), "meta": {"__proto__": MARKUP}} for _ in range(2)])
    return server


def _is_sound(one) -> None:
    assert one.evaluate(IS_UNTOUCHED)
    assert one.overflow() == []
    assert one.evaluate("document.body.textContent.length") < 400_000
    assert one.evaluate("({}).a") is None


def test_hostile_names_and_values_are_text_in_the_current_view(hostile_server, visit):
    one = visit(hostile_server)
    one.wait(f"document.querySelectorAll('.card').length === {len(NAMES)}")
    shown = one.evaluate("[...document.querySelectorAll('.card > header a')].map(e => e.textContent)")
    assert MARKUP[:40] in "".join(shown) and "__proto__" in shown and "constructor" in shown
    _is_sound(one)
    assert one.violations() == []
    one.screenshot("hostile-now")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_type_has_its_view(name, hostile_server, visit):
    one = visit(hostile_server)
    one.wait(f"document.querySelectorAll('.card').length === {len(NAMES)}")
    address = f"'#/' + encodeURIComponent({json.dumps(name)})"
    links = "[...document.querySelectorAll('.card > header a')]"
    one.evaluate(f"{links}.find(link => link.getAttribute('href') === {address}).click()")
    one.wait("document.querySelector('.type-view .field-list li')")
    assert one.text("h1")[:30] == name[:30]
    _is_sound(one)


def test_hostile_events_are_text_in_the_log_and_in_their_records(hostile_server, visit):
    one = visit(hostile_server, "#events")
    one.wait(f"document.querySelectorAll('.row').length === {2 * len(NAMES)}")
    _is_sound(one)
    for row in range(0, 2 * len(NAMES), 5):
        one.evaluate(f"document.querySelectorAll('.row')[{row}].click()")
    one.wait("document.querySelectorAll('.record .leaf').length > 20")
    _is_sound(one)
    record = one.text(".record")
    assert MARKUP in one.evaluate("document.querySelector('.record').textContent").replace('\\"', '"')
    assert "all 1,000,000 characters" in record
    one.screenshot("hostile-record")


def test_a_hostile_run_is_text(server, visit):
    server.start_run(run_id="night é", meta={"target": MARKUP, "__proto__": "x", "long": "y" * 10_000})
    server.record(MARKUP, hostile_data())
    server.stop_run()
    one = visit(server, "#runs")
    one.wait(DRAWN["#runs"])
    _is_sound(one)
    one.click(".runs-table th a")
    one.wait_for_text("night é", "h1")
    one.wait("document.querySelector('.run-facts dd')")
    _is_sound(one)


def test_four_thousand_types_are_drawn_as_far_as_they_are_seen(server, visit):
    batch(server, [{"type": f"sensor {number:04}", "data": {"value_c": number / 7}} for number in range(4096)])
    one = visit(server)
    one.wait_for_text("4096 types")
    one.wait(DRAWN["#/"])
    assert one.evaluate("document.querySelectorAll('.card').length") <= 200
    one.type("[data-filter]", "4095")
    one.wait("document.querySelectorAll('.card').length === 1")
    one.go("#events", "document.querySelectorAll('.row').length === 200")
    one.type(".log-type", "sensor 409")
    assert 1 <= one.evaluate("document.querySelectorAll('#event-types option').length") <= 100
    one.go("#/sensor%204095", "document.querySelector('.type-view .field-list li')")


def test_a_type_of_two_thousand_fields_has_all_views(server, visit):
    batch(
        server,
        [{"type": "wide", "data": {f"field_{number}": number + turn for number in range(2000)}} for turn in range(3)],
    )
    one = visit(server)
    one.wait(DRAWN["#/"])
    assert one.evaluate("document.querySelectorAll('main *').length") < 2000
    one.go("#/wide", "document.querySelector('.type-view .field-list li')")
    assert one.evaluate("document.querySelectorAll('.field-list li').length") <= 500
    assert one.overflow() == []
    one.go("#events", DRAWN["#events"])
    one.click(".row")
    one.wait_for_text("{2000}", ".record")
    one.click(".record summary")
    one.wait_for_text("1900 more", ".record")
