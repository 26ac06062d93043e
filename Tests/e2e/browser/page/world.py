"""What the servers of these tests have recorded."""

import json
import math
from datetime import UTC, datetime, timedelta

from e2e.support.server import Server

NDJSON = {"Content-Type": "application/x-ndjson"}


def batch(server: Server, events: list[dict], headers: dict[str, str] | None = None) -> None:
    for start in range(0, len(events), 1000):
        body = "\n".join(json.dumps(event) for event in events[start : start + 1000]).encode()
        response = server.post("/events", body, NDJSON | (headers or {}))
        assert response.status == 200, response


def record_nights(server: Server, seconds: int = 7200, step: int = 10) -> None:
    """Weather, a mount, a camera and a power supply; then two runs."""
    now = datetime.now(UTC)
    events = []
    for age in range(seconds, 0, -step):
        ts = (now - timedelta(seconds=age)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        wave = math.sin(age / 900)
        weather = {"wind_mps": round(5 + 3 * wave, 2), "gust_mps": round(8 + 4 * wave, 2), "temp_c": round(3 - wave, 1)}
        weather["sky"] = "clear" if age < 4000 else "cloudy"
        mount = {"state": "tracking" if age % 900 > 90 else "slewing", "ra_deg": round(age / 240 % 360, 4)}
        camera = {"temp_c": -20.0, "exposure_s": 30, "filter": "r", "image": {"fwhm_px": round(2.2 + wave / 5, 2)}}
        power = {"volts_v": round(12.4 + wave / 9, 3), "relays": {"mount": True, "heater": age > 3000}}
        for name, data in {"weather": weather, "mount": mount, "camera.cam0": camera, "power": power}.items():
            events.append({"type": name, "ts": ts, "data": data})
    batch(server, events)
    for number, run in enumerate(("night1", "night2")):
        server.start_run(run_id=run, meta={"target": "M31", "observer": "Edwin"})
        for turn in range(6):
            server.record(
                "weather", {"wind_mps": 4.5 + number + turn / 10, "gust_mps": 9.0, "temp_c": 2.5, "sky": "clear"}
            )
            server.record("mount", {"state": "tracking", "ra_deg": 10.6 + turn / 100})
        server.stop_run()
