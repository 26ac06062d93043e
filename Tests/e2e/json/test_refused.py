"""Text that is not JSON: 422 that says where, and no line."""

import pytest

from e2e.json.refused import REFUSED
from e2e.support.refusals import faults, nothing_recorded
from e2e.support.server import Response, Server, exchange


@pytest.fixture(scope="module")
def answers(shared_server: Server, shared_root) -> dict[str, Response]:
    """What each text was answered. Together they have left no trace."""
    connection = shared_server.connect()
    with nothing_recorded(shared_server, shared_root):
        return {name: exchange(connection, "POST", "/event", body) for name, body in REFUSED.items()}


def test_there_are_as_many_cases_as_promised():
    assert len(REFUSED) >= 150


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_the_place_of_the_fault(name, answers):
    found = faults(answers[name])
    ((place, fault),) = found.items()
    assert fault["type"] == "json_invalid"
    assert place[0] == "body" and 0 <= place[1] <= len(REFUSED[name])
