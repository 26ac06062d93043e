"""What has to be true of all that was read."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

from e2e.readers.followers import Life
from e2e.readers.pagers import Walk
from e2e.readers.world import World
from e2e.support import stored


class Oracle:
    """The log as it is at the end, and the files that were taken away."""

    def __init__(self, world: World, lines: list[bytes], moved: Path):
        self.world = world
        self.lines = [json.loads(line) for line in lines]
        self.numbers = [line["data"]["n"] for line in self.lines]
        self.place = {number: place for place, number in enumerate(self.numbers)}
        self.moved = {line["data"]["n"] for path in moved.iterdir() for line in stored.lines(path)}
        self.acknowledged = {number: place for place, number in enumerate(world.acknowledged)}
        self.sent = {number: place for place, number in enumerate(world.sent)}

    def check_files(self, roots: tuple[Path, ...], lines: list[bytes]) -> None:
        """The pages hold the lines of all files, each once, and the files all that was acknowledged."""
        in_files = [
            line for root in roots for path in root.rglob("*.ndjson") for line in path.read_bytes().splitlines()
        ]
        assert Counter(lines) == Counter(in_files)
        counts = Counter(self.numbers + list(self.moved))
        assert [number for number, count in counts.items() if count > 1] == []
        assert counts.keys() <= self.sent.keys()
        assert [number for number in self.world.acknowledged if number not in counts] == []

    def check_order(self) -> None:
        """Within a stream by `seq`; and a site line comes after those lines of the run that it says were there."""
        seen: dict[str, int] = {}
        last: dict[str, dict] = {}
        for line in self.lines:
            run_id = line["meta"].get("run_id", "")
            assert line["seq"] > seen.get(run_id, 0), (last.get(run_id), line)
            seen[run_id], last[run_id] = line["seq"], line
        positions: dict[str, list[tuple[int, int]]] = {}
        for place, line in enumerate(self.lines):
            if "during" in line:
                positions.setdefault(line["during"]["run_id"], []).append((place, line["during"]["seq"]))
        for place, line in enumerate(self.lines):
            for site_place, seq in positions.get(line["meta"].get("run_id", ""), ()):
                assert (line["seq"] <= seq) == (place < site_place), (line, self.lines[site_place])

    def check_life(self, life: Life) -> None:
        numbers = [event.number for event in life.events]
        self._check_once(life)
        assert not self.world.ephemeral & set(numbers), f"{life.name}: ephemeral"
        unknown = [number for number in numbers if number not in self.place and number not in self.moved]
        assert not unknown, f"{life.name}: {unknown[:5]} are in no file"
        first, last = self._check_span(numbers, life.name)
        if life.acknowledged_before is None:
            assert first in (0, None), f"{life.name}: begins at {first}"
        else:
            early = [n for n in numbers if self.acknowledged.get(n, len(self.sent)) < life.acknowledged_before]
            assert not early, f"{life.name}: {early[:5]} were acknowledged before it began"
        if life.is_whole:
            assert last == len(self.numbers) - 1, f"{life.name}: ends at {last}"
        # What is missing at the beginning had been sent before.
        missing = [n for n in self.numbers[: first or 0] if self.sent[n] >= life.sent_before]
        if life.acknowledged_before is not None:
            assert not missing, f"{life.name}: lacks {missing[:5]} at its beginning"
        self._check_ascending(life)

    def check_walk(self, walk: Walk) -> None:
        name = f"walk {walk.order} from {walk.after}"
        numbers = walk.numbers if walk.order == "asc" else walk.numbers[::-1]
        assert len(set(numbers)) == len(numbers), f"{name}: twice"
        first, last = self._check_span(numbers, name)
        if first is None:
            return
        if walk.order == "desc":
            if walk.is_through:
                assert first == 0, f"{name}: ends at {first}"
            if walk.after in self.place:
                assert last == self.place[walk.after], f"{name}: begins with {last}"
        elif walk.after is None:
            assert first == 0, f"{name}: begins with {first}"
        elif walk.after in self.place:
            assert first == self.place[walk.after] + 1, f"{name}: begins with {first}"

    def _check_span(self, numbers: list[int], name: str) -> tuple[int | None, int | None]:
        """All but those of files that were taken away are events of the log one after another. Gives the ends."""
        places = [self.place[number] for number in numbers if number in self.place]
        for before, after in pairwise(places):
            assert after == before + 1, (
                f"{name}: after {self.lines[before]} comes {self.lines[after]}, {after - before} further"
            )
        return (places[0], places[-1]) if places else (None, None)

    @staticmethod
    def _check_once(life: Life) -> None:
        seen: dict[int, int] = {}
        for place, event in enumerate(life.events):
            before = seen.setdefault(event.number, place)
            joint = max((joint for joint in life.joints if joint[0] <= place), default=None)
            assert before == place, f"{life.name}: {event} is the {before}th and the {place}th; it went on at {joint}"

    @staticmethod
    def _check_ascending(life: Life) -> None:
        seen: dict[str, int] = {}
        for event in life.events:
            assert event.seq > seen.get(event.stream, 0), f"{life.name}: {event} after {seen[event.stream]}"
            seen[event.stream] = event.seq
