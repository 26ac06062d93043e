"""Measures the server, next to the least that its work can cost and to what a user might take instead.

Prints tables, writes all figures as JSON, and when everything was measured puts them into docs/performance.md.
Benchmarks/README.md says what is measured and how to read it.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import history, indexing, paging, report, rollups
from .process import BenchmarkError, OtherWork, machine
from .rounds import Rounds

CHECKOUT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = CHECKOUT / "docs/performance.md"
PARTS = ("events-never", "events-interval", "events-always", "closing", "peers", "batches", "current", "connections",
         "latency", "followed", "followers", "scraped", "limited", "history", "paging", "rollups", "indexing")  # fmt: skip
# These are not measured in rounds.
ONCE = ("history", "paging", "rollups", "indexing")
FULL_ROUNDS = 5


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=FULL_ROUNDS, metavar="N", help="rounds to take medians of (5)")
    parser.add_argument("--seconds", type=int, default=1, metavar="S", help="for each measurement (1)")
    parser.add_argument("--scale", type=float, default=1, metavar="F",
                        help="history and paging with F times 10 million events, rollups with F times a month and "
                             "a year (1)")  # fmt: skip
    parser.add_argument("--json", type=Path, default=CHECKOUT / ".build/benchmarks/bench.json", metavar="FILE",
                        help="where to write all figures (.build/benchmarks/bench.json)")  # fmt: skip
    parser.add_argument("--directory", type=Path, default=CHECKOUT / ".build/benchmarks", metavar="DIR",
                        help="where to write, on the disk to be measured; 15 GB are needed (.build/benchmarks)")  # fmt: skip
    parser.add_argument("--no-docs", action="store_true", help="leave docs/performance.md as it is")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    for name in ("binary", "programs", "peers"):  # scripts/bench knows
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if options.rounds < 1 or options.seconds < 1 or options.scale <= 0:
        parser.error("--rounds, --seconds and --scale must be positive")
    return options


class Progress:
    """One line that is written over on a terminal; elsewhere, one for each round."""

    def __init__(self):
        self.start = time.monotonic()
        self.is_terminal = sys.stderr.isatty()

    def say(self, text, is_important=False):
        elapsed = time.strftime("%M:%S", time.gmtime(time.monotonic() - self.start))
        if self.is_terminal:
            print(f"\r\033[K{elapsed} {text}", end="", file=sys.stderr, flush=True)
        elif is_important:
            print(f"{elapsed} {text}", file=sys.stderr, flush=True)

    def end(self):
        if self.is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure(options, work, progress):
    parts = options.parts or PARTS
    programs = {path.name: path for path in options.programs.iterdir()}
    peers = {"python": options.peers / "reference/bin/python", "root": options.peers / "debian",
             "duckdb": options.peers / "duckdb/bin/python"}  # fmt: skip
    binary = work / "telemetry"  # a copy: the original may be built anew meanwhile
    shutil.copy2(options.binary, binary)
    number = 0

    def say(text):
        progress.say(f"round {number} of {options.rounds}: {text}")

    rounds = Rounds(programs, binary, peers, work, options.seconds, say)
    found = []
    if set(parts) - set(ONCE):
        for number in range(1, options.rounds + 1):
            progress.say(f"round {number} of {options.rounds}", is_important=True)
            found.append(rounds.run(parts))

    def announce(text):
        progress.say(text, is_important=True)

    measures = {
        "history": lambda: history.measure(programs, binary, rounds.batch, work, announce, options.scale),
        "paging": lambda: paging.measure(programs, binary, work, announce, options.scale),
        "rollups": lambda: rollups.measure(programs, binary, peers, work, announce, options.scale),
        "indexing": lambda: indexing.measure(binary, work, announce, options.scale),
    }
    return found, {name: measures[name]() for name in ONCE if name in parts}


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    progress = Progress()
    try:
        options.directory.mkdir(parents=True, exist_ok=True)
        about = machine(options.directory)
        if about["file_system"] in ("tmpfs", "ramfs"):
            raise BenchmarkError(f"{options.directory} is on {about['file_system']}, where a sync costs nothing")
        needed = 15e9 if "rollups" in (options.parts or PARTS) else 5e9
        if shutil.disk_usage(options.directory).free < needed:
            raise BenchmarkError(
                f"{options.directory} has too little space: {needed / 1e9:.0f} GB are needed; give --directory")
        others = OtherWork()
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as work:
            found, once = measure(options, Path(work), progress)
        own = sum(os.times()[:4])
        about |= {"other_work_percent": others.percent(own), "rounds": options.rounds, "seconds": options.seconds}
    except (BenchmarkError, subprocess.SubprocessError, OSError) as error:
        progress.end()
        sys.exit(f"scripts/bench: {error}")
    progress.end()

    results = report.Results(found, **once)
    heading = (
        f"{about['processor']}, {about['cores']} cores, Linux {about['kernel']}, {about['file_system']}; "
        f"medians of {options.rounds} rounds of {options.seconds} s; "
        f"others used {about['other_work_percent']:.0f} % of the processors meanwhile.")
    text = report.markdown(results, heading)
    targets = report.targets(results)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    figures = {"machine": about, "targets": targets, "rounds": found} | once
    options.json.write_text(json.dumps(figures, indent=1) + "\n")
    print(report.plain(text))
    print(f"all figures: {options.json}")
    is_full = not options.parts and options.rounds >= FULL_ROUNDS and options.scale >= 1
    if is_full and not options.no_docs:
        report.write_into(DOCUMENT, text)
        print(f"written into {DOCUMENT}")
    missed = [target["what"] for target in targets if not target["is_met"]]
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
