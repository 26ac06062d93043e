"""What has to be true of a server that was killed and started again."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from e2e.durability.load import Attempt
from e2e.support import stored
from e2e.support.server import Server

PUBLIC = ("seq", "ts", "type", "data", "meta")


def check_files(attempts: dict[str, Attempt], root: Path) -> dict[str, dict]:
    """All that was acknowledged is in its file, once, as it was answered. Gives the lines by their events' ids."""
    by_file = stored.files(root)
    for path, lines in by_file.items():
        seqs = [line["seq"] for line in lines]
        assert all(a < b for a, b in pairwise(seqs)), f"{path}: {_disorder(seqs)}"
    site = [line["seq"] for path, lines in by_file.items() if path.startswith("site_") for line in lines]
    assert all(a < b for a, b in pairwise(site)), f"the site stream: {_disorder(site)}"

    placed = [(path, line) for path, lines in by_file.items() for line in lines]
    twice = [name for name, count in Counter(line["data"]["id"] for _, line in placed).items() if count > 1]
    assert not twice, f"in the files more than once: {twice}"
    for path, line in placed:
        attempt = attempts[line["data"]["id"]]
        assert attempt.is_stored, f"an ephemeral event is in {path}: {line}"
        run_id = line["meta"].get("run_id")
        assert path.startswith("site_") if run_id is None else path == f"{run_id}/telemetry.ndjson", (path, line)
        assert line["stream"] == ("site" if run_id is None else "run"), (path, line)

    found = {line["data"]["id"]: line for _, line in placed}
    acknowledged = [attempt for attempt in attempts.values() if attempt.answer and attempt.is_stored]
    missing = [attempt.answer for attempt in acknowledged if attempt.id not in found]
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged events are missing, such as {missing[:3]}"
    for attempt in acknowledged:
        assert public(found[attempt.id]) == attempt.answer
    return found


def check_current(attempts: dict[str, Attempt], found: dict[str, dict], current: dict[str, dict]) -> None:
    """Each type's event is in a file, as it is answered, and none that was acknowledged is newer."""
    candidates = [a for a in attempts.values() if a.answer and a.is_stored and a.makes_current]
    assert {attempt.request["type"] for attempt in candidates} <= set(current), current.keys()
    for event_type, event in current.items():
        shown = attempts[event["data"]["id"]]
        assert shown.request["type"] == event_type and shown.makes_current, event
        assert shown.is_stored and public(found[shown.id]) == event, f"not in a file: {event}"
        newer = [a.answer for a in candidates if a.request["type"] == event_type and _is_newer(a, shown, event)]
        assert not newer, f"/current went back to {event} from {newer[-1]}"


def check_runs(server: Server, run_ids: Iterable[str | None], stopped: Iterable[str] = ()) -> dict | None:
    """One of `run_ids` is active, or none if None is among them; and `stopped` are not. Gives the active run."""
    answer = server.get("/run")
    assert answer.status in (200, 404), answer
    active = answer.json if answer.status == 200 else None
    assert (active and active["run_id"]) in run_ids, f"active is {active}, and should be one of {run_ids}"
    runs = {run["run_id"]: run for run in server.get("/runs").json["runs"]}
    open_runs = [run_id for run_id, run in runs.items() if run["stopped_at"] is None]
    assert open_runs == ([active["run_id"]] if active else []), f"active is {active}, open are {open_runs}"
    assert set(stopped) <= set(runs), f"{stopped} were stopped, and known are {set(runs)}"
    if active:
        # That of an earlier run is written when it stops, and may lag behind when it was killed then.
        lines = stored.run_lines(active)
        assert runs[active["run_id"]]["events"] == len(lines), (runs[active["run_id"]], len(lines))
    return active


def public(line: dict) -> dict:
    return {name: line[name] for name in PUBLIC}


def _is_newer(attempt: Attempt, shown: Attempt, event: dict) -> bool:
    """Whether an acknowledged event came after the one that is shown: by its number, or by what a client could see."""
    if attempt.answer["meta"].get("run_id") == event["meta"].get("run_id"):
        return attempt.answer["seq"] > event["seq"]
    return attempt.sent > shown.settled


def _disorder(seqs: list[int]) -> str:
    return ", ".join(f"{b} after {a}" for a, b in pairwise(seqs) if a >= b)
