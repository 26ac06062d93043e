"""The page names the fields of an event as the history names them, or live values would miss their plots."""

import json

from e2e.browser.page.visit import DRAWN
from e2e.support.waiting import wait_until

ODD = {
    "a": 1,
    "mount": {"ra": 1.5, "": True},
    "dotted.name": "x",
    "adc": [1, 2, {"x": None}, [3, [4]], 5, 6, 7, 8, 9, 10],
    "points": [{"attributes": {"b": "x", "a": 2}, "value": 3, "points": [{"attributes": {"q": True}, "n": 1}]}],
    "readings": [
        {"attributes": {"band": "left"}, "value": 3},
        {"attributes": {}, "value": 4},
        {"attributes": 5, "value": 6},
    ],
    "metrics": {"points": [{"attributes": {"z": [1, {"y": None}]}, "v": 1}, {"v": 2}]},
}


def test_fields_have_the_paths_that_the_history_has_them_under(server, visit):
    server.record("odd", ODD)
    server.record("bare", 5)
    one = visit(server, "#/")
    one.wait(DRAWN["#/"])

    def paths() -> dict[str, set[str]]:
        types = server.get("/types").json["types"]
        return {known["type"]: {field["path"] for field in known["fields"]} for known in types}

    wait_until(lambda: len(paths()) == 2, "both types are in the history", server.log)
    module = one.evaluate("new URL('core/fields.js', document.querySelector('script[type=module]').src).href")
    for type, data in (("odd", ODD), ("bare", 5)):
        script = (
            f"import('{module}').then(m => JSON.stringify(m.fields({json.dumps(data)}).list.map(([path]) => path)))"
        )
        assert set(json.loads(one.evaluate(script))) == paths()[type], type
