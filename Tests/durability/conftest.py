"""Fixtures of the durability tests, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import os
import random
import sys
from pathlib import Path

import pytest

_CONFORMANCE = Path(__file__).parent.parent / "conformance"
sys.path.insert(0, str(_CONFORMANCE))

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _CONFORMANCE / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server
server = _conformance.server


@pytest.fixture
def choices(request: pytest.FixtureRequest) -> random.Random:
    """A source of random choices. Its seed is printed when the test fails; $DURABILITY_SEED replays it."""
    seed = os.environ.get("DURABILITY_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nDURABILITY_SEED={seed}")
    return random.Random(f"{seed} {request.node.name}")
