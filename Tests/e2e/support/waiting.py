"""Waiting for a condition. Nothing is ever waited for by a time that somebody guessed."""

import time
from collections.abc import Callable, Sequence

# Bounds a hang, in seconds. Nothing that works takes this long, however busy the machine is.
TIMEOUT = 180.0


def wait_until(condition: Callable[[], object], what: str, log: Sequence[str] = ()):
    """Waits for a condition to become true, and gives its value. `log` is shown when it never does."""
    deadline = time.monotonic() + TIMEOUT
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited in vain until {what}: {''.join(log)}"
        time.sleep(0.01)
    return value
