import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.otlp.transcoder import Transcoder


@pytest.fixture(scope="session")
def transcoder() -> Iterator[Transcoder]:
    """What the build has beside the program under test."""
    transcoder = Transcoder(Path(os.environ["TELEMETRY_BINARY"]).with_name("otlp-transcoder"))
    yield transcoder
    transcoder.close()
