"""Fixtures of the browser tests, which drive the binary that $TELEMETRY_BINARY names as the conformance tests do."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_CONFORMANCE = Path(__file__).parent.parent / "conformance"
sys.path.insert(0, str(_CONFORMANCE))

from chromium import Chromium  # noqa: E402
from hostile_site import HostileSite  # noqa: E402

# A module of the name `conftest` is in use already: this one.
_spec = importlib.util.spec_from_file_location("conformance_fixtures", _CONFORMANCE / "conftest.py")
_conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_conformance)

pytest_configure = _conformance.pytest_configure
make_server = _conformance.make_server


@pytest.fixture(scope="module")
def hostile_site() -> Iterator[HostileSite]:
    """A web site of somebody else, with pages that the tests put there."""
    site = HostileSite()
    yield site
    site.close()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser that finds the names of the hostile site, and one that its owner has rebound to this machine."""
    names = [f"MAP *.evil.example {HostileSite.address}", "MAP rebound.example 127.0.0.1"]
    options = [
        f"--host-resolver-rules={', '.join(names)}",
        # Not every browser asks its user before a page from elsewhere may reach this machine, as this one would.
        "--disable-features=LocalNetworkAccessChecks",
    ]
    chromium = Chromium(tmp_path_factory.mktemp("profile"), *options)
    yield chromium
    chromium.close()
