"""Fixtures of the alarms suite."""

import os
import random
from pathlib import Path

import pytest

from e2e.alarms.watched import LimitsFile


@pytest.fixture
def limits_file(tmp_path: Path) -> LimitsFile:
    """A limits file, which watches nothing yet."""
    return LimitsFile(tmp_path / "limits.toml")


@pytest.fixture
def alarm_choices(request: pytest.FixtureRequest) -> random.Random:
    """A source of random choices. The seed is printed when the test fails; $ALARMS_SEED replays it."""
    seed = os.environ.get("ALARMS_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nALARMS_SEED={seed}")
    return random.Random(f"{seed} {request.node.name}")
