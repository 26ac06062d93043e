"""A limits file for the tests of metrics: a limit, a level, a receiver, and values with metrics of their own."""

LIMITS = """
[[limit]]
name = "wind"
type = "weather"
field = "wind_mps"
for = 1
warning = { above = 15, clear = 12 }
critical = { above = 20, clear = 15 }

[[limit]]
name = "patient"
type = "weather"
field = "wind_mps"
for = "1h"
watch = { above = 15 }

[[silence]]
name = "dome"
type = "dome"
after = "1h"

[[level]]
name = "exposures"
type = "exposure"
good = "data.ok"
target = 75

[[metric]]
name = "wind_speed_meters_per_second"
type = "weather"
field = "wind_mps"
unit = "meters_per_second"
help = "Wind on the mast."
labels = { site = "lapalma" }

[[metric]]
name = "roof_open"
type = "dome"
field = "open"
max_age = 0
"""


def webhook(url: str, name: str = "pager") -> str:
    return f'[delivery.{name}]\nmeans = "webhook"\nurl = "{url}"\ngroup_interval = "0.1s"\n'


def samples(text: bytes) -> dict[str, float]:
    """The lines of a scrape, by the name and the labels."""
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
