"""Fixtures of the deliveries suite."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.deliveries.alertmanager import Alertmanager
from e2e.deliveries.receiver import Receiver
from e2e.support.server import Server

LIMITS = """
[[limit]]
name = "{name}"
type = "{name}"
field = "value"
labels = {{ site = "lapalma" }}
warning = {{ above = 15 }}
critical = {{ above = 20 }}
"""


def limits(*names: str) -> str:
    """Limits of events of these types: a warning above 15, critical above 20."""
    return "".join(LIMITS.format(name=name) for name in names)


@pytest.fixture
def make_receiver() -> Iterator[Callable[..., Receiver]]:
    receivers: list[Receiver] = []

    def make(port: int = 0) -> Receiver:
        receivers.append(Receiver(port))
        return receivers[-1]

    yield make
    for receiver in receivers:
        receiver.stop()


@pytest.fixture
def receiver(make_receiver) -> Receiver:
    return make_receiver()


@pytest.fixture
def deliveries_file(tmp_path: Path) -> Path:
    return tmp_path / "limits.toml"


@pytest.fixture
def make_watching_server(make_server, deliveries_file: Path) -> Callable[..., Server]:
    """Makes servers, not started yet, that watch what a text says."""

    def make(text: str, **options) -> Server:
        deliveries_file.write_text(text)
        return make_server("--limits", str(deliveries_file), **options)

    return make


@pytest.fixture
def alertmanager(tmp_path: Path, receiver: Receiver) -> Iterator[Alertmanager]:
    """One that tells `receiver`."""
    directory = tmp_path / "alertmanager"
    directory.mkdir()
    started = Alertmanager(directory, receiver.url).start()
    yield started
    started.kill()


@pytest.fixture
def delivery_choices() -> random.Random:
    """A source of random choices. Its seed is printed when the test fails; $DELIVERIES_SEED replays the choices."""
    seed = os.environ.get("DELIVERIES_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nDELIVERIES_SEED={seed}")
    return random.Random(seed)
