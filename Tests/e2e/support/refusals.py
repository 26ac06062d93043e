"""What every refused request has in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.support import stored
from e2e.support.server import Response, Server


@contextmanager
def nothing_recorded(server: Server, root: Path) -> Iterator[None]:
    """Checks that the block changes nothing below `root` or in the answers, and takes no sequence number."""
    before = server.record("probe")["seq"]
    state = _state(server, root)
    yield
    assert _state(server, root) == state
    assert server.record("probe")["seq"] == before + 1


def _state(server: Server, root: Path) -> tuple:
    answers = [server.get(path).json for path in ("/current", "/run", "/runs", "/ready")]
    # The history comes after what is recorded, and others write to the disk.
    for member in ("history", "disk"):
        answers[-1].pop(member)
    return stored.tree(root), *answers


def detail_text(response: Response, status: int) -> str:
    """The text of a refusal that is not about members of the request."""
    assert response.status == status, response
    detail = response.json["detail"]
    assert isinstance(detail, str) and detail, detail
    return detail


def faults(response: Response) -> dict[tuple, dict]:
    """The faults that a 422 lists, by their place in the request."""
    assert response.status == 422, response
    detail = response.json["detail"]
    assert isinstance(detail, list) and detail, detail
    for fault in detail:
        assert isinstance(fault["type"], str) and fault["type"], fault
        assert isinstance(fault["msg"], str) and fault["msg"], fault
        assert fault["loc"][0] in ("body", "query"), fault
        assert "input" in fault, fault
    return {tuple(fault["loc"]): fault for fault in detail}
