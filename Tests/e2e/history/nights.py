"""Makes the files of a winter from a seed: as the server writes them, with all that may stand in them, right or wrong.

The days lie between two changes of the clock, in the time zone `ZONE`, so a server on these files has to run in it.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = "Europe/Berlin"

FIRST = date(2025, 10, 20)
DAYS = 175
# Nights with an event each few seconds; the clock changes in the first and in the last one.
BUSY = [date(2025, 10, 25), date(2025, 11, 14), date(2026, 1, 6), date(2026, 3, 28)]
RUNS = [date(2025, 11, 14), date(2026, 1, 6), date(2026, 3, 1)]
# Files of their own: they hold nothing, and a last line that was not written to its end.
EMPTY = date(2025, 12, 3)
TORN = date(2025, 12, 7)

WIDE_TYPES, WIDE_FIELDS = 25, 200
NAMES = ['quote"d', "back\\slash", "Wetter ☂ été", "a/b c+d%20e", "émile", "null", "comma,equals={}"]

DAMAGE = [
    b'{"seq":7,"ts":"2026-01-01T00:00:00.000Z","stream":"site","type":"damaged","data":{"n":1',
    b'{"seq":7,"ts":"2026-01-01T00:00:00.000Z","stream":"site","type":"damaged","data":{"n":NaN},"meta":{}}',
    b'{"seq":7,"ts":"2026-01-01T00:00:00.000Z","stream":"site","type":"damaged","data":{"n":1,},"meta":{}}',
    b'{"seq":7,"ts":"2026-01-01T00:00:00.000Z","stream":"site","type":"damaged","data":{"n":"\xff"},"meta":{}}',
    b'{"seq":7,"ts":"yesterday","stream":"site","type":"damaged","data":{"n":1},"meta":{}}',
    b'{"seq":7,"ts":"2026-02-30T00:00:00Z","stream":"site","type":"damaged","data":{"n":1},"meta":{}}',
    b'{"ts":"2026-01-01T00:00:00.000Z","stream":"site","type":"damaged","data":{"n":1},"meta":{}}',
    b'{"seq":7,"ts":"2026-01-01T00:00:00.000Z","stream":"site","data":{"n":1},"meta":{}}',
    b"\0" * 300,
    b"[]",
    b"",
    b"what is this",
]


@dataclass
class Event:
    # When it was recorded, and when it says it happened, in milliseconds since 1970.
    recorded: int
    ts: int
    type: str
    data: object
    ts_text: str | None = None
    # The run's id; "" for the site stream.
    run: str = ""


@dataclass
class Nights:
    """`write` makes the files. Times of the site stream are even and those of runs odd, so that the two never tie."""

    seed: str
    # A part of the busy events, for tests that do not look at each bucket.
    share: float = 1.0
    days: int = DAYS
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.choices = random.Random(f"{self.seed} nights")
        self._slow()
        self._busy()
        self._late()
        self._odd()
        self._runs()

    # What is recorded

    def _slow(self) -> None:
        """An event each hour for all days, with times in all forms; and what opens and closes."""
        begin = _at(FIRST, 12)
        for hour in range(24 * self.days):
            ts = begin + hour * 3_600_000
            self._add(ts, "slow", {"level": round(self.choices.gauss(50, 10), 2), "count": hour}, form=True)
        states = ["open", "closed", "opening", "blocked ☂"]
        ts = begin
        while ts < begin + self.days * 86_400_000:
            data = {"state": self.choices.choice(states)}
            if self.choices.random() < 0.7:
                data["locked"] = self.choices.choice([True, False, None])
            self._add(ts, "dome", data)
            ts += self.choices.randrange(60_000, 40_000_000, 2)

    def _busy(self) -> None:
        for day in BUSY:
            ts, end, wind = _at(day, 20), _at(day, 20) + 8 * 3_600_000, 5.0
            while ts < end:
                wind = abs(wind + self.choices.gauss(0, 0.3))
                self._add(
                    ts,
                    "weather",
                    {
                        "wind_mps": round(wind, 2),
                        "temperature_c": round(self.choices.gauss(-3, 0.5), 3),
                        "humidity": self.choices.randrange(40, 99),
                        "sky": self.choices.choice(["clear", "cloudy"]),
                        "rain": self.choices.random() < 0.1,
                    },
                )
                pause = (
                    150_000 if self.choices.random() < 0.004 else self.choices.choice([700, 2_000, 5_000, 5_000, 9_000])
                )
                ts += round(pause / self.share) // 2 * 2
            for index in range(round(600 * self.share)):
                at = _at(day, 20) + index * 48_000
                self._add(at, "mount", self._mount())
                self._add(at + self.choices.randrange(0, 40_000, 2), "mixed.kinds", self._mixed())
            # Many within a second, and some at the same time.
            ts = _at(day, 23)
            for _ in range(round(2_000 * self.share)):
                self._add(ts, "burst", {"v": self.choices.random(), "same": self.choices.randrange(3)})
                ts += self.choices.choice([0, 0, 2, 4, 8, 50])

    def _mount(self) -> dict:
        choices = self.choices
        return {
            "mount": {"ra": choices.uniform(0, 360), "dec": choices.uniform(-90, 90), "axes": [choices.random(), {}]},
            "adc": [choices.randrange(4_096) for _ in range(choices.randrange(13))],
            "grid": [[1, choices.random()], [choices.random()], []],
            "readings": [
                {"attributes": {"band": band}, "value": choices.random(), "n": {"good": choices.randrange(9)}}
                for band in choices.sample(["left", "right", "été"], choices.randrange(4))
            ],
            "points": [
                {"attributes": {"mode": "user", "core": core, "hot": True}, "value": choices.random() * 100}
                for core in range(choices.randrange(3))
            ],
            "plain": [{"value": choices.random(), "attributes": "none"}, {"value": 2}],
            "café": 1,
        }

    def _mixed(self) -> dict:
        choices = self.choices
        values = [1, 2.5, "text", True, False, None, {"inner": 4}, [5, "six"], "x" * 65, "", {}, []]
        return {"value": choices.choice(values), "steady": choices.random(), "numbers": choices.choice(_NUMBERS)}

    def _late(self) -> None:
        """Recorded in an order that their times do not have, up to months late, and some ahead."""
        begin = _at(FIRST, 12)
        for _ in range(round(4_000 * self.share)):
            recorded = begin + self.choices.randrange(0, self.days * 86_400_000, 2)
            ts = begin + self.choices.randrange(0, self.days * 86_400_000, 2)
            self._add(ts, "late", {"v": round(self.choices.gauss(0, 1), 4)}, recorded=recorded, form=True)

    def _odd(self) -> None:
        choices = self.choices
        # 5,000 series.
        for day in (date(2025, 11, 2), date(2025, 11, 3)):
            for event in range(5):
                for number in range(WIDE_TYPES):
                    data = {f"field {index:03}": choices.randrange(1_000) / 8 for index in range(WIDE_FIELDS)}
                    self._add(_at(day, 13 + event) + number * 2_000, f"wide {number:02}", data)
        # Names of types and of fields.
        for index in range(300):
            name = choices.choice(NAMES)
            self._add(_at(date(2025, 11, 20), 13) + index * 60_000, name, {'a "b"': index, "ü": {"": index, "x y": 1}})
        # Data that is no object, and data without leaves.
        for index in range(400):
            data = choices.choice([index, 2.5, True, None, "a text", [1, 2], {}, []])
            self._add(_at(date(2025, 11, 21), 13) + index * 30_000, "scalar", data)
        # All of it far away, and around a second that was counted twice.
        for year in (1901, 1969, 1970):
            self._add(_at(date(year, 12, 31), 23) + 250, "old", {"year": year}, recorded=_at(date(2025, 12, 31), 13))
        for index, text in enumerate(
            [
                "2025-12-31T23:59:59.999Z",
                "2025-12-31T23:59:60Z",
                "2025-12-31T23:59:60.998Z",
                "2026-01-01T01:00:01+01:00",
            ]
        ):
            self._add(_at(date(2026, 1, 1), 0) + 3_600_000 + index, "leap", {"n": index}, text=text)
        for index in range(40):
            self._add(_at(date(2026, 2, 1), 13) + index * 1_000, "damaged", {"n": index})

    def _runs(self) -> None:
        for day in RUNS:
            begin = _at(day, 21)
            for index in range(round(1_200 * self.share)):
                ts = begin + index * 6_000 + self.choices.randrange(1, 6_000, 2)
                run = f"run {day:%Y%m%d}"
                # Half an hour is late.
                late = self.choices.randrange(0, 1_800_000, 2) if self.choices.random() < 0.05 else 0
                data = {"rms": round(self.choices.expovariate(2), 3), "star": index % 7}
                self._add(ts - late, "guiding", data, recorded=ts, run=run)
                if index % 9 == 0:
                    self._add(ts, "weather", {"wind_mps": round(self.choices.uniform(0, 9), 1)}, run=run)

    def _add(
        self,
        ts: int,
        event_type: str,
        data: object,
        recorded: int | None = None,
        run: str = "",
        form: bool = False,
        text: str | None = None,
    ) -> None:
        if form:
            text = _in_some_form(ts, self.choices)
        self.events.append(Event(ts if recorded is None else recorded, ts, event_type, data, text, run))

    # The files

    def write(self, site_dir: Path) -> None:
        site_dir.mkdir(parents=True, exist_ok=True)
        self.events.sort(key=lambda event: event.recorded)
        files: dict[Path, list[bytes]] = {}
        seqs: dict[str, int] = {"": 0}
        # What was the last line of the site stream when each run began, and when it was.
        before: dict[str, tuple[int, int]] = {}
        self._migrated(files, site_dir)
        for event in self.events:
            if event.run and event.run not in before:
                before[event.run] = (seqs[""], event.recorded)
            seqs[event.run] = seqs.get(event.run, 0) + 1
            directory = site_dir / event.run
            name = "telemetry.ndjson" if event.run else f"site_{_site_day(event.recorded):%Y%m%d}.ndjson"
            during = next((run for run in before if not event.run and seqs.get(run, 0) < self._total(run)), None)
            line = self._line(event, seqs[event.run], during and (during, seqs[during]))
            files.setdefault(directory / name, []).append(line + b"\n")
        self._damage(files, site_dir)
        for path, lines in files.items():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"".join(lines))
        (site_dir / f"site_{EMPTY:%Y%m%d}.ndjson").write_bytes(b"")
        for run, (site_seq, begin) in before.items():
            self._write_run(site_dir, run, site_seq, begin, seqs[run])

    def _total(self, run: str) -> int:
        if not hasattr(self, "_totals"):
            self._totals: dict[str, int] = {}
            for event in self.events:
                self._totals[event.run] = self._totals.get(event.run, 0) + 1
        return self._totals[run]

    def _line(self, event: Event, seq: int, during: tuple[str, int] | None) -> bytes:
        members = {"seq": seq, "ts": event.ts_text or _text(event.ts), "stream": "run" if event.run else "site"}
        if during:
            members["during"] = {"run_id": during[0], "seq": during[1]}
        meta = {"run_id": event.run} if event.run else {}
        members |= {"type": event.type, "data": event.data, "meta": meta}
        if self.choices.random() < 0.02:
            # As another program writes them: in another order, with blanks, and escapes where none are needed.
            shuffled = self.choices.sample(list(members.items()), len(members))
            return json.dumps(dict(shuffled)).encode()
        return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()

    def _migrated(self, files: dict[Path, list[bytes]], site_dir: Path) -> None:
        """A file that `telemetry migrate` made."""
        day = FIRST - timedelta(days=3)
        meta = {"migrated_from": "PanFileDB", "original_id": "x"}
        for index in range(100):
            ts = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000 + index * 600_000
            members = {"seq": index + 1, "ts": _text(ts), "stream": "site", "type": "slow"}
            line = members | {"data": {"level": index / 4}, "meta": meta}
            files.setdefault(site_dir / f"site_{day:%Y%m%d}.ndjson", []).append(
                json.dumps(line, separators=(",", ":")).encode() + b"\n"
            )

    def _damage(self, files: dict[Path, list[bytes]], site_dir: Path) -> None:
        lines = files[site_dir / "site_20260201.ndjson"]
        for damage in DAMAGE * 3:
            lines.insert(self.choices.randrange(len(lines)), damage + b"\n")
        # A whole line, and one that is torn, that nothing ends.
        torn = files[site_dir / f"site_{TORN:%Y%m%d}.ndjson"]
        torn[-1] = torn[-1][:-1]
        torn = files[site_dir / f"site_{TORN + timedelta(days=1):%Y%m%d}.ndjson"]
        torn[-1] = torn[-1][:-20]

    @staticmethod
    def _write_run(site_dir: Path, run: str, site_seq: int, begin: int, count: int) -> None:
        directory = site_dir / run
        last = json.loads((directory / "telemetry.ndjson").read_bytes().splitlines()[-1])
        members = {
            "run_dir": run,
            "run_id": run,
            "meta": {"run_id": run},
            "started_at": _text(begin),
            "stopped_at": last["ts"],
            "events": count,
            "length": (directory / "telemetry.ndjson").stat().st_size,
            "log": {"order": begin, "site_seq": site_seq, "seq_before": 0, "events_before": 0},
        }
        (directory / "run.json").write_text(json.dumps(members, separators=(",", ":")) + "\n")


_NUMBERS = [
    0,
    -0.0,
    0.1,
    1e300,
    -1e300,
    5e-324,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    1e-7,
    123456.789e3,
    -1.5,
]


def _at(day: date, hour: int) -> int:
    """Milliseconds since 1970 of an hour of a local day; after midnight count on."""
    start = datetime.combine(day, time(12), ZoneInfo(ZONE)).timestamp()
    return int(start) * 1_000 + (hour - 12) * 3_600_000


def _site_day(moment: int) -> date:
    """The local day whose noon was the last one."""
    return (datetime.fromtimestamp(moment / 1_000, ZoneInfo(ZONE)).replace(tzinfo=None) - timedelta(hours=12)).date()


def _text(moment: int) -> str:
    """As the server writes times."""
    begin = datetime(1970, 1, 1) + timedelta(milliseconds=moment)
    return f"{begin:%Y-%m-%dT%H:%M:%S}.{moment % 1_000:03}Z"


def _in_some_form(moment: int, choices: random.Random) -> str:
    """The same millisecond as clients may write it."""
    zone = timezone(timedelta(minutes=choices.choice([0, 0, 60, 120, -330, 840, -720, 345])))
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
    local = local.astimezone(zone)
    fraction = f"{moment % 1_000:03}" + choices.choice(["", "", "999", f"{choices.randrange(10**6):06}"])
    offset = "Z" if zone.utcoffset(None) == timedelta(0) else f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:]
    return f"{local:%Y-%m-%d}{choices.choice('T T')}{local:%H:%M:%S}.{fraction}{offset}"


def events_of(seed: str, count: int) -> Iterator[dict]:
    """Events to post, with times around those of the last busy night: on time, late, and of many types."""
    choices = random.Random(f"{seed} posted")
    begin = _at(BUSY[-1], 20)
    for index in range(count):
        ts = begin + choices.randrange(0, 8 * 3_600_000, 2)
        event_type = choices.choice(["weather", "late", "posted", "mixed.kinds"])
        data = {
            "wind_mps": round(choices.uniform(0, 30), 1),
            "v": choices.random(),
            "value": choices.choice([1, "a", True]),
        }
        yield {"type": event_type, "data": data | {"n": index}, "ts": _in_some_form(ts, choices)}
