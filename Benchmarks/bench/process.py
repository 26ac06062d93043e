"""Processes and the machine, as /proc shows them."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkError(Exception):
    """Ends the benchmark with a message."""


def output(command, timeout=60, **options):
    """What a program prints; it must succeed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, **options)
    if done.returncode != 0:
        raise BenchmarkError(f"{words[0]} ended with status {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def cpu_seconds(pid):
    """What a process and all its threads have computed; from schedstat, which counts nanoseconds and not ticks."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            total += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass  # It has ended meanwhile. The threads that serve do not.
    return total / 1e9


def voluntary_switches(pid):
    """How often the threads of a process have gone to sleep."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            status = Path(f"/proc/{pid}/task/{thread}/status").read_text()
        except FileNotFoundError:
            continue
        total += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])
    return total


def written_bytes(pid):
    """What a process has had written to disks, now or later; also of one that has ended and was not waited for."""
    return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)[1])


def resident_kb(pid):
    return int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def end(process, number=signal.SIGTERM, timeout=30):
    """Stops a process and returns its status."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise BenchmarkError(f"{process.args[0]} did not stop within {timeout} s") from None
    return process.returncode


def wait_until(condition, what, timeout=60):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise BenchmarkError(f"{what}: not within {timeout} s")


def count_lines(paths):
    total = 0
    for path in paths:
        with open(path, "rb") as file:
            total += sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    return total


class OtherWork:
    """What share of the machine's processors others than this benchmark and its servers used, since it was made."""

    def __init__(self):
        self.start = self._busy(), time.monotonic()
        self.own = 0.0

    @staticmethod
    def _busy():
        # user, nice, system, irq, softirq and steal: all but idle and waiting for the disk.
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return (sum(fields) - fields[3] - fields[4]) / TICKS

    def percent(self, own_seconds):
        busy, elapsed = self._busy() - self.start[0], time.monotonic() - self.start[1]
        return 100 * max(0.0, busy - own_seconds) / elapsed / os.cpu_count()


def machine(directory):
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model[1] if model else os.uname().machine,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": os.uname().release,
        "file_system": output(["stat", "-f", "-c", "%T", directory]).strip(),
    }
