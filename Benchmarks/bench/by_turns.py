"""Two binaries of the server by turns: PYTHONPATH=Benchmarks python3 -m bench.by_turns BINARY OTHER_BINARY

Each round starts both on fresh directories, one after the other and the next round the other way round, and loads both alike.
Prints the median ratio of BINARY to OTHER_BINARY, and the least and the greatest, of the rate and of processor time an event.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from .load import wrk
from .servers import Telemetry

ROWS = [(sync, connections) for sync in ("never", "always") for connections in (1, 16, 64, 256)]


def main():
    parser = argparse.ArgumentParser(prog="bench.by_turns", description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--directory", type=Path, default=None, help="on a disk; default: the temporary directory")
    options = parser.parse_args()
    binaries = [options.binary.resolve(), options.other.resolve()]

    print(f"{options.rounds} rounds of {options.seconds} s; ratios of {binaries[0]} to {binaries[1]}")
    for sync, connections in ROWS:
        rates, times = [], []
        for turn in range(options.rounds):
            figures = {}
            for binary in binaries if turn % 2 == 0 else reversed(binaries):
                figures[binary] = _measure(binary, sync, connections, options)
            one, other = (figures[binary] for binary in binaries)
            rates.append(one["per_second"] / other["per_second"])
            times.append(one["cpu_us"] / other["cpu_us"])
        print(f"{sync:8} {connections:4} connections: rate {_range(rates)}, processor time {_range(times)}", flush=True)


def _measure(binary, sync, connections, options):
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        server = Telemetry(binary, Path(directory) / "server", sync)
        try:
            wrk(server, connections, 1)
            return wrk(server, connections, options.seconds)
        finally:
            server.stop()


def _range(values):
    return f"{statistics.median(values):.3f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
