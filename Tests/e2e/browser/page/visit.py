"""A tab with the page of a server in it, and what it may never do: fetch from elsewhere, or tell a token."""

import base64
import json
import os
import re
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from e2e.browser.chromium import Chromium
from e2e.support.server import Server
from e2e.support.waiting import wait_until

THEMES = ("light", "dark", "night")
WIDTHS = {360: 740, 1280: 800, 3840: 2160}  # of a phone, a laptop and a wall, with their heights

# What is in a view once its data has come.
DRAWN = {
    "#/": "document.querySelector('.card .figure, .card .state')",
    "#/TYPE": "document.querySelector('.board canvas')",
    "#events": "document.querySelector('.row')",
    "#runs": "document.querySelector('.runs-table tbody tr')",
    "#runs/ID": "document.querySelector('.run-types canvas')",
    "#alarms": "document.querySelector('.empty h2, .alarms-view tbody tr')",
    "#traces": "document.querySelector('.empty')",
}

KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39}


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


class Visit:
    """Somebody who looks at the page of a server. `close` asserts what holds for every visit."""

    def __init__(
        self,
        chromium: Chromium,
        server: Server,
        place: str = "#/",
        *,
        profile: str | None = None,
        width: int = 1280,
        theme: str = "light",
        token: str | None = None,
        zone: str | None = None,
        locale: str | None = None,
        reduced_motion: bool = False,
        script: str = "",
    ):
        """`script` runs before those of the page, and may take the place of what the browser has."""
        self.server = server
        self.profile = profile or chromium.new_profile()
        self.page = chromium.open("about:blank", self.profile)
        self.may_fail: set[str] = set()  # parts of the texts of network errors that this visit provokes
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._theme = theme
        for domain in ("Runtime", "Log", "Network"):
            self.page.call(f"{domain}.enable")
        self.resize(width)
        if zone:
            self.page.call("Emulation.setTimezoneOverride", timezoneId=zone)
        if locale:
            agent = self.page.evaluate("navigator.userAgent")
            self.page.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=locale)
            self.page.call("Emulation.setLocaleOverride", locale=locale.replace("-", "_"))
        if reduced_motion:
            media = [{"name": "prefers-reduced-motion", "value": "reduce"}]
            self.page.call("Emulation.setEmulatedMedia", features=media)
        stored = {"telemetry.settings": json.dumps({"theme": theme})}
        script += f";for (const [key, value] of Object.entries({json.dumps(stored)})) localStorage[key] ??= value;"
        if token:
            script += f"sessionStorage['telemetry.token'] ??= {json.dumps(token)};"
        # about:blank has no storage.
        self.page.call(
            "Page.addScriptToEvaluateOnNewDocument", source=f"if (location.protocol === 'http:') {{{script}}}"
        )
        self.page.navigate(address(server) + place)

    # What it shows.

    def evaluate(self, script: str):
        return self.page.evaluate(script)

    def wait(self, expression: str, what: str | None = None) -> None:
        """Waits until a JavaScript expression is true."""
        wait_until(lambda: self.evaluate(f"!!({expression})"), what or expression, [self.text()[:2000]])

    def wait_for_text(self, text: str, within: str = "body") -> None:
        self.wait(f"document.querySelector({json.dumps(within)})?.innerText.includes({json.dumps(text)})", text)

    def text(self, within: str = "body") -> str:
        return self.evaluate(f"document.querySelector({json.dumps(within)})?.innerText ?? ''")

    def go(self, place: str, drawn: str | None = None) -> None:
        """Follows an address of the page, and waits until the view has its data."""
        self.evaluate(f"location.hash = {json.dumps(place.removeprefix('#'))}; null")
        if drawn:
            self.wait(drawn)

    def resize(self, width: int) -> None:
        height = WIDTHS.get(width, 800)
        self.page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def set_theme(self, theme: str) -> None:
        choice = f"[...document.querySelectorAll('.menu select')].find(s => s.querySelector('[value=\"{theme}\"]'))"
        self.evaluate(f"{{ const s = {choice}; s.value = '{theme}'; s.dispatchEvent(new Event('change')); }} null")
        self._theme = theme

    def overflow(self) -> list[str]:
        """What reaches beyond the right edge of the document; nothing may, once all has followed its size."""
        return self.evaluate("""(async () => {
            for (let frame = 0; frame < 120; frame += 1) {
                if (document.documentElement.scrollWidth <= document.documentElement.clientWidth) break;
                await new Promise(requestAnimationFrame);
            }
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const all = [...document.querySelectorAll('body *')];
            const wide = all.filter(e => e.getBoundingClientRect().right > width + 1);
            return [`${document.documentElement.scrollWidth} > ${width}`,
                ...wide.slice(0, 5).map(e => `${e.tagName}.${e.getAttribute('class')}`)];
        })()""")

    def violations(self) -> list[str]:
        """What axe-core finds fault with."""
        if not self.evaluate("'axe' in window"):
            self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text() + ";null")
        found = self.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
        return [
            f"{one['id']}: {node['target']} {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
            for one in found
            for node in one["nodes"][:5]
        ]

    def screenshot(self, name: str) -> None:
        """Keeps a picture in $TELEMETRY_SCREENSHOTS, if that is set."""
        if directory := os.environ.get("TELEMETRY_SCREENSHOTS"):
            Path(directory).mkdir(parents=True, exist_ok=True)
            data = self.page.call("Page.captureScreenshot", format="png")["data"]
            (Path(directory) / f"{name}.png").write_bytes(base64.b64decode(data))

    # What somebody does.

    def look(self) -> None:
        """Brings the tab to the front: one behind is told of nothing that is drawn."""
        self.page.call("Page.bringToFront")

    def click(self, selector: str, text: str | None = None) -> None:
        """Clicks the first element, or the first with this text, once it is there."""
        find = (
            f"[...document.querySelectorAll({json.dumps(selector)})].find(e => !e.disabled && e.getClientRects().length"
        )
        find += f" && e.textContent.includes({json.dumps(text)}))" if text else ")"
        self.wait(find, f"there is {selector} {text or ''}")
        self.evaluate(f"{find}.click()")

    def press_mouse(self, selector: str) -> None:
        """Clicks the middle of an element with the mouse, which counts as somebody's doing; `click` does not."""
        self.wait(f"document.querySelector({json.dumps(selector)})", f"there is {selector}")
        box = self.evaluate(f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().toJSON()")
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.page.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def type(self, selector: str, text: str) -> None:
        self.wait(f"document.querySelector({json.dumps(selector)})", f"there is {selector}")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.page.call("Input.insertText", text=text)

    def press(self, key: str, shift: bool = False) -> None:
        code = KEYS.get(key, 0)
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.page.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.page.call("Input.dispatchKeyEvent", type="keyUp", **common)

    # What it may never do.

    def collect(self) -> None:
        """Takes note of what the tab has done so far."""
        self.evaluate("null")  # what the browser has told so far comes with its answer
        own = urlsplit(address(self.server))
        for event in self.page.take_events():
            method, parameters = event["method"], event["params"]
            if method == "Network.requestWillBeSent":
                url, headers = parameters["request"]["url"], parameters["request"]["headers"]
                self.requests.append(f"{parameters['request']['method']} {url}")
                parts = urlsplit(url)
                if parts.scheme not in ("data", "blob", "about") and parts.netloc != own.netloc:
                    self.errors.append(f"request to another origin: {url}")
                self._check_sent(url, headers)
            elif method == "Network.requestWillBeSentExtraInfo":
                self._check_sent("?", parameters["headers"])
            elif method == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                self.errors.append(f"exception: {details.get('exception', {}).get('description', details['text'])}")
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                self.errors.append(f"console.{parameters['type']}: {parameters['args']}")
            elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                entry = parameters["entry"]
                text = f"{entry['text']} {entry.get('url', '')}"
                if entry["source"] != "network" or not any(part in text for part in self.may_fail):
                    self.errors.append(f"{entry['source']}: {text}")

    def _check_sent(self, url: str, headers: dict[str, str]) -> None:
        if re.search(r"reader-|writer-|admin-|token=", url):
            self.errors.append(f"a token in an address: {url}")
        if any(name.lower() == "referer" and value for name, value in headers.items()):
            self.errors.append(f"Referer sent to {url}: {headers}")

    def close(self) -> None:
        self.collect()
        self.page.close()
        assert self.errors == [], "\n".join(error[:500] for error in self.errors[:10])
