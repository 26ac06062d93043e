"""However large a store is, it migrates within 64 MB of resident memory and with few open files."""

import random
import subprocess
import sys

import pytest

from e2e.migration.panfiledb import record, summary
from e2e.support.server import EXIT_TIMEOUT, binary, environment

LIMIT = 64_000_000

# The peak that the kernel reports of a child counts the parent's memory up to exec(2): this parent is a small one.
MEASURE = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def _peak(source, dest) -> int:
    """Migrates, which has to succeed with 24 open files, and gives the peak of the resident memory in bytes."""
    migration = [binary(), "migrate", "--source", str(source), "--dest", str(dest)]
    program = [sys.executable, "-S", "-E", "-c", MEASURE, *migration]
    measured = subprocess.run(program, env=environment(), capture_output=True, text=True, timeout=10 * EXIT_TIMEOUT)
    status, peak = measured.stdout.splitlines()[-1].split()
    assert status == "0", measured
    return int(peak)


def _write_a_day_in_disorder(path, megabytes: int) -> None:
    """A collection whose records are all of one day, in no order."""
    choices = random.Random(1)
    pad = "x" * 900
    with path.open("wb") as file:
        for _ in range(megabytes):
            hours, minutes = choices.randrange(24), choices.randrange(60)
            line = record("ID", f"2026-03-18T{hours:02}:{minutes:02}:SS.000", pad)
            for n in range(1_000):
                file.write(line.replace(b"ID", b"%d" % n).replace(b"SS", b"%02d" % choices.randrange(60)))


def test_records_of_one_day_that_are_four_times_the_limit(source, dest):
    _write_a_day_in_disorder(source / "weather.json", 270)
    assert (source / "weather.json").stat().st_size > 4 * LIMIT

    assert _peak(source, dest) < LIMIT

    times = []
    with (dest / "site_20260318.ndjson").open("rb") as file:
        for number, line in enumerate(file, start=1):
            assert line.startswith(b'{"seq":%d,"ts":"2026-03-18T' % number)
            times.append(line[line.index(b'"ts"') :][:30])
    assert len(times) == 270_000 and times == sorted(times)


@pytest.mark.parametrize(
    "line",
    [
        b'{"date":"2026-03-18","data":[' + b"0," * 700_000 + b"0]}\n",
        b'{"date":"2026-03-18","data":[' + b"[]," * 450_000 + b"0]}\n",
        b'{"date":"2026-03-18","data":"' + "é".encode() * 700_000 + b'"}\n',
        b'{"date":"2026-03-18","data":[' + b"0," * 700_000 + b"\n",
        b"\0" * 1_000_000 + b"\n",
    ],
    ids=["numbers", "arrays", "text", "not JSON", "zeros"],
)
def test_lines_of_the_greatest_length(line, source, dest):
    with (source / "weather.json").open("wb") as file:
        file.writelines([line] * 10)
        file.write(record("a", "2026-03-18"))

    assert _peak(source, dest) < LIMIT


def test_a_line_that_is_the_whole_store(source, dest):
    with (source / "weather.json").open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + record("a", "2026-03-18"))

    assert _peak(source, dest) < LIMIT

    assert (dest / "weather.json.rejected").stat().st_size == 200_000_001
    assert summary(source, dest)["files_unchanged"] == 2


def test_a_thousand_days_and_a_hundred_collections(source, dest):
    for n in range(100):
        lines = [record("a", f"{1900 + n}-{1 + day // 28:02}-{1 + day % 28:02}") for day in range(12)]
        (source / f"collection {n}.json").write_bytes(b"".join(lines) + b"{\n")

    assert _peak(source, dest) < LIMIT

    assert len(list(dest.glob("site_*"))) == 1_200
    assert len(list(dest.glob("*.rejected"))) == 100
