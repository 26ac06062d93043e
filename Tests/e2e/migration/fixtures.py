"""Fixtures of the migration suite."""

from pathlib import Path

import pytest


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An empty directory for a PanFileDB."""
    path = tmp_path / "json_store" / "panoptes"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    """Where to migrate to; not made yet."""
    return tmp_path / "telemetry" / "migrated"
