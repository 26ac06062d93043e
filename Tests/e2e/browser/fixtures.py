"""Fixtures of the browser suite."""

from collections.abc import Iterator

import pytest

from e2e.browser.chromium import Chromium
from e2e.browser.hostile_site import HostileSite


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
