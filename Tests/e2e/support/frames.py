"""Server-sent events as a browser reads them (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPResponse

from e2e.support.server import strict_json


@dataclass(frozen=True)
class Frame:
    # "message" for a frame without a name.
    name: str
    # The last id so far; "" before the first.
    last_id: str
    # Whether the id is the frame's own.
    has_id: bool
    # "" for a frame without data, which a browser does not show.
    data: str

    @property
    def json(self):
        return strict_json(self.data)


def frames(
    response: HTTPResponse, readline: Callable[[HTTPResponse], bytes] = HTTPResponse.readline
) -> Iterator[Frame]:
    """The whole frames; one that is not was cut, and is thrown away. Comments are left out."""
    assert response.status == 200, (response.status, response.read())
    assert response.headers.get_content_type() == "text/event-stream"
    last_id = ""
    fields: dict[str, list[str]] = {}
    while (line := readline(response)).endswith(b"\n"):
        text = line[:-1].decode()
        assert "\r" not in text
        if text:
            name, _, value = text.partition(":")
            if name:
                fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        last_id = fields.get("id", [last_id])[-1]
        if set(fields) & {"id", "data"}:
            data = "\n".join(fields.get("data", []))
            yield Frame(fields.get("event", ["message"])[-1], last_id, "id" in fields, data)
        fields = {}
