"""Fixtures of the monitoring suite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.monitoring.prometheus import Prometheus


@pytest.fixture
def scrape(tmp_path: Path) -> Iterator[Callable[..., Prometheus]]:
    """Starts Debian's prometheus, which scrapes a server every 100 ms."""
    started: list[Prometheus] = []

    def start(port: int, **options: str) -> Prometheus:
        started.append(Prometheus(tmp_path / f"prometheus{len(started)}", port, **options))
        return started[-1]

    yield start
    for prometheus in started:
        prometheus.end()
