"""The controller: runs begin and end, files are taken away, noon comes, and the server is killed and started again."""

import itertools
import random
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from e2e.readers.world import LAST, World
from e2e.readers.writers import check
from e2e.support.server import exchange
from e2e.support.waiting import wait_until

BEGINNING = datetime(2026, 5, 20, 11, 50)
ROUNDS = 30
# Files are taken away in the first of them only: what a follower has to have read of such a file cannot be told.
ROUNDS_WITH_LOSSES = 8
EVENTS_PER_ROUND = 2_400


class Controller:
    def __init__(self, world: World, choices: random.Random, run_root: Path, moved: Path):
        self.world = world
        self.choices = choices
        self.run_root = run_root
        # Where files are taken to.
        self.moved = moved
        self.run_dirs = itertools.count()
        self.numbers = itertools.count(1)
        self.active: Path | None = None
        self.stopped: list[Path] = []
        self.done: list[str] = []
        self.now = BEGINNING

    def run(self) -> None:
        actions = (self._start_run, self._replace_run, self._stop_run, self._take_site_file, self._take_run_file)
        weights = (6, 4, 4, 1, 1)
        for round_number in range(ROUNDS):
            if round_number > 0:
                self._kill_and_start()
            for _ in range(6):
                self.world.wait_for_events(EVENTS_PER_ROUND // 6)
                count = len(actions) if round_number < ROUNDS_WITH_LOSSES else 3
                self.choices.choices(actions[:count], weights[:count])[0]()

    def _call(self, path: str, body: dict | None = None) -> dict:
        with closing(self.world.connect()) as connection:
            response = exchange(connection, "POST", path, body)
        check(response)
        return response.json

    # Runs

    def _start_run(self) -> None:
        if self.active:
            return self._stop_run()
        # A directory of its own below the site directory or the run root, or one that was used before.
        name = f"{next(self.run_dirs):03}"
        path = self.choices.choice([name, str(self.run_root / name), *map(str, self.stopped[-2:])])
        self._begin(path, replace=False)
        return None

    def _replace_run(self) -> None:
        self._begin(f"{next(self.run_dirs):03}", replace=True)

    def _begin(self, path: str, replace: bool) -> None:
        run_id = f"run-{len(self.done)}"
        run = self._call("/run/start", {"run_id": run_id, "run_dir": path, "replace": replace})
        if self.active:
            self.stopped.append(self.active)
        self.active = Path(run["run_dir"])
        self.stopped = [stopped for stopped in self.stopped if stopped != self.active]
        self.done.append(f"run {run_id} in {path}")

    def _stop_run(self) -> None:
        if self.active:
            self._call("/run/stop")
            self.stopped.append(self.active)
            self.active = None
            self.done.append("stop")

    # Files

    def _take_site_file(self) -> None:
        files = sorted(self.world.server.site_dir.glob("site_*.ndjson"))
        if files:
            self._take(self.choices.choice(files))
            self._see_recorded("site", lambda: self.world.server.site_dir.glob("site_*.ndjson"))

    def _take_run_file(self) -> None:
        if self.active and (path := self.active / "telemetry.ndjson").exists():
            self._take(path)
            self._see_recorded("run", lambda: [path])

    def _take(self, path: Path) -> None:
        path.rename(self.moved / f"{len(self.done)}-{path.parent.name}-{path.name}")
        self.done.append(f"take {path}")

    def _see_recorded(self, stream: str, files) -> None:
        """Returns when the server has seen that a file is gone, so that what it records is in a file that is there.

        Were it killed before, it would not know the numbers of the events in the file that is gone, and use them again.
        """

        def is_recorded() -> bool:
            number = self._record(stream)["data"]["n"]
            text = f'"data":{{"n":{number}}}'.encode()
            return any(text in path.read_bytes() for path in files() if path.exists())

        wait_until(is_recorded, f"an event is in a {stream} file that is in its place", self.world.server.log)

    def _record(self, stream: str | None = None, number: int | None = None) -> dict:
        number = next(self.numbers) if number is None else number
        self.world.sent.append(number)
        event = self._call("/event", {"type": "controller", "data": {"n": number}, "stream": stream})
        self.world.acknowledge([number])
        self.now = max(self.now, datetime.fromisoformat(event["ts"].removesuffix("Z")))
        return event

    # The server

    def start(self) -> None:
        self.world.server.env = {"TZ": "UTC", "POCSTIME": f"{self.now:%Y-%m-%d %H:%M:%S}"}
        self.world.start()

    def _kill_and_start(self) -> None:
        self._record()
        self.world.kill()
        # The clock goes on, is put back, or is a minute before the next noon.
        noon = self.now.replace(hour=11, minute=59, second=0)
        noon += timedelta(days=noon <= self.now)
        self.now = self.choices.choice((self.now, self.now - timedelta(hours=2), noon))
        self.done.append(f"kill, {self.now}")
        self.start()

    def record_last(self) -> None:
        self._record(number=LAST)
