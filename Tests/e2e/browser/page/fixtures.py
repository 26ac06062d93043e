"""Fixtures of the tests of the page."""

from collections.abc import Callable, Iterator

import pytest

from e2e.browser.page.visit import Visit
from e2e.browser.page.world import record_nights
from e2e.support.server import Server


@pytest.fixture
def visit(chromium, make_server) -> Iterator[Callable[..., Visit]]:
    """Opens the page of a server. At the end of the test each visit is looked through for what none may do.

    `make_server` is asked for, so that its servers are stopped after that.
    """
    visits: list[Visit] = []

    def open_page(server: Server, place: str = "#/", **options) -> Visit:
        visits.append(Visit(chromium, server, place, **options))
        return visits[-1]

    yield open_page
    problems = []
    for one in visits:
        try:
            one.close()
        except AssertionError as error:
            problems.append(str(error))
    assert problems == [], "\n".join(problems)


@pytest.fixture(scope="module")
def nights(shared_server) -> Server:
    """A server that has recorded for two hours, with two runs."""
    record_nights(shared_server)
    return shared_server
