"""What stands in the files of a server."""

import os
from pathlib import Path

from e2e.support.server import strict_json


def lines(path: Path) -> list[dict]:
    """The events of one file: each line ends with a newline and is strict JSON."""
    content = path.read_bytes()
    assert content == b"" or content.endswith(b"\n"), f"{path} has a torn line: {content[-200:]!r}"
    return [strict_json(line) for line in content.splitlines()]


def files(root: Path) -> dict[str, list[dict]]:
    """The events of all files below `root`, by relative path."""
    return {str(path.relative_to(root)): lines(path) for path in sorted(root.rglob("*.ndjson"))}


def site_lines(site_dir: Path) -> list[dict]:
    """The events of the site stream, over all days."""
    return [line for path in sorted(site_dir.glob("site_*.ndjson")) for line in lines(path)]


def run_lines(run: dict) -> list[dict]:
    """The events of a run, as the server describes it; none when there is no file."""
    path = Path(run["run_dir"]) / "telemetry.ndjson"
    return lines(path) if path.exists() else []


def tree(root: Path) -> dict[str, bytes | str | None]:
    """All below `root` but the servers' own `.telemetry`: contents of files, targets of links, None for others."""
    found: dict[str, bytes | str | None] = {}
    for directory, names, file_names in os.walk(root):
        if ".telemetry" in names:
            names.remove(".telemetry")
        for name in names + file_names:
            path = Path(directory, name)
            relative = str(path.relative_to(root))
            if path.is_symlink():
                found[relative] = os.readlink(path)
            else:
                found[relative] = path.read_bytes() if path.is_file() else None
    return found
