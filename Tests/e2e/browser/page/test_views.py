"""Every view, with data and without: drawn, without a fault that axe-core finds, in all themes and widths."""

import pytest

from e2e.browser.page.visit import DRAWN, THEMES, WIDTHS

FULL = {
    "now": ("#/", DRAWN["#/"]),
    "type": ("#/weather?field=wind_mps&field=gust_mps&field=sky&from=-2h", DRAWN["#/TYPE"]),
    "events": ("#events", DRAWN["#events"]),
    "record": ("#events?type=camera*", DRAWN["#events"]),
    "runs": ("#runs", DRAWN["#runs"]),
    "run": ("#runs/night1", DRAWN["#runs/ID"]),
    "compare": ("#runs/night1?compare=night2", DRAWN["#runs/ID"]),
    "alarms": ("#alarms", DRAWN["#alarms"]),
    "traces": ("#traces", DRAWN["#traces"]),
}
EMPTY = {
    "now": ("#/", "Nothing recorded yet"),
    "type": ("#/weather", "Nothing of this type"),
    "events": ("#events", "No events"),
    "runs": ("#runs", "No run"),
    "run": ("#runs/night1", "no such run"),
}


@pytest.mark.parametrize("view", FULL)
def test_a_view_with_data_is_without_fault_in_all_themes_and_widths(view, nights, visit):
    place, drawn = FULL[view]
    one = visit(nights, place)
    one.wait(drawn)
    if view == "record":
        one.click(".row")
        one.wait("document.querySelector('.record .leaf')")
    found = []
    for theme in THEMES:
        one.set_theme(theme)
        for width in WIDTHS:
            one.resize(width)
            # Two frames, so that what follows the size has followed.
            one.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            one.wait(drawn)
            faults = one.overflow() + one.violations()
            found += [f"{theme} {width}: {fault}" for fault in faults]
            one.screenshot(f"{view}-{theme}-{width}")
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("view", EMPTY)
def test_a_view_without_data_says_so(view, server, visit):
    place, text = EMPTY[view]
    one = visit(server, place)
    one.may_fail = {"404"}
    one.wait_for_text(text)
    assert one.overflow() + one.violations() == []
    one.resize(360)
    assert one.overflow() == []
    one.screenshot(f"empty-{view}")
