import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.otlp.transcoder import Transcoder


@pytest.fixture(scope="session")
def transcoder() -> Iterator[Transcoder]:
    """The one that `TELEMETRY_OTLP_TRANSCODER` names, or else what the build has beside the program under test."""
    beside = Path(os.environ["TELEMETRY_BINARY"]).with_name("otlp-transcoder")
    transcoder = Transcoder(Path(os.environ.get("TELEMETRY_OTLP_TRANSCODER", beside)))
    yield transcoder
    transcoder.close()
