"""Fixtures of the history suite."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.history.asking import wait_until_ready
from e2e.history.nights import ZONE, Nights
from e2e.history.oracle import Oracle
from e2e.support.server import Server


@dataclass(frozen=True)
class Winter:
    """A site directory whose files were made from a seed, what is in them, and where a server has indexed them."""

    site_dir: Path
    oracle: Oracle


def _seed() -> str:
    """What all files and choices are made from; $HISTORY_SEED replays it."""
    seed = os.environ.get("HISTORY_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nHISTORY_SEED={seed}")
    return seed


@pytest.fixture(scope="session")
def history_seed() -> str:
    return _seed()


@pytest.fixture
def history_choices(history_seed: str, request: pytest.FixtureRequest) -> random.Random:
    """A source of random choices for a test. The seed is printed when the test fails."""
    print(f"\nHISTORY_SEED={history_seed}")
    return random.Random(f"{history_seed} {request.node.name}")


def _made(root: Path, nights: Nights) -> Winter:
    """Makes the files, and has a server index them that stays up no longer than that."""
    site_dir = root / "site"
    nights.write(site_dir)
    server = Server(site_dir, env={"TZ": ZONE}).start()
    try:
        wait_until_ready(server)
        assert server.stop() == 0
    finally:
        server.process.kill()
    return Winter(site_dir, Oracle(site_dir))


@pytest.fixture(scope="session")
def winter(history_seed: str, tmp_path_factory: pytest.TempPathFactory) -> Winter:
    """All that there may be, in 175 days."""
    return _made(tmp_path_factory.mktemp("winter"), Nights(history_seed))


@pytest.fixture(scope="session")
def winter_server(winter: Winter) -> Iterator[Server]:
    """A server on those files. Nothing is recorded there."""
    server = Server(winter.site_dir, env={"TZ": ZONE}).start()
    wait_until_ready(server)
    yield server
    try:
        assert server.stop() == 0
    finally:
        server.process.kill()


@pytest.fixture(scope="session")
def _small_winter(history_seed: str, tmp_path_factory: pytest.TempPathFactory) -> Winter:
    return _made(tmp_path_factory.mktemp("small winter"), Nights(history_seed, share=0.1))


@pytest.fixture
def small_winter(_small_winter: Winter, tmp_path: Path) -> Winter:
    """Fewer events, as a copy with its index that a test may change."""
    site_dir = tmp_path / "site"
    shutil.copytree(_small_winter.site_dir, site_dir)
    return Winter(site_dir, _small_winter.oracle)


@pytest.fixture
def large_day(history_choices: random.Random, tmp_path: Path) -> Path:
    """A site directory with two days of 36 MB, more than is read at a time."""
    site_dir = tmp_path / "site"
    site_dir.mkdir()
    for day in (6, 7):
        with (site_dir / f"site_2026010{day}.ndjson").open("w") as file:
            for index in range(24_000):
                minute, tenths = divmod(index, 600)
                head = f'{{"seq":{day * 100_000 + index},"ts":"2026-01-0{day}T18:{minute:02}:{tenths / 10:04.1f}Z"'
                value, pad = history_choices.randrange(10_000) / 8, "x" * history_choices.randrange(900, 1_800)
                file.write(
                    f'{head},"stream":"site","type":"large","data":{{"v":{value},"pad":"{pad}"}},"meta":{{}}}}\n'
                )
    return site_dir


@pytest.fixture
def make_winter_server(make_server) -> Callable[..., Server]:
    """Makes servers in the time zone of the files."""

    def make(*flags: str, **options) -> Server:
        return make_server(*flags, env={"TZ": ZONE} | options.pop("env", {}), **options)

    return make
