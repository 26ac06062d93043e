"""Fixtures of the monitoring suite."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.monitoring.prometheus import Prometheus, configuration


@pytest.fixture
def run_prometheus(tmp_path: Path) -> Iterator[Callable[[Path], Prometheus]]:
    """Starts Debian's prometheus with a configuration."""
    started: list[Prometheus] = []

    def start(path: Path) -> Prometheus:
        started.append(Prometheus(tmp_path / f"prometheus{len(started)}", path))
        return started[-1]

    yield start
    for prometheus in started:
        prometheus.end()


@pytest.fixture
def scrape(tmp_path: Path, run_prometheus) -> Callable[..., Prometheus]:
    """Starts Debian's prometheus, which scrapes a server every 100 ms."""

    def start(port: int, token_file: Path | None = None) -> Prometheus:
        path = tmp_path / "scrape.yml"
        path.write_text(configuration(port, token_file))
        return run_prometheus(path)

    return start
