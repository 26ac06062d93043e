"""Fixtures of the readers suite."""

import os
import random
from collections.abc import Callable

import pytest


@pytest.fixture
def choices_of() -> Callable[[str], random.Random]:
    """A source of random choices for each actor. Its seed is printed when the test fails; $READERS_SEED replays the
    choices, though not what the threads of both sides make of them.
    """
    seed = os.environ.get("READERS_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nREADERS_SEED={seed}")
    return lambda actor: random.Random(f"{seed} {actor}")
