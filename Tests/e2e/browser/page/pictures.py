"""Makes the pictures of docs/page.md and README.md:

TELEMETRY_BINARY=.build/release/telemetry PYTHONPATH=Tests python3 -m e2e.browser.page.pictures docs/images
"""

import base64
import math
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from e2e.browser.chromium import Chromium
from e2e.browser.page.visit import DRAWN, Visit
from e2e.browser.page.world import batch
from e2e.support.server import JSON_HEADERS, Server

NIGHT = 6 * 3600  # s
STEP = 10
SITE = {"TZ": "Pacific/Honolulu"}


def _readings(age: float) -> dict[str, dict]:
    """What an observatory records, `age` seconds ago."""
    slow, fast = math.sin(age / 3500), math.sin(age * 12.9898) * 43758.5453 % 1 - 0.5
    # A front comes through two hours ago.
    front = math.exp(-(((age - 7200) / 1200) ** 2))
    is_safe = front < 0.5
    state = ("tracking" if age % 1800 > 60 else "slewing") if is_safe else "parked"
    fwhm = 2.3 + slow / 5 + abs(fast) / 3
    camera = {"temp_c": round(-20 + fast / 20, 2), "exposure_s": 120}
    return {
        "weather": {
            "wind_mps": round(4 + 1.5 * slow + 7 * front + fast, 2),
            "gust_mps": round(6 + 2 * slow + 10 * front + 2 * abs(fast), 2),
            "temp_c": round(4.2 - slow - 2 * front, 1),
            "humidity_pct": round(38 + 6 * slow + 40 * front, 1),
            "sky": "clear" if front < 0.2 else "cloudy" if is_safe else "rain",
        },
        "safety": {"state": "safe" if is_safe else "unsafe"},
        "dome": {"state": "open" if is_safe else "closed", "azimuth_deg": round(120 + age / 240 % 90, 1)},
        "mount": {"state": state, "ra_deg": round(10.68 + fast / 5000, 5), "dec_deg": 41.269},
        "camera.cam0": camera | {"filter": "r", "fwhm_px": round(fwhm, 2)},
        "camera.cam1": camera | {"filter": "g", "fwhm_px": round(fwhm + 0.2, 2)},
        "guider": {"state": "guiding" if is_safe else "idle", "rms_arcsec": round(0.55 + abs(fast) / 2 + front, 2)},
        "power": {"volts_v": round(12.6 - age / 90_000, 3), "current_a": round(3.1 + fast, 2)},
    }  # fmt: skip


def _record_night(server: Server) -> None:
    now = datetime.now(UTC)
    events = []
    for age in range(NIGHT, 0, -STEP):
        ts = (now - timedelta(seconds=age)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        events += [{"type": name, "ts": ts, "data": data} for name, data in _readings(age).items()]
    batch(server, events)
    server.start_run(run_id="2026-night-7", meta={"target": "M31", "observer": "Edwin"})


def _record_now(server: Server) -> None:
    batch(server, [{"type": name, "data": data} for name, data in _readings(600).items()])


LIMITS = """
[[limit]]
name = "wind"
type = "weather"
field = "wind_mps"
summary = "Close the dome"
for = "10s"
warning = { above = 15, clear = 12 }
critical = { above = 20, clear = 15 }
latched = true
[[limit]]
name = "guiding"
type = "guider"
field = "rms_arcsec"
warning = { above = 1.5 }
[[limit]]
name = "battery"
type = "power"
field = "volts_v"
warning = { below = 12.0 }
critical = { below = 11.5 }
[[silence]]
name = "weather station"
type = "weather"
after = "5m"
[[level]]
name = "exposures"
type = "exposure"
good = "data.ok == true"
target = 99
min_events = 1000
"""


def _record_alarms(server: Server) -> None:
    """An alarm that is critical, and one that somebody knows of."""
    readings = {"weather": {"wind_mps": 21.4}, "guider": {"rms_arcsec": 1.9}, "power": {"volts_v": 12.6}}
    batch(server, [{"type": "exposure", "data": {"ok": number != 50}} for number in range(300)])
    for _ in range(12):  # as long as `for` asks
        batch(server, [{"type": name, "data": data} for name, data in readings.items()])
        time.sleep(1)
    why = {"by": "Edwin", "why": "the seeing is bad tonight"}
    assert server.post("/alarms/guiding/acknowledge", why, JSON_HEADERS).status == 200


def _save(visit: Visit, path: Path) -> None:
    visit.evaluate("document.querySelector('.brand').textContent = 'dome'")  # and not the name of this machine
    time.sleep(3)  # until sparklines and plots have what was just recorded: a picture, not a test
    path.write_bytes(base64.b64decode(visit.page.call("Page.captureScreenshot", format="png")["data"]))


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        limits = Path(place) / "limits.toml"
        limits.write_text(LIMITS)
        server = Server(Path(place) / "site", env=SITE).start()
        watching = Server(Path(place) / "watched", "--limits", str(limits), env=SITE).start()
        chromium = Chromium(Path(place))
        try:
            _record_night(server)
            _record_now(server)
            options = {"zone": SITE["TZ"], "locale": "en-GB"}

            now = Visit(chromium, server, "#/", **options)
            now.wait(DRAWN["#/"])
            _record_now(server)
            _save(now, directory / "page-now.png")

            kinds = Visit(
                chromium, server, "#/weather?field=wind_mps&field=gust_mps&field=sky&from=-6h", theme="night", **options
            )
            kinds.wait(DRAWN["#/TYPE"])
            _record_now(server)
            _save(kinds, directory / "page-type-night.png")

            events = Visit(chromium, server, "#events?type=mount&type=dome&type=weather", theme="dark", **options)
            events.wait(DRAWN["#events"])
            _record_now(server)
            time.sleep(1)
            events.evaluate(
                "[...document.querySelectorAll('.row')].find(e => e.textContent.includes('weather')).click()"
            )
            events.wait("document.querySelector('.record .leaf')")
            _record_now(server)
            _save(events, directory / "page-events.png")

            phone = Visit(chromium, server, "#/", width=360, theme="dark", **options)
            phone.wait(DRAWN["#/"])
            _record_now(server)
            _save(phone, directory / "page-phone.png")

            _record_alarms(watching)
            alarms = Visit(chromium, watching, "#alarms", **options)
            alarms.wait(DRAWN["#alarms"])
            _save(alarms, directory / "page-alarms.png")
        finally:
            chromium.close()
            server.stop()
            watching.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
